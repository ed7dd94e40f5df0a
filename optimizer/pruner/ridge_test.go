package pruner

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// leftOut returns the root mean square error of predicting each row by a ridge
// that was fitted to the others, with its mean free of the penalty.
func leftOut(r *ridge, rows [][]float64, y []float64, penalty float64) float64 {
	n, p := len(rows), len(rows[0])
	square := 0.0
	for out := range n {
		a, b := mat.NewSymDense(p+1, nil), mat.NewVecDense(p+1, nil)
		for j := 1; j <= p; j++ {
			a.SetSym(j, j, penalty)
		}
		at := func(i, j int) float64 {
			if j == 0 {
				return 1
			}
			return r.at(j-1, rows[i][j-1])
		}
		for i := range n {
			if i == out {
				continue
			}
			for j := 0; j <= p; j++ {
				b.SetVec(j, b.AtVec(j)+at(i, j)*y[i])
				for k := j; k <= p; k++ {
					a.SetSym(j, k, a.At(j, k)+at(i, j)*at(i, k))
				}
			}
		}
		var w mat.VecDense
		if err := w.SolveVec(a, b); err != nil {
			panic(err)
		}
		e := y[out]
		for j := 0; j <= p; j++ {
			e -= at(out, j) * w.AtVec(j)
		}
		square += e * e / float64(n)
	}
	return math.Sqrt(square)
}

func TestRidgeLeavesOneOut(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	for round := range 20 {
		n, p := 10+chance.IntN(30), 1+chance.IntN(6)
		rows, y := make([][]float64, n), make([]float64, n)
		for i := range rows {
			rows[i] = make([]float64, p)
			for j := range rows[i] {
				rows[i][j] = 3 + float64(j+1)*chance.NormFloat64()
				y[i] += rows[i][j] * float64(j%3-1)
			}
			y[i] += chance.NormFloat64()
		}
		r := newRidge(rows, y)
		least := math.Inf(1)
		for _, penalty := range penalties {
			least = math.Min(least, leftOut(r, rows, y, penalty*float64(n)))
		}
		if math.Abs(r.sd-least) > 1e-9*least {
			t.Errorf("round %d, %d rows of %d: %v, want %v", round, n, p, r.sd, least)
		}
	}
}

func TestRidgeWithoutFeatures(t *testing.T) {
	nan := math.NaN()
	r := newRidge([][]float64{{7, nan}, {7, nan}, {7, nan}, {7, nan}}, []float64{1, 2, 3, 4})
	// Without 1 the mean is 3, and so on: the errors are 2, 2/3, 2/3 and 2.
	if want := math.Sqrt((4 + 4.0/9) / 2); r.mean != 2.5 || math.Abs(r.sd-want) > 1e-12 || r.weights[0] != 0 || r.weights[1] != 0 {
		t.Errorf("mean %v, sd %v, want 2.5 and %v; weights %v", r.mean, r.sd, want, r.weights)
	}
	if r := newRidge([][]float64{{1}, {2}, {3}}, []float64{0.1, 0.1, 0.1}); r.mean != 0.1 || r.sd != 0 {
		t.Errorf("of equal targets mean %v and sd %v", r.mean, r.sd)
	}
}
