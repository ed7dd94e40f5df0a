package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// timing is when a node is asked, and when its fire counts. Every node has it.
type timing struct {
	warmup   int64
	fraction float64
	seconds  float64
	interval int64
	confirm  int64
	cooldown int64
}

// newTiming returns the defaults of a type of node.
func newTiming(e *entry) timing {
	t := timing{seconds: e.seconds, interval: 1, confirm: 1}
	if e.warms {
		t.warmup, t.fraction = 3, 0.1
	}
	if e.interval > 0 {
		t.interval = e.interval
	}
	return t
}

func (t *timing) declare(s *options.Set) {
	s.Int(&t.warmup, "warmup_steps", "Passes before this step.").AtLeast(0)
	s.Number(&t.fraction, "warmup_fraction", "Passes before this share of the trial's steps, once its last step is known.").AtLeast(0).AtMost(1)
	s.Number(&t.seconds, "warmup_seconds", "Passes before the trial is so old.").AtLeast(0)
	s.Int(&t.interval, "interval_steps", "Judges only the first report in every so many steps, counted from warmup_steps.").AtLeast(1)
	s.Int(&t.confirm, "confirm", "Fires only when it would have at so many reports in a row, judged by what is known now.").AtLeast(1).AtMost(64)
	s.Int(&t.cooldown, "cooldown_steps", "Passes so many reports after a fire that did not stop the trial (shadow, spared, outvoted).").AtLeast(0).AtMost(64)
}

func (t *timing) prepare(study *trials.StudySpec, f *findings) {
	if study.MaxSteps > 0 && t.warmup >= study.MaxSteps {
		f.warnings.Add("/warmup_steps", "is never over: a trial has %d steps", study.MaxSteps)
	}
	if t.fraction >= 1 {
		f.warnings.Add("/warmup_fraction", "is never over before the last step")
	}
	if study.MaxSteps > 0 && t.interval > study.MaxSteps {
		f.warnings.Add("/interval_steps", "is longer than a trial, which has %d steps", study.MaxSteps)
	}
}

// looks is how often the node may be judged for one report.
func (t *timing) looks() int64 {
	if t.cooldown > 0 {
		return max(t.confirm, 1) * coolingReach
	}
	return max(t.confirm, 1)
}

// start returns the step at which judging begins.
func (t *timing) start(c *trials.Case) int64 {
	if t.fraction > 0 {
		if end, ok := c.End(); ok {
			return max(t.warmup, int64(math.Ceil(t.fraction*float64(end))))
		}
	}
	return t.warmup
}

// waits says that a node is not asked now.
func (t *timing) waits(c *trials.Case, metric string) bool {
	warming, between := t.phase(c, metric)
	return warming || between
}

// phase says that the warm-up lasts, or that a report is not the first one in
// its interval, which is Optuna's (_is_first_in_interval_step in
// optuna/pruners/_percentile.py).
func (t *timing) phase(c *trials.Case, metric string) (warming, between bool) {
	if t.seconds > 0 && c.Elapsed() < t.seconds {
		return true, false
	}
	if t.warmup == 0 && t.fraction == 0 && t.interval == 1 {
		return false, false
	}
	curve := c.Curve(metric)
	n := curve.Len()
	if n == 0 {
		return t.warmup > 0, false
	}
	step, start := curve.Steps[n-1], t.start(c)
	if step < start {
		return true, false
	}
	return false, t.interval > 1 && n > 1 && curve.Steps[n-2] >= step-(step-start)%t.interval
}

// why says why a node is not asked now.
func (t *timing) why(c *trials.Case, metric string) string {
	if t.seconds > 0 && c.Elapsed() < t.seconds {
		return fmt.Sprintf("The trial is %.4g s old; judging begins at %.4g s.", c.Elapsed(), t.seconds)
	}
	curve := c.Curve(metric)
	if n := curve.Len(); n > 0 {
		if step := curve.Steps[n-1]; step >= t.start(c) {
			return fmt.Sprintf("Step %d is not the first one reported in its interval of %d steps.", step, t.interval)
		}
		return fmt.Sprintf("The latest step, %d, is before step %d, at which judging begins.", curve.Steps[n-1], t.start(c))
	}
	return fmt.Sprintf("Judging begins at step %d.", t.start(c))
}

// holdsBack says that a fire does not count: it is not confirmed, or another one
// was not long ago.
func (t *timing) holdsBack(c *trials.Case, n *node) bool {
	need := t.confirm - 1
	for back := 1; need > 0; back++ {
		asked, fired := n.before(c, back)
		if asked && !fired || back > coolingReach {
			return true
		}
		if asked {
			need--
		}
	}
	return t.cooldown > 0 && t.cools(c, n)
}

// before says whether a node was asked so many reports ago, and would have
// fired. Before the first report it was asked and did not.
func (n *node) before(c *trials.Case, back int) (asked, fired bool) {
	was := c.Back
	c.Back += back
	defer func() { c.Back = was }()
	if curve := c.Curve(n.curve); curve.Len() == 0 && !n.sampled {
		return true, false
	}
	warming, between := n.when.phase(c, n.curve)
	if warming || between {
		return warming, false
	}
	verdict, _ := n.now(c)
	return true, verdict == trials.Fire
}

// coolingReach is how many reports are looked back at.
const coolingReach = 128

// cools says that a fire is too soon after one that counted: it goes through the
// latest reports in their order.
func (t *timing) cools(c *trials.Case, n *node) bool {
	curve := c.Curve(n.curve)
	quiet := int64(0)
	for back := min(curve.Len()-1, coolingReach); back > 0; back-- {
		if quiet > 0 {
			quiet--
		} else if _, fired := n.before(c, back); fired {
			quiet = t.cooldown
		}
	}
	return quiet > 0
}

// butHeldBack ends the sentence of a fire that does not count.
func (t *timing) butHeldBack() string {
	if t.confirm > 1 {
		return fmt.Sprintf(" It counts once that is so at %d reports in a row.", t.confirm)
	}
	return fmt.Sprintf(" It fired less than %d reports ago.", t.cooldown+1)
}
