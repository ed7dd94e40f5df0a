package trials_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// forecasts is a study that holds its trials to 10 CPU seconds, by a constraint
// with a forecast or by the forecast alone.
const (
	byConstraint = `{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"max_steps":20,"holdout":0,
		"constraints":[{"metric":"system/cpu_seconds","op":"<=","bound":10}],
		"pruner":{"type":"projected_total","metric":"system/cpu_seconds","min_points":2}}`
	byRule = `{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"max_steps":20,"holdout":0,
		"pruner":{"type":"projected_total","metric":"system/cpu_seconds","limit":10,"min_points":2,"label":"budgeted"}}`
)

// spends has a trial use so many CPU seconds a step, until it is stopped or has
// done so many steps.
func (e *env) spends(each float64, steps int64) trials.Trial {
	e.Helper()
	n := e.one()
	for step := int64(1); step <= steps; step++ {
		if e.report(n, rep(step, "value", 1.0, trials.CPUSeconds, each*float64(step))).ShouldPrune {
			out, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Pruned})
			if err != nil {
				e.Fatalf("Tell() = %v", err)
			}
			return out
		}
	}
	return e.tell(n, 1)
}

func (e *env) view() trials.View {
	e.Helper()
	v, err := e.View(e.ctx, "s")
	if err != nil {
		e.Fatalf("View() = %v", err)
	}
	return v
}

// limits writes down the slack of a limit, a star where it is censored.
func (e *env) limits(v trials.View, i int) string {
	e.Helper()
	var out []string
	for row := range v.Len() {
		text := fmt.Sprintf("%.4g", v.Limits[i].At(row))
		if row < len(v.Limits[i].Censored) && v.Limits[i].Censored[row] {
			text += "*"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestAForecastThatStopsATrialIsItsViolation(t *testing.T) {
	for what, study := range map[string]string{"a constraint": byConstraint, "the limit of a rule": byRule} {
		t.Run(what, func(t *testing.T) {
			e := newEnv(t)
			e.study(study)
			stopped := e.spends(2, 20) // is heading for 40
			e.spends(0.25, 20)         // 5 in all
			if stopped.State != trials.Pruned {
				t.Fatalf("trial %s, want it pruned", doc(stopped))
			}
			r := stopped.Constraints[0]
			if !r.Censored || *r.Observed != 40 || *r.Violation != 30 || *stopped.Feasible || *stopped.Violation != 30 {
				t.Errorf("trial %s, want 40, which is 30 too much, censored", doc(stopped))
			}
			check := func(when, slack string, violation float64) {
				t.Helper()
				for range 2 {
					v := e.view()
					if got := e.limits(v, 0); len(v.Limits) != 1 || got != slack || !same(v.Violations[0], violation) || v.Violations[1] != 0 {
						t.Errorf("%s: %d limits, slack %s, violations %v, want %s and %v", when, len(v.Limits), got, v.Violations, slack, violation)
					}
					e.same()
					e.restart()
				}
			}
			check("at first", "30* -5", 30)
			bound := func(b float64) {
				if study == byRule {
					e.patch(fmt.Sprintf(`{"pruner":{"type":"projected_total","metric":"system/cpu_seconds","limit":%v,"min_points":2}}`, b))
				} else {
					e.patch(fmt.Sprintf(`{"constraints":[{"metric":"system/cpu_seconds","op":"<=","bound":%v}],
						"pruner":{"type":"projected_total","metric":"system/cpu_seconds","min_points":2}}`, b))
				}
			}
			bound(30)
			check("with 30", "10* -25", 10)
			bound(50)
			check("with 50", "NaN -45", math.NaN())
			if got := e.trial(0); got.Feasible != nil || got.Constraints[0].Violation != nil || !got.Constraints[0].Censored {
				t.Errorf("with 50: trial %s, want it not known whether it would have been feasible", doc(got))
			}
			bound(10)
			check("again with 10", "30* -5", 30)
		})
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestWhatForecastsSaidSurvivesAnArchive(t *testing.T) {
	e := newEnv(t)
	e.study(byRule)
	e.spends(2, 20)
	e.spends(0.25, 20)
	want := e.limits(e.view(), 0)
	if _, err := e.Import(e.ctx, strings.NewReader(e.export()), "copy"); err != nil {
		t.Fatal(err)
	}
	v, err := e.View(e.ctx, "copy")
	if err != nil {
		t.Fatal(err)
	}
	if got := e.limits(v, 0); got != want {
		t.Errorf("slack %s, want %s", got, want)
	}
}

func TestTheLimitsOfRulesAndWorkersAreImplicit(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},
		"constraints":[{"metric":"latency","op":"<=","bound":1},{"metric":"size","op":"<=","bound":8}],
		"pruner":{"type":"any","pruners":[
			{"type":"limit","metric":"system/rss_bytes","bound":100},
			{"type":"limit","metric":"size","bound":8},
			{"type":"limit","metric":"heat","bound":50,"mode":"shadow"},
			{"type":"all","pruners":[{"type":"limit","metric":"noise","bound":1},{"type":"median"}]}]}}`)
	kept, broke, crossed, failed := e.one(), e.one(), e.one(), e.one()
	e.report(kept, rep(1, "latency", 0.5, "size", 2, "system/rss_bytes", 60, "heat", 99, "noise", 9))
	e.tell(kept, 1)
	if d := e.report(broke, rep(1, "latency", 3, "size", 2, "system/rss_bytes", 120)); !d.ShouldPrune {
		t.Fatalf("decision %s, want the trial stopped", doc(d))
	}
	for n, tell := range map[int64]*trials.Tell{
		broke:   {State: trials.Pruned},
		crossed: {State: trials.Pruned, Crossed: []trials.CrossedLimit{{Metric: "system/gpu_bytes", Bound: 10, Observed: 14}}},
		failed:  {State: trials.Fail},
	} {
		if _, err := e.Tell(e.ctx, "s", n, tell); err != nil {
			t.Fatal(err)
		}
	}
	v := e.view()
	row := map[int64]int{}
	for i, n := range v.Numbers {
		row[n] = i
	}
	for i, want := range []struct {
		metric   string
		implicit bool
		slack    [4]float64 // of kept, broke, crossed, failed
	}{
		{"latency", false, [4]float64{-0.5, 2, math.NaN(), math.NaN()}},
		{"size", false, [4]float64{-6, -6, math.NaN(), math.NaN()}},
		{"system/rss_bytes", true, [4]float64{-40, 20, math.NaN(), math.NaN()}},
		{"system/gpu_bytes", true, [4]float64{math.NaN(), math.NaN(), 4, math.NaN()}},
	} {
		if i >= len(v.Limits) || v.Limits[i].Metric != want.metric || v.Limits[i].Implicit != want.implicit {
			t.Fatalf("limits %+v, want %q at %d", v.Limits, want.metric, i)
		}
		for k, n := range []int64{kept, broke, crossed, failed} {
			if got := v.Limits[i].At(row[n]); !same(got, want.slack[k]) {
				t.Errorf("the slack of %s in trial %d is %v, want %v", want.metric, n, got, want.slack[k])
			}
		}
	}
	if len(v.Limits) != 4 {
		t.Errorf("%d limits, want 4: none of a shadow rule, and none of a rule that prunes only with another", len(v.Limits))
	}
	for n, want := range map[int64]float64{kept: 0, broke: 22, crossed: 4, failed: math.NaN()} {
		if got := v.Violations[row[n]]; !same(got, want) {
			t.Errorf("trial %d violates by %v, want %v", n, got, want)
		}
	}
	e.same()
}

func TestATotalThatWasCutShortIsNotKept(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"pruner":{"type":"nop"},
		"constraints":[{"metric":"system/cpu_seconds","op":"<=","bound":10}]}`)
	for i, cpu := range []float64{3, 3, 12} {
		n := e.one()
		e.report(n, rep(1, "value", 1, trials.CPUSeconds, cpu))
		state := trials.Pruned
		if i == 0 {
			state = trials.Complete
		}
		if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: state}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := e.limits(e.view(), 0), "-7 NaN 2*"; got != want {
		t.Errorf("slack %s, want %s: what a pruned trial would have come to is not known", got, want)
	}
	e.same()
}

// What a view holds stays as it is while the study goes on.
func TestAViewKeepsItsLimits(t *testing.T) {
	e := newEnv(t)
	e.study(byConstraint)
	e.spends(0.25, 20)
	e.spends(2, 20)
	early := e.view()
	was := e.limits(early, 0)
	for range 40 {
		e.spends(0.25, 20)
	}
	if got := e.limits(early, 0); got != was || early.Len() != 2 {
		t.Errorf("an early view reads %s now, and read %s", got, was)
	}
	if later := e.limits(e.view(), 0); !strings.HasPrefix(later, was) {
		t.Errorf("a later view reads %s, want it to begin with %s", later, was)
	}
}

func TestARuleThatKeepsTheBoundOfAnOldConstraintIsDoubtful(t *testing.T) {
	e := newEnv(t)
	e.study(byConstraint)
	got := e.patch(`{"constraints":[{"metric":"system/cpu_seconds","op":"<=","bound":30}]}`)
	if len(got.Warnings) != 1 || got.Warnings[0].Pointer != "/pruner/limit" || got.Warnings[0].Code != "bound_of_old_constraint" {
		t.Errorf("warnings %s, want one of the rule's limit", doc(got.Warnings))
	}
	if got := e.patch(`{"max_steps":30}`); len(got.Warnings) != 0 {
		t.Errorf("warnings %s, want none: nothing changed", doc(got.Warnings))
	}
}
