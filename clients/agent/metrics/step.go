package metrics

import (
	"bytes"
	"strings"
)

// readSteps finds the numbers on a line of free text that may be its step. On a
// line without metrics only a step that the line is there to announce counts,
// and lines to come take it over.
func (c *Collector) readSteps(line []byte, r *record) {
	if len(r.steps) > 0 { // the regular expression has found it
		return
	}
	r.announce = len(r.values) == 0
	own := -1
	for _, name := range c.text {
		v, start, at, ok := findStep(line, name)
		if !ok || r.announce && !c.announced(line, name, start, at) {
			continue
		}
		if len(r.steps) == 0 {
			own = at
		}
		r.steps = append(r.steps, stepField{name, v})
	}
	if r.announce {
		return
	}
	if v, ok := bracketed(line); ok && len(r.steps) == 0 && c.config.Step == "" {
		r.names = bracketNames
		r.steps = append(r.steps, stepField{bracket, v})
		own = 1
	}
	r.progress = inProgress(line, own)
}

// findStep finds a name that is followed by a number, as in "Epoch 3/10",
// "epoch: [3]" and "'epoch': 1.0", and says where both are. The name is given in
// lower case.
func findStep(line []byte, name string) (v float64, start, at int, ok bool) {
	for ; ; start++ {
		next := indexFold(line[start:], name)
		if next < 0 {
			return 0, 0, 0, false
		}
		start += next
		end := start + len(name)
		for at = end; at < len(line) && bytes.IndexByte([]byte(" \t:=#[('\""), line[at]) >= 0; {
			at++
		}
		whole := start == 0 || !isNameByte(line[start-1])
		if !whole || at == end || at == len(line) || !isDigit(line[at]) {
			continue
		}
		text := number(line[at:])
		if v, ok := wholeNumber(text); ok && endsStep(line[at+len(text):]) {
			return v, start, at, true
		}
	}
}

// endsStep says that the number of a step ends before a text; its total may
// follow.
func endsStep(b []byte) bool {
	if len(b) > 1 && b[0] == '/' {
		return isDigit(b[1])
	}
	if len(b) > 0 && b[0] == '%' {
		return false
	}
	return ends(b) || b[0] == ':' && (len(b) == 1 || !isDigit(b[1]))
}

// epoch is the usual name of a step.
const epoch = "epoch"

// announced says that a line without metrics is there to say which step begins.
// The name of the step is at start, its number at number. The name must be the
// first word, and a "step" the only one, for "Step 2: train" is a heading; or it
// must be of an epoch that says how many there are, and that begins with a capital
// or stands at the end of the line.
func (c *Collector) announced(line []byte, name string, start, number int) bool {
	user := c.config.Step != ""
	if letters(line[:start]) == 0 {
		return user || !strings.HasSuffix(name, "step") || letters(line[number:]) == 0
	}
	rest := line[number+digits(line[number:]):]
	if len(rest) < 2 || rest[0] != '/' || !isDigit(rest[1]) {
		return false
	}
	return user || name == epoch && (line[start] == 'E' || string(line[start:start+len(epoch)]) == epoch && endsInTotal(line))
}

// endsInTotal says that a line ends in a number behind a slash; a bracket may
// close it.
func endsInTotal(line []byte) bool {
	at := len(line)
	if at > 0 && line[at-1] == ']' {
		at--
	}
	end := at
	for at > 0 && isDigit(line[at-1]) {
		at--
	}
	return at < end && at > 1 && line[at-1] == '/' && isDigit(line[at-2])
}

// announces says that a line may announce a step by its first word, or by the
// name the user gave.
func (c *Collector) announces(line []byte) bool {
	if c.config.Step != "" {
		return indexFold(line, c.text[0]) >= 0
	}
	at := 0
	for at < len(line) && !isLetter(line[at]) {
		at++
	}
	line = line[at:]
	if len(line) == 0 || !c.begins[line[0]] {
		return false
	}
	for _, name := range c.text {
		if len(line) > len(name) && equalFold(line[:len(name)], name) {
			return true
		}
	}
	return false
}

func letters(b []byte) (n int) {
	for _, c := range b {
		if isLetter(c) {
			n++
		}
	}
	return n
}

// bracket is the name of the step of "[3] train-rmse:0.5".
const bracket = "[n]"

var bracketNames = []string{bracket}

// bracketed reads the [n] with which a line begins.
func bracketed(line []byte) (float64, bool) {
	if len(line) == 0 || line[0] != '[' {
		return 0, false
	}
	n := digits(line[1:])
	if n == 0 || n+1 >= len(line) || line[n+1] != ']' {
		return 0, false
	}
	return wholeNumber(line[1 : n+1])
}

// inProgress says that a line is of a progress bar, or tells how far a step is
// done: "12/60 ━━━━" and "[12/60" say so, except for the number that is the step,
// at own, and the "45%|" of tqdm.
func inProgress(line []byte, own int) bool {
	if bytes.Contains(line, []byte("%|")) || own != 0 && isFraction(line) {
		return true
	}
	for at := 0; ; at++ {
		next := bytes.IndexByte(line[at:], '[')
		if next < 0 {
			return false
		}
		at += next
		inside := bytes.TrimLeft(line[at+1:], " ")
		if len(line)-len(inside) != own && isFraction(inside) {
			return true
		}
	}
}

// isFraction says that a text begins with a word such as 12/60.
func isFraction(b []byte) bool {
	n := digits(b)
	if n == 0 || n == len(b) || b[n] != '/' {
		return false
	}
	m := digits(b[n+1:])
	rest := b[n+1+m:]
	return m > 0 && (len(rest) == 0 || rest[0] == ' ' || rest[0] == ']')
}

// indexFold finds a lower-case name in a text, whatever its case.
func indexFold(b []byte, name string) int {
	small, capital := name[0], name[0]&^0x20
	for i := 0; i+len(name) <= len(b); i++ {
		if (b[i] == small || b[i] == capital) && equalFold(b[i:i+len(name)], name) {
			return i
		}
	}
	return -1
}
