package pruner

import (
	"fmt"
	"math"
	"sync"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// constraintProbability predicts a metric's total from the params, by a ridge
// regression of its logarithm on the trials that ended, and says how likely it
// is above a limit. At an ask it refuses params; at the steps of a trial it
// mixes in what the trial's own total is heading for.
type constraintProbability struct {
	metric   string
	limit    *float64
	p        float64
	trainMin int64
	at       string

	total     projectedTotal   // of the trial itself
	aggregate trials.Aggregate // of the metric
	grows     bool             // so that a trial that was stopped early has only part of it

	mu     sync.Mutex // holds what follows, which is derived from the history
	fitted fitKey
	model  *costModel
}

// When constraint_probability judges.
const (
	atAsk  = "ask"
	atStep = "step"
)

// leastSpread is the standard deviation of a logarithm that no model is better
// than: measurements of the same params differ by a percent.
const leastSpread = 0.01

func newConstraintProbability() rule {
	return &constraintProbability{p: 0.95, trainMin: 20, at: atAsk}
}

func (r *constraintProbability) declare(s *options.Set) {
	s.Metric(&r.metric, "metric", "Above 0; of a running total, such as a time, PRUNED and FAIL trials count as what they would have come to.").Required()
	s.Maybe(&r.limit, "limit", "What a trial's total may be; the bound of the study's constraint on the metric by default.").Above(0)
	s.Number(&r.p, "p", "Fires when the total is above the limit with more than this probability.").AtLeast(0.5).AtMost(0.9999)
	s.Int(&r.trainMin, "train_min", "Unknown before so many trials with a total ended.").AtLeast(5).AtMost(maxTrained)
	options.Word(s, &r.at, "at", "`ask`: refuses params, which are then drawn again; a running trial is not judged. `step`: judges a trial at its reports, also by what its own total is heading for.", atAsk, atStep)
}

func (r *constraintProbability) prepare(study *trials.StudySpec, f *findings) {
	checkSpelling(study, r.metric, f)
	c := constraintOn(study, r.metric, "<=")
	f.bound("constraint_probability", "limit", &r.limit, c)
	if r.limit != nil && !(*r.limit > 0) {
		f.faults.Add("/limit", "must be above 0: the rule predicts a logarithm")
	}
	if own := study.AggregateOf(r.metric); c != nil && c.Aggregate != "" && c.Aggregate != own {
		f.warnings.Add("/metric", "totals are its %s, but the constraint is on its %s: declare its aggregate", own, c.Aggregate)
	}
	if b := study.Budget; b != nil && b.MaxTrials > 0 && r.trainMin >= b.MaxTrials {
		f.warnings.Add("/train_min", "so many never end before the last one is judged: the budget is %d trials", b.MaxTrials)
	}
	r.aggregate = study.AggregateOf(r.metric)
	sums := r.aggregate == trials.Sum
	r.grows = sums || grows(r.metric)
	r.total = projectedTotal{metric: r.metric, limit: r.limit, minPoints: 3, growth: constant, sums: sums}
	if r.at == atStep {
		f.warnT(study)
	}
}

func (r *constraintProbability) needs() []trials.Need {
	return []trials.Need{{Metric: r.metric, Totals: true, Series: r.at == atStep}}
}

func (r *constraintProbability) limits() []trials.RuleLimit {
	return []trials.RuleLimit{ceiling(r.metric, *r.limit, r.aggregate)}
}

// costModel predicts the logarithm of a total.
type costModel struct {
	*ridge
	params []paramFeature
	n      int // trials it was fitted to
}

// fitKey is what a model depends on: it is fitted anew after every fifth trial
// that ended.
type fitKey struct {
	generation uint64
	ended      int
}

func keyOf(generation uint64, ended int) fitKey { return fitKey{generation, ended / 5 * 5} }

// modelOf returns the model for a key, nil while there are too few trials. It
// calls for the view only if it has another model.
func (r *constraintProbability) modelOf(study *trials.StudySpec, key fitKey, view func() *trials.View) *costModel {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fitted != key {
		r.fitted, r.model = key, r.fit(study, view(), key.ended)
	}
	return r.model
}

// fit fits a model to the first so many trials that ended, the latest first, and
// at most 512 of them. Those that were stopped early stand for what they would
// have come to; since that is vague they are at most as many as the others.
func (r *constraintProbability) fit(study *trials.StudySpec, view *trials.View, ended int) *costModel {
	t := training{view: view, totals: view.Totals[r.metric]}
	t.columns = t.pick(view)
	ended = min(ended, len(t.totals))
	for place := ended - 1; place >= 0 && len(t.rows) < maxTrained; place-- {
		if !r.grows || view.States[place] == trials.Complete {
			t.add(place, 1)
		}
	}
	end := endOf(study, view, ended)
	most := min(2*len(t.rows), maxTrained)
	for place := ended - 1; place >= 0 && len(t.rows) < most && r.grows && end > 0; place-- {
		if last := view.LastStep[place]; last >= 0 && view.States[place] != trials.Complete {
			t.add(place, math.Max(1, end/float64(last+1)))
		}
	}
	if int64(len(t.rows)) < r.trainMin {
		return nil
	}
	return &costModel{ridge: newRidge(t.rows, t.logs), params: t.params, n: len(t.rows)}
}

// training gathers what a model is fitted to.
type training struct {
	peerModel // whose features of the params are used
	view      *trials.View
	totals    []float64
	columns   []*trials.Column
	rows      [][]float64
	logs      []float64
}

// add adds a trial, whose total is times as much as was measured. A total that
// is not above 0 has no logarithm.
func (t *training) add(place int, times float64) {
	total := t.totals[place] * times
	if !(total > 0) || math.IsInf(total, 0) {
		return
	}
	row := make([]float64, len(t.columns))
	for k, column := range t.columns {
		v := math.NaN()
		if place < len(column.Values) {
			v = column.Values[place]
		}
		row[k] = t.params[k].of(v)
	}
	t.rows, t.logs = append(t.rows, row), append(t.logs, math.Log(total))
}

// endOf returns how many steps a trial has, counted from step 0, since whether
// steps begin there is not known: what a trial would have come to is rather too
// little. 0 where it is not known.
func endOf(study *trials.StudySpec, view *trials.View, ended int) float64 {
	if study.MaxSteps > 0 {
		return float64(study.MaxSteps)
	}
	var ends trials.Ranked
	for place, state := range view.States[:ended] {
		if state == trials.Complete && view.LastStep[place] >= 0 {
			ends.Add(float64(view.LastStep[place] + 1))
		}
	}
	if ends.Len() < 5 {
		return 0
	}
	return ends.Quantile(0.5)
}

// likely is how a total probably is.
type likely struct {
	known bool
	n     int     // trials behind it
	total float64 // the median
	sd    float64 // of its logarithm
	p     float64 // of being above the limit
}

// about returns how likely a total is above the limit, given its logarithm.
func (r *constraintProbability) about(m *costModel, mean, sd float64) likely {
	sd = math.Max(sd, leastSpread)
	z := (mean - math.Log(*r.limit)) / sd
	g := likely{known: true, n: m.n, total: math.Exp(mean), sd: sd, p: normalCDF(z)}
	if z > 0 { // never surer than that, and of two hopeless points one is still the better
		g.p = math.Min(g.p, 1-1e-6/(1+z))
	}
	return g
}

// screen judges params before they are tried.
func (r *constraintProbability) screen(q *trials.Screening) *trials.Refusal {
	if r.at != atAsk {
		return nil
	}
	m := r.modelOf(q.Study, keyOf(q.View.Generation, q.View.Len()), func() *trials.View { return q.View })
	if m == nil {
		return nil
	}
	mean := m.mean
	for k := range m.params {
		v, given := q.Values[m.params[k].name]
		if !given {
			v = math.NaN()
		}
		mean += m.weights[k] * m.at(k, m.params[k].of(v))
	}
	g := r.about(m, mean, m.sd)
	no := &trials.Refusal{Probability: g.p, Refuse: g.p > r.p}
	if no.Refuse {
		no.Why = &trials.Explanation{Verdict: trials.Fire}
		r.say(q.Study, no.Why, &g, "Would have been tried")
	}
	return no
}

// look judges a running trial: by its params and, once its own total can be
// projected, by that as well, each weighed by its precision.
func (r *constraintProbability) look(c *trials.Case) (g likely) {
	m := r.modelOf(c.Study, keyOf(c.History.Generation(), c.History.Ended()), func() *trials.View {
		view := c.History.View()
		return &view
	})
	if m == nil {
		return g
	}
	mean, sd := m.mean, math.Max(m.sd, leastSpread)
	for k := range m.params {
		v, given := c.Param(m.params[k].name)
		if !given {
			v = math.NaN()
		}
		mean += m.weights[k] * m.at(k, m.params[k].of(v))
	}
	if own := r.total.project(c); r.grows && own.why == projected && own.total > 0 {
		ownSD := math.Max(own.se/own.total, leastSpread)
		precise, ownPrecise := 1/(sd*sd), 1/(ownSD*ownSD)
		mean = (precise*mean + ownPrecise*math.Log(own.total)) / (precise + ownPrecise)
		sd = math.Sqrt(1 / (precise + ownPrecise))
	}
	return r.about(m, mean, sd)
}

func (r *constraintProbability) judge(c *trials.Case) trials.Verdict {
	if r.at == atAsk {
		return trials.Unknown
	}
	switch g := r.look(c); {
	case !g.known || math.IsNaN(g.p):
		return trials.Unknown
	case g.p > r.p:
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (r *constraintProbability) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = r.metric
	if r.at == atAsk {
		e.Sentence = "It judges params before they are tried, not a trial that runs."
		return
	}
	g := r.look(c)
	if !g.known {
		e.Sentence = fmt.Sprintf("Needs %d trials that ended with %s.", r.trainMin, noun(r.metric))
		return
	}
	r.say(c.Study, e, &g, "Would have continued")
}

// say fills in what is likely, and what would have been if not.
func (r *constraintProbability) say(study *trials.StudySpec, e *trials.Explanation, g *likely, otherwise string) {
	u := unitOf(study, r.metric)
	limit, margin, p := trials.Float(*r.limit), trials.Float(g.total-*r.limit), trials.Float(g.p)
	e.Metric, e.Unit, e.Limit, e.Margin = r.metric, string(u), &limit, &margin
	e.Observed = map[string]trials.Float{"trials": trials.Float(g.n)}
	e.Predicted = map[string]trials.Float{
		"total": trials.Float(g.total), "sd_log": trials.Float(g.sd), "above": p, "lower95": trials.Float(g.total * math.Exp(-1.645*g.sd)),
	}
	e.Sentence = fmt.Sprintf("By %d trials that ended, %s will be about %s and is above the limit of %s with a probability of %.3g %%.",
		g.n, noun(r.metric), u.show(g.total, 3), u.show(*r.limit, digits), 100*g.p)
	if e.Verdict != trials.Fire {
		return
	}
	e.Probability = &p
	e.Counterfactual = otherwise + " without this rule."
	if enough := g.total * math.Exp(-g.sd*math.Sqrt2*math.Erfinv(2*r.p-1)); !math.IsInf(enough, 0) {
		e.Counterfactual = fmt.Sprintf("%s with a limit of %s.", otherwise, u.room(enough, true))
	}
}
