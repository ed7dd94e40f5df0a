package trials_test

import (
	"fmt"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// instant is a store in which every write succeeds at once and none is kept.
type instant struct{ trials.Store }

func (instant) Reserve() error { return nil }

func (instant) Cancel() {}

func (instant) Submit(c *trials.Change) { c.Done <- nil }

// benchStudy has a study with so many COMPLETE trials of 30 steps each.
func benchStudy(b *testing.B, finished int) *env {
	e := newEnv(b)
	e.close()
	e.wrap = func(s trials.Store) trials.Store { return instant{s} }
	e.open()
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"seed":1,
		"pruner":{"type":"any","pruners":[{"type":"median","startup_trials":5},{"type":"limit","metric":"m7","bound":1e9}]}}`)
	for i := range finished {
		req := create(e, `{"params":{"x":0.5},"state":"COMPLETE"}`)
		for step := range int64(30) {
			req.Reports = append(req.Reports, *rep(step, "value", float64(i%977)))
		}
		if _, _, err := e.CreateTrial(e.ctx, "s", req, nil); err != nil {
			b.Fatal(err)
		}
	}
	return e
}

// BenchmarkReport is the cost of a decision without that of the disk.
func BenchmarkReport(b *testing.B) {
	for _, finished := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("finished=%d", finished), func(b *testing.B) {
			e := benchStudy(b, finished)
			r := rep(0, "value", -1, "m1", 1, "m2", 2, "m3", 3, "m4", 4, "m5", 5, "m6", 6, "m7", 7, "m8", 8)
			b.ReportAllocs()
			n, step := int64(-1), int64(30)
			for b.Loop() {
				if step == 30 {
					b.StopTimer()
					if n >= 0 {
						if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Fail}); err != nil {
							b.Fatal(err)
						}
					}
					n, step = e.one(), 0
					b.StartTimer()
				}
				r.Step = step
				step++
				if d := e.report(n, r); d.ShouldPrune {
					b.Fatal(doc(d))
				}
			}
		})
	}
}
