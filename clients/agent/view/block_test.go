package view

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func show(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.render(false) + "\n")
	}
	return b.String()
}

func wantBlock(t *testing.T, got []line, want string) {
	t.Helper()
	if s := show(got); s != strings.TrimPrefix(want, "\n") {
		t.Errorf("block:\n%s\nwant:\n%s", s, strings.TrimPrefix(want, "\n"))
	}
}

func TestTheBlockAdaptsToItsWidth(t *testing.T) {
	trials := map[int]Trial{0: trial12()}
	wantBlock(t, block(mnist(), trials, size{40, 24}, noon), `
mnist  12/40 trials
trial 12  step 14/80  val_error 0.1
  cpu 3.1 s of 10 · mem 212 MB of 2 GB…
  goes on: better than the median of 8…
`)
	wantBlock(t, block(mnist(), trials, size{80, 24}, noon), `
mnist  12/40 trials  8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
          cpu 3.1 s of 10 · mem 212 MB of 2 GB · 0:14 of 1:00
          goes on: better than the median of 8 trials
`)
	wantBlock(t, block(mnist(), trials, size{200, 24}, noon), `
mnist  12/40 trials  ███         8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
          cpu 3.1 s of 10 · mem 212 MB of 2 GB · 0:14 of 1:00
          goes on: better than the median of 8 trials
`)
}

func TestEightSlotsFitOnTheScreen(t *testing.T) {
	trials := map[int]Trial{}
	for slot := range 8 {
		t := trial12()
		t.Slot, t.Number = slot, int64(12+slot)
		trials[slot] = t
	}
	for height, want := range map[int]int{50: 17, 24: 17, 23: 17, 22: 9, 15: 9, 12: 6, 4: 2, 3: 1, 2: 1} {
		got := block(mnist(), trials, size{80, height}, noon)
		if len(got) != want {
			t.Errorf("%d lines on a screen of %d, want %d:\n%s", len(got), height, want, show(got))
		}
	}
	wantBlock(t, block(mnist(), trials, size{80, 10}, noon), `
mnist  12/40 trials  8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
trial 13  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
and 6 more lines
`)
}

func TestABudgetThatIsNotOfTrialsIsTheProgress(t *testing.T) {
	s := mnist()
	s.MaxTrials, s.Pruned, s.Failed = 0, 0, 0
	s.Budget = []Gauge{{Name: "wall", Used: 30, Limit: 60, Unit: Clock}, {Name: "energy", Used: math.NaN(), Limit: 3.6e6, Unit: Joules}}
	wantBlock(t, block(s, nil, size{100, 24}, noon), `
mnist  12 trials  █████      wall 0:30 of 1:00  8 complete  best 0.0312 (trial 7)
`)
	s.MaxTrials, s.Last = 40, "trial 11 was pruned: worse than the median"
	wantBlock(t, block(s, nil, size{100, 24}, noon), `
mnist  12/40 trials  ███         8 complete  best 0.0312 (trial 7)
budget  wall 0:30 of 1:00 · energy not measured of 1 kWh
trial 11 was pruned: worse than the median
`)
}

func TestATrialThatHasToldNothingHasItsTime(t *testing.T) {
	trials := map[int]Trial{1: {Slot: 1, Number: 3, Attempt: 2, Began: noon.Add(-65 * time.Second), Step: -1, State: "stopping"}}
	wantBlock(t, block(Study{Name: "s"}, trials, size{80, 24}, noon), `
s  0 trials
trial 3 (attempt 2)  stopping
                     1:05
`)
}

func TestAGaugeWarnsNearItsLimit(t *testing.T) {
	for used, want := range map[float64]style{5: plain, 9: yellow, 10: yellow, 10.1: red, math.NaN(): plain} {
		if got := gauge(Gauge{Name: "cpu", Used: used, Limit: 10, Unit: Seconds}).style; got != want {
			t.Errorf("style at %v of 10 = %q, want %q", used, got, want)
		}
	}
}

func TestColoursTakeNoRoom(t *testing.T) {
	l := head(mnist(), 80)
	colours := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[31m", "", "\x1b[36m", "")
	if got := colours.Replace(l.render(true)); got != l.render(false) {
		t.Errorf("with colours %q, without %q", got, l.render(false))
	}
	if !strings.Contains(l.render(true), "\x1b[32m8 complete\x1b[0m") {
		t.Errorf("no colours in %q", l.render(true))
	}
}

// hostile is a study and its trials of names that nobody expects.
func hostile() (Study, map[int]Trial) {
	long := strings.Repeat("深度学習 e\u0301\u0301 very-long-name \x1b[2J\n🚀", 8)
	best := math.NaN()
	s := Study{
		Name: long, Objective: long, Server: long, Direction: "maximize", Ended: math.MaxInt64, MaxTrials: math.MaxInt64,
		Complete: math.MaxInt64, Pruned: 1, Failed: 1, Best: &best, BestTrial: math.MaxInt64, Last: long,
		Budget: []Gauge{{Name: long, Used: math.Inf(1), Limit: math.NaN(), Unit: long}},
	}
	trials := map[int]Trial{}
	for slot := range 8 {
		trials[slot] = Trial{
			Slot: slot, Number: math.MaxInt64, Attempt: 99, Params: long, Began: time.Unix(0, 0), Step: math.MaxInt64, MaxSteps: 1,
			Objective: long, State: long, Sentence: long, Values: []float64{math.NaN(), math.Inf(1), -1e300, 1e300, math.NaN()},
			Gauges: []Gauge{{Name: long, Used: -1e300, Limit: 1e-300, Unit: Bytes}, {Used: math.Inf(1), Unit: Clock}},
		}
	}
	return s, trials
}

func TestNoLineIsWiderThanTheScreen(t *testing.T) {
	s, trials := hostile()
	for width := 1; width <= 250; width += 1 + width/20 {
		for _, height := range []int{2, 10, 24} {
			lines := block(s, trials, size{width, height}, noon)
			if len(lines) > max(1, height-2) {
				t.Fatalf("%d lines on a screen of %d", len(lines), height)
			}
			for _, l := range lines {
				text := l.render(false)
				if l.width() > max(1, width-1) || clean(text) != strings.TrimSpace(text) {
					t.Fatalf("width %d: %q takes %d cells", width, text, l.width())
				}
			}
		}
	}
}

func TestHostileTextLeavesTheScreenInOrder(t *testing.T) {
	s, trials := hostile()
	v, m, h := live(t, 60, 24)
	out := v.Output(m)
	v.Begin(s)
	for _, trial := range trials {
		v.BeginTrial(trial)
	}
	for i := range 30 {
		h.pass(interval)
		fmt.Fprintf(out, "output %d\n", i)
	}
	v.EndTrial(Outcome{Number: 1, State: "FAIL\x1b[A", Reason: "\r\r", Sentence: "\x1b]0;title\x07"})
	v.Close()
	got := m.String()
	for i := range 30 {
		if !strings.Contains(got, fmt.Sprintf("output %d\n", i)) {
			t.Errorf("output %d is gone from\n%s", i, got)
		}
	}
	if strings.Contains(got, "step ") {
		t.Errorf("a part of the block is left in\n%s", got)
	}
}

func BenchmarkBlockOfEightTrials(b *testing.B) {
	trials := map[int]Trial{}
	for slot := range 8 {
		t := trial12()
		t.Slot = slot
		trials[slot] = t
	}
	s := mnist()
	for b.Loop() {
		block(s, trials, size{100, 30}, noon)
	}
}
