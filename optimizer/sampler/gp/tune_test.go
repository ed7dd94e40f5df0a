package gp

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

func TestTune(t *testing.T) {
	if os.Getenv("TUNE") == "" {
		t.Skip()
	}
	seeds, _ := strconv.Atoi(os.Getenv("SEEDS"))
	evals := 200
	if e := os.Getenv("EVALS"); e != "" {
		evals, _ = strconv.Atoi(e)
	}
	for _, name := range strings.Split(os.Getenv("TUNE"), ",") {
		p := problems()[name]
		var at [3][]float64
		var spent time.Duration
		for seed := range seeds {
			space := trials.SearchSpace{}
			for i := range p.low {
				space[fmt.Sprintf("x%02d", i)] = trials.Distribution{Type: trials.FloatKind, Low: p.low[i], High: p.high[i]}
			}
			b := newBench(t, space, int64(seed))
			s := New()
			best := math.Inf(1)
			for i := range evals {
				start := time.Now()
				got, err := s.Sample(b.request(i))
				spent += time.Since(start)
				if err != nil {
					t.Fatal(err)
				}
				x := make([]float64, len(p.low))
				for j, n := range b.space.Names {
					x[j] = got.Values[n]
				}
				y := p.f(x)
				best = min(best, y)
				b.end(trials.Complete, got.Values, y)
				for k, e := range []int{50, 100, 200} {
					if i+1 == e {
						at[k] = append(at[k], best)
					}
				}
			}
		}
		med := func(v []float64) string {
			if len(v) == 0 {
				return "-"
			}
			v = slices.Sorted(slices.Values(v))
			return fmt.Sprintf("%.3g [%.2g %.2g]", v[len(v)/2], v[len(v)/4], v[len(v)*3/4])
		}
		fmt.Printf("%-12s %s / %s / %s   %.1f ms an ask\n", name, med(at[0]), med(at[1]), med(at[2]), spent.Seconds()*1000/float64(seeds*evals))
	}
}
