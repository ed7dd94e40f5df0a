package trials

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Lane is a row of marks along the steps of a trial, or along a metric that
// grows. When a trial passes a mark, its value there is compared with those of
// the trials that passed it before, and the vote stays.
type Lane struct {
	ID     int // its place among the lanes of its pruner
	Metric string
	Others []string // further metrics whose latest values stand beside it
	// Axis is the metric along which the marks are; the step if empty. On the
	// steps a trial passes a mark with the first report at or after it, and has
	// that report's value there. On a metric the value at the mark is
	// interpolated between two reports.
	Axis  string
	Marks []float64 // ascending, at most [MaxMarks]; none while After is waited for
	// After returns the marks once the first trial is COMPLETE, from its last
	// step. What was reported before passes no mark.
	After func(lastStep int64) []float64
	// Best compares the best values up to the mark, in this direction, in place
	// of the values at it.
	Best Direction
	// Completed compares with COMPLETE trials only.
	Completed bool
	Member    func(trial int64) bool // nil: every trial
	// Vote judges a value that passes a mark; before are the others' values
	// there. A value that is not a number is not kept, but counted.
	Vote func(before *Ranked, v float64) Vote
	// VoteAll does, of a lane with Others, with the values of the last Keep
	// trials that passed.
	VoteAll func(before [][]float64, v []float64) Vote
	Keep    int
}

// MaxMarks is how many marks a lane may have.
const MaxMarks = 64

// Vote is what was said of a trial at a mark.
type Vote struct {
	Mark    float64 // set by the history, as Value is
	Value   float64
	Verdict Verdict
	Bar     float64 // what the value was compared with; NaN without one
	Of      int     // how many others had passed
}

// laneState is what the trials of a history have at the marks of a lane.
type laneState struct {
	*Lane
	metric uint32 // ids, once interned
	marks  []float64
	at     []Ranked      // by mark
	all    [][][]float64 // by mark, of a lane with Others
}

// liveLane is a trial's way along a lane.
type liveLane struct {
	passed int // marks
	votes  []Vote
	best   float64
	// The report before, where marks are interpolated.
	axis, value float64
	begun       bool
}

// lanePoint is a report on its way along a lane.
type lanePoint struct {
	at     time.Time
	t      *Live
	lane   int // -1: the trial's end
	axis   float64
	v      float64
	others []float64
}

func newLanes(lanes []*Lane) []*laneState {
	out := make([]*laneState, len(lanes))
	for i, l := range lanes {
		out[i] = &laneState{Lane: l}
		out[i].open(l.Marks)
	}
	return out
}

func (l *laneState) open(marks []float64) {
	l.marks = marks
	l.at = make([]Ranked, len(marks))
	l.all = make([][][]float64, len(marks))
}

// reset forgets all trials.
func (l *laneState) reset() {
	if l.After != nil {
		l.open(nil)
	}
	for i := range l.at {
		l.at[i].clear()
		l.all[i] = nil
	}
}

// passLanes takes a report along the lanes.
func (h *History) passLanes(t *Live, row *ReportRow) {
	for i, l := range h.lanes {
		if l.Member != nil && !l.Member(t.Number) {
			continue
		}
		v, ok := row.value(h, l.Metric)
		if !ok {
			continue
		}
		p := lanePoint{at: row.At, t: t, lane: i, axis: float64(row.Step), v: v}
		if l.Axis != "" {
			if p.axis, ok = t.total(h, l.Axis); !ok {
				continue
			}
		} else if row.Step < 0 {
			continue
		}
		for _, name := range l.Others {
			other := math.NaN()
			if tally := t.Tally(h, name); tally != nil {
				other = tally.Last
			}
			p.others = append(p.others, other)
		}
		if h.events != nil {
			*h.events = append(*h.events, p)
		} else {
			h.advance(&p)
		}
	}
}

// value returns the value of a metric in a report.
func (r *ReportRow) value(h *History, metric string) (float64, bool) {
	id, ok := h.ids[metric]
	if !ok {
		return 0, false
	}
	for i := range r.Values {
		if r.Values[i].Metric == id {
			return r.Values[i].Value, true
		}
	}
	return 0, false
}

// total returns the largest value of a metric so far.
func (t *Live) total(h *History, metric string) (float64, bool) {
	tally := t.Tally(h, metric)
	if tally == nil || math.IsNaN(tally.Max) {
		return 0, false
	}
	return tally.Max, true
}

// advance takes a trial to where a report is: it votes at every mark passed,
// up to one at which it should stop.
func (h *History) advance(p *lanePoint) {
	l := h.lanes[p.lane]
	way := p.t.lane(h, p.lane)
	if !way.begun {
		way.best, way.axis, way.value = math.NaN(), math.NaN(), math.NaN()
	}
	if l.Best != "" && (l.Best.Better(p.v, way.best) || math.IsNaN(way.best)) {
		way.best = p.v
	}
	stopped := false
	for way.passed < len(l.marks) && l.marks[way.passed] <= p.axis {
		mark := way.passed
		way.passed++
		if stopped {
			continue
		}
		v := p.v
		switch {
		case l.Best != "":
			v = way.best
		case l.Axis != "":
			v = between(way.axis, way.value, p.axis, p.v, l.marks[mark])
		}
		vote := l.vote(mark, v, p.others)
		way.votes = append(way.votes, vote)
		stopped = vote.Verdict == Fire
		if !l.Completed {
			l.put(mark, v, p.others)
		}
	}
	if !way.begun || p.axis >= way.axis || math.IsNaN(way.axis) {
		way.begun, way.axis, way.value = true, p.axis, p.v
	}
}

// between interpolates; without a report before, the value holds from the
// start.
func between(x0, y0, x1, y1, x float64) float64 {
	if math.IsNaN(x0) || x1 <= x0 {
		return y1
	}
	return y0 + float64((y1-y0)*((x-x0)/(x1-x0)))
}

func (l *laneState) vote(mark int, v float64, others []float64) Vote {
	var vote Vote
	if l.VoteAll != nil {
		vote = l.VoteAll(l.all[mark], append([]float64{v}, others...))
	} else {
		vote = l.Vote(&l.at[mark], v)
		vote.Of = l.at[mark].Len()
	}
	vote.Mark, vote.Value = l.marks[mark], v
	return vote
}

func (l *laneState) put(mark int, v float64, others []float64) {
	if l.VoteAll == nil {
		l.at[mark].Add(v)
		return
	}
	kept := append(l.all[mark], append([]float64{v}, others...))
	if len(kept) > l.Keep {
		kept = kept[1:]
	}
	l.all[mark] = kept
}

// leave tells the lanes that a trial ended.
func (h *History) leave(t *Live, at time.Time) {
	if len(h.lanes) == 0 {
		return
	}
	p := lanePoint{at: at, t: t, lane: -1}
	if h.events != nil {
		*h.events = append(*h.events, p)
	} else {
		h.departed(&p)
	}
}

func (h *History) departed(p *lanePoint) {
	if p.t.State != Complete {
		return
	}
	for i, l := range h.lanes {
		if l.Completed && i < len(p.t.lanes) {
			for _, v := range p.t.lanes[i].votes {
				mark, _ := slices.BinarySearch(l.marks, v.Mark)
				l.put(mark, v.Value, nil)
			}
		}
		if l.After != nil && l.marks == nil {
			if step := p.t.LastStep; step >= 0 {
				l.open(l.After(step))
			}
		}
	}
}

// lane returns a trial's way along a lane.
func (t *Live) lane(h *History, i int) *liveLane {
	if t.lanes == nil {
		t.lanes = make([]liveLane, len(h.lanes))
	}
	return &t.lanes[i]
}

// playLanes plays what happened on the lanes in the order in which it did, once a
// history was built from the store.
func (h *History) playLanes() {
	events := *h.events
	h.events = nil
	slices.SortStableFunc(events, func(a, b lanePoint) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return cmp.Compare(a.t.Number, b.t.Number)
	})
	for i := range events {
		if events[i].lane < 0 {
			h.departed(&events[i])
		} else {
			h.advance(&events[i])
		}
	}
}
