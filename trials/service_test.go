package trials_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

func TestATrialIsAskedReportedAndTold(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	asked := e.ask(1)[0]
	if x, ok := asked.Params["x"].(float64); !ok || x < 0 || x > 1 {
		t.Errorf("x = %v, want 0 to 1", asked.Params["x"])
	}
	if want := e.now().Add(time.Hour); asked.Number != 0 || asked.Attempt != 1 || !asked.LeaseExpires.Equal(want) {
		t.Errorf("asked %+v, want number 0, attempt 1, a lease until %v", asked, want)
	}
	e.pass(time.Second)
	d := e.report(0, rep(1, "value", 0.5))
	if d.ShouldPrune || *d.Step != 1 || d.State != trials.Running || !d.LeaseExpires.Equal(e.now().Add(time.Hour)) {
		t.Errorf("decision %s, want quiet, at step 1, with a new lease", doc(d))
	}
	eq(t, "metrics", e.trial(0).Metrics, `{"system/wall_seconds":{"count":1,"last":1,"min":1,"max":1,"mean":1,"sum":1},"value":{"count":1,"last":0.5,"min":0.5,"max":0.5,"mean":0.5,"sum":0.5}}`)
	told := e.tell(0, 0.25)
	eq(t, "values", told.Values, []float64{0.25})
	eq(t, "the trial read again", e.trial(0), told)
	eq(t, "counts", e.get().TrialCounts, trials.Counts{Complete: 1})
	again := e.tell(0, 0.25)
	eq(t, "the same told again", again, told)
	_, err := e.Tell(e.ctx, "s", 0, &trials.Tell{Value: float(0.3)})
	e.code(err, trials.TrialFinished, "COMPLETE")
	_, err = e.Tell(e.ctx, "s", 0, &trials.Tell{State: trials.Fail})
	e.code(err, trials.TrialFinished, "COMPLETE")
	_, err = e.Report(e.ctx, "s", 0, rep(2, "value", 1), false)
	e.code(err, trials.TrialNotRunning, "COMPLETE")
	_, err = e.Report(e.ctx, "s", 1, rep(2, "value", 1), false)
	e.code(err, trials.TrialNotFound, "")
	_, err = e.Report(e.ctx, "nobody", 1, rep(2, "value", 1), false)
	e.code(err, trials.StudyNotFound, "")
	e.same()
}

func TestWhatATellTakesAndRefuses(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","objectives":[{"metric":"a","direction":"minimize"},{"metric":"b","direction":"maximize"}]}`)
	values := func(m map[string]trials.Float, list ...trials.Float) *trials.Values {
		return &trials.Values{Map: m, List: list}
	}
	refused := []struct {
		tell trials.Tell
		code trials.Code
		part string
	}{
		{trials.Tell{Value: float(1)}, trials.ValuesMismatch, "values in place of value"},
		{trials.Tell{Value: float(1), Values: values(nil, 1, 2)}, trials.InvalidRequest, "/value"},
		{trials.Tell{Values: values(nil, 1)}, trials.ValuesMismatch, "2 objectives"},
		{trials.Tell{Values: values(nil, 1, 2, 3)}, trials.ValuesMismatch, "2 objectives"},
		{trials.Tell{Values: values(map[string]trials.Float{"a": 1})}, trials.ValuesMismatch, `"b" is missing`},
		{trials.Tell{Values: values(map[string]trials.Float{"a": 1, "b": 2, "d": 1, "c": 3})}, trials.ValuesMismatch, `"c" is not an objective`},
		{trials.Tell{Values: values(nil, 1, trials.Float(math.NaN()))}, trials.ValuesMismatch, "tell it as FAIL"},
		{trials.Tell{Values: values(nil, trials.Float(math.Inf(1)), 0)}, trials.ValuesMismatch, "tell it as FAIL"},
		{trials.Tell{}, trials.ValuesMismatch, `No value of "a"`},
		{trials.Tell{State: trials.Pruned, Values: values(nil, 1, 2)}, trials.ValuesMismatch, "takes no value"},
		{trials.Tell{State: trials.Running}, trials.InvalidRequest, "/state"},
		{trials.Tell{Values: values(nil, 1, 2), UserAttrs: []byte(`[]`)}, trials.InvalidRequest, "/user_attrs"},
		{trials.Tell{Values: values(nil, 1, 2), Metrics: map[string]trials.Float{".": 1}}, trials.InvalidRequest, "/metrics/."},
		{trials.Tell{Values: values(nil, 1, 2), Reason: fmt.Sprintf("%257s", "")}, trials.InvalidRequest, "/reason"},
	}
	n := e.one()
	for _, r := range refused {
		_, err := e.Tell(e.ctx, "s", n, &r.tell)
		e.code(err, r.code, r.part)
	}
	eq(t, "the trial's state after refusals", e.trial(n).State, trials.Running)
	e.same()
	taken := []struct {
		tell trials.Tell
		want string
	}{
		{trials.Tell{Values: values(nil, 1, 2)}, `[1,2]`},
		{trials.Tell{Values: values(map[string]trials.Float{"b": 2, "a": 1})}, `[1,2]`},
		{trials.Tell{Metrics: map[string]trials.Float{"b": 4, "a": 3}}, `[3,4]`},
	}
	for _, r := range taken {
		out, err := e.Tell(e.ctx, "s", n, &r.tell)
		if err != nil {
			t.Fatalf("Tell(%s) = %v", doc(r.tell), err)
		}
		eq(t, "values", out.Values, r.want)
		n = e.one()
	}
	e.report(n, rep(1, "a", 7))
	out, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Fail, Reason: "oom", Error: "CUDA", UserAttrs: []byte(`{"k":1}`)})
	if err != nil || out.Reason != "oom" || out.Error != "CUDA" || out.Values != nil || out.State != trials.Fail {
		t.Errorf("a failed trial = %s, %v", doc(out), err)
	}
	eq(t, "last_values", out.LastValues, `{"a":7}`)
	eq(t, "user attrs", out.UserAttrs, `{"k":1}`)
	e.same()
}

func TestAValueLeftOutIsTheAggregateOfWhatWasReported(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","objectives":[{"metric":"latency","direction":"minimize"}],"metrics":{"latency":{"aggregate":"p95"}}}`)
	n := e.one()
	for i := range 100 {
		e.report(n, rep(int64(i), "latency", i))
	}
	out, err := e.Tell(e.ctx, "s", n, &trials.Tell{})
	if err != nil {
		t.Fatal(err)
	}
	eq(t, "the P95", out.Values, `[94]`)
	n = e.one()
	e.report(n, rep(0, "latency", math.NaN()))
	_, err = e.Tell(e.ctx, "s", n, &trials.Tell{})
	e.code(err, trials.ValuesMismatch, "tell it as FAIL")
	e.same()
}

func TestARepeatedReportIsIgnored(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	n := e.one()
	send := func(source string, step, seq int64, v float64) bool {
		r := rep(step, "m", v)
		r.Source, r.Seq = source, seq
		return e.report(n, r).Ignored
	}
	for i, tt := range []struct {
		source    string
		step, seq int64
		ignored   bool
	}{
		{"", 1, -1, false},
		{"", 1, -1, true},
		{"", 1, 7, true}, // a report with a step is keyed by it
		{"", -1, 1, false},
		{"", -1, 1, true},
		{"agent", 1, -1, false},
		{"agent", -1, 1, false},
		{"agent", -1, 1, true},
		{"", -1, -1, false}, // stored each time
		{"", -1, -1, false},
		{"", 0, -1, false}, // out of order
		{"", 0, -1, true},
	} {
		if got := send(tt.source, tt.step, tt.seq, float64(i)); got != tt.ignored {
			t.Errorf("report %d %+v: ignored %v, want %v", i, tt, got, tt.ignored)
		}
	}
	if m := e.trial(n).Metrics["m"]; m.Count != 7 || m.Max != 10 {
		t.Errorf("m = %+v, want 7 values up to 10", m)
	}
	e.same()
	e.restart()
	if !send("agent", -1, 1, 1) {
		t.Error("after a restart the key is new")
	}
	e.code(func() error {
		_, err := e.Report(e.ctx, "s", n, &trials.Report{Step: 1, Seq: -1, Source: "a b"}, false)
		return err
	}(), trials.InvalidRequest, "/source")
}

func TestAMetricNamedLikeASourceIsStillChecked(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	n := e.one()
	r := rep(1, "m", 1)
	r.Source = ".hidden"
	e.report(n, r)
	_, err := e.Report(e.ctx, "s", n, rep(2, ".hidden", 1), false)
	e.code(err, trials.InvalidRequest, "/metrics/.hidden")
}

func TestMetricsOfAStudyAreBounded(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	n := e.one()
	var err error
	for i := 0; err == nil && i < 20; i++ {
		var metrics []any
		for j := range 256 {
			metrics = append(metrics, fmt.Sprintf("m%d/%d", i, j), 1)
		}
		_, err = e.Report(e.ctx, "s", n, rep(int64(i), metrics...), false)
		if i < 15 && err != nil {
			t.Fatalf("report %d of 256 metrics = %v", i, err)
		}
	}
	e.code(err, trials.InvalidRequest, "at most 4096")
	for i := 0; err == nil && i < 400; i++ { // sources fill the rest
		r := rep(1, "m0/0", 1)
		r.Source = fmt.Sprint("s", i)
		_, err = e.Report(e.ctx, "s", n, r, false)
	}
	e.code(err, trials.InvalidRequest, "at most 4096")
	e.same()
}

func TestABatchOfReportsStandsApart(t *testing.T) {
	e := newEnv(t)
	e.study(plain)
	e.ask(2)
	got, err := e.ReportBatch(e.ctx, "s", []trials.TrialReport{
		{Trial: 0, Report: *rep(1, "value", 1)},
		{Trial: 9, Report: *rep(1, "value", 1)},
		{Trial: 1, Report: *rep(1, " ", 1)},
		{Trial: 1, Report: *rep(1, "value", 1)},
		{Trial: 0, Report: *rep(1, "value", 2)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []trials.Code{"", trials.TrialNotFound, trials.InvalidRequest, "", ""}
	for i, r := range got {
		if (r.Err == nil) != (want[i] == "") || r.Err != nil && trials.ErrorCode(r.Err) != want[i] || (r.Decision == nil) == (r.Err == nil) {
			t.Errorf("result %d = %+v, want %q", i, r, want[i])
		}
	}
	if !got[4].Decision.Ignored {
		t.Error("the repeated report is not ignored")
	}
	tells, err := e.TellBatch(e.ctx, "s", []trials.TrialTell{
		{Trial: 0, Tell: trials.Tell{Value: float(1)}},
		{Trial: 0, Tell: trials.Tell{Value: float(1)}},
		{Trial: 0, Tell: trials.Tell{Value: float(2)}},
		{Trial: 5},
		{Trial: 1, Tell: trials.Tell{State: trials.Pruned}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want = []trials.Code{"", "", trials.TrialFinished, trials.TrialNotFound, ""}
	for i, r := range tells {
		if (r.Err == nil) != (want[i] == "") || r.Err != nil && trials.ErrorCode(r.Err) != want[i] || (r.Trial == nil) == (r.Err == nil) {
			t.Errorf("tell %d = %+v, want %q", i, r, want[i])
		}
	}
	e.same()
}

func TestAnEnqueuedTrialComesFirst(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1},"o":{"type":"categorical","choices":["a","b"]},
		"m":{"type":"int","low":1,"high":3,"when":{"o":["b"]}}}}`)
	first := e.enqueue(`{"params":{"x":0.5},"user_attrs":{"k":"v"}}`)
	if first.State != trials.Waiting || first.Number != 0 {
		t.Errorf("enqueued %s, want trial 0, WAITING", doc(first))
	}
	eq(t, "its params", first.Params, `{"x":0.5}`)
	e.enqueue(`{"params":{"o":"a"}}`)
	for doc, pointer := range map[string]string{
		`{"params":{"x":2}}`: "/params/x", `{"params":{"y":0}}`: "/params/y", `{"params":{"o":"c"}}`: "/params/o",
		`{"params":{"x":"a"}}`: "/params/x", `{"params":{},"state":"RUNNING"}`: "/state", `{"params":{},"value":1}`: "/value",
		`{"params":{"x":{"a":1}}}`: "/params/x", `{"params":{"o":"a","m":2}}`: "/params/m",
	} {
		_, _, err := e.CreateTrial(e.ctx, "s", create(t, doc), nil)
		e.code(err, trials.InvalidRequest, pointer)
	}
	e.same()
	got := e.ask(3)
	if len(got) != 3 || got[0].Number != 0 || got[1].Number != 1 || got[2].Number != 2 {
		t.Fatalf("asked %s, want trials 0, 1 and a new one", doc(got))
	}
	if got[0].Params["x"] != 0.5 || got[0].Params["o"] == nil || string(got[0].UserAttrs) != `{"k":"v"}` {
		t.Errorf("trial 0 = %s, want x 0.5 and the rest sampled", doc(got[0]))
	}
	if _, ok := got[1].Params["m"]; ok || got[1].Params["o"] != "a" {
		t.Errorf("trial 1 = %s, want o a and no m, whose condition does not hold", doc(got[1]))
	}
	e.same()
}

func TestATrialThatExistsIsSkipped(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1},"o":{"type":"categorical","choices":["a","b"]}}}`)
	add := func(doc string) (int64, bool) {
		out, created, err := e.CreateTrial(e.ctx, "s", create(t, doc), nil)
		if err != nil {
			t.Fatalf("CreateTrial(%s) = %v", doc, err)
		}
		return out.Number, created
	}
	add(`{"params":{"x":0.5,"o":"b"},"state":"COMPLETE","value":1}`)
	add(`{"params":{"x":0.25,"o":"b"}}`)
	for i, tt := range []struct {
		doc     string
		number  int64
		created bool
	}{
		{`{"params":{"x":0.5,"o":"b"},"skip_if_exists":true}`, 0, false},
		{`{"params":{"x":0.25,"o":"b"},"skip_if_exists":true}`, 1, false},
		{`{"params":{"x":0.5,"o":"a"},"skip_if_exists":true}`, 2, true},
		{`{"params":{"x":0.5},"skip_if_exists":true}`, 3, true},
		{`{"params":{"x":0.5},"skip_if_exists":true,"state":"COMPLETE","value":2}`, 3, false},
		{`{"params":{"x":0.5,"o":"b"}}`, 4, true},
	} {
		if n, created := add(tt.doc); n != tt.number || created != tt.created {
			t.Errorf("%d: %s = %d, %v, want %d, %v", i, tt.doc, n, created, tt.number, tt.created)
		}
	}
	e.same()
}

func TestHistoryIsAddedWithItsReports(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"budget":{"max_trials":1}}`)
	req := create(t, `{"params":{"x":0.5},"state":"COMPLETE","metrics":{"size":3},"user_attrs":{"a":1}}`)
	req.Reports = []trials.Report{*rep(1, "value", 4), *rep(2, "value", 2), *rep(2, "value", 9)}
	out, created, err := e.CreateTrial(e.ctx, "s", req, nil)
	if err != nil || !created {
		t.Fatal(err)
	}
	eq(t, "values", out.Values, `[2]`)
	eq(t, "reports", e.trial(0).Metrics["value"].Count, 2)
	for doc, want := range map[string]trials.Code{
		`{"params":{"x":0.5},"state":"COMPLETE"}`:                                  trials.ValuesMismatch,
		`{"params":{"x":0.5},"state":"COMPLETE","value":"NaN"}`:                    trials.ValuesMismatch,
		`{"params":{"x":0.5},"state":"FAIL","value":1}`:                            trials.ValuesMismatch,
		`{"params":{"y":1},"state":"FAIL"}`:                                        trials.InvalidRequest,
		`{"params":{},"distributions":{"x":{"type":"int","low":0,"high":1}}}`:      trials.DistributionConflict,
		`{"params":{"z":1},"distributions":{"z":{"type":"int","low":3,"high":1}}}`: trials.InvalidRequest,
	} {
		_, _, err := e.CreateTrial(e.ctx, "s", create(t, doc), nil)
		e.code(err, want, "")
	}
	e.enqueue(`{"params":{"z":2},"distributions":{"z":{"type":"int","low":1,"high":3}},"state":"PRUNED","reason":"old"}`)
	if got := e.one(); got != 2 {
		t.Errorf("asked trial %d, want 2: added history does not count for max_trials", got)
	}
	e.same()
}

func TestAReleasedTrialIsHandedOutAgain(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}},"budget":{"max_trials":1}}`)
	asked := e.ask(1)[0]
	e.report(0, rep(1, "value", 3))
	out, err := e.Release(e.ctx, "s", 0)
	if err != nil || out.State != trials.Waiting || out.LeaseExpires != nil {
		t.Fatalf("Release() = %s, %v", doc(out), err)
	}
	eq(t, "params", out.Params, asked.Params)
	_, err = e.Release(e.ctx, "s", 0)
	e.code(err, trials.TrialNotRunning, "WAITING")
	_, err = e.Tell(e.ctx, "s", 0, &trials.Tell{Value: float(1)})
	e.code(err, trials.TrialNotRunning, "WAITING")
	e.same()
	e.restart()
	again := e.ask(1)
	if len(again) != 1 || again[0].Number != 0 || again[0].Attempt != 1 {
		t.Fatalf("asked %s, want trial 0 although max_trials is reached", doc(again))
	}
	eq(t, "params", again[0].Params, asked.Params)
	if d := e.report(0, rep(1, "value", 3)); !d.Ignored {
		t.Error("what was reported before the release is forgotten")
	}
	if got := e.ask(1); len(got) != 0 {
		t.Errorf("asked %s, want none beyond max_trials", doc(got))
	}
	e.same()
}

func TestReleaseKeepsWhatWasEnqueuedAndNotAskedFor(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s"}`)
	e.enqueue(`{"params":{"a":0.5,"b":0.25}}`)
	n := e.one()
	half := trials.SearchSpace{"a": {Type: trials.FloatKind, High: 1}}
	if got, err := e.Suggest(e.ctx, "s", n, half, false); err != nil || got.Params["a"] != 0.5 {
		t.Fatalf("Suggest() = %v, %v", got, err)
	}
	if _, err := e.Release(e.ctx, "s", n); err != nil {
		t.Fatal(err)
	}
	e.same()
	e.one()
	got, err := e.Suggest(e.ctx, "s", n, trials.SearchSpace{"b": {Type: trials.FloatKind, High: 1}}, false)
	if err != nil {
		t.Fatal(err)
	}
	eq(t, "params", got.Params, `{"a":0.5,"b":0.25}`)
}
