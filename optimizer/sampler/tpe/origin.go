package tpe

import (
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// origin is what a model took for granted when it was begun.
type origin struct {
	generation uint64
	objectives []trials.Objective
	limits     []bound
}

// bound is what makes the slacks of a limit what they are.
type bound struct {
	metric, op string
	value      float64
	aggregate  trials.Aggregate
}

func boundOf(l *trials.Limit) bound { return bound{l.Metric, l.Op, l.Bound, l.Aggregate} }

func originOf(v *trials.View) origin {
	o := origin{generation: v.Generation, objectives: v.Objectives}
	for i := range v.Limits {
		o.limits = append(o.limits, boundOf(&v.Limits[i]))
	}
	return o
}

// suits says that the model may grow to the view of a request.
func (m *model) suits(r *trials.SampleRequest) bool {
	v := &r.View
	if m.origin.generation != v.Generation || len(m.origin.limits) != len(v.Limits) ||
		!slices.Equal(m.origin.objectives, v.Objectives) {
		return false
	}
	for i := range v.Limits {
		if m.origin.limits[i] != boundOf(&v.Limits[i]) {
			return false
		}
	}
	return m.space == r.Space || sameSpace(m.space, r.Space)
}

func sameSpace(a, b *trials.Space) bool {
	if !slices.Equal(a.Names, b.Names) {
		return false
	}
	for i := range a.Dists {
		if !a.Dists[i].Equal(&b.Dists[i]) {
			return false
		}
	}
	return true
}
