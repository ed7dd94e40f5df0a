// Command espalier is the whole of Espalier in one binary: the server, and the
// commands that speak HTTP to a server. It holds flags, wiring and signals, and
// nothing else. Configuration, the clock and the environment are read here and
// nowhere below.
//
// It exits with 0, with 1 when something failed, with 2 when it was called
// wrongly; "espalier run" has codes of its own (see run.go).
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

	"github.com/espalier-hpo/espalier/clients/agent/process"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == shimCommand {
		os.Exit(process.Shim())
	}
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
	shim           []string // how this program is started as a shim; nil: as it was
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
		return p.fail(err)
	}
	fmt.Fprintf(stderr, "error: %v\n%q says more.\n", err, cmd.CommandPath()+" --help")
	if cmd.Name() == "run" {
		return exitRunUsage
	}
	return exitUsage
}

// exitError is an error with an exit code of its own; nothing is printed
// without an error in it.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return fmt.Sprintf("exit %d: %v", e.code, e.err) }

func (e *exitError) Unwrap() error { return e.err }

// fail prints an error and returns the exit code.
func (p *program) fail(err error) int {
	code := exitFailure
	var exit *exitError
	if errors.As(err, &exit) {
		code, err = exit.code, exit.err
	}
	if err != nil {
		p.printError(err)
	}
	return code
}

// root is the command that holds all others.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "espalier",
		Short: "Hyperparameter tuning that fits the resources you have",
		Long: `Espalier tunes hyperparameters of any training script, and stops the trials that
will not fit. "espalier run" works on a study with a script that knows nothing of
it; "espalier serve" is the server; all other commands speak HTTP to one.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		p.runCommand(), p.flushCommand(), p.doctorCommand(),
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
	var refused *api.Problem
	var failed *url.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &refused) && len(refused.Errors) > 0:
		for _, f := range refused.Errors {
			fmt.Fprintf(p.stderr, "error: %s\n", printable(f.String()))
		}
	case errors.As(err, &refused):
		fmt.Fprintf(p.stderr, "error: %s", printable(refused.Error()))
		if refused.Code == api.ProblemCodeUnauthenticated {
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
