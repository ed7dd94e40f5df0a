package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// curves is a file of four trials, of which the third is a late bloomer.
const curves = `trial,step,loss,system/wall_seconds
a,1,4,10
a,2,1,10
b,1,5,10
b,2,5,10
c,1,6,10
c,2,0.5,10
d,1,0.9,10
d,2,0.9,10
`

const plainMedian = `{"type":"median","startup_trials":1,"warmup_steps":0,"warmup_fraction":0}`

func TestReplayOfAFile(t *testing.T) {
	dir := t.TempDir()
	file, picture := filepath.Join(dir, "curves.csv"), filepath.Join(dir, "out.svg")
	if err := os.WriteFile(file, []byte(curves), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"replay", file, "--orders", "1", "--increments", "system/wall_seconds", "--pruner", plainMedian, "--pruner", "nop"}
	r := call(t, nil, "", append(args, "--svg", picture)...)
	for _, want := range []string{"4 trials of 4 settings", "SAVED OF wall_seconds", "25.0 %", "WOULD HAVE ENDED AT", "nop"} {
		if r.code != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("exit %d, %q not in\n%s%s", r.code, want, r.stdout, r.stderr)
		}
	}
	if b, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(b), "<svg ") {
		t.Errorf("the picture: %.40q, %v", b, err)
	}
	r = call(t, nil, curves, "replay", "-", "-o", "json", "--increments", "system/wall_seconds", "--orders", "20", "--pruner", "nop", "--limit", "system/wall_seconds<=20")
	var out trials.ReplayResponse
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil || out.Orders != 20 || *out.Feasible != 1 || len(out.Pruners) != 1 {
		t.Errorf("as JSON: %v\n%s%s", err, r.stdout, r.stderr)
	}
}

func TestReplayIsCalledWrongly(t *testing.T) {
	for want, args := range map[string][]string{
		"want METRIC<=BOUND":                {"-", "--limit", "a=1"},
		"are of --recommend":                {"-", "--max-best-lost", "0.1"},
		"want minimize or maximize":         {"-", "--direction", "up"},
		"this is no JSON":                   {"-", "--pruner", "{"},
		"no such file":                      {"none.csv"},
		"--metric is of a file":             {"mnist", "--metric", "loss"},
		`there is no metric "x"`:            {"-", "--metric", "x"},
		"/pruners/0/pruner/k ":              {"-", "--pruner", `{"type":"median","k":1}`},
		"at least 20 settings; there are 4": {"-", "--recommend"},
		"/orders must be 1 to":              {"-", "--orders", "1000000"},
	} {
		if r := call(t, nil, curves, append([]string{"replay"}, args...)...); r.code == 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("%v: exit %d, %q, want %q", args, r.code, r.stderr, want)
		}
	}
}
