package view

import (
	"math"
	"testing"
	"time"
)

func TestQuantitiesAreForPeople(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit string
		want string
	}{
		{3.14159, Seconds, "3.1 s"},
		{10, Seconds, "10 s"},
		{312.4, Seconds, "312 s"},
		{0, Seconds, "0 s"},
		{9000, Seconds, "2.5 h"},
		{14, Clock, "0:14"},
		{3661, Clock, "1:01:01"},
		{-1, Clock, "0:00"},
		{0, Bytes, "0 B"},
		{999.6, Bytes, "1 kB"},
		{212e6, Bytes, "212 MB"},
		{2e9, Bytes, "2 GB"},
		{1 << 31, Bytes, "2.15 GB"},
		{5e15, Bytes, "5000 TB"},
		{812.4, Joules, "812 J"},
		{3600 * 12.34, Joules, "12.3 Wh"},
		{3.6e6 * 1.5, Joules, "1.5 kWh"},
		{0.376, Ratio, "38 %"},
		{12, Count, "12"},
		{61.25, "W", "61.2 W"},
		{math.NaN(), Bytes, "not measured"},
		{math.Inf(1), Bytes, "+Inf TB"},
	} {
		if got := measure(c.v, c.unit); got != c.want {
			t.Errorf("measure(%v, %q) = %q, want %q", c.v, c.unit, got, c.want)
		}
	}
	for v, want := range map[float64]string{
		0.031234567: "0.03123", 12: "12", 1e-7: "1e-07", 123456.7: "1.235e+05", -3: "-3", math.Inf(-1): "-Inf",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{3 * time.Millisecond, "3ms"},
		{1400 * time.Millisecond, "1.4s"},
		{3 * time.Second, "3s"},
		{14 * time.Second, "14s"},
		{250 * time.Second, "4m10s"},
		{90 * time.Minute, "1h30m"},
		{50 * time.Hour, "50h00m"},
	} {
		if got := short(c.d); got != c.want {
			t.Errorf("short(%v) = %q, want %q", c.d, got, c.want)
		}
	}
}

func TestTextFromElsewhereCannotMoveTheCursor(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b[2Jb\r\nc\x07":      "a [2Jb  c",
		"tab\tbell\x9b31m":        "tab bell\ufffd31m",
		"c1 \u009b31m":            "c1  31m",
		"turn \u202eed\u2028line": "turn  ed line",
		"naïve 深度 ✓":              "naïve 深度 ✓",
		"\xff\xfe":                "\ufffd\ufffd",
	} {
		if got := clean(text); got != want {
			t.Errorf("clean(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTextIsCutByCells(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdef", 5, "abcd…"},
		{"深度学習", 8, "深度学習"},
		{"深度学習", 7, "深度学…"},
		{"深度学習", 6, "深度…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"abc", 1, "…"},
		{"abc", 0, ""},
		{"a bc", 3, "a…"},
	} {
		if got := cut(c.text, c.width); got != c.want || textWidth(got) > c.width {
			t.Errorf("cut(%q, %d) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestTheBarIsExactToAnEighth(t *testing.T) {
	for fraction, want := range map[float64]string{
		0: "          ", 0.35: "███▌      ", 1: "██████████", 1.7: "██████████", -1: "          ", 0.0125: "▏         ",
	} {
		if got := bar(fraction, 10); got != want {
			t.Errorf("bar(%v) = %q, want %q", fraction, got, want)
		}
	}
	if got := bar(math.NaN(), 3); got != "   " {
		t.Errorf("bar(NaN) = %q", got)
	}
}

func TestTheCurveHasGapsWhereItIsNotFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"},
		{[]float64{7, nan, 0, inf, -inf}, "█ ▁  "},
		{[]float64{5, 5, 5}, "▄▄▄"},
		{[]float64{nan, nan}, "  "},
		{[]float64{-math.MaxFloat64, math.MaxFloat64}, "▁█"},
		{[]float64{9, 9, 9, 9, 9, 9, 9, 9, 1, 2}, "██████▁▂"},
	} {
		if got := spark(c.values, 8); got != c.want {
			t.Errorf("spark(%v) = %q, want %q", c.values, got, c.want)
		}
	}
}
