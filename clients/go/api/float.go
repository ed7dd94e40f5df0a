package api

import (
	"encoding/json"
	"fmt"
	"math"
)

// Float is a float64 that JSON carries as a number, or as one of the strings
// "NaN", "Infinity" and "-Infinity".
type Float float64

// MarshalJSON implements [json.Marshaler].
func (f Float) MarshalJSON() ([]byte, error) {
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

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Float) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"NaN"`:
		*f = Float(math.NaN())
	case `"Infinity"`:
		*f = Float(math.Inf(1))
	case `"-Infinity"`:
		*f = Float(math.Inf(-1))
	default:
		if len(b) == 0 || b[0] != '-' && (b[0] < '0' || b[0] > '9') {
			return fmt.Errorf(`want a number, "NaN", "Infinity" or "-Infinity", not %s`, b)
		}
		return json.Unmarshal(b, (*float64)(f))
	}
	return nil
}

// Metrics are floats by metric name, which may be NaN and infinite. The names
// hold their units; those that begin with "system/" are of the machine.
type Metrics map[string]float64

// MarshalJSON implements [json.Marshaler].
func (m Metrics) MarshalJSON() ([]byte, error) {
	out := make(map[string]Float, len(m))
	for name, v := range m {
		out[name] = Float(v)
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *Metrics) UnmarshalJSON(b []byte) error {
	var in map[string]Float
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*m = make(Metrics, len(in))
	for name, v := range in {
		(*m)[name] = float64(v)
	}
	return nil
}
