package openapi

import (
	"encoding/json"
	"math"
	"testing"
)

func TestFloat(t *testing.T) {
	for text, want := range map[string]float64{
		`1`: 1, `-0.5`: -0.5, `1e-7`: 1e-7, `"Infinity"`: math.Inf(1), `"-Infinity"`: math.Inf(-1), `"NaN"`: math.NaN(),
	} {
		var f Float
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := float64(f); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s is read as %v", text, got)
		}
		var again any
		b, err := json.Marshal(f)
		if err == nil {
			err = json.Unmarshal(b, &again)
		}
		var wanted any
		_ = json.Unmarshal([]byte(text), &wanted)
		if err != nil || again != wanted {
			t.Errorf("%s is written as %s (%v)", text, b, err)
		}
	}
	for _, text := range []string{`"nan"`, `"1"`, `null`, `true`, `[]`, `1e999`} {
		var f Float
		if err := f.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is read as %v", text, f)
		}
	}
}

// A merge patch tells null from absent, and an empty array from none.
func TestPatch(t *testing.T) {
	var p StudyPatch
	if err := json.Unmarshal([]byte(`{"max_steps":null,"budget":{"cost":null,"max_trials":3},"constraints":[]}`), &p); err != nil {
		t.Fatal(err)
	}
	if !p.MaxSteps.IsNull() || p.LeaseSeconds.IsSpecified() || !p.Budget.Cost.IsNull() || p.Budget.MaxTrials.MustGet() != 3 {
		t.Errorf("read %+v", p)
	}
	b, err := json.Marshal(p)
	if want := `{"budget":{"cost":null,"max_trials":3},"constraints":[],"max_steps":null}`; err != nil || string(b) != want {
		t.Errorf("%s (%v), want %s", b, err, want)
	}
}
