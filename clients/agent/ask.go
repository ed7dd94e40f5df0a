package agent

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

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
func (a *Agent) ask(ctx context.Context) (*api.AskedTrial, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer a.onInterrupt(answerTime, cancel)()
	for {
		answer, err := api.Read[api.AskResponse](a.patient.API().AskTrials(ctx, a.Study,
			&api.AskTrialsParams{IdempotencyKey: new(rand.Text())}, api.AskRequest{Worker: a.Worker, LeaseSeconds: int(lease / time.Second)}))
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
			a.result.Stopped = string(answer.StopReason)
			a.mu.Unlock()
			return nil, nil
		}
		if err := sleep(ctx, time.Duration(max(1, answer.RetryAfter))*time.Second); err != nil {
			return nil, nil // interrupted: there is nothing to work on
		}
	}
}

// release gives back trials that came when nobody was to work on them any more.
func (a *Agent) release(ctx context.Context, given []api.AskedTrial) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for i := range given {
		_, err := api.Read[api.Trial](a.Client.API().ReleaseTrial(ctx, a.Study, given[i].Number))
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
	if e.State != string(api.FinishedStateFAIL) {
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
