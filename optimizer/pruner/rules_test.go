package pruner_test

import (
	"encoding/json"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/trials"
)

// resolved returns a node with every default explicit.
func resolved(t testing.TB, spec *trials.StudySpec, node string) map[string]any {
	t.Helper()
	_, raw, _, err := pruner.Table{}.New(spec, json.RawMessage(node))
	if err != nil {
		t.Fatalf("New(%s): %v", node, err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// refused says that a node is refused at a pointer.
func refused(t *testing.T, node, pointer string) {
	t.Helper()
	_, _, _, err := pruner.Table{}.New(study(), json.RawMessage(node))
	e, ok := err.(*trials.Error) //nolint:errorlint // it is never wrapped
	if !ok || e.Fields[0].Pointer != pointer {
		t.Errorf("New(%s): %v; want a fault at %s", node, err, pointer)
	}
}

// at returns the curve of values at steps from first on.
func at(first int64, values ...float64) []point {
	out := make([]point, len(values))
	for i, v := range values {
		out[i] = point{first + int64(i), v}
	}
	return out
}

// row is a row of a table of verdicts.
type row struct {
	node  string
	own   []point
	peers [][]point // COMPLETE
	steps int64     // max_steps
	want  string
}

func verdicts(t *testing.T, rows map[string]row) {
	t.Helper()
	for name, tt := range rows {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.steps
			s := newScene(t, spec, tt.node)
			for _, curve := range tt.peers {
				s.peer(trials.Complete, "loss", curve...)
			}
			for _, p := range tt.own {
				s.report(s.trial, p.step, "loss", p.value)
			}
			if got := s.judge(); got != tt.want {
				tree, _ := s.p.Explain(s.at())
				t.Errorf("got %s, want %s: %s", got, tt.want, tree.Sentence)
			}
		})
	}
}

// told is a row of a table of explanations.
type told struct {
	row
	sentence, instead string
	observed          map[string]trials.Float // of those, at least
	predicted         map[string]trials.Float
	limit, margin     float64
}

func explains(t *testing.T, rows map[string]told) {
	t.Helper()
	for name, tt := range rows {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.steps
			s := newScene(t, spec, tt.node)
			for _, curve := range tt.peers {
				s.peer(trials.Complete, "loss", curve...)
			}
			for _, p := range tt.own {
				s.report(s.trial, p.step, "loss", p.value)
			}
			e, _ := s.p.Explain(s.at())
			if e.Verdict.String() != tt.want || e.Sentence != tt.sentence || e.Counterfactual != tt.instead {
				t.Errorf("%v:\n%q\n%q\nwant %s:\n%q\n%q", e.Verdict, e.Sentence, e.Counterfactual, tt.want, tt.sentence, tt.instead)
			}
			for name, want := range tt.observed {
				if got := e.Observed[name]; !near(float64(got), float64(want)) {
					t.Errorf("observed %s: %v, want %v", name, got, want)
				}
			}
			for name, want := range tt.predicted {
				if got := e.Predicted[name]; !near(float64(got), float64(want)) {
					t.Errorf("predicted %s: %v, want %v", name, got, want)
				}
			}
			if e.Limit != nil && (!near(float64(*e.Limit), tt.limit) || !near(float64(*e.Margin), tt.margin)) {
				t.Errorf("limit %v, margin %v; want %v, %v", *e.Limit, *e.Margin, tt.limit, tt.margin)
			}
			if e.Limit == nil && tt.limit != 0 {
				t.Errorf("no limit; want %v", tt.limit)
			}
		})
	}
}

func near(a, b float64) bool {
	return a == b || a-b < 1e-9 && b-a < 1e-9
}

// No rule allocates while it does not fire, on the way to a verdict or without one.
func TestRulesAllocateNothing(t *testing.T) {
	peers := make([][]point, 30)
	for i := range peers {
		peers[i] = decay(1, 40, 0.2+float64(i)/100, 1, 0.7)
	}
	tests := map[string]string{
		"non_finite":          `{"type":"non_finite"}`,
		"non_finite, confirm": `{"type":"non_finite","tolerate":1,"confirm":2}`,
		"threshold":           `{"type":"threshold","upper":9}`,
		"threshold, in a row": `{"type":"threshold","lower":0.9,"consecutive":30}`,
		"curve_fit":           `{"type":"curve_fit","interval_steps":1,"z":9}`,
		"prechelt gl":         `{"type":"prechelt"}`,
		"prechelt pq":         `{"type":"prechelt","rule":"pq","train_metric":"train"}`,
		"prechelt up":         `{"type":"prechelt","rule":"up"}`,
		"convex_bound":        `{"type":"convex_bound","noise_z":99}`,
		"plateau":             `{"type":"plateau","std":1e-9}`,
		"marginal_utility":    `{"type":"marginal_utility","cost_weight":1e-12}`,
		"peer_regression":     `{"type":"peer_regression","offset":9}`,
	}
	for name, node := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = 40
			s := newScene(t, spec, node)
			for _, curve := range peers {
				s.peer(trials.Complete, "loss", curve...)
			}
			for _, p := range noisy(decay(1, 25, 0.21, 1, 0.7), 0.001) {
				s.report(s.trial, p.step, "loss", p.value)
				s.report(s.trial, p.step, "train", p.value/2)
				s.report(s.trial, p.step, trials.WallSeconds, float64(p.step))
			}
			c := s.at()
			if got := s.judge(); got != "pass" {
				tree, _ := s.p.Explain(c)
				t.Fatalf("%s: %s", got, tree.Sentence)
			}
			if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func BenchmarkRules(b *testing.B) {
	tests := map[string]string{
		"non_finite":       `{"type":"non_finite"}`,
		"threshold":        `{"type":"threshold","upper":9}`,
		"curve_fit":        `{"type":"curve_fit","interval_steps":1,"z":9}`,
		"prechelt gl":      `{"type":"prechelt","warmup_steps":0,"warmup_fraction":0}`,
		"prechelt up":      `{"type":"prechelt","rule":"up"}`,
		"convex_bound":     `{"type":"convex_bound","noise_z":99}`,
		"plateau":          `{"type":"plateau","std":1e-9}`,
		"marginal_utility": `{"type":"marginal_utility","cost_weight":1e-12}`,
		"peer_regression":  `{"type":"peer_regression","offset":9}`,
	}
	for name, node := range tests {
		b.Run(name, func(b *testing.B) {
			spec := study()
			spec.MaxSteps = 100
			s := newScene(b, spec, node)
			for i := range 100 {
				s.peer(trials.Complete, "loss", decay(1, 100, 0.2+float64(i)/100, 1, 0.7)...)
			}
			for _, p := range noisy(decay(1, 50, 0.25, 1, 0.7), 0.001) {
				s.report(s.trial, p.step, "loss", p.value)
				s.report(s.trial, p.step, trials.WallSeconds, float64(p.step))
			}
			c := s.at()
			b.ReportAllocs()
			for b.Loop() {
				s.p.Judge(c)
			}
		})
	}
}
