package trials

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// ErrStale is the outcome of a write whose study's history was dropped after
// it was queued: an earlier write of that study failed.
var ErrStale = errors.New("an earlier write of the study failed")

// Store is what the service needs of storage. It decides nothing. Reads show
// what is committed. Errors have a [Code]; StudyNotFound and TrialNotFound are
// the store's to tell.
type Store interface {
	// Reserve takes a place in the queue of writes, or returns
	// StorageUnavailable when it is full or writes are failing. A place must be
	// used by Submit or given back by Cancel.
	Reserve() error
	Cancel()
	// Submit queues a change. It never blocks. Changes of one study are
	// committed in the order in which they were submitted. The outcome arrives
	// on c.Done exactly once.
	Submit(c *Change)

	// CreateStudy stores a new study and sets its ID. It waits for the commit.
	// StudyExists if the name is taken by a study that is not hidden.
	CreateStudy(ctx context.Context, row *StudyRow, era *Era, answer *Answer) error
	// DeleteStudy hides a study at once and removes its rows in small slices
	// in the background, also after a restart. It waits for the first commit.
	DeleteStudy(ctx context.Context, id int64) error

	// Study returns a study that is not hidden.
	Study(ctx context.Context, name string) (*StudyRow, error)
	// Studies returns studies whose names start with prefix and come after
	// after, by name, at most limit of them.
	Studies(ctx context.Context, prefix, after string, limit int) ([]StudyRow, error)
	// Busy returns the names of the studies that have RUNNING trials.
	Busy(ctx context.Context) ([]string, error)

	// Names returns the study's interned names; the index is the id.
	Names(ctx context.Context, study int64) ([]string, error)
	// Load calls each for every trial of a study, by number, without Metrics
	// and Decision. For a finished trial, points yields the values of the
	// metrics wanted with step, time and elapsed; for others it yields every
	// report in order, whole.
	Load(ctx context.Context, study int64, wanted func(metric uint32) bool, each func(t *Trial, points func(func(*ReportRow) error) error) error) error

	// Trial returns one trial as it was last written; what a trial that has not
	// ended reported since then is the service's to add.
	Trial(ctx context.Context, study, number int64) (*Trial, error)
	// Trials returns trials, likewise, in the order asked for.
	Trials(ctx context.Context, study int64, q TrialQuery) ([]Trial, error)
	// Points yields a trial's reports with Seq > after, in order of arrival.
	Points(ctx context.Context, study, number, after int64, each func(*ReportRow) error) error
	// StudyDecisions yields every decision in the logs of a study's trials, by
	// trial and index.
	StudyDecisions(ctx context.Context, study int64, each func(*DecisionRow) error) error
	// Eras returns the versions of a study's pruner, oldest first.
	Eras(ctx context.Context, study int64) ([]Era, error)
	// Decisions returns a trial's log after an index, oldest first.
	Decisions(ctx context.Context, study, number, after int64, limit int) ([]DecisionRow, error)

	// Answer returns the stored answer to a request with an Idempotency-Key,
	// nil if there is none.
	Answer(ctx context.Context, scope, key string) (*Answer, error)

	// Ready says whether writes succeed.
	Ready() error
	// Backup writes a consistent copy of the database.
	Backup(ctx context.Context, w io.Writer) error
}

// Change is one atomic write. Everything in it is committed, or nothing.
type Change struct {
	// Study is the id of the study, whose Fence was at Epoch when the change
	// was queued. The store refuses the change with ErrStale if the fence has
	// moved since, and moves it when the change itself cannot be committed.
	Study int64
	Fence *Fence
	Epoch uint64

	Row       *StudyRow // written whole if not nil
	Names     []Name    // newly interned
	Trials    []*Trial  // written whole: inserted or replaced. They must not change until Done
	Reports   []ReportRow
	Decisions []DecisionRow
	Era       *Era // inserted, or replaced for the same version
	Answer    *Answer

	// Done receives the outcome; it has room for it.
	Done chan error
}

// Fence counts how often the history of a study was dropped.
type Fence struct{ n atomic.Uint64 }

// Epoch returns the count.
func (f *Fence) Epoch() uint64 { return f.n.Load() }

// Raise moves the fence, if it still is at epoch. A change without a fence is
// of a study that nobody uses yet.
func (f *Fence) Raise(epoch uint64) {
	if f != nil {
		f.n.CompareAndSwap(epoch, epoch+1)
	}
}

// Stale says that the change was queued before its study's fence moved.
func (c *Change) Stale() bool { return c.Fence != nil && c.Fence.Epoch() != c.Epoch }

// Name is an interned name of a study: a metric, or a source of reports.
type Name struct {
	ID   uint32
	Name string
}

// ReportRow is a report as it is stored. It loses nothing.
type ReportRow struct {
	Trial   int64 // number
	Seq     int64 // order within the trial, from 0, given by the service
	Step    int64 // Absent without one
	Client  int64 // the client's seq, Absent without one
	Source  uint32
	At      time.Time
	Elapsed float64 // as the client gave it; NaN if it did not
	// Decision is what was answered: 0 nothing fired, else 1 + the index of a
	// decision in the trial's log.
	Decision uint32
	Values   []MetricValue
}

// MetricValue is one value of an interned metric.
type MetricValue struct {
	Metric uint32
	Value  float64
}

// DecisionRow is a decision in a trial's log.
type DecisionRow struct {
	Trial    int64
	Index    int64 // from 0
	At       time.Time
	Decision Decision
}

// Answer is the stored answer to a request with an Idempotency-Key.
type Answer struct {
	Scope, Key string // scope: whose key it is and for which path
	Hash       string // of the request's body
	Status     int
	Body       json.RawMessage
	Header     map[string]string // Location and ETag, where the answer has them
	Created    time.Time
}

// AnswerLife is how long an answer is kept.
const AnswerLife = 24 * time.Hour

// Order is an order of trials.
type Order string

// The orders. By value is by the first objective, best first; trials that have
// none come last either way. A dash in front reverses.
const (
	ByNumber         Order = "number"
	ByNumberDesc     Order = "-number"
	ByValue          Order = "value"
	ByValueDesc      Order = "-value"
	ByCompletion     Order = "datetime_complete"
	ByCompletionDesc Order = "-datetime_complete"
)

// TrialQuery selects trials.
type TrialQuery struct {
	Numbers  []int64 // only these, if not nil; then Order, After and Limit do not count
	States   []State // any if empty
	Feasible *bool
	Order    Order
	Maximize bool // the direction of the first objective, for ByValue
	After    *TrialCursor
	Limit    int
}

// TrialCursor is the last trial of the page before: its number, and what the
// order sorts by (nil if it has none: no value, not complete).
type TrialCursor struct {
	Number int64    `json:"n"`
	Key    *float64 `json:"k,omitempty"` // value, or microseconds since 1970
}
