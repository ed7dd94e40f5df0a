package trials_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

func TestADecisionThatPrunesStays(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"limit","metric":"mem","bound":10,"aggregate":"last"}}`)
	n := e.one()
	e.report(n, rep(1, "mem", 5))
	fired := e.report(n, rep(2, "mem", 11))
	if !fired.ShouldPrune || fired.Reason != trials.ReasonPruner || fired.Explanation == nil || fired.PrunerVersion != 1 || *fired.Step != 2 {
		t.Fatalf("decision %s, want a prune at step 2", doc(fired))
	}
	later := e.report(n, rep(3, "mem", 1))
	if !later.ShouldPrune || *later.Step != 2 {
		t.Errorf("later %s, want the same decision", doc(later))
	}
	first := e.report(n, rep(1, "mem", 5))
	if !first.Ignored || !first.ShouldPrune {
		t.Errorf("a repeated report %s, want the decision that pruned since", doc(first))
	}
	e.patch(`{"pruner":{"type":"nop"}}`)
	if d := e.report(n, rep(4, "mem", 1)); !d.ShouldPrune || d.PrunerVersion != 1 {
		t.Errorf("with another pruner %s, want the decision of version 1", doc(d))
	}
	e.restart()
	if d, err := e.Prune(e.ctx, "s", n); err != nil || d.Reason != trials.ReasonPruner {
		t.Errorf("an operator's prune on top: %s, %v, want the first one", doc(d), err)
	}
	told, err := e.Tell(e.ctx, "s", n, &trials.Tell{Value: float(3)})
	if err != nil || told.State != trials.Complete {
		t.Errorf("told %s, %v: a worker may complete all the same", doc(told), err)
	}
	log, err := e.Decisions(e.ctx, "s", n, trials.Absent, 10)
	if err != nil || len(log) != 1 || *log[0].Step != 2 {
		t.Errorf("log %s, %v, want one decision", doc(log), err)
	}
	e.same()
}

func TestAShadowRuleIsLoggedOnceAndPrunesNothing(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","pruner":{"type":"any","pruners":[{"type":"limit","metric":"mem","bound":10,"aggregate":"last"},
		{"type":"limit","metric":"mem","bound":5,"aggregate":"last","mode":"shadow"}]}}`)
	n := e.one()
	d := e.report(n, rep(1, "mem", 6))
	if d.ShouldPrune || d.Mode != trials.Shadow || d.Explanation == nil {
		t.Fatalf("decision %s, want one in shadow", doc(d))
	}
	if d := e.report(n, rep(2, "mem", 7)); d.Explanation != nil || d.Reason != "" {
		t.Errorf("fires again: %s, want a quiet answer", doc(d))
	}
	explained, err := e.Report(e.ctx, "s", n, rep(3, "mem", 7), true)
	if err != nil || explained.Explanation == nil {
		t.Errorf("explain while a shadow rule fires: %s, %v, want the explanation", doc(explained), err)
	}
	again := e.report(n, rep(1, "mem", 6))
	again.Ignored = false
	eq(t, "the repeated report's answer", again, d)
	e.restart()
	again = e.report(n, rep(1, "mem", 6))
	again.Ignored = false
	eq(t, "and after a restart", again, d)
	if d := e.report(n, rep(4, "mem", 11)); !d.ShouldPrune {
		t.Errorf("above the enforced limit: %s, want a prune", doc(d))
	}
	page, err := e.Decisions(e.ctx, "s", n, 0, 10)
	if err != nil || len(page) != 1 || page[0].ID != "1" || !page[0].ShouldPrune {
		t.Errorf("log after the first: %s, %v", doc(page), err)
	}
	e.same()
}

func TestChangedConstraintsAreAppliedToWhatEnded(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","constraints":[{"metric":"size","op":"<=","bound":10}]}`)
	for i := range 3 {
		n := e.one()
		for j := range 40 {
			e.report(n, rep(-1, "lat", float64(i*100+j)))
		}
		if i < 2 {
			e.report(n, rep(1, "size", 5+float64(i)*10))
		}
		e.tell(n, float64(i))
	}
	feasible := func() string {
		out := ""
		list, err := e.Trials(e.ctx, "s", trials.TrialQuery{Order: trials.ByNumber, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range list {
			out += doc(tr.Feasible) + "/" + doc(tr.Violation) + " "
		}
		best, err := e.Best(e.ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		return out + doc(numbers(best))
	}
	if got, want := feasible(), "true/null false/5 null/null [0]"; got != want {
		t.Errorf("feasible: %s, want %s", got, want)
	}
	e.patch(`{"constraints":[{"metric":"lat","op":">=","bound":150,"aggregate":"p95"}]}`)
	if got, want := feasible(), "false/113 false/13 true/null [2]"; got != want {
		t.Errorf("by a P95 nobody kept: %s, want %s", got, want)
	}
	if p := e.trial(1).Metrics["lat"].P95; p == nil || *p != 137 {
		t.Errorf("the P95 is now %v, want 137", p)
	}
	e.same()
	e.patch(`{"constraints":[{"metric":"size","op":"<=","bound":1},{"metric":"lat","op":"<=","bound":0}]}`)
	if got, want := feasible(), "false/43 false/153 false/239 [0]"; got != want {
		t.Errorf("none feasible: %s, want %s", got, want)
	}
	e.patch(`{"constraints":null}`)
	if got, want := feasible(), "true/null true/null true/null [0]"; got != want {
		t.Errorf("without constraints: %s, want %s", got, want)
	}
	e.same()
	e.restart()
	e.same()
}

func TestWhatAPatchChanges(t *testing.T) {
	e := newEnv(t)
	first := e.study(`{"name":"s","pruner":{"type":"median","startup_trials":3},"sampler":{"type":"random"},"user_attrs":{"a":1},
		"budget":{"max_trials":5,"cost":2},"metrics":{"m":{"unit":"s","aggregate":"max"}},"max_retries":3,"max_steps":9}`)
	if study := e.patch(`{"user_attrs":{"b":{"c":2}},"budget":{"cost":null},"metrics":{"m":{"unit":null}},"max_steps":null}`); study.PrunerVersion != 1 ||
		doc(study.UserAttrs) != `{"a":1,"b":{"c":2}}` || doc(study.Budget) != `{"max_trials":5}` || doc(study.Metrics) != `{"m":{"aggregate":"max"}}` || study.MaxSteps != 0 {
		t.Errorf("patched %s, want the rest as it was", doc(study))
	}
	if study := e.patch(`{"max_steps":3.0,"budget":{"max_trials":7e0}}`); study.MaxSteps != 3 || study.Budget.MaxTrials != 7 {
		t.Errorf("whole numbers with a point: %s, want 3 steps and 7 trials", doc(study))
	}
	if study := e.patch(`{"pruner":{"type":"median","startup_trials":3}}`); study.PrunerVersion != 1 {
		t.Errorf("the same pruner counts as version %d, want 1", study.PrunerVersion)
	}
	study := e.patch(`{"pruner":{"type":"percentile","percentile":30}}`)
	if study.PrunerVersion != 2 || strings.Contains(doc(study.Pruner), `"startup_trials":3`) {
		t.Errorf("a new pruner: version %d, %s, want 2, replaced whole", study.PrunerVersion, doc(study.Pruner))
	}
	_, err := e.UpdateStudy(e.ctx, "s", json.RawMessage(`{"max_retries":1}`), first.ETag)
	e.code(err, trials.PreconditionFailed, "")
	if _, err := e.UpdateStudy(e.ctx, "s", json.RawMessage(`{"max_retries":1}`), study.ETag); err != nil {
		t.Errorf("with the current ETag: %v", err)
	}
	for patch, pointer := range map[string]string{
		`{"name":"t"}`: "/name", `{"objectives":[]}`: "/objectives", `{"search_space":{}}`: "/search_space", `{"seed":1}`: "/seed",
		`{"pruner":{"type":"median","startup_trials":-1}}`: "/pruner/startup_trials", `{"sampler":{"type":"x"}}`: "/sampler/type",
		`{"constraints":[{"metric":"a","op":"=","bound":1}]}`: "/constraints/0/op", `{"budget":{"cost":-1}}`: "/budget/cost", `[]`: "",
	} {
		_, err := e.UpdateStudy(e.ctx, "s", json.RawMessage(patch), "")
		e.code(err, trials.InvalidRequest, "("+pointer)
	}
	e.same()
}

func TestTheFaultsOfAStudyComeTogether(t *testing.T) {
	e := newEnv(t)
	var first string
	for range 10 {
		spec := trials.StudySpec{
			Name: "-", Direction: "up", LeaseSeconds: -1, MaxRetries: 101,
			Budget:  &trials.Budget{WallSeconds: -1, TrialSeconds: -1, CPUSeconds: -1, GPUSeconds: -1, EnergyJoules: -1, Cost: -1, MaxTrials: -1},
			Metrics: map[string]trials.MetricDeclaration{" ": {}, "a": {Aggregate: "x"}},
		}
		_, _, err := e.CreateStudy(e.ctx, &spec, false, nil)
		var fault *trials.Error
		if !errors.As(err, &fault) || fault.Code != trials.InvalidRequest {
			t.Fatalf("CreateStudy() = %v, want invalid_request", err)
		}
		if got := doc(fault.Fields); first == "" {
			first = got
		} else if got != first {
			t.Fatalf("the faults come as %s and as %s", first, got)
		}
	}
	if n := strings.Count(first, "pointer"); n != 13 {
		t.Errorf("%d faults, want 13: %s", n, first)
	}
}

func TestCreatingAStudyTwice(t *testing.T) {
	e := newEnv(t)
	made := e.study(plain)
	_, _, err := e.CreateStudy(e.ctx, &trials.StudySpec{Name: "s"}, false, nil)
	e.code(err, trials.StudyExists, "")
	loaded, created, err := e.CreateStudy(e.ctx, &trials.StudySpec{Name: "s", Direction: trials.Maximize}, true, nil)
	if err != nil || created {
		t.Fatalf("load_if_exists = %v, %v", created, err)
	}
	loaded.ETag, made.ETag = "", ""
	// What is derived from the clock and from trials is there from the start.
	eq(t, "the existing study", loaded, made)
	if !strings.HasPrefix(string(made.Sampler), `{"type":"`) || !strings.Contains(string(made.Pruner), `"label":"safe"`) || *made.Holdout != trials.DefaultHoldout {
		t.Errorf("defaults %s and %s, holdout %v; want random and what safe stands for, and a holdout", made.Sampler, made.Pruner, made.Holdout)
	}
}

func TestDefineByRun(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s"}`)
	n := e.one()
	suggest := func(n int64, space string) (trials.Params, error) {
		var s trials.SearchSpace
		if err := json.Unmarshal([]byte(space), &s); err != nil {
			t.Fatal(err)
		}
		got, err := e.Suggest(e.ctx, "s", n, s, false)
		return got.Params, err
	}
	first, err := suggest(n, `{"o":{"type":"categorical","choices":["a","b"]},"x":{"type":"float","low":0,"high":1}}`)
	if err != nil || len(first) != 2 {
		t.Fatalf("Suggest() = %v, %v", first, err)
	}
	again, err := suggest(n, `{"x":{"type":"float","low":0,"high":1}}`)
	if err != nil {
		t.Fatal(err)
	}
	eq(t, "a name suggested before", again, first)
	other := map[any]string{"a": "b", "b": "a"}[first["o"]]
	more, err := suggest(n, fmt.Sprintf(`{"yes":{"type":"int","low":1,"high":3,"when":{"o":[%q]}},"no":{"type":"int","low":1,"high":3,"when":{"o":[%q]}}}`, first["o"], other))
	if err != nil || more["yes"] == nil || more["no"] != nil || more["x"] != first["x"] {
		t.Errorf("conditional on what was suggested before: %v, %v, want yes and not no", more, err)
	}
	_, err = suggest(n, `{"x":{"type":"float","low":0,"high":2}}`)
	e.code(err, trials.DistributionConflict, "/search_space/x")
	_, err = suggest(n, `{"p":{"type":"float","low":0,"high":1,"when":{"nobody":[1]}}}`)
	e.code(err, trials.InvalidRequest, "/search_space/p/when/nobody")
	m := e.one()
	_, err = suggest(m, `{"x":{"type":"int","low":0,"high":2}}`)
	e.code(err, trials.DistributionConflict, "/search_space/x")
	_, err = suggest(m, `{"o":{"type":"categorical","choices":["b","a"]}}`)
	e.code(err, trials.DistributionConflict, "/search_space/o")
	if p, err := suggest(m, `{"x":{"type":"float","low":5,"high":6}}`); err != nil || p["x"].(float64) < 5 {
		t.Errorf("other ends in another trial: %v, %v", p, err)
	}
	var own trials.SearchSpace
	if err := json.Unmarshal([]byte(`{"x":{"type":"int","low":0,"high":1}}`), &own); err != nil {
		t.Fatal(err)
	}
	_, err = e.Ask(e.ctx, "s", &trials.AskRequest{SearchSpace: own}, nil)
	e.code(err, trials.DistributionConflict, "/search_space/x")
	if err := json.Unmarshal([]byte(`{"x":{"type":"float","low":7,"high":7}}`), &own); err != nil {
		t.Fatal(err)
	}
	got, err := e.Ask(e.ctx, "s", &trials.AskRequest{SearchSpace: own, Worker: "w"}, nil)
	if err != nil || got.Trials[0].Params["x"] != 7.0 || e.trial(got.Trials[0].Number).Worker != "w" {
		t.Errorf("ask with its own space = %s, %v", doc(got), err)
	}
	e.same()
}

func TestAConditionHoldsWithinAnAsk(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"o":{"type":"categorical","choices":[true,null,"a"]},
		"x":{"type":"int","low":0,"high":1,"when":{"o":[null,true]}},"y":{"type":"float","low":0,"high":1,"when":{"x":[1]}}}}`)
	for _, a := range e.ask(60) {
		_, x := a.Params["x"]
		_, y := a.Params["y"]
		if x != (a.Params["o"] != "a") || y != (a.Params["x"] == 1.0) {
			t.Errorf("params %s break a condition", doc(a.Params))
		}
	}
	e.same()
}

func TestTrialAttrsAreMerged(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	n := e.one()
	fresh := e.trial(n)
	tag := fresh.ETag()
	update := func(doc, match string) (trials.Trial, error) {
		return e.UpdateTrial(e.ctx, "s", n, json.RawMessage(doc), match)
	}
	if out, err := update(`{"a":1,"b":2}`, tag); err != nil || doc(out.UserAttrs) != `{"a":1,"b":2}` {
		t.Errorf("UpdateTrial() = %s, %v", doc(out), err)
	}
	_, err := update(`{"a":3}`, tag)
	e.code(err, trials.PreconditionFailed, "")
	e.tell(n, 1)
	if out, err := update(`{"a":null,"c":3}`, `"0.x", "1.x"`); err != nil || doc(out.UserAttrs) != `{"b":2,"c":3}` || out.State != trials.Complete {
		t.Errorf("after the end: %s, %v", doc(out), err)
	}
	eq(t, "the trial read again", e.trial(n).UserAttrs, `{"b":2,"c":3}`)
	_, err = e.UpdateTrial(e.ctx, "s", 7, json.RawMessage(`{}`), "")
	e.code(err, trials.TrialNotFound, "")
	_, err = update(fmt.Sprintf(`{"a":%q}`, strings.Repeat("x", 1<<20)), "")
	e.code(err, trials.InvalidRequest, "/user_attrs")
	e.same()
}

func TestEventsComeInOrderAndResume(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	n := e.one()
	quit := errors.New("quit")
	var after *int64
	listen := func() ([]trials.Event, error) {
		var got []trials.Event
		err := e.Events(e.ctx, "s", after, time.Millisecond, func(_ int64, ev []trials.Event) error {
			got = append(got, ev...)
			if len(ev) > 0 {
				return quit
			}
			return nil
		})
		return got, err
	}
	result := make(chan []trials.Event)
	go func() {
		got, _ := listen()
		result <- got
	}()
	var revision int64
	for done := false; !done; { // until the listener is there to hear it
		e.report(n, rep(-1, "value", 1))
		select {
		case got := <-result:
			done = true
			revision = got[len(got)-1].Revision
			if got[0].Type != "report" || *got[0].Trial != n {
				t.Errorf("events %s, want reports of trial %d", doc(got), n)
			}
		default:
		}
	}
	e.tell(n, 1)
	after = &revision
	got, err := listen()
	if !errors.Is(err, quit) || len(got) == 0 || got[len(got)-1].Type != "trial" {
		t.Errorf("resumed: %s, %v, want the trial's end last", doc(got), err)
	}
	old := int64(1)
	after = &old
	_, err = listen()
	e.code(err, trials.CursorExpired, "")
	e.Service.Close()
	after = nil
	if _, err := listen(); err != nil && !errors.Is(err, quit) {
		t.Errorf("Events() of a closed service = %v", err)
	}
}

func TestPagesOfTrials(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","direction":"maximize"}`)
	for i := range 7 {
		n := e.one()
		e.pass(time.Second)
		if i%3 > 0 {
			e.tell(n, float64((i*5)%7))
		}
	}
	for _, order := range []trials.Order{trials.ByNumber, trials.ByNumberDesc, trials.ByValue, trials.ByValueDesc, trials.ByCompletion, trials.ByCompletionDesc} {
		whole, err := e.Trials(e.ctx, "s", trials.TrialQuery{Order: order, Limit: 100})
		if err != nil || len(whole) != 7 {
			t.Fatalf("%s: %s, %v", order, states(whole), err)
		}
		var paged []trials.Trial
		q := trials.TrialQuery{Order: order, Limit: 2}
		for {
			page, err := e.Trials(e.ctx, "s", q)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, page...)
			if len(page) < 2 {
				break
			}
			c := q.Cursor(&page[1])
			q.After = &c
		}
		eq(t, string(order)+" by pages", numbers(paged), numbers(whole))
	}
	best, err := e.Trials(e.ctx, "s", trials.TrialQuery{Order: trials.ByValue, Limit: 1})
	if err != nil || best[0].Values[0] != 6 {
		t.Errorf("by value, best first: %s, %v, want value 6", doc(best), err)
	}
}
