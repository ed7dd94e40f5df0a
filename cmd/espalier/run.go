package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/agent"
	"github.com/espalier-hpo/espalier/clients/agent/metrics"
	"github.com/espalier-hpo/espalier/clients/agent/process"
	"github.com/espalier-hpo/espalier/clients/agent/view"
	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// The exit codes of "espalier run", beside the script's own and 0: those of
// sysexits.h where there is one, since 1 and 2 are often the script's.
const (
	exitRunUsage    = 64  // called wrongly
	exitUnreachable = 69  // the server did not answer
	exitInternal    = 70  // the agent failed
	exitAgain       = 75  // interrupted, or something is left to send
	exitTimeout     = 124 // the trial took longer than --timeout
)

// reapEvery is how often the first process of a container looks for children
// that are nobody's.
const reapEvery = 10 * time.Second

// shimCommand is what the agent starts this program with, to watch over a tree
// of processes.
const shimCommand = "__shim"

// runFlags are the flags of run.
type runFlags struct {
	study, create, db, worker string
	count, parallel, cpus     int
	gpus                      string
	metrics                   []string
	step, regex, format       string
	metricsFile, tensorBoard  string
	final                     string
	sample, grace, timeout    duration
	waitServer, cpuLimit      duration
	memLimit                  size
	signal                    string
	price, powerModel         string
	maxFailures, retries      int
	prunedExit                int
	cgroup, logDir            string
	checkpoints, state        string
	noGPU, strict, resume     bool
	dryRun, plain, quiet      bool
}

func (p *program) runCommand() *cobra.Command {
	r := runFlags{sample: duration(time.Second), grace: duration(30 * time.Second), waitServer: duration(10 * time.Minute)}
	cmd := &cobra.Command{
		Use:   "run --study STUDY [flags] -- COMMAND [ARG...]",
		Short: "Work on the trials of a study with a training script",
		Long: `Ask for a trial, start COMMAND with its params, measure all the processes that
come of it, read the metrics that it prints, report them, stop it when the server
or a limit says so, and tell how it ended. COMMAND needs no change.

In COMMAND, {lr} is the parameter lr; {lr:%.4g} prints it so, {amp?--amp} is the
text if it is true; {args}, {args:flags} and {args:hydra} stand for all of them.
{trial} {study} {attempt} {params_file} {checkpoint_dir} {stop_file} {metrics_file}
are known as well, {{lr}} is the text {lr}, and all else in braces stays. No shell
is involved. The same is in the environment, as ESPALIER_PARAM_LR and so on.

Metrics are read from descriptor 3 and $ESPALIER_METRICS_FILE (JSON lines), from
lines such as "::metric step=3 val_loss=0.25", "::result val_loss=0.21" or a JSON
object, and out of free text such as "epoch 3 val_loss: 0.25" for the names that
the study or --metric declares.

Without --server, and none at the usual place, a server is started that ends with
the work; its database is --db.

The exit code is 0 after a trial that is COMPLETE or PRUNED (see --pruned-exit),
the script's own if it failed, 64 for wrong use, 69 if the server does not answer,
75 after an interrupt or with something left to send ("espalier flush"), 124 after
--timeout, 126 or 127 if COMMAND cannot be started. After several trials it is 0,
or 1 if the agent gave up.`,
		Example: `  espalier run --study mnist -- python train.py --lr {lr} --batch-size {batch_size}
  espalier run --create study.yaml --parallel 2 -- python train.py {args}
  espalier run --study svm --count 0 --mem-limit 2G --timeout 5m -- svm-train -c {C} -g {gamma} -v 5 data.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, args, &r) },
	}
	r.declare(cmd)
	return cmd
}

func (r *runFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows COMMAND is its own
	f.StringVar(&r.study, "study", "", "the `name` of the study")
	f.StringVar(&r.create, "create", "", "make the study of this YAML or JSON `file`, unless it exists, and work until it ends")
	f.StringVar(&r.db, "db", "espalier.db", "the database of a server that is started on the spot, a `file`")
	f.StringVar(&r.worker, "worker", "", "the `name` of this worker; the host's if left out")
	f.IntVar(&r.count, "count", 1, "work on `N` trials, 0: until the study ends; 0 if left out with --create or --parallel")
	f.IntVar(&r.parallel, "parallel", 1, "work on `N` trials at a time; the processors are shared out among them")
	f.IntVar(&r.cpus, "cpus", 0, "`N` processors for each trial: it is bound to them, and OMP_NUM_THREADS says so")
	f.StringVar(&r.gpus, "gpus", "", "`which` GPUs to use, one for each trial at a time: auto for all, or indices such as 0,1")
	f.StringArrayVar(&r.metrics, "metric", nil, "read this `metric` out of free text as well; NAME=PRINTED if the script prints it under another name; may be repeated")
	f.StringVar(&r.step, "step", "", "the `name` that carries the step, where epoch, step, iteration and [n] do not")
	f.StringVar(&r.regex, "metric-regex", "", "read metrics by a regular `expression` with named groups; the group step is the step")
	f.StringVar(&r.format, "format", "auto", "what is read of the output: auto, strict (::metric), json (and JSON lines) or none")
	f.StringVar(&r.metricsFile, "metrics-file", "", "follow this `file` of JSON lines that the script writes; {trial} in it is the trial's number")
	f.StringVar(&r.tensorBoard, "tensorboard", "", "follow the TensorBoard event files in this `folder`; {trial} in it is the trial's number")
	f.StringVar(&r.final, "final", "last", "the value of a trial: last, as the study aggregates it, or best; ::result comes before either")
	f.Var(&r.sample, "sample", "measure at this `interval`")
	f.Var(&r.grace, "grace", "the `time` that a script has to end by itself when it is stopped")
	f.StringVar(&r.signal, "prune-signal", "TERM", "the `signal` that asks a script to end")
	f.Var(&r.timeout, "timeout", "stop a trial after so much `time`")
	f.Var(&r.memLimit, "mem-limit", "stop a trial that uses more memory than this `size`, such as 8G or 512Mi")
	f.Var(&r.cpuLimit, "cpu-limit", "stop a trial that has used so much CPU `time`")
	f.StringVar(&r.price, "price", "", "report system/cost at these `prices`: wall=,cpu=,gpu= an hour, kwh=; as in wall=1.2,kwh=0.3")
	f.StringVar(&r.powerModel, "energy-model", "", "where no sensor tells the energy, model it from `watts` such as core=12,idle=30; it is labelled so")
	f.Var(&r.waitServer, "wait-server", "wait so much `time` for a server that does not answer")
	f.IntVar(&r.maxFailures, "max-failures", 5, "give up after `N` failed trials in a row, or when the first three fail at once; 0: never")
	f.IntVar(&r.retries, "retries", 0, "ask a trial whose script failed again, `N` times")
	f.IntVar(&r.prunedExit, "pruned-exit", 0, "the exit `code` after a trial that was pruned")
	f.StringVar(&r.cgroup, "cgroup", "auto", "`where` to make control groups: auto, off, or a directory of cgroup v2")
	f.BoolVar(&r.noGPU, "no-gpu", false, "measure no GPU")
	f.StringVar(&r.logDir, "log-dir", "", "keep the output of each trial in a file in this `folder`")
	f.BoolVar(&r.resume, "resume", false, "let a trial that is asked again find the checkpoints of the attempt before, in $ESPALIER_CHECKPOINT_DIR")
	f.StringVar(&r.checkpoints, "checkpoints", "", "the `folder` of the checkpoint folders; in the state folder if left out")
	f.StringVar(&r.state, "state", "", "the `folder` of spools and checkpoints [ESPALIER_STATE]; $XDG_STATE_HOME/espalier if left out")
	f.BoolVar(&r.strict, "strict", false, "a parameter that COMMAND does not take is an error")
	f.BoolVar(&r.dryRun, "dry-run", false, "print the command and its environment for middling params, and start nothing")
	f.BoolVar(&r.plain, "plain", false, "plain lines, also on a terminal")
	f.BoolVarP(&r.quiet, "quiet", "q", false, "print warnings alone")
}

// run is "espalier run".
func (p *program) run(cmd *cobra.Command, command []string, r *runFlags) (err error) {
	if err := errors.Join(r.check(cmd, command), r.checkNumbers()); err != nil {
		return err
	}
	r.defaults(cmd)
	ctx := context.WithoutCancel(cmd.Context()) // an interrupt is the agent's to handle
	v := p.view(r)
	server, next, stop, err := p.nearServer(ctx, cmd, r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	p.server = server
	c, err := p.client(cmd)
	if err != nil {
		return err
	}
	if r.create != "" {
		if err := p.makeStudy(ctx, c, r); err != nil {
			return runError(err)
		}
	}
	config, done, err := p.agentConfig(ctx, cmd, r)
	if err != nil {
		return err
	}
	defer done()
	config.Client, config.Command, config.View, config.Next = c, command, v, next
	a, err := agent.New(ctx, *config)
	if err != nil {
		return runError(err)
	}
	if r.dryRun {
		return p.dryRun(ctx, a)
	}
	defer watchSignals(cmd.Context(), a)()
	if os.Getpid() == 1 {
		go process.ReapStrangers(ctx, reapEvery)
	}
	result, err := a.Run(ctx)
	v.Close()
	return p.runExit(r, &result, err)
}

// check refuses what cannot work.
func (r *runFlags) check(cmd *cobra.Command, command []string) error {
	switch {
	case cmd.Flags().Changed("output"):
		return usagef("run takes no --output")
	case r.study == "" && r.create == "":
		return usagef("which study? --study names it, --create FILE makes it")
	case len(command) == 0:
		return usagef("what to run? The command comes after --")
	case r.final != "last" && r.final != "best":
		return usagef("--final %q: want last or best", r.final)
	case !slices.Contains(formats, r.format):
		return usagef("--format %q: want %s", r.format, strings.Join(formats, ", "))
	case signals[strings.TrimPrefix(strings.ToUpper(r.signal), "SIG")] == nil:
		return usagef("--prune-signal %q is no signal that this system has", r.signal)
	}
	return nil
}

// checkNumbers refuses numbers that are out of range.
func (r *runFlags) checkNumbers() error {
	switch {
	case r.count < 0 || r.parallel < 1 || r.cpus < 0 || r.maxFailures < 0 || r.retries < 0:
		return usagef("--count, --cpus, --max-failures and --retries are at least 0, --parallel is at least 1")
	case r.parallel > 1024:
		return usagef("--parallel: at most 1024")
	case r.sample < duration(100*time.Millisecond) || r.sample > duration(10*time.Second):
		return usagef("--sample: want 100ms to 10s")
	case r.memLimit > 0 && r.memLimit < leastMemory:
		return usagef("--mem-limit: no process starts with %d bytes; 100M is 100 million", r.memLimit)
	case r.prunedExit < 0 || r.prunedExit > 255:
		return usagef("--pruned-exit: want 0 to 255")
	default:
		return nil
	}
}

// leastMemory is the least that a process needs to start.
const leastMemory = 1 << 20

// defaults sets what follows from other flags.
func (r *runFlags) defaults(cmd *cobra.Command) {
	if !cmd.Flags().Changed("count") && (r.create != "" || r.parallel > 1 || r.gpus == "auto") {
		r.count = 0
	}
}

// formats are the values of --format, as package metrics numbers them.
var formats = []string{"auto", "strict", "json", "none"}

// view is what people see, on standard error.
func (p *program) view(r *runFlags) *view.View {
	o := view.Options{Out: p.stderr, Quiet: r.quiet, Now: p.now}
	if f, ok := p.stderr.(*os.File); ok && !r.plain {
		o.Width, o.Height, o.Live = view.Terminal(f)
		o.Live = o.Live && p.getenv("TERM") != "dumb"
		o.Color = o.Live && p.getenv("NO_COLOR") == ""
	}
	return view.New(o)
}

// agentConfig makes of the flags what an agent works with. done ends what was
// opened.
func (p *program) agentConfig(ctx context.Context, cmd *cobra.Command, r *runFlags) (c *agent.Config, done func(), err error) {
	host, _ := os.Hostname()
	if r.worker == "" {
		r.worker = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	state, err := p.stateFolder(r.state)
	if err != nil {
		return nil, nil, err
	}
	c = &agent.Config{
		Server: p.server, Study: r.study, Worker: r.worker,
		Count: r.count, Parallel: r.parallel, CPUs: r.cpus, MaxFailures: r.maxFailures, Retries: r.retries,
		WaitServer: time.Duration(r.waitServer), Strict: r.strict,
		Step: r.step, Format: metrics.Format(slices.Index(formats, r.format)), MetricsFile: r.metricsFile, TensorBoard: r.tensorBoard,
		FinalBest: r.final == "best",
		Sample:    time.Duration(r.sample), Timeout: time.Duration(r.timeout), MemLimit: int64(r.memLimit),
		CPULimit: time.Duration(r.cpuLimit).Seconds(), Grace: time.Duration(r.grace),
		Signal: signals[strings.TrimPrefix(strings.ToUpper(r.signal), "SIG")],
		Resume: r.resume, Checkpoints: r.checkpoints, Spool: filepath.Join(state, "spool"), LogDir: r.logDir,
		Environ: os.Environ(), Stdout: p.stdout, Stderr: p.stderr, Unmeasured: map[string]string{}, Now: p.now,
		Shim: p.shim,
	}
	if c.Checkpoints == "" {
		c.Checkpoints = filepath.Join(state, "checkpoints")
	}
	for _, m := range r.metrics {
		name, printed, _ := strings.Cut(m, "=")
		if printed == "" {
			printed = name
		}
		if name == "" {
			return nil, nil, usagef("--metric %q: want NAME or NAME=PRINTED", m)
		}
		c.Metrics = append(c.Metrics, agent.Alias{Metric: name, Printed: printed})
	}
	if r.regex != "" {
		if c.Regex, err = regexp.Compile(r.regex); err != nil {
			return nil, nil, usagef("--metric-regex: %v", err)
		}
	}
	return c, func() {}, p.sense(ctx, cmd, r, c, &done)
}

// runError gives an error before the first trial its exit code.
func runError(err error) error {
	var away *espalier.Unreachable
	var refused *api.Problem
	switch {
	case errors.As(err, &away):
		return &exitError{exitUnreachable, err}
	case errors.As(err, &refused):
		return &exitError{exitFailure, err}
	default:
		return usagef("%v", err)
	}
}

// runExit is the exit code after the work.
func (p *program) runExit(r *runFlags, result *agent.Result, err error) error {
	last := &result.Last
	switch {
	case err != nil:
		var away *espalier.Unreachable
		if errors.As(err, &away) {
			return &exitError{exitUnreachable, err}
		}
		return &exitError{exitFailure, err}
	case result.Unsent > 0:
		return &exitError{exitAgain, nil}
	case result.Interrupted:
		return &exitError{exitAgain, nil}
	case r.count != 1 && result.GaveUp == "", result.Trials == 0:
		return nil
	case r.count != 1:
		return &exitError{exitFailure, nil}
	case result.Limited:
		return &exitError{exitTimeout, nil}
	case last.State == string(api.TrialStatePRUNED) && r.prunedExit != 0:
		return &exitError{r.prunedExit, nil}
	case last.State == string(api.TrialStateFAIL) && last.Code != 0:
		return &exitError{last.Code, nil}
	case last.State == string(api.TrialStateFAIL):
		return &exitError{exitFailure, nil}
	default:
		return nil
	}
}

// watchSignals hands what the terminal and others send to an agent: the first
// signal to end interrupts it, the second kills. An end of ctx is a first one.
// stop ends it.
func watchSignals(ctx context.Context, a *agent.Agent) (stop func()) {
	c := make(chan os.Signal, 8)
	signal.Notify(c, watched()...)
	done := make(chan struct{})
	go func() {
		ends, over := 0, ctx.Done()
		for {
			select {
			case <-done:
				return
			case <-over:
				over = nil
				a.Interrupt()
			case s := <-c:
				switch {
				case suspend(a, s):
				case ends == 0:
					ends++
					a.Interrupt()
				default:
					a.Kill()
				}
			}
		}
	}()
	return func() { signal.Stop(c); close(done) }
}
