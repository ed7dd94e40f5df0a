package trials

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"
)

// Visitor is called with what a study holds, trial by trial, by number. A nil
// member is passed over.
type Visitor struct {
	Study    func(*StudyRow) error
	Trial    func(*Trial) error
	Report   func(trial int64, p ReportPoint, r *ReportRow) error
	Decision func(trial int64, d *DecisionRow) error
}

// walkPage is how many trials are held in memory at once.
const walkPage = 200

// Walk visits a whole study as it is stored.
func (s *Service) Walk(ctx context.Context, name string, v Visitor) error {
	var row StudyRow
	err := s.read(ctx, name, func(st *study) error {
		row = *st.stored()
		return nil
	})
	if err != nil {
		return err
	}
	names, err := s.Store.Names(ctx, row.ID)
	if err != nil {
		return err
	}
	if v.Study != nil {
		if err := v.Study(&row); err != nil {
			return err
		}
	}
	err = s.eachTrial(ctx, row.ID, func(t *Trial) error {
		if t.Number >= row.NextNumber { // made since: a busy study would never end
			return errLater
		}
		return s.visit(ctx, row.ID, t, names, v)
	})
	if errors.Is(err, errLater) {
		return nil
	}
	return err
}

// eachTrial calls each with every trial of a study as it is stored, by number.
func (s *Service) eachTrial(ctx context.Context, study int64, each func(*Trial) error) error {
	q := TrialQuery{Order: ByNumber, Limit: walkPage}
	for {
		page, err := s.Store.Trials(ctx, study, q)
		if err != nil {
			return err
		}
		for i := range page {
			if err := each(&page[i]); err != nil {
				return err
			}
		}
		if len(page) < walkPage {
			return nil
		}
		cursor := q.Cursor(&page[len(page)-1])
		q.After = &cursor
	}
}

func (s *Service) visit(ctx context.Context, study int64, t *Trial, names []string, v Visitor) error {
	if v.Trial != nil {
		if err := v.Trial(t); err != nil {
			return err
		}
	}
	if v.Report != nil {
		err := s.Store.Points(ctx, study, t.Number, Absent, func(r *ReportRow) error {
			if !r.named(names) {
				return errLater
			}
			p, _ := point(r, names, nil)
			return v.Report(t.Number, p, r)
		})
		if err != nil && !errors.Is(err, errLater) {
			return err
		}
	}
	if v.Decision == nil {
		return nil
	}
	log, err := s.Store.Decisions(ctx, study, t.Number, Absent, 1<<30)
	if err != nil {
		return err
	}
	for i := range log {
		if err := v.Decision(t.Number, &log[i]); err != nil {
			return err
		}
	}
	return nil
}

// archiveVersion is the version of the lines below.
const archiveVersion = 1

// The lines of an archive: a study, then each trial followed by its decisions
// and its reports. They hold all that is stored.
type (
	archiveStudy struct {
		Type          string     `json:"type"` // study
		Archive       int        `json:"archive"`
		Spec          StudySpec  `json:"spec"`
		State         StudyState `json:"state"`
		Version       int64      `json:"version"`
		PrunerVersion int64      `json:"pruner_version"`
		NextNumber    int64      `json:"next_number"`
		Created       time.Time  `json:"created"`
		FirstAsk      *time.Time `json:"first_ask,omitempty"`
		Refused       int64      `json:"refused,omitempty"`
		StopReason    string     `json:"stop_reason,omitempty"`
		Eras          []Era      `json:"eras,omitempty"`
	}
	archiveTrial struct {
		Type string `json:"type"` // trial
		Trial
		Fixed        Params    `json:"fixed,omitempty"`
		LeaseSeconds int64     `json:"lease_seconds,omitempty"`
		Handed       bool      `json:"handed,omitempty"`
		EndedSeq     int64     `json:"ended_seq"`
		Version      int64     `json:"version,omitempty"`
		Created      time.Time `json:"created"`
	}
	archiveDecision struct {
		Type     string    `json:"type"` // decision
		Time     time.Time `json:"time"`
		Decision Decision  `json:"decision"`
	}
	archiveReport struct {
		Type  string `json:"type"`  // report
		Trial int64  `json:"trial"` // for readers; it is the trial above
		ReportPoint
		Answer uint32 `json:"answer,omitempty"` // 1 + the index of the decision it was answered
	}
)

// Export writes a whole study as JSON lines, which [Service.Import] takes.
func (s *Service) Export(ctx context.Context, name string, w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	var current int64
	return s.Walk(ctx, name, Visitor{
		Study: func(r *StudyRow) error {
			eras, err := s.Store.Eras(ctx, r.ID)
			if err != nil {
				return err
			}
			line := archiveStudy{
				Eras: eras, Refused: r.Refused, StopReason: r.StopReason,
				Type: "study", Archive: archiveVersion, Spec: r.Spec, State: r.State, Version: r.Version,
				PrunerVersion: r.PrunerVersion, NextNumber: r.NextNumber, Created: r.Created,
			}
			if !r.FirstAsk.IsZero() {
				line.FirstAsk = &r.FirstAsk
			}
			return out.Encode(line)
		},
		Trial: func(t *Trial) error {
			current = t.Number
			return out.Encode(archiveTrial{
				Type: "trial", Trial: *t, Fixed: t.Fixed, LeaseSeconds: t.LeaseSeconds, Handed: t.Handed,
				EndedSeq: t.EndedSeq, Version: t.Version, Created: t.Created,
			})
		},
		Report: func(_ int64, p ReportPoint, r *ReportRow) error {
			return out.Encode(archiveReport{Type: "report", Trial: current, ReportPoint: p, Answer: r.Decision})
		},
		Decision: func(_ int64, d *DecisionRow) error {
			return out.Encode(archiveDecision{Type: "decision", Time: d.At, Decision: d.Decision})
		},
	})
}

// maxLine is how long one line of an archive may be.
const maxLine = 32 << 20

// importer takes an archive in, one trial a change. The archive may have been
// written while the study went on: places in the order of ends may be missing.
type importer struct {
	s     *Service
	ctx   context.Context //nolint:containedctx // lives for one call
	row   *StudyRow
	h     *History // interns names, nothing else
	trial *Trial   // the one whose lines are being read
	space *Space   // of the trial before: most share one
	dists SearchSpace
	c     *Change
	spent Spending
	ended map[int64]bool
	secs  float64
	last  int64
	line  int
	under []*Change // submitted, not yet known to be committed
}

// importAhead is how many trials an import submits before it waits.
const importAhead = 64

// Import makes a study of an archive. It becomes visible only once it is
// whole; if anything is wrong with it nothing of it stays.
func (s *Service) Import(ctx context.Context, r io.Reader, rename string) (Study, error) {
	im := &importer{s: s, ctx: ctx, ended: map[int64]bool{}, last: Absent}
	err := im.read(r, rename)
	if e := im.settle(0); err == nil {
		err = e
	}
	if err == nil {
		err = im.publish()
	}
	if err != nil {
		if im.row != nil && im.row.ID != 0 {
			err = errors.Join(err, s.Store.DeleteStudy(context.WithoutCancel(ctx), im.row.ID))
		}
		return Study{}, err
	}
	return s.Study(ctx, im.row.Spec.Name)
}

func (im *importer) read(r io.Reader, rename string) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		im.line++
		raw := bytes.TrimSpace(lines.Bytes())
		if len(raw) == 0 {
			continue
		}
		if err := im.take(raw, rename); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return im.fault("%v", err)
	}
	if im.row == nil {
		return im.fault("the archive is empty")
	}
	return im.flush()
}

func (im *importer) fault(format string, args ...any) error {
	return Errorf(InvalidRequest, "Line %d: %s.", im.line, fmt.Sprintf(format, args...))
}

func (im *importer) take(raw []byte, rename string) error {
	kind, err := lineType(raw)
	if err != nil {
		return im.fault("%v", err)
	}
	if (im.row == nil) != (kind == "study") {
		return im.fault("an archive begins with one line of type study")
	}
	switch kind {
	case "study":
		var l archiveStudy
		if err := strict(raw, &l); err != nil {
			return im.fault("%v", err)
		}
		return im.study(&l, rename)
	case "trial":
		var l archiveTrial
		if err := strict(raw, &l); err != nil {
			return im.fault("%v", err)
		}
		return im.begin(&l)
	case "decision":
		var l archiveDecision
		if err := strict(raw, &l); err != nil {
			return im.fault("%v", err)
		}
		return im.decision(&l)
	case "report":
		var l archiveReport
		if err := strict(raw, &l); err != nil {
			return im.fault("%v", err)
		}
		return im.report(&l)
	default:
		return im.fault("%q is not a type of line", kind)
	}
}

// lineType returns the type of a line, which an export writes first.
func lineType(raw []byte) (string, error) {
	if rest, ok := bytes.CutPrefix(raw, []byte(`{"type":"`)); ok {
		if name, _, ok := bytes.Cut(rest, []byte(`"`)); ok {
			return string(name), nil
		}
	}
	var line struct {
		Type string `json:"type"`
	}
	err := json.Unmarshal(raw, &line)
	return line.Type, err
}

func strict(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

func (im *importer) study(l *archiveStudy, rename string) error {
	if l.Archive != archiveVersion {
		return im.fault("an archive of version %d cannot be read", l.Archive)
	}
	if rename != "" {
		l.Spec.Name = rename
	}
	row, _, err := im.s.newRow(&l.Spec)
	if err != nil {
		return err
	}
	if l.State != Active && l.State != Stopped || l.Version < 1 || l.PrunerVersion < 1 || l.NextNumber < 0 || l.NextNumber > maxNumber {
		return im.fault("the state or a counter of the study is not valid")
	}
	row.State, row.Version, row.PrunerVersion, row.NextNumber = l.State, l.Version, l.PrunerVersion, l.NextNumber
	row.Created, row.Refused, row.StopReason = l.Created.UTC(), l.Refused, l.StopReason
	if l.FirstAsk != nil {
		row.FirstAsk = l.FirstAsk.UTC()
	}
	row.Hidden = true
	im.row, im.h = row, NewHistory(&row.Spec, nil, nil)
	im.spent = unspent()
	if err := im.s.Store.CreateStudy(im.ctx, row, row.era(), nil); err != nil {
		return err
	}
	for i := range l.Eras {
		e := &l.Eras[i]
		if e.Version < 1 || e.Version > row.PrunerVersion || len(e.Pruner) == 0 {
			return im.fault("an era has a pruner and a version up to the study's")
		}
		if err := im.submit(&Change{Era: e}); err != nil {
			return err
		}
	}
	return im.settle(0)
}

func (im *importer) begin(l *archiveTrial) error {
	if err := im.flush(); err != nil {
		return err
	}
	t := l.Trial
	t.Fixed, t.LeaseSeconds, t.Handed, t.EndedSeq = l.Fixed, l.LeaseSeconds, l.Handed, l.EndedSeq
	t.Version, t.Created, t.LeaseExpires, t.LastStep = l.Version, l.Created, nil, Absent
	if err := im.check(&t); err != nil {
		return err
	}
	if t.Params == nil {
		t.Params = Params{}
	}
	if len(t.UserAttrs) == 0 {
		t.UserAttrs = json.RawMessage(`{}`)
	}
	t.Spent = unspent()
	if t.Handed || !t.State.Finished() {
		t.Spent = im.row.Spec.spendingOf(t.Metrics)
	}
	im.trial, im.c = &t, &Change{Trials: []*Trial{&t}}
	*im.row.Counts.of(t.State)++
	if t.counts() {
		im.row.Handed++
	}
	if t.State.Finished() {
		im.spent.add(t.Spent)
		if t.Handed && t.DatetimeStart != nil && t.DatetimeComplete != nil {
			im.secs += t.DatetimeComplete.Sub(*t.DatetimeStart).Seconds()
		}
	}
	return nil
}

// check refuses a trial on which later work could stumble.
func (im *importer) check(t *Trial) error {
	if err := im.compile(t); err != nil {
		return im.fault("%v", err)
	}
	if err := im.checkNames(t, im.space); err != nil {
		return err
	}
	if err := im.checkShape(t); err != nil {
		return err
	}
	if t.State.Finished() {
		im.ended[t.EndedSeq] = true
	}
	im.h.know(im.space)
	im.last = t.Number
	return nil
}

// compile makes the distributions of a trial ready, unless they are those of the
// trial before.
func (im *importer) compile(t *Trial) error {
	if len(t.Distributions) > 0 && im.space != nil && maps.EqualFunc(t.Distributions, im.dists, func(a, b Distribution) bool { return a.Equal(&b) }) {
		t.Distributions = im.dists
		return nil
	}
	space, err := t.Distributions.Compile("")
	if err == nil {
		err = im.h.conflict(space, "")
	}
	im.space, im.dists = space, t.Distributions
	return err
}

func (im *importer) checkNames(t *Trial, space *Space) error {
	for name, v := range t.Params {
		i := space.Index(name)
		if i < 0 {
			return im.fault("%q has no distribution", name)
		}
		if _, err := space.Dists[i].Encode(v); err != nil {
			return im.fault("%s: %v", name, err)
		}
	}
	for name, v := range t.Fixed {
		if !scalar(v) {
			return im.fault("%s is no value of a parameter", name)
		}
	}
	for name := range t.Metrics {
		if !ValidMetricName(name) {
			return im.fault("%q is not a valid name of a metric", name)
		}
	}
	return nil
}

func (im *importer) checkShape(t *Trial) error {
	values := 0
	if t.State == Complete {
		values = len(im.row.Spec.Objectives)
	}
	results := declared(t.Constraints)
	switch {
	case !t.State.Finished() && t.State != Waiting && t.State != Running:
		return im.fault("%q is not a state", t.State)
	case t.Number <= im.last || t.Number >= im.row.NextNumber:
		return im.fault("trials must come by number, below next_number")
	case len(t.Values) != values:
		return im.fault("a %s trial has %d values", t.State, values)
	case results != 0 && t.State.Finished() && results != len(im.row.Spec.Constraints):
		return im.fault("there must be a result for each constraint")
	case t.State.Finished() != (t.EndedSeq >= 0), t.EndedSeq > maxNumber, t.EndedSeq >= 0 && im.ended[t.EndedSeq]:
		return im.fault("ended_seq must be given once for each trial that ended")
	case t.State == Running && (t.DatetimeStart == nil || t.LeaseSeconds < 1 || t.LeaseSeconds > maxLease):
		return im.fault("a RUNNING trial needs datetime_start and lease_seconds")
	case t.Attempt < 1:
		return im.fault("attempt is at least 1")
	}
	for _, v := range t.Values {
		if !finite(float64(v)) {
			return im.fault("a COMPLETE trial has finite values")
		}
	}
	return nil
}

// declared counts the results that are of the study's constraints: they come
// before those of other limits.
func declared(results []ConstraintResult) int {
	if n := slices.IndexFunc(results, func(r ConstraintResult) bool { return r.Bound != nil }); n >= 0 {
		return n
	}
	return len(results)
}

// maxNumber bounds the numbers in an archive.
const maxNumber = 1<<31 - 1

func (im *importer) decision(l *archiveDecision) error {
	if im.trial == nil || l.Decision.Trial != im.trial.Number {
		return im.fault("a decision comes after its trial")
	}
	im.c.Decisions = append(im.c.Decisions, DecisionRow{
		Trial: im.trial.Number, Index: int64(len(im.c.Decisions)), At: l.Time, Decision: l.Decision,
	})
	return nil
}

func (im *importer) report(l *archiveReport) error {
	if im.trial == nil || l.Trial != im.trial.Number {
		return im.fault("a report comes after its trial")
	}
	if l.Source != "" && !SourceName.MatchString(l.Source) {
		return im.fault("%q is not a valid source", l.Source)
	}
	r := ReportRow{
		Trial: l.Trial, Seq: im.trial.Reports, Step: Absent, Client: Absent, Source: im.h.intern(l.Source),
		At: l.Time, Elapsed: math.NaN(), Decision: l.Answer,
	}
	if l.Step != nil {
		r.Step = *l.Step
	}
	if l.ReportPoint.Seq != nil {
		r.Client = *l.ReportPoint.Seq
	}
	if l.Elapsed != nil {
		r.Elapsed = *l.Elapsed
	}
	for _, name := range slices.Sorted(maps.Keys(l.Metrics)) {
		if !ValidMetricName(name) {
			return im.fault("%q is not a valid name of a metric", name)
		}
		r.Values = append(r.Values, MetricValue{im.h.intern(name), float64(l.Metrics[name])})
	}
	if r.Step < Absent || r.Client < Absent || len(im.h.names) > MaxMetrics {
		return im.fault("step and seq are at least 0, and a study has at most %d metrics", MaxMetrics)
	}
	im.c.Reports = append(im.c.Reports, r)
	im.trial.Reports++
	im.trial.LastStep = max(im.trial.LastStep, r.Step)
	return nil
}

// flush writes the trial that was read, with its reports and decisions.
func (im *importer) flush() error {
	if im.trial == nil {
		return nil
	}
	for i := range im.c.Reports {
		if int(im.c.Reports[i].Decision) > len(im.c.Decisions) {
			return im.fault("trial %d: a report names a decision that is not there", im.trial.Number)
		}
	}
	c := im.c
	im.trial, im.c = nil, nil
	if err := im.submit(c); err != nil {
		return err
	}
	return im.settle(importAhead)
}

func (im *importer) submit(c *Change) error {
	if err := im.s.Store.Reserve(); err != nil {
		return err
	}
	c.Study, c.Names, c.Done = im.row.ID, im.h.takeNames(), make(chan error, 1)
	im.s.Store.Submit(c)
	im.under = append(im.under, c)
	return nil
}

// settle waits until at most so many changes are under way.
func (im *importer) settle(ahead int) (err error) {
	for len(im.under) > ahead {
		if e := committed(im.under[0]); err == nil {
			err = e
		}
		im.under = im.under[1:]
	}
	return err
}

// publish makes the study visible.
func (im *importer) publish() error {
	im.row.Hidden = false
	im.row.Spent = amounts(float64(im.row.Handed), im.secs, im.spent)
	if err := im.submit(&Change{Row: im.row}); err != nil {
		return err
	}
	return im.settle(0)
}

// spendingOf returns what a trial spent, from the summaries of its metrics.
func (s *StudySpec) spendingOf(metrics map[string]Summary) Spending {
	out := unspent()
	for i, metric := range spendingMetrics {
		sum, ok := metrics[metric]
		if !ok {
			continue
		}
		v := float64(sum.Max)
		if s.Metrics[metric].Aggregate == Sum {
			v = float64(sum.Sum)
		}
		if finite(v) {
			out[i] = v
		}
	}
	return out
}
