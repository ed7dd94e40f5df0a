package process

import (
	"errors"

	"golang.org/x/sys/unix"
)

// sweep stops and then kills what list returns. Nothing that is stopped can
// start a process, so it asks again until all that is listed has been stopped;
// a tree that starts processes faster than that is left to the next sweep.
func sweep(p *proc, list func() []stat) {
	type name struct {
		pid   int
		start int64
	}
	stopped := make(map[name]bool)
	for range 8 {
		fresh := false
		for _, s := range list() {
			if n := (name{s.pid, s.start}); s.alive() && !stopped[n] {
				stopped[n], fresh = true, true
				p.signal(s, unix.SIGSTOP)
			}
		}
		if !fresh {
			break
		}
	}
	for n := range stopped {
		p.signal(stat{pid: n.pid, start: n.start}, unix.SIGKILL)
	}
}

// signal sends a signal to the very process that s describes, and not to one
// that has its number now. What cannot be signalled stays in the tree, where
// the caller sees it.
func (p *proc) signal(s stat, sig unix.Signal) {
	fd, err := unix.PidfdOpen(s.pid, 0)
	switch {
	case err == nil:
		defer unix.Close(fd) //nolint:errcheck // nothing was written to it
		if now, err := p.stat(s.pid); err == nil && now.start == s.start {
			_ = unix.PidfdSendSignal(fd, sig, nil, 0)
		}
	case !errors.Is(err, unix.ESRCH): // a kernel before 5.3
		if now, err := p.stat(s.pid); err == nil && now.start == s.start {
			_ = unix.Kill(s.pid, sig)
		}
	}
}
