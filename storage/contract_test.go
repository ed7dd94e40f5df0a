package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

func TestStudyComesBackAsItWasWritten(t *testing.T) {
	db := open(t, Options{})
	want := create(t, db, "digits")
	got, err := db.Study(t.Context(), "digits")
	must(t, err)
	wantSame(t, got, want)

	want.Spec.LeaseSeconds, want.State, want.Version, want.FirstAsk = 60, trials.Stopped, 9, time.Time{}
	want.Refused, want.StopReason = 0, ""
	must(t, submit(t, db, &trials.Change{Study: want.ID, Row: want}))
	got, err = db.Study(t.Context(), "digits")
	must(t, err)
	wantSame(t, got, want)
}

func TestStudyNamesAreUnique(t *testing.T) {
	db := open(t, Options{})
	create(t, db, "digits")
	wantCode(t, db.CreateStudy(t.Context(), aStudy("digits"), nil, nil), trials.StudyExists)
	_, err := db.Study(t.Context(), "other")
	wantCode(t, err, trials.StudyNotFound)
	wantCode(t, db.DeleteStudy(t.Context(), 99), trials.StudyNotFound)
	wantCode(t, submit(t, db, &trials.Change{Study: 99, Row: &trials.StudyRow{ID: 99, State: trials.Active}}), trials.StudyNotFound)
	wantCode(t, submit(t, db, &trials.Change{Study: 99, Trials: []*trials.Trial{aTrial(0, trials.Running)}}), trials.StudyNotFound)
}

func TestStudiesArePagedByName(t *testing.T) {
	db := open(t, Options{})
	for _, n := range []string{"b2", "a", "b1", "b3", "c"} {
		create(t, db, n)
	}
	tests := map[string]struct {
		prefix, after string
		limit         int
		want          string
	}{
		"all":          {"", "", 0, "a b1 b2 b3 c"},
		"a prefix":     {"b", "", 10, "b1 b2 b3"},
		"a page":       {"", "b1", 2, "b2 b3"},
		"prefix, page": {"b", "b2", 10, "b3"},
		"nothing":      {"x", "", 10, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rows, err := db.Studies(t.Context(), tt.prefix, tt.after, tt.limit)
			must(t, err)
			var got []string
			for _, r := range rows {
				got = append(got, r.Spec.Name)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("Studies(%q, %q, %d) = %v, want %s", tt.prefix, tt.after, tt.limit, got, tt.want)
			}
		})
	}
}

func TestHiddenStudyIsSeenWhenItsImportIsOver(t *testing.T) {
	db := open(t, Options{})
	row := aStudy("digits")
	row.Hidden = true
	must(t, db.CreateStudy(t.Context(), row, nil, nil))
	must(t, submit(t, db, &trials.Change{Study: row.ID, Row: row, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Era: anEra(1)}))
	if _, err := db.Study(t.Context(), "digits"); trials.ErrorCode(err) != trials.StudyNotFound {
		t.Errorf("Study of a hidden study: %v, want study_not_found", err)
	}
	if rows, _ := db.Studies(t.Context(), "", "", 0); len(rows) != 0 {
		t.Errorf("Studies shows %d hidden ones", len(rows))
	}
	if names, _ := db.Busy(t.Context()); len(names) != 0 {
		t.Errorf("Busy shows hidden studies: %v", names)
	}
	shown := *row
	shown.Hidden = false
	must(t, submit(t, db, &trials.Change{Study: row.ID, Row: &shown}))
	got, err := db.Study(t.Context(), "digits")
	must(t, err)
	wantSame(t, got, &shown)
}

func TestHiddenStudyWhoseNameWasTakenFailsAlone(t *testing.T) {
	db := open(t, Options{})
	row := aStudy("digits")
	row.Hidden = true
	must(t, db.CreateStudy(t.Context(), row, nil, nil))
	other := create(t, db, "digits")
	shown := *row
	shown.Hidden = false
	resume := pause(t, db)
	var f trials.Fence
	first := &trials.Change{Study: row.ID, Fence: &f, Row: &shown, Done: make(chan error, 1)}
	second := &trials.Change{Study: other.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Done: make(chan error, 1)}
	for _, c := range []*trials.Change{first, second} {
		must(t, db.Reserve())
		db.Submit(c)
	}
	resume()
	wantCode(t, <-first.Done, trials.StudyExists)
	must(t, <-second.Done)
	if f.Epoch() != 1 {
		t.Errorf("the fence is at %d, want 1", f.Epoch())
	}
}

// fullTrial has something in every field.
func fullTrial(number int64) *trials.Trial {
	at := func(s int) *time.Time { return ptr(start.Add(time.Duration(s)*time.Second + time.Microsecond)) }
	inf, nan := trials.Float(math.Inf(1)), trials.Float(math.NaN())
	return &trials.Trial{
		Number: number, State: trials.Complete,
		Params:        trials.Params{"lr": 0.1 + 0.2, "net": "a", "deep": true, "none": nil},
		Distributions: aStudy("").Spec.SearchSpace,
		Values:        []trials.Float{0.25, nan, inf, -inf},
		LastValues:    map[string]trials.Float{"loss": nan, "acc": 0.5},
		Metrics:       map[string]trials.Summary{"loss": {Count: 2, Last: 1, Min: nan, Max: inf, Mean: 3, Sum: 4, P95: ptr(trials.Float(5))}},
		Constraints: []trials.ConstraintResult{
			{Metric: "mem", Observed: &inf, Violation: ptr(trials.Float(2)), Censored: true},
			{Metric: "x"},
			{Metric: "y", Bound: ptr(3.0), Op: ">=", Rule: "limit"},
		},
		Feasible: ptr(false), Violation: &inf, Attempt: 3, RetryOf: ptr(int64(1)),
		Decision: &trials.Decision{
			Trial: number, State: trials.Running, ShouldPrune: true, Reason: trials.ReasonPruner, Mode: trials.Enforce, Step: ptr(int64(4)),
			Explanation: &trials.Explanation{Type: "all", Verdict: trials.Fire, Observed: map[string]trials.Float{"a": nan}, Sentence: "so"},
		},
		SampledBy: "tpe", SamplingReason: "It's the \"best\".", UserAttrs: json.RawMessage(`{"a": [1, null]}`), Worker: "w", Reason: "r", Error: "e\x00f",
		DatetimeStart: at(1), DatetimeComplete: at(2), LeaseExpires: at(3), Created: *at(0),
		Fixed: trials.Params{"lr": 0.1}, LeaseSeconds: 77, Handed: true, EndedSeq: 5, Reports: 6, Version: 8,
		MaxSteps: 9, Holdout: true, LastStep: 10,
		Spent: trials.Spending{1, math.NaN(), 2, math.Inf(1)},
	}
}

func TestTrialComesBackAsItWasWritten(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "digits")
	for name, want := range map[string]*trials.Trial{
		"every field":     fullTrial(1),
		"the least":       {Number: 2, State: trials.Waiting, EndedSeq: -1},
		"empty, not null": {Number: 3, State: trials.Fail, Params: trials.Params{}, Distributions: trials.SearchSpace{}, Fixed: trials.Params{}},
	} {
		t.Run(name, func(t *testing.T) {
			must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{want}}))
			got, err := db.Trial(t.Context(), s.ID, want.Number)
			must(t, err)
			wantSame(t, got, want)
			if (got.Params == nil) != (want.Params == nil) || (got.Fixed == nil) != (want.Fixed == nil) {
				t.Error("nil and empty maps are confused")
			}

			changed := *want
			changed.Worker, changed.Values, changed.Feasible = "another", []trials.Float{7}, nil
			changed.MaxSteps, changed.Holdout, changed.LastStep = 3, !want.Holdout, trials.Absent
			must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{&changed}}))
			got, err = db.Trial(t.Context(), s.ID, want.Number)
			must(t, err)
			wantSame(t, got, &changed)
		})
	}
	_, err := db.Trial(t.Context(), s.ID, 99)
	wantCode(t, err, trials.TrialNotFound)
}

func TestTrialReplacedKeepsItsReports(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "digits")
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Reports: reports(0, 3, 2)}))
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}}))
	wantSame(t, points(t, db, s.ID, 0, -1), reports(0, 3, 2))
	wantSame(t, points(t, db, s.ID, 0, 1), reports(0, 3, 2)[2:])
	wantCode(t, db.Points(t.Context(), s.ID, 1, -1, nil), trials.TrialNotFound)
}

func TestNamesAreIndexedByID(t *testing.T) {
	db := open(t, Options{})
	a, b := create(t, db, "a"), create(t, db, "b")
	must(t, submit(t, db, &trials.Change{Study: a.ID, Names: []trials.Name{{ID: 0, Name: "loss"}, {ID: 1, Name: "acc"}}}))
	must(t, submit(t, db, &trials.Change{Study: b.ID, Names: []trials.Name{{ID: 0, Name: "acc"}}}))
	must(t, submit(t, db, &trials.Change{Study: a.ID, Names: []trials.Name{{ID: 2, Name: "agent"}}}))
	got, err := db.Names(t.Context(), a.ID)
	must(t, err)
	wantSame(t, got, []string{"loss", "acc", "agent"})
	wantCode(t, submit(t, db, &trials.Change{Study: a.ID, Names: []trials.Name{{ID: 2, Name: "x"}}}), trials.Internal)
}

func TestBusyStudiesHaveRunningTrials(t *testing.T) {
	db := open(t, Options{})
	for i, state := range []trials.State{trials.Running, trials.Waiting, trials.Complete, trials.Running} {
		s := create(t, db, fmt.Sprintf("s%d", i))
		must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, state)}}))
	}
	got, err := db.Busy(t.Context())
	must(t, err)
	wantSame(t, got, []string{"s0", "s3"})
}

func TestDecisionsAreALog(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "digits")
	want := make([]trials.DecisionRow, 5)
	for i := range want {
		want[i] = trials.DecisionRow{Trial: 0, Index: int64(i), At: start.Add(time.Duration(i) * time.Second), Decision: *fullTrial(0).Decision}
	}
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Decisions: want}))
	got, err := db.Decisions(t.Context(), s.ID, 0, -1, 0)
	must(t, err)
	wantSame(t, got, want)
	got, err = db.Decisions(t.Context(), s.ID, 0, 1, 2)
	must(t, err)
	wantSame(t, got, want[2:4])
	got, err = db.Decisions(t.Context(), s.ID, 0, 4, 2)
	must(t, err)
	wantSame(t, got, []trials.DecisionRow{})
	_, err = db.Decisions(t.Context(), s.ID, 1, -1, 2)
	wantCode(t, err, trials.TrialNotFound)
}

func TestDecisionsOfAStudyAreByTrial(t *testing.T) {
	db := open(t, Options{})
	s, other := create(t, db, "digits"), create(t, db, "other")
	var want []trials.DecisionRow
	for trial := range int64(3) {
		for i := range int64(2) {
			want = append(want, trials.DecisionRow{Trial: trial, Index: i, At: start.Add(time.Duration(9*i-trial) * time.Microsecond), Decision: *fullTrial(trial).Decision})
		}
	}
	all := []*trials.Trial{aTrial(0, trials.Running), aTrial(1, trials.Pruned), aTrial(2, trials.Running)}
	for _, id := range []int64{s.ID, other.ID} {
		must(t, submit(t, db, &trials.Change{Study: id, Trials: all, Decisions: []trials.DecisionRow{want[4], want[0], want[2]}}))
	}
	must(t, submit(t, db, &trials.Change{Study: s.ID, Decisions: []trials.DecisionRow{want[1], want[5], want[3]}}))
	var got []trials.DecisionRow
	must(t, db.StudyDecisions(t.Context(), s.ID, func(d *trials.DecisionRow) error {
		got = append(got, *d)
		return nil
	}))
	wantSame(t, got, want)

	stop := errors.New("stop")
	if err := db.StudyDecisions(t.Context(), s.ID, func(*trials.DecisionRow) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("StudyDecisions gives %v, want the error of the caller", err)
	}
	must(t, db.StudyDecisions(t.Context(), 99, func(*trials.DecisionRow) error { return stop }))
}

// anEra has something in every field.
func anEra(version int64) *trials.Era {
	return &trials.Era{
		Version: version, Since: start.Add(time.Duration(version) * time.Microsecond), Pruner: json.RawMessage(`{"type":"median"}`),
		Holdout: ptr(0.1), Protect: &trials.Protect{TopK: ptr(int64(2)), Within: ptr(0.5), Tag: "keep"},
		Quota: &trials.Quota{MaxPruneFraction: ptr(0.5), PerTrials: ptr(int64(20)), MinLive: ptr(int64(3))},
	}
}

func TestErasAreKeptByVersion(t *testing.T) {
	db := open(t, Options{})
	s, other := aStudy("digits"), create(t, db, "other")
	first := anEra(1)
	first.Holdout, first.Protect, first.Quota = nil, nil, nil
	must(t, db.CreateStudy(t.Context(), s, first, nil))
	must(t, submit(t, db, &trials.Change{Study: s.ID, Era: anEra(3)}))
	must(t, submit(t, db, &trials.Change{Study: s.ID, Era: anEra(2)}))
	again := anEra(3)
	again.Since, again.Quota = start.Add(time.Hour), nil
	must(t, submit(t, db, &trials.Change{Study: s.ID, Era: again}))
	got, err := db.Eras(t.Context(), s.ID)
	must(t, err)
	wantSame(t, got, []trials.Era{*first, *anEra(2), *again})
	if got, err := db.Eras(t.Context(), other.ID); err != nil || len(got) != 0 {
		t.Errorf("Eras of a study without any = %v, %v", got, err)
	}
	wantCode(t, submit(t, db, &trials.Change{Study: 99, Era: anEra(1)}), trials.StudyNotFound)
}

func TestAnswersLiveForADay(t *testing.T) {
	now := start
	db := open(t, Options{Now: func() time.Time { return now }})
	want := &trials.Answer{
		Scope: "me POST /v1/studies", Key: "k", Hash: "h", Status: 201, Body: json.RawMessage(`{"a":1}`),
		Header: map[string]string{"Location": "/x"}, Created: start,
	}
	row := aStudy("digits")
	must(t, db.CreateStudy(t.Context(), row, nil, want))
	get := func() *trials.Answer {
		t.Helper()
		a, err := db.Answer(t.Context(), want.Scope, want.Key)
		must(t, err)
		return a
	}
	wantSame(t, get(), want)
	if a, _ := db.Answer(t.Context(), "someone else's", want.Key); a != nil {
		t.Errorf("a key of another scope gives %+v", a)
	}
	second := *want
	second.Hash = "other"
	wantCode(t, submit(t, db, &trials.Change{Study: row.ID, Answer: &second}), trials.Internal)
	wantSame(t, get(), want)

	now = start.Add(trials.AnswerLife)
	if a := get(); a != nil {
		t.Errorf("an answer of yesterday: %+v", a)
	}
	second.Created, second.Body, second.Header = now, nil, nil
	must(t, submit(t, db, &trials.Change{Study: row.ID, Answer: &second}))
	wantSame(t, get(), &second)

	now = now.Add(trials.AnswerLife)
	db = reopen(t, db)
	eventually(t, "old answers are removed", func() bool { return count(t, db, `SELECT count(*) FROM answers`) == 0 })
}

func TestTrialsInEveryOrder(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "digits")
	create(t, db, "neighbour")
	nan := math.NaN()
	values := []float64{3, 1, nan, 1, math.Inf(1), 2, nan, math.Inf(-1)}
	var all []*trials.Trial
	for i, v := range values {
		tr := aTrial(int64(i), trials.Complete)
		tr.DatetimeComplete = ptr(start.Add(time.Duration(i%3) * time.Microsecond))
		if i == 6 {
			tr.State, tr.DatetimeComplete = trials.Running, nil
		} else {
			tr.Values = []trials.Float{trials.Float(v)}
		}
		if i%2 == 0 {
			tr.Feasible = ptr(i%4 == 0)
		}
		all = append(all, tr)
	}
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: all}))
	must(t, submit(t, db, &trials.Change{Study: s.ID + 1, Trials: []*trials.Trial{aTrial(0, trials.Complete)}}))

	tests := map[string]struct {
		q    trials.TrialQuery
		want string
	}{
		"number":             {trials.TrialQuery{Order: trials.ByNumber}, "0 1 2 3 4 5 6 7"},
		"no order":           {trials.TrialQuery{}, "0 1 2 3 4 5 6 7"},
		"-number":            {trials.TrialQuery{Order: trials.ByNumberDesc}, "7 6 5 4 3 2 1 0"},
		"value, minimize":    {trials.TrialQuery{Order: trials.ByValue}, "7 1 3 5 0 4 2 6"},
		"value, maximize":    {trials.TrialQuery{Order: trials.ByValue, Maximize: true}, "4 0 5 1 3 7 2 6"},
		"-value, minimize":   {trials.TrialQuery{Order: trials.ByValueDesc}, "4 0 5 1 3 7 2 6"},
		"-value, maximize":   {trials.TrialQuery{Order: trials.ByValueDesc, Maximize: true}, "7 1 3 5 0 4 2 6"},
		"completion":         {trials.TrialQuery{Order: trials.ByCompletion}, "0 3 1 4 7 2 5 6"},
		"-completion":        {trials.TrialQuery{Order: trials.ByCompletionDesc}, "2 5 1 4 7 0 3 6"},
		"a state":            {trials.TrialQuery{States: []trials.State{trials.Running}}, "6"},
		"states":             {trials.TrialQuery{States: []trials.State{trials.Running, trials.Complete}, Order: trials.ByNumberDesc}, "7 6 5 4 3 2 1 0"},
		"feasible":           {trials.TrialQuery{Feasible: ptr(true), Order: trials.ByValue}, "0 4"},
		"not feasible":       {trials.TrialQuery{Feasible: ptr(false)}, "2 6"},
		"numbers":            {trials.TrialQuery{Numbers: []int64{5, 99, 1}}, "5 1"},
		"numbers of a state": {trials.TrialQuery{Numbers: []int64{5, 6}, States: []trials.State{trials.Running}}, "6"},
		"no numbers":         {trials.TrialQuery{Numbers: []int64{}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for limit := range 9 {
				if got := strings.Join(pages(t, db, s.ID, tt.q, limit), " "); got != tt.want {
					t.Errorf("by pages of %d: %s, want %s", limit, got, tt.want)
				}
			}
		})
	}
}

// pages follows the cursor and returns the numbers; a limit of 0 is one page.
func pages(t *testing.T, db *DB, study int64, q trials.TrialQuery, limit int) []string {
	t.Helper()
	var out []string
	q.Limit = limit
	for {
		got, err := db.Trials(t.Context(), study, q)
		must(t, err)
		for _, tr := range got {
			out = append(out, fmt.Sprint(tr.Number))
		}
		if limit == 0 || len(got) < limit || q.Numbers != nil {
			return out
		}
		last := got[len(got)-1]
		q.After = &trials.TrialCursor{Number: last.Number}
		switch {
		case strings.HasSuffix(string(q.Order), "value") && len(last.Values) > 0 && !math.IsNaN(float64(last.Values[0])):
			q.After.Key = ptr(float64(last.Values[0]))
		case strings.HasSuffix(string(q.Order), "complete") && last.DatetimeComplete != nil:
			q.After.Key = ptr(float64(last.DatetimeComplete.UnixMicro()))
		}
	}
}

func TestTrialsAreFoundByIndex(t *testing.T) {
	db := open(t, Options{})
	for name, q := range map[string]trials.TrialQuery{
		"number":     {Order: trials.ByNumber},
		"-number":    {Order: trials.ByNumberDesc, After: &trials.TrialCursor{Number: 7}},
		"a state":    {States: []trials.State{trials.Waiting}},
		"states":     {States: []trials.State{trials.Waiting, trials.Running}},
		"best":       {Order: trials.ByValue, States: []trials.State{trials.Complete}},
		"value":      {Order: trials.ByValue, After: &trials.TrialCursor{Number: 7, Key: ptr(0.5)}},
		"no value":   {Order: trials.ByValue, After: &trials.TrialCursor{Number: 7}},
		"-value":     {Order: trials.ByValueDesc},
		"completion": {Order: trials.ByCompletion},
	} {
		for _, p := range parts(1, q) {
			plan := ""
			must(t, db.each(t.Context(), "explain", func(row scanner) error {
				var id, parent, unused int
				var detail string
				err := row.Scan(&id, &parent, &unused, &detail)
				plan += detail + "; "
				return err
			}, "EXPLAIN QUERY PLAN "+p.text("t.id", 10), p.args...))
			if strings.Contains(plan, "SCAN") || strings.Contains(plan, "B-TREE FOR ORDER") {
				t.Errorf("%s: %s", name, plan)
			}
		}
	}
}

func TestLoadYieldsWhatTheHistoryNeeds(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "digits")
	other := create(t, db, "other")
	finished := append(reports(1, 4, 3), trials.ReportRow{
		Trial: 1, Seq: 4, Step: trials.Absent, Client: 9, Source: 3, At: start, Elapsed: 2, Values: []trials.MetricValue{{Metric: 1, Value: 5}},
	}, trials.ReportRow{
		Trial: 1, Seq: 5, Step: 7, Client: 10, Source: 3, At: start, Elapsed: 2, Values: []trials.MetricValue{{Metric: 0, Value: 5}},
	})
	running := reports(2, 5, 2)
	done := fullTrial(1)
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Complete), done, aTrial(2, trials.Running)}, Reports: append(slices.Clone(finished), running...)}))
	must(t, submit(t, db, &trials.Change{Study: other.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Reports: reports(0, 2, 1)}))

	want := map[int64][]trials.ReportRow{2: running}
	for _, r := range finished[:5] { // the fifth has no step, the last no metric that is wanted
		point := pointRow(1)
		point.Seq, point.Step, point.At, point.Elapsed = r.Seq, r.Step, r.At, r.Elapsed
		for _, v := range r.Values {
			if v.Metric == 1 {
				point.Values = append(point.Values, v)
			}
		}
		want[1] = append(want[1], point)
	}
	check := func(t *testing.T) {
		t.Helper()
		got := map[int64][]trials.ReportRow{}
		var numbers []int64
		must(t, db.Load(t.Context(), s.ID, func(m uint32) bool { return m == 1 }, func(tr *trials.Trial, points func(func(*trials.ReportRow) error) error) error {
			numbers = append(numbers, tr.Number)
			if tr.Number == 1 {
				less := *done
				less.Metrics, less.Decision = nil, nil
				wantSame(t, tr, &less)
			}
			return points(func(r *trials.ReportRow) error {
				got[tr.Number] = append(got[tr.Number], *r)
				return nil
			})
		}))
		wantSame(t, numbers, []int64{0, 1, 2})
		wantSame(t, got, want)
	}
	check(t) // sealed or not
	eventually(t, "the trial is sealed", sealedNow(t, db, trialID(s.ID, 1)))
	check(t)

	stop := errors.New("stop")
	err := db.Load(t.Context(), s.ID, func(uint32) bool { return true }, func(*trials.Trial, func(func(*trials.ReportRow) error) error) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("Load gives %v, want the error of the caller", err)
	}
	skipped := 0
	must(t, db.Load(t.Context(), s.ID, func(uint32) bool { return true }, func(tr *trials.Trial, points func(func(*trials.ReportRow) error) error) error {
		if tr.Number < 2 { // not asked for its points
			return nil
		}
		return points(func(*trials.ReportRow) error { skipped++; return nil })
	}))
	if skipped != len(running) {
		t.Errorf("%d reports of the last trial, want %d", skipped, len(running))
	}
}

func TestBackupIsACompleteCopy(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "digits")
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Reports: reports(0, 50, 3), Era: anEra(1)}))
	var copied bytes.Buffer
	must(t, db.Backup(t.Context(), &copied))
	path := filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(path, copied.Bytes(), 0o600))
	again := open(t, Options{Path: path})
	wantSame(t, points(t, again, s.ID, 0, -1), reports(0, 50, 3))
	eras, err := again.Eras(t.Context(), s.ID)
	must(t, err)
	wantSame(t, eras, []trials.Era{*anEra(1)})
	files, err := os.ReadDir(filepath.Dir(db.options.Path))
	must(t, err)
	for _, f := range files {
		if strings.Contains(f.Name(), ".copy-") {
			t.Errorf("the backup left %s", f.Name())
		}
	}
}
