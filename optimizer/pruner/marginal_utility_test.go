package pruner_test

import (
	"fmt"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestMarginalUtility(t *testing.T) {
	rule := func(weight float64, more string) string {
		return fmt.Sprintf(`{"type":"marginal_utility","cost_weight":%v,"cost_metric":"cost","window":2%s%s}`, weight, atOnce, more)
	}
	// The last two reports make the best 1.5 better: half of it is expected. They
	// cost 20.
	loss := []float64{4, 3, 2, 1.5}
	cost := []float64{5, 10, 20, 30}
	tests := map[string]struct {
		node       string
		loss, cost []float64
		sampled    bool // the cost
		steps      int64
		want       string
	}{
		"nothing reported":             {rule(1, ""), nil, nil, false, 0, "unknown"},
		"too few values":               {rule(1, ""), loss[:2], cost, false, 0, "unknown"},
		"pays":                         {rule(0.03, ""), loss, cost, false, 0, "pass"},
		"just pays":                    {rule(0.0375, ""), loss, cost, false, 0, "pass"},
		"does not pay":                 {rule(0.038, ""), loss, cost, false, 0, "fire"},
		"does not pay enough":          {rule(0.03, `,"eps":0.2`), loss, cost, false, 0, "fire"},
		"at the last step":             {rule(0.038, ""), loss, cost, false, 4, "pass"},
		"no gain, at a cost":           {rule(0.001, ""), []float64{1, 1, 1, 1}, cost, false, 0, "fire"},
		"no gain, free of cost":        {rule(1, ""), []float64{1, 1, 1, 1}, []float64{5, 5, 5, 5}, false, 0, "pass"},
		"worse than before":            {rule(0.001, ""), []float64{1, 1, 2, 3}, cost, false, 0, "fire"},
		"NaN gains nothing":            {rule(0.03, ""), []float64{4, 3, nan, 1.5}, cost, false, 0, "pass"},
		"only NaN in the window":       {rule(0.03, ""), []float64{4, 3, nan, nan}, cost, false, 0, "unknown"},
		"only NaN before it":           {rule(0.03, ""), []float64{nan, nan, 1, 1}, cost, false, 0, "unknown"},
		"infinite before it":           {rule(0.03, ""), []float64{inf, inf, 1, 1}, cost, false, 0, "unknown"},
		"no cost":                      {rule(0.03, ""), loss, nil, false, 0, "unknown"},
		"a cost that goes down":        {rule(0.03, ""), loss, []float64{50, 40, 30, 20}, false, 0, "unknown"},
		"a cost that is NaN":           {rule(0.03, ""), loss, []float64{nan, nan, nan, nan}, false, 0, "unknown"},
		"the cost of the last it knew": {rule(0.1, ""), loss, cost[:3], false, 0, "fire"}, // 10
		"sampled: 30 over 4 reports":   {rule(0.05, ""), loss, cost, true, 0, "pass"},     // 15 * 0.05
		"sampled: does not pay":        {rule(0.051, ""), loss, cost, true, 0, "fire"},    // 15 * 0.051
		"maximize: pays":               {rule(0.03, `,"direction":"maximize"`), []float64{-4, -3, -2, -1.5}, cost, false, 0, "pass"},
		"maximize: does not pay":       {rule(0.038, `,"direction":"maximize"`), []float64{-4, -3, -2, -1.5}, cost, false, 0, "fire"},
		"in the warm-up":               {`{"type":"marginal_utility","cost_weight":9,"cost_metric":"cost","window":1}`, []float64{1, 1}, []float64{1, 2}, false, 0, "pass"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.steps
			s := newScene(t, spec, tt.node)
			for i := range max(len(tt.loss), len(tt.cost)) {
				if i < len(tt.cost) && tt.sampled {
					s.report(s.trial, trials.Absent, "cost", tt.cost[i])
				} else if i < len(tt.cost) {
					s.report(s.trial, int64(i+1), "cost", tt.cost[i])
				}
				if i < len(tt.loss) {
					s.report(s.trial, int64(i+1), "loss", tt.loss[i])
				}
			}
			if got := s.judge(); got != tt.want {
				tree, _ := s.p.Explain(s.at())
				t.Errorf("got %s, want %s: %s", got, tt.want, tree.Sentence)
			}
		})
	}
	refused(t, `{"type":"marginal_utility"}`, "/cost_weight")
	refused(t, `{"type":"marginal_utility","cost_weight":0}`, "/cost_weight")
	refused(t, `{"type":"marginal_utility","cost_weight":1,"cost_metric":"loss"}`, "/cost_metric")
}

func TestMarginalUtilityExplains(t *testing.T) {
	s := newScene(t, study(), `{"type":"marginal_utility","cost_weight":0.05,"cost_metric":"train_seconds","window":2`+atOnce+`}`)
	for i, v := range []float64{4, 3, 2, 1.5} {
		s.report(s.trial, int64(i), "train_seconds", float64(10*i))
		s.report(s.trial, int64(i), "loss", v)
	}
	e, _ := s.p.Explain(s.at())
	want := "The next 2 reports are expected to gain 0.75 of loss and to cost 20 s of train_seconds, for which it takes 1."
	instead := "Would have continued with a gain in the last 2 reports of 2 or more."
	if e.Sentence != want || e.Counterfactual != instead {
		t.Errorf("%q\n%q\nwant\n%q\n%q", e.Sentence, e.Counterfactual, want, instead)
	}
	if e.Observed["gain"] != 1.5 || e.Observed["cost"] != 20 || e.Predicted["gain"] != 0.75 || *e.Limit != 1 || *e.Margin != 0.25 {
		t.Errorf("%v %v %v %v", e.Observed, e.Predicted, *e.Limit, *e.Margin)
	}
}
