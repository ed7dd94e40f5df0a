// Package espalier_test holds the architecture: who may import whom.
package espalier_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/espalier-hpo/espalier"

// arrows says which of our packages a package may import. As with the go
// command, "x/..." is x and all below it. A package that is not listed fails.
var arrows = map[string][]string{
	"api/...":                 {"api/...", "openapi", "trials"},
	"bench/...":               {"..."},
	"clients/agent":           {"clients/agent/...", "clients/go/..."},
	"clients/agent/metrics":   {},
	"clients/agent/process":   {},
	"clients/agent/sensors":   {},
	"clients/agent/view":      {},
	"clients/go":              {"clients/go/api"},
	"clients/go/api":          {},
	"clients/optuna":          {},
	"clients/wandb":           {"clients/go/..."},
	"cmd/espalier":            {"api/...", "clients/...", "optimizer/...", "storage/...", "trials"},
	"examples/...":            {"examples/..."},
	"openapi":                 {"trials"},
	"openapi/internal/derive": {},
	"openapi/internal/plain":  {},
	"optimizer/options":       {"trials"},
	"optimizer/pruner/exact":  {},
	"optimizer/pruner":        {"optimizer/options", "trials"},
	"optimizer/replay":        {"trials"},
	"optimizer/importance":    {"trials"},
	"optimizer/sampler":       {"optimizer/options", "optimizer/sampler/...", "trials"},
	"optimizer/sampler/...":   {"optimizer/options", "optimizer/sampler/rows", "trials"},
	"storage/...":             {"storage/...", "trials"},
	"trials":                  {},
}

// homes says which of our packages may import a module of others. A module that
// is not listed fails. Only bench may import any: it compares us with others.
var homes = map[string][]string{
	"github.com/c-bata/goptuna":           {"optimizer/sampler"},
	"github.com/getkin/kin-openapi":       {"api/...", "openapi"},
	"github.com/go-json-experiment/json":  {"api/..."},
	"github.com/labstack/echo/v4":         {"api/...", "openapi"},
	"github.com/oapi-codegen/nullable":    {"api/...", "clients/go/api", "openapi"},
	"github.com/oapi-codegen/runtime":     {"api/...", "clients/go/api", "openapi"},
	"github.com/oasdiff/yaml":             {"cmd/espalier"},
	"github.com/oasdiff/yaml3":            {"clients/wandb", "openapi/internal/derive"},
	"github.com/pressly/goose/v3":         {"storage/..."},
	"github.com/prometheus/client_golang": {"api/..."},
	"github.com/schollz/progressbar/v3":   {"cmd/espalier"},
	"github.com/shirou/gopsutil/v3":       {"clients/agent/process", "clients/agent/sensors"},
	"github.com/spf13/cobra":              {"cmd/espalier"},
	"golang.org/x/sync":                   {"cmd/espalier"},
	"golang.org/x/sys":                    {"clients/agent/process"},
	"golang.org/x/term":                   {"clients/agent/view", "cmd/espalier"},
	"gonum.org/v1/gonum":                  {"optimizer/importance", "optimizer/pruner", "optimizer/sampler/..."},
	"google.golang.org/protobuf":          {"clients/agent/metrics"},
	"modernc.org/sqlite":                  {"clients/optuna", "storage/..."},
}

func TestImportsFollowTheArrows(t *testing.T) {
	files := importsByFile(t)
	if len(files) == 0 {
		t.Fatal("found no Go files")
	}
	for file, imports := range files {
		pkg := path.Dir(file)
		allowed, listed := lookUp(arrows, pkg, "/...")
		if !listed {
			t.Errorf("%s: package %s is not in the table of arrows", file, pkg)
			continue
		}
		for _, imported := range imports {
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
				if !matches(allowed, ours) {
					t.Errorf("%s: %s may not import %s", file, pkg, ours)
				}
				continue
			}
			first, _, _ := strings.Cut(imported, "/")
			if std := !strings.Contains(first, "."); std || matches([]string{"bench/..."}, pkg) {
				continue
			}
			if home, listed := lookUp(homes, imported, ""); !listed {
				t.Errorf("%s: %s is not in the table of homes", file, imported)
			} else if !matches(home, pkg) {
				t.Errorf("%s: %s may not import %s", file, pkg, imported)
			}
		}
	}
}

// importsByFile reads what each Go file but the tests imports, for every
// operating system. It parses where `go list` would be shorter, because go test
// knows which files a test has read, not which a child process has: a cached
// "ok" would outlive a wrong import.
func importsByFile(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skipped(name) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files[name] = []string{}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			files[name] = append(files[name], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the imports: %v", err)
	}
	return files
}

// skipped says whether the go command, too, passes over a folder.
func skipped(dir string) bool {
	base := path.Base(dir)
	hidden := strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
	return dir != "." && (hidden || base == "testdata" || base == "node_modules")
}

// lookUp finds the entry for name, or for its nearest parent with suffix added.
func lookUp(table map[string][]string, name, suffix string) ([]string, bool) {
	if entry, ok := table[name]; ok {
		return entry, true
	}
	for ; name != "."; name = path.Dir(name) {
		if entry, ok := table[name+suffix]; ok {
			return entry, true
		}
	}
	return nil, false
}

// matches says whether one of the patterns, which may end in "...", covers pkg.
func matches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if pattern == "..." {
			return true
		}
		parent, below := strings.CutSuffix(pattern, "/...")
		return pkg == parent || below && strings.HasPrefix(pkg, parent+"/")
	})
}
