package trials

import (
	"math"
	"slices"
	"time"
)

// History is the in-memory read model of one study: what ended, by columns,
// what has not ended, and for the metrics that a rule reads the order
// statistics of each step. It is a function of the stored study and of the
// order of its writes: built from the store it equals one grown by increments.
type History struct {
	study      *StudySpec
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
	last       []float64
	lastStep   []int64
	columns    []Column
	column     map[string]int          // name -> place in columns
	dists      map[string]Distribution // kind and choices of each parameter, also of open trials
	peers      map[uint32]*peers
	best       []int64        // COMPLETE trials with the best rank, see best.go
	place      map[int64]int  // number -> place above
	expired    map[int64]bool // numbers of trials whose lease expired
	nextEnd    int64          // the EndedSeq of the next trial that ends

	open   []*Live // WAITING and RUNNING, by number
	byNum  map[int64]*Live
	counts Counts
	spent  Spending // of what ended; NaN is not measured
	ended  float64  // the durations of what ended, in seconds
	handed int64
	taken  int64 // trials that asks under way have claimed
}

// Live is a trial that has not ended, with everything reported so far.
type Live struct {
	Trial                      // as last written
	values  map[string]float64 // params, inner; replaced, never written to
	space   *Space             // of its distributions
	tallies []Tally            // by metric id
	curves  map[uint32]*Series
	keys    []sourceKeys
	log     []Decision      // its log of decisions
	fired   map[string]bool // the rules that are in the log
	pruned  *Decision       // the enforced decision that prunes it
	expires time.Time       // of its lease
	taken   bool            // WAITING, and claimed by an ask under way
	changed chan struct{}   // closed when it is pruned or ends; nil while nobody waits
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
	id, ok := h.ids[metric]
	if !ok || int(id) >= len(t.tallies) || t.tallies[id].Count == 0 {
		return nil
	}
	return &t.tallies[id]
}

// Curve returns the points of a metric that a rule reads as a series; nil if
// there are none.
func (t *Live) Curve(h *History, metric string) *Series {
	id, ok := h.ids[metric]
	if !ok {
		return nil
	}
	return t.curves[id]
}

// Completed returns the number of COMPLETE trials.
func (h *History) Completed() int { return int(h.counts.Complete) }

// PeersAt returns what COMPLETE trials reported of a metric at a step: the
// numbers in ascending order, and how many reported NaN. The metric must be
// one that the study's pruner needs so. The slice is valid during the call
// alone.
func (h *History) PeersAt(metric string, step int64) (sorted []float64, nan int) {
	id, ok := h.ids[metric]
	if !ok {
		return nil, 0
	}
	p := h.peers[id]
	if p == nil {
		return nil, 0
	}
	return p.at(step)
}

// peers holds the values of one metric in COMPLETE trials, by step.
type peers struct{ steps map[int64]*peerStep }

type peerStep struct {
	sorted []float64
	nan    int
	messy  bool // appended to without order, while the history is built
}

func (p *peers) at(step int64) ([]float64, int) {
	s := p.steps[step]
	if s == nil {
		return nil, 0
	}
	if s.messy {
		slices.Sort(s.sorted)
		s.messy = false
	}
	return s.sorted, s.nan
}

func (p *peers) add(curve Series, building bool) {
	for i, step := range curve.Steps {
		s := p.steps[step]
		if s == nil {
			s = &peerStep{}
			p.steps[step] = s
		}
		v := curve.Values[i] + 0 // no negative zero: its place among zeros depends on the order
		switch {
		case math.IsNaN(v):
			s.nan++
		case building:
			s.sorted, s.messy = append(s.sorted, v), true
		default:
			sorted, _ := p.at(step)
			at, _ := slices.BinarySearch(sorted, v)
			s.sorted = slices.Insert(sorted, at, v)
		}
	}
}
