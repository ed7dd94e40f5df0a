package gp

import (
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// quantity is what a model is of.
type quantity struct {
	kind   kind
	index  int    // of the objective or the limit
	metric string // of the cost
}

type kind int

const (
	objective kind = iota
	limit
	failure
	cost
)

// holds says whether a model learns from a trial. It depends on the trial alone,
// so that a longer view only adds points.
//
// An objective learns from COMPLETE trials, and if it is the only one from
// PRUNED trials too, unless these broke a limit: then they were stopped for what
// they used, which says nothing of how good they were. The cost is that of
// COMPLETE trials, for the others stopped early.
func (q quantity) holds(v *trials.View, row int) bool {
	state := v.States[row]
	switch q.kind {
	case objective:
		return state == trials.Complete && !math.IsNaN(rows.Loss(v, row, q.index)) ||
			state == trials.Pruned && len(v.Objectives) == 1 && rows.Violation(v, row) == 0
	case limit:
		return !math.IsNaN(v.Limits[q.index].At(row))
	case cost:
		total := v.Totals[q.metric]
		return row < len(total) && state == trials.Complete && total[row] > 0 && rows.Finite(total[row])
	default:
		return true
	}
}

// outputs are the standardised outputs of a model, and where 0 lies among them.
type outputs struct {
	y    []float64
	zero float64
	sd   float64 // of what was standardised
	mean float64
}

// outputs returns what a model learns of the trials given, all of which it holds.
func (q quantity) outputs(v *trials.View, of []int) outputs {
	y := make([]float64, len(of))
	switch q.kind {
	case objective:
		q.losses(y, v, of)
	case limit:
		for i, row := range of {
			y[i] = v.Limits[q.index].At(row)
		}
		compress(y)
	case failure:
		for i, row := range of {
			y[i] = -1
			if failed(v, row) {
				y[i] = 1
			}
		}
	case cost:
		for i, row := range of {
			y[i] = math.Log(v.Totals[q.metric][row])
		}
	}
	return standardise(y)
}

// failed says that a trial ended without the values it was to have.
func failed(v *trials.View, row int) bool {
	if v.States[row] != trials.Complete {
		return v.States[row] == trials.Fail
	}
	for j := range v.Objectives {
		if math.IsNaN(rows.Loss(v, row, j)) {
			return true
		}
	}
	return false
}

// losses writes the losses of trials. A PRUNED one counts as no better than the
// median of the COMPLETE ones and no better than it last was, but no worse than
// the worst of them: an early report is often far above what would have come.
// Infinite losses become the least or the greatest finite one.
func (q quantity) losses(y []float64, v *trials.View, of []int) {
	var whole []float64
	for i, row := range of {
		y[i] = math.Inf(1)
		if v.States[row] != trials.Complete {
			continue
		}
		y[i] = rows.Loss(v, row, q.index)
		if rows.Finite(y[i]) {
			whole = append(whole, y[i])
		}
	}
	if len(whole) == 0 {
		clear(y)
		return
	}
	slices.Sort(whole)
	least, median, greatest := whole[0], whole[len(whole)/2], whole[len(whole)-1]
	for i, row := range of {
		if v.States[row] != trials.Complete {
			y[i] = median
			if last := rows.LastLoss(v, row); last > median {
				y[i] = last
			}
		}
		y[i] = min(max(y[i], least), greatest)
	}
	if len(v.Objectives) == 1 {
		warp(y)
	}
}

// compress takes the length out of the tails on both sides of 0, on the scale of
// the median distance from it, so that one trial far outside a limit does not
// hide how near the others are to it.
func compress(y []float64) {
	size := make([]float64, 0, len(y))
	for i, v := range y {
		y[i] = min(max(v, -math.MaxFloat64), math.MaxFloat64)
		if v != 0 {
			size = append(size, math.Abs(y[i]))
		}
	}
	if len(size) == 0 {
		return
	}
	slices.Sort(size)
	median := size[len(size)/2]
	for i := range y {
		y[i] = math.Asinh(y[i] / median)
	}
}

// standardise shifts and scales to mean 0 and variance 1, in place. Equal values
// become 0.
func standardise(y []float64) outputs {
	out := outputs{y: y, sd: 1}
	top := 0.0
	for _, v := range y {
		top = max(top, math.Abs(v))
	}
	if len(y) == 0 || top == 0 {
		return out
	}
	mean, square := 0.0, 0.0 // in units of the greatest, lest they overflow
	for _, v := range y {
		mean += v / top / float64(len(y))
	}
	for _, v := range y {
		square += (v/top - mean) * (v/top - mean) / float64(len(y))
	}
	sd := math.Sqrt(square)
	if sd < 1e-13 {
		sd = 1 / top
	}
	for i, v := range y {
		y[i] = (v/top - mean) / sd
	}
	out.zero, out.sd, out.mean = -mean/sd, sd*top, mean*top
	return out
}
