package main

import (
	"bytes"
	"cmp"
	"encoding/json"
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

// presets are the names that stand for a pruner of the type preset.
var presets = []string{"safe", "balanced", "aggressive"}

// nodeOf is the node that a flag means: a preset, a type, or a JSON object with
// options.
func nodeOf(member, text string) (json.RawMessage, error) {
	node := map[string]string{"type": text}
	switch {
	case strings.HasPrefix(text, "{"):
		if !json.Valid([]byte(text)) {
			return nil, usagef("--%s: this is no JSON: %s", member, text)
		}
		return json.RawMessage(text), nil
	case member == "pruner" && slices.Contains(presets, text):
		node = map[string]string{"type": "preset", "preset": text}
	}
	return json.Marshal(node)
}

// savings is an account as it came and decoded.
type savings = document[api.Savings]

func (p *program) savingsCommand() *cobra.Command {
	var co2 float64
	cmd := &cobra.Command{
		Use:   "savings STUDY",
		Short: "Show what pruning saved, and what it risked",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			q := api.GetSavingsParams{}
			if cmd.Flags().Changed("co2-grams-per-kwh") {
				q.Co2GramsPerKwh = &co2
			}
			s, err := api.Read[savings](c.API().GetSavings(cmd.Context(), args[0], &q))
			if err != nil {
				return err
			}
			return p.print(s, func(w *tabwriter.Writer) { drawSavings(w, &s.value) })
		},
	}
	cmd.Flags().Float64Var(&co2, "co2-grams-per-kwh", 0, "add emissions, by this `factor` from the energy")
	return cmd
}

func drawSavings(w io.Writer, s *api.Savings) {
	fmt.Fprintf(w, "compared with\t%s\n", printable(s.Counterfactual))
	fmt.Fprintf(w, "trials\t%d pruned, %d complete; %d points refused before they were tried\n", s.PrunedTrials, s.TrialCounts.COMPLETE, s.RefusedPoints)
	fmt.Fprintf(w, "false prunes\t%s\n", falsePrunes(&s.FalsePrunes))
	fmt.Fprintf(w, "the pruner's cost\t%s s for %d decisions\n\n", number(s.Pruner.Seconds, rough), s.Pruner.Decisions)
	fmt.Fprintln(w, "RESOURCE\tUSED\tSAVED\t95 % INTERVAL\tSHARE")
	for _, name := range slices.Sorted(maps.Keys(s.Resources)) {
		r := s.Resources[name]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, number(r.Used, rough), maybe(r.Saved), between95(r.SavedLow, r.SavedHigh), percent(r.SavedFraction))
	}
	if len(s.ByRule) > 0 {
		fmt.Fprintln(w, "\nRULE\tPRUNED\tSTEPS SAVED\tFALSE PRUNES")
	}
	for i := range s.ByRule {
		r := &s.ByRule[i]
		steps, risk := "-", "-"
		if v, ok := r.Saved["steps"]; ok {
			steps = number(v, rough)
		}
		if r.FalsePrunes != nil {
			risk = falsePrunes(r.FalsePrunes)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", cell(r.DecidedBy), r.PrunedTrials, steps, risk)
	}
	for _, note := range s.Notes {
		fmt.Fprintf(w, "\n%s\n", printable(note))
	}
}

func falsePrunes(f *api.FalsePrunes) string {
	more := ""
	if f.NeedsMore > 0 {
		more = fmt.Sprintf("; about %d more fires to know it within 5 points", f.NeedsMore)
	}
	if f.Rate == nil {
		return "unknown, nothing was checked" + more
	}
	return fmt.Sprintf("%s (%s to %s), %d of %d checked%s", percent(f.Rate), percent(f.RateLow), percent(f.RateHigh), f.Wrong, f.Checked, more)
}

func maybe(v *float64) string {
	if v == nil {
		return "unknown"
	}
	return number(*v, rough)
}

func between95(low, high *float64) string {
	if low == nil || high == nil {
		return "unknown"
	}
	return number(*low, rough) + " to " + number(*high, rough)
}

func percent(v *float64) string {
	if v == nil {
		return "unknown"
	}
	return strconv.FormatFloat(*v*100, 'f', 1, 64) + " %"
}

func (p *program) whyCommand() *cobra.Command {
	step := int64(-1)
	cmd := &cobra.Command{
		Use:   "why STUDY NUMBER",
		Short: "Explain why a trial was pruned, or was not",
		Long: `Explain the verdict of every rule on a trial: as it stands for a running one,
as it was at the last report for one that has ended, or at a step (--step).`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil || n < 0 {
				return usagef("%q is no number of a trial", args[1])
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			explain := true
			q := api.GetDecisionParams{Explain: &explain}
			if cmd.Flags().Changed("step") {
				q.Step = &step
			}
			d, err := api.Read[document[api.Decision]](c.API().GetDecision(cmd.Context(), args[0], n, &q))
			if err != nil {
				return err
			}
			return p.print(d, func(w *tabwriter.Writer) { drawDecision(w, &d.value) })
		},
	}
	cmd.Flags().Int64Var(&step, "step", 0, "as of the last report up to this `step`")
	return cmd
}

func drawDecision(w io.Writer, d *api.Decision) {
	said := "goes on"
	switch {
	case d.ShouldPrune:
		said = "should be pruned"
	case d.SparedBy != "":
		said = "would be pruned, but is spared by " + string(d.SparedBy)
	}
	at := ""
	if d.Step != nil {
		at = fmt.Sprintf(" at step %d", *d.Step)
	}
	fmt.Fprintf(w, "trial %d %s%s\n", d.Trial, said, at)
	if d.Explanation != nil {
		drawExplanation(w, d.Explanation, 0)
	}
	if d.Counterfactual != "" {
		fmt.Fprintln(w, printable(d.Counterfactual))
	}
}

func drawExplanation(w io.Writer, e *api.Explanation, depth int) {
	name := cmp.Or(e.Label, e.Type)
	if e.Mode != "" {
		name += " (shadow)"
	}
	fmt.Fprintf(w, "%s%s\t%s\t%s\n", strings.Repeat("  ", depth), printable(name), e.Verdict, printable(e.Sentence))
	for i := range e.Children {
		drawExplanation(w, &e.Children[i], depth+1)
	}
}

// updateFlags are what `study update` changes.
type updateFlags struct {
	file, pruner, sampler string
	shadow                bool
	holdout               float64
	maxSteps, maxTrials   int64
}

func (p *program) studyUpdate() *cobra.Command {
	var u updateFlags
	cmd := &cobra.Command{
		Use:   "update STUDY",
		Short: "Change a study while it runs: its budget, pruner, sampler, holdout",
		Long: `Change a study while it runs, from flags, from a merge patch in YAML or
JSON as the API takes it (-f), or from both. With --shadow a new pruner is judged and logged, and
enforces nothing: watch its false prunes with "espalier savings", then enforce it
by the same command without --shadow.`,
		Example: `  espalier study update mnist --max-trials 200
  espalier study update mnist --pruner balanced --shadow
  espalier study update mnist --pruner balanced --holdout 0.05`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			patch, err := p.patch(cmd, &u)
			if err != nil {
				return err
			}
			s, err := api.Read[study](c.API().UpdateStudyWithBody(cmd.Context(), args[0], nil,
				"application/merge-patch+json", bytes.NewReader(patch)))
			if err != nil {
				return err
			}
			return p.printStudy(&s)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&u.file, "file", "f", "", "a merge patch in YAML or JSON, a `file`, or - for standard input")
	f.StringVar(&u.pruner, "pruner", "", "the pruner: a preset (safe, balanced, aggressive), a `type`, or a JSON object with its options")
	f.BoolVar(&u.shadow, "shadow", false, "judge and log with the new pruner, enforce nothing")
	f.StringVar(&u.sampler, "sampler", "", "the sampler: a `type`, or a JSON object with its options")
	f.Float64Var(&u.holdout, "holdout", 0, "`share` of the trials that no prediction prunes")
	f.Int64Var(&u.maxSteps, "max-steps", 0, "`steps` of a full trial")
	f.Int64Var(&u.maxTrials, "max-trials", 0, "hand out at most `N` trials in all")
	return cmd
}

// node is the pruner, in shadow mode if wished.
func (u *updateFlags) node() (any, error) {
	node, err := nodeOf("pruner", u.pruner)
	if err != nil || !u.shadow {
		return node, err
	}
	var members map[string]any
	if err := json.Unmarshal(node, &members); err != nil {
		return nil, usagef("--pruner: %v", err)
	}
	members["mode"] = "shadow"
	return members, nil
}

func (p *program) patch(cmd *cobra.Command, u *updateFlags) ([]byte, error) {
	patch := map[string]any{}
	if u.file != "" {
		if err := p.readDocument(u.file, &patch); err != nil {
			return nil, err
		}
	}
	if u.pruner == "" && u.shadow {
		return nil, usagef("--shadow needs a --pruner")
	}
	if u.pruner != "" {
		node, err := u.node()
		if err != nil {
			return nil, err
		}
		patch["pruner"] = node
	}
	if u.sampler != "" {
		node, err := nodeOf("sampler", u.sampler)
		if err != nil {
			return nil, err
		}
		patch["sampler"] = node
	}
	if cmd.Flags().Changed("holdout") {
		patch["holdout"] = u.holdout
	}
	if cmd.Flags().Changed("max-steps") {
		patch["max_steps"] = u.maxSteps
	}
	if cmd.Flags().Changed("max-trials") {
		if err := setMember(patch, "budget", "max_trials", u.maxTrials); err != nil {
			return nil, err
		}
	}
	if len(patch) == 0 {
		return nil, usagef("say what to change")
	}
	return json.Marshal(patch)
}
