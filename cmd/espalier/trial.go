package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// trial is a trial as it came and decoded.
type trial = document[api.Trial]

// trialList is a list of trials, whole or a page of it.
type trialList struct {
	Trials        []trial `json:"trials"`
	NextPageToken string  `json:"next_page_token,omitempty"`
}

func (p *program) trialCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "trial", Short: "List, show and enqueue trials"}
	cmd.AddCommand(p.trialList(), p.trialShow(), p.trialEnqueue())
	return group(cmd)
}

func (p *program) trialList() *cobra.Command {
	var (
		states []string
		order  string
		limit  int
	)
	cmd := &cobra.Command{
		Use:   "list STUDY",
		Short: "List trials",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return usagef("--limit: want a number from 0")
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			q := api.ListTrialsParams{}
			for _, s := range states {
				q.State = append(q.State, api.TrialState(strings.ToUpper(s)))
			}
			if order != "" {
				by := api.ListTrialsParamsOrderBy(order)
				q.OrderBy = &by
			}
			all, more, err := pages(limit, func(size int, token *string) ([]trial, string, error) {
				q.PageSize, q.PageToken = &size, token
				l, err := api.Read[trialList](c.API().ListTrials(cmd.Context(), args[0], &q))
				return l.Trials, l.NextPageToken, err
			})
			if err != nil {
				return err
			}
			if more {
				fmt.Fprintf(p.stderr, "These are the first %d trials; --limit 0 lists all.\n", len(all))
			}
			return p.print(trialList{Trials: all}, func(w *tabwriter.Writer) { p.drawTrials(w, all, rough) })
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&states, "state", nil, "only trials in these `states`: running, waiting, complete, pruned, fail")
	f.StringVar(&order, "order-by", "", "`key`: number (the default), value (best first) or datetime_complete; - before it reverses")
	f.IntVar(&limit, "limit", 100, "at most `N`, 0 for all")
	return cmd
}

func (p *program) drawTrials(w io.Writer, all []trial, digits int) {
	feasible := func(string) string { return "" }
	if slices.ContainsFunc(all, func(t trial) bool { return len(t.value.Constraints) > 0 }) {
		feasible = func(text string) string { return text + "\t" }
	}
	fmt.Fprintf(w, "NUMBER\tSTATE\tVALUES\t%sPARAMS\tSTARTED\tTOOK\tREASON\n", feasible("FEASIBLE"))
	for i := range all {
		t := &all[i].value
		fmt.Fprintf(w, "%d\t%s\t%s\t%s%s\t%s\t%s\t%s\n", t.Number, t.State, cell(values(t.Values)), feasible(feasibility(t)),
			wide(params(t.Params, digits), digits), ago(p.now(), t.DatetimeStart), took(p.now(), t), cell(reason(t)))
	}
}

// wide is a cell, cut only where its numbers are.
func wide(s string, digits int) string {
	if digits == exact {
		return printable(s)
	}
	return cell(s)
}

func feasibility(t *api.Trial) string {
	switch {
	case t.Feasible == nil:
		return "-"
	case *t.Feasible:
		return "yes"
	case t.Violation == nil:
		return "no"
	default:
		return "no, by " + number(float64(*t.Violation), rough)
	}
}

// kept says how a trial stands to a limit.
func kept(r *api.ConstraintResult) string {
	var texts []string
	if r.Bound != nil {
		texts = append(texts, string(r.Op)+" "+number(*r.Bound, 6))
	}
	if r.Observed != nil {
		texts = append(texts, "observed "+number(float64(*r.Observed), 6))
	}
	switch {
	case r.Violation == nil:
		texts = append(texts, "not known")
	case *r.Violation > 0:
		texts = append(texts, "broken by "+number(float64(*r.Violation), rough))
	default:
		texts = append(texts, "kept")
	}
	if r.Censored {
		texts = append(texts, "stopped by a forecast")
	}
	if r.Rule != "" {
		texts = append(texts, "by rule "+r.Rule)
	}
	return strings.Join(texts, ", ")
}

// reason is why a trial ended early, or will.
func reason(t *api.Trial) string {
	if d := t.Decision; t.Reason == "" && d != nil && d.ShouldPrune {
		return cmp.Or(d.DecidedBy, string(d.Reason))
	}
	return t.Reason
}

func (p *program) trialShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show STUDY NUMBER",
		Short: "Show a trial",
		Args:  exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil || n < 0 {
				return usagef("%q is no number of a trial", args[1])
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			t, err := api.Read[trial](c.API().GetTrial(cmd.Context(), args[0], n))
			if err != nil {
				return err
			}
			return p.print(t, func(w *tabwriter.Writer) { p.drawTrial(w, &t.value) })
		},
	}
}

func (p *program) drawTrial(w io.Writer, t *api.Trial) {
	optional := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, printable(text))
		}
	}
	fmt.Fprintf(w, "number\t%d\n", t.Number)
	fmt.Fprintf(w, "state\t%s\n", t.State)
	optional("values", values(t.Values))
	optional("reason", reason(t))
	optional("error", t.Error)
	if len(t.Constraints) > 0 {
		fmt.Fprintf(w, "feasible\t%s\n", feasibility(t))
	}
	for i := range t.Constraints {
		fmt.Fprintf(w, "limit of %s\t%s\n", printable(t.Constraints[i].Metric), printable(kept(&t.Constraints[i])))
	}
	fmt.Fprintf(w, "started\t%s\n", ago(p.now(), t.DatetimeStart))
	fmt.Fprintf(w, "took\t%s\n", took(p.now(), t))
	optional("worker", t.Worker)
	optional("sampled by", t.SampledBy)
	optional("because", t.SamplingReason)
	if t.RetryOf != nil {
		fmt.Fprintf(w, "attempt\t%d, a retry of %d\n", t.Attempt, *t.RetryOf)
	}
	if d := t.Decision; d != nil {
		fmt.Fprintf(w, "should prune\t%t\n", d.ShouldPrune)
		if d.Explanation != nil {
			optional("because", d.Explanation.Sentence)
		}
		optional("otherwise", d.Counterfactual)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Params)) {
		fmt.Fprintf(w, "param %s\t%s\n", printable(name), printable(choice(t.Params[name], exact)))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Metrics)) {
		m := t.Metrics[name]
		fmt.Fprintf(w, "metric %s\tlast %s, min %s, max %s, mean %s of %d\n", printable(name), number(float64(m.Last), 6),
			number(float64(m.Min), 6), number(float64(m.Max), 6), number(float64(m.Mean), 6), m.Count)
	}
}

func (p *program) trialEnqueue() *cobra.Command {
	var skip bool
	cmd := &cobra.Command{
		Use:   "enqueue STUDY PARAM=VALUE...",
		Short: "Have the next ask hand out these params; those left out are sampled",
		Long: `Have the next ask hand out these params; those left out are sampled. A value
that is JSON is taken as such; put "quotes" around a string that looks like a
number, true, false or null.`,
		Example: `  espalier trial enqueue mnist lr=0.001 optimizer=adam`,
		Args:    between(2, 1<<20),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := api.TrialCreate{Params: api.Params{}, SkipIfExists: skip}
			for _, arg := range args[1:] {
				name, text, ok := strings.Cut(arg, "=")
				if !ok || name == "" {
					return usagef("%q: want PARAM=VALUE", arg)
				}
				body.Params[name] = parseValue(text)
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			t, err := api.Read[trial](c.API().CreateTrial(cmd.Context(), args[0], nil, body))
			if err != nil {
				return err
			}
			return p.print(t, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "trial %d is %s\n", t.value.Number, t.value.State)
			})
		},
	}
	cmd.Flags().BoolVar(&skip, "skip-if-exists", false, "make none when a trial has the same params already")
	return cmd
}

func (p *program) bestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "best STUDY",
		Short: "Show the best trial, or those of the Pareto front",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			best, err := api.Read[trialList](c.API().GetBestTrials(cmd.Context(), args[0]))
			if err != nil {
				return err
			}
			if len(best.Trials) == 0 {
				fmt.Fprintln(p.stderr, "No trial is complete yet.")
			}
			return p.print(best, func(w *tabwriter.Writer) {
				if len(best.Trials) > 0 {
					p.drawTrials(w, best.Trials, exact)
				}
			})
		},
	}
}
