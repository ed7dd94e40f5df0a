package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// CanPin says that Options.CPUs has an effect on this system.
func CanPin() bool { return true }

// Tree is a command that was started and all that comes of it. Its methods may
// be called at the same time.
type Tree struct {
	pid      int
	shim     *exec.Cmd
	control  *os.File
	leaf     *leaf
	warnings []string

	done, gone, lost chan struct{} // the command has ended; the whole tree; the shim has died before it
	closed           chan struct{} // the listener has ended
	exit             Exit          // after done
	reaped           float64       // CPU seconds of the whole tree, after gone
	ignored          bool          // SIGCHLD was, by a process that the shim waited for, after gone

	mu    sync.Mutex // guards what follows
	proc  *proc
	meter meter
	ended bool // by Close
}

// Start starts a command. A command that is not there or cannot be executed is
// a [*StartError].
func Start(o Options) (*Tree, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	path, err := lookUp(o.Argv[0], o.Dir, o.Env)
	if err != nil {
		return nil, err
	}
	t := &Tree{
		done: make(chan struct{}), gone: make(chan struct{}), lost: make(chan struct{}), closed: make(chan struct{}),
		proc: newProc(),
	}
	t.leaf, t.warnings = o.Groups.newLeaf(o.Name, o.MemoryLimit)
	events, s, err := t.launch(o, path)
	if err != nil {
		return nil, errors.Join(err, t.leaf.close())
	}
	t.pid = s.PID
	if s.NoLeaf != "" {
		t.warnings = append(t.warnings, "The command is not in its control group of version 2: "+s.NoLeaf+".")
		t.leaf.drop2()
	}
	if s.NotEntered != "" {
		t.warnings = append(t.warnings, "The command is not in its control group of version 1: "+s.NotEntered+".")
		t.leaf.drop1()
	}
	t.meter = meter{now: o.Now, shimRead: s.Read, shimWrite: s.Write, known: make(map[int]member), before: make(map[int]member)}
	go t.listen(events)
	return t, nil
}

// launch starts the shim, which starts the command.
func (t *Tree) launch(o Options, path string) (*json.Decoder, *started, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("start the shim: %w", err)
	}
	if err := unix.SetNonblock(pair[0], true); err != nil {
		return nil, nil, fmt.Errorf("start the shim: %w", err)
	}
	t.control = os.NewFile(uintptr(pair[0]), "control")
	theirs := os.NewFile(uintptr(pair[1]), "control")
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, errors.Join(err, t.control.Close(), theirs.Close())
	}
	defer func() { _ = null.Close() }() // the shim has its own
	t.shim = shimCommand(o, theirs, null)
	ord := order{Path: path, Argv: o.Argv, Env: o.Env, Dir: o.Dir, Extra: len(o.Extra), CPUs: o.CPUs}
	if t.leaf != nil {
		ord.Enter, ord.Remove = t.leaf.doors(), t.leaf.dirs()
		if t.leaf.fd != nil {
			ord.Leaf = true
			t.shim.ExtraFiles = append(t.shim.ExtraFiles, t.leaf.fd)
		}
	}
	err = t.shim.Start()
	_ = theirs.Close() // so that the shim's end is the end of the events
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("start the shim: %w", err), t.control.Close())
	}
	events := json.NewDecoder(t.control)
	s, err := handshake(json.NewEncoder(t.control), events, ord)
	if err != nil {
		_ = t.shim.Process.Kill() // what is no shim might not end by itself
		return nil, nil, errors.Join(err, t.control.Close(), ignoreExit(t.shim.Wait()))
	}
	return events, s, nil
}

func shimCommand(o Options, control, null *os.File) *exec.Cmd {
	argv := o.Shim
	if len(argv) == 0 {
		// Not the name of the executable, under which there may be another version by now.
		argv = []string{"/proc/self/exe", "__shim"}
	}
	c := exec.Command(argv[0], argv[1:]...) //nolint:noctx // it outlives every context of a start: its tree must be ended first
	c.Env = []string{"GOMAXPROCS=1", "GOGC=20"}
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // the terminal's signals are for the agent
	c.ExtraFiles = []*os.File{control, orElse(o.Stdout, null), orElse(o.Stderr, null)}
	c.ExtraFiles = append(c.ExtraFiles, o.Extra...)
	return c
}

func orElse(f, otherwise *os.File) *os.File {
	if f == nil {
		return otherwise
	}
	return f
}

// handshake sends the order and returns how the command started.
func handshake(out *json.Encoder, in *json.Decoder, o order) (*started, error) {
	if err := out.Encode(o); err != nil {
		return nil, fmt.Errorf("tell the shim what to start: %w", err)
	}
	var e event
	err := in.Decode(&e)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the shim ended before it had started the command: %w", err)
	case e.Failed != nil && e.Failed.Errno != 0:
		return nil, startError(o.Argv[0], e.Failed.Errno)
	case e.Failed != nil:
		return nil, errors.New(e.Failed.What)
	case e.Started == nil:
		return nil, errors.New("the shim says nothing that this version understands")
	}
	return e.Started, nil
}

// listen takes in what the shim says until it has ended.
func (t *Tree) listen(events *json.Decoder) {
	defer close(t.closed)
	exited := false
	for {
		var e event
		if err := events.Decode(&e); err != nil {
			break
		}
		switch {
		case e.Exited != nil:
			t.exit = exitOf(syscall.WaitStatus(*e.Exited))
			exited = true
			close(t.done)
		case e.Gone != nil:
			t.reaped, t.ignored = e.Gone.CPUSeconds, e.Gone.Ignored
			close(t.gone)
		}
	}
	select {
	case <-t.gone:
		return
	default:
	}
	close(t.lost) // nothing measures or holds the tree any more, so it ends too
	t.killLost()
	if !exited {
		t.exit = Exit{Code: 128 + int(unix.SIGKILL), Signal: unix.SIGKILL, Lost: true}
		close(t.done)
	}
}

func exitOf(status syscall.WaitStatus) Exit {
	if status.Signaled() {
		return Exit{Code: 128 + int(status.Signal()), Signal: status.Signal()}
	}
	return Exit{Code: status.ExitStatus()}
}

// Done is closed when the command itself has ended; others of its tree may
// live on.
func (t *Tree) Done() <-chan struct{} { return t.done }

// Exit returns how the command ended, after Done.
func (t *Tree) Exit() Exit {
	<-t.done
	return t.exit
}

// PID returns the command's process, whose number is also its group's.
func (t *Tree) PID() int { return t.pid }

// Warnings says, in sentences, what Start had to do without.
func (t *Tree) Warnings() []string { return t.warnings }

// Signal sends a signal to the command's process group, if there is anything
// left of it.
func (t *Tree) Signal(s os.Signal) error {
	sig, ok := s.(syscall.Signal)
	if !ok {
		return fmt.Errorf("there is no signal %v on this system", s)
	}
	if !t.groupLives() {
		return nil
	}
	if err := unix.Kill(-t.pid, sig); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("send %v to the command: %w", s, err)
	}
	return nil
}

// groupLives guards against another group that has the number of one that has
// gone. The command holds it while it lives, then any of its group.
func (t *Tree) groupLives() bool {
	select {
	case <-t.done:
	default:
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.members() {
		if s.group == t.pid && s.alive() {
			return true
		}
	}
	return false
}

// Kill ends every process of the tree, escaped ones included, and returns how
// many are left: 0, or with an error those that lived when ctx ended.
func (t *Tree) Kill(ctx context.Context) (left int, err error) {
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		t.leaf.kill()
		t.mu.Lock()
		sweep(t.proc, t.members)
		t.mu.Unlock()
		select {
		case <-t.gone:
			return 0, nil
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

// killLost kills what the shim left, and does not return before the command
// has ended.
func (t *Tree) killLost() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = t.Kill(ctx) // what is left shows in Pids, for who asks
}

// Pids returns the living processes of the tree, without the shim.
func (t *Tree) Pids() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	var pids []int
	for _, s := range t.members() {
		if s.alive() {
			pids = append(pids, s.pid)
		}
	}
	return pids
}

// members returns the processes of the tree, zombies included. With mu held.
func (t *Tree) members() []stat {
	select {
	case <-t.gone:
		return nil
	case <-t.lost:
		return t.remains()
	default:
		return t.proc.below(t.shim.Process.Pid)
	}
}

// counted returns the processes of the tree whose sizes are measured: as the
// control group lists them, which is cheap, or as members finds them, no
// process before its parent, which matters where CPU time is their sum. With mu
// held.
func (t *Tree) counted() []stat {
	select {
	case <-t.gone:
		return nil
	case <-t.lost:
		return t.remains()
	default:
	}
	if pids, ok := t.leaf.listed(); ok {
		return t.proc.stats(pids)
	}
	return t.members()
}

// remains finds what is left of the tree of a shim that died: what is in the
// leaf, what is still in the shim's session, and what was seen before.
func (t *Tree) remains() []stat {
	found := make(map[int]stat)
	t.proc.all(func(s stat) {
		m, known := t.meter.known[s.pid]
		if s.session == t.shim.Process.Pid || known && m.start == s.start {
			found[s.pid] = s
		}
	})
	for _, pid := range t.leaf.pids() {
		if s, err := t.proc.stat(pid); err == nil {
			found[pid] = s
		}
	}
	for pid := range found { // what they started since
		for _, s := range t.proc.below(pid) {
			found[s.pid] = s
		}
	}
	all := make([]stat, 0, len(found))
	for _, s := range found {
		all = append(all, s)
	}
	return all
}

// Close kills what is left of the tree, removes its control group, and returns
// what it used in all.
func (t *Tree) Close() (Usage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := t.Kill(ctx)
	over := true
	select {
	case <-t.gone:
	case <-t.lost:
	case <-ctx.Done():
		over = false
	}
	u, again := t.conclude()
	if again {
		return u, nil
	}
	err = errors.Join(err, t.control.Close())
	if over {
		<-t.closed
		err = errors.Join(err, ignoreExit(t.shim.Wait()))
	}
	return u, errors.Join(err, t.leaf.close())
}

// conclude takes the last measurement, once.
func (t *Tree) conclude() (u Usage, again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return t.meter.last, true
	}
	t.meter.last, t.ended = t.measure(false), true
	t.proc.close()
	return t.meter.last, false
}

// ignoreExit passes on what is more than the way in which a shim ended.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) || errors.Is(err, unix.ECHILD) { // ReapStrangers may have been faster
		return nil
	}
	return err
}
