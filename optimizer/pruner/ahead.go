package pruner

import (
	"fmt"

	"github.com/espalier-hpo/espalier/trials"
)

// kthBest names the k-th best COMPLETE trial.
func kthBest(k int64) string {
	if k == 1 {
		return "the best completed trial"
	}
	return fmt.Sprintf("the number %d of the completed trials", k)
}

// ahead is what a rule that predicts the end of a trial starts from.
type ahead struct {
	gap       gap
	curve     trials.Series
	step, end int64   // the last step, Absent if it is not known
	bar       float64 // the k-th best final value
	finals    int
	sign      float64 // -1 where the metric is maximised
}

// gap is what is missing for a verdict.
type gap int8

const (
	enough    gap = iota
	noPoints      // nothing was reported at a step
	noEnd         // the last step is not known
	atEnd         // nothing is ahead
	noBest        // too few COMPLETE trials
	badBest       // the best of them is infinite
	fewTrials     // of others
	fewPoints
	tooFlat
	tooLarge // for sums and squares of the values
)

// verdict is what a gap means: at its end a trial passes.
func (g gap) verdict() trials.Verdict {
	if g == atEnd {
		return trials.Pass
	}
	return trials.Unknown
}

// lookAhead looks at the last value of a metric and at the k-th best of the
// COMPLETE trials.
func lookAhead(c *trials.Case, metric string, d trials.Direction, k int) ahead {
	a := lookAround(c, metric, d, k)
	if a.gap != noPoints && a.end == trials.Absent {
		a.gap = noEnd
	}
	return a
}

// lookAround is lookAhead of a rule that does not need the last step.
func lookAround(c *trials.Case, metric string, d trials.Direction, k int) (a ahead) {
	a.sign, a.end = signOf(d), trials.Absent
	a.curve = c.Curve(metric)
	n := a.curve.Len()
	if n == 0 {
		a.gap = noPoints
		return a
	}
	a.step = a.curve.Steps[n-1]
	if end, known := c.End(); known {
		a.end = end
	}
	a.finals = c.Finals(metric).Len()
	bar, known := c.Incumbent(metric, d, k)
	a.bar = bar
	switch {
	case a.end != trials.Absent && a.step >= a.end:
		a.gap = atEnd
	case !known:
		a.gap = noBest
	case !finite(a.bar):
		a.gap = badBest
	}
	return a
}

func (a *ahead) observed() map[string]trials.Float {
	out := map[string]trials.Float{}
	if a.gap != noPoints {
		out["step"] = trials.Float(a.step)
	}
	if a.gap != noPoints && a.end != trials.Absent {
		out["last_step"] = trials.Float(a.end)
	}
	return out
}

// why says what is missing.
func (a *ahead) why(metric string, k int64) string {
	name := noun(metric)
	switch a.gap {
	case noPoints:
		return upperFirst(name) + " was not reported at a step yet."
	case noEnd:
		return "The last step of the trial is not known."
	case atEnd:
		return fmt.Sprintf("Step %d is the last one.", a.step)
	case badBest:
		return fmt.Sprintf("The final %s of %s is infinite.", name, kthBest(k))
	case tooLarge:
		return fmt.Sprintf("The values of %s are too large to be fitted.", name)
	default:
		return fmt.Sprintf("Needs %s with %s, has %d.", completedTrials(k), name, a.finals)
	}
}

// against sets the limit, and by how much a prediction, turned round where the
// metric is maximised, is worse.
func (a *ahead) against(e *trials.Explanation, v float64, u unit) {
	limit, margin := trials.Float(a.bar), trials.Float(v-a.sign*a.bar)
	e.Limit, e.Margin, e.Unit = &limit, &margin, string(u)
}

// finite says that v is neither infinite nor NaN.
func finite(v float64) bool { return v-v == 0 }
