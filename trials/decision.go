package trials

import "time"

// Verdict is what one rule says.
type Verdict int8

// The verdicts. Unknown is not enough data; it is neither fire nor pass.
const (
	Unknown Verdict = iota
	Pass
	Fire
)

// String returns the verdict as it travels.
func (v Verdict) String() string { return [...]string{"unknown", "pass", "fire"}[v] }

// MarshalText implements [encoding.TextMarshaler].
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (v *Verdict) UnmarshalText(b []byte) error {
	switch string(b) {
	case "fire":
		*v = Fire
	case "pass":
		*v = Pass
	default:
		*v = Unknown
	}
	return nil
}

// Modes of a rule.
const (
	Enforce = "enforce"
	Shadow  = "shadow" // judged and logged, never enforced
)

// Spared is the mode of a decision that would have pruned its trial, if
// something had not spared it.
const Spared = "spared"

// What spares a trial from predictions.
const (
	ByHoldout = "holdout"
	ByProtect = "protect"
	ByQuota   = "quota"
)

// Why a trial should be pruned.
const (
	ReasonPruner       = "pruner"
	ReasonBudget       = "budget"
	ReasonOperator     = "operator"
	ReasonStudyStopped = "study_stopped"
)

// Explanation is a node of the pruner with its verdict.
type Explanation struct {
	Type     string           `json:"type"`
	Label    string           `json:"label,omitempty"`
	Path     string           `json:"path,omitempty"` // JSON Pointer into the study's pruner; empty for the root
	Metric   string           `json:"metric,omitempty"`
	Verdict  Verdict          `json:"verdict"`
	Mode     string           `json:"mode,omitempty"`     // only if shadow
	Unit     string           `json:"unit,omitempty"`     // of limit and margin, where it is known
	Observed map[string]Float `json:"observed,omitempty"` // the numbers the verdict rests on
	// Predicted are the numbers that were predicted from them.
	Predicted map[string]Float `json:"predicted,omitempty"`
	Limit     *Float           `json:"limit,omitempty"`  // the limit, or the bar set by the peers
	Margin    *Float           `json:"margin,omitempty"` // by how much it is beyond the limit; negative inside
	// Probability is that of the verdict being right, of rules that state one.
	Probability *Float `json:"probability,omitempty"`
	// Sentence says it in one plain sentence; of an operator, the deciding
	// child's.
	Sentence string        `json:"sentence"`
	Children []Explanation `json:"children,omitempty"`
	// Counterfactual is the nearest change that would have turned the verdict.
	Counterfactual string `json:"-"`
	Class          Class  `json:"-"` // of a leaf
}

// Decision says whether a trial should be pruned, and why. Once an enforced
// decision prunes a trial it stays that trial's decision.
type Decision struct {
	Trial          int64        `json:"trial"`
	State          State        `json:"state"`
	ShouldPrune    bool         `json:"should_prune"`
	Reason         string       `json:"reason,omitempty"`
	DecidedBy      string       `json:"decided_by,omitempty"` // label or type of the deciding rule
	Mode           string       `json:"mode"`
	Explanation    *Explanation `json:"explanation,omitempty"`
	Counterfactual string       `json:"counterfactual,omitempty"`
	SparedBy       string       `json:"spared_by,omitempty"` // holdout, protect or quota
	Predicts       string       `json:"predicts,omitempty"`  // quality, or that a limit will be crossed; empty: it was
	// SavedEstimate is what the steps left would cost, by resource, at the
	// trial's own cost per step so far.
	SavedEstimate map[string]Float `json:"saved_estimate,omitempty"`
	// Incumbent is the best value of the study at that moment.
	Incumbent     *Float     `json:"incumbent,omitempty"`
	Step          *int64     `json:"step,omitempty"`
	Ignored       bool       `json:"ignored,omitempty"` // this report had been sent before
	PrunerVersion int64      `json:"pruner_version,omitempty"`
	LeaseExpires  *time.Time `json:"lease_expires,omitempty"`
}

// DecisionRecord is a decision in a trial's log: one in which a rule fired
// that had not fired before.
type DecisionRecord struct {
	ID   string    `json:"id"` // unique within the trial
	Time time.Time `json:"time"`
	Decision
	Outcome Outcome `json:"outcome,omitempty"` // of one that was not enforced
}
