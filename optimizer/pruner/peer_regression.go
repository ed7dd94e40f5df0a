package pruner

import (
	"fmt"
	"math"
	"math/bits"
	"sync"
	"weak"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// peerRegression predicts a trial's last value from COMPLETE trials, by their curves
// up to the same number of points and by their params, and fires when it is worse
// than the best of them with probability delta. Each number of points has a linear
// model of its own, see peer_model.go, with an error as of a normal distribution
// about the prediction.
//
// A model is a function of the first so many COMPLETE trials, a multiple of
// refit_every, of which the latest 512 count; so the same history says the same
// again. From 32 points on only the first 5 bits of the number count, so that a
// trial of a million points needs some 270 models: of a trial in between the values
// at the number below are read.
//
// Looking at a trial costs O(features). A new model costs O(n * (points + f^2) + f^3)
// for n trials and f features, at most 64: 0.1 to 10 ms, once for all trials that
// come to that number of points before the next refit.
type peerRegression struct {
	trainMin  int64
	delta     float64
	offset    float64
	lags      int64
	refit     int64
	metric    string
	direction trials.Direction

	mu     sync.Mutex
	models map[modelKey]*peerModel // nil where too few trials have so many points
}

// modelKey says of what a model is a function. A history that is gone does not
// come back.
type modelKey struct {
	history    weak.Pointer[trials.History]
	generation uint64
	trained    int // COMPLETE trials
	points     int
}

// maxModels is how many models are kept; they are made anew when needed.
const maxModels = 512

func newPeerRegression() rule {
	return &peerRegression{trainMin: 25, delta: 0.95, offset: 0.005, lags: 2, refit: 5}
}

func (r *peerRegression) declare(s *options.Set) {
	s.Int(&r.trainMin, "train_min", "Unknown before so many COMPLETE trials have as many points.").AtLeast(10).AtMost(maxTrained)
	s.Number(&r.delta, "delta", "Fires at this probability that the trial ends worse than the best.").AtLeast(0.5).AtMost(1)
	s.Number(&r.offset, "offset", "Worse by at least this share of the range of the final values; keeps near ties.").AtLeast(0)
	s.Int(&r.lags, "lags", "Reads the latest value with so many orders of differences.").AtLeast(0).AtMost(2)
	s.Int(&r.refit, "refit_every", "Takes in the COMPLETE trials so many at a time.").AtLeast(1)
	s.Metric(&r.metric, "metric", "The first objective's by default.")
	options.Word(s, &r.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (r *peerRegression) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &r.metric)
	defaultDirection(study, r.metric, &r.direction)
	if study.Budget != nil && study.Budget.MaxTrials > 0 && r.trainMin >= study.Budget.MaxTrials {
		f.warnings.Add("/train_min", "so many never complete before the last one is judged: the budget is %d trials", study.Budget.MaxTrials)
	}
}

func (r *peerRegression) needs() []trials.Need {
	return []trials.Need{{Metric: r.metric, Series: true, Finals: true, Curves: true}}
}

// outcome is what is predicted, and what it rests on; numbers are turned round
// where the metric is maximised.
type outcome struct {
	ahead
	verdict     trials.Verdict
	completed   int
	points      int // of the curve that are read
	trained     int // trials in the model
	final, sd   float64
	bar         float64 // the best, and the offset
	probability float64 // that the final value is worse than that
}

func (r *peerRegression) look(c *trials.Case) (o outcome) {
	o.ahead = lookAround(c, r.metric, r.direction, 1)
	o.completed = c.History.Completed()
	if o.verdict = o.gap.verdict(); o.gap != enough {
		return o
	}
	o.points = bucket(o.curve.Len())
	m := r.model(c.History, o.points)
	if m == nil {
		o.gap = fewTrials
		return o
	}
	o.trained = m.trained
	known := false
	if o.final, known = m.predict(c, &o.curve, o.points); !known {
		o.gap = fewPoints
		return o
	}
	o.sd = max(m.sd, 1e-9*math.Abs(o.final), math.SmallestNonzeroFloat64)
	o.bar = o.sign*o.ahead.bar + r.offset*m.span
	o.probability = normalCDF((o.final - o.bar) / o.sd)
	switch {
	case !finite(o.final) || !finite(o.sd) || !finite(o.bar):
		o.gap = tooLarge
	case o.probability >= r.delta:
		o.verdict = trials.Fire
	default:
		o.verdict = trials.Pass
	}
	return o
}

// bucket returns the number of points of the model for n.
func bucket(n int) int {
	if low := bits.Len(uint(n)) - 5; low > 0 {
		return n >> low << low
	}
	return n
}

// model returns the model of a history at a number of points, nil where too few
// trials have so many.
func (r *peerRegression) model(h *trials.History, points int) *peerModel {
	trained := h.Completed() / int(r.refit) * int(r.refit)
	if int64(trained) < r.trainMin {
		return nil
	}
	key := modelKey{weak.Make(h), h.Generation(), trained, points}
	r.mu.Lock()
	defer r.mu.Unlock()
	m, found := r.models[key]
	if found {
		return m
	}
	if r.models == nil || len(r.models) >= maxModels {
		r.models = map[modelKey]*peerModel{}
	}
	m = r.train(h, trained, points)
	r.models[key] = m
	return m
}

func (r *peerRegression) judge(c *trials.Case) trials.Verdict { return r.look(c).verdict }

func (r *peerRegression) explain(c *trials.Case, e *trials.Explanation) {
	o := r.look(c)
	e.Metric = r.metric
	e.Observed = o.observed()
	name := noun(r.metric)
	e.Observed["completed"] = trials.Float(o.completed)
	switch o.gap {
	case enough:
	case fewTrials:
		e.Observed["points"] = trials.Float(o.points)
		e.Sentence = fmt.Sprintf("Needs %s with %d values of %s; the model is fitted anew every %d, and %d completed so far.",
			completedTrials(r.trainMin), o.points, name, r.refit, o.completed)
		return
	case fewPoints:
		e.Sentence = fmt.Sprintf("One of the latest values of %s is missing or not finite.", name)
		return
	default:
		e.Sentence = o.why(r.metric, 1)
		return
	}
	r.explainOutcome(c, e, &o)
}

func (r *peerRegression) explainOutcome(c *trials.Case, e *trials.Explanation, o *outcome) {
	u := unitOf(c.Study, r.metric)
	e.Observed["points"], e.Observed["trained"] = trials.Float(o.points), trials.Float(o.trained)
	final := o.sign * o.final
	e.Predicted = map[string]trials.Float{
		"final": trials.Float(final), "sd": trials.Float(o.sd), "probability_worse": trials.Float(o.probability),
	}
	limit, margin := trials.Float(o.sign*o.bar), trials.Float(o.final-o.bar)
	e.Limit, e.Margin, e.Unit = &limit, &margin, string(u)
	shown, bar := u.pair(final, o.sign*o.bar)
	e.Sentence = fmt.Sprintf("After %d reports %s is expected to end at %s, give or take %s, as %s did; it is worse than the best, %s, with a probability of %s; it takes %s.",
		o.points, noun(r.metric), shown, u.show(o.sd, 2), completedTrials(int64(o.trained)), bar, number(o.probability, digits), number(r.delta, digits))
	if e.Verdict == trials.Fire {
		p := trials.Float(o.probability)
		e.Probability = &p
		turn := o.bar + math.Sqrt2*math.Erfinv(2*r.delta-1)*o.sd
		e.Counterfactual = u.continued("an expected final "+noun(r.metric), o.sign*turn, r.direction == trials.Maximize)
	}
}
