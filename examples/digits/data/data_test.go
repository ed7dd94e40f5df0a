package data_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/examples/digits/data"
	"github.com/espalier-hpo/espalier/examples/digits/mlp"
)

func TestLoad(t *testing.T) {
	train, val, test := load(t)
	if len(train) != 1097 || len(val) != 350 || len(test) != 350 {
		t.Fatalf("split %d/%d/%d", len(train), len(val), len(test))
	}
	count := make([]int, 10)
	for _, set := range []mlp.Set{train, val, test} {
		for _, e := range set {
			if len(e.X) != 64 {
				t.Fatalf("%d pixels", len(e.X))
			}
			count[e.Label]++
		}
	}
	for digit, n := range count { // 174 to 183 of each in the original
		if n < 174 || n > 183 {
			t.Errorf("%d images of the digit %d", n, digit)
		}
	}
}

func TestTrainingLearns(t *testing.T) {
	train, val, test := load(t)
	for _, cfg := range []mlp.Config{
		{Optimizer: "adam", LearningRate: 0.01},
		{Optimizer: "sgd", LearningRate: 0.05, Momentum: 0.9, Dropout: 0.2, WeightDecay: 1e-4},
	} {
		cfg.Hidden, cfg.BatchSize, cfg.Epochs, cfg.Seed = 32, 32, 8, 1
		trainer := mlp.NewTrainer(cfg, train, val)
		epochs := 0
		for e := range trainer.Epochs() {
			if epochs++; e.Step != epochs {
				t.Fatalf("step %d at epoch %d", e.Step, epochs)
			}
		}
		best, valError := trainer.Best()
		_, wrong := best.Evaluate(test)
		t.Logf("%s: validation error %.4f, test accuracy %.4f", cfg.Optimizer, valError, 1-wrong)
		if epochs != cfg.Epochs || 1-wrong <= 0.9 {
			t.Errorf("%s: test accuracy %.4f after %d epochs", cfg.Optimizer, 1-wrong, epochs)
		}
	}
}

func TestSameSeedSameResult(t *testing.T) {
	train, val, _ := load(t)
	curve := func(seed uint64) (c []mlp.Epoch) {
		cfg := mlp.Config{Hidden: 16, BatchSize: 64, Epochs: 3, Optimizer: "adam", LearningRate: 0.01, Dropout: 0.3, Seed: seed}
		for e := range mlp.NewTrainer(cfg, train, val).Epochs() {
			c = append(c, e)
		}
		return c
	}
	first, again, other := curve(1), curve(1), curve(2)
	same, differs := true, false
	for i := range first {
		same = same && first[i] == again[i]
		differs = differs || first[i] != other[i]
	}
	if !same || !differs {
		t.Errorf("seed 1: %v, again %v, seed 2: %v", first, again, other)
	}
}

func load(t *testing.T) (train, val, test mlp.Set) {
	t.Helper()
	train, val, test, err := data.Load()
	if err != nil {
		t.Fatal(err)
	}
	return train, val, test
}
