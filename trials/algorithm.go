package trials

import (
	"encoding/json"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"slices"
)

// Samplers is the table of samplers.
type Samplers interface {
	// New returns the sampler that a node names, for a study, and the node with
	// every default explicit. Options are checked strictly; what can never work
	// with the study's space or objectives is refused. Faults have pointers
	// into the node, to which the caller adds its own place.
	New(study *StudySpec, space *Space, node json.RawMessage) (Sampler, json.RawMessage, error)
	Catalogue() []CatalogueEntry
}

// Pruners is the table of pruners.
type Pruners interface {
	// New is as in [Samplers]. A tree deeper than 16 is refused. The warnings
	// are of what is only doubtful.
	New(study *StudySpec, node json.RawMessage) (p Pruner, resolved json.RawMessage, warnings []FieldError, err error)
	Catalogue() []CatalogueEntry
}

// CatalogueEntry describes a sampler or a pruner. Schema is the JSON Schema of
// its node.
type CatalogueEntry struct {
	Type    string          `json:"type"`
	Kind    string          `json:"kind,omitempty"` // of pruners: quality, resource, application or operator
	Summary string          `json:"summary"`
	Source  string          `json:"source,omitempty"` // the paper or code, with section
	Schema  json.RawMessage `json:"schema"`
	Example json.RawMessage `json:"example,omitempty"`
}

// Sampler suggests params. It may keep what it derived from the history, which
// it locks itself and can rebuild at any time: a suggestion depends only on the
// request. Several goroutines may call it at once.
type Sampler interface {
	// Sample returns inner values for the names of r.Space, but for those in
	// r.Fixed. Values of parameters whose condition does not hold are dropped
	// by the caller, so a sampler may ignore conditions. ErrExhausted says that
	// nothing is left to suggest.
	Sample(r *SampleRequest) (Sample, error)
}

// Needer is a sampler that reads totals of metrics ([View].Totals): what its
// trials cost.
type Needer interface {
	Needs() []Need
}

// ErrExhausted says that a sampler has nothing left to suggest, which stops the
// study.
var ErrExhausted = &Error{Code: Internal, Detail: "the sampler has nothing left to suggest"}

// Sample is a suggestion: inner values by name, the sampler that made it, and
// where another one might have, why it was this one, in one plain sentence.
type Sample struct {
	Values map[string]float64
	By     string
	Why    string
}

// SampleRequest is all that a suggestion may depend on.
type SampleRequest struct {
	Study   *StudySpec
	Space   *Space
	Fixed   map[string]float64 // given values, inner
	Number  int64              // of the trial
	View    View
	Pending []Point // the running trials, by number; those of one batch see each other
	Redraw  int     // how often the point was refused so far
}

// Rand returns the chance of this request: PCG keyed by the study's seed and
// the trial's number. Parameters suggested later in a trial (define-by-run)
// have a stream of their own, keyed by their names as well.
func (r *SampleRequest) Rand() *rand.Rand {
	hi := uint64(*r.Study.Seed)
	if !sameNames(r.Space, r.Study.SearchSpace) {
		h := fnv.New64a()
		for _, name := range r.Space.Names {
			_, _ = io.WriteString(h, name+"\x00") // a hash never fails
		}
		hi ^= h.Sum64()
	}
	return rand.New(rand.NewPCG(hi, uint64(r.Number)^uint64(r.Redraw)<<48))
}

func sameNames(space *Space, study SearchSpace) bool {
	if len(space.Names) != len(study) {
		return false
	}
	for _, name := range space.Names {
		if _, ok := study[name]; !ok {
			return false
		}
	}
	return true
}

// Point is the params of a trial, as inner values by name.
type Point struct {
	Number int64
	Values map[string]float64
	// Fresh says that no trial ended since it was handed out: it and the one that
	// is asked for are of one batch, none of which could learn from another.
	Fresh bool
}

// View is what a sampler sees of a history: the trials that ended, in the
// order in which they did. It is never written to again, so it may be read
// without a lock; a later view of the same Generation begins with the same
// trials.
type View struct {
	Generation uint64 // changes when the history was built anew
	Objectives []Objective
	Numbers    []int64
	States     []State
	// Values holds len(Objectives) values a trial; NaN where it has none. A
	// PRUNED or FAIL trial has no values.
	Values []float64
	// Violations holds one a trial: 0 is feasible, above 0 is by how much in
	// all, NaN is not known.
	Violations []float64
	// Limits are what feasible trials keep, one by one: the constraints of the
	// study, then the limits of the pruner's rules and of workers.
	Limits []Limit
	// Last holds the last reported value of the first objective's metric, NaN
	// without one, and LastStep its step, Absent without one.
	Last     []float64
	LastStep []int64
	Columns  []Column
	// Totals holds, by metric, the aggregates that the pruner needs, one a
	// trial; NaN where nothing was reported.
	Totals map[string][]float64
}

// Len returns the number of trials.
func (v *View) Len() int { return len(v.Numbers) }

// Column returns the values of a parameter, nil if no trial has it. It may be
// shorter than the view: the trials after its end do not have the parameter.
func (v *View) Column(name string) []float64 {
	for i := range v.Columns {
		if v.Columns[i].Name == name {
			return v.Columns[i].Values
		}
	}
	return nil
}

// Limit is a limit on one metric, and by how much each trial broke or kept it.
type Limit struct {
	Metric    string
	Op        string // <= or >=
	Bound     float64
	Aggregate Aggregate
	// Implicit says that it is not a constraint of the study.
	Implicit bool
	// Slack holds one a trial, in the unit of the metric: above 0 is by how much
	// it broke the limit, up to 0 what it had left, NaN is not known. What a trial
	// had left that was cut short before its total was known is not known. It may
	// be shorter than the view: the trials after its end are not known. Of limits
	// of workers only those are known that broke them, each its own bound.
	Slack []float64
	// Censored says of each slack that it is the least there would have been: a
	// forecast stopped the trial, or it was cut short with its total above the
	// limit already. It may be shorter too: the others are whole.
	Censored []bool
}

// At returns the slack of a trial, NaN where it is not known.
func (l *Limit) At(row int) float64 {
	if row >= len(l.Slack) {
		return math.NaN()
	}
	return l.Slack[row]
}

// Scale returns what to divide slacks by, so that those of several limits can be
// compared: the size of the bound, 1 where it is 0.
func (l *Limit) Scale() float64 {
	if s := math.Abs(l.Bound); s > 0 {
		return s
	}
	return 1
}

// Column holds one parameter of all trials: inner values, NaN where a trial
// does not have it.
type Column struct {
	Name   string
	Dist   Distribution // the latest; an earlier trial may have had other ends
	Values []float64
}

// Need is what a rule reads of a metric.
type Need struct {
	Metric   string
	Quantile bool    // every value in the trial being judged
	Series   bool    // its curve in that trial
	Samples  bool    // its latest values in time
	Peers    []Peers // its values at a step in other trials
	Finals   bool    // its last values in COMPLETE trials
	Curves   bool    // its curves in the trials that ended
	Totals   bool    // its aggregate in each trial that ended

	passes bool // a lane reads it
}

// And returns what both need.
func (n Need) And(o Need) Need {
	out := Need{
		Metric: o.Metric, Quantile: n.Quantile || o.Quantile, Samples: n.Samples || o.Samples,
		Finals: n.Finals || o.Finals, Curves: n.Curves || o.Curves, Totals: n.Totals || o.Totals,
		Peers: slices.Clone(n.Peers), passes: n.passes || o.passes,
	}
	for _, p := range o.Peers {
		if !slices.Contains(out.Peers, p) {
			out.Peers = append(out.Peers, p)
		}
	}
	out.Series = n.Series || o.Series || len(out.Peers) > 0 || out.Finals || out.Curves
	return out
}

// points says that the reports of trials that ended are needed.
func (n *Need) points() bool { return n.Series || n.Totals || n.passes }

// Pruner is a tree of rules. It is pure: a verdict depends on the case alone.
type Pruner interface {
	Needs() []Need
	Lanes() []*Lane // by ID
	// Judge returns the verdict of the enforced rules, and whether a shadow
	// rule fires. It is called for every report and allocates nothing while
	// nothing fires.
	Judge(c *Case) (verdict Verdict, shadow bool)
	// Explain returns the tree with every verdict, and the deciding rule: the
	// first enforced leaf that fires, else the first shadow one.
	Explain(c *Case) (tree Explanation, decidedBy *Explanation)
	// Limits are those that a rule alone enforces on a trial.
	Limits() []RuleLimit
	// Timely says that a rule reads the clock: it may fire between reports.
	Timely() bool
	// Screen judges params before they are tried. Nil where no rule does.
	Screen(q *Screening) *Refusal
}

// Screening is a point before it is handed out. Everything in it may be read
// without a lock.
type Screening struct {
	Study  *StudySpec
	View   *View
	Space  *Space
	Values map[string]float64 // inner, by name
}

// Refusal says how likely a point is to break a limit. It is refused if Refuse
// says so; then Why explains it.
type Refusal struct {
	Probability float64
	Refuse      bool
	Why         *Explanation
}
