package api

import (
	"encoding/json"
	"fmt"
)

// Distribution is what a parameter may be: a [FloatDistribution], an
// [IntDistribution] or a [CategoricalDistribution].
type Distribution interface{ distribution() }

// FloatDistribution is a float in [Low, High], both included. Of Log and Step at
// most one is set.
type FloatDistribution struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Log  bool    `json:"log,omitempty"`
	Step float64 `json:"step,omitempty"` // above 0; 0: any float
	When When    `json:"when,omitempty"`
}

// IntDistribution is an integer in [Low, High], both included.
type IntDistribution struct {
	Low  int64 `json:"low"`
	High int64 `json:"high"`
	Log  bool  `json:"log,omitempty"`
	Step int64 `json:"step,omitempty"` // at least 1; 0: 1
	When When  `json:"when,omitempty"`
}

// CategoricalDistribution is one of the choices: strings, numbers, booleans and
// nil.
type CategoricalDistribution struct {
	Choices []any `json:"choices"`
	When    When  `json:"when,omitempty"`
}

func (FloatDistribution) distribution()       {}
func (IntDistribution) distribution()         {}
func (CategoricalDistribution) distribution() {}

// MarshalJSON implements [json.Marshaler].
func (d FloatDistribution) MarshalJSON() ([]byte, error) {
	type plain FloatDistribution
	return json.Marshal(struct {
		Type string `json:"type"`
		plain
	}{"float", plain(d)})
}

// MarshalJSON implements [json.Marshaler].
func (d IntDistribution) MarshalJSON() ([]byte, error) {
	type plain IntDistribution
	return json.Marshal(struct {
		Type string `json:"type"`
		plain
	}{"int", plain(d)})
}

// MarshalJSON implements [json.Marshaler].
func (d CategoricalDistribution) MarshalJSON() ([]byte, error) {
	type plain CategoricalDistribution
	return json.Marshal(struct {
		Type string `json:"type"`
		plain
	}{"categorical", plain(d)})
}

// SearchSpace is distributions by parameter name.
type SearchSpace map[string]Distribution

// UnmarshalJSON implements [json.Unmarshaler].
func (s *SearchSpace) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*s = make(SearchSpace, len(raw))
	for name, text := range raw {
		d, err := readDistribution(text)
		if err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
		(*s)[name] = d
	}
	return nil
}

func readDistribution(text json.RawMessage) (Distribution, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	switch head.Type {
	case "float":
		return decode[FloatDistribution](text)
	case "int":
		return decode[IntDistribution](text)
	case "categorical":
		return decode[CategoricalDistribution](text)
	default:
		return nil, fmt.Errorf("this client knows no distribution %q", head.Type)
	}
}

func decode[D Distribution](text json.RawMessage) (Distribution, error) {
	var d D
	err := json.Unmarshal(text, &d)
	return d, err
}
