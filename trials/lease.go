package trials

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Tick does what is due without a request: it ends the trials whose leases ran
// out, prunes those of studies whose time is spent, and forgets studies that
// nobody uses. It is to be called several times a second.
func (s *Service) Tick(ctx context.Context) {
	s.mu.Lock()
	open := slices.Collect(maps.Values(s.studies))
	s.mu.Unlock()
	for _, st := range open {
		if err := s.tick(ctx, st); err != nil && s.Config.Report != nil {
			s.Config.Report(fmt.Errorf("study %s: %w", st.name, err))
		}
	}
}

// idleFor is how long a study stays in memory that nobody uses.
const idleFor = 10 * time.Minute

func (s *Service) tick(ctx context.Context, st *study) error {
	st.mu.Lock()
	now := s.now()
	here := !st.gone && st.h != nil
	if !here || !st.h.due(now) && !st.unspoken(now) && !st.overdue(now) {
		if here && now.Sub(st.used) > idleFor && st.h.counts.Running == 0 && st.h.taken == 0 && !st.hub.heard() {
			s.drop(st)
		}
		st.mu.Unlock()
		return nil
	}
	st.mu.Unlock()
	return s.write(ctx, st.name, func(st *study) (*Change, error) {
		c := &Change{}
		if why := st.overspent(now); why != nil {
			st.sweep(c, ReasonBudget, why, now)
		}
		st.timely(c, now)
		for _, t := range slices.Clone(st.h.open) {
			if t.State == Running && now.After(t.expires) {
				s.expire(st, c, t, now)
			}
		}
		if len(c.Trials) > 0 {
			c.Row = st.stored()
		}
		return c, nil
	})
}

// due says that a lease ran out.
func (h *History) due(now time.Time) bool {
	return slices.ContainsFunc(h.open, func(t *Live) bool { return t.State == Running && now.After(t.expires) })
}

// unspoken says that a budget is spent and a running trial was not told so.
func (st *study) unspoken(now time.Time) bool {
	return st.overspent(now) != nil && slices.ContainsFunc(st.h.open, func(t *Live) bool { return t.State == Running && t.pruned == nil })
}

// overdue says that a rule which reads the clock fires on a running trial that
// was not told so.
func (st *study) overdue(now time.Time) bool {
	if !st.pruner.Timely() {
		return false
	}
	for _, t := range st.h.open {
		if t.State != Running || t.pruned != nil {
			continue
		}
		kase := Case{Study: st.h.study, History: st.h, Trial: t, Now: now, Without: Timeless}
		if verdict, _ := st.pruner.Judge(&kase); verdict == Fire && spare(st.pruner, &kase) == "" {
			return true
		}
	}
	return false
}

// expire ends a trial whose lease ran out and, while retries are left, puts in
// a waiting copy of it.
func (s *Service) expire(st *study, c *Change, t *Live, now time.Time) {
	now = st.h.stamp(now)
	t.Reason = ReasonLeaseExpired
	t.Error = fmt.Sprintf("Its worker was not heard of for %d s.", t.LeaseSeconds)
	ended := st.h.End(t, Fail, nil, now)
	c.Trials = append(c.Trials, ended)
	if t.Attempt <= st.row.Spec.MaxRetries {
		st.again(c, t, ended, now)
	}
}

// again puts in a waiting copy of a trial that ended, unless that should have
// been pruned anyway.
func (st *study) again(c *Change, t *Live, ended *Trial, now time.Time) {
	if t.pruned != nil {
		return
	}
	of := t.Number
	retry := st.h.start(Trial{
		Number: st.row.NextNumber, State: Waiting, Fixed: t.given(), Params: Params{}, Distributions: ended.Distributions,
		SampledBy: ended.SampledBy, SamplingReason: ended.SamplingReason, Attempt: t.Attempt + 1, RetryOf: &of, UserAttrs: ended.UserAttrs,
		EndedSeq: Absent, LastStep: Absent, MaxSteps: t.MaxSteps, Created: now,
	}, t.space, nil)
	st.row.NextNumber++
	stored := retry.Trial
	c.Trials = append(c.Trials, &stored)
}

// Resume brings the studies into memory whose trials were running when the
// server stopped; each of them has its full lease again.
func (s *Service) Resume(ctx context.Context) error {
	names, err := s.Store.Busy(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		st, err := s.open(ctx, name)
		if ErrorCode(err) == StudyNotFound {
			continue
		}
		if err != nil {
			return fmt.Errorf("study %s: %w", name, err)
		}
		st.mu.Unlock()
	}
	return ctx.Err()
}
