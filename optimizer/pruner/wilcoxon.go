package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// wilcoxon fires when a trial is worse than the best COMPLETE trial on the steps
// that both reported, by the signed-rank test. Steps are the numbers of folds,
// instances or requests, which trials take in any order. It decides as
// WilcoxonPruner of Optuna does: a value of either trial that is not finite leaves
// it unknown for good.
//
// A report costs O(n log n) of n steps, up to 50 of which at most 30 000 additions
// for the exact distribution. Beyond 256 common steps it allocates.
type wilcoxon struct {
	threshold  float64
	startup    int64
	correction string
	looks      int64
	veto       bool
	metric     string
	direction  trials.Direction
	level      float64 // of each test
	set        *options.Set
}

// The corrections for looking more than once.
const (
	uncorrected = "none"
	byPocock    = "pocock"
)

// maxLooks bounds what finding Pocock's level costs.
const maxLooks = 64

func newWilcoxon() rule {
	return &wilcoxon{threshold: 0.1, startup: 2, correction: uncorrected, looks: 10, veto: true}
}

func (w *wilcoxon) declare(s *options.Set) {
	w.set = s
	s.Number(&w.threshold, "p_threshold", "Fires if the probability of such differences, were the trials equal, is below.").AtLeast(0).AtMost(1)
	s.Int(&w.startup, "startup_steps", "Unknown with fewer common steps; at least 2.").AtLeast(0)
	options.Word(s, &w.correction, "correction", "none: as in Optuna, where each report is another test, and one of many fires by chance. "+
		"pocock: each test has a lower threshold, the same for all, so that p_threshold is that of the whole trial, if the differences were normal and the steps between looks the same.", uncorrected, byPocock)
	s.Int(&w.looks, "looks", "How many tests a trial has, for pocock: the study's max_steps from startup_steps on by default, at most 64, else 10.").AtLeast(1).AtMost(maxLooks)
	s.Bool(&w.veto, "veto_mean", "Passes while the mean of all its values is not worse than that of the best trial.")
	s.Metric(&w.metric, "metric", "The first objective's by default.")
	options.Word(s, &w.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (w *wilcoxon) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &w.metric)
	checkSpelling(study, w.metric, f)
	defaultDirection(study, w.metric, &w.direction)
	if study.MaxSteps > 0 && !w.set.Given("looks") {
		w.looks = min(max(study.MaxSteps-max(w.startup, 2)+1, 1), maxLooks)
	}
	w.level = w.threshold
	if w.correction == byPocock {
		w.level = pocock(w.threshold, int(w.looks))
	}
	if len(study.Objectives) > 1 {
		f.warnings.Add("", "compares with one trial of the Pareto front: the first that entered it")
	}
	if study.MaxSteps > 0 && w.startup > study.MaxSteps {
		f.warnings.Add("/startup_steps", "is never reached: a trial has %d steps", study.MaxSteps)
	}
}

func (w *wilcoxon) needs() []trials.Need {
	return []trials.Need{{Metric: w.metric, Series: true, Curves: true}}
}

// paired is how a trial compares with the best one.
type paired struct {
	verdict    trials.Verdict
	why        pairing
	common     int
	mean, best float64
	p          float64
}

type pairing int8

const (
	tested pairing = iota
	noValues
	ownNotFinite
	noBestTrial
	bestNotFinite
	tooFewSteps
	vetoed
)

// nearSteps is how many common steps need no memory of their own.
const nearSteps = 256

// look judges the trial. The guards are Optuna's, in its order, but that the means
// come before the test, which costs more.
func (w *wilcoxon) look(c *trials.Case) (r paired) {
	own := c.Curve(w.metric)
	best := c.History.KeptCurve(w.metric, c.History.BestPlace())
	ok := false
	switch r.mean, ok = meanOf(own.Values); {
	case own.Len() == 0:
		r.why = noValues
		return r
	case !ok:
		r.why = ownNotFinite
		return r
	case best == nil:
		r.why = noBestTrial
		return r
	}
	if r.best, ok = meanOf(best.Values); !ok {
		r.why = bestNotFinite
		return r
	}
	var near [nearSteps]float64
	d := near[:0]
	if n := min(own.Len(), best.Len()); n > nearSteps {
		d = make([]float64, 0, n)
	}
	d = differences(d, &own, best, signOf(w.direction))
	r.common = len(d)
	switch {
	case int64(r.common) < max(w.startup, 2):
		r.why = tooFewSteps
	case w.veto && !w.direction.Better(r.best, r.mean):
		r.why, r.verdict = vetoed, trials.Pass
	default:
		if r.p, r.verdict = signedRank(d), trials.Pass; r.p < w.level {
			r.verdict = trials.Fire
		}
	}
	return r
}

// meanOf returns the mean, and whether all values are finite.
func meanOf(values []float64) (mean float64, ok bool) {
	for _, v := range values {
		if !finite(v) {
			return math.NaN(), false
		}
		mean += v
	}
	return mean / float64(len(values)), true
}

// differences appends by how much a is more than b at the steps that both have.
func differences(d []float64, a, b *trials.Series, sign float64) []float64 {
	for i, j := 0, 0; i < a.Len() && j < b.Len(); {
		switch x, y := a.Steps[i], b.Steps[j]; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			d = append(d, sign*(a.Values[i]-b.Values[j]))
			i, j = i+1, j+1
		}
	}
	return d
}

func (w *wilcoxon) judge(c *trials.Case) trials.Verdict { return w.look(c).verdict }

func (w *wilcoxon) explain(c *trials.Case, e *trials.Explanation) {
	r := w.look(c)
	e.Metric = w.metric
	name := noun(w.metric)
	if e.Sentence = w.cannot(r.why); e.Sentence != "" {
		return
	}
	e.Observed = map[string]trials.Float{"common_steps": trials.Float(r.common), "mean": trials.Float(r.mean), "best_mean": trials.Float(r.best)}
	if r.why == tooFewSteps {
		e.Sentence = fmt.Sprintf("Needs %d steps in common with the best trial, has %d.", max(w.startup, 2), r.common)
		return
	}
	view := c.History.View()
	trial := view.Numbers[c.History.BestPlace()]
	if r.why == vetoed {
		mean, best := unitOf(c.Study, w.metric).pair(r.mean, r.best)
		e.Sentence = fmt.Sprintf("The mean of %s so far, %s, is not worse than that of trial %d, the best one, %s.", name, mean, trial, best)
		return
	}
	e.Observed["p"] = trials.Float(r.p)
	limit, margin := trials.Float(w.level), trials.Float(w.level-r.p)
	e.Limit, e.Margin = &limit, &margin
	verb := "is not below"
	if r.verdict == trials.Fire {
		verb = "is below"
		e.Counterfactual = unit("").continued("a threshold", r.p, false)
	}
	p, level := unit("").pair(r.p, w.level)
	e.Sentence = fmt.Sprintf("%s on %d steps against that of trial %d, the best one: the probability that it is not worse, by the signed-rank test, %s, %s %s.",
		upperFirst(name), r.common, trial, p, verb, level)
}

// cannot says why no step can be compared, if none can.
func (w *wilcoxon) cannot(why pairing) string {
	name := noun(w.metric)
	switch why {
	case noValues:
		return upperFirst(name) + " was not reported at a step yet."
	case ownNotFinite:
		return fmt.Sprintf("A value of %s is not finite: no test is possible.", name)
	case noBestTrial:
		return fmt.Sprintf("There is no COMPLETE trial with %s to compare with.", name)
	case bestNotFinite:
		return fmt.Sprintf("A value of %s of the best trial is not finite: no test is possible.", name)
	case tested, tooFewSteps, vetoed:
	}
	return ""
}
