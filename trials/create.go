package trials

import (
	"context"
	"maps"
	"math"
	"slices"
)

// CreateTrial enqueues a trial, or adds a finished one as history. With
// SkipIfExists a trial with the same params, in whatever state, is returned
// with created false.
func (s *Service) CreateTrial(ctx context.Context, name string, req *TrialCreate, once *Once) (out Trial, created bool, err error) {
	end, err := s.beginIn(ctx, name, once)
	if err != nil {
		return Trial{}, false, err
	}
	defer end()
	var existing int64 = Absent
	err = s.write(ctx, name, func(st *study) (*Change, error) {
		space, dists, err := st.spaceOf(req)
		if err != nil {
			return nil, err
		}
		if req.SkipIfExists {
			if n, ok := st.h.find(req.Params); ok {
				existing = n
				return nil, nil //nolint:nilnil // nothing to write
			}
		}
		c, t, err := s.create(st, req, space, dists)
		if err != nil {
			return nil, err
		}
		out, created = t, true
		return s.answered(st, c, once, out)
	})
	if err == nil && existing != Absent {
		out, err = s.Trial(ctx, name, existing)
	}
	return out, created, err
}

// spaceOf returns the distributions that a created trial's params are of.
func (st *study) spaceOf(req *TrialCreate) (*Space, SearchSpace, error) {
	space, dists, own := st.space, st.row.Spec.SearchSpace, len(req.Distributions) > 0
	if own {
		var err error
		if space, err = req.Distributions.Compile("/distributions"); err != nil {
			return nil, nil, err
		}
		if err := st.h.conflict(space, "/distributions"); err != nil {
			return nil, nil, err
		}
		dists = req.Distributions
	}
	err := req.Params.check(space, req.State.Finished())
	if !own && !req.State.Finished() {
		space, dists = &Space{}, SearchSpace{} // whatever the ask that hands it out brings
	}
	return space, dists, err
}

// check refuses params that are not of a space. Those of a trial that is yet to
// run may be of a space that is not known: that of define-by-run.
func (p Params) check(space *Space, finished bool) error {
	var bad faults
	for _, name := range slices.Sorted(maps.Keys(p)) {
		at := "/params/" + escapePointer(name)
		i := space.Index(name)
		switch {
		case i < 0 && len(space.Names) == 0 && !finished:
			if msg := checkName(name); msg != "" { // its value is checked when it is suggested
				bad.add(at, "%s", msg)
			}
			if !scalar(p[name]) {
				bad.add(at, "must be a string, a number, true, false or null")
			}
		case i < 0:
			bad.add(at, "there is no parameter of this name")
		default:
			if _, err := space.Dists[i].Encode(p[name]); err != nil {
				bad.add(at, "%v", err)
			} else if parent := space.bar(i, p, finished); parent != "" {
				bad.add(at, "it exists only with other values of %s", parent)
			}
		}
	}
	return bad.err()
}

// create validates and makes a trial. Nothing has changed when it fails.
func (s *Service) create(st *study, req *TrialCreate, space *Space, dists SearchSpace) (*Change, Trial, error) {
	attrs, err := mergeAttrs(nil, req.UserAttrs)
	if err != nil {
		return nil, Trial{}, err
	}
	now := st.h.stamp(s.now())
	t := Trial{
		Number: st.row.NextNumber, State: Waiting, Params: Params{}, Distributions: dists, Fixed: req.Params,
		Attempt: 1, UserAttrs: attrs, EndedSeq: Absent, LastStep: Absent, Created: now, Reason: req.Reason, Error: req.Error,
	}
	c := &Change{}
	if !req.State.Finished() {
		if err := req.checkWaiting(); err != nil {
			return nil, Trial{}, err
		}
		st.row.NextNumber++
		live := st.h.start(t, space, nil)
		c.Trials, c.Row = []*Trial{&t}, st.stored()
		return c, st.h.show(live), nil
	}
	values, final, err := st.checkFinished(req)
	if err != nil {
		return nil, Trial{}, err
	}
	inner := map[string]float64{}
	for name, v := range req.Params {
		if inner[name], err = space.Dists[space.Index(name)].Encode(v); err != nil {
			return nil, Trial{}, Invalid("/params/"+escapePointer(name), "%v", err)
		}
	}
	t.Params, t.Fixed, t.State = req.Params, nil, Running
	st.row.NextNumber++
	live := st.h.start(t, space, inner)
	for _, r := range req.Reports {
		if _, again := st.h.answered(live, &r); !again {
			c.Reports = append(c.Reports, *st.h.Report(live, r, now))
		}
	}
	if len(final.Metrics) > 0 {
		c.Reports = append(c.Reports, *st.h.Report(live, final, now))
	}
	ended := st.h.End(live, req.State, values, st.h.stamp(now))
	c.Trials, c.Row = []*Trial{ended}, st.stored()
	return c, *ended, nil
}

// checkWaiting refuses what an enqueued trial cannot have.
func (req *TrialCreate) checkWaiting() error {
	var bad faults
	if req.State != "" && req.State != Waiting {
		bad.add("/state", "must be WAITING, COMPLETE, PRUNED or FAIL")
	}
	for _, m := range []struct {
		at    string
		given bool
	}{
		{"/value", req.Value != nil},
		{"/values", req.Values != nil},
		{"/reports", len(req.Reports) > 0},
		{"/metrics", len(req.Metrics) > 0},
		{"/reason", req.Reason != ""},
		{"/error", req.Error != ""},
	} {
		if m.given {
			bad.add(m.at, "is of a finished trial; say its state as well")
		}
	}
	return bad.err()
}

// checkFinished returns the values and the final metrics of a trial that is
// added.
func (st *study) checkFinished(req *TrialCreate) ([]float64, Report, error) {
	final := finalReport(req.Metrics)
	if err := st.checkReport(&final); err != nil {
		return nil, final, err
	}
	scratch := NewHistory(&st.row.Spec, nil, nil) // what the values will be, without touching the history
	live := scratch.Start(0, nil, st.row.Created)
	live.DatetimeStart = nil
	for i := range req.Reports {
		if err := st.checkReport(&req.Reports[i]); err != nil {
			var bad faults
			bad.take("/reports/"+itoa(i), err)
			return nil, final, bad.err()
		}
		if _, again := scratch.answered(live, &req.Reports[i]); !again {
			scratch.Report(live, req.Reports[i], st.row.Created)
		}
	}
	scratch.Report(live, final, st.row.Created)
	names := len(st.h.names)
	for _, name := range scratch.names {
		if _, known := st.h.ids[name]; !known {
			names++
		}
	}
	if names > MaxMetrics {
		return nil, final, tooMany("/reports")
	}
	trial := &study{row: st.row, h: scratch}
	values, err := trial.values(live, req.State, &Tell{Value: req.Value, Values: req.Values})
	return values, final, err
}

// find returns a trial whose params are the given ones, in whatever state; of
// a waiting one its fixed params.
func (h *History) find(params Params) (int64, bool) {
	for _, t := range h.open {
		own := t.Params
		if t.State == Waiting {
			own = t.Fixed
		}
		if maps.Equal(own, params) {
			return t.Number, true
		}
	}
	want := make([]float64, len(h.columns))
	for i := range want {
		want[i] = math.NaN()
	}
	for name, v := range params {
		c, ok := h.column[name]
		if !ok {
			return 0, false
		}
		if want[c], ok = h.columns[c].Dist.inner(v); !ok {
			return 0, false
		}
	}
	for at, number := range h.numbers {
		if h.equal(at, want) {
			return number, true
		}
	}
	return 0, false
}

// equal says that the trial at a place has the values wanted of each column.
func (h *History) equal(at int, want []float64) bool {
	for c, w := range want {
		v := math.NaN()
		if col := h.columns[c].Values; at < len(col) {
			v = col[at]
		}
		if !same(v, w) {
			return false
		}
	}
	return true
}
