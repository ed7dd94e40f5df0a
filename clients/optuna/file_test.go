package optuna_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/clients/optuna"
)

// notes returns the texts of a report's notes, joined.
func notes(r *optuna.Report) string {
	var texts []string
	for _, n := range r.Notes {
		texts = append(texts, fmt.Sprint(n.Count, " ", n.Text))
	}
	return strings.Join(texts, "\n")
}

func TestTheSpaceIsTheWidestOfTheTrialsAndKnowsWhatDependsOnWhat(t *testing.T) {
	a := written(t, opened(t, file(t, "v5.db", unpacked(t, "v5.db"))), "single objective")
	want := map[string]any{
		"lr":    map[string]any{"type": "float", "low": 1e-5, "high": 0.1, "log": true},
		"n":     map[string]any{"type": "int", "low": 1., "high": 9., "step": 2.},
		"units": map[string]any{"type": "int", "low": 16., "high": 512., "log": true},
		"drop":  map[string]any{"type": "float", "low": 0., "high": 0.5, "step": 0.1},
		"wide":  map[string]any{"type": "float", "low": 0., "high": 8.},
		"kind":  map[string]any{"type": "categorical", "choices": []any{"net", 2., nil, true, 0.5}},
	}
	got := a.study["search_space"].(map[string]any)
	for name, w := range want {
		if !reflect.DeepEqual(got[name], w) {
			t.Errorf("%s: got %v, want %v", name, got[name], w)
		}
	}
	if _, there := got["odd"]; there {
		t.Error("odd is in the space although nothing tells when it is there")
	}
	if d, there := got["rate"].(map[string]any); there && !reflect.DeepEqual(d["when"], map[string]any{"kind": []any{"net"}}) {
		t.Errorf("rate is %v", d)
	}
	if a.study["name"] != "single-objective" || !reflect.DeepEqual(a.study["user_attrs"], map[string]any{"team": "vision"}) {
		t.Errorf("got %v", a.study)
	}
	for _, want := range []string{
		`1 the name "single objective" is not one of a study here: it is "single-objective"`,
		`1 parameter "odd" is left out of the search space: only some trials have it, and no other parameter tells which`,
		`1 a RUNNING trial is a FAIL here: its worker does not report to this service`,
		`1 a COMPLETE trial with an infinite value is a FAIL here`,
		`1 parameter "n" of an enqueued trial was left out: its value is not of its distribution`,
	} {
		if !strings.Contains(notes(a.report), want) {
			t.Errorf("no note %q in\n%s", want, notes(a.report))
		}
	}
	if want := map[string]int{"COMPLETE": 6, "PRUNED": 1, "FAIL": 1, "WAITING": 1, "RUNNING": 1}; !reflect.DeepEqual(a.report.States, want) {
		t.Errorf("got %v, want %v", a.report.States, want)
	}
}

func TestObjectivesAndConstraintsAreMetrics(t *testing.T) {
	f := opened(t, file(t, "v5.log", unpacked(t, "v5.log")))
	a := written(t, f, "double")
	want := []any{
		map[string]any{"metric": "error", "direction": "minimize"},
		map[string]any{"metric": "Frames_per_second", "direction": "maximize"},
	}
	if got := a.study["objectives"]; !reflect.DeepEqual(got, any(want)) {
		t.Errorf("objectives: got %v, want %v", got, want)
	}
	limits := []any{
		map[string]any{"metric": "constraint_0", "op": "<=", "bound": 0.},
		map[string]any{"metric": "constraint_1", "op": "<=", "bound": 0.},
	}
	if got := a.study["constraints"]; !reflect.DeepEqual(got, any(limits)) {
		t.Errorf("constraints: got %v, want %v", got, limits)
	}
	for _, trial := range a.trials {
		x := trial["params"].(map[string]any)["x"].(float64)
		feasible := x <= 0 && 0.25-x <= 0
		violation := max(x, 0) + max(0.25-x, 0)
		if trial["feasible"] != feasible || trial["violation"] != violation {
			t.Errorf("x %v: feasible %v, violation %v, want %v, %v", x, trial["feasible"], trial["violation"], feasible, violation)
		}
	}
	if got := written(t, f, "keys").study["constraints"].([]any)[0].(map[string]any)["metric"]; got != "constraint_memory_use" {
		t.Errorf("the constraint of a key is %v", got)
	}
}

// lines is a journal of one study with what is given after its first line.
func lines(more ...string) []byte {
	first := `{"op_code":0,"worker_id":"w","study_name":"s","directions":[1]}`
	return []byte(strings.Join(append([]string{first}, more...), "\n") + "\n")
}

const (
	create  = `{"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-01-02T03:04:05.000006+00:00"}`
	uniform = `{\"name\": \"UniformDistribution\", \"attributes\": {\"low\": 0.0, \"high\": 1.0}}`
)

func suggest(trial int, name, value, dist string) string {
	return fmt.Sprintf(`{"op_code":5,"worker_id":"w","trial_id":%d,"param_name":"%s","param_value_internal":%s,"distribution":"%s"}`, trial, name, value, dist)
}

func tell(trial int, value string) string {
	return fmt.Sprintf(`{"op_code":6,"worker_id":"w","trial_id":%d,"state":1,"values":[%s],"datetime_complete":"2026-01-02T03:05:05.000006+00:00"}`, trial, value)
}

func TestAJournalIsReplayed(t *testing.T) {
	f := opened(t, file(t, "log", lines(
		create, suggest(0, "x", "0.5", uniform), tell(0, "1"), tell(0, "2"), // it ended: the second has no effect
		`{"op_code":0,"worker_id":"w","study_name":"gone","directions":[2]}`, strings.Replace(create, `_id":0`, `_id":1`, 1),
		`{"op_code":1,"worker_id":"w","study_id":1}`,
		strings.Replace(create, `_id":0`, `_id":1`, 1), // of a study that is not there: no trial
		create, suggest(2, "x", "7", uniform), tell(2, "3"),
		`{"op_code":0,"worker_id":"w","study_name":"s","directions":[2]}`, // the name is taken
		`{"op_code":10,"worker_id":"w"}`, `{"op_code":9,"worker_id":"w","trial_id":99,"system_attr":{"a":1}}`,
	)))
	a := written(t, f, "")
	if len(a.trials) != 2 || a.trials[0]["values"].([]any)[0] != 1. || a.trials[1]["number"] != 1. {
		t.Errorf("got %v", a.trials)
	}
	if d := a.trials[1]["distributions"].(map[string]any)["x"]; !reflect.DeepEqual(d, map[string]any{"type": "float", "low": 0., "high": 7.}) {
		t.Errorf("a value outside: the trial's distribution is %v", d)
	}
	for _, want := range []string{"1 operations that discard trials were passed over", `1 values of parameter "x" outside its distribution`} {
		if !strings.Contains(notes(a.report), want) {
			t.Errorf("no note %q in\n%s", want, notes(a.report))
		}
	}
}

func TestEveryFormOfADistributionIsRead(t *testing.T) {
	attributes := `{\"name\": \"%s\", \"attributes\": {%s}}`
	range19 := `\"low\": 1, \"high\": 9`
	for text, want := range map[string]map[string]any{
		fmt.Sprintf(attributes, "LogUniformDistribution", range19):                                   {"type": "float", "low": 1., "high": 9., "log": true},
		fmt.Sprintf(attributes, "DiscreteUniformDistribution", range19+`, \"q\": 0.5`):               {"type": "float", "low": 1., "high": 9., "step": 0.5},
		fmt.Sprintf(attributes, "IntUniformDistribution", range19+`, \"step\": 2`):                   {"type": "int", "low": 1., "high": 9., "step": 2.},
		fmt.Sprintf(attributes, "IntLogUniformDistribution", range19+`, \"step\": 1`):                {"type": "int", "low": 1., "high": 9., "log": true},
		fmt.Sprintf(attributes, "IntDistribution", range19+`, \"step\": 1, \"log\": false`):          {"type": "int", "low": 1., "high": 9.},
		fmt.Sprintf(attributes, "FloatDistribution", range19+`, \"step\": null, \"log\": true`):      {"type": "float", "low": 1., "high": 9., "log": true},
		fmt.Sprintf(attributes, "CategoricalDistribution", `\"choices\": [1, [2, 3], 1, NaN, null]`): {"type": "categorical", "choices": []any{1., "[2,3]", "NaN", nil}},
		`{\"type\": \"int\", ` + range19 + `}`:                                                       {"type": "int", "low": 1., "high": 9.},
	} {
		a := written(t, opened(t, file(t, "log", lines(create, suggest(0, "p", "1", text)))), "s")
		if got := a.trials[0]["distributions"].(map[string]any)["p"]; !reflect.DeepEqual(got, any(want)) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestWhatCannotBeKeptIsLeftOutWithAReason(t *testing.T) {
	categorical := `{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"a\", \"b\"]}}`
	a := written(t, opened(t, file(t, "log", lines(
		create, suggest(0, "k", "1", uniform), tell(0, "1"),
		create, suggest(1, "k", "1", categorical), tell(1, "1"),
		create, suggest(2, "k", "NaN", uniform), suggest(2, strings.Repeat("x", 129), "1", uniform), suggest(2, "c", "5", categorical),
		suggest(2, "huge", "1", `{\"type\": \"int\", \"low\": 0, \"high\": 1e300}`), tell(2, "1"),
	))), "s")
	for _, want := range []string{
		`"k" of a trial was left out: it was float with other choices, or of another type, in an earlier trial`,
		`"k" of a trial was left out: its value is not finite`, `its name is longer than 128 bytes`,
		`"c" of a trial was left out: its value is not one of the choices`, `"huge" of a trial was left out: its integers go beyond 2^53`,
	} {
		if !strings.Contains(notes(a.report), want) {
			t.Errorf("no note %q in\n%s", want, notes(a.report))
		}
	}
}

func TestABadFileIsNamedWithWhatIsWrong(t *testing.T) {
	foreign := file(t, "foreign.db", nil)
	exec(t, foreign, `CREATE TABLE studies (study_id INTEGER)`)
	for name, c := range map[string]struct {
		path string
		want string
	}{
		"empty":    {file(t, "e", []byte("\n")), "the file is empty"},
		"text":     {file(t, "t", []byte("hello, world, hello")), "neither an SQLite database nor a journal"},
		"absent":   {filepath.Join(t.TempDir(), "none"), "no such file"},
		"foreign":  {foreign, "not one of Optuna 2 to 5: it has no"},
		"cut off":  {file(t, "c", unpacked(t, "v5.db")[:5000]), "malformed"},
		"line":     {file(t, "l", lines(create, `{"op_code":5,"trial`, create)), "line 3 is not one of a journal: "},
		"no op":    {file(t, "n", lines(`{"a":1}`)), "line 2 is not one of a journal: it has no op_code"},
		"later op": {file(t, "o", lines(`{"op_code":11}`)), "line 2: op_code 11 is not one of Optuna 5"},
		"dist":     {file(t, "d", lines(create, suggest(0, "x", "1", `{\"name\": \"Normal\"}`))), `line 3: x: "Normal" is no distribution of Optuna`},
	} {
		f, err := optuna.Open(t.Context(), c.path, time.UTC)
		if err == nil {
			_, err = f.Write(t.Context(), io.Discard, optuna.Request{})
			_ = f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: got %v, want %q and the file's name", name, err, c.want)
		}
	}
}

func TestALineThatIsBeingWrittenIsLeftOut(t *testing.T) {
	content := append(lines(create, tell(0, "1")), `{"op_code":4,"work`...)
	a := written(t, opened(t, file(t, "log", content)), "s")
	if len(a.trials) != 1 || notes(a.report) != "1 line 4, the last, is cut off" {
		t.Errorf("%d trials, notes %q", len(a.trials), notes(a.report))
	}
}

func TestTheStudyMustBeClear(t *testing.T) {
	f := opened(t, file(t, "v5.db", unpacked(t, "v5.db")))
	for study, want := range map[string]string{"": "holds 3 studies, one must be named: single objective, double, keys", "x": `holds no study "x", but single`} {
		if _, err := f.Write(t.Context(), io.Discard, optuna.Request{Study: study}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", study, err, want)
		}
	}
}

func exec(t *testing.T, path string, statements ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func TestADatabaseInUseIsReadAsItIsNow(t *testing.T) {
	path := file(t, "a file?#%20.db", unpacked(t, "v5.db"))
	db := exec(t, path, `PRAGMA journal_mode=WAL`, `PRAGMA wal_autocheckpoint=0`,
		`INSERT INTO studies (study_name) VALUES ('late')`, `INSERT INTO study_directions (direction, study_id, objective) SELECT 'MAXIMIZE', study_id, 0 FROM studies WHERE study_name = 'late'`)
	f := opened(t, path)
	if _, err := db.Exec(`DELETE FROM studies`); err != nil { // the reader is not in the way
		t.Fatal(err)
	}
	all := f.Studies()
	if i := len(all) - 1; i < 0 || all[i].Name != "late" || !slices.Equal(all[i].Directions, []string{"maximize"}) {
		t.Errorf("got %+v", all)
	}
	if a := written(t, f, "late"); len(a.trials) != 0 {
		t.Errorf("got %v", a.trials)
	}
}

func TestTheSchemaBeforeSeveralObjectivesIsRead(t *testing.T) {
	path := file(t, "old.db", nil)
	exec(t, path,
		`CREATE TABLE version_info (library_version TEXT)`, `INSERT INTO version_info VALUES ('2.0.0')`,
		`CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name TEXT, direction TEXT)`, `INSERT INTO studies VALUES (7, 'old', 'MAXIMIZE')`,
		`CREATE TABLE study_user_attributes (study_id INTEGER, key TEXT, value_json TEXT)`, `CREATE TABLE study_system_attributes (study_id INTEGER, key TEXT, value_json TEXT)`,
		`CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER, study_id INTEGER, state TEXT, value FLOAT, datetime_start DATETIME, datetime_complete DATETIME)`,
		`INSERT INTO trials VALUES (3, 0, 7, 'COMPLETE', 0.25, '2020-01-02 03:04:05.000006', '2020-01-02 03:04:06')`,
		`CREATE TABLE trial_params (param_id INTEGER PRIMARY KEY, trial_id INTEGER, param_name TEXT, param_value FLOAT, distribution_json TEXT)`,
		`INSERT INTO trial_params VALUES (1, 3, 'x', 0.5, '{"name": "UniformDistribution", "attributes": {"low": 0, "high": 1}}')`,
		`CREATE TABLE trial_values (trial_id INTEGER, step INTEGER, value FLOAT)`, `INSERT INTO trial_values VALUES (3, 0, 0.125), (3, 1, NULL)`,
		`CREATE TABLE trial_user_attributes (trial_id INTEGER, key TEXT, value_json TEXT)`, `CREATE TABLE trial_system_attributes (trial_id INTEGER, key TEXT, value_json TEXT)`,
	)
	a := written(t, openedAt(t, "sqlite:///"+path, time.FixedZone("east", 3600)), "old")
	trial := a.trials[0]
	if trial["values"].([]any)[0] != 0.25 || a.steps["0 1"]["value"] != "NaN" || a.steps["0 0"]["value"] != 0.125 {
		t.Errorf("got %v, %v", trial, a.steps)
	}
	if trial["datetime_start"] != "2020-01-02T02:04:05.000006Z" {
		t.Errorf("it began at %v", trial["datetime_start"])
	}
	if o := a.study["objectives"].([]any)[0].(map[string]any); o["direction"] != "maximize" {
		t.Errorf("got %v", o)
	}
}

func TestAReaderThatIsToldToStopStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := opened(t, file(t, "v5.log", unpacked(t, "v5.log")))
	cancel()
	if _, err := f.Write(ctx, &bytes.Buffer{}, optuna.Request{Study: "double"}); err == nil {
		t.Error("it went on")
	}
}
