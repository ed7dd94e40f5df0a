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
	worth func(line []byte) bool       // may it hold something? nil: nothing is read at all
	read  func(line []byte, r *record) // a line from which blanks were cut

	mu          sync.Mutex
	line        []byte // the beginning of a line whose end has not come, at most maxLine
	returned    bool   // it ended in \r: what follows overwrites it
	overwritten bool   // something of it was
	record      record
	cleaned     []byte
}

// Text returns a reader of stdout or stderr: one for each.
func (c *Collector) Text() *Lines {
	l := &Lines{src: newSource(c)}
	if c.config.Format != None {
		l.worth, l.read = c.worth, c.readText
	}
	return l
}

// JSONLines returns a reader of descriptor 3, or of another stream that is made
// for metrics: a line is {"step": 3, "val_loss": 0.25}, where the tokens NaN and
// Infinity, and numbers as strings, are accepted, and nested objects are
// flattened with "/"; or it is a ::metric or ::result. Any other is malformed.
func (c *Collector) JSONLines() *Lines {
	return &Lines{
		src:   newSource(c),
		worth: func(line []byte) bool { return len(trim(line)) > 0 },
		read:  c.readRecord,
	}
}

// Write takes in the next bytes of the stream.
func (l *Lines) Write(p []byte) (int, error) {
	n := len(p)
	if l.worth == nil {
		return n, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			l.add(p)
			break
		}
		line := p[:end]
		p = p[end+1:]
		if len(l.line) == 0 && !l.returned && !l.overwritten {
			if whole := bytes.TrimRight(line, "\r"); bytes.IndexByte(whole, '\r') < 0 {
				l.take(whole[:min(len(whole), maxLine)], false)
				continue
			}
		}
		l.add(line)
		l.end()
	}
	return n, nil
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
				l.take(l.line, true)
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
	l.take(l.line, l.overwritten)
	if l.overwritten && l.src.at < 0 {
		l.src.release()
	}
	l.line, l.returned, l.overwritten = l.line[:0], false, false
}

// take reads a line.
func (l *Lines) take(line []byte, progress bool) {
	if !l.worth(line) {
		return
	}
	if dirty(line) {
		l.cleaned = clean(l.cleaned[:0], line)
		line = l.cleaned
	}
	l.record.reset()
	l.read(trim(line), &l.record)
	l.src.take(&l.record, progress)
}
