package agent

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
	"syscall"
	"time"

	"github.com/espalier-hpo/espalier/clients/agent/process"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// Reasons that an agent tells.
const (
	reasonInterrupted = "interrupted"
	reasonLost        = "lost"         // not told: it is nobody's any more
	reasonLimit       = "limit"        // one of the agent's own, or the study's while the server is silent
	reasonOOM         = "oom"          // the kernel ended it for want of memory
	reasonExit        = "exit_code"    // the script failed
	reasonStart       = "cannot_start" // the command does
	reasonObjective   = "no_objective" // it ended well, and never printed what is optimised
	reasonNotFinite   = "not_finite"   // its value is NaN or infinite
	reasonAgent       = "agent"        // the agent itself failed
)

// Ending is how a trial ended.
type Ending struct {
	Trial    int64
	State    string
	Reason   string
	Sentence string
	Code     int // the exit code of the script, 128 + n after a signal
	Value    *float64

	duration time.Duration
	usage    api.Metrics
	method   string // of the energy
	tell     *api.Tell
	fallback *api.Tell // if the server has no value of an objective
}

// exitSoftware is the code of an agent that failed, after sysexits.h.
const exitSoftware = 70

// failed is the end of a trial that never got going.
func (w *work) failed(reason, text string) Ending {
	return Ending{
		Trial: w.asked.Number, State: string(api.FinishedStateFAIL), Reason: reason, Sentence: text, Code: exitSoftware,
		tell: &api.Tell{State: api.FinishedStateFAIL, Reason: reason, Error: text},
	}
}

// end waits until nothing of the script is left, and makes out how it ended.
func (w *work) end(ctx context.Context, in *inputs) Ending {
	stopped := w.stop
	if stopped == nil {
		w.drain(ctx, in.done, drainTime)
	}
	if !w.killed {
		w.kill(ctx)
	}
	w.drain(ctx, in.done, drainTime)
	w.closed(ctx, in)
	usage, err := w.tree.Close() //nolint:contextcheck // a tree is ended whatever became of ctx
	if err != nil {
		w.a.note(fmt.Sprintf("trial %d: %v", w.asked.Number, err))
	}
	values := w.meter.final(ctx, usage)
	w.stop = stopped // what came after the command had ended is too late to stop it
	e := w.classify(w.tree.Exit(), usage)
	e.Trial, e.duration, e.usage, e.method = w.asked.Number, w.a.Now().Sub(w.began), values, w.meter.method
	if e.tell != nil {
		w.finish(&e, values)
	}
	return e
}

// classify makes out how a trial ended, by what comes first: what stopped it,
// the kernel, the exit code, the value.
func (w *work) classify(exit process.Exit, usage process.Usage) Ending {
	e := Ending{Code: exit.Code}
	oom := w.outOfMemory(exit, usage)
	switch {
	case w.stop != nil && w.stop.lost:
		e.State, e.Reason, e.Sentence = string(api.FinishedStateFAIL), reasonLost, w.stop.sentence
		return e
	case w.stop != nil:
		e.State, e.Reason, e.Sentence = string(w.stop.state), w.stop.reason, w.stop.sentence
		if e.Reason == reasonInterrupted {
			e.Sentence = "it will be asked again"
		}
	case oom != nil && oom.flag != "":
		e.State, e.Reason = string(api.FinishedStatePRUNED), reasonLimit
		e.Sentence = "the kernel ended it: " + oom.sentence(w.backstopped(oom, usage))
	case oom != nil:
		e.State, e.Reason = string(api.FinishedStateFAIL), reasonOOM
		e.Sentence = fmt.Sprintf("the kernel ended it for want of memory, at %s.", amount(memoryBytes, oom.bound))
	case exit.Code != 0:
		e.State, e.Reason = string(api.FinishedStateFAIL), reasonExit
		e.Sentence = how(exit)
	default:
		e.State = string(api.FinishedStateCOMPLETE) // the server has the last word: its aggregate may be finite
		if v, ok := w.objective(w.study.Objectives[0]); ok {
			e.Value = &v
		}
	}
	e.tell = &api.Tell{State: api.FinishedState(e.State), LimitsCrossed: w.limitsCrossed(oom, usage)}
	if w.stop == nil || w.stop.decision == nil { // the server knows its own reasons
		e.tell.Reason = e.Reason
	}
	return e
}

// objective is the value of an objective, as the trial ended; false if the
// script never printed one.
func (w *work) objective(o api.Objective) (float64, bool) {
	if v, ok := w.final[o.Metric]; ok {
		return v, true
	}
	if w.a.FinalBest {
		v, ok := w.best[o.Metric]
		return v, ok
	}
	v, ok := w.values[o.Metric]
	return v, ok
}

// outOfMemory says that the kernel ended a process of the trial for want of
// memory, and by which limit: a declared one, or else what there was, which is
// at least what the trial held.
func (w *work) outOfMemory(exit process.Exit, usage process.Usage) *limit {
	l := of(w.limits, memoryBytes)
	if exit.Code == 0 && l == nil || !w.starved(exit, usage) {
		return nil
	}
	if l != nil {
		flag := l.flag
		if flag == "" {
			flag = "the study's limit"
		}
		return &limit{metric: memoryBytes, bound: l.bound, flag: flag}
	}
	return &limit{metric: memoryBytes, bound: math.Max(1, float64(usage.PeakMemoryBytes))}
}

// starved says that the kernel ended a process of the trial for want of memory.
// Without a control group that counts, a script that was killed while the host
// counted one more is taken for it.
func (w *work) starved(exit process.Exit, usage process.Usage) bool {
	if _, missing := usage.Missing["oom_kills"]; !missing {
		return usage.OOMKills > 0
	}
	now, counted := process.HostOOMKills()
	return counted && now > w.ooms && exit.Code == 128+int(syscall.SIGKILL) && w.stop == nil
}

// page is the least that a process asks for when the kernel has no more.
const page = 4096

// backstopped is what a trial held, or asked for, when the kernel ended it.
func (w *work) backstopped(l *limit, usage process.Usage) float64 {
	return math.Max(float64(usage.PeakMemoryBytes), l.bound+page)
}

// limitsCrossed are the limits that the server does not know by itself.
func (w *work) limitsCrossed(oom *limit, usage process.Usage) api.CrossedLimits {
	if oom != nil {
		return api.CrossedLimits{oom.told(w.backstopped(oom, usage))}
	}
	if w.stop == nil || w.stop.crossed == nil || w.constrained(w.stop.crossed) {
		return nil
	}
	return api.CrossedLimits{w.stop.crossed.told(w.stop.observed)}
}

// constrained says that a limit is a constraint of the study as well, whose
// violation the server works out.
func (w *work) constrained(l *limit) bool {
	for _, c := range w.study.Constraints {
		if l.flag == "" && c.Metric == l.metric && c.Op == api.ConstraintOpLessThanEqual && c.Bound == l.bound {
			return true
		}
	}
	return false
}

// how says how a script failed.
func how(exit process.Exit) string {
	switch {
	case exit.Lost:
		return "the process that watched it was killed"
	case exit.Signal != 0:
		return fmt.Sprintf("ended by signal %d (%v)", int(exit.Signal), exit.Signal)
	default:
		return fmt.Sprintf("exit code %d", exit.Code)
	}
}

// finish fills in what the server is told: final figures, how they were
// obtained, and the value where the last one reported is not it.
func (w *work) finish(e *Ending, values api.Metrics) {
	t := e.tell
	t.Metrics = api.Metrics{}
	for name, v := range values {
		if name != wallSeconds {
			t.Metrics[name] = v
		}
	}
	attrs := w.meter.attrs(w.a)
	attrs["exit_code"] = e.Code
	if w.stop != nil && !w.stop.since.IsZero() {
		attrs["stop_seconds"] = w.a.Now().Sub(w.stop.since).Seconds() // from the signal to an empty tree
	}
	t.UserAttrs = api.UserAttrs{"agent": attrs}
	switch e.Reason {
	case reasonInterrupted:
		t.Retry = true
	case reasonExit:
		if w.asked.Attempt <= w.a.Retries {
			t.Retry = true
		}
	}
	if e.State == string(api.FinishedStatePRUNED) && w.stop != nil && w.stop.decision == nil {
		t.Error = e.Sentence // the server does not know why
	}
	if e.State == string(api.FinishedStateFAIL) {
		t.Error = strings.TrimSpace(e.Sentence + "\n" + w.tail.String())
	}
	if e.State == string(api.FinishedStateCOMPLETE) {
		w.valued(e)
	}
}

// valued tells the values that are not the last ones reported, and what to tell
// if the server has none.
func (w *work) valued(e *Ending) {
	t := e.tell
	t.Reason = ""
	objectives := api.Metrics{}
	for _, o := range w.study.Objectives {
		if v, ok := w.objective(o); ok {
			objectives[o.Metric] = v
		}
	}
	explicit := w.a.FinalBest
	for _, name := range sortedKeys(w.final) {
		if _, is := objectives[name]; is {
			explicit = true
		} else if len(t.Metrics) < mostMetrics {
			t.Metrics[name] = w.final[name]
		}
	}
	if explicit && len(objectives) == len(w.study.Objectives) {
		t.Values = objectives
	}
	reason, text := w.valueless()
	e.fallback = &api.Tell{State: api.FinishedStateFAIL, Reason: reason, Error: text, Metrics: t.Metrics, UserAttrs: t.UserAttrs}
}

// valueless says why a trial has no value, if the server finds that it has none.
func (w *work) valueless() (reason, text string) {
	unseen := w.unseen()
	if len(unseen) == 0 {
		for _, o := range w.study.Objectives {
			if v, _ := w.objective(o); math.IsNaN(v) || math.IsInf(v, 0) {
				return reasonNotFinite, fmt.Sprintf("the value of %s is %v", o.Metric, v)
			}
		}
		return reasonNotFinite, "a value is not finite"
	}
	text = fmt.Sprintf("it ended well, but %s was never printed; ", join(unseen))
	if seen := w.collector.Seen(); len(seen) > 0 {
		text += "what was: " + strings.Join(seen, ", ")
	} else {
		text += "nothing that looks like a metric was"
	}
	return reasonObjective, text + ". Read are name=value, name: value, JSON lines and ::metric lines; --metric NAME=PRINTED reads another name, --metric-regex anything"
}

// unseen are the objectives that were never printed.
func (w *work) unseen() []string {
	var out []string
	for _, o := range w.study.Objectives {
		if _, ok := w.objective(o); !ok {
			out = append(out, o.Metric)
		}
	}
	return out
}

// await waits a moment for the server's word on the end of a trial, which may
// differ from the agent's.
func (w *work) await(e *Ending) {
	if e.tell == nil {
		return
	}
	limit := time.NewTimer(tellTime)
	defer limit.Stop()
	select {
	case t := <-w.told:
		if t == nil {
			return // the server is away, or refused it
		}
		e.State, e.Value = string(t.State), nil
		if len(t.Values) > 0 {
			e.Value = &t.Values[0]
		}
		e.Reason = cmp.Or(t.Reason, e.Reason)
		if e.fallback != nil && e.Reason == e.fallback.Reason {
			e.Sentence = e.fallback.Error
		}
		if d := t.Decision; d != nil && d.ShouldPrune && d.Explanation != nil && t.State == api.TrialStatePRUNED {
			e.Sentence = d.Explanation.Sentence
			e.Reason = cmp.Or(d.DecidedBy, e.Reason)
		}
	case <-limit.C:
	}
}
