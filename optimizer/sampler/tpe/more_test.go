package tpe_test

import (
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// never is a sampler that stays at its start-up: chance.
const never = `{"startup_trials":1000000}`

// volumeLeft returns the median over seeds of the hypervolume that a study of
// ZDT1 with five parameters leaves uncovered below the reference point (1.1, 6).
func volumeLeft(t testing.TB, node string, seeds, evaluations int) float64 {
	t.Helper()
	out := make([]float64, seeds)
	for seed := range out {
		w := newWorld(t, cube(5, 0, 1), trials.Minimize, trials.Maximize)
		*w.study.Seed = int64(seed)
		s := newSampler(t, node)
		var front [][2]float64
		for range evaluations {
			v := sample(t, s, w.request())
			g := 1.0
			for name, x := range v {
				if name != "x00" {
					g += 9 * x / 4
				}
			}
			f := [2]float64{v["x00"], g * (1 - math.Sqrt(v["x00"]/g))}
			front = append(front, f)
			w.tell(v, []float64{f[0], -f[1]})
		}
		slices.SortFunc(front, func(a, b [2]float64) int { return slices.Compare(a[:], b[:]) })
		covered, height := 0.0, 6.0
		for _, f := range front {
			if f[0] < 1.1 && f[1] < height {
				covered += (1.1 - f[0]) * (height - f[1])
				height = f[1]
			}
		}
		out[seed] = 1.1*6 - 1.0/3 - covered
	}
	return median(out)
}

// limited is a sphere of which less than a tenth keeps two limits; the best there
// is at their corner.
func limited(t testing.TB, node string, seeds, evaluations int) float64 {
	t.Helper()
	out := make([]float64, seeds)
	for seed := range out {
		w := newWorld(t, cube(4, -5, 5))
		*w.study.Seed = int64(seed)
		w.view.Limits = []trials.Limit{{Metric: "a", Op: ">=", Bound: 2}, {Metric: "b", Op: ">=", Bound: 1}}
		s := newSampler(t, node)
		out[seed] = math.Inf(1)
		for range evaluations {
			v := sample(t, s, w.request())
			loss := 0.0
			for _, x := range v {
				loss += square(x)
			}
			a, b := 2-v["x00"], 1-v["x01"]
			if a <= 0 && b <= 0 {
				out[seed] = min(out[seed], loss-5)
			}
			w.tell(v, []float64{loss}, a, b)
		}
	}
	return median(out)
}

// branches is a space of three models, each with parameters of its own.
var branches = problem{"branches", trials.SearchSpace{
	"model":  {Type: trials.CategoricalKind, Choices: []any{"tree", "net", "line"}},
	"shared": line(0, 1),
	"depth":  when(trials.Distribution{Type: trials.IntKind, Low: 1, High: 30}, "tree"),
	"leaf":   when(trials.Distribution{Type: trials.FloatKind, Low: 1e-4, High: 1, Log: true}, "tree"),
	"rate":   when(trials.Distribution{Type: trials.FloatKind, Low: 1e-5, High: 1, Log: true}, "net"),
	"width":  when(trials.Distribution{Type: trials.IntKind, Low: 8, High: 512, Log: true}, "net"),
	"drop":   when(line(0, 0.8), "net"),
	"ridge":  when(trials.Distribution{Type: trials.FloatKind, Low: 1e-6, High: 1e3, Log: true}, "line"),
}, func(seed int, v map[string]float64) float64 {
	shared := 0.5 * square(v["shared"]-0.3)
	switch v["model"] {
	case 0:
		return shared + 0.05 + 0.001*square(v["depth"]-12) + 0.02*square(math.Log10(v["leaf"])+2)
	case 1:
		return shared + 0.05*square(math.Log10(v["rate"])+3+2*v["drop"]) + 0.05*square(math.Log2(v["width"]/100)) + square(v["drop"]-0.3)
	default:
		return shared + 0.1 + 0.01*square(math.Log10(v["ridge"]))
	}
}}

func when(d trials.Distribution, model string) trials.Distribution {
	d.When = map[string][]any{"model": {model}}
	return d
}

func TestSeveralObjectives(t *testing.T) {
	if got, chance := volumeLeft(t, defaults, 7, 100), volumeLeft(t, never, 7, 100); got > 0.6*chance {
		t.Errorf("%.3g of the hypervolume is left, by chance %.3g", got, chance)
	}
}

func TestLimitsAreHeededBothWays(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	chance := limited(t, never, 7, 100)
	for _, node := range []string{defaults, `{"constraints":"ctpe"}`} {
		if got := limited(t, node, 7, 100); got > 0.4*chance {
			t.Errorf("%s: the median regret of feasible trials is %.3g, by chance %.3g", node, got, chance)
		}
	}
}

// The best branch is the hardest to learn: it seldom looks good at first.
func TestABranchIsNoTrap(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	if got := regret(t, branches, defaults, 9, 200); got > 0.04 {
		t.Errorf("the median regret is %.3g; the second best branch has 0.05", got)
	}
}
