package sensors

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Price is what computing costs, in any one currency. The zero Price is free.
type Price struct {
	WallHour float64 // of each trial's wall clock
	CPUHour  float64
	GPUHour  float64
	KWh      float64
}

// ParsePrice reads a list such as "wall=1.2,cpu=0.04,gpu=2.5,kwh=0.30". Each
// price is finite and at least 0, and those left out are 0; an error names the
// part that is wrong.
func ParsePrice(s string) (Price, error) {
	var p Price
	err := parsePairs("price", s, map[string]*float64{
		"wall": &p.WallHour, "cpu": &p.CPUHour, "gpu": &p.GPUHour, "kwh": &p.KWh,
	})
	if err != nil {
		return Price{}, err
	}
	return p, nil
}

// NeedsGPU says that the price cannot be told without GPU time.
func (p Price) NeedsGPU() bool { return p.GPUHour > 0 }

// NeedsEnergy says that the price cannot be told without the energy.
func (p Price) NeedsEnergy() bool { return p.KWh > 0 }

// Cost is the price of a trial, or of many: seconds and joules. It is NaN if
// something that has a price is NaN, not measured.
func (p Price) Cost(wall, cpuSeconds, gpuSeconds, joules float64) float64 {
	sum := 0.0
	for _, part := range []struct{ price, amount float64 }{
		{p.WallHour, wall / 3600},
		{p.CPUHour, cpuSeconds / 3600},
		{p.GPUHour, gpuSeconds / 3600},
		{p.KWh, joules / 3.6e6},
	} {
		if part.price > 0 {
			sum += part.price * part.amount
		}
	}
	return sum
}

// parsePairs reads "key=number,key=number" strictly into the targets.
func parsePairs(what, s string, targets map[string]*float64) error {
	seen := map[string]bool{}
	for part := range strings.SplitSeq(s, ",") {
		key, text, ok := strings.Cut(strings.TrimSpace(part), "=")
		target := targets[key]
		switch v, err := strconv.ParseFloat(text, 64); {
		case !ok:
			return fmt.Errorf("%s: %q is not of the form key=number", what, part)
		case target == nil:
			return fmt.Errorf("%s: unknown %q; there are %s", what, key, strings.Join(slices.Sorted(maps.Keys(targets)), ", "))
		case seen[key]:
			return fmt.Errorf("%s: %s is there twice", what, key)
		case err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0:
			return fmt.Errorf("%s: %s=%s is no number of at least 0", what, key, text)
		default:
			*target = v
		}
		seen[key] = true
	}
	return nil
}
