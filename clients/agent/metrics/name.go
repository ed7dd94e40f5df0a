package metrics

import (
	"bytes"
	"strings"
)

// reserved is how the names begin under which the agent reports what it measures.
const reserved = "system/"

// maxName is the length of the longest name, in bytes.
const maxName = 128

// Name returns the name that a metric has on the wire that is printed under any
// other; see the package comment. It is empty for the empty one.
func Name(printed string) string {
	name, _ := sanitize(printed)
	return name
}

// sanitize makes a valid name of any but the empty one; see the package comment.
func sanitize(name string) (string, bool) {
	if valid(name) || name == "" {
		return name, name != ""
	}
	var b strings.Builder
	if isPunctuation(name[0]) {
		b.WriteByte('_')
	}
	replaced := false
	for i := 0; i < len(name) && b.Len() < maxName; i++ {
		if isNameByte(name[i]) {
			b.WriteByte(name[i])
			replaced = false
		} else if !replaced {
			b.WriteByte('_')
			replaced = true
		}
	}
	return b.String(), true
}

// valid says that a name is one the server takes as it is.
func valid(name string) bool {
	if name == "" || len(name) > maxName || isPunctuation(name[0]) {
		return false
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return false
		}
	}
	return true
}

func isPunctuation(b byte) bool {
	return b == '.' || b == ':' || b == '@' || b == '/' || b == '+' || b == '-'
}

func isNameByte(b byte) bool { return isWordByte(b) || isPunctuation(b) }

func isWordByte(b byte) bool { return isLetter(b) || isDigit(b) || b == '_' }

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// isJoint says that a byte stands between the words of a name, where it may be
// any of these.
func isJoint(b byte) bool {
	return b == '_' || b == ' ' || b == '-' || b == '/' || b == '.'
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// fold brings names that differ in case and joints only into one form.
func fold(name string) string {
	b := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		switch {
		case strings.HasPrefix(name[i:], "'s "):
			b = append(b, '_')
			i += len("'s ") - 1
		case !isJoint(name[i]):
			b = append(b, lower(name[i]))
		case len(b) == 0 || b[len(b)-1] != '_':
			b = append(b, '_')
		}
	}
	return string(b)
}

// declaredName is a name that free text is searched for.
type declaredName struct {
	name   string // as it is reported
	folded string
}

// declare takes in a name of [Config.Declared].
func (c *Collector) declare(name string) {
	reported, ok := sanitize(name)
	folded := fold(name)
	if !ok || c.missing[reported] || strings.HasPrefix(reported, reserved) {
		return
	}
	c.missing[reported] = true
	c.declared = append(c.declared, declaredName{reported, folded})
	last := folded[len(folded)-1]
	c.ends[last] = true
	if last == '_' {
		for _, b := range "_ -/." {
			c.ends[b] = true
		}
	} else if isLetter(last) {
		c.ends[last&^0x20] = true
	}
}

// What a byte may be that stands before a separator.
const (
	endsDeclared = 1 << iota // the end of a declared name, or what may follow on one
	endsAny                  // the end of any name
)

// tabulate fills in what is asked of each byte, once the names are known.
func (c *Collector) tabulate() {
	for i := range c.before {
		b := byte(i)
		if c.ends[b] || b == ' ' || b == '\t' || isQuote(b) {
			c.before[b] |= endsDeclared
		}
		if isNameByte(b) {
			c.before[b] |= endsAny
		}
	}
	for _, name := range c.text {
		c.begins[name[0]] = true
		c.begins[name[0]&^0x20] = true
	}
}

// canonical returns the name under which a form that is not made for us reports
// a metric: the declared one that means the same, else the name made valid.
func (c *Collector) canonical(name string) (string, bool) {
	folded := fold(name)
	similar := ""
	for _, d := range c.declared {
		if d.name == name {
			return name, true
		}
		if d.folded == folded && similar == "" {
			similar = d.name
		}
	}
	if similar != "" {
		return similar, true
	}
	name, ok := sanitize(name)
	return name, ok && !strings.HasPrefix(name, reserved)
}

// isDeclared says that a name is, exactly, one that was declared.
func (c *Collector) isDeclared(name string) bool {
	for _, d := range c.declared {
		if d.name == name {
			return true
		}
	}
	return false
}

// qualifiers are words that make another metric of the one before which they
// stand: "val loss" is not "loss".
var qualifiers = []string{
	"average", "avg", "best", "dev", "eval", "evaluation", "final", "max", "mean",
	"min", "running", "test", "total", "train", "training", "val", "valid", "validation",
}

// match returns the longest declared name with which a text ends.
func (c *Collector) match(text []byte) (name string, ok bool) {
	if len(text) == 0 || !c.ends[text[len(text)-1]] {
		return "", false
	}
	length := 0
	for _, d := range c.declared {
		if len(d.folded) <= length {
			continue
		}
		if start, found := endsIn(text, d.folded); found && stands(text[:start]) {
			name, ok, length = d.name, true, len(d.folded)
		}
	}
	return name, ok
}

// endsIn says whether a text ends in a folded name, and where that begins.
func endsIn(text []byte, folded string) (start int, ok bool) {
	at := len(text)
	for i := len(folded) - 1; i >= 0; i-- {
		if folded[i] != '_' {
			if at == 0 || lower(text[at-1]) != folded[i] {
				return 0, false
			}
			at--
			continue
		}
		end := at
		for at > 0 && isJoint(text[at-1]) {
			at--
		}
		if at == end {
			return 0, false
		}
		if text[at] == ' ' && at > 1 && string(text[at-2:at]) == "'s" {
			at -= 2
		}
	}
	return at, true
}

// stands says that a name that follows a text is not the end of another one, nor
// the value of one.
func stands(before []byte) bool {
	if len(before) == 0 {
		return true
	}
	last := before[len(before)-1]
	return last != '=' && (last == ':' || !isNameByte(last)) && qualifier(before) < 0
}

// qualifier says where the word begins with which a text ends, before one blank,
// if it is one of the qualifiers; else it returns -1.
func qualifier(text []byte) int {
	word, ok := bytes.CutSuffix(text, []byte{' '})
	if !ok {
		return -1
	}
	word, _ = bytes.CutSuffix(word, []byte("'s"))
	start := len(word)
	for start > 0 && isNameByte(word[start-1]) {
		start--
	}
	for _, q := range qualifiers {
		if equalFold(word[start:], q) {
			return start
		}
	}
	return -1
}

// equalFold compares ASCII, whatever its case, with a lower-case text.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != s[i] {
			return false
		}
	}
	return true
}
