package rows

import (
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

type state struct {
	generation uint64
	rows       int
}

func (s state) Origin() (uint64, int) { return s.generation, s.rows }

func TestRecentKeepsTheNewestAndAFewOlder(t *testing.T) {
	var r Recent[state]
	for i := range 100 {
		r.Keep(state{1, i})
	}
	if len(r.states) != kept || r.states[kept-1].rows != 99 || !slices.IsSortedFunc(r.states, func(a, b state) int { return a.rows - b.rows }) {
		t.Errorf("kept %v, want %d, ascending, with 99", r.states, kept)
	}
	if r.states[0].rows > 90 {
		t.Errorf("kept %v, want one that is a good deal older", r.states)
	}
	if got, ok := r.Latest(func(s state) bool { return s.rows <= 98 }); !ok || got.rows < 90 {
		t.Errorf("Latest() = %v, %v, want one shortly before 98", got, ok)
	}
	r.Keep(state{2, 5})
	if _, ok := r.Latest(func(s state) bool { return s.generation == 1 }); ok || len(r.states) != 1 {
		t.Errorf("kept %v, want the new generation alone", r.states)
	}
}

func TestViolationIsAShareOfEachBound(t *testing.T) {
	v := &trials.View{
		Violations: []float64{3, 7, math.NaN(), 0},
		Limits: []trials.Limit{
			{Bound: 10, Slack: []float64{5, math.NaN(), -1, -5}},
			{Bound: 0, Slack: []float64{2, math.NaN()}},
		},
	}
	for row, want := range []float64{2.5, 7, 0, 0} {
		if got := Violation(v, row); got != want {
			t.Errorf("row %d: %v, want %v", row, got, want)
		}
	}
}
