package sampler_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/trials"
)

var distributions = map[string]trials.Distribution{
	"float":        {Type: trials.FloatKind, Low: -2, High: 3},
	"float step":   {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.1},
	"float uneven": {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
	"log float":    {Type: trials.FloatKind, Low: 1e-5, High: 0.1, Log: true},
	"int":          {Type: trials.IntKind, Low: 1, High: 3},
	"int step":     {Type: trials.IntKind, Low: 0, High: 10, Step: 4},
	"log int":      {Type: trials.IntKind, Low: 1, High: 64, Log: true},
	"categorical":  {Type: trials.CategoricalKind, Choices: []any{"a", true, nil, 3.0}},
	"one int":      {Type: trials.IntKind, Low: 7, High: 7},
	"one float":    {Type: trials.FloatKind, Low: 0.5, High: 0.5},
	"one log":      {Type: trials.FloatKind, Low: 0.5, High: 0.5, Log: true},
	"one choice":   {Type: trials.CategoricalKind, Choices: []any{"only"}},
}

// bench is one study with a sampler, and the trials it has had.
type bench struct {
	study *trials.StudySpec
	space *trials.Space
	view  trials.View
}

func newBench(t testing.TB, direction trials.Direction, space trials.SearchSpace) *bench {
	t.Helper()
	seed := int64(17)
	b := &bench{study: &trials.StudySpec{
		Objectives:  []trials.Objective{{Metric: "value", Direction: direction}},
		SearchSpace: space, Seed: &seed,
	}}
	var err error
	if b.space, err = space.Compile("/search_space"); err != nil {
		t.Fatal(err)
	}
	b.view.Objectives = b.study.Objectives
	for i, name := range b.space.Names {
		b.view.Columns = append(b.view.Columns, trials.Column{Name: name, Dist: b.space.Dists[i]})
	}
	return b
}

func (b *bench) sampler(t testing.TB, node string) trials.Sampler {
	t.Helper()
	s, _, err := sampler.Table{}.New(b.study, b.space, json.RawMessage(node))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) request(number int) *trials.SampleRequest {
	return &trials.SampleRequest{Study: b.study, Space: b.space, Number: int64(number), View: b.view}
}

// end appends a trial to the view: its value, or what it last reported.
func (b *bench) end(state trials.State, values map[string]float64, value float64) {
	v := &b.view
	v.Numbers = append(v.Numbers, int64(len(v.Numbers)))
	v.States = append(v.States, state)
	v.Violations = append(v.Violations, 0)
	final, last, step := math.NaN(), math.NaN(), int64(trials.Absent)
	if state == trials.Complete {
		final = value
	} else if state == trials.Pruned {
		last, step = value, int64(len(v.Numbers)%3)
	}
	v.Values, v.Last, v.LastStep = append(v.Values, final), append(v.Last, last), append(v.LastStep, step)
	columns := slices.Clone(v.Columns)
	for i := range columns {
		x, ok := values[columns[i].Name]
		if !ok {
			x = math.NaN()
		}
		columns[i].Values = append(columns[i].Values, x)
	}
	v.Columns = columns
}

func sample(t testing.TB, s trials.Sampler, r *trials.SampleRequest) map[string]float64 {
	t.Helper()
	out, err := s.Sample(r)
	if err != nil {
		t.Fatal(err)
	}
	if out.By == "" {
		t.Error("the sample does not say by whom it is")
	}
	return out.Values
}

func types() []string {
	var out []string
	for _, e := range (sampler.Table{}).Catalogue() {
		out = append(out, e.Type)
	}
	return out
}

func node(typ string) string { return fmt.Sprintf(`{"type":%q}`, typ) }

func TestEverySamplerStaysInsideAndReachesBothEnds(t *testing.T) {
	for _, typ := range types() {
		for name, d := range distributions {
			t.Run(typ+"/"+name, func(t *testing.T) {
				b := newBench(t, trials.Minimize, trials.SearchSpace{"x": d})
				s := b.sampler(t, node(typ))
				seen := map[float64]int{}
				for i := range 2000 {
					x, ok := sample(t, s, b.request(i))["x"]
					if !ok || !b.space.Dists[0].Contains(x) {
						t.Fatalf("draw %d is %v, which is not a value of %s", i, x, &b.space.Dists[0])
					}
					seen[x]++
				}
				if n := b.space.Dists[0].Count(); n > 0 && len(seen) != n {
					t.Errorf("of %d values %d were drawn: %v", n, len(seen), seen)
				}
			})
		}
	}
}

// The model of TPE, not its start-up, over every kind at once.
func TestTPEModelStaysInside(t *testing.T) {
	b := newBench(t, trials.Minimize, maps.Clone(distributions))
	s := b.sampler(t, `{"type":"goptuna.tpe","startup_trials":3}`)
	seen := map[string]map[float64]bool{}
	for i := range 300 {
		values := sample(t, s, b.request(i))
		for j, name := range b.space.Names {
			if !b.space.Dists[j].Contains(values[name]) {
				t.Fatalf("%s is %v", name, values[name])
			}
			if seen[name] == nil {
				seen[name] = map[float64]bool{}
			}
			seen[name][values[name]] = true
		}
		state := trials.Complete
		if i%4 == 3 {
			state = trials.Pruned
		}
		b.end(state, values, math.Abs(values["float"]))
	}
	for j, name := range b.space.Names {
		if d := &b.space.Dists[j]; d.Count() > 0 && !d.Log && len(seen[name]) != d.Count() {
			t.Errorf("of %d values of %s %d were drawn", d.Count(), name, len(seen[name]))
		}
	}
}

func TestSameRequestSameAnswer(t *testing.T) {
	for _, typ := range []string{"random", "goptuna.random"} {
		t.Run(typ, func(t *testing.T) {
			b := newBench(t, trials.Minimize, maps.Clone(distributions))
			s := b.sampler(t, node(typ))
			first := sample(t, s, b.request(4))
			sample(t, s, b.request(5))
			again := sample(t, b.sampler(t, node(typ)), b.request(4))
			if !maps.Equal(first, again) || !maps.Equal(first, sample(t, s, b.request(4))) {
				t.Errorf("trial 4 was given %v, then %v", first, again)
			}
			if maps.Equal(first, sample(t, s, b.request(5))) {
				t.Error("trials 4 and 5 were given the same")
			}
		})
	}
}

func TestFixedParametersAreLeftOut(t *testing.T) {
	for _, typ := range types() {
		b := newBench(t, trials.Minimize, maps.Clone(distributions))
		s := b.sampler(t, node(typ))
		r := b.request(3)
		free := sample(t, s, r)
		r.Fixed = map[string]float64{"int": 2}
		got := sample(t, s, r)
		if _, ok := got["int"]; ok || len(got) != len(distributions)-1 {
			t.Errorf("%s: fixed, and yet sampled: %v", typ, got)
		}
		if free["float"] != got["float"] && typ == "random" {
			t.Errorf("%s: fixing one parameter changed another", typ)
		}
	}
}

// Branches of a conditional space leave gaps in the columns.
func TestConditionalSpaces(t *testing.T) {
	space := trials.SearchSpace{
		"model": {Type: trials.CategoricalKind, Choices: []any{"tree", "net"}},
		"depth": {Type: trials.IntKind, Low: 1, High: 9, When: map[string][]any{"model": {"tree"}}},
		"rate":  {Type: trials.FloatKind, Low: 1e-4, High: 1, Log: true, When: map[string][]any{"model": {"net"}}},
	}
	for _, typ := range types() {
		t.Run(typ, func(t *testing.T) {
			b := newBench(t, trials.Minimize, maps.Clone(space))
			s := b.sampler(t, node(typ))
			for i := range 60 {
				values := sample(t, s, b.request(i))
				for j, name := range b.space.Names {
					if !b.space.Active(j, values) {
						delete(values, name)
					} else if !b.space.Dists[j].Contains(values[name]) {
						t.Fatalf("%s is %v", name, values[name])
					}
				}
				b.end(trials.Complete, values, float64(i%7))
			}
		})
	}
}

func TestSmallSpaces(t *testing.T) {
	spaces := map[string]trials.SearchSpace{
		"empty":           {},
		"one axis":        {"x": distributions["float"]},
		"categories only": {"a": distributions["categorical"], "b": distributions["one choice"]},
	}
	for _, n := range append(types(), "goptuna.tpe without start-up") {
		options := node(n)
		if n == "goptuna.tpe without start-up" {
			options = `{"type":"goptuna.tpe","startup_trials":0,"ei_candidates":1}`
		}
		for name, space := range spaces {
			t.Run(n+"/"+name, func(t *testing.T) {
				b := newBench(t, trials.Maximize, maps.Clone(space))
				s := b.sampler(t, options)
				for i := range 40 {
					values := sample(t, s, b.request(i))
					if len(values) != len(space) {
						t.Fatalf("got %v", values)
					}
					b.end(trials.Complete, values, float64(i))
				}
			})
		}
	}
}

func TestParallelCalls(t *testing.T) {
	for _, typ := range types() {
		b := newBench(t, trials.Minimize, maps.Clone(distributions))
		s := b.sampler(t, node(typ))
		var wg sync.WaitGroup
		for i := range 40 {
			r := b.request(i)
			wg.Go(func() {
				if _, err := s.Sample(r); err != nil {
					t.Error(err)
				}
			})
			b.end(trials.Complete, sample(t, s, r), float64(i%5))
		}
		wg.Wait()
	}
}

func TestRefusals(t *testing.T) {
	two := []trials.Objective{{Metric: "loss", Direction: trials.Minimize}, {Metric: "acc", Direction: trials.Maximize}}
	tests := map[string]struct {
		node       string
		objectives []trials.Objective
		pointer    string
	}{
		"unknown type":                        {`{"type":"tpe"}`, two[:1], "/type"},
		"unknown option":                      {`{"type":"random","seed":1}`, two[:1], "/seed"},
		"option out of range":                 {`{"type":"goptuna.tpe","ei_candidates":0}`, two[:1], "/ei_candidates"},
		"several objectives, goptuna.tpe":     {`{"type":"goptuna.tpe"}`, two, "/type"},
		"several objectives, random":          {`{"type":"random"}`, two, "-"},
		"several objectives, goptuna.random":  {`{"type":"goptuna.random"}`, two, "-"},
		"no node at all is the first sampler": {``, two, "-"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := "-"
			_, _, err := sampler.Table{}.New(&trials.StudySpec{Objectives: tt.objectives}, &trials.Space{}, json.RawMessage(tt.node))
			var e *trials.Error
			if errors.As(err, &e) {
				got = e.Fields[0].Pointer
			}
			if got != tt.pointer {
				t.Errorf("New(%s): fault at %s, want %s (%v)", tt.node, got, tt.pointer, err)
			}
		})
	}
}

func TestResolvedNodes(t *testing.T) {
	for node, want := range map[string]string{
		``:                          `{"type":"random"}`,
		`null`:                      `{"type":"random"}`,
		`{"type":"goptuna.random"}`: `{"type":"goptuna.random"}`,
		`{"startup_trials":2,"type":"goptuna.tpe"}`: `{"type":"goptuna.tpe","startup_trials":2,"ei_candidates":24}`,
	} {
		b := newBench(t, trials.Minimize, trials.SearchSpace{})
		_, got, err := sampler.Table{}.New(b.study, b.space, json.RawMessage(node))
		if err != nil || string(got) != want {
			t.Errorf("New(%s) resolves to %s, %v; want %s", node, got, err, want)
		}
	}
}

func TestEveryExampleIsAccepted(t *testing.T) {
	for _, e := range (sampler.Table{}).Catalogue() {
		newBench(t, trials.Minimize, trials.SearchSpace{}).sampler(t, string(e.Example))
		if !json.Valid(e.Schema) || e.Summary == "" {
			t.Errorf("%s: schema %s, summary %q", e.Type, e.Schema, e.Summary)
		}
	}
}

// best returns the median over several studies of the best distance from the
// optimum after so many trials.
func best(t *testing.T, typ string, direction trials.Direction) float64 {
	t.Helper()
	var bests []float64
	for run := range 15 {
		b := newBench(t, direction, trials.SearchSpace{
			"x": {Type: trials.FloatKind, Low: -5, High: 5},
			"y": {Type: trials.FloatKind, Low: -5, High: 5},
		})
		*b.study.Seed = int64(run)
		s := b.sampler(t, node(typ))
		least := math.Inf(1)
		for i := range 100 {
			values := sample(t, s, b.request(i))
			loss := math.Pow(values["x"]-1, 2) + math.Pow(values["y"]+2, 2)
			least = min(least, loss)
			if direction == trials.Maximize {
				loss = -loss
			}
			b.end(trials.Complete, values, loss)
		}
		bests = append(bests, least)
	}
	slices.Sort(bests)
	return bests[len(bests)/2]
}

func TestTPEImprovesOnRandomBothWays(t *testing.T) {
	chance := best(t, "random", trials.Minimize)
	for _, direction := range []trials.Direction{trials.Minimize, trials.Maximize} {
		if got := best(t, "goptuna.tpe", direction); got >= chance {
			t.Errorf("%s: the median of the best is %v, by random search %v", direction, got, chance)
		} else {
			t.Logf("%s: %v against %v", direction, got, chance)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	for _, typ := range types() {
		for _, n := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", typ, n), func(b *testing.B) {
				bench := newBench(b, trials.Minimize, maps.Clone(distributions))
				chance := bench.sampler(b, `{"type":"random"}`)
				for i := range n {
					bench.end(trials.Complete, sample(b, chance, bench.request(i)), float64(i%13))
				}
				s := bench.sampler(b, node(typ))
				for i := 0; b.Loop(); i++ {
					sample(b, s, bench.request(n+i))
				}
			})
		}
	}
}
