package trials

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a [Service] is made of.
type Config struct {
	Store    Store
	Samplers Samplers
	Pruners  Pruners
	Replayer Replayer // of recorded studies under other pruners
	// Importances tells which parameters matter.
	Importances Importances
	Now         func() time.Time
	// Seed draws the seed of a study that names none, 0 to 2^53-1.
	Seed func() int64
	// Report takes the errors of work that no request waits for.
	Report func(error)
}

// Service answers what workers, people and programs ask of studies and trials.
// Its methods may be called by many goroutines at once.
type Service struct {
	Config
	mu        sync.Mutex
	studies   map[string]*study // in use
	keys      map[string]bool   // idempotency keys of requests under way
	histories atomic.Uint64     // built so far: their generations
	replaying chan struct{}     // holds one while a replay runs
	closed    chan struct{}
	closing   sync.Once
}

// NewService returns a service over a store.
func NewService(c Config) *Service {
	return &Service{Config: c, studies: map[string]*study{}, keys: map[string]bool{}, replaying: make(chan struct{}, 1), closed: make(chan struct{})}
}

// Close ends long polls and event streams.
func (s *Service) Close() { s.closing.Do(func() { close(s.closed) }) }

// now is the clock in the precision of the store.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// study is a study in use.
type study struct {
	name string
	hub  hub

	mu      sync.Mutex // protects the following
	gone    bool       // deleted, or dropped from memory: open it again
	row     StudyRow
	spec    *StudySpec // that of row; replaced, never written to: samplers read it without the lock
	space   *Space
	sampler Sampler
	pruner  Pruner
	warn    []FieldError
	cost    judgeCost
	h       *History // nil until loaded
	fence   Fence
	epoch   uint64 // of h
	used    time.Time
}

// open returns a study in use, locked, with its history up to date.
func (s *Service) open(ctx context.Context, name string) (*study, error) {
	for {
		s.mu.Lock()
		st := s.studies[name]
		if st == nil {
			st = &study{name: name}
			s.studies[name] = st
		}
		s.mu.Unlock()
		st.mu.Lock()
		if st.gone {
			st.mu.Unlock()
			continue
		}
		st.used = s.Now()
		if st.h != nil && st.epoch == st.fence.Epoch() {
			return st, nil
		}
		if err := s.load(context.WithoutCancel(ctx), st); err != nil {
			s.drop(st)
			st.mu.Unlock()
			return nil, err
		}
		return st, nil
	}
}

// drop forgets a study that is locked. Nothing of it may be queued, but for
// writes that are stale.
func (s *Service) drop(st *study) {
	st.gone = true
	st.hub.end()
	st.fence.Raise(st.fence.Epoch())
	s.mu.Lock()
	if s.studies[st.name] == st {
		delete(s.studies, st.name)
	}
	s.mu.Unlock()
}

// load builds the history of a study from the store.
func (s *Service) load(ctx context.Context, st *study) error {
	if st.h != nil {
		for _, t := range st.h.open {
			t.wake() // who waits shall look at the new history
		}
	}
	st.h = nil
	st.epoch = st.fence.Epoch()
	row, err := s.Store.Study(ctx, st.name)
	if err != nil {
		return err
	}
	st.row = *row
	if err := s.prepare(st); err != nil {
		return err
	}
	h, err := s.build(ctx, st)
	if err != nil {
		return err
	}
	st.h = h
	st.cost = judgeCost{since: s.now(), now: s.Now}
	st.hub.start(s.now())
	return nil
}

// prepare makes what follows from a study's spec: its space, sampler and
// pruner. The spec may have been stored by an earlier version.
func (s *Service) prepare(st *study) error {
	spec := st.row.Spec
	st.spec = &spec
	var err error
	if st.space, err = spec.SearchSpace.Compile("/search_space"); err != nil {
		return &Error{Code: Internal, Err: err}
	}
	if st.sampler, _, err = s.Samplers.New(st.spec, st.space, spec.Sampler); err != nil {
		return &Error{Code: Internal, Err: err}
	}
	if st.pruner, _, st.warn, err = s.Pruners.New(st.spec, spec.Pruner); err != nil {
		return &Error{Code: Internal, Err: err}
	}
	return nil
}

// build replays what is stored of a study.
func (s *Service) build(ctx context.Context, st *study) (*History, error) {
	h, err := s.replay(ctx, st.row.ID, historyFor(st.spec, st.pruner, needsOf(st.sampler)...), time.Time{})
	if err != nil {
		return nil, err
	}
	for _, t := range h.open {
		if err := s.remember(ctx, st, t); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// replay puts what is stored of a study into an empty history, as of a time if
// it is not zero.
func (s *Service) replay(ctx context.Context, id int64, h *History, cut time.Time) (*History, error) {
	h.generation = s.histories.Add(1)
	names, err := s.Store.Names(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(names) > 0 {
		h.names, h.wanted, h.fresh = nil, nil, nil
		for _, name := range names {
			h.put(name)
		}
	}
	h.events = &[]lanePoint{}
	b := builder{h: h, now: s.now(), cut: cut}
	wall := h.needs[WallSeconds]
	all := wall.points() || !cut.IsZero() // the clock is read at every report
	wanted := func(id uint32) bool { return all || int(id) < len(h.wanted) && h.wanted[id].points() }
	if err := s.Store.Load(ctx, id, wanted, b.trial); err != nil {
		return nil, err
	}
	b.finish()
	return h, nil
}

// remember reads the decisions of a trial that has not ended.
func (s *Service) remember(ctx context.Context, st *study, t *Live) error {
	rows, err := s.Store.Decisions(ctx, st.row.ID, t.Number, Absent, 1<<30)
	if err != nil {
		return err
	}
	for _, r := range rows {
		t.enter(r.Decision)
	}
	return nil
}

// queue submits a change of a study that is locked. A place is reserved.
func (s *Service) queue(st *study, c *Change) {
	c.Study, c.Fence, c.Epoch = st.row.ID, &st.fence, st.epoch
	if st.h != nil {
		c.Names = st.h.takeNames()
	}
	if c.Done == nil {
		c.Done = make(chan error, 1)
	}
	s.Store.Submit(c)
}

// committed waits for the outcome of a change.
func committed(c *Change) error {
	err := <-c.Done
	if errors.Is(err, ErrStale) {
		return &Error{Code: StorageUnavailable, Detail: "An earlier write of this study failed; its state is being read again.", Err: err}
	}
	return err
}

// read opens a study, lets look see it, and returns once everything that was
// to be seen is committed, also where the answer is an error.
func (s *Service) read(ctx context.Context, name string, look func(*study) error) error {
	return s.write(ctx, name, func(st *study) (*Change, error) { return nil, look(st) })
}

// look opens a study and lets see look at it, without waiting for anything:
// for what precedes a write, or ends in an error about the request alone.
func (s *Service) look(ctx context.Context, name string, see func(*study) error) error {
	st, err := s.open(ctx, name)
	if err != nil {
		return err
	}
	defer st.mu.Unlock()
	return see(st)
}

// write opens a study, lets change decide on a write, and returns once it is
// committed. Without a change, or with an error, it writes nothing but still
// waits for what was seen, so that no answer rests on what may yet be lost.
// The events are published after the commit.
func (s *Service) write(ctx context.Context, name string, change func(*study) (*Change, error)) error {
	if err := s.Store.Reserve(); err != nil {
		return err
	}
	st, err := s.open(ctx, name)
	if err != nil {
		s.Store.Cancel()
		return err
	}
	c, refused := s.decide(st, change)
	if err := committed(c); err != nil {
		return err
	}
	st.hub.publish(c)
	return refused
}

// decide lets change decide on a write of a study that is locked, queues it
// and unlocks the study. A panic, of a pruner say, costs the history, which may
// be half advanced, and nothing else.
func (s *Service) decide(st *study, change func(*study) (*Change, error)) (c *Change, refused error) {
	defer st.mu.Unlock()
	decided := false
	defer func() {
		if !decided {
			st.fence.Raise(st.epoch)
			s.Store.Cancel()
		}
	}()
	c, refused = change(st)
	decided = true
	if c == nil || refused != nil {
		c = &Change{}
	}
	s.queue(st, c)
	return c, refused
}

// stored returns the study's row with its counters up to date, to be written.
func (st *study) stored() *StudyRow {
	row := st.row
	row.Counts = st.h.counts
	row.Handed = st.h.handed
	row.Spent = st.h.amounts()
	return &row
}
