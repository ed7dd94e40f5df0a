package pruner_test

import (
	"fmt"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// brackets counts the trials of a lane by bracket.
func brackets(t *testing.T, spec *trials.StudySpec, node string, from, to int64, last int64) []int {
	t.Helper()
	lane := newScene(t, spec, node).p.Lanes()[0]
	var out []int
	for n := from; n < to; n++ {
		b := lane.Bracket(n, last)
		for len(out) <= b {
			out = append(out, 0)
		}
		out[b]++
	}
	return out
}

func TestHyperbandBrackets(t *testing.T) {
	tests := map[string]struct {
		node     string
		from, to int64
		last     int64
		want     string
	}{
		// ceil(5*81/5), ceil(5*27/4), ceil(5*9/3), ceil(5*3/2), 5
		"a whole round":          {`{"type":"hyperband","max_resource":81}`, 0, 143, 0, "[81 34 15 8 5]"},
		"another round":          {`{"type":"hyperband","max_resource":81}`, 143, 286, 0, "[81 34 15 8 5]"},
		"a few in a row":         {`{"type":"hyperband","max_resource":81}`, 0, 14, 0, "[8 3 2 0 1]"},
		"a few later":            {`{"type":"hyperband","max_resource":81}`, 1000, 1014, 0, "[8 3 2 0 1]"},
		"one bracket":            {`{"type":"hyperband","max_resource":2}`, 0, 9, 0, "[9]"},
		"none":                   {`{"type":"hyperband","min_resource":9,"max_resource":2}`, 0, 9, 0, "[9]"},
		"from the last step":     {`{"type":"hyperband"}`, 0, 143, 81, "[81 34 15 8 5]"},
		"optuna: one step more":  {`{"type":"hyperband","compat":"optuna"}`, 0, 143, 80, "[77 33 18 8 7]"},
		"optuna: 243 is short":   {`{"type":"hyperband","compat":"optuna","max_resource":243}`, 0, 143, 0, "[77 33 18 8 7]"},
		"ours is not":            {`{"type":"hyperband","max_resource":243}`, 0, 415, 0, "[243 98 41 18 9 6]"},
		"halves, large":          {`{"type":"hyperband","max_resource":4503599627370496,"reduction_factor":2}`, 0, 3, 0, "[2 1]"},
		"numbers without an end": {`{"type":"hyperband","max_resource":81}`, 1 << 60, 1<<60 + 14, 0, "[7 4 2 0 1]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(brackets(t, study(), tt.node, tt.from, tt.to, tt.last)); got != tt.want {
				t.Errorf("by bracket %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHyperband(t *testing.T) {
	const node = `{"type":"hyperband","max_resource":9,"min_rung_population":1}`
	lane := newScene(t, study(), node).p.Lanes()[0]
	first := map[int]int64{} // the first trials of the brackets
	second := map[int]int64{}
	for n := int64(40); n > 0; n-- {
		b := lane.Bracket(n, 0)
		first[b], second[b] = n, first[b]
	}
	// Of the last bracket the first rung would be at the end.
	for bracket, want := range []string{"fire", "fire", "unknown"} {
		s := newScene(t, study(), node)
		for b := range 3 {
			if b != bracket { // others do not count
				s.report(s.h.Start(first[b], nil, noon), 8, "loss", -1)
			}
		}
		s.trial = s.h.Start(first[bracket], nil, noon)
		for step := int64(1); step <= 9; step++ {
			s.report(s.trial, step, "loss", 1)
			if got := s.judge(); got == "fire" {
				t.Errorf("bracket %d: the first trial is stopped at step %d", bracket, step)
			}
		}
		s.trial = s.h.Start(second[bracket], nil, noon)
		at := int64(0)
		for step := int64(1); step <= 9; step++ {
			s.report(s.trial, step, "loss", 2)
			if s.judge() == "fire" && at == 0 {
				at = step
			}
		}
		if got := s.judge(); got != want || want == "fire" && at != []int64{1, 3}[bracket] {
			t.Errorf("bracket %d: the second trial is %s at step %d, want %s", bracket, got, at, want)
		}
	}
}

func TestHyperbandWaitsForTheEnd(t *testing.T) {
	s := newScene(t, study(), `{"type":"hyperband","min_rung_population":1}`)
	for i := range 5 {
		s.report(s.trial, int64(i+1), "loss", 9)
		if got := s.judge(); got != "unknown" {
			t.Errorf("after %d: %s", i, got)
		}
		s.peer(trials.Complete, "loss", at(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)...)
	}
	// Nine steps: three brackets, and of those who begin now they count.
	votes := 0
	for range 20 {
		s.trial = s.h.Start(s.next, nil, noon)
		s.next++
		for step := range int64(9) {
			s.report(s.trial, step+1, "loss", 1)
		}
		if s.judge() == "pass" {
			votes++
		}
	}
	if votes < 10 {
		t.Errorf("%d of 20 trials have a vote", votes)
	}
}

func TestHyperbandExplains(t *testing.T) {
	explains(t, map[string]told{
		"before the first rung": {
			row:      row{node: `{"type":"hyperband","min_resource":4,"max_resource":9}`, own: at(1, 1), want: "unknown"},
			sentence: "The trial is in bracket 0, whose first rung is at step 4.", observed: map[string]trials.Float{"bracket": 0},
		},
		"at a rung": {
			row:      row{node: `{"type":"hyperband","min_resource":4,"max_resource":9,"min_rung_population":1}`, own: at(4, 3), peers: curves(4, 1, 2), want: "fire"},
			sentence: "At the rung at step 4 loss was 3, worse than the best 1/3 of 2 other trials, 1.333. The others are those in its bracket, 0.",
			instead:  "Would have continued with a loss there of 1.333 or less.",
			observed: map[string]trials.Float{"bracket": 0, "peers": 2}, limit: 4.0 / 3, margin: 5.0 / 3,
		},
		"no rung in its bracket": {
			row:      row{node: `{"type":"hyperband","min_resource":9,"max_resource":9}`, own: at(4, 3), want: "unknown"},
			sentence: "There is no rung.",
		},
		"no rung known": {
			row:      row{node: `{"type":"hyperband"}`, own: at(4, 3), want: "unknown"},
			sentence: "No rung is known yet: they follow from the last step of COMPLETE trials.",
		},
	})
}
