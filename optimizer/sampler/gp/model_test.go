package gp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// near fails unless two numbers agree to a share of their size.
func near(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if !(math.Abs(got-want) <= share*(1+math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// cloud returns random points of three numeric axes and one category, and
// outputs that depend on all.
func cloud(n int) (x [][]float64, y []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range n {
		p := []float64{rng.Float64(), rng.Float64(), rng.Float64(), float64(rng.IntN(3))}
		x = append(x, p)
		y = append(y, math.Sin(5*p[0])+p[1]*p[2]+0.3*p[3]+0.01*rng.NormFloat64())
	}
	return x, standardise(y).y
}

func someHyper() hyper { return hyper{weights: []float64{3, 0.5, 20, 0.7}, scale: 1.4, noise: 0.01} }

func TestGradientOfTheDensityIsItsSlope(t *testing.T) {
	x, y := cloud(25)
	f := &fitter{
		x: x, y: y, numeric: 3, h: someHyper(), scaled: matrix(25, 4), slopes: matrix(25, 25),
		factor: triangle(matrix(25, 25)), inverse: matrix(25, 25), alpha: make([]float64, 25), gradient: make([]float64, 4),
	}
	at := func(theta []float64) (float64, []float64) {
		g := make([]float64, len(theta))
		f.set(theta)
		return f.density(g), g
	}
	theta := []float64{math.Log(3), math.Log(0.5), math.Log(20), math.Log(0.7), math.Log(1.4), math.Log(0.01)}
	_, gradient := at(theta)
	for i := range theta {
		const h = 1e-5
		up, down := slices.Clone(theta), slices.Clone(theta)
		up[i] += h
		down[i] -= h
		high, _ := at(up)
		low, _ := at(down)
		near(t, "the slope", gradient[i], (high-low)/(2*h), 1e-6)
	}
}

func TestFitFindsAGreaterDensityAndTellsAxesApart(t *testing.T) {
	x, y := cloud(60)
	for i := range y { // an axis that says nothing
		y[i] = math.Sin(9 * x[i][0])
	}
	h := fit(x, standardise(y).y, 3, unfitted(4), coldEvals)
	if h.weights[0] < 10*h.weights[1] || h.weights[0] < 10*h.weights[2] {
		t.Errorf("the axis that matters has weight %v among %v", h.weights[0], h.weights)
	}
	if h.noise > 1e-3 {
		t.Errorf("without noise it is %v", h.noise)
	}
}

func TestPosteriorOfTwoPointsIsAsComputedByHand(t *testing.T) {
	f := &factored{hyper: hyper{weights: []float64{4}, scale: 2, noise: 0.5}, numeric: 1}
	m := f.grown([]float64{0}, []float64{0.5}).given([]float64{1, -1})
	k := func(d float64) float64 { // scale 2, length 1/2
		s := math.Sqrt(5) * d / 0.5
		return 2 * (1 + s + s*s/3) * math.Exp(-s)
	}
	a, b := 2.5, k(0.5) // the covariances are [[a b] [b a]]
	det := a*a - b*b
	k0, k1 := k(0.2), k(0.3)
	var s scratch
	got := m.at([]float64{0.2}, &s)
	near(t, "the mean", got.mean, (k0*(a+b)-k1*(a+b))/det, 1e-12)
	near(t, "the deviation", got.sd, math.Sqrt(2-(a*k0*k0-2*b*k0*k1+a*k1*k1)/det), 1e-12)
}

func TestSlopesOfThePosteriorAreItsSlopes(t *testing.T) {
	x, y := cloud(30)
	m := (&factored{hyper: someHyper(), numeric: 3}).grown(x...).given(y)
	var s scratch
	at := []float64{0.3, 0.6, 0.2, 1}
	mean, sd := make([]float64, 4), make([]float64, 4)
	m.slopesAt(at, &s, mean, sd)
	for i := range 3 {
		const h = 1e-6
		up, down := slices.Clone(at), slices.Clone(at)
		up[i] += h
		down[i] -= h
		high, low := m.at(up, &s), m.at(down, &s)
		near(t, "the slope of the mean", mean[i], (high.mean-low.mean)/(2*h), 1e-6)
		near(t, "the slope of the deviation", sd[i], (high.sd-low.sd)/(2*h), 1e-6)
	}
}

func TestAFactorThatGrewIsThatOfTheWholeMatrix(t *testing.T) {
	x, _ := cloud(40)
	start := &factored{hyper: someHyper(), numeric: 3}
	whole, grown := start.grown(x...), start
	for i := 0; i < len(x); i += 3 {
		grown = grown.grown(x[i:min(i+3, len(x))]...)
	}
	k := mat.NewSymDense(len(x), nil)
	for i := range x {
		for j := range x {
			v, _ := matern(whole.distance(whole.x[i], whole.x[j], 3))
			k.SetSym(i, j, whole.scale*v)
		}
		k.SetSym(i, i, whole.scale+whole.noise)
	}
	var c mat.Cholesky
	if !c.Factorize(k) {
		t.Fatal("not positive definite")
	}
	l := c.RawU()
	for i := range x {
		if !slices.Equal(grown.l[i], whole.l[i]) {
			t.Fatalf("row %d differs to the bit", i)
		}
		for j := range i + 1 {
			near(t, "the factor", whole.l[i][j], l.At(j, i), 1e-10)
		}
	}
	inverse := matrix(40, 40)
	whole.l.inverse(inverse)
	var full mat.SymDense
	if err := c.InverseTo(&full); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i := 7; i < 40; i++ {
		sum += inverse[3][i] * inverse[7][i]
	}
	near(t, "the inverse", sum, full.At(3, 7), 1e-8)
}

func TestTheSameSpotTwiceIsFactored(t *testing.T) {
	f := &factored{hyper: hyper{weights: []float64{1}, scale: 1, noise: 0}, numeric: 1}
	m := f.grown([]float64{0.5}, []float64{0.5}, []float64{0.5}).given([]float64{1, 1, 1})
	var s scratch
	if got := m.at([]float64{0.4}, &s); math.IsNaN(got.mean) || math.IsNaN(got.sd) {
		t.Errorf("got %v", got)
	}
}

func TestBelievedPointsKeepTheMeanAndShrinkTheDeviation(t *testing.T) {
	x, y := cloud(20)
	m := (&factored{hyper: someHyper(), numeric: 3}).grown(x...).given(y)
	at := []float64{0.9, 0.1, 0.5, 2}
	var s scratch
	before, after := m.at(at, &s), m.believing([][]float64{at}).at(at, &s)
	near(t, "the mean", after.mean, before.mean, 1e-9)
	v := before.sd * before.sd
	near(t, "the deviation", after.sd, math.Sqrt(v*m.noise/(v+m.noise)), 1e-9)
}

func TestMinimiseFindsACornerAndAValley(t *testing.T) {
	valley := func(x, g []float64) float64 {
		a, b := 1-x[0], x[1]-x[0]*x[0]
		g[0], g[1] = -2*a-400*x[0]*b, 200*b
		return a*a + 100*b*b
	}
	x := []float64{-1.2, 1}
	b := box{low: []float64{-5, -5}, high: []float64{5, 5}, evals: 200, tolerance: 1e-14, f: valley}
	if got := b.minimise(x); got > 1e-8 {
		t.Errorf("the bottom of the valley is %v at %v", got, x)
	}
	x = []float64{0.5, 0.5}
	b = box{low: []float64{0, 0}, high: []float64{1, 1}, evals: 50, tolerance: 1e-12, f: func(x, g []float64) float64 {
		g[0], g[1] = 1, -2
		return x[0] - 2*x[1]
	}}
	if b.minimise(x); x[0] != 0 || x[1] != 1 {
		t.Errorf("the corner is at %v", x)
	}
}
