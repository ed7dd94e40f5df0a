package pruner_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/trials"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// scene is a running trial of a study with a pruner. Values are reported as
// name=value; a step of Absent is a sample in time.
type scene struct {
	t     testing.TB
	study *trials.StudySpec
	p     trials.Pruner
	h     *trials.History
	trial *trials.Live
	next  int64
	last  *trials.ReportRow
}

func newScene(t testing.TB, study *trials.StudySpec, node string) *scene {
	t.Helper()
	p, _, _, err := pruner.Table{}.New(study, json.RawMessage(node))
	if err != nil {
		t.Fatalf("New(%s): %v", node, err)
	}
	s := &scene{t: t, study: study, p: p, h: trials.NewHistory(study, p.Needs(), p.Lanes()), next: 1}
	s.trial = s.h.Start(0, nil, noon)
	return s
}

func study() *trials.StudySpec {
	return &trials.StudySpec{Objectives: []trials.Objective{{Metric: "loss", Direction: trials.Minimize}}}
}

type point struct {
	step  int64
	value float64
}

func (s *scene) report(trial *trials.Live, step int64, metric string, v float64) {
	s.last = s.h.Report(trial, trials.Report{
		Step: step, Seq: trials.Absent, Elapsed: math.NaN(), Metrics: []trials.Metric{{Name: metric, Value: v}},
	}, noon)
}

// peer adds a trial that ended with a curve.
func (s *scene) peer(state trials.State, metric string, curve ...point) {
	l := s.h.Start(s.next, nil, noon)
	s.next++
	for _, p := range curve {
		s.report(l, p.step, metric, p.value)
	}
	var values []float64
	if state == trials.Complete {
		values = []float64{1}
	}
	s.h.End(l, state, values, noon)
}

func (s *scene) at() *trials.Case {
	return &trials.Case{Study: s.study, History: s.h, Trial: s.trial, Report: s.last, Now: noon}
}

func (s *scene) judge() string {
	s.t.Helper()
	verdict, shadow := s.p.Judge(s.at())
	tree, _ := s.p.Explain(s.at())
	if tree.Mode == "" && tree.Verdict != verdict {
		s.t.Errorf("Explain says %v, Judge %v", tree.Verdict, verdict)
	}
	if shadow {
		return verdict.String() + "+shadow"
	}
	return verdict.String()
}

var nan, inf = math.NaN(), math.Inf(1)

func TestThresholdAndLimit(t *testing.T) {
	const cpu, free = "system/cpu_seconds", "system/free_gb"
	tests := map[string]struct {
		node   string
		metric string
		values []float64
		want   string
	}{
		"threshold: nothing reported":         {`{"type":"threshold","upper":1}`, "", nil, "unknown"},
		"threshold: at the upper end":         {`{"type":"threshold","upper":1}`, "loss", []float64{1}, "pass"},
		"threshold: above it":                 {`{"type":"threshold","upper":1}`, "loss", []float64{1.01}, "fire"},
		"threshold: at the lower end":         {`{"type":"threshold","lower":1}`, "loss", []float64{1}, "pass"},
		"threshold: below it":                 {`{"type":"threshold","lower":1,"upper":2}`, "loss", []float64{0.9}, "fire"},
		"threshold: back within":              {`{"type":"threshold","upper":1}`, "loss", []float64{5, 0.5}, "pass"},
		"threshold: diverged":                 {`{"type":"threshold","lower":-9}`, "loss", []float64{nan}, "fire"},
		"threshold: infinite, no upper end":   {`{"type":"threshold","lower":-9}`, "loss", []float64{inf}, "pass"},
		"threshold: infinite, an upper end":   {`{"type":"threshold","upper":9}`, "loss", []float64{inf}, "fire"},
		"threshold: a metric named":           {`{"type":"threshold","metric":"grad","upper":9}`, "grad", []float64{10}, "fire"},
		"threshold: another metric":           {`{"type":"threshold","metric":"grad","upper":9}`, "loss", []float64{10}, "unknown"},
		"limit: nothing reported":             {`{"type":"limit","metric":"system/cpu_seconds","bound":10}`, "", nil, "unknown"},
		"limit: at the bound":                 {`{"type":"limit","metric":"system/cpu_seconds","bound":10}`, cpu, []float64{4, 10}, "pass"},
		"limit: beyond":                       {`{"type":"limit","metric":"system/cpu_seconds","bound":10}`, cpu, []float64{4, 12.3}, "fire"},
		"limit: a running total stays beyond": {`{"type":"limit","metric":"system/cpu_seconds","bound":10}`, cpu, []float64{12, 4}, "fire"},
		"limit: NaN is passed over by max":    {`{"type":"limit","metric":"system/cpu_seconds","bound":10}`, cpu, []float64{4, nan}, "pass"},
		"limit: NaN alone":                    {`{"type":"limit","metric":"system/cpu_seconds","bound":10}`, cpu, []float64{nan}, "unknown"},
		"limit: NaN by last":                  {`{"type":"limit","bound":10}`, "loss", []float64{99, nan}, "unknown"},
		"limit: infinite":                     {`{"type":"limit","bound":10}`, "loss", []float64{inf}, "fire"},
		"limit: not less than":                {`{"type":"limit","metric":"system/free_gb","op":">=","bound":2}`, free, []float64{2}, "pass"},
		"limit: less than":                    {`{"type":"limit","metric":"system/free_gb","op":">=","bound":2}`, free, []float64{3, 1.9}, "fire"},
		"limit: by mean":                      {`{"type":"limit","bound":2,"aggregate":"mean"}`, "loss", []float64{3, 1.2}, "fire"},
		"limit: by sum":                       {`{"type":"limit","bound":4,"aggregate":"sum"}`, "loss", []float64{3, 1}, "pass"},
		"limit: by min":                       {`{"type":"limit","bound":2,"aggregate":"min"}`, "loss", []float64{3, 1}, "pass"},
		"limit: by quantile":                  {`{"type":"limit","bound":2,"aggregate":"p95"}`, "loss", []float64{1, 1, 3}, "fire"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for _, v := range tt.values {
				s.report(s.trial, trials.Absent, tt.metric, v)
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("after %v: %s, want %s", tt.values, got, tt.want)
			}
		})
	}
}

func TestPercentile(t *testing.T) {
	peers := []float64{0.1, 0.2, 0.3, 0.4, 0.5}
	tests := map[string]struct {
		node string
		own  []point
		peer []float64 // of COMPLETE trials at step 2
		want string
	}{
		"worse than the median":              {`{"type":"median"}`, []point{{2, 0.31}}, peers, "fire"},
		"as good as the median":              {`{"type":"median"}`, []point{{2, 0.3}}, peers, "pass"},
		"was better before":                  {`{"type":"median"}`, []point{{1, 0.1}, {2, 9}}, peers, "pass"},
		"too few trials":                     {`{"type":"median"}`, []point{{2, 9}}, peers[:4], "unknown"},
		"no start-up, no trials":             {`{"type":"median","startup_trials":0}`, []point{{2, 9}}, nil, "unknown"},
		"no trials, all NaN":                 {`{"type":"median","startup_trials":0}`, []point{{2, nan}}, nil, "unknown"},
		"nothing reported":                   {`{"type":"median"}`, nil, peers, "unknown"},
		"reported without a step":            {`{"type":"median"}`, []point{{trials.Absent, 9}}, peers, "unknown"},
		"nobody was at the step":             {`{"type":"median"}`, []point{{3, 9}}, peers, "unknown"},
		"too few at the step":                {`{"type":"median","min_trials":6}`, []point{{2, 9}}, peers, "unknown"},
		"NaN counts for min_trials":          {`{"type":"median","min_trials":5}`, []point{{2, 9}}, []float64{0.1, nan, nan, nan, 0.1}, "fire"},
		"all peers NaN":                      {`{"type":"median"}`, []point{{2, 9}}, []float64{nan, nan, nan, nan, nan}, "unknown"},
		"infinite peers":                     {`{"type":"median"}`, []point{{2, 9}}, []float64{inf, inf, inf, inf, inf}, "unknown"},
		"all NaN itself":                     {`{"type":"median"}`, []point{{1, nan}, {2, nan}}, peers, "fire"},
		"NaN, but a number before":           {`{"type":"median"}`, []point{{1, 0.2}, {2, nan}}, peers, "pass"},
		"in the warm-up":                     {`{"type":"median","warmup_steps":3}`, []point{{2, 9}}, peers, "pass"},
		"just after the warm-up":             {`{"type":"median","warmup_steps":2}`, []point{{2, 9}}, peers, "fire"},
		"first of its interval":              {`{"type":"median","interval_steps":2}`, []point{{1, 9}, {2, 9}}, peers, "fire"},
		"not first of its interval":          {`{"type":"median","interval_steps":3}`, []point{{0, 9}, {2, 9}}, peers, "pass"},
		"not in the best 20 %":               {`{"type":"percentile","percentile":20}`, []point{{2, 0.25}}, peers, "fire"},
		"in the best 80 %":                   {`{"type":"percentile","percentile":80}`, []point{{2, 0.4}}, peers, "pass"},
		"maximize: in the best 20 %":         {`{"type":"percentile","percentile":20,"direction":"maximize"}`, []point{{2, 0.45}}, peers, "pass"},
		"maximize: not in the best 20 %":     {`{"type":"percentile","percentile":20,"direction":"maximize"}`, []point{{2, 0.3}}, peers, "fire"},
		"a late report does not move it":     {`{"type":"median"}`, []point{{2, 9}, {1, 9}}, peers, "fire"},
		"a late report may make it better":   {`{"type":"median"}`, []point{{2, 9}, {1, 0}}, peers, "pass"},
		"a metric of which there is nothing": {`{"type":"median","metric":"acc"}`, []point{{2, 9}}, peers, "unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			for _, v := range tt.peer {
				s.peer(trials.Complete, "loss", point{2, v})
			}
			for range 9 { // these do not count
				s.peer(trials.Pruned, "loss", point{2, 0})
				s.peer(trials.Fail, "loss", point{2, 0})
			}
			for _, p := range tt.own {
				s.report(s.trial, p.step, "loss", p.value)
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A leaf with the verdict that its metric is named after.
func says(verdict, mode string) string {
	return fmt.Sprintf(`{"type":"limit","metric":%q,"bound":1,"mode":%q}`, verdict, mode)
}

func newLogic(t *testing.T, node string) *scene {
	s := newScene(t, study(), node)
	s.report(s.trial, trials.Absent, "fire", 2)
	s.report(s.trial, trials.Absent, "pass", 0)
	return s
}

// Every combination of up to three verdicts, each enforced or in shadow mode.
func TestThreeValuedLogic(t *testing.T) {
	leaves := []string{"fire", "pass", "unknown", "fire+shadow", "pass+shadow", "unknown+shadow"}
	var combinations [][]string
	for _, a := range leaves {
		combinations = append(combinations, []string{a})
		for _, b := range leaves {
			combinations = append(combinations, []string{a, b})
			for _, c := range leaves {
				combinations = append(combinations, []string{a, b, c})
			}
		}
	}
	strongest := map[string][]string{"any": {"fire", "unknown", "pass"}, "all": {"pass", "unknown", "fire"}}
	for operator, order := range strongest {
		for _, children := range combinations {
			want, shadow := "unknown", ""
			var nodes []string
			for _, child := range children {
				verdict, mode, _ := strings.Cut(child, "+")
				if mode == "" {
					mode = trials.Enforce
				}
				nodes = append(nodes, says(verdict, mode))
				if child == "fire+shadow" {
					shadow = "+shadow"
				}
			}
			for _, verdict := range order {
				if contains(children, verdict) {
					want = verdict
					break
				}
			}
			node := fmt.Sprintf(`{"type":%q,"pruners":[%s]}`, operator, strings.Join(nodes, ","))
			if got := newLogic(t, node).judge(); got != want+shadow {
				t.Errorf("%s of %v is %s, want %s", operator, children, got, want+shadow)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func TestDecidingRule(t *testing.T) {
	fire, pass, unknown := says("fire", "enforce"), says("pass", "enforce"), says("unknown", "enforce")
	silent := says("fire", "shadow")
	tests := map[string]struct {
		node, want, path, mode string
	}{
		"a single rule":                         {fire, "fire", "", ""},
		"a single rule in shadow mode":          {silent, "unknown+shadow", "", "shadow"},
		"nothing fires":                         {`{"type":"any","pruners":[` + pass + `,` + unknown + `]}`, "unknown", "none", ""},
		"the first that fires":                  {`{"type":"any","pruners":[` + pass + `,` + fire + `,` + fire + `]}`, "fire", "/pruners/1", ""},
		"enforced before shadow":                {`{"type":"any","pruners":[` + silent + `,` + fire + `]}`, "fire+shadow", "/pruners/1", ""},
		"only shadow fires":                     {`{"type":"any","pruners":[` + pass + `,` + silent + `]}`, "pass+shadow", "/pruners/1", "shadow"},
		"not one in an all that does not fire":  {`{"type":"any","pruners":[{"type":"all","pruners":[` + fire + `,` + pass + `]},` + fire + `]}`, "fire", "/pruners/1", ""},
		"the first of an all":                   {`{"type":"any","pruners":[{"type":"all","pruners":[` + fire + `,` + fire + `]}]}`, "fire", "/pruners/0/pruners/0", ""},
		"an operator in shadow mode":            {`{"type":"any","mode":"shadow","pruners":[` + pass + `,` + fire + `]}`, "unknown+shadow", "/pruners/1", "shadow"},
		"an operator in shadow mode, below any": {`{"type":"any","pruners":[` + pass + `,{"type":"any","mode":"shadow","pruners":[` + fire + `]}]}`, "pass+shadow", "/pruners/1/pruners/0", "shadow"},
		"shadow that does not fire":             {`{"type":"all","mode":"shadow","pruners":[` + fire + `,` + pass + `]}`, "unknown", "none", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newLogic(t, tt.node)
			if got := s.judge(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			path, mode := "none", ""
			if _, by := s.p.Explain(s.at()); by != nil {
				path, mode = by.Path, by.Mode
			}
			if path != tt.path || mode != tt.mode {
				t.Errorf("decided by %s (%s), want %s (%s)", path, mode, tt.path, tt.mode)
			}
		})
	}
}

func TestNopNeverFires(t *testing.T) {
	for _, node := range []string{``, `{"type":"nop"}`, `{"type":"all","pruners":[{"type":"nop"},` + says("fire", "enforce") + `]}`} {
		s := newLogic(t, node)
		for i, v := range []float64{0, 1e300, nan, inf, -inf} {
			s.peer(trials.Complete, "loss", point{int64(i), v})
			s.report(s.trial, int64(i), "loss", v)
			if got := s.judge(); got != "pass" {
				t.Errorf("%s: %s after %v", node, got, v)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	deep := func(n int) string {
		return strings.Repeat(`{"type":"any","pruners":[`, n-1) + `{"type":"nop"}` + strings.Repeat(`]}`, n-1)
	}
	tests := map[string]struct{ node, want string }{
		"unknown type":           {`{"type":"medain"}`, `/type: there is no pruner "medain"; there are median, `},
		"far below":              {`{"type":"any","pruners":[{"type":"all","pruners":[{"type":"percentile","percentile":101}]}]}`, "/pruners/0/pruners/0/percentile: must be a number from 0 to 100"},
		"an option of another":   {`{"type":"median","percentile":50}`, "/percentile: is not an option of median, which has "},
		"two faults, the second": {`{"type":"any","pruners":[{"type":"nop","x":1},{"type":"threshold"}]}`, "/pruners/1/lower: of lower and upper at least one is needed"},
		"ends crossed":           {`{"type":"threshold","lower":2,"upper":1}`, "/lower: is above upper, 1"},
		"no bound":               {`{"type":"limit"}`, "/bound: is needed by limit"},
		"no rules":               {`{"type":"all","pruners":[]}`, "/pruners: must be a list of 1 to 32 nodes"},
		"a rule that is none":    {`{"type":"all","pruners":[3]}`, "/pruners/0: must be an object with a type and its options"},
		"mode":                   {`{"type":"nop","mode":"off"}`, "/mode: must be one of enforce or shadow"},
		"looks back too often":   {`{"type":"any","confirm":20,"pruners":[{"type":"median","confirm":20}]}`, "/pruners/0/confirm: confirm and cooldown_steps multiply"},
		"just deep enough":       {deep(16), ""},
		"too deep":               {deep(17), strings.Repeat("/pruners/0", 16) + ": the tree is deeper than 16 nodes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, _, err := pruner.Table{}.New(study(), json.RawMessage(tt.node))
			got := ""
			var e *trials.Error
			if errors.As(err, &e) {
				f := e.Fields[len(e.Fields)-1]
				got = f.Pointer + ": " + f.Detail
			}
			if !strings.HasPrefix(got, tt.want) || tt.want == "" && err != nil {
				t.Errorf("New(%s): %s; want %s", tt.node, got, tt.want)
			}
		})
	}
}

func TestResolvedNodes(t *testing.T) {
	spec := study()
	spec.Objectives = append(spec.Objectives, trials.Objective{Metric: "acc", Direction: trials.Maximize})
	const timing = `"warmup_steps":0,"warmup_fraction":0,"warmup_seconds":0,"interval_steps":1,"confirm":1,"cooldown_steps":0,`
	const comparing = `"lhs":"best","rhs":"raw","statistic":"percentile","population":"completed","from_step":0,"startup_trials":5,"min_trials":1,"carry":false,"first_nan":false,`
	tests := map[string]string{
		``:                  `{"type":"nop","mode":"enforce"}`,
		`{"type":"median"}`: `{"type":"median",` + comparing + `"metric":"loss","direction":"minimize","marks":16,` + timing + `"mode":"enforce"}`,
		`{"type":"percentile","percentile":25,"metric":"acc","label":"top"}`:         `{"type":"percentile","percentile":25,` + comparing + `"metric":"acc","direction":"maximize","marks":16,` + timing + `"mode":"enforce","label":"top"}`,
		`{"type":"any","pruners":[{"type":"limit","metric":"a_bytes","bound":2e9}]}`: `{"type":"any","pruners":[{"type":"limit","metric":"a_bytes","op":"<=","bound":2000000000,"aggregate":"max",` + timing + `"mode":"enforce"}],` + timing + `"mode":"enforce"}`,
		`{"type":"threshold","upper":1}`:                                             `{"type":"threshold","metric":"loss","upper":1,"consecutive":1,` + timing + `"mode":"enforce"}`,
	}
	for node, want := range tests {
		_, got, _, err := pruner.Table{}.New(spec, json.RawMessage(node))
		if err != nil || string(got) != want {
			t.Errorf("New(%s) resolves to\n%s, %v; want\n%s", node, got, err, want)
			continue
		}
		_, again, _, err := pruner.Table{}.New(spec, got)
		if err != nil || string(again) != want {
			t.Errorf("resolved anew, %s becomes %s, %v", got, again, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	tests := map[string]struct{ node, want string }{
		"nothing doubtful":       {`{"type":"median","warmup_steps":49}`, ""},
		"a warm-up without end":  {`{"type":"all","pruners":[{"type":"median","warmup_steps":50}]}`, "/pruners/0/warmup_steps"},
		"a start-up without end": {`{"type":"median","startup_trials":20}`, "/startup_trials"},
		"too many peers":         {`{"type":"median","min_trials":20}`, "/min_trials"},
		"only the best":          {`{"type":"percentile","percentile":0}`, "/percentile"},
		"the smallest at most":   {`{"type":"limit","bound":1,"aggregate":"min"}`, "/aggregate"},
		"all in shadow mode":     {`{"type":"any","pruners":[{"type":"nop","mode":"shadow"}]}`, "/pruners"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := study()
			spec.MaxSteps, spec.Budget = 50, &trials.Budget{MaxTrials: 20}
			_, _, warnings, err := pruner.Table{}.New(spec, json.RawMessage(tt.node))
			got := ""
			for _, w := range warnings {
				got += w.Pointer
			}
			if err != nil || got != tt.want {
				t.Errorf("New(%s) warns of %v, %v; want %s", tt.node, warnings, err, tt.want)
			}
		})
	}
}

func TestNeedsAreMerged(t *testing.T) {
	p := newScene(t, study(), `{"type":"any","pruners":[{"type":"median"},{"type":"limit","bound":1,"aggregate":"p95"},{"type":"nop"},{"type":"threshold","metric":"a","upper":1}]}`).p
	want := []trials.Need{{Metric: "a", Series: true}, {Metric: "loss", Quantile: true, Series: true, Peers: []trials.Peers{{}}}}
	if got := p.Needs(); !reflect.DeepEqual(got, want) {
		t.Errorf("needs %+v, want %+v", got, want)
	}
}

func TestEveryExampleIsAccepted(t *testing.T) {
	for _, e := range (pruner.Table{}).Catalogue() {
		newScene(t, study(), string(e.Example))
		if !json.Valid(e.Schema) || e.Summary == "" || e.Kind == "" {
			t.Errorf("%s: schema %s, summary %q, kind %q", e.Type, e.Schema, e.Summary, e.Kind)
		}
		for _, member := range []string{`"mode":`, `"label":`} {
			if !strings.Contains(string(e.Schema), member) {
				t.Errorf("the schema of %s has no %s", e.Type, member)
			}
		}
	}
}

const everyRule = `{"type":"any","pruners":[
	{"type":"nop"},{"type":"threshold","upper":9},{"type":"limit","bound":9,"aggregate":"p95"},
	{"type":"all","pruners":[{"type":"median"},{"type":"percentile","percentile":25,"mode":"shadow"}]}]}`

// crowd returns a trial at its 20th step among so many that completed.
func crowd(t testing.TB, completed int) *scene {
	s := newScene(t, study(), everyRule)
	for i := range completed {
		curve := make([]point, 20)
		for step := range curve {
			curve[step] = point{int64(step), float64((i*7919+step)%1000) / 100}
		}
		s.peer(trials.Complete, "loss", curve...)
	}
	for step := range int64(20) {
		s.report(s.trial, step, "loss", 5)
	}
	return s
}

func TestJudgeAllocatesNothing(t *testing.T) {
	s := crowd(t, 50)
	c := s.at()
	if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkJudge(b *testing.B) {
	for _, completed := range []int{100, 10000} {
		b.Run(fmt.Sprint(completed), func(b *testing.B) {
			s := crowd(b, completed)
			c := s.at()
			for b.Loop() {
				s.p.Judge(c)
			}
		})
	}
}
