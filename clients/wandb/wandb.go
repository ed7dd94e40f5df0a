// Package wandb reads the configuration of a sweep of Weights & Biases and makes
// of it what creates a study, and the command line of "espalier run" for its
// program. What maps nearly is noted; what does not is refused by its name. It
// knows the Go client's types.
package wandb

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	espalier "github.com/espalier-hpo/espalier/clients/go"
)

// Sweep is a sweep as Espalier has it.
type Sweep struct {
	// Study creates the study. Its Name is empty if the sweep has none.
	Study espalier.StudySpec
	// Command is the program with its arguments, as "espalier run" takes them;
	// nil if the sweep names no program.
	Command []string
	// Notes say what is not quite as it was.
	Notes []Note
}

// Note says what is not quite as it was, and where.
type Note struct{ Path, Text string }

// String returns both.
func (n Note) String() string { return n.Path + ": " + n.Text }

// Read reads a sweep as YAML or JSON. Its error lists everything that is refused.
func Read(text []byte) (*Sweep, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) != 1 {
		return nil, errors.New("there is no sweep in it")
	}
	var whole any // finds aliases within what they stand for, and members that come twice
	if err := document.Decode(&whole); err != nil {
		return nil, err
	}
	config, ok := plain(document.Content[0]).(map[string]any)
	if !ok {
		return nil, errors.New("a sweep is an object, with the members method, metric and parameters")
	}
	r := &reader{sweep: &Sweep{}, space: espalier.SearchSpace{}}
	r.read(config)
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return r.sweep, nil
}

// plain is the value of a node as W&B reads it: Python's YAML takes the words
// yes, no, on and off for booleans.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			out[i] = plain(item)
		}
		return out
	case yaml.AliasNode:
		return plain(n.Alias)
	case yaml.DocumentNode, yaml.ScalarNode:
	}
	if n.Style == 0 {
		switch strings.ToLower(n.Value) {
		case "yes", "on":
			return true
		case "no", "off":
			return false
		}
	}
	var v any
	if n.Decode(&v) != nil {
		return n.Value
	}
	return v
}

// reader makes a study of a sweep, and collects what is wrong with it.
type reader struct {
	sweep  *Sweep
	space  espalier.SearchSpace
	grid   bool
	faults []error
}

func (r *reader) refuse(path, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func (r *reader) note(path, format string, args ...any) {
	r.sweep.Notes = append(r.sweep.Notes, Note{path, fmt.Sprintf(format, args...)})
}

// launch are the members of W&B Launch, which starts containers.
var launch = []string{"job", "image_uri", "queue", "resource", "resource_args", "scheduler"}

// read reads the members of a sweep.
func (r *reader) read(config map[string]any) {
	known := []string{"method", "metric", "parameters", "early_terminate", "run_cap", "name", "description", "project", "entity", "program", "command"}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		switch {
		case slices.Contains(known, key):
		case slices.Contains(launch, key):
			r.refuse(key, "it is of W&B Launch; trials are started by espalier run")
		case key == "controller" || key == "settings":
			r.note(key, "left out: it concerns W&B alone")
		default:
			r.refuse(key, "it is no member of a sweep that is known here")
		}
	}
	r.method(config["method"])
	r.metric(config["metric"])
	r.about(config)
	if parameters, ok := config["parameters"].(map[string]any); ok && len(parameters) > 0 {
		r.parameters("parameters", "", parameters)
		r.sweep.Study.SearchSpace = r.space
	} else {
		r.refuse("parameters", "want an object with the parameters")
	}
	r.earlyTerminate(config["early_terminate"])
	if limit, given := config["run_cap"]; given {
		if n, ok := limit.(int); ok && n > 0 {
			r.sweep.Study.Budget = &espalier.Budget{MaxTrials: int64(n)}
		} else {
			r.refuse("run_cap", "want a whole number above 0, not %v", limit)
		}
	}
	r.command(config)
}

func (r *reader) method(v any) {
	sampler := map[any]string{"bayes": "auto", "random": "random", "grid": "grid"}[v]
	if sampler == "" {
		r.refuse("method", "want grid, random or bayes, not %v", v)
		return
	}
	r.grid = v == "grid"
	r.sweep.Study.Sampler = map[string]any{"type": sampler}
}

func (r *reader) metric(v any) {
	if v == nil {
		r.note("metric", "there is none: the study minimizes the metric value")
		return
	}
	m, ok := v.(map[string]any)
	name, named := m["name"].(string)
	if !ok || !named {
		r.refuse("metric", "want an object with a name")
		return
	}
	direction := espalier.Minimize
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch key {
		case "name":
		case "goal":
			direction = espalier.Direction(fmt.Sprint(m[key]))
			if direction != espalier.Minimize && direction != espalier.Maximize {
				r.refuse("metric.goal", "want minimize or maximize, not %v", m[key])
			}
		case "target":
			if target, ok := number(m[key]); ok {
				r.sweep.Study.Stop = &espalier.Stop{Target: &target}
			} else {
				r.refuse("metric.target", "want a number, not %v", m[key])
			}
		case "impute", "impute_while_running":
			r.note("metric."+key, "left out: a sampler here leaves failed trials out, and counts running ones in by its own means")
		default:
			r.refuse("metric."+key, "it is no member of a metric that is known here")
		}
	}
	r.sweep.Study.Objectives = []espalier.Objective{{Metric: name, Direction: direction}}
}

// text is a member that is a string, "" if there is none.
func (r *reader) text(config map[string]any, key string) string {
	text, ok := config[key].(string)
	if v, given := config[key]; given && !ok {
		r.refuse(key, "want a string, not %v", v)
	}
	return text
}

var noName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// about takes over what people say of a sweep.
func (r *reader) about(config map[string]any) {
	name := r.text(config, "name")
	r.sweep.Study.Name = strings.TrimLeft(noName.ReplaceAllString(name, "-"), "-_.")
	switch r.sweep.Study.Name {
	case name:
	case "":
		r.note("name", "left out: a name here is letters, digits, _, . and -")
	default:
		r.note("name", "the study is %q: a name here is letters, digits, _, . and -", r.sweep.Study.Name)
	}
	for key, attr := range map[string]string{"description": "description", "project": "wandb_project", "entity": "wandb_entity"} {
		if v, given := config[key]; given {
			if r.sweep.Study.UserAttrs == nil {
				r.sweep.Study.UserAttrs = map[string]any{}
			}
			r.sweep.Study.UserAttrs[attr] = v
		}
	}
}

// rungs returns the first rung of a Hyperband that counts down from its last, and
// notes where asha, which counts up from the first, has others.
func (r *reader) rungs(path string, last, eta, brackets int) (first int) {
	var down, up []int
	for n := last / eta; n > 0 && len(down) < brackets; n /= eta {
		down = append(down, n)
	}
	slices.Reverse(down)
	first = 1
	if len(down) > 0 {
		first = down[0]
	}
	for n := first; n < last; n *= eta {
		if up = append(up, n); n > last/eta {
			break // it might overflow
		}
	}
	if !slices.Equal(up, down) {
		r.note(path, "the rungs are %s; those of W&B are %s", listed(up), listed(down))
	}
	return first
}

// listed is numbers with commas.
func listed(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}

// earlyTerminate makes a pruner of Hyperband's rungs.
func (r *reader) earlyTerminate(v any) {
	const path = "early_terminate"
	if v == nil {
		r.sweep.Study.Pruner = map[string]any{"type": "nop"}
		return
	}
	m, _ := v.(map[string]any)
	if m["type"] != "hyperband" {
		r.refuse(path+".type", "want hyperband, not %v", m["type"])
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains([]string{"type", "min_iter", "max_iter", "s", "eta", "strict"}, key) {
			r.refuse(path+"."+key, "it is no member of early_terminate that is known here")
		}
	}
	whole := func(key string, least, otherwise int) int {
		v, given := m[key]
		if !given {
			return otherwise
		}
		n, ok := v.(int)
		if !ok || n < least {
			r.refuse(path+"."+key, "want a whole number of at least %d, not %v", least, v)
			return least
		}
		return n
	}
	eta := whole("eta", 2, 3)
	first, last, brackets := whole("min_iter", 1, 0), whole("max_iter", 1, 0), whole("s", 1, 0)
	pruner := map[string]any{"type": "asha", "reduction_factor": eta}
	switch {
	case first > 0 && last > 0:
		r.refuse(path, "of min_iter and max_iter there can be one")
	case first > 0:
		pruner["min_resource"] = first
		if brackets > 0 {
			r.note(path+".s", "left out: it says how many brackets max_iter has")
		}
	case last > 0 && brackets > 0:
		pruner["min_resource"], pruner["max_resource"] = r.rungs(path+".max_iter", last, eta, brackets), last
	default:
		r.refuse(path, "want min_iter, or max_iter with s")
	}
	r.sweep.Study.Pruner = pruner
	r.note(path, "the brackets are the rungs of asha: W&B counts how often the metric was logged, here it is the step that counts; and a rung is judged at once, not every few minutes")
	if _, given := m["strict"]; given {
		r.note(path+".strict", "left out: asha judges each trial at its rung, strictly")
	}
}
