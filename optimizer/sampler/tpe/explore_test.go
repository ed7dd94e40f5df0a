package tpe_test

import (
	"math"
	"os"
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
