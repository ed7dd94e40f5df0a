package view

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// terminal understands what the view sends to one, and no more. Rows that
// leave it at the top are kept.
type terminal struct {
	mu            sync.Mutex
	t             *testing.T
	width, height int
	rows          [][]rune
	row, column   int
	noWrap        bool
	wrote         int // how many writes
}

func newTerminal(t *testing.T, width, height int) *terminal {
	return &terminal{t: t, width: width, height: height, rows: make([][]rune, 1)}
}

func (m *terminal) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrote++
	text := []rune(string(p))
	for len(text) > 0 {
		text = text[m.take(text):]
	}
	return len(p), nil
}

// take obeys the first character or sequence, and returns its length.
func (m *terminal) take(text []rune) int {
	switch r := text[0]; r {
	case '\r':
		m.column = 0
	case '\n':
		m.column = 0
		m.down()
	case '\x1b':
		return m.escape(text)
	default:
		if r < ' ' || r == 0x7f {
			m.t.Errorf("control character %q reached the terminal", r)
		}
		m.put(r)
	}
	return 1
}

func (m *terminal) down() {
	if m.row++; m.row == len(m.rows) {
		m.rows = append(m.rows, nil)
	}
}

func (m *terminal) put(r rune) {
	if m.column+cells(r) > m.width {
		if m.noWrap {
			m.column = m.width - cells(r)
		} else {
			m.column = 0
			m.down()
		}
	}
	row := m.rows[m.row]
	for len(row) <= m.column+cells(r) {
		row = append(row, ' ')
	}
	row[m.column] = r
	if cells(r) == 2 {
		row[m.column+1] = 0 // its second half
	}
	m.rows[m.row] = row
	m.column += cells(r)
}

func (m *terminal) escape(text []rune) int {
	end := 2
	for end < len(text) && strings.ContainsRune("0123456789;?", text[end]) {
		end++
	}
	sequence := string(text[1 : end+1])
	var n int
	switch {
	case sequence == "[K":
		m.rows[m.row] = m.rows[m.row][:min(m.column, len(m.rows[m.row]))]
	case sequence == "[J":
		m.rows[m.row] = m.rows[m.row][:min(m.column, len(m.rows[m.row]))]
		m.rows = m.rows[:m.row+1]
	case sequence == "[?7l":
		m.noWrap = true
	case sequence == "[?7h":
		m.noWrap = false
	case strings.HasSuffix(sequence, "m"):
	default:
		if _, err := fmt.Sscanf(sequence, "[%dA", &n); err != nil {
			m.t.Errorf("unknown sequence %q", sequence)
		}
		top := max(0, len(m.rows)-m.height)
		if m.row-n < top {
			m.t.Errorf("%d rows up, and only %d are on the screen", n, m.row-top)
		}
		m.row = max(top, m.row-n)
	}
	return end + 1
}

// resize makes the terminal narrower as those do which wrap what is there.
func (m *terminal) resize(width int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows [][]rune
	at := 0
	for i, row := range m.rows {
		if i == m.row {
			at = len(rows)
		}
		row = []rune(strings.TrimRight(string(row), " "))
		for len(row) > width {
			rows = append(rows, row[:width:width])
			row = row[width:]
		}
		rows = append(rows, row)
	}
	m.rows, m.row, m.width = rows, at, width
}

func (m *terminal) writes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wrote
}

func (m *terminal) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	for _, row := range m.rows {
		b.WriteString(strings.TrimRight(strings.ReplaceAll(string(row), "\x00", ""), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// hand is a clock that the test sets.
type hand struct {
	mu sync.Mutex
	at time.Time
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// live is a view on a terminal. It is drawn when the test says so, not by the
// clock, since the clock stands.
func live(t *testing.T, width, height int) (*View, *terminal, *hand) {
	t.Helper()
	m, h := newTerminal(t, width, height), &hand{at: noon}
	v := New(Options{
		Out: m, Live: true, Now: h.now,
		Width: func() int {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.width
		},
		Height: func() int { return m.height },
	})
	t.Cleanup(v.Close)
	return v, m, h
}

// drawNow is what the ticker does.
func (v *View) drawNow() {
	v.screen.Lock()
	defer v.screen.Unlock()
	v.draw()
}

func mnist() Study {
	best := 0.0312
	return Study{
		Name: "mnist", Objective: "val_error", Direction: "minimize", Server: "http://127.0.0.1:8080",
		Slots: 2, MaxTrials: 40, Ended: 12, Running: 2, Complete: 8, Pruned: 3, Failed: 1, Best: &best, BestTrial: 7,
	}
}

func trial12() Trial {
	return Trial{
		Slot: 0, Number: 12, Params: "lr=0.013 hidden=64", Began: noon.Add(-14 * time.Second),
		Step: 14, MaxSteps: 80, Objective: "val_error", Values: []float64{0.5, 0.31, 0.2, 0.15, 0.1},
		Gauges: []Gauge{
			{Name: "cpu", Used: 3.1, Limit: 10, Unit: Seconds},
			{Name: "mem", Used: 212e6, Limit: 2e9, Unit: Bytes},
			{Used: 14, Limit: 60, Unit: Clock},
		},
		Sentence: "goes on: better than the median of 8 trials",
	}
}

func wantScreen(t *testing.T, m *terminal, want string) {
	t.Helper()
	if got := m.String(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("screen:\n%s\nwant:\n%s", got, strings.TrimPrefix(want, "\n"))
	}
}

const opened = `
study mnist on http://127.0.0.1:8080: minimize val_error, 40 trials, 2 at a time
`

func TestTheBlockStaysBelowTheOutput(t *testing.T) {
	v, m, h := live(t, 100, 24)
	out := v.Output(m)
	v.Begin(mnist())
	v.BeginTrial(trial12())
	fmt.Fprint(out, "epoch 1\n")
	h.pass(interval)
	fmt.Fprint(out, "epoch 2\nepoch 3\n")
	block := `mnist  12/40 trials  ███         8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
          cpu 3.1 s of 10 · mem 212 MB of 2 GB · 0:14 of 1:00
          goes on: better than the median of 8 trials
`
	wantScreen(t, m, opened+"epoch 1\nepoch 2\nepoch 3\n"+block)
	value := 0.1
	v.EndTrial(Outcome{Number: 12, State: "COMPLETE", Objective: "val_error", Value: &value, Duration: 14 * time.Second, CPUSeconds: 12.1, PeakMemoryBytes: 212e6})
	wantScreen(t, m, opened+`epoch 1
epoch 2
epoch 3
trial 12  complete  val_error 0.1  14s · cpu 12.1 s · peak 212 MB
mnist  12/40 trials  ███         8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
`)
	v.Close()
	wantScreen(t, m, opened+`epoch 1
epoch 2
epoch 3
trial 12  complete  val_error 0.1  14s · cpu 12.1 s · peak 212 MB
`)
}

func TestAnUnfinishedLineIsLeftAlone(t *testing.T) {
	v, m, h := live(t, 100, 24)
	out := v.Output(m)
	v.Begin(mnist())
	for i := range 4 {
		h.pass(time.Second)
		fmt.Fprintf(out, "\r%3d%% |%s", 25*i, strings.Repeat("#", i))
		v.drawNow()
		wantScreen(t, m, opened+fmt.Sprintf("%3d%% |%s\n", 25*i, strings.Repeat("#", i)))
	}
	v.Note("a warning")
	wantScreen(t, m, opened+` 75% |###
a warning
mnist  12/40 trials  ███         8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
`)
	fmt.Fprint(out, "\r100% |####\n")
	h.pass(time.Second)
	v.drawNow()
	wantScreen(t, m, opened+` 75% |###
a warning
100% |####
mnist  12/40 trials  ███         8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
`)
}

func TestColoursBehindTheEndOfALineDoNotMatter(t *testing.T) {
	for _, c := range []struct {
		text         string
		before, want bool
	}{
		{"a\n", true, false},
		{"a", false, true},
		{"a\r", false, true},
		{"\x1b[31ma\n\x1b[0m", false, false},
		{"a\n\x1b[0m\x1b[38;5;12m\x1b[m", false, false},
		{"\x1b[0m", false, false},
		{"\x1b[0m", true, true},
		{"", true, true},
		{"a\n\x1b[A", false, true},
		{"a\n\x1b[3", false, true},
		{"a\n\x1b", false, true},
		{"a\n\x1b[0mm", false, true},
	} {
		if got := unfinished([]byte(c.text), c.before); got != c.want {
			t.Errorf("unfinished(%q, %v) = %v, want %v", c.text, c.before, got, c.want)
		}
	}
}

func TestABlockThatHasNotChangedIsNotDrawnAgain(t *testing.T) {
	v, m, h := live(t, 80, 24)
	v.Begin(mnist())
	v.BeginTrial(trial12())
	v.drawNow()
	wrote := m.writes()
	for range 10 {
		h.pass(interval)
		v.drawNow()
	}
	if n := m.writes() - wrote; n != 0 {
		t.Errorf("%d writes of the same block", n)
	}
}

func TestABurstOfOutputDrawsTheBlockOnce(t *testing.T) {
	v, m, h := live(t, 80, 24)
	v.Begin(mnist())
	out := v.Output(m)
	h.pass(interval)
	wrote := m.writes()
	for range 100 {
		fmt.Fprint(out, "line\n")
	}
	// Erase, output, draw; erase, then 99 times output. The ticker of the view
	// may come between.
	if n := m.writes() - wrote; n > 120 {
		t.Errorf("%d writes for 100 lines", n)
	}
}

func TestATerminalThatBecomesNarrowKeepsTheOutput(t *testing.T) {
	v, m, _ := live(t, 100, 24)
	out := v.Output(m)
	v.Begin(mnist())
	v.BeginTrial(trial12())
	fmt.Fprint(out, "epoch 1\n")
	v.drawNow()
	m.resize(50)
	v.drawNow()
	wantScreen(t, m, `
study mnist on http://127.0.0.1:8080: minimize val
_error, 40 trials, 2 at a time
epoch 1
mnist  12/40 trials  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁
  cpu 3.1 s of 10 · mem 212 MB of 2 GB · 0:14 of…
  goes on: better than the median of 8 trials
`)
}
