package importance

import (
	"math"
	"math/bits"

	"github.com/espalier-hpo/espalier/trials"
)

const (
	// maxGrid is how many places a grid has at most.
	maxGrid = 50
	// minBandwidth lets 90 % of a kernel fall on its own place of the grid.
	minBandwidth = 0.5 / 1.64
	// priorWeight is what the prior kernel weighs; a trial weighs 1.
	priorWeight = 1
)

// grid is a parameter's range as a few places of the same width, a categorical
// one's choices.
type grid struct {
	size        int
	categorical bool
	log         bool
	low, step   float64
}

// newGrid makes the grid of a parameter that has more than one value: as many
// places as it has values, at most 50; a log int has about one for each time
// that its range doubles.
func newGrid(p *param) *grid {
	d := &p.dist
	if d.Type == trials.CategoricalKind {
		return &grid{size: len(d.Choices), categorical: true}
	}
	g := &grid{size: maxGrid, log: d.Log, low: d.Low}
	high := d.High
	if n := d.Count(); n > 0 {
		if d.Log {
			n = bits.Len(uint(n-1)) + 1
		} else {
			high = p.top()
		}
		g.size = min(n, maxGrid)
	}
	if g.log {
		g.low, high = math.Log(g.low), math.Log(high)
	}
	g.step = (high - g.low) / float64(g.size-1)
	return g
}

// index returns the place of a value; one in the middle between two belongs to
// the lower.
func (g *grid) index(v float64) int {
	if g.categorical {
		return int(v)
	}
	if g.log {
		v = math.Log(v)
	}
	return int(min(max(math.Ceil((v-g.low)/g.step-0.5), 0), float64(g.size-1)))
}

// density returns the density of trials over the grid, given how many fell on
// each place: a kernel on each of those, and a wide one as the prior. The sum
// of the counts is at least 1.
func (g *grid) density(counts []float64) []float64 {
	if g.categorical {
		return categoricalDensity(counts)
	}
	total := priorWeight + sum(counts)
	out := make([]float64, g.size)
	sigma := bandwidth(counts)
	for at, n := range counts {
		if n > 0 {
			g.addKernel(out, float64(at), sigma, n/total)
		}
	}
	g.addKernel(out, float64(g.size-1)/2, float64(g.size), priorWeight/total)
	return out
}

// addKernel adds a normal distribution, cut off at the ends of the grid and
// gathered into its places.
func (g *grid) addKernel(out []float64, mu, sigma, weight float64) {
	weight /= normalMass((-0.5-mu)/sigma, (float64(g.size)-0.5-mu)/sigma)
	for i := range out {
		x := float64(i) - mu
		out[i] += weight * normalMass((x-0.5)/sigma, (x+0.5)/sigma)
	}
}

// bandwidth is Scott's rule (Multivariate Density Estimation, 1992) for trials
// on a grid.
func bandwidth(counts []float64) float64 {
	n, mean := sum(counts), 0.0
	for at, c := range counts {
		mean += c * float64(at) / n
	}
	variance := 0.0
	for at, c := range counts {
		d := float64(at) - mean
		variance += c * d * d / max(1, n-1)
	}
	// The quartiles as Optuna finds them: the lower is the first place up to
	// which there are n/4 trials, the upper the first with more than 3n/4, both
	// rounded down.
	first, last := place(counts, func(below float64) bool { return below >= math.Floor(n/4) }),
		place(counts, func(below float64) bool { return below > math.Floor(n*3/4) })
	sigma := 1.059 * min(float64(last-first)/1.34, math.Sqrt(variance)) * math.Pow(n, -0.2)
	return max(sigma, minBandwidth)
}

// place returns the first place with trials at which enough says yes to how
// many there are up to it, or else the last place with trials.
func place(counts []float64, enough func(below float64) bool) int {
	below, at := 0.0, 0
	for i, c := range counts {
		if c == 0 {
			continue
		}
		below += c
		at = i
		if enough(below) {
			break
		}
	}
	return at
}

// categoricalDensity gives each choice its share, smoothed: a kernel on each
// choice that was made, with a part for all others, and a uniform one.
func categoricalDensity(counts []float64) []float64 {
	k, kernels := float64(len(counts)), 1.0
	for _, n := range counts {
		if n > 0 {
			kernels++
		}
	}
	trials := sum(counts)
	smooth := priorWeight / kernels
	row := k*smooth + 1
	out := make([]float64, len(counts))
	for i, n := range counts {
		out[i] = (n/row + trials*smooth/row + priorWeight/k) / (trials + priorWeight)
	}
	return out
}

// normalMass is the probability of a standard normal variable to be from a to b,
// worked out in the tail that loses no digits.
func normalMass(a, b float64) float64 {
	if a > 0 {
		a, b = -b, -a
	}
	return 0.5 * (math.Erfc(-b/math.Sqrt2) - math.Erfc(-a/math.Sqrt2))
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}
