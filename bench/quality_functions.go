package main

import (
	"fmt"
	"math"
	"slices"
)

// tuneTables are for tuning samplers; what is scored is seen by the benchmark
// alone.
var tuneTables = []string{"australian", "blood_transfusion", "car", "credit_g"}

// scored are the problems of the benchmark, the order as in the record.
var scored = []string{
	"hartmann6", "branin", "rosenbrock5", "kc1", "phoneme", "segment", "vehicle", "gardner2", "hartmann6_sum", "network",
	"branin_currin", "zdt1", "dtlz2", "sphere5", "ackley10", "mixed7_first", "mixed7_last",
}

// tuned are those that samplers may be tuned on: other tables, other shifts and
// start points.
func tuned() []string {
	out := slices.DeleteFunc(slices.Clone(scored), func(name string) bool {
		return slices.Contains([]string{"kc1", "phoneme", "segment", "vehicle"}, name)
	})
	return append(out, tuneTables...)
}

// problem makes one of the problems, each as in quality/problems.py.
func (t *tables) problem(name, group string, seed int) (*problem, error) {
	p := &problem{name: name, group: group, seed: seed}
	build := map[string]func(*problem){
		"sphere5": sphere5, "rosenbrock5": rosenbrock5, "branin": branin, "hartmann6": hartmann6, "ackley10": ackley10,
		"mixed7_first": mixed7, "mixed7_last": mixed7, "gardner2": gardner2, "hartmann6_sum": hartmann6Sum, "network": network,
		"zdt1": zdt1, "branin_currin": braninCurrin, "dtlz2": dtlz2,
	}[name]
	switch {
	case build != nil:
		build(p)
		return p, nil
	case slices.Contains(scored, name) || slices.Contains(tuneTables, name):
		return p, t.fromTable(p)
	default:
		return nil, fmt.Errorf("there is no problem %q; there are %v", name, append(slices.Clone(scored), tuneTables...))
	}
}

// free makes of a function a problem without constraints.
func free(f func(x []float64) float64) func([]float64) ([]float64, []float64) {
	return func(x []float64) ([]float64, []float64) { return []float64{f(x)}, nil }
}

func square(x float64) float64 { return x * x }

func sphere5(p *problem) {
	p.float(-5.12, 5.12, "x0", "x1", "x2", "x3", "x4")
	s := p.shift(5, 0.8*5.12)
	p.evaluate = free(func(x []float64) float64 { return distance2(x, s) })
}

// distance2 returns the square of the distance.
func distance2(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += square(a[i] - b[i])
	}
	return sum
}

func rosenbrock5(p *problem) {
	p.float(-5, 10, "x0", "x1", "x2", "x3", "x4")
	p.evaluate = free(func(x []float64) float64 {
		sum := 0.0
		for i := range 4 {
			sum += 100*square(x[i+1]-x[i]*x[i]) + square(1-x[i])
		}
		return sum
	})
}

func braninOf(x, y float64) float64 {
	b, c := 5.1/(4*math.Pi*math.Pi), 5/math.Pi
	return square(y-b*x*x+c*x-6) + 10*(1-1/(8*math.Pi))*math.Cos(x) + 10
}

func branin(p *problem) {
	p.float(-5, 10, "x0")
	p.float(0, 15, "x1")
	p.evaluate = free(func(x []float64) float64 { return braninOf(x[0], x[1]) })
	p.best = 0.39788735772973816
}

func hartmann(x []float64) float64 {
	a := [4][6]float64{{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}}
	q := [4][6]float64{
		{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
		{0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
		{0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
		{0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381},
	}
	total := 0.0
	for i, alpha := range []float64{1, 1.2, 3, 3.2} {
		sum := 0.0
		for j := range 6 {
			sum += a[i][j] * square(x[j]-q[i][j])
		}
		total -= alpha * math.Exp(-sum)
	}
	return total
}

func hartmann6(p *problem) {
	p.float(0, 1, "x0", "x1", "x2", "x3", "x4", "x5")
	p.evaluate = free(hartmann)
	p.best = -3.322368011415515
}

func ackley10(p *problem) {
	p.float(-32.768, 32.768, "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9")
	s := p.shift(10, 0.8*32.768)
	p.evaluate = free(func(x []float64) float64 {
		waves := 0.0
		for i := range x {
			waves += math.Cos(2 * math.Pi * (x[i] - s[i]))
		}
		return 20 + math.E - 20*math.Exp(-0.2*math.Sqrt(distance2(x, s)/10)) - math.Exp(waves/10)
	})
}

// mixed7 is a network's settings. The best optimizer and the best activation
// are the first choices, or the last; the best one wants another lr than the
// others.
func mixed7(p *problem) {
	last := p.name == "mixed7_last"
	p.add("lr", logFloat(1e-5, 0.1))
	p.float(0, 0.7, "dropout")
	p.float(0.5, 0.99, "momentum")
	p.int("layers", 1, 8, 0)
	p.int("units", 32, 512, 32)
	p.category("optimizer", 4)
	p.category("activation", 3)
	p.evaluate = free(func(x []float64) float64 {
		o, a, target := int(x[5]), int(x[6]), 1e-2
		if last {
			o, a = 3-o, 2-a
		}
		if o == 0 {
			target = 2e-4
		}
		return square((math.Log(x[0])-math.Log(target))/math.Log(1e4)) + square((x[1]-0.15)/0.7) + square((x[2]-0.9)/0.49) +
			square((x[3]-3)/7) + square((x[4]-352)/480) + [4]float64{0, 0.06, 0.1, 0.15}[o] + [3]float64{0, 0.05, 0.1}[a]
	})
}

// gardner2 is the second simulation of Gardner et al., Bayesian Optimization
// with Inequality Constraints, ICML 2014, section 4.1: 2 % are feasible.
func gardner2(p *problem) {
	p.float(0, 6, "x0", "x1")
	p.limits, p.best = 1, math.Asin(0.95)-1
	p.worst = 7 - p.best
	p.evaluate = func(x []float64) ([]float64, []float64) {
		return []float64{math.Sin(x[0]) + x[1]}, []float64{math.Sin(x[0])*math.Sin(x[1]) + 0.95}
	}
}

// hartmann6Sum is Hartmann6 where the sum is at most 1.8: 4.5 % of the box, the
// optimum outside. Its best value is computed by quality/problems.py.
func hartmann6Sum(p *problem) {
	p.float(0, 1, "x0", "x1", "x2", "x3", "x4", "x5")
	p.limits, p.best = 1, -3.123306863572282
	p.worst = -p.best
	p.evaluate = func(x []float64) ([]float64, []float64) {
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		return []float64{hartmann(x)}, []float64{sum - 1.8}
	}
}

// network must fit a memory and a latency: more is better, but for the limits,
// and a coarser number format makes room at a price.
func network(p *problem) {
	p.add("lr", logFloat(1e-5, 0.1))
	p.float(0, 0.7, "dropout")
	p.int("layers", 1, 8, 0)
	p.int("units", 32, 512, 32)
	p.category("format", 3)
	p.category("optimizer", 3)
	shape := func(layers, units float64, k int) (capacity, loss float64, broken []float64) {
		capacity = math.Log(layers*units*units/1024) / math.Log(2048)
		loss = 0.5*square(1-capacity) + [3]float64{0, 0.01, 0.04}[k]
		memory := layers * units * units * [3]float64{4, 2, 1}[k] / 1e6
		latency := layers * math.Sqrt(units) * [3]float64{1, 0.6, 0.5}[k]
		return capacity, loss, []float64{memory/1.1 - 1, latency/42 - 1}
	}
	p.limits, p.best = 2, math.Inf(1)
	for layers := 1.0; layers <= 8; layers++ {
		for units := 32.0; units <= 512; units += 32 {
			for k := range 3 {
				if _, loss, broken := shape(layers, units, k); slices.Max(broken) <= 0 {
					p.best = min(p.best, loss)
				}
			}
		}
	}
	p.worst = 1.5 - p.best
	p.evaluate = func(x []float64) ([]float64, []float64) {
		capacity, loss, broken := shape(x[2], x[3], int(x[4]))
		loss += square((math.Log(x[0]) - math.Log(1e-3)) / math.Log(1e4))
		return []float64{loss + 0.3*square(x[1]-0.3*capacity) + [3]float64{0.08, 0, 0.05}[int(x[5])]}, broken
	}
}

// zdt1 is by Zitzler, Deb and Thiele, 2000; five parameters, and all but the
// first best where the shift says, not at their ends.
func zdt1(p *problem) {
	p.float(0, 1, "x0", "x1", "x2", "x3", "x4")
	s := p.shift(4, 0.4)
	p.best, p.corner = 2+2.0/3+0.3, []float64{1.1, 3}
	p.evaluate = func(x []float64) ([]float64, []float64) {
		sum := 0.0
		for i, v := range s {
			at := 0.5 + v
			sum += math.Abs(x[i+1]-at) / max(at, 1-at)
		}
		g := 1 + 9*sum/4
		return []float64{x[0], g * (1 - math.Sqrt(x[0]/g))}, nil
	}
}

// braninCurrin is of Belakaria et al., Max-value Entropy Search for
// Multi-Objective Bayesian Optimization, NeurIPS 2019; the reference point and
// the hypervolume are BoTorch's.
func braninCurrin(p *problem) {
	p.float(0, 1, "x0", "x1")
	p.best, p.corner = 59.36011874867746, []float64{18, 6}
	p.evaluate = func(x []float64) ([]float64, []float64) {
		a, tail := x[0], 1.0
		if x[1] > 0 {
			tail = 1 - math.Exp(-1/(2*x[1]))
		}
		currin := tail * (2300*a*a*a + 1900*a*a + 2092*a + 60) / (100*a*a*a + 500*a*a + 4*a + 20)
		return []float64{braninOf(15*a-5, 15*x[1]), currin}, nil
	}
}

// dtlz2 is by Deb et al., 2002; two objectives, five parameters, shifted.
func dtlz2(p *problem) {
	p.float(0, 1, "x0", "x1", "x2", "x3", "x4")
	s := p.shift(4, 0.4)
	p.best, p.corner = 1.21-math.Pi/4, []float64{1.1, 1.1}
	p.evaluate = func(x []float64) ([]float64, []float64) {
		g := 1.0
		for i, v := range s {
			g += square(x[i+1] - (0.5 + v))
		}
		return []float64{g * math.Cos(x[0]*math.Pi/2), g * math.Sin(x[0]*math.Pi/2)}, nil
	}
}
