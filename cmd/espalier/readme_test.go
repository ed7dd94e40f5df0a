package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReadmeRunsAsPrinted runs the commands that the README prints, as they
// are printed but for the port, against the real binary.
func TestReadmeRunsAsPrinted(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(raw)
	k := &killed{t: t, binary: buildBinary(t), db: t.TempDir() + "/readme.db"}
	k.start()
	defer k.stop()
	addr := strings.TrimPrefix(*k.url.Load(), "http://")

	t.Run("curl", func(t *testing.T) {
		out := runScript(t, strings.ReplaceAll(block(t, readme, "<!-- run: curl -->"), "localhost:8080", addr), "bash", "-e", "-o", "pipefail", "-c")
		for _, want := range []string{
			`"should_prune":false`, `"should_prune":true`, `"decided_by":"limit"`,
			`CPU time is 61 s; the limit is 60 s.`, `"state":"PRUNED"`, `"values":[0.07]`,
		} {
			if !strings.Contains(out, want) {
				t.Errorf("the answers do not contain %s:\n%s", want, out)
			}
		}
		if strings.Contains(out, `"code":`) {
			t.Errorf("an answer is a problem:\n%s", out)
		}
	})
	t.Run("agent", func(t *testing.T) {
		t.Setenv("PATH", filepath.Dir(k.binary)+string(filepath.ListSeparator)+os.Getenv("PATH"))
		t.Setenv("ESPALIER_SERVER", *k.url.Load())
		t.Setenv("ESPALIER_STATE", t.TempDir())
		t.Chdir(t.TempDir())
		out := runScript(t, block(t, readme, "<!-- run: agent -->"), "bash", "-e", "-c")
		if n := strings.Count(out, "epoch 20 loss: "); n < 4 {
			t.Errorf("%d trials printed all of their epochs, want some of 8:\n%s", n, out)
		}
		var study struct {
			Counts map[string]int `json:"trial_counts"`
		}
		answer, err := http.Get(*k.url.Load() + "/v1/studies/sqrt")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&study); err != nil || study.Counts["COMPLETE"] < 2 || study.Counts["RUNNING"] > 0 {
			t.Errorf("the study counts %v, %v", study.Counts, err)
		}
	})
	t.Run("python", func(t *testing.T) {
		worker, err := os.ReadFile("../../examples/quickstart.py")
		if err != nil {
			t.Fatal(err)
		}
		out := runScript(t, strings.ReplaceAll(string(worker), "localhost:8080", addr), "python3", "-c")
		if !strings.Contains(out, "params") {
			t.Errorf("the worker printed no best trial:\n%s", out)
		}
	})
}

// block returns the fenced code after a marker.
func block(t *testing.T, text, marker string) string {
	t.Helper()
	_, after, ok := strings.Cut(text, marker)
	if !ok {
		t.Fatalf("README.md has no %s", marker)
	}
	_, after, _ = strings.Cut(after, "```")
	_, after, _ = strings.Cut(after, "\n")
	code, _, ok := strings.Cut(after, "```")
	if !ok {
		t.Fatalf("README.md: %s has no end", marker)
	}
	return code
}

// runScript runs a script and returns what it printed.
func runScript(t *testing.T, script, program string, args ...string) string {
	t.Helper()
	needs(t, program)
	needs(t, "curl")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, script)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// needs skips a test without a program that it needs; where tests must be
// complete, that fails it.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is needed", program)
	}
	t.Skipf("there is no %s", program)
}
