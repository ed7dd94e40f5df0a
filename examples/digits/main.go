// Command digits tunes a classifier of handwritten digits: several worker processes ask an Espalier server for
// hyperparameters, train in plain Go, report every epoch over HTTP and stop the trials that the server prunes.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

type options struct {
	server, study              string
	workers, trials, maxEpochs int
	cpuLimit                   float64
	asWorker                   int
}

func main() {
	var o options
	flag.StringVar(&o.server, "server", "http://localhost:8080", "URL of the Espalier server")
	flag.StringVar(&o.study, "study", "digits", "name of the study; created unless it exists")
	flag.IntVar(&o.workers, "workers", 4, "worker processes, each with one trial at a time")
	flag.IntVar(&o.trials, "trials", 40, "trials of a new study")
	flag.IntVar(&o.maxEpochs, "max-epochs", 80, "epochs of a full trial of a new study")
	flag.Float64Var(&o.cpuLimit, "cpu-limit", 2.5, "CPU seconds that a trial of a new study may use")
	flag.IntVar(&o.asWorker, "as-worker", 0, "used by the program itself: be its worker with this number")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := lead
	if o.asWorker > 0 {
		run = serve
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "digits:", err)
		os.Exit(1)
	}
}

// serve is a worker process: its progress goes to its standard output, a JSON line each.
func serve(ctx context.Context, o options) error {
	out := json.NewEncoder(os.Stdout)
	w, err := newWorker(o, func(p progress) { _ = out.Encode(p) }) // if nobody reads, writing ends the process (SIGPIPE)
	if err != nil {
		return err
	}
	return w.work(ctx)
}

// lead creates the study, starts the workers, shows their progress and sums up.
func lead(ctx context.Context, o options) error {
	c := newClient(o.server)
	var err error
	if o.maxEpochs, err = createStudy(ctx, c, o); err != nil {
		return err
	}
	b := newBoard(os.Stdout, o.maxEpochs)
	began := time.Now()
	err = startWorkers(ctx, o, b.show)
	b.clear()
	if err == nil {
		err = showBest(ctx, c, o.study)
	}
	if err != nil {
		return err
	}
	b.sumUp(time.Since(began))
	return nil
}

// createStudy returns the epochs of a full trial: those of the study, if it was there before.
func createStudy(ctx context.Context, c *client, o options) (epochs int, err error) {
	type m = map[string]any
	study := struct {
		MaxSteps int `json:"max_steps"`
	}{o.maxEpochs}
	err = c.post(ctx, "?load_if_exists=true", m{
		"name":       o.study,
		"objectives": []m{{"metric": "val_error", "direction": "minimize"}},
		"search_space": m{
			"lr":           m{"type": "float", "low": 1e-4, "high": 1, "log": true},
			"hidden":       m{"type": "int", "low": 8, "high": 512, "log": true},
			"batch_size":   m{"type": "categorical", "choices": []int{16, 32, 64, 128}},
			"optimizer":    m{"type": "categorical", "choices": []string{"sgd", "adam"}},
			"momentum":     m{"type": "float", "low": 0, "high": 0.99, "when": m{"optimizer": []string{"sgd"}}},
			"weight_decay": m{"type": "float", "low": 1e-6, "high": 1e-2, "log": true},
			"dropout":      m{"type": "float", "low": 0, "high": 0.5},
		},
		"sampler": m{"type": "random"},
		// The preset makes rules of the constraint: a limit, and a forecast that it will be crossed.
		"constraints": []m{{"metric": "system/cpu_seconds", "op": "<=", "bound": o.cpuLimit}},
		"pruner":      m{"type": "preset", "preset": "safe"},
		"budget":      m{"max_trials": o.trials},
		"max_steps":   o.maxEpochs,
		"seed":        1998,
	}, &study)
	return study.MaxSteps, err
}

// startWorkers runs this program o.workers times and hands on their progress. If one fails, the others stop.
// A process each, because the operating system tells the CPU time of a process everywhere, of a thread only on some systems.
func startWorkers(ctx context.Context, o options, show func(progress)) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, o.workers)
	lines := make(chan progress)
	var running sync.WaitGroup
	for n := 1; n <= o.workers; n++ {
		running.Go(func() {
			cmd := exec.CommandContext(ctx, self, "-as-worker", fmt.Sprint(n),
				"-server", o.server, "-study", o.study, "-max-epochs", fmt.Sprint(o.maxEpochs))
			if err := follow(cmd, lines); err != nil && ctx.Err() == nil {
				failed <- fmt.Errorf("worker %d: %w", n, err)
				cancel()
			}
		})
	}
	go func() { running.Wait(); close(lines) }()
	for p := range lines {
		show(p)
	}
	close(failed)
	return <-failed // nil if none did
}

// follow runs one worker to its end. Cancelled, the worker gives its trial back; what hangs is killed.
func follow(cmd *exec.Cmd, lines chan<- progress) error {
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for scan := bufio.NewScanner(out); scan.Scan(); {
		var p progress
		if err := json.Unmarshal(scan.Bytes(), &p); err != nil {
			return errors.Join(err, cmd.Wait())
		}
		lines <- p
	}
	return cmd.Wait()
}

// showBest prints the study's best trial as the server knows it.
func showBest(ctx context.Context, c *client, study string) error {
	var best struct {
		Trials []struct {
			Number  int
			Params  json.RawMessage
			Values  []float64
			Metrics map[string]struct{ Last float64 }
		}
	}
	if err := c.do(ctx, http.MethodGet, "/"+study+"/best", nil, &best); err != nil {
		return err
	}
	if len(best.Trials) == 0 {
		fmt.Println("\nNo trial is complete yet.")
		return nil
	}
	t := best.Trials[0]
	fmt.Printf("\nbest      trial %d: validation error %.4f, test accuracy %.4f\n          %s\n",
		t.Number, t.Values[0], t.Metrics["test_accuracy"].Last, t.Params)
	return nil
}
