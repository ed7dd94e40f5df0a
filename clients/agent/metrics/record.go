package metrics

import (
	"bytes"
	"math"
	"strconv"
)

// record is what one line says. It is used again for the next.
type record struct {
	values   []Value
	steps    []stepField
	names    []string // of steps, in order of precedence
	final    bool
	announce bool // it has no values, and its step is that of lines to come
	progress bool // it says how far its step is done: a later one may replace it
}

// stepField is a number that may be the step, and the name by which it goes.
type stepField struct {
	name string
	v    float64
}

func (r *record) reset() {
	*r = record{values: r.values[:0], steps: r.steps[:0]}
}

// add takes in a value, unless the record has one of that name.
func (r *record) add(name string, v float64) {
	if len(r.values) < maxNames && !has(r.values, name) {
		r.values = append(r.values, Value{name, v})
	}
}

// number returns the number with which a text begins, empty if it begins with
// none: a number needs a digit, or is nan, inf or infinity in any case.
func number(b []byte) []byte {
	n := 0
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		n = 1
	}
	if n < len(b) && isLetter(b[n]) {
		for _, word := range []string{"nan", "infinity", "inf"} {
			if len(b)-n >= len(word) && equalFold(b[n:n+len(word)], word) {
				return b[:n+len(word)]
			}
		}
		return nil
	}
	count := digits(b[n:])
	n += count
	if n < len(b) && b[n] == '.' {
		fraction := digits(b[n+1:])
		count += fraction
		n += 1 + fraction
	}
	if count == 0 {
		return nil
	}
	if n < len(b) && b[n]|0x20 == 'e' {
		e := n + 1
		if e < len(b) && (b[e] == '+' || b[e] == '-') {
			e++
		}
		if d := digits(b[e:]); d > 0 {
			n = e + d
		}
	}
	return b[:n]
}

// wholeNumber reads a text that is one number and no more. What is too large for
// a float64 is infinite.
func wholeNumber(b []byte) (float64, bool) {
	if n := len(number(b)); n == 0 || n < len(b) {
		return 0, false
	}
	if b[len(b)-1]|0x20 == 'n' { // C and C++ print -nan, too
		return math.NaN(), true
	}
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil || math.IsInf(v, 0)
}

// digits returns how many digits a text begins with.
func digits(b []byte) (n int) {
	for n < len(b) && isDigit(b[n]) {
		n++
	}
	return n
}

// trim cuts blanks off both ends of a line.
func trim(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isBlank(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' || b == 0 }

// dirty says that there is something to clean.
func dirty(b []byte) bool {
	return bytes.IndexByte(b, escape) >= 0 || bytes.IndexByte(b, '\b') >= 0
}

// clean appends a line to out, without the escape sequences of a terminal and
// what was erased by a backspace. Out must be empty.
func clean(out, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case escape:
			i += sequence(b[i:]) - 1
		case '\b':
			for len(out) > 0 && out[len(out)-1]&0xC0 == 0x80 { // the rest of a rune
				out = out[:len(out)-1]
			}
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, b[i])
		}
	}
	return out
}

const escape = 0x1b

// sequence returns the length of the escape sequence with which a text begins.
func sequence(b []byte) int {
	if len(b) < 2 {
		return len(b)
	}
	switch b[1] {
	case '[': // a control sequence: to its first byte from @ to ~
		for i := 2; i < len(b); i++ {
			if '@' <= b[i] && b[i] <= '~' {
				return i + 1
			}
		}
		return len(b)
	case ']': // a command to the system, such as a title: to BEL or ESC \
		for i := 2; i < len(b); i++ {
			if b[i] == 0x07 {
				return i + 1
			}
			if b[i] == escape && i+1 < len(b) && b[i+1] == '\\' {
				return i + 2
			}
		}
		return len(b)
	default:
		return 2
	}
}
