package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
	"github.com/espalier-hpo/espalier/clients/optuna"
)

const optunaLong = `With --optuna the study comes from a file in which Optuna 2 to 5 keeps studies: an
SQLite file (as a path or a sqlite:/// URL) or a journal file. The file is only
read. Trials come with their params, values, intermediate values, user
attributes, times and constraints; what is left out or changed is said.`

// optunaFlags are those of import that concern Optuna.
type optunaFlags struct {
	file, study, as string
	list            bool
}

func (o *optunaFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.file, "optuna", "", "import from this `file` of Optuna")
	f.StringVar(&o.study, "study", "", "with --optuna: the `name` of the study; not needed where there is one")
	f.StringVar(&o.as, "as", "", "with --optuna: the new study's `name`; as in Optuna if left out")
	f.BoolVar(&o.list, "list", false, "with --optuna: only list the studies of the file")
}

// check refuses flags that do not go together.
func (o *optunaFlags) check(cmd *cobra.Command, args []string) error {
	given := cmd.Flags().Changed
	switch {
	case o.file == "" && (given("study") || given("as") || o.list):
		return usagef("--study, --as and --list go with --optuna FILE")
	case o.file == "" && len(args) == 0:
		return usagef("a FILE is needed, or --optuna FILE")
	case o.file != "" && len(args) > 0:
		return usagef("--optuna names the file: there cannot be another")
	case o.file != "" && given("name"):
		return usagef("with --optuna the new study's name is given by --as")
	case o.list && (given("study") || given("as")):
		return usagef("--list imports nothing: it goes without --study and --as")
	}
	return nil
}

func (p *program) importOptuna(cmd *cobra.Command, o *optunaFlags) (err error) {
	f, err := optuna.Open(cmd.Context(), o.file, time.Local)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if o.list {
		return p.listOptuna(f.Studies())
	}
	c, err := p.client(cmd)
	if err != nil {
		return err
	}
	s, report, err := p.sendOptuna(cmd.Context(), c, f, optuna.Request{Study: o.study, As: o.as, Now: p.now()})
	if err != nil {
		return err
	}
	for _, n := range report.Notes {
		text := n.Text
		if n.Count > 1 {
			text = fmt.Sprintf("%s (%d times)", text, n.Count)
		}
		fmt.Fprintf(p.stderr, "note: %s\n", printable(text))
	}
	return p.print(s, func(w *tabwriter.Writer) {
		fmt.Fprintf(w, "study %s has %d trials: %s\n", printable(s.value.Name), report.Trials, printable(states(report)))
	})
}

// states lists how many trials Optuna had in which state.
func states(r *optuna.Report) string {
	var texts []string
	for _, name := range r.StateNames() {
		texts = append(texts, fmt.Sprintf("%d %s", r.States[name], name))
	}
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, ", ")
}

// sendOptuna streams a study to the server. Where the file cannot be read to its
// end, that is the error, not what the server makes of half an archive.
func (p *program) sendOptuna(ctx context.Context, c *espalier.Client, f *optuna.File, r optuna.Request) (study, *optuna.Report, error) {
	type read struct {
		report *optuna.Report
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, in := io.Pipe()
	done := make(chan read, 1)
	go func() {
		report, err := f.Write(ctx, in, r)
		_ = in.CloseWithError(err) // never fails
		done <- read{report, err}
	}()
	body, end := p.progress("import", -1, out)
	s, err := api.Read[study](c.API().ImportStudyWithBody(ctx, nil, "application/x-ndjson", struct{ io.Reader }{body}))
	end()
	_ = out.CloseWithError(errAnswered) // never fails; a writer of more than was read ends
	got := <-done
	if got.err != nil && !errors.Is(got.err, errAnswered) {
		return s, nil, got.err
	}
	return s, got.report, err
}

// errAnswered ends the reading of a file when the server has answered.
var errAnswered = errors.New("the server answered before the end")

func (p *program) listOptuna(all []optuna.Study) error {
	type item struct {
		Name       string   `json:"name"`
		Directions []string `json:"directions"`
		Trials     int      `json:"trials"`
	}
	list := []item{}
	for i := range all {
		list = append(list, item{all[i].Name, all[i].Directions, all[i].Trials})
	}
	return p.print(list, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "NAME\tDIRECTIONS\tTRIALS")
		for _, s := range list {
			fmt.Fprintf(w, "%s\t%s\t%d\n", cell(s.Name), strings.Join(s.Directions, ", "), s.Trials)
		}
	})
}
