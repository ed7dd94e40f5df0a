package pruner_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/trials"
)

// bytesOf gives the bytes of a fuzz input one by one, and zeros after its end.
type bytesOf []byte

func (b *bytesOf) next() byte {
	if len(*b) == 0 {
		return 0
	}
	v := (*b)[0]
	*b = (*b)[1:]
	return v
}

var strange = []float64{
	nan, inf, -inf, 0, math.Copysign(0, -1), 1e300, -1e300, math.MaxFloat64, -math.MaxFloat64,
	math.SmallestNonzeroFloat64, 1e-300, -1e-300, 1e16, 1 + 0x1p-52, 1, -1,
}

// value is a number of a sixteenth, or one time in eight a strange one.
func (b *bytesOf) value() float64 {
	v := b.next()
	if v < 32 {
		return strange[v%16]
	}
	return float64(int(v)-96) / 16
}

// step follows a step, mostly the next one.
func (b *bytesOf) step(last int64) int64 {
	switch v := b.next(); {
	case v < 160:
		return last + 1
	case v < 190:
		return last + int64(v-158)
	case v < 205:
		return max(0, last-int64(v-190))
	case v < 240:
		return trials.Absent
	case v < 245:
		return last + 1_000_000
	case v < 247:
		return last + 1<<40
	default:
		return last
	}
}

// nodes are the examples of the catalogue, and rules that speak sooner than those.
func nodes() []string {
	out := []string{
		`{"type":"non_finite","tolerate":1}`,
		`{"type":"threshold","lower":-2,"upper":3,"consecutive":3}`,
		`{"type":"threshold","upper":3,"at_step":4}`,
		`{"type":"curve_fit","min_points":3,"min_trials":0,"interval_steps":1}`,
		`{"type":"curve_fit","min_points":3,"min_trials":0,"exponents":[0.5],"k":2,"z":0,"direction":"maximize"}`,
		`{"type":"prechelt","rule":"gl","train_metric":"train"` + atOnce + `}`,
		`{"type":"prechelt","rule":"up","strip":1,"successive":1,"direction":"maximize"` + atOnce + `}`,
		`{"type":"prechelt","rule":"pq","strip":2,"floor":0,"train_metric":"train"` + atOnce + `}`,
		`{"type":"convex_bound","span":1,"min_points":3` + atOnce + `}`,
		`{"type":"plateau","num_results":2,"metric_threshold":1` + atOnce + `}`,
		`{"type":"marginal_utility","cost_weight":0.1,"cost_metric":"cost","window":1` + atOnce + `}`,
		`{"type":"marginal_utility","cost_weight":0.1,"window":2,"direction":"maximize"` + atOnce + `}`,
		`{"type":"peer_regression","train_min":10,"refit_every":1,"delta":0.5` + atOnce + `}`,
		`{"type":"peer_regression","train_min":10,"lags":0,"offset":0,"direction":"maximize"` + atOnce + `}`,
	}
	for _, e := range (pruner.Table{}).Catalogue() {
		out = append(out, string(e.Example))
	}
	return out
}

// with adds members to a node.
func with(t testing.TB, node, members string) string {
	t.Helper()
	if strings.HasPrefix(node, `{"type":"nop"`) {
		return node
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(node), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte("{"+members+"}"), &all); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// modes are what is said of a rule beside its own options.
var modes = []string{``, `"confirm":2,"cooldown_steps":1`, `"mode":"shadow","interval_steps":3,"warmup_steps":2`}

// FuzzRules lets every rule judge random histories: values, steps and metrics of
// every kind, in any order.
func FuzzRules(f *testing.F) {
	every := nodes()
	ramp := make([]byte, 1500)
	for i := range ramp {
		ramp[i] = byte(i * 37)
	}
	full := []byte{20}
	for range 14 { // trials of six reports, one after another
		full = append(full, 0)
		for v := byte(0); v < 6; v++ {
			full = append(full, 8, 100, 120-5*v, 110, 40+v)
		}
		full = append(full, 255)
	}
	for rule := range every {
		for mode := range modes {
			for i, data := range [][]byte{{}, {0, 12, 1, 100, 2, 100, 90, 1, 100, 80, 3, 3, 1, 0, 0}, ramp, full} {
				f.Add(uint8(rule), uint8(mode), data, i%2 == 1)
			}
		}
	}
	f.Fuzz(func(t *testing.T, rule, mode uint8, data []byte, maximize bool) {
		if len(data) <= 2000 {
			fuzzed(t, with(t, every[int(rule)%len(every)], modes[int(mode)%len(modes)]), data, maximize)
		}
	})
}

// fuzzed plays a history before one rule.
func fuzzed(t *testing.T, node string, data []byte, maximize bool) {
	in := bytesOf(data)
	spec := study()
	if maximize {
		spec.Objectives[0].Direction = trials.Maximize
	}
	spec.MaxSteps = int64(in.next() % 32)
	spec.SearchSpace = trials.SearchSpace{
		"lr": {Type: trials.FloatKind, Low: 1e-4, High: 1, Log: true},
		"c":  {Type: trials.CategoricalKind, Choices: []any{"a", "b"}},
	}
	s := newScene(t, spec, node)
	metrics := []string{"loss", "train", "cost"}
	for _, need := range s.p.Needs() {
		metrics = append(metrics, need.Metric)
	}
	live := []*trials.Live{s.trial}
	last := map[*trials.Live]int64{}
	now := noon
	for len(in) > 0 {
		l := live[0]
		switch v := in.next(); {
		case v < 8 && len(live) < 4:
			live = append([]*trials.Live{s.h.Start(s.next, map[string]float64{"lr": 0.5 / float64(1+v), "c": float64(v % 2)}, now)}, live...)
			s.next++
		case v < 200: // two metrics, or one
			step := in.step(last[l])
			r := trials.Report{Step: step, Seq: trials.Absent, Elapsed: math.NaN(), Metrics: []trials.Metric{{Name: "loss", Value: in.value()}}}
			if name := metrics[int(in.next())%len(metrics)]; name != "loss" {
				r.Metrics = append(r.Metrics, trials.Metric{Name: name, Value: in.value()})
			}
			now = now.Add(time.Second)
			s.trial, s.last = l, s.h.Report(l, r, now)
			last[l] = max(last[l], step)
			holds(t, s, node, now)
		case v < 230: // the next trial has its turn
			live = append(live[1:], l)
		case len(live) > 1:
			state, values := trials.Pruned, []float64(nil)
			if v > 235 {
				state, values = trials.Complete, []float64{1}
			}
			s.h.End(l, state, values, now)
			live = live[1:]
		}
	}
	for _, l := range live {
		s.trial, s.last = l, nil
		holds(t, s, node, now.Add(time.Hour))
	}
}

// holds is what is so of every verdict: it is said twice, Explain agrees, and a
// fire has a sentence and says what would have turned it.
func holds(t *testing.T, s *scene, node string, now time.Time) {
	t.Helper()
	c := s.at()
	c.Now = now
	verdict, shadow := s.p.Judge(c)
	if again, s := s.p.Judge(c); again != verdict || s != shadow {
		t.Fatalf("%s: %v, and again %v", node, verdict, again)
	}
	if c.Back != 0 || c.Without != 0 {
		t.Fatalf("%s: the case was changed: %+v", node, c)
	}
	tree, by := s.p.Explain(c)
	if tree.Mode == "" && tree.Verdict != verdict || (verdict == trials.Fire || shadow) != (by != nil) {
		t.Fatalf("%s: Judge says %v, %v, Explain %v by %v: %s", node, verdict, shadow, tree.Verdict, by, tree.Sentence)
	}
	if by != nil && len(by.Children) == 0 && (by.Sentence == "" || by.Counterfactual == "" || strings.Contains(by.Counterfactual, "NaN")) {
		t.Fatalf("%s fires: %q, %q", node, by.Sentence, by.Counterfactual)
	}
	if tree.Sentence == "" || strings.Contains(tree.Sentence, "%!") {
		t.Fatalf("%s, %v: %q", node, tree.Verdict, tree.Sentence)
	}
	if _, err := json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	c.Without = trials.Quality | trials.Forecast
	s.p.Judge(c)
}

// FuzzEqualTrials: of trials that all report the same falling curve none is worse
// than the others, so no rule that compares them, or looks for what went wrong, may
// fire.
func FuzzEqualTrials(f *testing.F) {
	f.Add(uint8(8), uint8(16), uint8(3), uint8(20), false)
	f.Add(uint8(200), uint8(0), uint8(8), uint8(1), true)
	f.Add(uint8(0), uint8(255), uint8(0), uint8(63), true)
	nodes := []string{
		`{"type":"median","startup_trials":1}`,
		`{"type":"percentile","percentile":10,"startup_trials":1}`,
		`{"type":"non_finite"}`,
		`{"type":"curve_fit","min_points":3,"min_trials":1,"interval_steps":1,"flat_share":0}`,
		`{"type":"convex_bound","span":2,"min_points":3` + atOnce + `}`,
		`{"type":"prechelt","rule":"gl"` + atOnce + `}`,
		`{"type":"prechelt","rule":"up","strip":1,"successive":1` + atOnce + `}`,
		`{"type":"peer_regression","train_min":10,"refit_every":1,"delta":0.9` + atOnce + `}`,
		`{"type":"preset","preset":"safe"}`,
	}
	exponents := []float64{0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2}
	f.Fuzz(func(t *testing.T, floor, height, exponent, length uint8, maximize bool) {
		spec, sign := study(), 1.0
		if maximize {
			spec.Objectives[0].Direction, sign = trials.Maximize, -1
		}
		n := 2 + int(length)%40
		spec.MaxSteps = int64(n)
		curve := decay(1, n, float64(floor)/16-8, float64(height)/16, exponents[int(exponent)%len(exponents)])
		for _, node := range nodes {
			s := newScene(t, spec, node)
			for trial := range 14 {
				l := s.trial
				if trial > 0 {
					l = s.h.Start(s.next, nil, noon)
					s.next++
				}
				s.trial = l
				for _, p := range curve {
					s.report(l, p.step, "loss", sign*p.value)
					if got := s.judge(); got == "fire" {
						e, _ := s.p.Explain(s.at())
						t.Fatalf("%s fires at step %d of trial %d: %s", node, p.step, trial, e.Sentence)
					}
				}
				s.h.End(l, trials.Complete, []float64{1}, noon)
			}
		}
	})
}
