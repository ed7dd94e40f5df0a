package metrics

import (
	"bytes"
	"fmt"
	"strings"
)

// Lines that are made for a machine begin with these.
var (
	markMetric = []byte("::metric")
	markResult = []byte("::result")
	markSyne   = []byte("[tune-metric]:")
)

// readRecord reads a line of a stream that is made for metrics.
func (c *Collector) readRecord(line []byte, r *record) {
	if c.readMarked(line, r) {
		return
	}
	if !c.readObject(line, r, true) {
		c.malformed(line, r, "it is no JSON object of numbers")
	}
}

// malformed drops a record, and says why.
func (c *Collector) malformed(line []byte, r *record, why string) {
	r.reset()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warn("malformed", "a line with metrics is skipped, for %s: %.200q", why, line)
}

// readMarked reads ::metric and ::result; false if the line is neither.
func (c *Collector) readMarked(line []byte, r *record) bool {
	rest, metric := bytes.CutPrefix(line, markMetric)
	rest, final := bytes.CutPrefix(rest, markResult)
	if metric == final || len(rest) > 0 && !isBlank(rest[0]) {
		return false
	}
	r.names, r.final = c.fields, final
	for _, field := range bytes.Fields(rest) {
		name, text, _ := bytes.Cut(field, []byte{'='})
		v, ok := wholeNumber(text)
		if !ok {
			c.malformed(line, r, fmt.Sprintf("%q is not NAME=NUMBER", field))
			return true
		}
		c.addField(string(name), v, r)
	}
	if len(r.values) == 0 {
		c.malformed(line, r, "it has no metric")
	}
	return true
}

// addField takes in a member of a record for a machine: a value, or the step.
func (c *Collector) addField(name string, v float64, r *record) {
	for _, step := range c.fields {
		if name == step {
			r.steps = append(r.steps, stepField{name, v})
			if !c.isDeclared(name) {
				return
			}
		}
	}
	if name, ok := sanitize(name); ok {
		r.add(name, v)
	}
}

// passed over in objects on stdout, where everything else that is a number is
// taken for a metric: what loggers add.
var passedOver = map[string]bool{"timestamp": true, "time": true, "ts": true, "pid": true}

// readObject reads a JSON object; false if the line is none. Strict means that
// the stream is made for metrics: there a number may be a string, whatever its
// name, and a name is taken as it is.
func (c *Collector) readObject(line []byte, r *record, strict bool) bool {
	r.names = c.fields
	s := scanner{b: line}
	s.member = func(name string, raw []byte) {
		text := bytes.Trim(raw, `"`)
		v, ok := wholeNumber(text)
		if !ok {
			return
		}
		if strict {
			if name != "timestamp" {
				c.addField(name, v, r)
			}
			return
		}
		for _, step := range c.fields {
			if name == step {
				c.addField(name, v, r)
				return
			}
		}
		name, ok = c.canonical(name)
		if ok && (c.isDeclared(name) || raw[0] != '"' && !passedOver[name]) {
			r.add(name, v)
		}
	}
	return s.object("", 0) && s.atEnd()
}

// readSyne reads the line of Syne Tune's reporter; false if it is none.
func (c *Collector) readSyne(line []byte, r *record) bool {
	rest, ok := bytes.CutPrefix(line, markSyne)
	return ok && c.readObject(trim(rest), r, false)
}

// guildStep is what stands before the step of guild's lines.
var guildStep = []byte(" (step")

// hasGuildStep says that a line ends in what may be guild's step.
func hasGuildStep(line []byte) bool {
	return bytes.HasSuffix(line, []byte{')'}) && bytes.HasSuffix(line[:max(0, bytes.LastIndexByte(line, ' '))], guildStep)
}

// readGuild reads `name: value (step N)`; false if the line is not that.
func (c *Collector) readGuild(line []byte, r *record) bool {
	if !hasGuildStep(line) {
		return false
	}
	at := bytes.LastIndexByte(line, ' ')
	step, ok := wholeNumber(line[at+1 : len(line)-1])
	if !ok {
		return false
	}
	name, text, _ := bytes.Cut(line[:at-len(guildStep)], []byte{':'})
	v, ok := wholeNumber(trim(text))
	if !ok {
		return false
	}
	known, ok := c.canonical(string(trim(name)))
	if !ok || strings.ContainsAny(string(name), " \t") && !c.isDeclared(known) {
		return false
	}
	r.add(known, v)
	r.names = c.fields
	r.steps = append(r.steps, stepField{c.fields[0], step})
	return true
}
