package trials

import (
	"math"
	"slices"
)

// rank keeps h.best up to date when the trial at a place has ended: of one
// objective the best trial, of several the Pareto front. Feasible trials come
// first; while none is, the least violating one stands. Without constraints
// every trial is feasible; a trial whose feasibility is not known counts as
// violating by infinity.
func (h *History) rank(at int) {
	if h.states[at] != Complete {
		return
	}
	if len(h.best) == 0 {
		h.best = []int64{int64(at)}
		return
	}
	breach, best := h.breach(at), h.breach(int(h.best[0]))
	switch {
	case breach > best:
		return
	case breach < best:
		h.best = []int64{int64(at)}
		return
	case breach > 0: // equally bad: the better value stands, the earlier one if equal
		if h.better(at, int(h.best[0])) {
			h.best = []int64{int64(at)}
		}
		return
	}
	for _, b := range h.best {
		if h.dominates(int(b), at) || h.single() && !h.better(at, int(b)) {
			return
		}
	}
	h.best = slices.DeleteFunc(slices.Clone(h.best), func(b int64) bool { return h.dominates(at, int(b)) })
	h.best = append(h.best, int64(at))
}

func (h *History) single() bool { return len(h.study.Objectives) == 1 }

// breach returns by how much a trial violates the limits, 0 if feasible.
func (h *History) breach(at int) float64 {
	switch v := h.violations[at]; {
	case !math.IsNaN(v):
		return v
	case len(h.study.Constraints) == 0:
		return 0
	default:
		return math.Inf(1)
	}
}

func (h *History) better(a, b int) bool {
	n := len(h.study.Objectives)
	return h.study.Objectives[0].Direction.Better(h.values[a*n], h.values[b*n])
}

// dominates says that trial a is nowhere worse than b and somewhere better.
func (h *History) dominates(a, b int) bool {
	n, better := len(h.study.Objectives), false
	for i, o := range h.study.Objectives {
		x, y := h.values[a*n+i], h.values[b*n+i]
		if o.Direction.Better(y, x) {
			return false
		}
		better = better || o.Direction.Better(x, y)
	}
	return better
}

// bestNumbers returns the numbers of the best trials: one, or the Pareto front
// by number.
func (h *History) bestNumbers() []int64 {
	out := make([]int64, len(h.best))
	for i, at := range h.best {
		out[i] = h.numbers[at]
	}
	slices.Sort(out)
	return out
}
