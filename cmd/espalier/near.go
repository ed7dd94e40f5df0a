package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-hpo/espalier/clients/agent"
	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// usualListen is where a server is looked for, and started.
const usualListen = "127.0.0.1:8080"

// nearServer returns the server to work with: the one that was named, else one
// at the usual place unless a database was named, else one that is started on the
// spot and ends with stop; next is then how to see its studies afterwards.
func (p *program) nearServer(ctx context.Context, cmd *cobra.Command, r *runFlags) (url, next string, stop func() error, err error) {
	nothing := func() error { return nil }
	named, own := cmd.Flags().Changed("server"), cmd.Flags().Changed("db")
	switch {
	case named && own:
		return "", "", nil, usagef("--server and --db exclude each other: the database is the server's")
	case named, !own && p.getenv("ESPALIER_SERVER") != "":
		return p.server, "", nothing, nil
	case !own:
		leave := share(p.server)
		if answers(ctx, p.server) {
			return p.server, "", func() error { leave(); return nil }, nil
		}
		leave()
	}
	db := r.db
	if r.dryRun && !own { // nothing is to be left of it
		dir, err := os.MkdirTemp("", "espalier-")
		if err != nil {
			return "", "", nil, &exitError{exitInternal, err}
		}
		db = filepath.Join(dir, "dry-run.db")
		defer func() {
			end := stop
			stop = func() error { return errors.Join(end(), os.RemoveAll(dir)) }
		}()
	}
	for _, listen := range []string{usualListen, "127.0.0.1:0"} { // something else may be at the usual port
		if url, stop, err = p.startServer(ctx, db, listen); !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	if err != nil {
		return "", "", nothing, &exitError{exitFailure, fmt.Errorf("start a server on %s: %w", db, err)}
	}
	stop = p.lastToStop(url, stop)
	next = "espalier serve"
	if r.db != "espalier.db" {
		next += " --db " + r.db
	}
	return url, next + " has the study again; then espalier best and savings show it", stop, nil
}

// lastToStop ends a server that was started on the spot once no other process
// uses it, or with an interrupt that comes meanwhile.
func (p *program) lastToStop(server string, stop func() error) func() error {
	leave := share(server)
	return func() error {
		leave()
		if lastUser(server, false) {
			return stop()
		}
		fmt.Fprintf(p.stderr, "other processes use the server at %s, which ends with the last of them; an interrupt ends it now\n", server)
		interrupt, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer cancel()
		alone := make(chan struct{})
		go func() { lastUser(server, true); close(alone) }()
		select {
		case <-alone:
		case <-interrupt.Done():
		}
		return stop()
	}
}

// answers says that an Espalier server is at a URL.
func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	c, err := espalier.New(url, espalier.WithRetryFor(0))
	if err != nil {
		return false
	}
	v, err := api.Read[api.Version](c.API().GetVersion(ctx))
	return err == nil && v.API != ""
}

// startServer starts a server within this process and waits until it listens.
func (p *program) startServer(ctx context.Context, db, listen string) (url string, stop func() error, err error) {
	c := &serveConfig{listen: listen, db: db, durability: "full", logFormat: "text", logLevel: "warn"}
	if err := c.check(); err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- p.serve(ctx, c, func(url string) { urls <- url }) }()
	select {
	case url := <-urls:
		return url, func() error { cancel(); return <-ended }, nil
	case err := <-ended:
		cancel()
		return "", nil, err
	}
}

// makeStudy makes the study of a file, unless there is one of its name.
func (p *program) makeStudy(ctx context.Context, c *espalier.Client, r *runFlags) error {
	spec := map[string]any{}
	if err := p.readDocument(r.create, &spec); err != nil {
		return err
	}
	if r.study != "" {
		spec["name"] = r.study
	}
	if spec["name"] == nil {
		return fmt.Errorf("%s has no name for the study; --study gives one", r.create)
	}
	body, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	patient := c.With(espalier.WithRetryFor(time.Duration(r.waitServer)))
	answer, err := patient.API().CreateStudyWithBody(ctx, &api.CreateStudyParams{LoadIfExists: new(true)}, "application/json", bytes.NewReader(body), espalier.Repeatable)
	existed := err == nil && answer.StatusCode == http.StatusOK
	made, err := api.Read[study](answer, err)
	if err != nil {
		return err
	}
	r.study = made.value.Name
	if existed {
		fmt.Fprintf(p.stderr, "study %s is there already and taken as it is; \"espalier study update\" changes it, \"espalier study delete\" makes room\n", printable(r.study))
		return nil
	}
	p.warn(made.value.Warnings)
	return nil
}

// dryRun prints what would be started.
func (p *program) dryRun(ctx context.Context, a *agent.Agent) error {
	argv, env, err := a.DryRun(ctx)
	if err != nil {
		return &exitError{exitInternal, err}
	}
	for _, arg := range argv {
		fmt.Fprintf(p.stdout, "%q ", arg)
	}
	_, _ = io.WriteString(p.stdout, "\n")
	for _, line := range env {
		fmt.Fprintln(p.stdout, line)
	}
	return nil
}
