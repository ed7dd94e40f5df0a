package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

// quiet is after how long without an event a comment is sent, so that nothing
// between us and the client takes the stream for dead.
const quiet = 15 * time.Second

// StreamEvents handles GET /v1/studies/{study}/events.
func (h *handlers) StreamEvents(ctx context.Context, r openapi.StreamEventsRequestObject) (openapi.StreamEventsResponseObject, error) {
	s := &stream{h: h, ctx: ctx, study: r.Study, trial: r.Params.Trial}
	if last := r.Params.LastEventID; last != "" {
		revision, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return nil, invalid([]trials.FieldError{{In: "header", Name: "Last-Event-ID", Detail: "is not the id of an event"}})
		}
		s.after = &revision
	}
	return s, nil
}

// stream sends the events of a study, of one trial alone if it is given.
type stream struct {
	h     *handlers
	ctx   context.Context //nolint:containedctx // lives as long as its request
	study string
	trial *int64
	after *int64
}

// VisitStreamEventsResponse implements [openapi.StreamEventsResponseObject].
// What goes wrong before the first line is still a problem.
func (s *stream) VisitStreamEventsResponse(w http.ResponseWriter) error {
	started := false
	return s.h.svc.Events(s.ctx, s.study, s.after, quiet, func(revision int64, events []trials.Event) error {
		if !started {
			started = true
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("X-Accel-Buffering", "no")
			w.WriteHeader(http.StatusOK)
			// A stream that is cut before its first event is resumed here.
			if _, err := fmt.Fprintf(w, ": listening\nid: %d\n\n", revision); err != nil {
				return err
			}
			if len(events) == 0 {
				return http.NewResponseController(w).Flush()
			}
		}
		if err := s.send(w, events); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	})
}

// send writes events; without one, a comment. What is filtered out still moves
// the client's Last-Event-ID.
func (s *stream) send(w http.ResponseWriter, events []trials.Event) error {
	var buf []byte
	if len(events) == 0 {
		buf = append(buf, ": quiet\n\n"...)
	}
	passed := int64(0)
	for _, e := range events {
		if s.trial != nil && (e.Trial == nil || *e.Trial != *s.trial) {
			passed = e.Revision
			continue
		}
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		passed = 0
		buf = fmt.Appendf(buf, "event: %s\nid: %d\ndata: %s\n\n", e.Type, e.Revision, data)
	}
	if passed > 0 {
		buf = fmt.Appendf(buf, "id: %d\n\n", passed)
	}
	_, err := w.Write(buf)
	return err
}
