package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// Replayer plays a recording under other pruners. It is handed to the service,
// because the rules are not this package's.
type Replayer interface {
	Replay(ctx context.Context, rec *Recording, req *ReplayRequest) (*ReplayResponse, error)
}

// Recording is what is replayed: a study, and its trials with their curves in
// the order in which they began.
type Recording struct {
	Study   *StudySpec // resolved, see [Recording.Resolve]
	Metrics []string   // of the tracks, in their order
	Trials  []RecordedTrial
	Workers int // the most trials that ran at once; 0 is not known
	// Adaptive names the sampler if it learnt from the trials before: then they
	// replay in their recorded order only.
	Adaptive string
	LeftOut  int // trials that have not ended
}

// RecordedTrial is one trial of a recording.
type RecordedTrial struct {
	Tape
	Cluster string  // trials of one cluster are repeats of one setting; empty: a cluster of its own
	State   State   // PRUNED: it was cut short by a pruner; FAIL: it ended without a value
	Value   float64 // of the first objective, of a COMPLETE trial
	// Seconds since the recording began: of the start, of each report and of
	// the end. Stamps is nil where they are not known.
	Start, End float64
	Stamps     []float64
	Added      bool // added as history: no rule was asked while it ran
}

// Resolve checks the study of a recording that comes from a file, and makes its
// defaults explicit.
func (r *Recording) Resolve() error {
	if r.Study.Name == "" {
		r.Study.Name = "replay"
	}
	if r.Study.Seed == nil {
		r.Study.Seed = ptr(int64(1))
	}
	_, err := r.Study.normalize()
	return err
}

// ReplayRequest asks what pruners would have done.
type ReplayRequest struct {
	Pruners []ReplayPruner `json:"pruners,omitempty"` // 1 to 64; may be left out with recommend
	// Orders is how many studies are played. 1, the default, is the recorded
	// one in its order; more are drawn at random from its trials.
	Orders int `json:"orders,omitempty"`
	// Trials is the size of a study that is drawn: by default half of the
	// different settings, at most 60.
	Trials  int   `json:"trials,omitempty"`
	Seed    int64 `json:"seed,omitempty"`    // of the draws
	Workers int   `json:"workers,omitempty"` // simulated; by default as recorded, of drawn studies 1
	// Constraints stand in the place of the study's, if given.
	Constraints *[]Constraint `json:"constraints,omitempty"`
	Confidence  float64       `json:"confidence,omitempty"` // of the intervals, 0.95 by default
	// Cost is the resource that the equal-regret ratio and the any-time curve
	// count: wall_seconds by default where it was recorded, else steps.
	Cost      string   `json:"cost,omitempty"`
	Tolerance *float64 `json:"tolerance,omitempty"` // of the equal-regret ratio, as a share of the best value; 0.01 by default
	// IgnoreSampler draws studies also where the sampler learnt from the trials
	// before, as if it had not.
	IgnoreSampler bool             `json:"ignore_sampler,omitempty"`
	Recommend     *RecommendBounds `json:"recommend,omitempty"`
}

// ReplayPruner is one pruner that is replayed, with what bounds it.
type ReplayPruner struct {
	Name    string          `json:"name,omitempty"`
	Pruner  json.RawMessage `json:"pruner"`
	Holdout *float64        `json:"holdout,omitempty"`
	Protect *Protect        `json:"protect,omitempty"`
	Quota   *Quota          `json:"quota,omitempty"`
}

// RecommendBounds asks for the pruner that saves the most of those that keep to
// the bounds, with the confidence of the intervals.
type RecommendBounds struct {
	// MaxBestLost bounds the probability that the best trial of a study is cut,
	// and that its regret is above MaxRegret; 0.05 by default.
	MaxBestLost float64 `json:"max_best_lost,omitempty"`
	// MaxRegret is in the objective's unit. By default it is the noise floor:
	// the spread of repeats where there are any, else 1 % of the best value.
	MaxRegret *float64 `json:"max_regret,omitempty"`
}

// The bounds of a request.
const (
	maxReplayPruners = 64
	maxReplayOrders  = 20_000
	maxReplayWorkers = 1024
)

// Resolve checks a request and makes its defaults explicit, but for Trials,
// Workers and Cost, which depend on the recording.
func (r *ReplayRequest) Resolve() error {
	var bad faults
	if len(r.Pruners) > maxReplayPruners || len(r.Pruners) == 0 && r.Recommend == nil {
		bad.add("/pruners", "there may be 1 to %d", maxReplayPruners)
	}
	for i := range r.Pruners {
		r.Pruners[i].resolve(fmt.Sprintf("/pruners/%d", i), &bad)
	}
	if r.Orders == 0 {
		r.Orders = 1
	}
	within(&bad, "/orders", r.Orders, 1, maxReplayOrders)
	if r.Trials != 0 {
		within(&bad, "/trials", r.Trials, 2, maxNumber)
	}
	within(&bad, "/workers", r.Workers, 0, maxReplayWorkers)
	within(&bad, "/seed", r.Seed, 0, maxSeed)
	if r.Confidence == 0 {
		r.Confidence = 0.95
	}
	within(&bad, "/confidence", r.Confidence, 0.5, 0.9999)
	if r.Tolerance == nil {
		r.Tolerance = ptr(0.01)
	}
	within(&bad, "/tolerance", *r.Tolerance, 0, 1e9)
	if b := r.Recommend; b != nil {
		if b.MaxBestLost == 0 {
			b.MaxBestLost = 0.05
		}
		within(&bad, "/recommend/max_best_lost", b.MaxBestLost, 0, 1)
		if b.MaxRegret != nil {
			within(&bad, "/recommend/max_regret", *b.MaxRegret, 0, math.MaxFloat64)
		}
	}
	return bad.err()
}

// within finds that a number is not from low to high; NaN is not.
func within[T int | int64 | float64](bad *faults, pointer string, v, low, high T) {
	if !(v >= low && v <= high) {
		bad.add(pointer, "must be %v to %v", low, high)
	}
}

func (p *ReplayPruner) resolve(at string, bad *faults) {
	if utf8.RuneCountInString(p.Name) > 64 {
		bad.add(at+"/name", "is longer than 64 characters")
	}
	bounds := StudySpec{Holdout: p.Holdout, Protect: p.Protect, Quota: p.Quota}
	var below faults
	bounds.checkBounds(&below)
	for _, f := range below {
		bad.add(at+f.Pointer, "%s", f.Detail)
	}
	p.Protect, p.Quota = bounds.Protect, bounds.Quota
}

// With returns the study that a pruner is replayed in.
func (r *ReplayRequest) With(study *StudySpec, p *ReplayPruner) (*StudySpec, error) {
	s := *study
	s.Pruner, s.Holdout, s.Protect, s.Quota = p.Pruner, p.Holdout, p.Protect, p.Quota
	s.Stop, s.Budget = nil, nil
	if r.Constraints != nil {
		s.Constraints = append([]Constraint{}, *r.Constraints...)
		var bad faults
		for i := range s.Constraints {
			s.checkConstraint(i, &bad)
		}
		if err := bad.err(); err != nil {
			return nil, err
		}
	}
	return &s, nil
}
