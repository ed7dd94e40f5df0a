package tpe

import (
	"cmp"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// fronts ranks trials of several objectives: by non-domination rank, and within
// the rank that is not good as a whole by the hypervolume they add (Ozaki et
// al., Multiobjective Tree-Structured Parzen Estimator, JAIR 73, 2022, section
// 4). Trials that did not end COMPLETE and feasible follow, as with one
// objective.
//
// It keeps those with fewer than most trials that dominate them. Others can
// never be good: those that dominate a trial have lower ranks, and no trial is
// ever taken away.
type fronts struct {
	quota

	objectives int
	kept       []vector // in the order of their losses
	others     sorted
}

// vector is the losses of a trial.
type vector struct {
	row    int
	losses []float64
	above  int // trials that dominate it
}

// add compares with every trial that is kept.
func (f *fronts) add(v *trials.View, row int) {
	s := standingOf(v, row, true)
	if s.class != feasible {
		f.others.insert(s)
		return
	}
	x := vector{row: row, losses: make([]float64, f.objectives)}
	for i := range x.losses {
		x.losses[i] = worstIfNaN(rows.Loss(v, row, i))
	}
	f.kept = slices.DeleteFunc(f.kept, func(o vector) bool { return rows.Dominates(x.losses, o.losses) && o.above+1 >= f.most })
	for i := range f.kept {
		switch o := &f.kept[i]; {
		case rows.Dominates(o.losses, x.losses):
			x.above++
		case rows.Dominates(x.losses, o.losses):
			o.above++
		}
	}
	if x.above < f.most {
		at, _ := slices.BinarySearchFunc(f.kept, x, compareVectors)
		f.kept = slices.Insert(f.kept, at, x)
	}
}

func compareVectors(a, b vector) int {
	return cmp.Or(slices.Compare(a.losses, b.losses), cmp.Compare(a.row, b.row))
}

func (f *fronts) good(n int) []int {
	n = f.of(n)
	var out []int
	rest := f.kept
	for len(rest) > 0 && len(out) < n {
		var front []vector
		front, rest = peel(rest)
		if room := n - len(out); len(front) > room {
			front = largest(front, room)
		}
		for _, x := range front {
			out = append(out, x.row)
		}
	}
	return append(out, f.others.first(n-len(out))...)
}

// peel divides vectors in the order of their losses into those that none of them
// dominates, and the rest. None dominates one before it.
func peel(all []vector) (front, rest []vector) {
	for _, x := range all {
		if x.above > 0 && slices.ContainsFunc(front, func(o vector) bool { return rows.Dominates(o.losses, x.losses) }) {
			rest = append(rest, x)
		} else {
			front = append(front, x)
		}
	}
	return front, rest
}
