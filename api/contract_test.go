package api

import (
	"bytes"
	"fmt"
	"math"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

// Every path of the document, filled in, reaches its operation with its
// parameters.
func TestPathsReachTheirOperations(t *testing.T) {
	var operation string
	var request any
	e := echo.New()
	e.Binder = binder{}
	catch := func(_ openapi.StrictHandlerFunc, id string) openapi.StrictHandlerFunc {
		return func(_ echo.Context, r any) (any, error) {
			operation, request = id, r
			return nil, nil
		}
	}
	openapi.RegisterHandlers(e, openapi.NewStrictHandler(&handlers{}, []openapi.StrictMiddlewareFunc{catch}))
	bodies := map[string]string{"reportBatch": `{"reports":[{"trial":0,"step":1}]}`}
	doc, n := load(t), 0
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			n++
			if o.OperationID == "reportTrial" { // routed by hand, and shown to work by all other tests
				if got := strings.NewReplacer("{study}", ":study", "{number}", ":number").Replace(path); got != reportPath || method != "POST" {
					t.Errorf("the route of reports is %s, the document's %s %s", reportPath, method, got)
				}
				continue
			}
			operation, request = "", nil
			target := strings.NewReplacer("{study}", "my.study_1", "{number}", "42").Replace(path)
			r := httptest.NewRequest(method, target, strings.NewReader(bodies[o.OperationID]))
			if o.RequestBody != nil && bodies[o.OperationID] == "" {
				r = httptest.NewRequest(method, target, strings.NewReader(`{}`))
			}
			p, err := readBody(r, maxBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Body = p
			e.ServeHTTP(httptest.NewRecorder(), r)
			if !strings.EqualFold(operation, o.OperationID) {
				t.Errorf("%s %s reaches %q, want %s", method, path, operation, o.OperationID)
				continue
			}
			for field, want := range map[string]any{"Study": "my.study_1", "Number": int64(42)} {
				if request == nil || !strings.Contains(path, "{"+strings.ToLower(field)+"}") {
					continue
				}
				if got := reflect.ValueOf(request).FieldByName(field).Interface(); got != want {
					t.Errorf("%s %s: %s is %v", method, path, field, got)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d operations", n)
	}
}

var reportBodies = []string{
	// what is a report
	`{"step":1}`, `{"step":0,"value":0}`, `{"step":3.0,"value":1}`, `{"step":3e2}`, `{"step":-0}`, `{"seq":1}`, `{"seq":1.0e1}`,
	`{"step":9007199254740991}`, `{"seq":9007199254740991}`, `{"elapsed_seconds":0}`, `{"elapsed_seconds":1.5e-300}`, `{"elapsed_seconds":-0.0}`,
	`{"source":"agent"}`, `{"source":"a.b-c_D9"}`, `{"sour\u0063e":"\u0061"}`, `{"value":1}`, `{"value":-1e308}`, `{"value":5e-324}`,
	`{"value":"NaN"}`, `{"value":"Infinity"}`, `{"value":"-Infinity"}`, `{"value":"N\u0061N"}`, `{"metrics":{}}`, `{"metrics":{"a":1}}`,
	`{"metrics":{"a":"NaN","b":-0,"c":1e-9}}`, `{"metrics":{"":1}}`, `{"metrics":{"\u00e9":1}}`, `{"metrics":{"a\nb":1}}`,
	` { "step" : 1 , "value" : 2 } `, `{"metrics":{"a":1,"A":2}}`,
	`{"source":"agent","step":3,"elapsed_seconds":41.2,"seq":9,"value":0.42,"metrics":{"val_acc":0.91,"grad_norm":"NaN","system/cpu_seconds":38.1}}`,
	// what is none
	`{}`, `[]`, `null`, `1`, `"a"`, `true`, `{"step":null}`, `{"step":"1"}`, `{"step":1.5}`, `{"step":-1}`, `{"step":9007199254740992}`,
	`{"step":1e300}`, `{"step":1e999}`, `{"step":true}`, `{"step":[1]}`, `{"step":{}}`, `{"seq":-1}`, `{"seq":0.1}`, `{"seq":null}`, `{"seq":"NaN"}`,
	`{"elapsed_seconds":-1}`, `{"elapsed_seconds":"1"}`, `{"elapsed_seconds":"NaN"}`, `{"elapsed_seconds":null}`, `{"elapsed_seconds":1e999}`, `{"elapsed_seconds":[]}`,
	`{"source":""}`, `{"source":"a b"}`, `{"source":"é"}`, `{"source":1}`, `{"source":null}`, `{"source":["a"]}`, `{"source":{}}`, `{"source":"a/b"}`,
	`{"value":null}`, `{"value":"nan"}`, `{"value":"1"}`, `{"value":"inf"}`, `{"value":""}`, `{"value":true}`, `{"value":[]}`, `{"value":{}}`, `{"value":1e999}`,
	`{"metrics":null}`, `{"metrics":[]}`, `{"metrics":1}`, `{"metrics":{"a":null}}`, `{"metrics":{"a":"x"}}`, `{"metrics":{"a":true}}`, `{"metrics":{"a":{}}}`, `{"metrics":{"a":[1]}}`, `{"metrics":{"a":1e400}}`,
	`{"Step":1}`, `{"VALUE":1}`, `{"step":1,"x":1}`, `{"step":1,"":1}`, `{"trial":1,"step":1}`, `{"metric":{"a":1}}`,
}

// The decoder that is written by hand and the document say the same of a
// report.
func TestReportsAgree(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`,"m` + strings.Repeat("x", i/26) + string(rune('a'+i%26)) + `":1`)
		}
		return `{"metrics":{` + b.String()[1:] + `}}`
	}
	schemas := load(t).Components.Schemas
	for _, body := range append(reportBodies, many(256), many(257), `{"source":"`+strings.Repeat("a", 64)+`"}`, `{"source":"`+strings.Repeat("a", 65)+`"}`) {
		var rr reportReader
		var r trials.Report
		err := rr.read(bytes.NewBufferString(body), &r)
		if wanted := documented(schemas["Report"].Value, body); (err == nil) != (wanted == nil) {
			t.Errorf("%s: the decoder says %v, the document %v", body, err, wanted)
		}
		batch := strings.Replace(body, "{", `{"trial":3,`, 1)
		batch = strings.Replace(batch, ",}", "}", 1)
		if !strings.HasPrefix(body, "{") || strings.HasPrefix(body, `{"trial"`) {
			continue
		}
		var all openapi.ReportsRequest
		err = bindReports([]byte(`{"reports":[`+batch+`]}`), &all)
		if wanted := documented(schemas["ReportsRequest"].Value, `{"reports":[`+batch+`]}`); (err == nil) != (wanted == nil) {
			t.Errorf("%s: the decoder says %v, the document %v", batch, err, wanted)
		}
		if err == nil && all.Reports[0].Trial != 3 {
			t.Errorf("%s: the trial is %d", batch, all.Reports[0].Trial)
		}
	}
}

func documented(schema *openapi3.Schema, body string) error {
	v, err := parse([]byte(body))
	if err != nil {
		return err
	}
	return schema.VisitJSON(v)
}

func TestAReportIsReadAsItIs(t *testing.T) {
	var rr reportReader
	for range 2 { // also with what is kept from the first time
		var r trials.Report
		body := `{"source":"agent","step":3.0,"seq":2,"elapsed_seconds":41.25,"value":"-Infinity","metrics":{"b":1,"a":"NaN","c\u0064":-2e-3}}`
		if err := rr.read(bytes.NewBufferString(body), &r); err != nil {
			t.Fatal(err)
		}
		if r.Source != "agent" || r.Step != 3 || r.Seq != 2 || r.Elapsed != 41.25 || !math.IsInf(float64(*r.Value), -1) ||
			len(r.Metrics) != 3 || r.Metrics[0] != (trials.Metric{Name: "b", Value: 1}) || !math.IsNaN(r.Metrics[1].Value) ||
			r.Metrics[2] != (trials.Metric{Name: "cd", Value: -2e-3}) {
			t.Errorf("read %+v", r)
		}
	}
	var r trials.Report
	if err := rr.read(bytes.NewBufferString(`{"step":1}`), &r); err != nil {
		t.Fatal(err)
	}
	if r.Value != nil || r.Seq != trials.Absent || r.Source != "" || len(r.Metrics) != 0 || !math.IsNaN(r.Elapsed) {
		t.Errorf("read %+v", r)
	}
}

func FuzzReport(f *testing.F) {
	for _, body := range reportBodies {
		f.Add(body)
	}
	schema := must(openapi.Load()).Components.Schemas["Report"].Value
	f.Fuzz(func(t *testing.T, body string) {
		if checkDepth([]byte(body)) != nil {
			return
		}
		var rr reportReader
		var r trials.Report
		err := rr.decode(bytes.NewBufferString(body), &r)
		if wanted := documented(schema, body); (err == nil) != (wanted == nil) {
			t.Errorf("%s: the decoder says %v, the document %v", body, err, wanted)
		}
		var scanned trials.Report
		if new(reportReader).scan([]byte(body), &scanned) && (err != nil || shown(&scanned) != shown(&r)) {
			t.Errorf("%s: scanned\n%s, decoded\n%s (%v)", body, shown(&scanned), shown(&r), err)
		}
	})
}

// shown is all that a report says, to the last bit.
func shown(r *trials.Report) string {
	out := fmt.Sprintf("step %d seq %d elapsed %x source %q", r.Step, r.Seq, math.Float64bits(r.Elapsed), r.Source)
	if r.Value != nil {
		out += fmt.Sprintf(" value %x", math.Float64bits(float64(*r.Value)))
	}
	for _, m := range r.Metrics {
		out += fmt.Sprintf(" %q %x", m.Name, math.Float64bits(m.Value))
	}
	return out
}

// The common reports are scanned: else the fast path is there for nothing.
func TestCommonReportsAreScanned(t *testing.T) {
	for _, body := range []string{
		`{"step":3,"value":0.42}`,
		`{ "step": 12, "elapsed_seconds": 41.25, "value": -1.5e-3, "metrics": {"val_acc": 0.913, "grad_norm": "NaN", "system/rss_bytes": 1200000000} }`,
		`{"seq":17,"metrics":{"system/gpu_power_watts":288.5,"a":-0.0,"b":123456789012345.6}}` + "\n",
	} {
		var scanned, decoded trials.Report
		if !new(reportReader).scan([]byte(body), &scanned) {
			t.Errorf("%s was not scanned", body)
			continue
		}
		if err := new(reportReader).decode(bytes.NewBufferString(body), &decoded); err != nil || shown(&scanned) != shown(&decoded) {
			t.Errorf("%s: scanned\n%s, decoded\n%s (%v)", body, shown(&scanned), shown(&decoded), err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestDecisionsAreWrittenAsAlways(t *testing.T) {
	step, at, limit := int64(4), time.Date(2026, 11, 22, 1, 2, 3, 4_500_000, time.UTC), trials.Float(math.Inf(1))
	for _, d := range []trials.Decision{
		{},
		{Trial: 17, State: trials.Running, Mode: trials.Enforce, LeaseExpires: &at},
		{Trial: 17, State: trials.Running, Mode: trials.Shadow, Step: &step, Ignored: true, PrunerVersion: 3, LeaseExpires: &at},
		{Trial: 1, State: trials.Running, ShouldPrune: true, Reason: trials.ReasonPruner, DecidedBy: "<a>", Mode: trials.Enforce, Counterfactual: "é\n"},
		{State: trials.Running, Explanation: &trials.Explanation{Type: "any", Limit: &limit, Sentence: "x"}},
	} {
		var want bytes.Buffer
		if err := trials.EncodeJSON(&want, d); err != nil {
			t.Fatal(err)
		}
		if got, err := appendDecision(nil, &d); err != nil || string(got) != want.String() {
			t.Errorf("got  %s (%v)\nwant %s", got, err, want.String())
		}
	}
}
