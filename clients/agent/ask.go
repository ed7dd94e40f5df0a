package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
)

// Unreachable is a server that did not answer while the agent waited for it.
type Unreachable struct{ Err error }

// Error says why.
func (e *Unreachable) Error() string { return fmt.Sprintf("the server does not answer: %v", e.Err) }

// Unwrap returns the last reason.
func (e *Unreachable) Unwrap() error { return e.Err }

// serve works on trials in one slot until there are no more.
func (a *Agent) serve(ctx context.Context, s *slot) error {
	for a.ticket() {
		asked, err := a.ask(ctx)
		if err != nil {
			a.stop()
			return err
		}
		if asked == nil {
			a.returnTicket()
			return nil
		}
		ending := a.work(ctx, s, *asked)
		a.count(ending)
	}
	return nil
}

// ticket says that one more trial may be asked for.
func (a *Agent) ticket() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped || a.Count > 0 && a.given >= a.Count {
		return false
	}
	if a.interrupted() {
		return false
	}
	a.given++
	return true
}

func (a *Agent) returnTicket() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.given--
}

// stop lets no slot ask any more.
func (a *Agent) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
}

// ask returns the next trial, nil if there is none and will be none. The same
// key goes with every try, so that no trial is given to nobody.
func (a *Agent) ask(ctx context.Context) (*espalier.AskedTrial, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer a.onInterrupt(answerTime, cancel)()
	for {
		key, seconds := rand.Text(), int(lease/time.Second)
		answer, err := insist(ctx, a, func(ctx context.Context) (espalier.AskResponse, error) {
			return espalier.Read[espalier.AskResponse](a.Client.AskTrials(ctx, a.Study,
				&espalier.AskTrialsParams{IdempotencyKey: &key}, espalier.AskRequest{Worker: &a.Worker, LeaseSeconds: &seconds}))
		})
		switch {
		case a.interrupted():
			a.release(ctx, answer.Trials)
			return nil, nil
		case err != nil:
			return nil, err
		case len(answer.Trials) > 0:
			return &answer.Trials[0], nil
		case answer.Stop:
			a.mu.Lock()
			a.result.Stopped = string(deref(answer.StopReason))
			a.mu.Unlock()
			return nil, nil
		}
		if err := sleep(ctx, time.Duration(max(1, deref(answer.RetryAfter)))*time.Second); err != nil {
			return nil, nil // interrupted: there is nothing to work on
		}
	}
}

// release gives back trials that came when nobody was to work on them any more.
func (a *Agent) release(ctx context.Context, given []espalier.AskedTrial) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for i := range given {
		_, err := espalier.Read[espalier.Trial](a.Client.ReleaseTrial(ctx, a.Study, given[i].Number))
		if err != nil {
			a.note(fmt.Sprintf("trial %d could not be given back; its lease will expire: %v", given[i].Number, err))
		}
	}
}

// answerTime is how long an answer that is under way has to arrive after an
// interrupt.
const answerTime = time.Second

// onInterrupt calls do so long after the first interrupt, unless stop is called
// before.
func (a *Agent) onInterrupt(after time.Duration, do func()) (stop func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-a.first:
		case <-done:
			return
		}
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
			do()
		case <-done:
		}
	}()
	return func() { close(done) }
}

// insist is [Insist] for as long as the agent is to wait, and says so.
func insist[T any](ctx context.Context, a *Agent, call func(context.Context) (T, error)) (T, error) {
	return Insist(ctx, a.WaitServer, a.Now, func(ctx context.Context) (T, error) {
		out, err := call(ctx)
		if err != nil && ctx.Err() == nil && away(err) && a.WaitServer > firstRetry {
			a.note(fmt.Sprintf("the server does not answer (%v); trying again for %s", err, a.WaitServer))
		}
		return out, err
	})
}

// Insist calls the server again, ever more slowly, while it is away, and for so
// long at most; then the error is [*Unreachable]. What the server refuses is
// refused.
func Insist[T any](ctx context.Context, atMost time.Duration, now func() time.Time, call func(context.Context) (T, error)) (T, error) {
	until := now().Add(atMost)
	for wait := firstRetry; ; wait = min(2*wait, slowestTry) {
		bounded, cancel := context.WithTimeout(ctx, callTime)
		out, err := call(bounded)
		cancel()
		switch {
		case err == nil, ctx.Err() != nil, !away(err):
			return out, err
		case !now().Add(wait).Before(until):
			return out, &Unreachable{err}
		}
		if err := sleep(ctx, wait); err != nil {
			return out, err
		}
	}
}

// away says that an error is of the network, or of a server that cannot serve
// for now.
func away(err error) bool {
	var refused *espalier.Error
	return !errors.As(err, &refused) || refused.Status >= http.StatusInternalServerError || refused.Status == http.StatusTooManyRequests ||
		refused.Code == espalier.ProblemCodeRequestInProgress // the first try is still being answered
}

// sleep waits, or returns the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The agent gives up when its first trials fail at once: the script is broken.
const (
	earlyFailures = 3
	early         = time.Minute
)

// count takes in how a trial ended, and gives up if too many fail.
func (a *Agent) count(e Ending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.result.Trials++
	a.result.Last = e
	if e.State != string(espalier.FinishedStateFAIL) {
		a.failures, a.good = nil, true
		return
	}
	if e.Reason == reasonInterrupted || e.Reason == reasonLost {
		return
	}
	a.failures = append(a.failures, a.Now())
	n := len(a.failures)
	switch {
	case e.Reason == reasonStart && !a.good:
		a.result.GaveUp = "the command cannot be started"
	case a.MaxFailures > 0 && n >= a.MaxFailures:
		a.result.GaveUp = fmt.Sprintf("%d trials failed in a row", n)
	case a.MaxFailures > 0 && !a.good && n >= earlyFailures && a.failures[n-1].Sub(a.failures[0]) < early:
		a.result.GaveUp = fmt.Sprintf("the first %d trials all failed within %s", n, early)
	default:
		return
	}
	a.stopped = true
}
