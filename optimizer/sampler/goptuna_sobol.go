package sampler

import (
	"math"
	"math/rand/v2"
	"sync"

	"github.com/c-bata/goptuna/sobol"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// goptunaSobol is goptuna's Sobol sequence. The point of a trial follows from its
// number, and each axis is shifted by the study's seed modulo 1, so that not every
// study begins in the middle. goptuna can only draw one point after another, and
// keeps them all: 4 bytes an axis.
type goptunaSobol struct {
	mu     sync.Mutex
	engine *sobol.Engine
	axes   int         // of the engine
	drawn  int64       // points
	latest [][]float64 // the last ones of them, by their number modulo keptPoints
}

// keptPoints is how many points are kept: parallel requests come in any order.
const keptPoints = 1024

// maxSobolAxes is how many axes goptuna has numbers for; further ones are drawn at
// random.
const maxSobolAxes = 21199

func newGoptunaSobol() algorithm { return &goptunaSobol{} }

func (*goptunaSobol) Declare(*options.Set) {}

func (*goptunaSobol) Prepare(*trials.StudySpec, *trials.Space, *options.Faults) {}

// Sample implements [trials.Sampler]. A point that was refused is replaced by one
// drawn at random.
func (g *goptunaSobol) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	var point []float64
	if r.Redraw == 0 {
		point = g.point(r.Number, min(len(r.Space.Names), maxSobolAxes))
	}
	rng := r.Rand()
	// Parameters that are suggested one after another each have an axis of their
	// own: those there already came first.
	declared := len(r.Study.SearchSpace) == len(r.Space.Names)
	next := 0
	if !declared {
		next = len(r.Fixed)
	}
	return rows.Fill(r, "goptuna.sobol", func(i int) float64 {
		d, u := &r.Space.Dists[i], rng.Float64()
		if _, given := r.Fixed[r.Space.Names[i]]; given && !declared || rows.Settled(d) {
			return d.At(u)
		}
		axis := next
		next++
		if axis < len(point) {
			u = shifted(point[axis], uint64(*r.Study.Seed), axis)
		}
		return d.At(u)
	}), nil
}

// shifted moves a coordinate by the chance of its axis, modulo 1.
func shifted(u float64, seed uint64, axis int) float64 {
	_, part := math.Modf(u + rand.New(rand.NewPCG(seed, uint64(axis))).Float64())
	return part
}

// point returns at least so many coordinates of a trial's point.
func (g *goptunaSobol) point(number int64, axes int) []float64 {
	if axes == 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.engine == nil || g.axes < axes || number < g.drawn-keptPoints {
		g.axes = max(g.axes, axes)
		g.engine, g.drawn, g.latest = sobol.NewEngine(uint32(g.axes)), 0, make([][]float64, keptPoints)
	}
	for ; g.drawn <= number; g.drawn++ {
		g.latest[g.drawn%keptPoints] = g.engine.Draw()
	}
	return g.latest[number%keptPoints]
}
