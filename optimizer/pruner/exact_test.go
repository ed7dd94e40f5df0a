package pruner_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/pruner/exact"
	"github.com/espalier-hpo/espalier/trials"
)

// node is a node of a pruner, by its members.
type node map[string]any

// with returns the node with the arguments of a class, by the names that they
// have here; those with none here are not to be there.
func (n node) with(t *testing.T, kwargs map[string]any, names map[string]string) node {
	t.Helper()
	for name, v := range kwargs {
		ours, ok := names[name]
		if !ok {
			t.Fatalf("nobody knows the argument %s", name)
		}
		if ours != "" {
			n[ours] = v
		}
	}
	return n
}

var percentileNames = map[string]string{
	"percentile": "percentile", "n_startup_trials": "startup_trials", "n_warmup_steps": "warmup_steps",
	"interval_steps": "interval_steps", "n_min_trials": "min_trials",
}

var halvingNames = map[string]string{
	"min_resource": "min_resource", "max_resource": "max_resource", "reduction_factor": "reduction_factor",
	"min_early_stopping_rate": "min_early_stopping_rate", "bootstrap_count": "bootstrap_count",
}

// ours returns the node that decides as a class does with its arguments.
func ours(t *testing.T, class string, kwargs map[string]any) node {
	switch class {
	case "MedianPruner":
		return node{"type": "median", "preset": "optuna"}.with(t, kwargs, percentileNames)
	case "PercentilePruner":
		return node{"type": "percentile"}.with(t, kwargs, percentileNames)
	case "SuccessiveHalvingPruner":
		n := node{"type": "asha", "compat": "optuna"}.with(t, kwargs, halvingNames)
		if n["min_resource"] == "auto" {
			delete(n, "min_resource")
			n["min_resource_auto"] = true
		}
		return n
	case "AsyncHyperBandScheduler":
		return node{"type": "asha", "compat": "ray"}.with(t, kwargs, map[string]string{
			"grace_period": "min_resource", "reduction_factor": "reduction_factor", "max_t": "max_resource", "stop_last_trials": "stop_last_trials",
		})
	case "HyperbandPruner":
		n := node{"type": "hyperband", "compat": "optuna"}.with(t, kwargs, halvingNames)
		if n["max_resource"] == "auto" {
			delete(n, "max_resource")
		}
		return n
	case "PatientPruner":
		n := node{"type": "patience"}.with(t, kwargs, map[string]string{"patience": "patience", "min_delta": "min_delta", "wrapped_pruner": ""})
		if wrapped, ok := kwargs["wrapped_pruner"].(map[string]any); ok {
			for class, kwargs := range wrapped {
				n["then"] = ours(t, class, kwargs.(map[string]any))
			}
		}
		return n
	case "ThresholdPruner":
		return node{"type": "threshold"}.with(t, kwargs, map[string]string{
			"lower": "lower", "upper": "upper", "n_warmup_steps": "warmup_steps", "interval_steps": "interval_steps",
		})
	case "WilcoxonPruner":
		return node{"type": "wilcoxon"}.with(t, kwargs, map[string]string{"p_threshold": "p_threshold", "n_startup_steps": "startup_steps"})
	case "VizierMedian":
		return node{"type": "median", "preset": "vizier"}.with(t, kwargs, map[string]string{"startup_trials": "startup_trials"})
	case "MedianStoppingRule":
		n := node{"type": "median", "preset": "ray"}.with(t, kwargs, map[string]string{"grace_period": "from_step", "min_samples_required": "min_trials"})
		n["warmup_steps"] = n["from_step"]
		return n
	case "KatibMedianStop":
		n := node{"type": "median", "preset": "katib"}.with(t, kwargs, map[string]string{
			"start_step": "from_step", "min_trials_required": "startup_trials", "lhs": "lhs", "once": "",
		})
		if kwargs["once"] == true { // at that step and never again
			n["warmup_steps"], n["interval_steps"] = n["from_step"], 1<<20
		}
		return n
	}
	return nil
}

// Every decision that was recorded of another implementation is ours as well.
func TestDecidesAsOthersDo(t *testing.T) {
	vectors, err := exact.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range vectors.Groups {
		t.Run(group.Rule, func(t *testing.T) {
			t.Parallel()
			decisions, fired, differences := 0, 0, 0
			for _, config := range group.Configs {
				var kwargs map[string]any
				if err := json.Unmarshal(config.Kwargs, &kwargs); err != nil {
					t.Fatal(err)
				}
				n := ours(t, group.Rule, kwargs)
				if n == nil {
					t.Fatalf("no rule stands for %s", group.Rule)
				}
				rule, err := json.Marshal(n)
				if err != nil {
					t.Fatal(err)
				}
				made := map[string]judge{}
				for h := range config.Histories() {
					d, f, wrong := follow(t, h, judgeOf(t, made, group.Rule, h, rule))
					if decisions, fired = decisions+d, fired+f; wrong != "" {
						if differences++; differences <= 5 {
							t.Errorf("%s on %s (%s): %s", rule, h.Name, config.Shape, wrong)
						}
					}
				}
			}
			t.Logf("%d decisions, %d of them to prune, %d histories with a difference", decisions, fired, differences)
			if decisions != group.Decisions || fired != group.Pruned {
				t.Errorf("%d decisions, %d to prune; %d and %d were recorded", decisions, fired, group.Decisions, group.Pruned)
			}
		})
	}
}

// judge is a rule in a study.
type judge struct {
	study  *trials.StudySpec
	pruner trials.Pruner
}

// judgeOf returns a rule for a history: the same for all of one direction, but of
// Hyperband, which depends on the study's name.
func judgeOf(t *testing.T, made map[string]judge, class string, h *exact.History, rule json.RawMessage) judge {
	t.Helper()
	spec := study()
	if h.Maximize {
		spec.Objectives[0].Direction = trials.Maximize
	}
	if class == "HyperbandPruner" {
		spec.Name = h.Name
	}
	key := spec.Name + string(spec.Objectives[0].Direction)
	if _, ok := made[key]; !ok {
		p, _, _, err := pruner.Table{}.New(spec, rule)
		if err != nil {
			t.Fatalf("New(%s): %v", rule, err)
		}
		made[key] = judge{spec, p}
	}
	return made[key]
}

// follow lets a rule judge a history as it was recorded, and says where it first
// decides otherwise.
func follow(t *testing.T, recorded *exact.History, by judge) (decisions, fired int, wrong string) {
	t.Helper()
	spec, p := by.study, by.pruner
	h := trials.NewHistory(spec, p.Needs(), p.Lanes())
	live := make([]*trials.Live, len(recorded.Trials))
	for e := range recorded.Events() {
		switch e.Kind {
		case exact.Start:
			live[e.Trial] = h.Start(int64(e.Trial), nil, noon)
		case exact.End:
			var values []float64
			if e.State == exact.Complete {
				values = []float64{e.Value}
			}
			h.End(live[e.Trial], trials.State(e.State), values, noon)
		case exact.Report:
			row := h.Report(live[e.Trial], trials.Report{
				Step: e.Step, Seq: trials.Absent, Elapsed: math.NaN(), Metrics: []trials.Metric{{Name: "loss", Value: e.Value}},
			}, noon)
			verdict, _ := p.Judge(&trials.Case{Study: spec, History: h, Trial: live[e.Trial], Report: row, Now: noon})
			decisions++
			if e.Prune {
				fired++
			}
			if got := verdict == trials.Fire; got != e.Prune && wrong == "" {
				wrong = fmt.Sprintf("trial %d, step %d, value %v: %v, want to prune: %v", e.Trial, e.Step, e.Value, verdict, e.Prune)
			}
		}
	}
	return decisions, fired, wrong
}
