package qmc

import (
	_ "embed"
	"encoding/binary"
	"math/bits"
)

// numbers holds the direction numbers, a record of words a dimension: the
// polynomial, then m_1, m_2 and so on. NOTICE says whose they are.
//
//go:embed directions.bin
var numbers string

// words is the length of a record: a polynomial of degree 13 has 13 numbers.
const words = 14

// sobolAxes is how many dimensions there are numbers for.
const sobolAxes = 1111

// word returns one word of the record of a dimension.
func word(dim, i int) uint32 {
	at := 2 * (dim*words + i)
	return uint32(binary.LittleEndian.Uint16([]byte(numbers[at : at+2])))
}

// sobol returns a coordinate of Sobol's sequence in the order of the Gray code,
// in units of 2^-32, for dimensions below [sobolAxes].
func sobol(index uint32, dim int) uint32 {
	poly := word(dim, 0)
	degree := bits.Len32(poly) - 1
	var v [32]uint32
	x := uint32(0)
	for i, gray := 0, index^index>>1; gray != 0; i, gray = i+1, gray>>1 {
		v[i] = direction(&v, i, dim, poly, degree)
		if gray&1 != 0 {
			x ^= v[i]
		}
	}
	return x
}

// direction returns direction number i, given those before it (Joe and Kuo 2008,
// equation 3). Dimension 0 is van der Corput's sequence.
func direction(v *[32]uint32, i, dim int, poly uint32, degree int) uint32 {
	if degree == 0 {
		return 1 << (31 - i)
	}
	if i < degree {
		return word(dim, 1+i) << (31 - i)
	}
	out := v[i-degree] ^ v[i-degree]>>degree
	for k := 1; k < degree; k++ {
		if poly>>(degree-k)&1 != 0 {
			out ^= v[i-k]
		}
	}
	return out
}

// owen scrambles the digits of x, each by a chance that depends on those before
// it, so that every net stays a net (Burley, Practical Hash-based Owen
// Scrambling, JCGT 9(4), 2020, with Vegdahl's constants).
func owen(x, seed uint32) uint32 {
	x = bits.Reverse32(x)
	x ^= x * 0x3d20adea
	x += seed
	x *= seed>>16 | 1
	x ^= x * 0x05526c56
	x ^= x * 0x53a22864
	return bits.Reverse32(x)
}
