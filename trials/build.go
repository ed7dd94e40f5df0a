package trials

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"time"
)

// builder builds a history from stored trials.
type builder struct {
	h   *History
	now time.Time
	cut time.Time // what came later is left out, if not zero

	ended []endedTrial
	seen  SearchSpace // the distributions compiled last: most trials share them
	space *Space
}

type endedTrial struct {
	trial *Trial
	live  *Live
}

// later says that something came after what is wanted.
func (b *builder) later(at time.Time) bool { return !b.cut.IsZero() && at.After(b.cut) }

// trial takes in one stored trial (see [Store.Load]).
func (b *builder) trial(t *Trial, points func(func(*ReportRow) error) error) error {
	if b.later(t.Created) {
		return nil
	}
	space, err := b.compile(t.Distributions)
	if err != nil {
		return err
	}
	values := make(map[string]float64, len(t.Params))
	for name, v := range t.Params {
		i := space.Index(name)
		if i < 0 {
			return Errorf(Internal, "trial %d has no distribution of %q", t.Number, name)
		}
		if values[name], err = space.Dists[i].Encode(v); err != nil {
			return Errorf(Internal, "trial %d: %s: %v", t.Number, name, err)
		}
	}
	if t.State.Finished() && (t.DatetimeComplete == nil || !b.later(*t.DatetimeComplete)) {
		live := &Live{Trial: *t, space: space, values: values}
		b.ended = append(b.ended, endedTrial{t, live})
		return points(func(r *ReportRow) error {
			b.h.absorb(live, r)
			return nil
		})
	}
	copied := *t
	copied.Reports, copied.LastStep = 0, Absent // observe finds them again
	if copied.State.Finished() {                // it had not ended then
		copied.State = Running
	}
	live := b.h.start(copied, space, values)
	live.renew(b.now)
	return points(func(r *ReportRow) error {
		if !b.later(r.At) {
			b.h.observe(live, r)
		}
		return nil
	})
}

func (b *builder) compile(s SearchSpace) (*Space, error) {
	if b.space != nil && reflect.ValueOf(s).Pointer() == reflect.ValueOf(b.seen).Pointer() {
		return b.space, nil
	}
	space, err := s.Compile("")
	if err != nil {
		return nil, &Error{Code: Internal, Err: err}
	}
	b.seen, b.space = s, space
	return space, nil
}

// finish appends the trials that ended, in the order in which they did.
func (b *builder) finish() {
	slices.SortFunc(b.ended, func(x, y endedTrial) int { return cmp.Compare(x.trial.EndedSeq, y.trial.EndedSeq) })
	for _, e := range b.ended {
		b.h.append(e.trial, e.live)
	}
	b.h.playLanes()
}

// enter puts a stored decision into a trial's log.
func (t *Live) enter(d Decision) {
	t.log = append(t.log, d)
	if t.fired == nil {
		t.fired = map[string]bool{}
	}
	t.fired[fingerprint(&d)] = true
	if d.ShouldPrune {
		t.pruned = &d
	}
}

// fingerprint names the rules that fire in a decision.
func fingerprint(d *Decision) string {
	out := d.Mode + d.Reason + d.SparedBy
	var walk func(e *Explanation)
	walk = func(e *Explanation) {
		if e.Verdict == Fire {
			out += " " + e.Path
		}
		for i := range e.Children {
			walk(&e.Children[i])
		}
	}
	if d.Explanation != nil {
		walk(d.Explanation)
	}
	return out
}

// amounts returns what the trials that ended have spent.
func (h *History) amounts() Amounts {
	return amounts(float64(h.handed), h.ended, h.spent)
}

func amounts(trials, seconds float64, s Spending) Amounts {
	a := Amounts{Trials: &trials, TrialSeconds: &seconds}
	for i, p := range []**float64{&a.CPUSeconds, &a.GPUSeconds, &a.EnergyJoules, &a.Cost} {
		if v := s[i]; !math.IsNaN(v) {
			*p = &v
		}
	}
	return a
}
