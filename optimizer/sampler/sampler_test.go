package sampler_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
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
	spec  *trials.StudySpec
	space *trials.Space
	view  trials.View
}

func newBench(t testing.TB, direction trials.Direction, space trials.SearchSpace) *bench {
	t.Helper()
	seed := int64(17)
	b := &bench{spec: &trials.StudySpec{
		Objectives:  []trials.Objective{{Metric: "value", Direction: direction}},
		SearchSpace: space, Seed: &seed,
	}}
	var err error
	if b.space, err = space.Compile("/search_space"); err != nil {
		t.Fatal(err)
	}
	b.view.Objectives = b.spec.Objectives
	for i, name := range b.space.Names {
		b.view.Columns = append(b.view.Columns, trials.Column{Name: name, Dist: b.space.Dists[i]})
	}
	return b
}

func (b *bench) sampler(t testing.TB, node string) trials.Sampler {
	t.Helper()
	s, _, err := sampler.Table{}.New(b.spec, b.space, json.RawMessage(node))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bench) request(number int) *trials.SampleRequest {
	return &trials.SampleRequest{Study: b.spec, Space: b.space, Number: int64(number), View: b.view}
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

// each calls do with every sampler, of which some refuse the study: they say why.
func (b *bench) each(t *testing.T, do func(t *testing.T, typ string, s trials.Sampler)) {
	for _, typ := range types() {
		s, _, err := sampler.Table{}.New(b.spec, b.space, json.RawMessage(node(typ)))
		t.Run(typ, func(t *testing.T) {
			if err != nil {
				refused(t, typ, err)
				return
			}
			do(t, typ, s)
		})
	}
}

func refused(t *testing.T, typ string, err error) {
	t.Helper()
	var e *trials.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 || e.Fields[0].Pointer != "/type" || !strings.Contains(e.Fields[0].Detail, typ) && typ != "grid" {
		t.Errorf("refused with %v", err)
	}
}

// inside checks the values of a sample, and drops those of parameters that do not
// exist beside the others.
func (b *bench) inside(t *testing.T, values map[string]float64) map[string]float64 {
	t.Helper()
	if len(values) < len(b.space.Names) && len(b.space.Names) < 5 {
		for j, name := range b.space.Names {
			if _, ok := values[name]; !ok && b.space.Active(j, values) {
				t.Fatalf("%s is missing in %v", name, values)
			}
		}
	}
	kept := map[string]float64{}
	for j, name := range b.space.Names {
		if !b.space.Active(j, kept) {
			continue
		}
		if kept[name] = values[name]; !b.space.Dists[j].Contains(values[name]) {
			t.Fatalf("%s is %v, which is not a value of %s", name, values[name], &b.space.Dists[j])
		}
	}
	return kept
}

// study asks and ends trials, of which every fifth is PRUNED and every ninth
// FAIL, until there are so many or the sampler has nothing left.
func (b *bench) study(t *testing.T, s trials.Sampler, count int, loss func(map[string]float64) float64) []map[string]float64 {
	t.Helper()
	var out []map[string]float64
	for i := range count {
		drawn, err := s.Sample(b.request(i))
		if errors.Is(err, trials.ErrExhausted) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		values := b.inside(t, drawn.Values)
		out = append(out, values)
		switch {
		case i%9 == 8:
			b.end(trials.Fail, values, math.NaN())
		case i%5 == 4:
			b.end(trials.Pruned, values, loss(values))
		default:
			b.end(trials.Complete, values, loss(values))
		}
	}
	return out
}

func sphere(values map[string]float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += (v - 0.3) * (v - 0.3)
	}
	return sum
}

func TestEverySamplerStaysInsideAndReachesBothEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	for name, d := range distributions {
		space := trials.SearchSpace{"x": d, "y": distributions["float step"], "z": distributions["int"]}
		newBench(t, trials.Minimize, space).each(t, func(t *testing.T, typ string, s trials.Sampler) {
			b := newBench(t, trials.Minimize, space)
			seen := map[float64]int{}
			for i := range 1500 {
				drawn, err := s.Sample(b.request(i))
				if errors.Is(err, trials.ErrExhausted) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				values := b.inside(t, drawn.Values)
				seen[values["x"]]++
				if typ == "grid" { // it goes by what has been tried; of the others it is what they do before that
					b.end(trials.Complete, values, 0)
				}
			}
			// goptuna.cmaes begins in the middle, three standard deviations from the ends.
			if n := d.Count(); n > 0 && len(seen) != n && typ != "goptuna.cmaes" {
				t.Errorf("of %d values of %q %d were drawn: %v", n, name, len(seen), seen)
			}
		})
	}
}

func TestEverySamplerStaysInsideWhatItLearns(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	spaces := map[string]trials.SearchSpace{
		"every kind": maps.Clone(distributions),
		"two floats": {"x": distributions["float"], "y": distributions["float"]},
		"categories": {"a": distributions["categorical"], "b": distributions["one choice"]},
		"empty":      {},
		"conditional": {
			"model": {Type: trials.CategoricalKind, Choices: []any{"tree", "net"}},
			"depth": {Type: trials.IntKind, Low: 1, High: 9, When: map[string][]any{"model": {"tree"}}},
			"rate":  {Type: trials.FloatKind, Low: 1e-4, High: 1, Log: true, When: map[string][]any{"model": {"net"}}},
		},
		"300 decades": {"x": {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true}, "y": distributions["float"]},
		"a wide int":  {"k": {Type: trials.IntKind, Low: -1 << 52, High: 1 << 52}, "y": distributions["log int"]},
	}
	losses := map[string]func(map[string]float64) float64{
		"sphere": sphere, "constant": func(map[string]float64) float64 { return 7 },
		"huge": func(v map[string]float64) float64 { return 1e300 * sphere(v) },
	}
	for space, dists := range spaces {
		for kind, loss := range losses {
			if kind != "sphere" && space != "every kind" {
				continue
			}
			t.Run(space+"/"+kind, func(t *testing.T) {
				for _, direction := range []trials.Direction{trials.Minimize, trials.Maximize} {
					newBench(t, direction, dists).each(t, func(t *testing.T, typ string, s trials.Sampler) {
						newBench(t, direction, dists).study(t, s, 24, loss)
					})
				}
			})
		}
	}
}

func TestAThousandParameters(t *testing.T) {
	wide := trials.SearchSpace{}
	for i := range 1000 {
		wide[fmt.Sprintf("p%03d", i)] = distributions[[]string{"float", "log float", "int", "categorical"}[i%4]]
	}
	newBench(t, trials.Minimize, wide).each(t, func(t *testing.T, typ string, s trials.Sampler) {
		newBench(t, trials.Minimize, wide).study(t, s, 13, sphere)
	})
}

func TestHopelessHistories(t *testing.T) {
	space := trials.SearchSpace{"x": distributions["float"], "y": distributions["log float"], "k": distributions["int step"]}
	histories := map[string]func(b *bench, values map[string]float64, i int){
		"all failed":             func(b *bench, v map[string]float64, _ int) { b.end(trials.Fail, v, math.NaN()) },
		"all pruned in silence":  func(b *bench, v map[string]float64, _ int) { b.end(trials.Pruned, v, math.NaN()) },
		"values are not numbers": func(b *bench, v map[string]float64, _ int) { b.end(trials.Complete, v, math.NaN()) },
		"values are infinite":    func(b *bench, v map[string]float64, i int) { b.end(trials.Complete, v, math.Inf(i%2*2-1)) },
		"all infeasible": func(b *bench, v map[string]float64, i int) {
			b.end(trials.Complete, v, float64(i))
			b.view.Violations[i] = 1 + float64(i%3)
		},
		"infeasible by infinity": func(b *bench, v map[string]float64, i int) {
			b.end(trials.Complete, v, float64(i))
			b.view.Violations[i] = math.Inf(1)
		},
		"the same point": func(b *bench, _ map[string]float64, i int) {
			b.end(trials.Complete, map[string]float64{"x": 1, "y": 1e-3, "k": 4}, float64(i%3))
		},
		"outside the space": func(b *bench, _ map[string]float64, i int) {
			b.end(trials.Complete, map[string]float64{"x": 99, "y": 7, "k": -5}, float64(i%3))
		},
	}
	for name, end := range histories {
		newBench(t, trials.Minimize, space).each(t, func(t *testing.T, typ string, s trials.Sampler) {
			b := newBench(t, trials.Minimize, space)
			for i := range 25 {
				drawn, err := s.Sample(b.request(i))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				end(b, b.inside(t, drawn.Values), i)
			}
		})
	}
}

func TestSuggestionsDependOnTheRequestAlone(t *testing.T) {
	space := trials.SearchSpace{"x": distributions["float"], "y": distributions["log float"], "k": distributions["int step"], "c": distributions["categorical"]}
	newBench(t, trials.Minimize, space).each(t, func(t *testing.T, typ string, s trials.Sampler) {
		if typ == "goptuna.tpe" {
			t.Skip("goptuna draws from the global source of chance")
		}
		b := newBench(t, trials.Minimize, space)
		var requests []*trials.SampleRequest
		var answers []map[string]float64
		for i := range 40 {
			r := b.request(i)
			r.Pending = []trials.Point{{Number: 1000, Values: map[string]float64{"x": 1, "y": 0.01, "k": 4, "c": 2}}}
			values := sample(t, s, r)
			requests, answers = append(requests, r), append(answers, values)
			b.end([]trials.State{trials.Complete, trials.Complete, trials.Pruned, trials.Fail}[i%4], values, sphere(values))
		}
		for i := range slices.Backward(requests) {
			if got := sample(t, s, requests[i]); !maps.Equal(got, answers[i]) {
				t.Fatalf("trial %d was given %v, and asked again after all the others %v", i, answers[i], got)
			}
		}
		for _, i := range []int{0, 9, 24, 39} {
			if got := sample(t, b.sampler(t, node(typ)), requests[i]); !maps.Equal(got, answers[i]) {
				t.Errorf("trial %d was given %v, and by a new sampler %v", i, answers[i], got)
			}
		}
	})
}

func TestMaximisingIsTheMirrorOfMinimising(t *testing.T) {
	space := trials.SearchSpace{"x": distributions["float"], "y": distributions["float step"]}
	newBench(t, trials.Minimize, space).each(t, func(t *testing.T, typ string, s trials.Sampler) {
		if typ == "goptuna.tpe" {
			t.Skip("goptuna draws from the global source of chance")
		}
		low := newBench(t, trials.Minimize, space).study(t, s, 30, sphere)
		up := newBench(t, trials.Maximize, space)
		high := up.study(t, up.sampler(t, node(typ)), 30, func(v map[string]float64) float64 { return -sphere(v) })
		for i := range low {
			if !maps.Equal(low[i], high[i]) {
				t.Fatalf("trial %d is %v, and mirrored %v", i, low[i], high[i])
			}
		}
	})
}

func TestGivenValuesAreLeftOut(t *testing.T) {
	space := trials.SearchSpace{"x": distributions["float"], "y": distributions["float"], "k": distributions["int"], "c": distributions["categorical"]}
	newBench(t, trials.Minimize, space).each(t, func(t *testing.T, typ string, s trials.Sampler) {
		b := newBench(t, trials.Minimize, space)
		for i := range 14 {
			r := b.request(i)
			r.Fixed = map[string]float64{"k": 2}
			values := sample(t, s, r)
			if _, ok := values["k"]; ok || len(values) != len(space)-1 {
				t.Fatalf("k was given, and yet sampled: %v", values)
			}
			values["k"] = 2
			b.end(trials.Complete, b.inside(t, values), sphere(values))
		}
	})
}

// Sixty-four ask at once while trials end.
func TestParallelAsks(t *testing.T) {
	space := trials.SearchSpace{"x": distributions["float"], "y": distributions["log float"], "k": distributions["int step"], "c": distributions["categorical"]}
	newBench(t, trials.Minimize, space).each(t, func(t *testing.T, typ string, s trials.Sampler) {
		b := newBench(t, trials.Minimize, space)
		var wg sync.WaitGroup
		for i := range 64 {
			r := b.request(i)
			wg.Go(func() {
				if _, err := s.Sample(r); err != nil {
					t.Error(err)
				}
			})
			if i%4 == 0 {
				b.end(trials.Complete, sample(t, s, r), float64(i%5))
			}
		}
		wg.Wait()
	})
}

// closest returns the smallest distance of two of 8 points asked one after
// another without a tell, in the unit cube.
func (b *bench) closest(t *testing.T, s trials.Sampler, number int) float64 {
	t.Helper()
	var pending []trials.Point
	least := math.Inf(1)
	for i := range 8 {
		r := b.request(number + i)
		r.Pending = pending
		p := trials.Point{Number: r.Number, Values: sample(t, s, r), Fresh: true}
		for _, q := range pending {
			sum := 0.0
			for j, name := range b.space.Names {
				sum += math.Pow(b.space.Dists[j].Unit(p.Values[name])-b.space.Dists[j].Unit(q.Values[name]), 2)
			}
			least = min(least, math.Sqrt(sum))
		}
		pending = append(slices.Clone(pending), p)
	}
	return least
}

func TestEightAsksAtOnceAreSpread(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	space := trials.SearchSpace{}
	for i := range 4 {
		space[fmt.Sprint("x", i)] = distributions["float"]
	}
	for _, typ := range []string{"auto", "tpe", "gp", "qmc"} {
		t.Run(typ, func(t *testing.T) {
			for _, trialsBefore := range []int{0, 50, 200} {
				var ratios []float64
				for seed := range int64(5) {
					b := newBench(t, trials.Minimize, space)
					*b.spec.Seed = seed
					chance, s := b.sampler(t, node("random")), b.sampler(t, node(typ))
					for i := range trialsBefore {
						values := sample(t, chance, b.request(i))
						b.end(trials.Complete, values, sphere(values))
					}
					ratios = append(ratios, b.closest(t, s, trialsBefore)/b.closest(t, chance, trialsBefore))
				}
				slices.Sort(ratios)
				if ratios[2] < 0.5 {
					t.Errorf("after %d trials the closest two of 8 are %.2f of the distance of the closest of 8 random points (%.2f)", trialsBefore, ratios[2], ratios)
				}
			}
		})
	}
}

func TestWhereTrialsFailIsLeft(t *testing.T) {
	for _, typ := range []string{"auto", "tpe", "gp"} {
		b := newBench(t, trials.Minimize, trials.SearchSpace{
			"k": {Type: trials.FloatKind, Low: 0, High: 4}, "x": distributions["float"],
		})
		s := b.sampler(t, node(typ))
		failed := 0
		for i := range 80 {
			values := sample(t, s, b.request(i))
			if values["k"] > 1.5 { // out of memory, just where it would be best
				b.end(trials.Fail, values, math.NaN())
				if i >= 40 {
					failed++
				}
				continue
			}
			b.end(trials.Complete, values, values["x"]*values["x"]-values["k"])
		}
		if t.Logf("%s: %d of the last 40 failed", typ, failed); failed > 24 {
			t.Errorf("%s: %d of the last 40 trials failed, as many as chance would (25) or more", typ, failed)
		}
	}
}

func TestNoPointIsAskedAgainWhereNothingIsLearnt(t *testing.T) {
	for _, typ := range []string{"auto", "gp", "tpe"} {
		b := newBench(t, trials.Minimize, trials.SearchSpace{"x": distributions["float"], "y": distributions["float"]})
		seen := map[string]bool{}
		for _, values := range b.study(t, b.sampler(t, node(typ)), 50, func(map[string]float64) float64 { return 1 }) {
			seen[fmt.Sprint(values)] = true
		}
		if len(seen) != 50 {
			t.Errorf("%s: of 50 points of a constant objective %d are different", typ, len(seen))
		}
	}
}

// A pruner stops all but one trial in five, so that few are COMPLETE.
func TestAutoLearnsFromPrunedTrials(t *testing.T) {
	least := func(typ string) float64 {
		var bests []float64
		for seed := range int64(5) {
			b := newBench(t, trials.Minimize, trials.SearchSpace{"x": distributions["float"], "y": distributions["float"], "z": distributions["float"]})
			*b.spec.Seed = seed
			s, best := b.sampler(t, node(typ)), math.Inf(1)
			for i := range 60 {
				values := sample(t, s, b.request(i))
				loss := sphere(values)
				best = min(best, loss)
				if i%5 == 0 || loss < 0.1 {
					b.end(trials.Complete, values, loss)
				} else {
					b.end(trials.Pruned, values, loss)
				}
			}
			bests = append(bests, best)
		}
		slices.Sort(bests)
		return bests[2]
	}
	got, chance := least("auto"), least("random")
	if t.Logf("%.3g, by chance %.3g", got, chance); got > 0.2*chance {
		t.Errorf("the median of the best is %.3g, by chance %.3g", got, chance)
	}
}

func TestAChoiceThatIsNeverGoodIsNotTriedForEver(t *testing.T) {
	b := newBench(t, trials.Minimize, trials.SearchSpace{
		"x": distributions["float"], "c": {Type: trials.CategoricalKind, Choices: []any{"good", "bad"}},
	})
	s, tried := b.sampler(t, node("auto")), 0
	for i := range 120 {
		drawn, err := s.Sample(b.request(i))
		if err != nil {
			t.Fatal(err)
		}
		if i >= 60 && strings.Contains(drawn.Why, "tried the least") {
			tried++
		}
		b.end(trials.Complete, drawn.Values, 100*drawn.Values["c"]+drawn.Values["x"]*drawn.Values["x"])
	}
	if tried > 1 {
		t.Errorf("%d of the last 60 trials took the least tried choice for its own sake", tried)
	}
}

func TestAutoSaysWhomItAskedAndWhy(t *testing.T) {
	plain := trials.SearchSpace{"x": distributions["float"], "y": distributions["float"]}
	conditional := maps.Clone(plain)
	conditional["k"] = trials.Distribution{Type: trials.IntKind, Low: 1, High: 3, When: map[string][]any{"c": {"a"}}}
	conditional["c"] = distributions["categorical"]
	for name, tt := range map[string]struct {
		space   trials.SearchSpace
		ended   int
		pending int
		by      string
	}{
		"first trials":     {plain, 3, 0, "qmc"},
		"few trials":       {plain, 30, 0, "gp"},
		"many trials":      {plain, 600, 0, "tpe"},
		"many workers":     {plain, 30, 64, "tpe"},
		"conditional ones": {conditional, 30, 0, "tpe"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, trials.Minimize, tt.space)
			chance := b.sampler(t, node("random"))
			for i := range tt.ended {
				values := sample(t, chance, b.request(i))
				b.end(trials.Complete, b.inside(t, values), sphere(values))
			}
			r := b.request(tt.ended)
			for i := range tt.pending {
				r.Pending = append(r.Pending, trials.Point{Number: int64(i), Values: sample(t, chance, b.request(i))})
			}
			got, err := b.sampler(t, node("auto")).Sample(r)
			if err != nil || got.By != tt.by || got.Why == "" {
				t.Errorf("by %q because %q, %v; want by %q", got.By, got.Why, err, tt.by)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	two := []trials.Objective{{Metric: "loss", Direction: trials.Minimize}, {Metric: "acc", Direction: trials.Maximize}}
	tests := map[string]struct {
		node       string
		objectives []trials.Objective
		pointer    string
	}{
		"unknown type":                        {`{"type":"tpee"}`, two[:1], "/type"},
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
		``:                          `{"type":"auto"}`,
		`null`:                      `{"type":"auto"}`,
		`{"type":"goptuna.random"}`: `{"type":"goptuna.random"}`,
		`{"startup_trials":2,"type":"goptuna.tpe"}`: `{"type":"goptuna.tpe","startup_trials":2,"ei_candidates":24}`,
	} {
		b := newBench(t, trials.Minimize, trials.SearchSpace{})
		_, got, err := sampler.Table{}.New(b.spec, b.space, json.RawMessage(node))
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

// best returns the median over some studies of the best distance from the optimum
// after so many trials.
func best(t *testing.T, typ string, direction trials.Direction, studies int64, count int) float64 {
	t.Helper()
	var bests []float64
	for run := range studies {
		b := newBench(t, direction, trials.SearchSpace{
			"x": {Type: trials.FloatKind, Low: -5, High: 5},
			"y": {Type: trials.FloatKind, Low: -5, High: 5},
		})
		*b.spec.Seed = run
		s := b.sampler(t, node(typ))
		least := math.Inf(1)
		for i := range count {
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

func TestWhatLearnsBeatsChanceBothWays(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	for _, tt := range []struct {
		typ     string
		share   float64 // of what chance leaves
		studies int64
		count   int
	}{
		{"auto", 0.05, 5, 40},
		{"gp", 0.05, 5, 40},
		{"tpe", 0.3, 15, 100},
		{"cmaes", 0.3, 15, 100},
		{"nsga2", 0.8, 15, 100},
		{"goptuna.tpe", 1, 15, 100},
		{"goptuna.cmaes", 1, 15, 100},
	} {
		chance := best(t, "random", trials.Minimize, tt.studies, tt.count)
		for _, direction := range []trials.Direction{trials.Minimize, trials.Maximize} {
			got := best(t, tt.typ, direction, tt.studies, tt.count)
			t.Logf("%s, %s: %.3g, by chance %.3g", tt.typ, direction, got, chance)
			if got >= tt.share*chance {
				t.Errorf("%s, %s: the median of the best is %v, by chance %v", tt.typ, direction, got, chance)
			}
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
