package main

import (
	"testing"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

func TestAStudyTakesOverWhatAnotherLearnt(t *testing.T) {
	s := start(t, nil)
	s.study(t) // one trial is complete, one failed, one runs
	s.ok(t, "study", "create", "next", "--param", "lr=float:1e-6:1:log", "--param", "wd=float:0:1")
	fits(t, s.ok(t, "study", "transfer", "mnist", "next", "--use", "best", "--count", "3"), `^0 trials added, 1 enqueued, 0 skipped\n$`)
	got := decoded[api.TransferResult](t, s.ok(t, "study", "transfer", "mnist", "next", "-o", "json"))
	if got != (api.TransferResult{Added: 2}) {
		t.Errorf("transfer %+v, want the 2 trials that ended", got)
	}
	fits(t, s.ok(t, "trial", "show", "next", "0"), `(?m)^because +From trial \d of study mnist\.$`)
	r := call(t, s.env, "", "study", "transfer", "none", "next")
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: /from: there is no study of this name`)
}

func TestATrialShowsHowItStandsToItsLimits(t *testing.T) {
	s := start(t, nil)
	s.ok(t, "study", "create", "limits", "--pruner", `{"type":"limit","metric":"size","bound":2}`)
	end := espalier.Tell{Value: new(api.Float(1)), Metrics: espalier.Metrics{"size": 1.5}}
	if _, err := s.ask(t, "limits").End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	fits(t, s.ok(t, "trial", "show", "limits", "0"), `(?m)^limit of size +<= 2, observed 1.5, kept, by rule limit$`)
}
