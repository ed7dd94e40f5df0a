//go:build unix

package sensors

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// fakeHost is a host of which the test sets the counters.
type fakeHost struct {
	powercap
	busy  float64
	err   error
	clock time.Time
}

func newFakeHost(t *testing.T) *fakeHost {
	h := &fakeHost{powercap: newPowercap(t), clock: time.Unix(1e9, 0)}
	h.zone("intel-rapl:0", "package-0", 0, fullRange)
	return h
}

func (h *fakeHost) sources() EnergySources {
	return EnergySources{
		RAPL: h.open(),
		Busy: func(context.Context) (float64, error) { return h.busy, h.err },
		Now:  func() time.Time { return h.clock },
	}
}

func (h *fakeHost) set(joules uint64, busy float64) {
	h.energy("intel-rapl:0", joules*1_000_000)
	h.busy = busy
}

func wantReading(t *testing.T, got EnergyReading, joules float64, method, missing string) {
	t.Helper()
	same := math.Abs(got.Joules-joules) < 1e-9 || math.IsNaN(got.Joules) && math.IsNaN(joules)
	if !same || got.Method != method || !strings.Contains(got.Missing, missing) || (missing == "") != (got.Missing == "") {
		t.Errorf("reading = %+v, want %v by %q, missing %q", got, joules, method, missing)
	}
}

func TestATrialGetsItsShareOfEachInterval(t *testing.T) {
	h := newFakeHost(t)
	e := NewEnergy(t.Context(), h.sources(), nil)
	h.set(100, 10)
	wantReading(t, e.Read(t.Context(), 5), 50, RAPLShare, "") // half of 100 J
	h.set(200, 30)
	wantReading(t, e.Read(t.Context(), 10), 75, RAPLShare, "") // and a quarter of 100 J
	h.set(300, 40)
	wantReading(t, e.Read(t.Context(), 10), 75, RAPLShare, "") // it slept
	// The host's clock is coarse: no trial gets more than all.
	h.set(310, 40)
	wantReading(t, e.Read(t.Context(), 10.004), 85, RAPLShare, "")
}

func TestTwoTrialsShareTheHostsEnergy(t *testing.T) {
	h := newFakeHost(t)
	s := h.sources()
	a, b := NewEnergy(t.Context(), s, nil), NewEnergy(t.Context(), s, nil)
	h.set(100, 10)
	wantReading(t, a.Read(t.Context(), 6), 60, RAPLShare, "")
	wantReading(t, b.Read(t.Context(), 4), 40, RAPLShare, "")
}

func TestAnIntervalWithAReadErrorIsMadeUpByTheNext(t *testing.T) {
	h := newFakeHost(t)
	e := NewEnergy(t.Context(), h.sources(), nil)
	h.set(100, 10)
	wantReading(t, e.Read(t.Context(), 10), 100, RAPLShare, "")

	h.write("intel-rapl:0", "energy_uj", "")
	wantReading(t, e.Read(t.Context(), 12), 100, RAPLShare, "reading the energy of package-0")
	h.set(200, 20)
	h.err = errors.New("no /proc/stat")
	wantReading(t, e.Read(t.Context(), 13), 100, RAPLShare, "no /proc/stat")
	h.err = nil
	wantReading(t, e.Read(t.Context(), math.NaN()), 100, RAPLShare, "CPU time of the trial is not measured")
	wantReading(t, e.Read(t.Context(), 15), 150, RAPLShare, "") // 5 of 10 s, of 100 J
}

func TestNothingIsGuessedUnlessAskedFor(t *testing.T) {
	h := newFakeHost(t)
	s := h.sources()
	s.RAPL, s.NoRAPL = nil, "no counters"
	e := NewEnergy(t.Context(), s, nil)
	wantReading(t, e.Read(t.Context(), 5), math.NaN(), "", "no counters")

	s.Model = &Model{CoreWatts: 10, IdleWatts: 30}
	e = NewEnergy(t.Context(), s, nil)
	h.busy, h.clock = 4, h.clock.Add(2*time.Second)
	wantReading(t, e.Read(t.Context(), 1), 10+30*2*0.25, Modelled, "")
}

func TestCountersAreBetterThanAModel(t *testing.T) {
	h := newFakeHost(t)
	s := h.sources()
	s.Model = &Model{CoreWatts: 1e6}
	e := NewEnergy(t.Context(), s, nil)
	h.set(100, 10)
	wantReading(t, e.Read(t.Context(), 10), 100, RAPLShare, "")
}

func TestTheEnergyOfATrialsGPUsIsAdded(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	g := f.open(quick)
	w := f.feed()
	f.say(w, g, time.Second, "0, GPU-aa, NVIDIA L4, 1, 1, 20, 23034") // before the trial
	h := newFakeHost(t)
	s := h.sources()
	s.GPUs = g
	both := NewEnergy(t.Context(), s, []int{0})
	mute := NewEnergy(t.Context(), s, []int{1})
	s.RAPL, s.NoRAPL = nil, "no counters"
	alone := NewEnergy(t.Context(), s, []int{0})

	f.say(w, g, time.Second, "0, GPU-aa, NVIDIA L4, 1, 1, 80, 23034")
	h.set(100, 10)
	wantReading(t, both.Read(t.Context(), 10), 150, RAPLShare+"+"+SMIIntegrated, "")
	wantReading(t, alone.Read(t.Context(), 10), 50, SMIIntegrated, "no counters")
	wantReading(t, mute.Read(t.Context(), 10), 100, RAPLShare, "GPU 1 does not tell its power")

	f.say(w, g, time.Minute, "0, GPU-aa, NVIDIA L4, 1, 1, 80, 23034")
	wantReading(t, alone.Read(t.Context(), 10), 50, SMIIntegrated, "nvidia-smi was silent for 1m0s of it")
}
