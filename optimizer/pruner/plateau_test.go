package pruner_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestPlateau(t *testing.T) {
	half := `{"type":"plateau","std":0.5` + atOnce // that of 0, 1, 0, 1
	verdicts(t, map[string]row{
		"nothing reported":               {node: half + `}`, want: "unknown"},
		"too few values":                 {node: half + `}`, own: at(0, 1, 1, 1), want: "unknown"},
		"at the limit":                   {node: half + `}`, own: at(0, 0, 1, 0, 1), want: "fire"},
		"above it":                       {node: half + `}`, own: at(0, 0, 1, 0, 1.01), want: "pass"},
		"only the last count":            {node: half + `}`, own: at(0, 9, 0, 1, 0, 1), want: "fire"},
		"the last by step":               {node: half + `}`, own: append(at(1, 0, 1, 0, 1), point{0, 9}), want: "fire"},
		"no limit, equal values":         {node: `{"type":"plateau","std":0` + atOnce + `}`, own: at(0, 0.1, 0.1, 0.1, 0.1), want: "fire"},
		"NaN among them":                 {node: half + `}`, own: at(0, 0, 1, nan, 1), want: "unknown"},
		"infinite, all of them":          {node: half + `}`, own: at(0, inf, inf, inf, inf), want: "unknown"},
		"huge":                           {node: half + `}`, own: at(0, 1e300, -1e300, 1e300, 1), want: "pass"},
		"better than the threshold":      {node: half + `,"metric_threshold":1.5}`, own: at(0, 0, 1, 0, 1), want: "fire"},
		"worse than the threshold":       {node: half + `,"metric_threshold":0.5}`, own: at(0, 0, 1, 0, 1), want: "pass"},
		"maximize: not at the threshold": {node: half + `,"metric_threshold":1.5,"direction":"maximize"}`, own: at(0, 0, 1, 0, 1), want: "pass"},
		"maximize: at the threshold":     {node: half + `,"metric_threshold":1,"direction":"maximize"}`, own: at(0, 0, 1, 0, 1), want: "fire"},
		"in the warm-up":                 {node: `{"type":"plateau","warmup_steps":9}`, own: at(0, 1, 1, 1, 1), want: "pass"},
	})
	explains(t, map[string]told{
		"a plateau": {
			row:      row{node: half + `}`, own: at(0, 1, 1.5, 1, 1.5), want: "fire"},
			sentence: "The last 4 values of loss have a standard deviation of 0.25; the limit is 0.5.",
			instead:  "Would have continued with std below 0.25.",
			observed: map[string]trials.Float{"std": 0.25, "value": 1.5}, limit: 0.5, margin: 0.25,
		},
		"not good enough": {
			row:      row{node: half + `,"metric_threshold":1}`, own: at(0, 1, 1.5, 1, 1.5), want: "pass"},
			sentence: "The last 4 values of loss have a standard deviation of 0.25; the limit is 0.5. It is judged once loss, now 1.5, is as good as 1.",
			limit:    0.5, margin: 0.25,
		},
	})
}
