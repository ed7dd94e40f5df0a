// Package options declares the options of a sampler or a pruner once, and from
// that one declaration decodes a node strictly, makes its defaults explicit and
// publishes its JSON Schema. It knows package trials and nobody else.
//
// A declaration binds a name to a variable, as in package flag. What the
// variable holds when it is declared is the default:
//
//	o := tpe{startup: 10}
//	set := options.NewSet("goptuna.tpe")
//	set.Int(&o.startup, "startup_trials", "Random before so many trials.").AtLeast(0)
//	faults := set.Decode(node)
package options

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/espalier-hpo/espalier/trials"
)

// Set holds the options of one type of node.
type Set struct {
	typ     string
	options []*Option
	someOf  []string
	given   map[string]bool
}

// Option is one declared option, which its methods narrow.
type Option struct {
	name, doc string
	value     value
	required  bool
}

// value is the variable behind an option.
type value interface {
	// decode takes in a member's value, or says in words what it must be.
	decode(raw json.RawMessage) (fault string)
	schema() object
	// now returns what the variable holds; false if it holds nothing.
	now() (any, bool)
}

// NewSet returns the empty set of options of a type of node.
func NewSet(typ string) *Set { return &Set{typ: typ} }

func (s *Set) add(name, doc string, v value) *Option {
	o := &Option{name: name, doc: doc, value: v}
	s.options = append(s.options, o)
	return o
}

// SomeOf says that at least one of the options named must be given.
func (s *Set) SomeOf(names ...string) { s.someOf = names }

// Required says that the option has no default.
func (o *Option) Required() *Option {
	o.required = true
	return o
}

// Decode sets the variables from a node and returns all that is wrong with it,
// by pointers into the node. Its type was read before.
func (s *Set) Decode(node json.RawMessage) (faults Faults) {
	members, faults := split(node)
	given := make(map[string]bool, len(members))
	s.given = given
	for _, m := range members {
		at := "/" + EscapePointer(m.name)
		switch o := s.option(m.name); {
		case given[m.name]:
			faults.Add(at, "is there twice")
		case m.name == "type":
		case o == nil:
			faults.Add(at, "is not an option of %s, which has %s", s.typ, s.names())
		default:
			if fault := o.value.decode(m.value); fault != "" {
				faults.Add(at, "%s", fault)
			}
		}
		given[m.name] = true
	}
	for _, o := range s.options {
		if o.required && !given[o.name] {
			faults.Add("/"+o.name, "is needed by %s", s.typ)
		}
	}
	some := len(s.someOf) == 0
	for _, name := range s.someOf {
		some = some || given[name]
	}
	if !some {
		faults.Add("/"+s.someOf[0], "of %s at least one is needed", list(s.someOf, "and"))
	}
	return faults
}

// Given says that the node had an option, once it is decoded.
func (s *Set) Given(name string) bool { return s.given[name] }

func (s *Set) option(name string) *Option {
	for _, o := range s.options {
		if o.name == name {
			return o
		}
	}
	return nil
}

func (s *Set) names() string {
	if len(s.options) == 0 {
		return "none"
	}
	names := make([]string, len(s.options))
	for i, o := range s.options {
		names[i] = o.name
	}
	return list(names, "and")
}

// Resolved returns the node as its variables now stand: every default is
// explicit, and what holds nothing is left out.
func (s *Set) Resolved() json.RawMessage {
	node := object{{"type", s.typ}}
	for _, o := range s.options {
		if v, ok := o.value.now(); ok {
			node = append(node, property{o.name, v})
		}
	}
	return node.json()
}

// Schema returns the JSON Schema of the node, its type included. It must be
// called before Decode, while the variables hold the defaults.
func (s *Set) Schema() json.RawMessage {
	properties := object{{"type", object{{"const", s.typ}}}}
	required := []string{"type"}
	for _, o := range s.options {
		schema := append(object{}, o.value.schema()...)
		schema = append(schema, property{"description", o.doc})
		if v, ok := o.value.now(); ok && !o.required {
			schema = append(schema, property{"default", v})
		}
		properties = append(properties, property{o.name, schema})
		if o.required {
			required = append(required, o.name)
		}
	}
	schema := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"type", "object"},
		{"properties", properties},
		{"required", required},
		{"additionalProperties", false},
	}
	if len(s.someOf) > 0 {
		some := make([]object, len(s.someOf))
		for i, name := range s.someOf {
			some[i] = object{{"required", []string{name}}}
		}
		schema = append(schema, property{"anyOf", some})
	}
	return schema.json()
}

// Int declares an integer.
func (s *Set) Int(p *int64, name, doc string) *Range {
	r := &Range{low: -maxInt, high: maxInt, integer: true}
	r.set = func(v float64) { *p = int64(v) }
	r.get = func() (any, bool) { return *p, true }
	r.Option = s.add(name, doc, r)
	return r
}

// Number declares a number.
func (s *Set) Number(p *float64, name, doc string) *Range {
	r := &Range{low: math.Inf(-1), high: math.Inf(1)}
	r.set = func(v float64) { *p = v }
	r.get = func() (any, bool) { return *p, true }
	r.Option = s.add(name, doc, r)
	return r
}

// Maybe declares a number that may be left out: then *p is nil.
func (s *Set) Maybe(p **float64, name, doc string) *Range {
	r := &Range{low: math.Inf(-1), high: math.Inf(1)}
	r.set = func(v float64) { *p = &v }
	r.get = func() (any, bool) { return *p, *p != nil }
	r.Option = s.add(name, doc, r)
	return r
}

// maxInt is the largest integer that every JSON reader takes in exactly.
const maxInt = 1 << 53

// Range is a number with its ends, both included unless it is above the lower.
type Range struct {
	*Option
	low, high float64
	above     bool
	integer   bool
	set       func(float64)
	get       func() (any, bool)
}

// AtLeast sets the lower end.
func (r *Range) AtLeast(low float64) *Range {
	r.low = low
	return r
}

// Above sets the lower end, which is not included.
func (r *Range) Above(low float64) *Range {
	r.low, r.above = low, true
	return r
}

// AtMost sets the upper end.
func (r *Range) AtMost(high float64) *Range {
	r.high = high
	return r
}

func (r *Range) decode(raw json.RawMessage) string {
	var v float64
	if isNull(raw) || json.Unmarshal(raw, &v) != nil ||
		v < r.low || r.above && v == r.low || v > r.high || r.integer && v != math.Trunc(v) {
		return "must be " + r.words()
	}
	r.set(v)
	return ""
}

func (r *Range) words() string {
	kind := "a number"
	if r.integer {
		kind = "an integer"
	}
	low, high := r.ends()
	switch {
	case low && high && r.above:
		return fmt.Sprintf("%s above %v and at most %v", kind, r.low, r.high)
	case low && r.above:
		return fmt.Sprintf("%s above %v", kind, r.low)
	case low && high:
		return fmt.Sprintf("%s from %v to %v", kind, r.low, r.high)
	case low:
		return fmt.Sprintf("%s of at least %v", kind, r.low)
	case high:
		return fmt.Sprintf("%s of at most %v", kind, r.high)
	default:
		return kind
	}
}

// ends says which of the ends are worth a word.
func (r *Range) ends() (low, high bool) {
	return r.low > -maxInt, r.high < maxInt
}

func (r *Range) now() (any, bool) { return r.get() }

func (r *Range) schema() object {
	kind := "number"
	if r.integer {
		kind = "integer"
	}
	schema := object{{"type", kind}}
	low, high := r.ends()
	switch {
	case low && r.above:
		schema = append(schema, property{"exclusiveMinimum", r.low})
	case low:
		schema = append(schema, property{"minimum", r.low})
	}
	if high {
		schema = append(schema, property{"maximum", r.high})
	}
	return schema
}

// Word declares a string that is one of a few words. An empty variable has no
// default yet: it depends on the study, and the doc says how.
func Word[T ~string](s *Set, p *T, name, doc string, words ...T) *Option {
	w := &text[T]{p: p, must: "one of " + list(words, "or")}
	w.valid = func(v string) bool {
		for _, word := range words {
			if v == string(word) {
				return true
			}
		}
		return false
	}
	w.facts = object{{"enum", words}}
	return s.add(name, doc, w)
}

// Metric declares the name of a metric.
func (s *Set) Metric(p *string, name, doc string) *Option {
	return s.add(name, doc, &text[string]{
		p: p, must: "the name of a metric", valid: trials.ValidMetricName,
		facts: object{metricPattern},
	})
}

var metricPattern = property{"pattern", `^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,127}$`}

// Text declares a string of 1 to limit characters.
func (s *Set) Text(p *string, limit int, name, doc string) *Option {
	return s.add(name, doc, &text[string]{
		p: p, must: fmt.Sprintf("a string of 1 to %d characters", limit),
		valid: func(v string) bool { return v != "" && utf8.RuneCountInString(v) <= limit },
		facts: object{{"minLength", 1}, {"maxLength", limit}},
	})
}

type text[T ~string] struct {
	p     *T
	must  string
	valid func(string) bool
	facts object
}

func (t *text[T]) decode(raw json.RawMessage) string {
	var v string
	if isNull(raw) || json.Unmarshal(raw, &v) != nil || !t.valid(v) {
		return "must be " + t.must
	}
	*t.p = T(v)
	return ""
}

func (t *text[T]) schema() object   { return append(object{{"type", "string"}}, t.facts...) }
func (t *text[T]) now() (any, bool) { return *t.p, *t.p != "" }

// Bool declares a truth value.
func (s *Set) Bool(p *bool, name, doc string) *Option { return s.add(name, doc, (*truth)(p)) }

type truth bool

func (t *truth) decode(raw json.RawMessage) string {
	if isNull(raw) || json.Unmarshal(raw, (*bool)(t)) != nil {
		return "must be true or false"
	}
	return ""
}

func (t *truth) schema() object   { return object{{"type", "boolean"}} }
func (t *truth) now() (any, bool) { return bool(*t), true }

// Numbers declares a list of 1 to limit numbers within both ends.
func (s *Set) Numbers(p *[]float64, limit int, low, high float64, name, doc string) *Option {
	return s.add(name, doc, &numbers{p: p, limit: limit, low: low, high: high})
}

type numbers struct {
	p         *[]float64
	limit     int
	low, high float64
}

func (n *numbers) decode(raw json.RawMessage) string {
	var v []float64
	ok := json.Unmarshal(raw, &v) == nil && len(v) >= 1 && len(v) <= n.limit
	for _, x := range v {
		ok = ok && x >= n.low && x <= n.high
	}
	if !ok {
		return fmt.Sprintf("must be a list of 1 to %d numbers from %v to %v", n.limit, n.low, n.high)
	}
	*n.p = v
	return ""
}

func (n *numbers) schema() object {
	return object{
		{"type", "array"},
		{"minItems", 1},
		{"maxItems", n.limit},
		{"items", object{{"type", "number"}, {"minimum", n.low}, {"maximum", n.high}}},
	}
}

func (n *numbers) now() (any, bool) { return *n.p, len(*n.p) > 0 }

// Metrics declares a list of 1 to limit names of metrics.
func (s *Set) Metrics(p *[]string, limit int, name, doc string) *Option {
	return s.add(name, doc, &metrics{p: p, limit: limit})
}

type metrics struct {
	p     *[]string
	limit int
}

func (m *metrics) decode(raw json.RawMessage) string {
	var v []string
	ok := json.Unmarshal(raw, &v) == nil && len(v) >= 1 && len(v) <= m.limit
	for i, name := range v {
		ok = ok && trials.ValidMetricName(name) && !slices.Contains(v[:i], name)
	}
	if !ok {
		return fmt.Sprintf("must be a list of 1 to %d different names of metrics", m.limit)
	}
	*m.p = v
	return ""
}

func (m *metrics) schema() object {
	return object{
		{"type", "array"},
		{"minItems", 1},
		{"maxItems", m.limit},
		{"uniqueItems", true},
		{"items", object{{"type", "string"}, metricPattern}},
	}
}

func (m *metrics) now() (any, bool) { return *m.p, len(*m.p) > 0 }

// Node declares one node, which the caller decodes and replaces by the
// resolved one.
func (s *Set) Node(p *json.RawMessage, name, doc string) *Option {
	return s.add(name, doc, (*single)(p))
}

type single json.RawMessage

func (n *single) decode(raw json.RawMessage) string {
	if isNull(raw) {
		return "must be a node"
	}
	*n = single(raw)
	return ""
}

func (n *single) schema() object {
	return object{{"type", "object"}, {"required", []string{"type"}}}
}

func (n *single) now() (any, bool) { return json.RawMessage(*n), len(*n) > 0 }

// Nodes declares a list of 1 to limit nodes, which the caller decodes and
// replaces by resolved ones.
func (s *Set) Nodes(p *[]json.RawMessage, limit int, name, doc string) *Option {
	return s.add(name, doc, &nodes{p: p, limit: limit})
}

type nodes struct {
	p     *[]json.RawMessage
	limit int
}

func (n *nodes) decode(raw json.RawMessage) string {
	var v []json.RawMessage
	if json.Unmarshal(raw, &v) != nil || len(v) < 1 || len(v) > n.limit {
		return fmt.Sprintf("must be a list of 1 to %d nodes", n.limit)
	}
	*n.p = v
	return ""
}

func (n *nodes) schema() object {
	return object{
		{"type", "array"},
		{"minItems", 1},
		{"maxItems", n.limit},
		{"items", object{{"type", "object"}, {"required", []string{"type"}}}},
	}
}

func (n *nodes) now() (any, bool) { return *n.p, len(*n.p) > 0 }

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// list joins words for a sentence: "a, b and c".
func list[T ~string](words []T, last string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" " + last + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
