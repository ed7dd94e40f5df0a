package view

import "strings"

// style is the code of a terminal's colour or weight; "" is plain.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

// segment is text of one style.
type segment struct {
	text  string
	style style
}

// line is one row, before its colours are applied.
type line []segment

func (l line) width() (n int) {
	for _, s := range l {
		n += textWidth(s.text)
	}
	return n
}

func (l line) render(color bool) string {
	var b strings.Builder
	for _, s := range l {
		if color && s.style != plain && s.text != "" {
			b.WriteString("\x1b[" + string(s.style) + "m" + s.text + "\x1b[0m")
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// cut returns as much of a line as fits.
func (l line) cut(width int) line {
	for i, s := range l {
		w := textWidth(s.text)
		if w <= width {
			width -= w
			continue
		}
		return append(l[:i:i], segment{cut(s.text, width), s.style})
	}
	return l
}

// field is a part of a line that can be left out where there is no room.
type field struct {
	line
	rank    int // 0 is never left out, the highest goes first
	elastic int // if not 0, it can be cut down to so many cells instead
}

// fit joins the fields that a width has room for by two spaces.
func fit(fields []field, width int) line {
	for {
		total, worst := -2, 0
		for i, f := range fields {
			w := f.width()
			if f.elastic > 0 {
				w = min(w, f.elastic)
			}
			total += 2 + w
			if f.rank > fields[worst].rank {
				worst = i
			}
		}
		if total <= width || fields[worst].rank == 0 {
			return join(fields, width, width-total)
		}
		fields = append(fields[:worst:worst], fields[worst+1:]...)
	}
}

// join lets the elastic fields share the cells to spare.
func join(fields []field, width, spare int) line {
	var l line
	for i, f := range fields {
		if i > 0 {
			l = append(l, segment{text: "  "})
		}
		if f.elastic > 0 {
			room := min(f.width(), f.elastic+max(0, spare))
			spare -= max(0, room-f.elastic)
			f.line = f.cut(room)
		}
		l = append(l, f.line...)
	}
	return l.cut(width)
}
