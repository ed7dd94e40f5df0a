// Package process starts a command and answers for everything that comes of
// it: it measures the whole tree of processes, those included that escaped
// from it or were too short to be seen, and ends all of it. It is for an agent
// that wraps training processes and knows nothing of trials or servers.
//
// On Linux a command is the child of a shim, which is this program started
// again ([Shim]) as the subreaper of the tree: every process that loses its
// parent becomes the shim's, and all that the kernel counted for it. Where
// control groups can be made ([FindGroups]), a leaf of the command's own is
// exact even for what no parent waits for. Elsewhere processes are sampled,
// and what lives between two samples is not seen.
package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Options says what to start and how. The files remain the caller's: it closes
// its copies after [Start], so that a pipe ends with the command.
type Options struct {
	Argv []string // the command and its arguments, at least one
	Env  []string // all of its environment, as NAME=value; PATH finds the command
	Dir  string   // where it starts; empty is where the caller is

	Stdout, Stderr *os.File   // nil is /dev/null, as standard input always is
	Extra          []*os.File // its descriptors 3, 4, ...; not on Windows

	CPUs []int // the processors it may use, and all that comes of it; nil is all (see [CanPin])

	Groups *Groups // where its control group is made; nil: it gets none
	Name   string  // of that group, which nothing else may have
	// MemoryLimit, in bytes and 0 for none, has the kernel end processes of a
	// group that holds more than it and an eighth. That only protects the host
	// from a caller which watches the limit itself and is late.
	MemoryLimit int64

	Shim []string // what calls [Shim]; empty is this program with the argument __shim

	Now func() time.Time // the clock; it must be set
}

func (o *Options) check() error {
	if len(o.Argv) == 0 || o.Now == nil {
		return errors.New("start a command: the options lack a command or a clock")
	}
	return nil
}

// Exit says how a command ended.
type Exit struct {
	Code   int            // as a shell gives it: 128 + the signal, where one ended it
	Signal syscall.Signal // 0 where it ended by itself
	// Lost is true where nobody saw the end, because the shim was killed. The
	// tree was killed then, and Signal says so.
	Lost bool
}

// StartError is a command that cannot be started.
type StartError struct {
	Code int // as a shell gives it: 127 it was not found, 126 it cannot be executed
	Name string
	Err  error
}

// Error names the command and the reason.
func (e *StartError) Error() string { return fmt.Sprintf("start %s: %v", e.Name, e.Err) }

// Unwrap returns the reason.
func (e *StartError) Unwrap() error { return e.Err }

// Where [Usage.CPUSeconds] comes from, best first.
const (
	CgroupV2 = "cgroup_v2" // exact
	CgroupV1 = "cgroup_v1" // exact
	Reaped   = "reaped"    // exact, but for children whose parent ignores SIGCHLD
	Sampled  = "sampled"   // a lower bound: processes between two samples are not seen
)

// Where [Usage.MemoryBytes] comes from, best first.
const (
	MemoryCgroup = "cgroup"  // anonymous and shared memory, without the page cache
	MemoryPSS    = "pss"     // the sum over processes, shared pages divided among those that share them
	MemoryRSS    = "rss_sum" // the sum over processes, shared pages counted once in each: an upper bound
)

// Usage is what a tree uses and has used since it was started. Totals never
// decrease.
type Usage struct {
	Accounting string  // CgroupV2, CgroupV1, Reaped or Sampled
	Memory     string  // MemoryCgroup, MemoryPSS or MemoryRSS
	CPUSeconds float64 // of all processes, ended ones included

	MemoryBytes int64
	// PeakMemoryBytes is the kernel's where a control group has one, and then
	// includes the page cache; else the greatest MemoryBytes seen.
	PeakMemoryBytes int64
	RSSBytes        int64 // the sum over processes, an upper bound; always of this moment

	ReadBytes, WriteBytes int64 // from and to storage: what caches serve is not counted
	Threads, Processes    int   // living ones
	OOMKills              int64 // processes that the kernel ended for want of memory

	// Missing has the figures that could not be measured, which are 0, and why:
	// "read_bytes" and so on, after the names of the fields. All sizes of a tree
	// that ended before it was looked at are among them.
	Missing map[string]string
	// Doubt says why CPUSeconds may be too low, where it may be.
	Doubt string
}

// tooShort is why some commands have no sizes.
const tooShort = "it ended before it was looked at"
