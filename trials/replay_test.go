package trials_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/trials"
)

// TestAReplayRepeatsWhatWasDecided plays studies of four workers, whose reports
// interleave, and replays them under their own pruner: the same trials must be
// cut at the same steps by the same rules.
func TestAReplayRepeatsWhatWasDecided(t *testing.T) {
	median := `{"type":"median","warmup_steps":2,"warmup_fraction":0,"startup_trials":3}`
	for name, node := range map[string]string{
		"median and a limit": `{"type":"any","pruners":[{"type":"limit","metric":"system/cpu_seconds","bound":70},` + median + `]}`,
		"rungs":              `{"type":"any","pruners":[{"type":"asha","min_resource":2,"reduction_factor":2},{"type":"limit","metric":"mem","bound":3,"label":"memory"}]}`,
		"the wall time":      `{"type":"all","pruners":[{"type":"limit","metric":"system/wall_seconds","bound":4},` + median + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t)
			e.Replayer = replay.Engine{Pruners: pruner.Table{}}
			e.study(fmt.Sprintf(`{"name":"s","max_steps":10,"sampler":{"type":"random"},"pruner":%s,"holdout":0.2,"protect":{"top_k":1},
				"constraints":[{"metric":"mem","op":"<=","bound":2.5}],"search_space":{"x":{"type":"float","low":0,"high":1}}}`, node))
			want := e.runStudy(rand.New(rand.NewPCG(7, 7)), 60, 4)
			if len(want) < 10 {
				t.Fatalf("only %d trials were pruned: the test shows nothing", len(want))
			}
			holdout := 0.2
			top := int64(1)
			got, err := e.Service.Replay(e.ctx, "s", &trials.ReplayRequest{Pruners: []trials.ReplayPruner{{
				Pruner: json.RawMessage(node), Holdout: &holdout, Protect: &trials.Protect{TopK: &top},
			}}})
			if err != nil {
				t.Fatal(err)
			}
			var decided []string
			for _, d := range got.Pruners[0].Decisions {
				decided = append(decided, fmt.Sprintf("%d at %d by %s: %s", d.Trial, d.Step, d.DecidedBy, d.Sentence))
			}
			eq(t, "decisions", strings.Join(decided, "\n"), strings.Join(want, "\n"))
			if got.Order != "recorded" || got.Workers != 4 || got.Orders != 1 {
				t.Errorf("%s order, %d workers, %d orders, want the recorded one with 4", got.Order, got.Workers, got.Orders)
			}
			if c := got.Pruners[0].Censored; c == nil || int(c.Cut) != len(want) || int(c.RunOn)+int(c.Cut) != got.Recorded.CutShort {
				t.Errorf("censored %s, want all %d cut again, and only those that crashed to run on", doc(c), len(want))
			}
		})
	}
}

// runStudy lets workers take turns, and returns the decisions that pruned.
func (e *env) runStudy(r *rand.Rand, trialsInAll, workers int) []string {
	e.Helper()
	type running struct {
		number int64
		step   int64
		level  float64
	}
	var busy []running
	cuts := map[int64]string{}
	started := 0
	for started < trialsInAll || len(busy) > 0 {
		e.pass(time.Duration(r.IntN(300)) * time.Millisecond)
		if started < trialsInAll && len(busy) < workers {
			busy = append(busy, running{e.one(), 0, r.Float64()})
			started++
			continue
		}
		i := r.IntN(len(busy))
		b := &busy[i]
		b.step++
		v := b.level + 1/float64(b.step) + 0.1*r.Float64()
		if r.IntN(40) == 0 {
			v = math.NaN()
		}
		d := e.report(b.number, rep(b.step, "value", v, "system/cpu_seconds", float64(b.step)*10*b.level, "mem", 4*b.level))
		over := true
		switch {
		case d.ShouldPrune:
			e.pass(time.Duration(r.IntN(50)) * time.Millisecond)
			cuts[b.number] = fmt.Sprintf("%d at %d by %s: %s", b.number, *d.Step, d.DecidedBy, deciding(d.Explanation, d.DecidedBy))
			e.end(b.number, trials.Pruned)
		case b.step == 10 && !math.IsNaN(v):
			e.tell(b.number, v)
		case b.step == 10 || r.IntN(100) == 0:
			e.end(b.number, trials.Fail)
		default:
			over = false
		}
		if over {
			busy = append(busy[:i], busy[i+1:]...)
		}
	}
	var out []string
	for n := range int64(trialsInAll) {
		if text, ok := cuts[n]; ok {
			out = append(out, text)
		}
	}
	return out
}

func (e *env) end(n int64, state trials.State) {
	e.Helper()
	if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: state}); err != nil {
		e.Fatalf("Tell(%d, %s) = %v", n, state, err)
	}
}

// deciding returns the sentence of the leaf that decided.
func deciding(x *trials.Explanation, by string) string {
	if len(x.Children) == 0 {
		if x.Verdict == trials.Fire && (x.Label == by || x.Label == "" && x.Type == by) {
			return x.Sentence
		}
		return ""
	}
	for i := range x.Children {
		if s := deciding(&x.Children[i], by); s != "" {
			return s
		}
	}
	return ""
}

func TestAReplayOfAStudySaysWhatItCannotAnswer(t *testing.T) {
	e := newEnv(t)
	e.Replayer = replay.Engine{Pruners: pruner.Table{}}
	e.study(`{"name":"s","max_steps":10,"sampler":{"type":"goptuna.tpe"},"pruner":{"type":"median","startup_trials":3,"warmup_steps":2},"search_space":{"x":{"type":"float","low":0,"high":1}}}`)
	request := func() *trials.ReplayRequest {
		return &trials.ReplayRequest{Orders: 50, Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(`{"type":"nop"}`)}}}
	}
	_, err := e.Service.Replay(e.ctx, "s", request())
	e.code(err, trials.NotEnoughData, "at least 2 trials")
	_, err = e.Service.Replay(e.ctx, "none", request())
	e.code(err, trials.StudyNotFound, "")
	e.runStudy(rand.New(rand.NewPCG(1, 1)), 30, 2)
	e.one()
	got, err := e.Service.Replay(e.ctx, "s", request())
	if err != nil {
		t.Fatal(err)
	}
	codes := ""
	for _, w := range got.Warnings {
		codes += w.Code + " "
	}
	eq(t, "warnings", codes, "sampler_dependent contention cut_short left_out ")
	if got.Orders != 1 {
		t.Errorf("%d orders of an adaptive sampler, want the recorded one", got.Orders)
	}
	if c := got.Pruners[0].Censored; c == nil || c.RunOn == 0 || c.Cut != 0 {
		t.Errorf("censored %s, want trials that run on", doc(c))
	}
	ignore := request()
	ignore.IgnoreSampler = true
	if got, err = e.Service.Replay(e.ctx, "s", ignore); err != nil || got.Orders != 50 || got.Order != "random" {
		t.Errorf("with ignore_sampler: %d %s orders, %v, want 50 random ones", got.Orders, got.Order, err)
	}
	bad := request()
	bad.Pruners = append(bad.Pruners, trials.ReplayPruner{Pruner: json.RawMessage(`{"type":"all","pruners":[{"type":"median","startup_trials":-1}]}`)})
	_, err = e.Service.Replay(e.ctx, "s", bad)
	e.code(err, trials.InvalidRequest, "/pruners/1/pruner/pruners/0/startup_trials")
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	if _, err := e.Service.Replay(ctx, "s", request()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, want that", err)
	}
}

// TestAnArchiveReplaysAsItsStudy exports a study and replays the archive: the
// answer is that of the stored study.
func TestAnArchiveReplaysAsItsStudy(t *testing.T) {
	e := newEnv(t)
	e.Replayer = replay.Engine{Pruners: pruner.Table{}}
	node := json.RawMessage(`{"type":"any","pruners":[{"type":"median","startup_trials":3,"warmup_steps":2},{"type":"limit","metric":"mem","bound":3}]}`)
	e.study(`{"name":"s","max_steps":10,"sampler":{"type":"random"},"pruner":` + string(node) + `,"search_space":{"x":{"type":"float","low":0,"high":1}}}`)
	e.runStudy(rand.New(rand.NewPCG(2, 2)), 40, 3)
	for _, orders := range []int{1, 30} {
		request := func() *trials.ReplayRequest {
			return &trials.ReplayRequest{Orders: orders, Pruners: []trials.ReplayPruner{{Pruner: node}}}
		}
		stored, err := e.Service.Replay(e.ctx, "s", request())
		if err != nil {
			t.Fatal(err)
		}
		rec, err := trials.RecordArchive(strings.NewReader(e.export()))
		if err != nil {
			t.Fatal(err)
		}
		archived, err := e.Replayer.Replay(e.ctx, rec, request())
		if err != nil {
			t.Fatal(err)
		}
		eq(t, "the archive's answer", archived, stored)
	}
}
