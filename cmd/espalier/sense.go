package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/agent"
	"github.com/espalier-hpo/espalier/clients/agent/process"
	"github.com/espalier-hpo/espalier/clients/agent/sensors"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// sense opens the sensors that an agent measures with. done closes them.
func (p *program) sense(ctx context.Context, cmd *cobra.Command, r *runFlags, c *agent.Config, done *func()) error {
	groups, err := process.FindGroups(r.cgroup)
	switch {
	case err != nil && cmd.Flags().Changed("cgroup"):
		return usagef("--cgroup %s: %v", r.cgroup, err)
	case err == nil:
		c.Groups = groups
	}
	*done = func() { _ = groups.Close() } // the groups are empty by then
	e := &c.Energy
	e.Busy, e.Now = sensors.BusySeconds, p.now
	if e.RAPL, err = sensors.OpenRAPL(sensors.Powercap); err != nil {
		e.NoRAPL = err.Error()
		if r.powerModel != "" {
			m, err := sensors.ParseModel(r.powerModel)
			if err != nil {
				return usagef("--energy-model: %v", err)
			}
			e.Model = &m
		}
	}
	if err := p.senseGPUs(ctx, r, c, done); err != nil {
		return err
	}
	if r.price == "" {
		return nil
	}
	price, err := sensors.ParsePrice(r.price)
	switch {
	case err != nil:
		return usagef("--price: %v", err)
	case price.NeedsEnergy() && e.RAPL == nil && e.Model == nil:
		return usagef("--price: there is a price for kwh, but the energy is not measured: %s; --energy-model gives a model", e.NoRAPL)
	case price.NeedsGPU() && e.GPUs == nil:
		return usagef("--price: there is a price for gpu, but no GPU is measured: %s", c.Unmeasured["system/gpu_seconds"])
	}
	c.Price = &price
	return nil
}

// senseGPUs opens the GPUs, and shares them out.
func (p *program) senseGPUs(ctx context.Context, r *runFlags, c *agent.Config, done *func()) error {
	why := errors.New("--no-gpu")
	if !r.noGPU {
		var gpus *sensors.GPUs
		if gpus, why = sensors.OpenGPUs(ctx, sensors.GPUOptions{Now: p.now, Note: c.View.Note}); why == nil {
			c.Energy.GPUs = gpus
			before := *done
			*done = func() { gpus.Close(); before() }
		}
	}
	if why != nil {
		c.Unmeasured["system/gpu_seconds"] = why.Error()
	}
	switch r.gpus {
	case "":
		return nil
	case "auto":
		if why != nil {
			return usagef("--gpus auto: %v", why)
		}
		for _, g := range c.Energy.GPUs.List() {
			c.GPUs = append(c.GPUs, g.Index)
		}
	default:
		for part := range strings.SplitSeq(r.gpus, ",") {
			n, err := strconv.Atoi(part)
			if err != nil || n < 0 {
				return usagef("--gpus %q: want auto, or indices such as 0,1", r.gpus)
			}
			c.GPUs = append(c.GPUs, n)
		}
	}
	switch {
	case r.parallel > len(c.GPUs):
		return usagef("--parallel %d: there are %d GPUs to share out", r.parallel, len(c.GPUs))
	case r.parallel == 1:
		c.Parallel = len(c.GPUs)
	}
	return nil
}

// stateFolder is where spools and checkpoints are kept.
func (p *program) stateFolder(flag string) (string, error) {
	for _, dir := range []string{flag, p.getenv("ESPALIER_STATE")} {
		if dir != "" {
			return filepath.Abs(dir)
		}
	}
	if dir := p.getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "espalier"), nil
	}
	if home := p.getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "espalier"), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", usagef("there is no place for what the agent keeps: set --state or ESPALIER_STATE")
	}
	return filepath.Join(dir, "espalier"), nil
}

func (p *program) flushCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:   "flush",
		Short: "Send what agents could not send while the server was away",
		Long: `Send what agents kept on disk while the server was away, in order. Sending twice
is harmless. The exit code is 75 if something is left.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.client(cmd)
			if err != nil {
				return err
			}
			dir, err := p.stateFolder(state)
			if err != nil {
				return err
			}
			note := func(text string) { fmt.Fprintf(p.stderr, "warning: %s\n", printable(text)) }
			f, err := agent.Flush(cmd.Context(), c, p.server, filepath.Join(dir, "spool"), p.now, note)
			printed := p.print(f, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "sent\t%d trials\n", f.Sent)
				if f.Lost > 0 {
					fmt.Fprintf(w, "lost\t%d of them: their leases had expired\n", f.Lost)
				}
				for _, rest := range []struct {
					n    int
					what string
				}{
					{f.Left, "trials could not be sent, or their study is not there any more"},
					{f.Busy, "trials belong to agents at work"},
					{f.Other, "trials are of other servers"},
				} {
					if rest.n > 0 {
						fmt.Fprintf(w, "left\t%d %s\n", rest.n, rest.what)
					}
				}
			})
			if err != nil {
				return &exitError{exitAgain, err}
			}
			if f.Left > 0 {
				return &exitError{exitAgain, nil}
			}
			return printed
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "the `folder` of spools and checkpoints [ESPALIER_STATE]; $XDG_STATE_HOME/espalier if left out")
	return cmd
}

// finding is what doctor says of one thing.
type finding struct {
	Sensor string `json:"sensor"`
	Works  bool   `json:"works"`
	Detail string `json:"detail"`
}

func (p *program) doctorCommand() *cobra.Command {
	var where, state string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say which sensors work here, and why others do not",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := p.examine(cmd, where, state)
			if err != nil {
				return err
			}
			return p.print(found, func(w *tabwriter.Writer) {
				for _, f := range found {
					mark := "ok"
					if !f.Works {
						mark = "no"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", mark, f.Sensor, printable(f.Detail))
				}
			})
		},
	}
	cmd.Flags().StringVar(&where, "cgroup", "auto", "`where` to make control groups: auto, off, or a directory of cgroup v2")
	cmd.Flags().StringVar(&state, "state", "", "the `folder` of spools and checkpoints [ESPALIER_STATE]; $XDG_STATE_HOME/espalier if left out")
	return cmd
}

// examine tries everything that "espalier run" rests on.
func (p *program) examine(cmd *cobra.Command, where, state string) ([]finding, error) {
	var out []finding
	for _, f := range sensors.Doctor(cmd.Context(), sensors.Places{Powercap: sensors.Powercap}) {
		out = append(out, finding(f))
	}
	groups, err := process.FindGroups(where)
	switch {
	case err != nil:
		out = append(out, finding{"cgroup", false, err.Error()})
	case groups == nil:
		out = append(out, finding{"cgroup", false, "off"})
	default:
		for _, text := range groups.Describe() {
			out = append(out, finding{"cgroup", true, text})
		}
		if err := groups.Close(); err != nil {
			out = append(out, finding{"cgroup", false, err.Error()})
		}
	}
	cpus, allowed, memory := process.Limits()
	out = append(out, finding{"limits", true, fmt.Sprintf("%d processors, %.4g GB of memory for all that runs here", cpus, float64(memory)/1e9)})
	out = append(out, finding{"affinity", process.CanPin(), fmt.Sprintf("processors %v; trials can be bound to some of them: %t", allowed, process.CanPin())})
	dir, err := p.stateFolder(state)
	if err != nil {
		return nil, err
	}
	out = append(out, p.examineSpool(dir), p.examineServer(cmd))
	return out, nil
}

// examineSpool says whether what cannot be sent can be kept.
func (p *program) examineSpool(dir string) finding {
	f := finding{Sensor: "spool"}
	spool := filepath.Join(dir, "spool")
	left, err := filepath.Glob(filepath.Join(spool, "*.jsonl"))
	if err == nil {
		err = os.MkdirAll(spool, 0o700)
	}
	if err == nil {
		probe := filepath.Join(spool, fmt.Sprintf(".probe.%d", os.Getpid()))
		if err = os.WriteFile(probe, nil, 0o600); err == nil {
			err = os.Remove(probe)
		}
	}
	if err != nil {
		var where *fs.PathError
		if errors.As(err, &where) {
			err = where.Err
		}
		f.Detail = fmt.Sprintf("nothing can be kept in %s while the server is away: %v", spool, err)
		return f
	}
	f.Works = true
	f.Detail = fmt.Sprintf("%s holds what could not be sent of %d trials", spool, len(left))
	return f
}

// examineServer says whether there is a server.
func (p *program) examineServer(cmd *cobra.Command) finding {
	f := finding{Sensor: "server"}
	ctx, cancel := context.WithTimeout(cmd.Context(), 3*time.Second)
	defer cancel()
	c, err := p.client(cmd)
	if err == nil {
		var v api.Version
		if v, err = api.Read[api.Version](c.API().GetVersion(ctx)); err == nil {
			f.Works, f.Detail = true, fmt.Sprintf("%s is Espalier %s", p.server, v.Version)
			return f
		}
	}
	f.Detail = fmt.Sprintf("%s: %v", p.server, err)
	return f
}
