package trials_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// broken is a store that can hold changes back, spoil one, and be full.
type broken struct {
	trials.Store
	mu      sync.Mutex
	holding bool
	held    []*trials.Change
	full    bool
	unread  bool // Load fails
}

var errBroken = trials.Errorf(trials.StorageUnavailable, "broken on purpose")

func (b *broken) Reserve() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full {
		return errBroken
	}
	return b.Store.Reserve()
}

func (b *broken) Submit(c *trials.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.holding {
		b.held = append(b.held, c)
		return
	}
	b.Store.Submit(c)
}

func (b *broken) Load(ctx context.Context, study int64, wanted func(uint32) bool, each func(*trials.Trial, func(func(*trials.ReportRow) error) error) error) error {
	b.mu.Lock()
	unread := b.unread
	b.mu.Unlock()
	if unread {
		return errBroken
	}
	return b.Store.Load(ctx, study, wanted, each)
}

func (b *broken) set(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// waits returns once n changes are held back.
func (b *broken) waits(n int) {
	for {
		b.mu.Lock()
		enough := len(b.held) >= n
		b.mu.Unlock()
		if enough {
			return
		}
		runtime.Gosched()
	}
}

// pass lets through what was held back; spoiled ones the database refuses.
func (b *broken) pass(spoiled ...int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range spoiled { // there is no such trial
		b.held[i].Reports = append(b.held[i].Reports, trials.ReportRow{Trial: 1 << 30, At: start})
	}
	for _, c := range b.held {
		b.Store.Submit(c)
	}
	b.held, b.holding = nil, false
}

func newBroken(t *testing.T) (*env, *broken) {
	b := &broken{}
	e := &env{tb: t, ctx: t.Context(), path: t.TempDir() + "/test.db"}
	e.wrap = func(s trials.Store) trials.Store {
		b.Store = s
		return b
	}
	e.open()
	t.Cleanup(e.close)
	return e, b
}

// inOrder sends requests whose changes are held back, one after another.
func inOrder(b *broken, requests ...func() error) []chan error {
	out := make([]chan error, len(requests))
	for i, request := range requests {
		out[i] = make(chan error, 1)
		go func() { out[i] <- request() }()
		b.waits(i + 1)
	}
	return out
}

func TestAFailedWriteLeavesNothingBehind(t *testing.T) {
	e, b := newBroken(t)
	e.study(plain)
	e.study(`{"name":"other"}`)
	e.ask(3)
	if _, err := e.Ask(e.ctx, "other", &trials.AskRequest{}, nil); err != nil {
		t.Fatal(err)
	}
	before := e.export()
	b.set(func() { b.holding = true })
	got := inOrder(b,
		func() error { _, err := e.Report(e.ctx, "s", 0, rep(1, "value", 1, "new", 2), false); return err },
		func() error { _, err := e.Report(e.ctx, "s", 1, rep(1, "value", 1), false); return err },
		func() error { _, err := e.Report(e.ctx, "other", 0, rep(1, "value", 1), false); return err },
		func() error { _, err := e.Ask(e.ctx, "s", &trials.AskRequest{Count: 2}, nil); return err },
		func() error { _, err := e.Tell(e.ctx, "s", 2, &trials.Tell{Value: float(1)}); return err },
		func() error { _, _, err := e.CreateTrial(e.ctx, "s", create(e, `{"params":{}}`), nil); return err },
		func() error { _, err := e.Study(e.ctx, "s"); return err },
		func() error { _, err := e.StopStudy(e.ctx, "s"); return err },
	)
	b.pass(0)
	for i, c := range got {
		err := <-c
		switch {
		case i == 2 && err != nil:
			t.Errorf("the other study's report = %v, want none of its business", err)
		case i != 2 && err == nil:
			t.Errorf("request %d was answered, want an error", i)
		case i != 0 && i != 2 && trials.ErrorCode(err) != trials.StorageUnavailable:
			t.Errorf("request %d = %v, want storage_unavailable", i, err)
		}
	}
	e.same()
	if after := e.export(); after != before {
		t.Errorf("after the failure the study is\n%s\nwas\n%s", after, before)
	}
	if d := e.report(0, rep(1, "value", 1)); d.Ignored {
		t.Error("the failed report sent again is taken for a repeated one")
	}
	if n := e.one(); n != 3 {
		t.Errorf("the next trial is %d, want 3: nobody was told of it", n)
	}
	e.same()
	e.restart()
	e.same()
}

func TestAFailureInTheMiddleKeepsWhatCameBefore(t *testing.T) {
	e, b := newBroken(t)
	e.study(plain)
	b.set(func() { b.holding = true })
	report := func(n int64) func() error {
		return func() error { _, err := e.Report(e.ctx, "s", n, rep(1, "value", 1), false); return err }
	}
	ask := func() error { _, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, nil); return err }
	got := inOrder(b, ask, report(0), ask, report(1), ask)
	b.pass(3)
	for i, want := range []bool{true, true, true, false, false} {
		if err := <-got[i]; (err == nil) != want {
			t.Errorf("request %d = %v, want success %v", i, err, want)
		}
	}
	e.same()
	if got := e.get().TrialCounts.Running; got != 2 {
		t.Errorf("%d trials run, want 2", got)
	}
	if n := e.one(); n != 2 {
		t.Errorf("the next trial is %d, want 2", n)
	}
}

func TestAFullQueueTouchesNothing(t *testing.T) {
	e, b := newBroken(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"budget":{"max_trials":4}}`)
	e.ask(2)
	e.enqueue(`{"params":{"x":1}}`)
	before := e.export()
	b.set(func() { b.full = true })
	outcomes := map[string]error{}
	_, outcomes["ask"] = e.Ask(e.ctx, "s", &trials.AskRequest{Count: 2}, nil)
	_, outcomes["report"] = e.Report(e.ctx, "s", 0, rep(1, "value", 1), false)
	_, outcomes["tell"] = e.Tell(e.ctx, "s", 0, &trials.Tell{Value: float(1)})
	_, outcomes["release"] = e.Release(e.ctx, "s", 0)
	_, outcomes["heartbeat"] = e.Heartbeat(e.ctx, "s", 0)
	_, outcomes["stop"] = e.StopStudy(e.ctx, "s")
	_, outcomes["patch"] = e.UpdateStudy(e.ctx, "s", json.RawMessage(`{"max_retries":1}`), "")
	_, outcomes["suggest"] = e.Suggest(e.ctx, "s", 0, trials.SearchSpace{"y": {Type: trials.FloatKind, High: 1}}, false)
	_, _, outcomes["enqueue"] = e.CreateTrial(e.ctx, "s", create(e, `{"params":{}}`), nil)
	outcomes["delete"] = e.DeleteStudy(e.ctx, "s", "")
	for verb, err := range outcomes {
		if trials.ErrorCode(err) != trials.StorageUnavailable {
			t.Errorf("%s = %v, want storage_unavailable", verb, err)
		}
	}
	b.set(func() { b.full = false })
	e.same()
	if after := e.export(); after != before {
		t.Errorf("the study is\n%s\nwas\n%s", after, before)
	}
	got := e.ask(2)
	if len(got) != 2 || got[0].Number != 2 || got[1].Number != 3 {
		t.Errorf("asked %s, want the one that waits and number 3", doc(got))
	}
	e.same()
}

func TestAHistoryThatCannotBeReadIsReadLater(t *testing.T) {
	e, b := newBroken(t)
	e.study(plain)
	n := e.one()
	ended := make(chan error)
	listening := make(chan bool)
	go func() {
		ended <- e.Events(e.ctx, "s", nil, time.Hour, func(_ int64, ev []trials.Event) error {
			if ev == nil {
				close(listening)
			}
			return nil
		})
	}()
	<-listening
	b.set(func() { b.holding = true })
	got := inOrder(b, func() error { _, err := e.Report(e.ctx, "s", n, rep(1, "value", 1), false); return err })
	b.set(func() { b.unread = true })
	b.pass(0)
	if err := <-got[0]; err == nil {
		t.Error("the spoiled report was answered")
	}
	_, err := e.Heartbeat(e.ctx, "s", n)
	e.code(err, trials.StorageUnavailable, "on purpose")
	if err := <-ended; err != nil { // rather than hear nothing for ever
		t.Errorf("Events() = %v, want the stream to end", err)
	}
	b.set(func() { b.unread = false })
	e.report(n, rep(1, "value", 1))
	e.same()
}

// faulty is a table whose pruners panic at a metric.
type faulty struct{ trials.Pruners }

type panics struct{ trials.Pruner }

func (f faulty) New(study *trials.StudySpec, node json.RawMessage) (trials.Pruner, json.RawMessage, []trials.FieldError, error) {
	p, node, warnings, err := f.Pruners.New(study, node)
	return panics{p}, node, warnings, err
}

func (p panics) Judge(c *trials.Case) (trials.Verdict, bool) {
	if c.Trial.Tally(c.History, "boom") != nil {
		panic("boom")
	}
	return p.Pruner.Judge(c)
}

func TestAPanicCostsOneRequest(t *testing.T) {
	e := newEnv(t)
	e.Service.Pruners = faulty{e.Service.Pruners}
	e.study(plain)
	n := e.one()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the pruner did not panic")
			}
		}()
		_, _ = e.Report(e.ctx, "s", n, rep(1, "boom", 1), false)
	}()
	if d := e.report(n, rep(1, "value", 1)); d.Ignored {
		t.Error("what was half done is still there")
	}
	e.same()
}

func once(key, hash string) *trials.Once {
	return &trials.Once{Scope: "me /ask", Key: key, Hash: hash, Encode: func(v any) (*trials.Answer, error) {
		b, err := json.Marshal(v)
		return &trials.Answer{Status: 200, Body: b}, err
	}}
}

func TestAStudyOfADeletedOnesNameAnswersKeysAnew(t *testing.T) {
	e, _ := newBroken(t)
	for range 2 {
		e.study(plain)
		out, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, once("k", "h"))
		if err != nil || len(out.Trials) != 1 {
			t.Fatalf("the ask gives %v, %v, want a trial of this study", out, err)
		}
		if err := e.DeleteStudy(e.ctx, "s", ""); err != nil {
			t.Fatal(err)
		}
	}
	_, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, once("k", "h"))
	e.code(err, trials.StudyNotFound, "")
}

func TestAnIdempotentRequestIsDoneOnce(t *testing.T) {
	e, b := newBroken(t)
	e.study(plain)
	ask := func(o *trials.Once) (string, error) {
		out, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, o)
		return doc(out), err
	}
	replayed := func(err error) string {
		var r *trials.Replay
		if !errors.As(err, &r) {
			t.Errorf("error %v, want the stored answer", err)
			return ""
		}
		return string(r.Answer.Body)
	}
	first, err := ask(once("k", "h"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = ask(once("k", "h"))
	eq(t, "the answer sent again", json.RawMessage(replayed(err)), first)
	_, err = ask(once("k", "other"))
	e.code(err, trials.IdempotencyKeyReused, "")
	e.restart()
	_, err = ask(once("k", "h"))
	eq(t, "after a restart", json.RawMessage(replayed(err)), first)
	if got := e.get().TrialCounts.Running; got != 1 {
		t.Errorf("%d trials run, want 1", got)
	}

	b.set(func() { b.holding = true })
	slow := inOrder(b, func() error { _, err := ask(once("slow", "h")); return err })
	_, err = ask(once("slow", "h"))
	e.code(err, trials.RequestInProgress, "")
	b.pass(0) // it fails
	if err := <-slow[0]; err == nil {
		t.Error("the spoiled ask was answered")
	}
	if _, err := ask(once("slow", "h")); err != nil {
		t.Errorf("a failed request cannot be sent again: %v", err)
	}

	_, _, err = e.CreateTrial(e.ctx, "s", create(e, `{"params":{"x":9}}`), once("c", "h"))
	e.code(err, trials.InvalidRequest, "/params/x")
	made, _, err := e.CreateTrial(e.ctx, "s", create(e, `{"params":{"x":1}}`), once("c", "h"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = e.CreateTrial(e.ctx, "s", create(e, `{"params":{"x":1}}`), once("c", "h"))
	eq(t, "an enqueued trial sent again", json.RawMessage(replayed(err)), made)

	failing := once("f", "h")
	failing.Encode = func(any) (*trials.Answer, error) { return nil, errors.New("cannot be encoded") }
	before := e.export()
	_, _, err = e.CreateTrial(e.ctx, "s", create(e, `{"params":{"x":0}}`), failing)
	if err == nil {
		t.Error("an answer that cannot be encoded was given")
	}
	if _, err = ask(failing); err == nil {
		t.Error("an answer that cannot be encoded was given")
	}
	e.same()
	if after := e.export(); after != before {
		t.Errorf("the study is\n%s\nwas\n%s", after, before)
	}

	spec := trials.StudySpec{Name: "t"}
	study, _, err := e.CreateStudy(e.ctx, &spec, false, once("s", "h"))
	if err != nil {
		t.Fatal(err)
	}
	spec = trials.StudySpec{Name: "t"}
	_, _, err = e.CreateStudy(e.ctx, &spec, false, once("s", "h"))
	eq(t, "a study sent again", json.RawMessage(replayed(err)), study)
}

func TestADamagedArchiveLeavesNothingBehind(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"pruner":{"type":"limit","metric":"m","bound":1}}`)
	for i := range 3 {
		n := e.one()
		e.report(n, rep(1, "m", i))
		if i != 1 {
			e.tell(n, 1)
		}
	}
	good := e.export()
	for name, change := range map[string]func(string) string{
		"empty":                  func(string) string { return "" },
		"no study":               func(s string) string { _, rest, _ := strings.Cut(s, "\n"); return rest },
		"cut off":                func(s string) string { return s[:len(s)-20] },
		"twice":                  func(s string) string { return s + s },
		"of another version":     func(s string) string { return strings.Replace(s, `"archive":1`, `"archive":2`, 1) },
		"with an unknown member": func(s string) string { return strings.Replace(s, `"attempt":1`, `"attempt":1,"zz":1`, 1) },
		"with an unknown line":   func(s string) string { return s + `{"type":"note"}` },
		"a value out of range":   func(s string) string { return strings.Replace(s, `"params":{"x":0`, `"params":{"x":7`, 1) },
		"another kind of value": func(s string) string {
			return strings.Replace(s, `"distributions":{"x":{"type":"float"`, `"distributions":{"x":{"type":"int"`, 1)
		},
		"an unknown state":        func(s string) string { return strings.Replace(s, `"state":"COMPLETE"`, `"state":"DONE"`, 1) },
		"a value for none":        func(s string) string { return strings.Replace(s, `"state":"COMPLETE"`, `"state":"FAIL"`, 1) },
		"a value that is NaN":     func(s string) string { return strings.Replace(s, `"values":[1]`, `"values":["NaN"]`, 1) },
		"two that ended as first": func(s string) string { return strings.Replace(s, `"ended_seq":1`, `"ended_seq":0`, 1) },
		"a report of another": func(s string) string {
			return strings.Replace(s, `"type":"report","trial":1`, `"type":"report","trial":0`, 1)
		},
		"a decision not there":    func(s string) string { return strings.Replace(s, `"answer":1`, `"answer":3`, 1) },
		"a metric without a name": func(s string) string { return strings.Replace(s, `"metrics":{"m":1}}`, `"metrics":{"":1}}`, 1) },
		"a step below 0":          func(s string) string { return strings.Replace(s, `"step":1`, `"step":-2`, 1) },
		"a sampler nobody has":    func(s string) string { return strings.Replace(s, `"sampler":{"type":"`, `"sampler":{"type":"zz`, 1) },
		"numbers that go back": func(s string) string {
			return strings.Replace(s, `"type":"trial","number":1`, `"type":"trial","number":0`, 1)
		},
		"a number out of all sense": func(s string) string { return strings.Replace(s, `"number":2`, `"number":99999999999`, 1) },
	} {
		bad := change(good)
		if bad == good {
			t.Errorf("%s: the archive has nothing to damage:\n%s", name, good)
			continue
		}
		if _, err := e.Import(e.ctx, strings.NewReader(bad), "copy"); trials.ErrorCode(err) != trials.InvalidRequest {
			t.Errorf("%s: Import() = %v, want invalid_request", name, err)
		}
	}
	list, err := e.Studies(e.ctx, "", "", 100)
	if err != nil || len(list) != 1 {
		t.Errorf("studies %s, %v, want s alone", doc(list), err)
	}
	if _, err := e.Import(e.ctx, strings.NewReader(good), ""); trials.ErrorCode(err) != trials.StudyExists {
		t.Errorf("Import() over an existing study = %v, want study_exists", err)
	}
	made, err := e.Import(e.ctx, strings.NewReader(good), "copy")
	if err != nil || made.Name != "copy" {
		t.Fatalf("Import() = %s, %v", doc(made), err)
	}
	if diff, err := e.CompareRebuilt(e.ctx, "copy"); err != nil || diff != "" {
		t.Errorf("imported: %v\n%s", err, diff)
	}
	if d, err := e.Report(e.ctx, "copy", 1, rep(2, "m", 5), false); err != nil || !d.ShouldPrune {
		t.Errorf("a running trial of the copy: %s, %v, want it to go on as the first would", doc(d), err)
	}
}

func TestAnArchiveMayBeTakenWhileTheStudyGoesOn(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for range 150 {
				got, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, nil)
				if err != nil {
					t.Errorf("Ask() = %v", err)
					return
				}
				n := got.Trials[0].Number
				if _, err := e.Report(e.ctx, "s", n, rep(1, "value", 1), false); err != nil {
					t.Errorf("Report() = %v", err)
				}
				if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{}); err != nil {
					t.Errorf("Tell() = %v", err)
				}
			}
		})
	}
	for i := range 6 {
		archive := e.export()
		name := "copy" + string(rune('a'+i))
		if _, err := e.Import(e.ctx, strings.NewReader(archive), name); err != nil {
			t.Fatalf("Import() = %v\n%s", err, archive)
		}
		if diff, err := e.CompareRebuilt(e.ctx, name); err != nil || diff != "" {
			t.Errorf("imported: %v\n%s", err, diff)
		}
	}
	wait.Wait()
	e.same()
}
