package pruner_test

import (
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestConfirmAndNotAcrossReports(t *testing.T) {
	above := func(more string) string { return `{"type":"threshold","upper":1` + more + `}` }
	tests := map[string]struct {
		node string
		own  []float64 // at steps 1, 2 ...
		want string    // after the last
	}{
		"confirmed":                       {above(`,"confirm":3`), []float64{2, 2, 2}, "fire"},
		"not yet confirmed":               {above(`,"confirm":3`), []float64{0, 2, 2}, "pass"},
		"too few reports to confirm":      {above(`,"confirm":3`), []float64{2, 2}, "pass"},
		"confirmed where it is asked":     {above(`,"confirm":2,"interval_steps":2`), []float64{0, 2, 0, 2}, "fire"},
		"what is between is passed over":  {above(`,"confirm":2,"interval_steps":2`), []float64{0, 0, 2, 2}, "pass"},
		"a warm-up confirms nothing":      {above(`,"confirm":2,"warmup_steps":2`), []float64{2, 2}, "pass"},
		"and is over":                     {above(`,"confirm":2,"warmup_steps":2`), []float64{2, 2, 2}, "fire"},
		"cooling":                         {above(`,"cooldown_steps":2`), []float64{2, 2, 2}, "pass"},
		"cooled":                          {above(`,"cooldown_steps":2`), []float64{2, 2, 2, 2}, "fire"},
		"not, while the rule warms up":    {`{"type":"not","pruner":` + above(`,"warmup_steps":3`) + `}`, []float64{0, 0}, "unknown"},
		"not, once it is asked":           {`{"type":"not","pruner":` + above(`,"warmup_steps":3`) + `}`, []float64{0, 0, 0}, "fire"},
		"a limit without steps confirmed": {`{"type":"limit","metric":"mem","bound":1,"confirm":2}`, nil, "fire"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for i, v := range tt.own {
				s.report(s.trial, int64(i+1), "loss", v)
			}
			if tt.own == nil {
				s.report(s.trial, trials.Absent, "mem", 2)
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("after %v: %s, want %s", tt.own, got, tt.want)
			}
		})
	}
}
