package optuna_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/clients/optuna"
)

// unpacked returns what a file of testdata holds.
func unpacked(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// file writes bytes to a file of their own.
func file(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func opened(t testing.TB, path string) *optuna.File {
	t.Helper()
	return openedAt(t, path, time.UTC) // where the files were made
}

func openedAt(t testing.TB, path string, wall *time.Location) *optuna.File {
	t.Helper()
	f, err := optuna.Open(t.Context(), path, wall)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// archive is what was written, line by line.
type archive struct {
	report *optuna.Report
	study  map[string]any
	trials []map[string]any
	steps  map[string]map[string]any // by trial and step: the metrics
}

func written(t testing.TB, f *optuna.File, study string) archive {
	t.Helper()
	var out bytes.Buffer
	report, err := f.Write(t.Context(), &out, optuna.Request{Study: study, Now: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	a := archive{report: report, steps: map[string]map[string]any{}}
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		switch line["type"] {
		case "study":
			a.study = line["spec"].(map[string]any)
		case "trial":
			a.trials = append(a.trials, line)
		default:
			a.steps[fmt.Sprint(line["trial"], " ", line["step"])] = line["metrics"].(map[string]any)
		}
	}
	return a
}

// known is a trial as Optuna itself read it.
type known struct {
	Number       int                  `json:"number"`
	State        string               `json:"state"`
	Params       map[string]any       `json:"params"`
	Ranges       map[string][]float64 `json:"ranges"`
	Values       []any                `json:"values"`
	Intermediate map[string]any       `json:"intermediate"`
	Attrs        []string             `json:"attrs"`
	Constraints  []any                `json:"constraints"`
	Start        *time.Time           `json:"start"`
	End          *time.Time           `json:"end"`
}

var files = []string{"v2.db", "v3.db", "v3.log", "v5.db", "v5.log"}

func TestTrialsAreAsOptunaReadsThem(t *testing.T) {
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			var want map[string]struct {
				Directions []string `json:"directions"`
				Trials     []known  `json:"trials"`
			}
			if err := json.Unmarshal(unpacked(t, name+".json"), &want); err != nil {
				t.Fatal(err)
			}
			f := opened(t, file(t, name, unpacked(t, name)))
			if len(f.Studies()) != len(want) {
				t.Errorf("%d studies, want %d", len(f.Studies()), len(want))
			}
			for _, s := range f.Studies() {
				w := want[s.Name]
				if !slices.Equal(s.Directions, w.Directions) || s.Trials != len(w.Trials) {
					t.Errorf("got %+v, want %v and %d trials", s, w.Directions, len(w.Trials))
				}
				a := written(t, f, s.Name)
				if len(a.trials) != len(w.Trials) {
					t.Fatalf("%s: %d trials, want %d", s.Name, len(a.trials), len(w.Trials))
				}
				for i := range w.Trials {
					same(t, &a, a.trials[i], &w.Trials[i])
				}
			}
		})
	}
}

// same compares a trial with what Optuna read.
func same(t *testing.T, a *archive, got map[string]any, want *known) {
	t.Helper()
	at := fmt.Sprint("trial ", want.Number, ": ")
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s%s: got %v, want %v", at, what, got, want)
		}
	}
	check("number", got["number"], float64(want.Number))
	state := want.State
	if state == "RUNNING" || state == "COMPLETE" && slices.Contains(want.Values, any("Infinity")) {
		state = "FAIL"
	}
	check("state", got["state"], state)
	check("params", got["params"], any(want.Params))
	for name, r := range want.Ranges {
		d := got["distributions"].(map[string]any)[name].(map[string]any)
		check(name, []float64{d["low"].(float64), d["high"].(float64)}, r)
	}
	if state == "COMPLETE" {
		check("values", got["values"], any(want.Values))
	} else {
		check("values", got["values"], nil)
	}
	for step, v := range want.Intermediate {
		check("step "+step, a.steps[fmt.Sprint(want.Number, " ", step)]["value"], v)
	}
	attrs := got["user_attrs"].(map[string]any)
	check("attributes", len(attrs), len(want.Attrs))
	var observed []any
	results, _ := got["constraints"].([]any)
	for _, r := range results {
		observed = append(observed, r.(map[string]any)["observed"])
	}
	if len(want.Constraints) > 0 {
		check("constraints", observed, want.Constraints)
	}
	for key, at := range map[string]*time.Time{"datetime_start": want.Start, "datetime_complete": want.End} {
		if text, _ := got[key].(string); at != nil && state != "WAITING" {
			read, err := time.Parse(time.RFC3339Nano, text)
			check(key, []any{read.UTC(), err}, []any{at.UTC(), nil})
		}
	}
}
