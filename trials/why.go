package trials

import (
	"context"
	"time"
)

// Why explains the verdict on a trial at a report: the last one, or the last one
// up to a step if that is not [Absent]. What was known then is read from the
// store again, with the pruner that was in force then; the same rules say the
// same again. It answers "why was it not pruned?" too.
func (s *Service) Why(ctx context.Context, name string, number, step int64) (Decision, error) {
	id, spec, err := s.known(ctx, name, number)
	if err != nil {
		return Decision{}, err
	}
	trial, err := s.Store.Trial(ctx, id, number)
	if err != nil {
		return Decision{}, err
	}
	if d := trial.Decision; step == Absent && d != nil && d.ShouldPrune && trial.State.Finished() {
		return *d, nil // what stopped it, a report or not
	}
	last, err := s.lastReport(ctx, id, trial, step)
	if err != nil {
		return Decision{}, err
	}
	list, err := s.Store.Eras(ctx, id)
	if err != nil {
		return Decision{}, err
	}
	if len(list) == 0 {
		return Decision{}, Errorf(Internal, "study %q has no pruner on record", name)
	}
	era := list[0]
	for _, e := range list {
		if !e.Since.After(last.At) {
			era = e
		}
	}
	then := *spec
	then.Pruner, then.Holdout, then.Protect, then.Quota = era.Pruner, era.Holdout, era.Protect, era.Quota
	pruner, _, _, err := s.Pruners.New(&then, era.Pruner)
	if err != nil {
		return Decision{}, &Error{Code: Internal, Err: err}
	}
	h, err := s.replay(ctx, id, historyFor(&then, pruner), last.At)
	if err != nil {
		return Decision{}, err
	}
	t := h.byNum[number]
	if t == nil {
		return Decision{}, Errorf(Internal, "trial %d was not running at its last report", number)
	}
	kase := Case{Study: &then, History: h, Trial: t, Report: last, Now: last.At}
	tree, by := pruner.Explain(&kase)
	d := Decision{Trial: number, State: trial.State, Mode: Enforce, Explanation: &tree, PrunerVersion: era.Version}
	if by != nil {
		d.Counterfactual, d.DecidedBy = by.Counterfactual, by.name()
	}
	if tree.Verdict == Fire && tree.Mode != Shadow {
		d.SparedBy = spare(pruner, &kase)
		d.ShouldPrune, d.Reason = d.SparedBy == "", ReasonPruner
		if d.SparedBy != "" {
			d.Mode = Spared
		}
	}
	return d.at(last), nil
}

// name is the label of a rule, else its type.
func (e *Explanation) name() string {
	if e.Label != "" {
		return e.Label
	}
	return e.Type
}

// lastReport returns the last report of a trial, or the last one that has a step
// up to the given one. The metrics that came with a tell are none: no rule was
// asked.
func (s *Service) lastReport(ctx context.Context, id int64, t *Trial, step int64) (*ReportRow, error) {
	last := &ReportRow{Step: Absent, At: time.Time{}}
	err := s.Store.Points(ctx, id, t.Number, Absent, func(r *ReportRow) error {
		told := t.DatetimeComplete != nil && r.Step < 0 && r.Client < 0 && t.DatetimeComplete.Sub(r.At) <= time.Microsecond
		if !told && (step == Absent || r.Step >= 0 && r.Step <= step) {
			*last = *r
		}
		return nil
	})
	if err == nil && last.At.IsZero() {
		err = Errorf(NotEnoughData, "Trial %d has no such report.", t.Number)
	}
	return last, err
}
