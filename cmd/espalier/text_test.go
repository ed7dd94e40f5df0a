package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParam(t *testing.T) {
	tests := map[string]struct {
		text string
		want string // JSON, "" if it is refused
	}{
		"a float":                {"lr=float:1e-5:0.1", `{"high":0.1,"low":0.00001,"type":"float"}`},
		"on a log scale":         {"lr=float:1e-5:0.1:log", `{"high":0.1,"log":true,"low":0.00001,"type":"float"}`},
		"with a step":            {"x=float:-1:1:step=0.25", `{"high":1,"low":-1,"step":0.25,"type":"float"}`},
		"an int":                 {"n=int:1:9:step=2:log", `{"high":9,"log":true,"low":1,"step":2,"type":"int"}`},
		"a large int":            {"n=int:0:9223372036854775807", `{"high":9223372036854775807,"low":0,"type":"int"}`},
		"choices":                {"o=categorical:adam,sgd", `{"choices":["adam","sgd"],"type":"categorical"}`},
		"choices of all types":   {`o=categorical:1,1e-5,true,null,"1",01`, `{"choices":[1,1e-5,true,null,"1","01"],"type":"categorical"}`},
		"choices with colons":    {"o=categorical:a:b,c=d", `{"choices":["a:b","c=d"],"type":"categorical"}`},
		"choices as JSON":        {`o=categorical:["a,b",2]`, `{"choices":["a,b",2],"type":"categorical"}`},
		"a name with a dot":      {"model.lr=float:0:1", `{"high":1,"low":0,"type":"float"}`},
		"no name":                {"=float:0:1", ""},
		"no distribution":        {"lr", ""},
		"no range":               {"lr=float", ""},
		"half a range":           {"lr=float:0", ""},
		"no number":              {"lr=float:a:1", ""},
		"an infinity":            {"lr=float:0:Inf", ""},
		"an int with a fraction": {"n=int:0:1.5", ""},
		"an unknown type":        {"lr=double:0:1", ""},
		"an unknown word":        {"lr=float:0:1:logarithmic", ""},
		"JSON that is broken":    {`o=categorical:["a"`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, d, err := parseParam(tt.text)
			if err != nil {
				if tt.want != "" {
					t.Errorf("%v, want %s", err, tt.want)
				}
				return
			}
			if got, _ := json.Marshal(d); string(got) != tt.want {
				t.Errorf("got %s, want %q", got, tt.want)
			}
		})
	}
}

func TestAChoiceReadsBackAsItself(t *testing.T) {
	for _, v := range []any{"adam", "a b", "a,b", "1", "true", "null", "", `"`, "ä", 0.1, 3.0, -2.5e-300, 1e300, true, nil} {
		text := choice(v, exact)
		want, _ := json.Marshal(v)
		got, _ := json.Marshal(parseValue(text))
		var a, b any
		_ = json.Unmarshal(want, &a)
		_ = json.Unmarshal(got, &b)
		if a != b {
			t.Errorf("%s is shown as %s, which is %s", want, text, got)
		}
	}
}

func TestNumbersAreShort(t *testing.T) {
	tests := map[float64]string{0: "0", 12345: "12345", -3: "-3", 0.123456: "0.1235", 1e-5: "1e-05", 1e15: "1e+15", math.Inf(1): "+Inf"}
	for v, want := range tests {
		if got := number(v, rough); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
}

func TestTimesAreShort(t *testing.T) {
	tests := map[string]time.Duration{
		"12ms":   12 * time.Millisecond,
		"59s":    59 * time.Second,
		"1m01s":  61 * time.Second,
		"3h05m":  3*time.Hour + 5*time.Minute,
		"47h59m": 47*time.Hour + 59*time.Minute,
		"2d":     50 * time.Hour,
		"29d":    29*24*time.Hour + 23*time.Hour,
	}
	for want, d := range tests {
		if got := short(d); got != want {
			t.Errorf("short(%v) = %s, want %s", d, got, want)
		}
	}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.Local)
	old, soon := now.AddDate(0, -2, 0), now.Add(time.Second)
	for want, at := range map[string]time.Time{"-": {}, "now": soon, "2026-03-04": old} {
		if got := ago(now, at); got != want {
			t.Errorf("ago(%v) = %s, want %s", at, got, want)
		}
	}
}

func TestACellIsOneShortLine(t *testing.T) {
	long := cell("a\tb\nc\x1b[31m" + strings.Repeat("\x00", 200))
	if long != "a b c [31m" {
		t.Errorf("got %q", long)
	}
	tests := map[string]string{"": "-", " \n": "-", "ok": "ok"}
	for s, want := range tests {
		if got := cell(s); got != want {
			t.Errorf("cell(%q) = %q, want %q", s, got, want)
		}
	}
	if got := []rune(cell(strings.Repeat("ä", 200))); len(got) != cellWidth || got[cellWidth-1] != '…' {
		t.Errorf("got %q of %d", string(got), len(got))
	}
}
