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

// costly is a study whose trials cost, in seconds of CPU, exp(x), or with layers
// of kind b ten times as much.
func costly() *trials.StudySpec {
	spec := study()
	spec.MaxSteps = 10
	spec.SearchSpace = trials.SearchSpace{
		"x":    {Type: trials.FloatKind, High: 5},
		"kind": {Type: trials.CategoricalKind, Choices: []any{"a", "b"}},
		"more": {Type: trials.FloatKind, Low: 1, High: 2, When: map[string][]any{"kind": {"b"}}},
	}
	return spec
}

func cost(x, kind float64) float64 { return math.Exp(x) * math.Pow(10, kind) }

// learn adds trials that ended, of which each cost what it should, times off.
func (s *scene) learn(n int, state trials.State, off func(i int) float64) {
	for i := range n {
		k := s.next
		values := map[string]float64{"x": 5 * math.Mod(float64(k)*0.618, 1), "kind": float64(k % 2)}
		if k%2 == 1 {
			values["more"] = 1 + math.Mod(float64(k)*0.37, 1)
		}
		l := s.h.Start(s.next, values, noon)
		s.next++
		last := int64(10)
		if state != trials.Complete {
			last = 4
		}
		c := cost(values["x"], values["kind"]) * off(i)
		for step := range last {
			s.h.Report(l, trials.Report{Step: step + 1, Seq: trials.Absent, Elapsed: math.NaN(), Metrics: []trials.Metric{
				{Name: cpuSeconds, Value: c * float64(step+1) / 10}, {Name: "loss", Value: 1},
			}}, noon)
		}
		var end []float64
		if state == trials.Complete {
			end = []float64{1}
		}
		s.h.End(l, state, end, noon)
	}
}

func exactly(int) float64 { return 1 }

// screen asks for params.
func (s *scene) screen(x, kind float64) *trials.Refusal {
	s.t.Helper()
	space, err := s.study.SearchSpace.Compile("")
	if err != nil {
		s.t.Fatal(err)
	}
	view := s.h.View()
	return s.p.Screen(&trials.Screening{Study: s.study, View: &view, Space: space, Values: map[string]float64{"x": x, "kind": kind}})
}

const costNode = `{"type":"constraint_probability","metric":"system/cpu_seconds","limit":100}`

func TestConstraintProbabilityRefusesParams(t *testing.T) {
	s := newScene(t, costly(), costNode)
	if no := s.screen(5, 1); no != nil {
		t.Errorf("refuses (%v) with no trial", no)
	}
	s.learn(19, trials.Complete, exactly)
	if no := s.screen(5, 1); no != nil {
		t.Errorf("refuses (%v) with 19 trials", no)
	}
	s.learn(21, trials.Complete, exactly)
	tests := []struct {
		x, kind float64
		want    bool
	}{{1, 0, false}, {4.5, 0, false}, {4.75, 0, true}, {2.2, 1, false}, {2.5, 1, true}, {5, 1, true}, {0, 1, false}}
	for _, tt := range tests {
		no := s.screen(tt.x, tt.kind)
		if no == nil || no.Refuse != tt.want || (no.Why != nil) != tt.want || tt.want != (no.Probability > 0.95) {
			t.Errorf("x %v of kind %v, which costs %.3g: %+v, want %v", tt.x, tt.kind, cost(tt.x, tt.kind), no, tt.want)
		}
	}
	why := s.screen(4.75, 0).Why
	if !strings.HasPrefix(why.Sentence, "By 40 trials that ended, CPU time will be about 11") || !strings.HasSuffix(why.Sentence, " s and is above the limit of 100 s with a probability of 100 %.") ||
		why.Verdict != trials.Fire || why.Unit != "s" || why.Type != "constraint_probability" || !strings.HasPrefix(why.Counterfactual, "Would have been tried with a limit of 11") {
		t.Errorf("%+v", why)
	}
	if got := s.judge(); got != "unknown" {
		t.Errorf("of a trial that runs it says %s", got)
	}
}

func TestConstraintProbabilityAllowsForNoise(t *testing.T) {
	noisy := func(i int) float64 { return math.Exp(0.5 * math.Sin(float64(i*i))) }
	s := newScene(t, costly(), costNode)
	s.learn(60, trials.Complete, noisy)
	limit := math.Log(100)
	just, far := s.screen(limit+0.1, 0), s.screen(limit+1, 0)
	if just.Refuse || just.Probability < 0.4 || just.Probability > 0.8 {
		t.Errorf("just beyond: %+v, want even odds", just)
	}
	if !far.Refuse {
		t.Errorf("far beyond: %+v, want a refusal", far)
	}
}

func TestConstraintProbabilityLearnsFromWhatWasStopped(t *testing.T) {
	s := newScene(t, costly(), costNode)
	s.learn(30, trials.Pruned, exactly)
	if no := s.screen(5, 1); no != nil {
		t.Errorf("%+v without a COMPLETE trial", no)
	}
	s.learn(10, trials.Complete, exactly)
	if no := s.screen(5, 1); no == nil || !no.Refuse || no.Why.Observed["trials"] != 20 {
		t.Errorf("%+v, want a refusal by 20 trials, of which 10 were stopped", no)
	}
	if no := s.screen(4.3, 0); no == nil || no.Refuse {
		t.Errorf("%+v, want no refusal of what costs 74 s", no)
	}
}

func TestConstraintProbabilityPassesOverWhatHasNoLogarithm(t *testing.T) {
	s := newScene(t, costly(), costNode)
	odd := []float64{0, -1, nan, inf}
	s.learn(40, trials.Complete, func(i int) float64 { return odd[i%len(odd)] })
	if no := s.screen(5, 1); no != nil {
		t.Errorf("%+v by totals that are none", no)
	}
	s.learn(20, trials.Complete, func(int) float64 { return 1e9 })
	if no := s.screen(0, 0); no == nil || !no.Refuse {
		t.Errorf("%+v, want a refusal of what costs 1e9 s", no)
	}
}

// The same trials of one kind only, and one param: nothing varies.
func TestConstraintProbabilityOfConstantCosts(t *testing.T) {
	for limit, want := range map[string]bool{"99": true, "101": false} {
		s := newScene(t, study(), `{"type":"constraint_probability","metric":"system/cpu_seconds","limit":`+limit+`}`)
		for range 25 {
			s.peer(trials.Complete, cpuSeconds, point{1, 100})
		}
		view := s.h.View()
		space, _ := s.study.SearchSpace.Compile("")
		no := s.p.Screen(&trials.Screening{Study: s.study, View: &view, Space: space})
		if no == nil || (no.Probability > 0.5) != want || no.Refuse {
			t.Errorf("limit %s: %+v", limit, no) // 1 % is no more than measurements differ by
		}
	}
}

const stepNode = `{"type":"constraint_probability","metric":"system/cpu_seconds","limit":100,"at":"step"}`

func TestConstraintProbabilityAtSteps(t *testing.T) {
	noisy := func(i int) float64 { return math.Exp(0.3 * math.Sin(float64(i*i))) }
	run := func(x float64, values ...float64) *scene {
		s := newScene(t, costly(), stepNode)
		s.learn(60, trials.Complete, noisy)
		s.trial = s.h.Start(s.next, map[string]float64{"x": x, "kind": 0}, noon)
		for i, v := range values {
			s.report(s.trial, int64(i+1), cpuSeconds, v)
		}
		return s
	}
	limit := math.Log(100)
	tests := map[string]struct {
		x      float64
		values []float64
		want   string
	}{
		"params alone, cheap":                      {limit - 1, nil, "pass"},
		"params alone, just beyond":                {limit + 0.2, nil, "pass"},
		"params alone, far beyond":                 {limit + 2, nil, "fire"},
		"just beyond by the params, and by steps":  {limit + 0.2, []float64{12, 24, 36}, "fire"},
		"just beyond by the params, but it is not": {limit + 0.2, []float64{8, 16, 24}, "pass"},
		"beyond by the params, but it is not":      {limit + 0.7, []float64{6, 12, 18}, "pass"},
		"cheap by the params, but it is not":       {limit - 1, []float64{20, 40, 60}, "fire"},
		"two steps are no projection":              {limit - 1, []float64{20, 40}, "pass"},
		"a counter that was reset":                 {limit - 1, []float64{90, 1, 2}, "pass"},
		"NaN":                                      {limit - 1, []float64{nan, nan, nan, nan}, "pass"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := run(tt.x, tt.values...)
			if got := s.judge(); got != tt.want {
				e, _ := s.p.Explain(s.at())
				t.Errorf("%s, want %s (%s)", got, tt.want, e.Sentence)
			}
			if no := s.screen(5, 1); no != nil {
				t.Errorf("refuses params: %+v", no)
			}
		})
	}
	s := newScene(t, costly(), stepNode)
	if e, _ := s.p.Explain(s.at()); e.Verdict != trials.Unknown || e.Sentence != "Needs 20 trials that ended with CPU time." {
		t.Errorf("%v: %s", e.Verdict, e.Sentence)
	}
}

// A model is a function of the history: another one, built anew, says the same,
// and it changes after every fifth trial only.
func TestConstraintProbabilityIsAFunctionOfTheHistory(t *testing.T) {
	wild := func(i int) float64 { return math.Exp(math.Sin(float64(i * i))) }
	grown, once := newScene(t, costly(), costNode), newScene(t, costly(), costNode)
	var last float64
	for n := range 50 {
		grown.learn(1, trials.Complete, func(int) float64 { return wild(n) })
		once.learn(1, trials.Complete, func(int) float64 { return wild(n) })
		no := grown.screen(3, 1)
		if n < 19 {
			continue
		}
		if n%5 != 4 && no.Probability != last {
			t.Errorf("after %d trials %v, before the last one %v", n+1, no.Probability, last)
		}
		last = no.Probability
	}
	if got := once.screen(3, 1).Probability; got != last {
		t.Errorf("asked once %v, asked often %v", got, last)
	}
}

func TestConstraintProbabilityIsResolved(t *testing.T) {
	spec := costly()
	spec.Constraints = []trials.Constraint{{Metric: cpuSeconds, Op: "<=", Bound: 70, Aggregate: trials.Max}, {Metric: "ms", Op: "<=", Bound: 7, Aggregate: trials.P95}, {Metric: "gain", Op: "<=", Bound: 0}}
	spec.Budget = &trials.Budget{MaxTrials: 10}
	tests := map[string]string{
		`{"type":"constraint_probability","metric":"system/cpu_seconds"}`:              `"limit":70,"p":0.95,"train_min":20,"at":"ask"`,
		`{"type":"constraint_probability","metric":"system/cost"}`:                     "/limit: is needed by constraint_probability",
		`{"type":"constraint_probability","metric":"system/cpu_seconds","limit":0}`:    "/limit: must be a number above 0",
		`{"type":"constraint_probability","metric":"gain"}`:                            "/limit: must be above 0: the rule predicts a logarithm",
		`{"type":"constraint_probability","metric":"system/cpu_seconds","model":"gp"}`: "/model: is not an option of constraint_probability",
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
	want := "/metric: totals are its last, but the constraint is on its p95: declare its aggregate\n" +
		"/train_min: so many never end before the last one is judged: the budget is 10 trials\n"
	if got := warnings(t, spec, `{"type":"constraint_probability","metric":"ms"}`); got != want {
		t.Errorf("warns of %q, want %q", got, want)
	}
}

func learned(t testing.TB, node string, n int) *scene {
	s := newScene(t, costly(), node)
	s.learn(n, trials.Complete, exactly)
	s.trial = s.h.Start(s.next, map[string]float64{"x": 1, "kind": 0}, noon)
	s.next++
	for step := range int64(5) {
		s.report(s.trial, step+1, cpuSeconds, float64(step+1))
	}
	return s
}

// A new model is fitted after every fifth trial that ended; in between nothing
// is allocated.
func TestConstraintProbabilityAllocatesNothing(t *testing.T) {
	for _, node := range []string{costNode, stepNode} {
		s := learned(t, node, 40)
		c := s.at()
		s.p.Judge(c)
		if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

func BenchmarkConstraintProbability(b *testing.B) {
	for _, n := range []int{40, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := learned(b, stepNode, n)
			c := s.at()
			for b.Loop() {
				s.p.Judge(c)
			}
		})
		b.Run(fmt.Sprint("fit-", n), func(b *testing.B) {
			s := learned(b, costNode, n)
			view := s.h.View()
			space, _ := s.study.SearchSpace.Compile("")
			q := &trials.Screening{Study: s.study, View: &view, Space: space, Values: map[string]float64{"x": 1, "kind": 0}}
			for b.Loop() {
				view.Generation++
				s.p.Screen(q)
			}
		})
	}
}
