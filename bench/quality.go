package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

var nan = math.NaN()

// checkpoints are the evaluations after which regrets are compared.
var checkpoints = []int{50, 100, 200}

const allSeeds = 31

// quality compares what our samplers find with what Optuna's found, on the
// problems of quality/problems.py and against the record in quality/.
type quality struct {
	ctx      context.Context //nolint:containedctx // lives for one run
	dir      string
	tables   *tables
	record   record
	node     json.RawMessage
	name     string // of the sampler
	group    string
	problems []string
	seeds    int
	chance   map[string]float64 // median regret of random by problem, at the last checkpoint
}

// benchQuality reads the flags of `bench quality`.
func benchQuality(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("quality", flag.ContinueOnError)
	node := flags.String("sampler", "auto", "a sampler: its type, or its node as JSON")
	only := flags.String("problem", "", "problems, separated by commas; all by default")
	seeds := flags.Int("seeds", allSeeds, "seeds a problem; fewer than all are for work on a sampler")
	group := flags.String("group", "score", "score, or tune: other tables, shifts and start points, without rivals")
	parts := flags.String("parts", "given,own,eight,spread,cost,censor,check", "what is measured")
	dir := flags.String("dir", "bench/quality", "the folder of the record and the tables")
	if err := flags.Parse(args); err != nil {
		return err
	}
	q := &quality{
		ctx: ctx, dir: *dir, tables: &tables{dir: *dir}, seeds: min(max(1, *seeds), allSeeds), group: *group,
		node: json.RawMessage(*node), problems: scored, chance: map[string]float64{},
	}
	if !strings.HasPrefix(*node, "{") {
		q.node = json.RawMessage(fmt.Sprintf(`{"type":%q}`, *node))
	}
	var head struct{ Type string }
	if err := json.Unmarshal(q.node, &head); err != nil {
		return fmt.Errorf("-sampler: %w", err)
	}
	q.name = head.Type
	if q.group == "tune" {
		q.problems = tuned()
	} else {
		var err error
		if q.record, err = readRecord(q.dir); err != nil {
			return err
		}
	}
	if *only != "" {
		q.problems = strings.Split(*only, ",")
	}
	return q.run(strings.Split(*parts, ","))
}

func (q *quality) run(parts []string) error {
	if err := q.random(); err != nil {
		return err
	}
	for _, part := range parts {
		began := time.Now()
		var err error
		switch part {
		case given, own, eight:
			err = q.arrangement(part)
		case "spread":
			err = q.spread()
		case "cost":
			err = q.cost()
		case "censor":
			err = q.censor()
		case "check":
			if q.record != nil {
				err = q.record.check(q.ctx, q.dir)
			}
		default:
			err = fmt.Errorf("-parts: there is no %q", part)
		}
		if err != nil {
			return err
		}
		fmt.Printf("# %s took %.0f s\n", part, time.Since(began).Seconds())
	}
	return nil
}

// line prints a figure. A target of NaN is none.
func line(name string, v float64, op string, target float64, note string) {
	met := map[string]bool{"<=": v <= target, ">=": v >= target, "==": v == target}[op]
	verdict, aim := "short", fmt.Sprintf("%s %g", op, target)
	switch {
	case math.IsNaN(target):
		verdict, aim = "-", "-"
	case met:
		verdict = "ok"
	}
	fmt.Printf("%s\t%.3g\t%s\t%s\t%s\n", name, v, aim, verdict, note)
}

// each calls f for 0 to n-1 on all processors and returns the first error.
func (q *quality) each(n int, f func(i int) error) error {
	return q.share(runtime.GOMAXPROCS(0), n, f)
}

// share is each by a number of workers.
func (q *quality) share(workers, n int, f func(i int) error) error {
	ctx, cancel := context.WithCancelCause(q.ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range next {
				if err := f(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// curves makes a study of every problem and seed; by problem, by the place of
// the seed.
func (q *quality) curves(node json.RawMessage, arrangement string, seeds []int) (map[string][][]float64, error) {
	out := make(map[string][][]float64, len(q.problems))
	for _, name := range q.problems {
		out[name] = make([][]float64, len(seeds))
	}
	err := q.each(len(q.problems)*len(seeds), func(i int) error {
		name, at := q.problems[i/len(seeds)], i%len(seeds)
		p, err := q.tables.problem(name, q.group, seeds[at])
		if err != nil {
			return err
		}
		s, err := newSearch(p, node, arrangement)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		out[name][at], err = s.run(arrangement, checkpoints[len(checkpoints)-1])
		return err
	})
	return out, err
}

// random measures what regrets are divided by.
func (q *quality) random() error {
	last := checkpoints[len(checkpoints)-1]
	curves, err := q.curves(json.RawMessage(`{"type":"random"}`), given, count(0, allSeeds))
	for name, c := range curves {
		if err == nil {
			q.chance[name] = middle(after(c, last))
		}
	}
	return err
}

func after(curves [][]float64, evaluation int) []float64 {
	out := make([]float64, len(curves))
	for i, c := range curves {
		out[i] = c[evaluation-1]
	}
	return out
}

// arrangement compares one kind of study on all problems.
func (q *quality) arrangement(arrangement string) error {
	seeds := count(0, q.seeds)
	if q.seeds == allSeeds && q.record != nil { // on the others a rival is chosen, no more
		seeds = comparing("")
		if arrangement == given {
			seeds = append(comparing("gp"), seeds...)
		}
	}
	curves, err := q.curves(q.node, arrangement, seeds)
	if err != nil {
		return err
	}
	fmt.Printf("# %s: median regret after 50/100/200 evaluations, %d seeds (gp: %d)\n", arrangement, len(seeds), gpSeeds)
	for _, name := range q.problems {
		q.medians(name, arrangement, seeds, curves[name])
	}
	if q.record != nil {
		for _, n := range checkpoints {
			q.verdicts(arrangement, n, seeds, curves)
		}
	}
	return nil
}

func (q *quality) medians(name, arrangement string, seeds []int, ours [][]float64) {
	row := []string{"# " + name, "random " + short(q.chance[name]) + " at 200"}
	text := func(who string, at func(n int) float64) {
		var parts []string
		for _, n := range checkpoints {
			parts = append(parts, short(at(n)))
		}
		row = append(row, who+" "+strings.Join(parts, "/"))
	}
	text(q.name, func(n int) float64 { return middle(after(ours, n)) })
	for _, rival := range q.record.rivals(name, arrangement) {
		text("Optuna's "+rival, func(n int) float64 {
			regrets, _ := q.record.regrets(cell{problem: name, rival: rival, arrangement: arrangement}, n, seeds)
			return middle(regrets)
		})
	}
	fmt.Println(strings.Join(row, "\t"))
}

func short(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.3g", v)
}

// verdicts compares our regrets with those of Optuna's best rival, problem by
// problem.
func (q *quality) verdicts(arrangement string, evaluation int, seeds []int, curves map[string][][]float64) {
	type judged struct {
		*comparison
		name, rival, note string
	}
	var all []judged
	var comparisons []*comparison
	var unknown []string
	for _, name := range q.problems {
		rival, missing := q.record.best(name, arrangement, evaluation)
		if rival == "" {
			unknown = append(unknown, name)
			continue
		}
		ours, theirs := q.pairs(cell{problem: name, rival: rival, arrangement: arrangement}, evaluation, seeds, curves[name])
		c := compare(ours, theirs)
		note := fmt.Sprintf("%d seeds", len(ours))
		if len(missing) > 0 {
			note += ", not recorded: " + strings.Join(missing, " ")
		}
		all, comparisons = append(all, judged{&c, name, rival, note}), append(comparisons, &c)
	}
	if len(unknown) > 0 {
		fmt.Fprintf(os.Stderr, "  %s, %d evaluations: no rival is recorded on %s.\n", arrangement, evaluation, strings.Join(unknown, ", "))
	}
	holm(comparisons)
	tally, largest := map[string]float64{}, 0.0
	for _, j := range all {
		tally[j.verdict]++
		largest = max(largest, j.ratio)
		target := 1.5
		if j.verdict == "worse" {
			target = 1
		}
		line(fmt.Sprintf("%s_%d_%s_vs_optuna_%s", arrangement, evaluation, j.name, j.rival), j.ratio, "<=", target,
			fmt.Sprintf("%s [%.3g, %.3g] (%s)", j.verdict, j.low, j.high, j.note))
	}
	if len(all) == 0 {
		return
	}
	at := fmt.Sprintf("%s_%d_", arrangement, evaluation)
	note := fmt.Sprintf("(of %d problems)", len(all))
	line(at+"worse", tally["worse"], "<=", 0, note)
	line(at+"better_share", tally["better"]/float64(len(all)), ">=", 0.5, note)
	line(at+"largest_ratio", largest, "<=", 1.5, note)
}

// pairs returns both sides' regrets as shares of random's, on the seeds on which
// a rival is compared. Work on a sampler with fewer seeds takes those there are.
func (q *quality) pairs(c cell, evaluation int, seeds []int, curves [][]float64) (ours, theirs []float64) {
	with := comparing(c.rival)
	if q.seeds < allSeeds {
		with = seeds
	}
	for i, seed := range seeds {
		if !slices.Contains(with, seed) {
			continue
		}
		if their, all := q.record.regrets(c, evaluation, []int{seed}); all {
			ours = append(ours, max(floor, curves[i][evaluation-1]/q.chance[c.problem]))
			theirs = append(theirs, max(floor, their[0]/q.chance[c.problem]))
		}
	}
	return ours, theirs
}
