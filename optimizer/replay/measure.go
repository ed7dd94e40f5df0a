package replay

import (
	"math"
	"slices"
)

// grid is how many points an any-time curve has.
const grid = 21

// row is what one study gave under one pruner.
type row struct {
	trials, cut int
	// By resource, one block each: spent; and, where trials were recorded cut
	// short, spent if all ended where the recording does, and if all ran on.
	spent, recorded, extended []float64
	lost, lostFeasible        float64 // 0 or 1; NaN: there was nothing to lose
	lostAtMost                float64
	topTenth                  float64
	requirement, proxy        float64 // regrets; NaN: there was no best
	none, noneProxy           bool
	known, wrong, unknown     int // of the trials cut
	randomCut, randomWrong    int
	runOn, cutShort           int
	reach                     float64 // what it cost to come close to the best
	reached                   bool
	curve                     [grid]float64 // regrets; +Inf before the first value
}

// base is what a study is without a pruner.
type base struct {
	full, recorded, extended []float64 // by resource
	best, worst              float64   // final values, signed; NaN without one
	bestFeasible             float64
	worstFeasible            float64
	top                      []int32 // places of the best tenth
	setting                  int32   // of the best feasible trial, -1 without one
	reach                    float64
	curve                    [grid]float64
}

// measureBase measures what a player without a pruner has just played.
func (pl *player) measureBase(tolerance float64) base {
	p, n := pl.pool, len(pl.pool.resources)
	b := base{best: math.NaN(), worst: math.NaN(), bestFeasible: math.NaN(), worstFeasible: math.NaN(), setting: -1}
	sums := make([]float64, 3*n)
	b.full, b.recorded, b.extended = sums[:n], sums[n:2*n], sums[2*n:]
	var withValue []int32
	for place, at := range pl.items {
		it := &p.items[at]
		for k := range n {
			b.full[k] += it.full[k]
			b.recorded[k] += it.total[k]
			b.extended[k] += it.extended[k]
		}
		if math.IsNaN(it.final) {
			continue
		}
		withValue = append(withValue, int32(place))
		b.best, b.worst = least(b.best, it.final), -least(-b.worst, -it.final)
		if it.feasible {
			if !(b.bestFeasible <= it.final) {
				b.setting = it.cluster
			}
			b.bestFeasible, b.worstFeasible = least(b.bestFeasible, it.final), -least(-b.worstFeasible, -it.final)
		}
	}
	final := func(place int32) float64 { return p.items[pl.items[place]].final }
	slices.SortStableFunc(withValue, func(x, y int32) int {
		switch a, b := final(x), final(y); {
		case a < b:
			return -1
		case a > b:
			return 1
		default:
			return 0
		}
	})
	b.top = withValue[:min(len(withValue), (len(pl.items)+9)/10)]
	b.reach, _ = pl.reach(&b, tolerance)
	b.curve = pl.curve(&b)
	return b
}

// least is the smaller of two numbers; NaN is none.
func least(a, b float64) float64 {
	if a <= b || math.IsNaN(b) {
		return a
	}
	return b
}

// reach returns what was used when a value first was close to the best feasible
// one; without, what all of the study costs.
func (pl *player) reach(b *base, tolerance float64) (used float64, reached bool) {
	target := b.bestFeasible + tolerance*math.Abs(b.bestFeasible)
	for _, g := range pl.gains {
		if g.value <= target {
			return g.used, true
		}
	}
	return b.full[pl.pool.cost], false
}

// curve returns the regret by what was used, as shares of what the study costs.
func (pl *player) curve(b *base) (out [grid]float64) {
	next, regret := 0, math.Inf(1)
	full := b.full[pl.pool.cost] * (1 + 1e-9)
	for i := range out {
		upTo := full * float64(i) / (grid - 1)
		for next < len(pl.gains) && pl.gains[next].used <= upTo {
			regret = pl.gains[next].value - b.bestFeasible
			next++
		}
		out[i] = regret
	}
	return out
}

// measure measures what a player has just played. The row's blocks are there.
func (pl *player) measure(b *base, tolerance float64, r *row) {
	kept, keptFeasible := math.NaN(), math.NaN()
	r.trials, r.lostAtMost = len(pl.items), math.NaN()
	short := false
	for place, at := range pl.items {
		it := &pl.pool.items[at]
		k := pl.cut[place]
		pl.charge(r, it, int(k))
		if k < 0 {
			kept = least(kept, it.final)
			if it.feasible {
				keptFeasible = least(keptFeasible, it.final)
			}
			if it.cutShort {
				r.runOn++
			}
			continue
		}
		r.cut++
		switch {
		case it.cutShort:
			r.unknown++
			r.cutShort++
			short = true
		default:
			r.known++
			if it.feasible && it.final < pl.cutBar[place] {
				r.wrong++
			}
		}
	}
	r.lost, r.proxy, r.noneProxy = loss(b.best, b.worst, kept)
	r.lostFeasible, r.requirement, r.none = loss(b.bestFeasible, b.worstFeasible, keptFeasible)
	r.lostAtMost = r.lost
	if short {
		r.lostAtMost = 1
	}
	r.topTenth = math.NaN()
	if len(b.top) > 0 {
		lost := 0
		for _, place := range b.top {
			if pl.cut[place] >= 0 {
				lost++
			}
		}
		r.topTenth = float64(lost) / float64(len(b.top))
	}
	r.reach, r.reached = pl.reach(b, tolerance)
	r.curve = pl.curve(b)
}

// charge adds what a trial costs that is cut at report k, or at none if k is -1.
func (pl *player) charge(r *row, it *item, k int) {
	for i := range r.spent {
		spent, recorded, extended := it.full[i], it.total[i], it.extended[i]
		if k >= 0 {
			spent = it.spent[i][k]
			recorded, extended = spent, spent
		}
		r.spent[i] += spent
		if pl.pool.short {
			r.recorded[i] += recorded
			r.extended[i] += extended
		}
	}
}

// loss compares the best value that is left with the best and the worst there
// was.
func loss(best, worst, kept float64) (lost, regret float64, none bool) {
	switch {
	case math.IsNaN(best):
		return math.NaN(), math.NaN(), false
	case math.IsNaN(kept):
		return 1, worst - best, true
	case kept > best:
		return 1, kept - best, false
	default:
		return 0, 0, false
	}
}
