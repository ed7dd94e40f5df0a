package trials

import (
	"math"
	"slices"
	"time"
)

// Tape is a recorded trial: everything it reported, by report.
type Tape struct {
	Number   int64
	Values   map[string]float64 // params, inner
	MaxSteps int64              // 0: the study's
	Steps    []int64            // Absent: a sample in time
	Elapsed  []float64          // seconds since the trial began; NaN, or nil, is not known
	Tracks   []Track            // in the order of the recording's metrics
	// Dense says that every report has a step and that they ascend, so that the
	// curve of a track without gaps is a part of the tape.
	Dense bool
}

// Track holds the values of one metric. Where Has is false nothing was
// reported; nil is everywhere.
type Track struct {
	Values []float64
	Has    []bool
}

// Len returns the number of reports.
func (t *Tape) Len() int { return len(t.Steps) }

// Reported says that a tape whose tracks are of the metrics has a value of one of
// them.
func (t *Tape) Reported(metrics []string, metric string) bool {
	k := slices.Index(metrics, metric)
	return k >= 0 && k < len(t.Tracks) && (t.Tracks[k].Has == nil && t.Len() > 0 || slices.Contains(t.Tracks[k].Has, true))
}

// FromZero says that the steps begin at 0.
func (t *Tape) FromZero() bool { return slices.Contains(t.Steps, 0) }

// Play is a history that recorded trials are played into, over and over, and
// the pruner that judges them: the very rules of a running study.
type Play struct {
	study   *StudySpec
	space   *Space
	pruner  Pruner
	h       *History
	feeds   []feed
	wall    bool // the clock feeds the wall time
	pool    []*Live
	live    int // of the pool in use
	row     ReportRow
	kase    Case
	ended   Trial
	breach  Float // of ended
	yes, no bool  // to point at
}

// feed takes a track to a metric that the pruner reads.
type feed struct {
	track int
	id    uint32
	need  Need
}

// NewPlay returns an empty play of a study. Metrics are those of the tapes'
// tracks. The spec must be one that was resolved.
func NewPlay(study *StudySpec, pruner Pruner, metrics []string) *Play {
	space, err := study.SearchSpace.Compile("")
	if err != nil {
		space = &Space{}
	}
	p := &Play{study: study, space: space, pruner: pruner, yes: true}
	p.h = historyFor(study, pruner)
	p.wall = true
	for i, name := range metrics {
		need, ok := p.h.needs[name]
		if !ok {
			continue
		}
		p.feeds = append(p.feeds, feed{i, p.h.intern(name), need})
		p.wall = p.wall && name != WallSeconds
	}
	if _, ok := p.h.needs[WallSeconds]; !ok {
		p.wall = false
	}
	for name := range p.h.needs {
		p.h.intern(name)
	}
	p.kase = Case{Study: study, History: p.h, Report: &p.row}
	return p
}

// Reset empties the history and keeps its memory.
func (p *Play) Reset() {
	p.h.reset()
	p.live = 0
}

func (h *History) reset() {
	h.lastEnd = 0
	h.numbers, h.states, h.values, h.violations = h.numbers[:0], h.states[:0], h.values[:0], h.violations[:0]
	h.last, h.lastStep, h.best, h.open = h.last[:0], h.lastStep[:0], h.best[:0], h.open[:0]
	h.limits = h.limits[:len(h.study.Constraints)+len(h.rules)]
	for i := range h.limits {
		l := &h.limits[i]
		l.Slack, l.Censored = l.Slack[:0], l.Censored[:0]
	}
	for i := range h.columns {
		h.columns[i].Values = h.columns[i].Values[:0]
	}
	clear(h.place)
	clear(h.byNum)
	for _, p := range h.peers {
		p.reset()
	}
	for _, f := range h.finals {
		f.clear()
	}
	for id := range h.kept {
		h.kept[id] = h.kept[id][:0]
	}
	for id := range h.totals {
		h.totals[id] = h.totals[id][:0]
	}
	for _, l := range h.lanes {
		l.reset()
	}
	h.lastSteps.clear()
	h.usualEnd, h.nextEnd, h.handed, h.ended, h.clock, h.began = Absent, 0, 0, 0, time.Time{}, time.Time{}
	h.counts = Counts{}
	h.spent = unspent()
	h.generation++
}

// Start puts in a trial.
func (p *Play) Start(tape *Tape) *Live { return p.StartAs(tape, tape.Number) }

// StartAs puts in a trial under another number.
func (p *Play) StartAs(tape *Tape, number int64) *Live {
	if p.live == len(p.pool) {
		p.pool = append(p.pool, &Live{})
	}
	t := p.pool[p.live]
	p.live++
	t.reset()
	t.Number, t.State, t.MaxSteps, t.LastStep = number, Running, tape.MaxSteps, Absent
	t.space, t.values, t.tape = p.space, tape.Values, tape
	h := p.h
	at := len(h.open)
	for at > 0 && h.open[at-1].Number > t.Number {
		at--
	}
	h.open = slices.Insert(h.open, at, t)
	h.counts.Running++
	return t
}

// reset empties a trial and keeps its memory.
func (t *Live) reset() {
	for i := range t.tallies {
		t.tallies[i] = Tally{sorted: t.tallies[i].sorted[:0]}
	}
	curves, samples, forms, lanes := t.curves, t.samples, t.forms, t.lanes
	for i, s := range curves {
		if s != nil {
			*s = Series{}
		}
		curves[i] = s
	}
	for i := range samples {
		samples[i] = samples[i][:0]
	}
	for i := range forms {
		forms[i] = formed{}
	}
	for i := range lanes {
		lanes[i] = liveLane{votes: lanes[i].votes[:0]}
	}
	*t = Live{tallies: t.tallies, curves: curves, samples: samples, forms: forms, lanes: lanes}
}

// Judge judges a trial at its latest report.
func (p *Play) Judge(t *Live) (verdict Verdict, shadow bool) {
	p.kase.Trial, p.kase.Without, p.kase.Back = t, 0, 0
	return p.pruner.Judge(&p.kase)
}

// Feed plays the next report of a trial without judging it.
func (p *Play) Feed(t *Live) {
	h, tape, i := p.h, t.tape, t.played
	t.played++
	step, elapsed := tape.Steps[i], math.NaN()
	if tape.Elapsed != nil {
		elapsed = tape.Elapsed[i]
	}
	if step >= 0 {
		t.LastStep = max(t.LastStep, step)
		t.zero = t.zero || step == 0
	}
	p.row.Trial, p.row.Seq, p.row.Step, p.row.Elapsed, p.row.Values = t.Number, int64(i), step, elapsed, p.row.Values[:0]
	for k := range p.feeds {
		f := &p.feeds[k]
		track := &tape.Tracks[f.track]
		if track.Has != nil && !track.Has[i] {
			continue
		}
		v := MetricValue{f.id, track.Values[i]}
		if len(h.lanes) > 0 {
			p.row.Values = append(p.row.Values, v)
		}
		if !tape.Dense || track.Has != nil {
			h.take1(t, v, step, elapsed)
			continue
		}
		h.tally(t, v.Metric, v.Value)
		if f.need.Samples {
			h.takeSample(t, v, elapsed)
		}
		if f.need.Series {
			s := t.series(v.Metric)
			s.Steps, s.Values = tape.Steps[:i+1:i+1], track.Values[:i+1:i+1]
			s.span(s.Values[i:])
			h.form(t, v.Metric, step, v.Value)
		}
	}
	if p.wall && !math.IsNaN(elapsed) {
		h.take1(t, MetricValue{wallID, elapsed}, step, elapsed)
	}
	if len(h.lanes) > 0 {
		h.passLanes(t, &p.row)
	}
}

// Spared says what spares a trial on which an enforced verdict fires; empty if
// nothing does.
func (p *Play) Spared(t *Live) string {
	p.kase.Trial = t
	t.Holdout = p.study.heldOut(t.Number)
	return spare(p.pruner, &p.kase)
}

// Explain explains a trial's verdict at its latest report.
func (p *Play) Explain(t *Live) (Explanation, *Explanation) {
	p.kase.Trial = t
	return p.pruner.Explain(&p.kase)
}

// cutShort is the decision of a trial that a play prunes.
var cutShort = &Decision{ShouldPrune: true, Mode: Enforce, Reason: ReasonPruner}

// Prune marks a trial as one that should be pruned: until it ends it does not
// count as one that goes on.
func (p *Play) Prune(t *Live) { t.pruned = cutShort }

// End ends a trial. Values are those of the objectives, of a COMPLETE one.
func (p *Play) End(t *Live, state State, values []float64) {
	h := p.h
	p.ended = Trial{Number: t.Number, State: state, EndedSeq: h.nextEnd, LastStep: t.LastStep, Values: p.ended.Values[:0]}
	for _, v := range values {
		p.ended.Values = append(p.ended.Values, Float(v))
	}
	p.judge(t)
	h.counts.Running--
	i := slices.Index(h.open, t)
	h.open = slices.Delete(h.open, i, i+1)
	h.append(&p.ended, t)
}

// judge says of the trial that ends whether it is feasible, as
// [Trial.judge] does, and allocates nothing.
func (p *Play) judge(t *Live) {
	known := true
	p.breach = 0
	for i := range p.study.Constraints {
		c := &p.study.Constraints[i]
		tally := t.Tally(p.h, c.Metric)
		if tally == nil {
			known = false
			continue
		}
		v, ok := tally.Value(c.Aggregate)
		known = known && ok
		if over := c.Violation(v); ok && over > 0 {
			p.breach += Float(over)
		}
	}
	switch {
	case p.breach > 0:
		p.ended.Feasible, p.ended.Violation = &p.no, &p.breach
	case known:
		p.ended.Feasible = &p.yes
	}
}

// History returns what was played so far. It is not to be changed.
func (p *Play) History() *History { return p.h }
