package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// How long the agent is left alone first, and how long it is watched then.
const (
	costAfter = 10 * time.Second
	costFor   = 60 * time.Second
)

// cost measures what the agent and its shim use while they watch a crowd that
// sleeps. The server is another process.
func (b *agentBench) cost() error {
	var printing sync.Mutex
	return bothTiers(func(_ int, t tier) error {
		cpu, pss, note, err := b.costOf(t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		printing.Lock()
		defer printing.Unlock()
		worst("agent_cost_percent_of_a_core_"+t.name, []float64{100 * cpu}, 0.5, note)
		worst("agent_cost_pss_megabytes_"+t.name, []float64{slices.Max(pss)}, 30, note)
		return nil
	})
}

// costOf returns the share of a core that agent and shim use, and the memory that
// is theirs, every ten seconds.
func (b *agentBench) costOf(t tier) (cpu float64, pss []float64, note string, err error) {
	// A copy of its own: pages of the program that others use as well would count
	// in part only.
	binary := filepath.Join(b.dir, "espalier-"+t.flag)
	if err := copyFile(b.binary, binary); err != nil {
		return 0, nil, "", err
	}
	study, err := b.makeStudy(b.client, "")
	if err != nil {
		return 0, nil, "", err
	}
	a, err := b.start(agentOrder{binary: binary, study: study, flags: []string{"--cgroup", t.flag, "--sample", "1s"}, do: []string{"crowd"}})
	if err != nil {
		return 0, nil, "", err
	}
	defer a.end()
	if _, err := b.gather(a, crowd); err != nil {
		return 0, nil, "", err
	}
	if err := b.wait(costAfter); err != nil {
		return 0, nil, "", err
	}
	agent := a.cmd.Process.Pid
	shims := childrenOf(agent)
	if len(shims) != 1 {
		return 0, nil, "", fmt.Errorf("the agent has %d children, not its shim alone", len(shims))
	}
	before, err := cpuTime(agent, shims[0])
	if err != nil {
		return 0, nil, "", err
	}
	began := time.Now()
	for time.Since(began) < costFor {
		if err := b.wait(10 * time.Second); err != nil {
			return 0, nil, "", err
		}
		pss = append(pss, pssOf(agent)+pssOf(shims[0]))
	}
	after, err := cpuTime(agent, shims[0])
	if err != nil {
		return 0, nil, "", err
	}
	cpu = (after - before) / time.Since(began).Seconds()
	trial, err := api.Read[api.Trial](b.client.API().GetTrial(b.ctx, study, 0))
	if err != nil {
		return 0, nil, "", err
	}
	attrs, _ := trial.UserAttrs["agent"].(map[string]any)
	return cpu, pss, fmt.Sprintf(", %.0f processes with %.0f threads, at 1 Hz, over %v, %v and memory by %v",
		trial.Metrics["system/processes"].Last, trial.Metrics["system/threads"].Last, costFor, attrs["accounting"], attrs["memory"]), nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// childrenOf returns the children of a process.
func childrenOf(pid int) (children []int) {
	entries, _ := os.ReadDir("/proc") // it is always there
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s := statOf(child); s != nil && s[parentField] == strconv.Itoa(pid) {
			children = append(children, child)
		}
	}
	return children
}

// cpuTime is what living processes have used, in seconds.
func cpuTime(pids ...int) (seconds float64, err error) {
	for _, pid := range pids {
		s := statOf(pid)
		if s == nil {
			return 0, fmt.Errorf("process %d has ended", pid)
		}
		for _, field := range []int{userField, systemField} {
			ticks, err := strconv.ParseFloat(s[field], 64)
			if err != nil {
				return 0, err
			}
			seconds += ticks / 100
		}
	}
	return seconds, nil
}

// pssOf is the memory of a process in megabytes, shared pages divided among those
// that share them.
func pssOf(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid)) // 0 of one that has gone
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("Pss:")); ok {
			kib, _ := strconv.ParseFloat(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 64)
			return kib * 1024 / 1e6
		}
	}
	return 0
}
