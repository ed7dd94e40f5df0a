package pruner_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestThresholdAtSteps(t *testing.T) {
	const upper = `{"type":"threshold","upper":1`
	sampled := func(values ...float64) []point {
		out := at(0, values...)
		for i := range out {
			out[i].step = trials.Absent
		}
		return out
	}
	verdicts(t, map[string]row{
		"the value at the highest step":          {node: upper + `}`, own: []point{{3, 2}, {1, 0}}, want: "fire"},
		"a late value outside":                   {node: upper + `}`, own: []point{{3, 0}, {1, 2}}, want: "pass"},
		"a step reported again":                  {node: upper + `}`, own: []point{{3, 0}, {3, 2}}, want: "pass"},
		"steps before samples":                   {node: upper + `}`, own: []point{{3, 0}, {trials.Absent, 2}}, want: "pass"},
		"at_step: not there yet":                 {node: upper + `,"at_step":3}`, own: at(0, 2, 2, 2), want: "pass"},
		"at_step: there":                         {node: upper + `,"at_step":3}`, own: at(0, 2, 2, 2, 2), want: "fire"},
		"at_step: there and inside":              {node: upper + `,"at_step":3}`, own: at(0, 2, 2, 2, 1), want: "pass"},
		"at_step: past":                          {node: upper + `,"at_step":3}`, own: at(0, 2, 2, 2, 1, 2), want: "pass"},
		"at_step: the first after it":            {node: upper + `,"at_step":3}`, own: []point{{0, 0}, {7, 2}}, want: "fire"},
		"at_step: of step 0":                     {node: upper + `,"at_step":0}`, own: at(0, 2), want: "fire"},
		"at_step: only samples":                  {node: upper + `,"at_step":0}`, own: sampled(2), want: "unknown"},
		"at_step: nothing":                       {node: upper + `,"at_step":0}`, want: "unknown"},
		"consecutive: too few values":            {node: upper + `,"consecutive":3}`, own: at(0, 2, 2), want: "pass"},
		"consecutive: enough":                    {node: upper + `,"consecutive":3}`, own: at(0, 0, 2, nan, 2), want: "fire"},
		"consecutive: interrupted":               {node: upper + `,"consecutive":3}`, own: at(0, 2, 2, 0, 2, 2), want: "pass"},
		"consecutive: the latest is inside":      {node: upper + `,"consecutive":2}`, own: at(0, 2, 2, 0), want: "pass"},
		"consecutive: in time":                   {node: upper + `,"consecutive":3}`, own: sampled(2, 2, 2), want: "fire"},
		"consecutive: in time, too few":          {node: upper + `,"consecutive":3}`, own: sampled(2, 2), want: "pass"},
		"consecutive: in time, interrupted":      {node: upper + `,"consecutive":3}`, own: sampled(2, 2, 0, 2), want: "pass"},
		"NaN outside of an interval's first one": {node: upper + `,"interval_steps":4}`, own: at(0, 0, nan), want: "pass"},
		"both ends by turns":                     {node: `{"type":"threshold","lower":0,"upper":1,"consecutive":2}`, own: at(0, -1, 2), want: "fire"},
	})
	refused(t, upper+`,"consecutive":0}`, "/consecutive")
	refused(t, upper+`,"at_step":-1}`, "/at_step")
}

func TestThresholdExplains(t *testing.T) {
	const upper = `{"type":"threshold","upper":1`
	explains(t, map[string]told{
		"in a row": {
			row:      row{node: upper + `,"consecutive":2}`, own: at(0, 2, 2.5), want: "fire"},
			sentence: "loss is 2.5; the upper limit is 1, and 2 of the 2 values in a row that it takes are outside.",
			instead:  "Would have continued with an upper limit of 2.5 or more.",
			observed: map[string]trials.Float{"value": 2.5, "in_a_row": 2}, limit: 1, margin: 1.5,
		},
		"not yet in a row": {
			row:      row{node: upper + `,"consecutive":2}`, own: at(0, 2.5), want: "pass"},
			sentence: "loss is 2.5; the upper limit is 1, and 1 of the 2 values in a row that it takes are outside.",
			observed: map[string]trials.Float{"value": 2.5, "in_a_row": 1}, limit: 1, margin: 1.5,
		},
		"past at_step": {
			row:      row{node: upper + `,"at_step":3}`, own: at(3, 0, 2), want: "pass"},
			sentence: "Only the first report at or after step 3 is judged, and step 4 is not it.",
			observed: map[string]trials.Float{"value": 2, "step": 4},
		},
	})
}
