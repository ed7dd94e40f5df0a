// Package api serves [trials.Service] over HTTP as openapi/openapi.yaml says:
// it finds out who asks, holds a request to the document, hands it to the
// service and renders the answer or the problem. It decides nothing itself, and
// knows the document (package openapi) and the domain (package trials).
//
// A request passes observe (metrics, log, problems), share (which pages may read
// the answer), guard (origin and token), check (the document, operation by operation), the generated binding of its
// parameters, and one handler.
package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

// Config is what the API is made of.
type Config struct {
	Service *trials.Service
	// Token is what clients send as "Authorization: Bearer ..."; empty: none is
	// asked for.
	Token string
	// Origins are those of the pages, not the server's own, that may use the API
	// from a browser: scheme://host, with the port if it is not the scheme's.
	Origins []string
	Log     *slog.Logger
	// Version and Commit are those of the program.
	Version, Commit string
	Now             func() time.Time
}

// New returns the handler of all that is served.
func New(c Config) (http.Handler, error) {
	e := echo.New()
	shared, err := newCORS(c.Origins)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	g := &gate{Config: c, metrics: newMetrics(), origin: shared.guard}
	e.Use(g.observe, shared.share, g.guard)
	e.HTTPErrorHandler = fail
	e.Binder = binder{}
	checks, err := newChecks()
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	h := &handlers{Config: c, svc: c.Service, identity: identity(c.Token)}
	openapi.RegisterHandlersWithOptions(e, openapi.NewStrictHandler(h, nil), openapi.RegisterHandlersOptions{OperationMiddlewares: checks})
	e.POST(reportPath, h.reportTrial, checks["reportTrial"]...)
	e.GET("/metrics", echo.WrapHandler(g.metrics.handler))
	e.GET("/problems/:code", problemPage)
	if err := registerDocs(e); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return e, nil
}

// handlers implements the operations of the document.
type handlers struct {
	Config
	svc      *trials.Service
	identity string // whose Idempotency-Keys they are
}

var _ openapi.StrictServerInterface = (*handlers)(nil)

// identity names the holder of a token without giving it away.
func identity(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:8])
}

// list is l, or an empty list: answers hold no nulls.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
