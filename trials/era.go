package trials

import (
	"encoding/json"
	"time"
)

// Era is one version of a study's pruner, with what bounds it, and since when
// it is in force.
type Era struct {
	Version int64           `json:"version"`
	Since   time.Time       `json:"since"`
	Pruner  json.RawMessage `json:"pruner"`
	Holdout *float64        `json:"holdout,omitempty"`
	Protect *Protect        `json:"protect,omitempty"`
	Quota   *Quota          `json:"quota,omitempty"`
}

// Protect spares trials that are so good from predictive verdicts.
type Protect struct {
	TopK   *int64   `json:"top_k,omitempty"`  // the k best of all trials at their step
	Within *float64 `json:"within,omitempty"` // within this fraction of the incumbent's final value
	Tag    string   `json:"tag,omitempty"`    // trials whose user attr of this name is true
}

// Quota bounds what predictive verdicts may prune in all.
type Quota struct {
	MaxPruneFraction *float64 `json:"max_prune_fraction,omitempty"` // of the last PerTrials trials that ended
	PerTrials        *int64   `json:"per_trials,omitempty"`
	MinLive          *int64   `json:"min_live,omitempty"` // so many running trials always stay
}
