package agent

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// command is the argv of a script with its placeholders. It is never seen by a
// shell: a value stays within its argument, whatever is in it.
//
//	{lr}              a parameter
//	{lr:%.4g}         in a form of package fmt
//	{amp?--amp}       the text, of a boolean that is true; {amp?--amp:--no-amp}
//	{trial} {study} {attempt} {params_file} {checkpoint_dir} {stop_file} {metrics_file}
//	{args}            an argument --NAME=VALUE for each parameter
//	{args:flags}      likewise, but --NAME for true and nothing for false
//	{args:hydra}      NAME=VALUE for each parameter
//	{{lr}}            the text {lr}
//
// All else in braces stays as it is, JSON say.
type command struct {
	argv  []string
	known map[string]bool // parameters
}

// reserved are the names that every command knows.
var reserved = []string{"trial", "study", "attempt", "params_file", "checkpoint_dir", "stop_file", "metrics_file", "args"}

// placeholder matches a name in braces with what may follow it, or an escaped
// brace pair.
var placeholder = regexp.MustCompile(`\{\{[^{}]*\}\}|\{([A-Za-z_][A-Za-z0-9_.-]*)(?::([^{}?]*)|\?([^{}]*))?\}`)

// parseCommand checks the placeholders of an argv against the parameters of a
// study. It refuses what is nearly a name, for it would be a typing error.
func parseCommand(argv, params []string) (*command, error) {
	if len(argv) == 0 || argv[0] == "" {
		return nil, fmt.Errorf("there is no command; it comes after --")
	}
	c := &command{argv: argv, known: map[string]bool{}}
	for _, name := range params {
		c.known[name] = true
	}
	for _, arg := range argv {
		for _, m := range placeholder.FindAllStringSubmatch(arg, -1) {
			if m[1] == "" {
				continue
			}
			if err := c.check(arg, m); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// check refuses a placeholder that would not do what it seems to. A parameter
// comes before a reserved name.
func (c *command) check(arg string, m []string) error {
	name, form := m[1], m[2]
	switch {
	case c.known[name]:
		if form != "" && !verb.MatchString(form) {
			return fmt.Errorf("%s in %q: the form is one of %%d %%x %%e %%f %%g %%v %%s %%q, perhaps with flags and width", m[0], arg)
		}
	case name == "args":
		if form != "" && form != "hydra" && form != "flags" {
			return fmt.Errorf("%s in %q: there are {args}, {args:flags} and {args:hydra}", m[0], arg)
		}
		if m[0] != arg {
			return fmt.Errorf("%s stands for many arguments, so it must be one by itself, not part of %q", m[0], arg)
		}
	case slices.Contains(reserved, name):
	default:
		if near := c.near(name); near != "" {
			return fmt.Errorf("{%s} in %q is no parameter of the study; did you mean {%s}? ({{%s}} gives the text)", name, arg, near, name)
		}
	}
	return nil
}

var verb = regexp.MustCompile(`^%[-+# 0]*[0-9]*(\.[0-9]+)?[dxeEfgGvsq]$`)

// near returns the known name that a name was probably meant to be.
func (c *command) near(name string) string {
	best, least := "", 3
	for _, known := range append(slices.Sorted(maps.Keys(c.known)), reserved...) {
		d := distance(strings.ToLower(name), strings.ToLower(known))
		if d < least && d <= max(1, (len(known)+1)/3) {
			best, least = known, d
		}
	}
	return best
}

// unknown returns what is in braces like a parameter and is none, in order.
func (c *command) unknown() []string {
	var out []string
	for _, arg := range c.argv {
		for _, m := range placeholder.FindAllStringSubmatch(arg, -1) {
			if m[1] != "" && !c.known[m[1]] && !slices.Contains(reserved, m[1]) && !slices.Contains(out, m[1]) {
				out = append(out, m[1])
			}
		}
	}
	return out
}

// unreferenced returns the parameters that the command does not take in any
// way, in order.
func (c *command) unreferenced() []string {
	left := maps.Clone(c.known)
	for _, arg := range c.argv {
		for _, m := range placeholder.FindAllStringSubmatch(arg, -1) {
			if !c.known[m[1]] && (m[1] == "args" || m[1] == "params_file") {
				return nil
			}
			delete(left, m[1])
		}
	}
	return slices.Sorted(maps.Keys(left))
}

// expand returns the argv of a trial. An argument that names a parameter the
// trial does not have is left out, and with it the option before it.
func (c *command) expand(params map[string]any, values map[string]string) []string {
	var out []string
	for i, arg := range c.argv {
		if m := placeholder.FindStringSubmatch(arg); m != nil && m[0] == arg && m[1] == "args" && !c.known["args"] {
			out = append(out, list(params, m[2])...)
			continue
		}
		text, absent := c.fill(arg, params, values)
		switch {
		case !absent:
			out = append(out, text)
		case text == "" && i > 0 && option(c.argv[i-1]) && len(out) > 0 && out[len(out)-1] == c.argv[i-1]:
			out = out[:len(out)-1]
		}
	}
	return out
}

// option says that an argument is the name of an option whose value comes next.
func option(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && !strings.ContainsAny(arg, "={")
}

// fill replaces the placeholders of one argument. absent says that the argument
// is to be left out; the text is then empty if it was all that is missing.
func (c *command) fill(arg string, params map[string]any, values map[string]string) (text string, absent bool) {
	empty := false
	text = placeholder.ReplaceAllStringFunc(arg, func(whole string) string {
		m := placeholder.FindStringSubmatch(whole)
		name := m[1]
		if name == "" {
			return whole[1 : len(whole)-1]
		}
		v, given := params[name]
		value, reserved := values[name]
		switch {
		case c.known[name] && !given:
			absent, empty = true, whole == arg
			return ""
		case c.known[name] && strings.HasPrefix(whole[len(name)+1:], "?"):
			yes, no, _ := strings.Cut(m[3], ":")
			if v == true {
				return yes
			}
			absent = absent || no == "" && whole == arg
			return no
		case c.known[name]:
			return formatted(v, m[2])
		case reserved:
			return value
		default:
			return whole
		}
	})
	if absent && !empty {
		return "-", true
	}
	return text, absent
}

// list returns an argument for each parameter.
func list(params map[string]any, form string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		v := params[name]
		flag, boolean := v.(bool)
		switch {
		case form == "hydra":
			out = append(out, name+"="+plain(v))
		case form == "flags" && boolean:
			if flag {
				out = append(out, "--"+name)
			}
		default:
			out = append(out, "--"+name+"="+plain(v))
		}
	}
	return out
}

// plain prints a value of a parameter: the shortest digits that give the same
// float back, whole numbers without an exponent.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e21 {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	default:
		b, _ := json.Marshal(v) // a bool or null
		return string(b)
	}
}

// formatted prints a value in a form of package fmt, as far as the form is of
// its kind; else plainly.
func formatted(v any, form string) string {
	if form == "" {
		return plain(v)
	}
	f, number := v.(float64)
	switch verb := form[len(form)-1]; verb {
	case 's', 'v':
		return fmt.Sprintf(form[:len(form)-1]+"s", plain(v))
	case 'q':
		return fmt.Sprintf(form, plain(v))
	case 'd', 'x':
		if number && f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return fmt.Sprintf(form, int64(f))
		}
	default:
		if number {
			return fmt.Sprintf(form, f)
		}
	}
	return plain(v)
}

// distance is that of Levenshtein, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0]++
		for j := range len(b) {
			step := corner
			if a[i] != b[j] {
				step++
			}
			corner = row[j+1]
			row[j+1] = min(step, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}
