package trials

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"time"
)

// Direction says which way is better.
type Direction string

// The directions.
const (
	Minimize Direction = "minimize"
	Maximize Direction = "maximize"
)

// Better says that a is better than b; NaN is worse than every number.
func (d Direction) Better(a, b float64) bool {
	switch {
	case math.IsNaN(a):
		return false
	case math.IsNaN(b):
		return true
	case d == Maximize:
		return a > b
	default:
		return a < b
	}
}

// Objective is a metric and the way it should go.
type Objective struct {
	Metric    string    `json:"metric"`
	Direction Direction `json:"direction"`
}

// Budget is what a study may spend; 0 is no limit.
type Budget struct {
	MaxTrials    int64   `json:"max_trials,omitempty"`    // trials handed out, retries included, added history not
	WallSeconds  float64 `json:"wall_seconds,omitempty"`  // since the first ask
	TrialSeconds float64 `json:"trial_seconds,omitempty"` // the trials' durations in all
	CPUSeconds   float64 `json:"cpu_seconds,omitempty"`
	GPUSeconds   float64 `json:"gpu_seconds,omitempty"`
	EnergyJoules float64 `json:"energy_joules,omitempty"`
	Cost         float64 `json:"cost,omitempty"` // in the currency of system/cost
}

// StudySpec is what a user says of a study: the body of its creation, with
// every default made explicit.
type StudySpec struct {
	Name        string                       `json:"name"`
	Direction   Direction                    `json:"direction,omitempty"` // only in a request: short for one objective named value
	Objectives  []Objective                  `json:"objectives,omitempty"`
	Metrics     map[string]MetricDeclaration `json:"metrics,omitempty"`
	Constraints []Constraint                 `json:"constraints,omitempty"`
	SearchSpace SearchSpace                  `json:"search_space,omitempty"`
	Sampler     json.RawMessage              `json:"sampler,omitempty"`
	Pruner      json.RawMessage              `json:"pruner,omitempty"`
	Holdout     *float64                     `json:"holdout,omitempty"` // share of trials that no prediction prunes
	Protect     *Protect                     `json:"protect,omitempty"`
	Quota       *Quota                       `json:"quota,omitempty"`
	Budget      *Budget                      `json:"budget,omitempty"`
	Stop        *StopRules                   `json:"stop,omitempty"`
	MaxSteps    int64                        `json:"max_steps,omitempty"` // of a trial; its last step where steps begin at 1
	Seed        *int64                       `json:"seed,omitempty"`      // drawn where it is left out
	// LeaseSeconds is how long a running trial lives unheard of; 3600 by default.
	LeaseSeconds int64           `json:"lease_seconds,omitempty"`
	MaxRetries   int64           `json:"max_retries,omitempty"`
	UserAttrs    json.RawMessage `json:"user_attrs,omitempty"` // an object; {} by default
}

// StudyState says whether asks hand out trials.
type StudyState string

// The states of a study.
const (
	Active  StudyState = "ACTIVE"
	Stopped StudyState = "STOPPED"
)

// Why an ask hands out no more trials.
const (
	StopBudget    = "budget"
	StopStopped   = "stopped"
	StopExhausted = "exhausted"
	StopTarget    = "target"
	StopStale     = "no_improvement"
	StopRegret    = "regret"
	StopUtility   = "utility"
)

// Counts holds the number of trials in each state.
type Counts struct {
	Running  int64 `json:"RUNNING"`
	Waiting  int64 `json:"WAITING"`
	Complete int64 `json:"COMPLETE"`
	Pruned   int64 `json:"PRUNED"`
	Fail     int64 `json:"FAIL"`
}

func (c *Counts) of(s State) *int64 {
	switch s {
	case Waiting:
		return &c.Waiting
	case Complete:
		return &c.Complete
	case Pruned:
		return &c.Pruned
	case Fail:
		return &c.Fail
	default:
		return &c.Running
	}
}

// Amounts are amounts by unit; what was not measured is left out.
type Amounts struct {
	Trials       *float64 `json:"trials,omitempty"`
	WallSeconds  *float64 `json:"wall_seconds,omitempty"`
	TrialSeconds *float64 `json:"trial_seconds,omitempty"`
	CPUSeconds   *float64 `json:"cpu_seconds,omitempty"`
	GPUSeconds   *float64 `json:"gpu_seconds,omitempty"`
	EnergyJoules *float64 `json:"energy_joules,omitempty"`
	Cost         *float64 `json:"cost,omitempty"`
}

// StudyRow is a study as it is stored.
type StudyRow struct {
	ID            int64
	Spec          StudySpec
	State         StudyState
	Version       int64 // counts the changes of spec and state: the ETag that PATCH compares
	PrunerVersion int64
	NextNumber    int64 // of the next trial
	Handed        int64 // trials handed out so far
	Created       time.Time
	FirstAsk      time.Time // zero before it
	Counts        Counts
	Spent         Amounts // of the trials that ended
	Refused       int64   // points that a rule refused before they were tried
	StopReason    string  // why the study stopped by itself; empty if it did not
	// Hidden is a study under import, or one being deleted: nobody sees it.
	Hidden bool
}

// Study is a study as clients see it.
type Study struct {
	Name          string                       `json:"name"`
	State         StudyState                   `json:"state"`
	StopReason    string                       `json:"stop_reason,omitempty"`
	Objectives    []Objective                  `json:"objectives"`
	Metrics       map[string]MetricDeclaration `json:"metrics,omitempty"`
	Constraints   []Constraint                 `json:"constraints,omitempty"`
	SearchSpace   SearchSpace                  `json:"search_space"`
	Sampler       json.RawMessage              `json:"sampler"`
	Pruner        json.RawMessage              `json:"pruner"`
	PrunerVersion int64                        `json:"pruner_version"`
	Holdout       *float64                     `json:"holdout,omitempty"`
	Protect       *Protect                     `json:"protect,omitempty"`
	Quota         *Quota                       `json:"quota,omitempty"`
	Budget        *Budget                      `json:"budget,omitempty"`
	Stop          *StopRules                   `json:"stop,omitempty"`
	Spent         Amounts                      `json:"spent"`
	MaxSteps      int64                        `json:"max_steps,omitempty"`
	Seed          int64                        `json:"seed"`
	LeaseSeconds  int64                        `json:"lease_seconds"`
	MaxRetries    int64                        `json:"max_retries"`
	UserAttrs     json.RawMessage              `json:"user_attrs"`
	TrialCounts   Counts                       `json:"trial_counts"`
	Warnings      []FieldError                 `json:"warnings,omitempty"`
	DatetimeStart time.Time                    `json:"datetime_start"`

	// ETag is the version of the spec, a dot, and the revision of the study.
	ETag string `json:"-"`
}

var studyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)

const (
	defaultLease = 3600
	maxLease     = 604800
	maxSeed      = 1<<53 - 1
	maxNodeDepth = 16
)

// normalize checks a spec and makes its defaults explicit, but for the seed
// and for sampler and pruner, whose tables check and resolve them.
func (s *StudySpec) normalize() (*Space, error) {
	var bad faults
	if !studyName.MatchString(s.Name) {
		bad.add("/name", "must match ^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")
	}
	s.normalizeObjectives(&bad)
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		if d := s.Metrics[name]; !ValidMetricName(name) {
			bad.add("/metrics/"+escapePointer(name), "is not a valid name of a metric")
		} else if d.Aggregate != "" && !d.Aggregate.Valid() {
			bad.add("/metrics/"+escapePointer(name)+"/aggregate", "must be last, min, max, mean, sum or p95")
		}
	}
	for i := range s.Constraints {
		s.checkConstraint(i, &bad)
	}
	s.checkNumbers(&bad)
	s.checkBounds(&bad)
	s.checkStop(&bad)
	if len(s.UserAttrs) == 0 || string(s.UserAttrs) == "null" {
		s.UserAttrs = json.RawMessage(`{}`)
	}
	if s.SearchSpace == nil {
		s.SearchSpace = SearchSpace{}
	}
	space, err := s.SearchSpace.Compile("/search_space")
	if err != nil {
		bad = append(bad, err.(*Error).Fields...) //nolint:errorlint,forcetypeassert // Compile returns no other
	}
	return space, bad.err()
}

func (s *StudySpec) normalizeObjectives(bad *faults) {
	if s.Direction != "" && len(s.Objectives) > 0 {
		bad.add("/direction", "is short for one objective named value and cannot stand beside objectives")
	}
	if len(s.Objectives) == 0 {
		d := s.Direction
		if d == "" {
			d = Minimize
		}
		s.Objectives = []Objective{{Metric: "value", Direction: d}}
	}
	s.Direction = ""
	if len(s.Objectives) > 8 {
		bad.add("/objectives", "there may be 1 to 8")
	}
	seen := map[string]bool{}
	for i, o := range s.Objectives {
		at := fmt.Sprintf("/objectives/%d", i)
		if !ValidMetricName(o.Metric) {
			bad.add(at+"/metric", "is not a valid name of a metric")
		}
		if seen[o.Metric] {
			bad.add(at+"/metric", "is an objective already")
		}
		seen[o.Metric] = true
		if o.Direction != Minimize && o.Direction != Maximize {
			bad.add(at+"/direction", "must be minimize or maximize")
		}
	}
}

func (s *StudySpec) checkConstraint(i int, bad *faults) {
	c, at := &s.Constraints[i], fmt.Sprintf("/constraints/%d", i)
	if !ValidMetricName(c.Metric) {
		bad.add(at+"/metric", "is not a valid name of a metric")
	}
	if c.Op != "<=" && c.Op != ">=" {
		bad.add(at+"/op", "must be <= or >=")
	}
	if !finite(c.Bound) {
		bad.add(at+"/bound", "must be finite")
	}
	if c.Aggregate == "" {
		c.Aggregate = s.AggregateOf(c.Metric)
	}
	if !c.Aggregate.Valid() {
		bad.add(at+"/aggregate", "must be last, min, max, mean, sum or p95")
	}
}

func (s *StudySpec) checkNumbers(bad *faults) {
	if s.LeaseSeconds == 0 {
		s.LeaseSeconds = defaultLease
	}
	if s.LeaseSeconds < 1 || s.LeaseSeconds > maxLease {
		bad.add("/lease_seconds", "must be 1 to %d", maxLease)
	}
	if s.MaxRetries < 0 || s.MaxRetries > 100 {
		bad.add("/max_retries", "must be 0 to 100")
	}
	if s.MaxSteps < 0 {
		bad.add("/max_steps", "must be at least 1")
	}
	if s.Seed != nil && (*s.Seed < 0 || *s.Seed > maxSeed) {
		bad.add("/seed", "must be 0 to 2^53-1")
	}
	if b := s.Budget; b != nil {
		if *b == (Budget{}) {
			s.Budget = nil
			return
		}
		if b.MaxTrials < 0 {
			bad.add("/budget/max_trials", "must be at least 1")
		}
		for _, l := range b.limits() {
			if l.limit < 0 || !finite(l.limit) {
				bad.add("/budget/"+l.name, "must be a finite number above 0")
			}
		}
	}
}

// objective returns the place of a metric among the objectives, or -1.
func (s *StudySpec) objective(metric string) int {
	return slices.IndexFunc(s.Objectives, func(o Objective) bool { return o.Metric == metric })
}
