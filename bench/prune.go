package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/trials"
)

// pruning measures what the presets save and risk on recorded curves, and what
// judging and replaying cost. Presets were tuned on one file of TaskSet (LSTM)
// and half of the recipes of NAS-Bench-NLP; the other file and the other half
// are the test.
type pruning struct {
	ctx     context.Context //nolint:containedctx // lives for one run
	rounds  int
	studies int
	dir     string
}

func (b *pruning) run() error {
	b.cost()
	if b.dir == "" {
		fmt.Fprintf(os.Stderr, "\n  %s names no folder with recorded curves: what pruners save and risk,\n  and how fast they are replayed, is NOT measured.\n\n", curvesEnv)
		return nil
	}
	fmt.Printf("# %d studies of 60 trials a pool; in brackets the 95 %% interval, over settings drawn again\n", b.studies)
	nlp, err := loadNLP(b.dir)
	if err != nil {
		return err
	}
	tuned, held := halves(nlp)
	lstm, err := loadTaskSet(b.dir, "taskset_lstm128_p128.json.gz")
	if err != nil {
		return err
	}
	gru, err := loadTaskSet(b.dir, "taskset_gru128.json.gz")
	if err != nil {
		return err
	}
	for _, pool := range []struct {
		name string
		rec  *trials.Recording
	}{{"nlp", nlp}, {"nlp_held_out", held}, {"nlp_tuned_on", tuned}} {
		if err := b.limited(pool.name, pool.rec, quantileOfTotals(nlp, 0.6)); err != nil {
			return err
		}
	}
	if err := b.quality("taskset_lstm128_tuned_on", lstm, 0.035, 0.075); err != nil {
		return err
	}
	if err := b.quality("taskset_gru128", gru, 0.005, 0.01); err != nil {
		return err
	}
	return b.speed(lstm)
}

// halves splits a recording by its recipes, every other one in the order of
// their texts.
func halves(rec *trials.Recording) (first, second *trials.Recording) {
	var clusters []string
	for i := range rec.Trials {
		clusters = append(clusters, rec.Trials[i].Cluster)
	}
	slices.Sort(clusters)
	clusters = slices.Compact(clusters)
	a, b := *rec, *rec
	a.Trials, b.Trials = nil, nil
	for i := range rec.Trials {
		if at, _ := slices.BinarySearch(clusters, rec.Trials[i].Cluster); at%2 == 0 {
			a.Trials = append(a.Trials, rec.Trials[i])
		} else {
			b.Trials = append(b.Trials, rec.Trials[i])
		}
	}
	return &a, &b
}

// quantileOfTotals returns a quantile of the seconds that full trials took.
func quantileOfTotals(rec *trials.Recording, q float64) float64 {
	var totals []float64
	for i := range rec.Trials {
		if t := &rec.Trials[i]; t.State == trials.Complete {
			totals = append(totals, t.Elapsed[t.Len()-1])
		}
	}
	slices.Sort(totals)
	return totals[int(q*float64(len(totals)))]
}

// Optuna's pruners at their defaults.
const (
	optunaMedian    = `{"type":"median"}`
	optunaHalving   = `{"type":"asha","compat":"optuna","min_resource_auto":true,"reduction_factor":4}`
	optunaHyperband = `{"type":"hyperband","compat":"optuna","min_resource":1,"max_resource":50,"reduction_factor":3}`
)

// limited measures presets under a limit on the seconds of a trial, read as a
// requirement.
func (b *pruning) limited(name string, rec *trials.Recording, limit float64) error {
	constraints := []trials.Constraint{{Metric: trials.WallSeconds, Op: "<=", Bound: limit, Aggregate: trials.Max}}
	out, err := b.replay(rec, &constraints, "wall_seconds",
		trials.ReplayPruner{Name: "safe", Pruner: pruner.Preset("safe")},
		trials.ReplayPruner{Name: "balanced", Pruner: pruner.Preset("balanced")},
		trials.ReplayPruner{Name: "aggressive", Pruner: pruner.Preset("aggressive")},
		trials.ReplayPruner{Name: "optuna_median", Pruner: json.RawMessage(optunaMedian)},
		trials.ReplayPruner{Name: "optuna_halving", Pruner: json.RawMessage(optunaHalving)},
		trials.ReplayPruner{Name: "optuna_hyperband", Pruner: json.RawMessage(optunaHyperband)},
	)
	if err != nil {
		return err
	}
	saved := map[string]float64{"safe": 0.76, "aggressive": 0.81}
	if strings.HasSuffix(name, "tuned_on") {
		saved = nil
	}
	for i := range out.Pruners {
		r := &out.Pruners[i]
		at := name + "_" + r.Name
		estimate(at+"_seconds_saved", r.Saved["wall_seconds"].Share, saved[r.Name], false)
		if r.BestFeasibleLost != nil {
			target := 0.0
			if i < 3 {
				target = 0.005
			}
			estimate(at+"_best_feasible_lost", *r.BestFeasibleLost, target, true)
		}
		if r.Name == "safe" {
			estimate(at+"_equal_regret_cost", r.EqualRegret.Ratio, 0.34, true)
		} else {
			estimate(at+"_equal_regret_cost", r.EqualRegret.Ratio, 0, true)
		}
		estimate(at+"_equal_regret_reached", r.EqualRegret.Reached, 0, false)
	}
	safe := *out.Pruners[0].EqualRegret.Ratio.Value
	for _, r := range out.Pruners[3:] {
		v := safe / *r.EqualRegret.Ratio.Value
		estimate(name+"_safe_equal_regret_cost_vs_"+r.Name, trials.Estimate{Value: &v}, 1, true)
	}
	return nil
}

// quality measures presets without a limit.
func (b *pruning) quality(name string, rec *trials.Recording, safe, balanced float64) error {
	out, err := b.replay(rec, nil, "steps",
		trials.ReplayPruner{Name: "safe", Pruner: pruner.Preset("safe")},
		trials.ReplayPruner{Name: "balanced", Pruner: pruner.Preset("balanced")},
		trials.ReplayPruner{Name: "aggressive", Pruner: pruner.Preset("aggressive")},
		trials.ReplayPruner{Name: "optuna_median", Pruner: json.RawMessage(optunaMedian)},
	)
	if err != nil {
		return err
	}
	least := map[string]float64{"safe": 0.5, "balanced": 0.6}
	most := map[string]float64{"safe": safe, "balanced": balanced}
	for i := range out.Pruners {
		r := &out.Pruners[i]
		estimate(name+"_"+r.Name+"_steps_saved", r.Saved["steps"].Share, least[r.Name], false)
		estimate(name+"_"+r.Name+"_best_lost", r.BestLost, most[r.Name], true)
		estimate(name+"_"+r.Name+"_top_tenth_lost", r.TopTenthLost, 0, true)
	}
	return nil
}

func (b *pruning) replay(rec *trials.Recording, constraints *[]trials.Constraint, cost string, pruners ...trials.ReplayPruner) (*trials.ReplayResponse, error) {
	return replay.Engine{Pruners: pruner.Table{}}.Replay(b.ctx, rec, &trials.ReplayRequest{
		Pruners: pruners, Orders: b.studies, Trials: 60, Seed: 1, Constraints: constraints, Cost: cost,
	})
}

// estimate prints a figure with its interval. A target of 0 is none.
func estimate(name string, e trials.Estimate, target float64, atMost bool) {
	v := math.NaN()
	if e.Value != nil {
		v = *e.Value
	}
	op, met := ">=", v >= target
	if atMost {
		op, met = "<=", v <= target
	}
	verdict, aim := "short", fmt.Sprintf("%s %g", op, target)
	if met {
		verdict = "ok"
	}
	if target == 0 {
		verdict, aim = "-", "-"
	}
	interval := ""
	if e.Low != nil && e.High != nil {
		interval = fmt.Sprintf("[%.3g, %.3g]", *e.Low, *e.High)
	}
	fmt.Printf("%s\t%.4g\t%s\t%s\t%s\n", name, v, aim, verdict, interval)
}

// cost measures what one decision of the preset safe costs.
func (b *pruning) cost() {
	var quiet, quietAllocs, explained, grown []float64
	for range b.rounds {
		few, many := newStage(100), newStage(10_000)
		q := testing.Benchmark(few.judge)
		quiet = append(quiet, float64(q.NsPerOp())/1e3)
		quietAllocs = append(quietAllocs, float64(q.AllocsPerOp()))
		e := testing.Benchmark(few.explain)
		explained = append(explained, float64(e.NsPerOp())/1e3)
		m := testing.Benchmark(many.judge)
		grown = append(grown, float64(m.NsPerOp())/float64(q.NsPerOp()))
	}
	figure("safe_decision_microseconds", quiet, 3, true)
	figure("safe_decision_allocations", quietAllocs, 0, true)
	figure("safe_decision_explained_microseconds", explained, 10, true)
	figure("safe_decision_10000_vs_100_finished", grown, 1.5, true)
}

// stage is a study with finished trials and one that runs, which is judged and
// not pruned.
type stage struct {
	play *trials.Play
	live *trials.Live
}

func newStage(finished int) *stage {
	seed := int64(1)
	study := &trials.StudySpec{
		Name: "bench", Seed: &seed, MaxSteps: 50,
		Objectives:  []trials.Objective{{Metric: valLoss, Direction: trials.Minimize}},
		Constraints: []trials.Constraint{{Metric: trials.WallSeconds, Op: "<=", Bound: 1e6, Aggregate: trials.Max}},
	}
	tree, _, _, err := pruner.Table{}.New(study, pruner.Preset("safe"))
	if err != nil {
		panic(err)
	}
	play := trials.NewPlay(study, tree, []string{valLoss, trials.WallSeconds})
	for i := range finished + 1 {
		tape := &trials.Tape{Number: int64(i), Dense: true, Tracks: make([]trials.Track, 2)}
		steps := int64(50)
		if i == finished {
			steps = 30 // it runs: worse than most, and too noisy to say where it ends
		}
		for s := int64(1); s <= steps; s++ {
			loss := 1 + float64(i%97)/97 + 2/float64(s)
			if i == finished {
				loss = 1.6 + 2*float64(s%2)
			}
			tape.Steps, tape.Elapsed = append(tape.Steps, s), append(tape.Elapsed, float64(s))
			tape.Tracks[0].Values = append(tape.Tracks[0].Values, loss)
			tape.Tracks[1].Values = append(tape.Tracks[1].Values, float64(s)*10)
		}
		live := play.Start(tape)
		for range tape.Steps {
			play.Feed(live)
		}
		if i == finished {
			return &stage{play, live}
		}
		play.End(live, trials.Complete, []float64{tape.Tracks[0].Values[49]})
	}
	panic("unreachable")
}

func (s *stage) judge(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if verdict, _ := s.play.Judge(s.live); verdict == trials.Fire {
			b.Fatal("it fires")
		}
	}
}

func (s *stage) explain(b *testing.B) {
	for b.Loop() {
		s.play.Explain(s.live)
	}
}

// speed measures how many studies of 60 trials and 50 steps are replayed, by
// one goroutine.
func (b *pruning) speed(rec *trials.Recording) error {
	for _, p := range []struct {
		name, node string
		target     float64
	}{
		{"median", `{"type":"median","warmup_steps":4}`, 5000},
		{"safe", string(pruner.Preset("safe")), 1000},
	} {
		var rates []float64
		for range b.rounds {
			began := time.Now()
			n := 4000
			_, err := replay.Engine{Pruners: pruner.Table{}, Procs: 1}.Replay(b.ctx, rec, &trials.ReplayRequest{
				Pruners: []trials.ReplayPruner{{Name: p.name, Pruner: json.RawMessage(p.node)}}, Orders: n, Trials: 60, Seed: 1,
			})
			if err != nil {
				return err
			}
			rates = append(rates, float64(n)/time.Since(began).Seconds())
		}
		figure("replayed_studies_per_second_and_core_"+p.name, rates, p.target, false)
	}
	return nil
}

func newPruning(ctx context.Context, rounds, studies int) *pruning {
	return &pruning{ctx: ctx, rounds: rounds, studies: cmp.Or(studies, 10_000), dir: os.Getenv(curvesEnv)}
}
