package replay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/trials"
)

// median is the plain median rule, from the first step on.
const median = `{"type":"median","startup_trials":1,"warmup_steps":0,"warmup_fraction":0}`

// four is a recording whose figures are computed by hand below: each step takes
// 10 s. c is a late bloomer.
const four = `trial,step,loss,system/wall_seconds
a,1,4,10
a,2,3,20
a,3,2,30
a,4,1,40
b,1,5,10
b,2,5,20
b,3,5,30
b,4,5,40
c,1,6,10
c,2,1,20
c,3,0.5,30
c,4,0.25,40
d,1,0.9,10
d,2,0.9,20
d,3,0.9,30
d,4,0.9,40
`

func read(t testing.TB, text string, f replay.Format) *trials.Recording {
	t.Helper()
	rec, err := replay.ReadCurves(strings.NewReader(text), f)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func play(t testing.TB, rec *trials.Recording, req *trials.ReplayRequest, nodes ...string) *trials.ReplayResponse {
	t.Helper()
	for _, node := range nodes {
		req.Pruners = append(req.Pruners, trials.ReplayPruner{Pruner: json.RawMessage(node)})
	}
	out, err := replay.Engine{Pruners: pruner.Table{}}.Replay(t.Context(), rec, req)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// near compares figures.
func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-12 {
		t.Errorf("%s = %v, want %v", what, text(got), want)
	}
}

func text(v *float64) string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprint(*v)
}

func doc(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// By hand: a runs whole; b and c are worse than a at step 1 and are cut there;
// d is better than a at every step. So 10+10 of 80 s are spent on b and c, and c,
// the best, is lost.
func TestEveryFigureOfASmallStudy(t *testing.T) {
	out := play(t, read(t, four, replay.Format{}), &trials.ReplayRequest{}, median)
	if out.Order != "recorded" || out.Trials != 4 || out.Cost != "wall_seconds" || out.Full["wall_seconds"] != 160 || out.Full["steps"] != 16 {
		t.Errorf("%s order, %d trials, %v, want the recorded one of 4, 160 s and 16 steps", out.Order, out.Trials, out.Full)
	}
	p := &out.Pruners[0]
	near(t, "saved seconds", p.Saved["wall_seconds"].Amount.Value, 60)
	near(t, "saved share", p.Saved["wall_seconds"].Share.Value, 60.0/160)
	near(t, "saved steps", p.Saved["steps"].Amount.Value, 6)
	near(t, "cut", p.Cut.Value, 0.5)
	near(t, "best lost", p.BestLost.Value, 1)
	near(t, "top tenth lost", p.TopTenthLost.Value, 1)
	near(t, "regret", p.Requirement.Mean.Value, 0.65)
	near(t, "median regret", p.Proxy.Median.Value, 0.65)
	near(t, "false prunes", p.FalsePrunes.Rate.Value, 0.5)
	// Without a pruner c ends after 120 s; with it the best is never reached and
	// all of the 160 s are charged.
	near(t, "equal regret", p.EqualRegret.Ratio.Value, 160.0/120)
	near(t, "reached", p.EqualRegret.Reached.Value, 0)
	if p.BestLost.Low != nil || p.Saved["steps"].Share.Low != nil {
		t.Error("a single study has an interval")
	}
	// Of the six ways to cut two of four at step 1, {a,b}, {a,c} and {c,d} cut two
	// wrongly, {a,d} and {b,c} one, {b,d} none.
	if v := p.FalsePrunes.Random.Value; v == nil || math.Abs(*v-8.0/12) > 0.08 {
		t.Errorf("at random %s, want about 8/12", text(v))
	}
	want := `[{"trial":1,"step":1,"decided_by":"median","value":5,"incumbent":1,"beat_incumbent":false},` +
		`{"trial":2,"step":1,"decided_by":"median","value":0.25,"incumbent":1,"beat_incumbent":true}]`
	for i := range p.Decisions {
		if p.Decisions[i].Sentence == "" {
			t.Error("a decision has no sentence")
		}
		p.Decisions[i].Sentence = ""
	}
	if got := strings.ReplaceAll(doc(p.Decisions), `"sentence":"",`, ""); got != want {
		t.Errorf("decisions\n%s, want\n%s", got, want)
	}
	if got := doc(p.ByRule); got != `[{"decided_by":"median","trials":2,"saved":{"steps":6,"wall_seconds":60}}]` {
		t.Errorf("by rule %s", got)
	}
	// After 40 s, a quarter, there is a; after 100 s, 62.5 %, there is d.
	for share, regret := range map[float64]float64{0.2: math.NaN(), 0.25: 0.75, 0.6: 0.75, 0.65: 0.65, 1: 0.65} {
		for _, at := range p.AnyTime {
			if math.Abs(at.Share-share) > 1e-9 {
				continue
			}
			if math.IsNaN(regret) != (at.Median == nil) {
				t.Errorf("regret at %v = %s, want %v", share, text(at.Median), regret)
			} else if at.Median != nil {
				near(t, fmt.Sprint("regret at ", share), at.Median, regret)
			}
		}
	}
}

// By hand: a and b run to their ends together; then c is worse than their median
// at step 1, d is not.
func TestTwoWorkersSeeLess(t *testing.T) {
	out := play(t, read(t, four, replay.Format{}), &trials.ReplayRequest{Workers: 2}, median)
	near(t, "saved seconds", out.Pruners[0].Saved["wall_seconds"].Amount.Value, 30)
	if got := out.Pruners[0].Decisions; len(got) != 1 || got[0].Trial != 2 || *got[0].Incumbent != 1 {
		t.Errorf("decisions %s, want c alone", doc(got))
	}
}

// Of trials that may take 35 s only what is cut before can be within: with the
// limit no trial is feasible but those of up to 30 s.
func TestBothReadingsOfAConstraint(t *testing.T) {
	rec := read(t, strings.ReplaceAll(four, "c,4,0.25,40", "c,4,0.25,90"), replay.Format{})
	limits := []trials.Constraint{{Metric: trials.WallSeconds, Op: "<=", Bound: 50}}
	out := play(t, rec, &trials.ReplayRequest{Constraints: &limits},
		`{"type":"limit","metric":"system/wall_seconds","warmup_steps":0}`, `{"type":"threshold","upper":5.5}`)
	near(t, "feasible", out.Feasible, 0.75)
	whole, cut := &out.Pruners[0], &out.Pruners[1]
	near(t, "cut at the last report", whole.Cut.Value, 0) // c is done anyway
	near(t, "best feasible lost", cut.BestFeasibleLost.Value, 0)
	near(t, "best lost", cut.BestLost.Value, 1)
	near(t, "as a requirement", cut.Requirement.Mean.Value, 0)
	near(t, "as a proxy", cut.Proxy.Mean.Value, 0.65)
	near(t, "false prunes: c breaks the limit", cut.FalsePrunes.Rate.Value, 0)
}

// By hand: b was cut after 20 s; to step 4 it would have taken 40 s.
func TestWhatWasCutShortGivesBounds(t *testing.T) {
	text := "trial,step,state,loss,system/wall_seconds\na,1,COMPLETE,4,10\na,2,,3,20\na,3,,2,30\na,4,,1,40\n" +
		"b,1,PRUNED,5,10\nb,2,,5,20\ne,1,FAIL,7,10\ne,2,,NaN,20\n"
	out := play(t, read(t, text, replay.Format{}), &trials.ReplayRequest{}, `{"type":"nop"}`, median)
	if n := out.Recorded; n.Full != 1 || n.CutShort != 1 || n.Failed != 1 {
		t.Errorf("recorded %s, want one of each kind", doc(n))
	}
	idle, med := &out.Pruners[0], &out.Pruners[1]
	near(t, "without a pruner", idle.Saved["wall_seconds"].Share.Value, 0)
	near(t, "at least", idle.Saved["wall_seconds"].ShareAtLeast, 0)
	near(t, "at most", idle.Saved["wall_seconds"].ShareAtMost, 20.0/100)
	if got := doc(idle.Censored); got != `{"run_on":1,"cut":0,"best_lost_at_most":0}` {
		t.Errorf("censored %s", got)
	}
	// b and e are cut after 10 s.
	near(t, "median", med.Saved["wall_seconds"].Share.Value, 40.0/100)
	near(t, "median, at least", med.Saved["wall_seconds"].ShareAtLeast, 20.0/80)
	near(t, "median, at most", med.Saved["wall_seconds"].ShareAtMost, 40.0/100)
	if got := doc(med.Censored); got != `{"run_on":0,"cut":1,"best_lost_at_most":1}` {
		t.Errorf("censored by the median %s", got)
	}
	if f := med.FalsePrunes; f.Unknown != 1 || f.Cut != 2 || *f.Rate.Value != 0 {
		t.Errorf("false prunes %s, want one unknown of two", doc(f))
	}
}

// world draws settings: a curve falls to a level, slowly or fast.
func world(r *rand.Rand, settings, repeats int) *trials.Recording {
	var b strings.Builder
	b.WriteString("trial,step,cluster,loss,system/wall_seconds\n")
	for s := range settings {
		level, speed, cost := r.Float64(), 0.2+r.Float64(), 1+r.ExpFloat64()
		for k := range repeats {
			noise := 0.02 * r.NormFloat64()
			for step := 1; step <= 12; step++ {
				v := level + noise + math.Exp(-speed*float64(step)) + 0.02*r.NormFloat64()
				fmt.Fprintf(&b, "%d-%d,%d,%d,%g,%g\n", s, k, step, s, v, cost*float64(step))
			}
		}
	}
	rec, err := replay.ReadCurves(strings.NewReader(b.String()), replay.Format{})
	if err != nil {
		panic(err)
	}
	return rec
}

func TestTheAnswerFollowsFromTheRequest(t *testing.T) {
	rec := world(rand.New(rand.NewPCG(1, 1)), 50, 2)
	ask := func(seed int64, procs, workers int) string {
		req := &trials.ReplayRequest{Orders: 150, Seed: seed, Workers: workers, Pruners: []trials.ReplayPruner{
			{Pruner: json.RawMessage(median)}, {Pruner: json.RawMessage(`{"type":"percentile","percentile":25}`), Holdout: new(0.1)},
		}}
		out, err := replay.Engine{Pruners: pruner.Table{}, Procs: procs}.Replay(t.Context(), rec, req)
		if err != nil {
			t.Fatal(err)
		}
		return doc(out)
	}
	for _, workers := range []int{1, 3} {
		one := ask(1, 1, workers)
		if again := ask(1, 8, workers); again != one {
			t.Errorf("%d workers: eight goroutines answer\n%s, one\n%s", workers, again, one)
		}
		if other := ask(2, 1, workers); other == one {
			t.Errorf("%d workers: another seed gives the same answer", workers)
		}
	}
}

// TestIntervalsHoldTheTruth draws recordings of 60 settings. What is true of all
// settings is the mean of what many recordings say, since each study of each is
// one of settings drawn at random.
func TestIntervalsHoldTheTruth(t *testing.T) {
	const recordings, others, size = 60, 250, 12
	r := rand.New(rand.NewPCG(3, 3))
	node := `{"type":"median","startup_trials":3,"warmup_steps":2,"warmup_fraction":0}`
	figures := map[string]struct {
		of    func(*trials.ReplayResult) trials.Estimate
		least int // of 100 intervals of 95 %
	}{
		"saved":     {func(p *trials.ReplayResult) trials.Estimate { return p.Saved["wall_seconds"].Share }, 85},
		"cut":       {func(p *trials.ReplayResult) trials.Estimate { return p.Cut }, 85},
		"best lost": {func(p *trials.ReplayResult) trials.Estimate { return p.BestLost }, 80},
		"top tenth": {func(p *trials.ReplayResult) trials.Estimate { return p.TopTenthLost }, 80},
		"false":     {func(p *trials.ReplayResult) trials.Estimate { return p.FalsePrunes.Rate }, 85},
		"ratio":     {func(p *trials.ReplayResult) trials.Estimate { return p.EqualRegret.Ratio }, 80},
	}
	truth, covered := map[string]float64{}, map[string]int{}
	for i := range others {
		out := play(t, world(r, 60, 1), &trials.ReplayRequest{Orders: 40, Trials: size, Seed: int64(i)}, node)
		for name, f := range figures {
			truth[name] += *f.of(&out.Pruners[0]).Value / others
		}
	}
	for i := range recordings {
		out := play(t, world(r, 60, 1), &trials.ReplayRequest{Orders: 400, Trials: size, Seed: int64(i)}, node)
		for name, f := range figures {
			if e := f.of(&out.Pruners[0]); *e.Low <= truth[name] && truth[name] <= *e.High {
				covered[name]++
			}
		}
	}
	for name, f := range figures {
		share := 100 * covered[name] / recordings
		t.Logf("%s, truly %.3f: %d %% of the intervals hold it", name, truth[name], share)
		if share < f.least {
			t.Errorf("%s: only %d %% of the intervals of 95 %% hold the truth", name, share)
		}
	}
}

func TestNoEventIsNotNoRisk(t *testing.T) {
	out := play(t, world(rand.New(rand.NewPCG(1, 1)), 40, 1), &trials.ReplayRequest{Orders: 200}, `{"type":"nop"}`)
	lost := out.Pruners[0].BestLost
	if *lost.Value != 0 || *lost.Low != 0 || math.Abs(*lost.High-0.0188) > 0.0005 {
		t.Errorf("nothing lost in 200 studies: %s, want up to 1.9 %%", doc(lost))
	}
	if d := out.DistinctBest; d < 1 || d > 40 {
		t.Errorf("%v settings are the best, want 1 to 40", d)
	}
}

func TestWhatAReplayRefuses(t *testing.T) {
	rec := read(t, four, replay.Format{})
	for want, req := range map[string]trials.ReplayRequest{
		"/pruners":                          {},
		"/pruners/0/pruner/type":            {Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(`{"type":"no"}`)}}},
		"/pruners/0/holdout":                {Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(median), Holdout: new(2.0)}}},
		"/cost":                             {Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(median)}}, Cost: "gold"},
		"/constraints/0/op":                 {Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(median)}}, Constraints: &[]trials.Constraint{{Metric: "loss"}}},
		"/recommend/max_best_lost":          {Recommend: &trials.RecommendBounds{MaxBestLost: 2}},
		"/confidence":                       {Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(median)}}, Confidence: 1},
		"/orders":                           {Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(median)}}, Orders: 1e9},
		"at least 20 settings; there are 4": {Recommend: &trials.RecommendBounds{}},
	} {
		_, err := replay.Engine{Pruners: pruner.Table{}}.Replay(t.Context(), rec, &req)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one of %s", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := &trials.ReplayRequest{Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(median)}}}
	if _, err := (replay.Engine{Pruners: pruner.Table{}}).Replay(ctx, rec, req); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestARecommendationKeepsToItsBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("searches some forty pruners")
	}
	rec := world(rand.New(rand.NewPCG(5, 5)), 40, 1)
	strict := play(t, rec, &trials.ReplayRequest{Trials: 8, Recommend: &trials.RecommendBounds{MaxBestLost: 1e-6}})
	if r := strict.Recommendation; r.Found || r.Candidates < 10 || !strings.HasPrefix(r.Sentence, "None qualifies") {
		t.Errorf("with an impossible bound: %s", doc(r))
	}
	lax := play(t, rec, &trials.ReplayRequest{Trials: 8, Recommend: &trials.RecommendBounds{MaxBestLost: 0.4}})
	r := lax.Recommendation
	if !r.Found || *r.Searched.BestLost.High > 0.4 || *r.Confirmed.Saved["steps"].Share.Value <= 0 {
		t.Fatalf("with a lax bound: %s", doc(r))
	}
	for _, tried := range r.Tried {
		if tried.Qualified && *tried.Saved.Value > *r.Searched.Saved["wall_seconds"].Share.Value {
			t.Errorf("%s saves more: %s", tried.Name, doc(tried))
		}
	}
}

// BenchmarkReplay reports studies of 60 trials and 50 steps a second.
func BenchmarkReplay(b *testing.B) {
	var text strings.Builder
	text.WriteString("trial,step,loss,system/wall_seconds\n")
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 300 {
		level, speed := r.Float64(), 0.05+0.5*r.Float64()
		for step := 1; step <= 50; step++ {
			fmt.Fprintf(&text, "%d,%d,%g,%d\n", i, step, level+math.Exp(-speed*float64(step))+0.02*r.NormFloat64(), step)
		}
	}
	rec := read(b, text.String(), replay.Format{})
	for _, rule := range []struct{ name, node string }{
		{"median", `{"type":"median","warmup_steps":4,"warmup_fraction":0}`},
		{"safe", `{"type":"all","pruners":[{"type":"median","warmup_steps":5,"warmup_fraction":0},{"type":"curve_fit","min_points":8}]}`},
		{"asha", `{"type":"asha","min_resource":5,"reduction_factor":3}`},
	} {
		b.Run(rule.name, func(b *testing.B) {
			b.ReportAllocs()
			const orders = 1000
			for b.Loop() {
				req := &trials.ReplayRequest{Orders: orders, Trials: 60, Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(rule.node)}}}
				if _, err := (replay.Engine{Pruners: pruner.Table{}, Procs: 1}).Replay(b.Context(), rec, req); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(orders*float64(b.N)/b.Elapsed().Seconds(), "studies/s")
		})
	}
}
