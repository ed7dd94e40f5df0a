package pruner_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/trials"
)

func TestBudgetOfATrial(t *testing.T) {
	const node = `{"type":"budget","scope":"trial","unit":"cpu_seconds","limit":100}`
	tests := map[string]struct {
		node   string
		values []float64
		want   string
	}{
		"nothing":                   {node, nil, "unknown"},
		"within":                    {node, []float64{50, 100}, "pass"},
		"beyond":                    {node, []float64{50, 101}, "fire"},
		"it stays beyond":           {node, []float64{101, 5}, "fire"},
		"NaN":                       {node, []float64{nan}, "unknown"},
		"NaN in between":            {node, []float64{50, nan, 60}, "pass"},
		"infinite":                  {node, []float64{inf}, "fire"},
		"negative":                  {node, []float64{-1e9}, "pass"},
		"within a harder limit":     {`{"type":"budget","scope":"trial","unit":"cpu_seconds","limit":100,"hard":1.2}`, []float64{120}, "pass"},
		"beyond a harder limit":     {`{"type":"budget","scope":"trial","unit":"cpu_seconds","limit":100,"hard":1.2}`, []float64{121}, "fire"},
		"another unit is not asked": {`{"type":"budget","scope":"trial","unit":"cost","limit":1}`, []float64{999}, "unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for _, v := range tt.values {
				s.report(s.trial, trials.Absent, cpuSeconds, v)
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// runner is a running trial that spends so much a step, and how far it is.
type runner struct {
	steps int
	each  float64
	loss  float64
}

// race starts running trials, the first of which is number 0.
func race(s *scene, runners ...runner) []*trials.Live {
	out := []*trials.Live{s.trial}
	for i, r := range runners {
		if i > 0 {
			out = append(out, s.h.Start(int64(i), nil, noon))
		}
		for step := range r.steps {
			s.last = s.h.Report(out[i], trials.Report{Step: int64(step + 1), Seq: trials.Absent, Elapsed: math.NaN(), Metrics: []trials.Metric{
				{Name: cpuSeconds, Value: r.each * float64(step+1)}, {Name: "loss", Value: r.loss},
			}}, noon)
		}
	}
	return out
}

func TestBudgetOfAStudy(t *testing.T) {
	const node = `{"type":"budget","scope":"study","unit":"cpu_seconds","limit":100}`
	tests := map[string]struct {
		node    string
		end     int64
		ended   []float64 // what COMPLETE trials have spent
		runners []runner
		want    string // by trial
	}{
		"nothing measured":                          {node, 10, nil, []runner{{}}, "unknown"},
		"a single trial is the best":                {node, 10, []float64{90}, []runner{{2, 5, 1}}, "pass"},
		"not past soft":                             {node, 99, []float64{78}, []runner{{2, 1, 1}, {2, 1, 2}, {2, 1, 3}}, "pass pass pass"},
		"past soft, and it fits":                    {node, 4, []float64{86}, []runner{{2, 1, 1}, {2, 1, 2}, {2, 1, 3}}, "pass pass pass"},  // 92 + 6
		"without the worst it fits":                 {node, 6, []float64{86}, []runner{{2, 1, 1}, {2, 1, 2}, {2, 1, 3}}, "pass pass fire"},  // 92 + 12
		"only the best fits":                        {node, 8, []float64{86}, []runner{{2, 1, 3}, {2, 1, 1}, {2, 1, 2}}, "fire pass fire"},  // 92 + 18
		"the best goes on even so":                  {node, 99, []float64{86}, []runner{{2, 1, 3}, {2, 1, 1}, {2, 1, 2}}, "fire pass fire"}, // 92 + 291
		"spent already":                             {node, 10, []float64{150}, []runner{{2, 1, 3}, {2, 1, 1}}, "fire pass"},
		"at the latest step of both":                {node, 6, []float64{90}, []runner{{1, 1, 2}, {5, 1, 3}}, "pass fire"},
		"no order: the youngest":                    {node, 6, []float64{90}, []runner{{2, 1, nan}, {2, 1, nan}}, "pass fire"},
		"no number is worse":                        {node, 6, []float64{90}, []runner{{2, 1, nan}, {2, 1, 9}}, "fire pass"},
		"the end is not known":                      {node, 0, nil, []runner{{2, 50, 1}, {2, 50, 2}}, "pass unknown"},
		"by what others took":                       {node, 0, []float64{45, 45}, []runner{{2, 1, 1}, {2, 1, 2}}, "pass fire"},
		"one that is done is not stopped":           {node, 2, []float64{99}, []runner{{2, 1, 1}, {2, 1, 2}}, "pass pass"},
		"one that has not begun is the worst":       {node, 6, []float64{90}, []runner{{2, 1, 1}, {}}, "pass fire"},
		"a better one that needs much goes on":      {node, 10, []float64{91}, []runner{{2, 1, 1}, {2, 0.1, 2}}, "pass fire"}, // 93.2 + 8 + .8
		"a limit a billion times as large":          {`{"type":"budget","scope":"study","unit":"cpu_seconds","limit":1e11}`, 10, []float64{90}, []runner{{2, 1, 1}, {2, 1, 2}}, "pass pass"},
		"beyond by more than hard":                  {`{"type":"budget","scope":"study","unit":"cpu_seconds","limit":100,"hard":1.05}`, 6, []float64{86}, []runner{{2, 1, 1}, {2, 1, 2}, {2, 1, 3}}, "pass pass pass"},
		"softer":                                    {`{"type":"budget","scope":"study","unit":"cpu_seconds","limit":100,"soft":0.95}`, 99, []float64{86}, []runner{{2, 1, 1}, {2, 1, 2}, {2, 1, 3}}, "pass pass pass"},
		"what maximizes is the best":                {node, 6, []float64{86}, []runner{{2, 1, 1}, {2, 1, 2}, {2, 1, 3}}, "pass pass fire"},
		"a counter went wrong: by what others took": {node, 6, []float64{90}, []runner{{2, -1, 1}, {2, 1, 2}}, "pass fire"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.end
			s := newScene(t, spec, tt.node)
			for i, v := range tt.ended {
				l := s.h.Start(int64(100+i), nil, noon)
				s.report(l, 1, cpuSeconds, v)
				s.h.End(l, trials.Complete, []float64{1}, noon)
			}
			var got []string
			for _, s.trial = range race(s, tt.runners...) {
				got = append(got, s.judge())
			}
			if strings.Join(got, " ") != tt.want {
				e, _ := s.p.Explain(s.at())
				t.Errorf("%v, want %s (%s)", got, tt.want, e.Sentence)
			}
		})
	}
}

func TestBudgetOfAStudyMaximized(t *testing.T) {
	spec := study()
	spec.Objectives[0].Direction = trials.Maximize
	spec.MaxSteps = 6
	s := newScene(t, spec, `{"type":"budget","scope":"study","unit":"cpu_seconds","limit":5}`)
	live := race(s, runner{2, 1, 1}, runner{2, 1, 2}, runner{2, 1, 3})
	for i, want := range []string{"fire", "fire", "pass"} {
		if s.trial = live[i]; s.judge() != want {
			t.Errorf("trial %d: %s, want %s", i, s.judge(), want)
		}
	}
}

// The wall time of a study goes on by itself, and trials run side by side.
func TestBudgetOfTheWallTime(t *testing.T) {
	spec := study()
	spec.MaxSteps, spec.Budget = 10, &trials.Budget{WallSeconds: 100}
	s := newScene(t, spec, `{"type":"budget","scope":"study","unit":"wall_seconds"}`)
	if !s.p.Timely() {
		t.Error("is not asked between reports")
	}
	live := []*trials.Live{s.trial, s.h.Start(1, nil, noon), s.h.Start(2, nil, noon.Add(80*time.Second))}
	step := func(i int, step int64, after, loss float64) {
		start := *live[i].DatetimeStart
		s.last = s.h.Report(live[i], trials.Report{Step: step, Seq: trials.Absent, Elapsed: after, Metrics: []trials.Metric{{Name: "loss", Value: loss}}}, start.Add(time.Duration(after)*time.Second))
	}
	step(0, 9, 88, 2) // has 9.8 s to go
	step(1, 5, 88, 1) // is the best, and has 88 s
	step(2, 1, 8, 3)  // has 72 s
	for _, tt := range []struct {
		at   time.Duration
		want string
	}{{80 * time.Second, "pass pass pass"}, {90 * time.Second, "pass pass fire"}, {200 * time.Second, "pass pass fire"}} {
		var got []string
		for _, l := range live {
			verdict, _ := s.p.Judge(&trials.Case{Study: spec, History: s.h, Trial: l, Now: noon.Add(tt.at), Without: trials.Timeless})
			got = append(got, verdict.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("after %v: %v, want %s", tt.at, got, tt.want)
		}
	}
}

func TestBudgetExplains(t *testing.T) {
	spec := study()
	spec.MaxSteps = 8
	s := newScene(t, spec, `{"type":"budget","scope":"study","unit":"cpu_seconds","limit":20}`)
	live := race(s, runner{2, 3, 1}, runner{2, 3, 2}, runner{2, 3, 3}) // 18 spent, 18 to go each
	for i, want := range []string{
		"The study is heading for 72 s of CPU time; its budget is 20 s, and this trial is the best that runs.",
		"The study is heading for 72 s of CPU time; its budget is 20 s, and this trial is number 2 of 3 that run.",
	} {
		s.trial = live[i]
		e, _ := s.p.Explain(s.at())
		if e.Sentence != want || float64(e.Observed["spent"]) != 18 || float64(e.Observed["rank"]) != float64(i+1) || *e.Margin != 52 {
			t.Errorf("%s\nwant %s\n%v", e.Sentence, want, e.Observed)
		}
		if instead := "Would have continued with a budget of 21.18 s or more."; i == 1 && e.Counterfactual != instead {
			t.Errorf("counterfactual %q, want %q", e.Counterfactual, instead)
		}
	}
	s = newScene(t, spec, `{"type":"budget","scope":"trial","unit":"cpu_seconds","limit":20}`)
	s.report(s.trial, 1, cpuSeconds, 21)
	if e, _ := s.p.Explain(s.at()); e.Sentence != "CPU time of this trial is 21 s; its budget is 20 s." || e.Counterfactual != "Would have continued with a budget of 21 s or more." {
		t.Errorf("%s %s", e.Sentence, e.Counterfactual)
	}
}

func TestBudgetIsResolved(t *testing.T) {
	spec := study()
	spec.Budget = &trials.Budget{CPUSeconds: 500}
	spec.Constraints = []trials.Constraint{{Metric: cpuSeconds, Op: "<=", Bound: 70, Aggregate: trials.Max}}
	tests := map[string]string{
		`{"type":"budget","scope":"study","unit":"cpu_seconds"}`:                      `"limit":500,"soft":0.85,"hard":1,"finish_fraction":0.15`,
		`{"type":"budget","scope":"trial","unit":"cpu_seconds"}`:                      `"limit":70,"hard":1,`,
		`{"type":"budget","scope":"study","unit":"cost"}`:                             "/limit: is needed by budget: the study's budget has no cost",
		`{"type":"budget","scope":"trial","unit":"cost"}`:                             "/limit: is needed by budget",
		`{"type":"budget","scope":"trial","unit":"cpu_seconds","soft":0.5}`:           "/soft: is of the scope study only",
		`{"type":"budget","unit":"cpu_seconds"}`:                                      "/scope: is needed by budget",
		`{"type":"budget","scope":"study","unit":"cpu_seconds","finish_fraction":.5}`: "is not valid",
	}
	for node, want := range tests {
		_, resolved, _, err := pruner.Table{}.New(spec, json.RawMessage(node))
		got := string(resolved)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s becomes %s, want %s", node, got, want)
		}
	}
	if got, want := warnings(t, spec, `{"type":"budget","scope":"study","unit":"cost","limit":0,"soft":2}`), "/soft: is above hard, 1: it prunes too late\n/limit: is not above 0: every trial is beyond it\n"; got != want {
		t.Errorf("warns of %q, want %q", got, want)
	}
}

// A budget that is nearly spent, and so many trials that run.
func crowded(t testing.TB, running int) *scene {
	spec := study()
	spec.MaxSteps = 20
	s := newScene(t, spec, fmt.Sprintf(`{"type":"budget","scope":"study","unit":"cpu_seconds","limit":%d}`, 11*running))
	live := race(s, slices.Repeat([]runner{{10, 1, 1}}, running)...)
	s.trial = live[0]
	return s
}

func TestBudgetAllocatesNothing(t *testing.T) {
	s := crowded(t, 20)
	c := s.at()
	if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkBudget(b *testing.B) {
	for _, running := range []int{10, 100} {
		b.Run(fmt.Sprint(running), func(b *testing.B) {
			s := crowded(b, running)
			c := s.at()
			for b.Loop() {
				s.p.Judge(c)
			}
		})
	}
}
