package view

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// clean takes out of a text that came from elsewhere what could move the
// cursor or break a line.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Variation_Selector, r): // makes a character wider on some terminals
			return -1
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return ' '
		default:
			return r
		}
	}, s))
}

// brief is clean for a text of which no more than a line is shown.
func brief(s string) string {
	const most = 1000 // bytes
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return clean(s)
}

// wide holds the characters that take two cells: of East Asia, and pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1},
		{Lo: 0x231a, Hi: 0x231b, Stride: 1},
		{Lo: 0x2705, Hi: 0x2705, Stride: 1},
		{Lo: 0x274c, Hi: 0x274c, Stride: 1},
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1},
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xa960, Hi: 0xa97c, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1},
		{Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1},
		{Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

// cells is how many cells of a terminal a character takes.
func cells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	default:
		return 1
	}
}

func textWidth(s string) (n int) {
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// cut returns as much of a text as fits.
func cut(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	n := 0
	for i, r := range s {
		if n += cells(r); n > width-1 {
			return strings.TrimRight(s[:i], " ") + "…"[:len("…")*min(1, max(0, width))]
		}
	}
	return s
}

// number prints whole numbers in full, and others with four digits.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// digits prints a quantity with three digits or its whole part.
func digits(v float64) string {
	precision := 2
	switch {
	case v >= 99.95:
		precision = 0
	case v >= 9.995:
		precision = 1
	}
	text := strconv.FormatFloat(v, 'f', precision, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

const notMeasured = "not measured"

// quantity is a number and its unit, for people; NaN has no unit.
func quantity(v float64, unit string) (text, suffix string) {
	if math.IsNaN(v) {
		return notMeasured, ""
	}
	switch unit {
	case Seconds:
		if v >= 7200 {
			return digits(v / 3600), " h"
		}
		return strconv.FormatFloat(v, 'f', tenths(v), 64), " s"
	case Clock:
		return clock(v), ""
	case Bytes:
		return scaled(v, []string{" B", " kB", " MB", " GB", " TB"})
	case Joules:
		if v >= 3600 {
			return scaled(v/3600, []string{" Wh", " kWh", " MWh"})
		}
		return digits(v), " J"
	case Ratio:
		return strconv.FormatFloat(100*v, 'f', 0, 64), " %"
	case Count:
		return number(v), ""
	default:
		return digits(v), " " + clean(unit)
	}
}

func tenths(v float64) int {
	if v < 99.95 && v != math.Trunc(v) {
		return 1
	}
	return 0
}

func scaled(v float64, units []string) (text, suffix string) {
	i := 0
	for v >= 999.5 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	return digits(v), units[i]
}

func measure(v float64, unit string) string {
	text, suffix := quantity(v, unit)
	return text + suffix
}

// clock is 0:14, 12:00 or 1:05:00.
func clock(seconds float64) string {
	s := int64(max(0, seconds))
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// short is a duration in its largest unit, or its two largest.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return strings.TrimSuffix(strconv.FormatFloat(d.Seconds(), 'f', 1, 64), ".0") + "s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}
