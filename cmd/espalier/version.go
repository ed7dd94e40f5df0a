package main

import (
	"fmt"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// Set by the linker: -X main.version=v1.2.3 -X main.commit=...
var version, commit string

// versions are those of this program: what the linker set, else what the go
// command noted.
func versions() (v, c string) {
	v, c = version, commit
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" && info.Main.Version != "(devel)" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			if c == "" && s.Key == "vcs.revision" {
				c = s.Value
			}
		}
	}
	if v == "" {
		v = "dev"
	}
	return v, c
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the server's when --server or ESPALIER_SERVER names one",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			type program struct {
				Version string `json:"version"`
				Commit  string `json:"commit,omitempty"`
			}
			var out struct {
				Client program                `json:"client"`
				Server *document[api.Version] `json:"server,omitempty"`
			}
			out.Client.Version, out.Client.Commit = versions()
			if cmd.Flags().Changed("server") || p.getenv("ESPALIER_SERVER") != "" {
				c, err := p.client(cmd)
				if err != nil {
					return err
				}
				server, err := api.Read[document[api.Version]](c.API().GetVersion(cmd.Context()))
				if err != nil {
					return err
				}
				out.Server = &server
			}
			return p.print(out, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "espalier\t%s\n", strings.TrimSpace(out.Client.Version+" "+out.Client.Commit))
				if out.Server != nil {
					v := out.Server.value
					fmt.Fprintf(w, "server\t%s\n", cell(v.Version+" "+v.Commit))
				}
			})
		},
	}
}
