package storage

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/espalier-hpo/espalier/trials"
)

// The body of a hot report holds what the columns of the row do not: a byte
// with the version in its low three bits and flags in the others, then
//
//	source   uvarint                  with hasSource, else 0
//	client   varint                   with hasClient; the seq with clientIsSeq
//	elapsed  float64, little-endian   with hasElapsed, else NaN
//	values   to the end (uvarint metric, float64 little-endian); with inRow
//	         uvarint first metric, then float64s of it and those that follow
const (
	bodyVersion = 1
	versionBits = 0x07

	inRow       = 0x08
	hasSource   = 0x10
	hasClient   = 0x20
	clientIsSeq = 0x40
	hasElapsed  = 0x80
)

var errDamaged = errors.New("a stored report is damaged")

// appendBody appends the body of r to b.
func appendBody(b []byte, r *trials.ReportRow) []byte {
	at := len(b)
	b = append(b, bodyVersion)
	if r.Source != 0 {
		b[at] |= hasSource
		b = binary.AppendUvarint(b, uint64(r.Source))
	}
	switch r.Client {
	case trials.Absent:
	case r.Seq:
		b[at] |= clientIsSeq
	default:
		b[at] |= hasClient
		b = binary.AppendVarint(b, r.Client)
	}
	if !math.IsNaN(r.Elapsed) {
		b[at] |= hasElapsed
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.Elapsed))
	}
	if consecutive(r.Values) {
		b[at] |= inRow
		b = binary.AppendUvarint(b, uint64(r.Values[0].Metric))
		for _, v := range r.Values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Value))
		}
		return b
	}
	for _, v := range r.Values {
		b = binary.AppendUvarint(b, uint64(v.Metric))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Value))
	}
	return b
}

// consecutive says that there are two values or more and their metrics are
// k, k+1, k+2 and so on: a byte less for each.
func consecutive(values []trials.MetricValue) bool {
	for i := range values {
		if uint64(values[i].Metric) != uint64(values[0].Metric)+uint64(i) {
			return false
		}
	}
	return len(values) > 1
}

// decodeBody sets what the body of a report holds; r.Seq is set already.
// The values are made anew.
func decodeBody(body []byte, r *trials.ReportRow) error {
	in := input{b: body}
	flags := in.byte()
	if flags&versionBits != bodyVersion {
		return errDamaged
	}
	r.Source, r.Client, r.Elapsed, r.Values = 0, trials.Absent, math.NaN(), nil
	if flags&hasSource != 0 {
		r.Source = uint32(in.uvarint())
	}
	switch {
	case flags&clientIsSeq != 0:
		r.Client = r.Seq
	case flags&hasClient != 0:
		r.Client = in.varint()
	}
	if flags&hasElapsed != 0 {
		r.Elapsed = in.float()
	}
	if flags&inRow != 0 {
		first := uint32(in.uvarint())
		r.Values = make([]trials.MetricValue, len(in.b)/8)
		for i := range r.Values {
			r.Values[i] = trials.MetricValue{Metric: first + uint32(i), Value: in.float()}
		}
		if len(in.b) > 0 {
			in.fail()
		}
		return in.err
	}
	if n := len(in.b) / 9; n > 0 { // a pair has 9 bytes or more
		r.Values = make([]trials.MetricValue, 0, n)
	}
	for len(in.b) > 0 {
		r.Values = append(r.Values, trials.MetricValue{Metric: uint32(in.uvarint()), Value: in.float()})
	}
	return in.err
}

// input reads stored bytes. After the end it yields zeros and has an error.
type input struct {
	b   []byte
	err error
}

func (in *input) fail() {
	in.b, in.err = nil, errDamaged
}

// take returns the next n bytes, nil if there are fewer.
func (in *input) take(n uint64) []byte {
	if n > uint64(len(in.b)) {
		in.fail()
		return nil
	}
	out := in.b[:n]
	in.b = in.b[n:]
	return out
}

func (in *input) byte() byte {
	if b := in.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (in *input) uvarint() uint64 {
	v, n := binary.Uvarint(in.b)
	if n <= 0 {
		in.fail()
		return 0
	}
	in.b = in.b[n:]
	return v
}

func (in *input) varint() int64 {
	v, n := binary.Varint(in.b)
	if n <= 0 {
		in.fail()
		return 0
	}
	in.b = in.b[n:]
	return v
}

func (in *input) float() float64 {
	if b := in.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}
