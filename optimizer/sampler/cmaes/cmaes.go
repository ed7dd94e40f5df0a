// Package cmaes is a sampler by the covariance matrix adaptation evolution
// strategy: it draws trials from a normal distribution over the unit cube and
// moves that towards the better ones, generation by generation. It knows packages
// trials, optimizer/options and optimizer/sampler/rows.
//
// Generations are made of the trials in the order in which they ended, whoever
// proposed them, so the whole state follows from the history: it is the same
// after a restart, and parallel workers need not wait for each other. A trial
// that ends late counts for the generation that is then under way.
package cmaes

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// Sampler is CMA-ES with its options.
type Sampler struct {
	startup    int64
	population int64
	sigma      float64
	warm       bool
	margin     bool
	separable  bool
	restart    string

	mu     sync.Mutex
	recent rows.Recent[*search]
}

// New returns the sampler with its defaults.
func New() *Sampler {
	return &Sampler{startup: 10, sigma: 0.1, warm: true, margin: true, restart: restartBIPOP}
}

// Declare declares the options.
func (s *Sampler) Declare(set *options.Set) {
	set.Int(&s.startup, "startup_trials", "Trials are drawn at random until so many have ended.").AtLeast(0).AtMost(1e6)
	set.Int(&s.population, "population_size", "Trials a generation, at least 4. 0 is 4 + 1.3 ln(numeric parameters), and at least 6.").AtLeast(0).AtMost(1e5)
	set.Number(&s.sigma, "sigma0", "The first step, as a share of each range.").AtLeast(1e-6).AtMost(1)
	set.Bool(&s.warm, "warm_start", "Start around the best of the trials there are, instead of in the middle of the space.")
	set.Bool(&s.margin, "with_margin", "Keep ints and steps from freezing at one value.")
	set.Bool(&s.separable, "use_separable_cma", "Learn no correlations. Above 100 numeric parameters it never does.")
	options.Word(set, &s.restart, "restart_strategy", "What follows once the search has converged: a larger one elsewhere, now and then a small one as well (bipop), or none.", restartBIPOP, restartIPOP, restartNone)
}

// Prepare refuses several objectives, and fewer than two numeric parameters. A
// space that is not declared beforehand may yet have them.
func (s *Sampler) Prepare(study *trials.StudySpec, space *trials.Space, faults *options.Faults) {
	if n := len(study.Objectives); n != 1 {
		faults.Add("/type", "cmaes works for one objective; the study has %d", n)
	}
	if axes, _ := axesOf(space); len(axes) < 2 && len(space.Names) > 0 {
		faults.Add("/type", "cmaes needs two numeric parameters with more than one value; the search space has %d", len(axes))
	}
	if s.population > 0 && s.population < 4 {
		faults.Add("/population_size", "must be 0 or at least 4")
	}
}

// Sample implements [trials.Sampler].
func (s *Sampler) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	now := s.search(r)
	rng := r.Rand()
	if now.dist == nil {
		out := rows.Fill(r, "cmaes", func(i int) float64 { return r.Space.Dists[i].At(rng.Float64()) })
		out.Why = fmt.Sprintf("At random: %d of %d start-up trials have ended.", len(now.warm), s.startup)
		return out, nil
	}
	values := now.draw(r, rng)
	out := rows.Fill(r, "cmaes", func(i int) float64 { return values[i] })
	out.Why = fmt.Sprintf("Generation %d of %d trials, step %.3g.", now.dist.age, now.points, now.dist.step)
	if now.done > 0 {
		out.Why = fmt.Sprintf("Restart %d, generation %d of %d trials, step %.3g.", now.done, now.dist.age, now.points, now.dist.step)
	}
	return out, nil
}

// search returns what the view of a request teaches.
func (s *Sampler) search(r *trials.SampleRequest) *search {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, ok := s.recent.Latest(func(known *search) bool { return known.serves(r) })
	if !ok {
		from = newSearch(s, r)
		if s.startup == 0 && len(from.axes) > 0 {
			from.start(&history{view: &r.View, choices: make([][]float64, len(from.categories))})
		}
	} else if from.seen == r.View.Len() {
		return from
	}
	grown := from.grow(&r.View)
	s.recent.Keep(grown)
	return grown
}

// maxTwins is how often a point is drawn again that a trial has had.
const maxTwins = 10

// draw returns a value for each parameter of the space, given ones included. Where
// every parameter can be counted it tries not to repeat a trial, by steps that are
// longer and longer.
func (s *search) draw(r *trials.SampleRequest, rng *rand.Rand) []float64 {
	condition := s.condition(r)
	out := s.once(r, condition, 1, rng)
	if slices.ContainsFunc(s.axes, func(a axis) bool { return a.count == 0 }) {
		return out
	}
	columns := make([][]float64, len(r.Space.Names))
	for i, name := range r.Space.Names {
		columns[i] = r.View.Column(name)
	}
	for try := 1; try <= maxTwins && tried(r, columns, out); try++ {
		out = s.once(r, condition, math.Pow(1.15, float64(try)), rng)
	}
	return out
}

// tried says that a trial has all these values, or runs with them.
func tried(r *trials.SampleRequest, columns [][]float64, values []float64) bool {
	has := func(of func(i int) float64) bool {
		same := false
		for i, v := range values {
			x := of(i)
			if x != v && !math.IsNaN(x) {
				return false
			}
			same = same || x == v
		}
		return same
	}
	for row := r.View.Len() - 1; row >= 0; row-- {
		if has(func(i int) float64 {
			if row < len(columns[i]) {
				return columns[i][row]
			}
			return math.NaN()
		}) {
			return true
		}
	}
	return slices.ContainsFunc(r.Pending, func(p trials.Point) bool {
		return has(func(i int) float64 {
			if v, ok := p.Values[r.Space.Names[i]]; ok {
				return v
			}
			return math.NaN()
		})
	})
}

// once draws a value for each parameter of the space, so many times as far from the
// mean as the distribution says.
func (s *search) once(r *trials.SampleRequest, condition func(x []float64), wide float64, rng *rand.Rand) []float64 {
	out := make([]float64, len(r.Space.Names))
	for i := range out {
		out[i] = r.Space.Dists[i].At(0.5)
	}
	for i, c := range s.categories {
		out[c.place] = float64(pick(s.shares[i], rng.Float64()))
	}
	x := s.inside(condition, rng)
	for i := range s.axes {
		a, u := &s.axes[i], x[i]
		if a.count > 0 {
			u = s.dist.mean[i] + wide*s.spread[i]*(u-s.dist.mean[i])
		}
		out[a.place] = r.Space.Dists[a.place].At(u)
	}
	for name, v := range r.Fixed {
		if i := r.Space.Index(name); i >= 0 {
			out[i] = v
		}
	}
	return out
}

// maxResamples is how often a point outside the cube is drawn again. More often
// would keep the search from optima at the ends, which are common.
const maxResamples = 2

// inside draws points until the continuous axes of one are within the cube, and
// otherwise returns the last one, which the caller clips.
func (s *search) inside(condition func(x []float64), rng *rand.Rand) []float64 {
	n := len(s.axes)
	z, x := make([]float64, n), make([]float64, n)
	for range 1 + maxResamples {
		for i := range z {
			z[i] = rng.NormFloat64()
		}
		s.dist.shape(z, x)
		for i := range x {
			x[i] = s.dist.mean[i] + s.dist.step*x[i]
		}
		condition(x)
		ok := true
		for i := range x {
			ok = ok && (s.axes[i].count > 0 || 0 <= x[i] && x[i] <= 1)
		}
		if ok {
			break
		}
	}
	return x
}

// condition returns what makes a point drawn from the distribution one that is
// drawn given the coordinates of the request's fixed parameters: it moves the
// others along by their covariance with the correction (Matheron's rule).
func (s *search) condition(r *trials.SampleRequest) func(x []float64) {
	var given []int
	var at []float64
	for i := range s.axes {
		if v, ok := r.Fixed[s.axes[i].name]; ok {
			given, at = append(given, i), append(at, s.axes[i].dist.Unit(v))
		}
	}
	n := len(s.axes)
	if len(given) == 0 || len(given) == n || s.dist.separable {
		return func([]float64) {}
	}
	c := mat.NewSymDense(n, s.dist.c)
	among := mat.NewSymDense(len(given), nil)
	for i, a := range given {
		for j, b := range given[:i+1] {
			among.SetSym(i, j, c.At(a, b))
		}
	}
	var root mat.Cholesky
	if !root.Factorize(among) {
		return func([]float64) {}
	}
	return func(x []float64) {
		off, solved := mat.NewVecDense(len(given), nil), mat.NewVecDense(len(given), nil)
		for i, a := range given {
			off.SetVec(i, at[i]-x[a])
		}
		if root.SolveVecTo(solved, off) != nil { // all but singular: nothing to go by
			return
		}
		for i := range x {
			for j, a := range given {
				x[i] += c.At(i, a) * solved.AtVec(j)
			}
		}
	}
}

// pick returns an index by its share.
func pick(shares []float64, u float64) int {
	for i, share := range shares {
		if u -= share; u < 0 {
			return i
		}
	}
	return len(shares) - 1
}
