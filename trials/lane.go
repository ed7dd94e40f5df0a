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
	// After returns the marks once a trial is COMPLETE, from the highest last step
	// of those that are when a trial reports; with Agreed once five of them agree
	// on it. What was reported before passes no mark.
	After  func(lastStep int64) []float64
	Agreed bool
	// Highest lets a report vote only at the highest mark passed, once a mark;
	// with Refill else at the highest one below at which the trial did not vote.
	Highest, Refill bool
	// Through lets a report vote at all marks passed, also beyond one that fires.
	Through bool
	// Best compares the best values up to the mark, in this direction, in place
	// of the values at it.
	Best Direction
	// Completed compares with COMPLETE trials only.
	Completed bool
	// Bracket parts the trials, given the last step that After was: a trial votes
	// among those of its bracket, from the mark with that number on. Nil: all are
	// in bracket 0.
	Bracket func(trial, lastStep int64) int
	// Vote judges a value that passes a mark; before are the others' values
	// there. A value that is not a number is not kept, but counted.
	Vote func(before *Ranked, v float64) Vote
	// VoteAll does, of a lane with Others, with the values of the last Keep
	// trials that passed; it says itself of how many.
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
	marks []float64
	rungs [][]rung // by bracket, by mark
	ended Ranked   // last steps of COMPLETE trials, while After is waited for
	last  int64    // what After was given
}

// rung is what passed a mark.
type rung struct {
	Ranked
	all [][]float64 // of a lane with Others
}

// liveLane is a trial's way along a lane.
type liveLane struct {
	bracket int
	voted   uint64 // the marks that are behind it, by bit
	votes   []Vote
	best    float64
	// The furthest report, and that it is there.
	axis, value float64
	begun       bool
	placed      bool // in a bracket
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
		out[i] = &laneState{Lane: l, marks: l.Marks, last: Absent}
	}
	return out
}

// rung returns what passed a mark in a bracket.
func (l *laneState) rung(bracket, mark int) *rung {
	for len(l.rungs) <= bracket {
		l.rungs = append(l.rungs, nil)
	}
	if l.rungs[bracket] == nil {
		l.rungs[bracket] = make([]rung, len(l.marks))
	}
	return &l.rungs[bracket][mark]
}

// reset forgets all trials.
func (l *laneState) reset() {
	if l.After != nil {
		l.marks, l.rungs, l.last = nil, nil, Absent
		l.ended.clear()
	}
	for _, rungs := range l.rungs {
		for i := range rungs {
			rungs[i].clear()
			rungs[i].all = nil
		}
	}
}

// open makes the marks that After waits for, if they can be made.
func (l *laneState) open() {
	if l.After == nil || l.last != Absent || l.ended.Len() == 0 {
		return
	}
	last := int64(l.ended.At(l.ended.Len() - 1))
	if l.Agreed {
		last = usualEnd(&l.ended)
	}
	if last != Absent {
		l.last, l.marks = last, l.After(last)
	}
}

// passLanes takes a report along the lanes.
func (h *History) passLanes(t *Live, row *ReportRow) {
	for i, l := range h.lanes {
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
	id, ok := h.id(metric)
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

// advance takes a trial to where a report is: it votes at the marks passed, as a
// rule up to one at which it should stop.
func (h *History) advance(p *lanePoint) {
	l := h.lanes[p.lane]
	l.open()
	way := p.t.lane(h, p.lane)
	if !way.begun {
		way.best, way.axis, way.value = math.NaN(), math.NaN(), math.NaN()
	}
	if l.Axis == "" {
		way.best = l.best(way.best, p.v)
	}
	at, v := p.axis, p.v
	if l.Axis == "" && way.begun && at <= way.axis { // it is late: the trial is further
		at, v = way.axis, way.value
	}
	if len(l.marks) > 0 {
		l.place(p.t, way)
	}
	stopped := false
	for mark := l.next(way, at); mark >= 0; mark = l.next(way, at) {
		way.voted |= 1 << mark
		if !stopped {
			y := v
			if l.Axis != "" {
				y = between(way.axis, way.value, at, v, l.marks[mark])
			}
			stopped = l.pass(way, mark, l.best(way.best, y), p.others) && !l.Through
		}
		if l.Highest {
			break
		}
	}
	if l.Axis != "" {
		way.best = l.best(way.best, v)
	}
	if !way.begun || at >= way.axis || math.IsNaN(way.axis) {
		way.begun, way.axis, way.value = true, at, v
	}
}

// best returns the better of the best so far and a value, of a lane of best
// values; else the value.
func (l *laneState) best(so, v float64) float64 {
	if l.Best != "" && !math.IsNaN(so) && !l.Best.Better(v, so) {
		return so
	}
	return v
}

// place puts a trial into its bracket.
func (l *laneState) place(t *Live, way *liveLane) {
	if way.placed || l.Bracket == nil {
		return
	}
	way.placed = true
	way.bracket = l.Bracket(t.Number, l.last)
	way.voted = 1<<way.bracket - 1
}

// next returns the mark at which a trial that got so far votes now, -1 if it
// votes at none.
func (l *laneState) next(way *liveLane, at float64) int {
	if !l.Highest {
		mark := 0
		for way.voted>>mark&1 == 1 {
			mark++
		}
		if mark < len(l.marks) && l.marks[mark] <= at {
			return mark
		}
		return -1
	}
	for mark := len(l.marks) - 1; mark >= 0; mark-- {
		switch {
		case l.marks[mark] > at:
		case way.voted>>mark&1 == 0:
			return mark
		case !l.Refill:
			return -1
		}
	}
	return -1
}

// pass takes a trial past a mark with a value, and says whether it should stop.
func (l *laneState) pass(way *liveLane, mark int, v float64, others []float64) bool {
	r := l.rung(way.bracket, mark)
	var vote Vote
	if l.VoteAll != nil {
		vote = l.VoteAll(r.all, append([]float64{v}, others...))
	} else {
		vote = l.Vote(&r.Ranked, v)
		vote.Of = r.Len()
	}
	vote.Mark, vote.Value = l.marks[mark], v
	way.votes = append(way.votes, vote)
	if !l.Completed {
		l.put(r, v, others)
	}
	return vote.Verdict == Fire
}

// between interpolates; without a report before, the value holds from the
// start.
func between(x0, y0, x1, y1, x float64) float64 {
	if math.IsNaN(x0) || x1 <= x0 {
		return y1
	}
	return y0 + float64((y1-y0)*((x-x0)/(x1-x0)))
}

func (l *laneState) put(r *rung, v float64, others []float64) {
	if l.VoteAll == nil {
		r.Add(v)
		return
	}
	r.all = append(r.all, append([]float64{v}, others...))
	if len(r.all) > l.Keep {
		r.all = r.all[1:]
	}
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
				l.put(l.rung(p.t.lanes[i].bracket, mark), v.Value, nil)
			}
		}
		if step := p.t.LastStep; l.After != nil && l.last == Absent && step >= 0 {
			l.ended.Add(float64(step))
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
