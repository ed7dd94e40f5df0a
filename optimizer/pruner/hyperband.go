package pruner

import (
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"strconv"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// hyperband is successive halving in several brackets, each with its first rung
// later than the one before, so that slow starters are not all lost. Trials are
// compared within their bracket. Which one a trial is in follows from its number.
type hyperband struct {
	halving
	low    int64
	metric string
	study  string
	lane   *trials.Lane
}

func newHyperband() rule { return &hyperband{halving: newHalving(), low: 1} }

func (h *hyperband) declare(s *options.Set) {
	s.Int(&h.low, "min_resource", "The step of the first rung of the first bracket.").AtLeast(1)
	s.Maybe(&h.maximum, "max_resource", "The last step of a trial, from which the number of brackets follows. The study's max_steps by default; without that it is found once five COMPLETE trials agree on it, in compat optuna once a trial is COMPLETE, and no rung is judged before.").AtLeast(1)
	s.Int(&h.eta, "reduction_factor", "The best of so many trials goes on at a rung, and each rung is so many times further than the one before.").AtLeast(2).AtMost(1000)
	h.declarePopulation(s)
	options.Word(s, &h.compat, "compat", "espalier: brackets get trials in turn, by their budgets, and a rung is judged as by asha. "+
		"optuna: as HyperbandPruner, where a hash of the study's name and the number says which bracket, and rungs go on beyond max_resource.", asEspalier, asOptuna)
	s.Metric(&h.metric, "metric", "The first objective's by default.")
	options.Word(s, &h.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (h *hyperband) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &h.metric)
	checkSpelling(study, h.metric, f)
	defaultDirection(study, h.metric, &h.direction)
	h.preparePopulation(study, f)
	h.study = study.Name
	if h.maximum == nil && study.MaxSteps > 0 {
		v := float64(study.MaxSteps)
		h.maximum = &v
	}
	h.lane = &trials.Lane{Metric: h.metric, Vote: h.vote, Bracket: h.bracket}
	if h.maximum != nil {
		h.lane.Marks = h.marks(*h.maximum)
		if len(h.lane.Marks) == 0 {
			f.warnings.Add("/min_resource", "leaves no rung below max_resource, %v: the rule never speaks", *h.maximum)
		}
		return
	}
	if h.bootstrap > 0 {
		f.faults.Add("/bootstrap_count", "needs max_resource")
	}
	h.lane.Agreed = h.compat == asEspalier
	if h.lane.Agreed {
		f.warnT(study)
	}
	h.lane.After = func(last int64) []float64 { return h.marks(h.end(last)) }
}

// end returns max_resource, given the last step of trials where that is unknown.
func (h *hyperband) end(last int64) float64 {
	switch {
	case h.maximum != nil:
		return *h.maximum
	case h.compat == asOptuna:
		return float64(last + 1)
	default:
		return float64(last)
	}
}

// marks returns the rungs of the first bracket; those of another begin so many
// later.
func (h *hyperband) marks(end float64) []float64 {
	switch {
	case h.brackets(end) == 0:
		return nil
	case h.compat == asOptuna:
		return powers(float64(h.low), h.eta, 0, math.Inf(1))
	default:
		return powers(float64(h.low), h.eta, 0, end)
	}
}

func (h *hyperband) brackets(end float64) int {
	return floorLog(end/float64(h.low), h.eta, h.compat == asOptuna) + 1
}

// budget returns how many trials of the sum of all budgets a bracket gets.
func (h *hyperband) budget(brackets, bracket int) int64 {
	trials, left := int64(brackets), brackets-1-bracket
	for range left {
		trials *= h.eta
	}
	return int64(math.Ceil(float64(trials) / float64(left+1)))
}

// bracket returns the bracket of a trial.
func (h *hyperband) bracket(trial, last int64) int {
	n := h.brackets(h.end(last))
	total := uint64(0)
	for b := range n {
		total += uint64(h.budget(n, b))
	}
	at := int64(h.turn(trial, total))
	for b := range n {
		if at -= h.budget(n, b); at < 0 {
			return b
		}
	}
	return 0
}

// turn returns the place of a trial's number among the budgets laid end to end. In
// compat espalier each stride is the golden section of the whole, so that any few
// trials in a row are spread by the budgets, and after so many as there are places
// each was taken once.
func (h *hyperband) turn(trial int64, total uint64) uint64 {
	if total == 0 {
		return 0
	}
	if h.compat == asOptuna {
		name := append([]byte(h.study), '_')
		return uint64(crc32.ChecksumIEEE(strconv.AppendInt(name, trial, 10))) % total
	}
	stride := uint64(math.Round(float64(total) / math.Phi))
	for gcd(stride, total) != 1 {
		stride++
	}
	high, low := bits.Mul64(uint64(trial)%total, stride%total)
	_, at := bits.Div64(high, low, total)
	return at
}

func gcd(a, b uint64) uint64 {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

func (h *hyperband) needs() []trials.Need  { return []trials.Need{{Metric: h.metric, Series: true}} }
func (h *hyperband) lanes() []*trials.Lane { return []*trials.Lane{h.lane} }

func (h *hyperband) judge(c *trials.Case) trials.Verdict {
	verdict, _ := latched(c.Votes(h.lane))
	return verdict
}

func (h *hyperband) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = h.metric
	votes := c.Votes(h.lane)
	if len(votes) > 0 {
		h.explainVotes(c, e, h.lane)
		bracket := floorLog(votes[0].Mark/float64(h.low), h.eta, false)
		e.Observed["bracket"] = trials.Float(bracket)
		e.Sentence += fmt.Sprintf(" The others are those in its bracket, %d.", bracket)
		return
	}
	if h.maximum == nil || len(h.lane.Marks) == 0 {
		waitsForRung(c, e, h.lane)
		return
	}
	bracket := h.bracket(c.Trial.Number, trials.Absent)
	e.Observed = map[string]trials.Float{"bracket": trials.Float(bracket)}
	if bracket >= len(h.lane.Marks) {
		e.Sentence = fmt.Sprintf("The trial is in bracket %d, which has no rung.", bracket)
		return
	}
	e.Sentence = fmt.Sprintf("The trial is in bracket %d, whose first rung is at %s.", bracket, mark(c.Study, "", h.lane.Marks[bracket]))
}
