package trials

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"
)

// Tell ends a trial and returns it. Telling the same again returns the trial;
// telling something else is [TrialFinished].
func (s *Service) Tell(ctx context.Context, name string, number int64, tell *Tell) (Trial, error) {
	results, err := s.TellBatch(ctx, name, []TrialTell{{Trial: number, Tell: *tell}})
	if err != nil {
		return Trial{}, err
	}
	if results[0].Err != nil {
		return Trial{}, results[0].Err
	}
	return *results[0].Trial, nil
}

// matches says that a trial ended in the way that is told, with the given
// values (nil for none).
func (tell *Tell) matches(t *Trial, given []float64) bool {
	state := tell.State
	if state == "" {
		state = Complete
	}
	if state != t.State || given == nil {
		return state == t.State
	}
	return slices.EqualFunc(given, t.Values, func(a float64, b Float) bool { return a == float64(b) })
}

// TellResult is the outcome of one tell of a batch: one of both.
type TellResult struct {
	Trial *Trial
	Err   error
}

// TrialTell is a tell in a batch.
type TrialTell struct {
	Trial int64 `json:"trial"`
	Tell
}

// TellBatch ends many trials. Each tell stands alone.
func (s *Service) TellBatch(ctx context.Context, name string, tells []TrialTell) ([]TellResult, error) {
	out := make([]TellResult, len(tells))
	given := make([][]float64, len(tells)) // of those that may have been told before
	var id int64
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		id = st.row.ID
		all := &Change{}
		for i := range tells {
			c, err := s.tell(st, tells[i].Trial, &tells[i].Tell)
			if ErrorCode(err) == TrialFinished {
				var bad error
				if given[i], bad = st.row.Spec.given(tells[i].Value, tells[i].Values); bad != nil {
					err = bad
				}
			}
			if out[i].Err = err; err != nil {
				continue
			}
			out[i].Trial = c.Trials[0]
			all.Trials = append(all.Trials, c.Trials...)
			all.Reports = append(all.Reports, c.Reports...)
			all.Decisions = append(all.Decisions, c.Decisions...)
		}
		if len(all.Trials) > 0 {
			all.Row = st.stored()
		}
		return all, nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if ErrorCode(out[i].Err) != TrialFinished {
			continue
		}
		t, err := s.Store.Trial(ctx, id, tells[i].Trial)
		if err != nil {
			out[i].Err = err
		} else if tells[i].matches(t, given[i]) {
			out[i] = TellResult{Trial: t}
		}
	}
	return out, nil
}

// tell validates and ends a trial. Nothing has changed when it fails.
func (s *Service) tell(st *study, number int64, tell *Tell) (*Change, error) {
	t, err := st.live(number, TrialFinished)
	if err != nil {
		return nil, err
	}
	if t.State != Running {
		return nil, Errorf(TrialNotRunning, "Trial %d is %s.", number, t.State)
	}
	state := tell.State
	if state == "" {
		state = Complete
	}
	if !state.Finished() {
		return nil, Invalid("/state", "must be COMPLETE, PRUNED or FAIL")
	}
	final := finalReport(tell.Metrics)
	if err := st.checkReport(&final); err != nil {
		return nil, err
	}
	values, err := st.values(t, state, tell)
	if err != nil {
		return nil, err
	}
	attrs, err := mergeAttrs(t.UserAttrs, tell.UserAttrs)
	if err != nil {
		return nil, err
	}
	used, err := t.used(tell.Unused, &st.row.Spec)
	if err != nil {
		return nil, err
	}
	if err := tell.check(state); err != nil {
		return nil, err
	}
	now := st.h.stamp(s.now())
	c := &Change{}
	if len(final.Metrics) > 0 {
		c.Reports = append(c.Reports, *st.h.Report(t, final, now))
		now = st.h.stamp(now)
	}
	if used != nil {
		t.values, t.Params = used, t.space.Params(used)
	}
	t.UserAttrs, t.Reason, t.Error, t.crossed = attrs, tell.Reason, tell.Error, crossed(tell.Crossed)
	if state == Pruned && t.Reason == "" && t.pruned != nil {
		t.Reason = t.pruned.Reason
	}
	ended := st.h.End(t, state, values, now)
	c.Trials = []*Trial{ended}
	if tell.Retry {
		st.again(c, t, ended, now)
	}
	st.stopItself(c, now)
	return c, nil
}

// check refuses what a trial that ends so cannot have.
func (tell *Tell) check(state State) error {
	var bad faults
	if utf8.RuneCountInString(tell.Reason) > 256 {
		bad.add("/reason", "is longer than 256 characters")
	}
	if tell.Retry && state != Fail {
		bad.add("/retry", "is of FAIL")
	}
	if len(tell.Crossed) > 0 && state == Complete {
		bad.add("/limits_crossed", "are of PRUNED and FAIL")
	}
	if len(tell.Crossed) > maxCrossed {
		bad.add("/limits_crossed", "must not be more than %d", maxCrossed)
	}
	for i, l := range tell.Crossed {
		at := fmt.Sprintf("/limits_crossed/%d", i)
		c := Constraint{Op: l.Op, Bound: l.Bound}
		switch {
		case !ValidMetricName(l.Metric):
			bad.add(at+"/metric", "is not a valid name of a metric")
		case l.Op != "" && l.Op != "<=" && l.Op != ">=":
			bad.add(at+"/op", "must be <= or >=")
		case !finite(l.Bound) || !finite(l.Observed):
			bad.add(at+"/observed", "and the bound must be finite")
		case c.Violation(l.Observed) <= 0:
			bad.add(at+"/observed", "is within the bound")
		}
	}
	return bad.err()
}

// used returns the trial's values without those of some parameters, and of those
// that exist only beside them; nil if it has them all. It keeps the distributions,
// as of any parameter that does not exist in a trial.
func (t *Live) used(unused []string, spec *StudySpec) (map[string]float64, error) {
	if len(unused) == 0 {
		return nil, nil //nolint:nilnil // nothing changes
	}
	for i, name := range unused {
		at := fmt.Sprintf("/unused_params/%d", i)
		if _, ok := spec.SearchSpace[name]; ok {
			return nil, Invalid(at, "is in the study's search space, which every trial has")
		}
		if _, ok := t.Distributions[name]; !ok {
			return nil, Invalid(at, "is no parameter of the trial")
		}
	}
	values := make(map[string]float64, len(t.values))
	for i, name := range t.space.Names {
		if v, ok := t.values[name]; ok && !slices.Contains(unused, name) && t.space.Active(i, values) {
			values[name] = v
		}
	}
	return values, nil
}

// maxCrossed is how many limits of its worker's own a trial may have crossed.
const maxCrossed = 16

// finalReport makes the metrics of a tell a report without step and key.
func finalReport(metrics map[string]Float) Report {
	r := Report{Step: Absent, Seq: Absent, Elapsed: math.NaN()}
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		r.Metrics = append(r.Metrics, Metric{name, float64(metrics[name])})
	}
	return r
}

// values returns the objective values of a trial that ends: those told, else
// the aggregates of what was reported. Only a COMPLETE trial has some.
func (st *study) values(t *Live, state State, tell *Tell) ([]float64, error) {
	spec := &st.row.Spec
	given, err := spec.given(tell.Value, tell.Values)
	if err != nil {
		return nil, err
	}
	if state != Complete {
		if given != nil {
			return nil, Errorf(ValuesMismatch, "A %s trial takes no value; what it last reported stays in its metrics.", state)
		}
		return nil, nil
	}
	if given == nil {
		for _, o := range spec.Objectives {
			v, ok := t.preview(st.h, o.Metric, spec.AggregateOf(o.Metric), tell.Metrics)
			if !ok {
				return nil, Errorf(ValuesMismatch, "No value of %q was told or reported.", o.Metric)
			}
			given = append(given, v)
		}
	}
	for i, v := range given {
		if !finite(v) {
			return nil, Errorf(ValuesMismatch, "The value of %q is %v, which no COMPLETE trial can have; tell it as FAIL.", spec.Objectives[i].Metric, v)
		}
	}
	return given, nil
}

// preview returns what an aggregate will be with the metrics of a tell.
func (t *Live) preview(h *History, metric string, a Aggregate, final map[string]Float) (float64, bool) {
	var tally Tally
	if old := t.Tally(h, metric); old != nil {
		tally = *old
		tally.sorted = slices.Clone(old.sorted)
	}
	if v, ok := final[metric]; ok {
		tally.add(float64(v), a == P95)
	}
	return tally.Value(a)
}

// given returns told values in the order of the objectives, nil if there are
// none.
func (s *StudySpec) given(value *Float, values *Values) ([]float64, error) {
	n := len(s.Objectives)
	switch {
	case value != nil && values != nil:
		return nil, Invalid("/value", "is short for values with one entry; give one of both")
	case value != nil:
		if n > 1 {
			return nil, Errorf(ValuesMismatch, "The study has %d objectives: tell values in place of value.", n)
		}
		return []float64{float64(*value)}, nil
	case values == nil:
		return nil, nil
	case values.Map == nil:
		if len(values.List) != n {
			return nil, Errorf(ValuesMismatch, "The study has %d objectives, and %d values were told.", n, len(values.List))
		}
		out := make([]float64, n)
		for i, v := range values.List {
			out[i] = float64(v)
		}
		return out, nil
	}
	out := make([]float64, n)
	for i, o := range s.Objectives {
		v, ok := values.Map[o.Metric]
		if !ok {
			return nil, Errorf(ValuesMismatch, "The value of %q is missing.", o.Metric)
		}
		out[i] = float64(v)
	}
	for _, name := range slices.Sorted(maps.Keys(values.Map)) {
		if s.objective(name) < 0 {
			return nil, Errorf(ValuesMismatch, "%q is not an objective of the study.", name)
		}
	}
	return out, nil
}

// Release gives a running trial back: it waits again, with the same params and
// number, and keeps what it reported.
func (s *Service) Release(ctx context.Context, name string, number int64) (Trial, error) {
	var out Trial
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		t, err := st.running(number)
		if err != nil {
			return nil, err
		}
		st.h.wait(t)
		stored := t.Trial
		out = st.h.show(t)
		t.wake()
		return &Change{Row: st.stored(), Trials: []*Trial{&stored}}, nil
	})
	return out, err
}

// wait makes a running trial WAITING. It counts as handed out once it is
// handed out again.
func (h *History) wait(t *Live) {
	h.become(t, Waiting)
	h.handed--
	t.Handed, t.Worker = false, ""
	t.Fixed, t.Params, t.values = t.given(), Params{}, nil
}

// given returns the params that a trial must get when it is tried again: those
// it has, and those it was enqueued with that nobody asked for yet.
func (t *Live) given() Params {
	out := make(Params, len(t.Fixed)+len(t.Params))
	maps.Copy(out, t.Fixed)
	maps.Copy(out, t.Params)
	return out
}

// mergeAttrs applies a JSON Merge Patch (RFC 7396) to user attrs.
func mergeAttrs(attrs, patch json.RawMessage) (json.RawMessage, error) {
	if len(attrs) == 0 {
		attrs = json.RawMessage(`{}`)
	}
	if len(patch) == 0 {
		return attrs, nil
	}
	if trimmed := bytes.TrimSpace(patch); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, Invalid("/user_attrs", "must be an object")
	}
	merged, err := mergeJSON(attrs, patch)
	if err != nil {
		return nil, err
	}
	if len(merged) > maxAttrs {
		return nil, Invalid("/user_attrs", "must not be larger than %d bytes in all", maxAttrs)
	}
	return merged, nil
}

// maxAttrs is how large the user attrs of a study or a trial may be.
const maxAttrs = 1 << 20

// mergeJSON applies a JSON Merge Patch (RFC 7396) to a document.
func mergeJSON(doc, patch json.RawMessage) (json.RawMessage, error) {
	var d, p any
	for _, in := range []struct {
		raw json.RawMessage
		out *any
	}{{doc, &d}, {patch, &p}} {
		dec := json.NewDecoder(bytes.NewReader(in.raw))
		dec.UseNumber() // numbers stay as they were written
		if err := dec.Decode(in.out); err != nil {
			return nil, Invalid("", "is not a merge patch: %v", err)
		}
	}
	return MarshalJSON(merge(d, p))
}

func merge(doc, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	d, ok := doc.(map[string]any)
	if !ok {
		d = map[string]any{}
	}
	for k, v := range p {
		if v == nil {
			delete(d, k)
		} else {
			d[k] = merge(d[k], v)
		}
	}
	return d
}
