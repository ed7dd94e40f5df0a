package sensors

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// How energy was measured, as it stands in EnergyReading.Method.
const (
	RAPLShare     = "rapl_share"            // the host's energy by the share of its busy CPU time
	SMIIntegrated = "nvidia_smi_integrated" // the power of the trial's GPUs over time
	Modelled      = "modelled"              // watts that the user gave
)

// Model is what a host without counters draws, as its user says.
type Model struct {
	CoreWatts float64 // for each busy core
	IdleWatts float64 // of the host, shared as RAPL's energy is
}

// ParseModel reads "core=12,idle=30"; idle is 0 if it is left out.
func ParseModel(s string) (Model, error) {
	m := Model{CoreWatts: math.NaN()}
	err := parsePairs("power model", s, map[string]*float64{"core": &m.CoreWatts, "idle": &m.IdleWatts})
	if err != nil {
		return Model{}, err
	}
	if math.IsNaN(m.CoreWatts) {
		return Model{}, errors.New("power model: core=WATTS is missing")
	}
	return m, nil
}

// EnergySources is where an agent's energy figures come from.
type EnergySources struct {
	RAPL   *RAPL                                  // nil without counters
	NoRAPL string                                 // why there are none
	Model  *Model                                 // for a host without counters, nil unless the user asked for it
	GPUs   *GPUs                                  // nil without GPUs
	Busy   func(context.Context) (float64, error) // BusySeconds
	Now    func() time.Time
}

// EnergyReading is what a trial has used since it began.
type EnergyReading struct {
	Joules  float64 // NaN: nothing of it is measured
	Method  string  // RAPLShare and so on, several joined by "+"; "" with NaN
	Missing string  // what is not in it, and why; "" if it is complete
}

// Energy attributes energy to one trial. Over each interval between two
// readings the trial gets that part of the host's energy, idle or not, which
// its processes are of the host's busy CPU time; its GPUs are its own. It is
// for one goroutine.
type Energy struct {
	sources EnergySources
	gpus    []gpuShare
	joules  float64 // of the processor
	counted bool    // joules is of one interval or more
	last    hostReading
	began   bool // last is a reading
}

// gpuShare is a GPU of the trial, and what its totals were before.
type gpuShare struct {
	index      int
	joules     float64
	unmeasured time.Duration
}

// hostReading is what attribution needs at the two ends of an interval.
type hostReading struct {
	host float64 // joules, running total
	busy float64 // CPU seconds of the host
	tree float64 // CPU seconds of the trial
	at   time.Time
}

// NewEnergy begins with a trial that has used no CPU time yet, and has the
// GPUs of these indices to itself.
func NewEnergy(ctx context.Context, s EnergySources, gpus []int) *Energy {
	e := &Energy{sources: s}
	for _, index := range gpus {
		share := gpuShare{index: index}
		if s.GPUs != nil {
			share.joules, _ = s.GPUs.EnergyJoules(index)
			share.unmeasured = s.GPUs.Unmeasured(index)
		}
		e.gpus = append(e.gpus, share)
	}
	e.Read(ctx, 0)
	return e
}

// Read ends an interval: cpuSeconds is what the trial's processes have used
// since it began, NaN if that is not measured.
func (e *Energy) Read(ctx context.Context, cpuSeconds float64) EnergyReading {
	cpu, method, missing := e.readCPU(ctx, cpuSeconds)
	gpu, missingGPU := e.readGPUs()

	r := EnergyReading{Joules: math.NaN()}
	var methods, reasons []string
	for _, part := range []struct {
		joules          float64
		method, missing string
	}{{cpu, method, missing}, {gpu, SMIIntegrated, missingGPU}} {
		if part.missing != "" {
			reasons = append(reasons, part.missing)
		}
		if math.IsNaN(part.joules) {
			continue
		}
		methods = append(methods, part.method)
		if math.IsNaN(r.Joules) {
			r.Joules = 0
		}
		r.Joules += part.joules
	}
	r.Method, r.Missing = strings.Join(methods, "+"), strings.Join(reasons, "; ")
	return r
}

func (e *Energy) readCPU(ctx context.Context, cpuSeconds float64) (joules float64, method, missing string) {
	method = RAPLShare
	if e.sources.RAPL == nil {
		method = Modelled
	}
	err := e.interval(ctx, cpuSeconds)
	if err != nil {
		missing = "energy of the processor: " + err.Error()
	}
	if !e.counted {
		return math.NaN(), method, missing
	}
	return e.joules, method, missing
}

// interval adds the trial's share since the last good reading. After an error
// the next good reading covers the time between.
func (e *Energy) interval(ctx context.Context, cpuSeconds float64) error {
	s := &e.sources
	if s.RAPL == nil && s.Model == nil {
		return errors.New(s.NoRAPL)
	}
	if math.IsNaN(cpuSeconds) {
		return errors.New("the CPU time of the trial is not measured")
	}
	busy, err := s.Busy(ctx)
	if err != nil {
		return err
	}
	now := hostReading{busy: busy, tree: cpuSeconds, at: s.Now()}
	if s.RAPL != nil {
		if now.host, err = s.RAPL.Joules(); err != nil {
			return err
		}
	}
	if e.began {
		e.joules += e.share(now)
		e.counted = true
	}
	e.last, e.began = now, true
	return nil
}

// share is the trial's energy from the last reading to this one.
func (e *Energy) share(now hostReading) float64 {
	tree := max(0, now.tree-e.last.tree)
	// The kernel counts a process's time more finely than the host's.
	busy := max(tree, now.busy-e.last.busy)
	if tree == 0 {
		return 0
	}
	if e.sources.RAPL != nil {
		return (now.host - e.last.host) * tree / busy
	}
	m := e.sources.Model
	return m.CoreWatts*tree + m.IdleWatts*now.at.Sub(e.last.at).Seconds()*tree/busy
}

func (e *Energy) readGPUs() (joules float64, missing string) {
	joules = math.NaN()
	const what = "energy of the GPUs: "
	for _, share := range e.gpus {
		used, ok := 0.0, false
		if e.sources.GPUs != nil {
			used, ok = e.sources.GPUs.EnergyJoules(share.index)
		}
		if !ok {
			missing = fmt.Sprintf("%sGPU %d does not tell its power", what, share.index)
			continue
		}
		if lost := e.sources.GPUs.Unmeasured(share.index) - share.unmeasured; lost > 0 && missing == "" {
			missing = fmt.Sprintf("%snvidia-smi was silent for %v of it", what, lost.Round(time.Second))
		}
		if math.IsNaN(joules) {
			joules = 0
		}
		joules += used - share.joules
	}
	return joules, missing
}
