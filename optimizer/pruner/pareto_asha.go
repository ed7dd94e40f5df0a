package pruner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// paretoASHA is asha of several metrics: a trial that passes a rung goes on if it
// is among the first 1/eta of the last 256 that did, ordered by Pareto fronts, and
// within a front so that those that go on are spread. Metrics are minimised or
// maximised; the others' latest values stand beside a report of the first one.
// Passing a rung costs O(m n^2) of n trials there and m metrics, a report between
// rungs nothing.
type paretoASHA struct {
	rungs
	metrics    []string
	maximize   []string
	order      string
	normalise  string
	prefer     string
	population int64
	set        *options.Set
	lane       *trials.Lane
	signs      []float64 // by metric: -1 where it is maximised
}

// The orders within a front, and what distances are measured in.
const (
	byEpsilonNet = "epsnet"
	byRank       = "rank"
	byIQR        = "iqr"
)

// maxKept is how many of the latest trials are kept at a rung.
const maxKept = 256

func newParetoASHA() rule {
	return &paretoASHA{rungs: rungs{eta: 3}, order: byEpsilonNet, normalise: byRank, population: 6}
}

func (p *paretoASHA) declare(s *options.Set) {
	p.set = s
	s.Metrics(&p.metrics, 8, "metrics", "What is compared; the study's objectives by default. A trial passes a rung with a report of the first one.")
	s.Metrics(&p.maximize, 8, "maximize", "Those of them that are maximised; an objective that is, always is.")
	p.declareRungs(s)
	options.Word(s, &p.order, "order", "Within a front. epsnet: first the best of prefer, or else by the sum of ranks, then again and again the one furthest from those before, so that the front stays wide. rank: by the sum of ranks.", byEpsilonNet, byRank)
	options.Word(s, &p.normalise, "normalise", "What distances are measured in: ranks at the rung, or interquartile ranges.", byRank, byIQR)
	s.Metric(&p.prefer, "prefer", "The metric whose best value is first in its front with epsnet.")
	s.Int(&p.population, "min_rung_population", "Unknown at a rung that fewer others passed with all metrics; twice the reduction_factor by default.").AtLeast(1).AtMost(maxKept)
}

func (p *paretoASHA) prepare(study *trials.StudySpec, f *findings) {
	if len(p.metrics) == 0 {
		for _, o := range study.Objectives {
			p.metrics = append(p.metrics, o.Metric)
		}
	}
	for _, m := range p.metrics {
		checkSpelling(study, m, f)
		d := trials.Direction("")
		if defaultDirection(study, m, &d); d == trials.Maximize && !slices.Contains(p.maximize, m) {
			p.maximize = append(p.maximize, m)
		}
	}
	for i, m := range p.maximize {
		if !slices.Contains(p.metrics, m) {
			f.faults.Add(fmt.Sprintf("/maximize/%d", i), "is none of the metrics")
		}
	}
	if p.prefer != "" && !slices.Contains(p.metrics, p.prefer) {
		f.faults.Add("/prefer", "is none of the metrics")
	}
	if len(p.metrics) == 1 {
		f.warnings.Add("/metrics", "has one metric: asha says the same more simply")
	}
	p.signs = make([]float64, len(p.metrics))
	for i, m := range p.metrics {
		if p.signs[i] = 1; slices.Contains(p.maximize, m) {
			p.signs[i] = -1
		}
	}
	if !p.set.Given("min_rung_population") {
		p.population = min(2*p.eta, maxKept)
	}
	warnPopulation(study, p.population, true, f)
	p.lane = &trials.Lane{Metric: p.metrics[0], Others: p.metrics[1:], Axis: p.axis, VoteAll: p.vote, Keep: maxKept}
	if p.prepareRungs(study, true, f) {
		p.lane.Marks = powers(*p.minimum, p.eta, 0, p.end())
		p.warn(study, p.lane.Marks, f)
	}
}

func (p *paretoASHA) needs() []trials.Need {
	return []trials.Need{{Metric: p.metrics[0], Series: true}}
}
func (p *paretoASHA) lanes() []*trials.Lane { return []*trials.Lane{p.lane} }

// vote judges the values of a trial at a rung. Its bar is the trial's rank, from 1.
func (p *paretoASHA) vote(before [][]float64, v []float64) trials.Vote {
	points := make([][]float64, 1, len(before)+1)
	for _, b := range before {
		if !slices.ContainsFunc(b, math.IsNaN) {
			points = append(points, p.turned(b))
		}
	}
	out := trials.Vote{Of: len(points) - 1, Bar: math.NaN()}
	switch {
	case int64(out.Of) < p.population:
	case math.IsNaN(v[0]):
		out.Verdict = trials.Fire
	case slices.ContainsFunc(v, math.IsNaN): // or it was not reported yet
	default:
		points[0] = p.turned(v)
		rank := p.rank(points)
		out.Bar, out.Verdict = float64(rank), trials.Pass
		if rank > p.places(out.Of) {
			out.Verdict = trials.Fire
		}
	}
	return out
}

// places returns how many of a trial and so many others go on.
func (p *paretoASHA) places(others int) int { return max(1, (others+1)/int(p.eta)) }

// turned returns values such that less is better.
func (p *paretoASHA) turned(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = p.signs[i]*x + 0
	}
	return out
}

// rank returns the rank of the first of the points, from 1. Of points that are the
// same it is the first.
func (p *paretoASHA) rank(points [][]float64) int {
	dominators := make([]int, len(points))
	for i, a := range points {
		for _, b := range points {
			if dominates(b, a) {
				dominators[i]++
			}
		}
	}
	ahead := 0
	for { // peel off one front after the other
		var front []int
		for i, n := range dominators {
			if n == 0 {
				front = append(front, i)
			}
		}
		if front[0] == 0 {
			return ahead + p.inFront(points, append(front[1:], 0)) // older ones first
		}
		ahead += len(front)
		for _, f := range front {
			dominators[f] = -1
			for i, a := range points {
				if dominators[i] > 0 && dominates(points[f], a) {
					dominators[i]--
				}
			}
		}
	}
}

// dominates says that a is nowhere more than b, and somewhere less.
func dominates(a, b []float64) bool {
	less := false
	for i := range a {
		if a[i] > b[i] {
			return false
		}
		less = less || a[i] < b[i]
	}
	return less
}

// inFront returns the rank, from 1, of the first point among those of its front.
func (p *paretoASHA) inFront(points [][]float64, front []int) int {
	ranks := ranked(points)
	sums := make([]float64, len(points))
	for i, r := range ranks {
		for _, x := range r {
			sums[i] += x
		}
	}
	if p.order == byRank {
		rank := 1
		for _, i := range front {
			if sums[i] < sums[0] {
				rank++
			}
		}
		return rank
	}
	places := ranks
	if p.normalise == byIQR {
		places = scaled(points)
	}
	seed := sums
	if at := slices.Index(p.metrics, p.prefer); at >= 0 {
		for i, v := range points {
			seed[i] = v[at]
		}
	}
	return inNet(places, front, seed)
}

// inNet returns the rank of the first point, which is the last of its front, in an
// epsilon-net: first the least by seed, then again and again the point furthest
// from those taken. Of points that are equally far the older one is, but the first
// point has the rank of one that is the same.
func inNet(places [][]float64, front []int, seed []float64) int {
	next := front[0]
	for _, i := range front {
		if seed[i] < seed[next] {
			next = i
		}
	}
	near := make([]float64, len(places)) // distance to the nearest one taken
	for i := range near {
		near[i] = math.Inf(1)
	}
	for rank := 1; ; rank++ {
		if slices.Equal(places[next], places[0]) {
			return rank
		}
		near[next] = -1
		furthest := front[0]
		for _, i := range front {
			if near[i] >= 0 {
				near[i] = min(near[i], distance(places[i], places[next]))
			}
			if near[i] > near[furthest] {
				furthest = i
			}
		}
		next = furthest
	}
}

// distance is the square of the Euclidean one. Of infinite places only that they
// differ counts.
func distance(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		if x != b[i] {
			sum += (x - b[i]) * (x - b[i])
		}
	}
	return sum
}

// ranked returns the ranks of the points by each metric, those of the same value
// their mean.
func ranked(points [][]float64) [][]float64 {
	out := make([][]float64, len(points))
	for i, a := range points {
		out[i] = make([]float64, len(a))
		for m, x := range a {
			for _, b := range points {
				switch {
				case b[m] < x:
					out[i][m]++
				case b[m] == x:
					out[i][m] += 0.5
				}
			}
		}
	}
	return out
}

// scaled returns the points in units of each metric's interquartile range, or of
// its whole range where that is nothing.
func scaled(points [][]float64) [][]float64 {
	out := make([][]float64, len(points))
	for i, a := range points {
		out[i] = slices.Clone(a)
	}
	column := make([]float64, len(points))
	for m := range points[0] {
		for i, a := range points {
			column[i] = a[m]
		}
		slices.Sort(column)
		at := func(i int) float64 { return column[i] }
		n := len(column)
		size := trials.Quantile(n, 0.75, at) - trials.Quantile(n, 0.25, at)
		if !(size > 0) || math.IsInf(size, 0) {
			size = column[n-1] - column[0]
		}
		if !(size > 0) || math.IsInf(size, 0) {
			size = 1
		}
		for i := range out {
			out[i][m] /= size
		}
	}
	return out
}

func (p *paretoASHA) judge(c *trials.Case) trials.Verdict {
	verdict, _ := latched(c.Votes(p.lane))
	return verdict
}

func (p *paretoASHA) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = p.metrics[0]
	_, v := latched(c.Votes(p.lane))
	if v == nil {
		waitsForRung(c, e, p.lane)
		return
	}
	at := mark(c.Study, p.axis, v.Mark)
	e.Observed = map[string]trials.Float{"rung": trials.Float(v.Mark), "value": trials.Float(v.Value), "peers": trials.Float(v.Of)}
	k := p.places(v.Of)
	switch {
	case v.Verdict == trials.Unknown && int64(v.Of) < p.population:
		e.Sentence = fmt.Sprintf("Needs %s at the rung at %s, has %d.", otherTrials(p.population), at, v.Of)
		return
	case v.Verdict == trials.Unknown:
		e.Sentence = fmt.Sprintf("At the rung at %s not all metrics were numbers.", at)
		return
	case math.IsNaN(v.Bar):
		e.Sentence = fmt.Sprintf("At the rung at %s %s was not a number.", at, noun(p.metrics[0]))
		e.Counterfactual = "Would have continued with a number among the best there."
		return
	}
	limit, margin := trials.Float(k), trials.Float(v.Bar-float64(k))
	e.Limit, e.Margin = &limit, &margin
	e.Observed["rank"] = trials.Float(v.Bar)
	if v.Verdict == trials.Fire {
		e.Counterfactual = fmt.Sprintf("Would have continued with rank %d or better there.", k)
	}
	e.Sentence = fmt.Sprintf("At the rung at %s the trial has rank %v of %d by %s; the first %d go on.",
		at, v.Bar, v.Of+1, p.names(), k)
}

func (p *paretoASHA) names() string {
	out := make([]string, len(p.metrics))
	for i, m := range p.metrics {
		out[i] = noun(m)
	}
	if n := len(out); n > 1 {
		return "the Pareto fronts of " + strings.Join(out[:n-1], ", ") + " and " + out[n-1]
	}
	return out[0]
}
