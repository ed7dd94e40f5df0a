package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// percentile fires when the best value of the trial so far is worse than a
// percentile of what COMPLETE trials reported at the same step. It decides
// exactly as PercentilePruner and MedianPruner of Optuna do; what they leave
// undecided for want of data is unknown here. O(1) in the number of trials.
type percentile struct {
	isMedian   bool
	percentile float64 // the best so many percent are kept
	startup    int64
	minTrials  int64
	metric     string
	direction  trials.Direction
}

func newPercentile() rule {
	return &percentile{percentile: 50, startup: 5, minTrials: 1}
}

func newMedian() rule {
	return &percentile{isMedian: true, percentile: 50, startup: 5, minTrials: 1}
}

func (p *percentile) declare(s *options.Set) {
	if !p.isMedian {
		s.Number(&p.percentile, "percentile", "The best so many percent are kept.").AtLeast(0).AtMost(100)
	}
	s.Int(&p.startup, "startup_trials", "Unknown before so many trials completed.").AtLeast(0)
	s.Int(&p.minTrials, "min_trials", "Unknown while fewer COMPLETE trials reported at this step.").AtLeast(1)
	s.Metric(&p.metric, "metric", "The first objective's by default.")
	options.Word(s, &p.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (p *percentile) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &p.metric)
	defaultDirection(study, p.metric, &p.direction)
	if p.percentile == 0 {
		f.warnings.Add("/percentile", "keeps only trials that are at least as good as the best one at their step")
	}
	if study.Budget == nil || study.Budget.MaxTrials == 0 {
		return
	}
	if p.startup >= study.Budget.MaxTrials {
		f.warnings.Add("/startup_trials", "so many never complete before the last one is judged: the budget is %d trials", study.Budget.MaxTrials)
	}
	if p.minTrials >= study.Budget.MaxTrials {
		f.warnings.Add("/min_trials", "so many never complete before the last one is judged: the budget is %d trials", study.Budget.MaxTrials)
	}
}

func (p *percentile) needs() []trials.Need {
	return []trials.Need{{Metric: p.metric, Peers: []trials.Peers{{}}, Series: true}}
}

// standing is how a trial stands among its peers, and why the verdict is so.
type standing struct {
	verdict   trials.Verdict
	why       why
	completed int
	peers     int // COMPLETE trials that reported at the step
	step      int64
	best      float64
	bar       float64
}

type why int8

const (
	compared why = iota
	tooFewTrials
	noReport
	allNaN
	tooFewPeers
	noBar // the percentile is not a number
)

// look judges the trial; each guard returns in the order in which Optuna has
// them.
func (p *percentile) look(c *trials.Case) (s standing) {
	s.completed = c.History.Completed()
	if int64(s.completed) < max(p.startup, 1) {
		s.why = tooFewTrials
		return s
	}
	curve := c.Curve(p.metric)
	if curve.Len() == 0 {
		s.why = noReport
		return s
	}
	s.step = curve.Steps[curve.Len()-1]
	s.best = curve.Best(p.direction)
	if math.IsNaN(s.best) {
		s.verdict, s.why = trials.Fire, allNaN
		return s
	}
	p.compare(c, &s)
	return s
}

func (p *percentile) compare(c *trials.Case, s *standing) {
	peers := c.Peers(p.metric, trials.Peers{}, s.step)
	s.peers = peers.Len() + peers.NaN()
	if int64(s.peers) < p.minTrials {
		s.why = tooFewPeers
		return
	}
	share := p.percentile
	if p.direction == trials.Maximize {
		share = 100 - share
	}
	s.bar = peers.Quantile(share / 100)
	switch {
	case math.IsNaN(s.bar):
		s.why = noBar
	case p.direction.Better(s.bar, s.best):
		s.verdict = trials.Fire
	default:
		s.verdict = trials.Pass
	}
}

func (p *percentile) judge(c *trials.Case) trials.Verdict { return p.look(c).verdict }

func (p *percentile) explain(c *trials.Case, e *trials.Explanation) {
	s := p.look(c)
	e.Metric = p.metric
	e.Observed = map[string]trials.Float{"completed": trials.Float(s.completed)}
	if s.why != tooFewTrials && s.why != noReport {
		e.Observed["step"] = trials.Float(s.step)
	}
	name := noun(p.metric)
	switch s.why {
	case tooFewTrials:
		e.Sentence = fmt.Sprintf("Needs %s, has %d.", completedTrials(max(p.startup, 1)), s.completed)
	case noReport:
		e.Sentence = fmt.Sprintf("%s was not reported at a step yet.", upperFirst(name))
	case allNaN:
		e.Sentence = fmt.Sprintf("Every %s so far is not a number.", name)
		e.Counterfactual = "Would have continued with a number better than the limit."
	default:
		p.explainPeers(c, e, s)
	}
}

func (p *percentile) explainPeers(c *trials.Case, e *trials.Explanation, s standing) {
	u := unitOf(c.Study, p.metric)
	name := noun(p.metric)
	e.Observed["best"], e.Observed["peers"] = trials.Float(s.best), trials.Float(s.peers)
	if s.why == tooFewPeers {
		e.Sentence = fmt.Sprintf("Needs %s with %s at step %d, has %d.", completedTrials(p.minTrials), name, s.step, s.peers)
		return
	}
	if s.why == noBar {
		e.Sentence = fmt.Sprintf("%s of %s at step %d is not a number.", upperFirst(p.bar()), completedTrials(int64(s.peers)), s.step)
		return
	}
	bar, margin := trials.Float(s.bar), trials.Float(s.best-s.bar)
	if p.direction == trials.Maximize {
		margin = trials.Float(s.bar - s.best)
	}
	e.Limit, e.Margin = &bar, &margin
	verb := "is not worse"
	if s.verdict == trials.Fire {
		verb = "is worse"
		e.Counterfactual = u.continued("a best "+name, s.bar, p.direction == trials.Maximize)
	}
	best, limit := u.pair(s.best, s.bar)
	e.Sentence = fmt.Sprintf("The best %s so far, %s, %s than %s of %s at step %d, %s.",
		name, best, verb, p.bar(), completedTrials(int64(s.peers)), s.step, limit)
}

// bar names what the trial is compared with.
func (p *percentile) bar() string {
	if p.percentile == 50 {
		return "the median"
	}
	return fmt.Sprintf("the best %v %%", p.percentile)
}

func completedTrials(n int64) string {
	if n == 1 {
		return "1 completed trial"
	}
	return fmt.Sprintf("%d completed trials", n)
}
