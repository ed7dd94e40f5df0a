package espalier_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// states counts the trials of a study by state.
func states(t *testing.T, s *espalier.Study) map[espalier.TrialState]int {
	t.Helper()
	out := make(map[espalier.TrialState]int)
	for trial, err := range s.Trials(t.Context(), espalier.TrialFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		out[trial.State]++
	}
	return out
}

func TestOptimizeTellsEachEnd(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{Budget: &espalier.Budget{MaxTrials: 5}})
	broken := errors.New("broken")
	var mu sync.Mutex
	ends := map[int64]*espalier.FrozenTrial{}
	err := s.Optimize(t.Context(), func(ctx context.Context, trial *espalier.Trial) (float64, error) {
		switch trial.Number {
		case 0:
			return 0, fmt.Errorf("at step 3: %w", espalier.ErrPruned)
		case 1:
			return 0, broken
		case 2:
			return math.NaN(), nil
		case 3:
			_, err := trial.Tell(ctx, 42)
			return 0, err
		default:
			return 7, nil
		}
	}, espalier.Catch(func(err error) bool { return errors.Is(err, broken) }), espalier.Workers(2), espalier.Asking(espalier.AskRequest{Worker: "me"}),
		espalier.Each(func(f *espalier.FrozenTrial) {
			mu.Lock()
			defer mu.Unlock()
			ends[f.Number] = f
		}))
	if err != nil {
		t.Fatal(err)
	}
	if ends[0].State != espalier.Pruned || ends[1].Error != "broken" || ends[2].Reason != "not_finite" || ends[3] != nil || ends[4].Values[0] != 7 || ends[4].Worker != "me" {
		t.Errorf("got %+v", ends)
	}
	if n := states(t, s); n[espalier.Complete] != 2 || n[espalier.Failed] != 2 || n[espalier.Pruned] != 1 {
		t.Errorf("states %v", n)
	}
}

func TestAnErrorOfTheObjectiveEndsTheWork(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	broken := errors.New("broken")
	err := s.Optimize(t.Context(), func(_ context.Context, trial *espalier.Trial) (float64, error) {
		if trial.Number == 1 {
			return 0, broken
		}
		return 1, nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if n := states(t, s); n[espalier.Complete] != 1 || n[espalier.Failed] != 1 || len(n) != 2 {
		t.Errorf("states %v", n)
	}
}

func TestAnInterruptLeavesNoTrialBehind(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	ctx, cancel := context.WithCancel(t.Context())
	var running atomic.Int32
	err := s.Optimize(ctx, func(ctx context.Context, _ *espalier.Trial) (float64, error) {
		if running.Add(1) == 3 {
			cancel()
		}
		<-ctx.Done()
		return 0, ctx.Err()
	}, espalier.Workers(3))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := states(t, s); n[espalier.Failed] != 3 || n[espalier.Waiting] != 3 || len(n) != 2 {
		t.Errorf("states %v, want 3 that failed and 3 that are asked again", n)
	}
}

func TestAPanicOfTheObjectiveLeavesNoTrialBehind(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trial.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = espalier.Attempt(t.Context(), s, func(context.Context, *espalier.Trial) (float64, error) { panic("no") })
		t.Error("the panic was swallowed")
	}()
	if n := states(t, s); n[espalier.Failed] != 1 || len(n) != 1 {
		t.Errorf("states %v", n)
	}
}

func TestADecisionToPruneEndsASilentObjective(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{Budget: &espalier.Budget{MaxTrials: 1}, LeaseSeconds: 1})
	err := s.Optimize(t.Context(), func(ctx context.Context, trial *espalier.Trial) (float64, error) {
		if _, err := c.API().PruneTrial(ctx, s.Name, trial.Number); err != nil {
			return 0, err
		}
		<-ctx.Done()
		return 0, ctx.Err()
	})
	if n := states(t, s); err != nil || n[espalier.Pruned] != 1 {
		t.Errorf("states %v, %v", n, err)
	}
}

func TestALeaseIsRenewedWhileTheObjectiveIsSilent(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{Budget: &espalier.Budget{MaxTrials: 1}, LeaseSeconds: 1})
	err := s.Optimize(t.Context(), func(ctx context.Context, trial *espalier.Trial) (float64, error) {
		first := trial.LeaseExpires
		for { // until the server has moved it on beyond where it was
			now, err := s.Trial(ctx, trial.Number)
			if err != nil {
				return 0, err
			}
			if now.State != espalier.Running {
				return 0, fmt.Errorf("the trial is %s", now.State)
			}
			if now.LeaseExpires.Sub(first) > time.Second {
				return 1, nil
			}
		}
	})
	if n := states(t, s); err != nil || n[espalier.Complete] != 1 {
		t.Errorf("states %v, %v", n, err)
	}
}

func TestReportsAreKeptWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	server, c := start(t)
	s := study(t, c, espalier.StudySpec{})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.down()
	before := time.Now()
	for step := range int64(700) { // more than one request holds
		if d, err := trial.Report(t.Context(), step, espalier.Metrics{"value": float64(step)}); err != nil || d.ShouldPrune {
			t.Fatalf("step %d: %+v, %v", step, d, err)
		}
	}
	if took := time.Since(before); took > 30*time.Second {
		t.Errorf("training was kept waiting for %v", took)
	}
	if err := server.up(); err != nil {
		t.Fatal(err)
	}
	told, err := trial.Tell(t.Context())
	if err != nil || told.Metrics["value"].Count != 700 || told.Values[0] != 699 {
		t.Errorf("told %+v, %v", told, err)
	}
}

func TestALeaseThatRanOutIsLost(t *testing.T) {
	t.Parallel()
	server, c := start(t)
	s := study(t, c, espalier.StudySpec{LeaseSeconds: 1})
	trials, err := s.AskFor(t.Context(), espalier.AskRequest{Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	silent, cut := trials[0], trials[1]
	server.down()
	for err == nil { // the server is away, and the time runs out
		_, err = cut.Report(t.Context(), 0, espalier.Metrics{"value": 1})
	}
	if !errors.Is(err, espalier.ErrLeaseLost) {
		t.Errorf("with the server away: %v", err)
	}
	if err := server.up(); err != nil {
		t.Fatal(err)
	}
	for state := espalier.Running; state != espalier.Failed; { // a server that starts gives the lease anew
		if server.service.Tick(t.Context()); t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
		now, err := s.Trial(t.Context(), silent.Number)
		if err != nil {
			t.Fatal(err)
		}
		state = now.State
	}
	if _, err := silent.Report(t.Context(), 0, espalier.Metrics{"value": 1}); !errors.Is(err, espalier.ErrLeaseLost) || code(err) == "" {
		t.Errorf("a report: %v", err)
	}
	if _, err := silent.Tell(t.Context(), 1); !errors.Is(err, espalier.ErrLeaseLost) {
		t.Errorf("a tell: %v", err)
	}
	work, stop := silent.KeepAlive(t.Context())
	defer stop()
	<-work.Done()
	if err := context.Cause(work); !errors.Is(err, espalier.ErrLeaseLost) {
		t.Errorf("its context ended for %v", err)
	}
}

func TestWhatTheServerRefusesOfReportsIsSaid(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trial.Report(t.Context(), 0, espalier.Metrics{"not a name": 1}); code(err) == "" {
		t.Errorf("got %v, want a problem", err)
	}
	if d, err := trial.Report(t.Context(), 1, espalier.Metrics{"value": 1}); err != nil || *d.Step != 1 {
		t.Errorf("the next one: %+v, %v", d, err)
	}
	if _, err := trial.Tell(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestATellWhoseContextHasEndedIsNoSuccess(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if told, err := trial.Tell(ended, 1); told != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("told %+v, %v, want the end of ctx", told, err)
	}
	if told, err := trial.Tell(t.Context(), 1); err != nil || told.State != espalier.Complete {
		t.Errorf("told again: %+v, %v", told, err)
	}
}

func TestOneRefusedReportTakesNoneOfThoseKeptWithIt(t *testing.T) {
	t.Parallel()
	server, c := start(t)
	s := study(t, c, espalier.StudySpec{})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.down()
	for step := range int64(5) {
		at := step
		if step == 2 {
			at = -1 // not even the request is well-formed
		}
		if _, err := trial.Report(t.Context(), at, espalier.Metrics{"value": float64(step)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.up(); err != nil {
		t.Fatal(err)
	}
	told, err := trial.Tell(t.Context())
	if told == nil || told.Metrics["value"].Count != 4 || code(err) != api.ProblemCodeInvalidRequest {
		t.Errorf("told %+v, %v, want 4 reports and what is wrong with the other", told, err)
	}
}

func TestSamplesOfWhoeverHadTheTrialBeforeStay(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	for range 2 {
		trial, err := s.Ask(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d, err := trial.Sample(t.Context(), espalier.Metrics{"system/rss_bytes": 5}); err != nil || d.Ignored {
			t.Errorf("a sample: %+v, %v", d, err)
		}
		if _, err := trial.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKeptReportsSayWhenTheyWereMade(t *testing.T) {
	t.Parallel()
	server, c := start(t)
	s := study(t, c, espalier.StudySpec{})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.down()
	if _, err := trial.Report(t.Context(), 0, espalier.Metrics{"value": 1}); err != nil {
		t.Fatal(err)
	}
	reported := time.Since(trial.LeaseExpires.Add(-time.Hour)).Seconds()
	time.Sleep(300 * time.Millisecond) // an outage
	if err := server.up(); err != nil {
		t.Fatal(err)
	}
	if _, err := trial.Tell(t.Context()); err != nil {
		t.Fatal(err)
	}
	for p, err := range s.Points(t.Context(), trial.Number) {
		if err != nil || p.ElapsedSeconds == nil || *p.ElapsedSeconds > reported+0.1 {
			t.Errorf("got %+v, %v, want at most %v s", p, err, reported)
		}
	}
}

func TestAValueThatTheServerRefusesLeavesNoTrialBehind(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{Objectives: []espalier.Objective{{Metric: "a", Direction: espalier.Minimize}, {Metric: "b", Direction: espalier.Minimize}}})
	err := s.Optimize(t.Context(), func(context.Context, *espalier.Trial) (float64, error) { return 1, nil })
	if code(err) != api.ProblemCodeValuesMismatch {
		t.Errorf("got %v, want values_mismatch", err)
	}
	if n := states(t, s); n[espalier.Failed] != 1 || len(n) != 1 {
		t.Errorf("states %v", n)
	}
}

func TestAValueThatIsNotFiniteIsRefusedByTheServersWords(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trial.Tell(t.Context(), math.NaN()); code(err) != api.ProblemCodeValuesMismatch {
		t.Errorf("got %v, want values_mismatch", err)
	}
}

func TestATrialThatSomebodyElseEndedIsLeftForTheNext(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{Budget: &espalier.Budget{MaxTrials: 4}, LeaseSeconds: 1})
	var seen atomic.Int32
	err := s.Optimize(t.Context(), func(ctx context.Context, trial *espalier.Trial) (float64, error) {
		seen.Add(1)
		if trial.Number < 3 { // an operator ends it
			if _, err := api.Check(c.API().TellTrial(ctx, s.Name, trial.Number, espalier.Tell{State: api.FinishedStateFAIL})); err != nil {
				return 0, err
			}
		}
		switch trial.Number {
		case 0:
			_, err := trial.Report(ctx, 0, espalier.Metrics{"value": 1})
			return 0, err
		case 1:
			<-ctx.Done()
			return 0, ctx.Err()
		default:
			return 1, nil
		}
	})
	if n := states(t, s); err != nil || n[espalier.Complete] != 1 || n[espalier.Failed] != 3 || seen.Load() != 4 {
		t.Errorf("states %v after %d trials, %v", n, seen.Load(), err)
	}
}

func TestALeaseIsRenewedThoughAKeptReportIsRefused(t *testing.T) {
	t.Parallel()
	server, c := start(t)
	s := study(t, c, espalier.StudySpec{LeaseSeconds: 2})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.down()
	if _, err := trial.Report(t.Context(), 0, espalier.Metrics{"not a name": 1}); err != nil {
		t.Fatal(err)
	}
	if err := server.up(); err != nil {
		t.Fatal(err)
	}
	work, stop := trial.KeepAlive(t.Context())
	defer stop()
	var first time.Time
	for work.Err() == nil { // until the server has moved it on for longer than a lease
		now, err := s.Trial(t.Context(), trial.Number)
		if err != nil {
			t.Fatal(err)
		}
		if first.IsZero() {
			first = now.LeaseExpires
		}
		if now.LeaseExpires.Sub(first) > 2*time.Second {
			break
		}
	}
	if work.Err() != nil {
		t.Errorf("the work ended for %v", context.Cause(work))
	}
	if _, err := trial.Report(t.Context(), 1, espalier.Metrics{"value": 1}); code(err) != api.ProblemCodeInvalidRequest {
		t.Errorf("the next report: %v, want what was refused", err)
	}
	if _, err := trial.Tell(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAResultIsNotLostWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	var server *realServer
	notes := 0
	server, c := start(t, espalier.WithRetryFor(time.Millisecond), espalier.WithRetryNote(func(error) {
		if notes++; notes == 2 {
			if err := server.up(); err != nil {
				t.Error(err)
			}
		}
	}))
	s := study(t, c, espalier.StudySpec{})
	err := s.Optimize(t.Context(), func(context.Context, *espalier.Trial) (float64, error) {
		server.down()
		return 1, nil
	}, espalier.Trials(1))
	if n := states(t, s); err != nil || n[espalier.Complete] != 1 {
		t.Errorf("states %v, %v", n, err)
	}
}
