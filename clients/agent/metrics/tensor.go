package metrics

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The types of a tensor's elements that a scalar may have.
const (
	typeFloat    = 1
	typeDouble   = 2
	typeBFloat16 = 14
	typeHalf     = 19
)

// tensor reads a TensorProto: its type (1), its shape (2), and its elements: as
// bytes (4), or one by one as halves (13), floats (5) or doubles (6). What is not
// a scalar of such a type is passed over.
func tensor(b []byte) (v float64, ok bool, err error) {
	var kind uint64
	var bits uint64 // of the element: if it is left out, it is 0
	scalar := true
	err = fields(b, func(n int, number uint64, data []byte) error {
		switch n {
		case 1:
			kind = number
		case 2:
			scalar = scalar && !hasDimensions(data)
		case 4, 5, 6, 13:
			one, complete := element(n, number, data)
			bits, scalar = one, scalar && complete
		}
		return nil
	})
	if err != nil || !scalar {
		return 0, false, err
	}
	switch kind {
	case typeFloat:
		return float64(math.Float32frombits(uint32(bits))), true, nil
	case typeDouble:
		return math.Float64frombits(bits), true, nil
	case typeBFloat16:
		return float64(math.Float32frombits(uint32(bits) << 16)), true, nil
	case typeHalf:
		return half(uint16(bits)), true, nil
	default:
		return 0, false, nil
	}
}

// hasDimensions says that a TensorShapeProto has dimensions (2), or that its rank
// is unknown (3).
func hasDimensions(b []byte) (found bool) {
	err := fields(b, func(n int, _ uint64, _ []byte) error {
		found = found || n == 2 || n == 3
		return nil
	})
	return found || err != nil
}

// element returns the bits of the one element of a field, which may be packed.
func element(n int, number uint64, data []byte) (bits uint64, ok bool) {
	switch {
	case data == nil:
		return number, true
	case n == 13:
		bits, size := protowire.ConsumeVarint(data)
		return bits, size == len(data)
	case len(data) == 2:
		return uint64(binary.LittleEndian.Uint16(data)), true
	case len(data) == 4:
		return uint64(binary.LittleEndian.Uint32(data)), true
	case len(data) == 8:
		return binary.LittleEndian.Uint64(data), true
	default:
		return 0, false
	}
}

// half returns the value of a number of 16 bits: 1 of the sign, 5 of the
// exponent, 10 of the fraction.
func half(b uint16) float64 {
	sign := 1.0
	if b&0x8000 != 0 {
		sign = -1
	}
	exponent, fraction := int(b>>10&0x1f), float64(b&0x3ff)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 0x1f:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	default:
		return sign * math.Ldexp(1024+fraction, exponent-25)
	}
}
