package tpe_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/sampler/tpe"
	"github.com/espalier-hpo/espalier/trials"
)

// play lets a sampler run a study of a world.
func play(t testing.TB, w *world, s trials.Sampler, n int, loss func(map[string]float64) float64) {
	t.Helper()
	for range n {
		values := sample(t, s, w.request())
		w.tell(values, []float64{loss(values)})
	}
}

func TestEveryKindStaysInside(t *testing.T) {
	for _, node := range []string{defaults, `{"multivariate":false}`, `{"group":false,"ei_candidates":1}`, `{"startup_trials":0}`} {
		t.Run(node, func(t *testing.T) {
			w := newWorld(t, everyKindAndBranch())
			s := newSampler(t, node)
			for i := range 150 {
				values := sample(t, s, w.request())
				if i%5 == 4 {
					w.prune(values, int64(i%3), values["float"])
				} else {
					w.tell(values, []float64{float64(i % 7)})
				}
			}
		})
	}
}

// Where the loss says nothing, the model keeps to nothing either.
func TestEveryValueIsReached(t *testing.T) {
	for name, d := range everyKind() {
		if d.Count() < 2 || d.Count() > 16 {
			continue
		}
		w := newWorld(t, trials.SearchSpace{"x": d})
		rng := rand.New(rand.NewPCG(5, 5))
		seen := map[float64]bool{}
		s := newSampler(t, `{"startup_trials":2}`)
		for i := 0; i < 600 && len(seen) < d.Count(); i++ {
			v := sample(t, s, w.request())
			seen[v["x"]] = true
			w.tell(v, []float64{rng.Float64()})
		}
		if len(seen) != d.Count() {
			t.Errorf("of %d values of %s %d were suggested", d.Count(), name, len(seen))
		}
	}
}

// The best is at an end of the range: it must be found.
func TestBothEndsOfEveryRangeAreReached(t *testing.T) {
	for name, d := range everyKind() {
		if d.Type == trials.CategoricalKind {
			continue
		}
		for _, sign := range []float64{1, -1} {
			t.Run(fmt.Sprint(name, sign), func(t *testing.T) {
				w := newWorld(t, trials.SearchSpace{"x": d})
				best := math.Inf(1)
				play(t, w, newSampler(t, defaults), 150, func(v map[string]float64) float64 {
					u := (d.Unit(v["x"]) - d.Unit(d.At(0))) / max(d.Unit(d.At(1))-d.Unit(d.At(0)), 1e-9)
					if sign < 0 {
						u = 1 - u
					}
					best = min(best, u)
					return u
				})
				if best > 0.002 && best < 1 {
					t.Errorf("the nearest to the end is %v of the range away", best)
				}
			})
		}
	}
}

func TestMaximiseMirrorsMinimise(t *testing.T) {
	loss := func(v map[string]float64) float64 { return math.Abs(v["float"]-1) + v["step"] }
	low, high := newWorld(t, everyKind(), trials.Minimize), newWorld(t, everyKind(), trials.Maximize)
	s, u := newSampler(t, defaults), newSampler(t, defaults)
	for i := range 80 {
		a, b := sample(t, s, low.request()), sample(t, u, high.request())
		if !maps.Equal(a, b) {
			t.Fatalf("trial %d got %v and %v", i, a, b)
		}
		if i%4 == 3 {
			low.prune(a, 3, loss(a))
			high.prune(b, 3, -loss(b))
			continue
		}
		low.tell(a, []float64{loss(a)})
		high.tell(b, []float64{-loss(b)})
	}
}

// A sampler that grew with the study, one that sees all of it at once, one that
// saw a longer history before, and one that jumps.
func TestSuggestionsDependOnTheRequestAlone(t *testing.T) {
	worlds := map[string]*world{
		"one objective": filled(t, 1300, everyKindAndBranch()), "two objectives": filledMany(t, 300, 2), "four objectives": filledMany(t, 200, 4),
	}
	for name, w := range worlds {
		t.Run(name, func(t *testing.T) {
			n := w.view.Len()
			grown, late := newSampler(t, defaults), newSampler(t, defaults)
			sample(t, late, w.after(n))
			for i := 0; i < n; i += 1 + i/11 {
				r := w.after(i)
				r.Pending = []trials.Point{{Number: 999999, Values: map[string]float64{w.space.Names[0]: w.space.Dists[0].At(0.3)}}}
				got := sample(t, grown, r)
				if want := sample(t, newSampler(t, defaults), r); !maps.Equal(got, want) {
					t.Fatalf("trial %d: grown %v, rebuilt %v", i, got, want)
				}
				if again := sample(t, late, r); !maps.Equal(got, again) {
					t.Fatalf("trial %d: grown %v, after a longer view %v", i, got, again)
				}
			}
		})
	}
}

func everyKindAndBranch() trials.SearchSpace {
	out := everyKind()
	out["branch"] = trials.Distribution{
		Type: trials.FloatKind, Low: 1, High: 1e6, Log: true,
		When: map[string][]any{"choice": {"a", nil}, "int": {1.0, 2.0, 3.0, 4.0}},
	}
	return out
}

// filledMany is a world of several objectives, some of whose trials are pruned or
// infeasible.
func filledMany(t testing.TB, n, objectives int) *world {
	w := newWorld(t, cube(3, 0, 1), slices.Repeat([]trials.Direction{trials.Minimize, trials.Maximize}, objectives)[:objectives]...)
	w.view.Limits = []trials.Limit{{Metric: "bytes", Op: "<=", Bound: 5}}
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range n {
		values, losses := map[string]float64{}, make([]float64, objectives)
		for _, name := range w.space.Names {
			values[name] = rng.Float64()
		}
		for k := range losses {
			losses[k] = math.Round(20*rng.Float64()) / 20 // with ties
		}
		if i%6 == 5 {
			w.prune(values, 2, 0.5)
		} else {
			w.tell(values, losses, rng.Float64()-0.7)
		}
	}
	return w
}

func TestParallelAsksAgree(t *testing.T) {
	w := filled(t, 150, everyKindAndBranch())
	s := newSampler(t, defaults)
	want := make([]map[string]float64, 64)
	for i := range want {
		want[i] = sample(t, newSampler(t, defaults), w.after(80+i))
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for k := range 2 {
				at := (i + k*17) % 64
				if got := sample(t, s, w.after(80+at)); !maps.Equal(got, want[at]) {
					t.Errorf("asker %d got %v for trial %d, want %v", i, got, 80+at, want[at])
				}
			}
		})
	}
	wg.Wait()
}

func TestDegenerateStudies(t *testing.T) {
	wide := trials.SearchSpace{
		"x": {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true},
		"y": line(-1e307, 1e307/2),
		"z": {Type: trials.IntKind, Low: -(1 << 52), High: 1 << 52},
		"s": {Type: trials.FloatKind, Low: 0, High: 1, Step: 1e-15},
	}
	inf := math.Inf(1)
	losses := map[string]func(i int) float64{
		"NaN":       func(int) float64 { return math.NaN() },
		"constant":  func(int) float64 { return 3 },
		"infinite":  func(i int) float64 { return []float64{inf, -inf, 1}[i%3] },
		"huge":      func(i int) float64 { return []float64{1.7e308, -1.7e308}[i%2] },
		"all sorts": func(i int) float64 { return []float64{inf, math.NaN(), 1e300, 0, -inf}[i%5] },
	}
	spaces := map[string]trials.SearchSpace{
		"wide": wide, "empty": {}, "settled": {"x": line(1, 1)}, "1000 parameters": cube(1000, 0, 1), "every kind": everyKind(),
	}
	for _, node := range []string{defaults, `{"multivariate":false,"constraints":"ctpe"}`} {
		for name, space := range spaces {
			for kind, loss := range losses {
				if len(space) > 100 && kind != "all sorts" {
					continue
				}
				t.Run(node+name+kind, func(t *testing.T) {
					for objectives := range 3 {
						if objectives > 0 && node != defaults {
							continue
						}
						w := newWorld(t, space, slices.Repeat([]trials.Direction{trials.Minimize}, objectives+1)...)
						s, n := newSampler(t, node), 35
						if len(space) > 100 {
							n = 13
						}
						for i := range n {
							row := slices.Repeat([]float64{loss(i)}, objectives+1)
							w.tell(sample(t, s, w.request()), row)
						}
					}
				})
			}
		}
	}
}

func TestStudiesInWhichNothingEndsWell(t *testing.T) {
	for _, node := range []string{defaults, `{"constraints":"ctpe"}`} {
		for _, directions := range [][]trials.Direction{{trials.Minimize}, {trials.Minimize, trials.Maximize}} {
			if len(directions) > 1 && node != defaults {
				continue
			}
			endings := map[string]func(w *world, v map[string]float64, i int){
				"all failed": func(w *world, v map[string]float64, _ int) {
					w.prune(v, 1, 1)
					w.view.States[w.view.Len()-1] = trials.Fail
				},
				"all pruned":        func(w *world, v map[string]float64, i int) { w.prune(v, int64(i%3), float64(i)) },
				"pruned in silence": func(w *world, v map[string]float64, _ int) { w.prune(v, trials.Absent, math.NaN()) },
				"all infeasible": func(w *world, v map[string]float64, i int) {
					w.tell(v, make([]float64, len(directions)), 1+float64(i%4))
				},
				"infinitely":          func(w *world, v map[string]float64, _ int) { w.tell(v, make([]float64, len(directions)), math.Inf(1)) },
				"limits are unknown":  func(w *world, v map[string]float64, _ int) { w.tell(v, make([]float64, len(directions)), math.NaN()) },
				"the same point ever": func(w *world, _ map[string]float64, _ int) { w.tell(w.first(), make([]float64, len(directions)), 0) },
			}
			for name, end := range endings {
				t.Run(fmt.Sprint(node, len(directions), name), func(t *testing.T) {
					w := newWorld(t, everyKind(), directions...)
					w.view.Limits = []trials.Limit{{Metric: "bytes", Op: "<=", Bound: 0}}
					s := newSampler(t, node)
					distinct := map[float64]bool{}
					for i := range 40 {
						v := sample(t, s, w.request())
						distinct[v["float"]] = true
						end(w, v, i)
					}
					if len(distinct) < 35 {
						t.Errorf("40 suggestions have only %d values of a float", len(distinct))
					}
				})
			}
		}
	}
}

// first is the point of the lowest values.
func (w *world) first() map[string]float64 {
	out := map[string]float64{}
	for i, name := range w.space.Names {
		out[name] = w.space.Dists[i].At(0)
	}
	return out
}

// Trials of an earlier, wider distribution count where they can.
func TestValuesOfAnotherDistributionAreNoHarm(t *testing.T) {
	w := newWorld(t, trials.SearchSpace{"x": line(0, 1), "y": {Type: trials.IntKind, Low: 1, High: 4}})
	for i := range 40 {
		w.tell(map[string]float64{"x": float64(i)/4 - 3, "y": float64(i)}, []float64{math.Abs(float64(i)/4 - 3.5)})
	}
	s := newSampler(t, defaults)
	sum := 0.0
	for range 40 {
		v := sample(t, s, w.request())
		sum += v["x"] / 40
		w.tell(v, []float64{math.Abs(v["x"] - 0.5)})
	}
	if sum < 0.3 || sum > 0.7 {
		t.Errorf("the mean of x is %v, the best is 0.5", sum)
	}
}

func TestRefusesWhatItCannotServe(t *testing.T) {
	two := newWorld(t, cube(1, 0, 1), trials.Minimize, trials.Maximize)
	if faults := prepare(t, two, defaults); len(faults) > 0 {
		t.Errorf("two objectives are refused: %v", faults)
	}
	if faults := prepare(t, two, `{"constraints":"ctpe"}`); len(faults) != 1 || faults[0].Pointer != "/constraints" {
		t.Errorf("c-TPE for two objectives: %v", faults)
	}
}

var _ trials.Sampler = (*tpe.Sampler)(nil)
