// Package view is what a person sees while an agent works: plain lines, or a
// block of lines that stays at the bottom of a terminal while the output of the
// training passes above it. It knows terminals and numbers, and nothing of
// servers or processes.
package view

import (
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"
)

// Options says where and how a view is shown.
type Options struct {
	Out    io.Writer
	Live   bool       // Out is a terminal: keep a block at its bottom
	Color  bool       // use colours
	Quiet  bool       // notes only
	Width  func() int // of the terminal in cells, asked at each draw; nil is 80
	Height func() int // in lines; nil is 24
	Now    func() time.Time
}

// Terminal returns the size of f as Options takes it. live is false if f is no
// terminal (the sizes are then 0), and on Windows, whose consoles do not all
// obey; that it also is for TERM=dumb is left to the caller.
func Terminal(f *os.File) (width, height func() int, live bool) {
	width = func() int {
		w, _, _ := term.GetSize(int(f.Fd())) // 0 with an error
		return max(0, w)
	}
	height = func() int {
		_, h, _ := term.GetSize(int(f.Fd()))
		return max(0, h)
	}
	return width, height, runtime.GOOS != "windows" && term.IsTerminal(int(f.Fd()))
}

// Units of gauges. Any other unit stands behind its number.
const (
	Seconds = "s"
	Clock   = "clock" // seconds too, shown as 1:04
	Bytes   = "B"
	Joules  = "J"
	Ratio   = "%" // of 1
	Count   = ""
)

// Gauge is how much of something is used, and of how much. NaN is not
// measured.
type Gauge struct {
	Name  string
	Used  float64
	Limit float64 // 0 is none
	Unit  string
}

// Study is what the view tells of a study.
type Study struct {
	Name      string
	Objective string
	Direction string // "minimize" or "maximize", "" with several objectives
	Server    string
	Slots     int
	MaxTrials int64   // of its budget, 0 is none
	Budget    []Gauge // the rest of its budget
	Ended     int64
	Running   int64
	Complete  int64
	Pruned    int64
	Failed    int64
	Best      *float64 // nil while there is none
	BestTrial int64
	Last      string // a sentence about the last decision
}

// Trial is what the view tells of a trial that runs.
type Trial struct {
	Slot      int
	Number    int64
	Attempt   int // told from the second on
	Params    string
	Began     time.Time
	Step      int64 // -1 before the first
	MaxSteps  int64 // 0 is not known
	Objective string
	Values    []float64 // its curve; NaN is a gap
	Gauges    []Gauge
	State     string // what it does, if it does not simply run: "stopping"
	Sentence  string // about the last decision
}

// Outcome is how a trial ended.
type Outcome struct {
	Number          int64
	State           string // COMPLETE, PRUNED, FAIL or another word
	Objective       string
	Value           *float64 // nil is none
	Reason          string   // in a word or two
	Sentence        string
	Duration        time.Duration
	CPUSeconds      float64 // NaN is not measured
	PeakMemoryBytes float64 // NaN is not measured
}

// View shows one study. It is safe for several goroutines. SetStudy and
// SetTrial never wait for a terminal that does not take what is written.
type View struct {
	o Options

	mu     sync.Mutex // state
	study  Study
	trials map[int]Trial // by slot
	fresh  bool          // the block was composed of these

	screen     sync.Mutex // all writing, and what follows; taken before mu
	drawn      []line     // the block that is on the screen
	drawnWidth int
	drawnAt    time.Time
	unfinished bool // the training's last line has no end
	stop       chan struct{}
	stopped    sync.WaitGroup
}

// curve is how many values of a trial are kept to be shown.
const curve = 40

// New returns a view that has shown nothing yet.
func New(o Options) *View {
	o.Live = o.Live && !o.Quiet
	return &View{o: o, trials: map[int]Trial{}}
}

// Begin shows what is going to be done. In live mode the block is there until
// End or Close.
func (v *View) Begin(s Study) {
	v.SetStudy(s)
	if !v.o.Quiet {
		v.print(opening(s))
	}
	if !v.o.Live {
		return
	}
	v.screen.Lock()
	defer v.screen.Unlock()
	if v.stop == nil {
		v.stop = make(chan struct{})
		v.draw()
		v.stopped.Go(v.redraw(v.stop))
	}
}

// SetStudy renews what is shown of the study.
func (v *View) SetStudy(s Study) {
	s.Budget = slices.Clone(s.Budget)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.study, v.fresh = s, false
}

// BeginTrial tells that a trial begins, and gives it its slot.
func (v *View) BeginTrial(t Trial) {
	v.mu.Lock()
	v.trials[t.Slot], v.fresh = keep(t), false
	v.mu.Unlock()
	if !v.o.Live && !v.o.Quiet {
		v.print(beginning(t))
	}
}

// SetTrial renews what is shown of a trial that has begun and not ended.
func (v *View) SetTrial(t Trial) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if old, ok := v.trials[t.Slot]; ok && old.Number == t.Number {
		v.trials[t.Slot], v.fresh = keep(t), false
	}
}

// keep returns a trial that shares nothing with its caller's.
func keep(t Trial) Trial {
	t.Values = slices.Clone(t.Values[max(0, len(t.Values)-curve):])
	t.Gauges = slices.Clone(t.Gauges)
	return t
}

// EndTrial tells how a trial ended, and frees its slot.
func (v *View) EndTrial(o Outcome) {
	v.mu.Lock()
	for slot, t := range v.trials {
		if t.Number == o.Number {
			delete(v.trials, slot)
			v.fresh = false
		}
	}
	v.mu.Unlock()
	if !v.o.Quiet {
		v.print(ending(o))
	}
}

// Note shows a warning or another sentence.
func (v *View) Note(sentence string) {
	v.print([]line{{{clean(sentence), yellow}}})
}

// End removes the block and shows the summary.
func (v *View) End(s Summary) {
	v.Close()
	if !v.o.Quiet {
		v.print(s.lines())
	}
}

// Close removes the block. What is shown afterwards are plain lines.
func (v *View) Close() {
	v.screen.Lock()
	stop := v.stop
	v.stop = nil
	v.erase()
	v.screen.Unlock()
	if stop != nil {
		close(stop)
		v.stopped.Wait()
	}
}
