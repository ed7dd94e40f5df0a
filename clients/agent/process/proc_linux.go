package process

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// ticks is how many of the units of /proc/PID/stat make a second: USER_HZ, the
// same on every architecture that Go knows.
const ticks = 100

// stat is what /proc/PID/stat says of a process.
type stat struct {
	pid, parent, group, session int
	state                       byte
	own, waited                 int64 // CPU time in ticks: its own, and of the children it waited for
	threads                     int
	start                       int64 // in ticks since the system started: with pid it names a process for good
	pages                       int64 // resident
}

// alive is false for a process that only waits for its parent to notice. The
// first thread may have ended before the others; that is no zombie.
func (s *stat) alive() bool {
	return s.state != 'Z' && s.state != 'X' || s.threads > 1
}

// proc reads /proc. It keeps its buffers, so it is for one caller at a time.
// One that holds files is to be closed.
type proc struct {
	buf     []byte
	dirents []byte
	names   []string
	scan    bool // the kernel has no task/*/children: look at all processes
	members []stat
	queue   []int
	queued  map[int]bool
	parents map[int][]int // children by parent, where scan

	holding bool // files stay open
	held    map[file]*held
	maxHeld int
	look    int
}

func newProc() *proc {
	p := &proc{buf: make([]byte, 4096), dirents: make([]byte, 8192), queued: make(map[int]bool)}
	p.scan = unix.Access("/proc/thread-self/children", unix.R_OK) != nil
	return p
}

// read returns all of a file, until the next read.
func (p *proc) read(path string) ([]byte, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd) //nolint:errcheck // it was only read
	return p.readAll(fd)
}

// aPage is less than what the kernel writes of such a file at once, which is a
// page and no part of a line: what is shorter is all of the file.
const aPage = 4096 - 64

// readAll returns all of an open file, until the next read.
func (p *proc) readAll(fd int) ([]byte, error) {
	for n := 0; ; {
		if n == len(p.buf) {
			p.buf = append(p.buf, make([]byte, len(p.buf))...)
		}
		k, err := unix.Pread(fd, p.buf[n:], int64(n))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, err
		case k == 0 || n+k < aPage:
			return p.buf[:n+k], nil
		default:
			n += k
		}
	}
}

func procPath(pid int, file string) string {
	return "/proc/" + strconv.Itoa(pid) + "/" + file
}

func (p *proc) stat(pid int) (stat, error) {
	f := file{pid: pid, name: "stat"}
	before := p.held[f]
	b, err := p.get(f)
	if err != nil && before != nil { // another may have its number now
		b, err = p.get(f)
	}
	if err != nil {
		return stat{}, err
	}
	return parseStat(b)
}

// parseStat reads a line of /proc/PID/stat, whose second field is the name in
// brackets and may hold anything.
func parseStat(b []byte) (stat, error) {
	bad := errors.New("/proc/PID/stat has another format than expected")
	i := bytes.LastIndexByte(b, ')')
	pid, rest := leadingInt(b)
	if i < 0 || rest == nil || i+3 > len(b) {
		return stat{}, bad
	}
	s := stat{pid: int(pid), state: b[i+2]}
	b = b[i+3:]
	for field := 4; field <= 24; field++ { // numbered as in proc_pid_stat(5)
		var v int64
		if v, b = leadingInt(b); b == nil {
			return stat{}, bad
		}
		switch field {
		case 4:
			s.parent = int(v)
		case 5:
			s.group = int(v)
		case 6:
			s.session = int(v)
		case 14, 15:
			s.own += v
		case 16, 17:
			s.waited += v
		case 20:
			s.threads = int(v)
		case 22:
			s.start = v
		case 24:
			s.pages = v
		}
	}
	return s, nil
}

// leadingInt returns the number at the start of b, after blanks, and what
// follows it; nil if there is none.
func leadingInt(b []byte) (v int64, rest []byte) {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	minus := i < len(b) && b[i] == '-'
	if minus {
		i++
	}
	first := i
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		v = v*10 + int64(b[i]-'0')
	}
	if i == first {
		return 0, nil
	}
	if minus {
		v = -v
	}
	return v, b[i:]
}

// value returns the number that follows a key at the start of a line: "anon 1"
// or "Pss:    1 kB".
func value(b []byte, key string) (int64, bool) {
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte{'\n'})
		if len(line) > len(key) && string(line[:len(key)]) == key {
			if v, after := leadingInt(line[len(key):]); after != nil {
				return v, true
			}
		}
		b = rest
	}
	return 0, false
}

// below returns the processes below root, zombies included, without root: no
// process before its parent. So a process that ends meanwhile is missed, with
// what its parent had been asked before, and never counted twice. What root, a
// subreaper, inherits meanwhile is not missed. It is good until the next call.
func (p *proc) below(root int) []stat {
	p.members = p.members[:0]
	if p.scan {
		p.scanParents()
	}
	p.queue = p.children(p.queue[:0], root, 2)
	for i := 0; i < len(p.queue); {
		for ; i < len(p.queue); i++ {
			s, err := p.stat(p.queue[i])
			if err != nil {
				continue // it has ended
			}
			p.members = append(p.members, s)
			p.queue = p.children(p.queue, s.pid, s.threads)
		}
		p.queue = p.inherited(p.queue, root)
	}
	return p.members
}

// inherited appends the children of root that are not among these yet.
func (p *proc) inherited(to []int, root int) []int {
	clear(p.queued)
	for _, pid := range to {
		p.queued[pid] = true
	}
	n := len(to)
	to = p.children(to, root, 2)
	fresh := slices.DeleteFunc(to[n:], func(pid int) bool { return p.queued[pid] })
	return to[:n+len(fresh)]
}

// stats returns the processes with these numbers that there are. It is good
// until the next call, as that of below.
func (p *proc) stats(pids []int) []stat {
	p.members = p.members[:0]
	for _, pid := range pids {
		if s, err := p.stat(pid); err == nil {
			p.members = append(p.members, s)
		}
	}
	return p.members
}

// children appends the children of a process: of each of its threads.
func (p *proc) children(to []int, pid, threads int) []int {
	if p.scan {
		return append(to, p.parents[pid]...)
	}
	if threads <= 1 {
		return p.childrenOf(to, pid, pid)
	}
	fd, kept, err := p.open(file{pid: pid, name: "task"})
	if err != nil {
		return to
	}
	if kept {
		_, err = unix.Seek(fd, 0, 0)
	} else {
		defer unix.Close(fd) //nolint:errcheck // it was only read
	}
	if err == nil {
		p.list(fd, func(tid int) { to = p.childrenOf(to, pid, tid) })
	}
	return to
}

func (p *proc) childrenOf(to []int, pid, tid int) []int {
	b, err := p.get(file{pid: pid, tid: tid, name: "children"})
	if err != nil {
		return to
	}
	return appendInts(to, b)
}

// appendInts appends the numbers that a text consists of.
func appendInts(to []int, b []byte) []int {
	for {
		var v int64
		if v, b = leadingInt(bytes.TrimLeft(b, "\n")); b == nil {
			return to
		}
		to = append(to, int(v))
	}
}

// list calls f with the names in an open folder of /proc that are numbers.
func (p *proc) list(fd int, f func(number int)) {
	for {
		n, err := unix.Getdents(fd, p.dirents)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		_, _, p.names = unix.ParseDirent(p.dirents[:n], -1, p.names[:0])
		for _, name := range p.names {
			if number, err := strconv.Atoi(name); err == nil {
				f(number)
			}
		}
	}
}

// all calls f with every process there is.
func (p *proc) all(f func(stat)) {
	fd, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd) //nolint:errcheck // it was only read
	p.list(fd, func(pid int) {
		if s, err := p.stat(pid); err == nil {
			f(s)
		}
	})
}

func (p *proc) scanParents() {
	p.parents = make(map[int][]int)
	p.all(func(s stat) { p.parents[s.parent] = append(p.parents[s.parent], s.pid) })
}

// io returns what a process, and the children that it waited for, read from
// storage and wrote to it, in bytes.
func (p *proc) io(pid int) (read, write int64, err error) {
	b, err := p.get(file{pid: pid, name: "io"})
	if err != nil {
		return 0, 0, err
	}
	read, _ = value(b, "read_bytes:")
	write, _ = value(b, "write_bytes:")
	return read, write, nil
}

// pss returns the proportional set size of a process, in bytes.
func (p *proc) pss(pid int) (int64, error) {
	b, err := p.read(procPath(pid, "smaps_rollup"))
	if err != nil {
		return 0, err
	}
	kib, _ := value(b, "Pss:")
	return kib << 10, nil
}

// ignoresChildren says that a process ignores SIGCHLD: the kernel then forgets
// what its children used.
func (p *proc) ignoresChildren(pid int) bool {
	b, err := p.get(file{pid: pid, name: "status"})
	if err != nil {
		return false
	}
	_, b, found := bytes.Cut(b, []byte("\nSigIgn:\t"))
	if !found || len(b) < 16 {
		return false
	}
	mask, err := strconv.ParseUint(string(b[:16]), 16, 64)
	return err == nil && mask&(1<<(uint(unix.SIGCHLD)-1)) != 0
}

// hasEnded says that a process has ended since it was seen.
func (p *proc) hasEnded(seen stat) bool {
	now, err := p.stat(seen.pid)
	return err != nil || now.start != seen.start || !now.alive()
}
