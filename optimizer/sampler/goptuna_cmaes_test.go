package sampler

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// cube is a study of so many floats, with no trials yet.
func cube(t *testing.T, seed int64, direction trials.Direction, d trials.Distribution, axes int) *trials.SampleRequest {
	t.Helper()
	study := &trials.StudySpec{
		Objectives: []trials.Objective{{Metric: "value", Direction: direction}}, Seed: &seed, SearchSpace: trials.SearchSpace{},
	}
	for i := range axes {
		study.SearchSpace[fmt.Sprintf("x%04d", i)] = d
	}
	space, err := study.SearchSpace.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	r := &trials.SampleRequest{Study: study, Space: space, View: trials.View{Generation: 1, Objectives: study.Objectives}}
	for _, name := range space.Names {
		r.View.Columns = append(r.View.Columns, trials.Column{Name: name})
	}
	return r
}

// finish ends the trial of a request with a value, and makes it the next one.
func finish(r *trials.SampleRequest, values map[string]float64, value float64) {
	v := &r.View
	v.Numbers, v.States = append(v.Numbers, r.Number), append(v.States, trials.Complete)
	v.Values, v.Violations = append(v.Values, value), append(v.Violations, 0)
	v.Last, v.LastStep = append(v.Last, math.NaN()), append(v.LastStep, trials.Absent)
	v.Columns = slices.Clone(v.Columns)
	for i := range v.Columns {
		v.Columns[i].Values = append(v.Columns[i].Values, values[v.Columns[i].Name])
	}
	r.Number++
}

func draw(t *testing.T, s trials.Sampler, r *trials.SampleRequest) map[string]float64 {
	t.Helper()
	out, err := s.Sample(r)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range r.Space.Names {
		if !r.Space.Dists[i].Contains(out.Values[name]) {
			t.Fatalf("%s is %v", name, out.Values[name])
		}
	}
	return out.Values
}

var wide = trials.Distribution{Type: trials.FloatKind, Low: -5, High: 5}

func TestGoptunaCMAESImprovesOnRandomBothWays(t *testing.T) {
	best := func(s func() algorithm, direction trials.Direction) float64 {
		var out []float64
		for seed := range int64(11) {
			r, a, least := cube(t, seed, direction, wide, 4), s(), math.Inf(1)
			for range 150 {
				values, loss := draw(t, a, r), 0.0
				for _, x := range values {
					loss += (x - 2) * (x - 2)
				}
				least = min(least, loss)
				if direction == trials.Maximize {
					loss = -loss
				}
				finish(r, values, loss)
			}
			out = append(out, least)
		}
		slices.Sort(out)
		return out[len(out)/2]
	}
	chance := best(newRandom, trials.Minimize)
	low, high := best(newGoptunaCMAES, trials.Minimize), best(newGoptunaCMAES, trials.Maximize)
	t.Logf("the median of the best is %.3g, by random search %.3g", low, chance)
	if low > chance/10 || low != high {
		t.Errorf("the median of the best is %v minimising and %v maximising; by random search %v", low, high, chance)
	}
}

func TestGoptunaCMAESIsTheSameAfterARestart(t *testing.T) {
	r, grown := tpeRequest(t, trials.Minimize, 60), newGoptunaCMAES()
	// An older request comes after newer ones, as from parallel workers.
	for _, rows := range []int{0, 3, 30, 29, 31, 60, 20, 59, 60, 5, 60} {
		got, want := draw(t, grown, to(r, rows)), draw(t, newGoptunaCMAES(), to(r, rows))
		if !maps.Equal(got, want) {
			t.Errorf("after %d rows: grown %v, rebuilt %v", rows, got, want)
		}
	}
}

func TestGoptunaCMAESOutlivesWhatBreaksGoptuna(t *testing.T) {
	middle := trials.Distribution{Type: trials.IntKind, Low: 1, High: 3}
	for name, value := range map[string]func(i int) float64{
		"constant": func(int) float64 { return 1 },
		"NaN":      func(int) float64 { return math.NaN() },
		"huge":     func(i int) float64 { return float64(i%3-1) * 1.7e308 },
	} {
		for _, d := range []trials.Distribution{middle, wide} {
			t.Run(fmt.Sprint(name, d.Type), func(t *testing.T) {
				r, s := cube(t, 1, trials.Minimize, d, 3), newGoptunaCMAES()
				seen := map[string]bool{}
				for i := range 300 {
					values := draw(t, s, r)
					seen[fmt.Sprint(values)] = true
					if i%2 == 0 { // somebody enqueues the middle, again and again
						for name := range values {
							values[name] = d.At(0.5)
						}
					}
					finish(r, values, value(i))
				}
				if len(seen) < 10 { // of 27 on the coarse grid, which freezes without a margin
					t.Errorf("of 300 points only %d are different", len(seen))
				}
			})
		}
	}
}

func TestGoptunaCMAESRefusesWhatItCannotDo(t *testing.T) {
	for name, tt := range map[string]struct {
		r       *trials.SampleRequest
		refused bool
	}{
		"no space declared": {cube(t, 1, trials.Minimize, wide, 0), false},
		"one axis":          {cube(t, 1, trials.Minimize, wide, 1), true},
		"two axes":          {cube(t, 1, trials.Minimize, wide, 2), false},
		"101 axes":          {cube(t, 1, trials.Minimize, wide, 101), true},
		"categories":        {cube(t, 1, trials.Minimize, trials.Distribution{Type: trials.CategoricalKind, Choices: []any{"a", "b"}}, 4), true},
	} {
		var faults options.Faults
		s := newGoptunaCMAES()
		if s.Prepare(tt.r.Study, tt.r.Space, &faults); (len(faults) > 0) != tt.refused {
			t.Errorf("%s: %v", name, faults)
		}
		draw(t, s, tt.r) // a space given with an ask is not refused, and gets an answer
	}
}

func TestGoptunaSobolPointFollowsFromSeedAndNumber(t *testing.T) {
	r, s := cube(t, 4, trials.Minimize, trials.Distribution{Type: trials.IntKind, Low: 0, High: 15}, 6), newGoptunaSobol()
	at := func(s algorithm, number int64) map[string]float64 {
		one := *r
		one.Number = number
		return draw(t, s, &one)
	}
	want := at(newGoptunaSobol(), 40)
	at(s, 3000)
	if got := at(s, 40); !maps.Equal(got, want) { // long out of the window
		t.Errorf("trial 40 was given %v, of a new sampler %v", got, want)
	}
	seen := map[string]map[float64]int{}
	for number := range int64(16) {
		for name, v := range at(s, number) {
			if seen[name] == nil {
				seen[name] = map[float64]int{}
			}
			seen[name][v]++
		}
	}
	// goptuna's first point is the second of the sequence: of 16 points, 15 of a net
	// and the one that begins the next.
	for name, values := range seen {
		if len(values) < 15 {
			t.Errorf("of 16 values %s had %d in 16 trials", name, len(values))
		}
	}
	*r.Study.Seed = 5
	if maps.Equal(at(newGoptunaSobol(), 40), want) {
		t.Error("another seed has the same points")
	}
}

func TestGoptunaSamplersTakeParallelAskers(t *testing.T) {
	for _, s := range []algorithm{newGoptunaCMAES(), newGoptunaSobol()} {
		r := cube(t, 1, trials.Minimize, wide, 5)
		var wg sync.WaitGroup
		for i := range 256 {
			one := *r
			wg.Go(func() {
				if _, err := s.Sample(&one); err != nil {
					t.Error(err)
				}
			})
			if i%64 == 63 {
				wg.Wait()
			}
			values := draw(t, s, r)
			finish(r, values, values["x0000"])
		}
		wg.Wait()
	}
}

func TestGoptunaSobolHasAThousandAxes(t *testing.T) {
	r, s := cube(t, 1, trials.Minimize, wide, 1000), newGoptunaSobol()
	for range 20 {
		finish(r, draw(t, s, r), 0)
	}
}
