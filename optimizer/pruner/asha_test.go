package pruner_test

import (
	"fmt"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestASHA(t *testing.T) {
	a := func(more string) string {
		return `{"type":"asha","min_resource":2,"min_rung_population":3` + more + `}`
	}
	o := func(more string) string { return `{"type":"asha","compat":"optuna","min_resource":2` + more + `}` }
	r := func(more string) string { return `{"type":"asha","compat":"ray","min_resource":2` + more + `}` }
	peers := curves(2, 1, 2, 3, 4) // a third of the way from 1 to 4 is 2
	verdicts(t, map[string]row{
		"before the first rung":              {node: a(``), own: at(1, 9), peers: peers, want: "unknown"},
		"nothing reported":                   {node: a(``), peers: peers, want: "unknown"},
		"alone":                              {node: a(``), own: at(2, 9), want: "unknown"},
		"too few there":                      {node: a(``), own: at(2, 9), peers: peers[:2], want: "unknown"},
		"among the best third":               {node: a(``), own: at(2, 2), peers: peers, want: "pass"},
		"not among them":                     {node: a(``), own: at(2, 2.01), peers: peers, want: "fire"},
		"equal trials":                       {node: a(``), own: at(2, 1), peers: curves(2, 1, 1, 1, 1), want: "pass"},
		"maximize, among the best third":     {node: a(`,"direction":"maximize"`), own: at(2, 3), peers: peers, want: "pass"},
		"maximize, not among them":           {node: a(`,"direction":"maximize"`), own: at(2, 2.99), peers: peers, want: "fire"},
		"a fire stays":                       {node: a(``), own: at(2, 9, 0, 0, 0, 0), peers: peers, want: "fire"},
		"a pass stays until the next rung":   {node: a(``), own: at(2, 1, 9, 9, 9), peers: peers, want: "pass"},
		"an unknown rung leaves the vote":    {node: a(``), own: at(2, 1, 9, 9, 9, 9), peers: peers, want: "pass"},
		"NaN":                                {node: a(``), own: at(2, nan), peers: peers, want: "fire"},
		"NaN among too few":                  {node: a(``), own: at(2, nan), peers: peers[:2], want: "unknown"},
		"others' NaN is nobody":              {node: a(``), own: at(2, 9), peers: curves(2, 1, 1, nan, nan), want: "unknown"},
		"infinite":                           {node: a(``), own: at(2, inf), peers: peers, want: "fire"},
		"all infinite":                       {node: a(``), own: at(2, inf), peers: curves(2, inf, inf, inf), want: "unknown"},
		"the first report after the rung":    {node: a(``), own: []point{{1, 9}, {3, 2}}, peers: peers, want: "pass"},
		"a late report changes nothing":      {node: a(``), own: []point{{3, 2}, {2, 9}}, peers: peers, want: "pass"},
		"a step twice":                       {node: a(``), own: []point{{2, 2}, {2, 9}}, peers: peers, want: "pass"},
		"several rungs at once":              {node: a(``), own: at(18, 1.5), peers: [][]point{at(18, 1), at(18, 2), at(18, 3), at(18, 4)}, want: "pass"},
		"a million steps":                    {node: a(``), own: []point{{1e6, 9}}, peers: curves(1e6, 1, 2, 3, 4), want: "fire"},
		"a later start":                      {node: a(`,"min_early_stopping_rate":1`), own: at(5, 9), peers: curves(5, 1, 2, 3, 4), want: "unknown"},
		"a later start, there":               {node: a(`,"min_early_stopping_rate":1`), own: at(6, 9), peers: curves(6, 1, 2, 3, 4), want: "fire"},
		"no rung at the end":                 {node: a(``), own: at(18, 9), peers: curves(18, 1, 2, 3), steps: 2, want: "unknown"},
		"a rung below the end":               {node: a(``), own: at(18, 9), peers: curves(18, 1, 2, 3), steps: 19, want: "fire"},
		"the last rung is below the end":     {node: a(`,"max_resource":6`), own: at(2, 1, 1, 1, 1, 9), peers: [][]point{at(2, 1, 1, 1, 1, 1), at(2, 1, 1, 1, 1, 1), at(2, 1, 1, 1, 1, 1)}, want: "pass"},
		"optuna: the first is the best":      {node: o(``), own: at(2, 9), want: "pass"},
		"optuna: the second is not":          {node: o(``), own: at(2, 9), peers: curves(2, 1), want: "fire"},
		"optuna: a tie goes on":              {node: o(``), own: at(2, 1), peers: curves(2, 1, 1), want: "pass"},
		"optuna: one of five":                {node: o(``), own: at(2, 1.5), peers: peers, want: "fire"},
		"optuna: the first two of six":       {node: o(``), own: at(2, 1.5), peers: curves(2, 1, 2, 3, 4, 5), want: "pass"},
		"optuna: maximize":                   {node: o(`,"direction":"maximize"`), own: at(2, 4.5), peers: curves(2, 1, 2, 3, 4, 5), want: "pass"},
		"optuna: maximize, not":              {node: o(`,"direction":"maximize"`), own: at(2, 3.5), peers: curves(2, 1, 2, 3, 4, 5), want: "fire"},
		"optuna: NaN":                        {node: o(``), own: at(2, nan), want: "fire"},
		"optuna: NaN before the rung":        {node: o(``), own: at(1, nan), want: "unknown"},
		"optuna: the first are pruned":       {node: o(`,"bootstrap_count":2`), own: at(2, 0), peers: curves(2, 1), want: "fire"},
		"optuna: the third is not":           {node: o(`,"bootstrap_count":2`), own: at(2, 0), peers: curves(2, 1, 2), want: "pass"},
		"optuna: fails at the second rung":   {node: o(``), own: []point{{2, 1}, {6, 9}}, peers: [][]point{{{2, 1}, {6, 1}}}, want: "fire"},
		"optuna: auto waits":                 {node: `{"type":"asha","compat":"optuna","min_resource_auto":true}`, own: at(900, 9), want: "unknown"},
		"optuna: auto":                       {node: `{"type":"asha","compat":"optuna","min_resource_auto":true}`, own: []point{{3, 1}, {4, 9}}, peers: [][]point{{{1, 1}, {400, 1}}}, want: "pass"},
		"ray: the first goes on":             {node: r(``), own: at(2, 9), want: "pass"},
		"ray: worse than the best third":     {node: r(``), own: at(2, 2.01), peers: peers, want: "fire"},
		"ray: among them":                    {node: r(``), own: at(2, 1.9), peers: peers, want: "pass"},
		"ray: NaN goes on":                   {node: r(``), own: at(2, nan), peers: peers, want: "pass"},
		"ray: the highest rung alone":        {node: r(``), own: at(7, 9), peers: peers, want: "pass"},
		"ray: and no lower one later":        {node: r(``), own: at(7, 9, 9), peers: peers, want: "pass"},
		"ray: a lower one later":             {node: r(`,"stop_last_trials":true`), own: at(7, 9, 9), peers: peers, want: "fire"},
		"ray: stops the last":                {node: r(`,"stop_last_trials":true,"max_resource":5`), own: at(5, 0), peers: peers, want: "fire"},
		"ray: does not stop the last":        {node: r(`,"max_resource":5`), own: at(5, 0), peers: peers, want: "pass"},
		"ray: a rung at the end":             {node: r(`,"max_resource":6`), own: at(6, 9), peers: curves(6, 1, 2), want: "fire"},
		"ray: 3^5 is short by one":           {node: `{"type":"asha","compat":"ray","min_resource":1,"max_resource":243}`, own: at(243, 9), peers: curves(243, 1, 2), want: "fire"},
		"ray: so at 3^4 it already voted":    {node: `{"type":"asha","compat":"ray","min_resource":1,"max_resource":243}`, own: []point{{81, 1}, {243, 9}}, peers: curves(243, 1, 2), want: "pass"},
		"a metric of which there is nothing": {node: a(`,"metric":"acc"`), own: at(2, 9), peers: peers, want: "unknown"},
	})
}

// The others are those that passed before, whatever became of them, and not those
// that passed later.
func TestASHACountsThoseThatPassedBefore(t *testing.T) {
	s := newScene(t, study(), `{"type":"asha","min_resource":2,"min_rung_population":2}`)
	s.peer(trials.Pruned, "loss", point{2, 1})
	running := s.h.Start(50, nil, noon)
	s.report(running, 2, "loss", 2)
	s.report(s.trial, 2, "loss", 1.3) // the third of the way from 1 to 2
	if got := s.judge(); got != "pass" {
		t.Errorf("got %s", got)
	}
	for range 9 {
		s.peer(trials.Fail, "loss", point{2, 0})
	}
	if got := s.judge(); got != "pass" {
		t.Errorf("%s, once better ones came", got)
	}
}

// A report that comes late asks again about the furthest step, as in Optuna: at the
// first question after a trial completed the rungs are known, and passed.
func TestASHALateReport(t *testing.T) {
	s := newScene(t, study(), `{"type":"asha","compat":"optuna","min_resource_auto":true}`)
	s.report(s.trial, 6, "loss", 9)
	other := s.h.Start(50, nil, noon)
	s.peer(trials.Complete, "loss", point{400, 1})
	s.report(other, 6, "loss", 5) // rung 4
	s.report(s.trial, 3, "loss", 0)
	e, _ := s.p.Explain(s.at())
	if e.Verdict != trials.Fire || e.Observed["value"] != 9 || e.Observed["rung"] != 4 {
		t.Errorf("%v: %s", e.Verdict, e.Sentence)
	}
}

// What the reference replay calls asha3 g5 on curves of 50 reports.
func TestASHARungsOfTheReplay(t *testing.T) {
	tests := map[string]struct {
		node  string
		steps int64
		want  string
	}{
		"grace 5 of 50":       {`{"type":"asha","min_resource":5}`, 50, "[5 15 45]"},
		"grace 1 of 50":       {`{"type":"asha","min_resource":1}`, 50, "[1 3 9 27]"},
		"a rung at the end":   {`{"type":"asha","min_resource":5}`, 45, "[5 15]"},
		"a twentieth":         {`{"type":"asha"}`, 1000, "[50 150 450]"},
		"at least three":      {`{"type":"asha"}`, 20, "[3 9]"},
		"on an axis":          {`{"type":"asha","axis":"system/wall_seconds","min_resource":0.1,"max_resource":1}`, 50, "[0.1 0.30000000000000004 0.9]"},
		"eta 4":               {`{"type":"asha","min_resource":1,"reduction_factor":4,"compat":"optuna","max_resource":9}`, 9, "[1 4 16 64]"},
		"ray":                 {`{"type":"asha","min_resource":1,"compat":"ray","max_resource":9}`, 9, "[1 3 9]"},
		"ray, short by one":   {`{"type":"asha","min_resource":1,"compat":"ray","max_resource":243}`, 243, "[1 3 9 27]"},
		"hyperband":           {`{"type":"hyperband"}`, 27, "[1 3 9]"},
		"pareto_asha":         {`{"type":"pareto_asha","min_resource":5}`, 50, "[5 15 45]"},
		"one epoch":           {`{"type":"one_epoch_topk","probe_steps":2}`, 50, "[2]"},
		"an end of long ago":  {`{"type":"asha","min_resource":9}`, 9, "[]"},
		"all that are exact":  {`{"type":"asha","min_resource":1e15,"reduction_factor":2,"max_resource":1e300}`, 0, "[1e+15 2e+15 4e+15 8e+15]"},
		"none before a trial": {`{"type":"asha","compat":"optuna","min_resource_auto":true}`, 50, "[]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps = tt.steps
			marks := newScene(t, spec, tt.node).p.Lanes()[0].Marks
			if got := fmt.Sprint(marks[:min(4, len(marks))]); got != tt.want {
				t.Errorf("rungs %s, want %s", got, tt.want)
			}
		})
	}
}

func TestASHAAlongAnAxis(t *testing.T) {
	const node = `{"type":"asha","axis":"cost","min_resource":10,"min_rung_population":2,"reduction_factor":2}`
	for v, want := range map[float64]string{9: "pass", 10.1: "fire"} {
		s := newScene(t, study(), node)
		s.along(trials.Complete, 5, 12, 15, 8) // 10 at cost 10
		s.along(trials.Pruned, 10, 10)
		s.both(s.trial, 1, money, 9.5, v)
		if got := s.judge(); got != "unknown" {
			t.Errorf("before the rung: %s", got)
		}
		s.both(s.trial, 2, money, 10.5, v)
		if got := s.judge(); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

// Rules that speak at different steps can be combined, because a vote stays.
func TestASHAVoteStays(t *testing.T) {
	s := newScene(t, study(), `{"type":"all","pruners":[{"type":"asha","min_resource":2,"min_rung_population":3},{"type":"threshold","lower":5}]}`)
	for _, c := range curves(2, 1, 2, 3) {
		s.peer(trials.Complete, "loss", c...)
	}
	s.report(s.trial, 2, "loss", 9)
	if got := s.judge(); got != "pass" {
		t.Errorf("at the rung: %s", got)
	}
	s.report(s.trial, 3, "loss", 4)
	if got := s.judge(); got != "fire" {
		t.Errorf("later: %s", got)
	}
}

func TestASHAExplains(t *testing.T) {
	peers := curves(2, 1, 2, 3, 4)
	explains(t, map[string]told{
		"not among the best": {
			row:      row{node: `{"type":"asha","min_resource":2,"min_rung_population":3}`, own: at(2, 2.5, 0), peers: peers, want: "fire"},
			sentence: "At the rung at step 2 loss was 2.5, worse than the best 1/3 of 4 other trials, 2.",
			instead:  "Would have continued with a loss there of 2 or less.",
			observed: map[string]trials.Float{"rung": 2, "value": 2.5, "peers": 4}, limit: 2, margin: 0.5,
		},
		"among them": {
			row:      row{node: `{"type":"asha","min_resource":2,"min_rung_population":3,"direction":"maximize"}`, own: at(2, 3.5), peers: peers, want: "pass"},
			sentence: "At the rung at step 2 loss was 3.5, which is not worse than the best 1/3 of 4 other trials, 3.", limit: 3, margin: -0.5,
		},
		"too few": {
			row:      row{node: `{"type":"asha","min_resource":2}`, own: at(2, 2.5), peers: peers, want: "unknown"},
			sentence: "Needs 6 other trials at the rung at step 2, has 4.",
		},
		"no rung yet": {
			row:      row{node: `{"type":"asha"}`, own: at(2, 2.5), steps: 100, want: "unknown"},
			sentence: "The first rung is at step 5.",
		},
		"no rung known": {
			row:      row{node: `{"type":"asha","compat":"optuna","min_resource_auto":true}`, own: at(2, 2.5), want: "unknown"},
			sentence: "No rung is known yet: they follow from the last step of COMPLETE trials.",
		},
		"no rung at all": {
			row:      row{node: `{"type":"asha","min_resource":9,"max_resource":9}`, own: at(2, 2.5), want: "unknown"},
			sentence: "There is no rung.",
		},
		"NaN": {
			row:      row{node: `{"type":"asha","min_resource":2,"min_rung_population":3}`, own: at(2, nan), peers: peers, want: "fire"},
			sentence: "At the rung at step 2 loss was not a number.",
			instead:  "Would have continued with a number among the best there.",
		},
		"infinite others": {
			row:      row{node: `{"type":"asha","min_resource":2,"min_rung_population":3}`, own: at(2, 1), peers: curves(2, inf, inf, inf), want: "unknown"},
			sentence: "What the best 1/3 of 3 other trials have at the rung at step 2 is not a number.",
		},
		"ray, the first": {
			row:      row{node: `{"type":"asha","compat":"ray","min_resource":2}`, own: at(2, 1), want: "pass"},
			sentence: "loss had nothing to be compared with at the rung at step 2.",
		},
		"ray, the last step": {
			row:      row{node: `{"type":"asha","compat":"ray","min_resource":2,"max_resource":9,"stop_last_trials":true}`, own: at(9, 1), want: "fire"},
			sentence: "The trial has reached max_resource, step 9.",
			instead:  "Would have continued without stop_last_trials.",
		},
		"optuna": {
			row:      row{node: `{"type":"asha","compat":"optuna","min_resource":2}`, own: at(2, 1.5), peers: peers, want: "fire"},
			sentence: "At the rung at step 2 loss was 1.5, worse than the best 1/3 of 4 other trials, 1.",
			instead:  "Would have continued with a loss there of 1 or less.", limit: 1, margin: 0.5,
		},
		"optuna, the first": {
			row:      row{node: `{"type":"asha","compat":"optuna","min_resource":2,"bootstrap_count":3}`, own: at(2, 1.5), peers: peers[:1], want: "fire"},
			sentence: "Only 1 other trial passed the rung at step 2 before; the first 3 are pruned.",
			instead:  "Would have continued with a bootstrap_count of 1 or less.",
		},
	})
}

func TestHalvingWarnsAndRefuses(t *testing.T) {
	tests := map[string]struct{ node, want string }{
		"nothing doubtful":       {`{"type":"asha"}`, ""},
		"no rung below the end":  {`{"type":"asha","min_resource":50}`, "/max_resource: leaves no rung: the rule never speaks\n"},
		"a rung beyond the end":  {`{"type":"asha","min_resource":60,"compat":"optuna"}`, "/min_resource: is never reached: a trial has 50 steps\n"},
		"a crowd that never is":  {`{"type":"asha","min_rung_population":20}`, "/min_rung_population: so many are never there before the last trial: the budget is 20 trials\n"},
		"another's option":       {`{"type":"asha","bootstrap_count":2}`, "/bootstrap_count: is of compat optuna only\n"},
		"another's option, ray":  {`{"type":"asha","stop_last_trials":true}`, "/stop_last_trials: is of compat ray only\n"},
		"a metric misspelt":      {`{"type":"asha","metric":"losss"}`, "/metric: is not declared and no objective or constraint names it: check its spelling\n"},
		"hyperband without rung": {`{"type":"hyperband","min_resource":50}`, "/min_resource: leaves no rung below max_resource, 50: the rule never speaks\n"},
		"a probe at the end":     {`{"type":"one_epoch_topk","probe_steps":50}`, "/probe_steps: saves nothing: a trial has 50 steps\n"},
		"a probe of too many":    {`{"type":"one_epoch_topk","k":20}`, "/min_peers: so many are never there before the last trial: the budget is 20 trials\n"},
		"one metric":             {`{"type":"pareto_asha"}`, "/metrics: has one metric: asha says the same more simply\n"},
		"patience alone":         {`{"type":"patience"}`, ": fires on trials that would have been the best, often: a curve that rests is not at its end; say then, such as {\"type\":\"median\"}\n"},
		"patience without end":   {`{"type":"patience","patience":50,"then":{"type":"nop"}}`, "/patience: is never over: a trial has 50 steps\n"},
		"folds without end":      {`{"type":"wilcoxon","startup_steps":51}`, "/startup_steps: is never reached: a trial has 50 steps\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps, spec.Budget = 50, &trials.Budget{MaxTrials: 20}
			if got := warnings(t, spec, tt.node); got != tt.want {
				t.Errorf("warns of %q, want %q", got, tt.want)
			}
		})
	}
	for node, at := range map[string]string{
		`{"type":"asha","min_resource":2.5}`:                                             "/min_resource",
		`{"type":"asha","min_resource":0}`:                                               "/min_resource",
		`{"type":"asha","axis":"cost"}`:                                                  "/min_resource",
		`{"type":"asha","min_resource_auto":true}`:                                       "/min_resource_auto",
		`{"type":"asha","reduction_factor":1}`:                                           "/reduction_factor",
		`{"type":"asha","reduction_factor":2.5}`:                                         "/reduction_factor",
		`{"type":"asha","compat":"syne"}`:                                                "/compat",
		`{"type":"hyperband","compat":"ray"}`:                                            "/compat",
		`{"type":"hyperband","compat":"optuna","bootstrap_count":1}`:                     "/bootstrap_count",
		`{"type":"hyperband","min_resource":0}`:                                          "/min_resource",
		`{"type":"one_epoch_topk","k":0}`:                                                "/k",
		`{"type":"pareto_asha","metrics":["a","a"]}`:                                     "/metrics",
		`{"type":"pareto_asha","maximize":["b"]}`:                                        "/maximize/0",
		`{"type":"pareto_asha","prefer":"b"}`:                                            "/prefer",
		`{"type":"pareto_asha","min_rung_population":257}`:                               "/min_rung_population",
		`{"type":"patience","patience":-1}`:                                              "/patience",
		`{"type":"patience","then":{"type":"x"}}`:                                        "/then/type",
		`{"type":"wilcoxon","correction":"bonferroni"}`:                                  "/correction",
		`{"type":"wilcoxon","looks":65}`:                                                 "/looks",
		`{"type":"asha","compat":"optuna","min_resource_auto":true,"bootstrap_count":2}`: "/min_resource_auto",
	} {
		refused(t, node, at)
	}
}

// What a judgement, and a report with it, costs in a study of so many trials.
func BenchmarkQualityRules(b *testing.B) {
	for _, node := range []string{
		`{"type":"median"}`, `{"type":"asha"}`, `{"type":"hyperband","max_resource":81}`, `{"type":"pareto_asha"}`,
		`{"type":"one_epoch_topk"}`, `{"type":"patience"}`, `{"type":"wilcoxon","p_threshold":0}`,
	} {
		for _, n := range []int{100, 10000} {
			s := populated(b, node, n)
			c := s.at()
			b.Run(fmt.Sprintf("judge/%s/%d", node, n), func(b *testing.B) {
				for b.Loop() {
					s.p.Judge(c)
				}
			})
			b.Run(fmt.Sprintf("report/%s/%d", node, n), func(b *testing.B) {
				b.ReportAllocs()
				step := int64(20)
				for b.Loop() {
					if step++; step == 200 {
						step, s.trial = 1, s.h.Start(s.next, nil, noon)
						s.next++
					}
					s.report(s.trial, step, "loss", 0.5)
				}
			})
		}
	}
}
