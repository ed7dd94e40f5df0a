package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/storage"
	"github.com/espalier-hpo/espalier/trials"
)

const (
	censorSteps   = 10
	censorNode    = `{"type":"tpe"}`
	censorWorkers = 16 // studies at a time: they wait for the disk
)

// censorTrials are the numbers of trials after which regrets are compared.
var censorTrials = []int{50, 100}

// trainings are gardner2 and hartmann6_sum with what they limit as the resource;
// network with a fiftieth of its memory; and tables, with the seconds of the
// quickest 3 %.
var trainings = []string{"gardner2", "hartmann6_sum", "network_memory", "phoneme_seconds", "segment_seconds"}

// training is a problem whose trials use up a resource step by step. A forecast
// prunes those that are heading for more than the bound.
type training struct {
	*problem
	resource func(x []float64) float64 // in all
	bound    float64
}

// training makes one of the trainings. 2 to 5 % of the points keep the bound.
func (q *quality) training(name string, seed int) (*training, error) {
	base, measured, _ := strings.Cut(name, "_")
	if measured == "sum" {
		base = name
	}
	p, err := q.tables.problem(base, "score", seed)
	if err != nil {
		return nil, err
	}
	t := &training{problem: p}
	evaluate := p.evaluate
	slack := func(x []float64) float64 {
		_, broken := evaluate(x)
		return broken[0]
	}
	if p.seconds != nil {
		return t, q.hasten(t)
	}
	switch name {
	case "gardner2":
		t.bound, t.resource = 0.1, func(x []float64) float64 { return 0.1 + slack(x) }
	case "hartmann6_sum":
		t.bound, t.resource = 1.8, func(x []float64) float64 { return 1.8 + slack(x) }
	case "network_memory":
		t.bound = 0.02 // of the memory that network allows
		t.resource = func(x []float64) float64 { return 1 + slack(x) }
		t.tighten()
	default:
		return nil, fmt.Errorf("there is no training %q", name)
	}
	return t, nil
}

// tighten finds the best network within the bound.
func (t *training) tighten() {
	t.best = math.Inf(1)
	for layers := 1.0; layers <= 8; layers++ {
		for units := 32.0; units <= 512; units += 32 {
			for format := range 3 {
				x := []float64{1e-3, 0, layers, units, float64(format), 1}
				if t.resource(x) > t.bound {
					continue
				}
				capacity := math.Log(layers*units*units/1024) / math.Log(2048)
				x[1] = 0.3 * capacity
				values, _ := t.evaluate(x)
				t.best = min(t.best, values[0])
			}
		}
	}
	t.worst = 1.5 - t.best
}

// hasten bounds the seconds of a table by what the quickest 3 % take.
func (q *quality) hasten(t *training) error {
	g, err := q.tables.table(t.name)
	if err != nil {
		return err
	}
	t.resource, t.bound, t.best = t.seconds, quantile(g.seconds, 0.03), math.Inf(1)
	for i, mean := range g.means {
		if g.seconds[i] <= t.bound {
			t.best = min(t.best, mean)
		}
	}
	t.worst = slices.Max(g.means) - t.best
	return nil
}

// naive hides from a sampler by how much a pruned trial would have broken a
// limit, and that it would have: to it the trial was pruned, no more.
type naive struct{ trials.Sampler }

func (n naive) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	hidden := *r
	v := &hidden.View
	v.Violations, v.Limits = slices.Clone(v.Violations), slices.Clone(v.Limits)
	for i := range v.Limits {
		v.Limits[i].Slack, v.Limits[i].Censored = slices.Clone(v.Limits[i].Slack), nil
	}
	for row, state := range v.States {
		if state != trials.Pruned {
			continue
		}
		v.Violations[row] = math.NaN()
		for i := range v.Limits {
			if row < len(v.Limits[i].Slack) {
				v.Limits[i].Slack[row] = math.NaN()
			}
		}
	}
	return n.Sampler.Sample(&hidden)
}

// blinkered is the table of samplers, all of them naive.
type blinkered struct{ sampler.Table }

func (t blinkered) New(study *trials.StudySpec, space *trials.Space, node json.RawMessage) (trials.Sampler, json.RawMessage, error) {
	s, resolved, err := t.Table.New(study, space, node)
	return naive{s}, resolved, err
}

// censor compares what is found where a forecast prunes, by a sampler that is
// told the violations and by a naive one, through the service and its store.
func (q *quality) censor() error {
	dir, err := os.MkdirTemp("", "espalier-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nobody can act on it
	var found [2]map[string][][]float64
	for i, table := range []trials.Samplers{sampler.Table{}, blinkered{}} {
		if found[i], err = q.trained(filepath.Join(dir, strconv.Itoa(i)+".db"), table); err != nil {
			return err
		}
	}
	for _, n := range censorTrials {
		fewer := 0.0
		for _, name := range trainings {
			ours, theirs := after(found[0][name], n), after(found[1][name], n)
			c := compare(ours, theirs)
			if c.ratio <= 0.8 {
				fewer++
			}
			line(fmt.Sprintf("censored_vs_naive_%d_%s", n, name), c.ratio, "<=", nan,
				fmt.Sprintf("[%.3g, %.3g] (median best feasible regrets %.3g and %.3g of %d seeds)", c.low, c.high, middle(ours), middle(theirs), q.seeds))
		}
		line(fmt.Sprintf("censored_%d_problems_at_most_0.8x", n), fewer, ">=", 3, fmt.Sprintf("(of %d)", len(trainings)))
	}
	return nil
}

// trained makes the studies of every problem and seed in one store and returns
// their regrets after each trial.
func (q *quality) trained(path string, table trials.Samplers) (out map[string][][]float64, err error) {
	db, err := storage.Open(q.ctx, storage.Options{Path: path, Relaxed: true, Now: time.Now})
	if err != nil {
		return nil, err
	}
	defer func() {
		if bad := db.Close(); err == nil {
			err = bad
		}
	}()
	service := trials.NewService(trials.Config{
		Store: db, Samplers: table, Pruners: pruner.Table{}, Now: time.Now, Seed: func() int64 { return 1 },
	})
	defer service.Close()
	out = map[string][][]float64{}
	for _, name := range trainings {
		out[name] = make([][]float64, q.seeds)
	}
	err = q.share(censorWorkers, len(trainings)*q.seeds, func(i int) error {
		name, seed := trainings[i/q.seeds], i%q.seeds
		t, err := q.training(name, seed)
		if err == nil {
			out[name][seed], err = t.study(q.ctx, service, fmt.Sprintf("%s-%d", name, seed))
		}
		return err
	})
	return out, err
}

// study makes a study through the service and returns its regret after each
// trial.
func (t *training) study(ctx context.Context, service *trials.Service, name string) ([]float64, error) {
	s, err := newSearch(t.problem, json.RawMessage(censorNode), "censor")
	if err != nil {
		return nil, err
	}
	spec := s.spec
	spec.Name, spec.MaxSteps = name, censorSteps
	spec.Constraints = []trials.Constraint{{Metric: "resource", Op: "<=", Bound: t.bound, Aggregate: trials.Max}}
	spec.Pruner = json.RawMessage(`{"type":"projected_total","metric":"resource"}`)
	if _, _, err := service.CreateStudy(ctx, spec, false, nil); err != nil {
		return nil, err
	}
	regret := newRegret(t.problem)
	var out []float64
	for range slices.Max(censorTrials) {
		asked, err := service.Ask(ctx, name, &trials.AskRequest{}, nil)
		if err != nil {
			return nil, err
		}
		x := make([]float64, len(t.names))
		for j, param := range t.names {
			if x[j], err = t.dists[j].Encode(asked.Trials[0].Params[param]); err != nil {
				return nil, err
			}
		}
		values, _ := t.evaluate(x)
		complete, err := t.train(ctx, service, name, asked.Trials[0].Number, x)
		if err != nil {
			return nil, err
		}
		if complete {
			regret.tell(x, values, []float64{t.resource(x) - t.bound})
		}
		out = append(out, regret.now)
	}
	return out, nil
}

// train runs a trial step by step; false if it was pruned.
func (t *training) train(ctx context.Context, service *trials.Service, name string, number int64, x []float64) (complete bool, err error) {
	values, _ := t.evaluate(x)
	chance := newSplitmix("steps", t.name, name, int(number))
	var shares [censorSteps]float64
	total := 0.0
	for i := range shares {
		shares[i] = 0.9 + 0.2*chance.unit()
		total += shares[i]
	}
	used := 0.0
	for i, share := range shares {
		used += share / total * t.resource(x)
		loss := values[0] + math.Exp(-float64(i+1)/3)
		d, err := service.Report(ctx, name, number, &trials.Report{
			Step: int64(i + 1), Seq: trials.Absent, Elapsed: nan,
			Metrics: []trials.Metric{{Name: "value0", Value: loss}, {Name: "resource", Value: used}},
		}, false)
		if err != nil {
			return false, err
		}
		if d.ShouldPrune {
			_, err := service.Tell(ctx, name, number, &trials.Tell{State: trials.Pruned})
			return false, err
		}
	}
	v := trials.Float(values[0])
	_, err = service.Tell(ctx, name, number, &trials.Tell{Value: &v})
	return true, err
}
