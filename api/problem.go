package api

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

// kind is how a code looks to a client.
type kind struct {
	status int
	title  string
	advice string // what the caller can do, for the page of the code
}

var kinds = map[trials.Code]kind{
	trials.InvalidRequest:       {http.StatusBadRequest, "The request is not valid", "Mend what errors[] names and send it again."},
	trials.MalformedJSON:        {http.StatusBadRequest, "The body is not well-formed JSON", "Send one JSON value in UTF-8, at most 64 levels deep, that names no member twice."},
	trials.InvalidPageToken:     {http.StatusBadRequest, "The page token is not valid", "Send next_page_token as it came, with the same filters and order; or begin with the first page."},
	trials.Unauthenticated:      {http.StatusUnauthorized, "A token is needed", "Send the server's token in the header Authorization: Bearer TOKEN."},
	trials.Forbidden:            {http.StatusForbidden, "Refused", "A browser may write from the server's own pages alone, not from those of another origin."},
	trials.NotFound:             {http.StatusNotFound, "There is nothing here", "Look the path up at /docs."},
	trials.StudyNotFound:        {http.StatusNotFound, "There is no such study", "Create it, or look at GET /v1/studies."},
	trials.TrialNotFound:        {http.StatusNotFound, "There is no such trial", "Trials are numbered from 0 within a study; ask hands them out."},
	trials.MethodNotAllowed:     {http.StatusMethodNotAllowed, "This path does not take the method", "The header Allow names those it takes."},
	trials.NotAcceptable:        {http.StatusNotAcceptable, "The answer has no such form", "Leave the header Accept out."},
	trials.StudyExists:          {http.StatusConflict, "The study exists", "Choose another name, or say load_if_exists=true to get the study that is there."},
	trials.TrialNotRunning:      {http.StatusConflict, "The trial is not running", "Drop the trial and ask for another."},
	trials.TrialFinished:        {http.StatusConflict, "The trial has ended otherwise", "A trial ends once. Drop what was told, or add it as another trial."},
	trials.LeaseExpired:         {http.StatusConflict, "The trial's lease expired", "Drop the trial and ask for another. Report more often than the lease lasts, send heartbeats, or ask with a longer lease_seconds."},
	trials.DistributionConflict: {http.StatusConflict, "The parameter has another distribution", "Keep the type and the choices of a parameter within a study, or give it another name."},
	trials.NotEnoughData:        {http.StatusUnprocessableEntity, "There is not enough data yet", "Report more, or let more trials end, then ask again."},
	trials.RequestInProgress:    {http.StatusConflict, "The first request with this key is under way", "Wait a moment, then send it again."},
	trials.CursorExpired:        {http.StatusGone, "The events after this one are gone", "Read the study anew, then listen without Last-Event-ID."},
	trials.PreconditionFailed:   {http.StatusPreconditionFailed, "It was changed in the meantime", "Read it again, and send the change with the new ETag."},
	trials.PayloadTooLarge:      {http.StatusRequestEntityTooLarge, "The body is too large", "Send at most 1 MiB, or 32 MiB in a batch and for a new trial; split what is larger."},
	trials.UnsupportedMediaType: {http.StatusUnsupportedMediaType, "The body is of another type", "Send JSON with the header Content-Type: application/json (curl --json does), an archive as application/x-ndjson."},
	trials.IdempotencyKeyReused: {http.StatusUnprocessableEntity, "The key was used for another request", "Make up a new Idempotency-Key for each request, and keep it only to send that request again."},
	trials.ValuesMismatch:       {http.StatusUnprocessableEntity, "The values do not fit the objectives", "Tell one finite value for each objective, or tell the trial as FAIL."},
	trials.Internal:             {http.StatusInternalServerError, "The server failed", "It is a fault of the server; its log has the trace_id."},
	trials.StorageUnavailable:   {http.StatusServiceUnavailable, "The storage is not available", "Nothing was written. Try again after Retry-After seconds."},
}

// problemOf renders an error. What is internal keeps its detail to itself.
func problemOf(err error) openapi.Problem {
	e := known(err)
	k := kinds[e.Code]
	p := openapi.Problem{Type: "/problems/" + string(e.Code), Title: k.title, Status: k.status, Code: e.Code}
	if e.Code != trials.Internal {
		p.Detail, p.Errors = e.Detail, e.Fields
	}
	return p
}

// known gives an error of Echo, or a foreign one, its code.
func known(err error) *trials.Error {
	var e *trials.Error
	if errors.As(err, &e) {
		return e
	}
	var h *echo.HTTPError
	if !errors.As(err, &h) {
		return &trials.Error{Code: trials.Internal, Err: err}
	}
	switch h.Code {
	case http.StatusNotFound:
		return trials.Errorf(trials.NotFound, "The server has no such path.")
	case http.StatusMethodNotAllowed:
		return trials.Errorf(trials.MethodNotAllowed, "The path is there, but not for this method.")
	case http.StatusBadRequest: // the generated binding of parameters
		return trials.Errorf(trials.InvalidRequest, "%v", h.Message)
	default:
		return &trials.Error{Code: trials.Internal, Err: err}
	}
}

// fail answers with the problem that an error is, or with the stored answer to
// an earlier sending of the request. It does not log: observe does.
func fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	var again *trials.Replay
	if errors.As(err, &again) {
		replay(c, again.Answer)
		return
	}
	p, h := problemOf(err), c.Response().Header()
	p.TraceID = traceID(c)
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	h.Set("Content-Type", "application/problem+json") // whatever the answer was going to be
	h.Del("Content-Disposition")
	h.Set("X-Trace-Id", p.TraceID)
	c.Response().WriteHeader(p.Status)
	_ = trials.EncodeJSON(c.Response(), p) // who has gone need not be told
}

func replay(c echo.Context, a *trials.Answer) {
	for name, value := range a.Header {
		c.Response().Header().Set(name, value)
	}
	c.Response().Header().Set("Idempotency-Replayed", "true")
	_ = c.Blob(a.Status, "application/json", a.Body)
}

const traceKey = "trace"

// traceID returns the trace that a request belongs to by its traceparent
// header (W3C Trace Context), else a random one.
func traceID(c echo.Context) string {
	if id, ok := c.Get(traceKey).(string); ok {
		return id
	}
	id := fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()|1)
	if parts := strings.Split(c.Request().Header.Get("Traceparent"), "-"); len(parts) >= 4 && isTrace(parts[1]) {
		id = parts[1]
	}
	c.Set(traceKey, id)
	return id
}

func isTrace(s string) bool {
	hex := func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }
	return len(s) == 32 && !strings.ContainsFunc(s, hex) && strings.Trim(s, "0") != ""
}

// problemPage handles GET /problems/{code}.
func problemPage(c echo.Context) error {
	code := trials.Code(c.Param("code"))
	k, ok := kinds[code]
	if !ok {
		return trials.Errorf(trials.NotFound, "There is no problem of this code.")
	}
	return c.String(http.StatusOK, string(code)+" ("+strconv.Itoa(k.status)+")\n\n"+k.title+".\n\n"+k.advice+"\n")
}
