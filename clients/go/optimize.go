package espalier

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// ObjectiveFunc is what is optimised: it works on a trial and returns its value. Its
// context ends early when the trial should: see [Trial.KeepAlive].
type ObjectiveFunc func(ctx context.Context, trial *Trial) (float64, error)

// OptimizeOption is an option of [Study.Optimize].
type OptimizeOption func(*loop)

// Trials ends the work after so many trials; without it, or with 0, the study
// itself says when: by its budget, its stop rules, [Study.Stop].
func Trials(n int) OptimizeOption { return func(l *loop) { l.trials = n } }

// Workers works on so many trials at a time, each in a goroutine; 1 by default.
func Workers(n int) OptimizeOption { return func(l *loop) { l.workers = n } }

// Catch goes on after the errors of an objective for which it is true. The trial
// is FAIL all the same.
func Catch(catch func(error) bool) OptimizeOption { return func(l *loop) { l.catch = catch } }

// Each calls do with each trial as it ended, from the goroutine that worked on it.
func Each(do func(*FrozenTrial)) OptimizeOption { return func(l *loop) { l.each = do } }

// Asking says how trials are asked for: the worker's name, a lease. Its Count is
// left out of account.
func Asking(r AskRequest) OptimizeOption { return func(l *loop) { l.ask = r } }

// loop is the work of Optimize.
type loop struct {
	study     *Study
	objective ObjectiveFunc
	trials    int
	workers   int
	catch     func(error) bool
	each      func(*FrozenTrial)
	ask       AskRequest

	mu    sync.Mutex
	given int
}

// partingTime is how long telling a trial may take after ctx has ended.
const partingTime = 5 * time.Second

// Optimize asks for trials, hands them to the objective and tells what it
// returns, until the study or ctx ends. The lease is renewed meanwhile.
//
// A value makes the trial COMPLETE; one that is not finite, and an error, make it
// FAIL, and an error ends the work (see [Catch]). [ErrPruned] makes it PRUNED, and
// so does any error after the objective's context ended with that cause. A trial
// that the objective told itself, as one of several objectives must be, is told;
// what it returns then counts for nothing but an error. A trial that is no longer
// this worker's ([ErrLeaseLost]) is left for the next. While the server is away an
// end is told for as long as the lease lasts, unless [WithRetryFor] is 0.
//
// When ctx ends, the trials at work are told as interrupted, to be asked again,
// and the error is that of ctx. So a Ctrl-C that cancels ctx leaves no trial
// behind; a killed program leaves its trials to their leases.
func (s *Study) Optimize(ctx context.Context, objective ObjectiveFunc, opts ...OptimizeOption) error {
	l := &loop{study: s, objective: objective, workers: 1, catch: func(error) bool { return false }, each: func(*FrozenTrial) {}}
	for _, set := range opts {
		set(l)
	}
	l.ask.Count = 1
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	for range max(1, l.workers) {
		workers.Go(func() {
			if err := l.work(running); err != nil {
				cancel(err) // the others end as well
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return context.Cause(running)
}

// ticket says that one more trial may be asked for.
func (l *loop) ticket() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trials > 0 && l.given >= l.trials {
		return false
	}
	l.given++
	return true
}

// work works on trials, one after the other.
func (l *loop) work(ctx context.Context) error {
	for l.ticket() {
		trials, err := l.study.AskFor(ctx, l.ask)
		if errors.Is(err, ErrStopped) {
			return nil
		}
		if err == nil {
			err = l.attempt(ctx, trials[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// attempt works on one trial to its end.
func (l *loop) attempt(ctx context.Context, t *Trial) error {
	work, stop := t.KeepAlive(ctx)
	returned := false
	defer func() {
		stop()
		if !returned {
			_ = l.tell(ctx, t, Tell{State: api.FinishedStateFAIL, Reason: "panic"}) // the panic goes on
		}
	}()
	value, err := l.objective(work, t)
	returned = true
	cause := context.Cause(work)
	stop()
	switch {
	case t.told():
		return l.caught(err)
	case errors.Is(err, ErrLeaseLost), err != nil && errors.Is(cause, ErrLeaseLost):
		return nil // the server asks it again if it is to
	case errors.Is(err, ErrPruned), err != nil && errors.Is(cause, ErrPruned):
		return l.tell(ctx, t, Tell{State: api.FinishedStatePRUNED})
	case err != nil && ctx.Err() != nil:
		return l.tell(ctx, t, Tell{State: api.FinishedStateFAIL, Reason: "interrupted", Retry: true})
	case err != nil:
		return errors.Join(l.caught(err), l.tell(ctx, t, failed(err)))
	case math.IsNaN(value) || math.IsInf(value, 0):
		return l.tell(ctx, t, Tell{State: api.FinishedStateFAIL, Reason: "not_finite"})
	default:
		err := l.tell(ctx, t, Tell{Value: new(api.Float(value))})
		if p, ok := errors.AsType[*Problem](err); ok && p.Code == api.ProblemCodeValuesMismatch {
			err = errors.Join(err, l.tell(ctx, t, failed(err)))
		}
		return err
	}
}

// tell ends a trial, soon if ctx has ended.
func (l *loop) tell(ctx context.Context, t *Trial, end Tell) error {
	ctx, cancel := linger(ctx, partingTime)
	defer cancel()
	client := l.study.client
	if client.retryFor > 0 {
		client = client.With(WithRetryFor(max(client.retryFor, t.lease)))
	}
	out, err := t.end(ctx, client.core, end)
	if errors.Is(err, ErrLeaseLost) {
		return nil
	}
	if out != nil {
		l.each(out)
	}
	return err
}

// linger returns a context that ends so long after ctx does.
func linger(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return out, func() { stop(); cancel() }
}

// caught is an error of the objective that ends the work.
func (l *loop) caught(err error) error {
	if err == nil || l.catch(err) {
		return nil
	}
	return err
}
