package espalier_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheGuideRunsAsPrinted compiles and runs the programs of docs/clients/go.md.
func TestTheGuideRunsAsPrinted(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/clients/go.md")
	if err != nil {
		t.Fatal(err)
	}
	programs := strings.Split(string(guide), "<!-- run: go -->\n```go\n")[1:]
	wants := []string{" loss ", "[1 1]"}
	if len(programs) != len(wants) {
		t.Fatalf("the guide has %d programs, want %d", len(programs), len(wants))
	}
	for i, text := range programs {
		program, _, _ := strings.Cut(text, "```")
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("go", "run", file)
		cmd.Env = append(os.Environ(), "ESPALIER_SERVER="+shared.url, "ESPALIER_TOKEN=")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), wants[i]) {
			t.Errorf("program %d: %v; want %q in\n%s", i, err, wants[i], out)
		}
	}
}
