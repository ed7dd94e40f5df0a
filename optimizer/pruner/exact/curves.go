package exact

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
)

// SignedRanks are p-values of SciPy's
//
//	wilcoxon(d, alternative="greater", zero_method="zsplit", method="auto")
//
// for vectors of 2 to 60 differences, many with ties and zeros. They are exact
// to about 1e-14.
type SignedRanks struct {
	P []float64

	seed   uint64
	drawn  int
	values string
}

// All gives each vector of differences with its p-value.
func (s SignedRanks) All() iter.Seq2[[]float64, float64] {
	return func(yield func([]float64, float64) bool) {
		for i, p := range s.P {
			if !yield(differences(s.seed, uint64(i)), p) {
				return
			}
		}
	}
}

func differences(seed, index uint64) []float64 {
	r := SplitMix64(seed<<32 | index)
	out := make([]float64, 2+r.below(59))
	grid := [...]float64{0, 0, 2, 4, 16}[r.below(5)]
	copies := [...]int{0, 0, 10, 40}[r.below(4)]
	shift := r.unit() - 0.25
	for i := range out {
		noise, copied := r.noise(), r.below(100) < copies
		if !copied {
			out[i] = onGrid(shift+noise, grid)
		}
	}
	return out
}

// Prechelt is which of Prechelt's criteria hold at each report of curves.
type Prechelt struct {
	// Strip is the length of a strip, in reports.
	Strip    int
	Criteria []Criterion

	seed   uint64
	drawn  int
	values string
	words  []byte
}

// Criterion is one of, with E the validation loss and E_opt its minimum so far,
//
//	GL        100 (E - E_opt) / |E_opt| > Alpha, at every report
//	PQ        GL / P > Alpha, with P = 1000 (mean / min - 1) of the training loss
//	          in the strip
//	UP        E rose from the end of a strip to the end of the next Alpha times
//	          in a row, up to now
//	progress  P < Alpha
//
// all but GL at the ends of strips only: after reports 5, 10, 15 and so on.
type Criterion struct {
	Rule  string
	Alpha float64
}

// UnmarshalJSON reads ["GL", 1.0].
func (c *Criterion) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&c.Rule, &c.Alpha})
}

// Training is the losses of one trial, report by report.
type Training struct {
	Train, Valid []float64

	words []byte
}

// Holds says whether a criterion, by its index in Prechelt.Criteria, holds at
// the report with that index.
func (t *Training) Holds(criterion, report int) bool {
	return binary.LittleEndian.Uint16(t.words[2*report:])>>criterion&1 == 1
}

// All draws the curves.
func (p Prechelt) All() iter.Seq[*Training] {
	return func(yield func(*Training) bool) {
		words := p.words
		for i := range p.drawn {
			t := training(p.seed, uint64(i))
			t.words, words = words[:2*len(t.Valid)], words[2*len(t.Valid):]
			if !yield(t) {
				return
			}
		}
	}
}

func training(seed, index uint64) *Training {
	r := SplitMix64(seed<<32 | index)
	n := 20 + r.below(60)
	asymptote, height, rate := 0.125+r.unit(), 4*r.unit(), r.unit()+0.0625
	wider, scale := 0.25*r.unit(), [...]float64{0, 0.00390625, 0.015625, 0.0625}[r.below(4)]
	if r.below(8) == 0 { // no progress
		height, scale = 0, 0.00006103515625
	}
	turn, slope := n, 0.0
	if r.below(3) > 0 {
		turn, slope = 1+r.below(n), r.unit()/16
	}
	below := 0.0
	if r.below(4) == 0 {
		below = 8
	}
	t := &Training{}
	for k := 1; k <= n; k++ {
		y := hyperbola(asymptote, height, rate, k)
		t.Train = append(t.Train, y+float64(scale*r.unit()))
		v := y + wider + float64(scale*r.noise())
		t.Valid = append(t.Valid, rise(v, slope, k-turn)-below)
	}
	return t
}

// Fits are predictions of the averaged power laws
//
//	y(t) = c + a t^-e,  a >= 0,  e in .05 .1 .2 .3 .5 .75 1 1.5 2
//
// each fitted to reports t = 1..n by least squares with weights t, with
// v = sum(t residual^2) / sum(t), and weighed by v^(-n/2), as a logarithm
// relative to the best and at least -60. Sd is the square root of the average
// of (prediction - mean)^2 + v.
type Fits struct {
	seed        uint64
	drawn       int
	prefixes    []int
	values      string
	predictions []float64
}

// Prediction is what the first N values of a curve say of its last.
type Prediction struct {
	// Curve has all values, reports 1 to len(Curve), which is the horizon.
	Curve    []float64
	N        int
	Mean, Sd float64
}

// All gives every prediction.
func (f Fits) All() iter.Seq[Prediction] {
	return func(yield func(Prediction) bool) {
		rest := f.predictions
		for i := range f.drawn {
			curve := noisyDecay(f.seed, uint64(i))
			for _, n := range f.prefixes {
				if !yield(Prediction{Curve: curve, N: n, Mean: rest[0], Sd: rest[1]}) {
					return
				}
				rest = rest[2:]
			}
		}
	}
}

func noisyDecay(seed, index uint64) []float64 {
	r := SplitMix64(seed<<32 | index)
	out := make([]float64, 24+r.below(77))
	asymptote, height, rate := r.unit(), 4*r.unit()-0.5, r.unit()+0.0625
	scale := [...]float64{0.00390625, 0.015625, 0.0625, 0.25}[r.below(4)]
	for i := range out {
		out[i] = hyperbola(asymptote, height, rate, i+1) + float64(scale*r.noise())
	}
	return out
}

type storedRanks struct {
	Seed      uint64
	Drawn     int
	Values, P string
}

func (s *storedRanks) open() (SignedRanks, error) {
	p, err := doubles(s.P)
	return SignedRanks{P: p, seed: s.Seed, drawn: s.Drawn, values: s.Values}, err
}

type storedPrechelt struct {
	Seed          uint64
	Curves, Strip int
	Criteria      []Criterion
	Values, Words string
}

func (s *storedPrechelt) open() (Prechelt, error) {
	words, err := unpack(s.Words)
	return Prechelt{
		Strip: s.Strip, Criteria: s.Criteria, seed: s.Seed, drawn: s.Curves, values: s.Values, words: words,
	}, err
}

type storedFits struct {
	Seed                uint64
	Curves              int
	Prefixes            []int
	Values, Predictions string
}

func (s *storedFits) open() (Fits, error) {
	p, err := doubles(s.Predictions)
	if err == nil && len(p) != 2*s.Curves*len(s.Prefixes) {
		err = fmt.Errorf("%d numbers for %d curves", len(p), s.Curves)
	}
	return Fits{seed: s.Seed, drawn: s.Curves, prefixes: s.Prefixes, values: s.Values, predictions: p}, err
}
