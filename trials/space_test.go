package trials

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// distributions draws distributions of every kind that Compile accepts.
func distributions() *rapid.Generator[Distribution] {
	return rapid.Custom(func(t *rapid.T) Distribution {
		var d Distribution
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			d = Distribution{Type: FloatKind, Low: rapid.Float64Range(-1e12, 1e12).Draw(t, "low")}
			d.High = d.Low + rapid.Float64Range(0, 1e12).Draw(t, "width")
		case 1:
			d = Distribution{Type: FloatKind, Log: true, Low: rapid.Float64Range(1e-300, 1e6).Draw(t, "low")}
			d.High = d.Low * rapid.Float64Range(1, 1e200).Draw(t, "factor")
		case 2:
			d = Distribution{Type: FloatKind, Low: rapid.Float64Range(-1e9, 1e9).Draw(t, "low"), Step: rapid.Float64Range(1e-6, 10).Draw(t, "step")}
			d.High = d.Low + d.Step*float64(rapid.IntRange(0, 1e9).Draw(t, "steps"))*rapid.Float64Range(0.9, 1).Draw(t, "share")
		case 3:
			d = Distribution{Type: IntKind, Low: float64(rapid.Int64Range(-maxInt, maxInt).Draw(t, "low"))}
			d.High = math.Min(d.Low+float64(rapid.Int64Range(0, maxInt).Draw(t, "width")), maxInt)
			d.Step = float64(rapid.SampledFrom([]int64{0, 2, 3, 7, 1e6}).Draw(t, "step"))
		case 4:
			d = Distribution{Type: IntKind, Log: true, Low: float64(rapid.Int64Range(1, 1<<40).Draw(t, "low"))}
			d.High = d.Low + float64(rapid.Int64Range(0, 1<<52).Draw(t, "width"))
		default:
			d = Distribution{Type: CategoricalKind, Choices: slices.Clone([]any{nil, "a", 1.5, true, "1.5", 0.0}[:rapid.IntRange(1, 6).Draw(t, "choices")])}
		}
		var bad faults
		checkDistribution(&d, "", &bad)
		if len(bad) > 0 {
			t.Fatalf("%v is refused: %v", d, bad.err())
		}
		return d
	})
}

func TestEveryUnitGivesAValueOfTheDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, u := distributions().Draw(t, "d"), rapid.Float64Range(0, 1).Draw(t, "u")
		v := d.At(u)
		if !d.Contains(v) {
			t.Fatalf("At(%v) = %v, which %v (low %v, step %v) does not contain", u, v, &d, d.Low, d.Step)
		}
		back, err := d.Encode(d.Decode(v))
		if err != nil || back != v {
			t.Fatalf("Encode(Decode(%v)) = %v, %v", v, back, err)
		}
		unit := d.Unit(v)
		if !(0 <= unit && unit <= 1) {
			t.Fatalf("Unit(%v) = %v, want 0 to 1", v, unit)
		}
		if d.Log && d.Type == IntKind {
			return // the round trip is below
		}
		again := d.At(unit)
		if tolerance := 1e-9 * math.Max(1, math.Max(math.Abs(d.High-d.Low), math.Abs(v))); math.Abs(again-v) > tolerance {
			t.Fatalf("At(Unit(%v)) = %v", v, again)
		}
	})
}

func TestUnitAndAtAreInverse(t *testing.T) {
	for _, d := range []Distribution{
		{Type: FloatKind, Low: 0, High: 1, Step: 0.1},
		{Type: FloatKind, Low: -0.3, High: 0.3, Step: 0.1},
		{Type: FloatKind, Low: 0, High: 1, Step: 0.3},
		{Type: IntKind, Low: 1, High: 3},
		{Type: IntKind, Low: -5, High: 20, Step: 4},
		{Type: IntKind, Low: 1, High: 100, Log: true},
		{Type: CategoricalKind, Choices: []any{"a", "b", nil}},
	} {
		seen := map[float64]bool{}
		for i := range 20001 {
			seen[d.At(float64(i)/20000)] = true
		}
		if len(seen) != d.Count() {
			t.Errorf("%v: %d different values, Count() = %d", &d, len(seen), d.Count())
		}
		for v := range seen {
			if again := d.At(d.Unit(v)); again != v {
				t.Errorf("%v: At(Unit(%v)) = %v", &d, v, again)
			}
		}
	}
}

func TestBothEndsAreReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := distributions().Draw(t, "d")
		low, high := d.Low, d.High
		switch {
		case d.Type == CategoricalKind:
			low, high = 0, float64(len(d.Choices)-1)
		case d.Step > 0:
			high = math.Min(d.Low+float64(d.Count()-1)*d.Step, d.High)
		}
		close := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b)) }
		if got := d.At(0); !close(got, low) {
			t.Fatalf("At(0) = %v, want %v", got, low)
		}
		if got := d.At(1); !close(got, high) {
			t.Fatalf("At(1) = %v, want %v", got, high)
		}
	})
}

func TestContainsRefusesWhatIsNotAValue(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := map[string]struct {
		d  Distribution
		vs []float64
	}{
		"a category beyond the choices": {Distribution{Type: CategoricalKind, Choices: []any{"a"}}, []float64{-1, 0.5, 1, 1e300, -1e300, inf, nan}},
		"an int that is none":           {Distribution{Type: IntKind, Low: 0, High: 9}, []float64{0.5, -1, 10, nan, inf}},
		"off the grid":                  {Distribution{Type: FloatKind, Low: 0, High: 1, Step: 0.25}, []float64{0.1, 0.26, 1.25, nan}},
		"off a very long grid":          {Distribution{Type: FloatKind, Low: 0, High: 1e10, Step: 1}, []float64{1e9 + 0.5, 9e9 + 0.25}},
		"an int off the grid":           {Distribution{Type: IntKind, Low: 0, High: 1e10, Step: 3}, []float64{1, 3e9 + 1}},
	}
	for name, tt := range tests {
		for _, v := range tt.vs {
			if tt.d.Contains(v) {
				t.Errorf("%s: Contains(%v) = true", name, v)
			}
		}
	}
	tenths := Distribution{Type: FloatKind, Low: 0, High: 1, Step: 0.1}
	for _, v := range []float64{0.1 * 3, 0.3, 0.7, 0.1 + 0.2, 1} {
		if !tenths.Contains(v) {
			t.Errorf("Contains(%v) = false for steps of 0.1", v)
		}
	}
}

func TestDistributionsSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := distributions().Draw(t, "d")
		if rapid.Bool().Draw(t, "conditional") {
			d.When = map[string][]any{"p": {"a", 1.0, nil}}
		}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back Distribution
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if !back.Equal(&d) || !reflect.DeepEqual(back, d) {
			t.Fatalf("%s became %+v, was %+v", b, back, d)
		}
	})
}

func space(t testing.TB, doc string) SearchSpace {
	t.Helper()
	var s SearchSpace
	if err := json.Unmarshal([]byte(doc), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompilePointsAtFaults(t *testing.T) {
	tests := map[string]struct{ doc, pointer string }{
		"no kind":                    {`{"x":{"low":0,"high":1}}`, "/s/x/type"},
		"low above high":             {`{"x":{"type":"float","low":2,"high":1}}`, "/s/x/high"},
		"an infinite distance":       {`{"x":{"type":"float","low":-1.7e308,"high":1.7e308}}`, "/s/x/high"},
		"a fraction as end of ints":  {`{"x":{"type":"int","low":0.5,"high":1}}`, "/s/x/low"},
		"an int too large":           {`{"x":{"type":"int","low":0,"high":1e17}}`, "/s/x/high"},
		"log from zero":              {`{"x":{"type":"float","low":0,"high":1,"log":true}}`, "/s/x/low"},
		"a log int from zero":        {`{"x":{"type":"int","low":0,"high":1,"log":true}}`, "/s/x/low"},
		"log and step":               {`{"x":{"type":"float","low":1,"high":2,"log":true,"step":0.1}}`, "/s/x/log"},
		"a negative step":            {`{"x":{"type":"float","low":1,"high":2,"step":-1}}`, "/s/x/step"},
		"a step too small":           {`{"x":{"type":"float","low":0,"high":1e300,"step":1e-300}}`, "/s/x/step"},
		"no choices":                 {`{"x":{"type":"categorical","choices":[]}}`, "/s/x/choices"},
		"a choice twice":             {`{"x":{"type":"categorical","choices":["a","b","a"]}}`, "/s/x/choices/2"},
		"a choice that is no scalar": {`{"x":{"type":"categorical","choices":["a",{"b":1}]}}`, "/s/x/choices/1"},
		"no name":                    {`{"":{"type":"float","low":0,"high":1}}`, "/s/"},
		"a control character":        {`{"a\nb":{"type":"float","low":0,"high":1}}`, "/s/a\nb"},
		"a name to be escaped":       {`{"a/b~c":{"type":"float","low":2,"high":1}}`, "/s/a~1b~0c/high"},
		"a parent that is not there": {`{"x":{"type":"float","low":0,"high":1,"when":{"p":["a"]}}}`, "/s/x/when/p"},
		"its own parent":             {`{"x":{"type":"int","low":0,"high":1,"when":{"x":[1]}}}`, "/s/x/when/x"},
		"a value no parent takes":    {`{"p":{"type":"int","low":0,"high":1},"x":{"type":"float","low":0,"high":1,"when":{"p":[0,2]}}}`, "/s/x/when/p/1"},
		"a circle": {`{"a":{"type":"int","low":0,"high":1,"when":{"b":[1]}},
			"b":{"type":"int","low":0,"high":1,"when":{"c":[1]}},"c":{"type":"int","low":0,"high":1,"when":{"a":[1]}}}`, "/s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := space(t, tt.doc).Compile("/s")
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != InvalidRequest || len(e.Fields) == 0 {
				t.Fatalf("Compile() = %v, want invalid_request with fields", err)
			}
			if got := e.Fields[0].Pointer; got != tt.pointer {
				t.Errorf("pointer %q (%s), want %q", got, e.Fields[0].Detail, tt.pointer)
			}
		})
	}
}

func TestCompileNamesAllFaultsInOneOrder(t *testing.T) {
	doc := `{"b":{"type":"float","low":2,"high":1},"a":{"type":"word"},"c":{"type":"int","low":0.5,"high":0.2}}`
	var first string
	for range 20 {
		_, err := space(t, doc).Compile("")
		var got []string
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("Compile() = %v, want faults", err)
		}
		for _, f := range e.Fields {
			got = append(got, f.Pointer)
		}
		s := strings.Join(got, " ")
		if first == "" {
			first = s
		}
		if want := "/a/type /b/high /c/low /c/high /c/high"; s != want {
			t.Fatalf("pointers %q, want %q", s, want)
		}
	}
}

func TestParentsComeFirst(t *testing.T) {
	s, err := space(t, `{"a":{"type":"float","low":0,"high":1,"when":{"z":["on"]}},
		"b":{"type":"float","low":0,"high":1,"when":{"a2":[3]}},
		"z":{"type":"categorical","choices":["on","off"]},
		"a2":{"type":"int","low":0,"high":5,"when":{"z":["off",  "on"]}}}`).Compile("")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(s.Names), "[z a a2 b]"; got != want {
		t.Fatalf("Names = %s, want %s", got, want)
	}
	active := func(name string, values map[string]float64) bool { return s.Active(s.Index(name), values) }
	if !active("z", nil) || !active("a", map[string]float64{"z": 0}) || active("a", map[string]float64{"z": 1}) {
		t.Error("a is not active exactly while z is on")
	}
	if active("b", map[string]float64{"z": 0}) || !active("b", map[string]float64{"z": 0, "a2": 3}) || active("b", map[string]float64{"z": 0, "a2": 2}) {
		t.Error("b is not active exactly while a2 is there and 3")
	}
	if s.Index("nobody") != -1 {
		t.Errorf("Index(nobody) = %d, want -1", s.Index("nobody"))
	}
}

// A compiled space is read by samplers while others compile it again.
func TestCompilingAgainWritesNothing(t *testing.T) {
	s := space(t, `{"n":{"type":"int","low":1,"high":9,"step":1},"x":{"type":"float","low":0,"high":1}}`)
	if _, err := s.Compile(""); err != nil {
		t.Fatal(err)
	}
	if s["n"].Step != 0 {
		t.Errorf("an int's step of 1 became %v, want 0", s["n"].Step)
	}
	done := make(chan bool)
	for range 4 { // the race detector says if one of them writes
		go func() {
			_, err := s.Compile("")
			done <- err == nil
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a space that was compiled once is refused")
		}
	}
}
