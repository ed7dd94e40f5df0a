package metrics

import (
	"bytes"
	"sync"
)

// Lines is an [io.WriteCloser] that reads the metrics of one stream, such as
// stdout. What it is given may be cut anywhere. It keeps no reference to it, and
// its methods never fail.
type Lines struct {
	src   *source
	read  func(line []byte, r *record) // a line from which blanks were cut
	every bool                         // not only lines that pass the sieve

	mu          sync.Mutex
	line        []byte // the beginning of a line whose end has not come, at most maxLine
	returned    bool   // it ended in \r: what follows overwrites it
	overwritten bool   // something of it was
	record      record
	cleaned     []byte
}

// Text returns a reader of stdout or stderr: one for each.
func (c *Collector) Text() *Lines {
	return &Lines{src: newSource(c), read: c.readText}
}

// JSONLines returns a reader of descriptor 3, or of another stream that is made
// for metrics: a line is {"step": 3, "val_loss": 0.25}, where the tokens NaN and
// Infinity, and numbers as strings, are accepted, and nested objects are
// flattened with "/"; or it is a ::metric or ::result. Any other is malformed.
func (c *Collector) JSONLines() *Lines {
	return &Lines{src: newSource(c), read: c.readRecord, every: true}
}

// block is how many bytes are looked at in one go, several times over: they should
// fit into the first cache of a processor. It is below maxLine.
const block = 16 << 10

// Write takes in the next bytes of the stream.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := p
	for len(rest) > block {
		n := bytes.LastIndexByte(rest[:block], '\n') + 1
		if n == 0 {
			n = block
		}
		l.write(rest[:n])
		rest = rest[n:]
	}
	l.write(rest)
	return len(p), nil
}

// write takes in a part of what is written.
func (l *Lines) write(p []byte) {
	smooth := bytes.IndexByte(p, '\r') < 0 && !dirty(p) // asked once, for it is so of most
	sieve := l.src.c.sieve(p)
	for from := 0; from < len(p); {
		end := bytes.IndexByte(p[from:], '\n')
		if end < 0 {
			l.add(p[from:])
			return
		}
		to := from + end
		switch begun := len(l.line) > 0 || l.returned || l.overwritten; {
		case begun, !smooth:
			l.add(p[from:to])
			l.end()
		case l.every || sieve.passes(from, to):
			l.take(p[from:to], false)
		}
		from = to + 1
	}
}

// Close takes what has come for the end of the stream: of the line, and of the
// step of a progress bar. It may be written to again.
func (l *Lines) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
	l.src.release()
	return nil
}

// add takes in a part of a line.
func (l *Lines) add(p []byte) {
	for len(p) > 0 {
		part := p
		end := bytes.IndexByte(p, '\r')
		if end >= 0 {
			part = p[:end]
		}
		if len(part) > 0 {
			if l.returned {
				l.takeHeld(true)
				l.line, l.returned, l.overwritten = l.line[:0], false, true
			}
			l.line = append(l.line, part[:min(len(part), maxLine-len(l.line))]...)
		}
		if end < 0 {
			return
		}
		l.returned = true
		p = p[end+1:]
	}
}

// end takes in the line that has ended. Where it was overwritten, it was a
// progress bar: what it last said counts, unless its step goes on in another line,
// as that of Lightning does while it validates.
func (l *Lines) end() {
	l.takeHeld(l.overwritten)
	if l.overwritten && l.src.at < 0 {
		l.src.release()
	}
	l.line, l.returned, l.overwritten = l.line[:0], false, false
}

// takeHeld reads the line that is held, unless nothing can be in it.
func (l *Lines) takeHeld(overwritten bool) {
	line := l.line
	if dirty(line) {
		l.cleaned = clean(l.cleaned[:0], line)
		line = l.cleaned
	}
	sieve := l.src.c.sieve(line)
	if l.every || sieve.passes(0, len(line)) {
		l.take(line, overwritten)
	}
}

// take reads a line.
func (l *Lines) take(line []byte, overwritten bool) {
	if line = trim(line); len(line) == 0 {
		return
	}
	l.record.reset()
	l.read(line, &l.record)
	l.src.take(&l.record, overwritten)
}
