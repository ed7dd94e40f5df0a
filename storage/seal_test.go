package storage

import (
	"encoding/base64"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// strange are reports with everything that there can be.
func strange() []trials.ReportRow {
	nan, inf := math.NaN(), math.Inf(1)
	v := func(pairs ...float64) (out []trials.MetricValue) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, trials.MetricValue{Metric: uint32(pairs[i]), Value: pairs[i+1]})
		}
		return out
	}
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	return []trials.ReportRow{
		{Trial: 3, Seq: 0, Step: 0, Client: -1, At: at(0), Elapsed: nan, Values: v(0, 1, 1, nan)},
		{Trial: 3, Seq: 1, Step: -1, Client: 0, Source: 7, At: at(5), Elapsed: 0.5, Values: v(300, -inf, 4e9, inf)},
		{Trial: 3, Seq: 2, Step: 1, Client: 2, At: at(-9), Elapsed: 0, Decision: 1, Values: v(1, 2, 0, 3)}, // another order
		{Trial: 3, Seq: 3, Step: -1, Client: -1, At: at(9), Elapsed: nan},                                  // without values
		{Trial: 3, Seq: 9, Step: math.MaxInt64, Client: math.MinInt64, Source: math.MaxUint32, At: at(1 << 40), Elapsed: inf, Decision: math.MaxUint32, Values: v(0, math.Copysign(0, -1))},
		{Trial: 3, Seq: 10, Step: 2, Client: 10, At: at(10), Elapsed: nan, Values: v(0, 1, 0, 2, 5, 3, 0, 4)}, // one metric thrice
		{Trial: 3, Seq: 11, Step: 3, Client: 11, At: at(11), Elapsed: nan, Values: v(5, math.SmallestNonzeroFloat64, 1, math.MaxFloat64)},
	}
}

func decoded(t testing.TB, blob []byte, number int64) []trials.ReportRow {
	t.Helper()
	var c curve
	must(t, c.parse(blob))
	var out []trials.ReportRow
	must(t, c.rows(number, trials.Absent, func(r *trials.ReportRow) error {
		out = append(out, *r)
		return nil
	}))
	return out
}

// wantBits compares the values bit by bit, but for the payload of NaN.
func wantBits(t testing.TB, got, want []trials.ReportRow) {
	t.Helper()
	wantSame(t, got, want)
	for i := range want {
		for k, v := range want[i].Values {
			if g := got[i].Values[k].Value; math.Float64bits(g) != math.Float64bits(v.Value) && !math.IsNaN(v.Value) {
				t.Errorf("report %d: value %v, want %v", i, g, v.Value)
			}
		}
	}
}

func TestSealingLosesNothing(t *testing.T) {
	wantBits(t, decoded(t, sealReports(strange()), 3), strange())
	for n := 1; n <= len(strange()); n++ {
		wantBits(t, decoded(t, sealReports(strange()[n-1:]), 3), strange()[n-1:])
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		rows := make([]trials.ReportRow, 1+rng.IntN(30))
		for i := range rows {
			rows[i] = trials.ReportRow{
				Trial: 3, Seq: int64(i), Step: rng.Int64N(20) - 1, Client: rng.Int64N(5) - 1, Source: rng.Uint32N(3),
				At: start.Add(time.Duration(rng.IntN(9_999_999)) * time.Microsecond), Elapsed: math.NaN(), Decision: rng.Uint32N(2),
			}
			if rng.IntN(2) == 0 {
				rows[i].Elapsed = rng.Float64()
			}
			for range rng.IntN(6) {
				rows[i].Values = append(rows[i].Values, trials.MetricValue{Metric: rng.Uint32N(4), Value: rng.NormFloat64()})
			}
		}
		wantBits(t, decoded(t, sealReports(rows), 3), rows)
	}
}

func TestBodyLosesNothing(t *testing.T) {
	for _, want := range append(strange(), reports(3, 4, 5)...) {
		got := want
		must(t, decodeBody(appendBody(nil, &want), &got))
		wantBits(t, []trials.ReportRow{got}, []trials.ReportRow{want})
	}
}

// What version 1 of curves made of strange() and of three reports of two metrics
// with times of whole milliseconds.
const (
	strangeMillis = `AQcHACIBGqwCCoDQrPMOCgAKBRIACggaFxAQGhoJAQACAgIMAgIBAAEEA////////////wH5//////////8BAgGAqKiUlWcKGyTu` +
		`/////z/r/////z8CAQAAAgH+////H/3///8fAAEADg0A/v///x/9////HwABAQIEBf3//////////wHr//////////8BAgIWAAAAAAAA` +
		`4D8AAAAAAAAAAAAAAAAAAPB/AgICAQAGAgUBAjUAAAAAAADwPwAAAAAAAAhAAAAAAAAAAIAAAAAAAADwPwJFAQAAAAAA+H8AAAAAAAAA` +
		`QP///////+9/AgIAAAAAAADw/wICAAAAAAAA8H8CIAAAAAAAAABAAmAAAAAAAAAIQAEAAAAAAAAAAiAAAAAAAAAQQA==`
	plainMillis = `AQMCABkBGQMDCQMDAwEBAAACAAACAPKqqJSVZ7gXAAAAAAAAAAEAAAABF1100UUX7T+e53me53neP6WUUkoppdQ/` +
		`AZ7neZ7ned4/pZRSSiml1D85H4PzMTjPPw==`
)

func millis(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	must(t, err)
	return b
}

func TestCurvesOfVersionOneAreRead(t *testing.T) {
	wantBits(t, decoded(t, millis(t, strangeMillis), 3), strange())
	var c curve
	must(t, c.parse(millis(t, plainMillis)))
	var at []time.Time
	must(t, c.points(5, func(m uint32) bool { return m == 1 }, &pointInts{}, func(r *trials.ReportRow) error {
		at = append(at, r.At)
		return nil
	}))
	first := start.Add(185 * time.Millisecond)
	wantSame(t, at, []time.Time{first, first.Add(1500 * time.Millisecond), first.Add(3 * time.Second)})
}

func FuzzDamagedReportsAreRefused(f *testing.F) {
	f.Add(sealReports(strange()))
	f.Add(sealReports(reports(0, 20, 3)))
	f.Add(millis(f, strangeMillis))
	f.Add(appendBody(nil, &strange()[1]))
	f.Fuzz(func(_ *testing.T, b []byte) { // it must not panic
		var r trials.ReportRow
		_ = decodeBody(b, &r)
		var c curve
		if c.parse(b) != nil || c.n > 1<<16 {
			return
		}
		nothing := func(*trials.ReportRow) error { return nil }
		_ = c.rows(0, trials.Absent, nothing)
		var ints pointInts
		_ = c.points(0, func(m uint32) bool { return m == 1 }, &ints, nothing)
	})
}

func TestCutBlobIsDamaged(t *testing.T) {
	blob := sealReports(strange())
	for n := range blob {
		var c curve
		if c.parse(blob[:n]) == nil {
			t.Errorf("the first %d of %d bytes are taken for the whole", n, len(blob))
		}
	}
}

func TestTrialThatEndsIsSealed(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	for name, rows := range map[string][]trials.ReportRow{
		"strange":                   strange(),
		"in several slices":         reports(3, 2*slice+100, 2),
		"a slice, to the last row":  reports(3, slice, 1),
		"one report":                reports(3, 1, 1),
		"reports without any value": reports(3, 5, 0),
	} {
		t.Run(name, func(t *testing.T) {
			number := int64(len(rows)*10 + len(name))
			for i := range rows {
				rows[i].Trial = number
			}
			tr := aTrial(number, trials.Running)
			must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{tr}, Reports: rows}))
			wantBits(t, points(t, db, s.ID, number, -1), rows)
			done := *tr
			done.State = trials.Pruned
			must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{&done}}))
			wantBits(t, points(t, db, s.ID, number, -1), rows) // while it goes on
			eventually(t, "the trial is sealed", sealedNow(t, db, trialID(s.ID, number)))
			wantBits(t, points(t, db, s.ID, number, -1), rows)
			wantBits(t, points(t, db, s.ID, number, rows[0].Seq), rows[1:])
			must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{&done}})) // again: harmless
			wantBits(t, points(t, db, s.ID, number, -1), rows)
		})
	}
}

func TestReportsAfterSealingAreSealedToo(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	rows := reports(0, 30, 2)
	done := aTrial(0, trials.Complete)
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{done}, Reports: rows[:10]}))
	eventually(t, "the trial is sealed", sealedNow(t, db, trialID(s.ID, 0)))
	must(t, submit(t, db, &trials.Change{Study: s.ID, Reports: rows[10:20]})) // as an import may
	wantBits(t, points(t, db, s.ID, 0, -1), rows[:20])
	wantBits(t, points(t, db, s.ID, 0, 14), rows[15:20])
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{done}, Reports: rows[20:]}))
	eventually(t, "the trial is sealed", sealedNow(t, db, trialID(s.ID, 0)))
	wantBits(t, points(t, db, s.ID, 0, -1), rows)
}

func TestSealingIsResumedAfterReopen(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	var all []*trials.Trial
	for n := range int64(20) {
		all = append(all, aTrial(n, trials.Running))
	}
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: all}))
	for n := range int64(20) {
		must(t, submit(t, db, &trials.Change{Study: s.ID, Reports: reports(n, 5, 2)}))
	}
	// As a process leaves it that is killed: ended, one half sealed, none done.
	must(t, db.writer.do(t.Context(), &op{apply: func(w *writer) error {
		for n := range int64(20) {
			if n%2 == 0 {
				if err := w.writeTrial(s.ID, aTrial(n, trials.Fail)); err != nil {
					return err
				}
			}
		}
		if _, err := w.sql.upsertCurve.run(trialID(s.ID, 4), int64(5), int64(4), sealReports(reports(4, 5, 2))); err != nil {
			return err
		}
		_, err := w.sql.sliceSealed.run(trialID(s.ID, 4), int64(4), int64(2))
		return err
	}}))
	wantBits(t, points(t, db, s.ID, 4, -1), reports(4, 5, 2))
	db = reopen(t, db)
	for n := range int64(20) {
		if n%2 == 0 {
			eventually(t, "the trial is sealed", sealedNow(t, db, trialID(s.ID, n)))
		}
		wantBits(t, points(t, db, s.ID, n, -1), reports(n, 5, 2))
	}
	if n := count(t, db, `SELECT count(*) FROM reports`); n != 50 {
		t.Errorf("%d hot reports, want the 50 of the running trials", n)
	}
}

func TestDeletedStudyGoesAndItsNameIsFree(t *testing.T) {
	db := open(t, Options{})
	fill := func(name string) *trials.StudyRow {
		s := create(t, db, name)
		must(t, submit(t, db, &trials.Change{Study: s.ID, Era: anEra(1)}))
		var all []*trials.Trial
		for n := range int64(2*slice + 10) {
			all = append(all, aTrial(n, trials.Complete))
		}
		must(t, submit(t, db, &trials.Change{
			Study: s.ID, Trials: all, Names: []trials.Name{{Name: "loss"}}, Reports: append(reports(0, 1300, 2), reports(1, 7, 2)...),
			Decisions: []trials.DecisionRow{{Trial: 0, At: start, Decision: *fullTrial(0).Decision}},
		}))
		return s
	}
	rows := func() int64 {
		return count(t, db, `SELECT (SELECT count(*) FROM studies) + (SELECT count(*) FROM trials) + (SELECT count(*) FROM reports)
			+ (SELECT count(*) FROM curves) + (SELECT count(*) FROM decisions) + (SELECT count(*) FROM names) + (SELECT count(*) FROM eras)`)
	}
	s := fill("a")
	must(t, db.DeleteStudy(t.Context(), s.ID))
	_, err := db.Study(t.Context(), "a")
	wantCode(t, err, trials.StudyNotFound)
	wantCode(t, db.DeleteStudy(t.Context(), s.ID), trials.StudyNotFound)
	wantCode(t, submit(t, db, &trials.Change{Study: s.ID, Row: s}), trials.StudyNotFound)
	again := create(t, db, "a")
	if again.ID == s.ID {
		t.Errorf("the id %d is used twice", s.ID)
	}
	eventually(t, "the rows are gone", func() bool { return rows() == 1 })

	half := fill("b")
	hidden := aStudy("c")
	hidden.Hidden = true
	must(t, db.CreateStudy(t.Context(), hidden, nil, nil))
	must(t, db.writer.do(t.Context(), &op{apply: func(w *writer) error { // as a process leaves it that is killed
		_, err := w.sql.hideStudy.run(half.ID, "~deleted/x")
		return err
	}}))
	db = reopen(t, db)
	eventually(t, "the rows are gone after opening again", func() bool { return rows() == 1 })
	if third := create(t, db, "b"); third.ID <= hidden.ID {
		t.Errorf("the id %d is used twice", third.ID)
	}
}
