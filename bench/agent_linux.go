package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
)

// agentBench measures the agent as people have it: the real "espalier run"
// against a real server on a database of its own. The processes under it are
// this program, started again with "agent do".
type agentBench struct {
	ctx    context.Context //nolint:containedctx // lives for one run
	rounds int
	binary string // espalier
	self   string
	dir    string
	server *agentServer
	client *espalier.Client
	count  atomic.Int64 // of studies and logs

	mu     sync.Mutex
	agents []*agentRun
}

// tier is a way to count what a tree uses, as --cgroup has it.
type tier struct{ name, flag string }

var tiers = []tier{{"cgroup_auto", "auto"}, {"cgroup_off", "off"}}

// agentLimit is how long all figures may take.
const agentLimit = 15 * time.Minute

// benchAgent measures what the agent sees, how it ends trees, and what it costs.
func benchAgent(ctx context.Context, args []string) error {
	if len(args) > 1 && args[0] == "do" {
		return act(args[1], args[2:])
	}
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	rounds := flags.Int("rounds", 3, "how often a figure is measured, but for the two that take a minute")
	binary := flags.String("binary", "bin/espalier", "the program that is measured")
	only := flags.String("only", "", "the one group of figures to measure: cpu, kill, stop, output, outage or cost")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, agentLimit)
	defer cancel()
	b := &agentBench{ctx: ctx, rounds: max(1, *rounds)}
	defer b.close()
	if err := b.open(*binary); err != nil {
		return err
	}
	return b.run(*only)
}

// open starts the server that the figures share.
func (b *agentBench) open(binary string) (err error) {
	if b.binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	if _, err := os.Stat(b.binary); err != nil {
		return fmt.Errorf("%w; make build makes it", err)
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = scratch(); err != nil {
		return err
	}
	if b.server, err = b.serve(filepath.Join(b.dir, "bench.db"), "127.0.0.1:0"); err != nil {
		return err
	}
	b.client, err = espalier.New(b.server.url)
	return err
}

// run measures all groups of figures, or one. One that fails does not keep the
// others from being measured.
func (b *agentBench) run(only string) error {
	groups := []struct {
		name    string
		measure func() error
	}{{"cpu", b.cpu}, {"kill", b.kill}, {"stop", b.stop}, {"output", b.output}, {"outage", b.outage}, {"cost", b.cost}}
	var errs []error
	known := false
	for _, g := range groups {
		if only != "" && only != g.name {
			continue
		}
		known = true
		began := time.Now()
		if err := g.measure(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", g.name, err))
		}
		if b.ctx.Err() != nil {
			break
		}
		fmt.Fprintf(os.Stderr, "%-6s took %.0f s\n", g.name, time.Since(began).Seconds())
	}
	if !known {
		return fmt.Errorf("there is no group of figures %q", only)
	}
	return errors.Join(errs...)
}

// close ends all that still runs, and leaves neither files nor control groups.
func (b *agentBench) close() {
	b.mu.Lock()
	agents := b.agents
	b.mu.Unlock()
	var pids []string
	for _, a := range agents {
		a.end()
		pids = append(pids, fmt.Sprintf("-%d", a.cmd.Process.Pid))
	}
	// An agent that was killed leaves its groups to its shim, which removes them
	// when its tree has ended.
	_ = until(context.Background(), 5*time.Second, "no control group is left", func() bool { return !removeGroups(pids) })
	if b.server != nil {
		b.server.kill()
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

// removeGroups removes the control groups of agents, which their names end in,
// and says whether there were any.
func removeGroups(suffixes []string) bool {
	var found []string
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil //nolint:nilerr // what has gone or may not be read is none of ours
		}
		if strings.HasPrefix(e.Name(), "espalier-") && slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(path, s) }) {
			found = append(found, path)
		}
		return nil
	})
	for _, dir := range slices.Backward(found) {
		_ = os.Remove(dir)
	}
	return len(found) > 0
}

// until asks every millisecond until is says yes, for so long at most.
func until(ctx context.Context, limit time.Duration, what string, is func() bool) error {
	over := time.NewTimer(limit)
	defer over.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-over.C:
			return fmt.Errorf("not within %v: %s", limit, what)
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// wait lets time pass.
func (b *agentBench) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
}

// bothTiers measures in both tiers at once: what is counted, CPU time and
// memory, does not depend on who else is at work.
func bothTiers(measure func(i int, t tier) error) error {
	errs := make([]error, len(tiers))
	var group sync.WaitGroup
	for i, t := range tiers {
		group.Go(func() { errs[i] = measure(i, t) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// worst prints one line for a figure of which the greatest value counts.
func worst(name string, values []float64, target float64, note string) {
	v, verdict := slices.Max(values), "short"
	if v <= target {
		verdict = "ok"
	}
	fmt.Printf("%s\t%.3g\t<= %g\t%s\t(worst of %d rounds, from %.3g%s)\n", name, v, target, verdict, len(values), slices.Min(values), note)
}
