package openapi

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestBreakingChangesAreCaught(t *testing.T) {
	script, err := filepath.Abs("../scripts/breaking.sh")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	type edit struct{ old, new string }
	minor := edit{"\n  version: 0.1.0\n", "\n  version: 0.2.0\n"}
	gone := edit{"\n  /v1/version:\n", "\n  /v1/versions:\n"}
	tests := []struct {
		name  string
		edits []edit
		want  []string // what the report names; nothing if the script is to pass
	}{
		{"words, what may be left out, and an open enum that grows", []edit{
			{"summary: List studies", "summary: List all studies"},
			{"        skip_if_exists:", "        fancy: {type: boolean}\n        skip_if_exists:"},
			{"        - storage_unavailable", "        - storage_unavailable\n        - teapot"},
		}, nil},
		{"what clients use", []edit{
			gone,
			{"enum: [fire, pass, unknown]", "enum: [fire, pass, unknown, other]"},
			{"required: [from, use]", "required: [from, use, count]"},
			{"{name: prefix, in: query,", "{name: beginning, in: query,"},
			{"lease_seconds: {type: [integer, 'null'],", "lease_seconds: {type: integer,"},
		}, []string{
			"api-path-removed-without-deprecation",
			"response-property-enum-value-added",
			"request-property-became-required",
			"request-parameter-removed",
			"request-property-became-not-nullable",
			"breaks clients of version 0.1",
		}},
		{"what clients use, in a new minor version of 0", []edit{gone, minor}, nil},
	}
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	base := regexp.MustCompile(`(?m)^  version: .*$`).ReplaceAllString(string(Document), "  version: 0.1.0")
	released := write("released.yaml", base)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			content := base
			for _, edit := range test.edits {
				if !strings.Contains(content, edit.old) {
					t.Fatalf("the document has no %q", edit.old)
				}
				content = strings.Replace(content, edit.old, edit.new, 1)
			}
			out, err := exec.Command("bash", script, released, write("document.yaml", content)).CombinedOutput()
			if (err == nil) != (test.want == nil) {
				t.Errorf("got %v:\n%s", err, out)
			}
			for _, want := range test.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("want %s in:\n%s", want, out)
				}
			}
		})
	}
}
