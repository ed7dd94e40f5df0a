package trials_test

import (
	"encoding/json"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

func TestMaxTrialsIsExactAmongManyAskers(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"budget":{"max_trials":100}}`)
	e.enqueue(`{"params":{}}`)
	var wait sync.WaitGroup
	var mu sync.Mutex
	seen := map[int64]int{}
	for range 1000 {
		wait.Go(func() {
			for {
				got, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, nil)
				if err != nil {
					t.Errorf("Ask() = %v", err)
					return
				}
				mu.Lock()
				for _, a := range got.Trials {
					seen[a.Number]++
				}
				mu.Unlock()
				if len(got.Trials) > 0 || got.Stop {
					return
				}
				if got.RetryAfter < 1 {
					t.Error("an empty ask that is no stop says nothing of when to retry")
				}
			}
		})
	}
	wait.Wait()
	if len(seen) != 100 || seen[0] != 1 || seen[99] != 1 {
		t.Errorf("%d trials were handed out, want 0 to 99 once each", len(seen))
	}
	study := e.get()
	if study.TrialCounts.Running != 100 || *study.Spent.Trials != 100 || study.StopReason != trials.StopBudget {
		t.Errorf("study %s, want 100 trials and stop_reason budget", doc(study))
	}
	e.same()
}

func TestTheLastTrialsOfABudgetComeWithStop(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"budget":{"max_trials":3}}`)
	for _, tt := range []struct {
		count, want int
		stop        bool
	}{{2, 2, false}, {2, 1, true}, {1, 0, true}} {
		got, err := e.Ask(e.ctx, "s", &trials.AskRequest{Count: tt.count}, nil)
		if err != nil || len(got.Trials) != tt.want || got.Stop != tt.stop || (got.StopReason == trials.StopBudget) != tt.stop {
			t.Errorf("ask for %d = %s, %v, want %d trials, stop %v", tt.count, doc(got), err, tt.want, tt.stop)
		}
	}
	e.patch(`{"budget":{"max_trials":2}}`) // fewer than there are
	if got := e.ask(1); len(got) != 0 {
		t.Errorf("asked %s, want none", doc(got))
	}
	e.patch(`{"budget":{"max_trials":null}}`)
	if got := e.ask(1); len(got) != 1 || e.get().Budget != nil {
		t.Errorf("asked %s, want one more without a budget", doc(got))
	}
}

func TestEveryUnitOfABudgetStopsTheStudy(t *testing.T) {
	for unit, metric := range map[string]string{
		"cpu_seconds": trials.CPUSeconds, "gpu_seconds": trials.GPUSeconds, "energy_joules": trials.EnergyJoules,
		"cost": trials.Cost, "wall_seconds": "", "trial_seconds": "",
	} {
		t.Run(unit, func(t *testing.T) {
			e := newEnv(t)
			e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"budget":{"` + unit + `":10}}`)
			e.pass(time.Hour) // before the first ask nothing is spent
			e.ask(2)
			spend := func(n int64, step int64, v float64) trials.Decision {
				if metric == "" {
					e.pass(time.Second * time.Duration(v))
					return e.report(n, rep(step, "value", 1))
				}
				return e.report(n, rep(step, metric, v))
			}
			if d := spend(0, 1, 4); d.ShouldPrune {
				t.Fatalf("4 of 10 spent: %s", doc(d))
			}
			spend(0, 2, 4) // a running total: still 4 by metric
			d := spend(1, 1, 6)
			if !d.ShouldPrune || d.Reason != trials.ReasonBudget || d.Explanation.Sentence == "" || d.DecidedBy != "budget" {
				t.Fatalf("10 of 10 spent: %s, want a prune for the budget", doc(d))
			}
			if d, err := e.Heartbeat(e.ctx, "s", 0); err != nil || d.Reason != trials.ReasonBudget {
				t.Errorf("the other trial: %s, %v, want a prune as well", doc(d), err)
			}
			got, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, nil)
			if err != nil || !got.Stop || got.StopReason != trials.StopBudget || got.Trials == nil {
				t.Errorf("ask %s, %v, want a stop for the budget", doc(got), err)
			}
			told, err := e.Tell(e.ctx, "s", 1, &trials.Tell{State: trials.Pruned})
			if err != nil || told.Reason != trials.ReasonBudget || told.Decision == nil || told.Decision.State != trials.Pruned {
				t.Errorf("told %s, %v, want the reason budget and the decision", doc(told), err)
			}
			e.same()
			e.restart()
			if e.get().StopReason != trials.StopBudget {
				t.Errorf("after a restart: %s", doc(e.get()))
			}
			list, err := e.Studies(e.ctx, "", "", 10)
			if err != nil || len(list) != 1 || list[0].StopReason != trials.StopBudget {
				t.Errorf("listed %s, %v", doc(list), err)
			}
		})
	}
}

func TestASumIsSpentByIncrements(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","metrics":{"system/cpu_seconds":{"aggregate":"sum"}},"budget":{"cpu_seconds":10}}`)
	e.ask(1)
	e.report(0, rep(1, trials.CPUSeconds, 5))
	if d := e.report(0, rep(2, trials.CPUSeconds, math.NaN())); d.ShouldPrune {
		t.Errorf("NaN spends the budget: %s", doc(d))
	}
	n := e.one()
	e.report(n, rep(1, trials.CPUSeconds, 6))
	if d := e.report(n, rep(2, trials.CPUSeconds, 4)); !d.ShouldPrune {
		t.Errorf("6 + 4 of 10: %s, want a prune", doc(d))
	}
	e.same()
}

func TestTimeThatRunsOutReachesASilentTrial(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","budget":{"wall_seconds":10}}`)
	n := e.one()
	type answer struct {
		d   trials.Decision
		err error
	}
	got := make(chan answer)
	go func() {
		d, err := e.Decision(e.ctx, "s", n, time.Minute)
		got <- answer{d, err}
	}()
	e.pass(9 * time.Second)
	e.Tick(e.ctx)
	if d, err := e.Decision(e.ctx, "s", n, 0); err != nil || d.ShouldPrune || d.Explanation == nil {
		t.Errorf("after 9 of 10 s: %s, %v, want a quiet decision with its explanation", doc(d), err)
	}
	e.pass(time.Second)
	e.Tick(e.ctx)
	a := <-got
	if a.err != nil || !a.d.ShouldPrune || a.d.Reason != trials.ReasonBudget {
		t.Errorf("the long poll = %s, %v, want a prune for the budget", doc(a.d), a.err)
	}
	log, err := e.Decisions(e.ctx, "s", n, trials.Absent, 10)
	if err != nil || len(log) != 1 || log[0].ID != "0" || log[0].Reason != trials.ReasonBudget || !log[0].Time.Equal(e.now()) {
		t.Errorf("log %s, %v, want one decision", doc(log), err)
	}
	e.same()
}

func TestALongPollEndsWithTheTrialTheClientAndTheServer(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s"}`)
	poll := func(n int64) <-chan trials.Decision {
		got := make(chan trials.Decision, 1)
		go func() {
			d, _ := e.Decision(e.ctx, "s", n, time.Minute)
			got <- d
		}()
		return got
	}
	n := e.one()
	ended := poll(n)
	e.tell(n, 1)
	if d := <-ended; d.State != trials.Complete || d.ShouldPrune {
		t.Errorf("after the end: %s, want COMPLETE", doc(d))
	}
	n = e.one()
	pruned := poll(n)
	if _, err := e.Prune(e.ctx, "s", n); err != nil {
		t.Fatal(err)
	}
	if d := <-pruned; !d.ShouldPrune || d.Reason != trials.ReasonOperator {
		t.Errorf("after an operator's prune: %s", doc(d))
	}
	n = e.one()
	closed := poll(n)
	e.Service.Close()
	if d := <-closed; d.ShouldPrune {
		t.Errorf("after the server closed: %s", doc(d))
	}
}

func TestAnExpiredTrialFailsAndIsTriedAgain(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"lease_seconds":10,"max_retries":1,"budget":{"max_trials":2}}`)
	asked := e.ask(1)[0]
	if _, err := e.UpdateTrial(e.ctx, "s", 0, json.RawMessage(`{"k":1}`), ""); err != nil {
		t.Fatal(err)
	}
	e.pass(8 * time.Second)
	e.report(0, rep(1, "value", 1))
	e.pass(10 * time.Second)
	e.Tick(e.ctx)
	if got := e.trial(0).State; got != trials.Running {
		t.Fatalf("at the end of its lease the trial is %s, want RUNNING", got)
	}
	e.pass(time.Millisecond)
	e.Tick(e.ctx)
	e.Tick(e.ctx)
	dead := e.trial(0)
	if dead.State != trials.Fail || dead.Reason != trials.ReasonLeaseExpired || dead.LastValues["value"] != 1 {
		t.Fatalf("after its lease: %s, want FAIL, lease_expired", doc(dead))
	}
	retry := e.trial(1)
	if retry.State != trials.Waiting || retry.RetryOf == nil || *retry.RetryOf != 0 || retry.Attempt != 2 {
		t.Fatalf("the retry: %s, want WAITING, retry_of 0, attempt 2", doc(retry))
	}
	eq(t, "its params", retry.Params, asked.Params)
	eq(t, "its attrs", retry.UserAttrs, `{"k":1}`)
	late := map[string]error{}
	_, late["report"] = e.Report(e.ctx, "s", 0, rep(2, "value", 1), false)
	_, late["tell"] = e.Tell(e.ctx, "s", 0, &trials.Tell{State: trials.Fail})
	_, late["heartbeat"] = e.Heartbeat(e.ctx, "s", 0)
	_, late["release"] = e.Release(e.ctx, "s", 0)
	_, late["prune"] = e.Prune(e.ctx, "s", 0)
	_, late["suggest"] = e.Suggest(e.ctx, "s", 0, trials.SearchSpace{}, false)
	for verb, err := range late {
		if trials.ErrorCode(err) != trials.LeaseExpired {
			t.Errorf("a late %s = %v, want lease_expired", verb, err)
		}
	}
	e.same()
	e.restart()
	again := e.ask(1)
	if len(again) != 1 || again[0].Number != 1 || again[0].Attempt != 2 || *again[0].RetryOf != 0 || again[0].SampledBy != asked.SampledBy {
		t.Fatalf("asked %s, want the retry", doc(again))
	}
	eq(t, "its params", again[0].Params, asked.Params)
	e.pass(11 * time.Second)
	e.Tick(e.ctx)
	if got := e.get().TrialCounts; got != (trials.Counts{Fail: 2}) {
		t.Errorf("counts %+v, want two FAIL: no retry is left", got)
	}
	if got := e.ask(1); len(got) != 0 {
		t.Errorf("asked %s: a retry counts for max_trials", doc(got))
	}
	e.same()
}

func TestDowntimeExpiresNothing(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","lease_seconds":10}`)
	e.ask(1)
	e.close()
	e.pass(time.Hour)
	e.open()
	if err := e.Resume(e.ctx); err != nil {
		t.Fatal(err)
	}
	e.pass(10 * time.Second)
	e.Tick(e.ctx)
	e.report(0, rep(1, "value", 1))
	if got := e.trial(0); got.State != trials.Running || !got.LeaseExpires.Equal(e.now().Add(10*time.Second)) {
		t.Errorf("after downtime: %s, want RUNNING with a full lease", doc(got))
	}
	e.restart()
	e.pass(11 * time.Second)
	e.Tick(e.ctx) // nobody but Resume has used the study
	if got := e.trial(0).State; got != trials.Fail {
		t.Errorf("unheard of since the restart: %s, want FAIL", got)
	}
}

func TestAPatchKeepsLeases(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","lease_seconds":10}`)
	e.ask(1)
	want, err := e.Lease(e.ctx, "s", 0)
	if err != nil {
		t.Fatal(err)
	}
	e.pass(5 * time.Second)
	e.patch(`{"pruner":{"type":"median"},"lease_seconds":100}`)
	if got, err := e.Lease(e.ctx, "s", 0); err != nil || !got.Equal(want) {
		t.Errorf("lease until %v, %v, want %v as before", got, err, want)
	}
}

func TestAStoppedStudy(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","lease_seconds":10,"max_retries":3}`)
	n := e.one()
	if _, err := e.StopStudy(e.ctx, "s"); err != nil {
		t.Fatal(err)
	}
	before := e.get()
	if again, err := e.StopStudy(e.ctx, "s"); err != nil || again.State != trials.Stopped || again.ETag != before.ETag {
		t.Errorf("stopped twice: %s, %v, want nothing to change", doc(again), err)
	}
	got, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, nil)
	if err != nil || !got.Stop || got.StopReason != trials.StopStopped {
		t.Errorf("ask = %s, %v, want a stop", doc(got), err)
	}
	if d := e.report(n, rep(1, "value", 1)); !d.ShouldPrune || d.Reason != trials.ReasonStudyStopped {
		t.Errorf("report = %s, want a prune since the study was stopped", doc(d))
	}
	e.same()
	e.restart()
	if e.get().State != trials.Stopped {
		t.Errorf("after a restart the study is %s", e.get().State)
	}
	e.pass(time.Minute)
	e.Tick(e.ctx)
	if got := e.get().TrialCounts; got != (trials.Counts{Fail: 1}) {
		t.Errorf("counts %+v: a trial that was told to stop is not tried again", got)
	}
	if study, err := e.ResumeStudy(e.ctx, "s"); err != nil || study.State != trials.Active || study.StopReason != "" {
		t.Errorf("resumed %s, %v", doc(study), err)
	}
	e.one()
	e.same()
}

func TestADeletedStudyIsGone(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	e.ask(2)
	study := e.get()
	e.code(e.DeleteStudy(e.ctx, "s", `"99.1"`), trials.PreconditionFailed, "")
	waiting := make(chan error, 2)
	go func() { _, err := e.Decision(e.ctx, "s", 0, time.Minute); waiting <- err }()
	listening := make(chan bool)
	go func() {
		waiting <- e.Events(e.ctx, "s", nil, time.Hour, func(_ int64, ev []trials.Event) error {
			if ev == nil {
				close(listening)
			}
			return nil
		})
	}()
	<-listening
	if err := e.DeleteStudy(e.ctx, "s", study.ETag); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-waiting; err != nil {
			e.code(err, trials.StudyNotFound, "")
		}
	}
	_, err := e.Report(e.ctx, "s", 0, rep(1, "value", 1), false)
	e.code(err, trials.StudyNotFound, "")
	e.code(e.DeleteStudy(e.ctx, "s", ""), trials.StudyNotFound, "")
	e.study(plain)
	if n := e.one(); n != 0 {
		t.Errorf("a new study of the same name begins with trial %d, want 0", n)
	}
	e.same()
}

func TestAStudyNobodyUsesLeavesMemory(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	n := e.one()
	e.pass(30 * time.Minute)
	e.Tick(e.ctx)
	if !e.InUse("s") {
		t.Error("a study with a running trial left memory")
	}
	e.tell(n, 1)
	events := make(chan []trials.Event)
	quit := errors.New("quit")
	ended := make(chan error)
	go func() {
		ended <- e.Events(e.ctx, "s", nil, time.Hour, func(_ int64, ev []trials.Event) error {
			events <- ev
			if len(ev) > 0 {
				return quit
			}
			return nil
		})
	}()
	<-events
	e.pass(30 * time.Minute)
	e.Tick(e.ctx)
	if !e.InUse("s") {
		t.Error("a study that somebody listens to left memory")
	}
	e.enqueue(`{"params":{}}`)
	<-events
	if err := <-ended; !errors.Is(err, quit) {
		t.Errorf("Events() = %v, want %v", err, quit)
	}
	e.pass(30 * time.Minute)
	e.Tick(e.ctx)
	if e.InUse("s") {
		t.Error("a study that nobody uses stays in memory")
	}
	e.same()
}
