package pruner

import (
	"fmt"

	"github.com/espalier-hpo/espalier/trials"
)

func (*percentile) explainDecides() {}

func (p *percentile) explain(c *trials.Case, e *trials.Explanation) {
	s := p.look(c, true)
	e.Metric, e.Verdict = p.metric, s.verdict
	e.Observed = map[string]trials.Float{"completed": trials.Float(s.completed)}
	switch {
	case s.why == tooFewTrials || s.why == noReport || s.why == noMark:
	case p.lane != nil:
		e.Observed["mark"] = trials.Float(s.mark)
	default:
		e.Observed["step"] = trials.Float(s.step)
	}
	name := noun(p.metric)
	switch s.why {
	case tooFewTrials:
		e.Sentence = fmt.Sprintf("Needs %s, has %d.", completedTrials(p.least()), s.completed)
	case noReport:
		e.Sentence = fmt.Sprintf("%s was not reported at a step yet.", upperFirst(name))
	case noMark:
		e.Sentence = fmt.Sprintf("The first mark is at %s.", mark(c.Study, p.axis, p.lane.Marks[0]))
	case beforeFrom:
		e.Sentence = fmt.Sprintf("Step %d is too early: from_step is %d.", s.step, p.from)
	case isNaN:
		e.Sentence = fmt.Sprintf("%s is not a number.", upperFirst(p.subject()))
		if p.lhs == byBest && !p.firstNaN {
			e.Sentence = fmt.Sprintf("Every %s so far is not a number.", name)
		}
		e.Counterfactual = "Would have continued with a number better than the limit."
	default:
		p.explainPeers(c, e, s)
	}
}

func (p *percentile) explainPeers(c *trials.Case, e *trials.Explanation, s standing) {
	u := unitOf(c.Study, p.metric)
	e.Observed[p.lhs], e.Observed["peers"] = trials.Float(s.own), trials.Float(s.peers)
	at := fmt.Sprintf("step %d", s.step)
	if p.lane != nil {
		at = mark(c.Study, p.axis, s.mark)
	}
	if s.why == tooFewPeers {
		least := p.minTrials
		if p.lane != nil {
			least = max(least, p.least())
		}
		e.Sentence = fmt.Sprintf("Needs %s with %s at %s, has %d.", p.others(least), noun(p.metric), at, s.peers)
		return
	}
	if s.why == noBar {
		e.Sentence = fmt.Sprintf("%s of %s at %s is not a number.", upperFirst(p.bar()), p.others(int64(s.peers)), at)
		return
	}
	bar, margin := trials.Float(s.bar), trials.Float(p.sign*(s.own-s.bar))
	e.Limit, e.Margin, e.Unit = &bar, &margin, string(u)
	verb := "is not worse"
	if s.verdict == trials.Fire {
		verb = "is worse"
		e.Counterfactual = u.continued(p.another(), s.bar, p.direction == trials.Maximize)
	}
	own, limit := u.pair(s.own, s.bar)
	e.Sentence = fmt.Sprintf("%s, %s, %s than %s of %s at %s, %s.",
		upperFirst(p.subject()), own, verb, p.bar(), p.others(int64(s.peers)), at, limit)
}

// subject names what of the trial is compared.
func (p *percentile) subject() string {
	switch p.lhs {
	case byLast:
		return "the latest " + noun(p.metric)
	case runningMean:
		return "the mean " + noun(p.metric) + " so far"
	default:
		return "the best " + noun(p.metric) + " so far"
	}
}

// another names what would have let the trial go on.
func (p *percentile) another() string {
	switch p.lhs {
	case byLast:
		return "a " + noun(p.metric)
	case runningMean:
		return "a mean " + noun(p.metric)
	default:
		return "a best " + noun(p.metric)
	}
}

// bar names what the trial is compared with.
func (p *percentile) bar() string {
	what := "the median"
	switch {
	case p.statistic == ofMean:
		what = "the mean"
	case p.percentile != 50:
		what = fmt.Sprintf("the best %v %%", p.percentile)
	}
	switch p.rhs {
	case runningMean:
		return what + " of the running means"
	case headMean:
		return what + fmt.Sprintf(" of the means of the first %d values", p.from)
	default:
		return what
	}
}

func (p *percentile) others(n int64) string {
	if p.population == completed {
		return completedTrials(n)
	}
	return otherTrials(n)
}

func completedTrials(n int64) string {
	if n == 1 {
		return "1 completed trial"
	}
	return fmt.Sprintf("%d completed trials", n)
}
