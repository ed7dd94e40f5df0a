package sensors

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"time"
)

// GPU is one card.
type GPU struct {
	Index            int // as nvidia-smi counts, and CUDA with CUDA_DEVICE_ORDER=PCI_BUS_ID
	UUID             string
	Name             string
	MemoryTotalBytes float64
}

// Sample is what a card does at one moment. NaN is not measured.
type Sample struct {
	UtilizationRatio float64 // 0 to 1: the part of the time in which a kernel ran
	MemoryBytes      float64 // of all processes on the card
	PowerWatts       float64
}

// GPUOptions says how the cards are watched.
type GPUOptions struct {
	NvidiaSMI string        // the program, "" to look it up in PATH
	Every     time.Duration // between two samples, 2 s if it is 0
	Now       func() time.Time
	Note      func(string) // is told when the figures pause, and why; may be nil
}

// GPUs watches all cards of the host through one nvidia-smi, which is started
// again when it ends or falls silent. It is safe for several goroutines.
type GPUs struct {
	path  string
	every time.Duration
	now   func() time.Time
	note  func(string)
	pace  pace
	list  []GPU
	stop  context.CancelFunc
	done  chan struct{}

	mu    sync.Mutex
	cards map[int]*card
}

// card is what is kept of one GPU.
type card struct {
	latest Sample
	at     time.Time
	energy meter
}

// pace is how patient one is with nvidia-smi.
type pace struct {
	answer  time.Duration // to its first answer: loading the driver takes seconds
	silence time.Duration // beyond the interval
	retry   time.Duration // before it is started again, doubled each time
	slowest time.Duration // but never more than this
}

var usual = pace{answer: 15 * time.Second, silence: 15 * time.Second, retry: time.Second, slowest: time.Minute}

// gap is for how long a card's power may go unread and still be taken to
// change evenly from one reading to the next.
const gap = 15 * time.Second

// OpenGPUs lists the cards and watches them until Close, or until ctx ends.
// The error says why there are none.
func OpenGPUs(ctx context.Context, o GPUOptions) (*GPUs, error) {
	return openGPUs(ctx, o, usual)
}

func openGPUs(ctx context.Context, o GPUOptions, p pace) (*GPUs, error) {
	readings, err := query(ctx, o.NvidiaSMI, p.answer)
	if err != nil {
		return nil, err
	}
	g := &GPUs{path: o.NvidiaSMI, every: o.Every, now: o.Now, note: o.Note, pace: p, done: make(chan struct{}), cards: map[int]*card{}}
	if g.every == 0 {
		g.every = 2 * time.Second
	}
	if g.note == nil {
		g.note = func(string) {}
	}
	for _, r := range readings {
		g.list = append(g.list, r.gpu)
		g.take(r)
	}
	ctx, g.stop = context.WithCancel(ctx)
	go g.follow(ctx)
	return g, nil
}

// Close ends nvidia-smi; what was measured stays readable. It takes 2 seconds
// at most, for a driver that hangs keeps even a killed process.
func (g *GPUs) Close() {
	g.stop()
	select {
	case <-g.done:
	case <-time.After(2 * time.Second):
	}
}

// List returns the cards in the order of nvidia-smi.
func (g *GPUs) List() []GPU { return slices.Clone(g.list) }

// Latest returns the newest sample of a card and when it was taken. It is not
// ok for a card that is not there, nor if nvidia-smi has been silent for more
// than 15 seconds and two intervals.
func (g *GPUs) Latest(index int) (s Sample, at time.Time, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.cards[index]
	if c == nil {
		return Sample{}, time.Time{}, false
	}
	return c.latest, c.at, g.now().Sub(c.at) <= g.bound()
}

// EnergyJoules is the energy that a card has used since OpenGPUs: its power,
// integrated over time, gaps left out (see Unmeasured). It is not ok before
// the second reading of the power, and for a card that does not tell it.
func (g *GPUs) EnergyJoules(index int) (joules float64, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.cards[index]; c != nil && c.energy.measured > 0 {
		return c.energy.joules, true
	}
	return 0, false
}

// Unmeasured is for how long a card's power was not read for more than 15
// seconds and two intervals at a time: the energy of these gaps is in no total.
func (g *GPUs) Unmeasured(index int) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.cards[index]; c != nil {
		return c.energy.skipped
	}
	return 0
}

func (g *GPUs) bound() time.Duration { return gap + 2*g.every }

// take keeps a reading.
func (g *GPUs) take(r reading) {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.cards[r.gpu.Index]
	if c == nil {
		c = &card{}
		g.cards[r.gpu.Index] = c
	}
	c.latest, c.at = r.sample, now
	c.energy.add(now, r.sample.PowerWatts, g.bound())
}

// follow keeps one nvidia-smi running until ctx ends.
func (g *GPUs) follow(ctx context.Context) {
	defer close(g.done)
	wait, told := g.pace.retry, false
	for {
		heard, err := g.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if heard {
			wait, told = g.pace.retry, false
		}
		if !told {
			told = true
			g.note(fmt.Sprintf("nvidia-smi %v: the figures of the GPUs pause until it answers again", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, g.pace.slowest)
	}
}

var errSilent = errors.New("fell silent")

// session is the life of one nvidia-smi. heard says that it told something.
func (g *GPUs) session(ctx context.Context) (heard bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := g.every + g.pace.silence
	watchdog := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watchdog.Stop()

	cmd, err := command(ctx, g.path, "-lms", strconv.FormatInt(g.every.Milliseconds(), 10))
	if err != nil {
		return false, err
	}
	cmd.Stdout = &lines{each: func(line string) {
		if r, ok := parse(line); ok {
			heard = true
			watchdog.Reset(silence)
			g.take(r)
		}
	}}
	err = cmd.Run()
	switch {
	case errors.Is(context.Cause(ctx), errSilent):
		return heard, errSilent
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return heard, errors.New("ended")
	default:
		return heard, fmt.Errorf("ended (%w)", err)
	}
}

// meter integrates power over time, by trapezoids.
type meter struct {
	joules   float64
	measured time.Duration
	skipped  time.Duration
	watts    float64 // of the last reading
	at       time.Time
}

// add takes a reading; NaN is none. Two readings that are further apart than
// bound have nothing between them.
func (m *meter) add(now time.Time, watts float64, bound time.Duration) {
	if math.IsNaN(watts) {
		return
	}
	if !m.at.IsZero() {
		if d := now.Sub(m.at); d > bound {
			m.skipped += d
		} else {
			m.measured += d
			m.joules += (m.watts + watts) / 2 * d.Seconds()
		}
	}
	m.watts, m.at = watts, now
}
