package sampler

import (
	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// random draws each parameter uniformly and by itself.
type random struct{}

func newRandom() algorithm { return random{} }

func (random) Declare(*options.Set) {}

func (random) Prepare(*trials.StudySpec, *trials.Space, *options.Faults) {}

// Sample implements [trials.Sampler]. A fixed parameter uses up its draw too,
// so that fixing one changes no other.
func (random) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	rng := r.Rand()
	return rows.Fill(r, "random", func(i int) float64 {
		return r.Space.Dists[i].At(rng.Float64())
	}), nil
}
