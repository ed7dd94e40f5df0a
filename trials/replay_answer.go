package trials

import "encoding/json"

// Estimate is a figure and its interval; each is left out where it is not
// known, the interval of a single study always. What the interval is, and is
// not, says [ReplayResponse].
type Estimate struct {
	Value *float64 `json:"value,omitempty"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
}

// ReplayResponse says what pruners would have done. Every figure of a pruner is
// paired with a run without one of the same trials in the same order, and all
// pruners play the same studies.
//
// An interval takes in two levels of chance: which settings were recorded, and
// which of them, in which order, the studies met. A setting is a cluster of
// trials and is in a study at most once. The error that comes with the settings
// is estimated by the infinitesimal jackknife for subsamples, that of the studies
// by their spread; of means the interval is normal, of rates and probabilities
// Wilson's of as many independent events as have the same error, of quantiles
// Woodruff's. No event in n studies gives Wilson's interval of n, so that it is
// not no risk. In simulations of 60 to 200 settings intervals of 95 % held the
// truth in 84 to 98 of 100 cases, the fewest where the best few settings decide.
//
// It is not an interval for other models, data or numbers of trials. A few
// settings are the best of nearly all studies, see DistinctBest: the chance of
// losing the best is known for such settings, and less well for others.
type ReplayResponse struct {
	Recorded   ReplayPool   `json:"recorded"`
	Orders     int          `json:"orders"`  // studies that were played
	Order      string       `json:"order"`   // recorded, or random
	Trials     int          `json:"trials"`  // of a study
	Workers    int          `json:"workers"` // that were simulated
	Seed       int64        `json:"seed"`
	Confidence float64      `json:"confidence"`
	Intervals  string       `json:"intervals"` // settings, orderings (too narrow), or none
	Cost       string       `json:"cost"`      // the resource that ratios and curves count
	Tolerance  float64      `json:"tolerance"`
	Direction  Direction    `json:"direction"`
	Objective  string       `json:"objective"`
	Feasible   *float64     `json:"feasible,omitempty"` // share of the trials, with constraints
	Constraint []Constraint `json:"constraints,omitempty"`
	// Full is what a study costs without a pruner, by resource.
	Full map[string]float64 `json:"full"`
	// AnyTime is the curve without a pruner.
	AnyTime []AnyTimePoint `json:"any_time"`
	// DistinctBest is how many different settings are the best of a study,
	// effectively: 1 over the sum of the squares of their shares.
	DistinctBest   float64         `json:"distinct_best"`
	Pruners        []ReplayResult  `json:"pruners"`
	Recommendation *Recommendation `json:"recommendation,omitempty"`
	Warnings       []FieldError    `json:"warnings,omitempty"` // each with a code
}

// ReplayPool counts what was recorded.
type ReplayPool struct {
	Trials   int   `json:"trials"`   // with at least one report
	Settings int   `json:"settings"` // different ones: clusters
	Full     int   `json:"full"`     // COMPLETE
	Failed   int   `json:"failed"`   // ended without a value, by itself
	CutShort int   `json:"cut_short"`
	LeftOut  int   `json:"left_out"` // had not ended, or reported nothing
	LastStep int64 `json:"last_step"`
}

// ReplayResult says what one pruner would have done.
type ReplayResult struct {
	Name    string          `json:"name"`
	Pruner  json.RawMessage `json:"pruner"` // resolved
	Holdout *float64        `json:"holdout,omitempty"`
	Protect *Protect        `json:"protect,omitempty"`
	Quota   *Quota          `json:"quota,omitempty"`

	Saved map[string]ReplaySaved `json:"saved"` // by resource
	Cut   Estimate               `json:"cut"`   // share of the trials

	// The probability that the best trial of a study is cut; of trials that tie
	// for it, that all are. BestFeasibleLost is of the best within the
	// constraints, and left out without any.
	BestLost         Estimate  `json:"best_lost"`
	BestFeasibleLost *Estimate `json:"best_feasible_lost,omitempty"`
	TopTenthLost     Estimate  `json:"top_tenth_lost"` // share of the best tenth of a study that is cut

	// Regret is by how much the best value left is worse. As a requirement a
	// constraint shuts out what breaks it: both are the best feasible ones. As
	// a proxy for cost it shuts out nothing: both are the best of all.
	Requirement Regret `json:"regret_requirement"`
	Proxy       Regret `json:"regret_proxy"`

	FalsePrunes ReplayFalsePrunes `json:"false_prunes"`
	EqualRegret EqualRegret       `json:"equal_regret"`
	AnyTime     []AnyTimePoint    `json:"any_time"`
	ByRule      []ReplayRule      `json:"by_rule"`
	Censored    *ReplayCensored   `json:"censored,omitempty"`  // if trials were recorded cut short
	Decisions   []ReplayDecision  `json:"decisions,omitempty"` // in the recorded order
}

// ReplaySaved is what was saved of one resource, a study.
type ReplaySaved struct {
	Share  Estimate `json:"share"` // of what a study costs without a pruner
	Amount Estimate `json:"amount"`
	// The least and the most that the share may be, where trials were recorded
	// cut short; see [ReplayCensored].
	ShareAtLeast *float64 `json:"share_at_least,omitempty"`
	ShareAtMost  *float64 `json:"share_at_most,omitempty"`
}

// Regret is in the objective's unit, at least 0. A study in which nothing was
// left to select counts as if its worst value had been.
type Regret struct {
	Mean   Estimate `json:"mean"`
	Median Estimate `json:"median"`
	P95    Estimate `json:"p95"`
	None   float64  `json:"none"`    // share of studies in which nothing was left
	Of     int      `json:"studies"` // with something to lose
}

// ReplayFalsePrunes compares each trial that is cut with the incumbent at that
// moment: it was wrong if the trial would have ended better, within the
// constraints. Random is the same of a pruner that cuts as many trials as late,
// but which ones is left to chance.
type ReplayFalsePrunes struct {
	Rate    Estimate `json:"rate"` // share of the trials cut
	Random  Estimate `json:"random"`
	Cut     float64  `json:"cut"`     // trials a study
	Unknown float64  `json:"unknown"` // of them, whose end was not recorded
}

// EqualRegret compares what it costs to come within a tolerance of the best
// feasible value of a study. A study that never does is charged what all of it
// costs without a pruner.
type EqualRegret struct {
	Ratio   Estimate `json:"ratio"`   // to the same without a pruner; both are means over the studies
	Reached Estimate `json:"reached"` // share of the studies
}

// AnyTimePoint is the regret (as a requirement) at a share of what a study
// costs without a pruner: median and quartiles over the studies, left out while
// that many have nothing to select.
type AnyTimePoint struct {
	Share    float64  `json:"share"`
	Median   *float64 `json:"median,omitempty"`
	Quartile *float64 `json:"quartile_1,omitempty"`
	Third    *float64 `json:"quartile_3,omitempty"`
}

// ReplayRule is what one deciding rule cut and saved, a study. It is counted in
// the first hundred studies.
type ReplayRule struct {
	DecidedBy string             `json:"decided_by"`
	Trials    float64            `json:"trials"`
	Saved     map[string]float64 `json:"saved"`
}

// ReplayCensored says what the recording cannot answer: trials that a pruner
// had cut short. Where the replay would have let one run on, the figures take
// it to run to its last step at its own cost per step and to end without a
// value. What is saved is at least, and at most, what follows if all such
// trials ended where the recording does, or the ones that run on end there and
// the others would have run to the last step.
type ReplayCensored struct {
	RunOn float64 `json:"run_on"` // trials a study that the replay would have let run on
	Cut   float64 `json:"cut"`    // that it cuts as well
	// BestLostAtMost is the chance of losing the best if every trial that was
	// recorded cut short would have been the best.
	BestLostAtMost float64 `json:"best_lost_at_most"`
}

// ReplayDecision is one prune of the recorded study.
type ReplayDecision struct {
	Trial     int64  `json:"trial"`
	Step      int64  `json:"step"`
	DecidedBy string `json:"decided_by"`
	Sentence  string `json:"sentence"`
	// Value is how the trial would have ended; left out where that was not
	// recorded, or not with a value.
	Value         *float64 `json:"value,omitempty"`
	Incumbent     *float64 `json:"incumbent,omitempty"`      // the best value at that moment
	BeatIncumbent *bool    `json:"beat_incumbent,omitempty"` // left out where it is not known
}

// Recommendation is the pruner that saved the most on one half of the settings
// among those that kept to the bounds, with its figures on the other half.
type Recommendation struct {
	Found      bool    `json:"found"`
	Sentence   string  `json:"sentence"`
	Candidates int     `json:"candidates"` // that were tried
	Qualified  int     `json:"qualified"`  // on the first half
	Holds      bool    `json:"holds"`      // the bounds hold on the second half as well
	MaxRegret  float64 `json:"max_regret"`
	// RegretAbove is the probability of a regret above MaxRegret.
	RegretAbove *Estimate       `json:"regret_above,omitempty"`
	Pruner      json.RawMessage `json:"pruner,omitempty"` // as it can be given to a study
	Searched    *ReplayResult   `json:"searched,omitempty"`
	Confirmed   *ReplayResult   `json:"confirmed,omitempty"`
	// Tried are all candidates with their figures on the first half.
	Tried []ReplayTried `json:"tried,omitempty"`
}

// ReplayTried is one candidate of a recommendation.
type ReplayTried struct {
	Name        string   `json:"name"`
	Saved       Estimate `json:"saved"` // share of the cost
	BestLost    Estimate `json:"best_lost"`
	RegretAbove Estimate `json:"regret_above"`
	Qualified   bool     `json:"qualified"`
}
