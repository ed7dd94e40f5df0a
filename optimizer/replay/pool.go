package replay

import (
	"math"
	"slices"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

// steps is the resource that every recording has.
const steps = "steps"

// wall is the name of the time that trials took.
const wall = "wall_seconds"

// pool is a recording made ready to be drawn from.
type pool struct {
	rec       *trials.Recording
	study     *trials.StudySpec // with the constraints in force
	sign      float64           // -1 turns a metric that is maximised round
	resources []string          // steps first
	cost      int               // the place of the resource that curves count
	items     []item
	clusters  [][]int32 // the items of each setting
	short     bool      // some were recorded cut short
	lastStep  int64
	best      float64 // the best final value, signed; NaN without one
}

// item is one recorded trial.
type item struct {
	tape     *trials.Tape
	rec      *trials.RecordedTrial
	cluster  int32
	end      trials.State // how it ends if nobody cuts it
	values   []float64    // of its end, if COMPLETE
	final    float64      // signed; NaN without one
	feasible bool         // it ends COMPLETE within the constraints
	whole    bool         // it ended by itself: its last report decides nothing
	cutShort bool         // by a pruner, or it failed without a reason in its curve
	times    []float64    // seconds after its start, by report, ascending
	spent    [][]float64  // by resource and report
	full     []float64    // by resource: without a pruner, see [trials.ReplayCensored]
	total    []float64    // as recorded
	extended []float64    // as if it had run to the last step
}

// newPool prepares a recording. What reported nothing is left out.
func newPool(rec *trials.Recording, study *trials.StudySpec, cost string) (*pool, error) {
	p := &pool{rec: rec, study: study, sign: 1, best: math.NaN()}
	if study.Objectives[0].Direction == trials.Maximize {
		p.sign = -1
	}
	p.resources = append([]string{steps}, recorded(rec)...)
	if cost == "" {
		cost = steps
		if slices.Contains(p.resources, wall) {
			cost = wall
		}
	}
	if p.cost = slices.Index(p.resources, cost); p.cost < 0 {
		return nil, trials.Invalid("/cost", "was not recorded; there is %s", strings.Join(p.resources, ", "))
	}
	for i := range rec.Trials {
		if t := &rec.Trials[i]; t.Len() > 0 {
			p.lastStep = max(p.lastStep, slices.Max(t.Steps))
		}
	}
	meter := trials.NewPlay(study, idle{}, rec.Metrics)
	byName := map[string]int32{}
	for i := range rec.Trials {
		t := &rec.Trials[i]
		if t.Len() == 0 {
			continue
		}
		it := p.item(t)
		it.feasible = it.end == trials.Complete && within(meter, t, it.values)
		at, known := byName[t.Cluster]
		if !known || t.Cluster == "" {
			at = int32(len(p.clusters))
			p.clusters = append(p.clusters, nil)
			byName[t.Cluster] = at
		}
		it.cluster = at
		p.clusters[at] = append(p.clusters[at], int32(len(p.items)))
		p.short = p.short || it.cutShort
		if !math.IsNaN(it.final) && !(it.final >= p.best) {
			p.best = it.final
		}
		p.items = append(p.items, it)
	}
	return p, nil
}

// within says that a whole trial keeps to the constraints.
func within(meter *trials.Play, t *trials.RecordedTrial, values []float64) bool {
	meter.Reset()
	live := meter.Start(&t.Tape)
	for range t.Len() {
		meter.Feed(live)
	}
	meter.End(live, trials.Complete, values)
	view := meter.History().View()
	return view.Violations[0] == 0
}

// recorded returns the names of the running totals of a recording.
func recorded(rec *trials.Recording) []string {
	var out []string
	for _, metric := range rec.Metrics {
		if trials.RunningTotal(metric) {
			out = append(out, nameOf(metric))
		}
	}
	timed := slices.ContainsFunc(rec.Trials, func(t trials.RecordedTrial) bool { return t.Elapsed != nil })
	if timed && !slices.Contains(out, wall) {
		out = append(out, wall)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func nameOf(metric string) string { return strings.TrimPrefix(metric, "system/") }

func (p *pool) item(t *trials.RecordedTrial) item {
	n := t.Len()
	it := item{tape: &t.Tape, rec: t, end: t.State, final: math.NaN(), times: clock(t)}
	switch t.State {
	case trials.Complete:
		it.whole, it.values, it.final = true, []float64{t.Value}, p.sign*t.Value
		for range p.study.Objectives[1:] {
			it.values = append(it.values, math.NaN())
		}
	case trials.Pruned:
		it.cutShort = true
	default: // FAIL
		it.whole = p.broke(t)
		it.cutShort = !it.whole
	}
	spent := make([]float64, n*len(p.resources))
	for k, name := range p.resources {
		it.spent = append(it.spent, spent[k*n:(k+1)*n])
		p.spend(t, name, it.times, it.spent[k])
		it.total = append(it.total, it.spent[k][n-1])
	}
	rest := 1.0
	if it.cutShort {
		rest = p.rest(t, it.spent[0][n-1])
	}
	for k := range p.resources {
		it.extended = append(it.extended, it.total[k]*rest)
	}
	it.full = it.total
	if t.State == trials.Pruned { // what failed would have failed
		it.full = it.extended
	}
	return it
}

// broke says that a curve of the objective ends in a value that is no number,
// or that there is none.
func (p *pool) broke(t *trials.RecordedTrial) bool {
	k := slices.Index(p.rec.Metrics, p.study.Objectives[0].Metric)
	if k < 0 {
		return true
	}
	track := &t.Tracks[k]
	for i := t.Len() - 1; i >= 0; i-- {
		if track.Has == nil || track.Has[i] {
			return math.IsNaN(track.Values[i]) || math.IsInf(track.Values[i], 0)
		}
	}
	return true
}

// rest is by how much a trial that was cut short would have cost more at its
// last step, at its own cost per step.
func (p *pool) rest(t *trials.RecordedTrial, done float64) float64 {
	last := p.study.MaxSteps
	if t.MaxSteps > 0 {
		last = t.MaxSteps
	}
	if last == 0 {
		last = p.lastStep
		if t.FromZero() {
			last++
		}
	}
	if done <= 0 || float64(last) <= done {
		return 1
	}
	return float64(last) / done
}

// clock returns the seconds after its start at which a trial reported: they
// ascend. Without times each report takes one.
func clock(t *trials.RecordedTrial) []float64 {
	out := make([]float64, t.Len())
	last := 0.0
	for i := range out {
		v := float64(i + 1)
		if t.Elapsed != nil {
			v = t.Elapsed[i]
		}
		if !(v >= last) { // NaN, or back in time
			v = last
		}
		out[i], last = v, v
	}
	return out
}

// spend fills in the running total of a resource by report.
func (p *pool) spend(t *trials.RecordedTrial, name string, times, out []float64) {
	metric := ""
	at := slices.IndexFunc(p.rec.Metrics, func(m string) bool { return trials.RunningTotal(m) && nameOf(m) == name })
	if at >= 0 {
		metric = p.rec.Metrics[at]
	}
	sum := p.study.Metrics[metric].Aggregate == trials.Sum
	zero, last := t.FromZero(), 0.0
	for i := range out {
		v := math.NaN()
		switch {
		case name == steps && t.Steps[i] >= 0:
			v = float64(t.Steps[i])
			if zero {
				v++
			}
		case name == steps:
		case at < 0:
			v = times[i]
		case t.Tracks[at].Has == nil || t.Tracks[at].Has[i]:
			v = t.Tracks[at].Values[i]
			if sum {
				v += last
			}
		}
		if v > last && v < tooMuch {
			last = v
		}
		out[i] = last
	}
}

// tooMuch is what no total can be: sums of it would not be numbers.
const tooMuch = 1e290

// idle is a pruner without rules.
type idle struct{}

func (idle) Needs() []trials.Need                                               { return nil }
func (idle) Lanes() []*trials.Lane                                              { return nil }
func (idle) Judge(*trials.Case) (trials.Verdict, bool)                          { return trials.Pass, false }
func (idle) Explain(*trials.Case) (e trials.Explanation, _ *trials.Explanation) { return e, nil }
func (idle) Limits() []trials.RuleLimit                                         { return nil }
func (idle) Timely() bool                                                       { return false }
func (idle) Screen(*trials.Screening) *trials.Refusal                           { return nil }
