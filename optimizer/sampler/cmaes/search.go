package cmaes

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// search is what a history has taught, up to a row. It is never written to once
// another goroutine may see it: [search.grow] works on a copy.
type search struct {
	settings   *Sampler
	seed       uint64
	space      *trials.Space
	axes       []axis
	categories []category
	generation uint64 // of the view
	direction  trials.Direction

	seen   int   // rows of the view
	warm   []int // rows that the first distribution is made of
	made   int   // how many of them it was made of, all but a few
	batch  []int // rows of the generation that is being gathered
	points int   // of a generation, all in all
	rates  *rates
	dist   *normal   // nil until the start-up is over
	spread []float64 // of each axis: how much a step is stretched before it becomes a value
	shares [][]float64
	trend  trend

	restarts
}

// newSearch returns the search before any row.
func newSearch(s *Sampler, r *trials.SampleRequest) *search {
	out := &search{
		settings: s, seed: uint64(*r.Study.Seed), space: r.Space,
		generation: r.View.Generation, direction: r.Study.Objectives[0].Direction,
	}
	out.axes, out.categories = axesOf(r.Space)
	return out
}

// Origin implements [rows.State].
func (s *search) Origin() (generation uint64, seen int) { return s.generation, s.seen }

// serves says that the search is of this request's study, as it was or earlier.
func (s *search) serves(r *trials.SampleRequest) bool {
	if s.generation != r.View.Generation || s.seed != uint64(*r.Study.Seed) || s.seen > r.View.Len() ||
		s.direction != r.Study.Objectives[0].Direction || !slices.Equal(s.space.Names, r.Space.Names) {
		return false
	}
	return s.space == r.Space || slices.EqualFunc(s.space.Dists, r.Space.Dists,
		func(a, b trials.Distribution) bool { return a.Equal(&b) })
}

// grow returns the search after all rows of a view.
func (s *search) grow(view *trials.View) *search {
	out := *s
	out.batch, out.warm = slices.Clip(s.batch), slices.Clip(s.warm)
	h := history{view: view, columns: make([][]float64, len(s.axes)), choices: make([][]float64, len(s.categories))}
	for i := range s.axes {
		h.columns[i] = view.Column(s.axes[i].name)
	}
	for i := range s.categories {
		h.choices[i] = view.Column(s.categories[i].name)
	}
	for ; out.seen < view.Len(); out.seen++ {
		if h.usable(out.seen, out.axes) {
			out.take(&h, out.seen)
		}
	}
	return &out
}

// take adds a row: to the start-up, or to the generation being gathered.
func (s *search) take(h *history, row int) {
	if s.dist == nil {
		s.warm = append(s.warm, row)
		if len(s.warm) >= int(s.settings.startup) {
			s.start(h)
		}
		return
	}
	s.batch = append(s.batch, row)
	if len(s.batch) < s.points {
		return
	}
	batch := s.batch
	s.batch = nil
	points := make([][]float64, len(batch))
	for i, row := range batch {
		points[i] = s.point(h, row)
	}
	if s.foreign(points) {
		s.warm = append(s.warm, batch...)
		if len(s.warm) >= s.made+s.made/20 {
			s.start(h)
		}
		return
	}
	s.learn(h, batch, points)
}

// foreign says that the first generation is likelier to come from anywhere in
// the cube than from the distribution: the study had more trials than the start-up
// before the sampler came. They are better a part of the start.
func (s *search) foreign(points [][]float64) bool {
	if !s.settings.warm || s.dist.age > 0 || s.done > 0 {
		return false
	}
	likelihood := 0.0 // its logarithm; that of a point from anywhere is 0
	for _, x := range points {
		likelihood += s.dist.density(x)
	}
	return likelihood < 0
}

// learn ends a generation.
func (s *search) learn(h *history, batch []int, points [][]float64) {
	order, ties := h.ranked(batch)
	sorted := make([][]float64, len(order))
	for i, k := range order {
		sorted[i] = points[k]
	}
	s.dist = s.dist.clone()
	s.dist.learn(s.rates, sorted, ties)
	widest := 0.0
	for i := range s.axes {
		widest = max(widest, s.dist.deviation(i))
	}
	if widest > 1 { // nothing is farther than the cube is wide
		s.dist.step /= widest
	}
	if s.settings.margin {
		s.spread = slices.Clone(s.spread)
		keepMargins(s.dist, s.axes, s.spread, 1/float64(len(s.axes)*s.points))
	}
	s.learnShares(h, batch, order)
	s.spent += len(batch)
	best := h.loss(batch[order[0]])
	s.trend = s.trend.with(best, 10+30*len(s.axes)/s.points)
	if s.settings.restart != restartNone && (!s.dist.sound() || s.narrow() || s.trend.flat()) {
		s.again()
	} else if !s.dist.sound() {
		s.begin(s.points, s.dist.mean, s.settings.sigma, nil)
	}
}

// narrow says that every continuous axis has converged. Counted ones never do.
func (s *search) narrow() bool {
	continuous := false
	for i := range s.axes {
		if s.axes[i].count == 0 {
			continuous = true
			if s.dist.deviation(i) > 1e-6 {
				return false
			}
		}
	}
	return continuous
}

// point returns a row as a point of the cube. A counted value stands for a cell,
// in which the point is drawn from the distribution, and so is the whole
// coordinate of a parameter that the trial did not have: neither widens or
// narrows what is learned. The chance is that of the row's number.
func (s *search) point(h *history, row int) []float64 {
	rng := rand.New(rand.NewPCG(s.seed^0xa0761d6478bd642f, uint64(h.view.Numbers[row])))
	out := make([]float64, len(s.axes))
	for i := range s.axes {
		u, v := rng.Float64(), h.value(i, row)
		out[i] = s.coordinate(i, v, u)
	}
	return out
}

func (s *search) coordinate(i int, v, u float64) float64 {
	a := &s.axes[i]
	known := !math.IsNaN(v)
	if known { // the ends may have changed
		v = min(max(v, a.dist.Low), a.dist.High)
	}
	if known && a.count == 0 {
		return a.dist.Unit(v)
	}
	mean, scale := 0.5, 0.3
	if s.dist != nil {
		mean, scale = s.dist.mean[i], s.dist.deviation(i)
	}
	if !known {
		return mean + scale*between(math.Inf(-1), math.Inf(1), u)
	}
	low, high := a.ends(v)
	wide := scale
	if s.spread != nil {
		wide *= s.spread[i]
	}
	return mean + scale*between((low-mean)/wide, (high-mean)/wide, u)
}

// history reads a view for the axes of a search.
type history struct {
	view    *trials.View
	columns [][]float64 // of the axes
	choices [][]float64 // of the categories
}

// value returns a parameter, NaN if the trial does not have it.
func (h *history) value(axis, row int) float64 {
	if row >= len(h.columns[axis]) {
		return math.NaN()
	}
	return h.columns[axis][row]
}

// usable says that a row counts: a failure says nothing of the objective, and a
// trial without any of the axes nothing of them.
func (h *history) usable(row int, axes []axis) bool {
	if s := h.view.States[row]; s != trials.Complete && s != trials.Pruned {
		return false
	}
	for i := range axes {
		if !math.IsNaN(h.value(i, row)) {
			return true
		}
	}
	return false
}

// loss returns what a finished trial reached, +Inf where that is no number.
func (h *history) loss(row int) float64 {
	if v := rows.Loss(h.view, row, 0); h.view.States[row] == trials.Complete && rows.Finite(v) {
		return v
	}
	return math.Inf(1)
}

// key orders rows: feasible ones by loss; PRUNED ones, the longer they ran the
// better, then by their last report; infeasible ones by violation; the rest.
func (h *history) key(row int) [3]float64 {
	if v := rows.Violation(h.view, row); v > 0 {
		return [3]float64{2, v}
	}
	if loss := h.loss(row); !math.IsInf(loss, 1) {
		return [3]float64{0, loss}
	}
	last := rows.LastLoss(h.view, row)
	if h.view.States[row] == trials.Pruned && h.view.LastStep[row] >= 0 && rows.Finite(last) {
		return [3]float64{1, -float64(h.view.LastStep[row]), last}
	}
	return [3]float64{3}
}

// ranked returns the places of rows in a batch, the best first, and which are as
// good as the one before.
func (h *history) ranked(batch []int) (order []int, ties []bool) {
	keys := make([][3]float64, len(batch))
	order = make([]int, len(batch))
	for i, row := range batch {
		keys[i], order[i] = h.key(row), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return slices.Compare(keys[a][:], keys[b][:]) })
	ties = make([]bool, len(order))
	for i := 1; i < len(order); i++ {
		ties[i] = keys[order[i]] == keys[order[i-1]]
	}
	return order, ties
}
