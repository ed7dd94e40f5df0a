package gp

import (
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

const (
	firstFit  = 4  // trials at which hyperparameters are fitted first
	fitShare  = 10 // they are fitted again after one part in so many more trials
	epoch     = 6  // fits after which one starts afresh
	coldEvals = 60 // of the density, in a fit that starts afresh
	warmEvals = 20 // in one that goes on from the last
)

// history is what was derived from the views of one generation, for one space.
// Everything in it is a function of a prefix of the view whose length is one of
// [marks]: a request with a shorter view finds there what it would compute, and
// a new history computes what an old one holds.
type history struct {
	generation uint64
	frame      *frame
	limits     []trials.Limit // without their slacks
	most       int            // points of a model

	points [][]float64 // by row, nil where a trial is of no use
	chosen map[int][]int
	models map[quantity]*chain
}

// chain is the sequence of fits of one model.
type chain struct {
	fitted map[int]hyper // by mark
	mark   int           // of latest
	rows   []int
	latest *factored
}

// fits says that the history serves a request.
func (h *history) fits(f *frame, v *trials.View) bool {
	return h.generation == v.Generation && h.frame.equal(f) &&
		slices.EqualFunc(h.limits, v.Limits, func(a, b trials.Limit) bool {
			return a.Metric == b.Metric && a.Op == b.Op && a.Bound == b.Bound && a.Aggregate == b.Aggregate
		})
}

func newHistory(f *frame, v *trials.View, most int) *history {
	h := &history{
		generation: v.Generation, frame: f, most: most,
		chosen: map[int][]int{}, models: map[quantity]*chain{},
	}
	for _, l := range v.Limits {
		l.Slack, l.Censored = nil, nil
		h.limits = append(h.limits, l)
	}
	return h
}

// encode adds the points of the trials that are new.
func (h *history) encode(v *trials.View) {
	if len(h.points) >= v.Len() {
		return
	}
	columns := make([][]float64, len(h.frame.axes))
	for i := range columns {
		columns[i] = v.Column(h.frame.axes[i].name)
	}
	for row := len(h.points); row < v.Len(); row++ {
		h.points = append(h.points, h.frame.point(func(i int) float64 {
			if row < len(columns[i]) {
				return columns[i][row]
			}
			return nan
		}))
	}
}

// marks returns the number of the last fit for a view of so many trials, -1 if
// there is none yet, and the trials it was of.
func marks(trials, most int) (number, at int) {
	number, at = -1, 0
	for next := firstFit; next <= trials; number++ {
		at = next
		next += min(max(1, at/fitShare), max(1, most/fitShare))
	}
	return number, at
}

// markAt returns the number of trials of a fit.
func markAt(number, most int) int {
	at := firstFit
	for range number {
		at += min(max(1, at/fitShare), max(1, most/fitShare))
	}
	return at
}

// of returns the rows that a model of q learns from: those chosen at the last
// mark, and all since.
func (h *history) of(q quantity, v *trials.View, mark, at int) []int {
	var out []int
	add := func(row int) {
		if h.points[row] != nil && q.holds(v, row) {
			out = append(out, row)
		}
	}
	if chosen := h.choose(v, mark, at); chosen != nil {
		for _, row := range chosen {
			add(row)
		}
	} else {
		at = 0
	}
	for row := at; row < v.Len(); row++ {
		add(row)
	}
	return out
}

// factored returns the points of a model with their factor, and their rows.
func (h *history) factored(q quantity, v *trials.View) (*factored, []int) {
	mark, at := marks(v.Len(), h.most)
	c := h.models[q]
	if c == nil {
		c = &chain{fitted: map[int]hyper{}, mark: -2}
		h.models[q] = c
	}
	of := h.of(q, v, mark, at)
	if c.mark != mark {
		fresh := &factored{hyper: h.hyper(q, c, v, mark), numeric: h.frame.numeric}
		if mark < c.mark { // an older view: what the newest needs stays
			return fresh.grown(h.at(of)...), of
		}
		c.mark, c.latest, c.rows = mark, fresh, nil
	}
	if have := len(c.rows); have < len(of) {
		c.latest, c.rows = c.latest.grown(h.at(of[have:])...), of
	}
	return c.latest.first(len(of)), of
}

func (h *history) at(of []int) [][]float64 {
	out := make([][]float64, len(of))
	for i, row := range of {
		out[i] = h.points[row]
	}
	return out
}

// hyper returns the hyperparameters of a fit, which begins from the last one
// but for the first of an epoch: so a new history has few fits to repeat, and
// none stays where it is stuck.
func (h *history) hyper(q quantity, c *chain, v *trials.View, mark int) hyper {
	if mark < 0 {
		return unfitted(len(h.frame.axes))
	}
	if fitted, ok := c.fitted[mark]; ok {
		return fitted
	}
	start, evals := unfitted(len(h.frame.axes)), coldEvals
	if mark%epoch > 0 {
		start, evals = h.hyper(q, c, v, mark-1), warmEvals
	}
	at := markAt(mark, h.most)
	of := h.of(q, v, mark, at)
	of = of[:len(of)-since(of, at)]
	if len(of) >= 2 {
		start = fit(h.at(of), q.outputs(v, of).y, h.frame.numeric, start, evals)
	}
	c.fitted[mark] = start
	return start
}

// since returns how many rows at the end came after a mark.
func since(of []int, at int) int {
	n := 0
	for n < len(of) && of[len(of)-1-n] >= at {
		n++
	}
	return n
}

// first returns f with only its first so many points.
func (f *factored) first(n int) *factored {
	out := *f
	out.x, out.l = f.x[:n:n], f.l[:n:n]
	return &out
}
