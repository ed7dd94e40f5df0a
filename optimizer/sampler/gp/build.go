package gp

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// learned is a model and the rows that it learns from.
type learned struct {
	quantity
	*factored
	rows []int
}

// quantities returns what there are models of. A limit that no trial broke and a
// failure that never was tell points from each other in nothing.
func (s *Sampler) quantities(v *trials.View) []quantity {
	var out []quantity
	for j := range v.Objectives {
		out = append(out, quantity{kind: objective, index: j})
	}
	for i := range v.Limits {
		if slices.ContainsFunc(v.Limits[i].Slack, func(slack float64) bool { return slack > 0 }) {
			out = append(out, quantity{kind: limit, index: i})
		}
	}
	for row := range v.States {
		if failed(v, row) {
			out = append(out, quantity{kind: failure})
			break
		}
	}
	if s.costMetric != "" {
		out = append(out, quantity{kind: cost, metric: s.costMetric})
	}
	return out
}

// learn returns the models of a request, still without outputs, and the points
// of its trials by row.
func (s *Sampler) learn(f *frame, v *trials.View, of []quantity) ([]learned, [][]float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.history(f, v)
	out := make([]learned, len(of))
	for i, q := range of {
		out[i].quantity = q
		out[i].factored, out[i].rows = h.factored(q, v)
	}
	return out, h.points[:v.Len():v.Len()]
}

// model returns the point of greatest acquisition, and why.
func (s *Sampler) model(r *trials.SampleRequest, f *frame, given map[int]float64) (x []float64, why string) {
	b := &builder{view: &r.View, rng: r.Rand(), acquisition: &acquisition{frame: f, running: running(r, f, false), fresh: running(r, f, true)}}
	models, points := s.learn(f, &r.View, s.quantities(&r.View))
	b.build(models, points)
	if b.cost != nil {
		b.costPower = s.costPower(r)
	}
	if len(b.fresh) > 0 {
		b.radius = radius(f, len(b.fresh))
	}
	b.seen = points
	search := &search{acquisition: b.acquisition, rng: b.rng, given: given, incumbents: b.incumbents(points, given)}
	if r.Redraw > 0 { // the best was refused: ever fewer points to choose from
		x = search.any(256 >> min(r.Redraw, 8)).x
	} else {
		x = search.best().x
	}
	return x, b.why(search.settle(x), len(models[0].rows))
}

// builder makes the acquisition of a request.
type builder struct {
	*acquisition
	view     *trials.View
	rng      *rand.Rand
	means    map[int][]float64 // of the objectives, by row, smoothed by the models
	feasible []int             // rows, the best by the first objective first
	costMean float64
}

func (b *builder) build(models []learned, points [][]float64) {
	v := b.view
	b.means = map[int][]float64{}
	for _, l := range models {
		out := l.outputs(v, l.rows)
		m := l.given(out.y)
		switch l.kind {
		case objective:
			for i, row := range l.rows {
				// Kα = y, and the mean at a point is (K - noise)α.
				b.means[row] = append(b.means[row], out.y[i]-m.noise*m.alpha[i])
			}
			b.objectives = append(b.objectives, m.believing(b.running))
		case limit:
			m = l.uncensored(v, m, out.y, points)
			b.limits = append(b.limits, kept{m.believing(b.running), out.zero})
		case failure:
			b.limits = append(b.limits, kept{m.believing(b.running), out.zero})
		case cost:
			b.cost, b.costMean, b.costSD = m, out.mean, out.sd
		}
	}
	b.feasible = b.whole(func(row int) bool { return rows.Violation(v, row) == 0 })
	if len(b.feasible) == 0 && len(b.limits) == 0 { // why none is feasible is not known
		b.feasible = b.whole(func(int) bool { return true })
	}
	b.prepare()
	if len(b.feasible) > 0 {
		b.utility = b.improve()
	}
}

// whole returns the COMPLETE trials that have every objective, the best by the
// first one first.
func (b *builder) whole(also func(row int) bool) []int {
	var out []int
	for row, means := range b.means {
		if b.view.States[row] == trials.Complete && len(means) == len(b.view.Objectives) && also(row) {
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(x, y int) int {
		return cmp.Or(cmp.Compare(b.means[x][0], b.means[y][0]), cmp.Compare(x, y))
	})
	return out
}

// improve returns what there is to gain in the objectives over the feasible
// trials, and over the running ones as they are believed to end: over means, not
// over values, so that a lucky one does not count for more than it is.
func (b *builder) improve() utility {
	var front [][]float64
	for _, row := range b.feasible {
		front = append(front, b.means[row])
	}
	for _, x := range b.running {
		if b.keeps(x) < 0.5 {
			continue
		}
		var at []float64
		for _, m := range b.objectives {
			at = append(at, m.mean(x, &b.scratch))
		}
		front = append(front, at)
	}
	if len(b.objectives) == 1 {
		return improvement{slices.MinFunc(front, slices.Compare[[]float64])[0]}
	}
	reference := reference(front)
	if len(b.objectives) == 2 {
		return newHypervolume(front, reference)
	}
	weights, norm := make([]float64, len(reference)), 0.0
	for j := range weights {
		weights[j] = math.Abs(b.rng.NormFloat64()) + 1e-3
		norm += weights[j] * weights[j]
	}
	for j := range weights {
		weights[j] /= math.Sqrt(norm)
	}
	return newScalarised(front, reference, weights)
}

// reference returns the point up to which hypervolume counts: a tenth beyond the
// worst of each objective.
func reference(of [][]float64) []float64 {
	least, most := slices.Clone(of[0]), slices.Clone(of[0])
	for _, y := range of {
		for j, v := range y {
			least[j], most[j] = min(least[j], v), max(most[j], v)
		}
	}
	for j := range most {
		most[j] += 0.1*(most[j]-least[j]) + 1e-6
	}
	return most
}

// keeps returns the probability that a point keeps all limits.
func (b *builder) keeps(x []float64) float64 {
	sum := 0.0
	for _, l := range b.limits {
		m := l.at(x, &b.scratch)
		sum += logBelow((l.zero - m.mean) / m.sd)
	}
	return math.Exp(sum)
}

const mostIncumbents = 5

// incumbents returns the points around which to search: the best, or where none
// keeps the limits those that come nearest to it; for several objectives all of
// the front, between whose ends most of the hypervolume is to be gained.
func (b *builder) incumbents(points [][]float64, given map[int]float64) [][]float64 {
	order := b.feasible
	if len(order) == 0 {
		for row, x := range points {
			if x != nil && !math.IsNaN(b.view.Violations[row]) && !failed(b.view, row) {
				order = append(order, row)
			}
		}
		order = byQuality(b.view, order, 0)
	}
	var out [][]float64
	add := func(of []int) {
		for _, row := range of {
			x := slices.Clone(points[row])
			for i, v := range given {
				x[i] = v
			}
			out = append(out, x)
		}
	}
	if len(b.view.Objectives) > 1 && len(b.feasible) > 0 {
		add(b.front())
	} else {
		add(order[:min(len(order), mostIncumbents)])
	}
	return out
}

// front returns the feasible trials that no other dominates, in an order by
// chance: there may be more of them than candidates.
func (b *builder) front() []int {
	var out []int
	for _, row := range b.feasible {
		if !slices.ContainsFunc(b.feasible, func(o int) bool { return rows.Dominates(b.means[o], b.means[row]) }) {
			out = append(out, row)
		}
	}
	b.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func (b *builder) why(x []float64, n int) string {
	var w strings.Builder
	switch {
	case b.utility == nil:
		fmt.Fprintf(&w, "No trial keeps every limit yet: here that is the likeliest, by %d trials.", n)
	case len(b.objectives) > 1:
		fmt.Fprintf(&w, "The expected improvement of the hypervolume is greatest here, by %d trials.", n)
	case b.costPower > 0:
		m := b.cost.at(x, &b.scratch)
		fmt.Fprintf(&w, "The expected improvement is greatest here for its cost, about %.3g, by %d trials.",
			math.Exp(b.costMean+b.costSD*m.mean), n)
	default:
		fmt.Fprintf(&w, "The expected improvement is greatest here, by %d trials.", n)
	}
	if len(b.limits) > 0 {
		fmt.Fprintf(&w, " It keeps the limits and does not fail with probability %.2g.", b.keeps(x))
	}
	if all := b.view.Len(); n < all*3/4 {
		fmt.Fprintf(&w, " The models learn from %d of %d trials.", n, all)
	}
	return w.String()
}

// uncensored returns m with the outputs of censored trials, which are the least
// they can be, replaced in y by what they are expected to be given that and the
// other trials.
func (l *learned) uncensored(v *trials.View, m *model, y []float64, points [][]float64) *model {
	flags := v.Limits[l.index].Censored
	others, outputs, some := [][]float64(nil), []float64(nil), false
	for i, row := range l.rows {
		if row < len(flags) && flags[row] {
			some = true
			continue
		}
		others, outputs = append(others, l.x[i]), append(outputs, y[i])
	}
	if !some {
		return m
	}
	sure := (&factored{hyper: l.hyper, numeric: l.numeric}).extended(others).given(outputs)
	var s scratch
	for i, row := range l.rows {
		if row < len(flags) && flags[row] {
			at := sure.at(points[row], &s)
			// The mean of a normal variable above a bound.
			y[i] = max(y[i], at.mean+at.sd*slopeBelow((at.mean-y[i])/at.sd))
		}
	}
	return l.given(y)
}

// running returns the points of the running trials, or of those of one batch with
// the one that asks, without itself.
func running(r *trials.SampleRequest, f *frame, fresh bool) [][]float64 {
	var out [][]float64
	for _, p := range r.Pending {
		if p.Number == r.Number || fresh && !p.Fresh {
			continue
		}
		if x := f.point(func(i int) float64 {
			if v, ok := p.Values[f.axes[i].name]; ok {
				return v
			}
			return nan
		}); x != nil {
			out = append(out, x)
		}
	}
	return out
}

// radius returns how near points of a batch may come to each other: half of how near
// the nearest two of eight random points are, or of as many as there are trials.
func radius(f *frame, fresh int) float64 {
	const repeats = 32
	n, sum := min(max(8, fresh+1), 64), 0.0
	rng := rand.New(rand.NewPCG(8, uint64(len(f.axes))))
	points := matrix(n, len(f.axes))
	for range repeats {
		least := math.Inf(1)
		for p, x := range points {
			for i := range x {
				x[i] = rng.Float64()
				if i >= f.numeric {
					x[i] = f.axes[i].dist.At(x[i])
				}
			}
			for _, other := range points[:p] {
				least = min(least, f.distance(x, other))
			}
		}
		sum += least
	}
	return 0.5 * sum / repeats
}
