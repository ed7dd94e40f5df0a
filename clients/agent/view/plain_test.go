package view

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func wantText(t *testing.T, got, want string) {
	t.Helper()
	if got != strings.TrimPrefix(want, "\n") {
		t.Errorf("text:\n%s\nwant:\n%s", got, strings.TrimPrefix(want, "\n"))
	}
}

// tellAll goes through everything that a view can be told.
func tellAll(v *View) {
	nan, value, worse := math.NaN(), 0.0312, 0.412
	s := mnist()
	s.Budget = []Gauge{{Name: "cpu", Limit: 3600, Unit: Seconds}}
	v.Begin(s)
	v.BeginTrial(trial12())
	v.SetTrial(trial12())
	v.BeginTrial(Trial{Slot: 1, Number: 13, Attempt: 2, Params: "lr=0.5"})
	v.Note("nvidia-smi ended: the figures of the GPUs pause until it answers again")
	v.EndTrial(Outcome{Number: 12, State: "COMPLETE", Objective: "val_error", Value: &value, Duration: 14 * time.Second, CPUSeconds: 12.1, PeakMemoryBytes: 212e6})
	v.EndTrial(Outcome{
		Number: 13, State: "PRUNED", Objective: "val_error", Value: &worse, Duration: 3 * time.Second, CPUSeconds: 2.9, PeakMemoryBytes: nan,
		Reason: "median", Sentence: "worse than 0.371, the median of 8 trials at step 27",
	})
	v.EndTrial(Outcome{Number: 14, State: "FAIL", Duration: 40 * time.Millisecond, CPUSeconds: 0, PeakMemoryBytes: 1e6, Reason: "exit status 1"})
	v.End(Summary{
		Study: s, Wall: 250 * time.Second, CPUSeconds: 480, PeakMemoryBytes: 212e6, EnergyJoules: nan, EnergyNote: "no counters",
		Cost: 0.0123, Priced: true, Saved: &Saved{Value: 120, Low: 80, High: 160, Unit: Seconds, Of: "CPU", Note: "estimated from 8 trials"},
		Params: "lr=0.01 hidden=64", Ended: "the budget of 40 trials is used up", Next: "espalier best mnist",
	})
}

func TestPlainLinesTellEverythingOnce(t *testing.T) {
	var b bytes.Buffer
	tellAll(New(Options{Out: &b, Now: func() time.Time { return noon }}))
	wantText(t, b.String(), `
study mnist on http://127.0.0.1:8080: minimize val_error, 40 trials, cpu up to 3600 s, 2 at a time
trial 12  begins    lr=0.013 hidden=64
trial 13  begins    attempt 2  lr=0.5
nvidia-smi ended: the figures of the GPUs pause until it answers again
trial 12  complete  val_error 0.0312  14s · cpu 12.1 s · peak 212 MB
trial 13  pruned    val_error 0.412  3s · cpu 2.9 s · peak not measured  median: worse than 0.371, the median of 8 trials at step 27
trial 14  failed    40ms · cpu 0 s · peak 1 MB  exit status 1

mnist  12 trials  8 complete 3 pruned 1 failed
  best   val_error 0.0312 (trial 7)  lr=0.01 hidden=64
  used   4m10s · cpu 480 s · peak memory 212 MB · energy not measured (no counters) · cost 0.0123
  saved  about 120 s CPU, between 80 and 160 s (estimated from 8 trials)
  ended  the budget of 40 trials is used up
  next   espalier best mnist
`)
}

func TestAQuietViewTellsNotesOnly(t *testing.T) {
	var b bytes.Buffer
	v := New(Options{Out: &b, Live: true, Quiet: true, Now: time.Now})
	tellAll(v)
	wantText(t, b.String(), "nvidia-smi ended: the figures of the GPUs pause until it answers again\n")
}

func TestASummaryOfNothingSaysSo(t *testing.T) {
	var b bytes.Buffer
	nan := math.NaN()
	New(Options{Out: &b, Now: time.Now}).End(Summary{
		Study: Study{Name: "s"}, CPUSeconds: nan, PeakMemoryBytes: nan, EnergyJoules: nan, Cost: nan, Priced: true,
		Saved: &Saved{Value: nan, Low: nan, High: nan, Note: "the number of steps is not known"},
	})
	wantText(t, b.String(), `

s  0 trials
  best   none
  used   0s · cpu not measured · peak memory not measured · energy not measured · cost not measured
  saved  not estimable (the number of steps is not known)
`)
}

func TestPlainLinesBeginOnALineOfTheirOwn(t *testing.T) {
	var b bytes.Buffer
	v := New(Options{Out: &b, Now: time.Now})
	out := v.Output(&b)
	if _, err := out.Write([]byte("loss 0.5")); err != nil {
		t.Fatal(err)
	}
	v.Note("first")
	v.Note("second")
	wantText(t, b.String(), "loss 0.5\nfirst\nsecond\n")
}

func TestOutputThatGoesElsewhereIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	create := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	log, stdout := create("log"), create("stdout")
	v := New(Options{Out: log, Now: time.Now})
	if w := v.Output(stdout); w != stdout {
		t.Errorf("output to another file goes through %T", w)
	}
	same, err := os.OpenFile(log.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = same.Close() })
	if _, ok := v.Output(same).(output); !ok {
		t.Error("output to the file of the view goes past it")
	}
}

func TestALateSampleDoesNotBringATrialBack(t *testing.T) {
	v, m, _ := live(t, 80, 24)
	v.Begin(mnist())
	v.BeginTrial(trial12())
	v.EndTrial(Outcome{Number: 12, State: "COMPLETE"})
	v.SetTrial(trial12())
	v.drawNow()
	if strings.Contains(m.String(), "step 14") {
		t.Errorf("trial 12 is still shown:\n%s", m)
	}
}

func TestATerminalThatTakesNothingDoesNotStopTheAgent(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	v := New(Options{Out: w, Now: time.Now})
	out := v.Output(w)
	began := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		close(began)
		_, _ = out.Write(make([]byte, 1<<20)) // more than a pipe holds
	}()
	<-began
	// Whether or not the writer is stuck by now, these return.
	for i := range 1000 {
		v.SetTrial(Trial{Number: int64(i)})
		v.SetStudy(mnist())
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestManyGoroutinesShareAView(t *testing.T) {
	v, m, h := live(t, 80, 24)
	v.Begin(mnist())
	done := make(chan struct{})
	for slot := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			out := v.Output(m)
			for i := range 50 {
				trial := trial12()
				trial.Slot, trial.Number = slot, int64(100*slot+i)
				v.BeginTrial(trial)
				if _, err := out.Write([]byte("line\n")); err != nil {
					t.Error(err)
				}
				h.pass(time.Millisecond)
				v.SetTrial(trial)
				v.SetStudy(mnist())
				v.EndTrial(Outcome{Number: trial.Number, State: "COMPLETE"})
			}
		}()
	}
	for range 8 {
		<-done
	}
	v.Close()
	v.Close()
	got := m.String()
	if lines, ends := strings.Count(got, "line\n"), strings.Count(got, "complete  0s"); lines != 400 || ends != 400 {
		t.Errorf("%d lines and %d ends of trials on the screen, want 400 and 400", lines, ends)
	}
	if strings.Contains(got, "step ") {
		t.Error("a part of the block is left")
	}
}
