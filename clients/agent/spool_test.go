package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

var testHead = spoolHead{Server: "http://127.0.0.1:1", Study: "s", Created: time.Unix(1, 0).UTC(), Trial: 7}

// report is a record of a report with a step, or of a sample.
func testReport(n int64, sample bool) record {
	r := &api.TrialReport{Trial: 7, Metrics: api.Metrics{"loss": float64(n)}}
	if sample {
		r.Seq = &n
	} else {
		r.Step = &n
	}
	return record{Report: r, Sample: sample}
}

func records(t *testing.T, path string) (out []record) {
	t.Helper()
	head, err := eachRecord(path, func(r *record) error { out = append(out, *r); return nil })
	if err != nil || head != testHead {
		t.Fatalf("head %+v, %v, want %+v", head, err, testHead)
	}
	return out
}

func TestASpoolGivesBackWhatWasPutIn(t *testing.T) {
	s := newSpool(filepath.Join(t.TempDir(), "spool"), testHead)
	if !s.empty() {
		t.Error("a new spool is not empty")
	}
	put := []record{testReport(1, false), testReport(2, true), {Attrs: api.UserAttrs{"a": 1.0}}, {Tell: &api.Tell{State: api.FinishedStateCOMPLETE}, Fallback: &api.Tell{}}}
	for _, r := range put {
		if err := s.add([]record{r}); err != nil {
			t.Fatal(err)
		}
	}
	got := records(t, s.path)
	if len(got) != 4 || *got[0].Report.Step != 1 || !got[1].Sample || got[2].Attrs["a"] != 1.0 || got[3].Tell.State != api.FinishedStateCOMPLETE || got[3].Fallback == nil {
		t.Errorf("got %+v", got)
	}
	if err := s.remove(); err != nil || !s.empty() {
		t.Errorf("remove() = %v", err)
	}
	if _, err := os.Stat(s.path); err == nil {
		t.Error("the file is still there")
	}
}

func TestALineThatWasCutOffIsPassedOver(t *testing.T) {
	s := newSpool(t.TempDir(), testHead)
	if err := s.add([]record{testReport(1, false), testReport(2, false)}); err != nil {
		t.Fatal(err)
	}
	if err := s.file.Truncate(s.size - 5); err != nil {
		t.Fatal(err)
	}
	if got := records(t, s.path); len(got) != 1 || *got[0].Report.Step != 1 {
		t.Errorf("got %+v, want the first report", got)
	}
	for name, text := range map[string]string{"another file": "hello\n", "nothing of use": "{}\n"} {
		path := filepath.Join(t.TempDir(), "x.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := eachRecord(path, func(*record) error { return nil }); err == nil || !strings.Contains(err.Error(), "is no spool") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFullSpoolLosesSamplesAndNoMetric(t *testing.T) {
	s := newSpool(t.TempDir(), testHead)
	s.most = 20_000
	const n = 400
	for i := range int64(n) {
		if err := s.add([]record{testReport(i, false), testReport(i, true)}); err != nil {
			t.Fatal(err)
		}
	}
	steps, samples := 0, 0
	for _, r := range records(t, s.path) {
		if r.Sample {
			samples++
		} else if *r.Report.Step != int64(steps) {
			t.Fatalf("step %d comes after %d", *r.Report.Step, steps)
		} else {
			steps++
		}
	}
	if steps != n || samples == 0 || samples >= n {
		t.Errorf("%d metrics and %d samples of %d each are left, want all metrics and some samples", steps, samples, n)
	}
	if left, _ := filepath.Glob(s.path + "*"); len(left) != 1 {
		t.Errorf("files %v, want one", left)
	}
}

func TestASpoolInUseIsNotFlushed(t *testing.T) {
	s := newSpool(t.TempDir(), testHead)
	if err := s.add([]record{testReport(1, false)}); err != nil {
		t.Fatal(err)
	}
	if !inUse(s.path) {
		t.Error("the spool is not in use")
	}
	f, err := Flush(t.Context(), nil, testHead.Server, filepath.Dir(s.path), nil, nil)
	if err != nil || f != (Flushed{Busy: 1}) {
		t.Errorf("Flush() = %+v, %v, want one busy spool", f, err)
	}
	if err := s.close(); err != nil || inUse(s.path) {
		t.Errorf("close() = %v, in use %v", err, inUse(s.path))
	}
}
