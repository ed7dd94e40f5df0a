package tpe_test

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestExploreWorkers(t *testing.T) {
	if os.Getenv("EXPLORE") == "" {
		t.Skip()
	}
	for _, p := range []problem{sphere, hartmann, branin, mixed(true)} {
		var at [2][]float64
		for seed := range 15 {
			w := newWorld(t, p.space)
			*w.study.Seed = int64(seed)
			s := newSampler(t, defaults)
			var pending []trials.Point
			best := math.Inf(1)
			for i := range 207 {
				r := w.request()
				r.Number = int64(i)
				r.Pending = pending
				pending = append(pending, trials.Point{Number: int64(i), Values: sample(t, s, r)})
				if len(pending) == 8 {
					l := p.loss(seed, pending[0].Values)
					best = min(best, l)
					w.tell(pending[0].Values, []float64{l})
					pending = pending[1:]
				}
				if w.view.Len() == 100 {
					at[0] = append(at[0], best)
				}
			}
			at[1] = append(at[1], best)
		}
		t.Logf("%s %.3g %.3g", p.name, median(at[0]), median(at[1]))
	}
}

func TestExploreQuality(t *testing.T) {
	if os.Getenv("EXPLORE") == "" {
		t.Skip()
	}
	rosen := problem{"rosenbrock", cube(5, -5, 10), func(_ int, v map[string]float64) float64 {
		x, s := make([]float64, 5), 0.0
		for i := range x {
			x[i] = v[fmt.Sprintf("x%02d", i)]
		}
		for i := range 4 {
			s += 100*square(x[i+1]-x[i]*x[i]) + square(1-x[i])
		}
		return s
	}}
	ackley := problem{"ackley", cube(10, -32.768, 32.768), func(_ int, v map[string]float64) float64 {
		a, b := 0.0, 0.0
		for _, x := range v {
			a += square(x - 6.3)
			b += math.Cos(2 * math.Pi * (x - 6.3))
		}
		return -20*math.Exp(-0.2*math.Sqrt(a/10)) - math.Exp(b/10) + 20 + math.E
	}}
	seeds, _ := strconv.Atoi(os.Getenv("SEEDS"))
	node := os.Getenv("NODE")
	if node == "" {
		node = defaults
	}
	for _, p := range []problem{sphere, rosen, branin, hartmann, ackley, mixed(false), mixed(true)} {
		if !strings.Contains(p.name, os.Getenv("ONLY")) {
			continue
		}
		var at [3][]float64
		for seed := range seeds {
			w := newWorld(t, p.space)
			*w.study.Seed = int64(seed)
			best, n := math.Inf(1), 0
			play(t, w, newSampler(t, node), 200, func(v map[string]float64) float64 {
				l := p.loss(seed, v)
				best = min(best, l)
				n++
				switch n {
				case 50:
					at[0] = append(at[0], best)
				case 100:
					at[1] = append(at[1], best)
				case 200:
					at[2] = append(at[2], best)
				}
				return l
			})
		}
		t.Logf("%s %.3g %.3g %.3g q75 %.3g", p.name, median(at[0]), median(at[1]), median(at[2]), at[2][seeds*3/4])
	}
}

func TestExploreMore(t *testing.T) {
	if os.Getenv("EXPLORE") == "" {
		t.Skip()
	}
	for _, n := range []string{never, `{}`, `{"multivariate":false}`, `{"gamma":0.1}`, `{"gamma_cap":25}`} {
		t.Logf("zdt1 %s %.3g %.3g", n, volumeLeft(t, n, 11, 100), volumeLeft(t, n, 11, 200))
	}
	for _, n := range []string{never, `{}`, `{"constraints":"ctpe"}`} {
		t.Logf("limited %s %.3g %.3g", n, limited(t, n, 21, 100), limited(t, n, 21, 200))
	}
	for _, n := range []string{never, `{}`, `{"group":false}`, `{"multivariate":false}`} {
		t.Logf("branches %s %.3g %.3g", n, regret(t, branches, n, 31, 80), regret(t, branches, n, 31, 160))
	}
}
