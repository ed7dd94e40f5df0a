package trials_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// another makes a study of the given name and search space, with y = x^2 of
// trials that were told, one that was pruned and one that failed.
func (e *env) another(name, more string) {
	e.Helper()
	e.study(fmt.Sprintf(`{"name":%q%s}`, name, more))
	for i := range 6 {
		req := create(e, fmt.Sprintf(`{"params":{"x":%v}}`, float64(i)))
		if _, _, err := e.CreateTrial(e.ctx, name, req, nil); err != nil {
			e.Fatalf("CreateTrial(%s) = %v", doc(req), err)
		}
		got, err := e.Ask(e.ctx, name, &trials.AskRequest{}, nil)
		if err != nil {
			e.Fatalf("Ask() = %v", err)
		}
		n := got.Trials[0].Number
		for step := range int64(3) {
			e.pass(time.Second)
			if _, err := e.Report(e.ctx, name, n, rep(step, "value", i*i, trials.CPUSeconds, float64(step+1)), false); err != nil {
				e.Fatalf("Report() = %v", err)
			}
		}
		tell := &trials.Tell{}
		switch i {
		case 4:
			tell.State = trials.Pruned
		case 5:
			tell.State, tell.Reason = trials.Fail, "oom"
		}
		if _, err := e.Tell(e.ctx, name, n, tell); err != nil {
			e.Fatalf("Tell() = %v", err)
		}
	}
}

const tenWide = `,"pruner":{"type":"nop"},"search_space":{"x":{"type":"float","low":0,"high":10}}`

func (e *env) transfer(req trials.TransferRequest) trials.TransferResult {
	e.Helper()
	out, err := e.Transfer(e.ctx, "s", &req, nil)
	if err != nil {
		e.Fatalf("Transfer(%s) = %v", doc(req), err)
	}
	return out
}

func TestAHistoryIsTakenOverWithWhatWasReported(t *testing.T) {
	e := newEnv(t)
	e.another("old", tenWide)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":10},"z":{"type":"int","low":1,"high":3}},"budget":{"max_trials":2,"cpu_seconds":5},
		"pruner":{"type":"nop"},"stop":{"utility":{"cost_metric":"system/cpu_seconds","cost_weight":1e-9}},"constraints":[{"metric":"value","op":"<=","bound":4}]}`)
	if got := e.transfer(trials.TransferRequest{From: "old", Use: trials.UseHistory}); got != (trials.TransferResult{Added: 6}) {
		t.Errorf("transfer %s, want 6 added", doc(got))
	}
	v := e.view()
	eq(t, "states", v.States, []trials.State{"COMPLETE", "COMPLETE", "COMPLETE", "COMPLETE", "PRUNED", "FAIL"})
	eq(t, "x", v.Column("x"), []float64{0, 1, 2, 3, 4, 5})
	eq(t, "values", v.Values[:4], []float64{0, 1, 4, 9})
	eq(t, "last values and steps", []any{v.Last, v.LastStep}, `[[0,1,4,9,16,25],[2,2,2,2,2,2]]`)
	eq(t, "what they cost", v.Totals[trials.CPUSeconds], []float64{3, 3, 3, 3, 3, 3})
	if got, want := e.limits(v, 0), "-4 -3 0 5 12 21"; got != want {
		t.Errorf("slack %s, want the constraints of this study applied: %s", got, want)
	}
	third := e.trial(3)
	if third.SamplingReason != "From trial 3 of study old." || *third.Feasible || third.Metrics[trials.WallSeconds].Last != 3 || third.Metrics["value"].Count != 3 {
		t.Errorf("trial %s, want where it is from, infeasible, and its metrics", doc(third))
	}
	if failed := e.trial(5); failed.Reason != "oom" || failed.LastValues["value"] != 25 {
		t.Errorf("trial %s, want its reason and last values", doc(failed))
	}
	if spent := e.get().Spent; *spent.Trials != 0 || spent.CPUSeconds != nil {
		t.Errorf("spent %s, want nothing", doc(spent))
	}
	e.same()
	e.restart()
	e.same()
	if n := len(e.ask(5)); n != 2 {
		t.Errorf("asked %d, want the whole budget of 2", n)
	}
}

func TestAHistoryNeedsTheSameObjectives(t *testing.T) {
	e := newEnv(t)
	e.another("old", tenWide)
	e.study(`{"name":"s","direction":"maximize","search_space":{"x":{"type":"float","low":0,"high":10}}}`)
	for at, req := range map[string]trials.TransferRequest{
		"/from: its objectives are minimize value, and those of this study maximize value": {From: "old", Use: trials.UseHistory},
		"/from: there is no study": {From: "none", Use: trials.UseHistory},
		"/from: is the study":      {From: "s", Use: trials.UseBest},
		"/use":                     {From: "old", Use: "all"},
		"/count: is of use best":   {From: "old", Use: trials.UseHistory, Count: 1},
		"/count: must be 1":        {From: "old", Use: trials.UseBest, Count: -1},
	} {
		_, err := e.Transfer(e.ctx, "s", &req, nil)
		e.code(err, trials.InvalidRequest, at)
	}
	_, err := e.Transfer(e.ctx, "none", &trials.TransferRequest{From: "old", Use: trials.UseBest}, nil)
	e.code(err, trials.StudyNotFound, "none")
}

func TestWhatDoesNotFitIsSkipped(t *testing.T) {
	e := newEnv(t)
	e.another("old", tenWide)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":2}}}`)
	if got := e.transfer(trials.TransferRequest{From: "old", Use: trials.UseHistory}); got != (trials.TransferResult{Added: 3, Skipped: 3}) {
		t.Errorf("transfer %s, want the 3 whose x is at most 2", doc(got))
	}
	e.same()
}

func TestAStudyWithoutASearchSpaceTakesTheOthers(t *testing.T) {
	e := newEnv(t)
	e.another("old", tenWide)
	e.study(`{"name":"s"}`)
	if got := e.transfer(trials.TransferRequest{From: "old", Use: trials.UseHistory}); got.Added != 6 {
		t.Errorf("transfer %s, want 6 added", doc(got))
	}
	if got := e.transfer(trials.TransferRequest{From: "old", Use: trials.UseBest, Count: 2}); got != (trials.TransferResult{Skipped: 2}) {
		t.Errorf("transfer %s, want both skipped: they are there already", doc(got))
	}
	e.same()
}

func TestTheBestAreEnqueuedBestFirst(t *testing.T) {
	e := newEnv(t)
	e.another("old", tenWide)
	e.study(`{"name":"up","direction":"maximize","search_space":{"x":{"type":"float","low":1,"high":10}}}`)
	_, err := e.Transfer(e.ctx, "up", &trials.TransferRequest{From: "old", Use: trials.UseBest}, nil)
	e.code(err, trials.InvalidRequest, "/from")
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":1,"high":10},"z":{"type":"int","low":1,"high":3}}}`)
	if got := e.transfer(trials.TransferRequest{From: "old", Use: trials.UseBest, Count: 3}); got != (trials.TransferResult{Enqueued: 2, Skipped: 1}) {
		t.Errorf("transfer %s, want 2 of the best 3: x=0 is not in the space", doc(got))
	}
	got := e.ask(3)
	if got[0].Params["x"] != 1.0 || got[1].Params["x"] != 2.0 || got[0].Params["z"] == nil || !strings.HasPrefix(got[0].SamplingReason, "From trial 1 of study old.") {
		t.Errorf("asked %s, want x=1 and x=2 first", doc(got))
	}
	e.same()
}

func TestTheBestOfSeveralObjectivesAreFrontByFront(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"old","objectives":[{"metric":"a","direction":"minimize"},{"metric":"b","direction":"maximize"}],
		"constraints":[{"metric":"size","op":"<=","bound":1}],"search_space":{"x":{"type":"float","low":0,"high":10}}}`)
	for x, v := range [][3]float64{{5, 0, 1}, {1, 1, 1}, {3, 3, 1}, {2, 0, 1}, {0, 9, 2}, {4, 3, 1}} { // a, b, size
		req := create(t, fmt.Sprintf(`{"params":{"x":%d},"state":"COMPLETE","values":[%v,%v],"metrics":{"size":%v}}`, x, v[0], v[1], v[2]))
		if _, _, err := e.CreateTrial(e.ctx, "old", req, nil); err != nil {
			t.Fatal(err)
		}
	}
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":10}}}`)
	e.transfer(trials.TransferRequest{From: "old", Use: trials.UseBest, Count: 1000})
	var got []any
	for _, a := range e.ask(6) {
		got = append(got, a.Params["x"])
	}
	eq(t, "x in the order of asks", got, `[1,2,3,5,0,4]`)
}

func TestImportancesFindTheParameterThatMatters(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","direction":"maximize","sampler":{"type":"random"},"search_space":{"x":{"type":"float","low":0,"high":1},"y":{"type":"float","low":0,"high":1}}}`)
	_, err := e.Importances(e.ctx, "s", "", "")
	e.code(err, trials.NotEnoughData, "there are 0")
	for range 60 {
		a := e.ask(1)[0]
		x, y := a.Params["x"].(float64), a.Params["y"].(float64)
		e.report(a.Number, rep(1, "value", -math.Pow(x-0.3, 2), trials.CPUSeconds, 1+10*y))
		if _, err := e.Tell(e.ctx, "s", a.Number, &trials.Tell{}); err != nil {
			t.Fatal(err)
		}
	}
	for metric, want := range map[string]string{"": "x", "value": "x", trials.CPUSeconds: "y"} {
		for _, method := range []string{trials.PEDANOVA, trials.FANOVA} {
			got, err := e.Importances(e.ctx, "s", metric, method)
			if err != nil || got.Trials != 60 || got.Method != method || len(got.Importances) != 2 || got.Importances[0].Param != want || got.Importances[0].Importance < 0.7 {
				t.Errorf("%s of %q: %s, %v, want %s to matter", method, metric, doc(got), err, want)
			}
		}
	}
	_, err = e.Importances(e.ctx, "s", "nothing", "")
	e.code(err, trials.NotEnoughData, `"nothing"`)
}
