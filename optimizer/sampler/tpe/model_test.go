package tpe

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// Far from every kernel, on coarse grids, in branches and in any mode.
func TestEveryScoreIsFinite(t *testing.T) {
	space, err := trials.SearchSpace{
		"a": {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true},
		"b": {Type: trials.IntKind, Low: 1, High: 64},
		"c": {Type: trials.IntKind, Low: 1, High: 50, Log: true},
		"d": {Type: trials.CategoricalKind, Choices: []any{"x", "y"}},
		"e": {Type: trials.FloatKind, Low: 0, High: 1, When: map[string][]any{"d": {"y"}}},
	}.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []constraintMode{ordered, ratios} {
		v := trials.View{Objectives: []trials.Objective{{Metric: "loss"}}, Limits: []trials.Limit{{Metric: "bytes", Op: "<=", Bound: 1}}}
		for i, name := range space.Names {
			v.Columns = append(v.Columns, trials.Column{Name: name, Dist: space.Dists[i]})
		}
		s := New()
		s.constraints = mode
		m, rng := newModel(&s.settings, space, &v), rand.New(rand.NewPCG(1, 1))
		for n := range 300 {
			p := proposal{model: m, block: &m.blocks[0], given: make([]bool, len(m.axes))}
			for range 20 { // even points: most are far from what is good
				x := make([]float64, len(m.axes))
				for j := range m.axes {
					x[j] = math.NaN()
					if m.axes[j].exists(x) {
						x[j] = m.axes[j].even(rng)
					}
				}
				p.points = append(p.points, x...)
			}
			for _, score := range p.scores(20) {
				if !rows.Finite(score) {
					t.Fatalf("%s, after %d trials a score is %v", mode, n, score)
				}
			}
			v.Numbers, v.States = append(v.Numbers, int64(n)), append(v.States, trials.Complete)
			v.Values, v.Violations = append(v.Values, float64(n%7)), append(v.Violations, 0)
			v.Last, v.LastStep = append(v.Last, 0), append(v.LastStep, 0)
			v.Limits[0].Slack = append(v.Limits[0].Slack, float64(n%3-1))
			for j := range v.Columns { // always the lowest values
				v.Columns[j].Values = append(v.Columns[j].Values, space.Dists[j].At(0))
			}
			m.catchUp(&v)
		}
	}
}
