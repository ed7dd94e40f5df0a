package storage

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// schemaOne makes a database as it was before times were microseconds.
func schemaOne(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "espalier.db")
	db, err := sql.Open("sqlite", dsn(path, "_foreign_keys=1", "_journal_mode=WAL"))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	provider, err := newProvider(db)
	must(t, err)
	_, err = provider.UpTo(t.Context(), 1)
	must(t, err)
	exec := func(text string, args ...any) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), text, args...)
		must(t, err)
	}
	ms := start.UnixMilli() + 123
	for id, firstAsk := range map[int]any{1: ms + 1, 2: nil} {
		exec(`INSERT INTO studies (id, name, hidden, state, spec, version, pruner_version, next_number, handed,
				created_ms, first_ask_ms, counts, spent)
			VALUES ($1, 's' || $1, 0, 'ACTIVE', json_object('name', 's' || $1, 'pruner', json($2)), 4, 3, 9, 9, $3, $4, '{}', '{}')`,
			id, `{"type":"median","n":0.1,"of":[1e-7]}`, ms, firstAsk)
	}
	for number, state := range []string{"RUNNING", "WAITING", "COMPLETE", "PRUNED"} {
		var begun, ended any
		if state != "WAITING" {
			begun = ms + 2
		}
		if number > 1 {
			ended = ms + 3
		}
		exec(`INSERT INTO trials (id, study_id, number, state, attempt, sampled_by, worker, reason, error,
				created_ms, start_ms, complete_ms, lease_ms, lease_seconds, handed, ended_seq, reports, version)
			VALUES ($1, 1, $2, $3, 0, '', '', '', '', $4, $5, $6, $5 + 60000, 60, 1, -1, 3, 0)`,
			trialID(1, int64(number)), number, state, ms, begun, ended)
	}
	for _, r := range millisReports() {
		exec(`INSERT INTO reports (trial_id, seq, step, at_ms, decision, body) VALUES ($1, $2, $2, $3, 0, $4)`,
			trialID(1, 0), r.Seq, r.At.UnixMilli(), appendBody(nil, &r))
	}
	exec(`INSERT INTO curves (trial_id, n, last_seq, body) VALUES ($1, 7, 11, $2), ($3, 3, 2, $4)`,
		trialID(1, 3), millis(t, strangeMillis), trialID(1, 2), millis(t, plainMillis))
	more := millisReports()[3] // of a trial that is sealed: it will be sealed anew
	exec(`INSERT INTO reports (trial_id, seq, step, at_ms, decision, body) VALUES ($1, $2, $2, $3, 0, $4)`,
		trialID(1, 2), more.Seq, more.At.UnixMilli(), appendBody(nil, &more))
	exec(`INSERT INTO decisions (trial_id, idx, at_ms, decision) VALUES ($1, 0, $2, '{}')`, trialID(1, 0), ms+4)
	exec(`INSERT INTO answers (scope, key, hash, status, created_ms) VALUES ('me', 'k', 'h', 201, $1)`, ms+5)
	return path
}

// millisReports begin with what plainMillis holds.
func millisReports() []trials.ReportRow {
	rows := reports(0, 4, 2)
	for i := range rows {
		rows[i].At = start.Add(time.Duration(185+1500*i) * time.Millisecond)
	}
	return rows
}

func TestSchemaOneKeepsItsInstants(t *testing.T) {
	db := open(t, Options{Path: schemaOne(t)})
	at := func(ms int) time.Time { return start.Add(time.Duration(123+ms) * time.Millisecond) }

	for name, firstAsk := range map[string]time.Time{"s1": at(1), "s2": {}} {
		s, err := db.Study(t.Context(), name)
		must(t, err)
		wantSame(t, []time.Time{s.Created, s.FirstAsk}, []time.Time{at(0), firstAsk})
		if s.Refused != 0 || s.StopReason != "" {
			t.Errorf("%s: refused %d, stop reason %q", name, s.Refused, s.StopReason)
		}
		eras, err := db.Eras(t.Context(), s.ID)
		must(t, err)
		if len(eras) != 1 || string(eras[0].Pruner) != string(s.Spec.Pruner) {
			t.Fatalf("eras %+v, want one with %s", eras, s.Spec.Pruner)
		}
		wantSame(t, eras, []trials.Era{{Version: 3, Since: at(0), Pruner: s.Spec.Pruner}})
	}
	if n := count(t, db, `SELECT count(*) FROM eras WHERE era ->> 'since' = '2026-03-01T12:00:00.123Z' AND era ->> 'version' = 3`); n != 2 {
		t.Errorf("%d eras can be read in the shell, want 2", n)
	}

	begun, ended, lease := at(2), at(3), at(60_002)
	for number, want := range []trials.Trial{
		{DatetimeStart: &begun, LeaseExpires: &lease},
		{},
		{DatetimeStart: &begun, LeaseExpires: &lease, DatetimeComplete: &ended},
		{DatetimeStart: &begun, LeaseExpires: &lease, DatetimeComplete: &ended},
	} {
		got, err := db.Trial(t.Context(), 1, int64(number))
		must(t, err)
		wantSame(t, trials.Trial{
			DatetimeStart: got.DatetimeStart, DatetimeComplete: got.DatetimeComplete, LeaseExpires: got.LeaseExpires, Created: got.Created,
			LeaseSeconds: got.LeaseSeconds, MaxSteps: got.MaxSteps, Holdout: got.Holdout, LastStep: got.LastStep,
		}, trials.Trial{
			DatetimeStart: want.DatetimeStart, DatetimeComplete: want.DatetimeComplete, LeaseExpires: want.LeaseExpires, Created: at(0),
			LeaseSeconds: 60, LastStep: trials.Absent,
		})
	}

	wantBits(t, points(t, db, 1, 0, -1), millisReports())
	wantBits(t, points(t, db, 1, 3, -1), strange())
	again := millisReports()
	for i := range again {
		again[i].Trial = 2
	}
	wantBits(t, points(t, db, 1, 2, -1), again) // sealed anew or not
	eventually(t, "the trial is sealed anew", sealedNow(t, db, trialID(1, 2)))
	wantBits(t, points(t, db, 1, 2, -1), again)

	decisions, err := db.Decisions(t.Context(), 1, 0, -1, 0)
	must(t, err)
	wantSame(t, decisions, []trials.DecisionRow{{At: at(4)}})
	answer, err := db.Answer(t.Context(), "me", "k")
	must(t, err)
	wantSame(t, answer.Created, at(5))
}
