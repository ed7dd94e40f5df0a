package api

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/trials"
)

// instant is a store whose commits of reports take no time, and are lost.
type instant struct{ trials.Store }

func (s instant) Submit(c *trials.Change) {
	if len(c.Reports) == 0 {
		s.Store.Submit(c)
		return
	}
	s.Cancel()
	c.Done <- nil
}

// reporter sends reports to a handler, without a network.
type reporter struct {
	handler http.Handler
	request *http.Request
	answer  *httptest.ResponseRecorder
	body    bytes.Reader
	line    []byte
	step    int64
}

func newReporter(handler http.Handler, path string) *reporter {
	r := &reporter{handler: handler, request: httptest.NewRequest(http.MethodPost, path, nil), answer: httptest.NewRecorder()}
	r.request.Header.Set("Content-Type", "application/json")
	return r
}

func (r *reporter) next() []byte {
	r.step++
	r.line = append(strconv.AppendInt(append(r.line[:0], `{"step":`...), r.step, 10), `,"value":0.4217,"metrics":{"val_acc":0.91,"system/cpu_seconds":38.1}}`...)
	return r.line
}

func (r *reporter) send(tb testing.TB) {
	r.body.Reset(r.next())
	r.request.Body = io.NopCloser(&r.body)
	r.request.ContentLength = int64(r.body.Len())
	r.answer.Body.Reset()
	clear(r.answer.Header())
	r.handler.ServeHTTP(r.answer, r.request)
	if r.answer.Code != http.StatusOK {
		tb.Fatalf("%d %s", r.answer.Code, r.answer.Body)
	}
}

const askedTrials = 16

// reporting is a server with running trials, whose reports cost no disk.
func reporting(t testing.TB) (*server, string) {
	s := &server{TB: t, path: t.TempDir() + "/test.db"}
	s.start(func(store trials.Store) trials.Store { return instant{store} })
	s.study("a", "")
	s.must("POST", "/v1/studies/a/ask", fmt.Sprintf(`{"count":%d}`, askedTrials))
	return s, "/v1/studies/a/trials/0/report"
}

// constant is the least that a server of reports could do with Echo: it reads
// the body and answers always the same.
func constant() http.Handler {
	e := echo.New()
	e.POST("/v1/studies/:study/trials/:number/report", func(c echo.Context) error {
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/json", []byte(`{"trial":0,"state":"RUNNING","should_prune":false,"mode":"enforce","step":1,"lease_expires":"2026-11-22T01:02:03.004Z"}`))
	})
	return e
}

func TestAReportAllocatesLittle(t *testing.T) {
	const most = 18
	s, path := reporting(t)
	r := newReporter(s.Config.Handler, path)
	n := testing.AllocsPerRun(2000, func() { r.send(t) })
	if t.Logf("%v allocations", n); n > most {
		t.Errorf("a report costs %v allocations, more than %d", n, most)
	}
}

func BenchmarkReport(b *testing.B) {
	s, path := reporting(b)
	r := newReporter(s.Config.Handler, path)
	b.ReportAllocs()
	for b.Loop() {
		r.send(b)
	}
}

func BenchmarkConstant(b *testing.B) {
	r := newReporter(constant(), "/v1/studies/a/trials/0/report")
	b.ReportAllocs()
	for b.Loop() {
		r.send(b)
	}
}

// The same two over the loopback device, with some workers at once, which is
// what workers see. The clients do as little as they can.
func BenchmarkReportOverHTTP(b *testing.B) {
	s, _ := reporting(b)
	overHTTP(b, s.Server)
}

func BenchmarkConstantOverHTTP(b *testing.B) {
	s := httptest.NewServer(constant())
	defer s.Close()
	overHTTP(b, s)
}

func overHTTP(b *testing.B, s *httptest.Server) {
	var workers atomic.Int64
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		path := fmt.Sprintf("/v1/studies/a/trials/%d/report", (workers.Add(1)-1)%askedTrials)
		var r reporter
		in, out := bufio.NewReader(conn), []byte(nil)
		for pb.Next() {
			body := r.next()
			out = fmt.Appendf(out[:0], "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
			if _, err := conn.Write(out); err != nil {
				b.Error(err)
				return
			}
			if err := answered(in); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// answered reads a response of status 200.
func answered(in *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return fmt.Errorf("%s", line)
		}
		if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(n))); err != nil {
				return err
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			_, err := in.Discard(length)
			return err
		}
	}
}
