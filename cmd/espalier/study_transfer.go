package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

func (p *program) studyTransfer() *cobra.Command {
	var use string
	var count int
	cmd := &cobra.Command{
		Use:   "transfer FROM TO",
		Short: "Have a study take over what another one learnt",
		Long: `Have the study TO take over what FROM learnt: its trials that ended, as history
(the objectives must be the same), or the params of its best ones, which the next
asks hand out. Params that are not in the search space of TO are left out.`,
		Example: `  espalier study transfer mnist-small mnist --use best --count 5`,
		Args:    exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			body := api.TransferRequest{From: args[0], Use: api.TransferRequestUse(use)}
			if cmd.Flags().Changed("count") {
				body.Count = count
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			done, err := api.Read[document[api.TransferResult]](c.API().TransferStudy(cmd.Context(), args[1], nil, body))
			if err != nil {
				return err
			}
			return p.print(done, func(w *tabwriter.Writer) {
				n := &done.value
				fmt.Fprintf(w, "%d trials added, %d enqueued, %d skipped\n", n.Added, n.Enqueued, n.Skipped)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&use, "use", "history", "`what`: history, or best")
	f.IntVar(&count, "count", 5, "with --use best, the params of so many `trials`")
	return cmd
}
