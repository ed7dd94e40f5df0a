package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

func (p *program) exportCommand() *cobra.Command {
	var table, format, out string
	cmd := &cobra.Command{
		Use:   "export STUDY",
		Short: "Write a study, its trials, its metrics or its decisions",
		Long: `Write a study as JSON lines, all of it, for "espalier import" to take; or one
table of it, as CSV or JSON lines.`,
		Example: `  espalier export mnist --out mnist.jsonl
  espalier export mnist --table metrics --format csv`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			what := api.ExportStudyParamsTable(table)
			q := &api.ExportStudyParams{Table: &what}
			if format != "" {
				f := api.ExportStudyParamsFormat(format)
				q.Format = &f
			}
			response, err := api.Check(c.API().ExportStudy(cmd.Context(), args[0], q))
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if out == "" || out == "-" {
				return p.download(p.stdout, "export", response)
			}
			return writeFile(out, 0o666, func(w io.Writer) error { return p.download(w, "export", response) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&table, "table", "all", "`which`: all, trials, metrics or decisions")
	f.StringVar(&format, "format", "", "`format`: csv, or jsonl for JSON lines (the only one of all)")
	f.StringVar(&out, "out", "", "write to this `file` in place of standard output")
	return cmd
}

func (p *program) importCommand() *cobra.Command {
	var name string
	var optuna optunaFlags
	cmd := &cobra.Command{
		Use:   "import FILE | --optuna FILE",
		Short: "Make a study from an export, or from one of Optuna",
		Long: `Make a study from what "espalier export" wrote; - reads standard input. All of it is taken, or nothing.

` + optunaLong,
		Example: `  espalier import mnist.jsonl --name mnist-copy
  espalier import --optuna sqlite:///study.db --list
  espalier import --optuna study.db --study mnist --as mnist-2`,
		Args: between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := optuna.check(cmd, args); err != nil {
				return err
			}
			if optuna.file != "" {
				return p.importOptuna(cmd, &optuna)
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			in, size := p.stdin, int64(-1)
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close() //nolint:errcheck // it was only read
				if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
					size = info.Size()
				}
				in = f
			}
			q := &api.ImportStudyParams{}
			if name != "" {
				q.Name = &name
			}
			in, done := p.progress("import", size, in)
			defer done()
			// The bare reader hides that it can be closed, which is not the client's to do.
			body := struct{ io.Reader }{in}
			s, err := api.Read[study](c.API().ImportStudyWithBody(cmd.Context(), q, "application/x-ndjson", body))
			if err != nil {
				return err
			}
			return p.print(s, func(w *tabwriter.Writer) {
				n := s.value.TrialCounts
				fmt.Fprintf(w, "study %s has %d trials\n", printable(s.value.Name), n.RUNNING+n.WAITING+n.COMPLETE+n.PRUNED+n.FAIL)
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the new study's `name`; the export's own if left out")
	optuna.declare(cmd)
	return cmd
}

func (p *program) backupCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the server's whole database to a file, while it serves",
		Long: `Copy the server's whole database to a file, while it serves. The copy is
consistent; "espalier serve --db FILE" opens it.`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Lstat(args[0]); !force && !errors.Is(err, fs.ErrNotExist) {
				return cmp.Or(err, fmt.Errorf("%s exists: --force overwrites it", args[0]))
			}
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			response, err := api.Check(c.API().Backup(cmd.Context()))
			if err != nil {
				return err
			}
			defer response.Body.Close()
			err = writeFile(args[0], 0o600, func(w io.Writer) error { return p.download(w, "backup", response) })
			if err != nil {
				return err
			}
			fmt.Fprintf(p.stderr, "the database is in %s\n", args[0])
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite the file")
	return cmd
}

// download copies the body of an answer. One that was cut off is an error.
func (p *program) download(w io.Writer, verb string, response *http.Response) error {
	from := io.Reader(response.Body)
	if !terminal(w) { // there, the bytes themselves show how it goes
		var done func()
		from, done = p.progress(verb, response.ContentLength, from)
		defer done()
	}
	if _, err := io.Copy(w, from); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}

// progress shows on stderr, if that is a terminal, how much was read of size
// bytes, or of -1, which is unknown. At the end, done clears it away.
func (p *program) progress(verb string, size int64, from io.Reader) (r io.Reader, done func()) {
	if !terminal(p.stderr) {
		return from, func() {}
	}
	bar := progressbar.NewOptions64(size,
		progressbar.OptionSetDescription(verb),
		progressbar.OptionSetWriter(p.stderr),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	reader := progressbar.NewReader(from, bar)
	return &reader, func() { _ = bar.Finish() } // what it shows is only for show
}

// terminal says that somebody reads along.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&fs.ModeCharDevice != 0
}
