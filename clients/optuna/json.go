package optuna

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// nonFinite are the words that Python's json writes where JSON has no number,
// the longest first.
var nonFinite = [][]byte{[]byte("-Infinity"), []byte("Infinity"), []byte("NaN")}

// standard returns JSON as Python writes it with NaN and the infinities in
// quotes, as ours has them.
func standard(b []byte) []byte {
	if !bytes.Contains(b, nonFinite[1]) && !bytes.Contains(b, nonFinite[2]) {
		return b
	}
	out := make([]byte, 0, len(b)+16)
	text := false // within a string
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case text && c == '\\' && i+1 < len(b):
			out = append(out, c, b[i+1])
			i++
			continue
		case c == '"':
			text = !text
		case !text:
			if word := wordAt(b[i:]); word != nil {
				out = append(append(append(out, '"'), word...), '"')
				i += len(word) - 1
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

func wordAt(b []byte) []byte {
	for _, word := range nonFinite {
		if bytes.HasPrefix(b, word) {
			return word
		}
	}
	return nil
}

// float is a number in [standard] JSON, and goes out in the same form.
type float float64

// UnmarshalJSON implements [json.Unmarshaler].
func (f *float) UnmarshalJSON(b []byte) error {
	if len(b) > 1 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil && !math.IsInf(v, 0) {
		return fmt.Errorf("%s is not a number", b)
	}
	*f = float(v)
	return nil
}

// MarshalJSON implements [json.Marshaler].
func (f float) MarshalJSON() ([]byte, error) {
	switch v := float64(f); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(v)
	}
}

func floats(in []float) []float64 {
	out := make([]float64, len(in))
	for i, v := range in {
		out[i] = float64(v)
	}
	return out
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
