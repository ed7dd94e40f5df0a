package exact

import (
	"fmt"
	"math"
)

// SplitMix64 is the generator of Steele, Lea and Flood (2014). Its zero value is
// the generator seeded with 0.
type SplitMix64 uint64

// Next returns 64 random bits.
func (s *SplitMix64) Next() uint64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (s *SplitMix64) below(n int) int { return int(s.Next() % uint64(n)) }

func (s *SplitMix64) between(r [2]int) int { return r[0] + s.below(r[1]-r[0]+1) }

// unit returns a number in [0, 1).
func (s *SplitMix64) unit() float64 { return float64(s.Next()>>11) * 0x1p-53 }

// noise returns the sum of four uniform numbers, of mean 0 and standard
// deviation 0.58.
func (s *SplitMix64) noise() float64 {
	x := s.Next()
	whole := x&0xFFFF + x>>16&0xFFFF + x>>32&0xFFFF + x>>48
	return float64(int64(whole)-131070) / 65536
}

// shape says what a history may look like; vectors.py describes its fields.
type shape struct {
	Trials, Reports, Base, Stride, Workers [2]int
	Equal, Gap, Odd, Infinite, Fail        int
	Order, Folds, Mean                     int
}

// Point is a value that a trial reports.
type Point struct {
	Step  int64
	Value float64
}

// Trial is what a trial reports, in order in time, if nobody stops it.
type Trial struct {
	Points []Point
	// Fails says that it FAILs after its last report for a reason of its own.
	Fails bool
}

// History is a study: its trials, in the order in which they start.
type History struct {
	// Name is the study's name, on which Optuna's Hyperband depends.
	Name     string
	Maximize bool
	// Workers is the number of trials that run at a time.
	Workers int
	Trials  []Trial

	mean     bool
	schedule SplitMix64
	outcomes []byte
}

// artist draws the trials of one history. Its products are converted to float64
// before they are added to anything: that forbids the compiler to fuse the two
// operations, which would round once instead of twice.
type artist struct {
	shape
	r            *SplitMix64
	maximize     bool
	base, stride int
	longest      int
	gap, odd     int
	grid, scale  float64
	copies       int
	instances    []float64
}

func draw(seed, index uint64, s shape) *History {
	r := SplitMix64(seed<<32 | index)
	h := &History{
		Name:     fmt.Sprintf("study-%d-%d", seed, index),
		Maximize: r.below(2) == 1,
		Workers:  r.between(s.Workers),
		schedule: SplitMix64(r.Next()),
		mean:     s.Mean == 1,
	}
	a := artist{shape: s, r: &r, maximize: h.Maximize, base: r.between(s.Base), stride: r.between(s.Stride)}
	if r.below(2) == 1 {
		a.gap = s.Gap
	}
	if r.below(4) == 0 {
		a.odd = s.Odd
	}
	a.grid = [...]float64{0, 0, 0, 4, 8, 16}[r.below(6)]
	a.scale = [...]float64{0, 0.03125, 0.125, 0.5}[r.below(4)]
	a.copies = [...]int{0, 0, 20, 50}[r.below(4)]
	h.Trials = make([]Trial, r.between(s.Trials))
	a.longest = r.between(s.Reports)
	for range a.longest {
		a.instances = append(a.instances, 2*r.unit())
	}
	for i := range h.Trials {
		h.Trials[i] = a.trial()
	}
	return h
}

func (a *artist) trial() Trial {
	t := Trial{Fails: a.r.below(100) < a.Fail}
	length := a.longest
	if a.Equal == 0 && a.r.below(4) == 0 {
		length = 1 + a.r.below(a.longest)
	}
	values := a.decay
	if a.Folds == 1 {
		values = a.fold
	}
	for k, y := range values(length) {
		if a.maximize {
			y = 1 - y
		}
		y = onGrid(y, a.grid)
		if a.odd > 0 && a.r.below(100) < a.odd {
			y = a.noNumber()
		}
		if a.gap > 0 && a.r.below(100) < a.gap && k < length-1 {
			continue
		}
		t.Points = append(t.Points, Point{Step: int64(a.base + a.stride*k), Value: y})
	}
	a.reorder(t.Points)
	return t
}

// decay draws a learning curve to minimise; every fourth turns up again.
func (a *artist) decay(length int) []float64 {
	asymptote, height, rate := a.r.unit(), 2*a.r.unit(), a.r.unit()+0.0625
	turn, slope := length, 0.0
	if a.r.below(4) == 0 {
		turn, slope = 1+a.r.below(length), a.r.unit()/4
	}
	out := make([]float64, length)
	for i := range out {
		y := hyperbola(asymptote, height, rate, i+1) + float64(a.scale*a.r.noise())
		out[i] = rise(y, slope, i+1-turn)
	}
	return out
}

// hyperbola is asymptote + height / (1 + k rate).
func hyperbola(asymptote, height, rate float64, k int) float64 {
	return asymptote + height/(1+float64(float64(k)*rate))
}

// rise adds slope for each step after the turn.
func rise(y, slope float64, after int) float64 {
	if after > 0 {
		y += float64(slope * float64(after))
	}
	return y
}

// fold draws a value for each instance: its difficulty, the trial's level and
// noise.
func (a *artist) fold(length int) []float64 {
	level := a.r.unit() - 0.25
	out := make([]float64, length)
	for i, difficulty := range a.instances[:length] {
		noise, copied := a.r.noise(), a.r.below(100) < a.copies
		out[i] = difficulty
		if !copied {
			out[i] = difficulty + level + float64(2*a.scale*noise)
		}
	}
	return out
}

func (a *artist) noNumber() float64 {
	which := a.r.below(4)
	if a.Infinite == 1 && which < 2 {
		return math.Inf(1 - 2*which)
	}
	return math.Float64frombits(0x7FF8 << 48) // other languages' NaN; math.NaN has another last bit
}

func (a *artist) reorder(p []Point) {
	switch a.Order {
	case 1:
		for i := range len(p) - 1 {
			if a.r.below(8) == 0 {
				p[i], p[i+1] = p[i+1], p[i]
			}
		}
	case 2:
		for i := len(p) - 1; i > 0; i-- {
			j := a.r.below(i + 1)
			p[i], p[j] = p[j], p[i]
		}
	}
}

// onGrid rounds y down to a multiple of 1/grid, a power of two; 0 leaves it
// alone.
func onGrid(y, grid float64) float64 {
	if grid == 0 {
		return y
	}
	return math.Floor(y*grid)/grid + 0 // the sum turns -0 into 0
}
