package pruner_test

import (
	"encoding/json"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestExplanations(t *testing.T) {
	type reported struct {
		metric string
		point
	}
	loss := func(step int64, v float64) reported { return reported{"loss", point{step, v}} }
	cpu := func(v float64) reported { return reported{"system/cpu_seconds", point{trials.Absent, v}} }
	tests := map[string]struct {
		node    string
		reports []reported
		want    string
		instead string
	}{
		"a running total beyond its limit": {
			`{"type":"limit","metric":"system/cpu_seconds","bound":10,"label":"CPU"}`,
			[]reported{cpu(12.3)},
			`{"type":"limit","label":"CPU","metric":"system/cpu_seconds","verdict":"fire","observed":{"max":12.3},"limit":10,"margin":2.3000000000000007,"sentence":"CPU time is 12.3 s; the limit is 10 s."}`,
			"Would have continued with a limit of 12.3 s or more.",
		},
		"within it": {
			`{"type":"limit","metric":"system/cpu_seconds","bound":10}`,
			[]reported{cpu(4)},
			`{"type":"limit","metric":"system/cpu_seconds","verdict":"pass","observed":{"max":4},"limit":10,"margin":-6,"sentence":"CPU time is 4 s; the limit is 10 s."}`,
			"",
		},
		"as many digits as needed, and a limit rounded up": {
			`{"type":"limit","metric":"system/cpu_seconds","bound":10}`,
			[]reported{cpu(10.00012)},
			`{"type":"limit","metric":"system/cpu_seconds","verdict":"fire","observed":{"max":10.00012},"limit":10,"margin":0.00012000000000078614,"sentence":"CPU time is 10.0001 s; the limit is 10 s."}`,
			"Would have continued with a limit of 10.01 s or more.",
		},
		"bytes": {
			`{"type":"limit","metric":"model_bytes","bound":2e9}`,
			[]reported{{"model_bytes", point{trials.Absent, 3.21e9}}},
			`{"type":"limit","metric":"model_bytes","verdict":"fire","observed":{"max":3210000000},"limit":2000000000,"margin":1210000000,"sentence":"The highest model_bytes so far is 3.21 GB; the limit is 2 GB."}`,
			"Would have continued with a limit of 3.21 GB or more.",
		},
		"nothing reported": {
			`{"type":"limit","metric":"system/energy_joules","bound":10}`, nil,
			`{"type":"limit","metric":"system/energy_joules","verdict":"unknown","limit":10,"sentence":"Energy was not reported yet."}`, "",
		},
		"too low": {
			`{"type":"threshold","lower":0.5}`,
			[]reported{loss(0, 0.25)},
			`{"type":"threshold","metric":"loss","verdict":"fire","observed":{"value":0.25},"limit":0.5,"margin":0.25,"sentence":"loss is 0.25; the lower limit is 0.5."}`,
			"Would have continued with a lower limit of 0.25 or less.",
		},
		"diverged": {
			`{"type":"threshold","upper":9}`,
			[]reported{loss(0, nan)},
			`{"type":"threshold","metric":"loss","verdict":"fire","observed":{"value":"NaN"},"sentence":"loss is not a number."}`,
			"Would have continued with a number within the limits.",
		},
		"worse than the median": {
			`{"type":"median"}`,
			[]reported{loss(4, 0.41), loss(5, 0.5)},
			`{"type":"median","metric":"loss","verdict":"fire","observed":{"best":0.41,"completed":5,"peers":5,"step":5},"limit":0.32,"margin":0.08999999999999997,"sentence":"The best loss so far, 0.41, is worse than the median of 5 completed trials at step 5, 0.32."}`,
			"Would have continued with a best loss of 0.32 or less.",
		},
		"in the best 75 %, in shadow mode": {
			`{"type":"percentile","percentile":75,"mode":"shadow"}`,
			[]reported{loss(5, 0.31)},
			`{"type":"percentile","metric":"loss","verdict":"pass","mode":"shadow","observed":{"best":0.31,"completed":5,"peers":5,"step":5},"limit":0.33,"margin":-0.020000000000000018,"sentence":"The best loss so far, 0.31, is not worse than the best 75 % of 5 completed trials at step 5, 0.33."}`,
			"",
		},
		"too few trials": {
			`{"type":"median","startup_trials":9}`,
			[]reported{loss(5, 0.31)},
			`{"type":"median","metric":"loss","verdict":"unknown","observed":{"completed":5},"sentence":"Needs 9 completed trials, has 5."}`, "",
		},
		"too few at the step": {
			`{"type":"median"}`,
			[]reported{loss(6, 0.31)},
			`{"type":"median","metric":"loss","verdict":"unknown","observed":{"best":0.31,"completed":5,"peers":0,"step":6},"sentence":"Needs 1 completed trial with loss at step 6, has 0."}`, "",
		},
		"in the warm-up": {
			`{"type":"median","warmup_steps":9}`,
			[]reported{loss(5, 0.31)},
			`{"type":"median","verdict":"pass","sentence":"The latest step, 5, is before step 9, at which judging begins."}`, "",
		},
		"a tree": {
			`{"type":"any","label":"both","pruners":[{"type":"nop","mode":"shadow"},{"type":"limit","metric":"system/cpu_seconds","bound":10}]}`,
			[]reported{cpu(11)},
			`{"type":"any","label":"both","verdict":"fire","sentence":"CPU time is 11 s; the limit is 10 s.","children":[` +
				`{"type":"nop","path":"/pruners/0","verdict":"pass","mode":"shadow","sentence":"This rule never fires."},` +
				`{"type":"limit","path":"/pruners/1","metric":"system/cpu_seconds","verdict":"fire","observed":{"max":11},"limit":10,"margin":1,"sentence":"CPU time is 11 s; the limit is 10 s."}]}`,
			"Would have continued with a limit of 11 s or more.",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for _, v := range []float64{0.3, 0.31, 0.32, 0.33, 0.34} {
				s.peer(trials.Complete, "loss", point{5, v})
			}
			for _, r := range tt.reports {
				s.report(s.trial, r.step, r.metric, r.value)
			}
			tree, _ := s.p.Explain(s.at())
			got, err := json.Marshal(tree)
			if err != nil || string(got) != tt.want {
				t.Errorf("explanation, %v:\n%s\nwant:\n%s", err, got, tt.want)
			}
			if tree.Counterfactual != tt.instead {
				t.Errorf("counterfactual %q, want %q", tree.Counterfactual, tt.instead)
			}
		})
	}
}
