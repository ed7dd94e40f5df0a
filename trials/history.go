package trials

import (
	"slices"
	"time"
)

// History is the in-memory read model of one study: what ended, by columns,
// what has not ended, and for the metrics that a rule reads the order
// statistics of each step. It is a function of the stored study and of the
// order of its writes: built from the store it equals one grown by increments.
type History struct {
	study      *StudySpec
	rules      []RuleLimit // that trials are held to
	generation uint64
	needs      map[string]Need // by metric
	wanted     []Need          // by id, for the ids seen so far

	names []string // interned metrics and sources; the index is the id
	ids   map[string]uint32
	fresh []Name // not yet given to the store

	// What ended, in the order in which it did. Append only: views share it.
	numbers    []int64
	states     []State
	values     []float64
	violations []float64
	limits     []Limit // the study's constraints, then those of rules, then those of workers
	last       []float64
	lastStep   []int64
	columns    []Column
	column     map[string]int          // name -> place in columns
	dists      map[string]Distribution // kind and choices of each parameter, also of open trials
	knows      *Space                  // the space last put into dists
	peers      []*peers
	finals     map[uint32]*Ranked   // last values of COMPLETE trials that are not known to be infeasible
	kept       map[uint32][]Series  // whole curves of trials that ended, by place
	totals     map[uint32][]float64 // aggregates, by place; NaN where nothing was reported
	lanes      []*laneState
	events     *[]lanePoint   // while the history is built: what is still to be played
	lastSteps  Ranked         // of COMPLETE trials
	usualEnd   int64          // the last step on which they agree, Absent without one
	clock      time.Time      // the latest stamp
	lastEnd    int64          // when the latest of the trials ended, in microseconds of the epoch
	best       []int64        // COMPLETE trials with the best rank, see best.go
	place      map[int64]int  // number -> place above
	expired    map[int64]bool // numbers of trials whose lease expired
	nextEnd    int64          // the EndedSeq of the next trial that ends

	open   []*Live // WAITING and RUNNING, by number
	byNum  map[int64]*Live
	counts Counts
	spent  Spending  // of what ended; NaN is not measured
	ended  float64   // the durations of what ended, in seconds
	began  time.Time // when the first of what was handed out and ended began
	handed int64
	taken  int64 // trials that asks under way have claimed
}

// Live is a trial that has not ended, with everything reported so far.
type Live struct {
	Trial                      // as last written
	values  map[string]float64 // params, inner; replaced, never written to
	space   *Space             // of its distributions
	tallies []Tally            // by metric id
	curves  []*Series          // by metric id, nil where no rule reads one
	samples [][]Moment         // likewise
	forms   []formed           // by place in the history's peers
	lanes   []liveLane         // by lane, nil before the first mark
	keys    []sourceKeys
	log     []Decision      // its log of decisions
	fired   map[string]bool // the rules that are in the log
	pruned  *Decision       // the enforced decision that prunes it
	expires time.Time       // of its lease
	zero    bool            // its steps begin at 0
	tape    *Tape           // what is played, and how far
	played  int
	crossed []ConstraintResult // limits of its worker's own, told at its end
	taken   bool               // WAITING, and claimed by an ask under way
	changed chan struct{}      // closed when it is pruned or ends; nil while nobody waits
}

// sourceKeys holds the keys of the reports that one source sent.
type sourceKeys struct {
	source      uint32
	steps, seqs keySet
}

// keySet maps the keys of reports to the codes of what was answered.
type keySet struct {
	keys  []int64 // ascending
	codes []uint32
}

func (k *keySet) find(key int64) (code uint32, found bool) {
	i, found := slices.BinarySearch(k.keys, key)
	if !found {
		return 0, false
	}
	return k.codes[i], true
}

func (k *keySet) add(key int64, code uint32) {
	if n := len(k.keys); n == 0 || k.keys[n-1] < key {
		k.keys, k.codes = append(k.keys, key), append(k.codes, code)
		return
	}
	i, _ := slices.BinarySearch(k.keys, key)
	k.keys, k.codes = slices.Insert(k.keys, i, key), slices.Insert(k.codes, i, code)
}

func (t *Live) source(id uint32) *sourceKeys {
	for i := range t.keys {
		if t.keys[i].source == id {
			return &t.keys[i]
		}
	}
	t.keys = append(t.keys, sourceKeys{source: id})
	return &t.keys[len(t.keys)-1]
}

// Tally returns what was reported of a metric, nil if nothing was.
func (t *Live) Tally(h *History, metric string) *Tally {
	id, ok := h.id(metric)
	if !ok || int(id) >= len(t.tallies) || t.tallies[id].Count == 0 {
		return nil
	}
	return &t.tallies[id]
}

// curve returns the points of a metric that a rule reads as a series; nil if
// there are none.
func (t *Live) curve(h *History, metric string) *Series {
	id, ok := h.id(metric)
	if !ok || int(id) >= len(t.curves) {
		return nil
	}
	return t.curves[id]
}

// Generation is that of the history's views.
func (h *History) Generation() uint64 { return h.generation }

// id returns the id of a name. Rules ask at every report, mostly of few names:
// those are looked through, which is faster than a map.
func (h *History) id(name string) (uint32, bool) {
	if len(h.names) > 8 {
		id, ok := h.ids[name]
		return id, ok
	}
	for id, known := range h.names {
		if known == name {
			return uint32(id), true
		}
	}
	return 0, false
}

// Completed returns the number of COMPLETE trials.
func (h *History) Completed() int { return int(h.counts.Complete) }

// Ended returns the number of trials that ended.
func (h *History) Ended() int { return len(h.numbers) }

// Open returns the trials that have not ended, by number. They are not to be
// changed.
func (h *History) Open() []*Live { return h.open }

// BestPlace returns the place in the view of the best COMPLETE trial: feasible
// first, of several objectives the first that entered the Pareto front; -1
// without one.
func (h *History) BestPlace() int {
	if len(h.best) == 0 {
		return -1
	}
	return int(h.best[0])
}

// KeptCurve returns the curve of a metric of the trial at a place in the view,
// where a rule needs it; nil without one.
func (h *History) KeptCurve(metric string, place int) *Series {
	id, ok := h.id(metric)
	if !ok || place < 0 || place >= len(h.kept[id]) || len(h.kept[id][place].Steps) == 0 {
		return nil
	}
	return &h.kept[id][place]
}

// Totals returns the aggregates of a metric of the trials that ended, by place
// in the view; NaN where nothing was reported. It may be shorter than the view.
func (h *History) Totals(metric string) []float64 {
	id, ok := h.id(metric)
	if !ok {
		return nil
	}
	return h.totals[id]
}
