package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// logEnv names the file in which the processes under the agent say things to
// the bench, a line each.
const logEnv = "BENCH_LOG"

// say writes a line to the log.
func say(format string, args ...any) error {
	f, err := os.OpenFile(os.Getenv(logEnv), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = fmt.Fprintf(f, format+"\n", args...)
	return err
}

// act is what a process under the agent does.
func act(what string, args []string) error {
	switch what {
	case "burn", "waited", "orphans", "daemons", "leave", "ignoring":
		return actAndTell(what, args)
	case "tree", "branch", "twig":
		return actAsTree(what)
	case "obey":
		return stay()
	case "crowd", "bystander":
		return actAsCrowd(what)
	case "timed":
		return actTimed(args)
	case "steps":
		return actInSteps(args)
	default:
		return fmt.Errorf("nobody can %q", what)
	}
}

// again prepares this program to do something else.
func again(do ...string) *exec.Cmd {
	c := exec.Command("/proc/self/exe", append([]string{"agent", "do"}, do...)...)
	c.Stderr = os.Stderr
	return c
}

// result is what makes a trial COMPLETE.
func result() { fmt.Println("::result loss=1") }

// actAndTell uses processors and says, as the last act, how much this process
// has used in all.
func actAndTell(what string, args []string) error {
	var err error
	switch what {
	case "burn":
		err = burn(args[0])
	case "waited": // children one after the other
		for range 20 {
			if err = again("burn", args[0]).Run(); err != nil {
				return err
			}
		}
	case "orphans", "daemons":
		err = abandon(what, args[0])
	case "leave":
		c := again("burn", args[1])
		c.ExtraFiles = []*os.File{os.NewFile(3, "pipe")}
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: args[0] == "daemons"}
		err = c.Start()
	case "ignoring":
		signal.Ignore(syscall.SIGCHLD)
		for range 4 {
			_ = again("burn", args[0]).Run() // "no child processes": the kernel has forgotten it
		}
	}
	if err != nil {
		return err
	}
	result() // of all but the command, nobody reads it
	return tell()
}

// tell says what this process has used, and ends it with as little more as can
// be.
func tell() error {
	f, err := os.OpenFile(os.Getenv(logEnv), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("used %d\n", used().Nanoseconds())
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	syscall.Exit(0)
	return nil
}

// abandon starts processes whose parents end at once, and stays until they have
// ended: a pipe that only they hold says so.
func abandon(kind, much string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	for range 4 {
		c := again("leave", kind, much)
		c.ExtraFiles = []*os.File{w}
		if err := c.Run(); err != nil {
			return err
		}
	}
	_ = w.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}

// burn uses a processor until the whole process, its start included, has used
// so much.
func burn(much string) error {
	d, err := time.ParseDuration(much)
	if err != nil {
		return err
	}
	for x := 1.0; used() < d; {
		for range 10000 {
			x = x*1.0000001 + 1e-9
		}
	}
	return nil
}

// used is the CPU time of this process.
func used() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// stay says that this process is up, and then does nothing until it is killed,
// or for longer than any figure takes.
func stay() error {
	if err := say("up %d", os.Getpid()); err != nil {
		return err
	}
	time.Sleep(5 * time.Minute)
	return nil
}

// actAsTree is a tree of 9 processes, none of which heeds TERM; two escape into
// sessions of their own, with a child each.
func actAsTree(what string) error {
	signal.Ignore(syscall.SIGTERM)
	switch what {
	case "tree":
		if err := say("stop %s", os.Getenv("ESPALIER_STOP_FILE")); err != nil {
			return err
		}
		for i := range 4 {
			c := again("branch")
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: i < 2}
			if err := c.Start(); err != nil {
				return err
			}
		}
	case "branch":
		if err := again("twig").Start(); err != nil {
			return err
		}
	}
	return stay()
}

// crowd is how many processes sleep under the agent whose cost is measured, and
// sleepers how many of them have one thread. The others have the 5 that the
// runtime needs with one processor: 80 in all.
const crowd, sleepers = 20, 5

func actAsCrowd(what string) error {
	if os.Getenv("GOMAXPROCS") != "1" {
		return syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), "GOMAXPROCS=1"))
	}
	for i := range crowd - 1 {
		if what != "crowd" {
			break
		}
		c := again("bystander")
		if i < sleepers {
			c = exec.Command("sleep", "300")
		}
		if err := c.Start(); err != nil {
			return err
		}
		if i < sleepers {
			if err := say("up %d", c.Process.Pid); err != nil {
				return err
			}
		}
	}
	return stay()
}

// actTimed runs a command that prints, and says how long that took.
func actTimed(args []string) error {
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	began := time.Now()
	if err := c.Run(); err != nil {
		return err
	}
	if err := say("took %d", time.Since(began).Nanoseconds()); err != nil {
		return err
	}
	result()
	return nil
}

// stepEvery is the pace of the steps below.
const stepEvery = 100 * time.Millisecond

// lossAt is the value of a step.
func lossAt(step int64) float64 { return 1 / (1 + float64(step)/7) }

// actInSteps prints so many steps.
func actInSteps(args []string) error {
	n, err := strconv.ParseInt(strings.Join(args, ""), 10, 64)
	if err != nil {
		return err
	}
	tick := time.NewTicker(stepEvery)
	defer tick.Stop()
	for step := range n {
		fmt.Printf("::metric step=%d loss=%v\n", step, lossAt(step))
		if step == 0 {
			if err := say("up %d", os.Getpid()); err != nil {
				return err
			}
		}
		<-tick.C
	}
	return nil
}
