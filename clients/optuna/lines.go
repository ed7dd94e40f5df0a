package optuna

import (
	"encoding/json"
	"time"
)

// The lines of an archive, as far as a study of Optuna has what they hold.
type (
	objective struct {
		Metric    string `json:"metric"`
		Direction string `json:"direction"`
	}
	constraint struct {
		Metric string  `json:"metric"`
		Op     string  `json:"op"`
		Bound  float64 `json:"bound"`
	}
	spec struct {
		Name        string                     `json:"name"`
		Objectives  []objective                `json:"objectives"`
		Constraints []constraint               `json:"constraints,omitempty"`
		SearchSpace map[string]*Distribution   `json:"search_space,omitempty"`
		UserAttrs   map[string]json.RawMessage `json:"user_attrs,omitempty"`
	}
	studyLine struct {
		Type          string    `json:"type"` // study
		Archive       int       `json:"archive"`
		Spec          spec      `json:"spec"`
		State         string    `json:"state"`
		Version       int       `json:"version"`
		PrunerVersion int       `json:"pruner_version"`
		NextNumber    int64     `json:"next_number"`
		Created       time.Time `json:"created"`
	}
	summary struct {
		Count int   `json:"count"`
		Last  float `json:"last"`
		Min   float `json:"min"`
		Max   float `json:"max"`
		Mean  float `json:"mean"`
		Sum   float `json:"sum"`
	}
	result struct {
		Metric    string `json:"metric"`
		Observed  *float `json:"observed,omitempty"`
		Violation *float `json:"violation,omitempty"`
	}
	trialLine struct {
		Type          string                     `json:"type"` // trial
		Number        int64                      `json:"number"`
		State         string                     `json:"state"`
		Params        map[string]any             `json:"params"`
		Distributions map[string]*Distribution   `json:"distributions"`
		Values        []float                    `json:"values,omitempty"`
		LastValues    map[string]float           `json:"last_values,omitempty"`
		Metrics       map[string]*summary        `json:"metrics,omitempty"`
		Constraints   []result                   `json:"constraints,omitempty"`
		Feasible      *bool                      `json:"feasible,omitempty"`
		Violation     *float                     `json:"violation,omitempty"`
		Attempt       int                        `json:"attempt"`
		UserAttrs     map[string]json.RawMessage `json:"user_attrs"`
		Reason        string                     `json:"reason,omitempty"`
		Error         string                     `json:"error,omitempty"`
		Start         *time.Time                 `json:"datetime_start,omitempty"`
		End           *time.Time                 `json:"datetime_complete,omitempty"`
		Fixed         map[string]any             `json:"fixed,omitempty"`
		EndedSeq      int64                      `json:"ended_seq"`
		Created       time.Time                  `json:"created"`
	}
	reportLine struct {
		Type    string           `json:"type"` // report
		Trial   int64            `json:"trial"`
		Step    *int64           `json:"step,omitempty"`
		Time    time.Time        `json:"time"`
		Metrics map[string]float `json:"metrics"`
	}
)
