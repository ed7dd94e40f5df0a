package pruner_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// recording is what testdata/record_optuna.py wrote.
type recording struct {
	Optuna  string
	Studies []struct {
		Direction trials.Direction
		Rules     []json.RawMessage
		// [trial, step, value, decisions], one bit a rule, or [trial, state]
		Events [][]json.RawMessage
	}
}

func TestAgreesWithOptuna(t *testing.T) {
	f, err := os.Open("testdata/optuna_percentile.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.NewDecoder(z).Decode(&r); err != nil {
		t.Fatal(err)
	}
	decisions, fired, differences := 0, 0, 0
	for i, recorded := range r.Studies {
		spec := study()
		spec.Objectives[0].Direction = recorded.Direction
		// One history for all, as if the rules were one tree.
		scenes := make([]*scene, len(recorded.Rules))
		for j, rule := range recorded.Rules {
			scenes[j] = newScene(t, spec, string(rule))
		}
		h := scenes[0].h
		live := map[int64]*trials.Live{0: scenes[0].trial}
		for _, event := range recorded.Events {
			number := read[int64](t, event[0])
			if live[number] == nil {
				live[number] = h.Start(number, nil, noon)
			}
			if len(event) == 2 {
				state, values := read[trials.State](t, event[1]), []float64(nil)
				if state == trials.Complete {
					values = []float64{0}
				}
				h.End(live[number], state, values, noon)
				continue
			}
			step, value := read[int64](t, event[1]), read[trials.Float](t, event[2])
			scenes[0].report(live[number], step, "loss", float64(value))
			bits := read[int](t, event[3])
			for j, s := range scenes {
				verdict, _ := s.p.Judge(&trials.Case{Study: spec, History: h, Trial: live[number], Now: noon})
				want := bits>>j&1 == 1
				decisions++
				if want {
					fired++
				}
				if (verdict == trials.Fire) != want {
					differences++
					if differences <= 5 {
						t.Errorf("study %d, trial %d, step %d: %s says %v, Optuna %v", i, number, step, recorded.Rules[j], verdict, want)
					}
				}
			}
		}
	}
	t.Logf("Optuna %s: %d studies, %d decisions, %d of them to prune, %d differences", r.Optuna, len(r.Studies), decisions, fired, differences)
	if fired < 1000 {
		t.Errorf("only %d decisions to prune were recorded", fired)
	}
}

func read[T any](t *testing.T, raw json.RawMessage) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
