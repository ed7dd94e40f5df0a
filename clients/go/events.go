package espalier

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// silence is how long a stream may say nothing before it counts as broken; the
// server sends a line every 15 s.
const silence = 45 * time.Second

// EventFilter says which events. The zero value is all from now on.
type EventFilter struct {
	After *int64 // the Revision of the last event seen
	Trial *int64 // only of the trial of this number
}

// Events are the changes of a study as they happen, until ctx ends, which is its
// last error. Where the stream breaks it is taken up again behind the last event.
// The code cursor_expired says that After is too old: read everything anew.
func (s *Study) Events(ctx context.Context, f EventFilter) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			more, err := s.stream(ctx, &f, yield)
			if !more {
				return
			}
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			timer := time.NewTimer(pause(0)) // a server that ends every stream at once is not to be hammered
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
			}
		}
	}
}

// stream yields the events of one connection, and remembers the last. more is
// false when nobody wants to hear of any. A stream that breaks is no error.
func (s *Study) stream(ctx context.Context, f *EventFilter, yield func(Event, error) bool) (more bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := &api.StreamEventsParams{Trial: f.Trial}
	if f.After != nil {
		q.LastEventID = new(strconv.FormatInt(*f.After, 10))
	}
	response, err := api.Check(s.client.core.StreamEvents(ctx, s.Name, q))
	if err != nil {
		return true, err
	}
	defer response.Body.Close()
	watchdog := time.AfterFunc(silence, cancel)
	defer watchdog.Stop()
	in := bufio.NewReader(response.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return true, nil // it is taken up again
		}
		watchdog.Reset(silence)
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			if revision, err := strconv.ParseInt(value, 10, 64); err == nil {
				f.After = &revision
			}
		case "data":
			var e Event
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				return true, fmt.Errorf("read an event: %w", err)
			}
			if !yield(e, nil) {
				return false, nil
			}
		}
	}
}
