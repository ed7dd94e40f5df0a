package gp

import (
	"math"
	"slices"
)

// acquisition values points by what trying them should bring, as a logarithm:
// the gain in the objectives, times the probability that each limit is kept and
// that the trial does not fail, over a power of what it is expected to cost.
// Points near a running trial are worth less than all others.
type acquisition struct {
	frame      *frame
	utility    utility // nil while no trial keeps all limits
	objectives []*model
	limits     []kept
	cost       *model
	costPower  float64 // of the cost, from 0 to 1
	costSD     float64 // of the logarithms of the costs
	running    [][]float64
	fresh      [][]float64 // those of the running ones that are of the same batch
	radius     float64     // around the fresh ones
	seen       [][]float64 // points that were tried

	scratch      scratch
	at           []moments
	byMean, bySD []float64
	mean, sd     []float64   // gradients of one model
	means, sds   [][]float64 // gradients of the objectives
}

// kept is a model of something that must not exceed 0, and where 0 lies on its
// scale.
type kept struct {
	*model
	zero float64
}

// tooNear is what a point loses that is as near to one of its batch as can be.
const tooNear = 1e6

// leastGain is added to every gain where there are limits, in standard
// deviations. It changes no order among points that keep them equally, but once
// there is little left to gain where they are kept, trials do not go where they
// are all but sure to be broken, be the gain there as it may.
const leastGain = 1e-4

// value returns the acquisition at a settled point and, where gradient is not
// nil, writes its derivatives by the numeric axes.
func (a *acquisition) value(x, gradient []float64) float64 {
	clear(gradient)
	total := a.nearness(x)
	var mean, sd []float64 // of one model; nil where no slopes are wanted
	if gradient != nil {
		mean, sd = a.mean, a.sd
	}
	for _, l := range a.limits {
		m := l.posterior(x, &a.scratch, mean, sd)
		z := (l.zero - m.mean) / m.sd
		total += logBelow(z)
		if gradient != nil {
			slope := slopeBelow(z) / m.sd
			a.add(gradient, mean, sd, -slope, -slope*z)
		}
	}
	if a.cost != nil && a.costPower > 0 {
		m := a.cost.posterior(x, &a.scratch, mean, sd)
		total -= a.costPower * (a.costSD*m.mean + 0.5*a.costSD*a.costSD*m.sd*m.sd)
		if gradient != nil {
			a.add(gradient, mean, sd, -a.costPower*a.costSD, -a.costPower*a.costSD*a.costSD*m.sd)
		}
	}
	if a.utility == nil {
		return total
	}
	for j, m := range a.objectives {
		if gradient != nil {
			mean, sd = a.means[j], a.sds[j]
		}
		a.at[j] = m.posterior(x, &a.scratch, mean, sd)
	}
	gain, share := a.utility.log(a.at, a.byMean, a.bySD), 1.0
	if len(a.limits) > 0 {
		sum := logSum([]float64{gain, math.Log(leastGain)})
		gain, share = sum, math.Exp(gain-sum)
	}
	total += gain
	if gradient != nil {
		for j := range a.objectives {
			a.add(gradient, a.means[j], a.sds[j], share*a.byMean[j], share*a.bySD[j])
		}
	}
	return total
}

func (a *acquisition) add(gradient, mean, sd []float64, byMean, bySD float64) {
	for d := range a.frame.numeric {
		gradient[d] += byMean*mean[d] + bySD*sd[d]
	}
}

// nearness returns what a point loses to those of its batch near it. It has no
// slope where it is 0, and a search downhill from there never enters.
//
// A point that was tried is worth less still: its outcome is known, but for
// noise. Where nothing is to be learnt of the others, corners would be tried again
// and again.
func (a *acquisition) nearness(x []float64) float64 {
	for _, tried := range a.seen {
		if slices.Equal(tried, x) {
			return -2 * tooNear
		}
	}
	near := a.radius
	for _, r := range a.fresh {
		near = min(near, a.frame.distance(x, r))
	}
	if near >= a.radius {
		return 0
	}
	return -tooNear * (1 - near/a.radius)
}

// prepare makes room for the gradients.
func (a *acquisition) prepare() {
	n, axes := len(a.objectives), len(a.frame.axes)
	a.at, a.byMean, a.bySD = make([]moments, n), make([]float64, n), make([]float64, n)
	a.mean, a.sd = make([]float64, axes), make([]float64, axes)
	a.means, a.sds = matrix(n, axes), matrix(n, axes)
}

// models returns the models that decide, the leading one first.
func (a *acquisition) models() []*model {
	var out []*model
	if a.utility != nil {
		out = append(out, a.objectives...)
	}
	for _, l := range a.limits {
		out = append(out, l.model)
	}
	return out
}
