package process

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// file is a file of a process, or of one of its threads, that is read at every
// look.
type file struct {
	pid  int
	tid  int // 0: of the process
	name string
}

func (f file) path() string {
	if f.tid == 0 {
		return procPath(f.pid, f.name)
	}
	return procPath(f.pid, "task/"+strconv.Itoa(f.tid)+"/"+f.name)
}

// held is a file that stays open from one look to the next: to read it again
// costs a third to a tenth of what it costs to open it. What is open belongs to
// one process or thread for good and never to another with its number.
type held struct {
	fd   int
	look int // the last in which it was read
}

// maxHeld is how many files of a tree stay open, and heldShare the share of all
// that this process may open; what is beyond is opened at every look.
const (
	maxHeld   = 256
	heldShare = 100
)

// hold begins a look for which files stay open until the one after.
func (p *proc) hold() {
	if p.held == nil {
		p.held = make(map[file]*held)
		var limit unix.Rlimit
		if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
			p.maxHeld = int(min(maxHeld, limit.Cur/heldShare))
		}
	}
	p.holding = true
	p.look++
}

// release ends the look, and closes what was not read in it.
func (p *proc) release() {
	p.holding = false
	for f, h := range p.held {
		if h.look != p.look {
			p.drop(f, h)
		}
	}
}

// close closes all that is open.
func (p *proc) close() {
	for f, h := range p.held {
		p.drop(f, h)
	}
}

func (p *proc) drop(f file, h *held) {
	delete(p.held, f)
	_ = unix.Close(h.fd) // it was only read
}

// forget closes what is open of a process that has ended: all the files of one
// that has its number now are others.
func (p *proc) forget(pid int) {
	for f, h := range p.held {
		if f.pid == pid {
			p.drop(f, h)
		}
	}
}

// open opens a file, or finds it open. What is not kept is to be closed.
func (p *proc) open(f file) (fd int, kept bool, err error) {
	if h := p.held[f]; p.holding && h != nil {
		h.look = p.look
		return h.fd, true, nil
	}
	fd, err = unix.Open(f.path(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if kept = err == nil && p.holding && len(p.held) < p.maxHeld; kept {
		p.held[f] = &held{fd: fd, look: p.look}
	}
	return fd, kept, err
}

// get returns all of a file, until the next one is read.
func (p *proc) get(f file) ([]byte, error) {
	fd, kept, err := p.open(f)
	if err != nil {
		return nil, err
	}
	b, err := p.readAll(fd)
	switch {
	case !kept:
		_ = unix.Close(fd) // it was only read
	case err != nil:
		p.forget(f.pid)
	}
	return b, err
}
