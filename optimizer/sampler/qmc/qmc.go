// Package qmc is a quasi-Monte Carlo sampler: trials that fill the space more
// evenly than chance does, whatever happened before. It knows packages trials,
// optimizer/options and optimizer/sampler/rows.
//
// The point of a trial follows from the study's seed and the trial's number, so
// parallel workers, restarts and trials that were enqueued do no harm.
package qmc

import (
	"sync"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// The sequences.
const (
	sobolType  = "sobol"
	haltonType = "halton"
)

// Sampler takes the points of a sequence in the order of the trials' numbers.
type Sampler struct {
	kind     string
	scramble bool

	once   sync.Once
	primes []uint64
}

// New returns the sampler with its defaults: Sobol's sequence, scrambled.
func New() *Sampler { return &Sampler{kind: sobolType, scramble: true} }

// Declare declares the options.
func (s *Sampler) Declare(set *options.Set) {
	options.Word(set, &s.kind, "qmc_type", "The sequence: sobol has 1111 dimensions, halton 1000; further ones are drawn at random.", sobolType, haltonType)
	set.Bool(&s.scramble, "scramble", "Scramble the sequence by the study's seed. Without, every study has the same points, and the first one is the corner of all low ends.")
}

// Prepare implements the contract of the table: there is nothing to refuse.
func (*Sampler) Prepare(*trials.StudySpec, *trials.Space, *options.Faults) {}

// Sample implements [trials.Sampler]. A point that was refused is replaced by one
// drawn at random.
func (s *Sampler) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	if r.Redraw > 0 {
		rng := r.Rand()
		return rows.Fill(r, "qmc", func(i int) float64 { return r.Space.Dists[i].At(rng.Float64()) }), nil
	}
	axes := axesOf(r)
	seed, index := uint64(*r.Study.Seed), uint64(r.Number)
	return rows.Fill(r, "qmc", func(i int) float64 {
		return r.Space.Dists[i].At(s.unit(seed, index, axes[i]))
	}), nil
}

// axesOf returns the dimension of each parameter. Those with one value need none.
// In a trial whose parameters are suggested one after another, those there
// already have had the first dimensions.
func axesOf(r *trials.SampleRequest) []int {
	out := make([]int, len(r.Space.Names))
	declared := len(r.Study.SearchSpace) == len(r.Space.Names)
	next := 0
	if !declared {
		next = len(r.Fixed)
	}
	for i, name := range r.Space.Names {
		_, given := r.Fixed[name]
		if rows.Settled(&r.Space.Dists[i]) || given && !declared {
			continue
		}
		out[i] = next
		next++
	}
	return out
}

// unit returns a coordinate in [0, 1).
func (s *Sampler) unit(seed, index uint64, dim int) float64 {
	switch {
	case s.kind == haltonType && dim < haltonAxes:
		s.once.Do(func() { s.primes = primes(haltonAxes) })
		return halton(index, s.primes[dim], axisKey(seed, dim), s.scramble)
	case s.kind == haltonType:
		return chance(seed, index, dim)
	case s.scramble || dim >= sobolAxes:
		return Unit(seed, index, dim)
	default:
		return float64(sobol(uint32(index), dim)) / (1 << 32)
	}
}

// Unit returns a coordinate of a point of Sobol's sequence, scrambled by a seed,
// in (0, 1): points 0 to 2^m-1 of one seed fill the cube evenly for every m.
// Dimensions from 1111 on are random. An index counts modulo 2^32.
func Unit(seed, index uint64, dim int) float64 {
	if dim >= sobolAxes {
		return chance(seed, index, dim)
	}
	x := owen(sobol(uint32(index), dim), uint32(axisKey(seed, dim)))
	return (float64(x) + 0.5) / (1 << 32)
}

// chance returns a number in (0, 1) that follows no sequence.
func chance(seed, index uint64, dim int) float64 {
	return (float64(mix(axisKey(seed, dim)+index)>>12) + 0.5) / (1 << 52)
}

// axisKey returns the chance of one dimension of one seed.
func axisKey(seed uint64, dim int) uint64 { return mix(mix(seed) + uint64(dim)) }

// mix is the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
