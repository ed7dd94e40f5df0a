package trials

import (
	"math"
	"time"
)

// Class says how a rule judges. A trial that is spared is spared the
// predictions, never what already happened.
type Class uint8

// The classes.
const (
	// Crossed rules state what happened: a limit was crossed.
	Crossed Class = 0
	// Quality rules predict that a trial will not be among the good ones.
	Quality Class = 1 << iota
	// Forecast rules predict that a limit will be crossed.
	Forecast
	// Timeless rules say nothing new between two reports. Most rules are.
	Timeless
)

// Case is a running trial before a pruner, at the latest report. It is valid
// during the call alone.
type Case struct {
	Study   *StudySpec
	History *History
	Trial   *Live
	Report  *ReportRow // what was just reported; nil in a judgement without a report
	Now     time.Time
	Without Class // rules of these classes are not asked: unknown
	Back    int   // so many points of the curves, the latest, are passed over
}

// Param returns the inner value of one of the trial's params; false without it.
func (c *Case) Param(name string) (float64, bool) {
	v, ok := c.Trial.values[name]
	return v, ok
}

// Curve returns the points of a metric that the rule needs as a series, without
// the last Back.
func (c *Case) Curve(metric string) Series {
	s := c.Trial.curve(c.History, metric)
	switch {
	case s == nil:
		return Series{Min: math.NaN(), Max: math.NaN()}
	case c.Back > 0:
		return s.Prefix(max(0, s.Len()-c.Back))
	default:
		return *s
	}
}

// Tally returns what was reported of a metric, nil if nothing was.
func (c *Case) Tally(metric string) *Tally { return c.Trial.Tally(c.History, metric) }

// Aggregate returns the aggregate of a metric so far. Between reports the wall
// time goes on.
func (c *Case) Aggregate(metric string, a Aggregate) (float64, bool) {
	v, ok := 0.0, false
	if tally := c.Tally(metric); tally != nil {
		v, ok = tally.Value(a)
	}
	if metric == WallSeconds && (a == Max || a == Last) && c.Report == nil && c.Trial.State == Running && c.Trial.DatetimeStart != nil {
		if wall := c.Now.Sub(*c.Trial.DatetimeStart).Seconds(); !ok || !(v >= wall) {
			v, ok = wall, true
		}
	}
	return v, ok
}

// Elapsed returns how old the trial was at its latest report, in seconds; at a
// judgement without a report, how old it is.
func (c *Case) Elapsed() float64 {
	v, ok := c.Aggregate(WallSeconds, Max)
	if !ok {
		return 0
	}
	return v
}

// Samples returns the latest values of a metric in time, at most 1024, without
// the last Back.
func (c *Case) Samples(metric string) []Moment {
	id, ok := c.History.id(metric)
	if !ok || int(id) >= len(c.Trial.samples) {
		return nil
	}
	s := c.Trial.samples[id]
	return s[:max(0, len(s)-c.Back)]
}

// Peers returns the values of other trials at a step; of those that reached it
// the trial's own is one. Nil if there are none.
func (c *Case) Peers(metric string, which Peers, step int64) *Ranked {
	return c.History.peersAt(metric, which, step)
}

// Votes returns what was said of the trial at the marks it passed on a lane.
func (c *Case) Votes(l *Lane) []Vote {
	if l.ID >= len(c.Trial.lanes) {
		return nil
	}
	return c.Trial.lanes[l.ID].votes
}

// Finals returns the last values of a metric of COMPLETE trials, but for those
// known to be infeasible.
func (c *Case) Finals(metric string) *Ranked {
	id, ok := c.History.id(metric)
	if !ok {
		return nil
	}
	return c.History.finals[id]
}

// Incumbent returns the k-th best of the final values, from 1; false if there
// are fewer.
func (c *Case) Incumbent(metric string, d Direction, k int) (float64, bool) {
	f := c.Finals(metric)
	if f.Len() < k {
		return 0, false
	}
	if d == Maximize {
		return f.At(f.Len() - k), true
	}
	return f.At(k - 1), true
}

// Steps returns how many steps the trial has behind it: its last step, and one
// more where steps begin at 0.
func (c *Case) Steps() int64 {
	n := max(0, c.Trial.LastStep)
	if c.Trial.zero {
		n++
	}
	return n
}

// End returns the last step of the trial: as the ask or the study says, else
// the one on which COMPLETE trials agree. False while it is not known.
func (c *Case) End() (int64, bool) { return c.Trial.end(c.History) }

func (t *Live) end(h *History) (int64, bool) {
	end := t.MaxSteps
	if end == 0 {
		end = h.study.MaxSteps
	}
	if end == 0 {
		return h.usualEnd, h.usualEnd != Absent
	}
	return lastOf(end, t.zero), true
}

// lastOf returns the last of so many steps: of steps that begin at 0 it is one
// less.
func lastOf(steps int64, zero bool) int64 {
	if zero {
		return steps - 1
	}
	return steps
}

// agree keeps the usual end of a trial up to date: the highest step near which,
// within 5 % below, at least five COMPLETE trials ended.
func (h *History) agree(last int64) {
	if last < 0 {
		return
	}
	h.lastSteps.Add(float64(last))
	h.usualEnd = usualEnd(&h.lastSteps)
}

// usualEnd returns the end on which last steps agree, Absent without one.
func usualEnd(last *Ranked) int64 {
	for i := last.Len() - 1; i >= 4; i-- {
		if top := last.At(i); last.At(i-4) >= 0.95*top {
			return int64(top)
		}
	}
	return Absent
}
