package storage

import (
	"context"
	"sync"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// janitor seals the trials that ended, removes the studies that were deleted
// and the answers that are too old. It works in slices, each one op of the
// writer, so that no commit waits for long.
type janitor struct {
	db   *DB
	wake chan struct{} // has room for one

	mu      sync.Mutex
	seals   []int64 // trials that ended
	studies []int64 // to be removed
	sweep   bool    // answers
}

// slice is how many rows an op removes, fewer of those that are large.
const (
	slice      = 500
	largeSlice = 50
	sweepEvery = time.Hour
)

const (
	upsertCurve = `
		INSERT INTO curves (trial_id, n, last_seq, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (trial_id) DO UPDATE SET n = excluded.n, last_seq = excluded.last_seq, body = excluded.body`
	sliceSealed = `
		DELETE FROM reports WHERE trial_id = $1 AND seq IN (
			SELECT seq FROM reports WHERE trial_id = $1 AND seq <= $2 ORDER BY seq LIMIT $3)`
	sliceReports = `
		DELETE FROM reports WHERE (trial_id, seq) IN (
			SELECT trial_id, seq FROM reports WHERE trial_id >= $1 AND trial_id < $2 LIMIT $3)`
	sliceCurves = `
		DELETE FROM curves WHERE trial_id IN (
			SELECT trial_id FROM curves WHERE trial_id >= $1 AND trial_id < $2 LIMIT $3)`
	sliceDecisions = `
		DELETE FROM decisions WHERE (trial_id, idx) IN (
			SELECT trial_id, idx FROM decisions WHERE trial_id >= $1 AND trial_id < $2 LIMIT $3)`
	sliceTrials = `
		DELETE FROM trials WHERE id IN (
			SELECT id FROM trials WHERE id >= $1 AND id < $2 LIMIT $3)`
	sliceNames = `
		DELETE FROM names WHERE (study_id, id) IN (
			SELECT study_id, id FROM names WHERE study_id = $1 LIMIT $2)`
	sliceEras = `
		DELETE FROM eras WHERE (study_id, version) IN (
			SELECT study_id, version FROM eras WHERE study_id = $1 LIMIT $2)`
	sliceAnswers = `
		DELETE FROM answers WHERE rowid IN (
			SELECT rowid FROM answers WHERE created_us <= $1 LIMIT $2)`
)

func newJanitor(db *DB) *janitor {
	return &janitor{db: db, wake: make(chan struct{}, 1), sweep: true}
}

// resume finds what an earlier process left undone. Nobody writes yet.
func (j *janitor) resume(ctx context.Context) error {
	add := func(to *[]int64) func(scanner) error {
		return func(row scanner) error {
			var id int64
			err := row.Scan(&id)
			*to = append(*to, id)
			return err
		}
	}
	// One seek for each trial that has hot reports, however many it has.
	err := j.db.each(ctx, "find trials to seal", add(&j.seals), `
		WITH RECURSIVE hot (id) AS (
			SELECT min(trial_id) FROM reports
			UNION ALL
			SELECT (SELECT min(trial_id) FROM reports WHERE trial_id > hot.id) FROM hot WHERE hot.id IS NOT NULL
		)
		SELECT t.id FROM hot JOIN trials t ON t.id = hot.id JOIN studies s ON s.id = t.study_id
		WHERE s.hidden = 0 AND t.state IN ('COMPLETE', 'PRUNED', 'FAIL')`)
	if err != nil {
		return err
	}
	// A study whose import was cut short is of no use.
	return j.db.each(ctx, "find studies to remove", add(&j.studies), `SELECT id FROM studies WHERE hidden > 0`)
}

// ended takes note of the trials that a change has ended. It is called after
// the commit.
func (j *janitor) ended(c *trials.Change) {
	woken := false
	for _, t := range c.Trials {
		if t.State.Finished() {
			j.mu.Lock()
			j.seals = append(j.seals, trialID(c.Study, t.Number))
			j.mu.Unlock()
			woken = true
		}
	}
	if woken {
		j.nudge()
	}
}

// delete takes note of a study that is hidden for good.
func (j *janitor) delete(study int64) {
	j.mu.Lock()
	j.studies = append(j.studies, study)
	j.mu.Unlock()
	j.nudge()
}

func (j *janitor) nudge() {
	select {
	case j.wake <- struct{}{}:
	default: // it is awake
	}
}

func (j *janitor) run(ctx context.Context) {
	hour := time.NewTicker(sweepEvery)
	defer hour.Stop()
	for {
		if !j.work(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-j.wake:
				j.gather(ctx)
			case <-hour.C:
				j.setSweep(true)
			}
		}
	}
}

// gather lets more trials end: to seal them together takes fewer commits.
func (j *janitor) gather(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(j.db.options.gatherFor):
	}
}

// work does one slice of each kind of work there is. It returns false when
// there is none, or writes fail: the probe wakes it.
func (j *janitor) work(ctx context.Context) bool {
	if ctx.Err() != nil || j.db.fault.Load() != nil {
		return false
	}
	busy := false
	for _, kind := range []func(context.Context) (bool, error){j.seal, j.remove, j.forget} {
		did, err := kind(ctx)
		switch {
		case err == nil:
			busy = busy || did
		case ctx.Err() == nil && trials.ErrorCode(err) != trials.StorageUnavailable: // else it is kept for later
			j.db.options.Report(err)
			busy = true
		}
	}
	return busy
}

// first returns the first of a list, which stays in it until done is called.
func (j *janitor) first(list *[]int64, n int) []int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]int64{}, (*list)[:min(n, len(*list))]...)
}

func (j *janitor) drop(list *[]int64, n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	*list = (*list)[n:]
	if len(*list) == 0 {
		*list = nil // and its memory
	}
}

// do has the writer apply f and waits for the commit.
func (j *janitor) do(ctx context.Context, f func(w *writer) error) error {
	return j.db.writer.do(ctx, &op{apply: f})
}

// sealed is a trial that is packed.
type sealed struct {
	trial, n, last int64
	body           []byte
}

// seal packs the next trials that ended, about a slice of reports in all, and
// removes their rows. A trial that is sealed already and got more reports is
// sealed anew, which makes it harmless to do it twice.
func (j *janitor) seal(ctx context.Context) (bool, error) {
	ids := j.first(&j.seals, largeSlice)
	if len(ids) == 0 {
		return false, nil
	}
	packs, used, err := j.pack(ctx, ids)
	if err == nil {
		err = j.write(ctx, packs)
	}
	if err == nil || trials.ErrorCode(err) != trials.StorageUnavailable {
		j.drop(&j.seals, used) // those that cannot be sealed are tried again when the database is opened
	}
	return true, wrap("seal trials", err)
}

// pack packs trials until there is about a slice of rows, and returns how many
// trials it has dealt with. A trial that cannot be packed comes alone.
func (j *janitor) pack(ctx context.Context, ids []int64) (packs []*sealed, used int, err error) {
	rows := int64(0)
	for _, id := range ids {
		if rows >= slice {
			break
		}
		p, err := j.db.pack(ctx, id)
		if err != nil && trials.ErrorCode(err) != trials.TrialNotFound { // deleted meanwhile
			if used == 0 {
				return nil, 1, err
			}
			break
		}
		used++
		if p != nil {
			packs, rows = append(packs, p), rows+p.n
		}
	}
	return packs, used, nil
}

// pack reads and packs the reports of a trial, nil if there are no rows to
// remove.
func (db *DB) pack(ctx context.Context, trial int64) (*sealed, error) {
	var rows []trials.ReportRow
	hot := int64(0)
	study, number := trial>>32, trial&(1<<32-1)
	err := db.readers.QueryRowContext(ctx, `
		SELECT count(*) FROM (SELECT 1 FROM reports WHERE trial_id = $1 LIMIT 1)`, trial).Scan(&hot)
	if err != nil || hot == 0 {
		return nil, wrap("read reports", err)
	}
	err = db.Points(ctx, study, number, trials.Absent, func(r *trials.ReportRow) error {
		rows = append(rows, *r)
		return nil
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	n := len(rows)
	return &sealed{trial: trial, n: int64(n), last: rows[n-1].Seq, body: sealReports(rows)}, nil
}

// write stores what is packed and removes the rows. Reads prefer the packed
// form, so that it may take several slices.
func (j *janitor) write(ctx context.Context, packs []*sealed) error {
	if len(packs) == 0 {
		return nil
	}
	rest := packs
	err := j.do(ctx, func(w *writer) error {
		left := int64(slice)
		rest = packs
		for i, p := range packs {
			if _, err := w.sql.upsertCurve.run(p.trial, p.n, p.last, p.body); err != nil {
				return err
			}
			if left <= 0 {
				continue
			}
			n, err := w.sql.sliceSealed.changed(p.trial, p.last, left)
			if err != nil {
				return err
			}
			if left -= n; left > 0 {
				rest = packs[i+1:]
			}
		}
		return nil
	})
	for err == nil && len(rest) > 0 {
		n := int64(0)
		err = j.do(ctx, func(w *writer) (err error) {
			n, err = w.sql.sliceSealed.changed(rest[0].trial, rest[0].last, int64(slice))
			return err
		})
		if n < slice {
			rest = rest[1:]
		}
	}
	return err
}

// remove removes a slice of the first study that was deleted.
func (j *janitor) remove(ctx context.Context) (bool, error) {
	ids := j.first(&j.studies, 1)
	if len(ids) == 0 {
		return false, nil
	}
	over := false
	err := j.do(ctx, func(w *writer) (err error) {
		over, err = w.removeSlice(ids[0])
		return err
	})
	if err != nil && trials.ErrorCode(err) == trials.StorageUnavailable {
		return false, nil
	}
	if over || err != nil {
		j.drop(&j.studies, 1)
	}
	return true, wrap("remove a study", err)
}

// removeSlice removes rows of a study, children first so that no cascade has
// much to do. It returns true when the study is gone.
func (w *writer) removeSlice(study int64) (bool, error) {
	from, to := trialID(study, 0), trialID(study+1, 0)
	for _, s := range []struct {
		sql   *statement
		args  []any
		limit int64
	}{
		{&w.sql.sliceReports, []any{from, to}, slice},
		{&w.sql.sliceCurves, []any{from, to}, largeSlice},
		{&w.sql.sliceDecisions, []any{from, to}, slice},
		{&w.sql.sliceTrials, []any{from, to}, slice},
		{&w.sql.sliceNames, []any{study}, slice},
		{&w.sql.sliceEras, []any{study}, slice},
	} {
		n, err := s.sql.changed(append(s.args, s.limit)...)
		if err != nil || n > 0 {
			return false, err
		}
	}
	_, err := w.sql.deleteStudy.run(study)
	return true, err
}

// forget removes a slice of the answers that are too old.
func (j *janitor) forget(ctx context.Context) (bool, error) {
	if !j.sweepDue() {
		return false, nil
	}
	oldest := j.db.options.Now().Add(-trials.AnswerLife).UnixMicro()
	n := int64(0)
	err := j.do(ctx, func(w *writer) (err error) {
		n, err = w.sql.sliceAnswers.changed(oldest, int64(slice))
		return err
	})
	if err != nil || n < slice {
		j.setSweep(false)
	}
	return true, wrap("remove old answers", err)
}

func (j *janitor) sweepDue() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.sweep
}

func (j *janitor) setSweep(due bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sweep = due
}
