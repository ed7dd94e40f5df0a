// Package storage keeps studies, trials, reports and answers in one SQLite
// file. It implements [trials.Store] and knows nobody but that package.
//
// All writes go through one goroutine that commits what is queued as a group
// (writer.go); readers have their own connections and see what is committed.
// Reports are a packed row each (body.go) until their trial ends; then they
// are sealed into one columnar blob (curve.go, janitor.go).
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// Options say where the database is and how it is used.
type Options struct {
	// Path of the database file, which is made if there is none. The files
	// PATH-wal, PATH-shm and PATH.lock lie beside it.
	Path string
	// Relaxed syncs the disk at checkpoints and not at each commit: power loss
	// or a crash of the kernel may lose the last moments, a crash of the
	// program loses nothing.
	Relaxed bool
	// Now is the clock. It is needed.
	Now func() time.Time
	// Report is told of faults in the background: nobody waits for them. It may
	// be called by several goroutines at once. Nil drops them.
	Report func(error)
	// QueueSize is how many changes may wait for the writer, 4096 if 0.
	QueueSize int
	// MaxBatch is how many changes one commit takes at most, 512 if 0.
	MaxBatch int

	probeEvery time.Duration // 1 s if 0
	gatherFor  time.Duration // how long more trials may end before they are sealed together, 0.5 s if 0
}

// DB is an open database. Its methods may be called by several goroutines at
// once.
type DB struct {
	options Options
	lock    *os.File
	readers *sql.DB
	get     gets
	writer  *writer
	janitor *janitor

	fault   atomic.Pointer[fault] // nil while writes succeed
	closing atomic.Bool
	stop    context.CancelFunc // ends the background, but for the writer
	wait    sync.WaitGroup     // for the background, but for the writer
	once    sync.Once
	err     error // of Close
}

var _ trials.Store = (*DB)(nil)

// fault is why writes are refused.
type fault struct {
	err  error
	last bool // until the program ends: the file is damaged
}

var errLocked = errors.New("it is in use by another process")

// Open opens the database, migrates it if it must be, and resumes what an
// earlier process left undone. It fails at once if another process has it
// open, or if a newer program has migrated it.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Now == nil || o.Path == "" {
		return nil, errors.New("open database: a path and a clock are needed")
	}
	o.defaults()
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", o.Path, err)
	}
	o.Path = path
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db := &DB{options: o, lock: lock}
	if err := db.open(ctx); err != nil {
		db.abandon()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return db, nil
}

func (o *Options) defaults() {
	if o.Report == nil {
		o.Report = func(error) {}
	}
	if o.QueueSize <= 0 {
		o.QueueSize = 4096
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 512
	}
	if o.probeEvery <= 0 {
		o.probeEvery = time.Second
	}
	if o.gatherFor <= 0 {
		o.gatherFor = time.Second / 2
	}
}

func (db *DB) open(ctx context.Context) error {
	if err := createPrivate(db.options.Path); err != nil {
		return err
	}
	if err := removeBackups(db.options.Path); err != nil {
		return err
	}
	if err := migrate(ctx, db.writerDSN()); err != nil {
		return err
	}
	var err error
	if db.readers, err = sql.Open("sqlite", db.readerDSN()); err != nil {
		return err
	}
	n := max(4, runtime.GOMAXPROCS(0))
	db.readers.SetMaxOpenConns(n)
	db.readers.SetMaxIdleConns(n)
	if err := db.get.prepare(ctx, db.readers); err != nil {
		return err
	}
	if db.writer, err = newWriter(ctx, db); err != nil {
		return err
	}
	db.janitor = newJanitor(db)
	if err := db.janitor.resume(ctx); err != nil {
		return err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	db.stop = stop
	go db.writer.run()
	db.wait.Go(func() { db.janitor.run(background) })
	db.wait.Go(func() { db.checkpoint(background) })
	db.wait.Go(func() { db.probe(background) })
	db.wait.Go(func() { db.quickCheck(background) })
	return nil
}

// abandon closes what a failed open has opened.
func (db *DB) abandon() {
	if db.readers != nil {
		_ = db.readers.Close()
	}
	if db.writer != nil {
		_ = db.writer.conn.Close()
	}
	_ = db.lock.Close()
}

// Close refuses further writes, commits those that are queued, and closes the
// database. It may be called twice.
func (db *DB) Close() error {
	db.once.Do(func() {
		db.closing.Store(true)
		db.stop()
		db.wait.Wait()
		close(db.writer.stop)
		<-db.writer.exited
		db.err = errors.Join(
			wrap("close database", db.readers.Close()),
			wrap("close database", db.writer.close()),
			db.lock.Close(),
		)
	})
	return db.err
}

// Ready implements [trials.Store].
func (db *DB) Ready() error {
	if f := db.fault.Load(); f != nil {
		return f.err
	}
	if db.closing.Load() {
		return unavailable("The server is shutting down.")
	}
	return nil
}

// fail refuses writes from now on, until the probe succeeds or, if last, for
// good.
func (db *DB) fail(err error, last bool) {
	f := &fault{err: err, last: last}
	for {
		old := db.fault.Load()
		if old != nil && (old.last || !last) {
			return
		}
		if db.fault.CompareAndSwap(old, f) {
			db.options.Report(err)
			return
		}
	}
}

// createPrivate makes the file, for its owner alone, if there is none: SQLite
// would make it for all whom the umask allows, and gives -wal and -shm the mode
// of the file. An existing one is not touched: to open and close it by hand
// would drop the locks of another connection.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func (db *DB) writerDSN() string {
	sync := "FULL"
	if db.options.Relaxed {
		sync = "NORMAL"
	}
	return dsn(db.options.Path, "_txlock=immediate", "_busy_timeout=5000", "_foreign_keys=1",
		"_journal_mode=WAL", "_synchronous="+sync, "_auto_vacuum=INCREMENTAL",
		"_pragma=wal_autocheckpoint("+strconv.Itoa(autoCheckpoint)+")", "_pragma=journal_size_limit(67108864)",
		"_pragma=cache_size(-65536)", "_pragma=temp_store(2)")
}

func (db *DB) readerDSN() string {
	return dsn(db.options.Path, "mode=ro", "_busy_timeout=5000", "_pragma=cache_size(-16384)")
}

func (db *DB) checkpointDSN() string {
	return dsn(db.options.Path, "_busy_timeout=100", "_pragma=wal_autocheckpoint(0)",
		"_pragma=journal_size_limit(67108864)")
}

// dsn escapes path as a URI: without, SQLite cuts it at a question mark.
func dsn(path string, query ...string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/data
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(query, "&")}
	return u.String()
}
