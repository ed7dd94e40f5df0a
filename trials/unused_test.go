package trials_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func unit(low, high float64) trials.Distribution {
	return trials.Distribution{Type: trials.FloatKind, Low: low, High: high}
}

func TestATrialIsRidOfParamsThatItTurnedOutNotToHave(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"d":{"type":"float","low":0,"high":1}}}`)
	kind := trials.Distribution{Type: trials.CategoricalKind, Choices: []any{"a"}}
	below := unit(0, 1)
	below.When = map[string][]any{"k": {"a"}}
	space := trials.SearchSpace{"d": unit(0, 1), "x": unit(0, 1), "y": unit(0, 1), "k": kind, "z": below}
	asked, err := e.askWith(2, nil, space)
	if err != nil || len(asked[0].Params) != 5 {
		t.Fatalf("asked %s, %v", doc(asked), err)
	}
	n := asked[0].Number
	for _, bad := range []string{"d", "nobody"} {
		_, err := e.Tell(e.ctx, "s", n, &trials.Tell{Value: float(1), Unused: []string{"x", bad}})
		e.code(err, trials.InvalidRequest, "/unused_params/1")
	}
	if got := e.trial(n); got.State != trials.Running || len(got.Params) != 5 {
		t.Errorf("a tell that was refused left %s", doc(got))
	}
	tell := &trials.Tell{Value: float(1), Unused: []string{"k", "y"}}
	for range 2 {
		told, err := e.Tell(e.ctx, "s", n, tell)
		if err != nil {
			t.Fatal(err)
		}
		eq(t, "params", told.Params, doc(map[string]any{"d": asked[0].Params["d"], "x": asked[0].Params["x"]}))
	}
	if _, err := e.Tell(e.ctx, "s", asked[1].Number, &trials.Tell{State: trials.Fail, Retry: true, Unused: []string{"y"}}); err != nil {
		t.Fatal(err)
	}
	e.same()
	e.restart()
	e.same()
	eq(t, "params after a restart", e.trial(n).Params, doc(map[string]any{"d": asked[0].Params["d"], "x": asked[0].Params["x"]}))
}

func TestASuggestionMayReplaceWhatWasAskedWithAnotherDistribution(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"d":{"type":"float","low":0,"high":1}}}`)
	e.enqueue(`{"params":{"x":5},"distributions":{"d":{"type":"float","low":0,"high":1},"x":{"type":"float","low":0,"high":9},"y":{"type":"float","low":0,"high":1}}}`)
	n := e.one()
	before := e.trial(n).Params
	add := trials.SearchSpace{"x": unit(2, 3), "y": unit(0, 1)}
	_, err := e.Suggest(e.ctx, "s", n, add, false)
	e.code(err, trials.DistributionConflict, "/search_space/x")
	got, err := e.Suggest(e.ctx, "s", n, add, true)
	if x, _ := got.Params["x"].(float64); err != nil || x < 2 || x > 3 || got.Params["y"] != before["y"] || len(got.Warnings) != 1 {
		t.Fatalf("Suggest() = %s, %v, want another x, and the same y as in %s", doc(got), err, doc(before))
	}
	again, err := e.Suggest(e.ctx, "s", n, add, true)
	if err != nil || doc(again) != doc(got) {
		t.Errorf("the same once more = %s, %v, want %s", doc(again), err, doc(got))
	}
	wider, err := e.Suggest(e.ctx, "s", n, trials.SearchSpace{"x": unit(4, 6)}, true)
	if err != nil || wider.Params["x"] != 5.0 || len(wider.Warnings) != 0 {
		t.Errorf("Suggest() = %s, %v, want the value that was enqueued", doc(wider), err)
	}
	_, err = e.Suggest(e.ctx, "s", n, trials.SearchSpace{"d": unit(0, 2)}, true)
	e.code(err, trials.DistributionConflict, "/search_space/d")
	_, err = e.Suggest(e.ctx, "s", n, trials.SearchSpace{"x": {Type: trials.IntKind, High: 3}}, true)
	e.code(err, trials.DistributionConflict, "/search_space/x")
	e.same()
	e.restart()
	e.same()
	eq(t, "distribution", e.trial(n).Distributions["x"], `{"type":"float","low":4,"high":6}`)
}
