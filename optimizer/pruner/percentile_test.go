package pruner_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// curves returns a curve of one value for each, at a step.
func curves(step int64, values ...float64) [][]point {
	out := make([][]point, len(values))
	for i, v := range values {
		out[i] = []point{{step, v}}
	}
	return out
}

func TestPercentileManners(t *testing.T) {
	m := func(more string) string { return `{"type":"median","startup_trials":0` + more + `}` }
	// Running means at step 2: 2, 3 and 10.
	peers := [][]point{at(1, 1, 3), at(1, 6, 0), at(1, 4, 16)}
	verdicts(t, map[string]row{
		"the latest, not the best":            {node: m(`,"lhs":"last"`), own: at(1, 0, 3.5), peers: peers, want: "fire"},
		"the latest, as good":                 {node: m(`,"lhs":"last"`), own: at(1, 9, 3), peers: peers, want: "pass"},
		"the latest, NaN":                     {node: m(`,"lhs":"last"`), own: at(1, 0, nan), peers: peers, want: "fire"},
		"its own mean":                        {node: m(`,"lhs":"running_mean"`), own: at(1, 0, 6), peers: peers, want: "pass"},
		"its own mean, worse":                 {node: m(`,"lhs":"running_mean"`), own: at(1, 1, 6), peers: peers, want: "fire"},
		"its own mean, from a step on":        {node: m(`,"lhs":"running_mean","from_step":2`), own: at(1, 9, 3), peers: peers, want: "pass"},
		"its own mean, too early":             {node: m(`,"lhs":"running_mean","from_step":3`), own: at(1, 9, 9), peers: peers, want: "unknown"},
		"running means":                       {node: m(`,"rhs":"running_mean"`), own: at(1, 9, 3), peers: peers, want: "pass"},
		"running means, worse":                {node: m(`,"rhs":"running_mean"`), own: at(1, 9, 3.01), peers: peers, want: "fire"},
		"the median of two means is halfway":  {node: m(`,"rhs":"running_mean"`), own: at(1, 9, 6.5), peers: peers[1:], want: "pass"},
		"just above halfway":                  {node: m(`,"rhs":"running_mean"`), own: at(1, 9, 6.6), peers: peers[1:], want: "fire"},
		"means of the head":                   {node: m(`,"rhs":"head_mean","from_step":1`), own: at(1, 9, 4.5), peers: peers, want: "fire"},
		"means of the head, two reports":      {node: m(`,"rhs":"head_mean","from_step":2`), own: at(1, 9, 3), peers: peers, want: "pass"},
		"the head is not over":                {node: m(`,"rhs":"head_mean","from_step":2`), own: at(1, 9), peers: peers, want: "unknown"},
		"the mean of values":                  {node: m(`,"statistic":"mean"`), own: at(1, 9, 19.0/3), peers: peers, want: "pass"},
		"the mean of values, worse":           {node: m(`,"statistic":"mean"`), own: at(1, 9, 6.34), peers: peers, want: "fire"},
		"an infinite mean":                    {node: m(`,"statistic":"mean"`), own: at(1, 9, 6.34), peers: curves(2, inf, 1), want: "pass"},
		"no mean":                             {node: m(`,"statistic":"mean"`), own: at(1, 9, 6.34), peers: curves(2, inf, -inf), want: "unknown"},
		"reached: nobody else":                {node: m(`,"population":"reached"`), own: at(1, 9, 9), want: "unknown"},
		"reached: itself does not count":      {node: m(`,"population":"reached"`), own: at(2, 3), peers: curves(2, 1, 2, 9), want: "fire"},
		"reached: a tie with itself":          {node: m(`,"population":"reached"`), own: at(2, 2), peers: curves(2, 1, 2, 9), want: "pass"},
		"reached: running means":              {node: m(`,"population":"reached","rhs":"running_mean"`), own: at(1, 9, 3.5), peers: peers, want: "fire"},
		"reached: NaN among them":             {node: m(`,"population":"reached","min_trials":2`), own: at(2, 2), peers: curves(2, 1, nan), want: "fire"},
		"reached: its own NaN is one of none": {node: m(`,"population":"reached","lhs":"best"`), own: at(1, 0, nan), want: "unknown"},
		"equal trials":                        {node: m(``), own: at(1, 1, 1), peers: [][]point{at(1, 1, 1), at(1, 1, 1)}, want: "pass"},
		"equal trials, carried":               {node: m(`,"carry":true`), own: at(1, 1, 1), peers: [][]point{at(1, 1, 1), at(1, 1, 1)}, want: "pass"},
		"the best of the others are -inf":     {node: m(`,"rhs":"running_mean"`), own: at(2, 1), peers: curves(2, -inf, -inf), want: "fire"},
		"a step twice keeps the first":        {node: m(``), own: []point{{2, 1}, {2, 99}}, peers: curves(2, 1, 1), want: "pass"},
		"a million steps":                     {node: m(``), own: []point{{1e6, 2}}, peers: curves(1e6, 1, 1, 3), want: "fire"},
		"a million steps, running means":      {node: m(`,"rhs":"running_mean"`), own: []point{{1e6, 2}}, peers: curves(1e6, 1, 1, 3), want: "fire"},
	})
}

func TestPercentileCarries(t *testing.T) {
	m := func(more string) string { return `{"type":"median","startup_trials":0,"carry":true` + more + `}` }
	// At step 4 there is one report; the others have 1 and 5 from before.
	peers := [][]point{{{1, 1}}, {{2, 5}, {9, 0}}, {{4, 9}}}
	verdicts(t, map[string]row{
		"worse than what stands there":     {node: m(``), own: at(4, 5.5), peers: peers, want: "fire"},
		"as good":                          {node: m(``), own: at(4, 5), peers: peers, want: "pass"},
		"maximize, worse":                  {node: m(`,"direction":"maximize"`), own: at(4, 4.5), peers: peers, want: "fire"},
		"maximize, as good":                {node: m(`,"direction":"maximize"`), own: at(4, 5), peers: peers, want: "pass"},
		"those who reached the step only":  {node: m(`,"population":"reached"`), own: at(4, 6.9), peers: peers, want: "pass"},
		"those who reached, halfway":       {node: m(`,"population":"reached"`), own: at(4, 7.1), peers: peers, want: "fire"},
		"nobody before":                    {node: m(``), own: at(0, 9), peers: peers, want: "unknown"},
		"too few":                          {node: m(`,"min_trials":4`), own: at(4, 9), peers: peers, want: "unknown"},
		"values that are not finite":       {node: m(`,"min_trials":2`), own: at(4, 9), peers: curves(1, nan, inf, 1), want: "unknown"},
		"the mean":                         {node: m(`,"statistic":"mean"`), own: at(4, 5), peers: peers, want: "pass"},
		"the mean, worse":                  {node: m(`,"statistic":"mean"`), own: at(4, 5.1), peers: peers, want: "fire"},
		"running means":                    {node: m(`,"rhs":"running_mean"`), own: at(4, 3), peers: [][]point{at(1, 1, 3, 5), at(1, 0, 6)}, want: "pass"},
		"running means, worse":             {node: m(`,"rhs":"running_mean"`), own: at(4, 3.1), peers: [][]point{at(1, 1, 3, 5), at(1, 0, 6)}, want: "fire"},
		"a head shorter than asked":        {node: m(`,"rhs":"head_mean","from_step":3`), own: at(1, 9, 9, 2), peers: [][]point{at(1, 1)}, want: "fire"},
		"a head counts from reports":       {node: m(`,"rhs":"head_mean","from_step":2,"lhs":"last"`), own: at(1, 9, 2.5), peers: [][]point{{{50, 2}, {70, 3}, {80, 99}}}, want: "pass"},
		"in steps of a percentile":         {node: `{"type":"percentile","percentile":25,"startup_trials":0,"carry":true}`, own: at(4, 3), peers: peers, want: "pass"},
		"in steps of a percentile, worse":  {node: `{"type":"percentile","percentile":25,"startup_trials":0,"carry":true}`, own: at(4, 3.1), peers: peers, want: "fire"},
		"the best 100 %":                   {node: `{"type":"percentile","percentile":100,"startup_trials":0,"carry":true}`, own: at(4, 9), peers: peers, want: "pass"},
		"worse than all":                   {node: `{"type":"percentile","percentile":100,"startup_trials":0,"carry":true}`, own: at(4, 9.1), peers: peers, want: "fire"},
		"a first NaN stays the best":       {node: m(`,"first_nan":true`), own: at(3, nan, 0), peers: peers, want: "fire"},
		"a first NaN needs others as well": {node: m(`,"first_nan":true,"min_trials":9`), own: at(3, nan, 0), peers: peers, want: "unknown"},
		"a later NaN is passed over":       {node: m(`,"first_nan":true`), own: at(3, 0, nan), peers: peers, want: "pass"},
	})
}

// Trials that run, were pruned or failed reached their steps as well.
func TestPercentileOfAllThatReached(t *testing.T) {
	for _, carry := range []bool{false, true} {
		s := newScene(t, study(), fmt.Sprintf(`{"type":"median","population":"reached","startup_trials":0,"carry":%v}`, carry))
		s.peer(trials.Pruned, "loss", point{1, 9}, point{2, 1})
		s.peer(trials.Fail, "loss", point{1, 9}, point{2, 2})
		running := s.h.Start(77, nil, noon)
		s.report(running, 2, "loss", 3)
		for _, tt := range []struct {
			v    float64
			want string
		}{{2, "pass"}, {2.5, "fire"}} {
			s.trial = s.h.Start(s.next, nil, noon)
			s.next++
			s.report(s.trial, 2, "loss", tt.v)
			if got := s.judge(); got != tt.want {
				t.Errorf("carry %v: %v is %s, want %s", carry, tt.v, got, tt.want)
			}
			s.h.End(s.trial, trials.Fail, nil, noon)
		}
	}
}

func TestPercentilePresets(t *testing.T) {
	const vizier = `"lhs":"best","rhs":"running_mean","statistic":"percentile","population":"completed","from_step":0,"startup_trials":5,"min_trials":1,"carry":true,"first_nan":false`
	tests := map[string]string{
		`"preset":"optuna"`: `"lhs":"best","rhs":"raw","statistic":"percentile","population":"completed","from_step":0,"startup_trials":5,"min_trials":1,"carry":false,"first_nan":false`,
		`"preset":"vizier"`: vizier,
		`"preset":"ray"`:    `"lhs":"best","rhs":"running_mean","statistic":"percentile","population":"reached","from_step":0,"startup_trials":0,"min_trials":3,"carry":true,"first_nan":true`,
		`"preset":"katib"`:  `"lhs":"last","rhs":"head_mean","statistic":"mean","population":"completed","from_step":4,"startup_trials":3,"min_trials":1,"carry":true,"first_nan":false`,
		// What is given wins, also where it comes first or is the default.
		`"min_trials":1,"preset":"ray","population":"completed"`: `"lhs":"best","rhs":"running_mean","statistic":"percentile","population":"completed","from_step":0,"startup_trials":0,"min_trials":1,"carry":true,"first_nan":true`,
	}
	for node, want := range tests {
		got := resolved(t, study(), `{"type":"median",`+node+`}`)
		for name, v := range resolved(t, study(), `{"type":"median",`+want+`}`) {
			if got[name] != v {
				t.Errorf("%s: %s is %v, want %v", node, name, got[name], v)
			}
		}
		if _, there := got["preset"]; there {
			t.Errorf("%s: the preset is left", node)
		}
	}
}

// both takes a report of two metrics.
func (s *scene) both(trial *trials.Live, step int64, axis string, x, v float64) {
	s.last = s.h.Report(trial, trials.Report{
		Step: step, Seq: trials.Absent, Elapsed: math.NaN(),
		Metrics: []trials.Metric{{Name: axis, Value: x}, {Name: "loss", Value: v}},
	}, noon)
}

const money = "cost"

// along adds a trial that ended with values on the way.
func (s *scene) along(state trials.State, pairs ...float64) {
	l := s.h.Start(s.next, nil, noon)
	s.next++
	for i := 0; i < len(pairs); i += 2 {
		s.both(l, int64(i), money, pairs[i], pairs[i+1])
	}
	var values []float64
	if state == trials.Complete {
		values = []float64{1}
	}
	s.h.End(l, state, values, noon)
}

func TestPercentileAlongAnAxis(t *testing.T) {
	m := func(more string) string {
		return `{"type":"median","startup_trials":0,"axis":"cost","max_resource":40,"marks":4` + more + `}`
	}
	tests := map[string]struct {
		node string
		own  []float64 // cost, loss
		want string
	}{
		"before the first mark":          {m(``), []float64{9.9, 9}, "unknown"},
		"worse at the first mark":        {m(``), []float64{10, 5.1}, "fire"},
		"as good":                        {m(``), []float64{10, 5}, "pass"},
		"was better before":              {m(``), []float64{5, 4, 10, 9}, "pass"},
		"the latest mark counts":         {m(``), []float64{10, 5, 20, 4.9, 25, 4.8}, "pass"},
		"the latest is worse":            {m(``), []float64{10, 5, 20, 4.9, 31, 4.8}, "fire"},
		"best values against the best":   {m(``), []float64{10, 5, 30, 4.5}, "pass"},
		"nobody came so far":             {m(``), []float64{10, 4, 40, 9}, "unknown"},
		"interpolated between reports":   {m(`,"lhs":"last"`), []float64{8, 2, 12, 8}, "pass"},
		"interpolated, worse":            {m(`,"lhs":"last"`), []float64{8, 2, 12, 8.4}, "fire"},
		"the axis stands still":          {m(``), []float64{5, 9, 5, 9, 5, 9}, "unknown"},
		"the axis goes back":             {m(``), []float64{10, 5, 3, 99}, "pass"},
		"NaN on the axis":                {m(``), []float64{nan, 9}, "unknown"},
		"NaN at the mark":                {m(``), []float64{10, nan}, "fire"},
		"by a constant factor":           {m(`,"min_resource":5`), []float64{5, 9}, "fire"},
		"of all that got there":          {m(`,"population":"reached"`), []float64{10, 5.1}, "pass"},
		"of all that got there, worse":   {m(`,"population":"reached"`), []float64{10, 7.1}, "fire"},
		"too few":                        {m(`,"min_trials":4`), []float64{10, 99}, "unknown"},
		"start-up counts at the mark":    {`{"type":"median","startup_trials":4,"axis":"cost","max_resource":40,"marks":4}`, []float64{10, 99}, "unknown"},
		"the mean of those at the mark":  {m(`,"statistic":"mean"`), []float64{10, 5.3}, "pass"},
		"worse than the mean":            {m(`,"statistic":"mean"`), []float64{10, 5.4}, "fire"},
		"a metric that nobody has there": {m(`,"metric":"acc"`), []float64{10, 5.4}, "unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, study(), tt.node)
			// The best so far are 5, 4 and 7 at 10, 5, 4 and 5.5 at 20, 5 and 4 at 30.
			s.along(trials.Complete, 5, 6, 10, 5, 30, 6)
			s.along(trials.Complete, 5, 5, 10, 4, 20, 4)
			s.along(trials.Complete, 5, 8, 10, 7, 30, 4)
			s.along(trials.Pruned, 10, 9)
			for i := 0; i < len(tt.own); i += 2 {
				s.both(s.trial, int64(i), money, tt.own[i], tt.own[i+1])
			}
			if got := s.judge(); got != tt.want {
				e, _ := s.p.Explain(s.at())
				t.Errorf("got %s, want %s: %s", got, tt.want, e.Sentence)
			}
		})
	}
}

func TestPercentileExplains(t *testing.T) {
	explains(t, map[string]told{
		"vizier": {
			row:      row{node: `{"type":"median","preset":"vizier","startup_trials":2}`, own: at(1, 9, 3), peers: [][]point{at(1, 1), at(1, 0, 4)}, want: "fire"},
			sentence: "The best loss so far, 3, is worse than the median of the running means of 2 completed trials at step 2, 1.5.",
			instead:  "Would have continued with a best loss of 1.5 or less.",
			observed: map[string]trials.Float{"best": 3, "peers": 2, "step": 2, "completed": 2}, limit: 1.5, margin: 1.5,
		},
		"katib": {
			row:      row{node: `{"type":"median","preset":"katib","from_step":2,"startup_trials":1}`, own: at(1, 9, 3), peers: [][]point{at(1, 1), at(1, 2, 4, 99)}, want: "fire"},
			sentence: "The latest loss, 3, is worse than the mean of the means of the first 2 values of 2 completed trials at step 2, 2.",
			instead:  "Would have continued with a loss of 2 or less.", limit: 2, margin: 1,
		},
		"of all that reached": {
			row:      row{node: `{"type":"percentile","percentile":25,"population":"reached","startup_trials":0,"lhs":"running_mean","direction":"maximize"}`, own: at(1, 5, 3), peers: [][]point{at(1, 1, 2)}, want: "pass"},
			sentence: "The mean loss so far, 4, is not worse than the best 25 % of 1 other trial at step 2, 2.", limit: 2, margin: -2,
		},
		"too early": {
			row:      row{node: `{"type":"median","rhs":"running_mean","from_step":7,"startup_trials":0}`, own: at(1, 5), peers: curves(1, 1), want: "unknown"},
			sentence: "Step 1 is too early: from_step is 7.",
		},
		"a first NaN": {
			row:      row{node: `{"type":"median","preset":"ray","min_trials":1}`, own: at(1, nan, 5), peers: [][]point{at(1, 1, 1)}, want: "fire"},
			sentence: "The best loss so far is not a number.",
			instead:  "Would have continued with a number better than the limit.",
		},
		"no mark yet": {
			row:      row{node: `{"type":"median","axis":"cost","max_resource":40,"startup_trials":0}`, own: at(1, 5), peers: curves(1, 1), want: "unknown"},
			sentence: "The first mark is at 2.5 of cost.",
		},
	})
	s := newScene(t, study(), `{"type":"median","startup_trials":1,"axis":"cost","max_resource":40,"marks":4}`)
	s.along(trials.Complete, 10, 5)
	s.both(s.trial, 1, money, 12, 6)
	e, _ := s.p.Explain(s.at())
	if want := "The best loss so far, 6, is worse than the median of 1 completed trial at 10 of cost, 5."; e.Sentence != want || e.Observed["mark"] != 10 {
		t.Errorf("%s, %v; want %s", e.Sentence, e.Observed, want)
	}
}

func TestPercentileRefuses(t *testing.T) {
	for node, at := range map[string]string{
		`"max_resource":9`: "/axis", `"axis":"cost"`: "/max_resource", `"axis":"cost","max_resource":9,"min_resource":9`: "/min_resource",
		`"axis":"cost","max_resource":9,"preset":"vizier"`: "/axis", `"axis":"cost","max_resource":9,"marks":65`: "/marks",
		`"rhs":"head_mean"`: "/from_step", `"preset":"syne"`: "/preset",
	} {
		refused(t, `{"type":"median",`+node+`}`, at)
	}
}

// Without others to look at one by one a report costs the same with many trials.
func BenchmarkPercentile(b *testing.B) {
	for _, node := range []string{`{"type":"median"}`, `{"type":"median","preset":"vizier"}`, `{"type":"median","preset":"ray"}`, `{"type":"median","statistic":"mean"}`} {
		for _, n := range []int{100, 10000} {
			b.Run(fmt.Sprintf("%s/%d", node, n), func(b *testing.B) {
				s := populated(b, node, n)
				c := s.at()
				for b.Loop() {
					s.p.Judge(c)
				}
			})
		}
	}
}

// populated returns a trial at its 20th step that is the best of n others.
func populated(t testing.TB, node string, n int) *scene {
	s := newScene(t, study(), node)
	for i := range n {
		s.peer([]trials.State{trials.Complete, trials.Pruned}[i%2], "loss", decay(1, 20, 1+float64(i*7919%n)/float64(n), 1, 0.5)...)
	}
	for _, p := range decay(1, 20, 0.5, 1, 0.5) {
		s.report(s.trial, p.step, "loss", p.value)
	}
	return s
}

func TestPeerRulesAllocateNothing(t *testing.T) {
	for _, node := range []string{
		`{"type":"median"}`, `{"type":"median","preset":"vizier"}`, `{"type":"median","preset":"ray"}`, `{"type":"median","preset":"katib"}`,
		`{"type":"median","population":"reached","rhs":"running_mean","lhs":"running_mean"}`, `{"type":"median","statistic":"mean"}`,
		`{"type":"median","axis":"loss","max_resource":1}`,
		`{"type":"asha"}`, `{"type":"asha","compat":"optuna","min_resource_auto":true}`, `{"type":"asha","compat":"ray"}`,
		`{"type":"hyperband","max_resource":81}`, `{"type":"hyperband"}`, `{"type":"one_epoch_topk"}`, `{"type":"pareto_asha"}`,
		`{"type":"wilcoxon","p_threshold":0.001}`, `{"type":"wilcoxon","veto_mean":false,"p_threshold":0}`,
		`{"type":"patience"}`, `{"type":"patience","then":{"type":"median"}}`,
	} {
		s := populated(t, node, 60)
		c := s.at()
		if v, _ := s.p.Judge(c); v == trials.Fire {
			t.Errorf("%s fires", node)
		}
		if n := testing.AllocsPerRun(100, func() { s.p.Judge(c) }); n != 0 {
			t.Errorf("%s: %v allocations", node, n)
		}
	}
}
