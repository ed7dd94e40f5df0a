package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

func itoa(i int) string { return strconv.Itoa(i) }

// ETag returns the entity tag of a trial: the version of its user attrs, which
// If-Match compares, a dot, and what else changes.
func (t *Trial) ETag() string {
	return fmt.Sprintf(`"%d.%s-%d"`, t.Version, t.State, t.Reports)
}

// current reads stored trials and puts in the place of those that have not
// ended what they are now. Everything shown is committed.
func (s *Service) current(ctx context.Context, name string, get func(st *study, id int64) func() ([]Trial, error)) ([]Trial, error) {
	var load func() ([]Trial, error)
	open := map[int64]Trial{}
	err := s.read(ctx, name, func(st *study) error {
		for _, t := range st.h.open {
			open[t.Number] = st.h.show(t)
		}
		load = get(st, st.row.ID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	list, err := load()
	for i := range list {
		if now, ok := open[list[i].Number]; ok && !list[i].State.Finished() {
			list[i] = now
		}
	}
	return list, err
}

// Trial returns one trial.
func (s *Service) Trial(ctx context.Context, name string, number int64) (Trial, error) {
	list, err := s.current(ctx, name, func(_ *study, id int64) func() ([]Trial, error) {
		return func() ([]Trial, error) {
			t, err := s.Store.Trial(ctx, id, number)
			if err != nil {
				return nil, err
			}
			return []Trial{*t}, nil
		}
	})
	if err != nil {
		return Trial{}, err
	}
	return list[0], nil
}

// Trials returns the trials that a query selects.
func (s *Service) Trials(ctx context.Context, name string, q TrialQuery) ([]Trial, error) {
	return s.current(ctx, name, func(st *study, id int64) func() ([]Trial, error) {
		q.Maximize = st.row.Spec.Objectives[0].Direction == Maximize
		return func() ([]Trial, error) { return s.Store.Trials(ctx, id, q) }
	})
}

// Best returns the best trial, or the Pareto front, of the COMPLETE trials:
// feasible ones first; if none is feasible, the least violating.
func (s *Service) Best(ctx context.Context, name string) ([]Trial, error) {
	return s.current(ctx, name, func(st *study, id int64) func() ([]Trial, error) {
		numbers := st.h.bestNumbers()
		return func() ([]Trial, error) { return s.Store.Trials(ctx, id, TrialQuery{Numbers: numbers}) }
	})
}

// Cursor returns where the page after a trial begins.
func (q *TrialQuery) Cursor(t *Trial) TrialCursor {
	c := TrialCursor{Number: t.Number}
	switch q.Order {
	case ByValue, ByValueDesc:
		if len(t.Values) > 0 {
			v := float64(t.Values[0])
			c.Key = &v
		}
	case ByCompletion, ByCompletionDesc:
		if t.DatetimeComplete != nil {
			ms := float64(t.DatetimeComplete.UnixMilli())
			c.Key = &ms
		}
	case ByNumber, ByNumberDesc:
	}
	return c
}

// UpdateTrial merges a patch into a trial's user attrs (RFC 7396).
func (s *Service) UpdateTrial(ctx context.Context, name string, number int64, attrs json.RawMessage, ifMatch string) (Trial, error) {
	var out Trial
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		var stored *Trial
		live := st.h.byNum[number]
		if live != nil {
			copied := live.Trial
			stored = &copied
		} else {
			if err := st.has(number); err != nil {
				return nil, err
			}
			if err := s.settle(st); err != nil {
				return nil, err
			}
			t, err := s.Store.Trial(ctx, st.row.ID, number)
			if err != nil {
				return nil, err
			}
			stored = t
		}
		if err := checkMatch(ifMatch, stored.Version); err != nil {
			return nil, err
		}
		merged, err := mergeAttrs(stored.UserAttrs, attrs)
		if err != nil {
			return nil, err
		}
		stored.UserAttrs, stored.Version = merged, stored.Version+1
		out = *stored
		if live != nil {
			live.UserAttrs, live.Version = merged, stored.Version
			out = st.h.show(live)
		}
		return &Change{Trials: []*Trial{stored}}, nil
	})
	return out, err
}

// Catalogues of the samplers and pruners there are.
func (s *Service) Catalogues() (samplers, pruners []CatalogueEntry) {
	return s.Samplers.Catalogue(), s.Pruners.Catalogue()
}

// Ready says whether writes succeed.
func (s *Service) Ready() error { return s.Store.Ready() }
