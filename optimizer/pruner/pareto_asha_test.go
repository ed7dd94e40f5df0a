package pruner_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func twoObjectives() *trials.StudySpec {
	return &trials.StudySpec{Objectives: []trials.Objective{{Metric: "loss", Direction: trials.Minimize}, {Metric: "acc", Direction: trials.Maximize}}}
}

// pair adds a trial that reported two metrics at the rung and ended.
func (s *scene) pair(v [2]float64) {
	l := s.h.Start(s.next, nil, noon)
	s.next++
	s.two(l, 2, v)
	s.h.End(l, trials.Pruned, nil, noon)
}

func (s *scene) two(trial *trials.Live, step int64, v [2]float64) {
	s.last = s.h.Report(trial, trials.Report{
		Step: step, Seq: trials.Absent, Elapsed: math.NaN(),
		Metrics: []trials.Metric{{Name: "loss", Value: v[0]}, {Name: "acc", Value: v[1]}},
	}, noon)
}

func TestParetoASHA(t *testing.T) {
	p := func(more string) string {
		return `{"type":"pareto_asha","min_resource":2,"min_rung_population":2` + more + `}`
	}
	// A front from (1, 1) to (5, 5) and one behind it.
	front := [][2]float64{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}
	behind := [][2]float64{{2, 1}, {3, 2}, {4, 3}, {5, 4}}
	both := append(append([][2]float64{}, front...), behind...)
	tests := map[string]struct {
		node   string
		own    [2]float64
		others [][2]float64
		want   string
	}{
		"alone":                                {p(``), [2]float64{9, 0}, nil, "unknown"},
		"too few":                              {p(``), [2]float64{9, 0}, front[:1], "unknown"},
		"dominated by all":                     {p(``), [2]float64{9, 0}, both, "fire"},
		"dominates all":                        {p(``), [2]float64{0, 9}, both, "pass"},
		"equal trials":                         {p(``), [2]float64{1, 1}, [][2]float64{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, "pass"},
		"far from the others of its front":     {p(``), [2]float64{99, 6}, both, "pass"},
		"in between":                           {p(``), [2]float64{2.5, 2.5}, both, "fire"},
		"the preferred end":                    {p(`,"prefer":"acc"`), [2]float64{99, 6}, both, "pass"},
		"the same as the best of its front":    {p(`,"prefer":"acc"`), [2]float64{5, 5}, front, "pass"},
		"infinite and good elsewhere":          {p(``), [2]float64{inf, 9}, both, "pass"},
		"infinite and good elsewhere, scaled":  {p(`,"normalise":"iqr"`), [2]float64{inf, 9}, both, "pass"},
		"in between, scaled":                   {p(`,"normalise":"iqr"`), [2]float64{2.5, 2.5}, both, "fire"},
		"infinitely bad":                       {p(``), [2]float64{inf, -inf}, both, "fire"},
		"NaN in the first":                     {p(``), [2]float64{nan, 9}, both, "fire"},
		"NaN in another":                       {p(``), [2]float64{0, nan}, both, "unknown"},
		"others with NaN are nobody":           {p(``), [2]float64{9, 0}, [][2]float64{{nan, 1}, {1, nan}, {1, 1}}, "unknown"},
		"by the sum of ranks, ties go on":      {p(`,"order":"rank"`), [2]float64{2.5, 2.5}, front, "pass"},
		"by the sum of ranks, behind the rest": {p(`,"order":"rank"`), [2]float64{2.5, 1.5}, front, "fire"},
		"metrics turned round":                 {p(`,"metrics":["acc","loss"],"maximize":["loss"]`), [2]float64{9, 9}, both, "pass"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, twoObjectives(), tt.node)
			for _, v := range tt.others {
				s.pair(v)
			}
			s.two(s.trial, 2, tt.own)
			s.two(s.trial, 3, [2]float64{0, 9}) // between rungs
			if got := s.judge(); got != tt.want {
				e, _ := s.p.Explain(s.at())
				t.Errorf("got %s, want %s: %s", got, tt.want, e.Sentence)
			}
		})
	}
}

// A sorted order is not a list of ranks: of 3, 1 and 2 the newest has rank 2, and
// would be taken for the best if its place in the order 1, 2, 0 were read.
func TestParetoASHARanks(t *testing.T) {
	for _, order := range []string{"epsnet", "rank"} {
		s := newScene(t, study(), fmt.Sprintf(`{"type":"pareto_asha","min_resource":2,"min_rung_population":2,"order":%q}`, order))
		s.peer(trials.Complete, "loss", point{2, 3})
		s.peer(trials.Complete, "loss", point{2, 1})
		s.report(s.trial, 2, "loss", 2)
		e, _ := s.p.Explain(s.at())
		if e.Verdict != trials.Fire || e.Observed["rank"] != 2 {
			t.Errorf("%s: %v, rank %v; want fire, 2", order, e.Verdict, e.Observed["rank"])
		}
	}
}

// Of one metric it is asha with whole ranks, and with any weight of its metrics it
// lets pass who is first by all.
func TestParetoASHAOfOneMetric(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s := newScene(t, study(), `{"type":"pareto_asha","min_resource":2,"min_rung_population":3}`)
		n, better := 3+r.IntN(20), 0
		own := float64(r.IntN(8))
		for range n {
			v := float64(r.IntN(8))
			if v < own {
				better++
			}
			s.peer(trials.Pruned, "loss", point{2, v})
		}
		s.report(s.trial, 2, "loss", own)
		want := "pass"
		if better >= max(1, (n+1)/3) {
			want = "fire"
		}
		if got := s.judge(); got != want {
			t.Fatalf("%d of %d are better: %s, want %s", better, n, got, want)
		}
	}
}

// The last 256 at a rung are kept.
func TestParetoASHAKeepsTheLast(t *testing.T) {
	s := newScene(t, twoObjectives(), `{"type":"pareto_asha","min_resource":2}`)
	for range 100 {
		s.pair([2]float64{0, 9})
	}
	for range 256 {
		s.pair([2]float64{5, 5})
	}
	s.two(s.trial, 2, [2]float64{4, 6})
	e, _ := s.p.Explain(s.at())
	if e.Verdict != trials.Pass || e.Observed["peers"] != 256 {
		t.Errorf("%v of %v others; want pass of 256", e.Verdict, e.Observed["peers"])
	}
}

// A metric that appears late stands beside the first from then on; one that is
// reported without a step does too.
func TestParetoASHALateMetrics(t *testing.T) {
	s := newScene(t, twoObjectives(), `{"type":"pareto_asha","min_resource":2,"min_rung_population":2,"reduction_factor":2}`)
	for range 3 {
		l := s.h.Start(s.next, nil, noon)
		s.next++
		s.report(l, trials.Absent, "acc", 1)
		s.report(l, 2, "loss", 1)
		s.report(l, 4, "loss", 1)
	}
	s.report(s.trial, 2, "loss", 9)
	if got := s.judge(); got != "unknown" {
		t.Errorf("without acc: %s", got)
	}
	s.report(s.trial, 3, "acc", 0)
	s.report(s.trial, 4, "loss", 9)
	if got := s.judge(); got != "fire" {
		t.Errorf("with acc: %s", got)
	}
}

func TestParetoASHAExplains(t *testing.T) {
	s := newScene(t, twoObjectives(), `{"type":"pareto_asha","min_resource":2,"min_rung_population":2}`)
	told := func(sentence, instead string) {
		t.Helper()
		e, _ := s.p.Explain(s.at())
		if e.Sentence != sentence || e.Counterfactual != instead {
			t.Errorf("%q\n%q\nwant\n%q\n%q", e.Sentence, e.Counterfactual, sentence, instead)
		}
	}
	told("The first rung is at step 2.", "")
	s.two(s.trial, 2, [2]float64{1, 1})
	told("Needs 2 other trials at the rung at step 2, has 0.", "")
	for range 4 {
		s.pair([2]float64{1, 1})
	}
	s.trial = s.h.Start(s.next, nil, noon)
	s.two(s.trial, 2, [2]float64{2, 0.5})
	told("At the rung at step 2 the trial has rank 6 of 6 by the Pareto fronts of loss and acc; the first 2 go on.", "Would have continued with rank 2 or better there.")
	s.trial = s.h.Start(s.next+1, nil, noon)
	s.two(s.trial, 2, [2]float64{nan, 0.5})
	told("At the rung at step 2 loss was not a number.", "Would have continued with a number among the best there.")
	s.trial = s.h.Start(s.next+2, nil, noon)
	s.two(s.trial, 2, [2]float64{1, nan})
	told("At the rung at step 2 not all metrics were numbers.", "")
}

func BenchmarkParetoVote(b *testing.B) {
	s := newScene(b, twoObjectives(), `{"type":"pareto_asha","min_resource":2}`)
	lane := s.p.Lanes()[0]
	r := rand.New(rand.NewPCG(1, 2))
	var before [][]float64
	for range lane.Keep {
		before = append(before, []float64{r.Float64(), r.Float64()})
	}
	for b.Loop() {
		lane.VoteAll(before, []float64{0.1, 0.9})
	}
}
