package metrics

import "bytes"

// nameBefore cuts off what may stand between a name and its separator.
func nameBefore(text []byte) []byte {
	for len(text) > 0 && (text[len(text)-1] == ' ' || text[len(text)-1] == '\t') {
		text = text[:len(text)-1]
	}
	if n := len(text); n > 0 && isQuote(text[n-1]) {
		text = text[:n-1]
	}
	return text
}

// isQuote says that a byte may stand around a name.
func isQuote(b byte) bool { return b == '\'' || b == '"' || b == '`' }

// lastName returns the word with which a text ends, as far as it may be a name.
func lastName(text []byte) []byte {
	start := len(text)
	for start > 0 && isNameByte(text[start-1]) && len(text)-start < maxName {
		start--
	}
	for start < len(text) && isPunctuation(text[start]) {
		start++
	}
	return text[start:]
}

// readText reads a line of stdout or stderr.
func (c *Collector) readText(line []byte, r *record) {
	if c.readMarked(line, r) || c.config.Format == Strict {
		return
	}
	if len(line) > 0 && line[0] == '{' && c.readObject(line, r, false) || c.readSyne(line, r) {
		return
	}
	if r.reset(); c.config.Format == JSON || c.readGuild(line, r) {
		return
	}
	r.reset()
	r.names = c.text
	c.readAssignments(line, r)
	c.readRegex(line, r)
	c.readSteps(line, r)
}

// readAssignments reads `name=value` and `name: value` of declared names, and
// notes the others.
func (c *Collector) readAssignments(line []byte, r *record) {
	curious := c.curious.Load()
	for at, b := range line {
		if b != '=' && b != ':' {
			continue
		}
		v, ok := wholeNumber(assigned(line[at+1:]))
		if !ok {
			continue
		}
		text := nameBefore(line[:at])
		if name, ok := c.match(text); ok {
			r.add(name, v)
		} else if curious {
			c.noteText(text)
		}
	}
}

// noteText notes the name with which a text ends, and what qualifies it.
func (c *Collector) noteText(text []byte) {
	if !c.endsInName(text) {
		return
	}
	start := len(text) - len(lastName(text))
	if q := qualifier(text[:start]); q >= 0 {
		start = q
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(string(text[start:]))
}

// wrappers stand around a number that Python prints as part of a dict.
var wrappers = []string{"np.float64(", "np.float32(", "np.float16(", "tensor("}

// assigned returns the number behind a separator, empty if there is none: it may
// be quoted or wrapped.
func assigned(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	if len(b) > 0 && (b[0] == '\'' || b[0] == '"') {
		b = b[1:]
	}
	if len(b) > 0 && (b[0] == 'n' || b[0] == 't') {
		for _, w := range wrappers {
			if rest, ok := bytes.CutPrefix(b, []byte(w)); ok {
				b = rest
				break
			}
		}
	}
	text := number(b)
	if !ends(b[len(text):]) {
		return nil
	}
	return text
}

// ends says that a number ends before a text: it is no part of a time, a date, a
// version, a fraction, a unit or a list.
func ends(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	digit := len(b) > 1 && isDigit(b[1])
	switch b[0] {
	case ',', '-':
		return !digit
	case '.':
		return len(b) == 1 || !isWordByte(b[1])
	case '/', ':', '@':
		return false
	default:
		return !isWordByte(b[0])
	}
}

// readRegex reads what the named groups of the expression match.
func (c *Collector) readRegex(line []byte, r *record) {
	re := c.config.Regex
	if re == nil {
		return
	}
	m := re.FindSubmatchIndex(line)
	if m == nil {
		return
	}
	for i, group := range re.SubexpNames() {
		if group == "" || m[2*i] < 0 {
			continue
		}
		v, ok := wholeNumber(trim(line[m[2*i]:m[2*i+1]]))
		if !ok {
			continue
		}
		if group == "step" {
			r.names = []string{"step"}
			r.steps = append(r.steps, stepField{group, v})
		} else if name, ok := c.canonical(group); ok {
			r.add(name, v)
		}
	}
}
