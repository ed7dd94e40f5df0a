package trials

import (
	"encoding/json"
	"time"
)

// State is the state of a trial, in Optuna's words.
type State string

// The states of a trial. The last three are final: a trial that has one never
// changes its state again.
const (
	Waiting  State = "WAITING"
	Running  State = "RUNNING"
	Complete State = "COMPLETE"
	Pruned   State = "PRUNED"
	Fail     State = "FAIL"
)

// Finished says that s is final.
func (s State) Finished() bool { return s == Complete || s == Pruned || s == Fail }

// Reasons of FAIL that mean something to the service.
const (
	// ReasonLeaseExpired is that of a trial whose worker was not heard of.
	ReasonLeaseExpired = "lease_expired"
	// ReasonInterrupted is that of a trial whose worker was told to end. It does
	// not count as handed out: its retry does.
	ReasonInterrupted = "interrupted"
)

// Trial is one evaluation, as clients see it and as it is stored.
type Trial struct {
	Number        int64              `json:"number"`
	State         State              `json:"state"`
	Params        Params             `json:"params"`
	Distributions SearchSpace        `json:"distributions"`
	Values        []Float            `json:"values,omitempty"`      // of COMPLETE trials only, in order of the objectives
	LastValues    map[string]Float   `json:"last_values,omitempty"` // of a PRUNED or FAIL trial: what it last reported of the objectives
	Metrics       map[string]Summary `json:"metrics,omitempty"`
	Constraints   []ConstraintResult `json:"constraints,omitempty"`
	Feasible      *bool              `json:"feasible,omitempty"`  // left out while it is not known
	Violation     *Float             `json:"violation,omitempty"` // in all, of a trial that is not feasible
	Attempt       int64              `json:"attempt"`
	RetryOf       *int64             `json:"retry_of,omitempty"`
	Decision      *Decision          `json:"decision,omitempty"` // the one that pruned it, or the latest that fired
	SampledBy     string             `json:"sampled_by,omitempty"`
	// SamplingReason says in one sentence why that sampler, or where the params
	// are from.
	SamplingReason string          `json:"sampling_reason,omitempty"`
	MaxSteps       int64           `json:"max_steps,omitempty"` // as asked for; else the study's
	Holdout        bool            `json:"holdout,omitempty"`   // no prediction prunes it
	UserAttrs      json.RawMessage `json:"user_attrs"`
	Worker         string          `json:"worker,omitempty"`
	Reason         string          `json:"reason,omitempty"`
	Error          string          `json:"error,omitempty"`

	DatetimeStart    *time.Time `json:"datetime_start,omitempty"`
	DatetimeComplete *time.Time `json:"datetime_complete,omitempty"`
	LeaseExpires     *time.Time `json:"lease_expires,omitempty"`

	// What clients do not see.

	Fixed        Params    `json:"-"` // until it ends: the params it must get
	LeaseSeconds int64     `json:"-"`
	Handed       bool      `json:"-"` // it was handed out: added history was not
	EndedSeq     int64     `json:"-"` // its place in the order in which trials ended, -1 before
	Reports      int64     `json:"-"` // how many reports it has
	LastStep     int64     `json:"-"` // the highest step it reported, Absent without one
	Version      int64     `json:"-"` // counts the changes of its user attrs
	Created      time.Time `json:"-"`
	Spent        Spending  `json:"-"`
}

// Spending holds what a trial spent, in the order of the metrics below; NaN is
// not measured.
type Spending [4]float64

// spendingMetrics are the metrics that budgets add up over trials.
var spendingMetrics = [len(Spending{})]string{CPUSeconds, GPUSeconds, EnergyJoules, Cost}

// spendingNames are the names of the same in [Amounts].
var spendingNames = [len(Spending{})]string{"cpu_seconds", "gpu_seconds", "energy_joules", "cost"}

// AskRequest asks for trials.
type AskRequest struct {
	Count        int         `json:"count,omitempty"` // 1 to 1000; 1 by default
	SearchSpace  SearchSpace `json:"search_space,omitempty"`
	Params       Params      `json:"params,omitempty"` // which these trials get; the others are sampled
	Worker       string      `json:"worker,omitempty"`
	LeaseSeconds int64       `json:"lease_seconds,omitempty"` // the study's by default
	MaxSteps     int64       `json:"max_steps,omitempty"`     // of these trials; the study's by default
}

// AskedTrial is a trial to work on.
type AskedTrial struct {
	Number         int64           `json:"number"`
	Params         Params          `json:"params"`
	Attempt        int64           `json:"attempt"`
	RetryOf        *int64          `json:"retry_of,omitempty"`
	SampledBy      string          `json:"sampled_by,omitempty"`
	SamplingReason string          `json:"sampling_reason,omitempty"`
	LeaseExpires   time.Time       `json:"lease_expires"`
	Holdout        bool            `json:"holdout,omitempty"` // no prediction prunes it
	UserAttrs      json.RawMessage `json:"user_attrs,omitempty"`
	Warnings       []FieldError    `json:"warnings,omitempty"` // the fixed params that it could not have
}

// Suggested is all that a trial has, further parameters included.
type Suggested struct {
	Params   Params       `json:"params"`
	Warnings []FieldError `json:"warnings,omitempty"` // those of them whose fixed values it could not have
}

// AskResult answers an ask.
type AskResult struct {
	Trials     []AskedTrial `json:"trials"`
	Stop       bool         `json:"stop"`
	StopReason string       `json:"stop_reason,omitempty"`
	// RetryAfter is how many seconds to wait before the next ask, where no
	// trial was to be had although the study goes on.
	RetryAfter int `json:"retry_after,omitempty"`
}

// Metric is one value of a metric in a report.
type Metric struct {
	Name  string
	Value float64
}

// Absent stands for a step or seq that was not given.
const Absent = -1

// Report is one observation. With a step it is a point of the learning curve,
// without one a sample in time. A report is keyed by its source and step, or
// by its source and seq; one with neither is stored each time it is sent.
type Report struct {
	Step    int64   // Absent without one
	Seq     int64   // the client's number, Absent without one
	Elapsed float64 // seconds since the trial began; NaN: by the server's clock
	Source  string
	Value   *Float // short for the metric of the single objective
	Metrics []Metric
}

// Values are objective values as an array in the order of the objectives, or
// by metric.
type Values struct {
	List []Float
	Map  map[string]Float
}

// UnmarshalJSON implements [json.Unmarshaler].
func (v *Values) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, &v.List)
	}
	return json.Unmarshal(b, &v.Map)
}

// MarshalJSON implements [json.Marshaler].
func (v Values) MarshalJSON() ([]byte, error) {
	if v.Map != nil {
		return json.Marshal(v.Map)
	}
	return json.Marshal(v.List)
}

// Tell ends a trial. A COMPLETE one without value and values takes the
// aggregates of what was reported.
type Tell struct {
	Value     *Float           `json:"value,omitempty"`
	Values    *Values          `json:"values,omitempty"`
	State     State            `json:"state,omitempty"` // COMPLETE by default
	Metrics   map[string]Float `json:"metrics,omitempty"`
	Reason    string           `json:"reason,omitempty"`
	Error     string           `json:"error,omitempty"`
	Retry     bool             `json:"retry,omitempty"`          // of FAIL: its params are asked again
	Crossed   []CrossedLimit   `json:"limits_crossed,omitempty"` // of PRUNED and FAIL
	Unused    []string         `json:"unused_params,omitempty"`  // which it is rid of
	UserAttrs json.RawMessage  `json:"user_attrs,omitempty"`     // merged into the trial's
}

// CrossedLimit is a limit of the worker's own that a trial crossed.
type CrossedLimit struct {
	Metric   string  `json:"metric"`
	Op       string  `json:"op,omitempty"` // <= by default, or >=
	Bound    float64 `json:"bound"`
	Observed float64 `json:"observed"`
}

// TrialCreate enqueues a trial (without a state, or WAITING), or adds a
// finished one as history.
type TrialCreate struct {
	Params        Params           `json:"params"`
	Distributions SearchSpace      `json:"distributions,omitempty"`
	State         State            `json:"state,omitempty"`
	Value         *Float           `json:"value,omitempty"`
	Values        *Values          `json:"values,omitempty"`
	Metrics       map[string]Float `json:"metrics,omitempty"`
	Reports       []Report         `json:"reports,omitempty"`
	Reason        string           `json:"reason,omitempty"`
	Error         string           `json:"error,omitempty"`
	UserAttrs     json.RawMessage  `json:"user_attrs,omitempty"`
	SkipIfExists  bool             `json:"skip_if_exists,omitempty"`
}
