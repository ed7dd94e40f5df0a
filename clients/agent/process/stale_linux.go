package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxPID is the greatest number that a process can have.
const maxPID = 1 << 22

// owner returns the process that made a group, which is the last part of the
// name: "espalier-mnist-7-1234"; 0 of a group with another name.
func owner(name string) int {
	rest, ours := strings.CutPrefix(name, "espalier-")
	pid, err := strconv.Atoi(rest[strings.LastIndexByte(rest, '-')+1:])
	if !ours || err != nil || pid < 1 || pid > maxPID {
		return 0
	}
	return pid
}

// lives says that there is such a process; one that was killed and that nobody
// has waited for yet is none.
func (p *proc) lives(pid int) bool {
	if errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
		return false
	}
	s, err := p.stat(pid)
	return err != nil || s.alive() // /proc may hide other people's
}

// tidy removes what is stale, and notes that.
func (g *Groups) tidy(bases ...string) {
	if stale := removeStale(bases...); len(stale) > 0 {
		g.notes = append(g.notes, "What an agent that was killed had left was ended and removed: "+strings.Join(stale, ", ")+".")
	}
}

// removeStale ends what is left in groups whose agent has ended without ending
// it, for it was killed and its shim too, and removes the groups. It returns
// the names of those that it removed.
func removeStale(bases ...string) []string {
	p := newProc()
	var removed []string
	for _, base := range bases {
		entries, _ := os.ReadDir(base) // one that is not there has none
		for _, e := range entries {
			pid := owner(e.Name())
			if pid == 0 || !e.IsDir() || p.lives(pid) {
				continue
			}
			if l := (&leaf{dir2: filepath.Join(base, e.Name())}); p.sees(l.pids()) && l.end(p) == nil {
				removed = append(removed, e.Name())
			}
		}
	}
	slices.Sort(removed)
	return slices.Compact(removed) // the group of a command has a name, and may be several
}

// sees says that all these processes are in this one's namespace, so that the
// number of their agent would be known here if it lived.
func (p *proc) sees(pids []int) bool {
	own, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return false
	}
	for _, pid := range pids {
		if pid == 0 {
			return false
		}
		of, err := os.Readlink(procPath(pid, "ns/pid"))
		if s, gone := p.stat(pid); gone == nil && s.alive() && (err != nil || of != own) {
			return false
		}
	}
	return true
}

// end kills what is in a group of either version, and removes it.
func (l *leaf) end(p *proc) error {
	members := func() []stat { return p.stats(l.pids()) }
	for pause := time.Millisecond; pause < time.Second; pause *= 2 {
		if !slices.ContainsFunc(members(), func(s stat) bool { return s.alive() }) {
			return l.close()
		}
		l.kill() // version 1 knows no such file
		sweep(p, members)
		<-time.After(pause)
	}
	return fmt.Errorf("there are processes left in %s", l.dir2)
}
