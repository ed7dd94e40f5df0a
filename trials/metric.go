package trials

import (
	"math"
	"slices"
	"strings"
)

// The metrics that budgets read: running totals of one trial since it began.
const (
	WallSeconds  = "system/wall_seconds"
	CPUSeconds   = "system/cpu_seconds"
	GPUSeconds   = "system/gpu_seconds"
	EnergyJoules = "system/energy_joules"
	Cost         = "system/cost"
)

// MaxMetrics is how many different metrics the trials of one study may report.
const MaxMetrics = 4096

// ValidMetricName says that name may be that of a metric (MetricName in the
// document): ^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,127}$. Every report asks, so it
// is not left to package regexp.
func ValidMetricName(name string) bool {
	if name == "" || len(name) > 128 || strings.IndexByte(".:@/+-", name[0]) >= 0 {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_':
		case strings.IndexByte(".:@/+-", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// Aggregate says how the values of a metric become one.
type Aggregate string

// The aggregates. P95 is the nearest-rank 95 % quantile: the smallest value
// that at least 95 % of the values do not exceed.
const (
	Last Aggregate = "last"
	Min  Aggregate = "min"
	Max  Aggregate = "max"
	Mean Aggregate = "mean"
	Sum  Aggregate = "sum"
	P95  Aggregate = "p95"
)

// Valid says that a is one of the aggregates.
func (a Aggregate) Valid() bool {
	return slices.Contains([]Aggregate{Last, Min, Max, Mean, Sum, P95}, a)
}

// MetricDeclaration is what is known of a metric beforehand.
type MetricDeclaration struct {
	Kind      string    `json:"kind,omitempty"` // model, system or application
	Unit      string    `json:"unit,omitempty"`
	Aggregate Aggregate `json:"aggregate,omitempty"`
}

// AggregateOf returns the aggregate by which a metric of the study becomes one
// value: the declared one, else max for sizes in bytes and for running totals,
// else last.
func (s *StudySpec) AggregateOf(metric string) Aggregate {
	if d, ok := s.Metrics[metric]; ok && d.Aggregate != "" {
		return d.Aggregate
	}
	if strings.HasSuffix(metric, "_bytes") || RunningTotal(metric) {
		return Max
	}
	return Last
}

// RunningTotal says that a metric is, by its name, what a trial has used since
// it began.
func RunningTotal(metric string) bool {
	return metric == Cost || strings.HasPrefix(metric, "system/") &&
		(strings.HasSuffix(metric, "_seconds") || strings.HasSuffix(metric, "_joules"))
}

// Summary is everything that is kept of a metric whose points nobody reads.
// Min and Max pass over NaN; the others do not.
type Summary struct {
	Count int64  `json:"count"`
	Last  Float  `json:"last"`
	Min   Float  `json:"min"`
	Max   Float  `json:"max"`
	Mean  Float  `json:"mean"`
	Sum   Float  `json:"sum"`
	P95   *Float `json:"p95,omitempty"` // only where the study reads it
}

// Tally takes in the values of one metric of one trial. The zero value is
// empty.
type Tally struct {
	Count          int64
	Last, Min, Max float64
	Sum            float64
	NaNs, Infs     int64     // how many values were not a number, and infinite
	sorted         []float64 // every value, where a quantile is read
}

func (t *Tally) add(v float64, quantile bool) {
	if t.Count == 0 {
		t.Min, t.Max = math.NaN(), math.NaN()
	}
	t.Count++
	t.Last = v
	t.Sum += v
	switch {
	case math.IsNaN(v):
		t.NaNs++
	case math.IsInf(v, 0):
		t.Infs++
	}
	if !(t.Min <= v) && !math.IsNaN(v) {
		t.Min = v
	}
	if !(t.Max >= v) && !math.IsNaN(v) {
		t.Max = v
	}
	if quantile {
		i, _ := slices.BinarySearch(t.sorted, v) // NaN sorts first
		t.sorted = slices.Insert(t.sorted, i, v)
	}
}

// Value returns an aggregate; false if nothing was reported, or if it is P95
// and no rule, constraint or objective of the study reads that.
func (t *Tally) Value(a Aggregate) (float64, bool) {
	if t.Count == 0 {
		return 0, false
	}
	switch a {
	case Min:
		return t.Min, true
	case Max:
		return t.Max, true
	case Mean:
		return t.Sum / float64(t.Count), true
	case Sum:
		return t.Sum, true
	case P95:
		if n := len(t.sorted); n > 0 {
			return t.sorted[(n*95+99)/100-1], true
		}
		return 0, false
	default:
		return t.Last, true
	}
}

// Sorted returns every value in ascending order, where a quantile is read. NaN
// comes first.
func (t *Tally) Sorted() []float64 { return t.sorted }

// Summary returns what is kept of the values.
func (t *Tally) Summary() Summary {
	s := Summary{
		Count: t.Count, Last: Float(t.Last), Min: Float(t.Min), Max: Float(t.Max),
		Mean: Float(t.Sum / float64(t.Count)), Sum: Float(t.Sum),
	}
	if v, ok := t.Value(P95); ok {
		p := Float(v)
		s.P95 = &p
	}
	return s
}

// Value returns an aggregate of a summary; false for a P95 that was not kept.
func (s *Summary) Value(a Aggregate) (float64, bool) {
	switch a {
	case Min:
		return float64(s.Min), true
	case Max:
		return float64(s.Max), true
	case Mean:
		return float64(s.Mean), true
	case Sum:
		return float64(s.Sum), true
	case P95:
		if s.P95 == nil {
			return 0, false
		}
		return float64(*s.P95), true
	default:
		return float64(s.Last), true
	}
}

// Constraint is a bound on the aggregate of a metric. The server evaluates it
// from the reports.
type Constraint struct {
	Metric    string    `json:"metric"`
	Op        string    `json:"op"` // <= or >=
	Bound     float64   `json:"bound"`
	Aggregate Aggregate `json:"aggregate,omitempty"` // the metric's by default
}

// Violation returns by how much an observed aggregate breaks the constraint:
// above 0 it is broken. NaN breaks it by infinity.
func (c *Constraint) Violation(observed float64) float64 {
	v := observed - c.Bound
	if c.Op == ">=" {
		v = c.Bound - observed
	}
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// ConstraintResult is a constraint applied to a trial. Both are left out until
// the metric was reported.
type ConstraintResult struct {
	Metric    string `json:"metric"`
	Observed  *Float `json:"observed,omitempty"`
	Violation *Float `json:"violation,omitempty"`

	// Censored says that a forecast stopped the trial, which would have come to
	// what was observed at the least.
	Censored bool `json:"censored,omitempty"`

	// Of a limit that is not among the study's constraints: one of the worker's
	// own, or of a rule of the pruner.

	Bound *float64 `json:"bound,omitempty"`
	Op    string   `json:"op,omitempty"`
	Rule  string   `json:"rule,omitempty"` // label, or type, of the rule; the worker's have none
}

// Series holds the points of a learning curve, by ascending step.
type Series struct {
	Steps    []int64
	Values   []float64
	Min, Max float64 // of the values; NaN where there is no number
}

// Len returns the number of points.
func (s *Series) Len() int { return len(s.Steps) }

// Best returns the best value, NaN if there is no number.
func (s *Series) Best(d Direction) float64 {
	switch {
	case len(s.Values) == 0:
		return math.NaN()
	case d == Maximize:
		return s.Max
	default:
		return s.Min
	}
}

// Prefix returns the first n points.
func (s *Series) Prefix(n int) Series {
	out := Series{Steps: s.Steps[:n:n], Values: s.Values[:n:n]}
	out.span(out.Values)
	return out
}

// span takes in values that were added.
func (s *Series) span(values []float64) {
	if len(values) == len(s.Values) {
		s.Min, s.Max = math.NaN(), math.NaN()
	}
	for _, v := range values {
		if !(s.Min <= v) && !math.IsNaN(v) {
			s.Min = v
		}
		if !(s.Max >= v) && !math.IsNaN(v) {
			s.Max = v
		}
	}
}

// add puts in a point and keeps the order; the first value of a step stays.
func (s *Series) add(step int64, v float64) (added bool) {
	if n := len(s.Steps); n == 0 || s.Steps[n-1] < step {
		s.Steps, s.Values = append(s.Steps, step), append(s.Values, v)
		s.span(s.Values[n:])
		return true
	}
	i, found := slices.BinarySearch(s.Steps, step)
	if !found {
		s.Steps, s.Values = slices.Insert(s.Steps, i, step), slices.Insert(s.Values, i, v)
		s.span(s.Values[i : i+1])
	}
	return !found
}

// At returns the value at a step.
func (s *Series) At(step int64) (float64, bool) {
	i, found := slices.BinarySearch(s.Steps, step)
	if !found {
		return 0, false
	}
	return s.Values[i], true
}

// UpTo returns the value at the last step that is not after a step.
func (s *Series) UpTo(step int64) (float64, bool) {
	i, found := slices.BinarySearch(s.Steps, step)
	if !found {
		i--
	}
	if i < 0 {
		return 0, false
	}
	return s.Values[i], true
}

// Last returns the point of the highest step.
func (s *Series) Last() (step int64, v float64, ok bool) {
	n := len(s.Steps)
	if n == 0 {
		return 0, 0, false
	}
	return s.Steps[n-1], s.Values[n-1], true
}

// Moment is a value in time: seconds since the trial began.
type Moment struct{ Elapsed, Value float64 }

// maxSamples is how many of the latest samples of a metric are kept.
const maxSamples = 512

// addMoment keeps the latest values in time, in its order.
func addMoment(s []Moment, elapsed, v float64) []Moment {
	if math.IsNaN(elapsed) {
		return s
	}
	if len(s) == 2*maxSamples {
		s = append(s[:0], s[maxSamples:]...)
	}
	i := len(s)
	for i > 0 && s[i-1].Elapsed > elapsed {
		i--
	}
	return slices.Insert(s, i, Moment{elapsed, v})
}
