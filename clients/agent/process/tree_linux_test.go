package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func kill(t *testing.T, r *run) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	begin := time.Now()
	if left, err := r.Kill(ctx); left != 0 || err != nil {
		t.Errorf("Kill() = %d, %v, want none left", left, err)
	}
	return time.Since(begin)
}

// haveEnded checks by the kernel, not by the tree, that processes have ended. A
// group is empty some microseconds before the kernel has taken leave of the last
// thread of what was in it.
func haveEnded(t *testing.T, pids []int) {
	t.Helper()
	p := newProc()
	for _, pid := range pids {
		eventually(t, deadline, fmt.Sprintf("process %d has ended", pid), func() bool {
			s, err := p.stat(pid)
			return err != nil || !s.alive()
		})
	}
}

func TestKillLeavesNothingOfATreeThatIgnoresTERM(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		r := begin(t, g, "tree")
		r.up(t, 9)
		pids := r.Pids()
		if err := r.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("Signal() = %v", err)
		}
		if u := r.Usage(); u.Processes != 9 || len(pids) != 9 {
			t.Errorf("Usage().Processes = %d and Pids() = %v, want 9", u.Processes, pids)
		}
		took := kill(t, r)
		t.Logf("9 processes, 2 sessions of their own: none left after %v", took)
		haveEnded(t, pids)
		within(t, deadline, "Done closes", r.Done())
		if e := r.Exit(); e.Signal != syscall.SIGKILL || e.Code != 137 || e.Lost {
			t.Errorf("Exit() = %+v, want killed", e)
		}
	})
}

func TestATreeThatKeepsStartingProcessesIsKilled(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		r := begin(t, g, "", func(o *Options) {
			o.Argv = []string{"/bin/sh", "-c", "for i in 1 2; do (while :; do (sleep 2 &); done) & done; sleep 0.1; echo up; wait"}
			o.Env = []string{"PATH=/bin:/usr/bin"}
		})
		r.up(t, 1)
		pids := r.Pids()
		t.Logf("%d processes: none left after %v", len(pids), kill(t, r))
		haveEnded(t, pids)
	})
}

// agent starts a process that is an agent with a tree of 9, and returns it and
// the processes and groups that it has.
func agent(t *testing.T, where string) (pid int, pids []int, dirs []string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := again("agent " + where)
	c.Stdout = w
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have been killed
		_ = c.Wait()
		_ = r.Close()
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range regexp.MustCompile(`\b\d+\b`).FindAllString(line[:strings.Index(line, "]")], -1) {
		pid, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return c.Process.Pid, pids, regexp.MustCompile(`/[^ \]]+`).FindAllString(line, -1)
}

func TestATreeDoesNotOutliveItsAgent(t *testing.T) {
	for _, where := range []string{"off", "auto"} {
		if _, err := FindGroups(where); err != nil {
			t.Logf("without control groups only: %v", err)
			continue
		}
		pid, pids, dirs := agent(t, where)
		if len(pids) != 10 { // with the shim
			t.Fatalf("the agent has the processes %v, want 10", pids)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		begin, p := time.Now(), newProc()
		eventually(t, deadline, "the tree of a killed agent is gone", func() bool {
			return !slices.ContainsFunc(pids, func(pid int) bool {
				s, err := p.stat(pid)
				return err == nil && s.alive()
			})
		})
		t.Logf("gone after %v", time.Since(begin))
		for _, dir := range dirs {
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the group %s is left (%v)", dir, err)
			}
		}
	}
}

func TestATreeDoesNotOutliveItsShim(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		r := begin(t, g, "tree")
		r.up(t, 9)
		pids := r.Pids()
		before := r.Usage()
		if err := r.shim.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		within(t, deadline, "Done closes", r.Done())
		if e := r.Exit(); !e.Lost || e.Code != 137 {
			t.Errorf("Exit() = %+v, want lost and killed", e)
		}
		kill(t, r)
		haveEnded(t, pids)
		u, err := r.Close()
		if err != nil {
			t.Errorf("Close() = %v", err)
		}
		if u.CPUSeconds < before.CPUSeconds || (u.Doubt != "") != (g == nil) {
			t.Errorf("after the end %v s and doubt %q, before it %v s", u.CPUSeconds, u.Doubt, before.CPUSeconds)
		}
	})
}

func TestAStoppedShimDoesNotSaveItsTree(t *testing.T) {
	r := begin(t, nil, "tree")
	r.up(t, 9)
	pids := r.Pids()
	if err := r.shim.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	kill(t, r)
	haveEnded(t, pids)
	if err := r.shim.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	within(t, deadline, "Done closes", r.Done())
}

func TestAStoppedCommandIsKilled(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		r := begin(t, g, "pause")
		r.up(t, 1)
		for _, sig := range []syscall.Signal{syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGSTOP} {
			if err := r.Signal(sig); err != nil {
				t.Fatal(err)
			}
			eventually(t, deadline, sig.String()+" is obeyed", func() bool {
				s, err := newProc().stat(r.PID())
				return err == nil && (s.state == 'T') == (sig != syscall.SIGCONT)
			})
		}
		kill(t, r)
		within(t, deadline, "Done closes", r.Done())
	})
}

func TestASignalReachesTheCommand(t *testing.T) {
	r := begin(t, nil, "catch")
	r.up(t, 1)
	if err := r.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if got, want := r.line(t), syscall.SIGUSR1.String(); got != want {
		t.Errorf("the command caught %q, want %q", got, want)
	}
	within(t, deadline, "Done closes", r.Done())
	eventually(t, deadline, "the tree has ended", func() bool { return len(r.Pids()) == 0 })
	if err := r.Signal(syscall.SIGUSR1); err != nil {
		t.Errorf("a signal to what has ended: %v", err)
	}
}

func TestTheShimIsNotEndedBySignals(t *testing.T) {
	r := begin(t, nil, "pause")
	r.up(t, 1)
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGTSTP} {
		if err := r.shim.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	kill(t, r)
	within(t, deadline, "Done closes", r.Done())
	if e := r.Exit(); e.Lost {
		t.Errorf("Exit() = %+v: the shim was lost", e)
	}
}

func TestTheEndOfTheCommandIsPassedOn(t *testing.T) {
	for _, c := range []struct {
		do   string
		want Exit
	}{
		{"exit 0", Exit{}},
		{"exit 7", Exit{Code: 7}},
		{"die", Exit{Code: 137, Signal: syscall.SIGKILL}},
	} {
		t.Run(c.do, func(t *testing.T) {
			r := begin(t, nil, c.do)
			within(t, deadline, "Done closes", r.Done())
			if got := r.Exit(); got != c.want {
				t.Errorf("Exit() = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestACommandThatCannotBeStartedIsRefusedAsByAShell(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	script := filepath.Join(dir, "script")
	for name, text := range map[string]string{plain: "text", script: "#!/no/such/interpreter\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{
		"no-such-command": 127, "/no/such/command": 127, plain: 126, "plain": 126, dir: 126, script: 127,
	} {
		for _, tier := range tiers() {
			_, err := Start(Options{
				Argv: []string{name}, Env: []string{"PATH=/bin:" + dir}, Now: time.Now,
				Groups: tier.groups, Name: fmt.Sprintf("espalier-test-%d-start", os.Getpid()),
			})
			if e := (*StartError)(nil); !errors.As(err, &e) || e.Code != want {
				t.Errorf("Start(%s) in %s = %v, want code %d", name, tier.name, err, want)
			}
		}
	}
}

func TestACommandIsFoundAlongItsOwnPATHAndStartsInItsFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bin", "where"), []byte("#!/bin/sh\npwd\necho $1 $ONLY\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, argv0 := range []string{"where", "bin/where", "./bin/where"} {
		r := begin(t, nil, "", func(o *Options) {
			o.Argv, o.Env, o.Dir = []string{argv0, "one"}, []string{"PATH=bin", "ONLY=two"}, dir
		})
		if got, want := readAll(t, r.out), dir+"\none two\n"; got != want {
			t.Errorf("%s prints %q, want %q", argv0, got, want)
		}
	}
}

func TestDescriptorsArriveAndOutputEndsWithTheCommand(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		var ours, theirs []*os.File
		for range 2 {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs = append(ours, r), append(theirs, w)
		}
		r := begin(t, g, "extra", func(o *Options) { o.Extra = theirs })
		for i := range 2 {
			_ = theirs[i].Close()
			if got, want := readAll(t, ours[i]), fmt.Sprintf("descriptor %d", 3+i); got != want {
				t.Errorf("descriptor %d brings %q, want %q", 3+i, got, want)
			}
			_ = ours[i].Close()
		}
		if out := readAll(t, r.out); out != "" { // ends, though the shim lives
			t.Errorf("the command prints %q", out)
		}
	})
}

func TestAffinityIsInheritedByGrandchildren(t *testing.T) {
	if _, allowed, _ := Limits(); !slices.Contains(allowed, 1) {
		t.Skip("this process may not use processor 1")
	}
	r := begin(t, nil, "affinity", func(o *Options) { o.CPUs = []int{1} })
	for _, who := range []string{"grandchild", "child"} {
		if got := r.line(t); got != "1 true" {
			t.Errorf("the %s may use (number, 1 among them) %s, want 1 true", who, got)
		}
	}
	var shim unix.CPUSet
	if err := unix.SchedGetaffinity(r.shim.Process.Pid, &shim); err == nil && shim.Count() < 2 {
		t.Errorf("the shim may use %d processors, want all", shim.Count())
	}
}

func TestAGroupIsRemovedWithAllThatWasMadeBelowIt(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		r := begin(t, g, "pause")
		r.up(t, 1)
		dirs := r.leaf.dirs()
		if g == nil && len(dirs) > 0 || g != nil && len(dirs) == 0 {
			t.Fatalf("the groups are %v", dirs)
		}
		for _, dir := range dirs {
			if !slices.Contains(r.leaf.pids(), r.PID()) {
				t.Errorf("process %d is not in %s", r.PID(), dir)
			}
			if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		for _, dir := range dirs {
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is left (%v)", dir, err)
			}
		}
	})
}

func TestAnAgentMakesWayInItsOwnGroupAndComesBack(t *testing.T) {
	p, err := ownPlaces()
	if err != nil {
		t.Fatal(err)
	}
	control := filepath.Join(p.v2.mount, "cgroup.subtree_control")
	if !slices.Contains(words(p.v2.mount, "cgroup.controllers"), "hugetlb") || slices.Contains(words(p.v2.mount, "cgroup.subtree_control"), "hugetlb") {
		t.Skip("cgroup v2 has no controller to spare here, as hugetlb would be")
	}
	if err := os.WriteFile(control, []byte("+hugetlb"), 0); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := os.WriteFile(control, []byte("-hugetlb"), 0); err != nil {
			t.Errorf("disable hugetlb again: %v", err)
		}
	})
	for company, want := range map[string]string{
		"":         "true true\ncgroup_v2 true\ntrue 1\n",
		" company": "false false\ncgroup_v2 true\ntrue 1\n", // the kernel refuses: it is measured without
	} {
		base := filepath.Join(p.v2.mount, fmt.Sprintf("espalier-test-%d-own", os.Getpid()))
		if err := os.Mkdir(base, 0o700); err != nil {
			t.Skip(err)
		}
		c := again("delegated " + base + company)
		out, err := c.Output()
		if err != nil || string(out) != want {
			t.Errorf("alone %v: %q, %v, want %q", company == "", out, err, want)
		}
		if err := removeLeaf(base); err != nil {
			t.Error(err)
		}
	}
}

func TestACommandThatMayNotEnterItsGroupIsMeasuredWithoutIt(t *testing.T) {
	p, err := ownPlaces()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 || p.v2.dir == "" || usable(p.v2.dir) != nil {
		t.Skip("only root can give away a group of cgroup v2")
	}
	const nobody = 65534
	base := filepath.Join(p.v2.dir, fmt.Sprintf("espalier-test-%d-nobody", os.Getpid()))
	if err := errors.Join(os.Mkdir(base, 0o700), os.Chown(base, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := removeLeaf(base); err != nil {
			t.Error(err)
		}
	}()
	c := again("outside " + base)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := c.Output()
	if want := "1 reaped true 1\n"; err != nil || string(out) != want {
		t.Errorf("warnings, accounting, CPU time, groups: %q, %v, want %q", out, err, want)
	}
}

func TestWhatIsNoShimIsRefused(t *testing.T) {
	for _, shim := range [][]string{{"/bin/true"}, {"/no/such/shim"}, {"/bin/sh", "-c", "exec sleep 60 3>&-"}} {
		for _, tier := range tiers() {
			name := fmt.Sprintf("espalier-test-%d-shim", os.Getpid())
			_, err := Start(Options{Argv: []string{"/bin/true"}, Now: time.Now, Shim: shim, Groups: tier.groups, Name: name})
			if e := (*StartError)(nil); err == nil || errors.As(err, &e) {
				t.Errorf("Start() with the shim %q = %v, want an error that is not the command's", shim, err)
			}
			if tier.groups != nil && tier.groups.v2 != "" {
				if _, err := os.Stat(filepath.Join(tier.groups.v2, name)); err == nil {
					t.Errorf("the group %s is left", name)
				}
			}
		}
	}
}

func TestStrangersAreReaped(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	defer func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }()
	zombies := func() (n int) {
		for _, s := range newProc().below(os.Getpid()) {
			if !s.alive() {
				n++
			}
		}
		return n
	}
	if err := again("leave orphans 1ms").Run(); err != nil {
		t.Fatal(err)
	}
	eventually(t, deadline, "the orphan is a zombie", func() bool { return zombies() == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ReapStrangers(ctx, 10*time.Millisecond)
	}()
	eventually(t, deadline, "it was waited for", func() bool { return zombies() == 0 })
	cancel()
	within(t, deadline, "ReapStrangers returns", ended)
}
