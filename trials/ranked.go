package trials

import (
	"math"
	"slices"
)

// rankedBlock is how many values one block of a [Ranked] holds at most.
const rankedBlock = 512

// Ranked holds numbers in ascending order, and counts those that are not a
// number. Adding one costs a block, not all of them. The zero value is empty.
type Ranked struct {
	blocks [][]float64
	n, nan int
}

// Len returns how many numbers there are, NaN not included.
func (r *Ranked) Len() int {
	if r == nil {
		return 0
	}
	return r.n
}

// NaN returns how many NaN were added.
func (r *Ranked) NaN() int {
	if r == nil {
		return 0
	}
	return r.nan
}

// Add adds a number. Negative zero becomes zero: its place among zeros would
// depend on the order of adding.
func (r *Ranked) Add(v float64) {
	if math.IsNaN(v) {
		r.nan++
		return
	}
	v += 0
	r.n++
	if len(r.blocks) == 0 {
		if cap(r.blocks) > 0 { // it was cleared
			r.blocks = r.blocks[:1]
			r.blocks[0] = append(r.blocks[0][:0], v)
		} else {
			r.blocks = append(r.blocks, append(make([]float64, 0, 8), v))
		}
		return
	}
	b := r.block(v)
	at, _ := slices.BinarySearch(r.blocks[b], v)
	full := slices.Insert(r.blocks[b], at, v)
	if len(full) <= rankedBlock {
		r.blocks[b] = full
		return
	}
	half := len(full) / 2
	r.blocks[b] = full[:half:half]
	r.blocks = slices.Insert(r.blocks, b+1, slices.Clone(full[half:]))
}

// block returns the first block that does not end below v, else the last.
func (r *Ranked) block(v float64) int {
	low, high := 0, len(r.blocks)-1
	for low < high {
		mid := (low + high) / 2
		if b := r.blocks[mid]; b[len(b)-1] < v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// clear empties r and keeps its memory.
func (r *Ranked) clear() {
	r.n, r.nan, r.blocks = 0, 0, r.blocks[:0]
}

// At returns the i-th number from below, 0 to Len-1.
func (r *Ranked) At(i int) float64 {
	for _, b := range r.blocks {
		if i < len(b) {
			return b[i]
		}
		i -= len(b)
	}
	return math.NaN()
}

// Below returns how many numbers are less than v, and how many equal it.
func (r *Ranked) Below(v float64) (less, equal int) {
	if r == nil {
		return 0, 0
	}
	for _, b := range r.blocks {
		if len(b) == 0 || b[len(b)-1] < v {
			less += len(b)
			continue
		}
		at, _ := slices.BinarySearch(b, v)
		less += at
		for at < len(b) && b[at] == v {
			at++
			equal++
		}
		if at < len(b) {
			break
		}
	}
	return less, equal
}

// Quantile interpolates linearly as numpy.quantile does, to the last bit and
// infinities included: between two of which, or of one and itself, there is no
// number. NaN without values.
func (r *Ranked) Quantile(q float64) float64 {
	return Quantile(r.Len(), q, r.At)
}

// QuantileWithout is Quantile as if one value v, which is there, were not.
func (r *Ranked) QuantileWithout(v, q float64) float64 {
	if math.IsNaN(v) {
		return r.Quantile(q)
	}
	out, _ := r.Below(v)
	return Quantile(r.Len()-1, q, func(i int) float64 {
		if i >= out {
			i++
		}
		return r.At(i)
	})
}

// Quantile is that of n values in ascending order.
func Quantile(n int, q float64, value func(int) float64) float64 {
	if n <= 0 {
		return math.NaN()
	}
	at := float64(n-1) * q
	if at >= float64(n-1) {
		last := value(n - 1)
		return last + (last - last)
	}
	i := int(at)
	t := at - float64(i)
	a, b := value(i), value(i+1)
	// The conversions forbid fused multiplication, which rounds differently.
	if t >= 0.5 {
		return b - float64((b-a)*(1-t))
	}
	return a + float64((b-a)*t)
}

// Mean returns the mean, added up in ascending order; NaN without values. It
// costs a look at every value.
func (r *Ranked) Mean() float64 {
	if r.Len() == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, b := range r.blocks {
		for _, v := range b {
			sum += v
		}
	}
	return sum / float64(r.n)
}
