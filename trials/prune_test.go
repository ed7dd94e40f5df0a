package trials_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// complete runs a trial through steps 1 to n with a value each, and tells the
// last one.
func (e *env) complete(value float64, n int64, more ...any) int64 {
	e.Helper()
	trial := e.one()
	for step := int64(1); step <= n; step++ {
		e.report(trial, rep(step, append([]any{"value", value}, more...)...))
	}
	e.tell(trial, value)
	return trial
}

func TestTheHoldoutIsSystematic(t *testing.T) {
	for _, share := range []float64{0.05, 0.1, 0.3, 1} {
		e := newEnv(t)
		e.study(fmt.Sprintf(`{"name":"s","holdout":%v,"pruner":{"type":"nop"}}`, share))
		held, last, gap := 0, -1, 0
		for _, a := range e.ask(200) {
			if !a.Holdout {
				continue
			}
			if last >= 0 {
				gap = max(gap, int(a.Number)-last)
			}
			held, last = held+1, int(a.Number)
		}
		if want := int(math.Round(200 * share)); held < want-1 || held > want+1 || gap > int(math.Ceil(1/share)) {
			t.Errorf("share %v: %d of 200 held out, the widest gap %d", share, held, gap)
		}
		e.same()
	}
}

func TestAHoldoutTrialIsSparedPredictionsAlone(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","holdout":1,"max_steps":9,"pruner":{"type":"any","pruners":[
		{"type":"median","startup_trials":1},{"type":"limit","metric":"system/cpu_seconds","bound":10}]}}`)
	e.complete(1, 3)
	n := e.one()
	d := e.report(n, rep(1, "value", 5.0, "system/cpu_seconds", 2.0))
	if d.ShouldPrune || d.Mode != trials.Spared || d.SparedBy != trials.ByHoldout || d.DecidedBy != "median" || d.Predicts != trials.PredictsQuality {
		t.Fatalf("a prediction on a holdout trial: %s", doc(d))
	}
	if d.SavedEstimate["steps"] != 8 || d.SavedEstimate["cpu_seconds"] != 16 {
		t.Errorf("it would have saved %v, want 8 steps at 2 CPU seconds each", d.SavedEstimate)
	}
	if d.Incumbent == nil || *d.Incumbent != 1 {
		t.Errorf("incumbent %v, want 1", d.Incumbent)
	}
	if d := e.report(n, rep(2, "value", 5.0, "system/cpu_seconds", 4.0)); d.SparedBy != "" || d.Explanation != nil {
		t.Errorf("the same rule again: %s, want a quiet answer", doc(d))
	}
	if d := e.report(n, rep(3, "value", 5.0, "system/cpu_seconds", 11.0)); !d.ShouldPrune || d.DecidedBy == "" {
		t.Errorf("a limit that is crossed: %s, want a prune", doc(d))
	}
	e.same()
	e.restart()
	e.same()
}

func TestProtectAndQuotaSparePredictionsOfQuality(t *testing.T) {
	const rules = `"pruner":{"type":"any","pruners":[{"type":"percentile","percentile":1,"startup_trials":1},{"type":"limit","metric":"mem","bound":10}]}`
	tests := map[string]struct {
		study, attrs string
		value        float64
		want         string
	}{
		"among the best at its step": {`"protect":{"top_k":2,"within":0}`, `{}`, 1.5, trials.ByProtect},
		"not among them":             {`"protect":{"top_k":1,"within":0}`, `{}`, 1.5, ""},
		"near the incumbent":         {`"protect":{"top_k":0,"within":0.5}`, `{}`, 1.5, trials.ByProtect},
		"far from it":                {`"protect":{"top_k":0,"within":0.4}`, `{}`, 1.5, ""},
		"tagged":                     {`"protect":{"top_k":0,"within":0,"tag":"keep"}`, `{"keep":true}`, 9, trials.ByProtect},
		"not tagged":                 {`"protect":{"top_k":0,"within":0,"tag":"keep"}`, `{"keep":"yes"}`, 9, ""},
		"the last one running":       {`"quota":{}`, `{}`, 9, trials.ByQuota},
		"one more than must stay":    {`"quota":{"min_live":0}`, `{}`, 9, ""},
		"too many pruned already":    {`"quota":{"min_live":0,"max_prune_fraction":0.4,"per_trials":2}`, `{}`, 9, trials.ByQuota},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t)
			e.study(`{"name":"s",` + tt.study + `,` + rules + `}`)
			e.complete(1, 2)
			e.complete(2, 2)
			e.enqueue(`{"params":{},"user_attrs":` + tt.attrs + `}`)
			n := e.one()
			d := e.report(n, rep(2, "value", tt.value))
			if d.SparedBy != tt.want || d.ShouldPrune != (tt.want == "") {
				t.Errorf("%s, want spared by %q", doc(d), tt.want)
			}
			if d := e.report(n, rep(3, "value", tt.value, "mem", 11.0)); !d.ShouldPrune {
				t.Errorf("a limit that is crossed: %s, want a prune", doc(d))
			}
			e.same()
		})
	}
}

func TestAWallTimeLimitReachesASilentTrial(t *testing.T) {
	const study = `{"name":"s","lease_seconds":100000,"pruner":{"type":"any","pruners":[{"type":"median"},{"type":"limit","metric":"system/wall_seconds","bound":60}]}}`
	t.Run("by its heartbeat", func(t *testing.T) {
		e := newEnv(t)
		e.study(study)
		n := e.one()
		e.pass(59 * time.Second)
		if d, err := e.Heartbeat(e.ctx, "s", n); err != nil || d.ShouldPrune {
			t.Errorf("within the limit: %s, %v", doc(d), err)
		}
		e.pass(2 * time.Second)
		d, err := e.Heartbeat(e.ctx, "s", n)
		if err != nil || !d.ShouldPrune || !strings.Contains(d.Explanation.Sentence, "Wall time is 61 s; the limit is 60 s.") {
			t.Errorf("beyond it: %s, %v", doc(d), err)
		}
		e.same()
	})
	t.Run("by its long poll", func(t *testing.T) {
		e := newEnv(t)
		e.study(study)
		n := e.one()
		got := make(chan trials.Decision, 1)
		go func() {
			d, err := e.Decision(e.ctx, "s", n, time.Minute)
			if err != nil {
				t.Errorf("Decision() = %v", err)
			}
			got <- d
		}()
		e.pass(61 * time.Second)
		for {
			e.Tick(e.ctx)
			select {
			case d := <-got:
				if !d.ShouldPrune || d.DecidedBy != "limit" {
					t.Errorf("the long poll brought %s", doc(d))
				}
				e.same()
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
}

func TestAStudyStopsItself(t *testing.T) {
	tests := map[string]struct {
		study  string
		values []float64 // of COMPLETE trials; NaN is a PRUNED one
		want   string    // the reason after the last
	}{
		"target reached":               {`"stop":{"target":0.5}`, []float64{3, 0.5}, trials.StopTarget},
		"target not reached":           {`"stop":{"target":0.5}`, []float64{3, 0.51}, ""},
		"target reached from below":    {`"direction":"maximize","stop":{"target":0.5}`, []float64{0.1, 0.6}, trials.StopTarget},
		"no improvement":               {`"stop":{"no_improvement_trials":2}`, []float64{3, 4, math.NaN()}, trials.StopStale},
		"an improvement in between":    {`"stop":{"no_improvement_trials":2}`, []float64{3, 4, 2, 4}, ""},
		"too small an improvement":     {`"stop":{"no_improvement_trials":2,"min_improvement":1}`, []float64{3, 2.5, 2.1}, trials.StopStale},
		"regret below the noise":       {`"stop":{"regret_below":0.5,"min_trials":3}`, []float64{3, 2, 1.98}, trials.StopRegret},
		"regret above the noise":       {`"stop":{"regret_below":0.3,"min_trials":3}`, []float64{3, 2, 1.98}, ""},
		"regret of too few":            {`"stop":{"regret_below":0.5,"min_trials":4}`, []float64{3, 2, 1.98}, ""},
		"utility: it won too little":   {`"stop":{"utility":{"cost_weight":0.1,"cost_metric":"system/cost","window":2}}`, []float64{3, 3, 2.9}, trials.StopUtility},
		"utility: it still is worth":   {`"stop":{"utility":{"cost_weight":0.01,"cost_metric":"system/cost","window":2}}`, []float64{3, 3, 2.9}, ""},
		"utility: the window is short": {`"stop":{"utility":{"cost_weight":9,"cost_metric":"system/cost","window":3}}`, []float64{3, 3, 2.9}, ""},
		"none is feasible":             {`"stop":{"target":5},"constraints":[{"metric":"value","op":"<=","bound":0}]`, []float64{3}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t)
			e.study(`{"name":"s","pruner":{"type":"nop"},` + tt.study + `}`)
			other := e.one()
			for _, v := range tt.values {
				n := e.one()
				if math.IsNaN(v) {
					if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Pruned}); err != nil {
						t.Fatal(err)
					}
					continue
				}
				e.report(n, rep(1, "value", v, "system/cost", 1.0))
				e.tell(n, v)
			}
			got := e.get()
			if got.StopReason != tt.want {
				t.Fatalf("stop reason %q, want %q", got.StopReason, tt.want)
			}
			e.same()
			if tt.want == "" {
				return
			}
			d, err := e.Heartbeat(e.ctx, "s", other)
			if err != nil || !d.ShouldPrune || d.Reason != trials.ReasonStudyStopped {
				t.Errorf("a running trial: %s, %v", doc(d), err)
			}
			if out, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, nil); err != nil || !out.Stop || out.StopReason != tt.want {
				t.Errorf("an ask: %s, %v", doc(out), err)
			}
			e.restart()
			if got := e.get(); got.StopReason != tt.want {
				t.Errorf("after a restart: %q", got.StopReason)
			}
			if got, err := e.ResumeStudy(e.ctx, "s"); err != nil || got.StopReason != "" {
				t.Errorf("resumed: %q, %v", got.StopReason, err)
			}
		})
	}
}

func TestTheEndOfATrialIsLearnt(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"median","warmup_fraction":0.5,"startup_trials":1}}`)
	ended := func(n int64, want string) {
		t.Helper()
		d, err := e.Report(e.ctx, "s", n, rep(1, "value", 9.0), true)
		if err != nil || !strings.Contains(doc(d), want) {
			t.Errorf("explained %s, %v; want %s", doc(d), err, want)
		}
	}
	for range 4 {
		e.complete(1, 40)
	}
	e.complete(1, 20)
	ended(e.one(), "is worse than the median") // four agree: not yet
	e.complete(1, 39)
	ended(e.one(), "before step 20, at which judging begins")
	own, err := e.Ask(e.ctx, "s", &trials.AskRequest{MaxSteps: 10}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ended(own.Trials[0].Number, "before step 5, at which judging begins")
	e.same()
}

// What was said at a report is said again later, from the store, whatever
// happened since.
func TestWhyRepeatsEveryVerdict(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","holdout":0.3,"pruner":{"type":"any","label":"both","pruners":[
		{"type":"median","startup_trials":2,"confirm":2},{"type":"limit","metric":"mem","bound":40},{"type":"percentile","percentile":25,"startup_trials":2,"mode":"shadow"}]}}`)
	type said struct {
		trial, step int64
		tree        string
	}
	var all []said
	for round := range 6 {
		if round == 4 {
			e.patch(`{"pruner":{"type":"median","startup_trials":3}}`)
		}
		batch := e.ask(3)
		for step := int64(1); step <= 5; step++ {
			for i, a := range batch {
				v := float64((int(step)*7+i*5+round*3)%11) / float64(step)
				d, err := e.Report(e.ctx, "s", a.Number, rep(step, "value", v, "mem", float64(i*round*3)), true)
				if err != nil {
					t.Fatal(err)
				}
				if d.Explanation != nil && !d.ShouldPrune && d.SparedBy == "" {
					all = append(all, said{a.Number, step, doc(d.Explanation)})
				}
				if d.ShouldPrune && *d.Step == step {
					all = append(all, said{a.Number, step, doc(d.Explanation)})
				}
			}
		}
		for _, a := range batch {
			e.tell(a.Number, float64(a.Number%5))
		}
	}
	if len(all) < 40 {
		t.Fatalf("only %d explanations to compare", len(all))
	}
	e.restart()
	for _, s := range all {
		d, err := e.Why(e.ctx, "s", s.trial, s.step)
		if err != nil {
			t.Fatalf("Why(%d, %d) = %v", s.trial, s.step, err)
		}
		eq(t, fmt.Sprintf("the verdict on trial %d at step %d", s.trial, s.step), d.Explanation, s.tree)
	}
	archive := e.export()
	if _, err := e.Import(e.ctx, strings.NewReader(archive), "copy"); err != nil {
		t.Fatal(err)
	}
	for _, s := range all[len(all)-20:] {
		if d, err := e.Why(e.ctx, "copy", s.trial, s.step); err != nil || doc(d.Explanation) != s.tree {
			t.Errorf("from an archive the verdict on trial %d at step %d is %s, %v", s.trial, s.step, doc(d), err)
		}
	}
	was, err := e.Savings(e.ctx, "s", 0)
	if err != nil {
		t.Fatal(err)
	}
	is, err := e.Savings(e.ctx, "copy", 0)
	was.Pruner, is.Pruner = trials.PrunerCost{}, trials.PrunerCost{}
	if err != nil {
		t.Fatal(err)
	}
	eq(t, "the savings of an archive", is, doc(was))
}

func TestAPatchIsDoubtedInTheLightOfWhatTrialsReported(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"nop"}}`)
	e.complete(1, 2, "system/cpu_seconds", 5.0)
	e.complete(1, 2, "system/cpu_seconds", 7.0)
	got := map[string]string{}
	for _, w := range e.patch(`{"pruner":{"type":"any","pruners":[
		{"type":"limit","metric":"system/cpu_seconds","bound":4},{"type":"limit","metric":"system/cpu_seconds","bound":6},
		{"type":"median","metric":"acc"},{"type":"limit","metric":"value","op":">=","bound":0}]}}`).Warnings {
		got[w.Pointer] = w.Code
	}
	if got["/pruner/pruners/0/bound"] != "limit_below_all" || got["/pruner/pruners/2/metric"] != "metric_not_reported" ||
		got["/pruner/pruners/1/bound"] != "" || got["/pruner/pruners/3/bound"] != "" {
		t.Errorf("warnings %v", got)
	}
}

func TestSavings(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"median","startup_trials":5}}`)
	for i := range 5 {
		n := e.one()
		for step := int64(1); step <= 10; step++ {
			e.report(n, rep(step, "value", 1.0, "system/cpu_seconds", float64(step)*float64(1+i%2)))
		}
		e.tell(n, 1)
	}
	n := e.one()
	for step := int64(1); step <= 4; step++ {
		e.report(n, rep(step, "value", 1.0-float64(step)/8, "system/cpu_seconds", 3*float64(step)))
	}
	e.report(n, rep(5, "value", 0.4, "system/cpu_seconds", 15.0))
	bad := e.one()
	if d := e.report(bad, rep(2, "value", 9.0, "system/cpu_seconds", 4.0)); !d.ShouldPrune {
		t.Fatalf("%s, want a prune", doc(d))
	}
	for _, n := range []int64{n, bad} {
		if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Pruned}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := e.Savings(e.ctx, "s", 0)
	if err != nil {
		t.Fatal(err)
	}
	eq(t, "compared with", s.Counterfactual, "The same trials, each run to step 10.")
	// 5 steps of the one that its worker gave up at step 5, 8 of the other; each
	// at its own cost: 3 and 2 CPU seconds a step. Costs are exactly
	// proportional, so the interval has no width.
	eq(t, "steps", s.Resources["steps"], `{"used":57,"saved":13,"saved_low":13,"saved_high":13,"saved_fraction":0.18571428571428572}`)
	eq(t, "CPU seconds", s.Resources["cpu_seconds"], `{"used":89,"saved":31,"saved_low":31,"saved_high":31,"saved_fraction":0.25833333333333336}`)
	if len(s.ByRule) != 2 || s.ByRule[0].DecidedBy != "median" || s.ByRule[0].Saved["steps"] != 8 || s.ByRule[1].DecidedBy != "worker" {
		t.Errorf("by rule %s", doc(s.ByRule))
	}
	eq(t, "false prunes", s.FalsePrunes, `{"checked":0,"wrong":0,"censored":0,"pending":0,"needs_more":385}`)
	if s.Pruner.Decisions == 0 {
		t.Error("the pruner's own cost was not counted")
	}
}

func TestTheIntervalOfSavingsHasTheErrorThatTrialsShare(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"nop"}}`)
	for i := range 6 { // later steps cost more, by more or less
		n := e.one()
		for step := int64(1); step <= 10; step++ {
			e.report(n, rep(step, "value", 1.0, "system/cpu_seconds", float64(step)+float64(i+1)*math.Max(0, float64(step-5))/10))
		}
		e.tell(n, 1)
	}
	for range 4 {
		n := e.one()
		e.report(n, rep(5, "value", 1.0, "system/cpu_seconds", 5.0))
		if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Pruned}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := e.Savings(e.ctx, "s", 0)
	if err != nil {
		t.Fatal(err)
	}
	// Actual over estimated is 1.1, 1.2 ... 1.6: mean 1.35, sd 0.187. Four times
	// 5 seconds are 27; alone the sd is 2*5*0.187, shared 20*0.187/sqrt(6);
	// Student's quantile of 5 degrees is 2.571.
	cpu := s.Resources["cpu_seconds"]
	half := 2.571 * math.Hypot(10*0.18708, 20*0.18708/math.Sqrt(6))
	if math.Abs(*cpu.Saved-27) > 1e-9 || math.Abs(*cpu.High-27-half) > 0.02 || math.Abs(*cpu.Low-27+half) > 0.02 {
		t.Errorf("saved %s, want 27 +- %v", doc(cpu), half)
	}
}

func TestFalsePrunesAreCountedWhereChanceSparedATrial(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","holdout":1,"pruner":{"type":"median","startup_trials":1}}`)
	e.complete(1, 2)
	spared := func(value, final float64, state trials.State) int64 {
		n := e.one()
		if d := e.report(n, rep(1, "value", value)); d.SparedBy != trials.ByHoldout {
			t.Fatalf("%s, want it spared", doc(d))
		}
		tell := &trials.Tell{State: state}
		if state == trials.Complete {
			tell.Value = float(final)
		}
		if state != trials.Running {
			if _, err := e.Tell(e.ctx, "s", n, tell); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	wrong := spared(10, 0.5, trials.Complete)
	right := spared(100, 2, trials.Complete)
	censored := spared(1000, 0, trials.Fail)
	pending := spared(1000, 0, trials.Running)
	s, err := e.Savings(e.ctx, "s", 0)
	if err != nil {
		t.Fatal(err)
	}
	low, high := trials.Wilson(0.5, 2, 1.959963984540054)
	if f := s.FalsePrunes; f.Checked != 2 || f.Wrong != 1 || f.Censored != 1 || f.Pending != 1 || *f.Rate != 0.5 || *f.Low != low || *f.High != high {
		t.Errorf("false prunes %s", doc(f))
	}
	got := map[int64]trials.Outcome{}
	list, err := e.StudyDecisions(e.ctx, "s", trials.Spared, nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		got[d.Trial] = d.Outcome
	}
	eq(t, "outcomes", got, map[int64]trials.Outcome{
		wrong: trials.OutcomeWrong, right: trials.OutcomeRight, censored: trials.OutcomeCensored, pending: trials.OutcomePending,
	})
	// While something is enforced a shadow rule's fires are not a fair sample.
	e.patch(`{"holdout":0,"pruner":{"type":"any","pruners":[{"type":"median","startup_trials":1,"mode":"shadow"},{"type":"percentile","percentile":90,"warmup_steps":5}]}}`)
	e.complete(1e4, 1)
	if s, _ := e.Savings(e.ctx, "s", 0); s.FalsePrunes.Checked != 2 {
		t.Errorf("%d checked while a rule is enforced, want no more", s.FalsePrunes.Checked)
	}
	e.patch(`{"pruner":{"type":"any","pruners":[{"type":"median","startup_trials":1,"mode":"shadow"},{"type":"budget","scope":"study","unit":"cost","limit":9}]}}`)
	e.complete(2e4, 1)
	if s, _ := e.Savings(e.ctx, "s", 0); s.FalsePrunes.Checked != 2 {
		t.Errorf("%d checked while a budget foresees its end, want no more", s.FalsePrunes.Checked)
	}
	e.patch(`{"pruner":{"type":"any","pruners":[{"type":"median","startup_trials":1,"mode":"shadow"},{"type":"limit","metric":"mem","bound":9}]}}`)
	e.complete(1e5, 1)
	if s, _ := e.Savings(e.ctx, "s", 0); s.FalsePrunes.Checked != 3 {
		t.Errorf("%d checked while nothing is, want one more", s.FalsePrunes.Checked)
	}
}

func TestWilson(t *testing.T) {
	// Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
	for _, tt := range []struct{ r, n, low, high float64 }{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
	} {
		low, high := trials.Wilson(tt.r/tt.n, tt.n, 1.959963984540054)
		if math.Abs(low-tt.low) > 5e-5 || math.Abs(high-tt.high) > 5e-5 {
			t.Errorf("Wilson(%v of %v) = %.4f to %.4f, want %v to %v", tt.r, tt.n, low, high, tt.low, tt.high)
		}
	}
}

func TestTotalsThatAreTooLargeStayNumbers(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"nop"}}`)
	for range 6 {
		n := e.one()
		e.report(n, rep(1, "value", 1.0, "system/cpu_seconds", 1e308))
		e.report(n, rep(2, "value", 1.0, "system/cpu_seconds", math.Inf(1), "system/cost", 1e308))
		e.tell(n, 1)
	}
	n := e.one()
	e.report(n, rep(1, "value", 1.0, "system/cpu_seconds", 1e308))
	if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Pruned}); err != nil {
		t.Fatal(err)
	}
	s, err := e.Savings(e.ctx, "s", 0)
	if err != nil || !strings.HasPrefix(doc(s), "{") || !strings.HasPrefix(doc(e.get()), "{") {
		t.Errorf("savings %s, study %s, %v: want JSON", doc(s), doc(e.get()), err)
	}
	e.same()
}

func TestSavingsEndWhereATrialWouldHave(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","max_steps":100,"pruner":{"type":"nop"}}`)
	out, err := e.Ask(e.ctx, "s", &trials.AskRequest{MaxSteps: 10}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := out.Trials[0].Number
	for step := int64(0); step < 5; step++ { // of steps 0 to 9
		e.report(n, rep(step, "value", 1.0))
	}
	if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Pruned}); err != nil {
		t.Fatal(err)
	}
	if s, err := e.Savings(e.ctx, "s", 0); err != nil || *s.Resources["steps"].Saved != 5 {
		t.Errorf("saved %s, %v; want 5 steps", doc(s.Resources["steps"]), err)
	}
}

func TestAQuotaCountsTrialsThatWereToldToStop(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","quota":{"max_prune_fraction":0.2,"per_trials":10,"min_live":0},"pruner":{"type":"median","startup_trials":1}}`)
	e.complete(1, 1)
	pruned := 0
	for _, a := range e.ask(20) {
		if e.report(a.Number, rep(1, "value", 9.0)).ShouldPrune {
			pruned++
		}
	}
	if pruned != 2 {
		t.Errorf("%d of 20 at once were pruned, want 2", pruned)
	}
	e.same()
}

func TestAPatchedUtilityIsReadAtOnce(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"nop"}}`)
	e.patch(`{"stop":{"utility":{"cost_weight":1,"cost_metric":"system/cost","window":2}}}`)
	for range 3 {
		e.complete(1, 1, "system/cost", 5.0)
	}
	if got := e.get().StopReason; got != trials.StopUtility {
		t.Errorf("stop reason %q, want utility", got)
	}
	e.same()
}

func TestWhyOfATrialThatEnded(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"limit","metric":"mem","bound":10}}`)
	n := e.one()
	e.report(n, rep(1, "mem", 5.0))
	if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{Value: float(1), Metrics: map[string]trials.Float{"mem": 99}}); err != nil {
		t.Fatal(err)
	}
	d, err := e.Why(e.ctx, "s", n, trials.Absent)
	if err != nil || d.ShouldPrune || d.State != trials.Complete || !strings.Contains(d.Explanation.Sentence, "mem is 5;") {
		t.Errorf("no rule was asked about what came with the tell: %s, %v", doc(d), err)
	}
	n = e.one()
	e.report(n, rep(1, "mem", 5.0))
	if _, err := e.Prune(e.ctx, "s", n); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Pruned}); err != nil {
		t.Fatal(err)
	}
	if d, err := e.Why(e.ctx, "s", n, trials.Absent); err != nil || !d.ShouldPrune || d.Reason != trials.ReasonOperator {
		t.Errorf("an operator stopped it: %s, %v", doc(d), err)
	}
}
