package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

func TestAStudyIsCreatedFromFlagsAndFile(t *testing.T) {
	s := start(t, nil)
	spec := filepath.Join(t.TempDir(), "spec.json")
	text := `{"name":"file","seed":9007199254740991,"budget":{"max_trials":5,"cpu_seconds":60},
		"search_space":{"x":{"type":"float","low":0,"high":1},"n":{"type":"int","low":1,"high":2}}}`
	if err := os.WriteFile(spec, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := s.ok(t, "study", "create", "both", "-f", spec, "-o", "json", "--max-trials", "10", "--direction", "maximize",
		"--param", "n=int:1:9:step=2", "--param", "o=categorical:adam,1,true,[x]",
		"--sampler", "random", "--pruner", `{"type":"median","startup_trials":3}`)
	study := decoded[api.Study](t, out)
	if study.Name != "both" || study.Seed != 9007199254740991 || study.Budget.MaxTrials != 10 || study.Budget.CPUSeconds != 60 ||
		study.Objectives[0].Direction != api.DirectionMaximize || len(study.SearchSpace) != 3 {
		t.Errorf("got %s", out)
	}
	for name, want := range map[string]string{"x": "float 0 to 1", "n": "int 1 to 9, step 2", "o": "categorical adam | 1 | true | [x]"} {
		if got := distribution(study.SearchSpace[name]); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	fits(t, string(study.Pruner), `"startup_trials": 3`)

	if r := call(t, s.env, text, "study", "create", "-f", "-"); r.code != 0 {
		t.Errorf("from standard input: exit %d, %s", r.code, r.stderr)
	}
	fits(t, s.ok(t, "study", "show", "file"), `(?m)^name +file$`)
}

func TestStudies(t *testing.T) {
	s := start(t, nil)
	s.study(t)
	s.ok(t, "study", "create", "other", "--direction", "maximize", "--max-trials", "5")

	list := s.ok(t, "study", "list")
	fits(t, list, `^NAME +STATE +OBJECTIVES +RUNNING +WAITING +COMPLETE +PRUNED +FAIL +CREATED\n`)
	fits(t, list, `\nmnist  ACTIVE  minimize value  1        0        1         0       1     `)
	if got := s.ok(t, "study", "list", "--prefix", "oth"); strings.Contains(got, "mnist") || !strings.Contains(got, "other") {
		t.Errorf("by prefix: got\n%s", got)
	}
	if all := decoded[api.StudyList](t, s.ok(t, "study", "list", "-o", "json")); len(all.Studies) != 2 || all.NextPageToken != "" {
		t.Errorf("got %+v", all)
	}
	if got := s.ok(t, "study", "list", "--prefix", "none", "-o", "json"); got != "{\n  \"studies\": []\n}\n" {
		t.Errorf("an empty list is %s", got)
	}

	shown := s.ok(t, "study", "show", "mnist")
	fits(t, shown, `(?m)^trials +1 running, 0 waiting, 1 complete, 0 pruned, 1 failed$`)
	fits(t, shown, `(?m)^param lr +float 0.00001 to 0.1, log$`)
	fits(t, s.ok(t, "study", "show", "other"), `(?m)^spent +0 of 5 trials`)

	fits(t, s.ok(t, "study", "stop", "mnist"), `^study mnist is STOPPED\n$`)
	if got := decoded[api.Study](t, s.ok(t, "study", "resume", "mnist", "-o", "json")); got.State != api.StudyStateACTIVE {
		t.Errorf("resumed: got %s", got.State)
	}
	s.ok(t, "study", "delete", "mnist", "--yes")
	r := call(t, s.env, "", "study", "show", "mnist")
	if r.code != 1 {
		t.Errorf("a deleted study: exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: .*"mnist".*\n$`)
}

func TestAnExistingStudyIsTakenOnlyWhenAskedFor(t *testing.T) {
	s := start(t, nil)
	s.ok(t, "study", "create", "mnist", "--seed", "1")
	if r := call(t, s.env, "", "study", "create", "mnist"); r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	got := decoded[api.Study](t, s.ok(t, "study", "create", "mnist", "--load-if-exists", "-o", "json", "--seed", "2"))
	if got.Seed != 1 {
		t.Errorf("seed %d, want 1", got.Seed)
	}
}

func TestEachFaultOfARequestIsALine(t *testing.T) {
	s := start(t, nil)
	r := call(t, s.env, "", "study", "create", "bad", "--param", "lr=float:1:0.1", "--sampler", "frob")
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `(?m)^error: /search_space/lr/high: `)
	for line := range strings.Lines(r.stderr) {
		fits(t, line, `^error: /`)
	}
}

func TestTrials(t *testing.T) {
	s := start(t, nil)
	s.study(t)

	fits(t, s.ok(t, "trial", "enqueue", "mnist", "lr=0.001", "optimizer=adam"), `^trial 3 is WAITING\n$`)
	again := decoded[api.Trial](t, s.ok(t, "trial", "enqueue", "mnist", "lr=0.001", `optimizer="adam"`, "--skip-if-exists", "-o", "json"))
	if again.Number != 3 {
		t.Errorf("enqueued again as %d", again.Number)
	}
	r := call(t, s.env, "", "trial", "enqueue", "mnist", "lr=5")
	if r.code != 1 {
		t.Errorf("out of range: exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: /params/lr: `)

	list := s.ok(t, "trial", "list", "mnist")
	fits(t, list, `^NUMBER +STATE +VALUES +PARAMS +STARTED +TOOK +REASON\n0 +COMPLETE +0\.25 +lr=`)
	fits(t, list, `(?m)^1 +FAIL .* oom$`)
	fits(t, list, `(?m)^3 +WAITING +- +lr=0\.001 optimizer=adam +- +- +-$`)
	some := decoded[api.TrialList](t, s.ok(t, "trial", "list", "mnist", "--state", "fail,waiting", "--order-by", "-number", "-o", "json"))
	if len(some.Trials) != 2 || some.Trials[0].Number != 3 || some.Trials[1].Number != 1 {
		t.Errorf("got %+v", some.Trials)
	}
	cut := call(t, s.env, "", "trial", "list", "mnist", "--limit", "1")
	fits(t, cut.stderr, `--limit 0 lists all`)
	if n := strings.Count(cut.stdout, "\n"); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	r = call(t, s.env, "", "trial", "list", "mnist", "--order-by", "luck")
	fits(t, r.stderr, `^error: query order_by: `)

	shown := s.ok(t, "trial", "show", "mnist", "0")
	fits(t, shown, `(?m)^values +0\.25$`)
	fits(t, shown, `(?m)^metric system/cpu_seconds +last 1, min 0, max 1, mean 0\.5 of 2$`)
	if got := decoded[api.Trial](t, s.ok(t, "trial", "show", "mnist", "1", "-o", "json")); got.Reason != "oom" {
		t.Errorf("got %+v", got)
	}

	fits(t, s.ok(t, "best", "mnist"), `\n0 +COMPLETE +0\.25`)
	if best := decoded[api.BestTrials](t, s.ok(t, "best", "mnist", "-o", "json")); best.Trials[0].Number != 0 {
		t.Errorf("best: got %+v", best)
	}
	s.ok(t, "study", "create", "empty")
	if r := call(t, s.env, "", "best", "empty"); r.code != 0 || r.stdout != "" || r.stderr != "No trial is complete yet.\n" {
		t.Errorf("best of none: got %+v", r)
	}
}

func TestATrialOfAConstrainedStudySaysWhetherItIsFeasible(t *testing.T) {
	s := start(t, nil)
	spec := `{"name":"tight","search_space":{"x":{"type":"float","low":0,"high":1}},
		"constraints":[{"metric":"system/rss_bytes","op":"<=","bound":100}]}`
	if r := call(t, s.env, spec, "study", "create", "-f", "-"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	end := espalier.Tell{Value: new(api.Float(1)), Metrics: espalier.Metrics{"system/rss_bytes": 150}}
	if _, err := s.ask(t, "tight").End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	fits(t, s.ok(t, "trial", "list", "tight"), `FEASIBLE.*\n0 +COMPLETE +1 +no, by 50 `)
	fits(t, s.ok(t, "trial", "show", "tight", "0"), `(?m)^feasible +no, by 50$`)
}

func TestAnImportOfAnExportExportsTheSame(t *testing.T) {
	s := start(t, nil)
	s.study(t)
	first := s.ok(t, "export", "mnist")
	file := filepath.Join(t.TempDir(), "mnist.jsonl")
	s.ok(t, "export", "mnist", "--out", file)
	if b, err := os.ReadFile(file); err != nil || string(b) != first {
		t.Errorf("the file differs from standard output: %v\n%s", err, b)
	}
	r := call(t, s.env, "", "import", file)
	if r.code != 1 {
		t.Errorf("over an existing study: exit %d, want 1", r.code)
	}
	fits(t, s.ok(t, "import", file, "--name", "copy"), `^study copy has 3 trials\n$`)

	s.ok(t, "study", "delete", "mnist", "--yes")
	if r := call(t, s.env, first, "import", "-", "-o", "json"); r.code != 0 || decoded[api.Study](t, r.stdout).Name != "mnist" {
		t.Fatalf("got %+v", r)
	}
	if second := s.ok(t, "export", "mnist"); second != first {
		t.Errorf("first\n%s\nsecond\n%s", first, second)
	}
	fits(t, s.ok(t, "export", "mnist", "--table", "trials"), `^number,`)
	fits(t, s.ok(t, "export", "mnist", "--table", "metrics", "--format", "jsonl"), `^{"trial":0,`)
	s.ok(t, "export", "mnist", "--table", "decisions", "--format", "csv")
	if r := call(t, s.env, "", "export", "mnist", "--table", "all", "--format", "csv"); r.code != 1 {
		t.Errorf("all as CSV: exit %d, want 1", r.code)
	}
}

func TestABackupIsADatabase(t *testing.T) {
	s := start(t, nil)
	s.study(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "backup.db")
	s.ok(t, "backup", file)
	if r := call(t, s.env, "", "backup", file); r.code != 1 || !strings.Contains(r.stderr, "--force overwrites it") {
		t.Errorf("over a file: got %+v, want exit 1", r)
	}
	s.ok(t, "backup", file, "--force")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want a private file", info, err)
	}
	left, err := fs.Glob(os.DirFS(dir), "*")
	if err != nil || len(left) != 1 {
		t.Errorf("it left %v, %v", left, err)
	}
	want := s.ok(t, "export", "mnist")
	s.stop(t)
	s = start(t, nil, "--db", file)
	if got := s.ok(t, "export", "mnist"); got != want {
		t.Errorf("the backup holds\n%s\nwant\n%s", got, want)
	}
}

func TestADownloadThatIsCutOffLeavesNoFile(t *testing.T) {
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<16))
		panic(http.ErrAbortHandler)
	}))
	defer cut.Close()
	for _, args := range [][]string{{"backup"}, {"export", "mnist", "--out"}} {
		dir := t.TempDir()
		r := call(t, environ{"ESPALIER_SERVER": cut.URL}, "", append(args, filepath.Join(dir, "file"))...)
		if r.code != 1 {
			t.Errorf("%v: exit %d, want 1", args, r.code)
		}
		fits(t, r.stderr, `unexpected EOF`)
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v: it left %v, %v", args, left, err)
		}
	}
}

func TestOnlyAFileIsOverwritten(t *testing.T) {
	s := start(t, nil)
	s.ok(t, "study", "create", "mnist")
	r := call(t, s.env, "", "export", "mnist", "--out", t.TempDir())
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `is no regular file`)

	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.ok(t, "export", "mnist", "--out", link)
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("the link's file: %v, %v; want the export", info, err)
	}
}

func TestVersionIsTheClientsAndOnDemandTheServers(t *testing.T) {
	s := start(t, nil)
	want, _ := versions()
	r := call(t, nil, "", "version")
	fits(t, r.stdout, `^espalier  `+want)
	if strings.Contains(r.stdout, "server") {
		t.Errorf("nobody asked for a server: %s", r.stdout)
	}
	fits(t, s.ok(t, "version"), `\nserver    `+want)
	var out struct{ Client, Server api.Version }
	text := call(t, nil, "", "version", "--server", s.url, "-o", "json").stdout
	if err := json.Unmarshal([]byte(text), &out); err != nil || out.Client.Version != want || out.Server.Version != want || out.Server.API == "" {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestListsHaveAllPages(t *testing.T) {
	tests := map[string]struct {
		limit, want int
		more        bool
	}{
		"all":              {0, 2500, false},
		"less than a page": {10, 10, true},
		"some pages":       {1500, 1500, true},
		"as many":          {2500, 2500, false},
		"more":             {9999, 2500, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			left := 2500
			got, more, err := pages(tt.limit, func(size int, _ *string) ([]int, string, error) {
				n := min(size, left, maxPage)
				left -= n
				next := ""
				if left > 0 {
					next = "more"
				}
				return make([]int, n), next, nil
			})
			if err != nil || len(got) != tt.want || more != tt.more {
				t.Errorf("got %d, more %t, %v; want %d, more %t", len(got), more, err, tt.want, tt.more)
			}
		})
	}
}

func TestWhatAServerSaysCannotMoveTheCursor(t *testing.T) {
	rude := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"code":"invalid_request","title":"x","detail":"a\u001b[2J\nb","status":400,"type":"x"}`))
	}))
	defer rude.Close()
	if r := call(t, environ{"ESPALIER_SERVER": rude.URL}, "", "study", "list"); r.stderr != "error: a [2J b\n" {
		t.Errorf("got %q", r.stderr)
	}
}
