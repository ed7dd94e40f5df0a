package metrics

import "bytes"

// sieve says which lines of a chunk may hold something that readText would take
// from them. Most lines of a script do not, so it must be quick: it looks at the
// beginning of a line, and for the next of a few bytes in the whole chunk.
type sieve struct {
	c       *Collector
	curious bool
	chunk   []byte
	equal   int // where the next "=" is
	colon   int // the next ":"
	capital int // the next "E"
}

// sieve returns a sieve of a chunk.
func (c *Collector) sieve(chunk []byte) sieve {
	return sieve{c: c, curious: c.curious.Load(), chunk: chunk, equal: -1, colon: -1, capital: -1}
}

// passes says that a line of the chunk may hold something. Lines must be asked
// for in order.
func (s *sieve) passes(from, to int) bool {
	c := s.c
	line := trim(s.chunk[from:to])
	if len(line) == 0 || c.config.Format == None {
		return false
	}
	if line[0] == ':' {
		return true
	}
	if c.config.Format == Strict {
		return false
	}
	if line[0] == '{' || line[0] == markSyne[0] && bytes.HasPrefix(line, markSyne) {
		return true
	}
	if c.config.Format == JSON {
		return false
	}
	return c.config.Regex != nil || line[len(line)-1] == ')' && hasGuildStep(line) || c.announces(line) ||
		s.announcesEpoch(line, from, to) || s.assigns(&s.equal, '=', from, to) || s.assigns(&s.colon, ':', from, to)
}

// next returns where a byte is in the chunk, from some place on. What was found
// is kept at *at.
func (s *sieve) next(at *int, b byte, from int) int {
	if *at < from {
		if n := bytes.IndexByte(s.chunk[from:], b); n >= 0 {
			*at = from + n
		} else {
			*at = len(s.chunk)
		}
	}
	return *at
}

// announcesEpoch says that "Epoch" stands in the line, or "epoch" in one that ends
// in a total.
func (s *sieve) announcesEpoch(line []byte, from, to int) bool {
	if endsInTotal(line) && bytes.Contains(line, []byte("poch")) {
		return true
	}
	for at := from; ; at++ {
		if at = s.next(&s.capital, 'E', at); at+len(epoch) >= to {
			return false
		}
		if equalFold(s.chunk[at:at+len(epoch)], epoch) {
			return true
		}
	}
}

// assigns says that a number stands behind a separator of the line, and before it
// what may be read or noted.
func (s *sieve) assigns(separators *int, separator byte, from, to int) bool {
	for at := from; ; at++ {
		if at = s.next(separators, separator, at); at >= to {
			return false
		}
		if !mayBeNumber(s.chunk[at+1 : to]) {
			continue
		}
		name := nameBefore(s.chunk[from:at])
		n := len(name)
		if n > 0 && s.c.ends[name[n-1]] || s.curious && endsInName(name) {
			if len(assigned(s.chunk[at+1:to])) > 0 {
				return true
			}
		}
	}
}

// mayBeNumber looks at the first byte that tells.
func mayBeNumber(b []byte) bool {
	for i := range b {
		switch b[i] {
		case ' ', '\t', '\'', '"':
			continue
		case '+', '-', '.', 'n', 'N', 'i', 'I', 't': // t as in tensor(0.5)
			return true
		default:
			return isDigit(b[i])
		}
	}
	return false
}

// endsInName says that the last word of a text has a letter.
func endsInName(text []byte) bool {
	for n := len(text); n > 0 && isNameByte(text[n-1]); n-- {
		if isLetter(text[n-1]) {
			return true
		}
	}
	return false
}
