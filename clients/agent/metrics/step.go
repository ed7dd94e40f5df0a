package metrics

import "bytes"

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
		v, at, ok := findStep(line, name)
		if !ok || r.announce && !c.announced(line, name, at) {
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
// "epoch: [3]" and "'epoch': 1.0", and says where the number is. The name is in
// lower case.
func findStep(line []byte, name string) (v float64, at int, ok bool) {
	for from := 0; ; from++ {
		next := indexFold(line[from:], name)
		if next < 0 {
			return 0, 0, false
		}
		from += next
		at = from + len(name)
		for at < len(line) && bytes.IndexByte([]byte(" \t:=#[('\""), line[at]) >= 0 {
			at++
		}
		whole := from == 0 || !isNameByte(line[from-1])
		if !whole || at == from+len(name) || at == len(line) || !isDigit(line[at]) {
			continue
		}
		v, n, ok := number(line[at:])
		if ok && endsStep(line[at+n:]) {
			return v, at, true
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

// announced says that a line without metrics is there to say which step begins:
// the name is its first word, or is an epoch that says how many there are. The
// number of the step is at.
func (c *Collector) announced(line []byte, name string, at int) bool {
	if letters(line[:at]) == letters([]byte(name)) {
		return true
	}
	rest := line[at+digits(line[at:]):]
	total := len(rest) > 1 && rest[0] == '/' && isDigit(rest[1])
	return total && (c.config.Step != "" || name == "epoch" && namesEpoch(line))
}

// announces says that a line may announce a step.
func (c *Collector) announces(line []byte) bool {
	if c.config.Step != "" {
		return indexFold(line, c.text[0]) >= 0
	}
	word := line
	for len(word) > 0 && !isLetter(word[0]) {
		word = word[1:]
	}
	for _, name := range c.text {
		if len(word) > len(name) && lower(word[0]) == name[0] && equalFold(word[:len(name)], name) {
			return true
		}
	}
	return namesEpoch(line)
}

// namesEpoch finds the word in its usual spellings, at the speed of package
// bytes.
func namesEpoch(line []byte) bool {
	return bytes.Contains(line, []byte("poch")) || bytes.Contains(line, []byte("POCH"))
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
	for i := 0; i+len(name) <= len(b); i++ {
		if equalFold(b[i:i+len(name)], name) {
			return i
		}
	}
	return -1
}
