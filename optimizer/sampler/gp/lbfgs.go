package gp

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

const (
	memory    = 8    // pairs of L-BFGS
	armijo    = 1e-4 // of the decrease that the slope promises, the least accepted
	minSlope  = 1e-5 // the largest component of a gradient that is none
	maxShrink = 12   // halvings of a step
)

// box is a minimisation within bounds. Its function returns the value and
// writes the gradient; a value that is not finite counts as too high.
type box struct {
	low, high []float64
	evals     int     // of the function, the most allowed
	tolerance float64 // stops where a step gains less
	longest   float64 // the most by which a step changes one component; 0 is any
	f         func(x, gradient []float64) float64
}

// minimise moves x downhill by projected L-BFGS with backtracking and returns
// the value there (Nocedal and Wright, Numerical Optimization, algorithm 7.4;
// components held by their bounds take no part in a step).
func (b *box) minimise(x []float64) float64 {
	n := len(x)
	g, gNext, next, dir := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	value := b.f(x, g)
	var past pairs
	for evals := 1; evals < b.evals; {
		b.mask(dir, g, x)
		if floats.Norm(dir, math.Inf(1)) < minSlope || math.IsNaN(value) || math.IsInf(value, 0) {
			break
		}
		past.twoLoop(dir)
		slope := b.descent(dir, g, x)
		if slope >= 0 { // the pairs mislead
			past = pairs{}
			b.mask(dir, g, x)
			slope = b.descent(dir, g, x)
		}
		t := b.firstStep(dir, len(past.s) == 0)
		found, got := false, 0.0
		for range maxShrink {
			for i := range x {
				next[i] = min(max(x[i]+t*dir[i], b.low[i]), b.high[i])
			}
			got = b.f(next, gNext)
			evals++
			if got <= value+armijo*t*slope {
				found = true
				break
			}
			if evals >= b.evals {
				break
			}
			t = shrink(t, value, got, slope)
		}
		if !found {
			break
		}
		past.add(next, x, gNext, g)
		gain := value - got
		copy(x, next)
		copy(g, gNext)
		value = got
		if gain < b.tolerance {
			break
		}
	}
	return value
}

// shrink is the minimum of the parabola through what is known of a step that
// was too long, within a tenth and a half of it.
func shrink(t, from, got, slope float64) float64 {
	if math.IsNaN(got) || math.IsInf(got, 0) {
		return 0.2 * t
	}
	return min(max(-slope*t*t/(2*(got-from-slope*t)), 0.1*t), 0.5*t)
}

// mask writes the gradient without the components that would leave the box.
func (b *box) mask(to, g, x []float64) {
	for i := range g {
		to[i] = g[i]
		if x[i] <= b.low[i] && g[i] > 0 || x[i] >= b.high[i] && g[i] < 0 {
			to[i] = 0
		}
	}
}

// descent turns the masked direction downhill, takes out what would leave the
// box, and returns its slope.
func (b *box) descent(dir, g, x []float64) float64 {
	slope := 0.0
	for i := range dir {
		dir[i] = -dir[i]
		if x[i] <= b.low[i] && dir[i] < 0 || x[i] >= b.high[i] && dir[i] > 0 {
			dir[i] = 0
		}
		slope += dir[i] * g[i]
	}
	return slope
}

func (b *box) firstStep(dir []float64, fresh bool) float64 {
	t := 1.0
	if fresh {
		t = min(1, 1/floats.Norm(dir, 1))
	}
	if b.longest > 0 {
		if most := floats.Norm(dir, math.Inf(1)); most*t > b.longest {
			t = b.longest / most
		}
	}
	return t
}

// pairs are the latest steps and changes of the gradient.
type pairs struct {
	s, y [][]float64
	rho  []float64
}

func (p *pairs) add(next, x, gNext, g []float64) {
	s, y := make([]float64, len(x)), make([]float64, len(x))
	floats.SubTo(s, next, x)
	floats.SubTo(y, gNext, g)
	sy := floats.Dot(s, y)
	if !(sy > 1e-10*floats.Dot(y, y)) {
		return
	}
	if len(p.s) == memory {
		p.s, p.y, p.rho = p.s[1:], p.y[1:], p.rho[1:]
	}
	p.s, p.y, p.rho = append(p.s, s), append(p.y, y), append(p.rho, 1/sy)
}

// twoLoop multiplies a gradient by the inverse Hessian that the pairs imply.
func (p *pairs) twoLoop(q []float64) {
	k := len(p.s)
	if k == 0 {
		return
	}
	var alpha [memory]float64
	for i := k - 1; i >= 0; i-- {
		alpha[i] = p.rho[i] * floats.Dot(p.s[i], q)
		floats.AddScaled(q, -alpha[i], p.y[i])
	}
	floats.Scale(1/(p.rho[k-1]*floats.Dot(p.y[k-1], p.y[k-1])), q)
	for i := range k {
		beta := p.rho[i] * floats.Dot(p.y[i], q)
		floats.AddScaled(q, alpha[i]-beta, p.s[i])
	}
}
