package view

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// interval is how often the block is drawn at most.
const interval = 100 * time.Millisecond

// stale is how old the block's clocks may become.
const stale = time.Second

// What is sent to the terminal. Lines do not wrap while the block is drawn, so
// that it has as many rows as lines even if a character is wider than thought.
const (
	eraseLine  = "\x1b[K"
	eraseBelow = "\x1b[J"
	wrapOff    = "\x1b[?7l"
	wrapOn     = "\x1b[?7h"
)

// Output returns a writer for the output of the training, which goes to w
// unchanged and at once. The block makes room for it, and stays away while its
// last line is unfinished, as a progress bar is. A w that does not lead to
// where the view is shown is returned as it is.
func (v *View) Output(w io.Writer) io.Writer {
	if !shared(w, v.o.Out) {
		return w
	}
	return output{v, w}
}

// shared says that two writers may lead to the same place.
func shared(a, b io.Writer) bool {
	fa, isFile := a.(*os.File)
	fb, areFiles := b.(*os.File)
	if !isFile || !areFiles {
		return true
	}
	if term.IsTerminal(int(fa.Fd())) && term.IsTerminal(int(fb.Fd())) {
		return true
	}
	ia, errA := fa.Stat()
	ib, errB := fb.Stat()
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}

type output struct {
	v *View
	w io.Writer
}

func (o output) Write(p []byte) (int, error) {
	o.v.screen.Lock()
	defer o.v.screen.Unlock()
	o.v.erase()
	n, err := o.w.Write(p)
	o.v.unfinished = unfinished(p[:n], o.v.unfinished)
	if o.v.o.Now().Sub(o.v.drawnAt) >= interval {
		o.v.draw()
	}
	return n, err
}

// unfinished says that a line has no end after p, which followed on one that
// had none (before) or that had. Colours behind the end do not matter.
func unfinished(p []byte, before bool) bool {
	for len(p) > 0 {
		if p[len(p)-1] == '\n' {
			return false
		}
		n := colouring(p)
		if n == 0 {
			return true
		}
		p = p[:len(p)-n]
	}
	return before
}

// maxColour is the length of the longest sequence that is taken for a colour, in
// bytes: some set several attributes at once.
const maxColour = 64

// colouring returns the length of the sequence with which p ends and that sets a
// colour, as ESC [ 38 ; 5 ; 12 m does; 0 if it ends in none.
func colouring(p []byte) int {
	if len(p) == 0 || p[len(p)-1] != 'm' {
		return 0
	}
	p = p[max(0, len(p)-maxColour):]
	at := len(p) - 2
	for at >= 0 && '0' <= p[at] && p[at] <= ';' { // digits, ":" and ";"
		at--
	}
	if at < 1 || p[at] != '[' || p[at-1] != '\x1b' {
		return 0
	}
	return len(p) - at + 1
}

// redraw returns the loop that keeps the block fresh.
func (v *View) redraw(stop <-chan struct{}) func() {
	return func() {
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-stop:
				return
			case <-t.C:
				v.screen.Lock()
				v.draw()
				v.screen.Unlock()
			}
		}
	}
}

// print shows lines that stay.
func (v *View) print(lines []line) {
	v.screen.Lock()
	defer v.screen.Unlock()
	v.erase()
	var b strings.Builder
	if v.unfinished {
		b.WriteByte('\n')
	}
	for _, l := range lines {
		b.WriteString(l.render(v.o.Color))
		b.WriteByte('\n')
	}
	fmt.Fprint(v.o.Out, b.String())
	v.unfinished = false
	v.draw()
}

// draw brings the block up to date, in one write.
func (v *View) draw() {
	if v.stop == nil || v.unfinished {
		return
	}
	width, height := 80, 24
	if v.o.Width != nil {
		width = v.o.Width()
	}
	if v.o.Height != nil {
		height = v.o.Height()
	}
	if width < 1 || height < 2 { // not told, or no room
		v.erase()
		return
	}
	if width != v.drawnWidth {
		v.erase()
	}
	block := v.compose(width, height)
	if block == nil || slices.EqualFunc(block, v.drawn, slices.Equal) {
		return
	}
	var b strings.Builder
	b.WriteString(wrapOff)
	b.WriteString(up(len(v.drawn)))
	for _, l := range block {
		b.WriteString(l.render(v.o.Color))
		b.WriteString(eraseLine + "\n")
	}
	b.WriteString(eraseBelow + wrapOn)
	fmt.Fprint(v.o.Out, b.String())
	v.drawn, v.drawnWidth = block, width
}

// compose returns the block, nil if the one on the screen still holds.
func (v *View) compose(width, height int) []line {
	now := v.o.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fresh && v.drawn != nil && now.Sub(v.drawnAt) < stale {
		return nil
	}
	v.fresh, v.drawnAt = true, now
	return block(v.study, v.trials, size{width, height}, now)
}

// erase takes the block off the screen; the cursor is where it began.
func (v *View) erase() {
	if len(v.drawn) == 0 {
		return
	}
	rows := len(v.drawn)
	if v.o.Width != nil {
		if width := v.o.Width(); 0 < width && width < v.drawnWidth {
			rows = wrapped(v.drawn, width)
		}
	}
	fmt.Fprint(v.o.Out, up(rows)+eraseBelow)
	v.drawn = nil
}

// wrapped is the number of rows that lines take once the terminal has become
// narrower and has wrapped them.
func wrapped(lines []line, width int) (rows int) {
	for _, l := range lines {
		rows += max(1, (l.width()+width-1)/width)
	}
	return rows
}

func up(rows int) string {
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("\r\x1b[%dA", rows)
}
