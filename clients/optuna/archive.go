package optuna

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Request says what to write.
type Request struct {
	Study string    // may be empty if the file holds one
	As    string    // the new study's name; by default that of Optuna's, with what is not allowed in it replaced
	Now   time.Time // when a study without trials was made
}

// Report says what was written.
type Report struct {
	Study  string         // in Optuna
	Name   string         // of the new study
	Trials int            // written
	States map[string]int // Optuna's states, and how many trials had each
	Notes  []Note         // what is not as it was, and why
}

// Note is one thing that was left out or changed.
type Note struct {
	Text  string
	Count int // how often
}

// report gathers the notes.
type report struct{ Report }

func (r *report) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if i := slices.IndexFunc(r.Notes, func(n Note) bool { return n.Text == text }); i >= 0 {
		r.Notes[i].Count++
		return
	}
	r.Notes = append(r.Notes, Note{text, 1})
}

// Write writes a study as an archive. The file is read twice: the first line
// says what all trials have in common.
func (f *File) Write(ctx context.Context, w io.Writer, r Request) (*Report, error) {
	s, err := f.find(r.Study)
	if err != nil {
		return nil, err
	}
	rep := &report{Report{Study: s.Name, States: map[string]int{}}}
	for _, text := range f.notes() {
		rep.note("%s", text)
	}
	v := newSurvey(rep)
	err = f.each(ctx, s, func(t *trial) error {
		v.take(t)
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	v.finish()
	out := bufio.NewWriterSize(w, 64<<10)
	a := &archive{survey: v, study: s, report: rep, json: json.NewEncoder(out)}
	a.json.SetEscapeHTML(false)
	if err := a.begin(&r); err != nil {
		return nil, err
	}
	if err := f.each(ctx, s, a.trial); err != nil {
		return nil, err
	}
	return &rep.Report, out.Flush()
}

// archive writes the lines that the service imports.
type archive struct {
	*survey
	study       *Study
	report      *report
	json        *json.Encoder
	created     time.Time
	objectives  []objective
	constraints []constraint
	keys        []string // Optuna's, of the constraints
}

var (
	studyName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)
	notInStudy = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)
	metricName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,127}$`)
	notInName  = regexp.MustCompile(`[^A-Za-z0-9_.:@/+-]+`)
)

// begin writes the line of the study.
func (a *archive) begin(r *Request) error {
	a.created = a.first
	if a.created.IsZero() {
		a.created = r.Now.UTC()
	}
	a.nameMetrics()
	a.report.Name = r.As
	if r.As == "" {
		a.report.Name = a.study.Name
		if !studyName.MatchString(a.study.Name) {
			name := strings.Trim(notInStudy.ReplaceAllString(a.study.Name, "-"), "-._")
			a.report.Name = name[:min(len(name), 128)]
			a.report.note("the name %q is not one of a study here: it is %q", a.study.Name, a.report.Name)
		}
	}
	return a.json.Encode(studyLine{
		Type: "study", Archive: 1, State: "ACTIVE", Version: 1, PrunerVersion: 1, NextNumber: a.last + 1, Created: a.created,
		Spec: spec{
			Name: a.report.Name, Objectives: a.objectives, Constraints: a.constraints, SearchSpace: a.searchSpace(), UserAttrs: a.study.UserAttrs,
		},
	})
}

// nameMetrics names the objectives and the constraints: value for one objective,
// value_0 and so on for several, or as Optuna was told; constraint_ and the key.
func (a *archive) nameMetrics() {
	taken := map[string]bool{}
	unique := func(name, fallback string) string {
		if !metricName.MatchString(name) || taken[name] {
			plain := strings.TrimLeft(notInName.ReplaceAllString(name, "_"), ".:@/+-")
			if !metricName.MatchString(plain) || taken[plain] {
				plain = fallback
			}
			a.report.note("%q is not the name of a metric here: it is %q", name, plain)
			name = plain
		}
		taken[name] = true
		return name
	}
	for i, d := range a.study.Directions {
		name := fmt.Sprintf("value_%d", i)
		if len(a.study.Directions) == 1 {
			name = "value"
		}
		if a.study.metricNames != nil {
			name = unique(a.study.metricNames[i], name)
		}
		a.objectives = append(a.objectives, objective{name, d})
		taken[name] = true
	}
	a.keys = a.survey.constraints
	for i, key := range a.keys {
		name := unique("constraint_"+key, fmt.Sprintf("constraint_of_key_%d", i))
		a.constraints = append(a.constraints, constraint{name, "<=", 0})
	}
}

// trial writes the lines of a trial.
func (a *archive) trial(t *trial) error {
	a.report.States[t.state]++
	a.report.Trials++
	line := &trialLine{
		Type: "trial", Number: t.number, State: t.state, Params: map[string]any{}, Distributions: map[string]*Distribution{},
		Metrics: map[string]*summary{}, Attempt: 1, UserAttrs: t.userAttrs, EndedSeq: -1, Created: a.created,
	}
	if !t.started.IsZero() {
		line.Start, line.Created = &t.started, t.started
	}
	for _, p := range t.params {
		a.param(line, &p)
	}
	var reports []reportLine
	if t.state == waiting {
		line.Start, line.Fixed = nil, a.fixed(t)
	} else {
		reports = a.reports(line, t)
		a.end(line, t)
	}
	if err := a.json.Encode(line); err != nil {
		return err
	}
	for i := range reports {
		if err := a.json.Encode(&reports[i]); err != nil {
			return err
		}
	}
	return nil
}

// param gives a trial a parameter, if the service can have it.
func (a *archive) param(line *trialLine, p *param) {
	why := nameFault(p.name)
	d, err := p.dist.holding(p.value)
	if err == nil {
		err = d.check()
	}
	switch k := a.space[p.name]; {
	case why != "":
	case err != nil:
		why = err.Error()
	case !k.dist.sameKind(d):
		why = "it was " + k.dist.Type + " with other choices, or of another type, in an earlier trial"
	default:
		if d != p.dist {
			a.report.note("values of parameter %q outside its distribution: these trials have a wider one", p.name)
		}
		line.Params[p.name], line.Distributions[p.name] = d.outer(p.value), d
		return
	}
	a.report.note("parameter %q of a trial was left out: %s", p.name, why)
}

// fixedKey is the system attribute with the params of an enqueued trial.
const fixedKey = "fixed_params"

// fixed returns the params that a waiting trial must get: those that the search
// space has, or that are not in it and left to the workers.
func (a *archive) fixed(t *trial) map[string]any {
	all, out := map[string]any{}, map[string]any{}
	_ = json.Unmarshal(t.systemAttrs[fixedKey], &all) // not there: it was added without any
	for name, v := range all {
		k := a.space[name]
		switch {
		case nameFault(name) != "" || !scalar(v), k != nil && !k.dist.has(v):
			a.report.note("parameter %q of an enqueued trial was left out: its value is not of its distribution", name)
		default:
			out[name] = v
		}
	}
	return out
}

func scalar(v any) bool {
	switch v.(type) {
	case nil, string, float64, bool:
		return true
	}
	return false
}

// has says that an outer value is one of d.
func (d *Distribution) has(v any) bool {
	if d.Type == categoricalType {
		return slices.Contains(d.Choices, v)
	}
	f, ok := v.(float64)
	if !ok {
		return false
	}
	same, err := d.holding(f)
	return err == nil && same == d
}

// intermediate is the metric of intermediate values where there are several
// objectives, to none of which they belong.
const intermediate = "intermediate"

// reports makes reports of intermediate values and constraints.
func (a *archive) reports(line *trialLine, t *trial) (out []reportLine) {
	metric := intermediate
	if len(a.objectives) == 1 {
		metric = a.objectives[0].Metric
	}
	for _, s := range t.steps {
		if s.step < 0 {
			a.report.note("an intermediate value was left out: its step is below 0")
			continue
		}
		line.add(metric, s.value)
		out = append(out, reportLine{
			Type: "report", Trial: t.number, Step: &s.step, Time: line.Created, Metrics: map[string]float{metric: float(s.value)},
		})
	}
	observed := map[string]float{}
	all := t.constraints()
	for i, key := range a.keys {
		if v, ok := all[key]; ok {
			observed[a.constraints[i].Metric] = float(v)
			line.add(a.constraints[i].Metric, v)
		}
	}
	if len(observed) > 0 {
		out = append(out, reportLine{Type: "report", Trial: t.number, Time: line.Created, Metrics: observed})
		line.judge(a.constraints, observed)
	}
	return out
}

// add counts a value of a metric in.
func (l *trialLine) add(metric string, v float64) {
	s := l.Metrics[metric]
	if s == nil {
		s = &summary{Min: float(math.NaN()), Max: float(math.NaN())}
		l.Metrics[metric] = s
	}
	x := float(v)
	s.Count++
	s.Last = x
	if !math.IsNaN(v) && !(s.Min <= x) {
		s.Min = x
	}
	if !math.IsNaN(v) && !(s.Max >= x) {
		s.Max = x
	}
	s.Sum += x
	s.Mean = s.Sum / float(s.Count)
}

// judge says by how much the trial breaks each constraint. What was not observed
// leaves open whether it is feasible, unless it broke another.
func (l *trialLine) judge(constraints []constraint, observed map[string]float) {
	total, known := 0.0, true
	for _, c := range constraints {
		r := result{Metric: c.Metric}
		v, ok := observed[c.Metric]
		if known = known && ok; ok {
			by := v
			if math.IsNaN(float64(v)) {
				by = float(math.Inf(1))
			}
			r.Observed, r.Violation = &v, &by
			total += math.Max(float64(by), 0)
		}
		l.Constraints = append(l.Constraints, r)
	}
	if total > 0 || known {
		feasible := total == 0
		l.Feasible = &feasible
		if !feasible {
			violation := float(total)
			l.Violation = &violation
		}
	}
}

// end ends a trial. One that Optuna saw running fails here, since nobody here
// works on it; so does a COMPLETE one without a finite value for each objective.
func (a *archive) end(line *trialLine, t *trial) {
	line.EndedSeq = a.order[t.number]
	line.End = &t.ended
	if t.ended.IsZero() {
		line.End = &line.Created
	}
	switch {
	case t.state == running:
		a.report.note("a RUNNING trial is a FAIL here: its worker does not report to this service")
		line.State, line.Reason = failed, "running_in_optuna"
	case t.state == complete && (len(t.values) != len(a.objectives) || t.valuesAreMisfit || slices.ContainsFunc(t.values, math.IsNaN)):
		a.report.note("a COMPLETE trial without a value for each objective is a FAIL here")
		line.State, line.Reason = failed, "no_value"
	case t.state == complete && slices.ContainsFunc(t.values, func(v float64) bool { return math.IsInf(v, 0) }):
		a.report.note("a COMPLETE trial with an infinite value is a FAIL here")
		line.State, line.Reason = failed, "infinite_value"
	}
	if reason := t.systemAttrs["fail_reason"]; t.state == failed {
		_ = json.Unmarshal(reason, &line.Error) // not there, or no text: there is nothing to say
	}
	if line.State == complete {
		for _, v := range t.values {
			line.Values = append(line.Values, float(v))
		}
		return
	}
	line.LastValues = map[string]float{}
	for i, v := range t.values {
		if i < len(a.objectives) {
			line.LastValues[a.objectives[i].Metric] = float(v)
		}
	}
	for name, s := range line.Metrics {
		if slices.ContainsFunc(a.objectives, func(o objective) bool { return o.Metric == name }) {
			line.LastValues[name] = s.Last
		}
	}
}

// StateNames returns the states that trials had, by name.
func (r *Report) StateNames() []string { return slices.Sorted(maps.Keys(r.States)) }
