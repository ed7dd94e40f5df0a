package api

import (
	"math"

	"github.com/espalier-hpo/espalier/trials"
)

// scan reads a report of the common shape straight from its bytes, several
// times faster than the decoder: names and strings of plain ASCII, integers
// without a point, numbers of few digits. Of whatever is not so it says false,
// which is no judgement: the decoder reads it then. FuzzReport holds it to the
// decoder.
func (rr *reportReader) scan(body []byte, r *trials.Report) bool {
	*r = trials.Report{Step: trials.Absent, Seq: trials.Absent, Elapsed: math.NaN()}
	s := scanner{b: body}
	if !s.is('{') {
		return false
	}
	for seen := 0; ; {
		name, ok := s.text()
		if !ok || !s.is(':') {
			return false
		}
		member := 0
		switch string(name) {
		case "step":
			member = 1
			r.Step, ok = s.integer()
		case "seq":
			member = 2
			r.Seq, ok = s.integer()
		case "elapsed_seconds":
			member = 4
			r.Elapsed, ok = s.number()
			ok = ok && r.Elapsed >= 0
		case "value":
			member = 8
			var v float64
			v, ok = s.float()
			rr.value, r.Value = trials.Float(v), &rr.value
		case "metrics":
			member = 16
			r.Metrics, ok = rr.scanMetrics(&s)
		default:
			return false
		}
		if !ok || seen&member != 0 {
			return false
		}
		seen |= member
		if s.is('}') {
			return s.end()
		}
		if !s.is(',') {
			return false
		}
	}
}

// scannedMetrics is how many metrics are compared with each other for names
// that are there twice.
const scannedMetrics = 32

func (rr *reportReader) scanMetrics(s *scanner) ([]trials.Metric, bool) {
	if !s.is('{') {
		return nil, false
	}
	out := rr.metrics[:0]
	for len(out) < scannedMetrics {
		text, ok := s.text()
		if !ok || !s.is(':') {
			return nil, false
		}
		name := rr.keep(text)
		for i := range out {
			if out[i].Name == name {
				return nil, false
			}
		}
		v, ok := s.float()
		if !ok {
			return nil, false
		}
		out = append(out, trials.Metric{Name: name, Value: v})
		if s.is('}') {
			rr.metrics = out[:0]
			return out, true
		}
		if !s.is(',') {
			return nil, false
		}
	}
	return nil, false
}

// scanner walks over JSON.
type scanner struct {
	b []byte
	i int
}

// peek passes white space and returns the byte after it, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// is passes a byte, if it is the next.
func (s *scanner) is(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

func (s *scanner) end() bool { return s.peek() == 0 && s.i == len(s.b) }

// text passes a string of plain ASCII.
func (s *scanner) text() ([]byte, bool) {
	if !s.is('"') {
		return nil, false
	}
	for start := s.i; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1], true
		case c < ' ' || c > '~' || c == '\\':
			return nil, false
		}
	}
	return nil, false
}

// digits passes digits and adds them to a number; n is how many there were.
// The number is below 10^18 as long as it had no more than 18 digits.
func (s *scanner) digits(v uint64) (sum uint64, n int) {
	start := s.i
	for s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9' {
		v = v*10 + uint64(s.b[s.i]-'0')
		s.i++
	}
	return v, s.i - start
}

// integer passes an integer of at least 0 that is written as one.
func (s *scanner) integer() (int64, bool) {
	first := s.peek()
	v, n := s.digits(0)
	if n == 0 || n > 15 || first == '0' && n > 1 || s.i < len(s.b) && (s.b[s.i] == '.' || s.b[s.i]|' ' == 'e') {
		return 0, false
	}
	return int64(v), true
}

// float passes a number, or a string that stands for one.
func (s *scanner) float() (float64, bool) {
	if s.peek() != '"' {
		return s.number()
	}
	text, ok := s.text()
	if !ok {
		return 0, false
	}
	return trials.ParseNonFinite(string(text))
}

// Powers of ten that a float64 holds exactly.
var powers = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// number passes a number m*10^e that is exact in one multiplication or
// division: both m and 10^|e| are float64s, so their product is rounded once
// (Clinger, How to Read Floating Point Numbers Accurately, PLDI 1990).
func (s *scanner) number() (float64, bool) {
	negative := s.is('-')
	start := s.i
	m, n := s.digits(0)
	if n == 0 || n > 1 && s.b[start] == '0' {
		return 0, false
	}
	e := 0
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		var decimals int
		if m, decimals = s.digits(m); decimals == 0 {
			return 0, false
		}
		n, e = n+decimals, -decimals
	}
	if s.i < len(s.b) && s.b[s.i]|' ' == 'e' {
		exponent, ok := s.exponent()
		if !ok {
			return 0, false
		}
		e += exponent
	}
	if n > 18 || m > 1<<53 || e < -22 || e > 22 {
		return 0, false
	}
	v := float64(m)
	if e < 0 {
		v /= powers[-e]
	} else {
		v *= powers[e]
	}
	if negative {
		v = -v
	}
	return v, true
}

func (s *scanner) exponent() (int, bool) {
	s.i++
	sign := 1
	if s.i < len(s.b) && (s.b[s.i] == '-' || s.b[s.i] == '+') {
		if s.b[s.i] == '-' {
			sign = -1
		}
		s.i++
	}
	v, n := s.digits(0)
	if n == 0 || n > 3 {
		return 0, false
	}
	return sign * int(v), true
}
