package optuna

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// The types of distributions.
const (
	floatType       = "float"
	intType         = "int"
	categoricalType = "categorical"
)

// maxInt is the largest integer that a float64 holds exactly.
const maxInt = 1 << 53

// Distribution is a distribution in the form of ours.
type Distribution struct {
	Type    string           `json:"type"`
	Low     float64          `json:"low"`
	High    float64          `json:"high"`
	Step    float64          `json:"step,omitempty"`
	Log     bool             `json:"log,omitempty"`
	Choices []any            `json:"choices,omitempty"` // string, float64, bool or nil; Optuna may have one twice
	When    map[string][]any `json:"when,omitempty"`
}

// MarshalJSON implements [json.Marshaler]. A choice goes out once.
func (d *Distribution) MarshalJSON() ([]byte, error) {
	if d.Type != categoricalType {
		type plain Distribution
		return json.Marshal((*plain)(d))
	}
	var once []any
	for _, c := range d.Choices {
		if !slices.Contains(once, c) {
			once = append(once, c)
		}
	}
	return json.Marshal(struct {
		Type    string           `json:"type"`
		Choices []any            `json:"choices"`
		When    map[string][]any `json:"when,omitempty"`
	}{d.Type, once, d.When})
}

// attributes are what the classes of distributions have.
type attributes struct {
	Low     float  `json:"low"`
	High    float  `json:"high"`
	Step    *float `json:"step"`
	Q       *float `json:"q"` // the step of a DiscreteUniformDistribution
	Log     bool   `json:"log"`
	Choices []any  `json:"choices"`
}

// parseDistribution reads a distribution as Optuna's distribution_to_json writes
// it, those of its versions before 3 too, or in the short form.
func parseDistribution(text []byte) (*Distribution, error) {
	var in struct {
		Name       string      `json:"name"`
		Attributes *attributes `json:"attributes"`
		Type       string      `json:"type"`
		attributes
	}
	if err := json.Unmarshal(standard(text), &in); err != nil {
		return nil, fmt.Errorf("a distribution: %w", err)
	}
	a := &in.attributes
	if in.Attributes != nil {
		a = in.Attributes
	}
	d := &Distribution{Low: float64(a.Low), High: float64(a.High), Log: a.Log}
	for _, s := range []*float{a.Step, a.Q} {
		if s != nil {
			d.Step = float64(*s)
		}
	}
	switch in.Name + in.Type {
	case "FloatDistribution", floatType, "UniformDistribution", "DiscreteUniformDistribution":
		d.Type = floatType
	case "LogUniformDistribution":
		d.Type, d.Log = floatType, true
	case "IntDistribution", intType, "IntUniformDistribution":
		d.Type = intType
	case "IntLogUniformDistribution":
		d.Type, d.Log = intType, true
	case "CategoricalDistribution", categoricalType:
		d.Type = categoricalType
		d.setChoices(a.Choices)
	default:
		return nil, fmt.Errorf("%q is no distribution of Optuna", in.Name+in.Type)
	}
	if d.Type == intType && d.Step == 1 || d.Log {
		d.Step = 0
	}
	return d, nil
}

// setChoices takes choices; a list or an object becomes its JSON as text.
func (d *Distribution) setChoices(choices []any) {
	for _, c := range choices {
		switch c.(type) {
		case nil, string, float64, bool:
		default:
			b, _ := json.Marshal(c) // it was JSON
			c = string(b)
		}
		d.Choices = append(d.Choices, c)
	}
}

// check says why the service could not take the distribution.
func (d *Distribution) check() error {
	switch {
	case d.Type == categoricalType && len(d.Choices) == 0:
		return errors.New("it has no choices")
	case d.Type == categoricalType:
		return nil
	case !finite(d.Low) || !finite(d.High) || !finite(d.High-d.Low) || d.High < d.Low:
		return errors.New("its range is not finite")
	case d.Step < 0 || !finite(d.Step) || d.Step > 0 && (d.High-d.Low)/d.Step > maxInt:
		return errors.New("its step is too small")
	case d.Log && d.Low <= 0:
		return errors.New("its logarithmic range does not begin above 0")
	case d.Type == intType:
		return d.checkInt()
	}
	return nil
}

func (d *Distribution) checkInt() error {
	for _, v := range []float64{d.Low, d.High, d.Step} {
		if math.Abs(v) > maxInt {
			return errors.New("its integers go beyond 2^53")
		}
		if v != math.Trunc(v) {
			return errors.New("its range is not one of integers")
		}
	}
	return nil
}

// holding returns a distribution that has the value: d itself, or one that is
// wide enough. Optuna lets an enqueued value be outside.
func (d *Distribution) holding(v float64) (*Distribution, error) {
	switch {
	case d.Type == categoricalType && (v != math.Trunc(v) || v < 0 || v >= float64(len(d.Choices))):
		return nil, errors.New("its value is not one of the choices")
	case d.Type == categoricalType:
		return d, nil
	case !finite(v):
		return nil, errors.New("its value is not finite")
	case d.Type == intType && v != math.Trunc(v):
		return nil, errors.New("its value is no integer")
	case d.Low <= v && v <= d.High && d.onGrid(v):
		return d, nil
	}
	wide := *d
	wide.Low, wide.High = math.Min(d.Low, v), math.Max(d.High, v)
	wide.Log = d.Log && wide.Low > 0
	if !d.onGrid(v) {
		wide.Step = 0
	}
	return &wide, wide.check()
}

// onGrid says that v is a whole number of steps from low, but for rounding.
func (d *Distribution) onGrid(v float64) bool {
	if d.Step == 0 {
		return true
	}
	grid := d.Low + math.Round((v-d.Low)/d.Step)*d.Step
	return math.Abs(v-grid) <= 1e-8*d.Step+1e-15*math.Max(math.Abs(d.Low), math.Abs(d.High))
}

// sameKind says that values of d and e may stand in one column.
func (d *Distribution) sameKind(e *Distribution) bool {
	return d.Type == e.Type && slices.Equal(d.Choices, e.Choices)
}

// widest returns the smallest distribution that holds d and e, of the same kind.
func (d *Distribution) widest(e *Distribution) *Distribution {
	if d.Type == categoricalType || d == e {
		return d
	}
	out := *d
	out.Low, out.High = math.Min(d.Low, e.Low), math.Max(d.High, e.High)
	out.Log = d.Log && e.Log
	if d.Step != e.Step || !d.onGrid(e.Low) {
		out.Step = 0
	}
	return &out
}

// outer returns the value of a parameter as it travels.
func (d *Distribution) outer(v float64) any {
	if d.Type == categoricalType {
		return d.Choices[int(v)]
	}
	return v
}
