package tpe_test

import (
	"math"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// asked returns the smallest distance in the unit cube between eight points that
// are asked for without a tell; categories that differ are 1 apart.
func asked(t testing.TB, w *world, ask func(r *trials.SampleRequest) map[string]float64) float64 {
	t.Helper()
	least := math.Inf(1)
	r := w.request()
	for range 8 {
		values := ask(r)
		for _, p := range r.Pending {
			sum := 0.0
			for j, name := range w.space.Names {
				d := &w.space.Dists[j]
				by := d.Unit(values[name]) - d.Unit(p.Values[name])
				if d.Type == trials.CategoricalKind && by != 0 {
					by = 1
				}
				sum += by * by
			}
			least = min(least, math.Sqrt(sum))
		}
		r.Pending = append(r.Pending, trials.Point{Number: r.Number, Values: values, Fresh: true})
		r.Number++
	}
	return least
}

// The points of a batch are not alike, not even where the model has settled.
func TestABatchIsSpread(t *testing.T) {
	if testing.Short() {
		t.Skip("a matter of numbers")
	}
	for _, p := range []problem{sphere, mixed(false), branin} {
		for _, history := range []string{defaults, never} {
			for _, told := range []int{0, 50, 200} {
				var ours, chance []float64
				for seed := range 7 {
					w := newWorld(t, p.space)
					*w.study.Seed = int64(seed)
					play(t, w, newSampler(t, history), told, func(v map[string]float64) float64 { return p.loss(seed, v) })
					for _, of := range []struct {
						node string
						to   *[]float64
					}{{defaults, &ours}, {never, &chance}} {
						s := newSampler(t, of.node)
						*of.to = append(*of.to, asked(t, w, func(r *trials.SampleRequest) map[string]float64 { return sample(t, s, r) }))
					}
				}
				got, want := median(ours), median(chance)/2
				t.Logf("%s after %d of %s: %.3g of random's", p.name, told, history, got/want/2)
				if got < want {
					t.Errorf("%s after %d of %s: the nearest two are %.3g apart, want half of random's, %.3g", p.name, told, history, got, want)
				}
			}
		}
	}
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	return xs[len(xs)/2]
}
