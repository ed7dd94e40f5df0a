package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/espalier-hpo/espalier/clients/agent/metrics"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// chatter is what scripts print beside metrics, some 100 bytes a line.
var chatter = []string{
	"2026-03-04 09:15:27,881 INFO loader 2: shard 31 of 400 read from /data/corpus/part-00031.parquet (48.7 MB)",
	"Resizing the images of the validation set to the size that the network expects; this is done once and kept.",
	"[rank1] /opt/train/lib/python3.12/site-packages/data/worker.py:88: FutureWarning: pass the sampler by name",
	"DEBUG:pool:connected to http://store-3:9000/bucket in 2 attempts, retry policy is linear, the limit is 5 each",
}

// output measures what it costs a script that the agent reads what it prints.
func (b *agentBench) output() error {
	parse("agent_output_parse_microseconds_per_line", b.rounds, true)
	parse("agent_output_parse_microseconds_per_line_before_the_first_metric", b.rounds, false)
	return b.throughput()
}

// pipeSize is how much a pipe holds, and so how much the agent gets at once.
const pipeSize = 64 << 10

// parse measures the parser alone, on 64 MB without a metric. What looks like a
// metric is noted until those that are declared have been met.
func parse(name string, rounds int, met bool) {
	var buffer []byte
	lines := 0
	for ; len(buffer) < 64<<20; lines++ {
		buffer = append(append(buffer, chatter[lines%len(chatter)]...), '\n')
	}
	var took []float64
	for range 3 * rounds { // short, and so at the mercy of who else is at work
		text := metrics.NewCollector(metrics.Config{Declared: []string{"loss"}}, func(metrics.Point) {}).Text()
		if met {
			fmt.Fprintln(text, "::metric loss=1")
		}
		before := used()
		for rest := buffer; len(rest) > 0; {
			n := min(len(rest), pipeSize)
			_, _ = text.Write(rest[:n]) // it never fails
			rest = rest[n:]
		}
		took = append(took, float64((used()-before).Nanoseconds())/1e3/float64(lines))
	}
	figure(name, took, 0.1, true)
}

// fileSize is how much is printed to measure how fast that goes.
const fileSize = 2 << 30

// throughput compares how fast a script can print 2 GiB with how fast it could
// through one pipe. That has two speeds, by whether the kernel has writer and
// reader take turns on one processor, so it takes more rounds than others.
func (b *agentBench) throughput() error {
	file, err := chatterFile()
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file) }()
	var printing, whole []float64
	for range b.rounds + 2 {
		plain, plainAll, err := b.piped(file)
		if err != nil {
			return fmt.Errorf("cat: %w", err)
		}
		through, throughAll, err := b.wrapped(file)
		if err != nil {
			return fmt.Errorf("espalier run: %w", err)
		}
		printing = append(printing, plain.Seconds()/through.Seconds())
		whole = append(whole, plainAll.Seconds()/throughAll.Seconds())
		fmt.Fprintf(os.Stderr, "2 GiB: cat | cat %.2f GiB/s, espalier run -- cat %.2f GiB/s; with start and end %.2f s, %.2f s\n",
			2/plain.Seconds(), 2/through.Seconds(), plainAll.Seconds(), throughAll.Seconds())
	}
	figure("agent_output_rate_vs_pipe", printing, 0.6, false)
	figure("agent_output_rate_vs_pipe_with_start_and_end", whole, 0.6, false)
	return nil
}

// chatterFile makes a file of lines without a metric, in memory where there is a
// place for it.
func chatterFile() (path string, err error) {
	dir := "/dev/shm"
	if _, err := os.Stat(dir); err != nil {
		dir = ""
	}
	f, err := os.CreateTemp(dir, "espalier-bench-*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	for i, n := 0, 0; n < fileSize; i++ {
		k, err := fmt.Fprintln(w, chatter[i%len(chatter)])
		if err != nil {
			return "", err
		}
		n += k
	}
	return f.Name(), w.Flush()
}

// piped returns how long cat takes into a pipe that another cat reads: by
// itself, and with all that it takes to start and end.
func (b *agentBench) piped(file string) (printing, all time.Duration, err error) {
	log := filepath.Join(b.dir, fmt.Sprintf("log-%d", b.count.Add(1)))
	r, w, err := os.Pipe()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	reader := exec.CommandContext(b.ctx, "cat")
	reader.Stdin = r
	writer := exec.CommandContext(b.ctx, b.self, "agent", "do", "timed", "cat", file)
	writer.Stdout, writer.Env = w, b.environ(log)
	err = reader.Start()
	_ = r.Close()
	if err == nil {
		err = writer.Run()
		_ = w.Close()
		err = errors.Join(err, reader.Wait())
	} else {
		_ = w.Close()
	}
	all = time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	printing, err = (&agentRun{log: log}).took()
	return printing, all, err
}

// wrapped is [agentBench.piped] for a script under the agent.
func (b *agentBench) wrapped(file string) (printing, all time.Duration, err error) {
	study, err := b.makeStudy(b.client, "")
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	a, err := b.start(agentOrder{study: study, do: []string{"timed", "cat", file}})
	if err != nil {
		return 0, 0, err
	}
	if _, err := b.finish(b.client, a, time.Minute, api.TrialStateCOMPLETE); err != nil {
		return 0, 0, err
	}
	printing, err = a.took()
	return printing, a.at.Sub(began), err
}

// took is how long the script says that printing took.
func (a *agentRun) took() (time.Duration, error) {
	said := a.said("took")
	if len(said) != 1 {
		return 0, fmt.Errorf("the script says %d times how long it took", len(said))
	}
	ns, err := strconv.ParseInt(said[0], 10, 64)
	return time.Duration(ns), err
}
