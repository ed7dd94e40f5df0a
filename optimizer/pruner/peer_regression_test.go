package pruner_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/trials"
)

// cohort is a study whose trials end at a level that their params give, which their
// curves come near to over ten steps.
type cohort struct {
	*scene
	chance *rand.Rand
	sign   float64
	noise  float64
}

func newCohort(t testing.TB, direction trials.Direction, node string) *cohort {
	spec := study()
	spec.Objectives[0].Direction = direction
	spec.MaxSteps = 10
	spec.SearchSpace = trials.SearchSpace{
		"lr":  {Type: trials.FloatKind, Low: 1e-4, High: 1, Log: true},
		"opt": {Type: trials.CategoricalKind, Choices: []any{"adam", "sgd", "rms"}},
	}
	p, _, _, err := pruner.Table{}.New(spec, json.RawMessage(node))
	if err != nil {
		t.Fatal(err)
	}
	c := &cohort{scene: &scene{t: t, study: spec, p: p}, chance: rand.New(rand.NewPCG(3, 4)), sign: 1, noise: 0.01}
	if direction == trials.Maximize {
		c.sign = -1
	}
	c.h = trials.NewHistory(spec, p.Needs(), p.Lanes())
	return c
}

// level is where a trial with these params ends.
func (c *cohort) level(lr, opt float64) float64 {
	return 1 + math.Abs(math.Log10(lr)+2)/2 + opt/4 + c.noise*c.chance.NormFloat64()
}

// run starts a trial and lets it report so many steps of its curve.
func (c *cohort) run(lr, opt float64, steps int) *trials.Live {
	l := c.h.Start(c.next, map[string]float64{"lr": lr, "opt": opt}, noon)
	c.next++
	level := c.level(lr, opt)
	for step := 1; step <= steps; step++ {
		c.report(l, int64(step), "loss", c.sign*(level+c.noise*c.chance.NormFloat64()+2/float64(step)-0.2))
	}
	return l
}

func (c *cohort) complete(n int) {
	for range n {
		l := c.run(math.Pow(10, -4*c.chance.Float64()), float64(c.chance.IntN(3)), 10)
		c.h.End(l, trials.Complete, []float64{1}, noon)
	}
}

func (c *cohort) verdict(l *trials.Live) (string, trials.Explanation) {
	c.trial = l
	got := c.judge()
	e, _ := c.p.Explain(c.at())
	return got, e
}

const baker = `{"type":"peer_regression"` + atOnce

func TestPeerRegression(t *testing.T) {
	for _, direction := range []trials.Direction{trials.Minimize, trials.Maximize} {
		c := newCohort(t, direction, baker+`}`)
		c.complete(24)
		if got, e := c.verdict(c.run(1, 2, 3)); got != "unknown" {
			t.Errorf("with 24 trials: %s: %s", got, e.Sentence)
		}
		c.complete(1)
		tests := map[string]struct {
			lr, opt float64
			steps   int
			want    string
		}{
			"nothing reported":         {1, 2, 0, "unknown"},
			"a poor one, at once":      {1, 2, 1, "fire"},
			"a poor one":               {1, 2, 4, "fire"},
			"a good one, at once":      {0.01, 0, 1, "pass"},
			"a good one":               {0.01, 0, 4, "pass"},
			"a poor choice":            {0.01, 2, 4, "fire"},
			"a poor one, at its end":   {1, 2, 10, "pass"},
			"a poor one, shortly left": {1, 2, 9, "fire"},
		}
		for name, tt := range tests {
			t.Run(name+", "+string(direction), func(t *testing.T) {
				c.t = t
				got, e := c.verdict(c.run(tt.lr, tt.opt, tt.steps))
				if got != tt.want {
					t.Errorf("%s, want %s: %s", got, tt.want, e.Sentence)
				}
				if tt.want == "fire" && (e.Probability == nil || *e.Probability < 0.95 || *e.Margin <= 0 || e.Observed["trained"] != 25) {
					t.Errorf("probability %v, margin %v of %v", e.Probability, e.Margin, e.Observed)
				}
			})
		}
	}
}

func TestPeerRegressionIsNearTheTruth(t *testing.T) {
	c := newCohort(t, trials.Minimize, baker+`,"train_min":60}`)
	c.complete(60)
	for range 20 {
		lr, opt := math.Pow(10, -4*c.chance.Float64()), float64(c.chance.IntN(3))
		l := c.run(lr, opt, 5)
		_, e := c.verdict(l)
		final := float64(c.at().Tally("loss").Last) - 2.0/5 + 2.0/10
		if off := math.Abs(float64(e.Predicted["final"]) - final); off > 4*float64(e.Predicted["sd"])+0.05 {
			t.Errorf("expects %v, give or take %v; it ends near %v", e.Predicted["final"], e.Predicted["sd"], final)
		}
	}
}

// A value that is not finite is not an accident that prunes, and no single wild
// final spoils the model.
func TestPeerRegressionIsRobust(t *testing.T) {
	wild := func(final float64) func(c *cohort) {
		return func(c *cohort) {
			l := c.run(0.1, 1, 9)
			c.report(l, 10, "loss", final)
			c.h.End(l, trials.Complete, []float64{1}, noon)
		}
	}
	for name, spoil := range map[string]func(c *cohort){
		"1e16": wild(1e16), "1e300": wild(1e300), "infinite": wild(inf), "NaN": wild(nan),
	} {
		t.Run(name, func(t *testing.T) {
			c := newCohort(t, trials.Minimize, baker+`}`)
			c.complete(39)
			spoil(c)
			if got, e := c.verdict(c.run(1, 2, 4)); got != "fire" {
				t.Errorf("a poor one: %s: %s", got, e.Sentence)
			}
			if got, e := c.verdict(c.run(0.01, 0, 4)); got != "pass" {
				t.Errorf("a good one: %s: %s", got, e.Sentence)
			}
			for _, v := range []float64{nan, inf, -inf} {
				l := c.run(1, 2, 4)
				c.report(l, 5, "loss", v)
				if got, e := c.verdict(l); got != "unknown" {
					t.Errorf("%v: %s: %s", v, got, e.Sentence)
				}
			}
		})
	}
}

func TestPeerRegressionOfEqualTrials(t *testing.T) {
	c := newCohort(t, trials.Minimize, baker+`}`)
	for range 30 {
		l := c.h.Start(c.next, map[string]float64{"lr": 0.01, "opt": 0}, noon)
		c.next++
		for step, v := range []float64{0.7, 0.3, 0.1} {
			c.report(l, int64(step), "loss", v)
			if got, e := c.verdict(l); got == "fire" {
				t.Errorf("step %d: %s", step, e.Sentence)
			}
		}
		c.h.End(l, trials.Complete, []float64{1}, noon)
	}
}

// A model is a function of the history: one that was kept and a fresh one say the
// same, and so do two histories of one rule.
func TestPeerRegressionSaysTheSameAgain(t *testing.T) {
	c, other := newCohort(t, trials.Minimize, baker+`}`), newCohort(t, trials.Minimize, baker+`}`)
	other.p = c.p
	other.chance = rand.New(rand.NewPCG(5, 6))
	for round := range 12 {
		c.complete(3)
		other.complete(4)
		for _, s := range []*cohort{c, other} {
			l := s.run(0.3, 1, 1+round%9)
			_, kept := s.verdict(l)
			fresh, _, _, err := pruner.Table{}.New(s.study, json.RawMessage(baker+`}`))
			if err != nil {
				t.Fatal(err)
			}
			anew, _ := fresh.Explain(s.at())
			if kept.Sentence != anew.Sentence {
				t.Errorf("%s, and anew: %s", kept.Sentence, anew.Sentence)
			}
			for name, v := range kept.Predicted {
				if anew.Predicted[name] != v {
					t.Errorf("%s is %v, and anew %v", name, v, anew.Predicted[name])
				}
			}
			s.h.End(l, trials.Pruned, nil, noon)
		}
	}
}

// It is refitted when five more are COMPLETE.
func TestPeerRegressionRefits(t *testing.T) {
	c := newCohort(t, trials.Minimize, baker+`}`)
	for _, row := range [][2]int{{25, 25}, {29, 25}, {30, 30}} {
		completed, want := row[0], float64(row[1])
		c.complete(completed - c.h.Completed())
		if _, e := c.verdict(c.run(0.5, 1, 3)); float64(e.Observed["trained"]) != want {
			t.Errorf("with %d COMPLETE trials %v are in the model, want %v", completed, e.Observed["trained"], want)
		}
	}
}

func BenchmarkPeerRegression(b *testing.B) {
	for _, n := range []int{25, 100, 500} {
		b.Run(fmt.Sprintf("fit/%d", n), func(b *testing.B) {
			c := newCohort(b, trials.Minimize, baker+`}`)
			c.complete(n)
			c.trial = c.run(0.01, 0, 5)
			kase := c.at()
			for b.Loop() {
				p, _, _, err := pruner.Table{}.New(c.study, json.RawMessage(baker+`}`))
				if err != nil {
					b.Fatal(err)
				}
				p.Judge(kase)
			}
		})
	}
}
