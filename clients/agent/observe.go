package agent

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/clients/agent/metrics"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// measured says that the agent measures a metric by itself.
func measured(metric string) bool { return slices.Contains(everyMetric, metric) }

// take reports a point that the script printed, with what was measured by then.
func (w *work) take(ctx context.Context, p metrics.Point) {
	p.Values = w.admitted(p.Values)
	if p.Final {
		for _, v := range p.Values {
			w.final[v.Name] = v.V
		}
		return
	}
	values := api.Metrics{}
	source, fresh := w.source(p)
	objective := false
	for _, v := range fresh {
		values[v.Name] = v.V
		w.values[v.Name] = v.V
		objective = w.better(v) || objective
	}
	if len(values) == 0 {
		return
	}
	w.step = max(w.step, p.Step)
	usage := w.meter.measure(ctx)
	if w.meter.at != w.attached { // what was measured belongs to one step, not to many
		w.attached = w.meter.at
		for name, v := range usage {
			if _, printed := values[name]; !printed && name != wallSeconds {
				values[name] = v
			}
		}
	}
	w.report(api.TrialReport{Step: &p.Step, Source: source, Metrics: values}, objective, false)
	w.enforce(ctx, usage)
}

// mostMetrics is how many metrics a script may put into one report; a server
// takes 256, of which the agent's own are some.
const mostMetrics = 200

// admitted leaves out what a script cannot report: figures that the agent
// measures, and more than fit into a report. Objectives come first.
func (w *work) admitted(values []metrics.Value) []metrics.Value {
	kept := values[:0]
	for _, v := range values {
		if measured(v.Name) {
			w.a.note(fmt.Sprintf("%s is measured; what the script says of it is left out", v.Name))
			continue
		}
		kept = append(kept, v)
	}
	if len(kept) <= mostMetrics {
		return kept
	}
	w.a.note(fmt.Sprintf("a report has at most %d metrics of a script; others are left out", mostMetrics))
	slices.SortStableFunc(kept, func(a, b metrics.Value) int { return cmp.Compare(w.rank(b.Name), w.rank(a.Name)) })
	return kept[:mostMetrics]
}

// rank is 1 for an objective, else 0.
func (w *work) rank(metric string) int {
	for _, o := range w.study.Objectives {
		if o.Metric == metric {
			return 1
		}
	}
	return 0
}

// better takes in a value of an objective; false if it is another metric's.
func (w *work) better(v metrics.Value) bool {
	for i, o := range w.study.Objectives {
		if o.Metric != v.Name {
			continue
		}
		if i == 0 {
			w.curve = append(w.curve, v.V)
			if len(w.curve) > 2*shown {
				w.curve = append(w.curve[:0], w.curve[shown:]...)
			}
		}
		old, known := w.best[v.Name]
		x := v.V
		if !math.IsNaN(v.V) && (!known || (x < old) == (o.Direction == api.DirectionMinimize) && x != old) {
			w.best[v.Name] = x
		}
		return true
	}
	return false
}

// shown is how many points of a curve people see.
const shown = 40

// source is a stream of reports with rising steps. A step may come in several
// pieces, train_loss first and val_loss later; the server keeps the first report
// of each step and source, so each piece has a source of its own.
type source struct {
	name string
	step int64
	last map[string]int64 // by metric, of the first source only
}

// maxSources is in how many pieces a step may come.
const maxSources = 16

// source finds the source that a point belongs to, and leaves out the values
// that its step has already.
func (w *work) source(p metrics.Point) (string, []metrics.Value) {
	if w.sources == nil {
		w.sources = []source{{name: agentSource, step: -1, last: map[string]int64{}}}
	}
	last := w.sources[0].last
	var fresh []metrics.Value
	for _, v := range p.Values {
		if step, known := last[v.Name]; known && step == p.Step {
			continue
		}
		last[v.Name] = p.Step
		fresh = append(fresh, v)
	}
	for i := range w.sources {
		if s := &w.sources[i]; s.step < p.Step {
			s.step = p.Step
			return s.name, fresh
		}
	}
	if n := len(w.sources); n < maxSources && p.Step >= w.sources[0].step {
		w.sources = append(w.sources, source{name: fmt.Sprintf("%s.%d", agentSource, n+1), step: p.Step})
		return w.sources[n].name, fresh
	}
	return agentSource, fresh
}

// agentSource is the source of what the agent reports.
const agentSource = "agent"

// report puts a report on its way.
func (w *work) report(r api.TrialReport, urgent, sample bool) {
	r.Trial = w.asked.Number
	r.ElapsedSeconds = new(w.a.Now().Sub(w.began).Seconds())
	w.courier.send(record{Report: &r, urgent: urgent, Sample: sample})
}

// sample measures, keeps the limits and reports now and then.
func (w *work) sample(ctx context.Context) {
	w.guard(ctx)
	if w.a.Now().Sub(w.uploaded) >= uploadEvery {
		w.upload(ctx, false)
	}
	w.show()
}

// upload reports what was measured, as a sample in time.
func (w *work) upload(ctx context.Context, urgent bool) {
	w.uploaded = w.a.Now()
	w.report(api.TrialReport{Seq: new(w.seq), Source: agentSource, Metrics: w.meter.upload(ctx)}, urgent, true)
	w.seq++
}

// guard measures and keeps the limits.
func (w *work) guard(ctx context.Context) { w.enforce(ctx, w.meter.measure(ctx)) }

// timeout ends a trial whose time is over.
func (w *work) timeout() {
	l := of(w.a.own(), wallSeconds)
	w.cross(l, max(w.a.Now().Sub(w.began).Seconds(), math.Nextafter(l.bound, math.Inf(1))))
}

// enforce keeps the limits. What crosses one of the study's is reported at
// once, for the server to judge; if it says nothing, the agent stops the trial.
func (w *work) enforce(ctx context.Context, values api.Metrics) {
	l := crossed(w.limits, values)
	if w.stop != nil || l == nil {
		return
	}
	if l.metric == memoryBytes {
		values = w.meter.confirm(ctx)
		if l = crossed(w.limits, values); l == nil {
			return
		}
	}
	if l.flag != "" {
		w.cross(l, values[l.metric])
		return
	}
	switch now := w.a.Now(); {
	case w.suspect == nil:
		w.suspect, w.asking = l, now
		w.upload(ctx, true)
		go w.inquire(ctx)
	case now.Sub(w.asking) > serverTime:
		w.cross(l, values[l.metric])
	}
}

// inquire asks for the study as it is now.
func (w *work) inquire(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, serverTime)
	defer cancel()
	if s, err := w.a.fetch(ctx); err == nil {
		select {
		case w.answers <- &s.Info:
		default: // one is there already
		}
	}
}

// answered takes in the study as it is now: perhaps its limits were patched.
func (w *work) answered(s *api.Study) {
	w.study = s
	w.limits = append(w.a.own(), hard(s.Pruner)...)
	if crossed(w.limits, w.meter.values) == nil {
		w.suspect = nil
	}
}

// cross stops a trial that has crossed a limit.
func (w *work) cross(l *limit, observed float64) {
	w.halt(&stopping{
		state: api.FinishedStatePRUNED, reason: reasonLimit, sentence: l.sentence(observed), crossed: l, observed: observed,
	})
}

// sendAttrs tells how the trial is measured.
func (w *work) sendAttrs(ctx context.Context) {
	w.meter.take(ctx, w.tree.Usage())
	w.courier.send(record{Attrs: api.UserAttrs{"agent": w.meter.attrs(w.a)}})
}
