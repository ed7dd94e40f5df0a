package trials_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/espalier-hpo/espalier/trials"
)

// machine drives studies with random requests, valid and not.
type machine struct {
	*env
	names  []string
	ended  map[string]string // study/trial -> what must not change any more
	pruned map[string]bool   // study/trial that was told to stop
	copies int
}

var machineStudies = []string{
	`{"search_space":{"x":{"type":"float","low":0.001,"high":1,"log":true},"o":{"type":"categorical","choices":["a","b",null]},
		"m":{"type":"int","low":1,"high":9,"step":2,"when":{"o":["b",null]}}},
	  "constraints":[{"metric":"size","op":"<=","bound":2},{"metric":"lat","op":"<=","bound":1,"aggregate":"p95"}],
	  "pruner":{"type":"median","startup_trials":1},"budget":{"max_trials":12},"lease_seconds":10,"max_retries":2}`,
	`{"objectives":[{"metric":"a","direction":"minimize"},{"metric":"b","direction":"maximize"}],
	  "search_space":{"x":{"type":"int","low":1,"high":100,"log":true},"y":{"type":"float","low":0,"high":1,"step":0.1}},
	  "metrics":{"system/cpu_seconds":{"aggregate":"sum"},"a":{"aggregate":"min"}},
	  "constraints":[{"metric":"a","op":">=","bound":-1}],
	  "pruner":{"type":"any","pruners":[{"type":"limit","metric":"system/cpu_seconds","bound":4},
	    {"type":"threshold","metric":"b","upper":2,"mode":"shadow"}]},
	  "budget":{"cpu_seconds":30,"trial_seconds":900,"wall_seconds":400,"max_trials":40},"lease_seconds":30,"sampler":{"type":"goptuna.random"}}`,
	`{"direction":"maximize","pruner":{"type":"percentile","percentile":25,"startup_trials":2},"max_retries":1,"lease_seconds":5}`,
	`{"pruner":{"type":"k_of_n","k":2,"pruners":[{"type":"asha","min_resource":1,"reduction_factor":2,"min_rung_population":1},
	    {"type":"asha","compat":"optuna","min_resource_auto":true,"reduction_factor":2},
	    {"type":"asha","compat":"ray","min_resource":1,"reduction_factor":2,"stop_last_trials":true},
	    {"type":"hyperband","compat":"optuna","reduction_factor":2},{"type":"hyperband","max_resource":9,"min_rung_population":1},
	    {"type":"pareto_asha","metrics":["value","size"],"min_resource":1,"min_rung_population":1},
	    {"type":"median","preset":"ray","min_trials":1},{"type":"median","preset":"katib","from_step":2,"startup_trials":1},
	    {"type":"median","axis":"system/wall_seconds","max_resource":100,"startup_trials":1},
	    {"type":"one_epoch_topk","probe_steps":2,"k":1},{"type":"wilcoxon"},{"type":"patience","patience":1}]},"lease_seconds":20}`,
	`{"search_space":{"x":{"type":"float","low":0,"high":1}},"metrics":{"lat":{"aggregate":"sum"}},"max_steps":9,
	  "constraints":[{"metric":"lat","op":"<=","bound":6}],
	  "pruner":{"type":"any","pruners":[{"type":"projected_total","metric":"lat","min_points":2,"z":0.1,"slack":0},
	    {"type":"limit","metric":"size","bound":1.5,"aggregate":"max"},{"type":"limit","metric":"a","op":">=","bound":-0.5}]}}`,
}

var machinePatches = []string{
	`{"constraints":[{"metric":"lat","op":"<=","bound":0.5,"aggregate":"p95"}]}`,
	`{"constraints":[{"metric":"size","op":">=","bound":0},{"metric":"value","op":"<=","bound":1,"aggregate":"mean"}]}`,
	`{"constraints":null}`,
	`{"pruner":{"type":"median","startup_trials":1,"metric":"size"}}`,
	`{"pruner":{"type":"all","pruners":[{"type":"limit","metric":"lat","bound":2,"aggregate":"p95"},{"type":"median","startup_trials":1}]}}`,
	`{"pruner":null}`,
	`{"pruner":{"type":"any","pruners":[{"type":"projected_total","metric":"lat","limit":3,"min_points":2,"z":0.1,"slack":0},{"type":"limit","metric":"size","bound":1}]}}`,
	`{"constraints":[{"metric":"lat","op":"<=","bound":20}]}`,
	`{"user_attrs":{"k":{"j":1}}}`,
	`{"budget":{"max_trials":60}}`,
	`{"metrics":{"size":{"aggregate":"sum"}}}`,
	`{"max_retries":1,"lease_seconds":7}`,
	`{"sampler":{"type":"goptuna.random"}}`,
	`{"name":"other"}`,
	`{"pruner":{"type":"nobody"}}`,
	`{"budget":{"max_trials":-1}}`,
}

var machineSpaces = []string{
	`{"x":{"type":"float","low":0,"high":1}}`,
	`{"x":{"type":"float","low":-1,"high":2},"o":{"type":"categorical","choices":["a","b",null]}}`,
	`{"x":{"type":"int","low":1,"high":100}}`,
	`{"o":{"type":"categorical","choices":["a","b",null]},"m":{"type":"int","low":1,"high":9,"step":2,"when":{"o":["b"]}}}`,
	`{"m":{"type":"int","low":1,"high":9,"step":2,"when":{"o":["b"]}}}`,
	`{"q":{"type":"float","low":2,"high":1}}`,
}

var machineParams = []string{
	`{}`, `{"x":0.5}`, `{"x":1}`, `{"x":7}`, `{"x":0.5,"o":"b","m":3}`, `{"o":null}`, `{"o":"a","m":3}`, `{"o":"zz"}`, `{"x":3,"y":0.3}`,
}

func newMachine(e *env, t *rapid.T, studies int) *machine {
	m := &machine{env: e, ended: map[string]string{}, pruned: map[string]bool{}}
	e.tb = t
	first := rapid.IntRange(0, len(machineStudies)-1).Draw(t, "first")
	for i, spec := range machineStudies {
		if i != first && rapid.IntRange(0, 3).Draw(t, "also") > 0 {
			continue
		}
		var s trials.StudySpec
		if err := json.Unmarshal([]byte(spec), &s); err != nil {
			t.Fatal(err)
		}
		s.Name = fmt.Sprintf("s%d-%d", studies, i)
		m.names = append(m.names, s.Name)
		if _, _, err := e.CreateStudy(e.ctx, &s, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// may checks that an error is one that a request can have.
func (m *machine) may(err error) {
	m.Helper()
	if code := trials.ErrorCode(err); err != nil && (code == trials.Internal || code == trials.StorageUnavailable) {
		m.Fatalf("error %v (%s)", err, code)
	}
}

func (m *machine) study(t *rapid.T) string { return rapid.SampledFrom(m.names).Draw(t, "study") }

// pick draws a study and one of its trials, most often one that has not ended.
func (m *machine) pick(t *rapid.T) (string, int64) {
	name := m.study(t)
	open, err := m.Trials(m.ctx, name, trials.TrialQuery{States: []trials.State{trials.Running, trials.Waiting}, Limit: 50})
	m.may(err)
	if len(open) > 0 && rapid.IntRange(0, 5).Draw(t, "open") > 0 {
		return name, rapid.SampledFrom(numbers(open)).Draw(t, "trial")
	}
	return name, rapid.Int64Range(0, 14).Draw(t, "trial")
}

var values = rapid.OneOf(rapid.SampledFrom([]float64{0, 1, 2, 3, 0.1, -1, math.NaN(), math.Inf(1)}), rapid.Float64Range(-3, 3))

func (m *machine) someReport(t *rapid.T) trials.Report {
	r := rep(rapid.SampledFrom([]int64{-1, 0, 1, 2, 3, 4, 5}).Draw(t, "step"))
	r.Seq = rapid.SampledFrom([]int64{-1, -1, 0, 1, 2}).Draw(t, "seq")
	r.Source = rapid.SampledFrom([]string{"", "", "agent", "!"}).Draw(t, "source")
	if rapid.IntRange(0, 3).Draw(t, "elapsed") == 0 {
		r.Elapsed = rapid.Float64Range(0, 50).Draw(t, "seconds")
	}
	if rapid.Bool().Draw(t, "short") {
		r.Value = float(values.Draw(t, "value"))
	}
	for _, name := range []string{"value", "a", "b", "size", "lat", "system/cpu_seconds", "system/cost", "system/wall_seconds", "b ad"} {
		if p := rapid.IntRange(0, 9).Draw(t, name); p < 4 && name != "b ad" || p == 9 && name == "b ad" {
			r.Metrics = append(r.Metrics, trials.Metric{Name: name, Value: values.Draw(t, name)})
		}
	}
	return *r
}

func (m *machine) someValues(t *rapid.T) (*trials.Float, *trials.Values) {
	v := func() trials.Float { return trials.Float(values.Draw(t, "v")) }
	switch rapid.IntRange(0, 5).Draw(t, "values") {
	case 0, 1:
		return float(values.Draw(t, "v")), nil
	case 2:
		return nil, &trials.Values{List: []trials.Float{v(), v()}}
	case 3:
		return nil, &trials.Values{Map: map[string]trials.Float{"a": v(), "b": v()}}
	default:
		return nil, nil
	}
}

func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"ask":     m.doAsk,
		"ask 2":   m.doAsk,
		"report":  m.doReport,
		"report2": m.doReport,
		"report3": m.doReport,
		"tell":    m.doTell,
		"enqueue": m.doCreate,
		"suggest": func(t *rapid.T) {
			name, n := m.pick(t)
			_, err := m.Suggest(m.ctx, name, n, m.someSpace(t), rapid.Bool().Draw(t, "replace"))
			m.may(err)
		},
		"work":   m.doWork,
		"work 2": m.doWork,
		"work 3": m.doWork,
		"heartbeat": func(t *rapid.T) {
			name, n := m.pick(t)
			_, err := m.Heartbeat(m.ctx, name, n)
			m.may(err)
		},
		"prune": func(t *rapid.T) {
			if rapid.IntRange(0, 3).Draw(t, "often") == 0 {
				name, n := m.pick(t)
				_, err := m.Prune(m.ctx, name, n)
				m.may(err)
			}
		},
		"release": func(t *rapid.T) {
			name, n := m.pick(t)
			_, err := m.Release(m.ctx, name, n)
			m.may(err)
		},
		"decision": func(t *rapid.T) {
			name, n := m.pick(t)
			_, err := m.Decision(m.ctx, name, n, 0)
			m.may(err)
		},
		"attrs": func(t *rapid.T) {
			attrs := rapid.SampledFrom([]string{`{"a":1}`, `{"a":null,"b":{"c":[1]}}`, `[]`}).Draw(t, "attrs")
			name, n := m.pick(t)
			_, err := m.UpdateTrial(m.ctx, name, n, json.RawMessage(attrs), rapid.SampledFrom([]string{"", "*", `"1.x"`}).Draw(t, "match"))
			m.may(err)
		},
		"state": func(t *rapid.T) {
			name := m.study(t)
			var err error
			if rapid.IntRange(0, 4).Draw(t, "stop") == 0 {
				_, err = m.StopStudy(m.ctx, name)
			} else {
				_, err = m.ResumeStudy(m.ctx, name)
			}
			m.may(err)
		},
		"patch": func(t *rapid.T) {
			_, err := m.UpdateStudy(m.ctx, m.study(t), json.RawMessage(rapid.SampledFrom(machinePatches).Draw(t, "patch")), "")
			m.may(err)
		},
		"time": func(t *rapid.T) {
			m.pass(time.Duration(rapid.SampledFrom([]int{7, 1000, 1000, 3000, 6000, 11000}).Draw(t, "ms")) * time.Millisecond)
			m.Tick(m.ctx)
		},
		"forget":  func(t *rapid.T) { m.Forget(m.study(t)) },
		"archive": m.doArchive,
		"restart": func(t *rapid.T) {
			if rapid.IntRange(0, 3).Draw(t, "often") == 0 {
				m.restart()
			}
		},
		"": m.check,
	}
}

func (m *machine) someSpace(t *rapid.T) trials.SearchSpace {
	var s trials.SearchSpace
	if err := json.Unmarshal([]byte(rapid.SampledFrom(machineSpaces).Draw(t, "space")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (m *machine) doAsk(t *rapid.T) {
	req := &trials.AskRequest{Count: rapid.SampledFrom([]int{0, 1, 1, 2, 4, 2000}).Draw(t, "count")}
	if rapid.IntRange(0, 2).Draw(t, "own") == 0 {
		req.SearchSpace = m.someSpace(t)
	}
	req.LeaseSeconds = rapid.SampledFrom([]int64{0, 0, 3, -1}).Draw(t, "lease")
	if rapid.IntRange(0, 3).Draw(t, "fixed") == 0 {
		req.Params = create(m, `{"params":`+rapid.SampledFrom(machineParams).Draw(t, "params")+`}`).Params
	}
	name := m.study(t)
	got, err := m.Ask(m.ctx, name, req, nil)
	m.may(err)
	if err == nil && len(got.Trials) < req.Count && !got.Stop {
		m.Fatalf("%d of %d trials and no stop: %s", len(got.Trials), req.Count, doc(got))
	}
	for _, a := range got.Trials {
		if shown, err := m.Trial(m.ctx, name, a.Number); err != nil || shown.State != trials.Running || doc(shown.Params) != doc(a.Params) {
			m.Fatalf("asked %s, which is %s, %v", doc(a), doc(shown), err)
		}
	}
}

func (m *machine) doReport(t *rapid.T) {
	name, n := m.pick(t)
	r := m.someReport(t)
	d, err := m.Report(m.ctx, name, n, &r, rapid.Bool().Draw(t, "explain"))
	m.may(err)
	if err != nil {
		return
	}
	if at := fmt.Sprint(name, "/", n); m.pruned[at] && !d.ShouldPrune {
		m.Fatalf("trial %d was told to stop and now is not: %s", n, doc(d))
	} else if d.ShouldPrune {
		m.pruned[at] = true
	}
	if r.Step >= 0 || r.Seq >= 0 {
		d.Ignored = true
		again, err := m.Report(m.ctx, name, n, &r, false)
		if d.Explanation != nil && d.Reason == "" {
			d.Explanation = nil // it was asked for
		}
		if err != nil || doc(again) != doc(d) {
			m.Fatalf("repeated report %s, %v, want %s", doc(again), err, doc(d))
		}
	}
}

func (m *machine) doTell(t *rapid.T) {
	tell := trials.Tell{State: rapid.SampledFrom([]trials.State{"", "", "", trials.Pruned, trials.Fail, trials.Waiting}).Draw(t, "state")}
	if tell.State == "" || rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
		tell.Value, tell.Values = m.someValues(t)
	}
	if rapid.Bool().Draw(t, "metrics") {
		tell.Metrics = map[string]trials.Float{"size": trials.Float(values.Draw(t, "size")), "lat": 1, "a": 2}
	}
	if tell.State == trials.Pruned && rapid.Bool().Draw(t, "crossed") {
		tell.Crossed = []trials.CrossedLimit{{Metric: "size", Bound: 1, Observed: rapid.Float64Range(0.5, 3).Draw(t, "by")}}
	}
	name, n := m.pick(t)
	if rapid.IntRange(0, 2).Draw(t, "rid") == 0 {
		tell.Unused = slices.Sorted(maps.Keys(m.someSpace(t)))
	}
	_, err := m.Tell(m.ctx, name, n, &tell)
	m.may(err)
}

// doWork takes a trial through a worker's day.
func (m *machine) doWork(t *rapid.T) {
	name := m.study(t)
	got, err := m.Ask(m.ctx, name, &trials.AskRequest{}, nil)
	m.may(err)
	if len(got.Trials) == 0 {
		return
	}
	n := got.Trials[0].Number
	good := rapid.OneOf(rapid.SampledFrom([]float64{0, 1, math.NaN()}), rapid.Float64Range(-1, 2))
	for step := range rapid.Int64Range(0, 5).Draw(t, "steps") {
		var metrics []any
		for _, name := range []string{"value", "a", "b", "size", "lat"} {
			metrics = append(metrics, name, good.Draw(t, name))
		}
		d, err := m.Report(m.ctx, name, n, rep(step, metrics...), false)
		m.may(err)
		if d.ShouldPrune {
			_, err := m.Tell(m.ctx, name, n, &trials.Tell{State: trials.Pruned})
			m.may(err)
			return
		}
	}
	tell := trials.Tell{Value: float(rapid.Float64Range(-1, 2).Draw(t, "v"))}
	if strings.HasSuffix(name, "-1") {
		v := rapid.SampledFrom([]trials.Float{0, 1, 2})
		tell = trials.Tell{Values: &trials.Values{List: []trials.Float{v.Draw(t, "a"), v.Draw(t, "b")}}}
	}
	_, err = m.Tell(m.ctx, name, n, &tell)
	m.may(err)
}

func (m *machine) doCreate(t *rapid.T) {
	req := create(m, `{"params":`+rapid.SampledFrom(machineParams).Draw(t, "params")+`}`)
	req.State = rapid.SampledFrom([]trials.State{"", "", trials.Complete, trials.Pruned, trials.Running}).Draw(t, "state")
	req.SkipIfExists = rapid.IntRange(0, 3).Draw(t, "skip") == 0
	if rapid.IntRange(0, 2).Draw(t, "own") == 0 {
		req.Distributions = m.someSpace(t)
	}
	if req.State == trials.Complete {
		req.Value, req.Values = m.someValues(t)
	}
	if req.State.Finished() {
		for range rapid.IntRange(0, 3).Draw(t, "reports") {
			req.Reports = append(req.Reports, m.someReport(t))
		}
		req.Metrics = map[string]trials.Float{"a": 1}
	}
	_, _, err := m.CreateTrial(m.ctx, m.study(t), req, nil)
	m.may(err)
}

// doArchive exports a study, makes another of the archive and compares.
func (m *machine) doArchive(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "often") != 0 {
		return
	}
	name := m.study(t)
	m.copies++
	other := fmt.Sprintf("%s-copy%d", name, m.copies)
	out := func(name string) string {
		var b bytes.Buffer
		if err := m.Export(m.ctx, name, &b); err != nil {
			m.Fatalf("Export() = %v", err)
		}
		return b.String()
	}
	first := out(name)
	made, err := m.Import(m.ctx, strings.NewReader(first), other)
	if err != nil {
		m.Fatalf("Import() = %v\n%s", err, first)
	}
	if second := strings.Replace(out(other), `"name":"`+other+`"`, `"name":"`+name+`"`, 1); first != second {
		m.Fatalf("exported, imported and exported:\n%s\nwas\n%s", second, first)
	}
	was, err := m.Study(m.ctx, name)
	if err != nil || doc(made.Spent) != doc(was.Spent) || made.TrialCounts != was.TrialCounts {
		m.Fatalf("imported %s, want %s (%v)", doc(made), doc(was), err)
	}
	if diff, err := m.CompareRebuilt(m.ctx, other); err != nil || diff != "" {
		m.Fatalf("imported: %v\n%s", err, diff)
	}
	if err := m.DeleteStudy(m.ctx, other, ""); err != nil {
		m.Fatalf("DeleteStudy() = %v", err)
	}
}

// check holds everything that must be so between any two requests.
func (m *machine) check(*rapid.T) {
	for _, name := range m.names {
		diff, err := m.CompareRebuilt(m.ctx, name)
		if err != nil || diff != "" {
			m.Fatalf("%s: rebuilt differs from grown: %v\n%s", name, err, diff)
		}
		study, err := m.Study(m.ctx, name)
		m.may(err)
		list, err := m.Trials(m.ctx, name, trials.TrialQuery{Order: trials.ByNumber, Limit: 1000})
		m.may(err)
		var counts trials.Counts
		for i, t := range list {
			if t.Number != int64(i) {
				m.Fatalf("%s: trials %s: a number is missing or twice", name, states(list))
			}
			count(&counts, t.State)
			m.checkTrial(name, &t)
		}
		if counts != study.TrialCounts {
			m.Fatalf("%s: counts %+v, trials are %+v", name, study.TrialCounts, counts)
		}
		if b := study.Budget; b != nil && b.MaxTrials > 0 && *study.Spent.Trials > float64(b.MaxTrials) {
			m.Fatalf("%s: %v trials of at most %d", name, *study.Spent.Trials, b.MaxTrials)
		}
		best, err := m.Best(m.ctx, name)
		m.may(err)
		if got, want := numbers(best), naiveBest(&study, list); !slices.Equal(got, want) {
			m.Fatalf("%s: best %v, want %v", name, got, want)
		}
	}
}

func (m *machine) checkTrial(name string, t *trials.Trial) {
	at := fmt.Sprint(name, "/", t.Number)
	if !t.State.Finished() {
		if m.pruned[at] {
			if d, err := m.Decision(m.ctx, name, t.Number, 0); err != nil || !d.ShouldPrune {
				m.Fatalf("%s was told to stop and is not any more: %s, %v", at, doc(d), err)
			}
		}
		return
	}
	for name, s := range t.Metrics {
		s.P95 = nil // may be read later
		t.Metrics[name] = s
	}
	now := fmt.Sprint(t.State, doc(t.Values), doc(t.Params), doc(t.Metrics), doc(t.LastValues), t.Reason, t.DatetimeComplete, doc(t.Decision))
	if was, ok := m.ended[at]; ok && was != now {
		m.Fatalf("%s changed after it ended: %s, was %s", at, now, was)
	}
	m.ended[at] = now
}

func count(c *trials.Counts, s trials.State) {
	*map[trials.State]*int64{
		trials.Running: &c.Running, trials.Waiting: &c.Waiting, trials.Complete: &c.Complete, trials.Pruned: &c.Pruned, trials.Fail: &c.Fail,
	}[s]++
}

func numbers(list []trials.Trial) []int64 {
	out := []int64{}
	for _, t := range list {
		out = append(out, t.Number)
	}
	return out
}

// naiveBest finds the best trials by comparing all with all.
func naiveBest(study *trials.Study, list []trials.Trial) []int64 {
	breach := func(t *trials.Trial) float64 {
		switch {
		case t.Violation != nil: // of a constraint, or of a limit of the pruner's
			return float64(*t.Violation)
		case len(study.Constraints) == 0 || t.Feasible != nil && *t.Feasible:
			return 0
		default:
			return math.Inf(1)
		}
	}
	var done []*trials.Trial
	least := math.Inf(1)
	for i := range list {
		if list[i].State == trials.Complete {
			done = append(done, &list[i])
			least = min(least, breach(&list[i]))
		}
	}
	slices.SortFunc(done, func(a, b *trials.Trial) int { return int(a.EndedSeq - b.EndedSeq) })
	done = slices.DeleteFunc(done, func(t *trials.Trial) bool { return breach(t) != least })
	better := func(a, b *trials.Trial, i int) bool {
		return study.Objectives[i].Direction.Better(float64(a.Values[i]), float64(b.Values[i]))
	}
	out := []int64{}
	if len(done) == 0 {
		return out
	}
	if least > 0 || len(study.Objectives) == 1 {
		best := done[0]
		for _, t := range done {
			if better(t, best, 0) {
				best = t
			}
		}
		return append(out, best.Number)
	}
	for _, t := range done {
		dominated := slices.ContainsFunc(done, func(o *trials.Trial) bool {
			some := false
			for i := range study.Objectives {
				if better(t, o, i) {
					return false
				}
				some = some || better(o, t, i)
			}
			return some
		})
		if !dominated {
			out = append(out, t.Number)
		}
	}
	slices.Sort(out)
	return out
}

// few makes a costly property be checked fewer times, unless the command says
// how many.
func few(t *testing.T, checks int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if was := f.Value.String(); was == f.DefValue {
		if err := f.Value.Set(strconv.Itoa(checks)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(was) })
	}
}

func TestRebuiltEqualsGrown(t *testing.T) {
	few(t, 25)
	e := newEnv(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		m := newMachine(e, rt, n)
		rt.Repeat(m.actions())
		for _, name := range m.names {
			m.may(m.DeleteStudy(m.ctx, name, ""))
		}
	})
	e.tb = t
}
