package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// leaf is the control group of one command: a directory of cgroup v2 and, for
// what that lacks, of cgroup v1. A nil leaf has nothing of it.
type leaf struct {
	dir2, mem1, cpu1 string   // the directories; each empty where there is none
	fd               *os.File // dir2, to start the command in
	buf              []byte
	members          []int

	// Files that stay open, each nil where there is none.
	cpuStat, cpuacct, procs          *os.File
	memStat, memPeak, memOOM, ioStat *os.File
}

// newLeaf makes the control group of a command as far as it can; the warnings
// say how far not.
func (g *Groups) newLeaf(name string, limit int64) (*leaf, []string) {
	if g == nil {
		return nil, nil
	}
	if name == "" || strings.Contains(name, "/") || strings.HasPrefix(name, ".") {
		return nil, []string{fmt.Sprintf("The command has no control group: %q is no name for one.", name)}
	}
	l := &leaf{buf: make([]byte, 8192)}
	err := errors.Join(l.make2(g.v2, name, limit), l.makeMemory1(g.memory1, name, limit), l.makeCPU1(g.cpuacct1, name))
	var warnings []string
	if err != nil {
		warnings = []string{"The command's control group is not complete: " + err.Error() + "."}
	}
	if l.dir2 == "" && l.mem1 == "" && l.cpu1 == "" {
		return nil, warnings
	}
	return l, warnings
}

func (l *leaf) make2(base, name string, limit int64) error {
	if base == "" {
		return nil
	}
	dir := filepath.Join(base, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	fd, err := os.Open(dir)
	if err != nil {
		return errors.Join(err, removeLeaf(dir))
	}
	l.dir2, l.fd = dir, fd
	l.cpuStat, l.procs = openIf(dir, "cpu.stat"), openIf(dir, "cgroup.procs")
	l.ioStat = openIf(dir, "io.stat")
	if l.memStat = openIf(dir, "memory.stat"); l.memStat == nil {
		return nil
	}
	l.memPeak, l.memOOM = openIf(dir, "memory.peak"), openIf(dir, "memory.events")
	return setLimit(filepath.Join(dir, "memory.max"), limit)
}

func (l *leaf) makeMemory1(base, name string, limit int64) error {
	if base == "" || l.memStat != nil {
		return nil
	}
	dir := filepath.Join(base, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	l.mem1 = dir
	l.memStat = openIf(dir, "memory.stat")
	l.memPeak, l.memOOM = openIf(dir, "memory.max_usage_in_bytes"), openIf(dir, "memory.oom_control")
	return setLimit(filepath.Join(dir, "memory.limit_in_bytes"), limit)
}

func (l *leaf) makeCPU1(base, name string) error {
	if base == "" || l.cpuStat != nil {
		return nil
	}
	dir := filepath.Join(base, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	l.cpu1, l.cpuacct = dir, openIf(dir, "cpuacct.usage")
	return nil
}

func openIf(dir, name string) *os.File {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil
	}
	return f
}

func setLimit(file string, limit int64) error {
	if limit <= 0 {
		return nil
	}
	return os.WriteFile(file, strconv.AppendInt(nil, limit+limit/8, 10), 0)
}

// dirs returns the directories that are to be removed.
func (l *leaf) dirs() []string {
	if l == nil {
		return nil
	}
	var dirs []string
	for _, dir := range []string{l.dir2, l.mem1, l.cpu1} {
		if dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// doors are what the shim's thread passes through: those of cgroup v1. The
// leaf is below the agent's own group, which is the shim's too.
func (l *leaf) doors() []door {
	var doors []door
	for _, dir := range []string{l.mem1, l.cpu1} {
		if dir != "" {
			doors = append(doors, door{In: filepath.Join(dir, "tasks"), Out: filepath.Join(filepath.Dir(dir), "tasks")})
		}
	}
	return doors
}

// drop2 gives up the directory of cgroup v2, and drop1 those of cgroup v1: the
// command is not in them.
func (l *leaf) drop2() {
	if l.mem1 == "" {
		closeAll(&l.memStat, &l.memPeak, &l.memOOM)
	}
	closeAll(&l.cpuStat, &l.procs, &l.ioStat, &l.fd)
	_ = removeLeaf(l.dir2)
	l.dir2 = ""
}

func (l *leaf) drop1() {
	if l.mem1 != "" {
		closeAll(&l.memStat, &l.memPeak, &l.memOOM)
	}
	closeAll(&l.cpuacct)
	_ = errors.Join(removeLeaf(l.mem1), removeLeaf(l.cpu1))
	l.mem1, l.cpu1 = "", ""
}

func closeAll(files ...**os.File) {
	for _, f := range files {
		if *f != nil {
			_ = (*f).Close()
			*f = nil
		}
	}
}

// read returns a file of the kernel as it is now, until the next read.
func (l *leaf) read(f *os.File) []byte {
	for n := 0; ; {
		k, err := f.ReadAt(l.buf[n:], int64(n))
		n += k
		switch {
		case err != nil: // io.EOF
			return l.buf[:n]
		case n == len(l.buf):
			l.buf = append(l.buf, make([]byte, n)...)
		}
	}
}

// countsCPU says that the group counts CPU time.
func (l *leaf) countsCPU() bool { return l != nil && (l.cpuStat != nil || l.cpuacct != nil) }

// cpuSeconds returns what all processes that ever were in the group have used,
// and which kind of group says so.
func (l *leaf) cpuSeconds() (seconds float64, tier string, ok bool) {
	switch {
	case l == nil:
		return 0, "", false
	case l.cpuStat != nil:
		v, ok := value(l.read(l.cpuStat), "usage_usec")
		return float64(v) / 1e6, CgroupV2, ok
	case l.cpuacct != nil:
		v, rest := leadingInt(l.read(l.cpuacct))
		return float64(v) / 1e9, CgroupV1, rest != nil
	default:
		return 0, "", false
	}
}

// memory returns the memory of the group without the page cache, in bytes.
func (l *leaf) memory() (int64, bool) {
	if l == nil || l.memStat == nil {
		return 0, false
	}
	private, shared := "anon", "shmem"
	if l.mem1 != "" {
		private, shared = "total_rss", "total_shmem"
	}
	b := l.read(l.memStat)
	p, ok1 := value(b, private)
	s, ok2 := value(b, shared)
	return p + s, ok1 && ok2
}

// peak returns the most memory that the group ever had, with the page cache.
func (l *leaf) peak() (int64, bool) {
	if l == nil || l.memPeak == nil {
		return 0, false
	}
	v, rest := leadingInt(l.read(l.memPeak))
	return v, rest != nil
}

// oomKills returns how many processes the kernel ended for want of memory.
func (l *leaf) oomKills() (int64, bool) {
	if l == nil || l.memOOM == nil {
		return 0, false
	}
	return value(l.read(l.memOOM), "oom_kill")
}

// io returns what the group read from storage and wrote to it, in bytes:
// lines such as "8:0 rbytes=1 wbytes=2 rios=1 wios=1 dbytes=0 dios=0".
func (l *leaf) io() (read, write int64, ok bool) {
	if l == nil || l.ioStat == nil {
		return 0, 0, false
	}
	for field := range bytes.FieldsSeq(l.read(l.ioStat)) {
		if v, found := bytes.CutPrefix(field, []byte("rbytes=")); found {
			n, _ := leadingInt(v)
			read += n
		} else if v, found := bytes.CutPrefix(field, []byte("wbytes=")); found {
			n, _ := leadingInt(v)
			write += n
		}
	}
	return read, write, true
}

// pids returns the living processes in the group, also in those that were made
// below it.
func (l *leaf) pids() []int {
	var pids []int
	for _, top := range l.dirs() {
		pids = appendPIDs(pids, downwards(top))
	}
	return pids
}

func appendPIDs(to []int, dirs []string) []int {
	for _, dir := range dirs {
		b, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs")) // one that has gone has none
		to = appendInts(to, b)
	}
	return to
}

// listed returns the processes of the group that counts CPU time, also of those
// below it, until the next call; false if there is none.
func (l *leaf) listed() ([]int, bool) {
	switch {
	case !l.countsCPU():
		return nil, false
	case l.procs == nil: // version 1 repeats what a file that stays open had shown
		l.members = appendPIDs(l.members[:0], downwards(l.cpu1))
	default:
		l.members = appendInts(l.members[:0], l.read(l.procs))
		var s unix.Stat_t
		if unix.Stat(l.dir2, &s) != nil || s.Nlink != 2 { // it has more where groups were made below
			l.members = appendPIDs(l.members, downwards(l.dir2)[1:])
		}
	}
	slices.Sort(l.members) // who moved meanwhile is in two
	l.members = slices.Compact(l.members)
	return l.members, true
}

// kill kills all in the group at once, where the kernel can (Linux 5.14).
func (l *leaf) kill() {
	if l != nil && l.dir2 != "" {
		_ = os.WriteFile(filepath.Join(l.dir2, "cgroup.kill"), []byte{'1'}, 0)
	}
}

// close removes the group. There must be no process in it.
func (l *leaf) close() error {
	if l == nil {
		return nil
	}
	closeAll(&l.fd, &l.cpuStat, &l.cpuacct, &l.procs, &l.memStat, &l.memPeak, &l.memOOM, &l.ioStat)
	var errs []error
	for _, dir := range l.dirs() {
		errs = append(errs, removeLeaf(dir))
	}
	return errors.Join(errs...)
}

// removeLeaf removes a group and those that were made below it. The kernel may
// take a moment to let go of what has ended.
func removeLeaf(dir string) error {
	if dir == "" {
		return nil
	}
	var err error
	for range 100 {
		err = nil
		dirs := downwards(dir)
		for i := len(dirs) - 1; i >= 0; i-- {
			if e := unix.Rmdir(dirs[i]); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = &fs.PathError{Op: "remove the control group", Path: dirs[i], Err: e}
			}
		}
		if !errors.Is(err, unix.EBUSY) {
			return err
		}
		<-time.After(10 * time.Millisecond)
	}
	return err
}

// downwards returns a directory and all below it, none before its parent.
func downwards(dir string) []string {
	dirs := []string{dir}
	for i := 0; i < len(dirs); i++ {
		entries, _ := os.ReadDir(dirs[i]) // one that has gone has none
		for _, e := range entries {
			if e.IsDir() {
				dirs = append(dirs, filepath.Join(dirs[i], e.Name()))
			}
		}
	}
	return dirs
}
