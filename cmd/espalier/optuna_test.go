package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// optunaFile unpacks a file that Optuna made.
func optunaFile(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "clients", "optuna", "testdata", name+".gz"))
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
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStudiesMoveInFromOptuna(t *testing.T) {
	s := start(t, nil)
	for _, name := range []string{"v2.db", "v3.db", "v3.log", "v5.db", "v5.log"} {
		path := optunaFile(t, name)
		tag := strings.ReplaceAll(name, ".", "-")
		r := call(t, s.env, "", "import", "--optuna", path, "--study", "single objective", "--as", "single-"+tag)
		if r.code != 0 {
			t.Fatalf("%s: exit %d\n%s", name, r.code, r.stderr)
		}
		fits(t, r.stdout, `^study single-v.* has 10 trials: 6 COMPLETE, 1 FAIL, 1 PRUNED, 1 RUNNING, 1 WAITING\n$`)
		fits(t, r.stderr, `(?m)^note: a RUNNING trial is a FAIL here: `)
		got := decoded[api.Study](t, s.ok(t, "study", "show", "single-"+tag, "-o", "json"))
		if n := got.TrialCounts; n.COMPLETE != 5 || n.PRUNED != 1 || n.FAIL != 3 || n.WAITING != 1 {
			t.Errorf("%s: got %+v", name, n)
		}
		// Work goes on where it stopped: first with the trial that waits.
		if asked := s.ask(t, "single-"+tag); asked.Params["lr"] != 0.001 || asked.Params["kind"] != nil {
			t.Errorf("%s: got %v", name, asked.Params)
		}
		s.ok(t, "import", "--optuna", "sqlite:///"+path, "--study", "double", "--as", "double-"+tag)
		best := s.ok(t, "trial", "list", "double-"+tag)
		fits(t, best, `COMPLETE`)
		s.ok(t, "study", "importances", "double-"+tag)
	}
}

func TestTheStudiesOfAFileOfOptunaAreListed(t *testing.T) {
	path := optunaFile(t, "v5.log")
	r := call(t, environ{}, "", "import", "--optuna", path, "--list")
	fits(t, r.stdout, `^NAME +DIRECTIONS +TRIALS\nsingle objective +minimize +10\ndouble +minimize, maximize +6\nkeys +minimize +2\n$`)
	for _, args := range [][]string{
		{"import", "--optuna", path, "--name", "x"},
		{"import", "--optuna", path, path},
		{"import", "--optuna", path, "--list", "--as", "x"},
		{"import", "--study", "x", path},
		{"import"},
	} {
		if r := call(t, environ{}, "", args...); r.code != 2 {
			t.Errorf("%v: exit %d, want 2: %s", args[1:], r.code, r.stderr)
		}
	}
}

func TestABadFileOfOptunaIsRefusedAndNothingIsMade(t *testing.T) {
	s := start(t, nil)
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("{\"op_code\":0,\"study_name\":\"s\"}\n{\"op_code\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := call(t, s.env, "", "import", "--optuna", path)
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: .*log: line 2 is not one of a journal: `)

	r = call(t, s.env, "", "import", "--optuna", optunaFile(t, "v5.db"), "--study", "keys", "--as", "not a name")
	if r.code != 1 {
		t.Errorf("a bad name: exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: .*name`)
	if got := s.ok(t, "study", "list", "-o", "json"); got != "{\n  \"studies\": []\n}\n" {
		t.Errorf("got %s", got)
	}
}
