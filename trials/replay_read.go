package trials

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"
)

// Replay says what other pruners would have done in a stored study.
func (s *Service) Replay(ctx context.Context, name string, req *ReplayRequest) (*ReplayResponse, error) {
	if s.Replayer == nil {
		return nil, Errorf(Internal, "the service was made without a replayer")
	}
	if err := req.Resolve(); err != nil {
		return nil, err
	}
	rec, err := s.Record(ctx, name, req)
	if err != nil {
		return nil, err
	}
	if err := req.bounded(len(rec.Trials)); err != nil {
		return nil, err
	}
	select { // one at a time: reports go first
	case s.replaying <- struct{}{}:
		defer func() { <-s.replaying }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.Replayer.Replay(ctx, rec, req)
}

// maxPlays is how many trials a request to a server may have played: some tens
// of seconds.
const maxPlays = 5_000_000

// recommendPlays is about how many pruners a recommendation tries.
const recommendPlays = 50

// bounded refuses a request that would keep a server busy for minutes.
func (r *ReplayRequest) bounded(recorded int) error {
	pruners := len(r.Pruners)
	if r.Recommend != nil {
		pruners += recommendPlays
	}
	size := r.Trials
	if size == 0 {
		size = recorded
		if r.Orders > 1 {
			size = min(size, 60)
		}
	}
	if plays := pruners * r.Orders * min(size, recorded); plays > maxPlays {
		return Invalid("/orders", "that is %d pruners x %d orders x %d trials; a server plays at most %d trials a request (espalier replay FILE has no limit)",
			pruners, r.Orders, min(size, recorded), maxPlays)
	}
	return nil
}

// Record reads a stored study as a recording, with the metrics that the pruners
// of a request read.
func (s *Service) Record(ctx context.Context, name string, req *ReplayRequest) (*Recording, error) {
	id, spec, err := s.known(ctx, name, Absent)
	if err != nil {
		return nil, err
	}
	names, err := s.Store.Names(ctx, id)
	if err != nil {
		return nil, err
	}
	read := s.readBy(spec, req)
	r := newRecorder(spec, func(name string) bool { return read[name] || RunningTotal(name) })
	err = s.eachTrial(ctx, id, func(t *Trial) error { return s.record(ctx, id, names, r, t) })
	if err != nil {
		return nil, err
	}
	return r.finish(), nil
}

// adaptive returns the type of a sampler that learns from the trials before.
func adaptive(node json.RawMessage) string {
	typ := nodeType(node)
	if slices.Contains([]string{"", "random", "qmc", "grid", "goptuna.random", "goptuna.sobol"}, typ) {
		return ""
	}
	return typ
}

// readBy returns the metrics that the pruners of a request may read, the
// objectives and the constraints. What is wrong with a pruner is the replayer's
// to say.
func (s *Service) readBy(spec *StudySpec, req *ReplayRequest) map[string]bool {
	out := map[string]bool{}
	take := func(spec *StudySpec, p Pruner) {
		for _, n := range historyFor(spec, p).needs {
			out[n.Metric] = true
		}
	}
	nodes := req.Pruners
	if req.Recommend != nil { // candidates are made of the presets' rules
		nodes = append(slices.Clone(nodes), ReplayPruner{Pruner: json.RawMessage(`{"type":"preset","preset":"balanced"}`)})
	}
	for i := range nodes {
		with, err := req.With(spec, &nodes[i])
		if err != nil {
			continue
		}
		if p, _, _, err := s.Pruners.New(with, with.Pruner); err == nil {
			take(with, p)
		}
	}
	for _, o := range spec.Objectives {
		out[o.Metric] = true
	}
	return out
}

// record reads the reports of a trial.
func (s *Service) record(ctx context.Context, study int64, names []string, r *recorder, t *Trial) error {
	if !r.begin(t) {
		return nil
	}
	err := s.Store.Points(ctx, study, t.Number, Absent, func(row *ReportRow) error {
		r.report(row.Step, row.Elapsed, row.At)
		for _, v := range row.Values {
			if int(v.Metric) < len(names) {
				r.value(names[v.Metric], v.Value)
			}
		}
		return nil
	})
	if err == nil {
		r.end()
	}
	return err
}

// recorder makes a recording of trials, one after another.
type recorder struct {
	rec   *Recording
	keep  func(metric string) bool // nil: every metric
	place map[string]int           // of the metrics
	from  time.Time                // when the first trial began
	space SearchSpace              // of the trials
	trial *RecordedTrial
	began *time.Time // of the trial, as the clock of the server had it
}

func newRecorder(spec *StudySpec, keep func(string) bool) *recorder {
	return &recorder{
		rec:  &Recording{Study: spec, Adaptive: adaptive(spec.Sampler)},
		keep: keep, place: map[string]int{}, space: SearchSpace{},
	}
}

// begin takes in a trial, if it has ended.
func (r *recorder) begin(t *Trial) bool {
	if !t.State.Finished() || t.DatetimeComplete == nil || t.State == Complete && len(t.Values) == 0 {
		r.rec.LeftOut++
		return false
	}
	r.trial, r.began = &RecordedTrial{State: t.State, Added: !t.Handed && t.DatetimeStart == nil}, t.DatetimeStart
	r.trial.Number, r.trial.MaxSteps, r.trial.Values = t.Number, t.MaxSteps, inner(t)
	if t.State == Complete {
		r.trial.Value = float64(t.Values[0])
	}
	began := t.Created
	if t.DatetimeStart != nil {
		began = *t.DatetimeStart
	}
	if r.from.IsZero() {
		r.from = began
	}
	r.trial.Start, r.trial.End = began.Sub(r.from).Seconds(), t.DatetimeComplete.Sub(r.from).Seconds()
	for name, d := range t.Distributions {
		if _, known := r.space[name]; !known {
			r.space[name] = d
		}
	}
	return true
}

// report takes in a report of the trial. Its values follow.
func (r *recorder) report(step int64, elapsed float64, at time.Time) {
	t := r.trial
	if math.IsNaN(elapsed) && r.began != nil {
		elapsed = at.Sub(*r.began).Seconds()
	}
	t.Steps, t.Elapsed, t.Stamps = append(t.Steps, step), append(t.Elapsed, elapsed), append(t.Stamps, at.Sub(r.from).Seconds())
}

// value takes in a value of the latest report.
func (r *recorder) value(metric string, v float64) {
	k, known := r.place[metric]
	if !known {
		if r.keep != nil && !r.keep(metric) {
			return
		}
		k = len(r.rec.Metrics)
		r.place[metric] = k
		r.rec.Metrics = append(r.rec.Metrics, metric)
	}
	for len(r.trial.Tracks) <= k {
		r.trial.Tracks = append(r.trial.Tracks, Track{})
	}
	track, n := &r.trial.Tracks[k], len(r.trial.Steps)
	track.fill(n - 1)
	if len(track.Has) < n {
		track.Values, track.Has = append(track.Values, v), append(track.Has, true)
	} else {
		track.Values[n-1] = v
	}
}

// fill makes a track n reports long.
func (t *Track) fill(n int) {
	for len(t.Has) < n {
		t.Values, t.Has = append(t.Values, math.NaN()), append(t.Has, false)
	}
}

// end takes in that the trial has no more reports.
func (r *recorder) end() {
	t := r.trial
	if t.Len() == 0 {
		t.silent()
	}
	if k, ok := r.place[WallSeconds]; ok && k < len(t.Tracks) { // where the client did not measure it, the server did
		track := &t.Tracks[k]
		track.fill(t.Len())
		for i := range track.Has {
			if !track.Has[i] && !math.IsNaN(t.Elapsed[i]) {
				track.Values[i], track.Has[i] = t.Elapsed[i], true
			}
		}
	}
	r.rec.Trials = append(r.rec.Trials, *t)
}

// silent gives a trial that reported nothing one report without values, at its
// end: in the history it counts all the same.
func (t *RecordedTrial) silent() {
	t.Steps, t.Elapsed, t.Stamps = []int64{Absent}, []float64{t.End - t.Start}, []float64{t.End}
}

// inner returns the params of a trial as inner values.
func inner(t *Trial) map[string]float64 {
	out := map[string]float64{}
	for name, v := range t.Params {
		d, ok := t.Distributions[name]
		if !ok {
			continue
		}
		if x, err := d.Encode(v); err == nil {
			out[name] = x
		}
	}
	return out
}

// Tidy makes the tracks of so many metrics complete: each as long as the trial,
// with Has nil where there are no gaps. It sets Dense.
func (t *Tape) Tidy(metrics int) {
	for len(t.Tracks) < metrics {
		t.Tracks = append(t.Tracks, Track{})
	}
	t.Dense = len(t.Steps) > 0 && t.Steps[0] >= 0
	for i := 1; i < len(t.Steps); i++ {
		t.Dense = t.Dense && t.Steps[i] > t.Steps[i-1]
	}
	for k := range t.Tracks {
		t.Tracks[k].fill(t.Len())
		if !slices.Contains(t.Tracks[k].Has, false) {
			t.Tracks[k].Has = nil
		}
	}
}

// finish sets what only all trials together tell.
func (r *recorder) finish() *Recording {
	rec := r.rec
	if len(rec.Study.SearchSpace) == 0 { // define by run
		spec := *rec.Study
		spec.SearchSpace = r.space
		rec.Study = &spec
	}
	added := 0
	for i := range rec.Trials {
		rec.Trials[i].Tidy(len(rec.Metrics))
		if rec.Trials[i].Added {
			added++
		}
	}
	for i := range rec.Trials {
		if t := &rec.Trials[i]; added == len(rec.Trials) { // a study from elsewhere: one after another
			t.Added, t.Stamps, t.Elapsed = false, nil, timesOf(t)
		}
	}
	rec.Workers = together(rec.Trials)
	if added == len(rec.Trials) {
		rec.Workers = 1
	}
	return rec
}

// timesOf returns when the reports of a trial were made, if the client said so.
func timesOf(t *RecordedTrial) []float64 {
	if slices.ContainsFunc(t.Elapsed, math.IsNaN) {
		return nil
	}
	return t.Elapsed
}

// together returns how many trials ran at once at most.
func together(list []RecordedTrial) int {
	type change struct {
		at float64
		by int
	}
	var all []change
	for i := range list {
		if t := &list[i]; !t.Added && t.Stamps != nil {
			all = append(all, change{t.Start, 1}, change{t.End, -1})
		}
	}
	slices.SortFunc(all, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.by, b.by)) })
	most, now := 0, 0
	for _, c := range all {
		now += c.by
		most = max(most, now)
	}
	return most
}
