package nsga2

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// problem has two objectives on a cube.
type problem struct {
	axes      int
	reference [2]float64
	f         func(x []float64) [2]float64
}

func zdt(h func(f, g float64) float64) func(x []float64) [2]float64 {
	return func(x []float64) [2]float64 {
		g := 1.0
		for _, v := range x[1:] {
			g += 9 * v / float64(len(x)-1)
		}
		return [2]float64{x[0], g * h(x[0], g)}
	}
}

var problems = map[string]problem{
	"zdt1": {6, [2]float64{1.1, 3}, zdt(func(f, g float64) float64 { return 1 - math.Sqrt(f/g) })},
	"zdt2": {6, [2]float64{1.1, 3}, zdt(func(f, g float64) float64 { return 1 - f*f/g/g })},
	"zdt3": {6, [2]float64{1.1, 3}, zdt(func(f, g float64) float64 { return 1 - math.Sqrt(f/g) - f/g*math.Sin(10*math.Pi*f) })},
	"dtlz2": {6, [2]float64{1.5, 1.5}, func(x []float64) [2]float64 {
		g := 1.0
		for _, v := range x[1:] {
			g += (v - 0.5) * (v - 0.5)
		}
		return [2]float64{g * math.Cos(x[0]*math.Pi/2), g * math.Sin(x[0]*math.Pi/2)}
	}},
	"kursawe": {3, [2]float64{-10, 5}, func(x []float64) (out [2]float64) {
		for i, v := range x {
			v = 10*v - 5
			if i < 2 {
				out[0] -= 10 * math.Exp(-0.2*math.Hypot(v, 10*x[i+1]-5))
			}
			out[1] += math.Pow(math.Abs(v), 0.8) + 5*math.Sin(v*v*v)
		}
		return out
	}},
}

func volume(points [][2]float64, reference [2]float64) float64 {
	slices.SortFunc(points, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	sum, low := 0.0, reference[1]
	for _, p := range points {
		if p[0] < reference[0] && p[1] < low {
			sum += (reference[0] - p[0]) * (low - p[1])
			low = p[1]
		}
	}
	return sum
}

func unitCube(axes int) trials.SearchSpace {
	space := trials.SearchSpace{}
	for i := range axes {
		space[fmt.Sprintf("x%d", i)] = trials.Distribution{Type: trials.FloatKind, Low: 0, High: 1}
	}
	return space
}

// hypervolume returns the medians over seeds after 50, 100 and 200 trials.
func hypervolume(t testing.TB, p problem, change func(*Sampler)) [3]float64 {
	t.Helper()
	const seeds = 15
	var all [3][]float64
	for seed := range int64(seeds) {
		b, s := newStudy(t, seed, 2, unitCube(p.axes)), New()
		change(s)
		var points [][2]float64
		for i := range 200 {
			values := ask(t, s, b.request(i))
			x := make([]float64, p.axes)
			for k := range x {
				x[k] = values[fmt.Sprintf("x%d", k)]
			}
			y := p.f(x)
			points = append(points, y)
			b.end(i, trials.Complete, values, y[:], 0)
			if k := slices.Index([]int{50, 100, 200}, i+1); k >= 0 {
				all[k] = append(all[k], volume(slices.Clone(points), p.reference))
			}
		}
	}
	var out [3]float64
	for k := range all {
		slices.Sort(all[k])
		out[k] = all[k][seeds/2]
	}
	return out
}
