package tpe

import (
	"cmp"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// class is how a trial ended, the better first.
type class int8

const (
	feasible   class = iota // COMPLETE: by loss
	cut                     // PRUNED: the longer it ran the better, then by what it last reported
	silent                  // PRUNED without a report
	infeasible              // by violation
)

// standing is the place of a trial among others.
type standing struct {
	class         class
	first, second float64
	row           int
	broken        bool // it breaks a limit
}

func compareStandings(a, b standing) int {
	return cmp.Or(
		cmp.Compare(a.class, b.class), cmp.Compare(a.first, b.first),
		cmp.Compare(a.second, b.second), cmp.Compare(a.row, b.row),
	)
}

// standingOf returns the standing of the trial at a row by its violation, or if
// that does not matter by its loss alone. NaN is the worst loss.
func standingOf(v *trials.View, row int, heed bool) standing {
	s := standing{row: row}
	violation := rows.Violation(v, row)
	s.broken = violation > 0
	switch {
	case s.broken && heed:
		s.class, s.first = infeasible, violation
	case v.States[row] == trials.Complete:
		s.first = worstIfNaN(rows.Loss(v, row, 0))
	case v.LastStep[row] == trials.Absent:
		s.class = silent
	default:
		s.class, s.first, s.second = cut, -float64(v.LastStep[row]), worstIfNaN(rows.LastLoss(v, row))
	}
	return s
}

func worstIfNaN(loss float64) float64 {
	if math.IsNaN(loss) {
		return math.Inf(1)
	}
	return loss
}

// ranking says which trials are good.
type ranking interface {
	add(v *trials.View, row int)
	// good returns the rows of the good ones of n trials, the best first.
	good(n int) []int
}

func newRanking(o *settings, objectives int) ranking {
	q := quota{o.gamma, int(o.most) * objectives}
	switch {
	case objectives > 1:
		return &fronts{quota: q, objectives: objectives, others: sorted{quota: q}}
	case o.constraints == ratios:
		return &enlarged{quota: q, all: sorted{quota: quota{1, math.MaxInt}}}
	default:
		return &sorted{quota: q}
	}
}

// quota says how many trials are good: a share, but at most so many.
type quota struct {
	share float64
	most  int
}

// of returns how many of n trials are good. It never falls as n grows.
func (q quota) of(n int) int { return min(int(math.Ceil(q.share*float64(n))), q.most) }

// sorted ranks by standing. It keeps as many of the best as are ever good.
type sorted struct {
	quota

	best []standing
}

func (s *sorted) add(v *trials.View, row int) { s.insert(standingOf(v, row, true)) }

// insert is a binary search and a move of at most most standings.
func (s *sorted) insert(x standing) {
	at, _ := slices.BinarySearchFunc(s.best, x, compareStandings)
	if at == s.most {
		return
	}
	if len(s.best) == s.most {
		s.best = s.best[:s.most-1]
	}
	s.best = slices.Insert(s.best, at, x)
}

func (s *sorted) good(n int) []int { return s.first(s.of(n)) }

func (s *sorted) first(n int) []int {
	out := make([]int, min(n, len(s.best)))
	for i := range out {
		out[i] = s.best[i].row
	}
	return out
}
