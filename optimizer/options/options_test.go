package options_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

type example struct {
	count    int64
	share    float64
	upper    *float64
	op       string
	metric   string
	label    string
	children []json.RawMessage
}

func declare() (*example, *options.Set) {
	e, s := &example{count: 5, share: 0.5, op: "<="}, options.NewSet("example")
	s.Int(&e.count, "count", "How many.").AtLeast(1)
	s.Number(&e.share, "share", "How much.").AtLeast(0).AtMost(1)
	s.Maybe(&e.upper, "upper", "The end.").Above(-9).AtMost(9)
	options.Word(s, &e.op, "op", "The side.", "<=", ">=")
	s.Metric(&e.metric, "metric", "Of what.")
	s.Text(&e.label, 8, "label", "Its name.")
	s.Nodes(&e.children, 2, "rules", "Below.")
	return e, s
}

func TestDecodeNamesEveryFault(t *testing.T) {
	tests := map[string]struct {
		node string
		want string // "pointer: detail" of each fault, by line
	}{
		"nothing but the type":    {`{"type":"example"}`, ""},
		"everything":              {`{"type":"example","count":7,"share":1,"upper":-3,"op":">=","metric":"a/b","label":"é","rules":[{"type":"x"}]}`, ""},
		"an integer with a point": {`{"count":3.0}`, ""},
		"an unknown option":       {`{"cuont":3}`, "/cuont: is not an option of example, which has count, share, upper, op, metric, label and rules"},
		"another case":            {`{"Count":3}`, "/Count: is not an option of example, which has count, share, upper, op, metric, label and rules"},
		"an option to be escaped": {`{"a/b~c":3}`, "/a~1b~0c: is not an option of example, which has count, share, upper, op, metric, label and rules"},
		"an option twice":         {`{"count":3,"count":4}`, "/count: is there twice"},
		"the type twice":          {`{"type":"example","type":"example"}`, "/type: is there twice"},
		"too small":               {`{"count":0}`, "/count: must be an integer of at least 1"},
		"not whole":               {`{"count":1.5}`, "/count: must be an integer of at least 1"},
		"too large to be exact":   {`{"count":1e300}`, "/count: must be an integer of at least 1"},
		"a string for a number":   {`{"share":"0.5"}`, "/share: must be a number from 0 to 1"},
		"null for a number":       {`{"upper":null}`, "/upper: must be a number above -9 and at most 9"},
		"an end that is left out": {`{"upper":-9}`, "/upper: must be a number above -9 and at most 9"},
		"an end that is not":      {`{"upper":9}`, ""},
		"no float64":              {`{"upper":1e999}`, "/upper: must be a number above -9 and at most 9"},
		"not one of the words":    {`{"op":"<"}`, "/op: must be one of <= or >="},
		"not a metric":            {`{"metric":"a b"}`, "/metric: must be the name of a metric"},
		"too long":                {`{"label":"123456789"}`, "/label: must be a string of 1 to 8 characters"},
		"empty":                   {`{"label":""}`, "/label: must be a string of 1 to 8 characters"},
		"no nodes":                {`{"rules":[]}`, "/rules: must be a list of 1 to 2 nodes"},
		"null for nodes":          {`{"rules":null}`, "/rules: must be a list of 1 to 2 nodes"},
		"two faults":              {`{"count":0,"share":2}`, "/count: must be an integer of at least 1\n/share: must be a number from 0 to 1"},
		"not an object":           {`[]`, ": must be an object with a type and its options"},
		"cut off":                 {`{"count":3`, ": is not valid JSON"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, set := declare()
			if got := text(set.Decode(json.RawMessage(tt.node))); got != tt.want {
				t.Errorf("faults of %s:\n%s\nwant:\n%s", tt.node, got, tt.want)
			}
		})
	}
}

func text(faults []trials.FieldError) string {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.Pointer + ": " + f.Detail
	}
	return strings.Join(lines, "\n")
}

func TestRequiredOptions(t *testing.T) {
	var bound, lower, upper *float64
	set := options.NewSet("limit")
	set.Maybe(&bound, "bound", "The bound.").Required()
	set.Maybe(&lower, "lower", "The lower end.")
	set.Maybe(&upper, "upper", "The upper end.")
	set.SomeOf("lower", "upper")
	want := "/bound: is needed by limit\n/lower: of lower and upper at least one is needed"
	if got := text(set.Decode(json.RawMessage(`{"type":"limit"}`))); got != want {
		t.Errorf("faults:\n%s\nwant:\n%s", got, want)
	}
	for _, want := range []string{`"required":["type","bound"]`, `"anyOf":[{"required":["lower"]},{"required":["upper"]}]`} {
		if got := string(set.Schema()); !strings.Contains(got, want) {
			t.Errorf("the schema %s has no %s", got, want)
		}
	}
}

func TestResolvedNodeHasEveryDefault(t *testing.T) {
	e, set := declare()
	if faults := set.Decode(json.RawMessage(`{"type":"example","count":9,"rules":[{"type":"x"}]}`)); len(faults) > 0 {
		t.Fatal(faults)
	}
	e.metric = "loss" // a default that depends on the study
	want := `{"type":"example","count":9,"share":0.5,"op":"<=","metric":"loss","rules":[{"type":"x"}]}`
	if got := string(set.Resolved()); got != want {
		t.Errorf("resolved: %s\nwant:     %s", got, want)
	}
}

func TestSchemaFollowsTheDeclaration(t *testing.T) {
	_, set := declare()
	want := `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"type":{"const":"example"},` +
		`"count":{"type":"integer","minimum":1,"description":"How many.","default":5},` +
		`"share":{"type":"number","minimum":0,"maximum":1,"description":"How much.","default":0.5},` +
		`"upper":{"type":"number","exclusiveMinimum":-9,"maximum":9,"description":"The end."},` +
		`"op":{"type":"string","enum":["<=",">="],"description":"The side.","default":"<="},` +
		`"metric":{"type":"string","pattern":"^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,127}$","description":"Of what."},` +
		`"label":{"type":"string","minLength":1,"maxLength":8,"description":"Its name."},` +
		`"rules":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"object","required":["type"]},"description":"Below."}},` +
		`"required":["type"],"additionalProperties":false}`
	if got := string(set.Schema()); got != want {
		t.Errorf("schema:\n%s\nwant:\n%s", got, want)
	}
}

func TestFind(t *testing.T) {
	types := []string{"random", "goptuna.random", "goptuna.tpe"}
	tests := map[string]struct {
		node  string
		place int
		want  string
	}{
		"known":         {`{"type":"goptuna.tpe","x":1}`, 2, ""},
		"misspelt":      {`{"type":"goptuna.tpa"}`, -1, `/type: there is no sampler "goptuna.tpa"; there are goptuna.tpe, goptuna.random and random`},
		"half the name": {`{"type":"tpe"}`, -1, `/type: there is no sampler "tpe"; there are goptuna.tpe, random and goptuna.random`},
		"no type":       {`{}`, -1, "/type: is needed: the type of sampler"},
		"not a string":  {`{"type":3}`, -1, "/type: must be a string: the type of sampler"},
		"not an object": {`"random"`, -1, ": must be an object with a type and its options"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			place, faults := options.Find(json.RawMessage(tt.node), "sampler", types)
			if got := text(faults); got != tt.want || got == "" && place != tt.place {
				t.Errorf("Find(%s) = %d, %s; want %d, %s", tt.node, place, got, tt.place, tt.want)
			}
		})
	}
}
