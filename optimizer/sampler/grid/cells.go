package grid

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/espalier-hpo/espalier/trials"
)

// inactive is the index of a parameter that a cell does not have.
const inactive = math.MaxUint32

// cells is the grid of a space: every combination of its values that there can be,
// in an order of chance.
type cells struct {
	space  *trials.Space
	points int // of a continuous parameter
	counts []int
	all    [][]uint32 // indices by place in the space
	byKey  map[uint64]int
}

// newCells returns the grid in the order that a seed gives.
func newCells(space *trials.Space, points int, seed uint64) *cells {
	c := &cells{space: space, points: points, counts: countsOf(space, points), byKey: map[uint64]int{}}
	c.walk(func(cell []uint32) bool {
		c.all = append(c.all, append([]uint32(nil), cell...))
		return true
	})
	rng := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	rng.Shuffle(len(c.all), func(i, j int) { c.all[i], c.all[j] = c.all[j], c.all[i] })
	for i, cell := range c.all {
		c.byKey[key(cell)] = i
	}
	return c
}

// countsOf returns how many values of each parameter are on the grid.
func countsOf(space *trials.Space, points int) []int {
	out := make([]int, len(space.Dists))
	for i := range space.Dists {
		d := &space.Dists[i]
		switch out[i] = d.Count(); {
		case out[i] > 0:
		case d.Low == d.High:
			out[i] = 1
		default:
			out[i] = points
		}
	}
	return out
}

// size returns how many cells a space has, and whether they are more than a limit;
// then the size is what it would be without conditions, at least as large.
func size(space *trials.Space, points, limit int) (cellsAtMost float64, tooLarge bool) {
	c := &cells{space: space, counts: countsOf(space, points)}
	product, conditional := 1.0, false
	for i, n := range c.counts {
		product *= float64(n)
		conditional = conditional || len(space.Dists[i].When) > 0
	}
	if product <= float64(limit) || !conditional {
		return product, product > float64(limit)
	}
	found := 0
	c.walk(func([]uint32) bool {
		found++
		return found <= limit
	})
	if found > limit {
		return product, true
	}
	return float64(found), false
}

// walk calls visit with every cell until it says no more.
func (c *cells) walk(visit func(cell []uint32) bool) {
	cell, values := make([]uint32, len(c.counts)), make(map[string]float64, len(c.counts))
	var from func(i int) bool
	from = func(i int) bool {
		if i == len(c.counts) {
			return visit(cell)
		}
		name := c.space.Names[i]
		delete(values, name)
		if !c.space.Active(i, values) {
			cell[i] = inactive
			return from(i + 1)
		}
		for k := range c.counts[i] {
			cell[i], values[name] = uint32(k), c.value(i, uint32(k))
			if !from(i + 1) {
				return false
			}
		}
		delete(values, name)
		return true
	}
	from(0)
}

// value returns the value of parameter i that an index stands for. The values of a
// continuous one are evenly apart, on its log scale if it has one, ends included;
// a single one is in the middle. An inactive one, which nobody will see, is the
// lowest.
func (c *cells) value(i int, index uint32) float64 {
	d := &c.space.Dists[i]
	switch {
	case index == inactive:
		return d.At(0)
	case d.Count() > 0 && d.Log:
		return d.Low + float64(index)
	case d.Count() > 0:
		return d.At((float64(index) + 0.5) / float64(c.counts[i]))
	case c.counts[i] == 1:
		return d.At(0.5)
	case index == 0: // exactly, whatever a logarithm rounds to
		return d.Low
	case int(index) == c.counts[i]-1:
		return d.High
	default:
		return d.At(float64(index) / float64(c.counts[i]-1))
	}
}

// index returns the index of a value of parameter i, false if it is not on the
// grid.
func (c *cells) index(i int, v float64) (uint32, bool) {
	d := &c.space.Dists[i]
	if !d.Contains(v) {
		return 0, false
	}
	switch {
	case d.Count() > 0 && d.Log:
		return uint32(v - d.Low), true
	case d.Count() > 0:
		return uint32(min(d.Unit(v)*float64(c.counts[i]), float64(c.counts[i]-1))), true
	default:
		index := uint32(math.Round(d.Unit(v) * float64(c.counts[i]-1)))
		at := c.value(i, index)
		return index, math.Abs(v-at) <= 1e-9*max(math.Abs(v), math.Abs(at))
	}
}

// find returns the cell of a trial, false if it is in none. Of gives its values by
// place, NaN for none.
func (c *cells) find(of func(i int) float64) (int, bool) {
	cell := make([]uint32, len(c.counts))
	for i := range cell {
		cell[i] = inactive
		if v := of(i); !math.IsNaN(v) {
			var ok bool
			if cell[i], ok = c.index(i, v); !ok {
				return 0, false
			}
		}
	}
	at, ok := c.byKey[key(cell)]
	return at, ok
}

func key(cell []uint32) uint64 {
	h := fnv.New64a()
	var word [4]byte
	for _, index := range cell {
		binary.LittleEndian.PutUint32(word[:], index)
		_, _ = h.Write(word[:]) // a hash never fails
	}
	return h.Sum64()
}
