package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/trials"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	request   trials.ReplayRequest
	format    replay.Format
	pruners   []string
	limits    []string
	direction string
	tolerance float64
	recommend bool
	maxLost   float64
	maxRegret float64
	svg       string
}

func (p *program) replayCommand() *cobra.Command {
	var r replayFlags
	cmd := &cobra.Command{
		Use:   "replay STUDY|FILE",
		Short: "Show what other pruners would have saved, and lost",
		Long: `Play recorded trials under other pruners: those of a study on the server, or of
a file of learning curves; - reads standard input.

A file is CSV with the columns trial and step, perhaps cluster and state, and a
column a metric; or JSON lines, each a trial:
  {"trial": "a", "params": {"lr": 0.1}, "steps": [1, 2], "metrics": {"loss": [0.9, 0.8]}}
or what "espalier export" wrote. Trials of one cluster are repeats of one setting.
Running totals, such as system/wall_seconds, count since the trial began.

Studies are drawn at random from the recorded trials; --orders 1 plays the
recorded one, decision by decision.`,
		Example: `  espalier replay mnist --pruner safe --pruner balanced
  espalier replay curves.csv --metric val_loss --pruner safe --pruner '{"type":"asha"}' --svg out.svg
  espalier replay curves.csv --limit 'system/wall_seconds<=3600' --recommend --max-best-lost 0.05`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.replay(cmd, args[0], &r) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&r.pruners, "pruner", nil, "a pruner to play: a preset (safe, balanced, aggressive), a `type`, or a JSON object with its options; may be repeated; the presets if left out")
	f.IntVar(&r.request.Orders, "orders", 1000, "play `N` studies that are drawn at random; 1 is the recorded one")
	f.IntVar(&r.request.Trials, "trials", 0, "draw studies of `N` trials; half of the settings, at most 60, if left out")
	f.IntVar(&r.request.Workers, "workers", 0, "simulate `N` workers; as recorded, and 1 for studies that are drawn, if left out")
	f.Int64Var(&r.request.Seed, "seed", 0, "a `number` from which the draws follow")
	f.StringVar(&r.request.Cost, "cost", "", "the `resource` that ratios and curves count: steps, wall_seconds, ...")
	f.Float64Var(&r.request.Confidence, "confidence", 0.95, "the `probability` of the intervals")
	f.Float64Var(&r.tolerance, "tolerance", 0.01, "of the equal-regret ratio: the `share` of the best value that is close enough")
	f.BoolVar(&r.request.IgnoreSampler, "ignore-sampler", false, "draw studies although the sampler learnt from the trials before")
	f.StringArrayVar(&r.limits, "limit", nil, "a constraint `METRIC<=BOUND` or METRIC>=BOUND in the place of the study's; may be repeated")
	f.BoolVar(&r.recommend, "recommend", false, "search for the pruner that saves the most within the bounds below")
	f.Float64Var(&r.maxLost, "max-best-lost", 0.05, "the `probability` of losing the best trial that is still allowed")
	f.Float64Var(&r.maxRegret, "max-regret", 0, "the `regret` from which on it counts; the noise of repeats, else 1 % of the best value, if left out")
	f.StringVar(&r.svg, "svg", "", "draw savings and risk, and the regret on the way, into this `file`")
	f.StringVar(&r.format.Metric, "metric", "", "of a file: the `metric` that trials are judged by")
	f.StringVar(&r.direction, "direction", "", "of a file: which `way` the metric is better, minimize (the default) or maximize")
	f.StringArrayVar(&r.format.Increments, "increments", nil, "of a file: this `metric` holds what was added since the report before; may be repeated")
	f.Int64Var(&r.format.MaxSteps, "max-steps", 0, "of a file: a full trial has `N` steps; as many as the longest if left out")
	return cmd
}

func (p *program) replay(cmd *cobra.Command, name string, r *replayFlags) error {
	if err := r.resolve(cmd); err != nil {
		return err
	}
	out, err := p.answer(cmd, name, r)
	if err != nil {
		return err
	}
	for _, w := range out.Warnings {
		fmt.Fprintf(p.stderr, "warning: %s: %s\n", w.Code, printable(w.Detail))
	}
	if r.svg != "" {
		if err := writeFile(r.svg, 0o666, func(w io.Writer) error { return replay.Draw(w, out) }); err != nil {
			return err
		}
	}
	return p.print(out, func(w *tabwriter.Writer) { drawReplay(w, out) })
}

// resolve turns the flags into a request.
func (r *replayFlags) resolve(cmd *cobra.Command) error {
	if len(r.pruners) == 0 && !r.recommend {
		r.pruners = presets
	}
	for _, text := range r.pruners {
		node, err := nodeOf("pruner", text)
		if err != nil {
			return err
		}
		one := trials.ReplayPruner{Pruner: node}
		if !strings.HasPrefix(text, "{") {
			one.Name = text
		}
		r.request.Pruners = append(r.request.Pruners, one)
	}
	r.request.Tolerance = &r.tolerance
	if r.recommend {
		r.request.Recommend = &trials.RecommendBounds{MaxBestLost: r.maxLost}
		if cmd.Flags().Changed("max-regret") {
			r.request.Recommend.MaxRegret = &r.maxRegret
		}
	} else if cmd.Flags().Changed("max-best-lost") || cmd.Flags().Changed("max-regret") {
		return usagef("--max-best-lost and --max-regret are of --recommend")
	}
	for _, text := range r.limits {
		c, err := parseLimit(text)
		if err != nil {
			return err
		}
		r.format.Constraints = append(r.format.Constraints, c)
	}
	if r.direction != "" && r.direction != "minimize" && r.direction != "maximize" {
		return usagef("--direction %q: want minimize or maximize", r.direction)
	}
	r.format.Direction = trials.Direction(r.direction)
	return nil
}

// parseLimit reads METRIC<=BOUND.
func parseLimit(text string) (trials.Constraint, error) {
	for _, op := range []string{"<=", ">="} {
		metric, bound, ok := strings.Cut(text, op)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(bound), 64)
		if err != nil {
			break
		}
		return trials.Constraint{Metric: strings.TrimSpace(metric), Op: op, Bound: v}, nil
	}
	return trials.Constraint{}, usagef("--limit %q: want METRIC<=BOUND or METRIC>=BOUND", text)
}

// answer replays a file here, or has the server replay a study.
func (p *program) answer(cmd *cobra.Command, name string, r *replayFlags) (*trials.ReplayResponse, error) {
	in := p.stdin
	if name != "-" {
		info, err := os.Stat(name)
		switch {
		case err == nil && info.Mode().IsRegular():
			f, err := os.Open(name)
			if err != nil {
				return nil, err
			}
			defer f.Close() //nolint:errcheck // it was only read
			in = f
		case strings.ContainsAny(name, "/.") && err != nil && looksLikeFile(name):
			return nil, err
		default:
			return p.ofStudy(cmd, name, r)
		}
	}
	rec, err := replay.ReadCurves(in, r.format)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, plainly(err))
	}
	progress, done := p.bar("replay")
	defer done()
	engine := replay.Engine{Pruners: pruner.Table{}, Progress: progress}
	out, err := engine.Replay(cmd.Context(), rec, &r.request)
	if err != nil {
		return nil, plainly(err)
	}
	return out, nil
}

// looksLikeFile says that a name that is there neither way was meant as a file.
func looksLikeFile(name string) bool {
	for _, end := range []string{".csv", ".jsonl", ".json", ".ndjson"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return strings.Contains(name, "/")
}

func (p *program) ofStudy(cmd *cobra.Command, name string, r *replayFlags) (*trials.ReplayResponse, error) {
	for _, flag := range []string{"metric", "direction", "increments", "max-steps"} {
		if cmd.Flags().Changed(flag) {
			return nil, usagef("--%s is of a file, and %q is none", flag, name)
		}
	}
	if len(r.format.Constraints) > 0 {
		r.request.Constraints = &r.format.Constraints
	}
	c, err := p.client(cmd)
	if err != nil {
		return nil, err
	}
	return postReplay(cmd.Context(), c, name, &r.request)
}

// postReplay has the server replay a study.
func postReplay(ctx context.Context, c *espalier.Client, study string, req *trials.ReplayRequest) (*trials.ReplayResponse, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	out, err := api.Read[trials.ReplayResponse](c.API().ReplayStudyWithBody(ctx, study, "application/json", bytes.NewReader(body)))
	return &out, err
}

// plainly puts every fault of a request into the text of its error.
func plainly(err error) error {
	var e *trials.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	texts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		texts[i] = f.Pointer + " " + f.Detail
	}
	return errors.New(strings.Join(texts, "; "))
}

// bar shows on stderr, if that is a terminal, how much is done. At the end,
// done clears it away.
func (p *program) bar(verb string) (progress func(done, total int), done func()) {
	if !terminal(p.stderr) {
		return nil, func() {}
	}
	var bar *progressbar.ProgressBar
	progress = func(done, total int) {
		if bar == nil || bar.GetMax() != total {
			bar = progressbar.NewOptions(total,
				progressbar.OptionSetDescription(verb),
				progressbar.OptionSetWriter(p.stderr),
				progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionClearOnFinish(),
			)
		}
		_ = bar.Set(done) // what it shows is only for show
	}
	return progress, func() {
		if bar != nil {
			_ = bar.Finish()
		}
	}
}
