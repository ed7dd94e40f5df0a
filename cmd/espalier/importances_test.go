package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

func TestImportancesAreATableWithBars(t *testing.T) {
	s := start(t, nil)
	s.ok(t, "study", "create", "bars", "--param", "x=float:0:1", "--param", "free=float:0:1", "--param", "only=int:3:3")
	r := call(t, s.env, "", "study", "importances", "bars")
	if r.code != 1 {
		t.Errorf("without trials: exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: `)

	c := s.client(t)
	for i := range 40 {
		text := fmt.Sprintf(`{"params":{"x":%v,"free":%v,"only":3},"state":"COMPLETE","value":%v}`, float64(i)/40, float64(i*7%40)/40, i)
		_, err := api.Read[api.Trial](c.API().CreateTrialWithBody(t.Context(), "bars", nil, "application/json", strings.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
	}
	fits(t, s.ok(t, "study", "importances", "bars"), `^value, by ped_anova of 40 trials\nPARAM +IMPORTANCE +TRIALS\nx +0\.[5-9]\d\d +█{10,}.? +40\nfree +0\.[0-4]\d\d .* 40\nonly +0.000 +40\n$`)
	got := decoded[api.Importances](t, s.ok(t, "study", "importances", "bars", "--metric", "value", "--method", "fanova", "-o", "json"))
	if got.Method != "fanova" || len(got.Importances) != 3 || got.Importances[0].Param != "x" {
		t.Errorf("got %+v", got)
	}
	if r := call(t, s.env, "", "study", "importances", "bars", "--method", "shap"); r.code != 1 {
		t.Errorf("an unknown method: exit %d, want 1", r.code)
	}
	if r := call(t, s.env, "", "study", "importances", "none"); r.code != 1 {
		t.Errorf("an unknown study: exit %d, want 1", r.code)
	}
}

func TestABarGrowsByEighths(t *testing.T) {
	for share, want := range map[float64]string{0: "", 1: "████████████████████", 0.05: "█", 0.025: "▌", 0.00625: "▏", 0.04375: "▉", 0.001: ""} {
		if got := bar(share); got != want {
			t.Errorf("bar(%v) is %q, want %q", share, got, want)
		}
	}
}
