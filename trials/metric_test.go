package trials

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// numbers draws floats, with the odd ones often.
func numbers() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1)}),
		rapid.Float64Range(-1e6, 1e6),
		rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }),
	)
}

func TestTalliesAgreeWithANaiveCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vs := rapid.SliceOfN(numbers(), 1, 60).Draw(t, "values")
		var tally Tally
		for _, v := range vs {
			tally.add(v, true)
		}
		lo, hi, sum := math.NaN(), math.NaN(), 0.0
		for _, v := range vs {
			sum += v
			if !math.IsNaN(v) {
				if !(lo <= v) {
					lo = v
				}
				if !(hi >= v) {
					hi = v
				}
			}
		}
		sorted := slices.Sorted(slices.Values(vs)) // NaN first
		rank := 0
		for rank = 1; float64(rank) < 0.95*float64(len(vs))-1e-9; rank++ {
		}
		want := map[Aggregate]float64{
			Last: vs[len(vs)-1], Min: lo, Max: hi, Sum: sum, Mean: sum / float64(len(vs)), P95: sorted[rank-1],
		}
		summary := tally.Summary()
		for a, w := range want {
			if got, ok := tally.Value(a); !ok || !same(got, w) {
				t.Fatalf("%s of %v = %v, %v, want %v", a, vs, got, ok, w)
			}
			if got, ok := summary.Value(a); !ok || !same(got, w) {
				t.Fatalf("%s of the summary of %v = %v, %v, want %v", a, vs, got, ok, w)
			}
		}
		if summary.Count != int64(len(vs)) {
			t.Fatalf("Count = %d, want %d", summary.Count, len(vs))
		}
	})
}

func TestAQuantileNobodyReadsIsNotKept(t *testing.T) {
	var tally Tally
	tally.add(1, false)
	if v, ok := tally.Value(P95); ok {
		t.Errorf("P95 = %v, want none", v)
	}
	if s := tally.Summary(); s.P95 != nil {
		t.Errorf("the summary has a P95 of %v, want none", *s.P95)
	}
	if _, ok := new(Tally).Value(Last); ok {
		t.Error("an empty tally has a last value")
	}
}

func TestAggregateDefaults(t *testing.T) {
	s := &StudySpec{Metrics: map[string]MetricDeclaration{
		"latency": {Aggregate: P95}, "system/cpu_seconds": {Aggregate: Sum}, "plain": {Unit: "m"},
	}}
	for metric, want := range map[string]Aggregate{
		"loss": Last, "plain": Last, "latency": P95, "model_bytes": Max, "system/rss_bytes": Max,
		"system/cpu_seconds": Sum, "system/gpu_seconds": Max, "system/energy_joules": Max, "system/cost": Max,
		"system/wall_seconds": Max, "epoch_seconds": Last, "system/gpu_power_watts": Last,
	} {
		if got := s.AggregateOf(metric); got != want {
			t.Errorf("AggregateOf(%s) = %s, want %s", metric, got, want)
		}
	}
}

func TestViolations(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		op                 string
		bound, value, want float64
	}{
		{"<=", 2, 3, 1},
		{"<=", 2, 2, 0},
		{"<=", 2, -1, -3},
		{">=", 2, 3, -1},
		{">=", 2, 0.5, 1.5},
		{"<=", 2, math.NaN(), inf},
		{">=", 2, math.NaN(), inf},
		{"<=", 2, inf, inf},
		{">=", 2, inf, -inf},
	} {
		c := Constraint{Op: tt.op, Bound: tt.bound}
		if got := c.Violation(tt.value); got != tt.want {
			t.Errorf("%v %s %v: violation %v, want %v", tt.value, tt.op, tt.bound, got, tt.want)
		}
	}
}

func TestFeasibility(t *testing.T) {
	at := func(v float64) ConstraintResult { f := Float(v); return ConstraintResult{Violation: &f} }
	unknown := ConstraintResult{}
	yes, no := true, false
	tests := map[string]struct {
		results   []ConstraintResult
		feasible  *bool
		violation float64
	}{
		"no constraint":                 {nil, &yes, 0},
		"within all":                    {[]ConstraintResult{at(-1), at(0)}, &yes, 0},
		"within does not make up":       {[]ConstraintResult{at(-5), at(2), at(1)}, &no, 3},
		"not known":                     {[]ConstraintResult{at(-1), unknown}, nil, 0},
		"violated, whatever is unknown": {[]ConstraintResult{unknown, at(2)}, &no, 2},
		"infinitely":                    {[]ConstraintResult{at(math.Inf(1)), at(1)}, &no, math.Inf(1)},
	}
	for name, tt := range tests {
		feasible, violation := feasibility(tt.results)
		if (feasible == nil) != (tt.feasible == nil) || feasible != nil && *feasible != *tt.feasible || violation != tt.violation {
			t.Errorf("%s: %v, %v, want %v, %v", name, feasible, violation, tt.feasible, tt.violation)
		}
	}
}

func TestMetricNames(t *testing.T) {
	long := make([]byte, 129)
	for i := range long {
		long[i] = 'x'
	}
	for name, want := range map[string]bool{
		"a": true, "_": true, "0": true, "system/gpu0/rss_bytes": true, "a.b:c@d/e+f-g_h": true, string(long[:128]): true,
		"": false, ".a": false, "/a": false, "-a": false, "+a": false, "@a": false, ":a": false, "a b": false, "a\n": false,
		"ä": false, "a,b": false, string(long): false,
	} {
		if got := ValidMetricName(name); got != want {
			t.Errorf("ValidMetricName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestFloatsTravelAsInEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "v")
		got, err := json.Marshal(Float(v))
		if err != nil {
			t.Fatal(err)
		}
		if finite(v) {
			if want, _ := json.Marshal(v); string(got) != string(want) {
				t.Fatalf("%v became %s, want %s", v, got, want)
			}
		}
		var back Float
		if err := json.Unmarshal(got, &back); err != nil || !same(float64(back), v) {
			t.Fatalf("%v became %s and %v, %v", v, got, back, err)
		}
	})
	for _, in := range []string{`"nan"`, `"1"`, `true`, `"Infinity "`, `{}`} {
		var f Float
		if err := json.Unmarshal([]byte(in), &f); err == nil {
			t.Errorf("%s was read as %v, want an error", in, f)
		}
	}
}

func TestSeriesKeepStepsInOrderAndTheFirstValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Int64Range(0, 20), 1, 40).Draw(t, "steps")
		var s Series
		want := map[int64]float64{}
		for i, step := range steps {
			if _, ok := want[step]; !ok {
				want[step] = float64(i)
			}
			s.add(step, float64(i))
		}
		if len(s.Steps) != len(want) || !slices.IsSorted(s.Steps) {
			t.Fatalf("steps %v, want the %d of %v in order", s.Steps, len(want), steps)
		}
		for i, step := range s.Steps {
			if s.Values[i] != want[step] {
				t.Fatalf("step %d has %v, want %v", step, s.Values[i], want[step])
			}
		}
		step, v, ok := s.Last()
		if high := slices.Max(steps); !ok || step != high || v != want[high] {
			t.Fatalf("Last() = %d, %v, %v, want %d, %v", step, v, ok, high, want[high])
		}
	})
}

func TestKeysAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfDistinct(rapid.Int64Range(0, 50), rapid.ID).Draw(t, "keys")
		var k keySet
		for i, key := range keys {
			k.add(key, uint32(i))
		}
		for i, key := range keys {
			if code, found := k.find(key); !found || code != uint32(i) {
				t.Fatalf("find(%d) = %d, %v, want %d", key, code, found, i)
			}
		}
		if _, found := k.find(51); found {
			t.Fatal("found a key that was never added")
		}
	})
}
