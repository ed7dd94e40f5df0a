package trials

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Event says that something of a study changed, not how.
type Event struct {
	Type     string `json:"type"` // study, trial, report or decision
	Trial    *int64 `json:"trial,omitempty"`
	Revision int64  `json:"revision"`
}

// keptEvents is how many events a study keeps for those who reconnect.
const keptEvents = 4096

// hub numbers the committed changes of a study and hands them to those who
// listen. Revisions start at the microsecond in which the study came into use,
// so that they go on growing over restarts.
type hub struct {
	mu       sync.Mutex
	base     int64 // events up to here are not kept
	revision int64
	kept     []Event // ascending
	news     chan struct{}
}

func (b *hub) start(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.revision == 0 {
		b.base, b.revision = now.UnixMicro(), now.UnixMicro()
	}
}

// current returns the revision of the latest event.
func (b *hub) current() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.revision
}

// heard says that somebody listens.
func (b *hub) heard() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.news != nil
}

// publish turns a committed change into events.
func (b *hub) publish(c *Change) {
	if c.Row == nil && len(c.Trials) == 0 && len(c.Reports) == 0 && len(c.Decisions) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range c.Reports {
		b.put("report", &c.Reports[i].Trial)
	}
	for i := range c.Decisions {
		b.put("decision", &c.Decisions[i].Trial)
	}
	for _, t := range c.Trials {
		b.put("trial", &t.Number)
	}
	if c.Row != nil && len(c.Trials) == 0 {
		b.put("study", nil)
	}
	if drop := len(b.kept) - keptEvents; drop > 0 {
		b.base = b.kept[drop-1].Revision
		b.kept = slices.Delete(b.kept, 0, drop)
	}
	if b.news != nil {
		close(b.news)
		b.news = nil
	}
}

func (b *hub) put(kind string, trial *int64) {
	b.revision++
	e := Event{Type: kind, Revision: b.revision}
	if trial != nil {
		n := *trial
		e.Trial = &n
	}
	b.kept = append(b.kept, e)
}

// since returns the events after a revision, only the latest of each kind and
// trial, and a channel that is closed when there are more.
func (b *hub) since(revision int64) (events []Event, news <-chan struct{}, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if revision < b.base || revision > b.revision {
		return nil, nil, false
	}
	type key struct {
		kind  string
		trial int64
	}
	seen := map[key]bool{}
	for i := len(b.kept) - 1; i >= 0 && b.kept[i].Revision > revision; i-- {
		k := key{kind: b.kept[i].Type, trial: Absent}
		if n := b.kept[i].Trial; n != nil {
			k.trial = *n
		}
		if !seen[k] {
			seen[k] = true
			events = append(events, b.kept[i])
		}
	}
	slices.Reverse(events)
	if b.news == nil {
		b.news = make(chan struct{})
	}
	return events, b.news, true
}

// Events calls each with what changes in a study, until the context ends, the
// service closes or each fails. It starts after a revision, at the present
// without one; [CursorExpired] says that the revision is too old. Every so
// often without an event, each is called with none.
func (s *Service) Events(ctx context.Context, name string, after *int64, quiet time.Duration, each func([]Event) error) error {
	st, err := s.open(ctx, name)
	if err != nil {
		return err
	}
	st.mu.Unlock()
	at := st.hub.current()
	if after != nil {
		at = *after
	}
	timer := time.NewTicker(quiet)
	defer timer.Stop()
	for first := true; ; first = false {
		events, news, ok := st.hub.since(at)
		if !ok {
			return Errorf(CursorExpired, "The events after revision %d are not kept any more; read the study anew.", at)
		}
		if len(events) > 0 || first {
			if err := each(events); err != nil {
				return err
			}
			if n := len(events); n > 0 {
				at = events[n-1].Revision
			}
			continue
		}
		select {
		case <-news:
		case <-timer.C:
			if err := each(nil); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return nil
		}
	}
}
