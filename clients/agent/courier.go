package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// The pace of what is sent.
const (
	sendEvery   = 500 * time.Millisecond // at most, of what no decision follows from
	callTime    = 20 * time.Second       // for one request to be answered
	firstRetry  = 500 * time.Millisecond
	slowestTry  = 10 * time.Second // well within the lease, so that a server which is back is told in time
	spooledCall = 500              // reports in one request
	mostPending = 4096             // records, beyond which a script that prints yet more has to wait
)

// news is what a courier hears from the server.
type news struct {
	decision *api.Decision // of the latest report
	lost     string        // why the trial is nobody's any more; "" while it is ours
}

// courier brings the records of one trial to the server, in order, and never
// makes anybody wait: what cannot be sent is spooled and sent later. Sending a
// record twice is harmless, for each report has a key and a tell compares.
type courier struct {
	core  *api.Client // tries once: the spool keeps what it does not take
	study string
	trial int64
	spool *spool
	hear  func(news)      // not to block
	note  func(string)    // for people
	told  chan *api.Trial // gets the trial as it ended, nil if the server will not say so soon; nil: nobody waits

	mu      sync.Mutex
	pending []record
	wake    chan struct{} // has room for one; so has relief, which says that pending was taken
	relief  chan struct{}
	closing bool

	away   bool // the server is
	broken bool // the spool is: what is pending waits in memory
	lost   bool // the trial's lease expired
	gone   bool // there is another study of the name now: what is spooled has no place
	tries  int
	due    time.Time // of the next try
	last   time.Time // when something was sent
	noted  map[string]bool
	now    func() time.Time
}

func newCourier(c *espalier.Client, head spoolHead, dir string, now func() time.Time, hear func(news), note func(string)) *courier {
	return &courier{
		core: c.With(espalier.WithRetryFor(0), espalier.WithTimeout(callTime)).API(), study: head.Study, trial: head.Trial, spool: newSpool(dir, head), hear: hear, note: note,
		wake: make(chan struct{}, 1), relief: make(chan struct{}, 1), noted: map[string]bool{}, now: now,
	}
}

// send takes a record on its way.
func (c *courier) send(r record) {
	c.mu.Lock()
	c.pending = append(c.pending, r)
	c.mu.Unlock()
	stir(c.wake)
}

// stir puts something into a channel that has room for one.
func stir(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// congested says that more is pending than can be sent. What a server that is
// away does not take does not count: it is spooled.
func (c *courier) congested() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pending) >= mostPending
}

// finish says that there will be no more records: deliver ends once all are
// sent.
func (c *courier) finish() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	stir(c.wake)
}

// deliver works until everything is sent after finish, or until ctx ends. It
// says whether all was sent; if not, the rest is in the spool.
func (c *courier) deliver(ctx context.Context) (all bool) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		batch, wait, done := c.next()
		if len(batch) > 0 || wait <= 0 && !c.spool.empty() {
			c.dispatch(ctx, batch)
			continue
		}
		if done && c.spool.empty() {
			return true
		}
		if ctx.Err() != nil || c.gone {
			return c.leave()
		}
		if wait > 0 {
			timer.Reset(wait)
		}
		select {
		case <-c.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// next returns what is to be sent now, or how long to wait for it; 0 is until
// the next record.
func (c *courier) next() (batch []record, wait time.Duration, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if left := c.due.Sub(now); c.away && (len(c.pending) == 0 || c.broken && left > 0) {
		return nil, left, c.closing && len(c.pending) == 0
	}
	urgent := c.closing || c.away
	for i := range c.pending {
		urgent = urgent || c.pending[i].urgent || c.pending[i].Tell != nil
	}
	if wait = c.last.Add(sendEvery).Sub(now); len(c.pending) > 0 && !urgent && wait > 0 {
		return nil, wait, false
	}
	batch, c.pending = c.pending, nil
	stir(c.relief)
	return batch, time.Hour, c.closing
}

// dispatch sends records, or keeps them while the server is away: in the spool,
// and in memory if that fails. What was kept first is sent first.
func (c *courier) dispatch(ctx context.Context, batch []record) {
	if !c.away {
		c.last = c.now()
		err := c.transmit(ctx, batch)
		if err == nil {
			return
		}
		c.retreat(err)
	}
	if len(batch) > 0 {
		if err := c.spool.add(batch); err != nil {
			c.once(err.Error())
			c.broken = true
			c.putBack(batch)
		}
	}
	if c.now().Before(c.due) {
		return
	}
	err := c.resend(ctx)
	if err == nil && c.broken {
		batch = c.takeBack()
		if err = c.transmit(ctx, batch); err != nil {
			c.putBack(batch)
		}
	}
	switch {
	case errors.Is(err, errGone):
		c.gone = true
		c.hear(news{lost: err.Error()})
	case err != nil:
		c.retreat(err)
	default:
		if !c.lost {
			c.note("the server is back: everything was sent")
		}
		c.away, c.broken, c.tries = false, false, 0
	}
}

func (c *courier) putBack(batch []record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = append(batch, c.pending...)
}

func (c *courier) takeBack() []record {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.pending
	c.pending = nil
	return batch
}

// retreat waits longer after each failure, from half a second to ten seconds,
// at random within the second half of it.
func (c *courier) retreat(err error) {
	if !c.away && !errors.Is(err, context.Canceled) {
		if away, ok := errors.AsType[*espalier.Unreachable](err); ok {
			err = away.Err // the sentence says the rest
		}
		c.note(fmt.Sprintf("the server is away (%v); training goes on, and what it reports is kept in %s", err, c.spool.path))
	}
	wait := min(slowestTry, firstRetry<<min(c.tries, 10))
	var refused *api.Problem
	if errors.As(err, &refused) && refused.RetryAfter > wait {
		wait = min(slowestTry, refused.RetryAfter)
	}
	c.away, c.tries = true, c.tries+1
	c.due = c.now().Add(wait/2 + rand.N(wait/2+1)) //nolint:gosec // jitter
}

// leave puts what is left into the spool for another process.
func (c *courier) leave() bool {
	batch := c.takeBack()
	if len(batch) > 0 {
		if err := c.spool.add(batch); err != nil {
			c.once(err.Error())
			return false
		}
	}
	if c.spool.empty() {
		return true
	}
	if err := c.spool.close(); err != nil {
		c.once(err.Error())
	}
	return false
}

// resend sends the whole spool and removes it.
func (c *courier) resend(ctx context.Context) error {
	if c.spool.empty() {
		return nil
	}
	if err := sendSpool(ctx, c, c.spool.path); err != nil {
		return err
	}
	return c.spool.remove()
}

// errGone says that records have no place to go to.
var errGone = errors.New("the study is not there any more, or it is another of that name")

// verify says whether the study is still the one that records belong to.
func (c *courier) verify(ctx context.Context) error {
	s, err := api.Read[api.Study](c.core.GetStudy(ctx, c.study, nil))
	var refused *api.Problem
	switch {
	case errors.As(err, &refused) && refused.Code == api.ProblemCodeStudyNotFound:
		return errGone
	case err != nil:
		return err
	case !s.DatetimeStart.Equal(c.spool.head.Created):
		return errGone
	default:
		return nil
	}
}

// sendSpool transmits the records of a spool.
func sendSpool(ctx context.Context, c *courier, path string) error {
	if err := c.verify(ctx); err != nil {
		return err
	}
	var chunk []record
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		err := c.transmit(ctx, chunk)
		chunk = chunk[:0]
		return err
	}
	_, err := eachRecord(path, func(r *record) error {
		chunk = append(chunk, *r)
		if len(chunk) < spooledCall {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// transmit sends records in order: reports together, then a tell. An error
// says that the server did not take them for now.
func (c *courier) transmit(ctx context.Context, batch []record) error {
	var reports []api.TrialReport
	for i := range batch {
		if batch[i].Report != nil {
			reports = append(reports, *batch[i].Report)
		}
	}
	for len(reports) > 0 {
		n := min(len(reports), spooledCall)
		if err := c.report(ctx, reports[:n]); err != nil {
			return err
		}
		reports = reports[n:]
	}
	for i := range batch {
		if err := c.change(ctx, &batch[i]); err != nil {
			return err
		}
	}
	return nil
}

// change sends what is no report.
func (c *courier) change(ctx context.Context, r *record) error {
	if r.Attrs != nil {
		_, err := api.Read[api.Trial](c.core.UpdateTrialWithApplicationMergePatchPlusJSONBody(ctx, c.study, c.trial, nil, api.TrialPatch{UserAttrs: r.Attrs}, espalier.Repeatable))
		if err := c.refused(err); err != nil {
			return err
		}
	}
	if r.Tell == nil {
		return nil
	}
	t, err := c.tell(ctx, r.Tell)
	var refused *api.Problem
	if errors.As(err, &refused) && refused.Code == api.ProblemCodeValuesMismatch && r.Fallback != nil {
		t, err = c.tell(ctx, r.Fallback)
	}
	if errors.As(err, &refused) && refused.Code == api.ProblemCodeInvalidRequest { // then without what may be left out
		c.once(fmt.Sprintf("the server refuses a part of what trial %d tells: %v", c.trial, refused))
		t, err = c.tell(ctx, &api.Tell{State: r.Tell.State, Values: r.Tell.Values, Reason: r.Tell.Reason, Retry: r.Tell.Retry})
	}
	if err != nil && c.refused(err) != nil {
		return err
	}
	if err != nil { // somebody else has ended it: how?
		t, err = api.Read[api.Trial](c.core.GetTrial(ctx, c.study, c.trial))
	}
	if err == nil {
		c.say(&t)
	} else {
		c.say(nil)
	}
	return nil
}

// tell ends the trial.
func (c *courier) tell(ctx context.Context, t *api.Tell) (api.Trial, error) {
	return api.Read[api.Trial](c.core.TellTrial(ctx, c.study, c.trial, *t, espalier.Repeatable))
}

// say hands on how the trial ended.
func (c *courier) say(t *api.Trial) {
	select {
	case c.told <- t:
	default:
	}
}

// report sends reports, and hands on the latest decision.
func (c *courier) report(ctx context.Context, reports []api.TrialReport) error {
	if len(reports) == 1 {
		r := reports[0]
		d, err := api.Read[api.Decision](c.core.ReportTrial(ctx, c.study, c.trial, nil, api.Report{
			Source: r.Source, Step: r.Step, Seq: r.Seq, ElapsedSeconds: r.ElapsedSeconds, Metrics: r.Metrics,
		}, espalier.Repeatable))
		if err == nil {
			c.hear(news{decision: &d})
			return nil
		}
		return c.refused(err)
	}
	results, err := api.Read[api.ReportResults](c.core.ReportBatch(ctx, c.study, api.ReportsRequest{Reports: reports}, espalier.Repeatable))
	var refused *api.Problem
	if errors.As(err, &refused) && (refused.Status == http.StatusBadRequest || refused.Status == http.StatusRequestEntityTooLarge) {
		return c.singly(ctx, reports) // one of them is wrong, or they are too many
	}
	if err != nil {
		return c.refused(err)
	}
	var latest *api.Decision
	for _, r := range results.Results {
		switch {
		case r.Decision != nil && (latest == nil || !latest.ShouldPrune):
			latest = r.Decision
		case r.Problem != nil:
			if err := c.refused(r.Problem); err != nil {
				return err
			}
		}
	}
	if latest != nil {
		c.hear(news{decision: latest})
	}
	return nil
}

// singly sends reports one by one: what is wrong with one is no fault of others.
func (c *courier) singly(ctx context.Context, reports []api.TrialReport) error {
	for i := range reports {
		if err := c.report(ctx, reports[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// refused sorts an error: nil if the record is done with, since it will never
// be taken.
func (c *courier) refused(err error) error {
	var e *api.Problem
	if err == nil || !errors.As(err, &e) {
		return err // the network
	}
	switch {
	case e.Code == api.ProblemCodeLeaseExpired:
		c.lost = true
		c.once(fmt.Sprintf("trial %d: its lease expired before the server heard of it again, so it is FAIL for good; what it reported since is lost", c.trial))
		c.hear(news{lost: "its lease expired, so it is FAIL for good on the server"})
	case missing(e):
		c.hear(news{lost: noLongerThere(e)})
	case e.Code == api.ProblemCodeTrialNotRunning, e.Code == api.ProblemCodeTrialFinished: // the script has told its own end
	case e.Temporary(), e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden, e.Code == "":
		return err
	default:
		c.once(fmt.Sprintf("the server refuses what trial %d reports: %v", c.trial, e))
	}
	return nil
}

// missing says that a study or a trial is not there.
func missing(e *api.Problem) bool {
	return e.Code == api.ProblemCodeStudyNotFound || e.Code == api.ProblemCodeTrialNotFound
}

func noLongerThere(e *api.Problem) string { return "it is no longer there: " + e.Detail }

// once tells people something once.
func (c *courier) once(text string) {
	if !c.noted[text] {
		c.noted[text] = true
		c.note(text)
	}
}
