// Command espalier is the whole of Espalier in one binary: the server, and the
// commands that speak HTTP to a server. It holds flags, wiring and signals, and
// nothing else. Configuration, the clock and the environment are read here and
// nowhere below.
//
// It exits with 0, with 1 when something failed, with 2 when it was called
// wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	espalier "github.com/espalier-hpo/espalier/clients/go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

const (
	exitFailure = 1
	exitUsage   = 2
)

// program is what the commands share.
type program struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	clientFlags
}

// run is the program. It ends early, in order, when ctx does.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	root := p.root()                          //nolint:contextcheck // cobra hands ctx to the commands
	root.SetArgs(append([]string{}, args...)) // for cobra, nil is os.Args
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	started := false
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		started = true // what cobra finds wrong, it finds before
		if p.output != "table" && p.output != "json" {
			return usagef("--output %q: want table or json", p.output)
		}
		return applyEnv(cmd, getenv)
	}
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	var usage *usageError
	if started && !errors.As(err, &usage) {
		p.printError(err)
		return exitFailure
	}
	fmt.Fprintf(stderr, "error: %v\n%q says more.\n", err, cmd.CommandPath()+" --help")
	return exitUsage
}

// root is the command that holds all others.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "espalier",
		Short: "Hyperparameter tuning that fits the resources you have",
		Long: `Espalier serves hyperparameter tuning to any training script over HTTP, and
stops the trials that will not fit. "espalier serve" is the server; all other
commands speak HTTP to one.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		p.serveCommand(),
		p.studyCommand(), p.trialCommand(), p.bestCommand(), p.savingsCommand(), p.whyCommand(), p.replayCommand(),
		p.exportCommand(), p.importCommand(), p.backupCommand(),
		p.versionCommand(),
	)
	p.clientFlags.declare(root)
	return group(root)
}

// group makes a command out of its subcommands alone.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.DisableFlagsInUseLine = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s needs a subcommand", cmd.CommandPath())
		}
		return usagef("unknown command %q for %q", args[0], cmd.CommandPath())
	}
	return cmd
}

// exactly is the check of a command that takes n arguments.
func exactly(n int) cobra.PositionalArgs { return between(n, n) }

// between is the check of a command that takes from low to high arguments.
func between(low, high int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= low && len(args) <= high {
			return nil
		}
		_, operands, _ := strings.Cut(cmd.Use, " ")
		if operands == "" {
			return usagef("%s takes no arguments", cmd.CommandPath())
		}
		return usagef("%s takes %s", cmd.CommandPath(), operands)
	}
}

// usageError is an error in how the program was called.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// printError prints an error that ends the program: of a refused request one
// line for each fault.
func (p *program) printError(err error) {
	var refused *espalier.Error
	var failed *url.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &refused) && len(refused.Fields) > 0:
		for _, f := range refused.Fields {
			fmt.Fprintf(p.stderr, "error: %s\n", printable(f.String()))
		}
	case errors.As(err, &refused):
		fmt.Fprintf(p.stderr, "error: %s", printable(refused.Detail))
		if refused.Code == espalier.ProblemCodeUnauthenticated {
			fmt.Fprint(p.stderr, " --token-file or ESPALIER_TOKEN gives the server's token.")
		}
		fmt.Fprintln(p.stderr)
	case errors.As(err, &dial) && dial.Op == "dial":
		fmt.Fprintf(p.stderr, "error: cannot reach %s: %v\nIs \"espalier serve\" running? --server or ESPALIER_SERVER says where.\n", p.server, dial.Err)
	case errors.As(err, &failed):
		fmt.Fprintf(p.stderr, "error: the request to %s failed: %v\n", p.server, failed.Err)
	default:
		fmt.Fprintf(p.stderr, "error: %v\n", err)
	}
}
