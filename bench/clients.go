package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// pythonEnv names a Python that has Optuna, grpcio and psutil;
// scripts/bench-clients.sh makes one.
const pythonEnv = "ESPALIER_PYTHON"

// benchedTrials is how many trials a study gets, over all processes.
const benchedTrials = 200

// ours is what trials.py calls Espalier.
const ours = "espalier"

// rival is a storage of Optuna's: how many times as many trials a second the
// client should reach, by the number of processes. One that takes about a minute
// for a study has its turn in every third round only.
type rival struct {
	name    string
	slow    bool
	targets map[int]float64
}

var rivals = []rival{
	{"optuna-sqlite", true, map[int]float64{1: 15, 8: 40}},
	{"optuna-grpc", true, map[int]float64{1: 10, 8: 30}},
	{"optuna-journal", false, map[int]float64{1: 1.5, 8: 4}},
}

// clients measures whole trials through the Python client: an ask with ten
// suggestions, ten reports with decisions, and a tell. The same script does them
// with Optuna, and all is durable in both.
type clients struct {
	benchmark
	python, binary string
	rivals         []rival
}

func benchClients(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("clients", flag.ContinueOnError)
	rounds := flags.Int("rounds", 3, "how often each figure is measured")
	only := flags.String("only", "", "the one rival to measure against: optuna-sqlite, optuna-grpc or optuna-journal")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := &clients{benchmark: benchmark{ctx: ctx, rounds: max(1, *rounds)}}
	for _, r := range rivals {
		if *only == "" || *only == r.name {
			b.rivals = append(b.rivals, r)
		}
	}
	if len(b.rivals) == 0 {
		return fmt.Errorf("--only %s: no such rival", *only)
	}
	return b.run()
}

func (b *clients) run() error {
	if b.python = os.Getenv(pythonEnv); b.python == "" {
		return fmt.Errorf("%s names no Python: run scripts/bench-clients.sh", pythonEnv)
	}
	var err error
	if b.dir, err = scratch(); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	if b.binary, err = b.program(); err != nil {
		return err
	}
	fmt.Printf("# trials a second against Optuna's: %d trials of 10 params and 10 reports a study, by 1 or 8 processes; %d rounds\n",
		benchedTrials, b.rounds)
	if err := b.costs(); err != nil {
		return err
	}
	for _, sampler := range []string{"random", "tpe"} {
		for _, processes := range []int{1, 8} {
			if err := b.race(sampler, processes); err != nil {
				return err
			}
		}
	}
	return nil
}

// costs measures the client by itself.
func (b *clients) costs() error {
	var costs [3][]float64
	for range b.rounds {
		err := b.place(ours, func(where string, _ *process) error {
			var got struct {
				Import float64 `json:"import_seconds"`
				CPU    float64 `json:"report_cpu_ms"`
				Beyond float64 `json:"report_beyond_server_ms"`
			}
			err := b.script(&got, "costs.py", where, "costs")
			for i, v := range []float64{got.CPU, got.Beyond, got.Import} {
				costs[i] = append(costs[i], v)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	figure("python_report_cpu_ms", costs[0], 0.3, true)
	figure("python_report_ms_beyond_server_timing", costs[1], 0.5, true)
	figure("python_import_seconds", costs[2], 0.3, true)
	return nil
}

// race lets every rival and the client do the same trials, and prints the ratios
// of their speeds. The client runs before and after each rival, whose run may take
// a minute, and its mean counts: what the machine does meanwhile changes.
func (b *clients) race(sampler string, processes int) error {
	costs, ratios := map[string][]trialCost{}, map[string][]float64{}
	measure := func(name string) (trialCost, error) {
		cost, err := b.trials(name, sampler, processes)
		costs[name] = append(costs[name], cost)
		return cost, err
	}
	for round := range b.rounds {
		before, err := measure(ours)
		if err != nil {
			return err
		}
		for _, r := range b.rivals {
			if r.slow && round%3 != 0 {
				continue
			}
			theirs, err := measure(r.name)
			if err != nil {
				return err
			}
			after, err := measure(ours)
			if err != nil {
				return err
			}
			ratios[r.name] = append(ratios[r.name], (before.rate+after.rate)/2/theirs.rate)
			before = after
		}
	}
	describe(ours, sampler, processes, costs[ours])
	for _, r := range b.rivals {
		describe(r.name, sampler, processes, costs[r.name])
		name := fmt.Sprintf("trials_per_second_vs_%s_%s_%d_processes", strings.ReplaceAll(r.name, "-", "_"), sampler, processes)
		figure(name, ratios[r.name], r.targets[processes], false)
	}
	return nil
}

// trialCost is what trials cost with one library.
type trialCost struct {
	rate   float64 // trials a second
	client float64 // milliseconds of the workers at the processor, a trial
	server float64 // the same of the server, making the study and reading it back included; 0 without a server
}

// describe prints, as a comment, what the ratios are made of.
func describe(name, sampler string, processes int, costs []trialCost) {
	of := func(get func(trialCost) float64) float64 {
		var values []float64
		for _, c := range costs {
			values = append(values, get(c))
		}
		return median(values)
	}
	fmt.Printf("# %s, %s, %d processes: %.3g trials/s; CPU a trial: %.3g ms of the workers, %.3g ms of a server\n", name, sampler, processes,
		of(func(c trialCost) float64 { return c.rate }), of(func(c trialCost) float64 { return c.client }),
		of(func(c trialCost) float64 { return c.server }))
}

// trials works on a study in a new database.
func (b *clients) trials(with, sampler string, processes int) (trialCost, error) {
	var cost trialCost
	err := b.place(with, func(where string, server *process) error {
		before, err := server.cpuSeconds()
		if err != nil {
			return err
		}
		var got struct {
			Seconds float64 `json:"seconds"`
			CPU     float64 `json:"cpu_seconds"`
		}
		if err := b.script(&got, "trials.py", with, where, sampler, strconv.Itoa(processes), strconv.Itoa(benchedTrials)); err != nil {
			return err
		}
		after, err := server.cpuSeconds()
		if err != nil {
			return err
		}
		cost = trialCost{
			rate:   benchedTrials / got.Seconds,
			client: got.CPU * 1000 / benchedTrials,
			server: (after - before) * 1000 / benchedTrials,
		}
		fmt.Fprintf(os.Stderr, "%-14s %-6s %d processes  %8.1f trials/s  CPU a trial: %5.2f ms of the workers, %5.2f ms of a server\n",
			with, sampler, processes, cost.rate, cost.client, cost.server)
		return nil
	})
	return cost, err
}

// place calls f with an empty place to store a study, as trials.py takes it, and
// with the server that keeps it, nil without one.
func (b *clients) place(with string, f func(where string, server *process) error) error {
	dir, err := os.MkdirTemp(b.dir, with)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "study.db")
	var server *process
	switch with {
	case ours:
		server, err = b.espalier(b.binary, file)
	case "optuna-grpc":
		server, err = start(b.ctx, b.python, "bench/clients/proxy.py", file)
	default:
		return f(file, nil)
	}
	if err != nil {
		return err
	}
	defer server.stop()
	if with == ours {
		return f("http://"+server.addr, server)
	}
	return f(server.addr, server)
}

// cpuSeconds returns the processor time that a process has taken, to 10 ms; 0 of
// none.
func (p *process) cpuSeconds() (float64, error) {
	if p == nil {
		return 0, nil
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	var ticks float64
	for _, field := range strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))[11:13] { // utime, stime
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, err
		}
		ticks += v
	}
	return ticks / 100, nil
}

// script runs one of bench/clients with the Python client of this checkout, and
// decodes what it prints.
func (b *clients) script(out any, name string, args ...string) error {
	cmd := exec.CommandContext(b.ctx, b.python, append([]string{filepath.Join("bench", "clients", name)}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join("clients", "python", "src"), "PYTHONDONTWRITEBYTECODE=", "OMP_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends its workers
	cmd.WaitDelay = 10 * time.Second
	raw, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	return json.Unmarshal(raw, out)
}
