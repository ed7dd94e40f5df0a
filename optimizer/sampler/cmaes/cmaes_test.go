package cmaes

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

func mixed() trials.SearchSpace {
	return trials.SearchSpace{
		"float":  {Type: trials.FloatKind, Low: -2, High: 3},
		"wide":   {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true},
		"step":   {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
		"int":    {Type: trials.IntKind, Low: 1, High: 3},
		"large":  {Type: trials.IntKind, Low: -1 << 52, High: 1 << 52},
		"logint": {Type: trials.IntKind, Low: 1, High: 9, Log: true},
		"choice": {Type: trials.CategoricalKind, Choices: []any{"a", "b", nil}},
		"one":    {Type: trials.IntKind, Low: 4, High: 4},
	}
}

func cube(axes int) trials.SearchSpace {
	space := trials.SearchSpace{}
	for i := range axes {
		space[fmt.Sprintf("x%02d", i)] = trials.Distribution{Type: trials.FloatKind, Low: -5, High: 5}
	}
	return space
}

// optimize returns the best value of a few hundred trials one after another.
func optimize(t testing.TB, s *Sampler, b *study, n int, f func(v map[string]float64) float64) float64 {
	t.Helper()
	best := math.Inf(1)
	for i := range n {
		values := ask(t, s, b.request(i))
		y := f(values)
		best = min(best, y)
		b.end(i, trials.Complete, values, y, 0)
	}
	return best
}

// sphere is the squared distance from 2 along every axis.
func sphere(v map[string]float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += (x - 2) * (x - 2)
	}
	return sum
}

func median(t testing.TB, f func(seed int64) float64) float64 {
	t.Helper()
	var out []float64
	for seed := range int64(15) {
		out = append(out, f(seed))
	}
	slices.Sort(out)
	return out[len(out)/2]
}

func TestWhateverHappensEveryValueIsReached(t *testing.T) {
	b := newStudy(t, 5, trials.Minimize, mixed())
	s, rng := New(), rand.New(rand.NewPCG(1, 2))
	seen := map[string]map[float64]bool{}
	optimize(t, s, b, 600, func(values map[string]float64) float64 {
		for name, v := range values {
			if seen[name] == nil {
				seen[name] = map[float64]bool{}
			}
			seen[name][v] = true
		}
		return rng.NormFloat64()
	})
	for i, name := range b.space.Names {
		if n := b.space.Dists[i].Count(); n > 0 && n < 100 && len(seen[name]) != n {
			t.Errorf("%s has had %d of %d values", name, len(seen[name]), n)
		}
	}
}

func TestCornersAreReached(t *testing.T) {
	for _, sign := range []float64{-1, 1} {
		off := median(t, func(seed int64) float64 {
			return optimize(t, New(), newStudy(t, seed, trials.Minimize, cube(4)), 200, func(v map[string]float64) float64 {
				sum := 0.0
				for _, x := range v {
					sum += 5 + sign*x
				}
				return sum
			})
		})
		t.Logf("the best is %.3g away from the corner, of 40", off)
		if off > 0.2 {
			t.Errorf("the best is %v away from the corner at the median, want at most 0.2 of 40", off)
		}
	}
}

// The history of a study with everything in it.
func eventful(t testing.TB, n int) *study {
	b := newStudy(t, 7, trials.Minimize, mixed())
	rng := rand.New(rand.NewPCG(8, 9))
	for _, number := range rng.Perm(n) {
		values := map[string]float64{}
		for i, name := range b.space.Names {
			if rng.IntN(20) > 0 {
				values[name] = b.space.Dists[i].At(rng.Float64())
			}
		}
		state, violation := trials.Complete, 0.0
		switch rng.IntN(8) {
		case 0:
			state = trials.Fail
		case 1:
			state = trials.Pruned
		case 2:
			violation = rng.Float64()
		}
		b.end(number, state, values, values["float"], violation)
	}
	return b
}

func upTo(r *trials.SampleRequest, rows int) *trials.SampleRequest {
	out, v := *r, r.View
	v.Numbers, v.States, v.Values, v.Violations = v.Numbers[:rows], v.States[:rows], v.Values[:rows], v.Violations[:rows]
	v.Last, v.LastStep = v.Last[:rows], v.LastStep[:rows]
	v.Columns = slices.Clone(v.Columns)
	for i := range v.Columns {
		v.Columns[i].Values = v.Columns[i].Values[:rows]
	}
	out.View = v
	return &out
}

func TestGrownEqualsRebuilt(t *testing.T) {
	b := eventful(t, 300)
	r := b.request(300)
	grown := New()
	// Older views come after newer ones, and every step is a single row or many.
	for _, rows := range []int{0, 5, 6, 60, 30, 61, 200, 7, 199, 300, 250, 300} {
		got, want := ask(t, grown, upTo(r, rows)), ask(t, New(), upTo(r, rows))
		if !maps.Equal(got, want) {
			t.Errorf("after %d rows: grown %v, rebuilt %v", rows, got, want)
		}
	}
	other := *r
	other.View.Generation, other.Number = 2, 301
	if got, want := ask(t, grown, &other), ask(t, New(), &other); !maps.Equal(got, want) {
		t.Errorf("another generation: grown %v, rebuilt %v", got, want)
	}
}

func TestMaximizeIsTheMirrorOfMinimize(t *testing.T) {
	low, high := eventful(t, 120), eventful(t, 120)
	high.spec.Objectives[0].Direction = trials.Maximize
	for i := range high.view.Values {
		high.view.Values[i], high.view.Last[i] = -high.view.Values[i], -high.view.Last[i]
	}
	if got, want := ask(t, New(), high.request(120)), ask(t, New(), low.request(120)); !maps.Equal(got, want) {
		t.Errorf("maximising gives %v, minimising %v", got, want)
	}
}

func TestHistoriesThatTeachNothing(t *testing.T) {
	histories := map[string]func(i int, values map[string]float64) (trials.State, float64, float64){
		"constant": func(int, map[string]float64) (trials.State, float64, float64) { return trials.Complete, 1, 0 },
		"NaN":      func(int, map[string]float64) (trials.State, float64, float64) { return trials.Complete, math.NaN(), 0 },
		"infinite": func(i int, _ map[string]float64) (trials.State, float64, float64) {
			return trials.Complete, math.Inf(i%2*2 - 1), 0
		},
		"huge": func(i int, _ map[string]float64) (trials.State, float64, float64) {
			return trials.Complete, float64(i%3-1) * 1.7e308, 0
		},
		"all failed": func(int, map[string]float64) (trials.State, float64, float64) { return trials.Fail, 0, 0 },
		"all pruned": func(i int, _ map[string]float64) (trials.State, float64, float64) {
			return trials.Pruned, float64(i % 5), 0
		},
		"all infeasible": func(i int, _ map[string]float64) (trials.State, float64, float64) {
			return trials.Complete, 1, float64(1 + i%4)
		},
		"the same point": func(i int, values map[string]float64) (trials.State, float64, float64) {
			for name := range values {
				values[name] = map[string]float64{"float": 0.5, "wide": 1, "step": 0.3, "int": 2, "logint": 3, "choice": 1, "one": 4}[name]
			}
			return trials.Complete, float64(i % 3), 0
		},
		"outside the ranges": func(i int, values map[string]float64) (trials.State, float64, float64) {
			for name := range values {
				values[name] = 1e6 * float64(i%3-1)
			}
			return trials.Complete, float64(i % 3), 0
		},
	}
	for name, history := range histories {
		t.Run(name, func(t *testing.T) {
			b, s := newStudy(t, 11, trials.Minimize, mixed()), New()
			distinct := map[float64]bool{}
			for i := range 400 {
				values := ask(t, s, b.request(i))
				distinct[values["float"]] = true
				state, value, violation := history(i, values)
				b.end(i, state, values, value, violation)
			}
			if len(distinct) < 200 {
				t.Errorf("of 400 trials only %d are different", len(distinct))
			}
		})
	}
}

func TestSmallAndLargeSpaces(t *testing.T) {
	spaces := map[string]trials.SearchSpace{
		"empty": {}, "one axis": cube(1), "two axes": cube(2), "a thousand axes": cube(1000),
		"categories only": {"a": {Type: trials.CategoricalKind, Choices: []any{"x", "y"}}},
	}
	for name, space := range spaces {
		for _, startup := range []int64{0, 10} {
			t.Run(fmt.Sprint(name, startup), func(t *testing.T) {
				b, s := newStudy(t, 2, trials.Minimize, space), New()
				s.startup = startup
				optimize(t, s, b, 40, sphere)
			})
		}
	}
}

func TestParallelAskers(t *testing.T) {
	b, s := newStudy(t, 1, trials.Minimize, mixed()), New()
	var wg sync.WaitGroup
	for i := range 640 {
		r := b.request(i)
		wg.Go(func() {
			if _, err := s.Sample(r); err != nil {
				t.Error(err)
			}
		})
		if i%64 == 63 {
			wg.Wait()
		}
		values := ask(t, s, r)
		b.end(i, trials.Complete, values, values["float"], 0)
	}
	wg.Wait()
}

// Eight workers: a trial is asked for before the seven before it have ended.
func TestParallelWorkersLoseLittle(t *testing.T) {
	regret := func(workers int) float64 {
		return median(t, func(seed int64) float64 {
			b, s := newStudy(t, seed, trials.Minimize, cube(5)), New()
			best, running := math.Inf(1), []map[string]float64{}
			for i := range 200 {
				running = append(running, ask(t, s, b.request(i)))
				if len(running) == workers {
					y := sphere(running[0])
					best = min(best, y)
					b.end(i-workers+1, trials.Complete, running[0], y, 0)
					running = running[1:]
				}
			}
			return best
		})
	}
	one, eight := regret(1), regret(8)
	t.Logf("regret at 200: %.3g by one worker, %.3g by eight", one, eight)
	if eight > 1 {
		t.Errorf("eight workers come within %v, one within %v; want at most 1", eight, one)
	}
}

func TestBetterThanTheUsualStartAndThanChance(t *testing.T) {
	regret := func(change func(*Sampler)) float64 {
		return median(t, func(seed int64) float64 {
			s := New()
			change(s)
			return optimize(t, s, newStudy(t, seed, trials.Minimize, cube(5)), 100, sphere)
		})
	}
	ours := regret(func(*Sampler) {})
	usual := regret(func(s *Sampler) { s.warm, s.sigma, s.population = false, 1.0/6, 8 })
	chance := regret(func(s *Sampler) { s.startup = 1000 })
	t.Logf("regret at 100: %.3g; with the usual settings %.3g; at random %.3g", ours, usual, chance)
	if ours > 0.9*usual || ours > 0.1*chance {
		t.Errorf("the median regret is %v; by the usual settings %v, by chance %v", ours, usual, chance)
	}
}

func TestMarginKeepsCoarseGridsFromFreezing(t *testing.T) {
	space := cube(2)
	for i := range 4 {
		space[fmt.Sprint("k", i)] = trials.Distribution{Type: trials.IntKind, Low: 0, High: 4}
	}
	// What the wrong integers of the last trials cost, of a most of 160. The
	// continuous part hides them until it has converged.
	wrong := func(margin bool) (sum float64) {
		for seed := range int64(15) {
			b, s := newStudy(t, seed, trials.Minimize, space), New()
			s.margin, s.restart = margin, restartNone
			optimize(t, s, b, 400, func(v map[string]float64) float64 {
				ints := 0.0
				for i := range 4 {
					ints += math.Pow(v[fmt.Sprint("k", i)]-float64(1+2*(i%2)), 2)
				}
				return v["x00"]*v["x00"] + v["x01"]*v["x01"] + 0.03*ints
			})
			best, at := math.Inf(1), 0
			for i, y := range b.view.Values {
				if y < best {
					best, at = y, i
				}
			}
			for i := range 4 {
				sum += math.Pow(b.view.Column(fmt.Sprint("k", i))[at]-float64(1+2*(i%2)), 2)
			}
		}
		return sum
	}
	with, without := wrong(true), wrong(false)
	t.Logf("the integers of the best are off by %v in all of 15 studies with margin, %v without", with, without)
	if with > 3 || with >= without/2 {
		t.Errorf("the integers of the best are off by %v in all of 15 studies with margin, %v without", with, without)
	}
}

func TestCoarseGridIsNotTriedTwice(t *testing.T) {
	space := trials.SearchSpace{}
	for i := range 3 {
		space[fmt.Sprint("k", i)] = trials.Distribution{Type: trials.IntKind, Low: 0, High: 3}
	}
	b, s, seen := newStudy(t, 1, trials.Minimize, space), New(), map[string]bool{}
	optimize(t, s, b, 64, func(v map[string]float64) float64 {
		seen[fmt.Sprint(v)] = true
		return v["k0"] + v["k1"] + v["k2"]
	})
	if len(seen) < 45 {
		t.Errorf("of 64 trials of 64 points only %d are different", len(seen))
	}
}

func TestGivenParametersMoveTheOthersAlong(t *testing.T) {
	b, s := newStudy(t, 4, trials.Minimize, cube(2)), New()
	// A narrow valley along x00 = x01.
	optimize(t, s, b, 60, func(v map[string]float64) float64 {
		a, c := v["x00"]+v["x01"], v["x00"]-v["x01"]
		return 0.01*a*a + 100*c*c
	})
	r := b.request(60)
	free := ask(t, s, r)
	shift := s.search(r).dist.deviation(0) * 10
	r.Fixed = map[string]float64{"x00": free["x00"] + shift}
	if got := ask(t, s, r); got["x01"]-free["x01"] < shift/2 {
		t.Errorf("with x00 %v higher x01 is %v higher", shift, got["x01"]-free["x01"])
	}
}

func TestTrialsFromElsewhereAreAWarmStart(t *testing.T) {
	b, s, rng := newStudy(t, 6, trials.Minimize, cube(5)), New(), rand.New(rand.NewPCG(3, 4))
	best := math.Inf(1)
	for i := range 300 {
		values := map[string]float64{}
		for j, name := range b.space.Names {
			values[name] = b.space.Dists[j].At(rng.Float64())
		}
		best = min(best, sphere(values))
		b.end(i, trials.Complete, values, sphere(values), 0)
	}
	sum := 0.0
	for i := range 20 {
		sum += sphere(ask(t, s, b.request(300+i))) / 20
	}
	t.Logf("the best of 300 is %.3g, the mean of the next 20 is %.3g", best, sum)
	if sum > 30 {
		t.Errorf("the mean of the next trials is %v, want at most 30 (by chance 62, the best so far %v)", sum, best)
	}
}

func TestBestCategoryIsFound(t *testing.T) {
	for _, good := range []float64{0, 4} {
		share := median(t, func(seed int64) float64 {
			space := cube(3)
			space["c"] = trials.Distribution{Type: trials.CategoricalKind, Choices: []any{"a", "b", "c", "d", "e"}}
			b, n := newStudy(t, seed, trials.Minimize, space), 0.0
			optimize(t, New(), b, 150, func(v map[string]float64) float64 {
				y := v["x00"]*v["x00"] + v["x01"]*v["x01"] + v["x02"]*v["x02"]
				if v["c"] != good {
					return y + 5
				}
				n++
				return y
			})
			return n / 150
		})
		if share < 0.5 {
			t.Errorf("the best choice, %v, was given to %.2f of the trials, want 0.5", good, share)
		}
	}
}

func TestRestartLeavesALocalOptimum(t *testing.T) {
	found := map[string]int{}
	for _, restart := range []string{restartNone, restartIPOP, restartBIPOP} {
		for seed := range int64(10) {
			b, s := newStudy(t, seed, trials.Minimize, cube(2)), New()
			s.restart = restart
			best := optimize(t, s, b, 1500, func(v map[string]float64) float64 {
				far := math.Pow(v["x00"]-4, 2) + math.Pow(v["x01"]-4, 2) // the better one
				near := math.Pow(v["x00"]+2, 2) + math.Pow(v["x01"]+2, 2)
				return min(far, 0.5+near)
			})
			if best < 0.1 {
				found[restart]++
			}
		}
	}
	t.Log(found)
	if found[restartIPOP] <= found[restartNone] || found[restartBIPOP] <= found[restartNone] {
		t.Errorf("of 10 studies so many found the better optimum: %v", found)
	}
}

func TestRefusals(t *testing.T) {
	two := []trials.Objective{{Metric: "a", Direction: trials.Minimize}, {Metric: "b", Direction: trials.Minimize}}
	tests := map[string]struct {
		objectives []trials.Objective
		space      trials.SearchSpace
		population int64
		pointer    string
	}{
		"two axes":           {two[:1], cube(2), 0, ""},
		"no space declared":  {two[:1], nil, 0, ""},
		"two objectives":     {two, cube(2), 0, "/type"},
		"one axis":           {two[:1], cube(1), 0, "/type"},
		"three a generation": {two[:1], cube(2), 3, "/population_size"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			space, err := tt.space.Compile("")
			if err != nil {
				t.Fatal(err)
			}
			var faults options.Faults
			s := New()
			s.population = tt.population
			s.Prepare(&trials.StudySpec{Objectives: tt.objectives}, space, &faults)
			got := ""
			if len(faults) > 0 {
				got = faults[0].Pointer
			}
			if got != tt.pointer {
				t.Errorf("the fault is at %q, want %q: %v", got, tt.pointer, faults)
			}
		})
	}
}

func BenchmarkSample(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		st := newStudy(b, 1, trials.Minimize, cube(20))
		rng := rand.New(rand.NewPCG(1, 1))
		for i := range n {
			values := map[string]float64{}
			for j, name := range st.space.Names {
				values[name] = st.space.Dists[j].At(rng.Float64())
			}
			st.end(i, trials.Complete, values, sphere(values), 0)
		}
		b.Run(fmt.Sprint("ask/", n), func(b *testing.B) {
			s := New()
			for i := 0; b.Loop(); i++ {
				ask(b, s, st.request(n+i))
			}
		})
		b.Run(fmt.Sprint("rebuild/", n), func(b *testing.B) {
			for b.Loop() {
				ask(b, New(), st.request(n))
			}
		})
	}
}
