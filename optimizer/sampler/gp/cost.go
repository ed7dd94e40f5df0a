package gp

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/trials"
)

// cheapAfter is how many trials tell enough of costs to start cheaply.
const cheapAfter = 3

// costPower returns to which power the expected cost counts: the share of the
// budget that is left, so that what is dear is tried in the end if it is good
// (Lee et al., Cost-aware Bayesian Optimization, 2020, section 4.2). Without a
// budget of the metric's own it is the share of the trials, and without either
// it is 1.
func (s *Sampler) costPower(r *trials.SampleRequest) float64 {
	b := r.Study.Budget
	if b == nil {
		return 1
	}
	all := map[string]float64{
		trials.WallSeconds: b.TrialSeconds, trials.CPUSeconds: b.CPUSeconds, trials.GPUSeconds: b.GPUSeconds,
		trials.EnergyJoules: b.EnergyJoules, trials.Cost: b.Cost,
	}[s.costMetric]
	spent := 0.0
	switch {
	case all > 0:
		for _, total := range r.View.Totals[s.costMetric] {
			if total > 0 {
				spent += total
			}
		}
	case b.MaxTrials > 0:
		all, spent = float64(b.MaxTrials), float64(r.View.Len())
	default:
		return 1
	}
	return min(max(1-spent/all, 0), 1)
}

// cheap returns a start point that is cheap and far from the others: of a few
// random ones, the one of greatest distance squared for its expected cost.
func (s *Sampler) cheap(r *trials.SampleRequest, f *frame, given map[int]float64) (x []float64, why string) {
	const few = 64
	models, points := s.learn(f, &r.View, []quantity{{kind: cost, metric: s.costMetric}})
	out := models[0].outputs(&r.View, models[0].rows)
	m := models[0].given(out.y)
	others := running(r, f, false)
	for _, p := range points {
		if p != nil {
			others = append(others, p)
		}
	}
	draws := &search{acquisition: &acquisition{frame: f}, rng: r.Rand(), given: given}
	best, dear := math.Inf(-1), 0.0
	for range few {
		drawn := draws.random()
		at := draws.settle(drawn)
		least := math.Inf(1)
		for _, p := range others {
			least = min(least, f.distance(at, p))
		}
		expected := out.mean + out.sd*m.mean(at, &draws.scratch)
		if worth := 2*math.Log(least+1e-9) - expected; x == nil || worth > best {
			x, best, dear = drawn, worth, expected
		}
	}
	return x, fmt.Sprintf("The first %d trials are spread evenly; this one is cheap, about %.3g.", s.startup, math.Exp(dear))
}
