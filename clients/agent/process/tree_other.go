//go:build !linux

package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

// CanPin says that Options.CPUs has an effect on this system.
func CanPin() bool { return false }

// Shim is for Linux only; elsewhere nothing starts it.
func Shim() int {
	fmt.Fprintln(os.Stderr, "There is no shim on this system.")
	return 64
}

// ReapStrangers is for the first process of a container, which is on Linux
// only: elsewhere it returns at once.
func ReapStrangers(context.Context, time.Duration) {}

// HostOOMKills returns nothing: this system does not count them.
func HostOOMKills() (int64, bool) { return 0, false }

// Tree is a command that was started and what is known to have come of it. Its
// methods may be called at the same time.
type Tree struct {
	cmd   *exec.Cmd
	group group
	done  chan struct{} // the command has ended
	exit  Exit          // after done
	after float64       // CPU seconds of the command and those it waited for, after done

	mu     sync.Mutex // guards what follows
	ledger map[id]*entry
	seen   bool // a living process was
	last   Usage
	ended  bool // by Close
}

// id names a process for good.
type id struct {
	pid     int32
	created int64 // in ms since 1970
}

// entry is what was last seen of a process: what it used stays in the sum when
// it has ended.
type entry struct {
	process     *process.Process
	cpu         float64
	read, write int64
}

// Start starts a command. A command that is not there or cannot be executed is
// a [*StartError].
func Start(o Options) (*Tree, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &Tree{done: make(chan struct{}), ledger: make(map[id]*entry)}
	t.cmd = exec.Command(o.Argv[0], o.Argv[1:]...) //nolint:noctx // it outlives every context of a start: its tree must be ended first
	t.cmd.Env, t.cmd.Dir, t.cmd.ExtraFiles = o.Env, o.Dir, o.Extra
	if o.Env == nil {
		t.cmd.Env = []string{} // nil would be the caller's
	}
	if o.Stdout != nil { // a nil *os.File in an interface is not nil
		t.cmd.Stdout = o.Stdout
	}
	if o.Stderr != nil {
		t.cmd.Stderr = o.Stderr
	}
	t.cmd.SysProcAttr = attributes()
	err := t.cmd.Start()
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return nil, &StartError{Code: 127, Name: o.Argv[0], Err: err}
	case err != nil:
		return nil, &StartError{Code: 126, Name: o.Argv[0], Err: err}
	}
	if t.group, err = newGroup(t.cmd.Process.Pid); err != nil {
		return nil, errors.Join(fmt.Errorf("hold the command: %w", err), t.cmd.Process.Kill(), t.cmd.Wait())
	}
	go t.wait()
	return t, nil
}

func (t *Tree) wait() {
	_ = t.cmd.Wait() // the state says how it ended
	if s := t.cmd.ProcessState; s != nil {
		t.exit = exitOf(s)
		t.after = (s.UserTime() + s.SystemTime()).Seconds()
	}
	close(t.done)
}

// Done is closed when the command itself has ended; others of its tree may
// live on.
func (t *Tree) Done() <-chan struct{} { return t.done }

// Exit returns how the command ended, after Done.
func (t *Tree) Exit() Exit {
	<-t.done
	return t.exit
}

// PID returns the command's process.
func (t *Tree) PID() int { return t.cmd.Process.Pid }

// Warnings says, in sentences, what Start had to do without.
func (t *Tree) Warnings() []string { return nil }

// Signal sends a signal to the command's process group, if there is anything
// left of it.
func (t *Tree) Signal(s os.Signal) error {
	if len(t.Pids()) == 0 {
		return nil
	}
	if err := t.group.signal(s); err != nil {
		return fmt.Errorf("send %v to the command: %w", s, err)
	}
	return nil
}

// Kill ends every process of the tree that is known, and returns how many are
// left: 0, or with an error those that lived when ctx ended.
func (t *Tree) Kill(ctx context.Context) (left int, err error) {
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		t.group.kill(t.Pids())
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		switch n := len(t.Pids()); {
		case n == 0:
			return 0, nil
		case ctx.Err() != nil:
			return n, fmt.Errorf("%d processes could not be ended: %w", n, ctx.Err())
		}
	}
}

// Pids returns the living processes of the tree that are known.
func (t *Tree) Pids() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	var pids []int
	for _, e := range t.members() {
		pids = append(pids, int(e.process.Pid))
	}
	return pids
}

// members returns what lives of the tree, and enters it in the ledger. With mu
// held.
func (t *Tree) members() []*entry {
	known := make(map[int32]int64, len(t.ledger))
	for n := range t.ledger {
		known[n.pid] = max(known[n.pid], n.created)
	}
	var members []*entry
	for _, p := range t.group.members(known) {
		created, err := p.CreateTime()
		if err != nil {
			continue // it has ended
		}
		n := id{p.Pid, created}
		if t.ledger[n] == nil {
			t.ledger[n] = &entry{process: p}
		}
		members = append(members, t.ledger[n])
	}
	return members
}

// Usage measures the tree.
func (t *Tree) Usage() Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.measure()
}

// Exact measures the tree with its memory as of this moment, as Usage does on
// this system.
func (t *Tree) Exact() Usage { return t.Usage() }

// measure is Usage, with mu held.
func (t *Tree) measure() Usage {
	if t.ended {
		return t.last
	}
	u := Usage{Accounting: Sampled, Memory: MemoryRSS, Missing: map[string]string{
		"oom_kills": "this system has no control groups",
	}}
	members := t.members()
	u.Processes = len(members)
	for _, e := range members {
		e.look(&u)
	}
	for _, e := range t.ledger {
		u.CPUSeconds += e.cpu
		u.ReadBytes += e.read
		u.WriteBytes += e.write
	}
	select {
	case <-t.done:
		u.CPUSeconds = max(u.CPUSeconds, t.after)
	default:
	}
	u.CPUSeconds = max(u.CPUSeconds, t.last.CPUSeconds)
	u.MemoryBytes = u.RSSBytes
	u.PeakMemoryBytes = max(t.last.PeakMemoryBytes, u.MemoryBytes)
	if t.seen = t.seen || u.Processes > 0; !t.seen {
		for _, size := range []string{"memory_bytes", "peak_memory_bytes", "rss_bytes", "threads", "processes"} {
			u.Missing[size] = tooShort
		}
	}
	t.last = u
	return u
}

// look asks the system about a process. What has ended meanwhile keeps what was
// last seen.
func (e *entry) look(u *Usage) {
	if times, err := e.process.Times(); err == nil {
		e.cpu = max(e.cpu, times.User+times.System)
	}
	if memory, err := e.process.MemoryInfo(); err == nil {
		u.RSSBytes += int64(memory.RSS)
	}
	if threads, err := e.process.NumThreads(); err == nil {
		u.Threads += int(threads)
	}
	io, err := e.process.IOCounters()
	if err != nil {
		u.Missing["read_bytes"] = "this system does not say what a process reads: " + err.Error()
		u.Missing["write_bytes"] = u.Missing["read_bytes"]
		return
	}
	e.read, e.write = int64(io.ReadBytes), int64(io.WriteBytes)
}

// Close kills what is left of the tree and returns what it used in all.
func (t *Tree) Close() (Usage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := t.Kill(ctx)
	select {
	case <-t.done:
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.measure()
	if t.ended {
		return u, nil
	}
	t.ended = true
	return u, errors.Join(err, t.group.close())
}
