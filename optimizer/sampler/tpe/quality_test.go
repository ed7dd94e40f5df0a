package tpe_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// problem has a regret: how far a loss is above the least there is.
type problem struct {
	name  string
	space trials.SearchSpace
	loss  func(seed int, v map[string]float64) float64
}

func square(x float64) float64 { return x * x }

// sphere has its centre at another place for each seed.
var sphere = problem{"sphere", cube(5, -5.12, 5.12), func(seed int, v map[string]float64) float64 {
	shift, sum := math.Mod(float64(seed)*0.618, 1)*6-3, 0.0
	for _, x := range v {
		sum += square(x - shift)
	}
	return sum
}}

var branin = problem{"branin", trials.SearchSpace{"x": line(-5, 10), "y": line(0, 15)}, func(_ int, v map[string]float64) float64 {
	x, y := v["x"], v["y"]
	return square(y-5.1/(4*math.Pi*math.Pi)*x*x+5/math.Pi*x-6) + 10*(1-1/(8*math.Pi))*math.Cos(x) + 10 - 0.39788735772973816
}}

var hartmann = problem{"hartmann", cube(6, 0, 1), func(_ int, v map[string]float64) float64 {
	heights := [4]float64{1, 1.2, 3, 3.2}
	widths := [4][6]float64{{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}}
	centres := [4][6]float64{
		{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
		{0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
		{0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
		{0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381},
	}
	sum := 3.32236801141551
	for i, height := range heights {
		exponent := 0.0
		for j := range 6 {
			exponent += widths[i][j] * square(v[fmt.Sprintf("x%02d", j)]-centres[i][j])
		}
		sum -= height * math.Exp(-exponent)
	}
	return sum
}}

// mixed is a training with seven parameters. The best learning rate differs for
// one optimizer. The best categories are the first ones, or the last.
func mixed(last bool) problem {
	p := problem{name: "mixed, best first", space: trials.SearchSpace{
		"lr":         {Type: trials.FloatKind, Low: 1e-5, High: 0.1, Log: true},
		"dropout":    line(0, 0.7),
		"momentum":   line(0.5, 0.99),
		"layers":     {Type: trials.IntKind, Low: 1, High: 8},
		"units":      {Type: trials.IntKind, Low: 32, High: 512, Step: 32},
		"optimizer":  {Type: trials.CategoricalKind, Choices: []any{"a", "b", "c", "d"}},
		"activation": {Type: trials.CategoricalKind, Choices: []any{"r", "t", "g"}},
	}}
	if last {
		p.name = "mixed, best last"
	}
	p.loss = func(_ int, v map[string]float64) float64 {
		optimizer, activation, target := int(v["optimizer"]), int(v["activation"]), -3.0
		if last {
			optimizer, activation = 3-optimizer, 2-activation
		}
		if optimizer == 1 {
			target = -1.5
		}
		return 0.08*square(math.Log10(v["lr"])-target) + 0.3*square(v["dropout"]-0.2) + 0.2*square(v["momentum"]-0.9) +
			0.01*square(v["layers"]-4) + 0.3*square((v["units"]-256)/480) +
			[]float64{0, 0.1, 0.15, 0.2}[optimizer] + []float64{0, 0.03, 0.06}[activation]
	}
	return p
}

// regret returns the median over seeds of the least regret after some trials.
func regret(t testing.TB, p problem, node string, seeds, evaluations int) float64 {
	t.Helper()
	out := make([]float64, seeds)
	for seed := range out {
		w := newWorld(t, p.space)
		*w.study.Seed = int64(seed)
		out[seed] = math.Inf(1)
		play(t, w, newSampler(t, node), evaluations, func(v map[string]float64) float64 {
			loss := p.loss(seed, v)
			out[seed] = min(out[seed], loss)
			return loss
		})
	}
	return median(out)
}

func TestBeatsChanceClearly(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	for _, tt := range []struct {
		problem
		share float64 // of the regret of chance
	}{{sphere, 0.05}, {branin, 0.1}, {hartmann, 0.5}, {mixed(false), 0.2}, {mixed(true), 0.2}} {
		got, chance := regret(t, tt.problem, defaults, 9, 120), regret(t, tt.problem, never, 9, 120)
		t.Logf("%s: %.3g against %.3g", tt.name, got, chance)
		if got > tt.share*chance {
			t.Errorf("%s: the median regret is %.3g, want at most %v of chance's, %.3g", tt.name, got, tt.share, chance)
		}
	}
}

func TestEachParameterByItselfBeatsChanceToo(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	const alone = `{"multivariate":false}`
	if got, chance := regret(t, sphere, alone, 7, 100), regret(t, sphere, never, 7, 100); got > 0.3*chance {
		t.Errorf("the median regret is %.3g, by chance %.3g", got, chance)
	}
}
