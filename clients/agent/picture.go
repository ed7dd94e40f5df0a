package agent

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/clients/agent/view"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// watchEvery is how often what is shown of the study is renewed.
const watchEvery = 2 * time.Second

// watch renews what is shown of the study.
func (a *Agent) watch(ctx context.Context) {
	for sleep(ctx, watchEvery) == nil {
		a.refresh(ctx)
	}
}

// refresh reads the study and its best trial for the view.
func (a *Agent) refresh(ctx context.Context) (s view.Study, params string) {
	bounded, cancel := context.WithTimeout(ctx, watchEvery)
	defer cancel()
	study, err := a.fetch(bounded)
	s = a.picture()
	if err != nil {
		return s, ""
	}
	best, err := study.Best(bounded)
	if err == nil && len(best) > 0 && len(best[0].Values) > 0 {
		s.Best, s.BestTrial = &best[0].Values[0], best[0].Number
		params = assignments(best[0].Params)
	}
	a.View.SetStudy(s)
	return s, params
}

// picture is the study as the view shows it.
func (a *Agent) picture() view.Study {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.study
	n := s.TrialCounts
	out := view.Study{
		Name: s.Name, Objective: s.Objectives[0].Metric, Server: a.Server, Slots: a.Parallel,
		Running: n.RUNNING, Complete: n.COMPLETE, Pruned: n.PRUNED, Failed: n.FAIL, Ended: n.COMPLETE + n.PRUNED + n.FAIL,
	}
	if len(s.Objectives) == 1 {
		out.Direction = string(s.Objectives[0].Direction)
	}
	b := deref(s.Budget)
	out.MaxTrials = b.MaxTrials
	for _, g := range []struct {
		name  string
		used  *float64
		limit float64
		unit  string
	}{
		{"clock", s.Spent.WallSeconds, b.WallSeconds, view.Clock},
		{"trials' time", s.Spent.TrialSeconds, b.TrialSeconds, view.Clock},
		{"cpu", s.Spent.CPUSeconds, b.CPUSeconds, view.Seconds},
		{"gpu", s.Spent.GPUSeconds, b.GPUSeconds, view.Seconds},
		{"energy", s.Spent.EnergyJoules, b.EnergyJoules, view.Joules},
		{"cost", s.Spent.Cost, b.Cost, view.Count},
	} {
		if g.limit > 0 {
			out.Budget = append(out.Budget, view.Gauge{Name: g.name, Used: deref(g.used), Limit: g.limit, Unit: g.unit})
		}
	}
	return out
}

// picture is the trial as the view shows it.
func (w *work) picture() view.Trial {
	t := view.Trial{
		Slot: w.slot.index, Number: w.asked.Number, Attempt: w.asked.Attempt, Params: assignments(w.asked.Params),
		Began: w.began, Step: w.step, MaxSteps: w.study.MaxSteps, Objective: w.study.Objectives[0].Metric, Values: w.curve,
	}
	if w.stop != nil {
		t.State, t.Sentence = "stopping", w.stop.sentence
	} else if w.last != nil && w.last.Explanation != nil {
		t.Sentence = w.last.Explanation.Sentence
	}
	if w.meter == nil {
		return t
	}
	for _, g := range []struct{ name, metric, unit string }{
		{"cpu", cpuSeconds, view.Seconds},
		{"mem", memoryBytes, view.Bytes},
		{"", wallSeconds, view.Clock},
		{"energy", energyJoules, view.Joules},
		{"cost", cost, view.Count},
	} {
		v, known := w.meter.values[g.metric]
		l := of(w.limits, g.metric)
		if !known && l == nil {
			continue
		}
		gauge := view.Gauge{Name: g.name, Used: v, Unit: g.unit}
		if !known {
			gauge.Used = math.NaN()
		}
		if l != nil {
			gauge.Limit = l.bound
		}
		t.Gauges = append(t.Gauges, gauge)
	}
	return t
}

func (w *work) show() { w.a.View.SetTrial(w.picture()) }

// outcome is the end of a trial as the view shows it.
func (e *Ending) outcome(w *work) view.Outcome {
	out := view.Outcome{
		Number: w.asked.Number, State: e.State, Objective: w.study.Objectives[0].Metric, Value: e.Value, Reason: e.Reason, Sentence: e.Sentence,
		Duration: e.duration, CPUSeconds: figure(e.usage, cpuSeconds), PeakMemoryBytes: figure(e.usage, peakBytes),
	}
	if e.Reason == reasonExit {
		if last := w.tail.String(); last != "" {
			out.Sentence += ": " + last[strings.LastIndexByte(last, '\n')+1:]
		}
	}
	return out
}

// add counts what a trial used.
func (a *Agent) add(w *work, e *Ending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sum := func(total *float64, metric string) {
		if v, ok := e.usage[metric]; ok {
			if math.IsNaN(*total) {
				*total = 0
			}
			*total += v
		}
	}
	sum(&a.used.cpu, cpuSeconds)
	sum(&a.used.energy, energyJoules)
	sum(&a.used.cost, cost)
	if v, ok := e.usage[peakBytes]; ok && !(a.used.peak >= v) {
		a.used.peak = v
	}
	a.used.energyNote = e.method
	a.result.Limited = w.stop != nil && w.stop.crossed != nil && w.stop.crossed.metric == wallSeconds && w.stop.crossed.flag != ""
}

// summary is what the view shows at the end.
func (a *Agent) summary(ctx context.Context, wall time.Duration) view.Summary {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchEvery)
	defer cancel()
	study, params := a.refresh(ctx)
	s := view.Summary{Study: study, Params: params, Wall: wall, Saved: a.saved(ctx)}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.CPUSeconds, s.PeakMemoryBytes, s.EnergyJoules, s.EnergyNote = a.used.cpu, a.used.peak, a.used.energy, a.used.energyNote
	s.Cost, s.Priced = a.used.cost, a.Price != nil
	switch r := &a.result; {
	case r.GaveUp != "":
		s.Ended, s.Next = "gave up: "+r.GaveUp, fmt.Sprintf("espalier trial list %s --state fail", a.Study)
	case r.Unsent > 0:
		s.Ended, s.Next = fmt.Sprintf("the server was away: what %d trials reported is kept", r.Unsent), "espalier flush"
	case a.interrupted():
		s.Ended = "interrupted: trials that were at work will be asked again"
	case r.Stopped != "" && r.Trials == 0:
		s.Ended = "nothing was started: the study had ended before, for its " + r.Stopped
		s.Next = fmt.Sprintf("espalier study update %s --max-trials N, if it is to go on", a.Study)
	case r.Stopped != "":
		s.Ended, s.Next = "the study ended: "+r.Stopped, fmt.Sprintf("espalier savings %s", a.Study)
	default:
		s.Next = fmt.Sprintf("espalier best %s", a.Study)
	}
	if a.Next != "" && a.result.Trials > 0 {
		s.Next = a.Next
	}
	return s
}

// saved is the server's estimate of the CPU time that pruning saved.
func (a *Agent) saved(ctx context.Context) *view.Saved {
	s, err := api.Read[api.Savings](a.Client.API().GetSavings(ctx, a.Study, nil))
	if err != nil || s.PrunedTrials == 0 {
		return nil
	}
	r, ok := s.Resources["cpu_seconds"]
	if !ok || r.Saved == nil || *r.Saved < 0.05 {
		return nil
	}
	out := &view.Saved{Value: *r.Saved, Low: math.NaN(), High: math.NaN(), Unit: view.Seconds, Of: "CPU", Note: fmt.Sprintf("estimated, pruned: %d", s.PrunedTrials)}
	if r.SavedLow != nil && r.SavedHigh != nil {
		out.Low, out.High = *r.SavedLow, *r.SavedHigh
	}
	return out
}

// assignments prints params for people.
func assignments(p api.Params) string {
	out := make([]string, 0, len(p))
	for _, name := range sortedKeys(p) {
		text := plain(p[name])
		if f, ok := p[name].(float64); ok && f != math.Trunc(f) {
			text = fmt.Sprintf("%.4g", f)
		}
		out = append(out, name+"="+text)
	}
	return strings.Join(out, " ")
}

// quantity names what a metric measures, at the beginning of a sentence.
func quantity(metric string) string {
	switch metric {
	case wallSeconds:
		return "The time"
	case cpuSeconds:
		return "CPU time"
	case memoryBytes:
		return "Memory"
	default:
		return metric
	}
}

// amount prints a value in the unit that a metric's name ends in.
func amount(metric string, v float64) string {
	switch {
	case strings.HasSuffix(metric, "_bytes"):
		unit := 0
		for ; v >= 1000 && unit < 4; unit++ {
			v /= 1000
		}
		return fmt.Sprintf("%.4g %s", v, []string{"B", "kB", "MB", "GB", "TB"}[unit])
	case strings.HasSuffix(metric, "_seconds"):
		return fmt.Sprintf("%.4g s", v)
	default:
		return fmt.Sprintf("%.4g", v)
	}
}
