package pruner

import (
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// The bounds of a model: trials, features, and choices of a category that have a
// feature of their own.
const (
	maxTrained  = 512
	maxFeatures = 64
	maxChoices  = 16
)

// peerModel predicts the last value of a curve, turned round where the metric is
// maximised. Its features are the latest value, the best one and the differences at
// the number of points, and the params, as logarithms where they are drawn so, and
// a category as one feature a choice.
//
// Finals are wild now and then, as values are. Those of the curve and the finals
// are pulled in to where they are at most as far outside of the middle 90 % as that
// is wide: an ordinary distribution stays as it is, and 1e16 becomes one of the
// worst.
type peerModel struct {
	*ridge
	trained int
	span    float64 // of the finals, once pulled in
	sign    float64
	lags    int
	fences  []fence // of the features of the curve
	params  []paramFeature
}

// fence is how far values may be out.
type fence struct{ low, high float64 }

func (f fence) pull(v float64) float64 { return min(max(v, f.low), f.high) }

// fenceOf returns the fence about the finite values among some.
func fenceOf(values []float64) fence {
	var sorted trials.Ranked
	for _, v := range values {
		if finite(v) {
			sorted.Add(v)
		}
	}
	low, high := sorted.Quantile(0.05), sorted.Quantile(0.95)
	return fence{low - (high - low), high + (high - low)}
}

// paramFeature is a feature of a param: its value, or whether it is a choice. The
// ends of its distribution, which a later trial may move, do not matter.
type paramFeature struct {
	name   string
	log    bool
	choice float64 // -1: its value
}

// of returns the feature of a value; NaN where the param is missing.
func (p *paramFeature) of(v float64) float64 {
	switch {
	case math.IsNaN(v):
		return v
	case p.choice < 0 && p.log:
		return math.Log(v)
	case p.choice < 0:
		return v
	case v == p.choice:
		return 1
	default:
		return 0
	}
}

// shape holds the features of a curve: latest, best, and the differences.
type shape [4]float64

// shapeOf returns the features of a curve with the given best value, turned round;
// false where one is not finite.
func (m *peerModel) shapeOf(values []float64, best float64) (s shape, ok bool) {
	n := len(values)
	s[0], s[1] = m.sign*values[n-1], best
	if m.lags > 0 {
		s[2] = m.sign * (values[n-1] - values[n-2])
	}
	if m.lags > 1 {
		s[3] = m.sign * (values[n-1] - values[n-2] - (values[n-2] - values[n-3]))
	}
	return s, finite(s[0]) && finite(s[1]) && finite(s[2]) && finite(s[3])
}

// lowest returns the best of the finite values, turned round.
func lowest(values []float64, sign float64) float64 {
	best := math.Inf(1)
	for _, v := range values {
		if v *= sign; v < best && finite(v) {
			best = v
		}
	}
	return best
}

// train fits a model to the first so many COMPLETE trials of a history; nil where
// too few have so many points.
func (r *peerRegression) train(h *trials.History, complete, points int) *peerModel {
	view := h.View()
	m := &peerModel{sign: signOf(r.direction), lags: int(min(r.lags, int64(points-1)))}
	var places []int
	var shapes []shape
	var finals []float64
	for place, state := range view.States {
		if state != trials.Complete {
			continue
		}
		if complete--; complete < 0 {
			break
		}
		curve := h.KeptCurve(r.metric, place)
		if curve == nil || curve.Len() < points {
			continue
		}
		_, final, _ := curve.Last()
		prefix := curve.Values[:points]
		if s, ok := m.shapeOf(prefix, lowest(prefix, m.sign)); ok && !math.IsNaN(final) {
			places, shapes, finals = append(places, place), append(shapes, s), append(finals, m.sign*final)
		}
	}
	if int64(len(places)) < r.trainMin {
		return nil
	}
	over := max(0, len(places)-maxTrained)
	m.fit(&view, places[over:], shapes[over:], finals[over:])
	return m
}

// fit fits the model to the trials at some places of a view.
func (m *peerModel) fit(view *trials.View, places []int, shapes []shape, finals []float64) {
	m.trained = len(places)
	around := fenceOf(finals)
	for i, v := range finals {
		finals[i] = around.pull(v)
	}
	m.span = slices.Max(finals) - slices.Min(finals)
	column := make([]float64, len(shapes))
	for k := range 2 + m.lags {
		for i := range shapes {
			column[i] = shapes[i][k]
		}
		m.fences = append(m.fences, fenceOf(column))
	}
	columns := m.pick(view)
	rows := make([][]float64, len(places))
	for i, place := range places {
		for k, f := range m.fences {
			rows[i] = append(rows[i], f.pull(shapes[i][k]))
		}
		for k := range m.params {
			v := math.NaN()
			if values := columns[k].Values; place < len(values) {
				v = values[place]
			}
			rows[i] = append(rows[i], m.params[k].of(v))
		}
	}
	m.ridge = newRidge(rows, finals)
}

// pick chooses the features of params, and returns the column of each.
func (m *peerModel) pick(view *trials.View) (columns []*trials.Column) {
	room := maxFeatures - len(m.fences)
	for i := range view.Columns {
		column := &view.Columns[i]
		first, after := -1, 0
		if column.Dist.Type == trials.CategoricalKind {
			first, after = 0, min(len(column.Dist.Choices), maxChoices)
		}
		for choice := first; choice < after && len(columns) < room; choice++ {
			m.params = append(m.params, paramFeature{column.Name, column.Dist.Log, float64(choice)})
			columns = append(columns, column)
		}
	}
	return columns
}

// predict returns the expected last value of a trial, by its curve up to a number
// of points; false where a value that it takes is not finite. The best value is
// that of the whole curve: a trial that got better is not judged by what it was.
func (m *peerModel) predict(c *trials.Case, curve *trials.Series, points int) (float64, bool) {
	values := curve.Values[:points]
	best := min(m.sign*curve.Min, m.sign*curve.Max)
	if !finite(best) {
		best = lowest(values, m.sign)
	}
	s, ok := m.shapeOf(values, best)
	if !ok {
		return 0, false
	}
	out := m.mean
	for k, f := range m.fences {
		out += m.weights[k] * m.at(k, f.pull(s[k]))
	}
	for k := range m.params {
		v, given := c.Param(m.params[k].name)
		if !given {
			v = math.NaN()
		}
		at := len(m.fences) + k
		out += m.weights[at] * m.at(at, m.params[k].of(v))
	}
	return out, true
}
