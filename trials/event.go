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
	mu        sync.Mutex
	base      int64 // events up to here are not kept
	revision  int64
	kept      []event       // those after base, by revision; up to twice as many as promised
	news      chan struct{} // closed when there is one; nil while nobody waits
	listeners int
	ended     bool
}

// event is an event whose revision follows from its place.
type event struct {
	kind  string
	trial int64 // Absent without one
}

func (b *hub) start(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.revision == 0 {
		b.base, b.revision = now.UnixMicro(), now.UnixMicro()
	}
}

// end wakes those who listen to a study that is no longer in use.
func (b *hub) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.wake()
}

// current returns the revision of the latest event.
func (b *hub) current() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.revision
}

// listen counts those who listen.
func (b *hub) listen(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners += n
}

// heard says that somebody listens.
func (b *hub) heard() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.listeners > 0
}

// publish turns a committed change into events.
func (b *hub) publish(c *Change) {
	if c.Row == nil && len(c.Trials) == 0 && len(c.Reports) == 0 && len(c.Decisions) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range c.Reports {
		b.put("report", c.Reports[i].Trial)
	}
	for i := range c.Decisions {
		b.put("decision", c.Decisions[i].Trial)
	}
	for _, t := range c.Trials {
		b.put("trial", t.Number)
	}
	if c.Row != nil && len(c.Trials) == 0 {
		b.put("study", Absent)
	}
	if len(b.kept) >= 2*keptEvents {
		b.base += int64(len(b.kept) - keptEvents)
		b.kept = slices.Delete(b.kept, 0, len(b.kept)-keptEvents)
	}
	b.wake()
}

func (b *hub) wake() {
	if b.news != nil {
		close(b.news)
		b.news = nil
	}
}

func (b *hub) put(kind string, trial int64) {
	b.revision++
	b.kept = append(b.kept, event{kind, trial})
}

// since returns the events after a revision, only the latest of each kind and
// trial, and a channel that is closed when there are more; nil if there never
// will be.
func (b *hub) since(revision int64) (events []Event, news <-chan struct{}, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if revision < b.base || revision > b.revision {
		return nil, nil, false
	}
	seen := map[event]bool{}
	for r := b.revision; r > revision; r-- {
		k := b.kept[r-b.base-1]
		if seen[k] {
			continue
		}
		seen[k] = true
		e := Event{Type: k.kind, Revision: r}
		if k.trial != Absent {
			e.Trial = &k.trial
		}
		events = append(events, e)
	}
	slices.Reverse(events)
	if b.ended {
		return events, nil, true
	}
	if b.news == nil {
		b.news = make(chan struct{})
	}
	return events, b.news, true
}

// Events calls each with what changes in a study after a revision, until the
// context ends, the service closes, the study is deleted or each fails. It starts
// after the given revision, at the present without one; [CursorExpired] says that
// the revision is too old. At first, and every so often without an event, each is
// called with none.
func (s *Service) Events(ctx context.Context, name string, after *int64, quiet time.Duration, each func(revision int64, events []Event) error) error {
	st, err := s.open(ctx, name)
	if err != nil {
		return err
	}
	st.hub.listen(1) // under the lock: nobody drops the study in between
	st.mu.Unlock()
	defer st.hub.listen(-1)
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
			if err := each(at, events); err != nil {
				return err
			}
			if n := len(events); n > 0 {
				at = events[n-1].Revision
			}
			continue
		}
		if news == nil {
			return nil
		}
		select {
		case <-news:
		case <-timer.C:
			if err := each(at, nil); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return nil
		}
	}
}
