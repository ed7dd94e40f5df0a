package optuna

import "testing"

func TestATrialThatWasCutShortDoesNotMakeAParameterConditional(t *testing.T) {
	line := func() *Distribution { return &Distribution{Type: "float", Low: 0, High: 1} }
	whole := []param{{"x", line(), 0.5}, {"y", line(), 0.5}}
	s := newSurvey(&report{})
	for i, tt := range []trial{{state: complete, params: whole}, {state: pruned, params: whole[:1]}, {state: complete, params: whole}, {state: pruned, params: whole[:1]}} {
		tt.number = int64(i)
		s.take(&tt)
	}
	s.finish()
	if space := s.searchSpace(); space["x"] == nil || space["y"] == nil || space["y"].When != nil {
		t.Errorf("the search space is %v, want x and y", space)
	}
	t.Run("but one that some COMPLETE trials lack is left out", func(t *testing.T) {
		s := newSurvey(&report{})
		s.take(&trial{number: 0, state: complete, params: whole})
		s.take(&trial{number: 1, state: complete, params: whole[:1]})
		s.finish()
		if space := s.searchSpace(); space["x"] == nil || space["y"] != nil {
			t.Errorf("the search space is %v, want x", space)
		}
	})
}
