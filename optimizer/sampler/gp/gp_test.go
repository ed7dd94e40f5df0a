package gp

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

var distributions = trials.SearchSpace{
	"float":        {Type: trials.FloatKind, Low: -2, High: 3},
	"float step":   {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.1},
	"float uneven": {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
	"log float":    {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true},
	"int":          {Type: trials.IntKind, Low: 1, High: 3},
	"int step":     {Type: trials.IntKind, Low: 0, High: 10, Step: 4},
	"int wide":     {Type: trials.IntKind, Low: -(1 << 53), High: 1 << 53},
	"log int":      {Type: trials.IntKind, Low: 1, High: 64, Log: true},
	"categorical":  {Type: trials.CategoricalKind, Choices: []any{"a", true, nil, 3.0}},
	"one int":      {Type: trials.IntKind, Low: 7, High: 7},
	"one log":      {Type: trials.FloatKind, Low: 0.5, High: 0.5, Log: true},
	"one choice":   {Type: trials.CategoricalKind, Choices: []any{"only"}},
}

func manyFloats(d int, low, high float64) trials.SearchSpace {
	space := trials.SearchSpace{}
	for i := range d {
		space[fmt.Sprintf("x%04d", i)] = trials.Distribution{Type: trials.FloatKind, Low: low, High: high}
	}
	return space
}

func suggest(t testing.TB, s *Sampler, r *trials.SampleRequest) map[string]float64 {
	t.Helper()
	out, err := s.Sample(r)
	if err != nil {
		t.Fatal(err)
	}
	if out.By != "gp" || out.Why == "" && len(r.Space.Names) > len(r.Fixed) {
		t.Errorf("the sample is by %q, because %q", out.By, out.Why)
	}
	for i, name := range r.Space.Names {
		v, ok := out.Values[name]
		if _, given := r.Fixed[name]; given == ok {
			t.Fatalf("%s: given %v, suggested %v", name, given, ok)
		}
		if ok && !r.Space.Dists[i].Contains(v) {
			t.Fatalf("%s is %v, which is not a value of %s", name, v, &r.Space.Dists[i])
		}
	}
	return out.Values
}

// filled returns a study with random trials whose losses a function gives.
func filled(t testing.TB, space trials.SearchSpace, n int, f func(params map[string]float64) float64) *trialBench {
	b := newBench(t, maps.Clone(space), 11)
	rng := rand.New(rand.NewPCG(5, 6))
	for range n {
		params := map[string]float64{}
		for i, name := range b.space.Names {
			v := b.space.Dists[i].At(rng.Float64())
			if b.space.Active(i, params) {
				params[name] = v
			}
		}
		b.end(trials.Complete, params, f(params))
	}
	return b
}

func TestEverySuggestionIsInsideAndCountedValuesAreAllReached(t *testing.T) {
	b, s := newBench(t, maps.Clone(distributions), 3), New()
	seen := map[string]map[float64]bool{}
	for i := range 40 {
		params := suggest(t, s, b.request(i))
		for _, name := range b.space.Names {
			if seen[name] == nil {
				seen[name] = map[float64]bool{}
			}
			seen[name][params[name]] = true
		}
		b.end(trials.Complete, params, math.Abs(params["float"]))
	}
	for _, name := range []string{"float step", "float uneven", "int", "int step", "categorical"} {
		d := b.space.Dists[b.space.Index(name)]
		if len(seen[name]) != d.Count() {
			t.Errorf("of %d values of %s %d were suggested", d.Count(), name, len(seen[name]))
		}
	}
}

func TestTheModelReachesBothEnds(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		b := filled(t, manyFloats(2, -3, 5), 25, func(p map[string]float64) float64 { return sign * (p["x0000"] + p["x0001"]) })
		got := suggest(t, New(), b.request(25))
		want := 1 - 4*sign
		if got["x0000"] != want || got["x0001"] != want {
			t.Errorf("downhill ends at %v, got %v", want, got)
		}
	}
}

func TestTheSameRequestHasTheSameAnswerHoweverTheSamplerGrew(t *testing.T) {
	whole := filled(t, distributions, 90, func(p map[string]float64) float64 { return p["float"]*p["float"] + 0.1*p["categorical"] })
	grown := New()
	at := func(n int) *trials.SampleRequest {
		r := whole.request(n)
		r.View.Numbers, r.View.States = r.View.Numbers[:n:n], r.View.States[:n:n]
		r.View.Values, r.View.Violations = r.View.Values[:n:n], r.View.Violations[:n:n]
		r.View.Last, r.View.LastStep = r.View.Last[:n:n], r.View.LastStep[:n:n]
		r.View.Columns = slices.Clone(r.View.Columns)
		for i := range r.View.Columns {
			r.View.Columns[i].Values = r.View.Columns[i].Values[:n:n]
		}
		return r
	}
	first := map[int]map[string]float64{}
	for n := 10; n <= 90; n += 8 {
		first[n] = suggest(t, grown, at(n))
	}
	for _, n := range []int{90, 34, 66} { // the newest, and older requests
		if got := suggest(t, New(), at(n)); !maps.Equal(got, first[n]) {
			t.Errorf("at %d trials: grown %v, built anew %v", n, first[n], got)
		}
		if got := suggest(t, grown, at(n)); !maps.Equal(got, first[n]) {
			t.Errorf("at %d trials: first %v, later %v", n, first[n], got)
		}
	}
	r := at(90)
	r.Redraw = 1
	if got := suggest(t, grown, r); maps.Equal(got, first[90]) {
		t.Error("a refused point was suggested again")
	}
}

func TestManyAskersGetWhatOneWould(t *testing.T) {
	b := filled(t, manyFloats(3, 0, 1), 40, func(p map[string]float64) float64 { return p["x0000"] * p["x0001"] })
	alone, shared := New(), New()
	var want [64]map[string]float64
	for i := range want {
		want[i] = suggest(t, alone, b.request(i))
	}
	var wg sync.WaitGroup
	for i := range want {
		wg.Go(func() {
			got, err := shared.Sample(b.request(i))
			if err != nil || !maps.Equal(got.Values, want[i]) {
				t.Errorf("asker %d got %v, %v; want %v", i, got.Values, err, want[i])
			}
		})
	}
	wg.Wait()
}

func TestFixedParametersAreHeld(t *testing.T) {
	f := func(p map[string]float64) float64 { // the best x1 is x0
		return math.Pow(p["x0001"]-p["x0000"], 2) + p["x0002"]
	}
	b := filled(t, manyFloats(3, 0, 1), 60, f)
	r := b.request(60)
	r.Fixed = map[string]float64{"x0000": 0.8}
	if got := suggest(t, New(), r); math.Abs(got["x0001"]-0.8) > 0.1 {
		t.Errorf("given 0.8 the best other is 0.8, got %v", got["x0001"])
	}
	r.Fixed = map[string]float64{"x0000": 0.8, "x0001": 0.2, "x0002": 0.1}
	suggest(t, New(), r)
}

func TestBranchesOfAConditionalSpaceAreToldApart(t *testing.T) {
	space := trials.SearchSpace{
		"model": {Type: trials.CategoricalKind, Choices: []any{"tree", "net"}},
		"depth": {Type: trials.IntKind, Low: 1, High: 9, When: map[string][]any{"model": {"tree"}}},
		"rate":  {Type: trials.FloatKind, Low: 1e-4, High: 1, Log: true, When: map[string][]any{"model": {"net"}}},
	}
	f := func(p map[string]float64) float64 {
		if p["model"] == 0 {
			return 1 + math.Abs(p["depth"]-4)
		}
		return math.Abs(math.Log10(p["rate"]) + 2)
	}
	b, s := filled(t, space, 12, f), New()
	best := math.Inf(1)
	for i := 12; i < 40; i++ {
		params := suggest(t, s, b.request(i))
		if params["model"] == 0 {
			delete(params, "rate")
		} else {
			delete(params, "depth")
		}
		best = min(best, f(params))
		b.end(trials.Complete, params, f(params))
	}
	if best > 0.01 {
		t.Errorf("the best net is at a rate of 0.01 with a loss of 0, got %v", best)
	}
}

func TestHardHistoriesHaveSensibleSuggestions(t *testing.T) {
	losses := map[string]func(i int) float64{
		"constant":     func(int) float64 { return 7 },
		"zero":         func(int) float64 { return 0 },
		"huge":         func(i int) float64 { return math.MaxFloat64 * float64(1-i%3) },
		"tiny":         func(i int) float64 { return 5e-324 * float64(i%4) },
		"decades":      func(i int) float64 { return math.Pow(10, float64(i*17%600-300)) },
		"infinite":     func(i int) float64 { return math.Inf(i%3 - 1) },
		"all infinite": func(int) float64 { return math.Inf(1) },
		"not a number": func(int) float64 { return math.NaN() },
		"now and then": func(i int) float64 { return []float64{math.NaN(), 1, 2, math.Inf(1)}[i%4] },
	}
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			i := 0
			b := filled(t, distributions, 30, func(map[string]float64) float64 { i++; return loss(i) })
			suggest(t, New(), b.request(30))
		})
	}
	t.Run("one point over and over", func(t *testing.T) {
		b := newBench(t, manyFloats(2, 0, 1), 1)
		for i := range 60 {
			b.end(trials.Complete, map[string]float64{"x0000": 0.3, "x0001": 0.3}, float64(i%5))
		}
		suggest(t, New(), b.request(60))
	})
	t.Run("all failed", func(t *testing.T) {
		b := newBench(t, manyFloats(2, 0, 1), 1)
		for i := range 40 {
			b.end(trials.Fail, suggest(t, New(), b.request(i)))
		}
	})
	t.Run("a range that moved", func(t *testing.T) {
		b := filled(t, manyFloats(2, 0, 1), 30, func(p map[string]float64) float64 { return p["x0000"] })
		d := &b.space.Dists[0]
		d.Low, d.High = 2, 3
		suggest(t, New(), b.request(30))
	})
	t.Run("a thousand parameters", func(t *testing.T) {
		b := filled(t, manyFloats(1000, 0, 1), 40, func(p map[string]float64) float64 { return p["x0000"] })
		suggest(t, New(), b.request(40))
	})
	t.Run("no parameter", func(t *testing.T) {
		b := filled(t, trials.SearchSpace{}, 30, func(map[string]float64) float64 { return 1 })
		suggest(t, New(), b.request(30))
	})
	t.Run("every point tried", func(t *testing.T) {
		space := trials.SearchSpace{"i": {Type: trials.IntKind, Low: 0, High: 3}, "c": distributions["categorical"]}
		b, s, seen := newBench(t, space, 1), New(), map[string]bool{}
		s.startup = 3
		for i := range 24 {
			params := suggest(t, s, b.request(i))
			seen[fmt.Sprint(params)] = true
			b.end(trials.Complete, params, params["i"]+params["c"])
			if n := len(seen); i == 19 && n < 16 {
				t.Errorf("after 20 trials %d of 16 points were tried", n)
			}
		}
	})
}

func TestBeyondItsLimitItLearnsFromSomeAndSaysSo(t *testing.T) {
	b := filled(t, manyFloats(2, 0, 1), 160, func(p map[string]float64) float64 { return math.Abs(p["x0000"]-0.3) + p["x0001"] })
	s := New()
	s.most = 40
	got, err := s.Sample(b.request(160))
	if err != nil {
		t.Fatal(err)
	}
	const want = "The expected improvement is greatest here, by 40 trials. The models learn from 40 of 160 trials."
	if n := len(s.histories[0].models[quantity{}].rows); n > 40 || len(got.Why) < 60 {
		t.Errorf("a model has %d points, because %q, want %q", n, got.Why, want)
	}
	if math.Abs(got.Values["x0000"]-0.3) > 0.1 || got.Values["x0001"] > 0.1 {
		t.Errorf("the best is at 0.3 and 0, got %v", got.Values)
	}
}

// median returns the median over studies of the least loss after so many trials,
// by a sampler that may be none: random points.
func median(t *testing.T, p problem, seeds, evals int, direction trials.Direction, s func() *Sampler) float64 {
	t.Helper()
	var bests []float64
	for seed := range seeds {
		space := trials.SearchSpace{}
		for i := range p.low {
			space[fmt.Sprintf("x%02d", i)] = trials.Distribution{Type: trials.FloatKind, Low: p.low[i], High: p.high[i]}
		}
		b := newBench(t, space, int64(seed), trials.Objective{Metric: "value", Direction: direction})
		sampler, best := s(), math.Inf(1)
		for i := range evals {
			r := b.request(i)
			params := map[string]float64{}
			if rng := r.Rand(); sampler == nil {
				for j, name := range b.space.Names {
					params[name] = b.space.Dists[j].At(rng.Float64())
				}
			} else {
				params = suggest(t, sampler, r)
			}
			x := make([]float64, len(p.low))
			for j, name := range b.space.Names {
				x[j] = params[name]
			}
			loss := p.f(x)
			best = min(best, loss)
			if direction == trials.Maximize {
				loss = -loss
			}
			b.end(trials.Complete, params, loss)
		}
		bests = append(bests, best)
	}
	slices.Sort(bests)
	return bests[len(bests)/2]
}

func none() *Sampler { return nil }

func TestRandomPointsAreLeftFarBehind(t *testing.T) {
	for name, evals := range map[string]int{"branin": 30, "hartmann6": 40} {
		p := problems()[name]
		chance := median(t, p, 3, evals, trials.Minimize, none)
		got := median(t, p, 3, evals, trials.Minimize, New)
		if t.Logf("%s: %.2g, by chance %.2g", name, got, chance); got > chance/5 {
			t.Errorf("%s: the median is %v, by chance %v", name, got, chance)
		}
	}
}

func TestMaximisingIsMinimisingInTheMirror(t *testing.T) {
	p := problems()["branin"]
	down, up := median(t, p, 1, 24, trials.Minimize, New), median(t, p, 1, 24, trials.Maximize, New)
	if down != up {
		t.Errorf("minimised %v, maximised %v", down, up)
	}
}
