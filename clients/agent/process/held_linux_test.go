package process

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTheTreeIsTheSameThroughFilesThatStayOpen(t *testing.T) {
	r := begin(t, nil, "threads")
	r.up(t, 4)
	fresh, holding, few := newProc(), newProc(), newProc()
	holding.hold()
	few.hold()
	few.maxHeld = 2
	defer holding.close()
	defer few.close()
	pids := func(p *proc) (pids []int) {
		for _, s := range p.below(r.shim.Process.Pid) {
			if s.alive() {
				pids = append(pids, s.pid)
			}
		}
		return slices.Sorted(slices.Values(pids))
	}
	check := func(n int) []int {
		t.Helper()
		for range 3 {
			for _, p := range []*proc{holding, few} {
				p.hold()
				if got, want := pids(p), pids(fresh); !reflect.DeepEqual(got, want) || len(got) != n {
					t.Fatalf("files that stay open show %v, others %v, want the same %d", got, want, n)
				}
				p.release()
			}
		}
		return pids(fresh)
	}
	for _, pid := range check(4) {
		if pid == r.PID() {
			continue
		}
		if err := unix.Kill(pid, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		break
	}
	if err := unix.Kill(r.PID(), unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, deadline, "one has ended", func() bool { return len(pids(fresh)) == 3 })
	check(3)
	if len(few.held) > 2 {
		t.Errorf("%d files stay open, want 2 at most", len(few.held))
	}
	open := len(holding.held)
	kill(t, r)
	within(t, deadline, "all have been waited for", r.gone)
	holding.hold()
	if got := pids(holding); len(got) != 0 {
		t.Errorf("after the end: %v", got)
	}
	holding.release()
	for f := range holding.held {
		if f.pid != r.shim.Process.Pid {
			t.Errorf("%+v is open after the tree has ended", f)
		}
	}
	if open < 10 {
		t.Errorf("%d files were open, want 10 at least", open)
	}
}

func TestWhatMovedToAGroupBelowIsCountedOnce(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		r := begin(t, g, "threads")
		r.up(t, 4)
		before := r.Usage()
		for _, dir := range r.leaf.dirs() {
			below := filepath.Join(dir, "below")
			err := os.Mkdir(below, 0o700)
			if err == nil {
				err = os.WriteFile(filepath.Join(below, "cgroup.procs"), []byte(strconv.Itoa(r.PID())), 0)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if u := r.Usage(); before.Processes != 4 || u.Processes != 4 || u.Threads < 4 || u.RSSBytes == 0 {
			t.Errorf("%d processes, then %d with %d threads, want 4", before.Processes, u.Processes, u.Threads)
		}
	})
}
