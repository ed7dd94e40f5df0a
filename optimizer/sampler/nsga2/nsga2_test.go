package nsga2

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

func mixed() trials.SearchSpace {
	return trials.SearchSpace{
		"float":  {Type: trials.FloatKind, Low: -2, High: 3},
		"wide":   {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true},
		"step":   {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
		"int":    {Type: trials.IntKind, Low: 1, High: 3},
		"logint": {Type: trials.IntKind, Low: 1, High: 9, Log: true},
		"choice": {Type: trials.CategoricalKind, Choices: []any{"a", "b", nil}},
		"one":    {Type: trials.IntKind, Low: 4, High: 4},
		"child":  {Type: trials.FloatKind, Low: 0, High: 1, When: map[string][]any{"choice": {"b"}}},
	}
}

// The medians of Optuna 5.0.0's NSGAIISampler on the same problems, 15 seeds,
// with its own population of 50 and with the 20 that is the default here.
func TestFrontIsBetterThanThatOfOptuna(t *testing.T) {
	optuna := map[string][2]float64{
		"zdt1": {1.545, 1.9931}, "zdt2": {0.6983, 1.3289}, "zdt3": {1.7674, 2.1347},
		"dtlz2": {1.2223, 1.3153}, "kursawe": {80.7053, 90.6484},
	}
	for name, p := range problems {
		ours := hypervolume(t, p, func(*Sampler) {})
		t.Logf("%s: the hypervolume is %.4g after 50, %.4g after 100, %.4g after 200", name, ours[0], ours[1], ours[2])
		if best := max(optuna[name][0], optuna[name][1]); ours[2] < best {
			t.Errorf("%s: the hypervolume after 200 trials is %v, Optuna's %v", name, ours[2], best)
		}
	}
}

func TestCrossoversAreBothBetterThanChance(t *testing.T) {
	chance := hypervolume(t, problems["zdt1"], func(s *Sampler) { s.startup = 1000 })
	for _, crossover := range []string{uniform, sbx} {
		if got := hypervolume(t, problems["zdt1"], func(s *Sampler) { s.crossover = crossover }); got[2] < 1.5*chance[2] {
			t.Errorf("%s: the hypervolume is %v, by chance %v", crossover, got[2], chance[2])
		}
	}
}

func TestOneObjectiveIsImproved(t *testing.T) {
	best := func(startup int64) float64 {
		var out []float64
		for seed := range int64(15) {
			b, s, least := newStudy(t, seed, 1, unitCube(5)), New(), math.Inf(1)
			s.startup = startup
			for i := range 200 {
				values, y := ask(t, s, b.request(i)), 0.0
				for _, x := range values {
					y += (x - 0.7) * (x - 0.7)
				}
				least = min(least, y)
				b.end(i, trials.Complete, values, []float64{y}, 0)
			}
			out = append(out, least)
		}
		slices.Sort(out)
		return out[7]
	}
	if ours, chance := best(20), best(1000); ours > chance/5 {
		t.Errorf("the median of the best is %v, by chance %v", ours, chance)
	}
}

func of(number int64, violation float64, losses ...float64) *individual {
	return &individual{number: number, violation: violation, losses: losses}
}

func TestMembersAreOrderedByFrontThenByCrowding(t *testing.T) {
	p := population{members: []*individual{
		of(0, 2, 0, 0), of(1, 1, 9, 9), of(2, 0, 3, 3), of(3, 0, 1, 4), of(4, 0, 4, 1), of(5, 0, 2, 2), of(6, 0, 1.2, 3.8), of(7, 0, 5, 5),
	}}
	p.order()
	var got []int64
	for _, m := range p.members {
		got = append(got, m.number)
	}
	// The ends of the first front, then 5, whose neighbours are far apart, then 6;
	// dominated 2 and 7; the infeasible, by violation.
	if want := []int64{3, 4, 5, 6, 2, 7, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
	if want := []int{0, 0, 0, 0, 1, 2, 3, 4}; !slices.Equal(p.rank, want) {
		t.Errorf("the fronts are %v, want %v", p.rank, want)
	}
}

func TestFrontsAgreeWithTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var all []*individual
	for i := range int64(120) {
		all = append(all, of(i, float64(max(0, rng.IntN(6)-3)), float64(rng.IntN(8)), float64(rng.IntN(8)), float64(rng.IntN(8))))
	}
	rest := slices.Clone(all)
	for rank, front := range sortFronts(all) {
		best := map[int64]bool{}
		for _, x := range rest {
			if !slices.ContainsFunc(rest, func(y *individual) bool { return y.dominates(x) }) {
				best[x.number] = true
			}
		}
		if len(best) != len(front) {
			t.Fatalf("front %d has %d members, want %d", rank, len(front), len(best))
		}
		for _, x := range front {
			if !best[x.number] {
				t.Errorf("front %d has %d, which is dominated", rank, x.number)
			}
		}
		rest = slices.DeleteFunc(rest, func(x *individual) bool { return best[x.number] })
	}
	if len(rest) > 0 {
		t.Errorf("%d are in no front", len(rest))
	}
}

func TestVariationStaysInTheCubeAndHasNoDrift(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, eta := range []float64{2, 20} {
		crossed, mutated := 0.0, 0.0
		const n = 20000
		for range n {
			c, m := cross(0.4, 0.6, eta, rng), mutate(0.5, eta, rng)
			crossed, mutated = crossed+c/n, mutated+m/n
		}
		if math.Abs(crossed-0.5) > 0.005 || math.Abs(mutated-0.5) > 0.005 {
			t.Errorf("eta %v: the mean child of 0.4 and 0.6 is %v, the mean mutant of 0.5 is %v", eta, crossed, mutated)
		}
		for range 2000 {
			a, b := math.Round(rng.Float64()*4)/4, math.Round(rng.Float64()*4)/4
			if c, m := cross(a, b, eta, rng), mutate(a, eta, rng); !(c >= 0 && c <= 1 && m >= 0 && m <= 1) {
				t.Fatalf("a child of %v and %v is %v, a mutant %v", a, b, c, m)
			}
		}
	}
}

func eventful(t testing.TB, n int) *study {
	b := newStudy(t, 7, 2, mixed())
	rng := rand.New(rand.NewPCG(8, 9))
	for _, number := range rng.Perm(n) {
		values := map[string]float64{}
		for i, name := range b.space.Names {
			if rng.IntN(20) > 0 {
				values[name] = b.space.Dists[i].At(rng.Float64())
			}
		}
		state, losses, violation := trials.Complete, []float64{rng.NormFloat64(), float64(rng.IntN(5))}, 0.0
		switch rng.IntN(8) {
		case 0:
			state = trials.Fail
		case 1:
			state = trials.Pruned
		case 2:
			violation = rng.Float64()
		case 3:
			losses[1] = math.Inf(1)
		}
		b.end(number, state, values, losses, violation)
	}
	return b
}

func upTo(r *trials.SampleRequest, rows int) *trials.SampleRequest {
	out, v := *r, r.View
	v.Numbers, v.States, v.Violations = v.Numbers[:rows], v.States[:rows], v.Violations[:rows]
	v.Values = v.Values[:rows*len(v.Objectives)]
	v.Columns = slices.Clone(v.Columns)
	for i := range v.Columns {
		v.Columns[i].Values = v.Columns[i].Values[:rows]
	}
	out.View = v
	return &out
}

func TestGrownEqualsRebuilt(t *testing.T) {
	r := eventful(t, 200).request(200)
	grown := New()
	for _, rows := range []int{0, 5, 30, 31, 60, 30, 61, 200, 7, 199, 200} {
		got, want := ask(t, grown, upTo(r, rows)), ask(t, New(), upTo(r, rows))
		if !maps.Equal(got, want) {
			t.Errorf("after %d rows: grown %v, rebuilt %v", rows, got, want)
		}
	}
}

func TestMaximizeIsTheMirrorOfMinimize(t *testing.T) {
	low, high := eventful(t, 100), eventful(t, 100)
	high.spec.Objectives[1].Direction = trials.Maximize
	for i := 1; i < len(high.view.Values); i += 2 {
		high.view.Values[i] = -high.view.Values[i]
	}
	if got, want := ask(t, New(), high.request(100)), ask(t, New(), low.request(100)); !maps.Equal(got, want) {
		t.Errorf("maximising gives %v, minimising %v", got, want)
	}
}

func TestHistoriesThatTeachNothing(t *testing.T) {
	histories := map[string]func(i int, values map[string]float64) (trials.State, float64, float64){
		"constant": func(int, map[string]float64) (trials.State, float64, float64) { return trials.Complete, 1, 0 },
		"NaN":      func(int, map[string]float64) (trials.State, float64, float64) { return trials.Complete, math.NaN(), 0 },
		"huge": func(i int, _ map[string]float64) (trials.State, float64, float64) {
			return trials.Complete, float64(i%3-1) * 1.7e308, 0
		},
		"all failed": func(int, map[string]float64) (trials.State, float64, float64) { return trials.Fail, 0, 0 },
		"all infeasible": func(i int, _ map[string]float64) (trials.State, float64, float64) {
			return trials.Complete, 1, float64(1 + i%4)
		},
		"outside the ranges": func(i int, values map[string]float64) (trials.State, float64, float64) {
			for name := range values {
				values[name] = 1e6 * float64(i%3-1)
			}
			return trials.Complete, float64(i % 3), 0
		},
	}
	for name, history := range histories {
		for _, crossover := range []string{uniform, sbx} {
			t.Run(name+" "+crossover, func(t *testing.T) {
				b, s := newStudy(t, 11, 2, mixed()), New()
				s.crossover = crossover
				seen := map[string]map[float64]bool{}
				for i := range 800 {
					values := ask(t, s, b.request(i))
					for name, v := range values {
						if seen[name] == nil {
							seen[name] = map[float64]bool{}
						}
						seen[name][v] = true
					}
					state, value, violation := history(i, values)
					b.end(i, state, values, []float64{value, -value}, violation)
				}
				for i, name := range b.space.Names {
					if n := b.space.Dists[i].Count(); n > 0 && len(seen[name]) != n {
						t.Errorf("%s has had %d of %d values", name, len(seen[name]), n)
					}
				}
			})
		}
	}
}

func TestSmallAndLargeSpaces(t *testing.T) {
	for name, space := range map[string]trials.SearchSpace{
		"empty": {}, "one axis": unitCube(1), "a thousand axes": unitCube(1000),
		"two points": {"a": {Type: trials.CategoricalKind, Choices: []any{"x", "y"}}},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := newStudy(t, 2, 2, space), New()
			for i := range 30 {
				b.end(i, trials.Complete, ask(t, s, b.request(i)), []float64{float64(i % 3), float64(i % 5)}, 0)
			}
		})
	}
}

func TestChildIsNotATrialThatIsThere(t *testing.T) {
	space := unitCube(0)
	for i := range 4 {
		space[fmt.Sprint("k", i)] = trials.Distribution{Type: trials.IntKind, Low: 0, High: 3}
	}
	b, s, seen := newStudy(t, 1, 1, space), New(), map[[4]float64]int{}
	for i := range 128 {
		v := ask(t, s, b.request(i))
		k := [4]float64{v["k0"], v["k1"], v["k2"], v["k3"]}
		seen[k]++
		b.end(i, trials.Complete, v, []float64{k[0] + k[1] + k[2] + k[3]}, 0)
	}
	if len(seen) < 80 {
		t.Errorf("of 128 trials only %d are different", len(seen))
	}
}

func TestGivenParametersChangeNoOthers(t *testing.T) {
	r := eventful(t, 100).request(100)
	free := ask(t, New(), r)
	r.Fixed = map[string]float64{"int": 2}
	given := ask(t, New(), r)
	free["int"] = 2
	if !maps.Equal(free, given) {
		t.Errorf("with int given: %v, else %v", given, free)
	}
}

func TestParallelAskers(t *testing.T) {
	b, s := newStudy(t, 1, 2, mixed()), New()
	var wg sync.WaitGroup
	for i := range 256 {
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
		b.end(i, trials.Complete, values, []float64{values["float"], values["step"]}, 0)
	}
	wg.Wait()
}

func BenchmarkSample(b *testing.B) {
	st, rng := newStudy(b, 1, 2, unitCube(20)), rand.New(rand.NewPCG(1, 1))
	for i := range 10000 {
		values := map[string]float64{}
		for j, name := range st.space.Names {
			values[name] = st.space.Dists[j].At(rng.Float64())
		}
		st.end(i, trials.Complete, values, []float64{values["x0"] + values["x1"], values["x2"] - values["x0"]}, 0)
	}
	b.Run("ask", func(b *testing.B) {
		s := New()
		for i := 0; b.Loop(); i++ {
			ask(b, s, st.request(10000+i))
		}
	})
	b.Run("rebuild", func(b *testing.B) {
		for b.Loop() {
			ask(b, New(), st.request(10000))
		}
	})
}
