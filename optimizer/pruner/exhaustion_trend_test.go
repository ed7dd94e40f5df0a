package pruner_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

const rss = "system/rss_bytes"

// sample reports a value in time.
func (s *scene) sample(elapsed float64, metric string, v float64) {
	s.last = s.h.Report(s.trial, trials.Report{
		Step: trials.Absent, Seq: trials.Absent, Elapsed: elapsed, Metrics: []trials.Metric{{Name: metric, Value: v}},
	}, noon)
}

// stepAt reports a step without a metric: the clock alone.
func (s *scene) stepAt(elapsed float64, step int64) {
	s.last = s.h.Report(s.trial, trials.Report{Step: step, Seq: trials.Absent, Elapsed: elapsed}, noon)
}

const leakNode = `{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e9,"horizon_seconds":3600}`

// memory is what a trial has in use after so many seconds, in GB.
func TestExhaustionTrend(t *testing.T) {
	chance := func(seconds float64) float64 { // of -1 to 1, by the second
		return rand.New(rand.NewPCG(1, uint64(seconds))).Float64()*2 - 1
	}
	period := func(length float64) func(float64) float64 {
		return func(s float64) float64 { return 1 + math.Mod(s, length)/length }
	}
	tests := map[string]struct {
		node   string
		memory func(seconds float64) float64
		last   float64 // second
		want   string  // at the end; before it nothing fires, if it does not then
	}{
		"a steady leak":                           {leakNode, func(s float64) float64 { return 1 + s/1000 }, 130, "fire"},
		"a noisy leak":                            {leakNode, func(s float64) float64 { return 1 + s/1000 + chance(s)/20 }, 400, "fire"},
		"a leak below a saw-tooth":                {leakNode, func(s float64) float64 { return s/1000 + period(45)(s) }, 600, "fire"},
		"a leak in portions":                      {leakNode, func(s float64) float64 { return 1 + math.Floor(s/30)/30 }, 600, "fire"},
		"a leak too slow to matter":               {leakNode, func(s float64) float64 { return 1 + s/2000 }, 600, "pass"},
		"too early to say":                        {leakNode, func(s float64) float64 { return 1 + s/1000 }, 115, "unknown"},
		"flat":                                    {leakNode, func(float64) float64 { return 1 }, 1000, "pass"},
		"flat and noisy":                          {leakNode, func(s float64) float64 { return 3.9 + chance(s)/20 }, 1000, "pass"},
		"a garbage collector's saw-tooth, 20 s":   {leakNode, period(20), 1000, "pass"},
		"a garbage collector's saw-tooth, 60 s":   {leakNode, period(60), 1000, "pass"},
		"a garbage collector's saw-tooth, 110 s":  {leakNode, period(110), 1000, "pass"},
		"a garbage collector's saw-tooth, 400 s":  {`{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e9,"horizon_seconds":3600,"window_seconds":40}`, period(400), 1000, "pass"},
		"a step, then flat":                       {leakNode, func(s float64) float64 { return 1 + math.Floor(math.Min(s, 200)/200) }, 900, "pass"},
		"a step, then flat, noisy":                {leakNode, func(s float64) float64 { return 1 + 2*math.Floor(math.Min(s, 200)/200) + chance(s)/100 }, 900, "pass"},
		"two steps":                               {leakNode, func(s float64) float64 { return 1 + math.Floor(math.Min(s, 300)/150) + chance(s)/100 }, 900, "pass"},
		"a step, then a leak":                     {leakNode, func(s float64) float64 { return 1 + math.Floor(math.Min(s, 200)/200) + math.Max(0, s-200)/1000 }, 900, "fire"},
		"filled at the start, then flat":          {leakNode, func(s float64) float64 { return 1 + math.Min(s, 60)/60 + chance(s)/1000 }, 900, "pass"},
		"filled for long, then flat":              {leakNode, func(s float64) float64 { return 1 + math.Min(s, 200)/100 }, 120, "fire"},
		"filled in the warm-up, then flat":        {`{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e9,"horizon_seconds":3600,"warmup_seconds":200}`, func(s float64) float64 { return 1 + math.Min(s, 200)/100 }, 900, "pass"},
		"it shrinks":                              {leakNode, func(s float64) float64 { return 3 - s/1000 }, 1000, "pass"},
		"NaN":                                     {leakNode, func(float64) float64 { return nan }, 500, "unknown"},
		"NaN now and then":                        {leakNode, func(s float64) float64 { return [...]float64{1 + s/1000, nan, inf}[int(s)%3] }, 200, "fire"},
		"units off by a billion":                  {leakNode, func(s float64) float64 { return 1e9 * (1 + s/1000) }, 130, "fire"},
		"units off by a billion, downwards":       {leakNode, func(s float64) float64 { return 1e-9 * (1 + s/1000) }, 500, "pass"},
		"nearly over":                             {`{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e9,"horizon_seconds":100}`, func(s float64) float64 { return 1 + s/1000 }, 500, "pass"},
		"how long it goes on is not known":        {`{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e9}`, func(s float64) float64 { return 1 + s/1000 }, 500, "unknown"},
		"without an envelope a leak is one still": {`{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e9,"horizon_seconds":3600,"envelope":false}`, func(s float64) float64 { return 1 + s/1000 }, 200, "fire"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			got := s.judge()
			for second := 0.0; second <= tt.last; second++ {
				s.sample(second, rss, 1e9*tt.memory(second))
				if got = s.judge(); got == "fire" && tt.want != "fire" {
					t.Fatalf("fires after %v s", second)
				}
			}
			if got != tt.want {
				e, _ := s.p.Explain(s.at())
				t.Errorf("after %v s: %s, want %s (%s)", tt.last, got, tt.want, e.Sentence)
			}
		})
	}
}

// Whatever the noise, hardly any flat series passes for a leak, although each is
// judged at 180 samples.
func TestExhaustionTrendIsSeldomWrong(t *testing.T) {
	wrong := 0
	for seed := range uint64(100) {
		chance := rand.New(rand.NewPCG(seed, 1))
		s := newScene(t, study(), leakNode)
		fired := false
		for second := 0.0; second < 900 && !fired; second += 5 {
			s.sample(second, rss, 3e9+1e8*chance.NormFloat64())
			fired = s.judge() == "fire"
		}
		if fired {
			wrong++
		}
	}
	t.Logf("%d of 100 flat series pass for a leak", wrong)
	if wrong > 5 {
		t.Errorf("%d of 100 flat series pass for a leak", wrong)
	}
}

func TestExhaustionTrendExplains(t *testing.T) {
	spec := study()
	spec.MaxSteps = 100
	s := newScene(t, spec, `{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e9}`)
	sentence := func(want string, verdict trials.Verdict) trials.Explanation {
		t.Helper()
		e, _ := s.p.Explain(s.at())
		if e.Sentence != want || e.Verdict != verdict {
			t.Errorf("%v: %s\nwant %v: %s", e.Verdict, e.Sentence, verdict, want)
		}
		return e
	}
	sentence("Memory in use was not reported yet.", trials.Unknown)
	for second := range 201 {
		s.sample(float64(second), rss, 1e9+1e6*float64(second))
		switch second {
		case 50:
			sentence("Needs 12 windows of 10 s with memory in use since it last jumped, has 5.", trials.Unknown)
		case 150:
			sentence("Memory in use grows by 1 MB per second at least and reaches the limit of 4 GB within 2860 s; how long the trial will go on is not known yet.", trials.Unknown)
		}
	}
	s.stepAt(200, 5) // 40 s a step
	e := sentence("Memory in use grows by 1 MB per second at least and reaches the limit of 4 GB within 2810 s; 3800 s are left.", trials.Fire)
	if want := "Would have continued with a limit of 4.61 GB or more."; e.Counterfactual != want {
		t.Errorf("counterfactual %q, want %q", e.Counterfactual, want)
	}
	if e.Observed["windows"] != 20 || e.Observed["level"] != 1.19e9 || math.Abs(float64(*e.Margin)-0.61e9) > 1 || e.Unit != "B" {
		t.Errorf("observed %v, margin %v, unit %q", e.Observed, *e.Margin, e.Unit)
	}
	s.stepAt(210, 90) // but the others take no time
	sentence("Memory in use grows by 1 MB per second at least and reaches the limit of 4 GB within 2810 s; 23.3 s are left.", trials.Pass)
}

func TestExhaustionTrendWarns(t *testing.T) {
	spec := study()
	const node = `{"type":"exhaustion_trend","metric":"vram","limit":4e9,"horizon_seconds":60}`
	want := "/metric: is not declared and no objective or constraint names it: check its spelling\n" +
		"/horizon_seconds: is less than it takes to see a trend: 12 windows of 10 s\n"
	if got := warnings(t, spec, node); got != want {
		t.Errorf("warns of %q, want %q", got, want)
	}
}

// leaky returns a trial that leaks slowly, with as many samples as are kept.
func leaky(t testing.TB) *scene {
	s := newScene(t, study(), `{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":4e15,"horizon_seconds":3600}`)
	for second := range 1000 {
		s.sample(float64(second), rss, 1e9+1e6*float64(second)+1e5*float64(second%13))
	}
	return s
}

func TestExhaustionTrendAllocatesNothing(t *testing.T) {
	s := leaky(t)
	c := s.at()
	if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkExhaustionTrend(b *testing.B) {
	s := leaky(b)
	c := s.at()
	for b.Loop() {
		s.p.Judge(c)
	}
}
