package api

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/trials"
)

// gate is what every request passes first.
type gate struct {
	Config
	metrics *metrics
	origin  *http.CrossOriginProtection
}

// observe counts a request, logs it once, says how long it took, and turns its
// error into a problem.
func (g *gate) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := g.Now()
		c.Response().Before(func() { c.Response().Header()["Server-Timing"] = []string{timing(g.Now().Sub(start))} })
		err := recovered(next, c)
		if err != nil {
			fail(err, c)
		}
		took := g.Now().Sub(start)
		g.metrics.observe(c, took)
		g.log(c, took, err)
		if err != nil && c.Response().Committed && c.Response().Status < http.StatusBadRequest && !replayed(err) {
			panic(http.ErrAbortHandler) // a stream broke off: so must the connection, or it would look whole
		}
		return nil
	}
}

// timing is a Server-Timing header: how long the server was at work before it
// sent the first byte, in milliseconds.
func timing(took time.Duration) string {
	text := append(make([]byte, 0, 32), "total;dur="...)
	return string(strconv.AppendFloat(text, float64(took)/float64(time.Millisecond), 'f', 3, 64))
}

func replayed(err error) bool {
	var again *trials.Replay
	return errors.As(err, &again)
}

// recovered turns a panic into an error.
func recovered(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return next(c)
}

// log writes one line a request: an error of the server's own, all else only
// when debugging.
func (g *gate) log(c echo.Context, took time.Duration, err error) {
	level, r, status := slog.LevelDebug, c.Request(), c.Response().Status
	if broke := err != nil && status < http.StatusBadRequest && !replayed(err); (broke || status >= http.StatusInternalServerError) && r.Context().Err() == nil {
		level = slog.LevelError
	}
	if !g.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("route", c.Path()),
		slog.Int("status", status), slog.Duration("took", took), slog.String("trace_id", traceID(c)),
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	g.Log.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs...)
}

var noStore = []string{"no-store"}

// open are the routes that need no token.
var open = map[string]bool{
	"/healthz": true, "/readyz": true, "/v1/version": true, "/openapi.yaml": true, "/openapi-3.0.yaml": true, "/openapi.json": true,
	"/docs": true, "/docs/:file": true, "/problems/:code": true,
}

// guard refuses writes from pages of another origin, and requests without the
// token.
func (g *gate) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header()["Cache-Control"] = noStore
		if err := g.origin.Check(c.Request()); err != nil {
			return trials.Errorf(trials.Forbidden, "A page of another origin may not write.")
		}
		if g.Token != "" && !open[c.Path()] && !g.authorized(c.Request()) {
			return trials.Errorf(trials.Unauthenticated, "The server's token is missing or is another one.")
		}
		return next(c)
	}
}

func (g *gate) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(g.Token)) == 1
}
