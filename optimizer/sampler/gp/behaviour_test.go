package gp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// closest returns the least distance of any two points in the unit cube.
func closest(points []map[string]float64, p problem, names []string) float64 {
	least := math.Inf(1)
	for i, a := range points {
		for _, b := range points[:i] {
			sum := 0.0
			for j, name := range names {
				d := (a[name] - b[name]) / (p.high[j] - p.low[j])
				sum += d * d
			}
			least = min(least, math.Sqrt(sum))
		}
	}
	return least
}

func TestEightAsksWithoutAnAnswerSpread(t *testing.T) {
	for _, name := range []string{"branin", "sphere5"} {
		p := problems()[name]
		var chance []float64
		rng := rand.New(rand.NewPCG(1, 1))
		b := filled(t, boxSpace(p), 0, nil)
		for range 99 {
			var points []map[string]float64
			for range 8 {
				params := map[string]float64{}
				for j, name := range b.space.Names {
					params[name] = b.space.Dists[j].At(rng.Float64())
				}
				points = append(points, params)
			}
			chance = append(chance, closest(points, p, b.space.Names))
		}
		slices.Sort(chance)
		for _, n := range []int{0, 50, 200} {
			b := filled(t, boxSpace(p), n, func(params map[string]float64) float64 { return p.at(params) })
			s, r := New(), b.request(n)
			var points []map[string]float64
			for range 8 {
				got := suggest(t, s, r)
				points = append(points, got)
				r.Pending = append(r.Pending, trials.Point{Number: r.Number, Values: got, Fresh: true})
				r.Number++
			}
			if got, want := closest(points, p, b.space.Names), chance[len(chance)/2]/2; got < want {
				t.Errorf("%s at %d trials: the nearest two are %v apart, want %v", name, n, got, want)
			}
		}
	}
}

// limited adds a limit on what a function gives to a study's trials.
func (b *trialBench) limited(slack func(params map[string]float64) float64) {
	l := trials.Limit{Metric: "memory", Op: "<=", Bound: 1, Aggregate: trials.Max}
	for row := range b.view.Numbers {
		l.Slack = append(l.Slack, slack(b.params(row)))
	}
	b.view.Limits = []trials.Limit{l}
}

func (b *trialBench) params(row int) map[string]float64 {
	out := map[string]float64{}
	for i := range b.view.Columns {
		if v := b.view.Columns[i].Values[row]; !math.IsNaN(v) {
			out[b.view.Columns[i].Name] = v
		}
	}
	return out
}

func sum(params map[string]float64) float64 { return params["x0000"] + params["x0001"] }

func TestLimitsAreKeptAtTheBestPointThatKeepsThem(t *testing.T) {
	b, s := filled(t, manyFloats(2, 0, 1), 12, sum), New()
	slack := func(p map[string]float64) float64 { return 0.8 - sum(p) } // at least 0.8
	best := math.Inf(1)
	for i := 12; i < 40; i++ {
		b.limited(slack)
		params := suggest(t, s, b.request(i))
		if slack(params) <= 0 {
			best = min(best, sum(params))
		}
		b.end(trials.Complete, params, sum(params))
	}
	if best > 0.81 {
		t.Errorf("the least loss that keeps the limit is 0.8, got %v", best)
	}
}

func TestWithoutAFeasibleTrialItHeadsForTheLimit(t *testing.T) {
	b, s := newBench(t, manyFloats(4, 0, 1), 1), New()
	slack := func(p map[string]float64) float64 { // feasible in 1/600 of the cube
		d := 0.0
		for _, v := range p {
			d += (v - 0.9) * (v - 0.9)
		}
		return d - 0.04
	}
	for i := range 60 {
		b.limited(slack)
		params := suggest(t, s, b.request(i))
		if slack(params) <= 0 {
			t.Logf("after %d trials", i+1)
			return
		}
		b.end(trials.Complete, params, 0)
	}
	t.Error("no feasible point in 60 trials")
}

// A forecast stops the trials on the right early: by how much they would have
// broken the limit is not known, only that they would have.
func TestACensoredSlackIsTakenForMoreThanItsBound(t *testing.T) {
	b := filled(t, manyFloats(1, 0, 1), 40, func(p map[string]float64) float64 { return -p["x0000"] })
	b.limited(func(p map[string]float64) float64 { return min(p["x0000"]-0.5, 0.05) })
	l := &b.view.Limits[0]
	for row := range l.Slack {
		l.Censored = append(l.Censored, l.Slack[row] == 0.05)
	}
	q := quantity{kind: limit}
	f := newFrame(b.space)
	models, points := New().learn(f, &b.view, []quantity{q})
	y := q.outputs(&b.view, models[0].rows).y
	before := slices.Clone(y)
	models[0].uncensored(&b.view, models[0].given(slices.Clone(y)), y, points)
	raised := 0
	for i, row := range models[0].rows {
		switch {
		case y[i] < before[i] || y[i] != before[i] && !l.Censored[row]:
			t.Errorf("at %v: %v became %v", points[row], before[i], y[i])
		case y[i] > before[i]+0.1:
			raised++
		}
	}
	if raised < 5 {
		t.Errorf("of the censored slacks %d are taken for more", raised)
	}
}

func TestAPlaceWhereTrialsFailIsLeft(t *testing.T) {
	b, s := newBench(t, manyFloats(2, 0, 1), 2), New()
	fails := func(p map[string]float64) bool { return p["x0000"] < 0.3 } // the best part
	late, rng := 0, rand.New(rand.NewPCG(9, 9))
	for i := range 50 {
		params := suggest(t, s, b.request(i))
		if fails(params) {
			b.end(trials.Fail, params)
			if i >= 30 {
				late++
			}
			continue
		}
		b.end(trials.Complete, params, sum(params)+0.02*rng.NormFloat64())
	}
	t.Logf("of the last 20 trials %d failed", late)
	if late > 8 {
		t.Errorf("of the last 20 trials %d failed", late)
	}
	if best := slices.Min(finiteOnly(b.view.Values)); best > 0.33 {
		t.Errorf("the least loss of trials that do not fail is 0.3 but for noise, got %v", best)
	}
}

func finiteOnly(v []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(v), math.IsNaN)
}

func TestAPrunedTrialIsNoBetterThanTheMedianOrThanItWas(t *testing.T) {
	b := newBench(t, manyFloats(1, 0, 1), 1)
	for _, loss := range []float64{1, 2, 3, 4, 5} {
		b.end(trials.Complete, map[string]float64{"x0000": loss / 10}, loss)
	}
	for _, last := range []float64{0.5, 4.5, 1e9, math.NaN()} {
		b.end(trials.Pruned, map[string]float64{"x0000": 0.9}, last)
	}
	y := quantity{}.outputs(&b.view, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}).y
	if y[5] != y[2] || y[8] != y[2] || !(y[3] < y[6] && y[6] < y[4]) || y[7] != y[4] {
		t.Errorf("COMPLETE %v, PRUNED %v", y[:5], y[5:])
	}
	b.limited(func(map[string]float64) float64 { return 1 })
	if (quantity{}).holds(&b.view, 5) {
		t.Error("a trial that was stopped for breaking a limit counts as a bad one")
	}
}

func TestTheOrderOfChoicesDoesNotMatter(t *testing.T) {
	choices := []any{"a", "b", "c", "d"}
	f := func(name any, x float64) float64 {
		return math.Abs(x-0.4) + map[any]float64{"a": 0.3, "b": 0, "c": 0.5, "d": 0.2}[name]
	}
	var bests []float64
	for _, order := range [][]any{choices, {"b", "d", "a", "c"}, {"d", "c", "a", "b"}} {
		space := trials.SearchSpace{"c": {Type: trials.CategoricalKind, Choices: order}, "x": {Type: trials.FloatKind, High: 1}}
		// The same trials, whatever their indexes.
		b, rng := newBench(t, space, 4), rand.New(rand.NewPCG(7, 7))
		for range 24 {
			c, x := choices[rng.IntN(4)], rng.Float64()
			b.end(trials.Complete, map[string]float64{"c": float64(slices.Index(order, c)), "x": x}, f(c, x))
		}
		fac, _ := New().learn(newFrame(b.space), &b.view, []quantity{{}})
		bests = append(bests, fac[0].weights...)
		if got := suggest(t, New(), b.request(24)); order[int(got["c"])] != "b" || math.Abs(got["x"]-0.4) > 0.05 {
			t.Errorf("the best is b at 0.4, got %v at %v", order[int(got["c"])], got["x"])
		}
	}
	if bests[0] != bests[2] || bests[1] != bests[3] || bests[0] != bests[4] || bests[1] != bests[5] {
		t.Errorf("the length scales differ: %v", bests)
	}
}

// Two places are as good, and the right one is dearer. What is left of the
// budget decides how much that counts.
func TestOfTwoPlacesAsGoodTheCheaperIsTriedWhileThereIsBudget(t *testing.T) {
	twins := func(p map[string]float64) float64 {
		return math.Min(math.Abs(p["x0000"]-0.2), math.Abs(p["x0000"]-0.79)) // the right one a little better
	}
	b := filled(t, manyFloats(1, 0, 1), 16, twins)
	ask := func(metric string, budget float64) (x float64) {
		b.study.Budget = &trials.Budget{CPUSeconds: budget}
		r := b.request(16)
		r.View.Totals = map[string][]float64{trials.CPUSeconds: nil}
		for row := range b.view.Numbers {
			r.View.Totals[trials.CPUSeconds] = append(r.View.Totals[trials.CPUSeconds], math.Exp(6*b.params(row)["x0000"]))
		}
		s := New()
		s.costMetric = metric
		return suggest(t, s, r)["x0000"]
	}
	if x := ask(trials.CPUSeconds, 1e6); math.Abs(x-0.2) > 0.1 {
		t.Errorf("with a budget left the cheap place is at 0.2, got %v", x)
	}
	if x, plain := ask(trials.CPUSeconds, 1), ask("", 1); x != plain {
		t.Errorf("with the budget spent cost counts no more: got %v, without a cost %v", x, plain)
	}
}

func TestTheFirstTrialsAreCheap(t *testing.T) {
	b, s := newBench(t, manyFloats(3, 0, 1), 1), New()
	s.costMetric = trials.CPUSeconds
	var costs []float64
	for i := range 10 {
		r := b.request(i)
		r.View.Totals = map[string][]float64{trials.CPUSeconds: costs}
		params := suggest(t, s, r)
		costs = append(costs, math.Exp(5*params["x0000"]))
		b.end(trials.Complete, params, sum(params))
	}
	slices.Sort(costs)
	if middle := math.Exp(2.5); costs[5] > middle/2 {
		t.Errorf("half of the first trials cost %v or more, where the middle of the space costs %v", costs[5], middle)
	}
}

func TestAFrontIsFound(t *testing.T) {
	two := []trials.Objective{{Metric: "a", Direction: trials.Minimize}, {Metric: "b", Direction: trials.Maximize}}
	for n, objectives := range map[int][]trials.Objective{2: two, 3: append(slices.Clone(two), trials.Objective{Metric: "c", Direction: trials.Minimize})} {
		var found, chance []float64
		for seed := range int64(1) {
			for _, s := range []*Sampler{New(), nil} {
				b := newBench(t, manyFloats(4, 0, 1), seed, objectives...)
				var front [][]float64
				for i := range 30 {
					r := b.request(i)
					params := map[string]float64{}
					if rng := r.Rand(); s == nil {
						for _, name := range b.space.Names {
							params[name] = rng.Float64()
						}
					} else {
						params = suggest(t, s, r)
					}
					x, y, rest := params["x0000"], params["x0001"], params["x0002"]+params["x0003"]
					losses := []float64{x + rest, 1 - math.Sqrt(x) + rest, y + rest}
					front = append(front, losses[:2])
					values := slices.Clone(losses[:n])
					values[1] = -values[1]
					b.end(trials.Complete, params, values...)
				}
				if s == nil {
					chance = append(chance, area(front, []float64{1.1, 1.1}))
				} else {
					found = append(found, area(front, []float64{1.1, 1.1}))
				}
			}
		}
		slices.Sort(found)
		slices.Sort(chance)
		t.Logf("%d objectives: areas %.3f, by chance %.3f; 0.877 is all", n, found, chance)
		if found[0] < 0.65 || found[0] < 1.3*chance[0] {
			t.Errorf("%d objectives: the area is %v, by chance %v", n, found[0], chance[0])
		}
	}
}

func boxSpace(p problem) trials.SearchSpace {
	space := manyFloats(len(p.low), 0, 1)
	for name, d := range space {
		i := int(name[4] - '0')
		d.Low, d.High = p.low[i], p.high[i]
		space[name] = d
	}
	return space
}
