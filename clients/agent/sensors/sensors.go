// Package sensors reads what the processes of a trial do not tell of
// themselves: GPUs, energy, the price of both, and facts of the host. It knows
// the kernel's and nvidia-smi's interfaces, and nothing of studies or trials.
//
// What cannot be measured is never 0: a figure is NaN or comes with ok false,
// and there is a sentence that says why.
package sensors

import (
	"context"
	"fmt"
	"math"
	"strings"
)

// Finding is whether one sensor works here.
type Finding struct {
	Sensor string // "host", "cpu", "rapl", "gpu"
	Works  bool
	Detail string // what there is, or why there is nothing, in one sentence
}

// Places says where the sensors are looked for.
type Places struct {
	Powercap  string // the folder of RAPL, normally the constant Powercap
	NvidiaSMI string // the program, "" to look it up in PATH
}

// Doctor tries every sensor once. It takes as long as nvidia-smi takes to
// answer, 15 seconds at most.
func Doctor(ctx context.Context, p Places) []Finding {
	return []Finding{
		{Sensor: "host", Works: true, Detail: ReadHost(ctx).String()},
		findBusy(ctx),
		findRAPL(p.Powercap),
		findGPUs(ctx, p.NvidiaSMI),
	}
}

func findBusy(ctx context.Context) Finding {
	f := Finding{Sensor: "cpu"}
	busy, err := BusySeconds(ctx)
	if err != nil {
		f.Detail = notMeasured(err)
		return f
	}
	f.Works = true
	f.Detail = fmt.Sprintf("all processes of the host used %.0f CPU seconds since it started", busy)
	return f
}

func findRAPL(root string) Finding {
	f := Finding{Sensor: "rapl"}
	r, err := OpenRAPL(root)
	if err != nil {
		f.Detail = notMeasured(err)
		return f
	}
	f.Works = true
	f.Detail = "energy of " + strings.Join(r.Domains(), ", ") + "; a trial gets its share of the host's busy CPU time"
	return f
}

func findGPUs(ctx context.Context, path string) Finding {
	f := Finding{Sensor: "gpu"}
	readings, err := query(ctx, path, usual.answer)
	if err != nil {
		f.Detail = notMeasured(err)
		return f
	}
	f.Works = true
	names := make([]string, len(readings))
	for i, r := range readings {
		names[i] = fmt.Sprintf("%d %s", r.gpu.Index, r.gpu.Name)
		if math.IsNaN(r.sample.PowerWatts) {
			names[i] += " (power not measured)"
		}
	}
	f.Detail = strings.Join(names, ", ")
	return f
}

func notMeasured(err error) string { return "not measured: " + err.Error() }
