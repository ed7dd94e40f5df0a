package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

func (p *program) studyImportances() *cobra.Command {
	var metric, method string
	cmd := &cobra.Command{
		Use:   "importances STUDY",
		Short: "Show which parameters a metric depends on",
		Long: `Show which parameters a metric depends on: an objective, or what the trials cost,
such as system/cpu_seconds. Together the importances are 1.

ped_anova says what the best tenth of the trials has in common, fanova what the
metric varies with over the whole search space.`,
		Example: `  espalier study importances mnist
  espalier study importances mnist --metric system/cpu_seconds --method fanova`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			q := &api.GetImportancesParams{}
			if metric != "" {
				q.Metric = &metric
			}
			if method != "" {
				m := api.GetImportancesParamsMethod(method)
				q.Method = &m
			}
			all, err := api.Read[document[api.Importances]](c.API().GetImportances(cmd.Context(), args[0], q))
			if err != nil {
				return err
			}
			return p.print(all, func(w *tabwriter.Writer) { drawImportances(w, &all.value) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&metric, "metric", "", "the `metric`; the first objective if left out")
	f.StringVar(&method, "method", "", "how it is measured, a `name`: ped_anova (the default) or fanova")
	return cmd
}

func drawImportances(w *tabwriter.Writer, all *api.Importances) {
	fmt.Fprintf(w, "%s, by %s of %d trials\n", printable(all.Metric), printable(all.Method), all.Trials)
	fmt.Fprintln(w, "PARAM\tIMPORTANCE\t\tTRIALS")
	for _, i := range all.Importances {
		fmt.Fprintf(w, "%s\t%.3f\t%s\t%d\n", cell(i.Param), i.Importance, bar(i.Importance), i.Trials)
	}
}

// barWidth is how many characters the bar of 1 takes.
const barWidth = 20

// bar is a number from 0 to 1 as a bar, in eighths of a character.
func bar(share float64) string {
	eighths := int(share*barWidth*8 + 0.5)
	text := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		text += string(rune('▉' + 7 - part))
	}
	return text
}
