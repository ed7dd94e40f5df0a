// Package agent works on the trials of a study with a training script that
// knows nothing of it: it asks for a trial, starts the script with the trial's
// params, measures all the processes that come of it, reads the metrics that it
// prints, reports them, obeys the server's decisions and limits of its own, and
// tells how the trial ended. Training never waits for the network: what cannot
// be sent is spooled.
//
// It knows the server through the Go client alone. How a tree of processes is
// started, measured and ended is package process; what a script prints is
// package metrics; GPUs, energy and prices are package sensors; what a person
// sees is package view.
package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/espalier-hpo/espalier/clients/agent/metrics"
	"github.com/espalier-hpo/espalier/clients/agent/process"
	"github.com/espalier-hpo/espalier/clients/agent/sensors"
	"github.com/espalier-hpo/espalier/clients/agent/view"
	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// Config is what an agent works with. The zero values of what is not said
// otherwise are no limit, or nothing.
type Config struct {
	Client  *espalier.Client
	Server  string // its URL, for the script and for the spool
	Study   string
	Command []string // with placeholders
	Worker  string   // who works, as the server shows it

	Count       int           // trials to work on; 0: until the study ends
	Parallel    int           // at once, at least 1
	CPUs        int           // processors of each trial; 0: shared out among the slots
	GPUs        []int         // a slot gets one each
	MaxFailures int           // in a row, after which the agent gives up; 0: never
	Retries     int           // of a trial whose script failed
	WaitServer  time.Duration // for a server that is away: to ask, and at the end to send
	Strict      bool          // a parameter that the command does not take is an error

	Metrics     []Alias // declared beside those of the study
	Step        string  // the name that carries the step
	Regex       *regexp.Regexp
	Format      metrics.Format
	MetricsFile string // in place of the one in the trial's folder; may hold {trial}
	TensorBoard string // a folder with event files; may hold {trial}
	FinalBest   bool   // the value of a trial is its best, not its last

	Sample   time.Duration // between two measurements
	Timeout  time.Duration
	MemLimit int64   // bytes
	CPULimit float64 // seconds
	Grace    time.Duration
	Signal   os.Signal // that asks a script to end

	Groups *process.Groups
	Energy sensors.EnergySources
	Price  *sensors.Price
	// Unmeasured says why what is not measured is not, by metric.
	Unmeasured map[string]string

	Resume      bool   // a trial that is asked again finds what the attempt before left
	Checkpoints string // the folder of the checkpoint folders
	Spool       string // the folder of the spools
	LogDir      string // a file for the output of each trial; none if empty

	Environ        []string // of the script; what the agent adds comes on top
	Stdout, Stderr io.Writer
	View           *view.View
	Next           string   // a command to go on with, in place of the usual ones
	Shim           []string // what calls process.Shim; see there
	Now            func() time.Time
}

// Alias is a metric under the name that the script prints.
type Alias struct{ Metric, Printed string }

// lease is for how long a trial is the agent's without a word from it.
const lease = 60 * time.Second

// uploadEvery is how often what is measured goes up, at least: it renews the
// lease as well.
const uploadEvery = 5 * time.Second

// Result is what an agent did.
type Result struct {
	Trials  int    // that it worked on
	Last    Ending // of the trial that ended last
	Unsent  int    // trials of which something is left in the spool
	GaveUp  string // why it stopped before its time, "" if it did not
	Stopped string // the study's stop_reason, "" while it goes on
	Limited bool   // the last trial crossed Timeout
	// Interrupted says that Interrupt or Kill ended the work.
	Interrupted bool
}

// Agent works on one study.
type Agent struct {
	Config
	patient *espalier.Client // waits for a server that is away
	command *command
	created time.Time // the study
	lines   io.Writer // stdout of the scripts, past the view
	errors  io.Writer

	first, second chan struct{} // closed by the first and the second interrupt

	mu       sync.Mutex
	study    *api.Study
	given    int // tickets
	result   Result
	failures []time.Time             // in a row
	good     bool                    // a trial has not failed
	stopped  bool                    // no more asks
	trees    map[int64]*process.Tree // at work
	starting sync.RWMutex            // held for reading until a new tree is among them
	noted    map[string]time.Time
	used     totals
	couriers sync.WaitGroup
}

// totals is what the trials of an agent used.
type totals struct {
	cpu, energy, cost, peak float64 // NaN: not measured
	energyNote              string
}

// New returns an agent. It asks the server for the study, and refuses a command
// that does not fit it.
func New(ctx context.Context, c Config) (*Agent, error) {
	if c.Parallel < 1 {
		c.Parallel = 1
	}
	a := &Agent{
		Config: c, first: make(chan struct{}), second: make(chan struct{}),
		trees: map[int64]*process.Tree{}, noted: map[string]time.Time{},
		used: totals{math.NaN(), math.NaN(), math.NaN(), math.NaN(), ""},
	}
	a.lines, a.errors = c.View.Output(c.Stdout), c.View.Output(c.Stderr)
	a.patient = c.Client.With(espalier.WithRetryFor(c.WaitServer), espalier.WithTimeout(callTime), espalier.WithRetryNote(func(err error) {
		a.note(fmt.Sprintf("the server does not answer (%v); trying again for %s", err, a.WaitServer))
	}))
	loaded, err := a.patient.LoadStudy(ctx, a.Study)
	if err != nil {
		return nil, err
	}
	study := a.remember(loaded)
	a.created = study.DatetimeStart
	tidy(c.Now())
	if err := a.rehearse(); err != nil {
		return nil, err
	}
	if a.command, err = parseCommand(c.Command, sortedKeys(study.SearchSpace)); err != nil {
		return nil, err
	}
	if a.Parallel > 1 && (shared(c.MetricsFile) || shared(c.TensorBoard)) {
		return nil, errors.New("several trials at a time need a metrics file or a TensorBoard folder each: {trial} in its name is the trial's number")
	}
	for _, name := range a.command.unknown() {
		a.note(fmt.Sprintf("{%s} is no parameter of the study, so it stays as it is", name))
	}
	for _, c := range study.Constraints {
		if strings.HasPrefix(c.Metric, "system/") && !measured(c.Metric) && !strings.HasPrefix(c.Metric, "system/gpu") {
			a.note(fmt.Sprintf("the study has a constraint on %s, which is not among what is measured (%s)", c.Metric, nearest(c.Metric)))
		}
	}
	for first, second := range sameVariable(sortedKeys(study.SearchSpace)) {
		a.note(fmt.Sprintf("the parameters %s and %s have the same variable, ESPALIER_PARAM_%s", first, second, variable(first)))
	}
	if left := a.command.unreferenced(); len(left) > 0 {
		text := fmt.Sprintf("the command does not take %s ({args} stands for all parameters)", join(left))
		if c.Strict {
			return nil, errors.New(text)
		}
		a.note(text)
	}
	return a, nil
}

// nearest is what a name of a measurement was probably meant to be.
func nearest(name string) string {
	best, least := everyMetric[0], len(name)
	for _, known := range everyMetric {
		if d := distance(name, known); d < least {
			best, least = known, d
		}
	}
	return "is it " + best + "?"
}

// shared says that all trials would use one file or folder.
func shared(path string) bool { return path != "" && !strings.Contains(path, "{trial}") }

// sameVariable finds names that cannot be told apart in an environment.
func sameVariable(names []string) map[string]string {
	seen, out := map[string]string{}, map[string]string{}
	for _, name := range names {
		if first, taken := seen[variable(name)]; taken {
			out[first] = name
			continue
		}
		seen[variable(name)] = name
	}
	return out
}

// fetch reads the study as it is now, patches since included, and remembers it.
func (a *Agent) fetch(ctx context.Context) (*espalier.Study, error) {
	s, err := a.Client.LoadStudy(ctx, a.Study)
	if err == nil {
		a.remember(s)
	}
	return s, err
}

// remember keeps the study as it is now.
func (a *Agent) remember(s *espalier.Study) *api.Study {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.study = &s.Info
	return a.study
}

// Interrupt ends the work: the scripts may end in their own way, within the
// grace. Their trials will be asked again.
func (a *Agent) Interrupt() { a.shut(a.first) }

// Kill ends the work at once.
func (a *Agent) Kill() {
	a.shut(a.first)
	a.shut(a.second)
}

// shut closes a channel that may be closed already.
func (a *Agent) shut(c chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-c:
	default:
		close(c)
	}
}

func (a *Agent) interrupted() bool {
	select {
	case <-a.first:
		return true
	default:
		return false
	}
}

// SignalAll hands a signal on to all that runs, and waits for what is being
// started: a script that began a moment ago must not miss it.
func (a *Agent) SignalAll(s os.Signal) {
	a.starting.Lock()
	defer a.starting.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.trees {
		_ = t.Signal(s) // one that has just ended needs none
	}
}

// Run works until the study ends, Count trials were worked on, it is
// interrupted, or ctx ends, which is the same. The error is one that kept it
// from asking.
func (a *Agent) Run(ctx context.Context) (Result, error) {
	stop := context.AfterFunc(ctx, a.Interrupt)
	defer stop()
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	began := a.Now()
	slots := a.slots()
	a.View.Begin(a.picture())
	go a.watch(background)
	a.couriers.Go(func() { a.sendLeft(background) })

	errs := make(chan error, len(slots))
	var working sync.WaitGroup
	for i := range slots {
		working.Go(func() { errs <- a.serve(background, &slots[i]) })
	}
	working.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	a.settle(end)
	a.View.End(a.summary(ctx, a.Now().Sub(began)))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.result.Interrupted = a.interrupted()
	return a.result, err
}

// settle waits for what is still to be sent, while there is hope.
func (a *Agent) settle(giveUp func()) {
	sent := make(chan struct{})
	go func() { a.couriers.Wait(); close(sent) }()
	soon := time.NewTimer(min(a.WaitServer, time.Second))
	defer soon.Stop()
	select {
	case <-sent:
		return
	case <-soon.C:
	}
	if !a.interrupted() && a.WaitServer > time.Second {
		a.note(fmt.Sprintf("waiting for the server to take the rest, for %s at most; Ctrl-C leaves it to espalier flush", a.WaitServer))
	}
	defer a.onInterrupt(patience, giveUp)()
	timer := time.NewTimer(a.WaitServer - min(a.WaitServer, time.Second))
	defer timer.Stop()
	select {
	case <-sent:
		return
	case <-timer.C:
	case <-a.second:
	}
	giveUp()
	<-sent
}

// patience is for how long anything may take after an interrupt: nobody waits for
// long after Ctrl-C.
const patience = 3 * time.Second

// note tells people something, the same thing at most once in a minute.
func (a *Agent) note(text string) { a.say(text, time.Minute) }

// noteOnce tells people something that stays true.
func (a *Agent) noteOnce(text string) { a.say(text, math.MaxInt64) }

// say shows a text unless that was done so shortly before.
func (a *Agent) say(text string, before time.Duration) {
	now := a.Now()
	a.mu.Lock()
	last, known := a.noted[text]
	again := known && now.Sub(last) < before
	if !again {
		a.noted[text] = now
	}
	a.mu.Unlock()
	if !again {
		a.View.Note(text)
	}
}

// track knows the trees that are at work, for signals.
func (a *Agent) track(trial int64, t *process.Tree) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t == nil {
		delete(a.trees, trial)
		return
	}
	a.trees[trial] = t
}
