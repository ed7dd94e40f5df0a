package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// printable takes out of a text that came from elsewhere what could move the
// cursor, or break a line or a column.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// cellWidth is the most that a cell of a list takes.
const cellWidth = 60

// cell is a text for a column, "-" if there is none.
func cell(s string) string {
	s = strings.TrimSpace(printable(s))
	if s == "" {
		return "-"
	}
	if runes := []rune(s); len(runes) > cellWidth {
		return string(runes[:cellWidth-1]) + "…"
	}
	return s
}

// deref is what a pointer points to, the zero value for nil.
func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// number prints whole numbers in full and others with so many digits.
func number(v float64, digits int) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', digits, 64)
}

// Digits of numbers.
const (
	rough = 4
	exact = -1 // as many as it takes
)

func values(values []float64) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = number(v, 6)
	}
	return strings.Join(texts, ", ")
}

// choice is a parameter's value as `trial enqueue` takes it.
func choice(v any, digits int) string {
	switch v := v.(type) {
	case float64:
		return number(v, digits)
	case string:
		if plain(v) {
			return v
		}
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// plain says that a string needs no quotes to be told from other JSON.
func plain(s string) bool {
	return s != "" && !json.Valid([]byte(s)) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '"' || r == ',' || r == '='
	})
}

func params(p api.Params, digits int) string {
	texts := make([]string, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		texts = append(texts, name+"="+choice(p[name], digits))
	}
	return strings.Join(texts, " ")
}

// ago is when something was, for people.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	d := now.Sub(t)
	switch {
	case d < time.Second:
		return "now"
	case d < 30*24*time.Hour:
		return short(d) + " ago"
	default:
		return t.Local().Format(time.DateOnly)
	}
}

// short is a duration in its largest unit, or its two largest.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}

// took is how long a trial ran, up to now if it still does.
func took(now time.Time, t *api.Trial) string {
	if t.DatetimeStart.IsZero() {
		return "-"
	}
	if !t.DatetimeComplete.IsZero() {
		now = t.DatetimeComplete
	}
	return short(max(0, now.Sub(t.DatetimeStart)))
}

// distribution describes what a parameter may be.
func distribution(d api.Distribution) string {
	var v struct {
		Type            string
		Low, High, Step json.Number
		Log             bool
		Choices         []any
		When            map[string][]any
	}
	b, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		return string(b)
	}
	text := v.Type + " "
	if v.Choices != nil {
		text += alternatives(v.Choices)
	} else {
		text += v.Low.String() + " to " + v.High.String()
	}
	if v.Step != "" && v.Step != "1" {
		text += ", step " + v.Step.String()
	}
	if v.Log {
		text += ", log"
	}
	for _, parent := range slices.Sorted(maps.Keys(v.When)) {
		text += ", when " + parent + " is " + alternatives(v.When[parent])
	}
	return printable(text)
}

func alternatives(choices []any) string {
	texts := make([]string, len(choices))
	for i, c := range choices {
		texts[i] = choice(c, exact)
	}
	return strings.Join(texts, " | ")
}
