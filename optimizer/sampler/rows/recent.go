package rows

import (
	"math"
	"slices"
)

// State is what a sampler made of a view: it does not change any more, and is
// grown into another one.
type State interface {
	// Origin returns the generation of the view, and how many of its rows were
	// taken in.
	Origin() (generation uint64, seen int)
}

// Recent holds a few of the latest states, the one that has seen the most last:
// requests that were made before the latest trial ended, and those of other
// spaces, need not start from nothing. The zero value is empty. It is for one
// caller at a time.
type Recent[S State] struct{ states []S }

// kept is how many states are kept.
const kept = 4

// Latest returns the latest state that serves.
func (r *Recent[S]) Latest(serves func(S) bool) (found S, ok bool) {
	for _, s := range slices.Backward(r.states) {
		if serves(s) {
			return s, true
		}
	}
	return found, false
}

// Keep adds a state and drops those of other generations. Of too many it drops the
// one that others replace best: those left are the denser the nearer they are to
// the newest.
func (r *Recent[S]) Keep(grown S) {
	generation, now := grown.Origin()
	r.states = slices.DeleteFunc(r.states, func(s S) bool { g, _ := s.Origin(); return g != generation })
	at := len(r.states)
	for at > 0 && seen(r.states[at-1]) > now {
		at--
	}
	r.states = slices.Insert(r.states, at, grown)
	if len(r.states) <= kept {
		return
	}
	last := len(r.states) - 1
	drop, least, before := 0, math.Inf(1), 0
	for i, s := range r.states[:last] {
		loss := float64(seen(r.states[i+1])-before) / float64(seen(r.states[last])-seen(s)+1)
		if loss < least {
			drop, least = i, loss
		}
		before = seen(s)
	}
	r.states = slices.Delete(r.states, drop, drop+1)
}

func seen[S State](s S) int {
	_, n := s.Origin()
	return n
}
