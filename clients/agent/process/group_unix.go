//go:build unix && !linux

package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"
)

// group is a process group: what keeps a tree together where there is neither
// a control group nor a subreaper.
type group int

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func newGroup(pid int) (group, error) { return group(pid), nil }

// members returns the living processes of the group, those that were known to
// be of the tree, and all below either: in one look at all processes.
func (g group) members(known map[int32]int64) []*process.Process {
	all, err := process.Processes()
	if err != nil {
		return nil
	}
	children := make(map[int32][]*process.Process)
	var members []*process.Process
	taken := make(map[int32]bool)
	take := func(p *process.Process) {
		if !taken[p.Pid] {
			taken[p.Pid] = true
			members = append(members, p)
		}
	}
	for _, p := range all {
		if parent, err := p.Ppid(); err == nil {
			children[parent] = append(children[parent], p)
		}
		if pgid, err := unix.Getpgid(int(p.Pid)); err == nil && pgid == int(g) {
			take(p)
			continue
		}
		if created, ok := known[p.Pid]; ok {
			if now, err := p.CreateTime(); err == nil && now == created {
				take(p)
			}
		}
	}
	for i := 0; i < len(members); i++ {
		for _, child := range children[members[i].Pid] {
			take(child)
		}
	}
	return members
}

func (g group) signal(s os.Signal) error {
	sig, ok := s.(syscall.Signal)
	if !ok {
		return fmt.Errorf("there is no signal %v on this system", s)
	}
	if err := unix.Kill(-int(g), sig); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	return nil
}

func (g group) kill(pids []int) {
	_ = unix.Kill(-int(g), unix.SIGKILL) // what cannot be killed is counted as left
	for _, pid := range pids {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

func (g group) close() error { return nil }

func exitOf(s *os.ProcessState) Exit {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return Exit{Code: 128 + int(w.Signal()), Signal: w.Signal()}
	}
	return Exit{Code: s.ExitCode()}
}
