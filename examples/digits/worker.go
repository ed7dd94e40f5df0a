package main

import (
	"context"
	"fmt"
	"time"

	"github.com/espalier-hpo/espalier/examples/digits/data"
	"github.com/espalier-hpo/espalier/examples/digits/mlp"
)

// trial is what an ask hands out.
type trial struct {
	Number int    `json:"number"`
	Params params `json:"params"`
}

// params are the names of the search space.
type params struct {
	LR          float64 `json:"lr"`
	Hidden      int     `json:"hidden"`
	BatchSize   int     `json:"batch_size"`
	Optimizer   string  `json:"optimizer"`
	Momentum    float64 `json:"momentum"` // absent, so 0, unless the optimizer is sgd
	WeightDecay float64 `json:"weight_decay"`
	Dropout     float64 `json:"dropout"`
}

// decision is the answer to a report.
type decision struct {
	ShouldPrune bool   `json:"should_prune"`
	Reason      string `json:"reason"`
	DecidedBy   string `json:"decided_by"`
	Explanation struct {
		Sentence string `json:"sentence"`
	} `json:"explanation"`
}

// progress is a line that a worker writes after each epoch and at the end of each trial.
type progress struct {
	Trial      int      `json:"trial"`
	State      string   `json:"state"` // RUNNING, COMPLETE or PRUNED; "released" after Ctrl-C, "lost" to an expired lease
	Epochs     int      `json:"epochs"`
	BestError  float64  `json:"best_error"`
	CPUSeconds *float64 `json:"cpu_seconds,omitempty"` // left out where it cannot be measured
	DecidedBy  string   `json:"decided_by,omitempty"`
	Sentence   string   `json:"sentence,omitempty"`
}

// worker asks for trials and trains them, one at a time.
type worker struct {
	client           *client
	study, name      string
	epochs           int
	train, val, test mlp.Set
	tell             func(progress)
}

func newWorker(o options, tell func(progress)) (w *worker, err error) {
	w = &worker{client: newClient(o.server), study: "/" + o.study, name: fmt.Sprintf("digits-%d", o.asWorker), epochs: o.maxEpochs, tell: tell}
	w.train, w.val, w.test, err = data.Load()
	return w, err
}

// work goes on until the study hands out no more trials or ctx ends.
func (w *worker) work(ctx context.Context) error {
	for ctx.Err() == nil {
		var answer struct {
			Trials     []trial `json:"trials"`
			Stop       bool    `json:"stop"`
			RetryAfter float64 `json:"retry_after"`
		}
		if err := w.client.post(ctx, w.study+"/ask", map[string]any{"worker": w.name}, &answer); err != nil {
			return err
		}
		for _, t := range answer.Trials {
			if err := w.run(ctx, t); err != nil {
				return err
			}
		}
		if answer.Stop {
			return nil
		}
		if len(answer.Trials) == 0 {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(max(answer.RetryAfter, 0.1) * float64(time.Second))):
			}
		}
	}
	return nil
}

// run trains one trial, reporting each epoch, and tells how it ended.
func (w *worker) run(ctx context.Context, t trial) error {
	p := progress{Trial: t.Number, State: "RUNNING"}
	err := w.follow(ctx, t, &p)
	if lost(err) {
		p.State, p.Sentence, err = "lost", err.Error(), nil
	}
	if err == nil {
		w.tell(p)
	}
	return err
}

func (w *worker) follow(ctx context.Context, t trial, p *progress) error {
	path := fmt.Sprintf("%s/trials/%d", w.study, t.Number)
	var ignored any
	before, measured := cpuSeconds()
	trainer := mlp.NewTrainer(t.config(w.epochs), w.train, w.val)
	for epoch := range trainer.Epochs() {
		if ctx.Err() != nil {
			p.State = "released"
			return w.client.post(ctx, path+"/release", struct{}{}, &ignored)
		}
		metrics := map[string]float{"val_error": float(epoch.ValError), "val_loss": float(epoch.ValLoss)}
		if measured {
			now, _ := cpuSeconds()
			used := now - before
			p.CPUSeconds, metrics["system/cpu_seconds"] = &used, float(used)
		}
		p.Epochs = epoch.Step
		_, p.BestError = trainer.Best()

		var d decision
		if err := w.client.post(ctx, path+"/report", map[string]any{"step": epoch.Step, "metrics": metrics}, &d); err != nil {
			return err
		}
		if d.ShouldPrune {
			p.State, p.DecidedBy, p.Sentence = "PRUNED", d.by(), d.Explanation.Sentence
			return w.client.post(ctx, path+"/tell", map[string]any{"state": "PRUNED"}, &ignored)
		}
		w.tell(*p)
	}
	best, valError := trainer.Best()
	_, testError := best.Evaluate(w.test)
	p.State = "COMPLETE"
	return w.client.post(ctx, path+"/tell", map[string]any{
		"value": valError, "metrics": map[string]float64{"test_accuracy": 1 - testError},
	}, &ignored)
}

// config seeds the training with the trial's number, so that a trial given back and asked again trains the same.
func (t trial) config(epochs int) mlp.Config {
	return mlp.Config{
		Hidden: t.Params.Hidden, Epochs: epochs, BatchSize: t.Params.BatchSize,
		LearningRate: t.Params.LR, Optimizer: t.Params.Optimizer, Momentum: t.Params.Momentum,
		WeightDecay: t.Params.WeightDecay, Dropout: t.Params.Dropout, Seed: uint64(t.Number),
	}
}

// by names the rule that decided, or else the reason: a spent budget has no rule.
func (d decision) by() string {
	if d.DecidedBy != "" {
		return d.DecidedBy
	}
	return d.Reason
}
