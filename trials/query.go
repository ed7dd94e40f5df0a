package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

func itoa(i int) string { return strconv.Itoa(i) }

// ETag returns the entity tag of a trial: the version of its user attrs, which
// If-Match compares, a dot, and what else changes.
func (t *Trial) ETag() string {
	return fmt.Sprintf(`"%d.%s-%d"`, t.Version, t.State, t.Reports)
}

// stored reads trials of a study from the store and puts in the place of those
// that have not ended what they are now. Everything shown is committed.
func (s *Service) stored(ctx context.Context, name string, get func(id int64, spec *StudySpec) ([]Trial, error)) ([]Trial, error) {
	var id int64
	var spec *StudySpec
	err := s.look(ctx, name, func(st *study) error {
		id, spec = st.row.ID, st.spec
		return nil
	})
	if err != nil {
		return nil, err
	}
	list, err := get(id, spec)
	if err != nil || !slices.ContainsFunc(list, func(t Trial) bool { return !t.State.Finished() }) {
		return list, err
	}
	var ended []int64 // since they were read
	err = s.read(ctx, name, func(st *study) error {
		for i := range list {
			if t := st.h.byNum[list[i].Number]; t != nil && st.row.ID == id {
				list[i] = st.h.show(t)
			} else if !list[i].State.Finished() {
				ended = append(ended, list[i].Number)
			}
		}
		return nil
	})
	if err != nil || len(ended) == 0 {
		return list, err
	}
	again, err := s.Store.Trials(ctx, id, TrialQuery{Numbers: ended})
	for _, t := range again {
		list[slices.IndexFunc(list, func(o Trial) bool { return o.Number == t.Number })] = t
	}
	return list, err
}

// Trial returns one trial.
func (s *Service) Trial(ctx context.Context, name string, number int64) (Trial, error) {
	list, err := s.stored(ctx, name, func(id int64, _ *StudySpec) ([]Trial, error) {
		t, err := s.Store.Trial(ctx, id, number)
		if err != nil {
			return nil, err
		}
		return []Trial{*t}, nil
	})
	if err != nil {
		return Trial{}, err
	}
	return list[0], nil
}

// Trials returns the trials that a query selects.
func (s *Service) Trials(ctx context.Context, name string, q TrialQuery) ([]Trial, error) {
	return s.stored(ctx, name, func(id int64, spec *StudySpec) ([]Trial, error) {
		q.Maximize = spec.Objectives[0].Direction == Maximize
		return s.Store.Trials(ctx, id, q)
	})
}

// Best returns the best trial, or the Pareto front, of the COMPLETE trials:
// feasible ones first; if none is feasible, the least violating.
func (s *Service) Best(ctx context.Context, name string) ([]Trial, error) {
	var id int64
	var numbers []int64
	err := s.read(ctx, name, func(st *study) error {
		id, numbers = st.row.ID, st.h.bestNumbers()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Store.Trials(ctx, id, TrialQuery{Numbers: numbers})
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
			us := float64(t.DatetimeComplete.UnixMicro())
			c.Key = &us
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
