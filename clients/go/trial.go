package espalier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// ErrLeaseLost is a trial that is not this worker's any more: the server did not
// hear of it for the time of its lease and made it FAIL, somebody else ended it,
// or it was deleted. There is nothing to tell.
var ErrLeaseLost = errors.New("the trial is no longer this worker's")

// ErrPruned is what an objective returns when a decision says that the trial
// should be pruned; see [Study.Optimize].
var ErrPruned = errors.New("the trial was pruned")

// How reports are sent.
const (
	reportsAtOne = 500 // in one request
	renewEvery   = 15 * time.Second
)

// Trial is a trial to work on: its Number, its Params, and what else the server
// said when it was asked for. It is safe for concurrent use, but for
// [Trial.Suggest], which changes Params and Warnings.
type Trial struct {
	api.AskedTrial

	study *Study
	lease time.Duration
	began time.Time

	expired atomic.Bool // by our clock
	expiry  *time.Timer
	rest    atomic.Bool // after a failure: it is not tried again yet

	mu      sync.Mutex // guards what is below, and the order of what is sent
	pending []api.TrialReport
	refused error // what the server first refused of those, until it is said
	last    Decision
	samples int64
	ended   bool
}

func newTrial(s *Study, asked api.AskedTrial, lease time.Duration) *Trial {
	t := &Trial{AskedTrial: asked, study: s, lease: lease}
	t.began = time.Now()                       //nolint:forbidigo // who asks has no other clock to give
	t.samples = asked.LeaseExpires.UnixMicro() // whoever had the trial before has numbered samples too
	t.last = Decision{Trial: t.Number, State: Running, Mode: api.DecisionModeEnforce}
	t.expiry = time.AfterFunc(lease, func() { t.expired.Store(true) })
	return t
}

// Decode decodes the params into a struct, by its fields' names or json tags. A
// conditional parameter that is absent leaves its field as it is.
func (t *Trial) Decode(into any) error {
	text, err := json.Marshal(t.Params)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("decode the params of trial %d: %w", t.Number, err)
	}
	return nil
}

// Suggest has the server sample further parameters (define-by-run), and adds
// them to Params. A name that was suggested before keeps its value. Warnings are
// then those fixed values of the trial that are none of what was suggested.
func (t *Trial) Suggest(ctx context.Context, space SearchSpace) error {
	out, err := api.Read[api.SuggestResponse](t.study.client.core.SuggestParams(ctx, t.study.Name, t.Number, api.SuggestRequest{SearchSpace: space}, Repeatable))
	if err != nil {
		return t.lost(err)
	}
	t.Params, t.Warnings = out.Params, out.Warnings
	return nil
}

// Report reports the metrics of a step, which is 0 or above; a study that has a
// Direction in place of Objectives optimises the metric "value". The decision says
// whether to go on. What was reported of a step before keeps its first values.
//
// Training is not kept waiting. While the server is away a report is kept, and
// the decision is the last one, which did not prune; later reports,
// [Trial.KeepAlive] and the tell send what is kept, in order. So the error is not
// nil only for what the server refused, of this report or of those kept before, and
// when the lease has run out meanwhile: [ErrLeaseLost].
func (t *Trial) Report(ctx context.Context, step int64, m Metrics) (Decision, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.send(ctx, api.TrialReport{Trial: t.Number, Step: &step, Metrics: m})
}

// Sample is [Trial.Report] for metrics at a moment that is no step: of the
// machine, say.
func (t *Trial) Sample(ctx context.Context, m Metrics) (Decision, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.samples++
	return t.send(ctx, api.TrialReport{Trial: t.Number, Seq: new(t.samples), Metrics: m})
}

// send sends a report, or keeps it.
func (t *Trial) send(ctx context.Context, r api.TrialReport) (Decision, error) {
	r.ElapsedSeconds = new(time.Since(t.began).Round(time.Millisecond).Seconds()) // it may arrive late
	t.pending = append(t.pending, r)
	if t.rest.Load() && !t.expired.Load() {
		return t.last, nil
	}
	err := t.flush(ctx, t.study.client.once)
	if away(ctx, err) {
		err = t.retreat(err)
	}
	return t.last, t.refusal(err)
}

// away says that an error is of the server's being away, and not of ctx.
func away(ctx context.Context, err error) bool {
	_, unreachable := errors.AsType[*Unreachable](err)
	return unreachable && ctx.Err() == nil
}

// retreat tries nothing for a while, a fraction of the lease. The error is that
// the lease has run out, if it has.
func (t *Trial) retreat(why error) error {
	if t.expired.Load() {
		return fmt.Errorf("%w: its lease of %v ran out while %w", ErrLeaseLost, t.lease, why)
	}
	t.rest.Store(true)
	time.AfterFunc(min(pause(10), t.lease/6), func() { t.rest.Store(false) })
	return nil
}

// refusal adds to an error what was refused and not yet said.
func (t *Trial) refusal(err error) error {
	out := errors.Join(t.refused, err)
	t.refused = nil
	return out
}

// refuse keeps the first problem of what was refused: they tend to be alike.
func (t *Trial) refuse(p error) {
	if t.refused == nil {
		t.refused = p
	}
}

// renewed takes in that the server has heard of the trial.
func (t *Trial) renewed() {
	t.expiry.Reset(t.lease)
	t.expired.Store(false)
	t.rest.Store(false)
}

// flush sends what is pending, in order. What the server refuses is left out, and
// kept to be said; the error is why not all could be sent.
func (t *Trial) flush(ctx context.Context, core *api.Client) error {
	most := reportsAtOne
	for len(t.pending) > 0 {
		n := min(len(t.pending), most)
		err := t.lost(t.post(ctx, core, t.pending[:n]))
		p, answered := errors.AsType[*Problem](err)
		switch {
		case err == nil:
		case errors.Is(err, ErrLeaseLost):
			t.pending = nil
			return err
		case !answered, p.Temporary():
			return err
		case n > 1 && (p.Status == http.StatusBadRequest || p.Status == http.StatusRequestEntityTooLarge):
			most = 1 // one of them is malformed, or they are too large together
			continue
		default:
			t.refuse(err)
		}
		t.pending = t.pending[n:]
	}
	return nil
}

// post sends some reports in one request. The error is of all of them.
func (t *Trial) post(ctx context.Context, core *api.Client, reports []api.TrialReport) error {
	if len(reports) == 1 {
		r := reports[0]
		d, err := api.Read[Decision](core.ReportTrial(ctx, t.study.Name, t.Number, nil, api.Report{Step: r.Step, Seq: r.Seq, ElapsedSeconds: r.ElapsedSeconds, Metrics: r.Metrics}, Repeatable))
		if err == nil {
			t.last = d
			t.renewed()
		}
		return err
	}
	answer, err := api.Read[api.ReportResults](core.ReportBatch(ctx, t.study.Name, api.ReportsRequest{Reports: reports}, Repeatable))
	for _, r := range answer.Results {
		switch {
		case r.Problem != nil && slices.Contains(gone, r.Problem.Code):
			return r.Problem
		case r.Problem != nil:
			t.refuse(r.Problem)
		case r.Decision != nil:
			t.last = *r.Decision
			t.renewed()
		}
	}
	return err
}

// gone are the problems that say that a trial is not this worker's.
var gone = []ProblemCode{
	api.ProblemCodeLeaseExpired, api.ProblemCodeTrialNotRunning, api.ProblemCodeTrialFinished,
	api.ProblemCodeTrialNotFound, api.ProblemCodeStudyNotFound,
}

// lost makes ErrLeaseLost of the problems that say so.
func (t *Trial) lost(err error) error {
	if p, ok := errors.AsType[*Problem](err); ok && slices.Contains(gone, p.Code) {
		t.expired.Store(true)
		return fmt.Errorf("%w: %w", ErrLeaseLost, err)
	}
	return err
}

// KeepAlive renews the lease in the background, and sends what [Trial.Report]
// kept, until stop is called or the trial has ended. The context that it returns
// ends early when the trial should: its cause is [ErrPruned] after a decision to
// prune, or [ErrLeaseLost]. Tell with the context before it, which goes on.
//
//	work, stop := trial.KeepAlive(ctx)
//	defer stop()
func (t *Trial) KeepAlive(ctx context.Context) (work context.Context, stop func()) {
	work, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(min(t.lease/3, renewEvery))
		defer ticker.Stop()
		for {
			select {
			case <-work.Done():
				return
			case <-ticker.C:
				if t.told() {
					return
				}
				if err := t.renew(work); err != nil {
					cancel(err)
					return
				}
			}
		}
	}()
	return work, func() {
		cancel(context.Canceled)
		<-done
	}
}

// renew renews the lease once. The error is why the trial should end.
func (t *Trial) renew(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || t.rest.Load() && !t.expired.Load() {
		return nil
	}
	err := t.flush(ctx, t.study.client.once)
	if err == nil {
		var d Decision
		if d, err = api.Read[Decision](t.study.client.once.HeartbeatTrial(ctx, t.study.Name, t.Number, Repeatable)); err == nil {
			t.last = d
			t.renewed()
		}
	}
	switch err = t.lost(err); {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, ErrLeaseLost):
		return err
	case err != nil: // the next report says it, if it lasts
		return t.retreat(err)
	case t.last.ShouldPrune:
		return ErrPruned
	default:
		return nil
	}
}

// Tell ends the trial as COMPLETE, with a value for each objective. Without any,
// each objective takes what was last reported of its metric.
func (t *Trial) Tell(ctx context.Context, values ...float64) (*FrozenTrial, error) {
	end := Tell{}
	if len(values) > 0 {
		floats := make([]api.Float, len(values)) // they may be NaN, for the server to refuse
		for i, v := range values {
			floats[i] = api.Float(v)
		}
		end.Values = floats
	}
	return t.End(ctx, end)
}

// Prune ends the trial as PRUNED.
func (t *Trial) Prune(ctx context.Context) (*FrozenTrial, error) {
	return t.End(ctx, Tell{State: api.FinishedStatePRUNED})
}

// mostError is how much of an error's text is told, in bytes.
const mostError = 60_000

// Fail ends the trial as FAIL, for a reason.
func (t *Trial) Fail(ctx context.Context, reason error) (*FrozenTrial, error) {
	return t.End(ctx, failed(reason))
}

// failed is the end of a trial with an error.
func failed(err error) Tell {
	text := err.Error()
	return Tell{State: api.FinishedStateFAIL, Error: strings.ToValidUTF8(text[:min(len(text), mostError)], "")}
}

// End ends the trial with all that may be said of it. It sends what is kept of
// reports before, and tries for as long as [WithRetryFor] says. What the server
// refused of the reports does not keep the trial from its end; it is in the error
// beside the trial.
func (t *Trial) End(ctx context.Context, end Tell) (*FrozenTrial, error) {
	return t.end(ctx, t.study.client.core, end)
}

// end ends the trial by a core, which says for how long it is tried.
func (t *Trial) end(ctx context.Context, core *api.Client, end Tell) (*FrozenTrial, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.flush(ctx, core); err != nil {
		return nil, err
	}
	return t.over(core.TellTrial(ctx, t.study.Name, t.Number, end, Repeatable))
}

// Release gives the trial back: it is WAITING again, and the next ask hands it
// out with the same params.
func (t *Trial) Release(ctx context.Context) (*FrozenTrial, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over(t.study.client.core.ReleaseTrial(ctx, t.study.Name, t.Number))
}

// told says whether the trial has ended.
func (t *Trial) told() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// over reads the answer to the call that ends the work on the trial.
func (t *Trial) over(response *http.Response, err error) (*FrozenTrial, error) {
	out, err := frozen(response, err)
	if err == nil {
		t.ended = true
		t.expiry.Stop()
	}
	return out, t.refusal(t.lost(err))
}

// SetUserAttrs adds attributes to the trial; one that is nil is removed.
func (t *Trial) SetUserAttrs(ctx context.Context, attrs map[string]any) error {
	_, err := api.Read[FrozenTrial](t.study.client.core.UpdateTrialWithApplicationMergePatchPlusJSONBody(ctx, t.study.Name, t.Number, nil, api.TrialPatch{UserAttrs: attrs}, Repeatable))
	return err
}
