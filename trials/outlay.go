package trials

import (
	"math"
	"slices"
	"time"
)

// Told says that a running trial was told to stop already.
func (t *Live) Told() bool { return t.pruned != nil }

// Spent returns what the trials that ended have spent of a metric that budgets
// add up, such as [CPUSeconds]; false if it was never measured.
func (h *History) Spent(metric string) (float64, bool) {
	i := slices.Index(spendingMetrics[:], metric)
	if i < 0 || math.IsNaN(h.spent[i]) {
		return 0, false
	}
	return h.spent[i], true
}

// Began returns when the first trial that was handed out began; false before.
func (h *History) Began() (time.Time, bool) {
	first := h.began
	for _, t := range h.open {
		if at := t.DatetimeStart; t.Handed && at != nil && (first.IsZero() || at.Before(first)) {
			first = *at
		}
	}
	return first, !first.IsZero()
}

// meanReach is how many of the trials that ended last a mean total looks at.
const meanReach = 256

// MeanTotal returns the mean of a metric's totals in COMPLETE trials, of the
// latest that ended; false without one. The metric must be one that the study's
// pruner needs so.
func (h *History) MeanTotal(metric string) (float64, bool) {
	totals := h.Totals(metric)
	sum, n := 0.0, 0
	for i := max(0, len(totals)-meanReach); i < len(totals); i++ {
		if v := totals[i]; h.states[i] == Complete && finite(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / float64(n), n > 0
}
