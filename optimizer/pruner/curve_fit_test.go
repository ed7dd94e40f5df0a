package pruner_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// decay is a curve of n points from step first on: floor + height * t^-exponent
// with t from 1.
func decay(first int64, n int, floor, height, exponent float64) []point {
	out := make([]point, n)
	for i := range out {
		out[i] = point{first + int64(i), floor + height*math.Pow(float64(i+1), -exponent)}
	}
	return out
}

func TestCurveFit(t *testing.T) {
	const fit = `{"type":"curve_fit","interval_steps":1,"min_trials":1,"flat_share":0`
	const flat = `{"type":"curve_fit","interval_steps":1,"min_trials":1`
	good := decay(1, 20, 0.2, 1, 1) // ends at 0.25
	tests := map[string]struct {
		node string
		own  []point
		peer [][]point
		want string
	}{
		"nothing reported":                     {fit + `}`, nil, [][]point{good}, "unknown"},
		"too few points":                       {fit + `}`, decay(1, 7, 0.5, 1, 1), [][]point{good}, "unknown"},
		"a law that ends above the best":       {fit + `}`, decay(1, 8, 0.5, 1, 1), [][]point{good}, "fire"},
		"from step 0":                          {fit + `}`, decay(0, 8, 0.5, 1, 1), [][]point{decay(0, 20, 0.2, 1, 1)}, "fire"},
		"a law that ends below it":             {fit + `}`, decay(1, 8, 0.1, 1, 1), [][]point{good}, "pass"},
		"below it already":                     {fit + `}`, decay(1, 8, 0, 0.2, 1), [][]point{good}, "pass"},
		"as good as the best":                  {fit + `}`, decay(1, 8, 0.2, 1, 1), [][]point{good}, "pass"},
		"nobody completed":                     {fit + `}`, decay(1, 8, 0.5, 1, 1), nil, "unknown"},
		"too few that ended":                   {`{"type":"curve_fit","interval_steps":1}`, decay(1, 8, 0.5, 1, 1), [][]point{good, good}, "unknown"},
		"enough that ended":                    {`{"type":"curve_fit","interval_steps":1}`, decay(1, 8, 0.5, 1, 1), [][]point{good, good, good}, "fire"},
		"better than the second best":          {fit + `,"k":2}`, decay(1, 8, 0.5, 1, 1), [][]point{good, decay(1, 20, 0.6, 1, 1)}, "pass"},
		"too few for the second best":          {fit + `,"k":2}`, decay(1, 8, 0.5, 1, 1), [][]point{good}, "unknown"},
		"a constant above the best":            {fit + `}`, decay(1, 8, 0.3, 0, 1), [][]point{good}, "fire"},
		"a constant as good as the best":       {fit + `}`, decay(1, 8, 0.25, 0, 1), [][]point{decay(1, 20, 0.25, 0, 1)}, "pass"},
		"at its last step":                     {fit + `}`, decay(1, 20, 0.5, 1, 1), [][]point{good}, "pass"},
		"one before its last step":             {fit + `}`, decay(1, 19, 0.5, 1, 1), [][]point{good}, "fire"},
		"NaN is passed over":                   {fit + `}`, append(decay(1, 8, 0.5, 1, 1), point{9, nan}), [][]point{good}, "fire"},
		"infinite is passed over":              {fit + `}`, append(decay(1, 8, 0.5, 1, 1), point{9, inf}), [][]point{good}, "fire"},
		"too few numbers":                      {fit + `}`, append(decay(1, 7, 0.5, 1, 1), point{8, nan}), [][]point{good}, "unknown"},
		"values at the end of the numbers":     {fit + `}`, append(decay(1, 8, 0.5, 1, 1), point{9, 1.7e308}, point{10, -1.7e308}), [][]point{good}, "unknown"},
		"values that are huge":                 {fit + `}`, decay(1, 8, 5e299, 1e300, 1), [][]point{decay(1, 20, 2e299, 1e300, 1)}, "fire"},
		"a best that is infinite":              {fit + `}`, decay(1, 8, 0.5, 1, 1), [][]point{append(decay(1, 19, 0, 1, 1), point{20, -inf})}, "unknown"},
		"every second report":                  {`{"type":"curve_fit","min_trials":1}`, decay(1, 9, 0.5, 1, 1), [][]point{good}, "pass"},
		"counted from warmup_steps":            {`{"type":"curve_fit","min_trials":1,"warmup_steps":1}`, decay(1, 9, 0.5, 1, 1), [][]point{good}, "fire"},
		"maximize: a law that ends below":      {fit + `,"direction":"maximize"}`, decay(1, 8, -0.5, -1, 1), [][]point{decay(1, 20, -0.2, -1, 1)}, "fire"},
		"maximize: a law that ends above":      {fit + `,"direction":"maximize"}`, decay(1, 8, -0.1, -1, 1), [][]point{decay(1, 20, -0.2, -1, 1)}, "pass"},
		"a million steps":                      {fit + `}`, scale(decay(1, 150, 0.5, 1, 0.3), 5000), [][]point{scale(good, 50000)}, "fire"},
		"many points, with gaps":               {fit + `}`, holes(decay(1, 200, 0.5, 1, 0.3)), [][]point{decay(1, 300, 0.2, 1, 1)}, "fire"},
		"many points, of which few are finite": {fit + `,"min_points":100}`, holes(decay(1, 100, 0.5, 1, 0.3)), [][]point{decay(1, 300, 0.2, 1, 1)}, "unknown"},
		"noise is given room":                  {fit + `}`, noisy(decay(1, 8, 0.4, 1, 1), 0.2), [][]point{good}, "pass"},
		"hardly moved, of 8 points":            {flat + `}`, decay(1, 8, 0.95, 0.05, 1), [][]point{good}, "unknown"},                // from 1 to 0.956, of 0.75 to go
		"moved enough, of 8 points":            {flat + `}`, decay(1, 8, 0.9, 0.1, 2), [][]point{decay(1, 20, 0.05, 1, 1)}, "fire"}, // from 1 to 0.902, of 0.9 to go
		"hardly moved, of 12 points":           {flat + `}`, decay(1, 12, 0.95, 0.05, 1), [][]point{good}, "fire"},
		"hardly moved, flat_points 8":          {flat + `,"flat_points":8}`, decay(1, 8, 0.95, 0.05, 1), [][]point{good}, "fire"},
		"hardly moved, NaN first":              {flat + `}`, append([]point{{0, nan}}, decay(1, 8, 0.95, 0.05, 1)...), [][]point{good}, "unknown"},
		"maximize: hardly moved":               {flat + `,"direction":"maximize"}`, decay(1, 8, -0.95, -0.05, 1), [][]point{decay(1, 20, -0.2, -1, 1)}, "unknown"},
		"noise, and no room":                   {fit + `,"z":0}`, noisy(decay(1, 8, 0.4, 1, 1), 0.2), [][]point{good}, "fire"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			s.study.MaxSteps = 20
			for _, curve := range tt.peer {
				s.peer(trials.Complete, "loss", curve...)
				s.study.MaxSteps = max(s.study.MaxSteps, curve[len(curve)-1].step)
			}
			for _, p := range tt.own {
				s.report(s.trial, p.step, "loss", p.value)
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// scale makes the steps of a curve longer.
func scale(curve []point, by int64) []point {
	curve = slices.Clone(curve)
	for i := range curve {
		curve[i].step *= by
	}
	return curve
}

// holes makes every fifth value NaN.
func holes(curve []point) []point {
	for i := 4; i < len(curve); i += 5 {
		curve[i].value = nan
	}
	return curve
}

// noisy adds and takes away by turns.
func noisy(curve []point, by float64) []point {
	for i := range curve {
		curve[i].value += by * float64(1-2*(i%2))
	}
	return curve
}

func TestCurveFitDefaults(t *testing.T) {
	for steps, want := range map[int64]int{0: 8, 20: 8, 41: 9, 100: 20} {
		spec := study()
		spec.MaxSteps = steps
		if got := resolved(t, spec, `{"type":"curve_fit"}`)["min_points"]; got != float64(want) {
			t.Errorf("with max_steps %d min_points is %v, want %d", steps, got, want)
		}
	}
	if got := resolved(t, study(), `{"type":"curve_fit"}`)["interval_steps"]; got != 2.0 {
		t.Errorf("interval_steps is %v, want 2", got)
	}
}

// one returns a trial with a curve before a single rule, after three peers.
func fitting(t testing.TB, n int, floor float64) *scene {
	s := newScene(t, study(), `{"type":"curve_fit","interval_steps":1}`)
	s.study.MaxSteps = int64(2 * n)
	for range 3 {
		s.peer(trials.Complete, "loss", decay(1, 2*n, 0.2, 1, 1)...)
	}
	for _, p := range noisy(decay(1, n, floor, 1, 0.5), 0.01) {
		s.report(s.trial, p.step, "loss", p.value)
	}
	return s
}

func BenchmarkCurveFit(b *testing.B) {
	for _, n := range []int{10, 50, 1000} {
		for name, floor := range map[string]float64{"fits": 0.25, "is good already": -1} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				s := fitting(b, n, floor)
				c := s.at()
				b.ReportAllocs()
				for b.Loop() {
					s.p.Judge(c)
				}
			})
		}
	}
}
