package pruner_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// sustained returns a node without a warm-up, with more options.
func sustained(more string) string {
	return `{"type":"sustained_limit","metric":"system/load","limit":10,"warmup_seconds":0` + more + `}`
}

func TestSustainedLimit(t *testing.T) {
	const load = "system/load"
	above := func(from, to float64) func(float64) float64 { // 20 from a second to another, else 5
		return func(s float64) float64 {
			if s >= from && s < to {
				return 20
			}
			return 5
		}
	}
	every := func(of float64) func(float64) float64 { // 20 in every such window of 10 s, else 5
		return func(s float64) float64 {
			if math.Mod(math.Floor(s/10), of) == 0 {
				return 20
			}
			return 5
		}
	}
	apart := func(seconds float64, then func(float64) float64) func(float64) float64 { // a sample now and then
		return func(s float64) float64 {
			if math.Mod(s, seconds) == 0 {
				return then(s)
			}
			return nan
		}
	}
	tests := map[string]struct {
		node string
		load func(second float64) float64
		last float64
		want string // after the last second; -1 fires at no second before
		at   float64
	}{
		"above for 30 s":                          {sustained(""), above(40, 999), 100, "fire", 70},
		"from within a window":                    {sustained(""), above(48, 999), 100, "fire", 80}, // the mean of the first window is 8
		"a short peak":                            {sustained(""), above(40, 60), 300, "pass", -1},
		"one window of two":                       {sustained(""), every(2), 100, "fire", 50}, // windows 0, 2 and 4
		"one window of three":                     {sustained(""), every(3), 300, "pass", -1},
		"two of five":                             {sustained(`,"min_windows":2`), every(3), 300, "fire", 40},
		"at the limit":                            {sustained(""), func(float64) float64 { return 10 }, 300, "pass", -1},
		"between, once above":                     {sustained(""), func(s float64) float64 { return map[bool]float64{true: 20, false: 9.6}[s < 10] }, 300, "fire", 30},
		"below by the hysteresis":                 {sustained(""), func(s float64) float64 { return map[bool]float64{true: 20, false: 9.5}[s < 10] }, 300, "pass", -1},
		"the window is not over":                  {sustained(""), above(0, 999), 9, "unknown", -1},
		"above from the start":                    {sustained(""), above(0, 999), 40, "fire", 30},
		"the warm-up is passed over":              {`{"type":"sustained_limit","metric":"system/load","limit":10}`, above(0, 40), 200, "pass", -1},
		"after the warm-up":                       {`{"type":"sustained_limit","metric":"system/load","limit":10}`, above(0, 999), 200, "fire", 60},
		"far apart, but not too far":              {sustained(""), apart(25, above(0, 999)), 200, "fire", 50},
		"too far apart":                           {sustained(""), apart(31, above(0, 999)), 400, "pass", -1},
		"too far apart, unless told so":           {sustained(`,"stale_seconds":60`), apart(31, above(0, 999)), 400, "fire", 62},
		"it stops":                                {sustained(""), func(s float64) float64 { return map[bool]float64{true: 20, false: nan}[s < 25] }, 200, "unknown", -1},
		"no number":                               {sustained(""), func(float64) float64 { return nan }, 100, "unknown", -1},
		"infinite":                                {sustained(""), func(float64) float64 { return inf }, 100, "fire", 30},
		"infinite both ways":                      {sustained(""), func(s float64) float64 { return [...]float64{inf, -inf}[int(s)%2] }, 100, "unknown", -1},
		"units off by a billion":                  {sustained(""), func(float64) float64 { return 2e10 }, 100, "fire", 30},
		"by the mean":                             {sustained(""), func(s float64) float64 { return 20 * math.Mod(s, 2) }, 300, "pass", -1},
		"by the highest":                          {sustained(`,"aggregate":"max"`), func(s float64) float64 { return 20 * math.Mod(s, 2) }, 100, "fire", 30},
		"by the 95 % quantile":                    {sustained(`,"aggregate":"p95","window_seconds":40,"for_seconds":80`), func(s float64) float64 { return 20 * math.Floor(math.Mod(s, 20)/19) }, 400, "pass", -1},
		"by the 95 % quantile, beyond it":         {sustained(`,"aggregate":"p95","window_seconds":40,"for_seconds":80`), func(s float64) float64 { return 20 * math.Floor(math.Mod(s, 10)/9) }, 400, "fire", 80},
		"by the moving mean, which forgets":       {sustained(`,"aggregate":"ewma","window_seconds":20,"for_seconds":60`), above(100, 105), 300, "pass", -1},
		"by the moving mean":                      {sustained(`,"aggregate":"ewma","window_seconds":20,"for_seconds":60`), above(100, 999), 300, "fire", 160},
		"a floor":                                 {sustained(`,"direction":"maximize"`), func(float64) float64 { return 5 }, 100, "fire", 30},
		"above a floor":                           {sustained(`,"direction":"maximize"`), func(float64) float64 { return 11 }, 100, "pass", -1},
		"a floor, by the lowest":                  {sustained(`,"direction":"maximize","aggregate":"max"`), func(s float64) float64 { return 20 * math.Mod(s, 2) }, 100, "fire", 30},
		"a hard limit":                            {sustained(`,"hard_limit":19`), above(40, 41), 40, "fire", 40},
		"at the hard limit":                       {sustained(`,"hard_limit":20`), above(40, 41), 100, "pass", -1},
		"a hard floor":                            {sustained(`,"direction":"maximize","hard_limit":1`), func(s float64) float64 { return 0.5 }, 100, "fire", 0},
		"for so long only":                        {sustained(`,"min_windows":5,"for_seconds":100`), above(0, 999), 300, "fire", 50},
		"for so long, min_windows out of reach":   {sustained(`,"min_windows":64,"of_windows":64,"for_seconds":100`), above(0, 999), 300, "fire", 100},
		"windows of another length":               {sustained(`,"window_seconds":1,"for_seconds":5,"min_windows":64,"of_windows":64`), above(10, 999), 100, "fire", 15},
		"more than is kept of it":                 {sustained(""), above(1800, 9999), 2000, "fire", 1830},
		"negative values and a limit":             {`{"type":"sustained_limit","metric":"system/load","limit":-10,"warmup_seconds":0}`, func(float64) float64 { return -5 }, 100, "fire", 30},
		"negative values within a negative limit": {`{"type":"sustained_limit","metric":"system/load","limit":-10,"warmup_seconds":0}`, func(float64) float64 { return -15 }, 100, "pass", -1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			got, at := s.judge(), -1.0
			for second := 0.0; second <= tt.last; second++ {
				if v := tt.load(second); !math.IsNaN(v) || second > 0 {
					s.sample(second, load, v)
				}
				if got = s.judge(); got == "fire" {
					at = second
					break
				}
			}
			if got != tt.want || at != tt.at {
				e, _ := s.p.Explain(s.at())
				t.Errorf("%s at second %v, want %s at %v (%s)", got, at, tt.want, tt.at, e.Sentence)
			}
		})
	}
}

func TestSustainedLimitExplains(t *testing.T) {
	const load = "system/load"
	tests := map[string]struct {
		node              string
		values            []float64 // one a window of 10 s; the last is not over
		sentence, instead string
	}{
		"nothing":       {sustained(""), nil, "system/load was not reported yet.", ""},
		"the first":     {sustained(""), []float64{7}, "No window of 10 s is over yet.", ""},
		"within":        {sustained(""), []float64{7, 8, 1}, "The mean system/load per 10 s is 8; the limit is 10.", ""},
		"beyond":        {sustained(""), []float64{12, 14, 13, 1}, "The mean system/load per 10 s has been above the limit of 10 for 30 s and is 13.", "Would have continued with a limit of 12 or more."},
		"at times":      {sustained(`,"for_seconds":90`), []float64{12, 1, 14, 1, 15.2, 1}, "The mean system/load per 10 s was above the limit of 10 in 3 of the latest 5 windows and is 15.2.", "Would have continued with a limit of 12 or more."},
		"by hysteresis": {sustained(""), []float64{12, 9.8, 9.8, 1}, "The mean system/load per 10 s has been above the limit of 10 for 30 s and is 9.8.", "Would have continued with a limit of 10.32 or more."},
		"a hard limit":  {sustained(`,"hard_limit":20`), []float64{21.5}, "system/load is 21.5; the hard limit is 20.", "Would have continued with a hard limit of 21.5 or more."},
		"a floor":       {sustained(`,"direction":"maximize","aggregate":"p95"`), []float64{7, 8, 6, 1}, "The 5 % quantile of system/load per 10 s has been below the limit of 10 for 30 s and is 6.", "Would have continued with a limit of 7.619 or less."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for i, v := range tt.values {
				s.sample(10*float64(i), load, v)
			}
			e, _ := s.p.Explain(s.at())
			if e.Sentence != tt.sentence || e.Counterfactual != tt.instead {
				t.Errorf("%q\n%q\nwant\n%q\n%q", e.Sentence, e.Counterfactual, tt.sentence, tt.instead)
			}
		})
	}
}

func TestSustainedLimitIsResolved(t *testing.T) {
	spec := study()
	spec.Constraints = []trials.Constraint{{Metric: "free_gb", Op: ">=", Bound: 2, Aggregate: trials.Min}}
	s := newScene(t, spec, `{"type":"sustained_limit","metric":"free_gb","warmup_seconds":0}`)
	for second := range 40 {
		s.sample(float64(second), "free_gb", 1)
	}
	if got := s.judge(); got != "fire" {
		t.Errorf("below the constraint's floor: %s, want fire", got)
	}
	for node, want := range map[string]string{
		sustained(""): "",
		`{"type":"sustained_limit","metric":"lod","limit":10}`: "/metric: is not declared and no objective or constraint names it: check its spelling\n",
		sustained(`,"for_seconds":5`):                          "/for_seconds: is shorter than a window of 10 s, so that a single one fires\n",
		sustained(`,"min_windows":1`):                          "/min_windows: lets a single window fire\n",
		sustained(`,"stale_seconds":5`):                        "/stale_seconds: is shorter than a window of 10 s\n",
		sustained(`,"hard_limit":9`):                           "/hard_limit: is within the limit of 10, which then never counts\n",
	} {
		if got := warnings(t, spec, node); got != want {
			t.Errorf("%s warns of %q, want %q", node, got, want)
		}
	}
}

// loaded returns a trial with as many samples as are kept, within the limit.
func loaded(t testing.TB, aggregate string) *scene {
	s := newScene(t, study(), sustained(fmt.Sprintf(`,"aggregate":%q`, aggregate)))
	for second := range 1000 {
		s.sample(float64(second), "system/load", 5+float64(second%7)/10)
	}
	return s
}

func TestSustainedLimitAllocatesNothing(t *testing.T) {
	for _, aggregate := range []string{"mean", "max", "p95", "ewma"} {
		s := loaded(t, aggregate)
		c := s.at()
		if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
			t.Errorf("%s: %v allocations", aggregate, n)
		}
	}
}

func BenchmarkSustainedLimit(b *testing.B) {
	for _, aggregate := range []string{"mean", "p95", "ewma"} {
		b.Run(aggregate, func(b *testing.B) {
			s := loaded(b, aggregate)
			c := s.at()
			for b.Loop() {
				s.p.Judge(c)
			}
		})
	}
}
