package trials

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
)

// What a transfer takes over from another study.
const (
	UseHistory = "history" // its trials that ended, as history
	UseBest    = "best"    // the params of its best trials, to be asked
)

// TransferRequest takes over what another study learnt.
type TransferRequest struct {
	From string `json:"from"`
	Use  string `json:"use"`
	// Count is how many of the best are taken, 1 to 1000; 5 by default.
	Count int `json:"count,omitempty"`
}

// TransferResult counts the trials that were added, that were enqueued, and that
// were not since their params do not fit or are there already.
type TransferResult struct {
	Added    int64 `json:"added"`
	Enqueued int64 `json:"enqueued"`
	Skipped  int64 `json:"skipped"`
}

const defaultTransfer = 5

func (r *TransferRequest) check(name string) error {
	var bad faults
	if r.From == name {
		bad.add("/from", "is the study itself")
	}
	switch r.Use {
	case UseHistory:
		if r.Count != 0 {
			bad.add("/count", "is of use best")
		}
	case UseBest:
		if r.Count = cmp.Or(r.Count, defaultTransfer); r.Count < 1 || r.Count > maxAsk {
			bad.add("/count", "must be 1 to %d", maxAsk)
		}
	default:
		bad.add("/use", "must be history or best")
	}
	return bad.err()
}

// source is the study that a transfer takes from.
type source struct {
	id   int64
	name string
	spec *StudySpec
	view View
}

// Transfer takes over what another study learnt: its trials that ended become
// history, or the params of its best ones are enqueued, the best first. It goes
// on page by page, so a failure on the way leaves what was written before.
func (s *Service) Transfer(ctx context.Context, name string, req *TransferRequest, once *Once) (out TransferResult, err error) {
	end, err := s.beginIn(ctx, name, once)
	if err != nil {
		return TransferResult{}, err
	}
	defer end()
	var own *StudySpec
	err = s.look(ctx, name, func(st *study) error {
		own = st.spec
		return req.check(name)
	})
	if err != nil {
		return TransferResult{}, err
	}
	from := source{name: req.From}
	err = s.read(ctx, req.From, func(st *study) error {
		from.id, from.spec, from.view = st.row.ID, st.spec, st.h.View()
		return nil
	})
	if ErrorCode(err) == StudyNotFound {
		return TransferResult{}, Invalid("/from", "there is no study of this name")
	}
	if err != nil {
		return TransferResult{}, err
	}
	if req.Use == UseBest {
		if opposed(own, from.spec) {
			return TransferResult{}, Invalid("/from", "its objectives are %s, and those of this study %s: its best are not the best here", objectives(from.spec), objectives(own))
		}
		err = s.enqueueBest(ctx, name, &from, req.Count, once, &out)
		return out, err
	}
	if !slices.Equal(own.Objectives, from.spec.Objectives) {
		return TransferResult{}, Invalid("/from", "its objectives are %s, and those of this study %s", objectives(from.spec), objectives(own))
	}
	err = s.addHistory(ctx, name, &from, once, &out)
	return out, err
}

// opposed says that what one study minimizes another maximizes.
func opposed(a, b *StudySpec) bool {
	return slices.ContainsFunc(a.Objectives, func(o Objective) bool {
		return slices.ContainsFunc(b.Objectives, func(p Objective) bool { return o.Metric == p.Metric && o.Direction != p.Direction })
	})
}

func objectives(s *StudySpec) string {
	out := ""
	for i, o := range s.Objectives {
		if i > 0 {
			out += ", "
		}
		out += string(o.Direction) + " " + o.Metric
	}
	return out
}

// enqueueBest enqueues the params of the best trials.
func (s *Service) enqueueBest(ctx context.Context, name string, from *source, count int, once *Once, out *TransferResult) error {
	h := History{
		study: from.spec, numbers: from.view.Numbers, states: from.view.States, values: from.view.Values, violations: from.view.Violations,
	}
	numbers := []int64{}
	for _, at := range h.top(count) {
		numbers = append(numbers, h.numbers[at])
	}
	best, err := s.Store.Trials(ctx, from.id, TrialQuery{Numbers: numbers})
	if err != nil {
		return err
	}
	return s.write(ctx, name, func(st *study) (*Change, error) {
		c := &Change{}
		for i := range best {
			params := st.some(best[i].Params)
			if _, there := st.h.find(params); there || len(params) == 0 {
				out.Skipped++
				continue
			}
			t := Trial{
				Number: st.row.NextNumber, State: Waiting, Params: Params{}, Distributions: SearchSpace{}, Fixed: params, Attempt: 1,
				UserAttrs: []byte(`{}`), EndedSeq: Absent, LastStep: Absent, Created: st.h.stamp(s.now()), SamplingReason: from.reason(&best[i]),
			}
			st.row.NextNumber++
			st.h.start(t, &Space{}, nil)
			c.Trials = append(c.Trials, &t)
			out.Enqueued++
		}
		c.Row = st.stored()
		return s.answered(st, c, once, *out)
	})
}

// reason says where a trial is from.
func (from *source) reason(t *Trial) string {
	return fmt.Sprintf("From trial %d of study %s.", t.Number, from.name)
}

// answered adds the answer to a change that has advanced the history.
func (s *Service) answered(st *study, c *Change, once *Once, result any) (*Change, error) {
	var err error
	if c.Answer, err = s.answer(once, result); err != nil {
		st.fence.Raise(st.epoch) // the history has it, the store will not
	}
	return c, err
}

// some returns those of a trial's params that the study can have.
func (st *study) some(params Params) Params {
	out := Params{}
	for name, v := range params {
		i := st.space.Index(name)
		if i >= 0 {
			if _, err := st.space.Dists[i].Encode(v); err != nil {
				continue
			}
		} else if len(st.space.Names) > 0 {
			continue
		}
		out[name] = v
	}
	return out
}

// top returns the places of the best COMPLETE trials, at most so many: feasible
// first, then the least violating; of several objectives front by front.
func (h *History) top(count int) []int {
	var left []int
	for at, s := range h.states {
		if s == Complete {
			left = append(left, at)
		}
	}
	slices.SortStableFunc(left, func(a, b int) int {
		return cmp.Or(cmp.Compare(h.breach(a), h.breach(b)), h.compare(a, b))
	})
	if h.single() {
		return left[:min(count, len(left))]
	}
	var out []int
	for len(left) > 0 && len(out) < count {
		var front, rest []int
		for _, at := range left { // none is dominated by a later one
			behind := h.breach(at) > h.breach(left[0]) || slices.ContainsFunc(front, func(f int) bool { return h.dominates(f, at) })
			if behind {
				rest = append(rest, at)
			} else {
				front = append(front, at)
			}
		}
		out, left = append(out, front...), rest
	}
	return out[:min(count, len(out))]
}

// compare orders two trials by their values, the first objective first.
func (h *History) compare(a, b int) int {
	n := len(h.study.Objectives)
	for i, o := range h.study.Objectives {
		x, y := h.values[a*n+i], h.values[b*n+i]
		switch {
		case o.Direction.Better(x, y):
			return -1
		case o.Direction.Better(y, x):
			return 1
		}
	}
	return 0
}

// moved is a trial on its way to another study, with its reports.
type moved struct {
	trial   Trial
	reports []Report
}

// maxMoved is how many reports are written at once, unless one trial has more.
const maxMoved = 20_000

// addHistory adds the trials that ended.
func (s *Service) addHistory(ctx context.Context, name string, from *source, once *Once, out *TransferResult) error {
	names, err := s.Store.Names(ctx, from.id)
	if err != nil {
		return err
	}
	ended := make(map[int64]bool, from.view.Len())
	for _, n := range from.view.Numbers {
		ended[n] = true
	}
	var page []moved
	reports := 0
	err = s.eachTrial(ctx, from.id, func(t *Trial) error {
		if !ended[t.Number] || !t.State.Finished() {
			return nil
		}
		m := moved{trial: *t}
		if err := s.Store.Points(ctx, from.id, t.Number, Absent, func(r *ReportRow) error { return m.take(r, names) }); err != nil {
			return err
		}
		page = append(page, m)
		reports += len(m.reports)
		if len(page) < walkPage && reports < maxMoved {
			return nil
		}
		full := page
		page, reports = nil, 0
		return s.addPage(ctx, name, from, full, nil, out)
	})
	if err != nil {
		return err
	}
	return s.addPage(ctx, name, from, page, once, out)
}

// take takes in a report. Times become seconds since the trial began.
func (m *moved) take(r *ReportRow, names []string) error {
	if !r.named(names) {
		return Errorf(Internal, "trial %d has a report of a metric without a name", r.Trial)
	}
	out := Report{Step: r.Step, Seq: r.Client, Elapsed: r.Elapsed, Source: names[r.Source]}
	if begun := m.trial.DatetimeStart; math.IsNaN(r.Elapsed) && begun != nil {
		out.Elapsed = r.At.Sub(*begun).Seconds()
	}
	for _, v := range r.Values {
		out.Metrics = append(out.Metrics, Metric{names[v.Metric], v.Value})
	}
	m.reports = append(m.reports, out)
	return nil
}

// fresh counts the names that a history does not know.
func (m *moved) fresh(h *History) int {
	seen := map[string]bool{}
	look := func(name string) {
		if _, known := h.ids[name]; !known {
			seen[name] = true
		}
	}
	for i := range m.reports {
		look(m.reports[i].Source)
		for _, v := range m.reports[i].Metrics {
			look(v.Name)
		}
	}
	return len(seen)
}

// addPage adds some trials as history in one write.
func (s *Service) addPage(ctx context.Context, name string, from *source, page []moved, once *Once, out *TransferResult) error {
	return s.write(ctx, name, func(st *study) (*Change, error) {
		c := &Change{}
		if !slices.Equal(st.spec.Objectives, from.spec.Objectives) { // another study of that name by now
			return nil, Invalid("/from", "its objectives are not those of this study")
		}
		for i := range page {
			if st.receive(c, &page[i], from, s) {
				out.Added++
			} else {
				out.Skipped++
			}
		}
		c.Row = st.stored()
		return s.answered(st, c, once, *out)
	})
}

// receive makes a trial of another study history of this one; false if its
// params do not fit. What its trials took was not spent here.
func (st *study) receive(c *Change, m *moved, from *source, s *Service) bool {
	t := &m.trial
	space, dists, inner, ok := st.fit(t)
	if !ok || len(st.h.names)+m.fresh(st.h) > MaxMetrics {
		return false
	}
	now := st.h.stamp(s.now())
	live := st.h.start(Trial{
		Number: st.row.NextNumber, State: Running, Params: space.Params(inner), Distributions: dists, Attempt: 1, UserAttrs: t.UserAttrs,
		SampledBy: t.SampledBy, SamplingReason: from.reason(t), MaxSteps: t.MaxSteps, Worker: t.Worker, Reason: t.Reason, Error: t.Error,
		EndedSeq: Absent, LastStep: Absent, Created: now,
	}, space, inner)
	st.row.NextNumber++
	for _, r := range m.reports {
		if _, again := st.h.answered(live, &r); !again {
			c.Reports = append(c.Reports, *st.h.Report(live, r, now))
		}
	}
	live.crossed = told(t.Constraints)
	if d := t.Decision; d != nil && d.ShouldPrune {
		copied := *d
		copied.Trial = live.Number
		live.pruned = &copied
	}
	values := make([]float64, len(t.Values))
	for i, v := range t.Values {
		values[i] = float64(v)
	}
	c.Trials = append(c.Trials, st.h.End(live, t.State, values, st.h.stamp(now)))
	return true
}

// fit returns the params of a trial of another study in the space of this one,
// or in its own if this one has none. False if none is there, or if one is not a
// value that it may have here.
func (st *study) fit(t *Trial) (*Space, SearchSpace, map[string]float64, bool) {
	space, dists := st.space, st.row.Spec.SearchSpace
	if len(space.Names) == 0 {
		var err error
		if space, err = t.Distributions.Compile(""); err != nil || st.h.conflict(space, "") != nil {
			return nil, nil, nil, false
		}
		dists = maps.Clone(t.Distributions)
	}
	inner := map[string]float64{}
	for i, name := range space.Names {
		v, ok := t.Params[name]
		if !ok || !space.Active(i, inner) {
			continue
		}
		var err error
		if inner[name], err = space.Dists[i].Encode(v); err != nil {
			return nil, nil, nil, false
		}
	}
	return space, dists, inner, len(inner) > 0
}
