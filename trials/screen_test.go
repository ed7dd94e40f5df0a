package trials_test

import (
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// A trial costs exp(x) seconds, and may cost exp(3).
const screened = `{"name":"s","search_space":{"x":{"type":"float","low":0,"high":5}},"sampler":{"type":"random"},
	"constraints":[{"metric":"system/cpu_seconds","op":"<=","bound":20.085536923187668}],
	"holdout":0.1,"pruner":{"type":"constraint_probability","metric":"system/cpu_seconds"}}`

// run reports and tells what a trial cost, and returns its x.
func (e *env) run(asked *trials.AskedTrial) float64 {
	e.Helper()
	x := asked.Params["x"].(float64)
	e.report(asked.Number, rep(-1, "system/cpu_seconds", math.Exp(x)))
	e.tell(asked.Number, x)
	return x
}

func TestParamsThatARuleRefusesAreDrawnAgain(t *testing.T) {
	e := newEnv(t)
	e.study(screened)
	next, beyond, spared := int64(0), 0, 0
	for next < 200 {
		for i, asked := range e.ask(int(1 + next%3)) {
			if asked.Number != next {
				t.Fatalf("the %d. trial of an ask is number %d, want %d", i, asked.Number, next)
			}
			next++
			x := e.run(&asked)
			switch {
			case x <= 3.1: // 1 % is within what measurements differ by
			case asked.Number < 20:
				beyond++
			case asked.Holdout:
				spared++
			default:
				t.Errorf("trial %d has x %.3g, which costs too much", asked.Number, x)
			}
		}
		if next > 100 && next < 104 {
			e.restart()
		}
	}
	if beyond < 3 || spared < 3 {
		t.Errorf("%d of the first 20 and %d of the holdout cost too much: the test shows nothing", beyond, spared)
	}
	saved, err := e.Savings(e.ctx, "s", 0)
	if err != nil || saved.Refused < 50 || saved.Refused > 250 { // two of five points, of 160 trials and all their redraws
		t.Errorf("%d points refused, %v", saved.Refused, err)
	}
	e.same()
}

// Where every point is refused, the one that is least likely to cost too much is
// taken: an ask always has an answer.
func TestTheLeastUnlikelyParamsAreTaken(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":4,"high":5}},"sampler":{"type":"random"},
		"pruner":{"type":"constraint_probability","metric":"system/cpu_seconds","limit":20}}`)
	for range 20 {
		e.run(&e.ask(1)[0])
	}
	sum := 0.0
	for range 20 {
		sum += e.run(&e.ask(1)[0])
	}
	if mean := sum / 20; mean > 4.3 { // the least of 17 is 4.06 on average
		t.Errorf("the mean of what is handed out is %.3g: not the cheapest of what is drawn", mean)
	}
	saved, err := e.Savings(e.ctx, "s", 0)
	if err != nil || saved.Refused != 20*16 {
		t.Errorf("%d points refused, %v, want 16 before each trial", saved.Refused, err)
	}
}

// What is enqueued is given as it is: nobody asked a sampler for it.
func TestEnqueuedParamsAreNotRefused(t *testing.T) {
	e := newEnv(t)
	e.study(screened)
	for range 25 {
		e.run(&e.ask(1)[0])
	}
	want := e.enqueue(`{"params":{"x":4.9}}`)
	if got := e.ask(1)[0]; got.Number != want.Number || got.Params["x"] != 4.9 {
		t.Errorf("trial %d with %v, want what was enqueued", got.Number, got.Params)
	}
}
