package pruner_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestPatience(t *testing.T) {
	p := func(more string) string { return `{"type":"patience","patience":1` + more + `}` }
	verdicts(t, map[string]row{
		"nothing reported":                   {node: p(``), want: "unknown"},
		"too few":                            {node: p(``), own: at(0, 1, 2), want: "unknown"},
		"worse since":                        {node: p(``), own: at(0, 1, 2, 2), want: "fire"},
		"as good since":                      {node: p(``), own: at(0, 1, 2, 1), want: "pass"},
		"better since":                       {node: p(``), own: at(0, 1, 2, 0.5), want: "pass"},
		"better, and worse again":            {node: p(``), own: at(0, 1, 0.5, 9, 9), want: "fire"},
		"constant":                           {node: p(``), own: at(0, 1, 1, 1, 1), want: "pass"},
		"maximize":                           {node: p(`,"direction":"maximize"`), own: at(0, 2, 1, 1), want: "fire"},
		"maximize, as good":                  {node: p(`,"direction":"maximize"`), own: at(0, 2, 1, 2), want: "pass"},
		"by min_delta, no more":              {node: p(`,"min_delta":1`), own: at(0, 1, 2, 2), want: "pass"},
		"by more than min_delta":             {node: p(`,"min_delta":1`), own: at(0, 1, 2.1, 2.1), want: "fire"},
		"a share, no more":                   {node: p(`,"min_delta":0.5,"delta_mode":"rel"`), own: at(0, -2, -1, -1), want: "pass"},
		"by more than a share":               {node: p(`,"min_delta":0.5,"delta_mode":"rel"`), own: at(0, -2, -0.9, -0.9), want: "fire"},
		"maximize, by more than a share":     {node: p(`,"min_delta":0.5,"delta_mode":"rel","direction":"maximize"`), own: at(0, 2, 0.9, 0.9), want: "fire"},
		"no patience":                        {node: `{"type":"patience","patience":0}`, own: at(0, 1, 2), want: "fire"},
		"NaN is passed over":                 {node: p(``), own: at(0, 1, nan, 2), want: "fire"},
		"NaN before is passed over":          {node: p(``), own: at(0, nan, 1, 2, 2), want: "fire"},
		"NaN since":                          {node: p(``), own: at(0, 1, nan, nan), want: "unknown"},
		"NaN before":                         {node: p(``), own: at(0, nan, 1, 2), want: "unknown"},
		"all NaN":                            {node: p(``), own: at(0, nan, nan, nan), want: "unknown"},
		"infinite since":                     {node: p(``), own: at(0, 1, inf, inf), want: "fire"},
		"infinitely good before":             {node: p(``), own: at(0, -inf, 1, 1), want: "fire"},
		"infinitely good before, a share":    {node: p(`,"min_delta":0.5,"delta_mode":"rel"`), own: at(0, -inf, 1, 1), want: "pass"},
		"infinitely good on both sides":      {node: p(``), own: at(0, -inf, 1, -inf), want: "pass"},
		"by step, not by time":               {node: p(``), own: []point{{5, 2}, {6, 2}, {1, 1}}, want: "fire"},
		"a step twice counts once":           {node: p(``), own: []point{{5, 1}, {6, 2}, {6, 2}}, want: "unknown"},
		"gaps are no reports":                {node: p(``), own: []point{{5, 1}, {600, 2}, {1e6, 2}}, want: "fire"},
		"then asks":                          {node: p(`,"then":{"type":"median","startup_trials":0}`), own: at(0, 1, 2, 2), peers: curves(2, 0), want: "fire"},
		"then lets pass":                     {node: p(`,"then":{"type":"median","startup_trials":0}`), own: at(0, 1, 2, 2), peers: curves(2, 9), want: "pass"},
		"then has not enough":                {node: p(`,"then":{"type":"median"}`), own: at(0, 1, 2, 2), peers: curves(2, 0), want: "unknown"},
		"then is not asked":                  {node: p(`,"then":{"type":"median","startup_trials":0}`), own: at(0, 1, 2, 1), peers: curves(2, 0), want: "pass"},
		"a metric of which there is nothing": {node: p(`,"metric":"acc"`), own: at(0, 1, 2, 2), want: "unknown"},
	})
}

func TestPatienceExplains(t *testing.T) {
	explains(t, map[string]told{
		"worse since": {
			row:      row{node: `{"type":"patience","patience":1,"min_delta":0.5}`, own: at(0, 1, 2, 3), want: "fire"},
			sentence: "The best of the latest 2 values of loss, 2, is worse than the best before, 1, by more than 0.5.",
			instead:  "Would have continued with a best loss among them of 1.5 or less.",
			observed: map[string]trials.Float{"points": 3, "before": 1, "latest": 2}, limit: 1.5, margin: 0.5,
		},
		"better since": {
			row:      row{node: `{"type":"patience","patience":1,"direction":"maximize"}`, own: at(0, 1, 2, 3), want: "pass"},
			sentence: "The best of the latest 2 values of loss, 3, is not worse than the best before, 1.", limit: 1, margin: -2,
		},
		"too few": {
			row:      row{node: `{"type":"patience"}`, own: at(0, 1, 2), want: "unknown"},
			sentence: "Needs 7 values of loss, has 2.",
		},
		"no numbers": {
			row:      row{node: `{"type":"patience","patience":1}`, own: at(0, 1, nan, nan), want: "unknown"},
			sentence: "The latest 2 values of loss, or all before them, are not numbers.",
		},
		"the rule below": {
			row:      row{node: `{"type":"patience","patience":1,"then":{"type":"median","startup_trials":0}}`, own: at(0, 1, 2, 3), peers: curves(2, 0), want: "fire"},
			sentence: "The best loss so far, 1, is worse than the median of 1 completed trial at step 2, 0.",
			instead:  "Would have continued with a best loss of 0 or less.", limit: 1, margin: 1,
		},
	})
}
