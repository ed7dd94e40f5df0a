package agent

import (
	"context"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/espalier-hpo/espalier/clients/agent/process"
	"github.com/espalier-hpo/espalier/clients/agent/sensors"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// The metrics that the agent measures. Totals are since the trial began.
const (
	wallSeconds  = "system/wall_seconds"
	cpuSeconds   = "system/cpu_seconds"
	cpuRatio     = "system/cpu_utilization_ratio" // of the processors the trial may use, 0 to 1
	memoryBytes  = "system/memory_bytes"          // by the best means there is
	rssBytes     = "system/rss_bytes"             // the sum over processes: an upper bound
	peakBytes    = "system/peak_memory_bytes"
	readBytes    = "system/io_read_bytes"
	writeBytes   = "system/io_write_bytes"
	threads      = "system/threads"
	processes    = "system/processes"
	gpuSeconds   = "system/gpu_seconds" // the wall clock times the GPUs of the trial
	energyJoules = "system/energy_joules"
	cost         = "system/cost"
)

// everyMetric are all of them; those of single GPUs come on top.
var everyMetric = []string{
	wallSeconds, cpuSeconds, cpuRatio, memoryBytes, rssBytes, peakBytes, readBytes, writeBytes, threads, processes,
	gpuSeconds, energyJoules, cost,
}

// sizes are what a tree has at a moment, and has not when it has ended.
var sizes = []string{memoryBytes, rssBytes, threads, processes}

// figure is a metric's value, NaN if it was not measured.
func figure(m api.Metrics, metric string) float64 {
	if v, ok := m[metric]; ok {
		return v
	}
	return math.NaN()
}

// A measurement goes with a report of the script if it is no older than the
// greater of fresh and thrift times what it cost: so measuring takes a fiftieth
// of the time at most, however fast a script reports.
const (
	fresh  = 5 * time.Millisecond
	thrift = 50
)

// meter measures one trial. It is for one goroutine.
type meter struct {
	tree   *process.Tree
	slot   *slot
	energy *sensors.Energy
	gpus   *sensors.GPUs
	price  *sensors.Price
	began  time.Time
	now    func() time.Time

	values  api.Metrics // as last measured
	at      time.Time
	took    time.Duration // to measure
	usage   process.Usage
	peaks   api.Metrics // of the sizes, since the last upload
	cpu     float64     // at the last upload
	since   time.Time   // of the last upload
	method  string      // of the energy
	missing map[string]string
}

func (a *Agent) meter(ctx context.Context, t *process.Tree, s *slot, began time.Time) *meter {
	m := &meter{
		tree: t, slot: s, energy: sensors.NewEnergy(ctx, a.Energy, s.gpus), gpus: a.Energy.GPUs, price: a.Price,
		began: began, now: a.Now, peaks: api.Metrics{}, since: began, missing: maps.Clone(a.Unmeasured),
	}
	if m.missing == nil {
		m.missing = map[string]string{}
	}
	if s.noGPU != "" {
		m.missing[gpuSeconds] = s.noGPU
	}
	return m
}

// measure measures, unless that was done a moment ago.
func (m *meter) measure(ctx context.Context) api.Metrics {
	begun := m.now()
	if m.values != nil && begun.Sub(m.at) < max(fresh, thrift*m.took) {
		return m.values
	}
	values := m.take(ctx, m.tree.Usage())
	m.took = m.now().Sub(begun)
	return values
}

// confirm measures again what a limit seems to be crossed by, by the exact
// means where the usual one is an upper bound.
func (m *meter) confirm(ctx context.Context) api.Metrics { return m.take(ctx, m.tree.Exact()) }

// take makes metrics of what a tree uses. What is not measured is left out.
func (m *meter) take(ctx context.Context, u process.Usage) api.Metrics {
	now := m.now()
	v := api.Metrics{}
	put := func(metric, field string, value float64) {
		if why, missing := u.Missing[field]; missing {
			m.missing[metric] = why
			return
		}
		v[metric] = value
		delete(m.missing, metric)
	}
	put(cpuSeconds, "cpu_seconds", u.CPUSeconds)
	put(readBytes, "read_bytes", float64(u.ReadBytes))
	put(writeBytes, "write_bytes", float64(u.WriteBytes))
	put(peakBytes, "peak_memory_bytes", float64(u.PeakMemoryBytes))
	if u.Processes > 0 { // the sizes of nothing are no measurement
		put(memoryBytes, "memory_bytes", float64(u.MemoryBytes))
		put(rssBytes, "rss_bytes", float64(u.RSSBytes))
		put(threads, "threads", float64(u.Threads))
		put(processes, "processes", float64(u.Processes))
	}
	wall := now.Sub(m.began).Seconds()
	v[wallSeconds] = wall
	m.accelerators(v, wall)
	m.account(ctx, v)
	for _, size := range sizes {
		if x, ok := v[size]; ok && !(m.peaks[size] >= x) {
			m.peaks[size] = x
		}
	}
	m.values, m.at, m.usage = v, now, u
	return v
}

// accelerators adds the figures of the trial's GPUs, numbered within it.
func (m *meter) accelerators(v api.Metrics, wall float64) {
	if m.gpus == nil || len(m.slot.gpus) == 0 {
		return
	}
	v[gpuSeconds] = wall * float64(len(m.slot.gpus))
	for i, index := range m.slot.gpus {
		s, _, ok := m.gpus.Latest(index)
		if !ok {
			s = sensors.Sample{UtilizationRatio: math.NaN(), MemoryBytes: math.NaN(), PowerWatts: math.NaN()}
		}
		for name, x := range map[string]float64{"utilization_ratio": s.UtilizationRatio, "memory_bytes": s.MemoryBytes, "power_watts": s.PowerWatts} {
			metric := fmt.Sprintf("system/gpu%d/%s", i, name)
			if math.IsNaN(x) {
				m.missing[metric] = "nvidia-smi does not tell it"
				continue
			}
			v[metric] = x
		}
	}
}

// account adds energy and cost.
func (m *meter) account(ctx context.Context, v api.Metrics) {
	cpu := figure(v, cpuSeconds)
	e := m.energy.Read(ctx, cpu)
	if e.Missing != "" {
		m.missing[energyJoules] = e.Missing
	}
	if m.method = e.Method; !math.IsNaN(e.Joules) {
		v[energyJoules] = e.Joules
	}
	if m.price == nil {
		return
	}
	if c := m.price.Cost(v[wallSeconds], cpu, figure(v, gpuSeconds), e.Joules); math.IsNaN(c) {
		m.missing[cost] = "something that has a price is not measured"
	} else {
		v[cost] = c
	}
}

// upload returns what is to be reported of the time since the last upload:
// totals as they are, sizes at their greatest, and how busy the processors were.
func (m *meter) upload(ctx context.Context) api.Metrics {
	out := maps.Clone(m.measure(ctx))
	maps.Copy(out, m.peaks)
	if cpu, ok := out[cpuSeconds]; ok {
		if d := m.at.Sub(m.since).Seconds(); d > 0 && m.slot.width > 0 {
			out[cpuRatio] = math.Max(0, cpu-m.cpu) / d / float64(m.slot.width)
		}
		m.cpu = cpu
	}
	m.since = m.at
	clear(m.peaks)
	delete(out, wallSeconds) // elapsed_seconds says it
	return out
}

// final takes in the last measurement, of a tree that has ended.
func (m *meter) final(ctx context.Context, u process.Usage) api.Metrics {
	before, peaks := m.values, maps.Clone(m.peaks)
	v := m.take(ctx, u)
	for _, gone := range sizes {
		delete(v, gone) // nothing is left to be measured
		if x, ok := before[gone]; ok {
			v[gone] = max(x, peaks[gone])
		} else if x, ok := peaks[gone]; ok {
			v[gone] = x
		} else {
			m.missing[gone] = "the trial ended before it was looked at"
		}
	}
	if v[peakBytes] == 0 {
		delete(v, peakBytes)
		m.missing[peakBytes] = "the trial ended before it was looked at"
	} else if v[memoryBytes] == 0 { // too short to be sampled: at most the kernel's own peak
		v[memoryBytes] = v[peakBytes]
		delete(m.missing, memoryBytes)
	}
	return v
}

// attrs is how the figures of a trial were obtained, kept with it.
func (m *meter) attrs(a *Agent) map[string]any {
	out := map[string]any{"accounting": m.usage.Accounting, "memory": m.usage.Memory, "worker": a.Worker}
	if m.method != "" {
		out["energy"] = m.method
	}
	if m.usage.Doubt != "" {
		out["doubt"] = m.usage.Doubt
	}
	if len(m.missing) > 0 {
		out["not_measured"] = maps.Clone(m.missing)
	}
	if len(m.slot.cpus) > 0 {
		out["cpus"] = m.slot.cpus
	}
	if len(m.slot.gpus) > 0 {
		out["gpus"] = m.slot.gpus
	}
	return out
}
