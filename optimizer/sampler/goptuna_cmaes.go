package sampler

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/c-bata/goptuna/cmaes"
	"gonum.org/v1/gonum/mat"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// This file is a part of the wall around goptuna, as goptuna.go is. goptuna's own
// sampler keeps its state in the process and forgets it with it; here its optimizer
// is told the history, a generation at a time, so that it is the same after a
// restart.

// goptunaCMAES is goptuna's CMA-ES on the numeric parameters that every trial has.
// Others are drawn at random.
type goptunaCMAES struct {
	population int64
	sigma      float64

	mu     sync.Mutex
	chains []*chain // at most two: the newest, and one for requests made before
}

func newGoptunaCMAES() algorithm { return &goptunaCMAES{sigma: 1.0 / 6} }

func (g *goptunaCMAES) Declare(s *options.Set) {
	s.Int(&g.population, "population_size", "Trials a generation, at least 5. 0 is 4 + 3 ln(numeric parameters).").AtLeast(0).AtMost(1e5)
	s.Number(&g.sigma, "sigma0", "The first step, as a share of each range.").AtLeast(1e-6).AtMost(1)
}

// maxGoptunaAxes is how many parameters goptuna's CMA-ES can take in reasonable
// time: each draw multiplies two matrices.
const maxGoptunaAxes = 100

func (g *goptunaCMAES) Prepare(study *trials.StudySpec, space *trials.Space, faults *options.Faults) {
	if n := len(study.Objectives); n != 1 {
		faults.Add("/type", "goptuna.cmaes works for one objective; the study has %d", n)
	}
	if n := len(cmaesAxes(space)); (n < 2 || n > maxGoptunaAxes) && len(space.Names) > 0 {
		faults.Add("/type", "goptuna.cmaes needs 2 to %d numeric parameters with more than one value and no condition; the search space has %d", maxGoptunaAxes, n)
	}
	if 0 < g.population && g.population < 5 {
		faults.Add("/population_size", "must be 0 or at least 5")
	}
}

// cmaesAxes returns the places of the parameters that goptuna sees.
func cmaesAxes(space *trials.Space) []int {
	var out []int
	for i := range space.Dists {
		if d := &space.Dists[i]; d.Type != trials.CategoricalKind && len(d.When) == 0 && !rows.Settled(d) {
			out = append(out, i)
		}
	}
	return out
}

// Sample implements [trials.Sampler].
func (g *goptunaCMAES) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	rng := r.Rand()
	seed := rng.Int64()
	out := rows.Fill(r, "goptuna.cmaes", func(i int) float64 { return r.Space.Dists[i].At(rng.Float64()) })
	axes := cmaesAxes(r.Space)
	if len(axes) < 2 || len(axes) > maxGoptunaAxes {
		return out, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c, err := g.chain(r, axes)
	if err != nil {
		return trials.Sample{}, fmt.Errorf("goptuna: %w", err)
	}
	point, ok := c.ask(seed)
	for k, i := range axes {
		name := r.Space.Names[i]
		if _, given := r.Fixed[name]; ok && !given {
			out.Values[name] = r.Space.Dists[i].At(point[k])
		}
	}
	return out, nil
}

// chain returns the chain that is as far as the view of a request. An optimizer
// cannot go back, so a request whose view is short of a generation that the newest
// was told has one of its own.
func (g *goptunaCMAES) chain(r *trials.SampleRequest, axes []int) (*chain, error) {
	var best *chain
	for _, c := range g.chains {
		if c.serves(r) && (best == nil || c.rows > best.rows) {
			best = c
		}
	}
	if best == nil {
		best = &chain{settings: g, space: r.Space, axes: axes, generation: r.View.Generation, seed: uint64(*r.Study.Seed), direction: r.Study.Objectives[0].Direction}
		if err := best.restart(); err != nil {
			return nil, err
		}
		if len(g.chains) == 2 { // the one that is behind, or of another study, goes
			i := 0
			if g.chains[1].generation != r.View.Generation || g.chains[1].rows < g.chains[0].rows {
				i = 1
			}
			g.chains = slices.Delete(g.chains, i, i+1)
		}
		g.chains = append(g.chains, best)
	}
	return best, best.catchUp(&r.View)
}

// chain is goptuna's optimizer and how far it was told a history.
type chain struct {
	settings   *goptunaCMAES
	space      *trials.Space
	axes       []int
	generation uint64
	seed       uint64
	direction  trials.Direction

	rows      int // taken in
	told      int // rows up to the end of the last generation
	batch     []*cmaes.Solution
	optimizer *cmaes.Optimizer
	restarts  int
}

func (c *chain) serves(r *trials.SampleRequest) bool {
	if c.generation != r.View.Generation || c.seed != uint64(*r.Study.Seed) || c.told > r.View.Len() ||
		c.direction != r.Study.Objectives[0].Direction || !slices.Equal(c.space.Names, r.Space.Names) {
		return false
	}
	return c.space == r.Space || slices.EqualFunc(c.space.Dists, r.Space.Dists,
		func(a, b trials.Distribution) bool { return a.Equal(&b) })
}

// restart makes the optimizer: the first one in the middle of the cube, each later
// one elsewhere and with twice the population, up to 32 times.
func (c *chain) restart() error {
	mean, bounds := make([]float64, len(c.axes)), mat.NewDense(len(c.axes), 2, nil)
	rng := rand.New(rand.NewPCG(c.seed^0x589965cc75374cc3, uint64(c.restarts)))
	for k := range mean {
		bounds.Set(k, 1, 1)
		mean[k] = 0.5
		if c.restarts > 0 {
			mean[k] = rng.Float64()
		}
	}
	settings := []cmaes.OptimizerOption{cmaes.OptimizerOptionBounds(bounds)}
	population := int(c.settings.population)
	if c.restarts > 0 {
		population = c.optimizer.PopulationSize()
		if c.restarts <= 5 {
			population *= 2
		}
	}
	if population > 0 {
		settings = append(settings, cmaes.OptimizerOptionPopulationSize(population))
	}
	var err error
	c.optimizer, err = cmaes.NewOptimizer(mean, c.settings.sigma, settings...)
	c.batch = nil
	return err
}

// catchUp takes in the rows that are new.
func (c *chain) catchUp(view *trials.View) error {
	columns := make([][]float64, len(c.axes))
	for k, i := range c.axes {
		columns[k] = view.Column(c.space.Names[i])
	}
	for ; c.rows < view.Len(); c.rows++ {
		s := c.solution(view, c.rows, columns)
		if s == nil {
			continue
		}
		if c.batch = append(c.batch, s); len(c.batch) < c.optimizer.PopulationSize() {
			continue
		}
		c.told = c.rows + 1
		if err := c.tell(); err != nil || c.optimizer.ShouldStop() {
			c.restarts++
			if err := c.restart(); err != nil {
				return err
			}
		}
		c.batch = nil
	}
	return nil
}

// solution returns a row in goptuna's form, nil if goptuna cannot use it: it must be
// COMPLETE with a finite value, and have every axis.
func (c *chain) solution(view *trials.View, row int, columns [][]float64) *cmaes.Solution {
	loss := rows.Loss(view, row, 0)
	if view.States[row] != trials.Complete || !rows.Finite(loss) {
		return nil
	}
	out := &cmaes.Solution{Params: make([]float64, len(columns)), Value: loss}
	for k, column := range columns {
		d := &c.space.Dists[c.axes[k]]
		if row >= len(column) || !rows.Finite(column[row]) {
			return nil
		}
		// A point that is just the mean would be divided by its distance from it,
		// hence the little more.
		out.Params[k] = d.Unit(min(max(column[row], d.Low), d.High)) + 1e-9*float64(k+1)
	}
	return out
}

var errBroken = errors.New("goptuna's optimizer broke down")

// tell ends a generation. It fails where goptuna panics, or draws what is no number
// from then on.
func (c *chain) tell() (err error) {
	defer func() {
		if recover() != nil {
			err = errBroken
		}
	}()
	if err := c.optimizer.Tell(c.batch); err != nil {
		return err
	}
	if _, ok := c.ask(0); !ok {
		return errBroken
	}
	return nil
}

// ask draws a point by a seed; the optimizer itself stays as it is.
func (c *chain) ask(seed int64) (point []float64, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	cmaes.OptimizerOptionSeed(seed)(c.optimizer)
	point, err := c.optimizer.Ask()
	return point, err == nil && !slices.ContainsFunc(point, func(u float64) bool { return !inUnit(u) })
}
