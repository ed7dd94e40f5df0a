package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/trials"
)

// optunaEnv names a Python that has Optuna; scripts/optuna.sh makes one.
const optunaEnv = "ESPALIER_OPTUNA"

// asking measures what an ask costs: the sampler by itself, beside Optuna's over
// the same history, and through the server.
type asking struct {
	benchmark
	python string // empty: Optuna is not measured
}

func newAsking(ctx context.Context, rounds int) *asking {
	return &asking{benchmark: benchmark{ctx: ctx, rounds: rounds}, python: os.Getenv(optunaEnv)}
}

func (b *asking) run() error {
	if b.python == "" {
		fmt.Fprintf(os.Stderr, "\n  %s names no Python with Optuna: the ratios to it are NOT measured.\n\n", optunaEnv)
	}
	small, err := b.inProcess(`{"type":"tpe"}`, 1000, 20, 101)
	if err != nil {
		return err
	}
	figure("tpe_ask_ms_1000x20", small.median, 0.5, true)
	large, err := b.inProcess(`{"type":"tpe"}`, 10_000, 20, 101)
	if err != nil {
		return err
	}
	figure("tpe_ask_ms_10000x20", large.median, 2.5, true)
	figure("tpe_tell_ms_10000x20", large.tell, 0.1, true)
	figure("tpe_study_mb_10000x20", large.megabytes, 10, true)
	if err := b.against("tpe", 10_000, 20, large.median, 150); err != nil {
		return err
	}
	gp, err := b.inProcess(`{"type":"gp"}`, 300, 10, 31)
	if err != nil {
		return err
	}
	figure("gp_ask_ms_300x10", gp.median, 150, true)
	figure("gp_slowest_ask_ms_300x10", gp.slowest, 600, true)
	if err := b.against("gp", 300, 10, gp.median, 20); err != nil {
		return err
	}
	return b.throughServer(large.median)
}

// against prints how many times faster an ask is than Optuna's.
func (b *asking) against(name string, n, params int, ours []float64, target float64) error {
	if b.python == "" {
		return nil
	}
	var ratios []float64
	for i := range b.rounds {
		theirs, err := b.optuna(name, n, params)
		if err != nil {
			return err
		}
		ratios = append(ratios, theirs/ours[i%len(ours)])
	}
	figure(fmt.Sprintf("%s_times_faster_than_optuna_%dx%d", name, n, params), ratios, target, false)
	return nil
}

// optuna returns the median milliseconds of an ask of Optuna's, after the first,
// which builds what later ones find built.
func (b *asking) optuna(name string, n, params int) (float64, error) {
	cmd := exec.CommandContext(b.ctx, b.python, "bench/ask/optuna_ask.py", name, strconv.Itoa(n), strconv.Itoa(params), "6")
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	cmd.Stderr = os.Stderr
	var in bytes.Buffer
	study := made(n, params, name == "gp")
	for row := range n {
		for _, c := range study.view.Columns {
			fmt.Fprintf(&in, "%g ", c.Values[row])
		}
		fmt.Fprintf(&in, "%g\n", study.view.Values[row])
	}
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", cmd, err)
	}
	var times []float64
	for _, field := range strings.Fields(string(out))[1:] {
		s, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, err
		}
		times = append(times, s*1000)
	}
	fmt.Fprintf(os.Stderr, "Optuna's %s, %d trials x %d: %.0f ms (%.0f to %.0f)\n",
		name, n, params, median(times), slices.Min(times), slices.Max(times))
	return median(times), nil
}

// askCost is what a sampler cost, one value a round: milliseconds, and MB of the
// history and all that the sampler keeps of it.
type askCost struct{ median, slowest, tell, megabytes []float64 }

// inProcess asks a sampler again and again, a trial ending after each ask, whose
// cost is part of the next.
func (b *asking) inProcess(node string, n, params, asks int) (askCost, error) {
	var cost askCost
	for range b.rounds {
		before := heap()
		study := made(n, params, strings.Contains(node, "gp"))
		s, _, err := sampler.Table{}.New(study.spec, study.space, json.RawMessage(node))
		if err != nil {
			return cost, err
		}
		var times []float64
		for i := range asks + 1 {
			began := time.Now()
			out, err := s.Sample(study.request())
			took := time.Since(began)
			if err != nil {
				return cost, err
			}
			if i > 0 { // the first builds what a server builds when it starts
				times = append(times, float64(took)/1e6)
			}
			study.end(out.Values, study.rng.Float64())
		}
		cost.median = append(cost.median, median(times))
		cost.slowest = append(cost.slowest, slices.Max(times))
		cost.megabytes = append(cost.megabytes, (heap()-before)/1e6)
		tell, err := telling(s, study)
		if err != nil {
			return cost, err
		}
		cost.tell = append(cost.tell, tell)
		runtime.KeepAlive(s)
	}
	return cost, nil
}

// telling returns the milliseconds that taking in one trial costs, from an ask
// that finds many new ones and one that finds none.
func telling(s trials.Sampler, study *asked) (float64, error) {
	const many = 500
	for range many {
		study.random()
	}
	var took [2]time.Duration
	for i := range took {
		began := time.Now()
		if _, err := s.Sample(study.request()); err != nil {
			return 0, err
		}
		took[i] = time.Since(began)
	}
	return float64(took[0]-took[1]) / many / 1e6, nil
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// asked is a study of float, log float, int and categorical parameters in turn,
// or of floats alone, with random trials.
type asked struct {
	spec  *trials.StudySpec
	space *trials.Space
	view  trials.View
	rng   *rand.Rand
}

func made(n, params int, floats bool) *asked {
	kinds := []trials.Distribution{
		{Type: trials.FloatKind, Low: 0, High: 1},
		{Type: trials.FloatKind, Low: 1e-5, High: 0.1, Log: true},
		{Type: trials.IntKind, Low: 1, High: 64},
		{Type: trials.CategoricalKind, Choices: []any{"a", "b", "c", "d"}},
	}
	if floats {
		kinds = kinds[:1]
	}
	seed := int64(1)
	a := &asked{rng: rand.New(rand.NewPCG(1, uint64(n)))}
	a.spec = &trials.StudySpec{
		Objectives:  []trials.Objective{{Metric: "value", Direction: trials.Minimize}},
		SearchSpace: trials.SearchSpace{}, Seed: &seed,
	}
	for i := range params {
		a.spec.SearchSpace[fmt.Sprintf("p%02d", i)] = kinds[i%len(kinds)]
	}
	var err error
	if a.space, err = a.spec.SearchSpace.Compile(""); err != nil {
		panic(err) // the space is the same every time
	}
	a.view = trials.View{Generation: 1, Objectives: a.spec.Objectives}
	for i, name := range a.space.Names {
		a.view.Columns = append(a.view.Columns, trials.Column{Name: name, Dist: a.space.Dists[i]})
	}
	for range n {
		a.random()
	}
	return a
}

// random ends a trial with params drawn at random.
func (a *asked) random() {
	values := map[string]float64{}
	for i, name := range a.space.Names {
		values[name] = a.space.Dists[i].At(a.rng.Float64())
	}
	a.end(values, a.rng.Float64())
}

// end ends a trial. An earlier view is not written to.
func (a *asked) end(values map[string]float64, value float64) {
	v := &a.view
	v.Numbers, v.States = append(v.Numbers, int64(len(v.Numbers))), append(v.States, trials.Complete)
	v.Values, v.Violations = append(v.Values, value), append(v.Violations, 0)
	v.Last, v.LastStep = append(v.Last, math.NaN()), append(v.LastStep, trials.Absent)
	v.Columns = slices.Clone(v.Columns)
	for i := range v.Columns {
		v.Columns[i].Values = append(v.Columns[i].Values, values[v.Columns[i].Name])
	}
}

func (a *asked) request() *trials.SampleRequest {
	return &trials.SampleRequest{Study: a.spec, Space: a.space, Number: int64(a.view.Len()), View: a.view}
}

// throughServer measures asks over HTTP of studies with 10 000 trials, and sets
// what they take beyond the sampler itself against an ask of a random one.
func (b *asking) throughServer(sampling []float64) error {
	var err error
	if b.dir, err = os.MkdirTemp("", "espalier-ask-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	binary, err := b.program()
	if err != nil {
		return err
	}
	p, err := b.espalier(binary, filepath.Join(b.dir, "ask.db"))
	if err != nil {
		return err
	}
	defer p.stop()
	study := made(10_000, 20, false)
	for _, name := range []string{"tpe", "random"} {
		if err := b.filled(p, study, name); err != nil {
			return err
		}
	}
	var ratios []float64
	for i := range b.rounds {
		took := map[string]float64{}
		for _, name := range []string{"random", "tpe"} {
			if took[name], err = askOver(p, name); err != nil {
				return err
			}
		}
		fmt.Fprintf(os.Stderr, "over HTTP, 10000 trials x 20: tpe %.2f ms, random %.2f ms\n", took["tpe"], took["random"])
		ratios = append(ratios, (took["tpe"]-sampling[i])/took["random"])
	}
	figure("http_tpe_ask_less_sampling_vs_random_ask", ratios, 1.3, true)
	return nil
}

// filled makes a study and adds the trials, many at once.
func (b *asking) filled(p *process, study *asked, name string) error {
	_, err := p.post("/v1/studies", map[string]any{
		"name": name, "direction": "minimize", "search_space": study.spec.SearchSpace,
		"sampler": map[string]string{"type": name}, "seed": 1,
	})
	if err != nil {
		return err
	}
	rows := make(chan int)
	errs := make([]error, 64)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for row := range rows {
				values := map[string]float64{}
				for _, c := range study.view.Columns {
					values[c.Name] = c.Values[row]
				}
				_, err := p.post("/v1/studies/"+name+"/trials", map[string]any{
					"params": study.space.Params(values), "state": "COMPLETE", "value": study.view.Values[row],
				})
				errs[w] = errors.Join(errs[w], err)
			}
		})
	}
	for row := range study.view.Len() {
		rows <- row
	}
	close(rows)
	wg.Wait()
	return errors.Join(errs...)
}

// askOver returns the median milliseconds of an ask, each followed by a tell.
func askOver(p *process, name string) (float64, error) {
	var times []float64
	for i := range 61 {
		began := time.Now()
		out, err := p.post("/v1/studies/"+name+"/ask", nil)
		took := time.Since(began)
		if err != nil {
			return 0, err
		}
		if i > 0 {
			times = append(times, float64(took)/1e6)
		}
		var got trials.AskResult
		if err := json.Unmarshal(out, &got); err != nil || len(got.Trials) != 1 {
			return 0, fmt.Errorf("asking %s: %s (%w)", name, out, err)
		}
		if _, err := p.post(fmt.Sprintf("/v1/studies/%s/trials/%d/tell", name, got.Trials[0].Number), map[string]any{"value": float64(i%7) / 7}); err != nil {
			return 0, err
		}
	}
	return median(times), nil
}
