package pruner_test

import (
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestConvexBound(t *testing.T) {
	// The line of 1, 0.75, 0.5 at steps 1, 2, 3 reaches 0.25 at step 4.
	line := `{"type":"convex_bound","span":1,"min_points":3,"noise_z":0` + atOnce
	// 1, 0.75, 0.75 are off their own line, 0.8333 - 0.125 (t - 2), by 0.0417,
	// -0.0833 and 0.0417: the noise is sqrt(0.01042) = 0.1021.
	noise := `{"type":"convex_bound","span":1,"min_points":3` + atOnce
	best := func(v float64) [][]point { return [][]point{at(4, v)} }
	verdicts(t, map[string]row{
		"nothing reported":              {node: line + `}`, peers: best(0), steps: 4, want: "unknown"},
		"too few values":                {node: line + `}`, own: at(1, 1, 0.75), peers: best(0), steps: 4, want: "unknown"},
		"nobody completed":              {node: line + `}`, own: at(1, 1, 0.75, 0.5), steps: 4, want: "unknown"},
		"the end is not known":          {node: line + `}`, own: at(1, 1, 0.75, 0.5), peers: best(0), want: "unknown"},
		"ends above the best":           {node: line + `}`, own: at(1, 1, 0.75, 0.5), peers: best(0.125), steps: 4, want: "fire"},
		"ends at the best":              {node: line + `}`, own: at(1, 1, 0.75, 0.5), peers: best(0.25), steps: 4, want: "pass"},
		"at the last step":              {node: line + `}`, own: at(2, 1, 0.75, 0.5), peers: best(0), steps: 4, want: "pass"},
		"rises above the best":          {node: line + `}`, own: at(1, 1, 0.5, 0.75), peers: best(0.5), steps: 4, want: "fire"},
		"rises, but is better":          {node: line + `}`, own: at(1, 1, 0.25, 0.375), peers: best(0.5), steps: 100, want: "pass"},
		"NaN is passed over":            {node: line + `}`, own: []point{{1, 1}, {2, 0.75}, {3, 0.5}, {4, nan}}, peers: best(0.125), steps: 5, want: "pass"}, // 0 at step 5
		"only NaN of late":              {node: line + `}`, own: append(at(1, 1, 0.75), point{3, nan}), peers: best(0), steps: 4, want: "unknown"},
		"gaps":                          {node: line + `}`, own: []point{{10, 1}, {20, 0.75}, {30, 0.5}}, peers: best(0.125), steps: 40, want: "fire"},
		"maximize: ends below the best": {node: line + `,"direction":"maximize"}`, own: at(1, -1, -0.75, -0.5), peers: best(-0.125), steps: 4, want: "fire"},
		"maximize: ends at the best":    {node: line + `,"direction":"maximize"}`, own: at(1, -1, -0.75, -0.5), peers: best(-0.25), steps: 4, want: "pass"},
		"more than the noise":           {node: noise + `}`, own: at(1, 1, 0.75, 0.75), peers: best(0.64), steps: 4, want: "fire"},
		"less than the noise":           {node: noise + `}`, own: at(1, 1, 0.75, 0.75), peers: best(0.65), steps: 4, want: "pass"},
		"huge":                          {node: line + `}`, own: at(1, 1e300, 7.5e299, 5e299), peers: best(1.25e299), steps: 4, want: "fire"},
		"huge, and noise":               {node: noise + `}`, own: at(1, 1e300, 1e299, 5e299), peers: best(1.25e299), steps: 4, want: "unknown"},
		"a best that is infinite":       {node: line + `}`, own: at(1, 1, 0.75, 0.5), peers: best(-inf), steps: 4, want: "unknown"},
		"in the warm-up":                {node: `{"type":"convex_bound","span":1,"min_points":3}`, own: at(0, 1, 0.75, 0.5), peers: best(0), steps: 4, want: "pass"},
	})
	explains(t, map[string]told{
		"ends above the best": {
			row:       row{node: line + `}`, own: at(1, 1, 0.75, 0.5), peers: best(0.125), steps: 4, want: "fire"},
			sentence:  "Even if loss went on along its latest line it would reach 0.25 at step 4, which is worse than the final value of the best completed trial, 0.125.",
			instead:   "Would have continued with a slope per step of -0.375 or less.",
			observed:  map[string]trials.Float{"value": 0.5, "slope": -0.25, "noise": 0, "last_step": 4, "step": 3},
			predicted: map[string]trials.Float{"at_best": 0.25}, limit: 0.125, margin: 0.125,
		},
		"the noise": {
			row:       row{node: noise + `,"direction":"maximize"}`, own: at(1, -1, -0.75, -0.75), peers: best(-0.65), steps: 4, want: "pass"},
			sentence:  "Even if loss went on along its latest line it would reach -0.6479 at step 4, which is not worse than the final value of the best completed trial, -0.65.",
			observed:  map[string]trials.Float{"noise": trials.Float(math.Sqrt(1.0 / 96))},
			predicted: map[string]trials.Float{"at_best": trials.Float(-0.75 + math.Sqrt(1.0/96))}, limit: -0.65, margin: 0.1 - math.Sqrt(1.0/96),
		},
		"the end is not known": {
			row:      row{node: line + `}`, own: at(1, 1, 0.75, 0.5), peers: best(0), want: "unknown"},
			sentence: "The last step of the trial is not known.",
		},
	})
}
