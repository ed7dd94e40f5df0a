package pruner_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestOneEpochTopK(t *testing.T) {
	k := func(more string) string { return `{"type":"one_epoch_topk","k":2` + more + `}` }
	peers := curves(1, 1, 2, 3, 4)
	verdicts(t, map[string]row{
		"before the probe step":        {node: k(``), own: at(0, 9), peers: peers, want: "unknown"},
		"alone":                        {node: k(``), own: at(1, 9), want: "unknown"},
		"as many as go on":             {node: k(``), own: at(1, 9), peers: peers[:1], want: "unknown"},
		"the third best":               {node: k(``), own: at(1, 2.5), peers: peers, want: "fire"},
		"the second best":              {node: k(``), own: at(1, 1.5), peers: peers, want: "pass"},
		"a tie with the second best":   {node: k(``), own: at(1, 2), peers: peers, want: "pass"},
		"equal trials":                 {node: k(``), own: at(1, 1), peers: curves(1, 1, 1, 1, 1), want: "pass"},
		"never again":                  {node: k(``), own: at(1, 1, 99, 99), peers: peers, want: "pass"},
		"once and for all":             {node: k(``), own: at(1, 9, 0, 0), peers: peers, want: "fire"},
		"maximize":                     {node: k(`,"direction":"maximize"`), own: at(1, 3), peers: peers, want: "pass"},
		"maximize, the third best":     {node: k(`,"direction":"maximize"`), own: at(1, 2.9), peers: peers, want: "fire"},
		"NaN":                          {node: k(``), own: at(1, nan), peers: peers, want: "fire"},
		"NaN among too few":            {node: k(``), own: at(1, nan), peers: peers[:1], want: "unknown"},
		"others' NaN is nobody":        {node: k(``), own: at(1, 9), peers: curves(1, nan, nan, 1), want: "unknown"},
		"infinite among infinite":      {node: k(``), own: at(1, inf), peers: curves(1, inf, inf), want: "pass"},
		"a later report stands for it": {node: k(``), own: at(5, 2.5), peers: peers, want: "fire"},
		"fewer than k others":          {node: k(`,"min_peers":1`), own: at(1, 9), peers: peers[:1], want: "pass"},
		"another step":                 {node: k(`,"probe_steps":3`), own: at(1, 9, 9), peers: peers, want: "unknown"},
		"a half":                       {node: `{"type":"one_epoch_topk","top_fraction":0.4}`, own: at(1, 1.5), peers: peers, want: "pass"},
		"not in the half":              {node: `{"type":"one_epoch_topk","top_fraction":0.4}`, own: at(1, 2.5), peers: peers, want: "fire"},
		"one at least":                 {node: `{"type":"one_epoch_topk","top_fraction":0.01,"min_peers":1}`, own: at(1, 1), peers: peers, want: "pass"},
		"a fraction of too few":        {node: `{"type":"one_epoch_topk","top_fraction":0.2}`, own: at(1, 9), peers: peers, want: "unknown"},
	})
	explains(t, map[string]told{
		"not among the best": {
			row:      row{node: k(``), own: at(1, 2.5), peers: peers, want: "fire"},
			sentence: "At step 1 loss was 2.5, which is not among the best 2; of 4 other trials number 2 had 2.",
			instead:  "Would have continued with a loss there of 2 or less.",
			observed: map[string]trials.Float{"value": 2.5, "peers": 4}, limit: 2, margin: 0.5,
		},
		"too few": {
			row:      row{node: k(``), own: at(1, 2.5), peers: peers[:1], want: "unknown"},
			sentence: "Needs 2 other trials at step 1, had 1.",
		},
		"fewer than go on": {
			row:      row{node: k(`,"min_peers":1`), own: at(1, 2.5), peers: peers[:1], want: "pass"},
			sentence: "At step 1 it had 1 other trial before it: the best 2 go on.",
		},
		"not yet": {row: row{node: k(``), peers: peers, want: "unknown"}, sentence: "Trials are judged at step 1."},
		"NaN": {
			row:      row{node: k(``), own: at(1, nan), peers: peers, want: "fire"},
			sentence: "At step 1 loss was not a number.", instead: "Would have continued with a number among the best 2.",
		},
	})
}
