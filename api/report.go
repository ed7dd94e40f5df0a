package api

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/espalier-hpo/espalier/trials"
)

// The document's schemas Report and TrialReport are checked here, by hand: a
// report is the hot path, and a batch or an archive holds thousands of them.
// TestReportsAgree holds this to the document.

const (
	maxSafe      = 1<<53 - 1 // the largest step and seq
	keptMetrics  = 64
	keptNames    = 1024
	floatForms   = `must be a number, "NaN", "Infinity" or "-Infinity"`
	integerForms = "must be an integer from 0 to 2^53-1"
)

// reportReader reads reports one after another and reuses what it can. What it
// returns is valid until the next one.
type reportReader struct {
	dec     jsontext.Decoder
	names   map[string]string
	metrics []trials.Metric
	value   trials.Float
}

// read reads a body that is one report.
func (rr *reportReader) read(body *bytes.Buffer, r *trials.Report) error {
	if rr.scan(body.Bytes(), r) {
		return nil
	}
	return rr.decode(body, r)
}

// decode reads any report, and says what is wrong with one.
func (rr *reportReader) decode(body *bytes.Buffer, r *trials.Report) error {
	rr.dec.Reset(body)
	f := fields{Decoder: &rr.dec, reader: rr}
	if err := f.report(r, nil); err != nil {
		return jsonError(err)
	}
	if _, err := rr.dec.ReadToken(); err != io.EOF { //nolint:errorlint // it is never wrapped
		if err == nil {
			return malformed("", fmt.Sprintf("something follows at byte %d", rr.dec.InputOffset()))
		}
		return jsonError(err)
	}
	return nil
}

// readReport reads a report within a larger body; one of a batch has a trial.
func readReport(d *jsontext.Decoder, r *trials.Report, trial *int64) error {
	f := fields{Decoder: d}
	return f.report(r, trial)
}

// fields reads the members of a report.
type fields struct {
	*jsontext.Decoder
	reader *reportReader // nil: keep nothing
}

func (f *fields) fault(format string, args ...any) error {
	return trials.Invalid(string(f.StackPointer()), format, args...)
}

// open enters an object.
func (f *fields) open() error {
	kind := f.PeekKind()
	if kind != '{' && kind != 0 {
		at := f.next()
		return trials.Invalid(at, "must be an object")
	}
	_, err := f.ReadToken()
	return err
}

// next returns the place of the value that comes next.
func (f *fields) next() string {
	if _, err := f.ReadToken(); err != nil {
		return ""
	}
	return string(f.StackPointer())
}

func (f *fields) report(r *trials.Report, trial *int64) error {
	*r = trials.Report{Step: trials.Absent, Seq: trials.Absent, Elapsed: math.NaN()}
	if err := f.open(); err != nil {
		return err
	}
	members, hasTrial := 0, trial == nil
	for f.PeekKind() != '}' {
		name, err := f.ReadValue()
		if err != nil {
			return err
		}
		members++
		switch string(plain(name)) {
		case `"step"`:
			r.Step, err = f.integer()
		case `"seq"`:
			r.Seq, err = f.integer()
		case `"elapsed_seconds"`:
			r.Elapsed, err = f.elapsed()
		case `"source"`:
			r.Source, err = f.source()
		case `"value"`:
			r.Value, err = f.value()
		case `"metrics"`:
			r.Metrics, err = f.metrics()
		case `"trial"`:
			if trial == nil {
				return f.fault("is not a member of a report")
			}
			hasTrial = true
			*trial, err = f.integer()
		default:
			err = f.fault("is not a member of a report")
		}
		if err != nil {
			return err
		}
	}
	if _, err := f.ReadToken(); err != nil {
		return err
	}
	switch {
	case !hasTrial:
		return trials.Invalid(string(f.StackPointer())+"/trial", "is missing")
	case members == 0 || members == 1 && trial != nil:
		return f.fault("says nothing: give a value, metrics or both")
	}
	return nil
}

// plain is a quoted name without escapes, which nobody writes.
func plain(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	text, _ := jsontext.AppendUnquote([]byte{'"'}, name) // the decoder has checked it
	return append(text, '"')
}

// number reads a JSON number.
func (f *fields) number(forms string) ([]byte, error) {
	kind := f.PeekKind()
	if kind == '{' || kind == '[' {
		return nil, trials.Invalid(f.next(), "%s", forms)
	}
	raw, err := f.ReadValue()
	if err == nil && kind != '0' {
		err = f.fault("%s", forms)
	}
	return raw, err
}

func (f *fields) integer() (int64, error) {
	raw, err := f.number(integerForms)
	if err != nil {
		return 0, err
	}
	v, ok := integer(raw)
	if !ok || v < 0 || v > maxSafe {
		return 0, f.fault(integerForms)
	}
	return v, nil
}

func (f *fields) elapsed() (float64, error) {
	const forms = "must be a number of at least 0"
	raw, err := f.number(forms)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || v < 0 {
		return 0, f.fault(forms)
	}
	return v, nil
}

func (f *fields) source() (string, error) {
	const forms = "must match ^[A-Za-z0-9_.-]{1,64}$"
	if kind := f.PeekKind(); kind == '{' || kind == '[' {
		return "", trials.Invalid(f.next(), forms)
	}
	raw, err := f.ReadValue()
	if err != nil {
		return "", err
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil || !trials.SourceName.Match(text) {
		return "", f.fault(forms)
	}
	return f.keep(text), nil
}

func (f *fields) value() (*trials.Float, error) {
	v, err := f.float()
	if f.reader == nil {
		out := trials.Float(v)
		return &out, err
	}
	f.reader.value = trials.Float(v)
	return &f.reader.value, err
}

// float reads a number, or one of the strings that stand for one.
func (f *fields) float() (float64, error) {
	kind := f.PeekKind()
	if kind == '{' || kind == '[' {
		return 0, trials.Invalid(f.next(), floatForms)
	}
	raw, err := f.ReadValue()
	if err != nil {
		return 0, err
	}
	ok, v := false, 0.0
	if kind == '"' {
		v, ok = nonFinite(raw)
	} else if kind == '0' {
		v, err = strconv.ParseFloat(string(raw), 64)
		ok = err == nil
	}
	if !ok {
		return 0, f.fault(floatForms)
	}
	return v, nil
}

func nonFinite(raw []byte) (float64, bool) {
	switch string(raw) {
	case `"NaN"`:
		return math.NaN(), true
	case `"Infinity"`:
		return math.Inf(1), true
	case `"-Infinity"`:
		return math.Inf(-1), true
	}
	text, err := jsontext.AppendUnquote(nil, raw) // escapes, which nobody writes
	if err != nil {
		return 0, false
	}
	return trials.ParseNonFinite(string(text))
}

func (f *fields) metrics() ([]trials.Metric, error) {
	if err := f.open(); err != nil {
		return nil, err
	}
	var out []trials.Metric
	if f.reader != nil {
		out = f.reader.metrics[:0]
	}
	for f.PeekKind() != '}' {
		raw, err := f.ReadValue()
		if err != nil {
			return nil, err
		}
		if len(out) == trials.MaxReportMetrics {
			return nil, trials.Invalid(string(f.StackPointer().Parent()), "there must be at most %d metrics", trials.MaxReportMetrics)
		}
		name := f.name(raw)
		v, err := f.float()
		if err != nil {
			return nil, err
		}
		out = append(out, trials.Metric{Name: name, Value: v})
	}
	_, err := f.ReadToken()
	if f.reader != nil && cap(out) <= keptMetrics {
		f.reader.metrics = out[:0]
	}
	return out, err
}

// name reads the name of a metric.
func (f *fields) name(raw []byte) string {
	raw = plain(raw)
	return f.keep(raw[1 : len(raw)-1])
}

// keep returns a string, and remembers it: the same names come again and again.
func (f *fields) keep(text []byte) string {
	if f.reader == nil {
		return string(text)
	}
	return f.reader.keep(text)
}

func (rr *reportReader) keep(text []byte) string {
	if s, ok := rr.names[string(text)]; ok {
		return s
	}
	if rr.names == nil || len(rr.names) >= keptNames {
		rr.names = map[string]string{}
	}
	s := string(text)
	rr.names[s] = s
	return s
}
