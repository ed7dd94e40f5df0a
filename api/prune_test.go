package api

import (
	"testing"
)

// A pruner goes from shadow to enforcement, and its savings and risk are read.
func TestAPrunerIsWatchedThenEnforced(t *testing.T) {
	s := serve(t)
	const median = `{"type":"median","startup_trials":1,"min_trials":1}`
	s.run([]step{
		{"POST /v1/studies", `{"name":"a","max_steps":4,"stop":{"target":-1},"protect":{},"quota":{"min_live":0},"holdout":0.5,
			"pruner":{"type":"median","startup_trials":1,"mode":"shadow"}}`, 201, `"protect":{"top_k":1,"within":0.01},"quota":{"max_prune_fraction":0.8,"per_trials":20,"min_live":0}`, nil},
		{"PATCH /v1/studies/a", `{"protect":null,"quota":null,"holdout":null}`, 200, `"pruner_version":2`, nil},
		{"GET /v1/studies/a/savings", "", 200, `"counterfactual":"The same trials, each run to step 4."`, nil},
		{"POST /v1/studies/a/ask", `{"count":4,"max_steps":3}`, 200, `"number":3`, nil},
		{"POST /v1/studies/a/trials/0/report", `{"step":1,"value":1,"metrics":{"system/energy_joules":3600}}`, 200, `"should_prune":false`, nil},
		{"POST /v1/studies/a/trials/0/tell", `{"value":1}`, 200, `"COMPLETE"`, nil},
		{"POST /v1/studies/a/trials/1/report", `{"step":1,"value":2}`, 200, `"mode":"shadow"`, nil},
		{"POST /v1/studies/a/trials/1/tell", `{"value":0.5}`, 200, `"COMPLETE"`, nil},
		{"GET /v1/studies/a/decisions?mode=shadow", "", 200, `"outcome":"wrong"`, nil},
		{"GET /v1/studies/a/decisions?mode=spared", "", 200, `{"decisions":[]}`, nil},
		{"GET /v1/studies/a/decisions?mode=nonsense", "", 400, `"name":"mode"`, nil},
		{"GET /v1/studies/a/trials/1/decisions", "", 200, `"incumbent":1`, nil},
		{"GET /v1/studies/a/savings", "", 200, `"rate":1`, nil},
		{"PATCH /v1/studies/a", `{"pruner":` + median + `}`, 200, `"pruner_version":3`, nil},
		{"POST /v1/studies/a/trials/2/report", `{"step":1,"value":9,"metrics":{"system/energy_joules":7200000}}`, 200, `"saved_estimate":{"energy_joules":14400000,"steps":2`, nil},
		{"POST /v1/studies/a/trials/2/tell", `{"state":"PRUNED"}`, 200, `"reason":"pruner"`, nil},
		{"GET /v1/studies/a/savings?co2_grams_per_kwh=100", "", 200, `"co2_grams":{"used":200.1`, nil},
		{"GET /v1/studies/a/savings?co2_grams_per_kwh=-1", "", 400, `"name":"co2_grams_per_kwh"`, nil},
		{"GET /v1/studies/a/trials/0/decision?explain=true", "", 200, `Needs 1 completed trial, has 0.`, nil},
		{"GET /v1/studies/a/trials/2/decision?step=1", "", 200, `"should_prune":true`, nil},
		{"GET /v1/studies/a/trials/2/decision?step=0", "", 422, `"code":"not_enough_data"`, nil},
		{"GET /v1/studies/a/trials/9/decision?explain=true", "", 404, `"code":"trial_not_found"`, nil},
		{"POST /v1/studies/a/replay", `{"pruners":[{"name":"m","pruner":` + median + `},{"pruner":{"type":"preset","preset":"safe"}}]}`, 200, `"name":"m","pruner":{"type":"median"`, nil},
		{"POST /v1/studies/a/replay", `{"pruners":[{"pruner":{"type":"medain"}}]}`, 400, `"pointer":"/pruners/0/pruner/type"`, nil},
		{"POST /v1/studies/a/replay", `{"pruners":[]}`, 400, `"pointer":"/pruners"`, nil},
		{"POST /v1/studies/a/replay", `{}`, 400, `"pointer":"/pruners"`, nil},
		{"POST /v1/studies/nobody/replay", `{"recommend":{}}`, 404, `"code":"study_not_found"`, nil},
		{"POST /v1/studies", `{"name":"empty"}`, 201, `"name":"empty"`, nil},
		{"POST /v1/studies/empty/replay", `{"recommend":{}}`, 422, `"code":"not_enough_data"`, nil},
		{"POST /v1/studies", `{"name":"b","holdout":2}`, 400, `"pointer":"/holdout"`, nil},
		{"POST /v1/studies", `{"name":"b","stop":{"utility":{}}}`, 400, `"pointer":"/stop/utility/cost_weight"`, nil},
		{"POST /v1/studies", `{"name":"b","stop":{"target":1},"objectives":[{"metric":"x","direction":"minimize"},{"metric":"y","direction":"minimize"}],"pruner":{"type":"nop"}}`, 400, `"pointer":"/stop"`, nil},
		{"POST /v1/studies", `{"name":"b"}`, 201, `"code":"max_steps_unknown"`, nil},
		{"PATCH /v1/studies/b", `{"stop":{"no_improvement_trials":3},"max_steps":9}`, 200, `"stop":{"no_improvement_trials":3}`, nil},
		{"PATCH /v1/studies/b", `{"stop":null}`, 200, `"holdout":0.05`, nil},
	})
}
