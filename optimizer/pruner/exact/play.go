package exact

import (
	"iter"
	"math"
	"slices"
)

// Kind is what happens in a history.
type Kind int

// What happens in a history.
const (
	Start  Kind = iota // a trial begins to run
	Report             // it reports a value, and the rule is asked
	End                // it ends
)

// State is how a trial ends.
type State string

// How a trial ends. All three may follow reports; a trial without any does not
// occur.
const (
	Complete State = "COMPLETE"
	Pruned   State = "PRUNED"
	Fail     State = "FAIL"
)

// Event is one thing that happens in a history.
type Event struct {
	Kind Kind
	// Trial is the trial's number, in the order of their starts, from 0.
	Trial int
	// Step and Value are what is reported. At the end of a COMPLETE trial, Value is
	// its value, which is finite.
	Step  int64
	Value float64
	// Prune is the recorded answer to a report.
	Prune bool
	// State is how the trial ends.
	State State
}

// Events walks the history as it was recorded: as many trials run at a time as
// there are workers, chance says which of them goes on, and one that is to be
// pruned ends at once, as PRUNED. The others end when they have made all their
// reports, as an event of its own: as COMPLETE with the last value in time, or
// with the mean, and as FAIL if that is not finite or the trial fails.
func (h *History) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		chance, started := h.schedule, 0
		made, running := make([]int, len(h.Trials)), []int{}
		for started < len(h.Trials) || len(running) > 0 {
			if started < len(h.Trials) && len(running) < h.Workers {
				if !yield(Event{Kind: Start, Trial: started}) {
					return
				}
				running = append(running, started)
				started++
				continue
			}
			i := chance.below(len(running))
			trial := running[i]
			e := h.next(trial, made[trial])
			if !yield(e) {
				return
			}
			made[trial]++
			if e.Prune && !yield(Event{Kind: End, Trial: trial, State: Pruned}) {
				return
			}
			if e.Prune || e.Kind == End {
				running = slices.Delete(running, i, i+1)
			}
		}
	}
}

// next returns what a trial does that has made so many reports.
func (h *History) next(trial, made int) Event {
	t := h.Trials[trial]
	if made == len(t.Points) {
		return h.end(trial)
	}
	p := t.Points[made]
	return Event{Kind: Report, Trial: trial, Step: p.Step, Value: p.Value, Prune: made+1 == int(h.outcomes[trial])}
}

func (h *History) end(trial int) Event {
	t := h.Trials[trial]
	value := t.Points[len(t.Points)-1].Value
	if h.mean {
		value = mean(t.Points)
	}
	if t.Fails || math.IsNaN(value) || math.IsInf(value, 0) {
		return Event{Kind: End, Trial: trial, State: Fail}
	}
	return Event{Kind: End, Trial: trial, State: Complete, Value: value}
}

func mean(points []Point) float64 {
	sum := 0.0
	for _, p := range points {
		sum += p.Value
	}
	return sum / float64(len(points))
}
