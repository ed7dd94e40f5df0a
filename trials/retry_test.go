package trials_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestAnInterruptedTrialIsAskedAgainAndDoesNotCount(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"budget":{"max_trials":2}}`)
	first := e.ask(2)
	told, err := e.Tell(e.ctx, "s", 1, &trials.Tell{State: trials.Fail, Reason: trials.ReasonInterrupted, Retry: true})
	if err != nil || told.State != trials.Fail || told.Number != 1 {
		t.Fatalf("Tell() = %s, %v, want trial 1 as FAIL", doc(told), err)
	}
	if again, err := e.Tell(e.ctx, "s", 1, &trials.Tell{State: trials.Fail, Retry: true}); err != nil || again.Number != 1 {
		t.Errorf("told again: %s, %v, want the trial", doc(again), err)
	}
	e.same()
	e.restart()
	if n := *e.get().Spent.Trials; n != 1 {
		t.Errorf("%v trials spent, want 1: the other was interrupted", n)
	}
	got, err := e.Ask(e.ctx, "s", &trials.AskRequest{Count: 2}, nil)
	if err != nil || len(got.Trials) != 1 || got.StopReason != trials.StopBudget {
		t.Fatalf("ask %s, %v, want the retry alone, and the end of the budget", doc(got), err)
	}
	r := got.Trials[0]
	if r.Number != 2 || r.Attempt != 2 || r.RetryOf == nil || *r.RetryOf != 1 || r.Params["x"] != first[1].Params["x"] {
		t.Errorf("asked %s, want a second attempt of trial 1", doc(r))
	}
	e.same()
}

func TestAFailedTrialIsAskedAgainOnlyIfItMayBe(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	e.ask(2)
	if _, err := e.Prune(e.ctx, "s", 0); err != nil {
		t.Fatal(err)
	}
	for n := range int64(2) {
		if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Fail, Reason: "exit_code", Retry: true}); err != nil {
			t.Fatal(err)
		}
	}
	counts := e.get().TrialCounts
	if counts.Waiting != 1 || *e.get().Spent.Trials != 2 {
		t.Errorf("%s, want one retry, of the trial that nobody had pruned, and two trials spent", doc(e.get()))
	}
	e.ask(1)
	for what, tell := range map[string]*trials.Tell{
		"a retry of COMPLETE": {Value: new(trials.Float), Retry: true},
		"a retry of PRUNED":   {State: trials.Pruned, Retry: true},
	} {
		if _, err := e.Tell(e.ctx, "s", 2, tell); trials.ErrorCode(err) != trials.InvalidRequest {
			t.Errorf("%s = %v, want a refusal", what, err)
		}
	}
	e.same()
}

func TestALimitOfTheWorkersOwnMakesATrialInfeasible(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"constraints":[{"metric":"latency","op":"<=","bound":1}]}`)
	e.ask(3)
	e.report(0, rep(1, "latency", 3))
	memory := trials.CrossedLimit{Metric: "system/memory_bytes", Bound: 8e9, Observed: 9e9}
	told, err := e.Tell(e.ctx, "s", 0, &trials.Tell{State: trials.Pruned, Reason: "limit", Crossed: []trials.CrossedLimit{memory}})
	if err != nil || told.Feasible == nil || *told.Feasible || *told.Violation != 1e9+2 || len(told.Constraints) != 2 {
		t.Fatalf("told %s, %v, want a violation of 1e9 and 2", doc(told), err)
	}
	if own := told.Constraints[1]; *own.Bound != 8e9 || *own.Observed != 9e9 || *own.Violation != 1e9 || own.Op != "<=" {
		t.Errorf("the worker's limit is %s", doc(own))
	}
	told, err = e.Tell(e.ctx, "s", 1, &trials.Tell{State: trials.Fail, Reason: "oom", Crossed: []trials.CrossedLimit{memory}})
	if err != nil || *told.Violation != 1e9 {
		t.Errorf("told %s, %v, want a violation of 1e9", doc(told), err)
	}
	e.same()
	e.patch(`{"constraints":[{"metric":"latency","op":"<=","bound":2}]}`)
	if again := e.trial(0); *again.Violation != 1e9+1 || len(again.Constraints) != 2 {
		t.Errorf("after a patch of the study: %s, want a violation of 1e9 and 1", doc(again))
	}
	e.restart()
	e.same()

	for what, l := range map[string]trials.CrossedLimit{
		"within the bound":    {Metric: "m", Bound: 2, Observed: 2},
		"within one from >= ": {Metric: "m", Op: ">=", Bound: 2, Observed: 3},
		"an unknown operator": {Metric: "m", Op: "<", Bound: 2, Observed: 3},
		"no name":             {Bound: 2, Observed: 3},
	} {
		_, err := e.Tell(e.ctx, "s", 2, &trials.Tell{State: trials.Pruned, Crossed: []trials.CrossedLimit{l}})
		if trials.ErrorCode(err) != trials.InvalidRequest {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}
	if _, err := e.Tell(e.ctx, "s", 2, &trials.Tell{Value: new(trials.Float), Crossed: []trials.CrossedLimit{memory}}); trials.ErrorCode(err) != trials.InvalidRequest {
		t.Errorf("of a COMPLETE trial: %v, want a refusal", err)
	}
}
