package trials

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is the type of a [Distribution].
type Kind string

// The kinds of distributions.
const (
	FloatKind       Kind = "float"
	IntKind         Kind = "int"
	CategoricalKind Kind = "categorical"
)

// maxInt is the largest integer that a float64 holds exactly.
const maxInt = 1 << 53

// Distribution says what one parameter may be. Inside, every value is a
// float64: a float or an int as itself, a category as the index of its choice.
// [Distribution.At] and [Distribution.Unit] map the unit interval to it and
// back, so that a sampler never needs to look inside.
type Distribution struct {
	Type Kind `json:"type"`
	// Low and High are both included. With a step the last value is the largest
	// low + k*step that is not above high. With log, Low is above 0 (at least 1
	// for ints) and there is no step.
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Step    float64 `json:"step,omitempty"`
	Log     bool    `json:"log,omitempty"`
	Choices []any   `json:"choices,omitempty"` // string, float64, bool or nil, all different
	// When makes the parameter conditional: it exists only while each parent
	// named here exists and has one of the values listed.
	When map[string][]any `json:"when,omitempty"`
}

// MarshalJSON implements [json.Marshaler]; a category has no low and high.
func (d Distribution) MarshalJSON() ([]byte, error) {
	if d.Type == CategoricalKind {
		return json.Marshal(struct {
			Type    Kind             `json:"type"`
			Choices []any            `json:"choices"`
			When    map[string][]any `json:"when,omitempty"`
		}{d.Type, d.Choices, d.When})
	}
	type plain Distribution
	return json.Marshal(plain(d))
}

// Count returns how many values d has, 0 if it is continuous.
func (d *Distribution) Count() int {
	switch {
	case d.Type == CategoricalKind:
		return len(d.Choices)
	case d.Type == IntKind || d.Step > 0:
		// Half a billionth of a step forgives 0.1*3 = 0.30000000000000004.
		return int(math.Floor((d.High-d.Low)/d.step()+5e-10)) + 1
	default:
		return 0
	}
}

func (d *Distribution) step() float64 {
	if d.Step == 0 {
		return 1
	}
	return d.Step
}

// At maps u in [0, 1] to a value; 0 gives the lowest value and 1 the highest.
// Values that can be counted have equal shares, but for log ints, whose shares
// are those of the logarithm.
func (d *Distribution) At(u float64) float64 {
	u = min(max(u, 0), 1)
	if n := d.Count(); n > 0 && !d.Log {
		i := math.Min(math.Floor(u*float64(n)), float64(n-1))
		if d.Type == CategoricalKind {
			return i
		}
		return math.Min(d.Low+i*d.step(), d.High)
	}
	if !d.Log {
		return math.Min(d.Low+u*(d.High-d.Low), d.High)
	}
	lo, hi := d.logRange()
	v := math.Exp(lo + u*(hi-lo))
	if d.Type == IntKind {
		v = math.Round(v)
	}
	return math.Min(math.Max(v, d.Low), d.High)
}

// Unit maps a value to [0, 1], a counted one to the middle of its share.
func (d *Distribution) Unit(v float64) float64 {
	if n := d.Count(); n > 0 && !d.Log {
		i := v
		if d.Type != CategoricalKind {
			i = math.Round((v - d.Low) / d.step())
		}
		return min(max((i+0.5)/float64(n), 0), 1)
	}
	lo, hi := d.Low, d.High
	if d.Log {
		lo, hi = d.logRange()
		v = math.Log(v)
	}
	if hi <= lo {
		return 0.5
	}
	return min(max((v-lo)/(hi-lo), 0), 1)
}

func (d *Distribution) logRange() (lo, hi float64) {
	if d.Type == IntKind {
		return math.Log(d.Low - 0.5), math.Log(d.High + 0.5)
	}
	return math.Log(d.Low), math.Log(d.High)
}

// Contains says that v is a value of d, on its grid if it has one.
func (d *Distribution) Contains(v float64) bool {
	switch {
	case d.Type == CategoricalKind:
		return v == math.Trunc(v) && 0 <= v && v < float64(len(d.Choices))
	case !(d.Low <= v && v <= d.High): // also for NaN
		return false
	case d.Type == IntKind && v != math.Trunc(v):
		return false
	case d.Step > 0:
		// Forgives what rounding does to low + k*step, and no more.
		grid := d.Low + math.Round((v-d.Low)/d.Step)*d.Step
		return math.Abs(v-grid) <= 1e-8*d.Step+1e-15*math.Max(math.Abs(d.Low), math.Abs(d.High))
	default:
		return true
	}
}

// Encode returns the inner value of a parameter as it came in JSON.
func (d *Distribution) Encode(v any) (float64, error) {
	if d.Type == CategoricalKind {
		for i, c := range d.Choices {
			if c == v {
				return float64(i), nil
			}
		}
		return 0, fmt.Errorf("%s is not one of the choices", brief(v))
	}
	f, ok := v.(float64)
	if !ok {
		return 0, fmt.Errorf("%s is not a number", brief(v))
	}
	if !d.Contains(f) {
		return 0, fmt.Errorf("%s is not a value of %s", brief(v), d)
	}
	return f, nil
}

// inner returns the inner value of an outer one that need not be within d.
func (d *Distribution) inner(v any) (float64, bool) {
	if d.Type == CategoricalKind {
		i := slices.Index(d.Choices, v)
		return float64(i), i >= 0
	}
	f, ok := v.(float64)
	return f, ok
}

// Decode returns the outer value for an inner one: a number or a choice.
func (d *Distribution) Decode(v float64) any {
	if d.Type == CategoricalKind {
		return d.Choices[int(v)]
	}
	return v
}

// String returns d for a message, such as "int 1 to 9, step 2".
func (d *Distribution) String() string {
	if d.Type == CategoricalKind {
		return fmt.Sprintf("%d choices", len(d.Choices))
	}
	s := fmt.Sprintf("%s %v to %v", d.Type, d.Low, d.High)
	if d.Log {
		s += ", log"
	}
	if d.Step > 0 && !(d.Type == IntKind && d.Step == 1) {
		s += fmt.Sprintf(", step %v", d.Step)
	}
	return s
}

// kind returns what of d never changes within a study, for a message.
func (d *Distribution) kind() string {
	if d.Type == CategoricalKind {
		return fmt.Sprintf("categorical with %d choices, in an order of their own", len(d.Choices))
	}
	return string(d.Type)
}

// Equal says that d and e are the same distribution, conditions included.
func (d *Distribution) Equal(e *Distribution) bool {
	return d.Type == e.Type && d.Low == e.Low && d.High == e.High && d.step() == e.step() &&
		d.Log == e.Log && slices.Equal(d.Choices, e.Choices) && maps.EqualFunc(d.When, e.When, slices.Equal[[]any])
}

// compatible says that values of d and e may stand in one column: the same
// kind and, for categories, the same choices (the rule of Optuna's
// check_distribution_compatibility).
func (d *Distribution) compatible(e *Distribution) bool {
	return d.Type == e.Type && slices.Equal(d.Choices, e.Choices)
}

func scalar(v any) bool {
	switch v.(type) {
	case nil, string, float64, bool:
		return true
	}
	return false
}

func brief(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(b) > 64 {
		return string(b[:61]) + "..."
	}
	return string(b)
}

// SearchSpace holds the distributions by parameter name.
type SearchSpace map[string]Distribution

// Params holds parameter values by name as they travel: float64, or a choice.
type Params map[string]any

// Space is a search space made ready for use: names in an order in which every
// parent comes before its children, otherwise by name.
type Space struct {
	Names []string
	Dists []Distribution
	index map[string]int
}

// Index returns the place of a name, -1 if there is none.
func (s *Space) Index(name string) int {
	if i, ok := s.index[name]; ok {
		return i
	}
	return -1
}

// Active says whether parameter i exists, given the inner values of those that
// come before it (by name; an absent one is not in the map).
func (s *Space) Active(i int, values map[string]float64) bool {
	for parent, allowed := range s.Dists[i].When {
		p := s.index[parent]
		v, ok := values[parent]
		if !ok || !slices.Contains(allowed, s.Dists[p].Decode(v)) {
			return false
		}
	}
	return true
}

// bar returns a parent because of whose value a parameter does not exist beside
// the others; empty if it does, or may yet since the parent is not given. In
// params that are whole a parent that is not given does not exist.
func (s *Space) bar(i int, p Params, whole bool) string {
	when := s.Dists[i].When
	for _, parent := range slices.Sorted(maps.Keys(when)) {
		d := &s.Dists[s.index[parent]]
		v, given := p[parent]
		inner, err := d.Encode(v)
		if given && (err != nil || !slices.Contains(when[parent], d.Decode(inner))) || !given && whole {
			return parent
		}
	}
	return ""
}

// Params returns the outer values for inner ones.
func (s *Space) Params(values map[string]float64) Params {
	out := make(Params, len(values))
	for name, v := range values {
		out[name] = s.Dists[s.index[name]].Decode(v)
	}
	return out
}

// checkName refuses names that could not be shown or matched.
func checkName(name string) string {
	switch {
	case name == "":
		return "a parameter needs a name"
	case len(name) > 128:
		return "the name is longer than 128 bytes"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "the name has characters that cannot be shown"
	}
	return ""
}

// Compile checks a search space and makes it ready. The faults name their
// place below the JSON Pointer given.
func (s SearchSpace) Compile(pointer string) (*Space, error) {
	var bad faults
	for _, name := range slices.Sorted(maps.Keys(s)) {
		at := pointer + "/" + escapePointer(name)
		if msg := checkName(name); msg != "" {
			bad.add(at, "%s", msg)
		}
		d := s[name]
		checkDistribution(&d, at, &bad)
		if d.Step != s[name].Step { // else s is only read: others may do so now
			s[name] = d
		}
	}
	if len(bad) == 0 {
		s.checkConditions(pointer, &bad)
	}
	if len(bad) > 0 {
		return nil, bad.err()
	}
	out := &Space{index: make(map[string]int, len(s))}
	for _, name := range s.order(pointer, &bad) {
		out.index[name] = len(out.Names)
		out.Names = append(out.Names, name)
		out.Dists = append(out.Dists, s[name])
	}
	return out, bad.err()
}

// checkDistribution finds what can never work, and drops an int's step of 1,
// which is no step.
func checkDistribution(d *Distribution, at string, bad *faults) {
	switch d.Type {
	case CategoricalKind:
		checkChoices(d, at, bad)
	case FloatKind:
		checkRange(d, at, bad)
	case IntKind:
		for _, end := range []struct {
			name string
			v    float64
		}{{"low", d.Low}, {"high", d.High}, {"step", d.Step}} {
			if end.v != math.Trunc(end.v) || math.Abs(end.v) > maxInt {
				bad.add(at+"/"+end.name, "must be an integer between -2^53 and 2^53")
			}
		}
		if d.Step == 1 {
			d.Step = 0
		}
		checkRange(d, at, bad)
	default:
		bad.add(at+"/type", "must be float, int or categorical")
	}
}

func checkChoices(d *Distribution, at string, bad *faults) {
	if len(d.Choices) == 0 {
		bad.add(at+"/choices", "at least one choice is needed")
	}
	seen := make(map[any]bool, len(d.Choices))
	for i, c := range d.Choices {
		if !scalar(c) {
			bad.add(fmt.Sprintf("%s/choices/%d", at, i), "must be a string, a number, true, false or null")
			continue
		}
		if seen[c] {
			bad.add(fmt.Sprintf("%s/choices/%d", at, i), "%s is there twice", brief(c))
		}
		seen[c] = true
	}
}

func checkRange(d *Distribution, at string, bad *faults) {
	switch {
	case !finite(d.Low) || !finite(d.High) || !finite(d.High-d.Low):
		bad.add(at+"/high", "low, high and the distance between them must be finite")
	case d.High < d.Low:
		bad.add(at+"/high", "high (%v) is below low (%v)", d.High, d.Low)
	case d.Step < 0 || (d.Step > 0 && (d.High-d.Low)/d.Step > maxInt):
		bad.add(at+"/step", "must be above 0, with at most 2^53 steps between low and high")
	}
	if d.Log && d.Step > 0 {
		bad.add(at+"/log", "of log and step at most one can be given")
	}
	if d.Log && (d.Low <= 0 || (d.Type == IntKind && d.Low < 1)) {
		bad.add(at+"/low", "with log, low must be above 0, and at least 1 for an int")
	}
}

// checkConditions finds parents that do not exist and values they cannot take.
func (s SearchSpace) checkConditions(pointer string, bad *faults) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		for _, parent := range slices.Sorted(maps.Keys(s[name].When)) {
			at := pointer + "/" + escapePointer(name) + "/when/" + escapePointer(parent)
			d, ok := s[parent]
			if !ok || parent == name {
				bad.add(at, "there is no other parameter of this name")
				continue
			}
			for i, v := range s[name].When[parent] {
				if _, err := d.Encode(v); err != nil {
					bad.add(fmt.Sprintf("%s/%d", at, i), "%v", err)
				}
			}
		}
	}
}

// order returns the names, parents first (Kahn's algorithm, by name within a
// generation).
func (s SearchSpace) order(pointer string, bad *faults) []string {
	var out []string
	done := make(map[string]bool, len(s))
	for len(out) < len(s) {
		var next []string
		for name, d := range s {
			ready := !done[name]
			for parent := range d.When {
				ready = ready && done[parent]
			}
			if ready {
				next = append(next, name)
			}
		}
		if len(next) == 0 {
			bad.add(pointer, "the conditions go in a circle")
			return out
		}
		slices.Sort(next)
		for _, name := range next {
			done[name] = true
		}
		out = append(out, next...)
	}
	return out
}

// escapePointer escapes one reference token of a JSON Pointer (RFC 6901).
func escapePointer(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
