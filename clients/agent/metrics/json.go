package metrics

import "encoding/json"

// maxDepth is how deep the objects and arrays of a line may nest.
const maxDepth = 32

// scanner reads the JSON that scripts write, which package encoding/json does
// not: Python's has the tokens NaN, Infinity and -Infinity.
type scanner struct {
	b      []byte
	member func(name string, raw []byte) // a number or a string, with its quotes
}

// object reads an object whose members' names begin with a prefix.
func (s *scanner) object(prefix string, depth int) bool {
	if !s.skip('{') || depth > maxDepth {
		return false
	}
	for first := true; !s.skip('}'); first = false {
		if !first && !s.skip(',') {
			return false
		}
		s.space()
		raw, ok := s.text()
		if !ok || !s.skip(':') {
			return false
		}
		name, ok := unquote(raw)
		if !ok || !s.value(prefix+name, depth) {
			return false
		}
	}
	return true
}

// value reads a value. Numbers within arrays have no name and are passed over.
func (s *scanner) value(name string, depth int) bool {
	s.space()
	if len(s.b) == 0 {
		return false
	}
	switch c := s.b[0]; c {
	case '{':
		return s.object(name+"/", depth+1)
	case '[':
		return s.array(depth + 1)
	case '"':
		raw, ok := s.text()
		if ok {
			s.member(name, raw)
		}
		return ok
	default:
		if s.word("true") || s.word("false") || s.word("null") {
			return true
		}
		raw := number(s.b)
		if len(raw) > 0 {
			s.member(name, raw)
			s.b = s.b[len(raw):]
		}
		return len(raw) > 0
	}
}

func (s *scanner) array(depth int) bool {
	if !s.skip('[') || depth > maxDepth {
		return false
	}
	member := s.member
	s.member = func(string, []byte) {}
	defer func() { s.member = member }()
	for first := true; !s.skip(']'); first = false {
		if !first && !s.skip(',') || !s.value("", depth) {
			return false
		}
	}
	return true
}

// text reads a string and returns it with its quotes.
func (s *scanner) text() ([]byte, bool) {
	if len(s.b) == 0 || s.b[0] != '"' {
		return nil, false
	}
	for i := 1; i < len(s.b); i++ {
		switch s.b[i] {
		case '\\':
			i++
		case '"':
			raw := s.b[:i+1]
			s.b = s.b[i+1:]
			return raw, true
		}
	}
	return nil, false
}

// unquote returns what a string says.
func unquote(raw []byte) (string, bool) {
	for _, b := range raw {
		if b == '\\' {
			var out string
			err := json.Unmarshal(raw, &out)
			return out, err == nil
		}
	}
	return string(raw[1 : len(raw)-1]), true
}

// skip passes over blanks and one byte, if it is there.
func (s *scanner) skip(c byte) bool {
	s.space()
	if len(s.b) == 0 || s.b[0] != c {
		return false
	}
	s.b = s.b[1:]
	return true
}

func (s *scanner) word(w string) bool {
	if len(s.b) < len(w) || string(s.b[:len(w)]) != w {
		return false
	}
	s.b = s.b[len(w):]
	return true
}

func (s *scanner) space() {
	for len(s.b) > 0 && isBlank(s.b[0]) {
		s.b = s.b[1:]
	}
}

func (s *scanner) atEnd() bool {
	s.space()
	return len(s.b) == 0
}
