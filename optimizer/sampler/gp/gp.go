// Package gp is Bayesian optimisation with Gaussian processes: one model of each
// objective, of each limit that was broken, of failure where trials fail, and of
// the cost where it counts. It suggests where the expected improvement is
// greatest. It knows packages trials, options and rows, and gonum.
package gp

import (
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

var nan = math.NaN()

// Sampler suggests by Gaussian processes. Its zero value is not ready for use.
type Sampler struct {
	startup    int64
	most       int64
	costMetric string

	mu        sync.Mutex
	histories []*history // the latest last
}

// New returns a sampler with the defaults in place.
func New() *Sampler { return &Sampler{startup: 10, most: 500} }

// Declare declares the options.
func (s *Sampler) Declare(set *options.Set) {
	set.Int(&s.startup, "startup_trials", "COMPLETE trials before the models are used; until then points are spread evenly.").AtLeast(1).AtMost(10000)
	set.Int(&s.most, "max_trials", "Trials that a model learns from. With more it learns from the best, the newest and a spread of the others; "+
		"with many parameters from fewer.").AtLeast(20).AtMost(2000)
	set.Metric(&s.costMetric, "cost_metric", "A metric whose total is what a trial costs, such as system/cpu_seconds. Then points are chosen by their gain for the cost, "+
		"the less so the more of the budget is spent.")
}

// Prepare refuses nothing: every study can be served.
func (s *Sampler) Prepare(*trials.StudySpec, *trials.Space, *options.Faults) {}

// Needs implements [trials.Needer].
func (s *Sampler) Needs() []trials.Need {
	if s.costMetric == "" {
		return nil
	}
	return []trials.Need{{Metric: s.costMetric, Totals: true}}
}

// Sample implements [trials.Sampler].
func (s *Sampler) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	f := newFrame(r.Space)
	given := map[int]float64{}
	for i := range f.axes {
		if v, ok := r.Fixed[f.axes[i].name]; ok {
			given[i] = f.unit(i, v)
		}
	}
	var x []float64
	why := ""
	switch known := whole(&r.View); {
	case len(given) == len(f.axes):
		x = make([]float64, len(f.axes)) // nothing is left to choose
	case int64(known) >= s.startup:
		x, why = s.model(r, f, given)
	case s.costMetric != "" && known >= cheapAfter:
		x, why = s.cheap(r, f, given)
	default:
		x = s.spread(r, f)
		why = fmt.Sprintf("The first %d trials are spread evenly.", s.startup)
	}
	out := rows.Fill(r, "gp", func(i int) float64 {
		a := slices.IndexFunc(f.axes, func(a axis) bool { return a.name == r.Space.Names[i] })
		if a < 0 {
			return r.Space.Dists[i].At(0.5)
		}
		return f.value(a, x[a])
	})
	out.Why = why
	return out, nil
}

// whole counts the trials that have all their values.
func whole(v *trials.View) int {
	n := 0
	for row, state := range v.States {
		if state == trials.Complete && !failed(v, row) {
			n++
		}
	}
	return n
}

// spread returns the point of the trial's number in a shifted Kronecker sequence,
// whose points are even in every axis and in all of them (the generalised golden
// ratio; the shift is the study's own).
func (s *Sampler) spread(r *trials.SampleRequest, f *frame) []float64 {
	h := fnv.New64a()
	for _, name := range r.Space.Names {
		_, _ = io.WriteString(h, name+"\x00") // a hash never fails
	}
	shifts := rand.New(rand.NewPCG(uint64(*r.Study.Seed), h.Sum64()))
	n, x := float64(r.Number%(1<<40))+float64(r.Redraw)*1009, make([]float64, len(f.axes))
	ratio := 1.5
	for range 64 { // x^(d+1) = x + 1
		ratio = math.Pow(1+ratio, 1/float64(len(x)+1))
	}
	for i := range x {
		u := shifts.Float64() + n*math.Mod(math.Pow(ratio, -float64(i+1)), 1)
		u -= math.Floor(u)
		if i >= f.numeric {
			x[i] = f.axes[i].dist.At(u)
		} else {
			x[i] = f.snap(i, u)
		}
	}
	return x
}

// cap returns how many points a model of so many axes has at most: the work of a
// fit stays within bounds.
func (s *Sampler) cap(axes int) int {
	return int(min(float64(s.most), max(30, math.Sqrt(1e7/float64(max(axes, 1))))))
}

const mostHistories = 4 // one for each space in use at a time

// history returns what was derived for a request, brought up to its view. It is
// called under the lock.
func (s *Sampler) history(f *frame, v *trials.View) *history {
	i := slices.IndexFunc(s.histories, func(h *history) bool { return h.fits(f, v) })
	var h *history
	if i >= 0 {
		h = s.histories[i]
		s.histories = slices.Delete(s.histories, i, i+1)
	} else {
		h = newHistory(f, v, s.cap(len(f.axes)))
		if len(s.histories) == mostHistories {
			s.histories = slices.Delete(s.histories, 0, 1)
		}
	}
	s.histories = append(s.histories, h)
	h.encode(v)
	return h
}
