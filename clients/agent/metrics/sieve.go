package metrics

import "bytes"

// sieve says which lines of a chunk may hold something that readText would take
// from them. Most lines of a script do not, so it must be quick: it looks at both
// ends of a line, and for the rest it searches the whole chunk for the next place
// that may matter, which is mostly far beyond the line.
//
// None of what it searches for goes beyond the end of a line, so it need not know
// where lines begin and end.
type sieve struct {
	c       *Collector
	before  uint8 // what of Collector.before may stand before a separator
	curious bool
	chunk   []byte
	equal   int // where the next "=" is that may assign a number
	colon   int // the next such ":"
	epoch   int // the next "Epoch"
}

// sieve returns a sieve of a chunk.
func (c *Collector) sieve(chunk []byte) sieve {
	s := sieve{c: c, before: endsDeclared, curious: c.curious.Load(), chunk: chunk, equal: -1, colon: -1, epoch: -1}
	if s.curious {
		s.before |= endsAny
	}
	return s
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
	return c.config.Regex != nil || s.searches(from) < to || endsTellingly(line) || c.announces(line)
}

// endsTellingly says that a line ends in guild's step, or in a total and has an
// epoch.
func endsTellingly(line []byte) bool {
	switch last := line[len(line)-1]; {
	case last == ')':
		return hasGuildStep(line)
	case last == ']', isDigit(last):
		return endsInTotal(line) && bytes.Contains(line, []byte("poch"))
	default:
		return false
	}
}

// searches returns the next place that may matter from the beginning of a line
// on: the length of the chunk if there is none.
func (s *sieve) searches(from int) int {
	if s.equal < from {
		s.equal = s.nextAssignment('=', from)
	}
	if s.colon < from {
		s.colon = s.nextAssignment(':', from)
	}
	if s.epoch < from {
		s.epoch = s.nextEpoch(from)
	}
	return min(s.equal, s.colon, s.epoch)
}

// nextEpoch returns where the next "Epoch" is.
func (s *sieve) nextEpoch(from int) int {
	for at := from; ; at++ {
		next := bytes.IndexByte(s.chunk[at:], 'E')
		if at += next; next < 0 || at+len(epoch) > len(s.chunk) {
			return len(s.chunk)
		}
		if equalFold(s.chunk[at:at+len(epoch)], epoch) {
			return at
		}
	}
}

// nextAssignment returns where the next separator is that has a number behind it,
// and before it what may be read or noted.
func (s *sieve) nextAssignment(separator byte, from int) int {
	chunk, before := s.chunk, &s.c.before
	for at := from; ; at++ {
		next := bytes.IndexByte(chunk[at:], separator)
		if next < 0 {
			return len(chunk)
		}
		at += next
		if at > 0 && before[chunk[at-1]]&s.before != 0 && mayBeNumber(chunk[at+1:]) && s.assigns(at) {
			return at
		}
	}
}

// assigns says whether the separator at a place is such a one.
func (s *sieve) assigns(at int) bool {
	name := nameBefore(s.chunk[:at])
	n := len(name)
	return (n > 0 && s.c.ends[name[n-1]] || s.curious && s.c.endsInName(name)) && len(assigned(s.chunk[at+1:])) > 0
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
func (c *Collector) endsInName(text []byte) bool {
	for n := len(text); n > 0 && c.before[text[n-1]]&endsAny != 0; n-- {
		if isLetter(text[n-1]) {
			return true
		}
	}
	return false
}
