package pruner_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/trials"
)

// guided is a study in which every example of the guide makes sense: bounds that
// are left out follow from its constraints.
func guided() *trials.StudySpec {
	seed := int64(1)
	most := func(metric string, bound float64, a trials.Aggregate) trials.Constraint {
		return trials.Constraint{Metric: metric, Op: "<=", Bound: bound, Aggregate: a}
	}
	return &trials.StudySpec{
		Name: "guide", Seed: &seed, MaxSteps: 100,
		Objectives:  []trials.Objective{{Metric: "val_loss", Direction: trials.Minimize}},
		Metrics:     map[string]trials.MetricDeclaration{"epoch_seconds": {}, "grad_norm": {}, "train_loss": {}},
		Constraints: []trials.Constraint{most(trials.WallSeconds, 3600, trials.Max), most("latency_ms", 50, trials.P95), most("system/rss_bytes", 8e9, trials.Max)},
	}
}

func guide(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/pruners.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var (
	fenced = regexp.MustCompile("(?s)```json\n(.*?)```")
	inline = regexp.MustCompile("`(\\{\"type\".*?\\})`")
)

// examples returns every pruner of the guide: of its blocks, each of which may
// hold several, and of its running text.
func examples(t *testing.T, text string) []json.RawMessage {
	t.Helper()
	var out []json.RawMessage
	for _, found := range append(fenced.FindAllStringSubmatch(text, -1), inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1)...) {
		decoder := json.NewDecoder(strings.NewReader(found[1]))
		for {
			var one json.RawMessage
			err := decoder.Decode(&one)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("no JSON: %v: %s", err, found[1])
			}
			var node struct{ Type string }
			if err := json.Unmarshal(one, &node); err != nil {
				t.Fatal(err)
			}
			if node.Type != "" {
				out = append(out, one)
			}
		}
	}
	return out
}

func TestTheGuidesExamplesAreAccepted(t *testing.T) {
	text := guide(t)
	nodes := examples(t, text)
	shown := map[string]bool{}
	for _, node := range nodes {
		_, _, warnings, err := pruner.Table{}.New(guided(), node)
		if err != nil {
			t.Errorf("New(%s): %v", node, err)
		}
		for _, w := range warnings {
			if !strings.Contains(w.Detail, "fires wherever the rule below passes") { // the guide says so too
				t.Errorf("New(%s) warns: %s %s", node, w.Pointer, w.Detail)
			}
		}
		for _, e := range (pruner.Table{}).Catalogue() {
			if strings.Contains(string(node), `"type": "`+e.Type+`"`) {
				shown[e.Type] = true
			}
		}
	}
	for _, e := range (pruner.Table{}).Catalogue() {
		if !shown[e.Type] && !strings.Contains(text, `{"type": "`+e.Type+`"`) {
			t.Errorf("the guide shows no %s", e.Type)
		}
	}
}

func TestTheGuideShowsWhatPresetsStandFor(t *testing.T) {
	text := guide(t)
	shown := map[string]string{}
	for _, name := range []string{"safe", "balanced"} {
		_, after, _ := strings.Cut(text, "<!-- preset: "+name+" -->")
		block := fenced.FindStringSubmatch(after)
		if block == nil {
			t.Fatalf("the guide does not show %s", name)
		}
		shown[name] = block[1]
	}
	// As the guide says it, by what differs.
	shown["aggressive"] = strings.NewReplacer(
		`"label": "balanced"`, `"label": "aggressive"`, `"percentile": 40,`, `"percentile": 40, "startup_trials": 3,`, `"min_points": 7`, `"min_points": 6`,
	).Replace(shown["balanced"])
	for name, node := range shown {
		spec := guided()
		spec.MaxSteps, spec.Constraints = 50, spec.Constraints[:1]
		got, want := resolved(t, spec, node), resolved(t, spec, string(pruner.Preset(name)))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
