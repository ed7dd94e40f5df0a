package options

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

// Entry is what the catalogue says of a type of node.
type Entry struct {
	Type    string
	Kind    string // of pruners
	Summary string
	Source  string
	Example string // JSON
}

// Catalogue returns e with the schema of its options.
func (e *Entry) Catalogue(s *Set) trials.CatalogueEntry {
	return trials.CatalogueEntry{
		Type: e.Type, Kind: e.Kind, Summary: e.Summary, Source: e.Source,
		Schema: s.Schema(), Example: json.RawMessage(e.Example),
	}
}

// Absent says that no node was given.
func Absent(node json.RawMessage) bool { return len(node) == 0 || isNull(node) }

// Find returns the place of a node's type in a table of these types, and a
// fault if there is none. What says what the types are, such as "pruner".
func Find(node json.RawMessage, what string, types []string) (int, Faults) {
	members, faults := split(node)
	if len(faults) > 0 {
		return -1, faults
	}
	var typ string
	i := slices.IndexFunc(members, func(m member) bool { return m.name == "type" })
	switch {
	case i < 0:
		faults.Add("/type", "is needed: the type of %s", what)
		return -1, faults
	case isNull(members[i].value) || json.Unmarshal(members[i].value, &typ) != nil:
		faults.Add("/type", "must be a string: the type of %s", what)
		return -1, faults
	}
	if i = slices.Index(types, typ); i < 0 {
		faults.Add("/type", "there is no %s %q; there are %s", what, brief(typ), list(nearest(typ, types), "and"))
	}
	return i, faults
}

func brief(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:61]) + "..."
	}
	return s
}

// nearest returns the words in the order of their distance from a word.
func nearest(to string, words []string) []string {
	to = brief(to)
	out := slices.Clone(words)
	slices.SortStableFunc(out, func(a, b string) int { return distance(to, a) - distance(to, b) })
	return out
}

// distance is the edit distance; a word that begins or ends with the other is
// near.
func distance(a, b string) int {
	if low := strings.ToLower(a); len(a) > 1 && (strings.HasPrefix(b, low) || strings.HasSuffix(b, low)) {
		return 1
	}
	return trials.EditDistance(a, b)
}

// Faults gathers the faults of a node, so that a caller sees all at once.
type Faults []trials.FieldError

// Add adds a fault. The pointer is relative to the node.
func (f *Faults) Add(pointer, format string, args ...any) {
	*f = append(*f, trials.FieldError{In: "body", Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
}

// Below adds the faults of a child node that is at a pointer.
func (f *Faults) Below(pointer string, child Faults) {
	for _, fault := range child {
		fault.Pointer = pointer + fault.Pointer
		*f = append(*f, fault)
	}
}

// Err returns the faults as an error, nil without any.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	err := trials.Invalid("", "")
	err.Fields = f
	return err
}

// EscapePointer escapes one reference token of a JSON Pointer (RFC 6901).
func EscapePointer(token string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}

type member struct {
	name  string
	value json.RawMessage
}

// split returns the members of a JSON object in their order, repeated ones
// included.
func split(node json.RawMessage) (members []member, faults Faults) {
	dec := json.NewDecoder(bytes.NewReader(node))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		faults.Add("", "must be an object with a type and its options")
		return nil, faults
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			break
		}
		m := member{name: name.(string)}
		if err := dec.Decode(&m.value); err != nil {
			break
		}
		members = append(members, m)
	}
	if end, err := dec.Token(); err != nil || end != json.Delim('}') || dec.More() {
		faults.Add("", "is not valid JSON")
	}
	return members, faults
}

// object is a JSON object whose members keep their order.
type object []property

type property struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, p := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := trials.MarshalJSON(p.name)
		if err != nil {
			return nil, err
		}
		value, err := trials.MarshalJSON(p.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// json returns the object as JSON. Only a programming error makes it fail: the
// members are finite numbers, strings, lists and nodes that were valid JSON.
func (o object) json() json.RawMessage {
	b, err := o.MarshalJSON()
	if err != nil {
		panic(fmt.Sprintf("options: %v", err))
	}
	return b
}
