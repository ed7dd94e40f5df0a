package espalier_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	server "github.com/espalier-hpo/espalier/api"
	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/optimizer/importance"
	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/storage"
	"github.com/espalier-hpo/espalier/trials"
)

// realServer is the server, over HTTP in this process.
type realServer struct {
	url, addr, db, token string

	http    *http.Server
	service *trials.Service
	close   func() error
	done    chan struct{}
}

// serve starts a server on a free port.
func serve(dir, token string) (*realServer, error) {
	s := &realServer{addr: "127.0.0.1:0", db: filepath.Join(dir, "test.db"), token: token}
	err := s.up()
	s.url = "http://" + s.addr
	return s, err
}

// up starts the server, where it was before if it was.
func (s *realServer) up() error {
	store, err := storage.Open(context.Background(), storage.Options{Path: s.db, Relaxed: true, Now: time.Now, Report: func(error) {}})
	if err != nil {
		return err
	}
	s.close = store.Close
	s.service = trials.NewService(trials.Config{
		Store: store, Samplers: sampler.Table{}, Pruners: pruner.Table{}, Importances: importance.Evaluators{},
		Now: time.Now, Seed: func() int64 { return 1 }, Report: func(error) {},
	})
	handler, err := server.New(server.Config{Service: s.service, Token: s.token, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		return err
	}
	return s.listen(handler)
}

// listen serves a handler, where the server was before if it was.
func (s *realServer) listen(handler http.Handler) error {
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	s.addr, s.http, s.done = listener.Addr().String(), &http.Server{Handler: handler}, make(chan struct{})
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener)
	}()
	return nil
}

// cut cuts all connections; the server stays.
func (s *realServer) cut() error {
	_ = s.http.Close()
	<-s.done
	return s.listen(s.http.Handler)
}

// down ends the server as a crash would: connections are cut.
func (s *realServer) down() {
	_ = s.http.Close()
	<-s.done
	s.service.Close()
	_ = s.close()
}

// shared is a server for tests that leave it as it is, each with studies of its
// own.
var shared *realServer

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "espalier-client-")
	if err == nil {
		shared, err = serve(dir, "")
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	shared.down()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// client is a client of the shared server.
func client(t *testing.T) *espalier.Client {
	t.Helper()
	c, err := espalier.New(shared.url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start starts a server for a test that ends it, and a client.
func start(t *testing.T, opts ...espalier.Option) (*realServer, *espalier.Client) {
	t.Helper()
	s, err := serve(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.down() })
	c, err := espalier.New(s.url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// study makes a study of one parameter, named after the test.
func study(t *testing.T, c *espalier.Client, spec espalier.StudySpec) *espalier.Study {
	t.Helper()
	if spec.Name == "" {
		spec.Name = t.Name()
	}
	if spec.SearchSpace == nil {
		spec.SearchSpace = espalier.SearchSpace{"x": espalier.FloatDistribution{Low: -1, High: 1}}
	}
	s, err := c.CreateStudy(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
