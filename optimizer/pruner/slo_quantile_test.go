package pruner_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// upTo returns 1 to n, as values of a metric.
func upTo(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i + 1)
	}
	return out
}

// Of the values 1 to n the k-th smallest is k: the bound shows which it is.
func TestSLOQuantileTakesTheRightValue(t *testing.T) {
	tests := []struct {
		n     int
		q     float64
		alpha float64
		want  float64
	}{
		{60, 0.95, 0.05, 54},
		{100, 0.95, 0.05, 91},
		{200, 0.95, 0.05, 185},
		{500, 0.95, 0.05, 467},
		{1000, 0.95, 0.05, 938},
		{60, 0.5, 0.05, 24}, // P(X < 24) = 0.046, P(X < 25) = 0.078 of 60 coins
		{3, 0.5, 0.2, 1},
		{1, 0.95, 0.06, 1},
		{2, 0.5, 0.25, 1},
		{4, 0.5, 0.3125, 2},
	}
	for _, tt := range tests {
		for _, kind := range []string{"latency", "throughput"} {
			node := fmt.Sprintf(`{"type":"slo_quantile","metric":"ms","slo":0,"min_samples":1,"q":%v,"alpha":%v,"kind":%q}`, tt.q, tt.alpha, kind)
			s := newScene(t, study(), node)
			for _, v := range upTo(tt.n) {
				s.report(s.trial, trials.Absent, "ms", v)
			}
			want := tt.want
			if kind == "throughput" {
				want = float64(tt.n) + 1 - want
			}
			end := fmt.Sprintf("%s%.3g", map[string]string{"latency": "lower", "throughput": "upper"}[kind], 100*(1-tt.alpha))
			if e, _ := s.p.Explain(s.at()); float64(e.Predicted[end]) != want {
				t.Errorf("%s, %d values, q %v, alpha %v: %s %v, want %v", kind, tt.n, tt.q, tt.alpha, end, e.Predicted[end], want)
			}
		}
	}
}

func TestSLOQuantile(t *testing.T) {
	const node = `{"type":"slo_quantile","metric":"ms","slo":90}`
	repeat := func(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }
	tests := map[string]struct {
		node   string
		values []float64
		want   string
	}{
		"surely above":                        {node, upTo(100), "fire"}, // the 91st is 91
		"just not surely":                     {`{"type":"slo_quantile","metric":"ms","slo":91}`, upTo(100), "pass"},
		"by the quantile itself":              {`{"type":"slo_quantile","metric":"ms","slo":94,"lower_bound":false}`, upTo(100), "fire"},
		"at the quantile itself":              {`{"type":"slo_quantile","metric":"ms","slo":95,"lower_bound":false}`, upTo(100), "pass"},
		"nothing":                             {node, nil, "unknown"},
		"too few":                             {node, repeat(59, 1000), "unknown"},
		"enough":                              {node, repeat(60, 1000), "fire"},
		"NaN is no value":                     {node, append(repeat(59, 1000), nan, nan), "unknown"},
		"NaN is passed over":                  {node, append(repeat(60, 1000), nan, nan, nan, nan), "fire"},
		"only NaN":                            {node, repeat(99, nan), "unknown"},
		"time-outs":                           {node, append(repeat(50, 1), repeat(10, inf)...), "fire"},
		"a few time-outs":                     {node, append(repeat(95, 1), repeat(5, inf)...), "pass"},
		"negative":                            {node, repeat(60, -1e9), "pass"},
		"too few for so small an alpha":       {`{"type":"slo_quantile","metric":"ms","slo":90,"alpha":1e-9,"q":0.5,"min_samples":1}`, repeat(20, 1000), "unknown"},
		"a throughput below":                  {`{"type":"slo_quantile","metric":"ms","kind":"throughput","slo":11}`, upTo(100), "fire"}, // the 91st from above is 10
		"a throughput not surely below":       {`{"type":"slo_quantile","metric":"ms","kind":"throughput","slo":10}`, upTo(100), "pass"},
		"a throughput of nothing":             {`{"type":"slo_quantile","metric":"ms","kind":"throughput","slo":10}`, repeat(60, 0), "fire"},
		"a size needs one value":              {`{"type":"slo_quantile","metric":"ms","kind":"size","slo":90}`, []float64{91}, "fire"},
		"a size at the limit":                 {`{"type":"slo_quantile","metric":"ms","kind":"size","slo":90}`, []float64{90}, "pass"},
		"the largest size counts":             {`{"type":"slo_quantile","metric":"ms","kind":"size","slo":90}`, []float64{91, 1, nan}, "fire"},
		"a size that is no number":            {`{"type":"slo_quantile","metric":"ms","kind":"size","slo":90}`, []float64{nan}, "unknown"},
		"a size that nobody has reported yet": {`{"type":"slo_quantile","metric":"ms","kind":"size","slo":90}`, nil, "unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for i, v := range tt.values {
				s.report(s.trial, int64(i%2)*int64(i+1)-1, "ms", v) // with a step, and without one
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A trial whose 95 % quantile is just at the objective fires at one look in 20.
func TestSLOQuantileKeepsItsPromise(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	fired := 0
	for range 2000 {
		s := newScene(t, study(), `{"type":"slo_quantile","metric":"ms","slo":0.95}`)
		for range 100 {
			s.report(s.trial, trials.Absent, "ms", chance.Float64())
		}
		if s.judge() == "fire" {
			fired++
		}
	}
	if fired < 20 || fired > 100 { // P(X < 91) of 100 is 0.028
		t.Errorf("%d of 2000 fire, at most 100 may", fired)
	}
}

func TestSLOQuantileExplains(t *testing.T) {
	tests := map[string]struct {
		node, sentence, instead string
		n                       int
		margin                  float64
	}{
		"a latency": {
			`{"type":"slo_quantile","metric":"ms","slo":85.5}`,
			"The 95 % quantile of ms is 95 (95 % sure at least 91); the limit is 85.5.",
			"Would have continued with a limit of 91 or more.", 100, 5.5,
		},
		"a throughput": {
			`{"type":"slo_quantile","metric":"ms","kind":"throughput","slo":12}`,
			"The 5 % quantile of ms is 6 (95 % sure at most 10); the limit is 12.",
			"Would have continued with a limit of 10 or less.", 100, 2,
		},
		"the quantile itself": {
			`{"type":"slo_quantile","metric":"ms","slo":100,"lower_bound":false,"q":0.99}`,
			"The 99 % quantile of ms is 99; the limit is 100.", "", 100, -1,
		},
		"a size": {
			`{"type":"slo_quantile","metric":"ms","kind":"size","slo":10}`,
			"The highest ms so far is 12; the limit is 10.", "Would have continued with a limit of 12 or more.", 12, 2,
		},
		"too few": {`{"type":"slo_quantile","metric":"ms","slo":10}`, "Needs 60 values of ms, has 12.", "", 12, 0},
		"nothing": {`{"type":"slo_quantile","metric":"ms","slo":10}`, "ms was not reported yet.", "", 0, 0},
		"no bound": {
			`{"type":"slo_quantile","metric":"ms","slo":10,"alpha":1e-9,"q":0.5,"min_samples":1}`,
			"12 values of ms are too few to be sure of anything.", "", 12, 0,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for _, v := range upTo(tt.n) {
				s.report(s.trial, trials.Absent, "ms", v)
			}
			e, _ := s.p.Explain(s.at())
			if e.Sentence != tt.sentence || e.Counterfactual != tt.instead {
				t.Errorf("%q\n%q\nwant\n%q\n%q", e.Sentence, e.Counterfactual, tt.sentence, tt.instead)
			}
			if tt.margin != 0 && (e.Margin == nil || float64(*e.Margin) != tt.margin) {
				t.Errorf("margin %v, want %v", e.Margin, tt.margin)
			}
			if e.Probability != nil {
				t.Errorf("states a probability, %v: it has none, only a confidence", *e.Probability)
			}
		})
	}
}

func TestSLOQuantileTakesTheConstraintsBound(t *testing.T) {
	spec := study()
	spec.Constraints = []trials.Constraint{{Metric: "ms", Op: "<=", Bound: 30, Aggregate: trials.P95}, {Metric: "rps", Op: ">=", Bound: 5, Aggregate: trials.Min}}
	for node, want := range map[string]trials.Float{
		`{"type":"slo_quantile","metric":"ms"}`:                      30,
		`{"type":"slo_quantile","metric":"rps","kind":"throughput"}`: 5,
	} {
		s := newScene(t, spec, node)
		if e, _ := s.p.Explain(s.at()); *e.Limit != want {
			t.Errorf("%s: limit %v, want %v", node, *e.Limit, want)
		}
	}
}

// served returns a trial with so many values.
func served(t testing.TB, n int) *scene {
	s := newScene(t, study(), `{"type":"slo_quantile","metric":"ms","slo":1e18}`)
	for i := range n {
		s.report(s.trial, trials.Absent, "ms", float64(i))
	}
	return s
}

func TestSLOQuantileAllocatesNothing(t *testing.T) {
	s := served(t, 1000)
	c := s.at()
	if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSLOQuantile(b *testing.B) {
	for _, n := range []int{100, 10000, 1000000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := served(b, n)
			c := s.at()
			for b.Loop() {
				s.p.Judge(c)
			}
		})
	}
}
