package cmaes

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// study is a study with the trials it has had.
type study struct {
	spec  *trials.StudySpec
	space *trials.Space
	view  trials.View
}

func newStudy(t testing.TB, seed int64, direction trials.Direction, space trials.SearchSpace) *study {
	t.Helper()
	out := &study{spec: &trials.StudySpec{
		Objectives: []trials.Objective{{Metric: "value", Direction: direction}}, SearchSpace: space, Seed: &seed,
	}}
	var err error
	if out.space, err = space.Compile(""); err != nil {
		t.Fatal(err)
	}
	out.view = trials.View{Generation: 1, Objectives: out.spec.Objectives}
	for i, name := range out.space.Names {
		out.view.Columns = append(out.view.Columns, trials.Column{Name: name, Dist: out.space.Dists[i]})
	}
	return out
}

func (s *study) request(number int) *trials.SampleRequest {
	return &trials.SampleRequest{Study: s.spec, Space: s.space, Number: int64(number), View: s.view}
}

// end appends a trial: its value if COMPLETE, its last report if PRUNED, and its
// violation.
func (s *study) end(number int, state trials.State, values map[string]float64, value, violation float64) {
	v := &s.view
	v.Numbers, v.States = append(v.Numbers, int64(number)), append(v.States, state)
	v.Violations = append(v.Violations, violation)
	final, last, step := math.NaN(), math.NaN(), int64(trials.Absent)
	if state == trials.Complete {
		final = value
	} else if state == trials.Pruned {
		last, step = value, int64(number%3)
	}
	v.Values, v.Last, v.LastStep = append(v.Values, final), append(v.Last, last), append(v.LastStep, step)
	v.Columns = slices.Clone(v.Columns)
	for i := range v.Columns {
		x, ok := values[v.Columns[i].Name]
		if !ok {
			x = math.NaN()
		}
		v.Columns[i].Values = append(v.Columns[i].Values, x)
	}
}

func ask(t testing.TB, s trials.Sampler, r *trials.SampleRequest) map[string]float64 {
	t.Helper()
	out, err := s.Sample(r)
	if err != nil {
		t.Fatal(err)
	}
	values := maps.Clone(out.Values)
	maps.Copy(values, r.Fixed)
	for i, name := range r.Space.Names {
		if v, ok := values[name]; !ok || !r.Space.Dists[i].Contains(v) {
			t.Fatalf("trial %d was given %v for %s (%s)", r.Number, v, name, &r.Space.Dists[i])
		}
	}
	return values
}
