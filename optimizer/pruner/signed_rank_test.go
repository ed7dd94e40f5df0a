package pruner

import (
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner/exact"
)

func TestSignedRankIsSciPys(t *testing.T) {
	vectors, err := exact.Load()
	if err != nil {
		t.Fatal(err)
	}
	n, worst := 0, 0.0
	for d, want := range vectors.Signed.All() {
		n++
		got := signedRank(slices.Clone(d))
		worst = max(worst, math.Abs(got-want)/want)
		if math.Abs(got-want) > 1e-12*want {
			t.Errorf("p of %d differences %v is %v, want %v", len(d), d, got, want)
		}
	}
	t.Logf("%d vectors, relative error at most %.1e", n, worst)
}

// By trying all signs.
func TestSignedRankOfFewDifferences(t *testing.T) {
	for _, d := range [][]float64{{1, 2}, {1, -2, 3}, {1, 1, -1}, {0, 0, 0}, {0, 1, 0, -2, 2}, {5, 4, -3, 2, 1, 1, 0, 9}} {
		ranks := make([]float64, len(d))
		for i, x := range d {
			ranks[i] = 0.5
			for _, y := range d {
				switch {
				case math.Abs(y) < math.Abs(x):
					ranks[i]++
				case math.Abs(y) == math.Abs(x):
					ranks[i] += 0.5
				}
			}
		}
		sum := func(positive func(i int) bool) (w float64) {
			for i := range d {
				if d[i] != 0 && positive(i) {
					w += ranks[i]
				}
			}
			return w
		}
		observed, as := sum(func(i int) bool { return d[i] > 0 }), 0
		for signs := range 1 << len(d) {
			if sum(func(i int) bool { return signs>>i&1 == 1 }) >= observed {
				as++
			}
		}
		want := float64(as) / float64(int(1)<<len(d))
		if got := signedRank(slices.Clone(d)); got != want {
			t.Errorf("p of %v is %v, want %v", d, got, want)
		}
	}
}

// The published two-sided constants at 5 % (Pocock 1977, table 1), to whose two
// tails at 2.5 % one tail is all but the same.
func TestPocock(t *testing.T) {
	for looks, want := range map[int]float64{1: 0.05, 2: 0.0294, 3: 0.0221, 4: 0.0182, 5: 0.0158, 10: 0.0106} {
		if got := 2 * pocock(0.025, looks); math.Abs(got-want) > 1.5e-4 {
			t.Errorf("level of %d looks %.4f, want %.4f", looks, got, want)
		}
	}
	for _, looks := range []int{2, 7, maxLooks} {
		for _, alpha := range []float64{0.001, 0.1, 0.5, 0.9} {
			level := pocock(alpha, looks)
			if !(level < alpha && level >= alpha/float64(looks)) {
				t.Errorf("level of %d looks at %v: %v", looks, alpha, level)
			}
		}
	}
	if pocock(0, 5) != 0 || pocock(1, 5) != 1 {
		t.Error("never and always are not left alone")
	}
}

func BenchmarkSignedRank(b *testing.B) {
	for name, n := range map[string]int{"10": 10, "50": 50, "200": 200} {
		b.Run(name, func(b *testing.B) {
			d, work := make([]float64, n), make([]float64, n)
			for i := range d {
				d[i] = float64(i*7919%101) - 40.5 + float64(i)/1000
			}
			b.ReportAllocs()
			for b.Loop() {
				copy(work, d)
				signedRank(work)
			}
		})
	}
}

func BenchmarkPocock(b *testing.B) {
	for b.Loop() {
		pocock(0.1, maxLooks)
	}
}
