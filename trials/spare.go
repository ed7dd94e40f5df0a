package trials

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
)

// Defaults of what bounds a pruner.
const (
	DefaultHoldout          = 0.05
	defaultProtectTopK      = 1
	defaultProtectWithin    = 0.01
	defaultMaxPruneFraction = 0.8
	defaultPerTrials        = 20
	defaultMinLive          = 1
)

// era returns the version of the pruner that a study begins with.
func (row *StudyRow) era() *Era {
	return &Era{
		Version: row.PrunerVersion, Since: row.Created, Pruner: row.Spec.Pruner,
		Holdout: row.Spec.Holdout, Protect: row.Spec.Protect, Quota: row.Spec.Quota,
	}
}

// samePruner says that a pruner and what bounds it are the same in both.
func (s *StudySpec) samePruner(o *StudySpec) bool {
	return bytes.Equal(s.Pruner, o.Pruner) && reflect.DeepEqual(s.Holdout, o.Holdout) &&
		reflect.DeepEqual(s.Protect, o.Protect) && reflect.DeepEqual(s.Quota, o.Quota)
}

// needs returns what protect and the rules that end a study read.
func (s *StudySpec) needs() []Need {
	var out []Need
	if s.Protect != nil {
		out = append(out, Need{Metric: s.Objectives[0].Metric, Series: true, Finals: true, Peers: []Peers{{Reached: true}}})
	}
	if s.Stop != nil && s.Stop.Utility != nil {
		out = append(out, Need{Metric: s.Stop.Utility.CostMetric, Totals: true})
	}
	return out
}

// heldOut says that a trial is one of the holdout: systematically every
// 1/fraction-th, from a phase that the seed gives.
func (s *StudySpec) heldOut(number int64) bool {
	if s.Holdout == nil || *s.Holdout <= 0 {
		return false
	}
	phase := float64(uint64(*s.Seed)*0x9E3779B97F4A7C15>>11) / (1 << 53)
	at := func(n int64) float64 { return math.Floor(float64(n)**s.Holdout + phase) }
	return at(number+1) > at(number)
}

// spare says what spares a trial on which an enforced verdict fires: nothing
// does, if what already happened is enough to fire. Holdout spares it every
// prediction, protect and quota spare it predictions of quality.
func spare(p Pruner, c *Case) string {
	spec, t := c.Study, c.Trial
	if !t.Holdout && spec.Protect == nil && spec.Quota == nil {
		return ""
	}
	without := c.Without
	defer func() { c.Without = without }()
	c.Without = without | Quality
	if t.Holdout {
		c.Without |= Forecast
	}
	verdict, _ := p.Judge(c)
	switch {
	case verdict == Fire:
		return ""
	case t.Holdout:
		return ByHoldout
	case spec.Protect != nil && spec.Protect.holds(c):
		return ByProtect
	case spec.Quota != nil && spec.Quota.reached(c.History):
		return ByQuota
	default:
		return ""
	}
}

// holds says that a trial is protected.
func (p *Protect) holds(c *Case) bool {
	if p.Tag != "" {
		var attrs map[string]any
		if json.Unmarshal(c.Trial.UserAttrs, &attrs) == nil && attrs[p.Tag] == true {
			return true
		}
	}
	o := c.Study.Objectives[0]
	curve := c.Curve(o.Metric)
	if curve.Len() == 0 {
		return false
	}
	step, v := curve.Steps[curve.Len()-1], curve.Values[curve.Len()-1]
	if k := or(p.TopK, defaultProtectTopK); k > 0 && !math.IsNaN(v) {
		peers := c.Peers(o.Metric, Peers{Reached: true}, step)
		less, equal := peers.Below(v)
		if o.Direction == Maximize {
			less = peers.Len() - less - equal
		}
		if int64(less) < k {
			return true
		}
	}
	best, ok := c.Incumbent(o.Metric, o.Direction, 1)
	within := or(p.Within, defaultProtectWithin)
	return ok && within > 0 && math.Abs(curve.Best(o.Direction)-best) <= within*math.Abs(best) ||
		ok && o.Direction.Better(curve.Best(o.Direction), best)
}

// reached says that no more trials may be pruned for now.
func (q *Quota) reached(h *History) bool {
	live, pruned := int64(0), 0
	for _, t := range h.open {
		switch {
		case t.State == Running && t.pruned == nil:
			live++
		case t.pruned != nil:
			pruned++ // it will end so
		}
	}
	if live <= or(q.MinLive, defaultMinLive) {
		return true
	}
	n := int(or(q.PerTrials, defaultPerTrials))
	for _, s := range h.states[max(0, len(h.states)-max(0, n-pruned)):] {
		if s == Pruned {
			pruned++
		}
	}
	return float64(pruned+1) > or(q.MaxPruneFraction, defaultMaxPruneFraction)*float64(n)
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// incumbent returns the best feasible value of a study with one objective.
func (c *Case) incumbent() *Float {
	h := c.History
	if len(h.best) == 0 || !h.single() || h.breach(int(h.best[0])) > 0 {
		return nil
	}
	v := Float(h.values[h.best[0]])
	return &v
}

// saving returns what the steps that are left of a trial would cost, by
// resource, at its own cost per step so far; nil while its end is not known.
func (c *Case) saving() map[string]Float {
	t, h := c.Trial, c.History
	end, ok := t.end(h)
	if !ok || t.LastStep < 0 {
		return nil
	}
	left, done := float64(max(0, end-t.LastStep)), float64(c.Steps())
	out := map[string]Float{"steps": Float(left)}
	if done <= 0 {
		return out
	}
	add := func(name string, used float64) {
		if finite(used) && used > 0 {
			out[name] = Float(used / done * left)
		}
	}
	if wall, ok := t.total(h, WallSeconds); ok {
		add("wall_seconds", wall)
	}
	for i, v := range h.spending(t) {
		add(spendingNames[i], v)
	}
	return out
}

// checkBounds refuses bounds that make no sense, and sets the default.
func (s *StudySpec) checkBounds(bad *faults) {
	if h := s.Holdout; h != nil && (!(*h >= 0) || *h > 1) {
		bad.add("/holdout", "must be 0 to 1")
	}
	if p := s.Protect; p != nil {
		if p.TopK != nil && *p.TopK < 0 {
			bad.add("/protect/top_k", "must be at least 0")
		}
		if p.Within != nil && (!(*p.Within >= 0) || !finite(*p.Within)) {
			bad.add("/protect/within", "must be at least 0")
		}
		s.Protect = &Protect{TopK: ptr(or(p.TopK, defaultProtectTopK)), Within: ptr(or(p.Within, defaultProtectWithin)), Tag: p.Tag}
	}
	if q := s.Quota; q != nil {
		if q.MaxPruneFraction != nil && (!(*q.MaxPruneFraction >= 0) || *q.MaxPruneFraction > 1) {
			bad.add("/quota/max_prune_fraction", "must be 0 to 1")
		}
		if q.PerTrials != nil && *q.PerTrials < 1 {
			bad.add("/quota/per_trials", "must be at least 1")
		}
		if q.MinLive != nil && *q.MinLive < 0 {
			bad.add("/quota/min_live", "must be at least 0")
		}
		s.Quota = &Quota{
			MaxPruneFraction: ptr(or(q.MaxPruneFraction, defaultMaxPruneFraction)),
			PerTrials:        ptr(or(q.PerTrials, defaultPerTrials)), MinLive: ptr(or(q.MinLive, defaultMinLive)),
		}
	}
}

func ptr[T any](v T) *T { return &v }
