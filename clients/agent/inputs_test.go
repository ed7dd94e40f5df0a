package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWholeLinesArePassedOnAndAtLastTheRest(t *testing.T) {
	var out bytes.Buffer
	l := &wholeLines{w: &out}
	for _, step := range []struct{ in, want string }{
		{"one\ntw", "one\n"},
		{"o", "one\n"},
		{"\nthree\nfour", "one\ntwo\nthree\n"},
		{"", "one\ntwo\nthree\nfour"},
	} {
		n, err := l.Write([]byte(step.in))
		if err != nil || n != len(step.in) || out.String() != step.want {
			t.Errorf("after %q: %d, %v, %q, want %q", step.in, n, err, out.String(), step.want)
		}
	}
	long := strings.Repeat("x", chunkSize)
	if _, err := l.Write([]byte(long)); err != nil || !strings.HasSuffix(out.String(), long) {
		t.Error("a line beyond reason is held back")
	}
}

func TestFoldersOfAgentsThatWereKilledAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	made := map[string]*os.File{}
	for _, name := range []string{"espalier-s-1-dead", "espalier-s-2-alive", "another-s-3-x"} {
		dir := filepath.Join(os.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(dir, ownerFile))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		made[name] = f
	}
	if err := lock(made["espalier-s-2-alive"]); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	tidy(now) // they are too new
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) != 3 {
		t.Errorf("left %v, want all three", left)
	}
	tidy(now.Add(2 * time.Minute))
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if len(left) != 2 || strings.Contains(strings.Join(left, " "), "dead") {
		t.Errorf("left %v, want all but the one that is nobody's", left)
	}
}
