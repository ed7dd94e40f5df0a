package tpe_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// twenty is a space of five floats, logs, ints and categories each.
func twenty() trials.SearchSpace {
	out := trials.SearchSpace{}
	for i := range 5 {
		out[fmt.Sprint("float", i)] = line(0, 1)
		out[fmt.Sprint("log", i)] = trials.Distribution{Type: trials.FloatKind, Low: 1e-6, High: 1, Log: true}
		out[fmt.Sprint("int", i)] = trials.Distribution{Type: trials.IntKind, Low: 1, High: 20}
		out[fmt.Sprint("choice", i)] = trials.Distribution{Type: trials.CategoricalKind, Choices: []any{"a", "b", "c", "d"}}
	}
	return out
}

// filled is a world of trials around a good point, as a sampler leaves them.
func filled(t testing.TB, n int, space trials.SearchSpace) *world {
	w := newWorld(t, space)
	rng := rand.New(rand.NewPCG(1, 1))
	for range n {
		w.tell(drawn(w, rng))
	}
	return w
}

func drawn(w *world, rng *rand.Rand) (map[string]float64, []float64) {
	values, loss := map[string]float64{}, 0.0
	for j, name := range w.space.Names {
		d := &w.space.Dists[j]
		values[name] = d.At((rng.Float64() + rng.Float64() + rng.Float64()) / 3)
		loss += (d.Unit(values[name]) - 0.4) * (d.Unit(values[name]) - 0.4)
	}
	return values, []float64{loss}
}

// Each ask follows a tell, which is part of what is measured.
func BenchmarkAsk(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprintf("trials=%d", n), func(b *testing.B) {
			w := filled(b, n, twenty())
			s := newSampler(b, defaults)
			rng := rand.New(rand.NewPCG(2, 2))
			sample(b, s, w.request())
			b.ReportAllocs()
			for b.Loop() {
				w.tell(drawn(w, rng))
				if _, err := s.Sample(w.request()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
