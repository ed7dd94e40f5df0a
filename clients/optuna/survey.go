package optuna

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// survey is what must be known of all trials before the first can be written.
type survey struct {
	space       map[string]*seen
	rows        int      // COMPLETE trials: those that had the time to get all their parameters
	constraints []string // Optuna's keys
	last        int64    // the highest number, -1 without a trial
	first       time.Time
	ends        []end
	order       map[int64]int64 // by number: the place in the order in which trials ended
	report      *report
}

// seen is a parameter as the trials had it.
type seen struct {
	dist   *Distribution
	values map[int]float64 // by row
}

type end struct {
	at     time.Time
	number int64
}

func newSurvey(r *report) *survey {
	return &survey{space: map[string]*seen{}, last: -1, report: r}
}

// take takes a trial in.
func (s *survey) take(t *trial) {
	s.last = max(s.last, t.number)
	if !t.started.IsZero() && (s.first.IsZero() || t.started.Before(s.first)) {
		s.first = t.started
	}
	if t.state != waiting {
		s.ends = append(s.ends, end{cmp.Or(t.ended, t.started), t.number})
	}
	for key := range t.constraints() {
		if !slices.Contains(s.constraints, key) {
			s.constraints = append(s.constraints, key)
		}
	}
	whole := t.state == complete
	for _, p := range t.params {
		d, err := p.dist.holding(p.value)
		if err != nil || d.check() != nil || nameFault(p.name) != "" {
			continue
		}
		k := s.space[p.name]
		if k == nil {
			k = &seen{dist: d, values: map[int]float64{}}
			s.space[p.name] = k
		}
		if !k.dist.sameKind(d) {
			continue
		}
		k.dist = k.dist.widest(d)
		if whole {
			k.values[s.rows] = p.value
		}
	}
	if whole {
		s.rows++
	}
}

// nameFault says why a name cannot be that of a parameter.
func nameFault(name string) string {
	switch {
	case name == "":
		return "it has no name"
	case len(name) > 128:
		return "its name is longer than 128 bytes"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "its name has characters that cannot be shown"
	}
	return ""
}

// finish orders what was taken in.
func (s *survey) finish() {
	slices.SortFunc(s.ends, func(a, b end) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.number, b.number)) })
	s.order = make(map[int64]int64, len(s.ends))
	for i, e := range s.ends {
		s.order[e.number] = int64(i)
	}
	slices.SortFunc(s.constraints, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX == nil && errY == nil {
			return cmp.Compare(x, y)
		}
		return cmp.Or(cmp.Compare(fmt.Sprint(errX != nil), fmt.Sprint(errY != nil)), cmp.Compare(a, b))
	})
}

// searchSpace returns the space of the study: the widest range of each
// parameter. Optuna does not say on what a parameter depends, the trials do: one
// that only some COMPLETE ones have gets the condition that tells which, or is
// left for the workers to ask for. While none is COMPLETE all may have them all.
func (s *survey) searchSpace() map[string]*Distribution {
	out := map[string]*Distribution{}
	for _, name := range slices.Sorted(maps.Keys(s.space)) {
		k := s.space[name]
		if len(k.values) == s.rows || s.rows == 0 {
			out[name] = k.dist
			continue
		}
		parent, allowed := s.parent(k)
		if parent == "" {
			s.report.note("parameter %q is left out of the search space: only some trials have it, and no other parameter tells which", name)
			continue
		}
		d := *k.dist
		d.When = map[string][]any{parent: allowed}
		out[name] = &d
		s.report.note("parameter %q depends on %q, as far as the trials tell", name, parent)
	}
	for again := true; again; { // what depends on what is left out is left out
		again = false
		for name, d := range out {
			for parent := range d.When {
				if _, ok := out[parent]; !ok {
					delete(out, name)
					again = true
				}
			}
		}
	}
	return out
}

// parent finds the categorical parameter, and its values, with which exactly the
// trials are that have the child: of several the one that the fewest trials have.
func (s *survey) parent(child *seen) (name string, allowed []any) {
	best := math.MaxInt
	for _, n := range slices.Sorted(maps.Keys(s.space)) {
		p := s.space[n]
		if p.dist.Type != categoricalType || len(p.values) <= len(child.values) || len(p.values) >= best || len(child.values) == 0 {
			continue
		}
		if values, ok := p.explains(child); ok {
			name, allowed, best = n, values, len(p.values)
		}
	}
	return name, allowed
}

// explains says that the child is there exactly with some values of p.
func (p *seen) explains(child *seen) (allowed []any, ok bool) {
	with := map[any]bool{}
	for row := range child.values {
		v, ok := p.values[row]
		if !ok {
			return nil, false
		}
		with[p.dist.outer(v)] = true
	}
	for row, v := range p.values {
		if _, has := child.values[row]; with[p.dist.outer(v)] && !has {
			return nil, false
		}
	}
	for _, c := range p.dist.Choices {
		if with[c] && !slices.Contains(allowed, c) {
			allowed = append(allowed, c)
		}
	}
	return allowed, true
}

// constraintsKey is the system attribute with a list of constraints; version 5
// has one for each, of this name, a colon and a key.
const constraintsKey = "constraints"

// constraints returns the values of a trial's constraints by their keys, which
// for those of a list are "0", "1" and so on. Above 0 is not feasible.
func (t *trial) constraints() map[string]float64 {
	out := map[string]float64{}
	var list []float
	if json.Unmarshal(t.systemAttrs[constraintsKey], &list) == nil {
		for i, v := range list {
			out[strconv.Itoa(i)] = float64(v)
		}
	}
	for name, raw := range t.systemAttrs {
		var v float
		if key, ok := strings.CutPrefix(name, constraintsKey+":"); ok && json.Unmarshal(raw, &v) == nil {
			out[key] = float64(v)
		}
	}
	return out
}
