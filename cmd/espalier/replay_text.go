package main

import (
	"fmt"
	"io"

	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/trials"
)

// drawReplay prints a replay as tables.
func drawReplay(w io.Writer, r *trials.ReplayResponse) {
	n := r.Recorded
	fmt.Fprintf(w, "recorded\t%d trials of %d settings: %d complete, %d failed, %d cut short\n", n.Trials, n.Settings, n.Full, n.Failed, n.CutShort)
	order := "the recorded one"
	if r.Order == "random" {
		order = fmt.Sprintf("%d of %d trials in random order", r.Orders, r.Trials)
	}
	fmt.Fprintf(w, "studies\t%s, %d at a time\n", order, r.Workers)
	fmt.Fprintf(w, "a study costs\t%s %s without a pruner\n", number(r.Full[r.Cost], rough), printable(r.Cost))
	switch r.Intervals {
	case "settings":
		fmt.Fprintf(w, "intervals\t%s %%, of other settings and orders; about %s settings are the best of a study\n", number(100*r.Confidence, rough), number(r.DistinctBest, 2))
	case "orderings":
		fmt.Fprintf(w, "intervals\t%s %%, of other orders of the same trials alone: too narrow\n", number(100*r.Confidence, rough))
	}
	if r.Feasible != nil {
		fmt.Fprintf(w, "feasible\t%s of the trials\n", percent(r.Feasible))
	}
	if rec := r.Recommendation; rec != nil {
		drawRecommendation(w, r, rec)
	}
	if len(r.Pruners) > 0 {
		fmt.Fprintf(w, "\nPRUNER\tSAVED OF %s\tCUT\tBEST LOST\tTOP TENTH LOST\tREGRET (MEAN, P95)\tEQUAL REGRET\tFALSE PRUNES\tAT RANDOM\n", printable(r.Cost))
	}
	for i := range r.Pruners {
		drawReplayed(w, r, &r.Pruners[i])
	}
	for i := range r.Pruners {
		drawMore(w, r, &r.Pruners[i])
	}
}

// drawReplayed prints the row of a pruner.
func drawReplayed(w io.Writer, r *trials.ReplayResponse, p *trials.ReplayResult) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s, %s\t%s\t%s\t%s\n", cell(p.Name),
		replay.Percent(p.Saved[r.Cost].Share), percent(p.Cut.Value), replay.Percent(replay.Lost(p)), replay.Percent(p.TopTenthLost),
		maybe(p.Requirement.Mean.Value), maybe(p.Requirement.P95.Value), replay.Percent(p.EqualRegret.Ratio),
		replay.Percent(p.FalsePrunes.Rate), percent(p.FalsePrunes.Random.Value))
}

// drawMore prints what there is to say of a pruner beside its row.
func drawMore(w io.Writer, r *trials.ReplayResponse, p *trials.ReplayResult) {
	if p.BestFeasibleLost != nil {
		fmt.Fprintf(w, "\n%s: were the constraints a proxy for cost, the best of all would be lost in %s, the mean regret %s.\n",
			cell(p.Name), replay.Percent(p.BestLost), maybe(p.Proxy.Mean.Value))
	}
	if s := p.Saved[r.Cost]; s.ShareAtLeast != nil && s.ShareAtMost != nil {
		fmt.Fprintf(w, "\n%s: trials were recorded cut short, so that it saved between %s and %s.\n", cell(p.Name), percent(s.ShareAtLeast), percent(s.ShareAtMost))
	}
	if len(p.ByRule) > 1 || len(p.Decisions) > 0 {
		fmt.Fprintf(w, "\n%s\nRULE\tTRIALS A STUDY\tSAVED OF %s\n", cell(p.Name), printable(r.Cost))
		for _, rule := range p.ByRule {
			fmt.Fprintf(w, "%s\t%s\t%s\n", cell(rule.DecidedBy), number(rule.Trials, 3), number(rule.Saved[r.Cost], rough))
		}
	}
	if len(p.Decisions) > 0 {
		fmt.Fprintln(w, "\nTRIAL\tCUT AT\tBY\tWOULD HAVE ENDED AT\tBEST THEN\tWRONG")
	}
	for _, d := range p.Decisions {
		wrong := "unknown"
		if d.BeatIncumbent != nil {
			wrong = map[bool]string{true: "yes", false: "no"}[*d.BeatIncumbent]
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\n", d.Trial, d.Step, cell(d.DecidedBy), maybe(d.Value), maybe(d.Incumbent), wrong)
	}
}

func drawRecommendation(w io.Writer, r *trials.ReplayResponse, rec *trials.Recommendation) {
	fmt.Fprintf(w, "recommended\t%s\n", printable(rec.Sentence))
	if !rec.Found {
		return
	}
	p := rec.Confirmed
	fmt.Fprintf(w, "on the other half\tsaved %s, best lost %s, a regret above %s in %s\n",
		replay.Percent(p.Saved[r.Cost].Share), replay.Percent(replay.Lost(p)), number(rec.MaxRegret, rough), replay.Percent(*rec.RegretAbove))
	fmt.Fprintf(w, "pruner\t%s\n", printable(string(rec.Pruner)))
}
