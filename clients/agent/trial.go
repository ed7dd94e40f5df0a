package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/clients/agent/metrics"
	"github.com/espalier-hpo/espalier/clients/agent/process"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// How long things may take at the end of a trial.
const (
	drainTime  = 500 * time.Millisecond // for output that a process which is left over holds open
	killTime   = 10 * time.Second
	readTime   = 60 * time.Second // for metrics in files and pipes that were not read yet
	serverTime = 2 * time.Second  // for a server to say what it makes of a limit that was crossed
	tellTime   = 3 * time.Second  // for a server to answer a tell before the next trial begins
)

// firstSample is how soon a trial is measured for the first time; each sample
// waits twice as long, up to the usual interval.
const firstSample = 50 * time.Millisecond

// limitEvery is how often limits on sizes are looked after.
const limitEvery = 250 * time.Millisecond

// stopping is why a script was asked to end.
type stopping struct {
	state    api.FinishedState // what the trial is told to be
	reason   string
	sentence string
	decision *api.Decision // the server's, if it is one
	crossed  *limit        // the limit, if it is one
	observed float64
	lost     bool // it is nobody's any more: nothing is told
	since    time.Time
}

// work is one trial at work. Its goroutine, which runs the loop below, owns all
// of it; what others find out arrives on channels.
type work struct {
	a      *Agent
	slot   *slot
	asked  api.AskedTrial
	study  *api.Study
	folder *folder
	tree   *process.Tree
	meter  *meter
	limits []limit
	began  time.Time
	ooms   int64 // that the host had counted then

	courier   *courier
	collector *metrics.Collector
	points    chan metrics.Point
	news      chan news
	told      chan *api.Trial
	sources   []source // of reports with steps
	seq       int64
	curve     []float64
	step      int64
	values    api.Metrics // as last reported, by metric
	best      api.Metrics // of the objectives
	final     api.Metrics // from ::result
	last      *api.Decision
	tail      *tail // of stderr

	stop     *stopping
	killed   bool      // all of the tree
	suspect  *limit    // one of the study's that was crossed: the server is being asked
	asking   time.Time // since when
	answers  chan *api.Study
	uploaded time.Time
	attached time.Time // when the measurement was taken that went with a step last
}

// work works on one trial to its end.
func (a *Agent) work(ctx context.Context, s *slot, asked api.AskedTrial) Ending {
	w := &work{
		a: a, slot: s, asked: asked, limits: a.own(), began: a.Now(), step: -1,
		points: make(chan metrics.Point, 256), news: make(chan news, 16), told: make(chan *api.Trial, 1),
		answers: make(chan *api.Study, 1), seq: a.Now().UnixMilli() * 1000,
		values: api.Metrics{}, best: api.Metrics{}, final: api.Metrics{},
		tail: &tail{most: 4 << 10},
	}
	w.study = a.current(ctx)
	w.limits = append(w.limits, hard(w.study.Pruner)...)
	head := spoolHead{Server: a.Server, Study: a.Study, Created: w.study.DatetimeStart, Trial: asked.Number}
	w.courier = newCourier(a.Client, head, a.Spool, a.Now, w.hear, a.note)
	w.courier.told = w.told
	a.couriers.Go(func() {
		if !w.courier.deliver(ctx) {
			a.mu.Lock()
			a.result.Unsent++
			a.mu.Unlock()
		}
	})
	a.View.BeginTrial(w.picture())
	ending := w.run(ctx)
	if ending.tell != nil {
		w.courier.send(record{Tell: ending.tell, Fallback: ending.fallback})
	}
	w.courier.finish()
	w.await(&ending)
	if w.folder != nil {
		w.folder.remove()
	}
	a.View.EndTrial(ending.outcome(w))
	a.add(w, &ending)
	return ending
}

// current is the study as it is now if the server says so in time, else as it
// was.
func (a *Agent) current(ctx context.Context) *api.Study {
	ctx, cancel := context.WithTimeout(ctx, serverTime)
	defer cancel()
	if fresh, err := a.fetch(ctx); err == nil {
		return &fresh.Info
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.study
}

// hear passes news on. There is room for what matters: of several decisions the
// latest is enough, and one that prunes is repeated by the server.
func (w *work) hear(n news) {
	for {
		select {
		case w.news <- n:
			return
		default:
		}
		select {
		case old := <-w.news:
			n.lost = cmp.Or(n.lost, old.lost)
			if old.decision != nil && old.decision.ShouldPrune {
				n.decision = old.decision
			}
		default:
		}
	}
}

// run runs the script.
func (w *work) run(ctx context.Context) Ending {
	var err error
	if w.folder, err = w.a.folder(ctx, w.slot, &w.asked); err != nil {
		return w.failed(reasonAgent, err.Error())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.a.starting.RLock()
	in, err := w.start(ctx)
	if err == nil {
		w.a.track(w.asked.Number, w.tree)
	}
	w.a.starting.RUnlock()
	if err != nil {
		var start *process.StartError
		if errors.As(err, &start) {
			e := w.failed(reasonStart, err.Error())
			e.Code = start.Code
			return e
		}
		return w.failed(reasonAgent, err.Error())
	}
	defer in.close()
	defer w.a.track(w.asked.Number, nil)
	w.sendAttrs(ctx)
	polls, stopPolling := context.WithCancel(ctx)
	defer stopPolling()
	go w.poll(polls)
	w.loop(ctx)
	stopPolling()
	return w.end(ctx, in)
}

// start starts the script with its inputs.
func (w *work) start(ctx context.Context) (*inputs, error) {
	declared, metric := w.a.aliases(w.study)
	w.collector = metrics.NewCollector(metrics.Config{
		Declared: declared, Step: w.a.Step, Regex: w.a.Regex, Format: w.a.Format,
		Warn: w.a.noteOnce,
	}, func(p metrics.Point) {
		for i := range p.Values {
			if m, ok := metric[p.Values[i].Name]; ok {
				p.Values[i].Name = m
			}
		}
		w.points <- p
	})
	in, err := w.open()
	if err != nil {
		return nil, err
	}
	w.began = w.a.Now()
	w.ooms, _ = process.HostOOMKills()
	w.tree, err = process.Start(process.Options{ //nolint:contextcheck // a tree is ended whatever became of ctx
		Argv: w.folder.argv, Env: w.folder.env, Stdout: in.child[0], Stderr: in.child[1], Extra: in.child[2:],
		CPUs: w.slot.cpus, Groups: w.a.Groups, MemoryLimit: w.backstop(), Shim: w.a.Shim, Now: w.a.Now,
		Name: fmt.Sprintf("espalier-%s-%d-%d", w.a.Study, w.asked.Number, os.Getpid()),
	})
	in.started()
	if err != nil {
		in.close()
		return nil, err
	}
	for _, text := range w.tree.Warnings() {
		w.a.note(text)
	}
	w.meter = w.a.meter(ctx, w.tree, w.slot, w.began)
	in.read(ctx, w)
	return in, nil
}

// backstop is the limit on the memory that the kernel is to keep as well.
func (w *work) backstop() int64 {
	if l := of(w.limits, memoryBytes); l != nil {
		return int64(l.bound)
	}
	return 0
}

// loop goes on until the command has ended, and has been stopped in time.
func (w *work) loop(ctx context.Context) {
	pace := firstSample // a short trial is measured as well
	tick := timer(pace)
	defer tick.Stop()
	var watch <-chan time.Time
	if of(w.limits, memoryBytes) != nil {
		t := time.NewTicker(min(limitEvery, w.a.Sample))
		defer t.Stop()
		watch = t.C
	}
	over := timer(w.a.Timeout)
	defer over.Stop()
	grace := timer(0)
	defer grace.Stop()
	first, second := w.a.first, w.a.second
	w.uploaded = w.began
	for {
		select {
		case <-w.tree.Done():
			return
		case p := <-w.ready():
			w.take(ctx, p)
		case <-w.courier.relief: // then points are looked at again
		case n := <-w.news:
			w.learn(n)
		case s := <-w.answers:
			w.answered(s)
		case <-watch:
			w.guard(ctx)
		case <-tick.C:
			w.sample(ctx)
			pace = min(2*pace, w.a.Sample)
			tick.Reset(pace)
		case <-over.C:
			w.timeout()
		case <-first:
			first = nil
			w.halt(&stopping{state: api.FinishedStateFAIL, reason: reasonInterrupted, sentence: fmt.Sprintf("it may end by itself for %s, or is killed by another Ctrl-C; it will be asked again", w.a.Grace)})
		case <-second:
			second = nil
			w.kill(ctx)
		case <-grace.C:
			w.kill(ctx)
		}
		if w.stop != nil && w.stop.since.IsZero() {
			w.stop.since = w.a.Now()
			w.ask()
			grace.Reset(max(1, w.a.Grace))
		}
	}
}

// ready is where points come from, nil while the server cannot take more of
// them: then the script waits at its output, as it would for a slow terminal.
func (w *work) ready() <-chan metrics.Point {
	if w.courier.congested() {
		return nil
	}
	return w.points
}

// timer returns a timer that is not set for a duration of 0.
func timer(d time.Duration) *time.Timer {
	if d > 0 {
		return time.NewTimer(d)
	}
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// halt decides that the script is to end. The first reason counts; but who has
// lost a trial has nothing to tell.
func (w *work) halt(s *stopping) {
	switch {
	case w.stop == nil:
		w.stop = s
	case s.lost:
		w.stop.lost, w.stop.sentence = true, s.sentence
	}
}

// ask asks the script to end: a file appears, and its group gets a signal.
func (w *work) ask() {
	if err := os.WriteFile(w.folder.stop, []byte(w.stop.reason+"\n"), 0o600); err != nil {
		w.a.note(fmt.Sprintf("trial %d: %v", w.asked.Number, err))
	}
	if err := w.tree.Signal(w.a.Signal); err != nil {
		w.a.note(fmt.Sprintf("trial %d: %v", w.asked.Number, err))
	}
	resume(w.tree) // a stopped process does not hear
	w.show()
}

// kill ends everything that came of the command.
func (w *work) kill(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killTime)
	defer cancel()
	left, err := w.tree.Kill(ctx)
	switch {
	case err != nil:
		w.a.note(fmt.Sprintf("trial %d: %v", w.asked.Number, err))
	case left > 0:
		w.a.note(fmt.Sprintf("trial %d: %d processes did not end", w.asked.Number, left))
	}
	w.killed = true
}

// learn takes in what the server says.
func (w *work) learn(n news) {
	if n.decision != nil {
		w.last = n.decision
		if n.decision.ShouldPrune {
			w.halt(pruned(n.decision))
		}
	}
	if n.lost != "" {
		w.halt(&stopping{state: api.FinishedStateFAIL, reason: reasonLost, sentence: n.lost, lost: true})
	}
	w.show()
}

// pruned is the stop that a decision is.
func pruned(d *api.Decision) *stopping {
	s := &stopping{state: api.FinishedStatePRUNED, reason: cmp.Or(d.DecidedBy, string(d.Reason)), decision: d}
	if d.Explanation != nil {
		s.sentence = d.Explanation.Sentence
	}
	return s
}

// poll waits for decisions, so that a script which is silent hears of them.
func (w *work) poll(ctx context.Context) {
	seconds := 50
	for wait := firstRetry; ctx.Err() == nil; {
		d, err := api.Read[api.Decision](w.a.Client.API().GetDecision(ctx, w.a.Study, w.asked.Number, &api.GetDecisionParams{WaitSeconds: &seconds}))
		var refused *api.Problem
		switch {
		case ctx.Err() != nil:
			return
		case errors.As(err, &refused) && missing(refused):
			w.hear(news{lost: noLongerThere(refused)})
			return
		case err != nil:
			if sleep(ctx, wait) != nil {
				return
			}
			wait = min(2*wait, slowestTry)
			continue
		case d.State == api.TrialStateFAIL:
			w.hear(news{lost: "it is FAIL on the server: its lease expired, or somebody ended it"})
			return
		case d.State != api.TrialStateRUNNING: // the script has told its own end
			return
		}
		wait = firstRetry
		w.hear(news{decision: &d})
		if d.ShouldPrune {
			return
		}
	}
}

// tail keeps the last bytes that were written.
type tail struct {
	most int
	b    []byte
}

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p[max(0, len(p)-t.most):]...)
	if extra := len(t.b) - t.most; extra > 0 {
		t.b = append(t.b[:0], t.b[extra:]...)
	}
	return len(p), nil
}

// String returns the whole lines among them.
func (t *tail) String() string {
	s := strings.ToValidUTF8(string(t.b), "�")
	if len(t.b) == t.most {
		if _, rest, ok := strings.Cut(s, "\n"); ok {
			s = rest
		}
	}
	return strings.TrimSpace(s)
}
