package mlp

import (
	"iter"
	"math"
	"math/rand/v2"
)

// Config is what is chosen before training.
type Config struct {
	Hidden       int // units of the hidden layer
	Epochs       int // passes over the training set
	BatchSize    int // examples in one step of the optimizer
	LearningRate float64
	Optimizer    string  // "sgd" or "adam"
	Momentum     float64 // of sgd
	WeightDecay  float64 // decoupled from the gradient, as in AdamW; biases are spared
	Dropout      float64 // share of the hidden units left out, below 1
	Seed         uint64  // the same seed gives the same network
}

// Epoch is what is known after one pass over the training set. Step counts from 1.
type Epoch struct {
	Step              int
	ValLoss, ValError float64
}

// Trainer trains one network.
type Trainer struct {
	cfg        Config
	train, val Set
	net, best  *Network
	bestError  float64
	rng        *rand.Rand
	grad, m, v []float64
	updates    int
}

// NewTrainer prepares the training of a network of as many classes as train has.
func NewTrainer(cfg Config, train, val Set) *Trainer {
	classes := 0
	for _, e := range train {
		classes = max(classes, e.Label+1)
	}
	t := &Trainer{cfg: cfg, train: append(Set(nil), train...), val: val, bestError: math.Inf(1)}
	t.rng = rand.New(rand.NewPCG(cfg.Seed, 0))
	t.net = newNetwork(len(train[0].X), cfg.Hidden, classes)
	t.net.randomize(t.rng)
	t.best = t.net
	size := len(t.net.params)
	t.grad, t.m, t.v = make([]float64, size), make([]float64, size), make([]float64, size)
	return t
}

// Epochs trains, one epoch each time round the loop; leaving the loop stops the training.
func (t *Trainer) Epochs() iter.Seq[Epoch] {
	return func(yield func(Epoch) bool) {
		for step := 1; step <= t.cfg.Epochs; step++ {
			t.epoch()
			loss, wrong := t.net.Evaluate(t.val)
			if wrong < t.bestError {
				t.bestError, t.best = wrong, t.net.clone()
			}
			if !yield(Epoch{Step: step, ValLoss: loss, ValError: wrong}) {
				return
			}
		}
	}
}

// Best is the network as it was after the epoch with the lowest validation error, and that error.
func (t *Trainer) Best() (*Network, float64) { return t.best, t.bestError }

func (t *Trainer) epoch() {
	t.rng.Shuffle(len(t.train), func(i, j int) { t.train[i], t.train[j] = t.train[j], t.train[i] })
	for rest := t.train; len(rest) > 0; {
		size := min(t.cfg.BatchSize, len(rest))
		clear(t.grad)
		for _, e := range rest[:size] {
			t.net.forward(e, t.cfg.Dropout, t.rng)
			t.net.backward(e, t.cfg.Dropout, t.grad)
		}
		t.update(1 / float64(size))
		rest = rest[size:]
	}
}

// update moves the parameters against grad*scale.
func (t *Trainer) update(scale float64) {
	t.updates++
	keep := 1 - t.cfg.LearningRate*t.cfg.WeightDecay
	for i := range t.net.weights() {
		t.net.params[i] *= keep
	}
	if t.cfg.Optimizer == "adam" {
		t.adam(scale)
		return
	}
	for i, g := range t.grad {
		t.m[i] = t.cfg.Momentum*t.m[i] + g*scale
		t.net.params[i] -= t.cfg.LearningRate * t.m[i]
	}
}

// adam is Kingma & Ba 2015 with their constants.
func (t *Trainer) adam(scale float64) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	unbias2 := math.Sqrt(1 - math.Pow(beta2, float64(t.updates)))
	rate := t.cfg.LearningRate / (1 - math.Pow(beta1, float64(t.updates)))
	for i, g := range t.grad {
		g *= scale
		t.m[i] = beta1*t.m[i] + (1-beta1)*g
		t.v[i] = beta2*t.v[i] + (1-beta2)*g*g
		t.net.params[i] -= rate * t.m[i] / (math.Sqrt(t.v[i])/unbias2 + epsilon)
	}
}
