package api

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

// ExportStudy handles GET /v1/studies/{study}/export.
func (h *handlers) ExportStudy(ctx context.Context, r openapi.ExportStudyRequestObject) (openapi.ExportStudyResponseObject, error) {
	x := &export{svc: h.svc, ctx: ctx, study: r.Study, csv: r.Params.Format != openapi.ExportStudyParamsFormatJsonl}
	switch r.Params.Table {
	case openapi.ExportStudyParamsTableAll:
		if r.Params.Format == openapi.ExportStudyParamsFormatCsv {
			return nil, invalid([]trials.FieldError{{In: "query", Name: "format", Detail: "must be jsonl for the table all"}})
		}
		x.csv, x.write = false, x.all
	case openapi.ExportStudyParamsTableMetrics:
		x.write = x.points
	case openapi.ExportStudyParamsTableDecisions:
		x.write = x.decisions
	default:
		x.write = x.trials
	}
	return x, nil
}

// export streams one table of a study.
type export struct {
	svc   *trials.Service
	ctx   context.Context //nolint:containedctx // lives as long as its request
	study string
	csv   bool
	write func(io.Writer) error
}

// VisitExportStudyResponse implements [openapi.ExportStudyResponseObject].
func (x *export) VisitExportStudyResponse(w http.ResponseWriter) error {
	kind := archiveType
	if x.csv {
		kind = "text/csv"
	}
	w.Header().Set("Content-Type", kind)
	out := bufio.NewWriterSize(w, 64<<10)
	if err := x.write(out); err != nil {
		return err
	}
	return out.Flush()
}

func (x *export) all(w io.Writer) error { return x.svc.Export(x.ctx, x.study, w) }

// rows writes lines of JSON, or rows of CSV under a head.
type rows struct {
	json *json.Encoder
	csv  *csv.Writer
}

func (x *export) rows(w io.Writer) *rows {
	if x.csv {
		out := csv.NewWriter(w)
		out.UseCRLF = true // RFC 4180
		return &rows{csv: out}
	}
	r := &rows{json: json.NewEncoder(w)}
	r.json.SetEscapeHTML(false)
	return r
}

// add writes a row: as JSON what line is, as CSV what cells gives.
func (r *rows) add(line any, cells func() []string) error {
	if r.json != nil {
		return r.json.Encode(line)
	}
	return r.csv.Write(cells())
}

func (r *rows) head(cells ...string) error {
	if r.json != nil {
		return nil
	}
	return r.csv.Write(cells)
}

func (r *rows) end() error {
	if r.json != nil {
		return nil
	}
	r.csv.Flush()
	return r.csv.Error()
}

// points writes one row for each metric of each report.
func (x *export) points(w io.Writer) error {
	type line struct {
		Trial   int64        `json:"trial"`
		Source  string       `json:"source,omitempty"`
		Step    *int64       `json:"step,omitempty"`
		Seq     *int64       `json:"seq,omitempty"`
		Elapsed *float64     `json:"elapsed_seconds,omitempty"`
		Metric  string       `json:"metric"`
		Value   trials.Float `json:"value"`
	}
	out := x.rows(w)
	err := x.svc.Walk(x.ctx, x.study, trials.Visitor{
		Study: func(*trials.StudyRow) error {
			return out.head("trial", "source", "step", "seq", "elapsed_seconds", "metric", "value")
		},
		Report: func(trial int64, p trials.ReportPoint, _ *trials.ReportRow) error {
			for _, metric := range slices.Sorted(maps.Keys(p.Metrics)) {
				l := line{trial, p.Source, p.Step, p.Seq, p.Elapsed, metric, p.Metrics[metric]}
				if err := out.add(l, func() []string {
					return []string{itoa(&trial), p.Source, itoa(p.Step), itoa(p.Seq), ftoa((*trials.Float)(p.Elapsed)), metric, ftoa(&l.Value)}
				}); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	return out.end()
}

// decisions writes one row for each logged decision.
func (x *export) decisions(w io.Writer) error {
	out := x.rows(w)
	err := x.svc.Walk(x.ctx, x.study, trials.Visitor{
		Study: func(*trials.StudyRow) error {
			return out.head("trial", "id", "time", "step", "should_prune", "mode", "reason", "decided_by", "pruner_version", "sentence", "counterfactual")
		},
		Decision: func(trial int64, row *trials.DecisionRow) error {
			d := &row.Decision
			record := trials.DecisionRecord{ID: strconv.FormatInt(row.Index, 10), Time: row.At, Decision: *d}
			return out.add(record, func() []string {
				sentence := ""
				if d.Explanation != nil {
					sentence = d.Explanation.Sentence
				}
				return []string{
					itoa(&trial), record.ID, when(&row.At), itoa(d.Step), strconv.FormatBool(d.ShouldPrune), d.Mode,
					d.Reason, d.DecidedBy, itoa(&d.PrunerVersion), sentence, d.Counterfactual,
				}
			})
		},
	})
	if err != nil {
		return err
	}
	return out.end()
}

// trials writes one row for each trial. CSV has a column for each objective,
// parameter and metric that any trial has, which a first walk collects.
func (x *export) trials(w io.Writer) error {
	var spec trials.StudySpec
	params, metrics := map[string]bool{}, map[string]bool{}
	out := x.rows(w)
	if x.csv {
		err := x.svc.Walk(x.ctx, x.study, trials.Visitor{
			Study: func(r *trials.StudyRow) error { spec = r.Spec; return nil },
			Trial: func(t *trials.Trial) error {
				for name := range t.Params {
					params[name] = true
				}
				for name := range t.Metrics {
					metrics[name] = true
				}
				return nil
			},
		})
		if err != nil {
			return err
		}
	}
	table := trialTable{&spec, slices.Sorted(maps.Keys(params)), slices.Sorted(maps.Keys(metrics))}
	if err := out.head(table.head()...); err != nil {
		return err
	}
	err := x.svc.Walk(x.ctx, x.study, trials.Visitor{Trial: func(t *trials.Trial) error {
		return out.add(t, func() []string { return table.row(t) })
	}})
	if err != nil {
		return err
	}
	return out.end()
}

// trialTable lays trials out in columns.
type trialTable struct {
	spec    *trials.StudySpec
	params  []string
	metrics []string
}

func (x *trialTable) head() []string {
	out := []string{"number", "state"}
	for _, o := range x.spec.Objectives {
		out = append(out, "values."+o.Metric)
	}
	out = append(out, "feasible", "violation")
	for _, name := range x.params {
		out = append(out, "params."+name)
	}
	for _, name := range x.metrics {
		out = append(out, "metrics."+name)
	}
	return append(out, "attempt", "retry_of", "sampled_by", "worker", "reason", "error", "datetime_start", "datetime_complete", "user_attrs")
}

// row has each metric as its aggregate.
func (x *trialTable) row(t *trials.Trial) []string {
	out := []string{itoa(&t.Number), string(t.State)}
	for i := range x.spec.Objectives {
		if i < len(t.Values) {
			out = append(out, ftoa(&t.Values[i]))
		} else {
			out = append(out, "")
		}
	}
	feasible := ""
	if t.Feasible != nil {
		feasible = strconv.FormatBool(*t.Feasible)
	}
	out = append(out, feasible, ftoa(t.Violation))
	for _, name := range x.params {
		v, ok := t.Params[name]
		out = append(out, cell(v, ok))
	}
	for _, name := range x.metrics {
		text := ""
		if sum, ok := t.Metrics[name]; ok {
			if v, ok := sum.Value(x.spec.AggregateOf(name)); ok {
				text = ftoa((*trials.Float)(&v))
			}
		}
		out = append(out, text)
	}
	return append(out, itoa(&t.Attempt), itoa(t.RetryOf), t.SampledBy, t.Worker, t.Reason, t.Error,
		when(t.DatetimeStart), when(t.DatetimeComplete), string(t.UserAttrs))
}

// cell is a parameter's value as text; a string as itself.
func cell(v any, ok bool) string {
	if !ok {
		return ""
	}
	if s, isText := v.(string); isText {
		return s
	}
	b, _ := json.Marshal(v) // a number, true, false or null
	return string(b)
}

func itoa(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}

// ftoa is a number as text: NaN and the infinities by their JSON names.
func ftoa(v *trials.Float) string {
	if v == nil {
		return ""
	}
	b := trials.AppendFloat(nil, float64(*v))
	if b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	return string(b)
}

func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
