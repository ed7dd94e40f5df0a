package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The descriptors of the shim. Control is a socket: the agent sends one order,
// the shim events, and the end of it is the end of the agent.
const (
	controlFD = 3
	stdoutFD  = 4
	stderrFD  = 5
	extraFD   = 6 // and on; after them the directory of the cgroup v2 leaf
)

// order is what the shim is told to start.
type order struct {
	Path  string
	Argv  []string
	Env   []string
	Dir   string
	Extra int    // how many descriptors the command gets beyond its output
	CPUs  []int  // nil: as the shim
	Leaf  bool   // it starts in a cgroup v2 leaf
	Enter []door // and in these of cgroup v1
	// Remove are the leaves, to be removed if the agent cannot.
	Remove []string
}

// door is a cgroup v1 leaf: a thread that writes its number to In is inside,
// and to Out is where it was.
type door struct{ In, Out string }

// event is what the shim has to say. The first is Started or Failed; Exited
// and Gone follow, each once.
type event struct {
	Started *started `json:",omitempty"`
	Failed  *failed  `json:",omitempty"`
	Exited  *uint32  `json:",omitempty"` // the command's wait status
	Gone    *gone    `json:",omitempty"` // no process of the tree is left
}

type started struct {
	PID         int
	Read, Write int64  // what the shim itself had read and written, in bytes
	NoLeaf      string // why the command is not in its cgroup v2 leaf
	NotEntered  string // why it is not in one of cgroup v1
}

type failed struct {
	Errno syscall.Errno
	What  string
}

type gone struct {
	CPUSeconds float64 // of all processes that were waited for
	Ignored    bool    // one of them ignored SIGCHLD in the end: the kernel forgot what its children used
}

// Shim is what the program runs when it is started as Options.Shim says: it
// starts the command, waits for all that comes of it, and ends it when the
// agent has ended. It returns the exit code of the program.
func Shim() int {
	syscall.CloseOnExec(controlFD)
	control := os.NewFile(controlFD, "control")
	if kind, err := unix.GetsockoptInt(controlFD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		fmt.Fprintln(os.Stderr, "This is a part of the agent, which starts it; it is not for use by hand.")
		return 64
	}
	// Caught, not ignored: the command would inherit that. The session is its
	// own, so these come only from who wants to end everything; then the agent
	// ends, and with it the shim, but not before its tree.
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM,
		unix.SIGTSTP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGPIPE)
	// Affinity, cgroup v1 and the death signal of the command are the thread's.
	runtime.LockOSThread()
	var o order
	if err := json.NewDecoder(control).Decode(&o); err != nil {
		return 70
	}
	out := json.NewEncoder(control)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return say(out, event{Failed: &failed{What: "become the parent of orphans: " + err.Error()}})
	}
	s, f := o.start()
	if f != nil {
		return say(out, event{Failed: f})
	}
	if say(out, event{Started: s}) != 0 {
		unix.Kill(s.PID, unix.SIGKILL) //nolint:errcheck // it is the shim's own child, not waited for
	}
	pid, removes := s.PID, o.Remove
	o = order{}
	debug.FreeOSMemory()
	empty := make(chan struct{})
	go func() {
		defer close(empty)
		reap(pid, out)
	}()
	_, _ = io.Copy(io.Discard, control) // until the agent has closed it or has died
	endAll(empty)
	for _, dir := range removes {
		_ = removeLeaf(dir)
	}
	return 0
}

func say(out *json.Encoder, e event) int {
	if out.Encode(e) != nil {
		return 70
	}
	return 0
}

// start starts the command, by a thread that is already where the command is
// to be: so none of its processes is ever elsewhere.
func (o *order) start() (*started, *failed) {
	s := &started{}
	s.Read, s.Write, _ = newProc().io(os.Getpid())
	tid := []byte(fmt.Sprint(unix.Gettid()))
	var in []door
	for _, d := range o.Enter {
		if err := os.WriteFile(d.In, tid, 0); err != nil {
			s.NotEntered = err.Error()
			continue
		}
		in = append(in, d)
	}
	restore, err := pin(o.CPUs)
	if err != nil {
		return nil, &failed{What: fmt.Sprintf("use the processors %v only: %v", o.CPUs, err)}
	}
	pid, err := o.fork(o.Leaf)
	if err != nil && o.Leaf {
		why := err
		if pid, err = o.fork(false); err == nil {
			s.NoLeaf = why.Error()
		}
	}
	restore()
	for _, d := range in {
		_ = os.WriteFile(d.Out, tid, 0) // else the shim's few milliseconds count as the command's
	}
	// A pipe that the shim held would never end.
	for fd := stdoutFD; fd < extraFD+o.Extra+1; fd++ {
		_ = unix.Close(fd)
	}
	if err != nil {
		f := &failed{What: err.Error()}
		errors.As(err, &f.Errno)
		return nil, f
	}
	s.PID = pid
	return s, nil
}

// fork starts the command in a process group of its own. It is killed when the
// shim is: nobody would know how it ended.
func (o *order) fork(leaf bool) (int, error) {
	files := []uintptr{0, stdoutFD, stderrFD}
	for i := range o.Extra {
		files = append(files, uintptr(extraFD+i))
	}
	for fd := stdoutFD; fd < extraFD+o.Extra+1; fd++ {
		syscall.CloseOnExec(fd)
	}
	attr := &syscall.ProcAttr{Dir: o.Dir, Env: o.Env, Files: files, Sys: &syscall.SysProcAttr{
		Setpgid: true, Pdeathsig: syscall.SIGKILL, UseCgroupFD: leaf, CgroupFD: extraFD + o.Extra,
	}}
	return syscall.ForkExec(o.Path, o.Argv, attr)
}

// pin lets this thread, and what it starts, run on some processors only.
func pin(cpus []int) (restore func(), err error) {
	if cpus == nil {
		return func() {}, nil
	}
	var before, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return nil, err
	}
	for _, c := range cpus {
		set.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return nil, err
	}
	return func() { _ = unix.SchedSetaffinity(0, &before) }, nil
}

// reap waits for every process of the tree: the shim has no child only when
// nothing is left of it, for orphans become its children.
func reap(command int, out *json.Encoder) {
	p, ignored := newProc(), false
	for {
		ended := nextEnded()
		// Until it is waited for, it says whether it ignored SIGCHLD.
		ignored = ignored || ended > 0 && p.ignoresChildren(ended)
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(ended, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil: // ECHILD
			var used syscall.Rusage
			_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &used)
			cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
			say(out, event{Gone: &gone{CPUSeconds: cpu.Seconds(), Ignored: ignored}})
			return
		case pid == command:
			code := uint32(status)
			say(out, event{Exited: &code})
		}
	}
}

// nextEnded waits until a child has ended, and leaves it to be waited for. It
// returns -1, which is any child, where it cannot say which.
func nextEnded() int {
	var info struct { // as siginfo_t, of 128 bytes
		_   [3]int32
		_   [0]uintptr // the union that follows has its alignment
		pid int32
		_   [112]byte
	}
	if unix.Waitid(unix.P_ALL, 0, (*unix.Siginfo)(unsafe.Pointer(&info)), unix.WEXITED|unix.WNOWAIT, nil) != nil || info.pid <= 0 {
		return -1
	}
	return int(info.pid)
}

// endAll kills what is left until it has been waited for.
func endAll(empty <-chan struct{}) {
	p, self := newProc(), os.Getpid()
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		select {
		case <-empty:
			return
		default:
		}
		sweep(p, func() []stat { return p.below(self) })
		select {
		case <-empty:
			return
		case <-time.After(pause):
		}
	}
}
