package trials

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// CreateStudy makes a study. If the name is taken it is [StudyExists] or, with
// loadIfExists, the existing study with created false.
func (s *Service) CreateStudy(ctx context.Context, spec *StudySpec, loadIfExists bool, once *Once) (out Study, created bool, err error) {
	end, err := s.begin(ctx, once)
	if err != nil {
		return Study{}, false, err
	}
	defer end()
	row, warnings, err := s.newRow(spec)
	if err != nil {
		return Study{}, false, err
	}
	out = show(row, Active, row.Spent)
	out.Warnings = warnings
	answer, err := s.answer(once, out)
	if err != nil {
		return Study{}, false, err
	}
	err = s.Store.CreateStudy(ctx, row, row.era(), answer)
	if ErrorCode(err) == StudyExists && loadIfExists {
		out, err = s.Study(ctx, spec.Name)
		return out, false, err
	}
	return out, err == nil, err
}

// newRow checks a spec, makes its defaults explicit and returns a new study.
func (s *Service) newRow(spec *StudySpec) (*StudyRow, []FieldError, error) {
	warnings, err := s.resolve(spec)
	if err != nil {
		return nil, nil, err
	}
	if spec.Seed == nil {
		seed := s.Seed()
		spec.Seed = &seed
	}
	return &StudyRow{
		Spec: *spec, State: Active, Version: 1, PrunerVersion: 1, Created: s.now(),
		Spent: amounts(0, 0, NewHistory(spec, nil, nil).spent),
	}, warnings, nil
}

// resolve checks a spec and makes its defaults explicit, all faults at once.
func (s *Service) resolve(spec *StudySpec) (warnings []FieldError, err error) {
	var bad faults
	space, err := spec.normalize()
	bad.take("", err)
	if space == nil {
		space = &Space{}
	}
	if len(spec.Pruner) == 0 {
		spec.Pruner = json.RawMessage(`{"type":"preset","preset":"safe"}`)
	}
	if spec.Holdout == nil && isPreset(spec.Pruner) {
		spec.Holdout = ptr(DefaultHoldout)
	}
	if len(bad) > 0 {
		return nil, bad.err() // sampler and pruner rest on the rest
	}
	_, sampler, err := s.Samplers.New(spec, space, spec.Sampler)
	bad.take("/sampler", err)
	_, pruner, warnings, err := s.Pruners.New(spec, spec.Pruner)
	bad.take("/pruner", err)
	if len(bad) > 0 {
		return nil, bad.err()
	}
	spec.Sampler, spec.Pruner = sampler, pruner
	for i := range warnings {
		warnings[i].Pointer = "/pruner" + warnings[i].Pointer
	}
	return warnings, nil
}

func isPreset(node json.RawMessage) bool { return nodeType(node) == "preset" }

// nodeType returns the type of a sampler or pruner; empty if it has none.
func nodeType(node json.RawMessage) string {
	var n struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(node, &n) != nil {
		return ""
	}
	return n.Type
}

// take adds the faults of an error, below a place.
func (f *faults) take(place string, err error) {
	if err == nil {
		return
	}
	e, ok := err.(*Error) //nolint:errorlint // the tables return no wrapped one
	if !ok || len(e.Fields) == 0 {
		f.add(place, "%v", err)
		return
	}
	for _, x := range e.Fields {
		x.Pointer = place + x.Pointer
		*f = append(*f, x)
	}
}

// show returns a study as clients see it.
func show(row *StudyRow, state StudyState, spent Amounts) Study {
	spec := &row.Spec
	if spec.SearchSpace == nil {
		spec.SearchSpace = SearchSpace{}
	}
	return Study{
		Name: spec.Name, State: state, Objectives: spec.Objectives, Metrics: spec.Metrics,
		Constraints: spec.Constraints, SearchSpace: spec.SearchSpace, Sampler: spec.Sampler, Pruner: spec.Pruner,
		PrunerVersion: row.PrunerVersion, Holdout: spec.Holdout, Protect: spec.Protect, Quota: spec.Quota,
		Budget: spec.Budget, Stop: spec.Stop, Spent: spent, MaxSteps: spec.MaxSteps,
		Seed: *spec.Seed, LeaseSeconds: spec.LeaseSeconds, MaxRetries: spec.MaxRetries, UserAttrs: spec.UserAttrs,
		TrialCounts: row.Counts, DatetimeStart: row.Created, ETag: etag(row.Version, 0),
	}
}

// show returns a study in use as clients see it now.
func (s *Service) show(st *study) Study {
	now := s.now()
	row := st.stored()
	out := show(row, row.State, st.spent(now))
	out.StopReason = st.stopReason(now)
	out.ETag = etag(row.Version, st.hub.current())
	for _, w := range st.warn {
		w.Pointer = "/pruner" + w.Pointer
		out.Warnings = append(out.Warnings, w)
	}
	return out
}

func etag(version, revision int64) string { return fmt.Sprintf(`"%d.%d"`, version, revision) }

// Study returns a study.
func (s *Service) Study(ctx context.Context, name string) (Study, error) {
	var out Study
	err := s.read(ctx, name, func(st *study) error {
		out = s.show(st)
		return nil
	})
	return out, err
}

// Studies returns the studies whose names start with prefix and come after
// after, by name, at most limit of them.
func (s *Service) Studies(ctx context.Context, prefix, after string, limit int) ([]Study, error) {
	rows, err := s.Store.Studies(ctx, prefix, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Study, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		s.mu.Lock()
		_, inUse := s.studies[row.Spec.Name]
		s.mu.Unlock()
		if !inUse && row.Counts.Running == 0 { // all there is to know is stored
			spent := row.Spent
			spent.WallSeconds = wall(row, s.now())
			study := show(row, row.State, spent)
			study.StopReason = row.stopReason(row.Handed, spent)
			out = append(out, study)
			continue
		}
		study, err := s.Study(ctx, row.Spec.Name)
		if ErrorCode(err) == StudyNotFound {
			continue // deleted in the meantime
		}
		if err != nil {
			return nil, err
		}
		out = append(out, study)
	}
	return out, nil
}

// checkMatch compares an If-Match header with the version of a study or trial.
func checkMatch(ifMatch string, version int64) error {
	if ifMatch == "" || strings.TrimSpace(ifMatch) == "*" {
		return nil
	}
	for tag := range strings.SplitSeq(ifMatch, ",") {
		v, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(tag), `"`), ".")
		if v == strconv.FormatInt(version, 10) {
			return nil
		}
	}
	return Errorf(PreconditionFailed, "It was changed in the meantime; read it again.")
}

// patchable are the members of a spec that a patch may name.
var patchable = []string{
	"metrics", "constraints", "sampler", "pruner", "holdout", "protect", "quota", "budget", "stop", "max_steps", "lease_seconds", "max_retries", "user_attrs",
}

// UpdateStudy applies a JSON Merge Patch (RFC 7396), but that sampler and
// pruner are replaced whole. Changed constraints and limits are applied to the
// trials that ended as well.
func (s *Service) UpdateStudy(ctx context.Context, name string, patch json.RawMessage, ifMatch string) (Study, error) {
	var out Study
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		if err := checkMatch(ifMatch, st.row.Version); err != nil {
			return nil, err
		}
		spec, err := st.row.Spec.patched(patch)
		if err != nil {
			return nil, err
		}
		warnings, err := s.resolve(spec)
		if err != nil {
			return nil, err
		}
		more, err := s.doubts(ctx, st, spec)
		if err != nil {
			return nil, err
		}
		warnings = append(append(warnings, more...), stale(&st.row.Spec, spec)...)
		out, err = s.respec(ctx, st, spec, warnings)
		return nil, err
	})
	return out, err
}

// patched returns the spec with a patch applied.
func (s *StudySpec) patched(patch json.RawMessage) (*StudySpec, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(patch, &members); err != nil {
		return nil, Invalid("", "must be an object")
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(patchable, name) {
			return nil, Invalid("/"+escapePointer(name), "cannot be changed")
		}
	}
	old := *s
	for name, field := range map[string]*json.RawMessage{"sampler": &old.Sampler, "pruner": &old.Pruner} {
		if _, ok := members[name]; ok {
			*field = nil
		}
	}
	doc, err := json.Marshal(old)
	if err != nil {
		return nil, err
	}
	if patch, err = wholeNumbers(members); err != nil {
		return nil, err
	}
	merged, err := mergeJSON(doc, patch)
	if err != nil {
		return nil, err
	}
	out := &StudySpec{}
	dec := json.NewDecoder(bytes.NewReader(merged))
	dec.DisallowUnknownFields()
	if err := dec.Decode(out); err != nil {
		return nil, Invalid("", "%v", err)
	}
	return out, nil
}

// wholeNumbers returns the members of a patch as one object in which 3.0 is
// written 3, as integers must be for encoding/json. User attrs stay as they are.
func wholeNumbers(members map[string]json.RawMessage) (json.RawMessage, error) {
	var whole func(v any) any
	whole = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = whole(v[k])
			}
		case float64:
			if v == math.Trunc(v) && math.Abs(v) <= maxInt {
				return int64(v)
			}
		}
		return v
	}
	out := maps.Clone(members)
	for _, name := range []string{"budget", "stop", "protect", "quota", "max_steps", "lease_seconds", "max_retries"} {
		var v any
		if raw, ok := members[name]; !ok {
			continue
		} else if err := json.Unmarshal(raw, &v); err != nil {
			return nil, err
		}
		b, err := json.Marshal(whole(v))
		if err != nil {
			return nil, err
		}
		out[name] = b
	}
	return json.Marshal(out)
}

// respec stores a changed spec, and the trials that ended whose feasibility
// changed. It waits for the commit under the lock: a rare write may.
func (s *Service) respec(ctx context.Context, st *study, spec *StudySpec, warnings []FieldError) (Study, error) {
	old := st.row
	row := *st.stored()
	row.Spec = *spec
	row.Version++
	if !spec.samePruner(&old.Spec) {
		row.PrunerVersion++
	}
	c := &Change{Row: &row}
	if row.PrunerVersion != old.PrunerVersion {
		c.Era = row.era()
		c.Era.Since = st.h.stamp(s.now())
	}
	if err := s.settle(st); err != nil {
		return Study{}, err
	}
	if err := s.rejudge(ctx, st, spec, c); err != nil {
		return Study{}, err
	}
	if err := s.Store.Reserve(); err != nil {
		return Study{}, err
	}
	s.queue(st, c)
	if err := committed(c); err != nil {
		return Study{}, err
	}
	st.row = row
	if err := s.renew(ctx, st, &old.Spec); err != nil {
		return Study{}, err
	}
	st.hub.publish(&Change{Row: &row})
	out := s.show(st)
	out.Warnings = warnings
	return out, nil
}

// renew makes what follows from a changed spec. The history is built anew if
// it depends on the change; the leases stay.
func (s *Service) renew(ctx context.Context, st *study, before *StudySpec) error {
	now, needs := &st.row.Spec, needsOf(st.sampler)
	if err := s.prepare(st); err != nil {
		st.h = nil
		return err
	}
	if maps.Equal(now.Metrics, before.Metrics) && slices.Equal(now.Constraints, before.Constraints) &&
		now.samePruner(before) && reflect.DeepEqual(now.needs(), before.needs()) && reflect.DeepEqual(needsOf(st.sampler), needs) {
		st.h.study = st.spec
		return nil
	}
	old := st.h
	if err := s.load(context.WithoutCancel(ctx), st); err != nil {
		return err
	}
	for _, t := range st.h.open {
		if o := old.byNum[t.Number]; o != nil {
			t.expires = o.expires
		}
	}
	return nil
}

// settle waits, under the lock, until everything of a study is committed.
func (s *Service) settle(st *study) error {
	if err := s.Store.Reserve(); err != nil {
		return err
	}
	c := &Change{}
	s.queue(st, c)
	return committed(c)
}

// rejudge applies changed constraints, and changed limits of rules, to the
// trials that ended.
func (s *Service) rejudge(ctx context.Context, st *study, spec *StudySpec, c *Change) error {
	pruner, _, _, err := s.Pruners.New(spec, spec.Pruner)
	if err != nil {
		return err
	}
	rules := spec.rulesOf(pruner)
	if slices.Equal(spec.Constraints, st.row.Spec.Constraints) && slices.Equal(rules, st.h.rules) {
		return nil
	}
	names, err := s.Store.Names(ctx, st.row.ID)
	if err != nil {
		return err
	}
	all, err := s.Store.Trials(ctx, st.row.ID, TrialQuery{Numbers: st.h.numbers})
	if err != nil {
		return err
	}
	for i := range all {
		t := &all[i]
		results := spec.judge(rules, told(t.Constraints), endingOf(t, func(metric string, a Aggregate) (v float64, ok bool) {
			sum, reported := t.Metrics[metric]
			if !reported {
				return 0, false
			}
			if v, ok = sum.Value(a); !ok { // a quantile that nothing had asked for so far
				v, ok, err = s.quantile(ctx, st.row.ID, t, names, metric)
			}
			return v, ok
		}))
		if err != nil {
			return err
		}
		if reflect.DeepEqual(results, t.Constraints) {
			continue
		}
		t.judge(results)
		c.Trials = append(c.Trials, t)
	}
	return nil
}

// quantile reads the P95 of a metric of a trial that ended from its points,
// and keeps it.
func (s *Service) quantile(ctx context.Context, study int64, t *Trial, names []string, metric string) (float64, bool, error) {
	var tally Tally
	err := s.Store.Points(ctx, study, t.Number, Absent, func(r *ReportRow) error {
		for _, v := range r.Values {
			if names[v.Metric] == metric {
				tally.add(v.Value, true)
			}
		}
		return nil
	})
	v, ok := tally.Value(P95)
	if ok {
		sum := t.Metrics[metric]
		p := Float(v)
		sum.P95 = &p
		t.Metrics[metric] = sum
	}
	return v, ok, err
}

// StopStudy makes later asks return no trials; running trials should be
// pruned. ResumeStudy takes it back for asks.
func (s *Service) StopStudy(ctx context.Context, name string) (Study, error) {
	return s.setState(ctx, name, Stopped)
}

// ResumeStudy makes asks hand out trials again.
func (s *Service) ResumeStudy(ctx context.Context, name string) (Study, error) {
	return s.setState(ctx, name, Active)
}

func (s *Service) setState(ctx context.Context, name string, state StudyState) (Study, error) {
	var out Study
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		c := &Change{}
		if st.row.State != state {
			st.row.State, st.row.StopReason = state, ""
			st.row.Version++
			if state == Stopped {
				st.sweep(c, ReasonStudyStopped, &Explanation{
					Type: "study_stopped", Verdict: Fire, Sentence: "The study was stopped.",
				}, s.now())
			}
			c.Row = st.stored()
		}
		out = s.show(st)
		return c, nil
	})
	return out, err
}

// DeleteStudy deletes a study with all its trials.
func (s *Service) DeleteStudy(ctx context.Context, name, ifMatch string) error {
	st, err := s.open(ctx, name)
	if err != nil {
		return err
	}
	defer st.mu.Unlock()
	if err := checkMatch(ifMatch, st.row.Version); err != nil {
		return err
	}
	if err := s.settle(st); err != nil {
		return err
	}
	if err := s.Store.DeleteStudy(context.WithoutCancel(ctx), st.row.ID); err != nil {
		return err
	}
	for _, t := range st.h.open {
		t.wake()
	}
	st.hub.publish(&Change{Row: &st.row})
	s.drop(st)
	return nil
}
