package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

func TestSweepsOfWandbBecomeStudies(t *testing.T) {
	s := start(t, nil)
	files, err := filepath.Glob("../../clients/wandb/testdata/*")
	if err != nil || len(files) < 4 {
		t.Fatalf("files %q, %v", files, err)
	}
	for _, file := range files {
		name := "from-" + filepath.Base(file)
		r := call(t, s.env, "", "study", "create", name, "--wandb", file, "-o", "json")
		if r.code != 0 {
			t.Errorf("%s: exit %d\n%s", file, r.code, r.stderr)
			continue
		}
		made := decoded[api.Study](t, r.stdout)
		if runs := strings.Contains(r.stderr, "to work on it: espalier run --study "+name); runs == strings.Contains(file, "function") || len(made.SearchSpace) == 0 {
			t.Errorf("%s: %s\nmade %+v", file, r.stderr, made)
		}
		s.ask(t, name)
	}

	bayes := "../../clients/wandb/testdata/bayes.yaml"
	r := call(t, s.env, "", "study", "create", "--wandb", bayes, "--dry-run", "--max-trials", "5", "--pruner", "safe")
	if r.code != 0 || !strings.Contains(r.stderr, "note: early_terminate: ") {
		t.Fatalf("a dry run: exit %d\n%s", r.code, r.stderr)
	}
	if list := s.ok(t, "study", "list", "--prefix", "ResNet"); strings.Contains(list, "ResNet") {
		t.Errorf("a dry run made a study:\n%s", list)
	}
	if r = call(t, s.env, r.stdout, "study", "create", "-f", "-", "-o", "json"); r.code != 0 {
		t.Fatalf("what it printed: exit %d\n%s", r.code, r.stderr)
	}
	if made := decoded[api.Study](t, r.stdout); made.Name != "ResNet-on-CIFAR-10" || made.Budget.MaxTrials != 5 || *made.Stop.Target != 0.05 {
		t.Errorf("made %+v", made)
	}
	if r := call(t, s.env, "", "study", "create", "--wandb", bayes, "-f", bayes); r.code != 2 {
		t.Errorf("two files: exit %d, want 2", r.code)
	}
	r = call(t, s.env, "method: grid\nparameters: {x: {values: [[1]]}}\nruncap: 2", "study", "create", "bad", "--wandb", "-")
	if r.code != 1 || !strings.Contains(r.stderr, "parameters.x: [1]: a choice is") || !strings.Contains(r.stderr, "runcap: ") {
		t.Errorf("what has no counterpart: exit %d\n%s", r.code, r.stderr)
	}
}

// TestTheMoveFromWandbRunsAsPrinted runs what docs/clients/from-wandb.md prints.
func TestTheMoveFromWandbRunsAsPrinted(t *testing.T) {
	raw, err := os.ReadFile("../../docs/clients/from-wandb.md")
	if err != nil {
		t.Fatal(err)
	}
	k := &killed{t: t, binary: buildBinary(t), db: filepath.Join(t.TempDir(), "wandb.db")}
	k.start()
	defer k.stop()
	needs(t, "python3")
	t.Setenv("PATH", filepath.Dir(k.binary)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("ESPALIER_SERVER", *k.url.Load())
	t.Setenv("ESPALIER_STATE", t.TempDir())
	t.Chdir(t.TempDir())
	printed := block(t, string(raw), "<!-- run: wandb -->")
	out := runScript(t, printed, "bash", "-e", "-c")
	_, line, _ := strings.Cut(out, "to work on it: ")
	line, _, _ = strings.Cut(line, "\n")
	if line == "" || !strings.Contains(printed, "\n"+line+"\n") {
		t.Errorf("the guide does not run the line that is printed: %q", line)
	}
	if !strings.Contains(out, "epoch=9 val_loss=") || strings.Count(out, "COMPLETE") != 1 {
		t.Errorf("got\n%s", out)
	}
}
