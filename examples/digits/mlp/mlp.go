// Package mlp is a small classifier in plain Go: one hidden layer of rectified units with dropout, softmax and cross entropy.
package mlp

import (
	"math"
	"math/rand/v2"
)

// Example is one input, scaled to about 0..1, and its class.
type Example struct {
	X     []float64
	Label int
}

// Set is a list of examples of equal length.
type Set []Example

// Network holds the weights. They lie in one slice, weights before biases; w1, w2, b1, b2 are windows into it.
type Network struct {
	in, hidden, out int
	params          []float64
	w1, w2, b1, b2  []float64
	h, p            []float64 // of the last example: hidden units, then probabilities
}

func newNetwork(in, hidden, out int) *Network {
	n := &Network{in: in, hidden: hidden, out: out, h: make([]float64, hidden), p: make([]float64, out)}
	n.params = make([]float64, hidden*in+hidden*out+hidden+out)
	n.w1, n.w2, n.b1, n.b2 = n.windows(n.params)
	return n
}

// windows cuts a slice like params into w1 (hidden x in), w2 (hidden x out), b1 and b2.
func (n *Network) windows(params []float64) (w1, w2, b1, b2 []float64) {
	weights := n.weights()
	return params[:n.hidden*n.in], params[n.hidden*n.in : weights],
		params[weights : weights+n.hidden], params[weights+n.hidden:]
}

// weights counts the parameters that are not biases.
func (n *Network) weights() int { return n.hidden * (n.in + n.out) }

// randomize draws the weights after He et al. 2015; biases begin at 0.
func (n *Network) randomize(rng *rand.Rand) {
	for i := range n.w1 {
		n.w1[i] = rng.NormFloat64() * math.Sqrt(2/float64(n.in))
	}
	for i := range n.w2 {
		n.w2[i] = rng.NormFloat64() * math.Sqrt(2/float64(n.hidden))
	}
}

func (n *Network) clone() *Network {
	c := newNetwork(n.in, n.hidden, n.out)
	copy(c.params, n.params)
	return c
}

// forward fills h and p and returns the loss of one example.
// While training a hidden unit is left out with probability drop and the others are scaled up for it.
func (n *Network) forward(e Example, drop float64, rng *rand.Rand) float64 {
	copy(n.p, n.b2)
	for j := range n.h {
		n.h[j] = 0
		if drop > 0 && rng.Float64() < drop {
			continue
		}
		z := n.b1[j]
		for i, w := range n.w1[j*n.in : (j+1)*n.in] {
			z += w * e.X[i]
		}
		n.h[j] = max(z, 0) / (1 - drop)
		if n.h[j] == 0 {
			continue
		}
		for k, w := range n.w2[j*n.out : (j+1)*n.out] {
			n.p[k] += w * n.h[j]
		}
	}
	return n.softmax(e.Label)
}

// softmax turns the scores in p into probabilities and returns the cross entropy.
func (n *Network) softmax(label int) float64 {
	top, target, sum := n.p[0], n.p[label], 0.0
	for _, score := range n.p {
		top = max(top, score)
	}
	for k, score := range n.p {
		n.p[k] = math.Exp(score - top)
		sum += n.p[k]
	}
	for k := range n.p {
		n.p[k] /= sum
	}
	return math.Log(sum) + top - target
}

// backward adds to grad, a slice like params, the gradient of the loss that the last forward returned.
func (n *Network) backward(e Example, drop float64, grad []float64) {
	w1, w2, b1, b2 := n.windows(grad)
	n.p[e.Label]-- // p is now the derivative by the scores
	for k, d := range n.p {
		b2[k] += d
	}
	for j, h := range n.h {
		if h == 0 { // inactive or dropped: no gradient
			continue
		}
		dz := 0.0
		for k, d := range n.p {
			w2[j*n.out+k] += d * h
			dz += d * n.w2[j*n.out+k]
		}
		dz /= 1 - drop
		b1[j] += dz
		row := w1[j*n.in : (j+1)*n.in]
		for i, x := range e.X {
			row[i] += dz * x
		}
	}
}

// Evaluate returns the mean loss and the share of examples classified wrongly. What is not a number counts as wrong.
func (n *Network) Evaluate(set Set) (loss, wrong float64) {
	for _, e := range set {
		l := n.forward(e, 0, nil)
		loss += l
		if !n.right(e.Label) {
			wrong++
		}
	}
	return loss / float64(len(set)), wrong / float64(len(set))
}

func (n *Network) right(label int) bool {
	for k, p := range n.p {
		if k != label && !(p < n.p[label]) {
			return false
		}
	}
	return true
}
