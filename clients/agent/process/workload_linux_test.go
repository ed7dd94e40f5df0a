package process

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The processes that are measured are this test binary, which then does what
// ESPALIER_TEST_DO says.
func TestMain(m *testing.M) {
	// syscall.Exit, for os.Exit waits for a second in a binary with the race detector.
	if len(os.Args) > 1 && os.Args[1] == "__shim" {
		syscall.Exit(Shim())
	}
	if do := os.Getenv("ESPALIER_TEST_DO"); do != "" {
		syscall.Exit(perform(do))
	}
	os.Exit(m.Run())
}

// perform is what a measured process does: "burn 100ms", say.
func perform(do string) int {
	what, arg, _ := strings.Cut(do, " ")
	switch what {
	case "burn":
		burn(arg)
	case "waited": // children one after the other
		for range 20 {
			must(again("burn " + arg).Run())
		}
	case "orphans", "daemons": // whose parents end at once
		for range 8 {
			must(again("leave " + what + " " + arg).Run())
		}
	case "leave":
		kind, arg, _ := strings.Cut(arg, " ")
		c := again("burn " + arg)
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: kind == "daemons"}
		must(c.Start())
	case "ignoring":
		signal.Ignore(syscall.SIGCHLD)
		for range 5 {
			_ = again("burn " + arg).Run() // "no child processes": the kernel has forgotten it
		}
	case "late": // to ignore SIGCHLD: when its descriptor 3 ends
		fmt.Println("up")
		_, err := io.Copy(io.Discard, os.NewFile(3, "go on"))
		must(err)
		signal.Ignore(syscall.SIGCHLD)
		pause()
	case "tree": // of 9, none of which heeds TERM; two sessions of their own
		signal.Ignore(syscall.SIGTERM)
		for i := range 4 {
			c := again("branch")
			c.Stdout = os.Stdout
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: i < 2}
			must(c.Start())
		}
		pause()
	case "branch":
		signal.Ignore(syscall.SIGTERM)
		c := again("pause")
		c.Stdout = os.Stdout
		must(c.Start())
		pause()
	case "pause":
		signal.Ignore(syscall.SIGTERM)
		pause()
	case "catch": // a signal, and say which
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, syscall.SIGUSR1)
		fmt.Println("up")
		fmt.Println(<-caught)
	case "exit":
		code, err := strconv.Atoi(arg)
		must(err)
		return code
	case "die":
		must(syscall.Kill(os.Getpid(), syscall.SIGKILL))
		pause()
	default:
		return performMore(what, arg)
	}
	note()
	return 0
}

func performMore(what, arg string) int {
	switch what {
	case "extra":
		for fd := range 2 {
			_, err := fmt.Fprintf(os.NewFile(uintptr(3+fd), "extra"), "descriptor %d", 3+fd)
			must(err)
		}
	case "affinity":
		if arg == "" {
			c := again("affinity of a child")
			c.Stdout = os.Stdout
			must(c.Run())
		}
		var set unix.CPUSet
		must(unix.SchedGetaffinity(0, &set))
		fmt.Println(set.Count(), set.IsSet(1))
	case "hold": // so many MiB
		mib, err := strconv.Atoi(arg)
		must(err)
		hold(-1, mib)
		pause()
	case "threads": // each of which has a child
		for range 3 {
			go func() {
				runtime.LockOSThread()
				c := again("pause")
				c.Stdout = os.Stdout
				must(c.Start())
				select {}
			}()
		}
		pause()
	case "crowd": // of 20 with some 4 threads each
		for range 19 {
			c := again("pause")
			c.Env = append(c.Env, "GOMAXPROCS=1")
			c.Stdout = os.Stdout
			must(c.Start())
		}
		pause()
	case "share": // so many MiB, among itself and two children
		share(arg)
	case "outside": // of the groups that it may make: nothing of its may be moved there
		tree, err := Start(Options{
			Argv: []string{"/proc/self/exe"}, Env: again("burn 50ms").Env, Now: time.Now,
			Groups: &Groups{v2: arg}, Name: "leaf",
		})
		must(err)
		<-tree.Done()
		u, err := tree.Close()
		must(err)
		fmt.Println(len(tree.Warnings()), u.Accounting, u.CPUSeconds > 0.045, len(downwards(arg)))
	case "delegated":
		delegated(arg)
	case "agent":
		return actAsAgent(arg)
	}
	return 0
}

// pause says that the process is up, and then does nothing.
func pause() {
	fmt.Println("up")
	for {
		_ = unix.Pause()
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// again prepares this binary to do something else.
func again(do string) *exec.Cmd {
	c := exec.Command("/proc/self/exe")
	c.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ESPALIER_TEST_DO=") }),
		"ESPALIER_TEST_DO="+do)
	c.Stderr = os.Stderr
	return c
}

// burn uses a processor until the whole process, its start included, has used
// so much.
func burn(much string) {
	d, err := time.ParseDuration(much)
	must(err)
	for x := 1.0; used() < d; {
		for range 10000 {
			x = x*1.0000001 + 1e-9
		}
	}
}

func used() time.Duration {
	var t unix.Timespec
	must(unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t))
	return time.Duration(t.Nano())
}

// note writes down what the process has used, as its last act.
func note() {
	log := os.Getenv("ESPALIER_TEST_LOG")
	if log == "" {
		return
	}
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	must(err)
	_, err = fmt.Fprintln(f, used().Nanoseconds())
	must(err)
}

func hold(fd, mib int) {
	flags := unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	if fd >= 0 {
		flags = unix.MAP_SHARED
	}
	b, err := unix.Mmap(fd, 0, mib<<20, unix.PROT_READ|unix.PROT_WRITE, flags)
	must(err)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
}

func share(arg string) {
	mibs, child, _ := strings.Cut(arg, " ")
	mib, err := strconv.Atoi(mibs)
	must(err)
	fd := 3
	if child == "" {
		fd, err = unix.MemfdCreate("shared", 0)
		must(err)
		must(unix.Ftruncate(fd, int64(mib)<<20))
		for range 2 {
			c := again("share " + mibs + " child")
			c.Stdout = os.Stdout
			c.ExtraFiles = []*os.File{os.NewFile(uintptr(fd), "shared")}
			must(c.Start())
		}
	}
	hold(fd, mib)
	pause()
}

// delegated is an agent in a group of its own, alone or not: it makes way for
// the controller hugetlb, measures a tree, and leaves all as it was.
func delegated(arg string) {
	base, company, _ := strings.Cut(arg, " ")
	must(enter(base))
	if company != "" {
		c := again("pause") // it is in the group too
		must(c.Start())
		defer func() { must(c.Process.Kill()) }()
	}
	g := &Groups{v2: base}
	g.enable(true, "hugetlb")
	p, err := ownPlaces()
	must(err)
	fmt.Println(g.moved == p.v2.dir, slices.Contains(words(base, "cgroup.subtree_control"), "hugetlb"))
	tree, err := Start(Options{Argv: []string{"/proc/self/exe"}, Env: again("burn 50ms").Env, Now: time.Now, Groups: g, Name: "leaf"})
	must(err)
	<-tree.Done()
	u, err := tree.Close()
	must(err)
	fmt.Println(u.Accounting, u.CPUSeconds > 0.045)
	must(g.Close())
	p, err = ownPlaces()
	must(err)
	fmt.Println(p.v2.dir == base, len(downwards(base)))
}

// actAsAgent starts a tree and says which processes it has.
func actAsAgent(where string) int {
	groups, err := FindGroups(where)
	must(err)
	r, w, err := os.Pipe()
	must(err)
	tree, err := Start(Options{
		Argv: []string{"/proc/self/exe"}, Env: again("tree").Env, Stdout: w, Now: time.Now,
		Groups: groups, Name: fmt.Sprintf("espalier-test-agent-%d", os.Getpid()),
	})
	must(err)
	in := bufio.NewReader(r)
	for range 9 {
		_, err := in.ReadString('\n')
		must(err)
	}
	fmt.Println(tree.shim.Process.Pid, tree.Pids(), tree.leaf.dirs())
	pause()
	return 0
}

// tier is a way to account for a tree that this machine has, or why not.
type tier struct {
	name   string
	groups *Groups
	skip   string
}

func tiers() []tier {
	all := []tier{{name: Reaped}}
	g, err := FindGroups("auto")
	switch {
	case err != nil:
		all = append(all, tier{name: CgroupV2, skip: err.Error()})
	case g.v2 == "":
		all = append(all, tier{name: CgroupV2, skip: g.Describe()[0]})
	default:
		all = append(all, tier{name: CgroupV2, groups: g})
	}
	p, err := ownPlaces()
	at := p.v1["cpuacct"].dir
	if err != nil || at == "" || !usable1(at) {
		return append(all, tier{name: CgroupV1, skip: "there is no cpuacct controller of cgroup v1 that may be written to"})
	}
	return append(all, tier{name: CgroupV1, groups: &Groups{cpuacct1: at}})
}

// eachTier runs a test in every tier that there is.
func eachTier(t *testing.T, f func(t *testing.T, g *Groups)) {
	for _, tier := range tiers() {
		t.Run(tier.name, func(t *testing.T) {
			if tier.skip != "" {
				t.Skip(tier.skip)
			}
			f(t, tier.groups)
		})
	}
}

// run is a tree under test.
type run struct {
	*Tree
	out *bufio.Reader // what it prints
	log string        // what its processes say they have used
}

// begin starts this binary to do something, and ends it with the test.
func begin(t testing.TB, g *Groups, do string, more ...func(*Options)) *run {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "used")
	o := Options{
		Argv:   []string{"/proc/self/exe"},
		Env:    append(again(do).Env, "ESPALIER_TEST_LOG="+log),
		Stdout: w, Stderr: os.Stderr, Groups: g, Now: time.Now,
		Name: fmt.Sprintf("espalier-test-%d-%d", os.Getpid(), time.Now().UnixNano()),
	}
	for _, f := range more {
		f(&o)
	}
	tree, err := Start(o)
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := tree.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		_ = r.Close()
	})
	if w := tree.Warnings(); len(w) > 0 {
		t.Errorf("Warnings() = %q, want none", w)
	}
	return &run{Tree: tree, out: bufio.NewReader(r), log: log}
}

// up waits until so many of its processes have said that they are up.
func (r *run) up(t testing.TB, processes int) {
	t.Helper()
	for range processes {
		if line := r.line(t); line != "up" {
			t.Fatalf("a process prints %q, want up", line)
		}
	}
}

func (r *run) line(t testing.TB) string {
	t.Helper()
	line, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatalf("read what the command prints: %v", err)
	}
	return strings.TrimSpace(line)
}

// truth waits for the tree to end and returns the seconds that its processes
// say they have used, and how many they are.
func (r *run) truth(t *testing.T) (seconds float64, processes int) {
	t.Helper()
	eventually(t, time.Minute, "the tree has ended", func() bool { return len(r.Pids()) == 0 })
	f, err := os.Open(r.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); processes++ {
		ns, err := strconv.ParseFloat(s.Text(), 64)
		if err != nil {
			t.Fatal(err)
		}
		seconds += ns / 1e9
	}
	return seconds, processes
}

// eventually waits for something to become true.
func eventually(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s", limit, what)
		case <-tick.C:
		}
	}
}

func within(t *testing.T, limit time.Duration, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(limit):
		t.Fatalf("not within %v: %s", limit, what)
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
