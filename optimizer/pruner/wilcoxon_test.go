package pruner_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// folds returns the values of so many folds: a base for each, and more.
func folds(n int, more float64) []point {
	out := make([]point, n)
	for i := range out {
		out[i] = point{int64(i), float64(i*7%5) + more*(1+float64(i)/100)}
	}
	return out
}

func TestWilcoxon(t *testing.T) {
	w := func(more string) string { return `{"type":"wilcoxon"` + more + `}` }
	best := [][]point{folds(9, 0)}
	verdicts(t, map[string]row{
		"nothing reported":                {node: w(``), peers: best, want: "unknown"},
		"no best trial":                   {node: w(``), own: folds(9, 1), want: "unknown"},
		"one step":                        {node: w(``), own: folds(1, 1), peers: best, want: "unknown"},
		"worse on three steps":            {node: w(``), own: folds(3, 1), peers: best, want: "pass"}, // 1/8
		"worse on four steps":             {node: w(``), own: folds(4, 1), peers: best, want: "fire"}, // 1/16
		"worse on four, a lower level":    {node: w(`,"p_threshold":0.05`), own: folds(4, 1), peers: best, want: "pass"},
		"worse on five, a lower level":    {node: w(`,"p_threshold":0.05`), own: folds(5, 1), peers: best, want: "fire"},
		"at the level":                    {node: w(`,"p_threshold":0.0625`), own: folds(4, 1), peers: best, want: "pass"},
		"too few":                         {node: w(`,"startup_steps":5`), own: folds(4, 1), peers: best, want: "unknown"},
		"better":                          {node: w(``), own: folds(9, -1), peers: best, want: "pass"},
		"the same":                        {node: w(``), own: folds(9, 0), peers: best, want: "pass"},
		"the same, without the veto":      {node: w(`,"veto_mean":false`), own: folds(9, 0), peers: best, want: "pass"},
		"maximize":                        {node: w(`,"direction":"maximize"`), own: folds(9, -1), peers: best, want: "fire"},
		"ties on four steps":              {node: w(``), own: []point{{0, 1}, {1, 3}, {2, 5}, {3, 2}}, peers: [][]point{at(0, 0, 2, 4, 1)}, want: "fire"},
		"a zero and three":                {node: w(``), own: []point{{0, 0}, {1, 3}, {2, 5}, {3, 2}}, peers: [][]point{at(0, 0, 2, 4, 1)}, want: "pass"},
		"a mean that is better":           {node: w(``), own: append(folds(9, 1), point{50, -999}), peers: best, want: "pass"},
		"without the veto":                {node: w(`,"veto_mean":false`), own: append(folds(9, 1), point{50, -999}), peers: best, want: "fire"},
		"only steps of both":              {node: w(``), own: append(folds(3, 1), at(50, 9, 9, 9, 9)...), peers: best, want: "pass"},
		"in another order":                {node: w(``), own: []point{{3, 9}, {0, 9}, {2, 9}, {1, 9}}, peers: best, want: "fire"},
		"NaN":                             {node: w(``), own: append(folds(9, 1), point{50, nan}), peers: best, want: "unknown"},
		"infinite":                        {node: w(``), own: append(folds(9, 1), point{50, inf}), peers: best, want: "unknown"},
		"NaN in the best trial":           {node: w(``), own: folds(9, 1), peers: [][]point{append(folds(9, 0), point{50, nan})}, want: "unknown"},
		"the best without values":         {node: w(``), own: folds(9, 1), peers: [][]point{{}}, want: "unknown"},
		"a million steps apart":           {node: w(``), own: []point{{1, 9}, {1e6, 9}}, peers: [][]point{{{1, 1}, {1e6, 1}}}, want: "pass"},
		"more than 50":                    {node: w(``), own: folds(60, 1), peers: [][]point{folds(60, 0)}, want: "fire"},
		"more than fit":                   {node: w(``), own: folds(600, 1), peers: [][]point{folds(600, 0)}, want: "fire"},
		"one look has the same level":     {node: w(`,"correction":"pocock","looks":1`), own: folds(4, 1), peers: best, want: "fire"},
		"ten looks have a lower one":      {node: w(`,"correction":"pocock"`), own: folds(4, 1), peers: best, want: "pass"},
		"ten looks, many steps":           {node: w(`,"correction":"pocock"`), own: folds(9, 1), peers: best, want: "fire"},
		"the best is the first to finish": {node: w(``), own: folds(9, 1), peers: [][]point{folds(9, 0), folds(9, 5)}, want: "fire"},
	})
}

func TestWilcoxonExplains(t *testing.T) {
	best := [][]point{at(0, 0, 0, 0, 0, 0)}
	explains(t, map[string]told{
		"worse": {
			row:      row{node: `{"type":"wilcoxon"}`, own: at(0, 1, 2, 3, 4), peers: best, want: "fire"},
			sentence: "loss on 4 steps against that of trial 1, the best one: the probability that it is not worse, by the signed-rank test, 0.0625, is below 0.1.",
			instead:  "Would have continued with a threshold of 0.0625 or less.",
			observed: map[string]trials.Float{"common_steps": 4, "p": 0.0625, "mean": 2.5, "best_mean": 0}, limit: 0.1, margin: 0.0375,
		},
		"not clearly": {
			row:      row{node: `{"type":"wilcoxon"}`, own: at(0, 1, 2, 3, -4), peers: best, want: "pass"},
			sentence: "loss on 4 steps against that of trial 1, the best one: the probability that it is not worse, by the signed-rank test, 0.4375, is not below 0.1.", limit: 0.1, margin: -0.3375,
		},
		"a better mean": {
			row:      row{node: `{"type":"wilcoxon"}`, own: at(0, 1, 2, 3, -9), peers: best, want: "pass"},
			sentence: "The mean of loss so far, -0.75, is not worse than that of trial 1, the best one, 0.",
		},
		"too few": {
			row:      row{node: `{"type":"wilcoxon"}`, own: at(4, 1, 2, 3), peers: best, want: "unknown"},
			sentence: "Needs 2 steps in common with the best trial, has 1.",
		},
		"NaN": {
			row:      row{node: `{"type":"wilcoxon"}`, own: at(0, 1, nan), peers: best, want: "unknown"},
			sentence: "A value of loss is not finite: no test is possible.",
		},
		"nobody":  {row: row{node: `{"type":"wilcoxon"}`, own: at(0, 1), want: "unknown"}, sentence: "There is no COMPLETE trial with loss to compare with."},
		"nothing": {row: row{node: `{"type":"wilcoxon"}`, peers: best, want: "unknown"}, sentence: "loss was not reported at a step yet."},
	})
}
