package pruner_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/trials"
)

const cpuSeconds = "system/cpu_seconds"

// totals makes the curve of a running total from what each step adds.
func totals(from int64, adds ...float64) []point {
	var out []point
	sum := 0.0
	for i, v := range adds {
		sum += v
		out = append(out, point{from + int64(i), sum})
	}
	return out
}

// flat returns n equal values.
func flat(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestProjectedTotal(t *testing.T) {
	const node = `{"type":"projected_total","metric":"system/cpu_seconds","limit":100}`
	tests := map[string]struct {
		node  string
		end   int64
		curve []point
		want  string
	}{
		"heading for twice the limit":              {node, 20, totals(1, 10, 10, 10), "fire"},
		"heading for the limit":                    {node, 10, totals(1, 10, 10, 10), "pass"},
		"beyond it by less than the slack":         {node, 20, totals(1, flat(3, 5.09)...), "pass"},
		"beyond it by more than the slack":         {node, 20, totals(1, flat(3, 5.11)...), "fire"},
		"too noisy to be sure":                     {node, 20, totals(1, 2, 10, 6), "pass"},
		"two increments":                           {node, 20, totals(1, 10, 10), "unknown"},
		"nothing reported":                         {node, 20, nil, "unknown"},
		"the last step unknown":                    {node, 0, totals(1, 10, 10, 10), "unknown"},
		"steps begin at 0":                         {node, 10, totals(0, 10.1, 10.1, 10.1), "pass"},
		"a slow start is dropped":                  {node, 20, totals(1, 60, 1, 1, 1), "pass"},
		"and then there are too few":               {node, 20, totals(1, 60, 10, 10), "unknown"},
		"a start half as slow again is not":        {node, 20, totals(1, 15, 10, 10), "fire"},
		"a gap counts as one increment":            {node, 20, []point{{1, 10}, {4, 40}}, "unknown"},
		"over a gap each step adds the same":       {node, 20, []point{{1, 10}, {4, 40}, {6, 60}}, "fire"},
		"gaps within the limit":                    {node, 20, []point{{1, 4}, {4, 16}, {6, 24}}, "pass"},
		"the metric appears late":                  {node, 20, []point{{8, 80}, {9, 90}, {10, 100}}, "fire"},
		"out of order":                             {node, 20, []point{{3, 30}, {1, 10}, {2, 20}}, "fire"},
		"a step again":                             {node, 20, []point{{1, 10}, {1, 99}, {2, 20}, {3, 30}}, "fire"},
		"NaN is a gap":                             {node, 20, []point{{1, 4}, {2, nan}, {3, 12}, {4, 16}}, "pass"},
		"NaN at the end":                           {node, 20, []point{{1, 10}, {2, 20}, {3, 30}, {4, nan}}, "fire"},
		"only NaN":                                 {node, 20, []point{{1, nan}, {2, nan}, {3, nan}}, "unknown"},
		"infinity is a gap":                        {node, 20, []point{{1, 4}, {2, 8}, {3, 12}, {4, inf}}, "pass"},
		"the counter was reset":                    {node, 20, []point{{1, 30}, {2, 60}, {3, 10}, {4, 40}}, "unknown"},
		"below 0":                                  {node, 20, []point{{1, -30}, {2, 60}, {3, 110}, {4, 440}}, "unknown"},
		"nothing is spent":                         {node, 20, totals(1, 0, 0, 0, 0), "pass"},
		"the last step, within":                    {node, 3, totals(1, 33, 33, 33), "pass"},
		"the last step, beyond":                    {node, 3, totals(1, 40, 40, 40), "fire"},
		"after the last step":                      {node, 3, totals(1, 40, 40, 40, 40), "fire"},
		"units off by a billion":                   {node, 20, totals(1, 1e10, 1e10, 1e10), "fire"},
		"units off by a billion, downwards":        {node, 20, totals(1, 1e-8, 1e-8, 1e-8), "pass"},
		"beyond every number":                      {node, 1 << 40, totals(1, 1e300, 1e300, 1e300), "fire"},
		"cheaper since long":                       {node, 500, totals(1, append(flat(5, 10), flat(64, 0.01)...)...), "pass"},
		"growing, by the mean":                     {`{"type":"projected_total","metric":"system/cpu_seconds","limit":100}`, 20, totals(1, 1, 1.5, 2, 2.5, 3, 3.5), "pass"},
		"growing, along a line":                    {`{"type":"projected_total","metric":"system/cpu_seconds","limit":100,"growth":"linear"}`, 20, totals(1, 1, 1.5, 2, 2.5, 3, 3.5), "fire"},
		"a line needs six":                         {`{"type":"projected_total","metric":"system/cpu_seconds","limit":100,"growth":"linear"}`, 20, totals(1, 1, 2, 3, 4, 5), "unknown"},
		"falling along a line gives nothing back":  {`{"type":"projected_total","metric":"system/cpu_seconds","limit":100,"growth":"linear"}`, 40, totals(1, 32, 28, 24, 20, 16, 12, 8), "fire"},
		"falling, and the line ends below a limit": {`{"type":"projected_total","metric":"system/cpu_seconds","limit":150,"growth":"linear"}`, 40, totals(1, 32, 28, 24, 20, 16, 12, 8), "pass"},
		"more points asked for":                    {`{"type":"projected_total","metric":"system/cpu_seconds","limit":100,"min_points":5}`, 20, totals(1, 10, 10, 10, 10), "unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.end
			s := newScene(t, spec, tt.node)
			for _, p := range tt.curve {
				s.report(s.trial, p.step, cpuSeconds, p.value)
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("after %v: %s, want %s", tt.curve, got, tt.want)
			}
		})
	}
}

// The increments are 5.95 and 6.75 by turns but for what makes their standard
// deviation 0.4: mean 6.35, of which 6 make 38.1.
var section8 = func() []point {
	d := 0.4 * math.Sqrt(5.0/6)
	return totals(1, 6.35-d, 6.35+d, 6.35-d, 6.35+d, 6.35-d, 6.35+d)
}()

func TestProjectedTotalExplains(t *testing.T) {
	tests := map[string]struct {
		limit         any
		end           int64
		curve         []point
		sentence      string
		instead       string
		margin, total float64
	}{
		"section 8 of the reference": {
			120, 27, section8,
			"CPU time is heading for 171 s (95 % sure above 165 s); the limit is 120 s.",
			"Would have continued with a limit of 165.1 s or more, or if each of the 21 steps left took 3.9 s or less.",
			45.1, 171.5,
		},
		"surer": {
			`120,"z":3`, 27, section8,
			"CPU time is heading for 171 s (99.9 % sure above 160 s); the limit is 120 s.",
			"Would have continued with a limit of 159.8 s or more, or if each of the 21 steps left took 3.9 s or less.",
			39.8, 171.5,
		},
		"within": {
			200, 27, section8, "CPU time is heading for 171 s (95 % sure above 165 s); the limit is 200 s.", "", -34.9, 171.5,
		},
		"near the limit": {
			164.9, 27, totals(1, flat(6, 6.35)...), "CPU time is heading for 171 s (95 % sure above 171 s); the limit is 164.9 s.",
			"Would have continued with a limit of 168.1 s or more, or if each of the 21 steps left took 6.038 s or less.", 6.6, 171.5,
		},
		"spent already": {
			30, 27, section8, "CPU time is heading for 171 s (95 % sure above 165 s); the limit is 30 s.",
			"Would have continued with a limit of 165.1 s or more.", 135.1, 171.5,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.end
			s := newScene(t, spec, fmt.Sprintf(`{"type":"projected_total","metric":"system/cpu_seconds","limit":%v}`, tt.limit))
			for _, p := range tt.curve {
				s.report(s.trial, p.step, cpuSeconds, p.value)
			}
			e, _ := s.p.Explain(s.at())
			if e.Sentence != tt.sentence || e.Counterfactual != tt.instead {
				t.Errorf("%q\n%q\nwant\n%q\n%q", e.Sentence, e.Counterfactual, tt.sentence, tt.instead)
			}
			near := func(what string, got *trials.Float, want float64) {
				if got == nil || math.Abs(float64(*got)-want) > 0.051 {
					t.Errorf("%s is %v, want %v", what, got, want)
				}
			}
			near("the margin", e.Margin, tt.margin)
			total, used, mean := e.Predicted["total"], e.Observed["used"], e.Observed["mean_step"]
			near("the total", &total, tt.total)
			near("what is used", &used, 38.1)
			near("a step", &mean, 6.35)
			if e.Observed["n"] != 6 || e.Unit != "s" || (e.Probability == nil) != (tt.instead == "") {
				t.Errorf("observed %v, unit %q, probability %v", e.Observed, e.Unit, e.Probability)
			}
			if e.Probability != nil && *e.Probability < 0.95 {
				t.Errorf("probability %v of a fire", *e.Probability)
			}
		})
	}
}

func TestProjectedTotalSaysWhyItIsUnknown(t *testing.T) {
	tests := map[string]struct {
		end   int64
		curve []point
		want  string
	}{
		"nothing":  {9, nil, "CPU time was not reported at a step yet."},
		"reset":    {9, totals(1, 5, 5, -9, 5), "CPU time fell at step 3: it is not a running total."},
		"too few":  {9, totals(1, 5, 5), "Needs 3 steps with CPU time, has 2."},
		"no end":   {0, totals(1, 5, 5, 5), "The last step of the trial is not known yet."},
		"all gaps": {9, []point{{1, nan}}, "CPU time was not reported at a step yet."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.end
			s := newScene(t, spec, `{"type":"projected_total","metric":"system/cpu_seconds","limit":100}`)
			for _, p := range tt.curve {
				s.report(s.trial, p.step, cpuSeconds, p.value)
			}
			if e, _ := s.p.Explain(s.at()); e.Sentence != tt.want || e.Verdict != trials.Unknown {
				t.Errorf("%v: %s, want %s", e.Verdict, e.Sentence, tt.want)
			}
		})
	}
}

func TestProjectedTotalAddsUpIncrements(t *testing.T) {
	spec := study()
	spec.MaxSteps = 10
	spec.Constraints = []trials.Constraint{{Metric: "joules", Op: "<=", Bound: 50, Aggregate: trials.Sum}}
	s := newScene(t, spec, `{"type":"projected_total","metric":"joules","confirm":2}`)
	for step, want := range []string{"unknown", "unknown", "pass", "fire", "fire"} { // it fires at 2, unconfirmed
		s.report(s.trial, int64(step), "joules", 7)
		if got := s.judge(); got != want {
			t.Errorf("at step %d: %s, want %s", step, got, want)
		}
	}
	e, _ := s.p.Explain(s.at())
	if e.Observed["used"] != 35 || e.Predicted["total"] != 70 || *e.Limit != 50 {
		t.Errorf("observed %v, predicted %v, limit %v", e.Observed, e.Predicted, *e.Limit)
	}
	c := s.at()
	c.Back = 2
	if e, _ := s.p.Explain(c); e.Observed["used"] != 21 || e.Predicted["total"] != 70 {
		t.Errorf("two reports back: observed %v, predicted %v", e.Observed, e.Predicted)
	}
}

// The wall time of every report is fed by the clock.
func TestProjectedTotalOfTheWallTime(t *testing.T) {
	spec := study()
	spec.MaxSteps = 10
	s := newScene(t, spec, `{"type":"projected_total","metric":"system/wall_seconds","limit":60}`)
	for step := range int64(4) {
		s.last = s.h.Report(s.trial, trials.Report{
			Step: step + 1, Seq: trials.Absent, Elapsed: 10 * float64(step+1), Metrics: []trials.Metric{{Name: "loss", Value: 1}},
		}, noon)
	}
	if got := s.judge(); got != "fire" {
		t.Errorf("10 s a step for 10 steps, 60 s allowed: %s", got)
	}
}

func TestBoundsAreTakenFromConstraints(t *testing.T) {
	spec := study()
	spec.Constraints = []trials.Constraint{
		{Metric: cpuSeconds, Op: "<=", Bound: 90, Aggregate: trials.Max},
		{Metric: cpuSeconds, Op: "<=", Bound: 70, Aggregate: trials.Max},
		{Metric: "free_gb", Op: ">=", Bound: 2, Aggregate: trials.Min},
	}
	tests := map[string]string{
		`{"type":"projected_total","metric":"system/cpu_seconds"}`:             `"limit":70,`,
		`{"type":"projected_total","metric":"system/cpu_seconds","limit":100}`: `"limit":100,`,
		`{"type":"projected_total","metric":"free_gb"}`:                        "/limit: is needed by projected_total",
		`{"type":"limit","metric":"free_gb"}`:                                  `"op":">=","bound":2,"aggregate":"min"`,
		`{"type":"limit","metric":"free_gb","op":"<="}`:                        "/bound: is needed by limit",
		`{"type":"limit","metric":"free_gb","op":">=","aggregate":"last"}`:     `"op":">=","bound":2,"aggregate":"last"`,
		`{"type":"limit","metric":"system/cpu_seconds","bound":5}`:             `"op":"<=","bound":5,"aggregate":"max"`,
	}
	for node, want := range tests {
		_, resolved, _, err := pruner.Table{}.New(spec, json.RawMessage(node))
		got := string(resolved)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s becomes %s, want %s", node, got, want)
		}
	}
}

// warnings returns the pointers of what a node warns of, with the details.
func warnings(t *testing.T, spec *trials.StudySpec, node string) string {
	t.Helper()
	_, _, found, err := pruner.Table{}.New(spec, json.RawMessage(node))
	if err != nil {
		t.Fatalf("New(%s): %v", node, err)
	}
	out := ""
	for _, w := range found {
		out += w.Pointer + ": " + w.Detail + "\n"
	}
	return out
}

func TestProjectedTotalWarns(t *testing.T) {
	tests := map[string]struct {
		node string
		end  int64
		want string
	}{
		"nothing doubtful":  {`{"type":"projected_total","metric":"system/cpu_seconds","limit":9}`, 9, ""},
		"a metric misspelt": {`{"type":"projected_total","metric":"cpu_secnods","limit":9}`, 9, "/metric: is not declared and no objective or constraint names it: check its spelling\n"},
		"a limit of 0":      {`{"type":"projected_total","metric":"system/cpu_seconds","limit":0}`, 9, "/limit: is not above 0: every trial is beyond it\n"},
		"too many points":   {`{"type":"projected_total","metric":"system/cpu_seconds","limit":9}`, 3, "/min_points: so many are there at the last step only: a trial has 3 steps\n"},
		"the end unknown":   {`{"type":"projected_total","metric":"system/cpu_seconds","limit":9}`, 0, ": is unknown until five COMPLETE trials agree on the last step of a trial: say max_steps\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.end
			if got := warnings(t, spec, tt.node); got != tt.want {
				t.Errorf("warns of %q, want %q", got, tt.want)
			}
		})
	}
}

// long returns a trial with so many steps, of which each adds 1.
func long(t testing.TB, node string, steps int64) *scene {
	spec := study()
	spec.MaxSteps = 2 * steps
	s := newScene(t, spec, node)
	for step := range steps {
		s.report(s.trial, step+1, cpuSeconds, float64(step+1)+float64(step%7)/10)
	}
	return s
}

func TestProjectedTotalAllocatesNothing(t *testing.T) {
	for _, growth := range []string{"const", "linear"} {
		s := long(t, fmt.Sprintf(`{"type":"projected_total","metric":"system/cpu_seconds","limit":1e9,"growth":%q}`, growth), 200)
		c := s.at()
		if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
			t.Errorf("%s: %v allocations", growth, n)
		}
	}
}

func BenchmarkProjectedTotal(b *testing.B) {
	for _, steps := range []int64{20, 1000, 1000000} {
		b.Run(fmt.Sprint(steps), func(b *testing.B) {
			s := long(b, `{"type":"projected_total","metric":"system/cpu_seconds","limit":1e9}`, steps)
			c := s.at()
			for b.Loop() {
				s.p.Judge(c)
			}
		})
	}
}
