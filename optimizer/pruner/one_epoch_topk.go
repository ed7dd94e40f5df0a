package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// topK judges a trial once: at the probe step it goes on if it is among the k best
// that were there so far, itself included; ties do. It is the baseline that a
// costlier rule has to beat. O(log n) at the probe step.
type topK struct {
	probe     int64
	k         int64
	fraction  *float64
	minPeers  int64
	metric    string
	direction trials.Direction
	set       *options.Set
	lane      *trials.Lane
}

func newTopK() rule { return &topK{probe: 1, k: 5, minPeers: 5} }

func (t *topK) declare(s *options.Set) {
	t.set = s
	s.Int(&t.probe, "probe_steps", "The step at which trials are judged, or the first report after it. A report made before training says nothing: where step 0 is one, leave it out.").AtLeast(0)
	s.Int(&t.k, "k", "So many trials go on: those that are the best so far when they get there. Not used with top_fraction.").AtLeast(1)
	s.Maybe(&t.fraction, "top_fraction", "The share of those so far that goes on, at least one.").AtLeast(0).AtMost(1)
	s.Int(&t.minPeers, "min_peers", "Unknown with fewer others there; by default k, or as many as it takes for top_fraction to stand for one of them.").AtLeast(1)
	s.Metric(&t.metric, "metric", "The first objective's by default.")
	options.Word(s, &t.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (t *topK) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &t.metric)
	checkSpelling(study, t.metric, f)
	defaultDirection(study, t.metric, &t.direction)
	if !t.set.Given("min_peers") {
		t.minPeers = t.k
		if t.fraction != nil && *t.fraction > 0 {
			t.minPeers = int64(math.Ceil(1 / *t.fraction))
		}
	}
	if study.MaxSteps > 0 && t.probe >= study.MaxSteps {
		f.warnings.Add("/probe_steps", "saves nothing: a trial has %d steps", study.MaxSteps)
	}
	if b := study.Budget; b != nil && b.MaxTrials > 0 && t.minPeers >= b.MaxTrials {
		f.warnings.Add("/min_peers", "so many are never there before the last trial: the budget is %d trials", b.MaxTrials)
	}
	t.lane = &trials.Lane{Metric: t.metric, Marks: []float64{float64(t.probe)}, Vote: t.vote}
}

func (t *topK) needs() []trials.Need  { return []trials.Need{{Metric: t.metric, Series: true}} }
func (t *topK) lanes() []*trials.Lane { return []*trials.Lane{t.lane} }

// places returns how many of a trial and so many others go on.
func (t *topK) places(others int) int {
	if t.fraction == nil {
		return int(t.k)
	}
	return max(1, int(*t.fraction*float64(others+1)))
}

func (t *topK) vote(before *trials.Ranked, v float64) trials.Vote {
	n := before.Len()
	out := trials.Vote{Bar: math.NaN()}
	if int64(n) < t.minPeers {
		return out
	}
	if k := t.places(n); k <= n {
		if out.Bar = before.At(k - 1); t.direction == trials.Maximize {
			out.Bar = before.At(n - k)
		}
	}
	out.Verdict = trials.Pass
	if math.IsNaN(v) || t.direction.Better(out.Bar, v) {
		out.Verdict = trials.Fire
	}
	return out
}

func (t *topK) judge(c *trials.Case) trials.Verdict {
	verdict, _ := latched(c.Votes(t.lane))
	return verdict
}

func (t *topK) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = t.metric
	_, v := latched(c.Votes(t.lane))
	if v == nil {
		e.Sentence = fmt.Sprintf("Trials are judged at step %d.", t.probe)
		return
	}
	name, u := noun(t.metric), unitOf(c.Study, t.metric)
	e.Observed = map[string]trials.Float{"value": trials.Float(v.Value), "peers": trials.Float(v.Of)}
	k := t.places(v.Of)
	switch {
	case v.Verdict == trials.Unknown:
		e.Sentence = fmt.Sprintf("Needs %s at step %d, had %d.", otherTrials(t.minPeers), t.probe, v.Of)
		return
	case math.IsNaN(v.Value):
		e.Sentence = fmt.Sprintf("At step %d %s was not a number.", t.probe, name)
		e.Counterfactual = fmt.Sprintf("Would have continued with a number among the best %d.", k)
		return
	case math.IsNaN(v.Bar):
		e.Sentence = fmt.Sprintf("At step %d it had %s before it: the best %d go on.", t.probe, otherTrials(int64(v.Of)), k)
		return
	}
	bar, margin := trials.Float(v.Bar), trials.Float(signOf(t.direction)*(v.Value-v.Bar))
	e.Limit, e.Margin, e.Unit = &bar, &margin, string(u)
	verb := "is among"
	if v.Verdict == trials.Fire {
		verb = "is not among"
		e.Counterfactual = u.continued("a "+name+" there", v.Bar, t.direction == trials.Maximize)
	}
	value, limit := u.pair(v.Value, v.Bar)
	e.Sentence = fmt.Sprintf("At step %d %s was %s, which %s the best %d; of %s number %d had %s.",
		t.probe, name, value, verb, k, otherTrials(int64(v.Of)), k, limit)
}
