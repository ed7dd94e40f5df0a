package mlp

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestGradientMatchesFiniteDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	n := newNetwork(5, 7, 3)
	for i := range n.params {
		n.params[i] = rng.NormFloat64()
	}
	e := Example{X: []float64{0.1, 0.9, 0, 0.5, 0.3}, Label: 2}
	for _, drop := range []float64{0, 0.4} {
		loss := func() float64 { return n.forward(e, drop, rand.New(rand.NewPCG(2, 0))) } // the same units drop each time
		grad := make([]float64, len(n.params))
		loss()
		n.backward(e, drop, grad)
		const step = 1e-6
		for i, at := range n.params {
			n.params[i] = at + step
			above := loss()
			n.params[i] = at - step
			below := loss()
			n.params[i] = at
			if want := (above - below) / (2 * step); math.Abs(grad[i]-want) > 1e-6 {
				t.Errorf("dropout %g, parameter %d: gradient %g, finite difference %g", drop, i, grad[i], want)
			}
		}
	}
}

func TestEvaluateCountsNaNAsWrong(t *testing.T) {
	n := newNetwork(1, 1, 2)
	n.w1[0] = math.NaN()
	loss, wrong := n.Evaluate(Set{{X: []float64{1}, Label: 0}, {X: []float64{1}, Label: 1}})
	if !math.IsNaN(loss) || wrong != 1 {
		t.Errorf("loss %g, wrong %g; want NaN and 1", loss, wrong)
	}
}
