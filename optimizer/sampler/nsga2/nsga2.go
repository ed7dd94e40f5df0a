// Package nsga2 is a sampler by the genetic algorithm NSGA-II: new trials are
// children of the best ones so far, which are spread over the Pareto front. It
// knows packages trials, optimizer/options and optimizer/sampler/rows.
//
// It is the steady-state form: every trial that ends takes part in the population
// at once, so parallel workers need not wait for a generation, and all follows
// from the order in which the trials ended.
package nsga2

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// The crossovers.
const (
	sbx     = "sbx"
	uniform = "uniform"
)

// Sampler is NSGA-II with its options.
type Sampler struct {
	size      int64
	startup   int64
	crossover string
	crossed   float64
	swapped   float64
	mutated   *float64

	mu     sync.Mutex
	recent rows.Recent[*population]
}

// New returns the sampler with its defaults.
func New() *Sampler {
	return &Sampler{size: 20, startup: 20, crossover: uniform, crossed: 0.9, swapped: 0.5}
}

// Declare declares the options.
func (s *Sampler) Declare(set *options.Set) {
	set.Int(&s.size, "population_size", "How many of the best trials may be parents. Larger ones suit thousands of trials.").AtLeast(2).AtMost(1000)
	set.Int(&s.startup, "startup_trials", "Trials are drawn at random until so many are COMPLETE.").AtLeast(0).AtMost(1e6)
	options.Word(set, &s.crossover, "crossover", "How numbers are mixed: uniform takes each from one of the parents, sbx from near one of them. Categories are always taken from one.", uniform, sbx)
	set.Number(&s.crossed, "crossover_prob", "How likely a child has two parents.").AtLeast(0).AtMost(1)
	set.Number(&s.swapped, "swapping_prob", "How likely a parameter is that of the second parent.").AtLeast(0).AtMost(1)
	set.Maybe(&s.mutated, "mutation_prob", "How likely each parameter is changed. Without, once in a child on average.").AtLeast(0).AtMost(1)
}

// Prepare implements the contract of the table: there is nothing to refuse.
func (*Sampler) Prepare(*trials.StudySpec, *trials.Space, *options.Faults) {}

// Sample implements [trials.Sampler].
func (s *Sampler) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	p, rng := s.population(r), r.Rand()
	if p.ended < int(s.startup) || len(p.members) < 2 {
		out := rows.Fill(r, "nsga2", func(i int) float64 { return r.Space.Dists[i].At(rng.Float64()) })
		out.Why = fmt.Sprintf("At random: %d trials are COMPLETE, start-up takes %d.", p.ended, max(2, s.startup))
		return out, nil
	}
	var child []float64
	var a, b *individual
	for range maxTwins {
		a, b = p.parent(nil, rng), nil
		if rng.Float64() < s.crossed {
			b = p.parent(a, rng)
		}
		if child = s.child(r, a, b, rng); !p.known(child) && !pending(r, child) {
			break
		}
	}
	out := rows.Fill(r, "nsga2", func(i int) float64 { return child[i] })
	out.Why = fmt.Sprintf("A child of trial %d.", a.number)
	if b != nil {
		out.Why = fmt.Sprintf("A child of trials %d and %d.", a.number, b.number)
	}
	return out, nil
}

// maxTwins is how often a child is drawn again that equals a trial.
const maxTwins = 8

// population returns the best trials of a request's view.
func (s *Sampler) population(r *trials.SampleRequest) *population {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, ok := s.recent.Latest(func(known *population) bool { return known.serves(r) })
	if !ok {
		from = &population{space: r.Space, generation: r.View.Generation, objectives: slices.Clone(r.Study.Objectives)}
	} else if from.seen == r.View.Len() {
		return from
	}
	grown := from.grow(&r.View, int(s.size))
	s.recent.Keep(grown)
	return grown
}

// parent returns the better of two members drawn by chance: of the better front,
// or the less crowded (members are in this order). It is another than one that is
// a parent already.
func (p *population) parent(already *individual, rng *rand.Rand) *individual {
	best := min(rng.IntN(len(p.members)), rng.IntN(len(p.members)))
	if p.members[best] == already {
		best = (best + 1 + rng.IntN(len(p.members)-1)) % len(p.members)
	}
	return p.members[best]
}

// child returns a value for each parameter of the space. The chances are drawn in
// any case, so that giving one parameter changes no other.
func (s *Sampler) child(r *trials.SampleRequest, a, b *individual, rng *rand.Rand) []float64 {
	out := make([]float64, len(r.Space.Names))
	chance := 1 / float64(max(1, len(rows.Free(r))))
	if s.mutated != nil {
		chance = *s.mutated
	}
	eta := 20.0
	if len(r.Study.Objectives) == 1 {
		eta = 2
	}
	for i := range out {
		d := &r.Space.Dists[i]
		swap, change, own := rng.Float64() < s.swapped, rng.Float64() < chance, rand.New(rand.NewPCG(rng.Uint64(), 0))
		v := a.values[i]
		other := v
		if b != nil {
			if other = b.values[i]; swap {
				v, other = other, v
			}
		}
		switch {
		case d.Type == trials.CategoricalKind && (change || !d.Contains(v)):
			out[i] = d.At(own.Float64())
		case d.Type == trials.CategoricalKind || !change && b == nil && d.Contains(v):
			out[i] = v
		default:
			out[i] = s.number(d, v, other, change, eta, own)
		}
	}
	return out
}

// number returns a numeric value of a child that takes after v, and in part after
// other.
func (s *Sampler) number(d *trials.Distribution, v, other float64, change bool, eta float64, rng *rand.Rand) float64 {
	x, y := unit(d, v, rng), unit(d, other, rng)
	crossed := s.crossover == sbx && x != y && rng.Float64() < 0.5
	if !crossed && !change && d.Contains(v) {
		return v
	}
	if crossed {
		x = cross(x, y, eta, rng)
	}
	here := d.At(x)
	if !change {
		return here
	}
	if moved := d.At(mutate(x, mutationEta, rng)); moved != here {
		return moved
	}
	return d.At(rng.Float64()) // too coarse a grid for small moves
}

// mutationEta is the distribution index of the mutation: the larger, the nearer.
const mutationEta = 20

// known says that a member has all the values of a child.
func (p *population) known(child []float64) bool {
	return slices.ContainsFunc(p.members, func(x *individual) bool {
		for i, v := range x.values {
			if v != child[i] && !math.IsNaN(v) {
				return false
			}
		}
		return true
	})
}

// pending says that a running trial has all the values of a child.
func pending(r *trials.SampleRequest, child []float64) bool {
	return slices.ContainsFunc(r.Pending, func(p trials.Point) bool {
		for i, name := range r.Space.Names {
			if v, ok := p.Values[name]; ok && v != child[i] {
				return false
			}
		}
		return true
	})
}
