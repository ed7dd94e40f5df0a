package trials

import (
	"math"
	"slices"
	"time"
)

// Ids that every study has: the source of reports that name none, and the
// metric that the server's clock feeds.
const (
	noSource uint32 = iota
	wallID
)

// NewHistory returns the empty history of a study for a pruner with the given
// needs and lanes.
func NewHistory(study *StudySpec, needs []Need, lanes []*Lane) *History {
	h := &History{
		study: study, needs: map[string]Need{}, ids: map[string]uint32{},
		column: map[string]int{}, dists: map[string]Distribution{},
		finals: map[uint32]*Ranked{}, kept: map[uint32][]Series{}, totals: map[uint32][]float64{},
		lanes: newLanes(lanes), usualEnd: Absent, spent: unspent(),
		byNum: map[int64]*Live{}, place: map[int64]int{}, expired: map[int64]bool{},
	}
	h.need(Need{Metric: study.Objectives[0].Metric, Series: true})
	for _, o := range study.Objectives {
		h.need(Need{Metric: o.Metric, Quantile: study.AggregateOf(o.Metric) == P95})
	}
	for _, c := range study.Constraints {
		h.need(Need{Metric: c.Metric, Quantile: c.Aggregate == P95})
		h.limits = append(h.limits, Limit{Metric: c.Metric, Op: c.Op, Bound: c.Bound, Aggregate: c.Aggregate})
	}
	for _, n := range needs {
		n.Quantile = n.Quantile || n.Totals && study.AggregateOf(n.Metric) == P95
		h.need(n)
	}
	for _, l := range lanes {
		h.need(Need{Metric: l.Metric, passes: true})
		for _, name := range append(l.Others, l.Axis) {
			h.need(Need{Metric: name, passes: true})
		}
	}
	for name, d := range study.SearchSpace {
		h.dists[name] = Distribution{Type: d.Type, Choices: d.Choices}
	}
	h.intern("")
	h.intern(WallSeconds)
	return h
}

// historyFor returns the empty history of a study for its pruner, for what the
// study itself reads, and for what more is needed.
func historyFor(study *StudySpec, p Pruner, more ...Need) *History {
	h := NewHistory(study, slices.Concat(p.Needs(), study.needs(), more), p.Lanes())
	h.hold(study.rulesOf(p))
	return h
}

// needsOf returns what a sampler needs of the history.
func needsOf(s Sampler) []Need {
	if n, ok := s.(Needer); ok {
		return n.Needs()
	}
	return nil
}

func (h *History) need(n Need) {
	if n.Metric != "" {
		h.needs[n.Metric] = h.needs[n.Metric].And(n)
	}
}

// intern returns the id of a name, a new one if need be.
func (h *History) intern(name string) uint32 {
	if id, ok := h.ids[name]; ok {
		return id
	}
	id := uint32(len(h.names))
	h.put(name)
	h.fresh = append(h.fresh, Name{id, name})
	return id
}

func (h *History) put(name string) {
	id := uint32(len(h.names))
	h.names = append(h.names, name)
	h.ids[name] = id
	n := h.needs[name]
	h.wanted = append(h.wanted, n)
	for _, p := range n.Peers {
		h.peers = append(h.peers, &peers{Peers: p, metric: id})
	}
	if n.Finals {
		h.finals[id] = &Ranked{}
	}
	if n.Curves {
		h.kept[id] = []Series{}
	}
	if n.Totals {
		h.totals[id] = []float64{}
	}
}

// takeNames returns what was interned since the last call.
func (h *History) takeNames() []Name {
	fresh := h.fresh
	h.fresh = nil
	return fresh
}

// Start puts in a RUNNING trial with the given inner params of the study's
// search space.
func (h *History) Start(number int64, values map[string]float64, now time.Time) *Live {
	space, _ := h.study.SearchSpace.Compile("")
	return h.start(Trial{
		Number: number, State: Running, Distributions: h.study.SearchSpace, Handed: true,
		Attempt: 1, EndedSeq: Absent, LastStep: Absent, DatetimeStart: &now, Created: now,
	}, space, values)
}

// start puts in a trial that has not ended.
func (h *History) start(t Trial, space *Space, values map[string]float64) *Live {
	live := &Live{Trial: t, space: space, values: values}
	at, _ := slices.BinarySearchFunc(h.open, t.Number, func(l *Live, n int64) int { return int(l.Number - n) })
	h.open = slices.Insert(h.open, at, live)
	h.byNum[t.Number] = live
	*h.counts.of(t.State)++
	if t.Handed {
		h.handed++
	}
	h.know(space)
	return live
}

// know remembers what of a trial's distributions never changes within a study:
// the kinds and the choices.
func (h *History) know(space *Space) {
	if h.knows == space {
		return
	}
	h.knows = space
	for i, name := range space.Names {
		if _, ok := h.dists[name]; !ok {
			h.dists[name] = Distribution{Type: space.Dists[i].Type, Choices: space.Dists[i].Choices}
		}
	}
}

// become changes the state of a trial that has not ended and will not now.
func (h *History) become(t *Live, s State) {
	*h.counts.of(t.State)--
	*h.counts.of(s)++
	t.State = s
}

// Report takes in a report and returns it as it is stored.
func (h *History) Report(t *Live, r Report, now time.Time) *ReportRow {
	row := &ReportRow{}
	h.take(t, &r, row, now)
	return row
}

// take is Report into a row whose memory is used again.
func (h *History) take(t *Live, r *Report, row *ReportRow, now time.Time) {
	*row = ReportRow{
		Trial: t.Number, Seq: t.Reports, Step: r.Step, Client: r.Seq,
		Source: h.intern(r.Source), At: now, Elapsed: r.Elapsed,
		Values: slices.Grow(row.Values[:0], len(r.Metrics)+1),
	}
	if r.Value != nil {
		row.Values = append(row.Values, MetricValue{h.intern(h.study.Objectives[0].Metric), float64(*r.Value)})
	}
	for _, m := range r.Metrics {
		row.Values = append(row.Values, MetricValue{h.intern(m.Name), m.Value})
	}
	h.observe(t, row)
}

// observe takes in a stored report: the same when it is new and when the
// history is built from the store.
func (h *History) observe(t *Live, row *ReportRow) {
	t.Reports++
	h.absorb(t, row)
	switch keys := t.source(row.Source); {
	case row.Step >= 0:
		keys.steps.add(row.Step, row.Decision)
	case row.Client >= 0:
		keys.seqs.add(row.Client, row.Decision)
	}
}

// absorb takes in what a report measured.
func (h *History) absorb(t *Live, row *ReportRow) {
	if row.At.After(h.clock) {
		h.clock = row.At
	}
	if row.Step >= 0 {
		t.LastStep = max(t.LastStep, row.Step)
		t.zero = t.zero || row.Step == 0
	}
	elapsed := row.Elapsed
	if math.IsNaN(elapsed) && t.DatetimeStart != nil {
		elapsed = row.At.Sub(*t.DatetimeStart).Seconds()
	}
	wall := elapsed
	for _, v := range row.Values {
		if v.Metric == wallID {
			wall = math.NaN() // measured by the client itself
		}
		h.take1(t, v, row.Step, elapsed)
	}
	if !math.IsNaN(wall) {
		h.take1(t, MetricValue{wallID, wall}, row.Step, elapsed)
	}
	if len(h.lanes) > 0 {
		h.passLanes(t, row)
	}
}

// stamp returns the time of an event of a study: a report, or the end of a
// trial. No two have the same, so that they tell the order.
func (h *History) stamp(now time.Time) time.Time {
	if !now.After(h.clock) {
		now = h.clock.Add(time.Microsecond)
	}
	return now
}

// take1 takes in one value of a report.
func (h *History) take1(t *Live, v MetricValue, step int64, elapsed float64) {
	h.tally(t, v.Metric, v.Value)
	wanted := &h.wanted[v.Metric]
	if wanted.Samples {
		h.takeSample(t, v, elapsed)
	}
	if step >= 0 && wanted.Series && t.series(v.Metric).add(step, v.Value) {
		h.form(t, v.Metric, step, v.Value)
	}
}

func (h *History) takeSample(t *Live, v MetricValue, elapsed float64) {
	for int(v.Metric) >= len(t.samples) {
		t.samples = append(t.samples, nil)
	}
	t.samples[v.Metric] = addMoment(t.samples[v.Metric], elapsed, v.Value)
}

// series returns the curve of a metric, an empty one if need be.
func (t *Live) series(metric uint32) *Series {
	for int(metric) >= len(t.curves) {
		t.curves = append(t.curves, nil)
	}
	if t.curves[metric] == nil {
		t.curves[metric] = &Series{}
	}
	return t.curves[metric]
}

func (h *History) tally(t *Live, metric uint32, v float64) {
	for int(metric) >= len(t.tallies) {
		t.tallies = append(t.tallies, Tally{})
	}
	t.tallies[metric].add(v, h.wanted[metric].Quantile)
}

// answered returns the code of what was answered to a report with the same
// key, if there was one.
func (h *History) answered(t *Live, r *Report) (code uint32, found bool) {
	id, ok := h.ids[r.Source]
	if !ok {
		return 0, false
	}
	for i := range t.keys {
		switch k := &t.keys[i]; {
		case k.source != id:
		case r.Step >= 0:
			return k.steps.find(r.Step)
		case r.Seq >= 0:
			return k.seqs.find(r.Seq)
		}
	}
	return 0, false
}

// decided remembers what was answered to the latest report.
func (t *Live) decided(row *ReportRow) {
	keys := t.source(row.Source)
	set, key := &keys.steps, row.Step
	if row.Step < 0 {
		set, key = &keys.seqs, row.Client
	}
	if i, found := slices.BinarySearch(set.keys, key); found && key >= 0 {
		set.codes[i] = row.Decision
	}
}

// spending returns what a live trial has spent so far.
func (h *History) spending(t *Live) Spending {
	out := unspent()
	for i, metric := range spendingMetrics {
		a := Max
		if d := h.study.Metrics[metric]; d.Aggregate == Sum {
			a = Sum
		}
		if tally := t.Tally(h, metric); tally != nil {
			if v, ok := tally.Value(a); ok && finite(v) {
				out[i] = v + 0 // no negative zero: the store has none
			}
		}
	}
	return out
}

// unspent returns the spending of what was not measured.
func unspent() (out Spending) {
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// add adds what was measured; NaN on both sides stays NaN.
func (s *Spending) add(o Spending) {
	for i, v := range o {
		switch {
		case math.IsNaN(v):
		case math.IsNaN(s[i]):
			s[i] = v
		default:
			s[i] = math.Min(s[i]+v, math.MaxFloat64)
		}
	}
}

// results says how a trial stands to the limits it is held to.
func (h *History) results(t *Live, shown *Trial) []ConstraintResult {
	return h.study.judge(h.rules, t.crossed, endingOf(shown, func(metric string, a Aggregate) (float64, bool) {
		tally := t.Tally(h, metric)
		if tally == nil {
			return 0, false
		}
		return tally.Value(a)
	}))
}

// show returns a trial as clients see it now.
func (h *History) show(t *Live) Trial {
	out := t.Trial
	if out.State == Waiting {
		out.Params = out.Fixed
	}
	if out.Params == nil {
		out.Params = Params{}
	}
	if out.Distributions == nil {
		out.Distributions = SearchSpace{}
	}
	out.Metrics = make(map[string]Summary, len(t.tallies))
	for id := range t.tallies {
		if t.tallies[id].Count > 0 {
			out.Metrics[h.names[id]] = t.tallies[id].Summary()
		}
	}
	out.Decision = t.pruned
	if n := len(t.log); out.Decision == nil && n > 0 {
		out.Decision = &t.log[n-1]
	}
	out.judge(h.results(t, &out))
	if t.State == Running {
		expires := t.expires
		out.LeaseExpires = &expires
	}
	out.Spent = h.spending(t)
	return out
}

// judge sets the constraint results of a trial and what follows from them.
func (t *Trial) judge(results []ConstraintResult) {
	t.Constraints = results
	feasible, violation := feasibility(results)
	t.Feasible, t.Violation = feasible, nil
	if violation > 0 {
		v := Float(violation)
		t.Violation = &v
	}
}

// End ends a trial and returns it as it is stored. A COMPLETE trial has a
// value for each objective, others have none.
func (h *History) End(t *Live, state State, values []float64, now time.Time) *Trial {
	out := h.show(t)
	out.State, out.DatetimeComplete, out.LeaseExpires, out.Fixed = state, &now, nil, nil
	out.EndedSeq = h.nextEnd
	if !out.Handed { // history that was added spent nothing here
		out.Spent = unspent()
	}
	for _, v := range values {
		out.Values = append(out.Values, Float(v))
	}
	if out.Decision != nil {
		d := *out.Decision
		d.State, d.LeaseExpires = state, nil
		out.Decision = &d
	}
	out.judge(h.results(t, &out)) // it has ended
	if state != Complete {
		for _, o := range h.study.Objectives {
			if m := t.Tally(h, o.Metric); m != nil {
				if out.LastValues == nil {
					out.LastValues = map[string]Float{}
				}
				out.LastValues[o.Metric] = Float(m.Last)
			}
		}
	}
	*h.counts.of(t.State)--
	if t.Handed {
		h.handed-- // append counts it again
	}
	i := slices.Index(h.open, t)
	h.open = slices.Delete(h.open, i, i+1)
	delete(h.byNum, t.Number)
	h.append(&out, t)
	t.wake()
	return &out
}

// wake tells those who wait for a decision that there is news.
func (t *Live) wake() {
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// counts says that a trial counts for the budget max_trials: it was handed out,
// and not interrupted.
func (t *Trial) counts() bool {
	return t.Handed && (t.State != Fail || t.Reason != ReasonInterrupted)
}

// append takes in a trial that ended: the same when it is new and when the
// history is built from the store.
func (h *History) append(t *Trial, live *Live) {
	at := len(h.numbers)
	values, space := live.values, live.space
	live.State = t.State
	if done := t.DatetimeComplete; done != nil {
		h.lastEnd = max(h.lastEnd, done.UnixMicro())
		if done.After(h.clock) {
			h.clock = *done
		}
	}
	h.numbers = append(h.numbers, t.Number)
	h.states = append(h.states, t.State)
	h.place[t.Number] = at
	h.nextEnd = t.EndedSeq + 1
	if t.Reason == ReasonLeaseExpired && t.State == Fail {
		h.expired[t.Number] = true
	}
	for i := range h.study.Objectives {
		v := math.NaN()
		if i < len(t.Values) {
			v = float64(t.Values[i])
		}
		h.values = append(h.values, v)
	}
	h.violations = append(h.violations, t.violation())
	h.measure(at, t)
	for i, name := range space.Names {
		if v, ok := values[name]; ok {
			h.addValue(at, name, &space.Dists[i], v)
		}
	}
	h.know(space)
	step, last := int64(Absent), math.NaN()
	if curve := live.curve(h, h.study.Objectives[0].Metric); curve != nil {
		step, last, _ = curve.Last()
	}
	h.last, h.lastStep = append(h.last, last), append(h.lastStep, step)
	h.remember(t, live, at)
	*h.counts.of(t.State)++
	h.spent.add(t.Spent)
	if t.counts() {
		h.handed++
	}
	if t.Handed {
		if at := t.DatetimeStart; at != nil && (h.began.IsZero() || at.Before(h.began)) {
			h.began = *at
		}
		if t.DatetimeStart != nil && t.DatetimeComplete != nil {
			h.ended += t.DatetimeComplete.Sub(*t.DatetimeStart).Seconds()
		}
	}
	h.rank(at)
}

// remember keeps what rules read of a trial that ended.
func (h *History) remember(t *Trial, live *Live, at int) {
	for id := range h.totals {
		v := math.NaN()
		if tally := live.Tally(h, h.names[id]); tally != nil {
			if agg, ok := tally.Value(h.study.AggregateOf(h.names[id])); ok {
				v = agg
			}
		}
		h.totals[id] = append(h.totals[id], v)
	}
	if t.State == Complete {
		h.agree(t.LastStep)
		for id, f := range h.finals {
			if s := live.curve(h, h.names[id]); s != nil && !(t.violation() > 0) {
				_, v, _ := s.Last()
				f.Add(v)
			}
		}
	}
	h.joined(live)
	for id, kept := range h.kept {
		if s := live.curve(h, h.names[id]); s != nil {
			for len(kept) < at {
				kept = append(kept, Series{})
			}
			h.kept[id] = append(kept, *s)
		}
	}
	h.leave(live, h.clockOf(t))
}

func (h *History) clockOf(t *Trial) time.Time {
	if t.DatetimeComplete != nil {
		return *t.DatetimeComplete
	}
	return h.clock
}

func (h *History) addValue(at int, name string, dist *Distribution, v float64) {
	c, ok := h.column[name]
	if !ok {
		c = len(h.columns)
		h.column[name] = c
		h.columns = append(h.columns, Column{Name: name})
	}
	col := &h.columns[c]
	col.Dist = *dist
	col.Values = append(padded(col.Values, at, math.NaN()), v)
}

// violation returns 0 for a feasible trial, NaN where it is not known.
func (t *Trial) violation() float64 {
	switch {
	case t.Violation != nil:
		return float64(*t.Violation)
	case t.Feasible != nil:
		return 0
	default:
		return math.NaN()
	}
}

// pending returns a trial as samplers see it while it runs. Times are compared as
// they are stored.
func (h *History) pending(t *Live) Point {
	return Point{t.Number, t.values, t.DatetimeStart != nil && t.DatetimeStart.UnixMicro() >= h.lastEnd}
}

// View returns what a sampler may see.
func (h *History) View() View {
	totals := make(map[string][]float64, len(h.totals))
	for id, vs := range h.totals {
		totals[h.names[id]] = vs
	}
	return View{
		Totals: totals, Generation: h.generation, Objectives: h.study.Objectives,
		Numbers: h.numbers, States: h.states, Values: h.values, Violations: h.violations, Limits: slices.Clone(h.limits),
		Last: h.last, LastStep: h.lastStep, Columns: slices.Clone(h.columns),
	}
}
