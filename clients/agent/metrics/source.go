package metrics

import (
	"math"
	"slices"
)

// source is one stream of records, such as stdout: it knows at which step it is.
type source struct {
	c *Collector

	carried   int64            // the step a line without metrics announced, or a record named last; -1 none
	counted   int64            // the step of the last record that had none
	fractions map[string]bool  // names that carried a fraction, so no step
	last      map[string]int64 // the latest step of each metric
	floor     map[string]int64 // the latest step before the source began again

	holding bool // a progress bar's values, of which later ones may follow
	held    []Value
	at      int64 // their step; -1 if it is to be counted
}

func newSource(c *Collector) *source {
	return &source{
		c: c, carried: -1, counted: 1,
		fractions: map[string]bool{}, last: map[string]int64{}, floor: map[string]int64{},
	}
}

// rewind prepares for a source that is read from its beginning again: points
// that were emitted are not emitted again.
func (s *source) rewind() {
	for name, step := range s.last {
		s.floor[name] = max(s.floor[name], step)
	}
	clear(s.last)
	s.carried, s.counted = -1, 1
}

// take places a record at its step, and emits or holds its values. What is part
// of a line that is overwritten is held even without a step.
func (s *source) take(r *record, overwritten bool) {
	step := s.explicit(r)
	if r.final {
		s.release()
		s.emit(r.values, -1, true)
		return
	}
	if step >= 0 {
		s.carried = step
	}
	switch {
	case step < 0 && len(r.values) == 0:
		return
	case step < 0 && s.holding && s.at >= 0: // it comes between two states of the bar
		step = s.at
	case step < 0:
		step = s.carried
	}
	if s.holding && s.at != step {
		s.release()
	}
	switch {
	case len(r.values) == 0:
	case overwritten, r.progress && step >= 0:
		s.hold(r.values, step)
	default:
		s.held = slices.DeleteFunc(s.held, func(v Value) bool { return has(r.values, v.Name) })
		s.emit(r.values, step, false)
	}
}

// explicit returns the step that a record names, or -1.
func (s *source) explicit(r *record) int64 {
	for _, name := range r.names {
		for _, f := range r.steps {
			if f.name != name || s.fractions[name] {
				continue
			}
			if f.v != math.Trunc(f.v) {
				s.fractions[name], s.carried = true, -1 // what it carried was none, either
				s.say("fraction "+name, "%s %v is no whole number, so it is not taken for the step", name, f.v)
				continue
			}
			if f.v >= 0 && f.v <= maxStep {
				if len(r.values) > 0 && name != s.c.fields[0] { // which goes without saying
					s.say("rule "+name, "steps are read from %q", name)
				}
				return int64(f.v)
			}
		}
	}
	return -1
}

// hold keeps values until it is known that they are the last of their step.
func (s *source) hold(values []Value, step int64) {
	if !s.holding {
		s.held, s.at, s.holding = s.held[:0], step, true
	}
	s.held = slices.DeleteFunc(s.held, func(v Value) bool { return has(values, v.Name) })
	s.held = append(s.held, values...)
}

// release emits what is held.
func (s *source) release() {
	if !s.holding {
		return
	}
	s.holding = false
	s.emit(s.held, s.at, false)
}

func has(values []Value, name string) bool {
	return slices.ContainsFunc(values, func(v Value) bool { return v.Name == name })
}

// emit sends values out as one point; at a counted step if it is below 0.
func (s *source) emit(values []Value, step int64, final bool) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if step < 0 && !final && len(values) > 0 {
		step = s.count(values)
		c.warn("rule count", "no step is named: steps are counted, one more each time a metric comes again")
	}
	out := make([]Value, 0, len(values))
	for _, v := range values {
		if c.admit(v.Name) && (final || s.advance(v.Name, step)) {
			out = append(out, v)
		}
	}
	if len(out) > 0 {
		c.emit(Point{Step: step, Values: out, Final: final})
	}
}

// count returns the step of values that name none.
func (s *source) count(values []Value) int64 {
	for _, v := range values {
		if last, ok := s.last[v.Name]; ok && last >= s.counted {
			s.counted = last + 1
		}
	}
	return s.counted
}

// advance says whether a value at a step is new. The caller holds the lock.
func (s *source) advance(name string, step int64) bool {
	last, ok := s.last[name]
	s.last[name] = step
	if floor, again := s.floor[name]; again && step <= floor {
		return false
	}
	switch {
	case !ok || step > last:
		return true
	case step == last:
		s.c.warn("repeated", "%q came more than once at step %d: the first value of a step counts", name, step)
		return false
	default:
		s.c.warn("smaller", "step %d of %q came after step %d", step, name, last)
		return true
	}
}

// say warns of something, once for each key.
func (s *source) say(key, format string, args ...any) {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.c.warn(key, format, args...)
}
