// Command digits trains a classifier of handwritten digits and prints a line after every epoch. It knows nothing of
// hyperparameter tuning: `espalier run` starts it, reads what it prints and stops it, as it would any other program.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/espalier-hpo/espalier/examples/digits/data"
	"github.com/espalier-hpo/espalier/examples/digits/mlp"
)

func main() {
	cfg, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2) // the flag set has said what is wrong
	}
	if err := train(cfg, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "digits:", err)
		os.Exit(1)
	}
}

// parse reads the command line; what is wrong with it goes to messages, followed by the usage.
func parse(args []string, messages io.Writer) (cfg mlp.Config, err error) {
	f := flag.NewFlagSet("digits", flag.ContinueOnError)
	f.SetOutput(messages)
	f.Float64Var(&cfg.LearningRate, "lr", 0.01, "learning rate, above 0")
	f.IntVar(&cfg.Hidden, "hidden", 64, "hidden units, at least 1")
	f.IntVar(&cfg.BatchSize, "batch-size", 32, "images in one step of the optimizer, at least 1")
	f.StringVar(&cfg.Optimizer, "optimizer", "adam", "sgd or adam")
	f.Float64Var(&cfg.Momentum, "momentum", 0, "momentum of sgd, from 0 to below 1")
	f.Float64Var(&cfg.WeightDecay, "weight-decay", 0, "decoupled weight decay, at least 0")
	f.Float64Var(&cfg.Dropout, "dropout", 0, "share of the hidden units left out, from 0 to below 1")
	f.IntVar(&cfg.Epochs, "epochs", 80, "passes over the training set, at least 1")
	f.Uint64Var(&cfg.Seed, "seed", 0, "the same seed gives the same network")
	if err := f.Parse(args); err != nil {
		return cfg, err
	}
	if err := check(cfg, f.Args()); err != nil {
		fmt.Fprintln(messages, "digits:", err)
		f.Usage()
		return cfg, err
	}
	return cfg, nil
}

func check(cfg mlp.Config, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unknown argument %q", rest[0])
	case cfg.Optimizer != "sgd" && cfg.Optimizer != "adam":
		return fmt.Errorf("the optimizer is sgd or adam, not %q", cfg.Optimizer)
	case min(cfg.Hidden, cfg.BatchSize, cfg.Epochs) < 1:
		return errors.New("hidden, batch-size and epochs are at least 1")
	case !(cfg.LearningRate > 0 && cfg.WeightDecay >= 0): // NaN is neither
		return errors.New("lr is above 0, weight-decay at least 0")
	case !(cfg.Momentum >= 0 && cfg.Momentum < 1 && cfg.Dropout >= 0 && cfg.Dropout < 1):
		return errors.New("momentum and dropout are from 0 to below 1")
	}
	return nil
}

// train prints a line an epoch, and at last how the network with the least validation error does on images never seen.
func train(cfg mlp.Config, out io.Writer) error {
	trainSet, valSet, testSet, err := data.Load()
	if err != nil {
		return err
	}
	trainer := mlp.NewTrainer(cfg, trainSet, valSet)
	for e := range trainer.Epochs() {
		if _, err := fmt.Fprintf(out, "epoch=%d val_error=%.6g val_loss=%.6g\n", e.Step, e.ValError, e.ValLoss); err != nil {
			return err
		}
	}
	best, _ := trainer.Best()
	_, testError := best.Evaluate(testSet)
	_, err = fmt.Fprintf(out, "test_accuracy=%.6g\n", 1-testError)
	return err
}
