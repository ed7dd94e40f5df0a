package pruner_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestNonFinite(t *testing.T) {
	const rule = `{"type":"non_finite"`
	sampled := func(values ...float64) []point {
		out := at(0, values...)
		for i := range out {
			out[i].step = trials.Absent
		}
		return out
	}
	verdicts(t, map[string]row{
		"nothing reported":                {node: rule + `}`, want: "unknown"},
		"another metric":                  {node: rule + `,"metric":"grad"}`, own: at(0, nan), want: "unknown"},
		"a number":                        {node: rule + `}`, own: at(0, 1), want: "pass"},
		"NaN at a step":                   {node: rule + `}`, own: at(0, 1, nan), want: "fire"},
		"NaN in time":                     {node: rule + `}`, own: sampled(nan), want: "fire"},
		"NaN once, then numbers":          {node: rule + `}`, own: at(0, nan, 1, 1), want: "fire"},
		"infinite":                        {node: rule + `}`, own: at(0, inf), want: "fire"},
		"minus infinite":                  {node: rule + `}`, own: at(0, -inf), want: "fire"},
		"NaN is no fault":                 {node: rule + `,"nan":false}`, own: at(0, nan), want: "pass"},
		"infinite is no fault":            {node: rule + `,"infinite":false}`, own: at(0, 1, inf), want: "pass"},
		"as many as tolerated":            {node: rule + `,"tolerate":2}`, own: at(0, nan, inf, 1), want: "pass"},
		"more than tolerated":             {node: rule + `,"tolerate":2}`, own: at(0, nan, inf, nan), want: "fire"},
		"ten times the best":              {node: rule + `}`, own: at(0, 1, 10), want: "pass"},
		"more than ten times the best":    {node: rule + `}`, own: at(0, 1, 10.5), want: "fire"},
		"diverged in time":                {node: rule + `}`, own: sampled(1, 10.5), want: "fire"},
		"diverged, and back":              {node: rule + `}`, own: at(0, 1, 50, 2), want: "pass"},
		"diverged, and a late report":     {node: rule + `}`, own: []point{{2, 50}, {1, 1}}, want: "fire"},
		"divergence is off":               {node: rule + `,"divergence_factor":0}`, own: at(0, 1, 1e9), want: "pass"},
		"a value below 0":                 {node: rule + `}`, own: at(0, -1, 100), want: "pass"},
		"a value of 0":                    {node: rule + `}`, own: at(0, 0, 100), want: "pass"},
		"NaN first, then ten times worse": {node: rule + `,"tolerate":1}`, own: at(0, nan, 1, 11), want: "fire"},
		"huge values":                     {node: rule + `}`, own: at(0, 1e308, 1.7e308), want: "pass"},
		"maximize: a tenth":               {node: rule + `,"direction":"maximize"}`, own: at(0, 1, 0.05), want: "pass"},
		"confirm: once":                   {node: rule + `,"confirm":2}`, own: at(0, 1, nan), want: "pass"},
		"confirm: it stays":               {node: rule + `,"confirm":2}`, own: at(0, 1, nan, 1), want: "fire"},
		"confirm: the second fault is new": {
			node: rule + `,"confirm":2,"tolerate":1}`, own: at(0, nan, 1, nan), want: "pass",
		},
		"confirm: the second fault is not": {
			node: rule + `,"confirm":2,"tolerate":1}`, own: at(0, nan, nan, 1), want: "fire",
		},
	})
	refused(t, rule+`,"divergence_factor":1}`, "/divergence_factor")
	refused(t, rule+`,"tolerate":-1}`, "/tolerate")
}

func TestNonFiniteExplains(t *testing.T) {
	const rule = `{"type":"non_finite"`
	explains(t, map[string]told{
		"NaN": {
			row:      row{node: rule + `}`, own: at(0, 1, nan), want: "fire"},
			sentence: "Faulty values of loss: 1 of 2 (1 NaN, 0 infinite); 0 are let pass.",
			instead:  "Would have continued with tolerate of 1 or more.",
			observed: map[string]trials.Float{"nan": 1, "infinite": 0, "values": 2}, limit: 0, margin: 1,
		},
		"diverged": {
			row:      row{node: rule + `}`, own: at(0, 0.5, 7), want: "fire"},
			sentence: "loss is 7, which is above 5, 10 times the best so far.",
			instead:  "Would have continued with a divergence_factor of 14 or more.",
			observed: map[string]trials.Float{"value": 7, "best": 0.5}, limit: 5, margin: 2,
		},
		"a number": {
			row:      row{node: rule + `}`, own: at(0, 0.5, 1), want: "pass"},
			sentence: "loss is 1, which is not above 5, 10 times the best so far.",
			observed: map[string]trials.Float{"value": 1, "best": 0.5}, limit: 5, margin: -4,
		},
		"nothing reported": {row: row{node: rule + `}`, want: "unknown"}, sentence: "loss was not reported yet."},
	})
}
