package main

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// paramSyntax is how --param is written.
const paramSyntax = `NAME=float:LOW:HIGH[:log|:step=S], NAME=int:LOW:HIGH[:log][:step=S]
or NAME=categorical:A,B,C (or a JSON array)`

// parseParam reads a --param: a name and the JSON of a distribution.
func parseParam(text string) (name string, distribution map[string]any, err error) {
	name, spec, ok := strings.Cut(text, "=")
	kind, rest, more := strings.Cut(spec, ":")
	if !ok || name == "" || !more {
		return "", nil, usagef("--param %q: want %s", text, paramSyntax)
	}
	d := map[string]any{"type": kind}
	switch kind {
	case "float":
		err = parseRange(d, rest, parseFloat)
	case "int":
		err = parseRange(d, rest, func(s string) (any, error) { return strconv.ParseInt(s, 10, 64) })
	case "categorical":
		d["choices"], err = parseChoices(rest)
	default:
		err = usagef("%q is no float, int or categorical", kind)
	}
	if err != nil {
		return "", nil, usagef("--param %q: %v", text, err)
	}
	return name, d, nil
}

func parseFloat(s string) (any, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return nil, usagef("%s is not finite", s)
	}
	return v, err
}

// parseRange reads LOW:HIGH and what may follow. Whether they fit together is
// the server's to say.
func parseRange(d map[string]any, text string, parse func(string) (any, error)) error {
	parts := strings.Split(text, ":")
	if len(parts) < 2 {
		return usagef("want LOW:HIGH")
	}
	words := []string{"low=" + parts[0], "high=" + parts[1]}
	for _, word := range append(words, parts[2:]...) {
		member, number, isNumber := strings.Cut(word, "=")
		switch {
		case word == "log":
			d["log"] = true
		case isNumber && (member == "low" || member == "high" || member == "step"):
			v, err := parse(number)
			if err != nil {
				return usagef("%s: %q is no such number", member, number)
			}
			d[member] = v
		default:
			return usagef("%q is neither log nor step=S", word)
		}
	}
	return nil
}

func parseChoices(text string) ([]any, error) {
	if strings.HasPrefix(text, "[") {
		var choices []any
		if err := json.Unmarshal([]byte(text), &choices); err != nil {
			return nil, usagef("the choices are no JSON array: %v", err)
		}
		return choices, nil
	}
	var choices []any
	for word := range strings.SplitSeq(text, ",") {
		choices = append(choices, parseValue(word))
	}
	return choices, nil
}

// parseValue reads a parameter's value: what is JSON is taken as such (0.1,
// true, null, "1" with its quotes), all else is a string.
func parseValue(text string) any {
	if v := json.RawMessage(text); json.Valid(v) {
		return v
	}
	return text
}
