package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/api"
	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/storage"
	"github.com/espalier-hpo/espalier/trials"
)

// The variants of a server. All but constant run the same handler; they differ
// in what becomes of a report.
const (
	constant = "constant" // a bare Echo that answers a report with a fixed reply
	memory   = "memory"   // nothing is stored
	flog     = "flog"     // appended to a file, one fdatasync for all that is queued
	full     = "full"     // the server as it is
	single   = "single"   // the server with one transaction a change
)

// serve runs a variant on a free port, with its files in dir, and prints the
// address. It ends with the process.
func serve(variant, dir string) error {
	handler, err := variantHandler(variant, dir)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	return server.Serve(l)
}

func variantHandler(variant, dir string) (http.Handler, error) {
	if variant == constant {
		e := echo.New()
		reply := []byte(`{"should_prune": false}  `)
		e.POST("/v1/studies/:study/trials/:number/report", func(c echo.Context) error {
			return c.Blob(http.StatusOK, "application/json", reply)
		})
		return e, nil
	}
	options := storage.Options{Path: filepath.Join(dir, "bench.db"), Now: time.Now, Report: func(err error) { fmt.Fprintln(os.Stderr, err) }}
	if variant == single {
		options.MaxBatch = 1
	}
	db, err := storage.Open(context.Background(), options)
	if err != nil {
		return nil, err
	}
	var store trials.Store = db
	switch variant {
	case memory:
		store = &memoryStore{Store: db}
	case flog:
		if store, err = newFlog(db, filepath.Join(dir, "flog")); err != nil {
			return nil, err
		}
	}
	service := trials.NewService(trials.Config{
		Store: store, Samplers: sampler.Table{}, Pruners: pruner.Table{}, Now: time.Now, Seed: func() int64 { return 1 },
	})
	return api.New(api.Config{Service: service, Log: slog.New(slog.DiscardHandler), Version: "bench", Now: time.Now})
}

// onlyReports says that a change is nothing but reports: what the yardsticks
// take. All else goes to the real store.
func onlyReports(c *trials.Change) bool {
	return len(c.Reports) > 0 && c.Row == nil && len(c.Trials) == 0 && len(c.Decisions) == 0 && len(c.Names) == 0
}

// memoryStore answers reports without storing them.
type memoryStore struct{ trials.Store }

func (m *memoryStore) Submit(c *trials.Change) {
	if !onlyReports(c) {
		m.Store.Submit(c)
		return
	}
	m.Cancel()
	c.Done <- nil
}

// flogStore is the most that a durable report can reach on a disk: a bare file,
// made long beforehand so that a sync has no new size to write,
// and a grouped fdatasync. A record is fixed: trial, step and nine metrics, 88
// bytes, little-endian, without length or checksum.
type flogStore struct {
	trials.Store
	queue chan *trials.Change
	file  *os.File
}

const (
	flogQueue  = 8192
	flogBatch  = 512
	flogWidth  = 9
	flogLength = 64 << 20
)

func newFlog(db trials.Store, path string) (*flogStore, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(make([]byte, flogLength)); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	s := &flogStore{Store: db, queue: make(chan *trials.Change, flogQueue), file: f}
	go s.run()
	return s, nil
}

func (s *flogStore) Submit(c *trials.Change) {
	if !onlyReports(c) {
		s.Store.Submit(c)
		return
	}
	s.Cancel() // the place in the store's queue; this queue has its own bound
	s.queue <- c
}

func (s *flogStore) run() {
	var buf []byte
	for c := range s.queue {
		batch := append(make([]*trials.Change, 0, flogBatch), c)
	gather:
		for len(batch) < flogBatch {
			select {
			case c := <-s.queue:
				batch = append(batch, c)
			default:
				break gather
			}
		}
		buf = buf[:0]
		for _, c := range batch {
			for i := range c.Reports {
				buf = appendRecord(buf, &c.Reports[i])
			}
		}
		_, err := s.file.Write(buf)
		if err == nil {
			err = datasync(s.file)
		}
		for _, c := range batch {
			c.Done <- err
		}
	}
}

func appendRecord(b []byte, r *trials.ReportRow) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Trial))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Step))
	for i := range flogWidth {
		v := 0.0
		if i < len(r.Values) {
			v = r.Values[i].Value
		}
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
