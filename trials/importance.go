package trials

import (
	"context"
	"math"
)

// Importance is how much of the variation of a target comes from one parameter.
type Importance struct {
	Param      string  `json:"param"`
	Importance float64 `json:"importance"`
	Trials     int     `json:"trials"` // that have the parameter and the target
}

// ImportanceRequest is all that importances depend on.
type ImportanceRequest struct {
	View  *View
	Space *Space
	// Target holds one a row of the view, less is better; NaN leaves the trial
	// out.
	Target []float64
	Method string // ped_anova or fanova
	Seed   int64
}

// Importances tells which parameters a target depends on.
type Importances interface {
	// Of returns one a parameter, the most important first; together they are 1.
	Of(r *ImportanceRequest) ([]Importance, error)
}

// ImportanceResult says which parameters a metric depends on.
type ImportanceResult struct {
	Metric      string       `json:"metric"`
	Method      string       `json:"method"`
	Trials      int          `json:"trials"` // that it rests on
	Importances []Importance `json:"importances"`
}

// The methods.
const (
	PEDANOVA = "ped_anova"
	FANOVA   = "fanova"
)

// Importances tells which parameters a metric depends on: an objective, the
// first by default, or whatever COMPLETE trials reported, such as what they
// cost. Of the latter less is better.
func (s *Service) Importances(ctx context.Context, name, metric, method string) (ImportanceResult, error) {
	r := ImportanceRequest{Method: method}
	if method == "" {
		r.Method = PEDANOVA
	}
	var id int64
	var spec *StudySpec
	err := s.read(ctx, name, func(st *study) error {
		view := st.h.View()
		id, spec, r.View, r.Space, r.Seed = st.row.ID, st.spec, &view, st.space, *st.spec.Seed
		return nil
	})
	if err != nil {
		return ImportanceResult{}, err
	}
	if metric == "" {
		metric = spec.Objectives[0].Metric
	}
	if len(r.Space.Names) == 0 {
		if r.Space, err = r.View.space(); err != nil {
			return ImportanceResult{}, err
		}
	}
	if i := spec.objective(metric); i >= 0 {
		r.Target = r.View.objective(i)
	} else if r.Target, err = s.reported(ctx, id, spec, r.View, metric); err != nil {
		return ImportanceResult{}, err
	}
	out := ImportanceResult{Metric: metric, Method: r.Method, Importances: []Importance{}}
	for _, v := range r.Target {
		if !math.IsNaN(v) {
			out.Trials++
		}
	}
	if out.Trials < 2 {
		return ImportanceResult{}, Errorf(NotEnoughData, "It takes 2 COMPLETE trials with a number for %q; there are %d.", metric, out.Trials)
	}
	found, err := s.Config.Importances.Of(&r)
	out.Importances = append(out.Importances, found...)
	return out, err
}

// space returns the parameters that trials have, for a study without a search
// space of its own.
func (v *View) space() (*Space, error) {
	dists := make(SearchSpace, len(v.Columns))
	for _, c := range v.Columns {
		c.Dist.When = nil
		dists[c.Name] = c.Dist
	}
	return dists.Compile("")
}

// objective returns the values of an objective, less is better; NaN where a
// trial has none.
func (v *View) objective(i int) []float64 {
	out, n, sign := make([]float64, v.Len()), len(v.Objectives), 1.0
	if v.Objectives[i].Direction == Maximize {
		sign = -1
	}
	for row := range out {
		out[row] = sign * v.Values[row*n+i]
	}
	return out
}

// reported returns the aggregates of a metric in COMPLETE trials, as they are
// stored; NaN where there is no number.
func (s *Service) reported(ctx context.Context, id int64, spec *StudySpec, view *View, metric string) ([]float64, error) {
	found := make(map[int64]float64, view.Len())
	err := s.eachTrial(ctx, id, func(t *Trial) error {
		sum, ok := t.Metrics[metric]
		if v, has := sum.Value(spec.AggregateOf(metric)); ok && has && t.State == Complete && finite(v) {
			found[t.Number] = v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]float64, view.Len())
	for row, number := range view.Numbers {
		v, ok := found[number]
		if !ok {
			v = math.NaN()
		}
		out[row] = v
	}
	return out, nil
}
