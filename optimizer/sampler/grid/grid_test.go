package grid

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// study is a study with the trials that ended and those that run.
type study struct {
	spec    *trials.StudySpec
	space   *trials.Space
	view    trials.View
	pending []trials.Point
}

func newStudy(t testing.TB, seed int64, space trials.SearchSpace) *study {
	t.Helper()
	out := &study{spec: &trials.StudySpec{SearchSpace: space, Seed: &seed}}
	var err error
	if out.space, err = space.Compile(""); err != nil {
		t.Fatal(err)
	}
	out.view.Generation = 1
	for i, name := range out.space.Names {
		out.view.Columns = append(out.view.Columns, trials.Column{Name: name, Dist: out.space.Dists[i]})
	}
	return out
}

func (s *study) request(number int64) *trials.SampleRequest {
	return &trials.SampleRequest{Study: s.spec, Space: s.space, Number: number, View: s.view, Pending: slices.Clone(s.pending)}
}

func (s *study) start(number int64, values map[string]float64) {
	s.pending = append(s.pending, trials.Point{Number: number, Values: values})
}

// end moves a running trial into the view.
func (s *study) end(i int, state trials.State) {
	p := s.pending[i]
	s.pending = slices.Delete(s.pending, i, i+1)
	s.view.Numbers, s.view.States = append(s.view.Numbers, p.Number), append(s.view.States, state)
	s.view.Columns = slices.Clone(s.view.Columns)
	for k := range s.view.Columns {
		v, ok := p.Values[s.view.Columns[k].Name]
		if !ok {
			v = math.NaN()
		}
		s.view.Columns[k].Values = append(s.view.Columns[k].Values, v)
	}
}

// ask returns the values that a trial would have, nil if nothing is left.
func ask(t testing.TB, s *Sampler, r *trials.SampleRequest) map[string]float64 {
	t.Helper()
	out, err := s.Sample(r)
	if errors.Is(err, trials.ErrExhausted) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for i, name := range r.Space.Names {
		v, given := r.Fixed[name]
		if !given {
			v = out.Values[name]
		}
		if !r.Space.Active(i, values) {
			continue
		}
		if !r.Space.Dists[i].Contains(v) {
			t.Fatalf("%s is %v", name, v)
		}
		values[name] = v
	}
	return values
}

func text(values map[string]float64) string { return fmt.Sprint(values) } // in the order of the names

func mixed() trials.SearchSpace {
	return trials.SearchSpace{
		"model": {Type: trials.CategoricalKind, Choices: []any{"tree", "net"}},
		"depth": {Type: trials.IntKind, Low: 1, High: 4, Log: true, When: map[string][]any{"model": {"tree"}}},
		"rate":  {Type: trials.FloatKind, Low: 1e-4, High: 1, Log: true, When: map[string][]any{"model": {"net"}}},
		"share": {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
		"one":   {Type: trials.FloatKind, Low: 2, High: 2},
	}
}

const mixedCells = (4 + 5) * 4

func TestEveryCombinationOnceThenExhausted(t *testing.T) {
	b, s, seen := newStudy(t, 3, mixed()), New(), map[string]bool{}
	for number := range int64(mixedCells) {
		values := ask(t, s, b.request(number))
		if values == nil || seen[text(values)] {
			t.Fatalf("trial %d was given %v, which is not new", number, values)
		}
		seen[text(values)] = true
		b.start(number, values)
		b.end(0, []trials.State{trials.Complete, trials.Fail, trials.Pruned}[number%3])
	}
	if values := ask(t, s, b.request(mixedCells)); values != nil {
		t.Errorf("after all %d there is %v", mixedCells, values)
	}
	for _, want := range []string{"map[model:1 one:2 rate:0.0001 share:0]", "map[model:1 one:2 rate:1 share:0.8999999999999999]", "map[depth:4 model:0 one:2 share:0.3]"} {
		if !seen[want] {
			t.Errorf("%s is not among %v", want, slices.Sorted(maps.Keys(seen)))
		}
	}
}

func TestOrderIsOfTheSeed(t *testing.T) {
	first := func(seed int64) (out []string) {
		b, s := newStudy(t, seed, mixed()), New()
		for number := range int64(10) {
			out = append(out, text(ask(t, s, b.request(number))))
		}
		return out
	}
	if !slices.Equal(first(1), first(1)) || slices.Equal(first(1), first(2)) {
		t.Error("the order is not that of the seed")
	}
}

// Workers that ask at the same time do not see each other's trials yet, trials end
// in any order, some are enqueued, and the sampler is made anew in between.
func TestParallelWorkersRepeatNothing(t *testing.T) {
	for seed := range int64(20) {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		b, s := newStudy(t, seed, mixed()), New()
		seen, number, stopped := map[string]bool{}, int64(0), false
		for !stopped {
			var asked []map[string]float64
			from := number
			for range 1 + rng.IntN(8) { // under way at once
				asked = append(asked, ask(t, s, b.request(number)))
				number++
			}
			for i, values := range asked {
				switch {
				case values == nil:
					stopped = true
				case seen[text(values)]:
					t.Fatalf("seed %d: trial %d was given %v again", seed, from+int64(i), values)
				default:
					seen[text(values)] = true
					b.start(from+int64(i), values)
				}
			}
			if rng.IntN(4) == 0 { // somebody enqueues a combination, new or not
				values := map[string]float64{"model": 0, "depth": float64(1 + rng.IntN(4)), "share": 0, "one": 2}
				seen[text(values)] = true
				b.start(number, values)
				number++
			}
			for len(b.pending) > 0 && rng.IntN(3) > 0 {
				b.end(rng.IntN(len(b.pending)), trials.Complete)
			}
			if rng.IntN(5) == 0 {
				s = New()
			}
		}
		if len(seen) != mixedCells {
			t.Errorf("seed %d: %d of %d combinations were handed out", seed, len(seen), mixedCells)
		}
	}
}

func TestNumberThatWasLostCostsNoCombination(t *testing.T) {
	b, s, seen := newStudy(t, 2, mixed()), New(), map[string]bool{}
	number := int64(5) // 0 to 4 were lost
	for ; ; number++ {
		values := ask(t, s, b.request(number))
		if values == nil {
			break
		}
		seen[text(values)] = true
		b.start(number, values)
		b.end(0, trials.Complete)
	}
	if len(seen) != mixedCells {
		t.Errorf("%d of %d combinations were handed out", len(seen), mixedCells)
	}
}

func TestGrownEqualsRebuilt(t *testing.T) {
	b, s := newStudy(t, 4, mixed()), New()
	var requests []*trials.SampleRequest
	var want []map[string]float64
	for number := range int64(30) {
		r := b.request(number)
		values := ask(t, s, r)
		requests, want = append(requests, r), append(want, values)
		b.start(number, values)
		if number%3 == 2 {
			b.end(1, trials.Complete)
			b.end(0, trials.Complete)
		}
	}
	for i, r := range slices.Backward(requests) {
		if grown, anew := ask(t, s, r), ask(t, New(), r); !maps.Equal(grown, want[i]) || !maps.Equal(anew, want[i]) {
			t.Errorf("trial %d was given %v; asked again %v, of a new sampler %v", i, want[i], grown, anew)
		}
	}
}

func TestGivenParametersPickAmongWhatGoesWithThem(t *testing.T) {
	b, s := newStudy(t, 4, mixed()), New()
	for number := range int64(20) { // there are 16
		r := b.request(number)
		r.Fixed = map[string]float64{"model": 0}
		values := ask(t, s, r)
		if _, ok := values["depth"]; !ok {
			t.Fatalf("got %v", values)
		}
		b.start(number, values)
		b.end(0, trials.Complete)
	}
	r := b.request(20)
	r.Fixed = map[string]float64{"share": 0.6, "model": 1, "rate": 0.123} // rate is not on the grid
	if values := ask(t, s, r); values["share"] != 0.6 || values["rate"] != 0.123 {
		t.Errorf("got %v", values)
	}
}

func TestRefusedPointGivesWayToAnother(t *testing.T) {
	b, s, seen := newStudy(t, 4, mixed()), New(), map[string]bool{}
	for redraw := range 17 {
		r := b.request(0)
		r.Redraw = redraw
		seen[text(ask(t, s, r))] = true
	}
	if len(seen) != 17 {
		t.Errorf("17 draws gave %d points", len(seen))
	}
	small := newStudy(t, 1, trials.SearchSpace{"k": {Type: trials.IntKind, Low: 0, High: 1}})
	r := small.request(0)
	r.Redraw = 16
	if ask(t, s, r) == nil {
		t.Error("a grid with refused points only is exhausted")
	}
}

func TestParametersSuggestedOneByOneAreNeverExhausted(t *testing.T) {
	x := trials.SearchSpace{"x": {Type: trials.IntKind, Low: 0, High: 2}}
	b, s := newStudy(t, 1, x), New()
	b.view.Columns = append(b.view.Columns, trials.Column{Name: "y"})
	for number := range int64(9) {
		values := ask(t, s, b.request(number))
		if values == nil {
			t.Fatalf("exhausted at trial %d", number)
		}
		values["y"] = 1
		b.start(number, values)
		b.end(0, trials.Complete)
	}
}

func TestGridsThatAreTooLargeAreRefused(t *testing.T) {
	wide := func(n int, when map[string][]any) trials.SearchSpace {
		out := trials.SearchSpace{"on": {Type: trials.CategoricalKind, Choices: []any{true, false}}}
		for i := range n {
			out[fmt.Sprintf("x%02d", i)] = trials.Distribution{Type: trials.FloatKind, Low: 0, High: 1, When: when}
		}
		return out
	}
	branches := trials.SearchSpace{"c": {Type: trials.CategoricalKind}}
	var choices []any
	for i := range 40 {
		choice := float64(i)
		choices = append(choices, choice)
		branches[fmt.Sprint("b", i)] = trials.Distribution{
			Type: trials.IntKind, Low: 1, High: 9, When: map[string][]any{"c": {choice}},
		}
	}
	branches["c"] = trials.Distribution{Type: trials.CategoricalKind, Choices: choices}
	for name, tt := range map[string]struct {
		space trials.SearchSpace
		want  string
	}{
		"no space declared":              {nil, ""},
		"31 250":                         {wide(6, nil), ""},
		"781 250":                        {wide(8, nil), "781250 combinations"},
		"a thousand axes":                {wide(99, nil), "combinations"},
		"too large under its conditions": {wide(12, map[string][]any{"on": {true}}), "combinations"},
		"360 under its conditions":       {branches, ""},
		"every integer":                  {trials.SearchSpace{"k": {Type: trials.IntKind, Low: 0, High: 1 << 52}}, "combinations"},
	} {
		t.Run(name, func(t *testing.T) {
			space, err := tt.space.Compile("")
			if err != nil {
				t.Fatal(err)
			}
			var faults options.Faults
			s := New()
			s.Prepare(nil, space, &faults)
			got := ""
			if len(faults) > 0 {
				got = faults[0].Detail
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("refused with %q, want %q", got, tt.want)
			}
			seed := int64(1)
			r := &trials.SampleRequest{Study: &trials.StudySpec{Seed: &seed}, Space: space}
			if _, err := s.Sample(r); (err != nil) != (tt.want != "") {
				t.Errorf("Sample: %v", err)
			}
		})
	}
}

func TestParallelAskers(t *testing.T) {
	b, s := newStudy(t, 1, mixed()), New()
	got := make([]map[string]float64, mixedCells+28)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i] = ask(t, s, b.request(int64(i))) })
	}
	wg.Wait()
	seen := map[string]bool{}
	for i, values := range got {
		if (values == nil) != (i >= mixedCells) || values != nil && seen[text(values)] {
			t.Errorf("trial %d was given %v", i, values)
		}
		seen[text(values)] = true
	}
}

func BenchmarkSample(b *testing.B) {
	space := trials.SearchSpace{}
	for i := range 5 {
		space[fmt.Sprint("k", i)] = trials.Distribution{Type: trials.IntKind, Low: 1, High: 9}
	}
	st, s := newStudy(b, 1, space), New()
	for i := range int64(10000) {
		st.start(i, ask(b, s, st.request(i)))
		st.end(0, trials.Complete)
	}
	b.Run("ask", func(b *testing.B) {
		for b.Loop() {
			ask(b, s, st.request(10000))
		}
	})
	b.Run("rebuild", func(b *testing.B) {
		for b.Loop() {
			ask(b, New(), st.request(10000))
		}
	})
}
