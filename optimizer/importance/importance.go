// Package importance tells which parameters of a study matter: how much of what
// an objective, or a cost, does follows from each of them. It knows the domain
// (package trials) and nothing else of ours.
//
// Two methods, both of one parameter at a time:
//
//   - ped_anova ([PED-ANOVA]): which parameters the best tenth of the trials
//     has in common. It needs no model, so it is exact, and quick at any size.
//     Conditional parameters follow [condPED-ANOVA].
//   - fanova ([fANOVA]): which parameters explain the variance over the whole
//     space, by a random forest.
//
// They answer different questions and may well differ: a parameter that tells
// hopeless trials from all others explains variance, but says nothing of how
// to get into the best tenth.
//
// [PED-ANOVA]: https://arxiv.org/abs/2304.10255
// [condPED-ANOVA]: https://arxiv.org/abs/2601.20800
// [fANOVA]: https://proceedings.mlr.press/v32/hutter14.html
package importance

import (
	"cmp"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// Evaluators implements [trials.Importances]. The zero value is ready for use,
// by several goroutines at once.
type Evaluators struct{}

// The methods.
const (
	PedAnova = "ped_anova"
	Fanova   = "fanova"
)

// Of returns the importance of every parameter that the space or the view has:
// numbers from 0 to 1 that add up to 1, the highest first and equal ones by
// name. A parameter that has one value, or that no trial has, gets 0; where all
// would get 0 (nothing depends on any of them) all get the same. Trials with a
// target of NaN or infinity are left out. The view's states are not looked at.
//
// It fails with [trials.InvalidRequest] for a method that does not exist, and
// with [trials.NotEnoughData] for fewer than two trials or no parameter.
func (Evaluators) Of(r *trials.ImportanceRequest) ([]trials.Importance, error) {
	var evaluate func(*table, int64) []float64
	switch r.Method {
	case PedAnova:
		evaluate = pedAnova
	case Fanova:
		evaluate = fanova
	default:
		return nil, trials.Errorf(trials.InvalidRequest, "The method must be %s or %s.", PedAnova, Fanova)
	}
	t := newTable(r)
	if len(t.target) < 2 || len(t.params) == 0 {
		return nil, trials.Errorf(trials.NotEnoughData,
			"Importances need two finished trials with a finite value, and a parameter.")
	}
	return t.ranked(evaluate(t, r.Seed)), nil
}

// table holds the trials that have a target.
type table struct {
	params []param
	target []float64 // one a trial, finite
}

// param is one parameter of all trials of a table.
type param struct {
	name   string
	dist   trials.Distribution
	values []float64 // one a trial; NaN: it does not have the parameter
	has    int       // how many trials have it
}

func newTable(r *trials.ImportanceRequest) *table {
	t := &table{}
	var rows []int
	for row, y := range r.Target {
		if !math.IsNaN(y) && !math.IsInf(y, 0) {
			rows = append(rows, row)
			t.target = append(t.target, y)
		}
	}
	for i, name := range r.Space.Names {
		t.add(name, r.Space.Dists[i], r.View.Column(name), rows)
	}
	for i := range r.View.Columns {
		if c := &r.View.Columns[i]; r.Space.Index(c.Name) < 0 {
			t.add(c.Name, c.Dist, c.Values, rows)
		}
	}
	return t
}

// add takes a parameter in. A value that the distribution does not have, since
// an earlier trial had other ends, counts as the nearest end.
func (t *table) add(name string, d trials.Distribution, column []float64, rows []int) {
	p := param{name: name, dist: d, values: make([]float64, len(rows))}
	low, high := d.Low, p.top()
	for i, row := range rows {
		p.values[i] = math.NaN()
		if row < len(column) && !math.IsNaN(column[row]) {
			p.values[i] = min(max(column[row], low), high)
			p.has++
		}
	}
	t.params = append(t.params, p)
}

// top is the highest value that the parameter can have: of a grid not always
// the end of its range.
func (p *param) top() float64 {
	switch d := &p.dist; {
	case d.Type == trials.CategoricalKind:
		return float64(len(d.Choices) - 1)
	case d.Step > 0:
		return d.Low + float64(d.Count()-1)*d.Step
	default:
		return d.High
	}
}

// single says that the parameter has one value. A categorical one's lowest is 0.
func (p *param) single() bool { return p.dist.Low == p.top() }

// ranked puts weights, one a parameter and at least 0, into the form of an answer.
func (t *table) ranked(weights []float64) []trials.Importance {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	out := make([]trials.Importance, len(weights))
	for i, w := range weights {
		out[i] = trials.Importance{Param: t.params[i].name, Importance: w / sum, Trials: t.params[i].has}
		if sum == 0 {
			out[i].Importance = 1 / float64(len(weights))
		}
	}
	slices.SortFunc(out, func(a, b trials.Importance) int {
		return cmp.Or(cmp.Compare(b.Importance, a.Importance), cmp.Compare(a.Param, b.Param))
	})
	return out
}
