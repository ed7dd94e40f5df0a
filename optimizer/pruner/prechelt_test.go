package pruner_test

import (
	"fmt"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

const atOnce = `,"warmup_steps":0,"warmup_fraction":0`

func TestPrechelt(t *testing.T) {
	gl := `{"type":"prechelt","alpha":25` + atOnce
	up := `{"type":"prechelt","rule":"up","strip":2,"successive":2` + atOnce
	verdicts(t, map[string]row{
		"gl: nothing reported":            {node: gl + `}`, want: "unknown"},
		"gl: the best so far":             {node: gl + `}`, own: at(0, 1), want: "pass"},
		"gl: as far above as allowed":     {node: gl + `}`, own: at(0, 1, 1.25), want: "pass"},
		"gl: too far above":               {node: gl + `}`, own: at(0, 1, 1.3), want: "fire"},
		"gl: and back":                    {node: gl + `}`, own: at(0, 1, 9, 1), want: "pass"},
		"gl: below 0, as far as allowed":  {node: gl + `}`, own: at(0, -1, -0.75), want: "pass"},
		"gl: below 0, too far":            {node: gl + `}`, own: at(0, -1, -0.5), want: "fire"},
		"gl: a best of 0":                 {node: gl + `}`, own: at(0, 0, 0.001), want: "fire"},
		"gl: a best of 0 and a floor":     {node: gl + `,"floor":0.01}`, own: at(0, 0, 0.001), want: "pass"},
		"gl: a best of 0 and no floor":    {node: gl + `,"floor":0}`, own: at(0, 0, 0), want: "unknown"},
		"gl: NaN":                         {node: gl + `}`, own: at(0, 1, nan), want: "unknown"},
		"gl: infinite":                    {node: gl + `}`, own: at(0, 1, inf), want: "unknown"},
		"gl: infinitely good":             {node: gl + `}`, own: at(0, -inf, 1), want: "unknown"},
		"gl: NaN before":                  {node: gl + `}`, own: at(0, 1, nan, 2), want: "fire"},
		"gl: maximize, as far as allowed": {node: gl + `,"direction":"maximize"}`, own: at(0, 1, 0.75), want: "pass"},
		"gl: maximize, too far":           {node: gl + `,"direction":"maximize"}`, own: at(0, 1, 0.5), want: "fire"},
		"gl: in the warm-up":              {node: `{"type":"prechelt"}`, own: at(0, 1, 9), want: "pass"},
		"gl: after it":                    {node: `{"type":"prechelt"}`, own: at(2, 1, 9), want: "fire"},
		"gl: huge":                        {node: gl + `}`, own: at(0, -1e308, 1e308), want: "fire"},
		"up: too few":                     {node: up + `}`, own: at(0, 5, 1, 5, 2), want: "unknown"},
		"up: twice":                       {node: up + `}`, own: at(0, 5, 1, 5, 2, 5, 3), want: "fire"},
		"up: once":                        {node: up + `}`, own: at(0, 5, 1, 5, 2, 5, 2), want: "pass"},
		"up: not long ago":                {node: up + `}`, own: at(0, 5, 1, 5, 2, 5, 3, 5, 3), want: "pass"},
		"up: inside a strip":              {node: up + `}`, own: at(0, 5, 1, 5, 2, 5, 3, 4), want: "pass"},
		"up: NaN at the end of a strip":   {node: up + `}`, own: at(0, 5, 1, 5, nan, 5, 3), want: "pass"},
		"up: maximize":                    {node: up + `,"direction":"maximize"}`, own: at(0, 5, 3, 5, 2, 5, 1), want: "fire"},
		"up: gaps are no reports":         {node: up + `}`, own: []point{{1, 5}, {4, 1}, {5, 5}, {9, 2}, {20, 5}, {31, 3}}, want: "fire"},
	})
	refused(t, `{"type":"prechelt","rule":"pq"}`, "/train_metric")
	refused(t, `{"type":"prechelt","train_metric":"loss"}`, "/train_metric")
	if got := resolved(t, study(), `{"type":"prechelt"}`)["alpha"]; got != 2.0 {
		t.Errorf("alpha of gl is %v, want 2", got)
	}
	if got := resolved(t, study(), `{"type":"prechelt","rule":"pq","train_metric":"train"}`)["alpha"]; got != 0.75 {
		t.Errorf("alpha of pq is %v, want 0.75", got)
	}
}

func TestPrecheltTraining(t *testing.T) {
	pq := func(alpha float64, more string) string {
		return fmt.Sprintf(`{"type":"prechelt","rule":"pq","strip":2,"train_metric":"train","alpha":%v%s%s}`, alpha, atOnce, more)
	}
	gl := `{"type":"prechelt","strip":2,"train_metric":"train","alpha":1000` + atOnce + `}`
	tests := map[string]struct {
		node       string
		own, train []float64
		want       string
	}{
		// gl is 100, and P is 1000 (1.25 / 1 - 1) = 250.
		"pq: at alpha":                      {pq(0.4, ""), []float64{1, 2}, []float64{1, 1.5}, "pass"},
		"pq: above alpha":                   {pq(0.39, ""), []float64{1, 2}, []float64{1, 1.5}, "fire"},
		"pq: inside a strip":                {pq(0.1, ""), []float64{1, 2, 2}, []float64{1, 1.5, 1}, "pass"},
		"pq: less than a strip":             {pq(0.1, ""), []float64{2}, []float64{1}, "unknown"},
		"pq: no training metric yet":        {pq(0.1, ""), []float64{1, 2}, nil, "unknown"},
		"pq: training is NaN":               {pq(0.1, ""), []float64{1, 2}, []float64{1, nan}, "unknown"},
		"pq: training is infinite":          {pq(0.1, ""), []float64{1, 2}, []float64{1, inf}, "unknown"},
		"pq: training no longer moves":      {pq(9, ""), []float64{2, 1}, []float64{1, 1}, "fire"},
		"pq: training below 0":              {pq(0.39, ""), []float64{1, 2}, []float64{-1, -0.5}, "fire"}, // P is 1000 (-0.75+1) / 1
		"pq: training below 0, at alpha":    {pq(0.4, ""), []float64{1, 2}, []float64{-1, -0.5}, "pass"},
		"pq: maximize":                      {pq(0.1, `,"direction":"maximize"`), []float64{1, 0.5}, []float64{0.5, 1}, "fire"}, // gl 50, P 250
		"pq: maximize, at alpha":            {pq(0.2, `,"direction":"maximize"`), []float64{1, 0.5}, []float64{0.5, 1}, "pass"},
		"gl: training no longer moves":      {gl, []float64{2, 1}, []float64{1, 1}, "fire"},
		"gl: that inside a strip":           {gl, []float64{2, 1, 1}, []float64{1, 1, 1}, "pass"},
		"gl: training moves":                {gl, []float64{2, 1}, []float64{1, 2}, "pass"},
		"gl: training is not known":         {gl, []float64{2, 1}, nil, "pass"},
		"pq: equal values of rounded means": {pq(9, ""), []float64{2, 1}, []float64{-0.1, -0.1}, "fire"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for i, v := range tt.own {
				if i < len(tt.train) {
					s.report(s.trial, int64(i), "train", tt.train[i])
				}
				s.report(s.trial, int64(i), "loss", v)
			}
			if got := s.judge(); got != tt.want {
				tree, _ := s.p.Explain(s.at())
				t.Errorf("got %s, want %s: %s", got, tt.want, tree.Sentence)
			}
		})
	}
}

func TestPrecheltExplains(t *testing.T) {
	explains(t, map[string]told{
		"gl": {
			row:      row{node: `{"type":"prechelt","alpha":25` + atOnce + `}`, own: at(0, 1, 1.5), want: "fire"},
			sentence: "loss is 1.5, 50 % above its best so far, 1; the limit is 25 %.",
			instead:  "Would have continued with loss of 1.25 or less.",
			observed: map[string]trials.Float{"generalisation_loss": 50, "best": 1, "value": 1.5, "step": 1}, limit: 25, margin: 25,
		},
		"gl, maximize": {
			row:      row{node: `{"type":"prechelt","alpha":25,"direction":"maximize"` + atOnce + `}`, own: at(0, 1, 0.5), want: "fire"},
			sentence: "loss is 0.5, 50 % below its best so far, 1; the limit is 25 %.",
			instead:  "Would have continued with loss of 0.75 or more.",
			limit:    25, margin: 25,
		},
		"up": {
			row:      row{node: `{"type":"prechelt","rule":"up","strip":1,"successive":2` + atOnce + `}`, own: at(0, 1, 2, 3, 4), want: "fire"},
			sentence: "loss got worse from strip to strip 2 times in a row; it takes 2.",
			instead:  "Would have continued with successive of 3 or more.",
			observed: map[string]trials.Float{"rises": 2}, limit: 2, margin: 0,
		},
		"up, too few": {
			row:      row{node: `{"type":"prechelt","rule":"up"` + atOnce + `}`, own: at(0, 1, 2, 3, 4, 5), want: "unknown"},
			sentence: "Needs 20 values of loss, has 5.",
		},
	})
}
