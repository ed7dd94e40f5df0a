package sampler

import (
	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// random draws each parameter uniformly and by itself.
type random struct{}

func newRandom() algorithm { return random{} }

func (random) declare(*options.Set) {}

func (random) prepare(*trials.StudySpec, *trials.Space, *options.Faults) {}

// Sample implements [trials.Sampler]. A fixed parameter uses up its draw too,
// so that fixing one changes no other.
func (random) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	rng := r.Rand()
	return each(r, "random", func(i int) float64 {
		return r.Space.Dists[i].At(rng.Float64())
	}), nil
}

// each fills a sample with a value for each parameter that is not fixed.
func each(r *trials.SampleRequest, by string, draw func(i int) float64) trials.Sample {
	out := trials.Sample{Values: make(map[string]float64, len(r.Space.Names)), By: by}
	for i, name := range r.Space.Names {
		v := draw(i)
		if _, fixed := r.Fixed[name]; !fixed {
			out.Values[name] = v
		}
	}
	return out
}
