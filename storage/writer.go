package storage

import (
	"context"
	"database/sql/driver"
	"runtime"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/espalier-hpo/espalier/trials"
)

// writer is the one goroutine that writes. It owns its connection, which it
// uses below database/sql: that costs a third less a row. It never sees the
// context of a caller.
type writer struct {
	db       *DB
	conn     driver.Conn
	sql      statements
	gone     func(study int64) error // see DB.studyGone
	queue    chan *trials.Change     // has room for every reservation
	ops      chan *op                // unbuffered: whoever does an op waits for it
	reserved atomic.Int64            // places taken in the queue
	commits  atomic.Int64            // transactions so far: the checkpointer's cue
	stop     chan struct{}           // closed: drain the queue and end
	exited   chan struct{}

	batch    []job
	outcomes []error
	reports  []any              // columns of reports to be inserted
	bodies   []byte             // theirs
	rows     []*trials.StudyRow // written at the end of the transaction
}

// job is one part of a batch: a change, or an op.
type job struct {
	change *trials.Change
	op     *op
}

// op is a write of the storage's own, atomic like a change.
type op struct {
	apply     func(w *writer) error
	committed func() // if not nil, called after the commit, before done
	done      chan error
}

// slack is how long Close waits for places that were reserved and neither used
// nor given back.
const slack = 5 * time.Second

func newWriter(ctx context.Context, db *DB) (*writer, error) {
	conn, err := connect(ctx, db.writerDSN())
	if err != nil {
		return nil, err
	}
	w := &writer{
		db:     db,
		conn:   conn,
		queue:  make(chan *trials.Change, db.options.QueueSize),
		ops:    make(chan *op),
		stop:   make(chan struct{}),
		exited: make(chan struct{}),
		gone:   func(study int64) error { return db.studyGone(context.WithoutCancel(ctx), study) },
	}
	if err := w.sql.prepare(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return w, nil
}

// connect opens a connection that is in no pool.
func connect(ctx context.Context, dsn string) (driver.Conn, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return c.Connect(ctx)
}

// Reserve implements [trials.Store].
func (db *DB) Reserve() error {
	if err := db.Ready(); err != nil {
		return err
	}
	if w := db.writer; w.reserved.Add(1) > int64(cap(w.queue)) {
		w.reserved.Add(-1)
		return unavailable("Too many writes are waiting.")
	}
	return nil
}

// Cancel implements [trials.Store].
func (db *DB) Cancel() { db.writer.reserved.Add(-1) }

// Submit implements [trials.Store].
func (db *DB) Submit(c *trials.Change) {
	db.writer.queue <- c
	select {
	case <-db.writer.exited: // Close gave up waiting for it
		db.writer.refuse()
	default: // the writer takes it, or refuses it when it has ended
	}
}

// refuse answers what is queued when the writer has ended.
func (w *writer) refuse() {
	for {
		select {
		case c := <-w.queue:
			w.reserved.Add(-1)
			c.Done <- unavailable("The database is closed.")
		default:
			return
		}
	}
}

// do has the writer do an op and waits for its commit. An end of ctx counts
// until the writer has taken it: from then on it uses what the caller owns.
func (w *writer) do(ctx context.Context, o *op) error {
	o.done = make(chan error, 1)
	select {
	case w.ops <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.exited:
		return unavailable("The database is closed.")
	}
	return <-o.done
}

func (w *writer) run() {
	defer w.refuse()
	defer close(w.exited)
	for {
		select {
		case c := <-w.queue:
			w.take(c)
		case o := <-w.ops:
			w.batch = append(w.batch, job{op: o})
		case <-w.stop:
			w.drain()
			return
		}
		w.gather()
		w.flush()
	}
}

// drain commits what is queued or about to be.
func (w *writer) drain() {
	giveUp := time.NewTimer(slack)
	defer giveUp.Stop()
	for w.reserved.Load() > 0 {
		select {
		case c := <-w.queue:
			w.take(c)
			w.gather()
			w.flush()
		case <-time.After(time.Millisecond): // it may have been given back
		case <-giveUp.C:
			return
		}
	}
}

func (w *writer) take(c *trials.Change) {
	w.reserved.Add(-1)
	w.batch = append(w.batch, job{change: c})
}

// gather takes what else is queued. While the queue grows others are given the
// processor first: a larger batch shares one sync of the disk.
func (w *writer) gather() {
	n := len(w.queue)
	for range 8 {
		runtime.Gosched()
		if len(w.queue) == n {
			break
		}
		n = len(w.queue)
	}
	select {
	case o := <-w.ops: // at most one: an op may be a slice of hundreds of rows
		w.batch = append(w.batch, job{op: o})
	default:
	}
	for len(w.batch) < w.db.options.MaxBatch {
		select {
		case c := <-w.queue:
			w.take(c)
		default:
			return
		}
	}
}

// flush commits the batch and tells the outcomes.
func (w *writer) flush() {
	w.outcomes = w.outcomes[:0]
	for range w.batch {
		w.outcomes = append(w.outcomes, nil)
	}
	w.commitAll()
	for i, j := range w.batch {
		j.tell(w, w.outcomes[i])
	}
	clear(w.batch)
	w.batch = w.batch[:0]
}

// commitAll commits the batch as one transaction. If that fails for a reason
// of one of its jobs, each is tried alone: a bad one must not fail its
// neighbours. If it fails for a reason of the disk, all fail.
func (w *writer) commitAll() {
	err := w.commit(w.batch, w.outcomes)
	switch {
	case err == nil:
	case outage(err):
		w.failFrom(0, err)
	case len(w.batch) == 1:
		w.fail(0, w.explain(w.batch[0], err))
	default:
		w.commitEach()
	}
}

func (w *writer) commitEach() {
	for i := range w.batch {
		w.outcomes[i] = nil
		err := w.commit(w.batch[i:i+1], w.outcomes[i:i+1])
		if outage(err) {
			w.failFrom(i, err)
			return
		}
		if err != nil {
			w.fail(i, w.explain(w.batch[i], err))
		}
	}
}

// failFrom fails the batch from a job on, and all writes after it until the
// probe succeeds.
func (w *writer) failFrom(first int, err error) {
	err = wrap("write", err)
	for i := first; i < len(w.batch); i++ {
		w.fail(i, err)
	}
	w.db.fail(err, false)
}

// fail sets the outcome of a job and moves the fence of its change.
func (w *writer) fail(i int, err error) {
	w.outcomes[i] = err
	if c := w.batch[i].change; c != nil && c.Fence != nil {
		c.Fence.Raise(c.Epoch)
	}
}

// explain gives the failure of one job a code. A missing parent is the study
// itself where that was deleted meanwhile.
func (w *writer) explain(j job, err error) error {
	if j.change != nil && isConstraint(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY) {
		if gone := w.gone(j.change.Study); gone != nil {
			return gone
		}
	}
	return wrap("write", err)
}

// commit applies jobs in one transaction. It sets the outcome of stale ones to
// ErrStale and leaves them out. If it fails nothing is written.
func (w *writer) commit(jobs []job, outcomes []error) error {
	if skip(jobs, outcomes) {
		return nil
	}
	if err := w.begin(); err != nil {
		return err
	}
	err := w.applyAll(jobs, outcomes)
	if err == nil {
		_, err = w.sql.commit.run()
	}
	if err != nil {
		// An error of its own means that SQLite has rolled back already.
		_, _ = w.sql.rollback.run()
		return err
	}
	w.commits.Add(1)
	return nil
}

// skip says that no job writes a row: barriers cost no transaction.
func skip(jobs []job, outcomes []error) bool {
	for _, j := range jobs {
		if j.change == nil || !empty(j.change) {
			return false
		}
	}
	for i, j := range jobs {
		if j.change.Stale() {
			outcomes[i] = trials.ErrStale
		}
	}
	return true
}

func empty(c *trials.Change) bool {
	return c.Row == nil && c.Era == nil && c.Answer == nil &&
		len(c.Names)+len(c.Trials)+len(c.Reports)+len(c.Decisions) == 0
}

func (w *writer) begin() error {
	_, err := w.sql.begin.run()
	if err != nil && !outage(err) { // a transaction is open that could not be rolled back
		_, _ = w.sql.rollback.run()
		_, err = w.sql.begin.run()
	}
	return err
}

func (w *writer) applyAll(jobs []job, outcomes []error) error {
	w.rows, w.reports, w.bodies = w.rows[:0], w.reports[:0], w.bodies[:0]
	for i, j := range jobs {
		var err error
		switch {
		case j.op != nil:
			if err = w.flushReports(); err == nil {
				err = j.op.apply(w)
			}
		case j.change.Stale():
			outcomes[i] = trials.ErrStale
		default:
			err = w.apply(j.change)
		}
		if err != nil {
			return err
		}
	}
	if err := w.flushReports(); err != nil {
		return err
	}
	return w.writeRows()
}

func (j job) tell(w *writer, err error) {
	if j.op != nil {
		if err == nil && j.op.committed != nil {
			j.op.committed()
		}
		j.op.done <- err
		return
	}
	if err == nil {
		w.db.janitor.ended(j.change)
	}
	j.change.Done <- err
}

// close truncates the log and closes the connection. The goroutine has ended.
func (w *writer) close() error {
	_, err := w.sql.truncate.run()
	w.sql.close()
	if e := w.conn.Close(); err == nil {
		err = e
	}
	return err
}
