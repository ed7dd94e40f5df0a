package trials

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxAsk is how many trials one ask may give.
const maxAsk = 1000

// handout is one trial of an ask while it is sampled.
type handout struct {
	live   *Live // the waiting trial to hand out, nil for a new one
	number int64
	space  *Space
	dists  SearchSpace
	given  Params             // which it must get
	fixed  map[string]float64 // likewise, inner, as far as they are in the space
	beyond []string           // those of them that are no values of their parameters
	sample Sample
}

// ask is an ask under way.
type ask struct {
	st       *study
	h        *History // the one that numbers were taken from
	req      *AskRequest
	handouts []handout
	view     View
	pending  []Point
	spec     *StudySpec
	sampler  Sampler
	pruner   Pruner
	refused  int64 // points
	result   AskResult
}

// Ask hands out trials to work on: first those that wait, oldest first, then
// new ones. They are RUNNING when it returns. Numbers are taken first and the
// params are sampled without the study's lock, so no half-made trial is ever
// to be seen; a crash in between costs the numbers.
func (s *Service) Ask(ctx context.Context, name string, req *AskRequest, once *Once) (AskResult, error) {
	end, err := s.beginIn(ctx, name, once)
	if err != nil {
		return AskResult{}, err
	}
	defer end()
	if err := req.check(); err != nil {
		return AskResult{}, err
	}
	a := &ask{req: req}
	if err := s.look(ctx, name, func(st *study) error { return s.take(st, a) }); err != nil {
		return AskResult{}, err
	}
	if err := a.sampleAll(); err != nil {
		a.giveBack()
		return AskResult{}, err
	}
	if len(a.handouts) == 0 {
		return a.result, s.read(ctx, name, func(*study) error { return nil })
	}
	if err := s.hand(a, once); err != nil {
		return AskResult{}, err
	}
	return a.result, nil
}

func (r *AskRequest) check() error {
	var bad faults
	if r.Count == 0 {
		r.Count = 1
	}
	if r.Count < 1 || r.Count > maxAsk {
		bad.add("/count", "must be 1 to %d", maxAsk)
	}
	if r.MaxSteps < 0 {
		bad.add("/max_steps", "must be at least 1")
	}
	if r.LeaseSeconds < 0 || r.LeaseSeconds > maxLease {
		bad.add("/lease_seconds", "must be 1 to %d", maxLease)
	}
	if utf8.RuneCountInString(r.Worker) > 128 {
		bad.add("/worker", "is longer than 128 characters")
	}
	return bad.err()
}

// take claims waiting trials and numbers for new ones.
func (s *Service) take(st *study, a *ask) error {
	a.st, a.h, a.spec, a.sampler = st, st.h, st.h.study, st.sampler
	a.pruner = st.pruner
	a.result = AskResult{Trials: []AskedTrial{}}
	space, dists := st.space, st.row.Spec.SearchSpace
	if a.req.SearchSpace != nil {
		var err error
		if space, err = a.req.SearchSpace.Compile("/search_space"); err != nil {
			return err
		}
		dists = a.req.SearchSpace
		if err := st.h.conflict(space, "/search_space"); err != nil {
			return err
		}
	}
	if err := a.req.Params.check(space, false); err != nil {
		return err
	}
	if reason := st.stopReason(s.now()); reason != "" {
		a.result.Stop, a.result.StopReason = true, reason
		return nil
	}
	count := int64(a.req.Count)
	if b := st.row.Spec.Budget; b != nil && b.MaxTrials > 0 {
		count = min(count, b.MaxTrials-st.h.handed-st.h.taken)
		if count <= 0 { // the last ones are being sampled, and may yet come back
			a.result.RetryAfter = 1
			return nil
		}
	}
	a.claim(count, space, dists)
	st.h.taken += int64(len(a.handouts))
	a.view = st.h.View()
	return nil
}

// claim takes the trials of an ask: those that wait and can have its params,
// then new ones.
func (a *ask) claim(count int64, space *Space, dists SearchSpace) {
	for _, t := range a.h.open {
		if t.State == Running {
			a.pending = append(a.pending, a.h.pending(t))
			continue
		}
		if t.taken || int64(len(a.handouts)) >= count {
			continue
		}
		if o, ok := t.handout(space, dists, a.req.Params); ok {
			t.taken = true
			a.handouts = append(a.handouts, o)
		}
	}
	for int64(len(a.handouts)) < count {
		fresh := Live{Trial: Trial{Number: a.st.row.NextNumber}}
		o, _ := fresh.handout(space, dists, a.req.Params) // they were checked
		o.live = nil
		a.handouts = append(a.handouts, o)
		a.st.row.NextNumber++
	}
}

// handout prepares a waiting trial: its own space, if it came with one, and
// those of its fixed params, and of further ones, that are in the space. False
// if it cannot have one of the further ones.
func (t *Live) handout(space *Space, dists SearchSpace, more Params) (handout, bool) {
	if len(t.Distributions) > 0 {
		space, dists = t.space, t.Distributions
	}
	o := handout{live: t, number: t.Number, space: space, dists: dists, given: t.Fixed, fixed: map[string]float64{}}
	if len(more) > 0 {
		o.given = maps.Clone(more)
		maps.Copy(o.given, t.Fixed)
	}
	for name, v := range o.given {
		if i := space.Index(name); i >= 0 {
			inner, err := space.Dists[i].Encode(v)
			if err != nil {
				o.beyond = append(o.beyond, name)
				continue
			}
			o.fixed[name] = inner
		}
	}
	for name, v := range more {
		_, ok := o.fixed[name]
		if o.given[name] != v || !ok && len(space.Names) > 0 {
			return o, false
		}
	}
	return o, true
}

// warnings says which fixed values the trial could not have, of the parameters
// asked for.
func (o *handout) warnings(of SearchSpace) (out []FieldError) {
	for _, name := range slices.Sorted(slices.Values(o.beyond)) {
		if _, ok := of[name]; !ok {
			continue
		}
		v, _ := json.Marshal(o.given[name]) // it came as JSON
		out = append(out, FieldError{
			In: "body", Pointer: "/search_space/" + escapePointer(name), Code: "fixed_value_outside",
			Detail: fmt.Sprintf("the trial's fixed value %s is none of %s; another was drawn", v, &o.space.Dists[o.space.Index(name)]),
		})
	}
	return out
}

// giveBack returns what take claimed, if the history is still the same.
func (a *ask) giveBack() {
	a.st.mu.Lock()
	defer a.st.mu.Unlock()
	a.release()
}

// release returns the claims, under the lock, and the numbers after which none
// was taken; others are lost.
func (a *ask) release() {
	a.h.taken -= int64(len(a.handouts))
	for _, o := range slices.Backward(a.handouts) {
		switch {
		case o.live != nil:
			o.live.taken = false
		case a.st.h == a.h && o.number == a.st.row.NextNumber-1:
			a.st.row.NextNumber--
		}
	}
	a.handouts = nil
}

// sampleAll samples the params of every trial; those of one ask see each
// other as pending. A sampler that has nothing left ends the ask early.
func (a *ask) sampleAll() error {
	for i := range a.handouts {
		o := &a.handouts[i]
		var err error
		o.sample, err = a.draw(o)
		if errors.Is(err, ErrExhausted) {
			rest := *a
			rest.handouts = a.handouts[i:]
			a.handouts = a.handouts[:i:i]
			rest.giveBack()
			a.result.Stop, a.result.StopReason = true, StopExhausted
			return nil
		}
		if err != nil {
			return err
		}
		a.pending = append(a.pending, Point{o.number, o.sample.Values, true})
	}
	return nil
}

// maxRedraws is how often a point that a rule refuses is drawn again.
const maxRedraws = 16

// draw samples the params of a trial. A point that a rule refuses is drawn
// again, a few times; then the least likely to break a limit is taken. Trials
// of the holdout are never refused.
func (a *ask) draw(o *handout) (Sample, error) {
	r := SampleRequest{Study: a.spec, Space: o.space, Fixed: o.fixed, Number: o.number, View: a.view, Pending: a.pending}
	var best Sample
	least := math.Inf(1)
	for ; ; r.Redraw++ {
		drawn, err := sample(a.sampler, &r)
		if err != nil || len(r.Fixed) >= len(r.Space.Names) || a.spec.heldOut(o.number) {
			return drawn, err
		}
		no := a.pruner.Screen(&Screening{Study: a.spec, View: &a.view, Space: o.space, Values: drawn.Values})
		if no == nil || !no.Refuse {
			return drawn, nil
		}
		if no.Probability < least || r.Redraw == 0 {
			best, least = drawn, no.Probability
		}
		if r.Redraw == maxRedraws {
			return best, nil
		}
		a.refused++
	}
}

// sample asks a sampler, and keeps the values of the parameters that exist.
// A value that is missing or not of its distribution is the sampler's fault.
func sample(sampler Sampler, r *SampleRequest) (Sample, error) {
	out := Sample{Values: make(map[string]float64, len(r.Space.Names))}
	if len(r.Fixed) < len(r.Space.Names) {
		drawn, err := sampler.Sample(r)
		if err != nil {
			return Sample{}, err
		}
		out.By, out.Why = drawn.By, drawn.Why
		for name, v := range drawn.Values {
			if _, fixed := r.Fixed[name]; !fixed {
				out.Values[name] = v
			}
		}
	}
	values, used := make(map[string]float64, len(r.Space.Names)), false
	for i, name := range r.Space.Names {
		if !r.Space.Active(i, values) {
			continue
		}
		v, ok := r.Fixed[name]
		if !ok {
			v, ok = out.Values[name]
			used = true
		}
		if !ok || !r.Space.Dists[i].Contains(v) {
			return Sample{}, Errorf(Internal, "the sampler gave %v for %s (%s)", v, name, &r.Space.Dists[i])
		}
		values[name] = v
	}
	if out.Values = values; !used { // what it was asked for does not exist
		out.By, out.Why = "", ""
	}
	return out, nil
}

// hand makes the sampled trials RUNNING.
func (s *Service) hand(a *ask, once *Once) error {
	if err := s.Store.Reserve(); err != nil {
		a.giveBack()
		return err
	}
	st := a.st
	st.mu.Lock()
	if st.gone || st.h != a.h || st.epoch != st.fence.Epoch() {
		st.mu.Unlock()
		s.Store.Cancel()
		return Errorf(StorageUnavailable, "The study changed while the trials were sampled; ask again.")
	}
	c, err := s.start(a, once)
	if err != nil {
		a.release()
		st.mu.Unlock()
		s.Store.Cancel()
		return err
	}
	s.queue(st, c)
	st.mu.Unlock()
	if err := committed(c); err != nil {
		return err
	}
	st.hub.publish(c)
	return nil
}

// start advances the history by the sampled trials. Nothing has changed when
// it fails.
func (s *Service) start(a *ask, once *Once) (*Change, error) {
	st, now := a.st, s.now()
	if reason := st.stopReason(now); reason != "" { // stopped in the meantime
		a.release()
		a.result.Stop, a.result.StopReason = true, reason
		return &Change{}, nil
	}
	if a.req.SearchSpace != nil { // another ask may have been faster
		if err := st.h.conflict(a.handouts[0].space, "/search_space"); err != nil {
			return nil, err
		}
	}
	handed := st.h.handed + int64(len(a.handouts))
	if b := st.row.Spec.Budget; len(a.handouts) < a.req.Count && b != nil && b.MaxTrials > 0 && handed >= b.MaxTrials {
		a.result.Stop, a.result.StopReason = true, StopBudget
	}
	lease := a.req.LeaseSeconds
	if lease == 0 {
		lease = st.row.Spec.LeaseSeconds
	}
	expires := now.Add(time.Duration(lease) * time.Second)
	for i := range a.handouts {
		o := &a.handouts[i]
		asked := AskedTrial{
			Number: o.number, Params: o.space.Params(o.sample.Values), Attempt: 1,
			SampledBy: o.sample.By, SamplingReason: o.sample.Why, LeaseExpires: expires, Holdout: st.spec.heldOut(o.number),
			Warnings: o.warnings(o.dists),
		}
		if t := o.live; t != nil {
			asked.Attempt, asked.RetryOf = t.Attempt, t.RetryOf
			asked.SampledBy = cmp.Or(asked.SampledBy, t.SampledBy)
			asked.SamplingReason = strings.TrimSpace(t.SamplingReason + " " + asked.SamplingReason)
			if string(t.UserAttrs) != "{}" {
				asked.UserAttrs = t.UserAttrs
			}
		}
		a.result.Trials = append(a.result.Trials, asked)
	}
	answer, err := s.answer(once, a.result)
	if err != nil {
		a.result.Trials = nil
		return nil, err
	}
	if st.row.FirstAsk.IsZero() {
		st.row.FirstAsk = now
	}
	c := &Change{Answer: answer}
	for i := range a.handouts {
		c.Trials = append(c.Trials, st.run(&a.handouts[i], &a.result.Trials[i], a.req, lease, now))
	}
	st.row.Refused += a.refused
	st.h.taken -= int64(len(a.handouts))
	c.Row = st.stored()
	return c, nil
}

// run makes one sampled trial RUNNING and returns it as it is stored.
func (st *study) run(o *handout, asked *AskedTrial, req *AskRequest, lease int64, now time.Time) *Trial {
	t := o.live
	if t == nil {
		t = st.h.start(Trial{
			Number: o.number, State: Running, Attempt: 1, EndedSeq: Absent, LastStep: Absent,
			UserAttrs: []byte(`{}`), Created: now, Handed: true,
		}, o.space, o.sample.Values)
	} else {
		st.h.become(t, Running)
		t.taken, t.space, t.values = false, o.space, o.sample.Values
		st.h.know(o.space)
		if !t.Handed {
			t.Handed = true
			st.h.handed++
		}
	}
	t.Params, t.Distributions, t.SampledBy = asked.Params, o.dists, asked.SampledBy
	t.SamplingReason, t.Fixed = asked.SamplingReason, o.given
	t.Worker, t.LeaseSeconds, t.expires, t.Holdout = req.Worker, lease, asked.LeaseExpires, asked.Holdout
	if req.MaxSteps > 0 {
		t.MaxSteps = req.MaxSteps
	}
	if t.DatetimeStart == nil {
		t.DatetimeStart = &now
	}
	stored := t.Trial
	return &stored
}

// conflict returns [DistributionConflict] if a parameter of the study has a
// distribution whose values cannot stand beside those of the new one.
func (h *History) conflict(space *Space, pointer string) error {
	for i, name := range space.Names {
		if d, ok := h.dists[name]; ok && !d.compatible(&space.Dists[i]) {
			return &Error{
				Code: DistributionConflict, Detail: "The type of a parameter, and its choices, stay the same within a study.",
				Fields: []FieldError{{In: "body", Pointer: pointer + "/" + escapePointer(name), Detail: "it was " + d.kind() + " before"}},
			}
		}
	}
	return nil
}

// suggestion is a suggest under way.
type suggestion struct {
	h       *History
	all     SearchSpace // of the trial, what is new included
	request SampleRequest
	sampler Sampler
	was     *Space    // the trial's space before
	answer  Suggested // its params, once they are known
}

// Suggest gives a running trial further parameters (define-by-run), and
// returns all its params. A name suggested before keeps its value; with
// another distribution it is [DistributionConflict], or drawn anew to replace it.
func (s *Service) Suggest(ctx context.Context, name string, number int64, add SearchSpace, replace bool) (Suggested, error) {
	var g suggestion
	if err := s.look(ctx, name, func(st *study) error { return g.begin(st, number, add, replace) }); err != nil {
		return Suggested{}, err
	}
	if g.answer.Params != nil { // nothing new
		return g.answer, s.read(ctx, name, func(*study) error { return nil })
	}
	drawn, err := sample(g.sampler, &g.request)
	if errors.Is(err, ErrExhausted) {
		return Suggested{}, Invalid("/search_space", "the sampler has nothing left to suggest")
	}
	if err != nil {
		return Suggested{}, err
	}
	err = s.write(ctx, name, func(st *study) (*Change, error) { return g.finish(st, drawn) })
	return g.answer, err
}

// begin checks what is suggested and prepares the sampling.
func (g *suggestion) begin(st *study, number int64, add SearchSpace, replace bool) error {
	t, err := st.running(number)
	if err != nil {
		return err
	}
	kept, news, err := g.extend(t, add, func(name string) bool {
		_, declared := st.row.Spec.SearchSpace[name]
		return replace && !declared
	})
	if err != nil {
		return err
	}
	space, err := g.all.Compile("/search_space")
	if err != nil {
		return err
	}
	if err := st.h.conflict(space, "/search_space"); err != nil {
		return err
	}
	o, _ := (&Live{Trial: Trial{Fixed: t.Fixed}}).handout(space, g.all, nil)
	g.answer.Warnings = o.warnings(add)
	if !news {
		g.answer.Params = t.Params
		return nil
	}
	maps.Copy(o.fixed, kept)
	g.h, g.sampler, g.was = st.h, st.sampler, t.space
	g.request = SampleRequest{Study: st.h.study, Space: space, Fixed: o.fixed, Number: number, View: st.h.View()}
	for _, p := range st.h.open {
		if p.State == Running && p != t {
			g.request.Pending = append(g.request.Pending, st.h.pending(p))
		}
	}
	return nil
}

// finish gives the trial what was sampled.
func (g *suggestion) finish(st *study, drawn Sample) (*Change, error) {
	t, err := st.running(g.request.Number)
	if err != nil {
		return nil, err
	}
	if st.h != g.h || t.space != g.was {
		return nil, Errorf(StorageUnavailable, "The trial changed while its parameters were sampled; suggest again.")
	}
	space := g.request.Space
	if err := st.h.conflict(space, "/search_space"); err != nil {
		return nil, err
	}
	g.answer.Params = space.Params(drawn.Values)
	t.values, t.space, t.Params, t.Distributions = drawn.Values, space, g.answer.Params, g.all
	if t.SampledBy == "" {
		t.SampledBy, t.SamplingReason = drawn.By, drawn.Why
	}
	st.h.know(space)
	stored := t.Trial
	return &Change{Trials: []*Trial{&stored}}, nil
}

// extend puts the trial's distributions and further ones together; where it may,
// those replace its own. It returns the values that the trial keeps, and whether
// there is anything new.
func (g *suggestion) extend(t *Live, add SearchSpace, replace func(name string) bool) (kept map[string]float64, news bool, err error) {
	g.all, kept = make(SearchSpace, len(t.Distributions)+len(add)), maps.Clone(t.values)
	maps.Copy(g.all, t.Distributions)
	for name, d := range add {
		old, ok := g.all[name]
		if ok && old.Equal(&d) {
			continue
		}
		if ok && !replace(name) {
			return nil, false, &Error{
				Code: DistributionConflict, Detail: "A parameter keeps its distribution within a trial.",
				Fields: []FieldError{{In: "body", Pointer: "/search_space/" + escapePointer(name), Detail: "it was " + old.String() + " before"}},
			}
		}
		g.all[name], news = d, true
		delete(kept, name)
	}
	return kept, news, nil
}
