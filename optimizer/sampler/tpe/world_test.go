package tpe_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/tpe"
	"github.com/espalier-hpo/espalier/trials"
)

// world is a study with the trials it has had.
type world struct {
	study *trials.StudySpec
	space *trials.Space
	view  trials.View
}

func newWorld(t testing.TB, space trials.SearchSpace, directions ...trials.Direction) *world {
	t.Helper()
	seed := int64(1)
	w := &world{study: &trials.StudySpec{SearchSpace: maps.Clone(space), Seed: &seed}}
	for i, d := range directions {
		w.study.Objectives = append(w.study.Objectives, trials.Objective{Metric: fmt.Sprint("m", i), Direction: d})
	}
	if directions == nil {
		w.study.Objectives = []trials.Objective{{Metric: "loss", Direction: trials.Minimize}}
	}
	var err error
	if w.space, err = w.study.SearchSpace.Compile(""); err != nil {
		t.Fatal(err)
	}
	w.view.Objectives = w.study.Objectives
	for i, name := range w.space.Names {
		w.view.Columns = append(w.view.Columns, trials.Column{Name: name, Dist: w.space.Dists[i]})
	}
	return w
}

// request is the next ask.
func (w *world) request() *trials.SampleRequest { return w.after(w.view.Len()) }

// after is the ask of which the view has so many trials.
func (w *world) after(n int) *trials.SampleRequest {
	v := w.view
	m := len(v.Objectives)
	v.Numbers, v.States, v.Values, v.Violations = v.Numbers[:n:n], v.States[:n:n], v.Values[:n*m:n*m], v.Violations[:n:n]
	v.Last, v.LastStep = v.Last[:n:n], v.LastStep[:n:n]
	v.Columns, v.Limits = slices.Clone(v.Columns), slices.Clone(v.Limits)
	for i := range v.Columns {
		v.Columns[i].Values = v.Columns[i].Values[:n:n]
	}
	for i := range v.Limits {
		v.Limits[i].Slack = v.Limits[i].Slack[:n:n]
	}
	return &trials.SampleRequest{Study: w.study, Space: w.space, Number: int64(n), View: v}
}

// tell ends a trial COMPLETE. Slacks are those of the limits.
func (w *world) tell(values map[string]float64, losses []float64, slacks ...float64) {
	w.end(trials.Complete, values, losses, slacks)
	w.view.Last, w.view.LastStep = append(w.view.Last, losses[0]), append(w.view.LastStep, 1)
}

// prune ends one PRUNED after a step.
func (w *world) prune(values map[string]float64, step int64, last float64) {
	none := make([]float64, len(w.view.Objectives))
	for i := range none {
		none[i] = math.NaN()
	}
	w.end(trials.Pruned, values, none, make([]float64, len(w.view.Limits)))
	w.view.Last, w.view.LastStep = append(w.view.Last, last), append(w.view.LastStep, step)
}

func (w *world) end(state trials.State, values map[string]float64, losses, slacks []float64) {
	v := &w.view
	v.Numbers, v.States, v.Values = append(v.Numbers, int64(v.Len())), append(v.States, state), append(v.Values, losses...)
	violation := 0.0
	for i := range v.Limits {
		v.Limits[i].Slack = append(v.Limits[i].Slack, slacks[i])
		violation += max(slacks[i], 0)
	}
	v.Violations = append(v.Violations, violation)
	for i := range v.Columns {
		x, ok := values[v.Columns[i].Name]
		if !ok {
			x = math.NaN()
		}
		v.Columns[i].Values = append(v.Columns[i].Values, x)
	}
}

// newSampler returns a sampler with options.
func newSampler(t testing.TB, node string) *tpe.Sampler {
	t.Helper()
	s, set := tpe.New(), options.NewSet("tpe")
	s.Declare(set)
	if faults := set.Decode(json.RawMessage(node)); len(faults) > 0 {
		t.Fatal(faults)
	}
	return s
}

const defaults = `{"type":"tpe"}`

// sample returns the values of a suggestion, of parameters that exist, and fails
// if one is not of its distribution.
func sample(t testing.TB, s trials.Sampler, r *trials.SampleRequest) map[string]float64 {
	t.Helper()
	out, err := s.Sample(r)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for i, name := range r.Space.Names {
		v, ok := out.Values[name]
		if fixed, is := r.Fixed[name]; is {
			v = fixed
		} else if !ok || !r.Space.Dists[i].Contains(v) {
			t.Fatalf("trial %d got %v for %s, which is %s", r.Number, v, name, &r.Space.Dists[i])
		}
		if r.Space.Active(i, values) {
			values[name] = v
		}
	}
	return values
}

// line is a float between two ends.
func line(low, high float64) trials.Distribution {
	return trials.Distribution{Type: trials.FloatKind, Low: low, High: high}
}

// cube is a space of so many lines, x00, x01 ...
func cube(d int, low, high float64) trials.SearchSpace {
	out := trials.SearchSpace{}
	for i := range d {
		out[fmt.Sprintf("x%02d", i)] = line(low, high)
	}
	return out
}

// mixture of every kind of parameter.
func everyKind() trials.SearchSpace {
	return trials.SearchSpace{
		"float":     line(-2, 3),
		"log":       {Type: trials.FloatKind, Low: 1e-5, High: 0.1, Log: true},
		"step":      {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.1},
		"uneven":    {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
		"int":       {Type: trials.IntKind, Low: 1, High: 9},
		"int step":  {Type: trials.IntKind, Low: 0, High: 10, Step: 4},
		"log int":   {Type: trials.IntKind, Low: 1, High: 32, Log: true},
		"long":      {Type: trials.IntKind, Low: -500, High: 500},
		"long log":  {Type: trials.IntKind, Low: 1, High: 4096, Log: true},
		"choice":    {Type: trials.CategoricalKind, Choices: []any{"a", true, nil, 3.0}},
		"one int":   {Type: trials.IntKind, Low: 7, High: 7},
		"one float": line(0.5, 0.5),
		"one":       {Type: trials.CategoricalKind, Choices: []any{"only"}},
	}
}

func prepare(t testing.TB, w *world, node string) options.Faults {
	t.Helper()
	var faults options.Faults
	newSampler(t, node).Prepare(w.study, w.space, &faults)
	return faults
}
