package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/espalier-hpo/espalier/api"
	"github.com/espalier-hpo/espalier/optimizer/importance"
	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/storage"
	"github.com/espalier-hpo/espalier/trials"
)

const (
	tickEvery     = 250 * time.Millisecond // leases expire and budgets end on time
	shutdownGrace = 10 * time.Second       // for requests under way
)

// serveConfig is how a server runs. It is checked before anything is opened.
type serveConfig struct {
	listen     string
	db         string
	durability string // full or relaxed
	tlsCert    string
	tlsKey     string
	insecure   bool
	logFormat  string // text or json
	logLevel   string
	addrFile   string
	origins    []string

	token       string // "" lets everybody in
	level       slog.Level
	certificate *tls.Certificate // nil: HTTP
}

func (p *program) serveCommand() *cobra.Command {
	var c serveConfig
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Serve the API until SIGTERM or SIGINT; requests under way then have 10 seconds
to end. A second signal ends the program at once.

The flags' values come from the command line, else from the variables in
brackets, else they are the defaults. ESPALIER_TOKEN holds the token itself, in
place of --token-file. Beyond loopback the server wants a token.`,
		Example: `  espalier serve
  espalier serve --listen :8080 --token-file token --tls-cert cert.pem --tls-key key.pem`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range clientOnly {
				if cmd.Flags().Changed(name) {
					return usagef("serve takes no --%s", name)
				}
			}
			var err error
			if c.token, err = p.token(cmd); err != nil {
				return err
			}
			if err := c.check(); err != nil {
				return err
			}
			return p.serve(cmd.Context(), &c, func(url string) { fmt.Fprintf(p.stdout, "espalier: listening on %s\n", url) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.listen, "listen", "127.0.0.1:8080", "`host:port` to listen on; port 0 takes a free one")
	f.StringVar(&c.db, "db", "espalier.db", "the database, a `file`; made if there is none")
	f.StringVar(&c.durability, "durability", "full", "`mode`: full syncs the disk before each answer, relaxed may lose the last moments when power fails")
	f.StringVar(&c.tlsCert, "tls-cert", "", "serve HTTPS with the certificate chain in this PEM `file`")
	f.StringVar(&c.tlsKey, "tls-key", "", "the certificate's key, a PEM `file`")
	f.BoolVar(&c.insecure, "insecure", false, "listen beyond loopback without a token")
	f.StringVar(&c.logFormat, "log-format", "text", "`format` of the log on stderr: text or json")
	f.StringVar(&c.logLevel, "log-level", "info", "`level` from which to log: debug, info, warn or error")
	f.StringVar(&c.addrFile, "addr-file", "", "write the server's URL to this `file` once it listens; removed at the end")
	f.StringSliceVar(&c.origins, "allow-origin", nil, "let pages of this `origin`, such as https://dash.example, use the API from a browser; may be repeated")
	nameEnv(cmd)
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		for _, name := range clientOnly {
			cmd.InheritedFlags().Lookup(name).Hidden = true
		}
		cmd.Parent().HelpFunc()(cmd, args)
	})
	return cmd
}

// check refuses what cannot work or would not be safe, and reads what flags
// name.
func (c *serveConfig) check() error {
	host, port, err := net.SplitHostPort(c.listen)
	if err != nil {
		return usagef("--listen %q: want host:port, as in 127.0.0.1:8080", c.listen)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return usagef("--listen %q: the port is a number from 0 to 65535", c.listen)
	}
	if c.db == "" {
		return usagef("--db: want the name of a file")
	}
	if c.durability != "full" && c.durability != "relaxed" {
		return usagef("--durability %q: want full or relaxed", c.durability)
	}
	if c.logFormat != "text" && c.logFormat != "json" {
		return usagef("--log-format %q: want text or json", c.logFormat)
	}
	if err := c.level.UnmarshalText([]byte(c.logLevel)); err != nil {
		return usagef("--log-level %q: want debug, info, warn or error", c.logLevel)
	}
	for _, origin := range c.origins {
		if err := api.CheckOrigin(origin); err != nil {
			return usagef("--allow-origin: %v", err)
		}
	}
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return usagef("--tls-cert and --tls-key go together")
	}
	if c.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(c.tlsCert, c.tlsKey)
		if err != nil {
			return usagef("--tls-cert, --tls-key: %v", err)
		}
		c.certificate = &pair
	}
	if !loopback(host) && c.token == "" && !c.insecure {
		return usagef("--listen %s is open to other machines and there is no token: set --token-file or ESPALIER_TOKEN, or --insecure to let everybody in", c.listen)
	}
	return nil
}

// loopback says that a host is this machine alone. No host is every interface.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

func (c *serveConfig) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.level}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// url is where the server is reached that listens at an address.
func (c *serveConfig) url(at net.Addr) string {
	scheme := "http"
	if c.certificate != nil {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(at.String())
	asked, _, _ := net.SplitHostPort(c.listen)
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsUnspecified() {
		host = "127.0.0.1" // every interface: this one, too
	} else if _, err := netip.ParseAddr(asked); err != nil {
		host = asked // a name, which a certificate may want
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// serve opens the database and serves it until ctx ends. ready is called with
// the server's URL once it listens.
func (p *program) serve(ctx context.Context, c *serveConfig, ready func(url string)) (err error) {
	log := c.logger(p.stderr)
	fault := func(err error) {
		if !errors.Is(err, context.Canceled) {
			log.ErrorContext(ctx, "background work failed", "error", err)
		}
	}
	db, err := storage.Open(ctx, storage.Options{Path: c.db, Relaxed: c.durability == "relaxed", Now: p.now, Report: fault})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	service := trials.NewService(trials.Config{
		Store: db, Samplers: sampler.Table{}, Pruners: pruner.Table{}, Now: p.now, Seed: randomSeed, Report: fault,
		Importances: importance.Evaluators{},
		Replayer:    replay.Engine{Pruners: pruner.Table{}, Procs: max(1, runtime.GOMAXPROCS(0)/2)},
	})
	version, commit := versions()
	handler, err := api.New(api.Config{Service: service, Token: c.token, Origins: c.origins, Log: log, Version: version, Commit: commit, Now: p.now}) //nolint:contextcheck // it waits for nothing
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.listen)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // closed by the server already, but for an error before it began
	url := c.url(listener.Addr())
	if c.addrFile != "" {
		if err := writeFile(c.addrFile, 0o644, func(w io.Writer) error { _, err := fmt.Fprintln(w, url); return err }); err != nil {
			return fmt.Errorf("write the server's URL: %w", err)
		}
		defer os.Remove(c.addrFile) //nolint:errcheck // nothing rests on it any more
	}
	ready(url)
	log.InfoContext(ctx, "listening", "url", url, "address", listener.Addr().String(), "db", c.db, "durability", c.durability, "version", version)
	if host, _, _ := net.SplitHostPort(c.listen); !loopback(host) && c.certificate == nil {
		log.WarnContext(ctx, "what is sent to other machines can be read on the way: no TLS")
	}
	return serveUntil(ctx, c.server(handler, log), listener, service, log)
}

// server has no limit on how long an answer takes: exports, backups, long polls
// and event streams last.
func (c *serveConfig) server(handler http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if c.certificate != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*c.certificate}, MinVersion: tls.VersionTLS12}
	}
	return s
}

// serveUntil runs the server and the work in the background until ctx ends or
// one of them fails. Then it stops accepting, ends long polls and streams, and
// lets other requests end.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, service *trials.Service, log *slog.Logger) error {
	server.RegisterOnShutdown(service.Close)
	g, running := errgroup.WithContext(ctx)
	g.Go(func() error {
		var err error
		if server.TLSConfig != nil {
			err = server.ServeTLS(listener, "", "")
		} else {
			err = server.Serve(listener)
		}
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	})
	g.Go(func() error {
		if err := service.Resume(running); err != nil && running.Err() == nil {
			log.ErrorContext(running, "studies that were in use are not watched until they are used again", "error", err)
		}
		return nil
	})
	g.Go(func() error { every(running, tickEvery, service.Tick); return nil })
	g.Go(func() error {
		<-running.Done()
		log.InfoContext(running, "shutting down", "grace_seconds", shutdownGrace.Seconds())
		grace, cancel := context.WithTimeout(context.WithoutCancel(running), shutdownGrace)
		defer cancel()
		if err := server.Shutdown(grace); err != nil {
			log.WarnContext(grace, "requests were cut off", "error", err)
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// every calls do at an interval until ctx ends.
func every(ctx context.Context, interval time.Duration, do func(context.Context)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do(ctx)
		}
	}
}

// randomSeed draws a seed from 0 to 2^53-1, which every JSON parser keeps.
func randomSeed() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return int64(binary.LittleEndian.Uint64(b[:]) >> 11)
}
