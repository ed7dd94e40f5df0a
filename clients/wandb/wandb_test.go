package wandb_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/wandb"
)

// sweep reads a file of testdata.
func sweep(t *testing.T, name string) *wandb.Sweep {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	s, err := wandb.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noted are the places of the notes.
func noted(s *wandb.Sweep) []string {
	var out []string
	for _, n := range s.Notes {
		out = append(out, n.Path)
	}
	slices.Sort(out)
	return out
}

func TestABayesianSweepMapsWhole(t *testing.T) {
	s := sweep(t, "bayes.yaml")
	target := 0.05
	want := espalier.StudySpec{
		Name:       "ResNet-on-CIFAR-10",
		Objectives: []espalier.Objective{{Metric: "val/loss", Direction: espalier.Minimize}},
		SearchSpace: espalier.SearchSpace{
			"learning_rate": espalier.FloatDistribution{Low: 1e-5, High: 0.1, Log: true},
			"dropout":       espalier.FloatDistribution{Low: 0, High: 1},
			"layers":        espalier.IntDistribution{Low: 1, High: 6},
			"optimizer":     espalier.CategoricalDistribution{Choices: []any{"adam", "sgd", "rmsprop"}},
			"epochs":        espalier.CategoricalDistribution{Choices: []any{27}},
		},
		Sampler:   map[string]any{"type": "auto"},
		Pruner:    map[string]any{"type": "asha", "reduction_factor": 3, "min_resource": 3, "max_resource": 27},
		Budget:    &espalier.Budget{MaxTrials: 40},
		Stop:      &espalier.Stop{Target: &target},
		UserAttrs: map[string]any{"description": "learning rate and width", "wandb_project": "cifar"},
	}
	if !reflect.DeepEqual(s.Study, want) {
		t.Errorf("got %+v\nwant %+v", s.Study, want)
	}
	if got, want := s.CommandLine("cifar"), "espalier run --study cifar --count 0 -- python train.py {args}"; got != want {
		t.Errorf("command line %s, want %s", got, want)
	}
	if got, want := noted(s), []string{"command", "early_terminate", "name"}; !slices.Equal(got, want) {
		t.Errorf("noted %q, want %q", got, want)
	}
}

func TestEveryDistributionMaps(t *testing.T) {
	s := sweep(t, "random.yaml")
	e := math.E
	want := espalier.SearchSpace{
		"lr":         espalier.FloatDistribution{Low: math.Exp(-11.512925464970229), High: 1, Log: true},
		"batch_size": espalier.IntDistribution{Low: 32, High: 256, Step: 8},
		"hidden":     espalier.IntDistribution{Low: 16, High: 256, Step: 16},
		"momentum":   espalier.FloatDistribution{Low: 0, High: 1, Step: 0.1},
		"tokens":     espalier.IntDistribution{Low: 1, High: 4096, Log: true},
		"decay":      espalier.FloatDistribution{Low: 0.0001, High: 0.1, Log: true},
		"gamma":      espalier.FloatDistribution{Low: math.Exp(-2), High: 1, Log: true},
		"noise":      espalier.FloatDistribution{Low: -0.5, High: 2.5},
		"scale":      espalier.FloatDistribution{Low: math.Pow(e, -3), High: math.Exp(3), Log: true},
		"rank":       espalier.IntDistribution{Low: 4, High: 16, Step: 1},
		"mix":        espalier.FloatDistribution{Low: 0, High: 1},
		"act":        espalier.CategoricalDistribution{Choices: []any{"relu", "gelu"}},
		"amp":        espalier.CategoricalDistribution{Choices: []any{true, false}},
		"seed":       espalier.IntDistribution{Low: 0, High: 9},
	}
	for name, d := range want {
		got := s.Study.SearchSpace[name]
		if f, ok := got.(espalier.FloatDistribution); ok { // powers of e differ in the last digit
			w, _ := d.(espalier.FloatDistribution)
			if math.Abs(f.Low-w.Low) < 1e-12 && math.Abs(f.High-w.High) < 1e-12 && f.Log == w.Log && f.Step == w.Step {
				continue
			}
		}
		if !reflect.DeepEqual(got, d) {
			t.Errorf("%s is %+v, want %+v", name, got, d)
		}
	}
	if len(s.Study.SearchSpace) != len(want) {
		t.Errorf("%d parameters, want %d", len(s.Study.SearchSpace), len(want))
	}
	if pruner := map[string]any{"type": "asha", "reduction_factor": 2, "min_resource": 3}; !reflect.DeepEqual(s.Study.Pruner, pruner) {
		t.Errorf("pruner %v, want %v", s.Study.Pruner, pruner)
	}
	for _, path := range []string{"parameters.batch_size", "parameters.noise", "parameters.mix", "parameters.act.probabilities", "early_terminate.strict"} {
		if !slices.Contains(noted(s), path) {
			t.Errorf("nothing is noted of %s", path)
		}
	}
	line := `espalier run --study r --count 0 -- env CUDA_VISIBLE_DEVICES=0 python src/train.py "--data=${DATA}/train" --template={{name}} --note 'it'\''s here' {args:flags}`
	if got := s.CommandLine("r"); got != line {
		t.Errorf("command line\n%s, want\n%s", got, line)
	}
}

func TestNestedParametersAndFunctions(t *testing.T) {
	s := sweep(t, "grid.json")
	names := []string{"optimizer.lr", "optimizer.name", "rate", "size"}
	for _, name := range names {
		if s.Study.SearchSpace[name] == nil {
			t.Errorf("there is no %s in %v", name, s.Study.SearchSpace)
		}
	}
	if got, want := s.CommandLine("g"), "espalier run --study g --count 0 -- python3 train.py --config={params_file}"; got != want {
		t.Errorf("command line %s, want %s", got, want)
	}
	if got, want := noted(s), []string{"parameters.optimizer", "parameters.rate"}; !slices.Equal(got, want) {
		t.Errorf("noted %q, want %q", got, want)
	}
	f := sweep(t, "function.yaml")
	if f.CommandLine("f") != "" || f.Study.Name != "" || f.Study.Objectives != nil || f.Study.Pruner["type"] != "nop" {
		t.Errorf("got %+v", f)
	}
}

func TestWhatHasNoCounterpartIsRefusedByItsName(t *testing.T) {
	const space = "\nparameters: {x: {min: 0, max: 1}}"
	tests := map[string]struct{ text, want string }{
		"no method":                  {"parameters: {x: {value: 1}}", "method: want grid, random or bayes"},
		"another method":             {"method: evolution" + space, "method: want grid, random or bayes, not evolution"},
		"no parameters":              {"method: random", "parameters: want an object"},
		"a launch job":               {"method: random\nimage_uri: x" + space, "image_uri: it is of W&B Launch"},
		"a typing error":             {"method: random\nruncap: 3" + space, "runcap: it is no member"},
		"a cap of words":             {"method: random\nrun_cap: many" + space, "run_cap: want a whole number"},
		"another goal":               {"method: random\nmetric: {name: a, goal: max}" + space, "metric.goal: want minimize or maximize, not max"},
		"a metric without a name":    {"method: random\nmetric: {goal: maximize}" + space, "metric: want an object with a name"},
		"another stopping":           {"method: random\nearly_terminate: {type: envelope}" + space, "early_terminate.type: want hyperband, not envelope"},
		"hyperband without a rung":   {"method: random\nearly_terminate: {type: hyperband, max_iter: 9}" + space, "early_terminate: want min_iter, or max_iter with s"},
		"a broken eta":               {"method: random\nearly_terminate: {type: hyperband, min_iter: 2, eta: 1.5}" + space, "early_terminate.eta: want a whole number of at least 2, not 1.5"},
		"an unknown distribution":    {"method: random\nparameters: {x: {distribution: zipf}}", "parameters.x.distribution: zipf is not known here"},
		"a stray member":             {"method: random\nparameters: {x: {min: 0, max: 1, q: 2}}", "parameters.x.q: a parameter that is int_uniform has no such member"},
		"an end that is no number":   {"method: random\nparameters: {x: {min: low, max: 1.0}}", "parameters.x.min: want a number, not low"},
		"a logarithm of nothing":     {"method: random\nparameters: {x: {distribution: log_uniform_values, min: 0, max: 1}}", "parameters.x: a logarithm needs a range above 0"},
		"a list as a choice":         {"method: random\nparameters: {x: {values: [[1, 2], [3]]}}", "parameters.x: [1 2]: a choice is"},
		"args_json":                  {"method: random\nprogram: a.py\ncommand: [python, '${args_json}']" + space, "command: ${args_json} has no counterpart"},
		"args within an argument":    {"method: random\nprogram: a.py\ncommand: [sh, -c, 'python a.py ${args}']" + space, "command: ${args} must be an argument by itself"},
		"an unknown macro":           {"method: random\nprogram: a.py\ncommand: ['${args_xml}']" + space, "command: ${args_xml} is no macro"},
		"a command without program":  {"method: random\ncommand: ['${program}']" + space, "program: the command needs it"},
		"a command that is no list":  {"method: random\ncommand: python a.py" + space, "command: want a list"},
		"a constant without value":   {"method: random\nparameters: {x: {distribution: constant}}", "parameters.x.value: want a value"},
		"a distribution by number":   {"method: random\nparameters: {x: {distribution: 3, min: 0, max: 1}}", "parameters.x.distribution: 3 is not known here"},
		"a member beside parameters": {"method: random\nparameters: {x: {value: 1, parameters: {y: {value: 1}}}}", "parameters.x.value: parameters within a parameter stand alone"},
		"a name that is there twice": {"method: random\nparameters: {a.b: {value: 1}, a: {parameters: {b: {value: 2}}}}", "parameters.a.b: there is another a.b"},
		"a member that comes twice":  {"method: random" + space + space, "already defined"},
		"what holds itself":          {"method: random\nparameters: {x: &x {y: *x}}", "contains itself"},
		"exponents beyond floats":    {"method: random\nparameters: {x: {distribution: log_uniform, min: 0, max: 1000}}", "parameters.x: e^1000 is beyond all numbers"},
		"a spread beyond floats":     {"method: random\nparameters: {x: {distribution: q_log_normal, mu: 800}}", "is beyond all numbers"},
		"a number for a name":        {"method: random\nname: 2024" + space, "name: want a string, not 2024"},
		"a number for a program":     {"method: random\nprogram: 3" + space, "program: want a string, not 3"},
		"no sweep":                   {"- 1", "a sweep is an object"},
		"nothing":                    {"", "there is no sweep in it"},
		"what is neither YAML or so": {"a: [", "yaml"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := wandb.Read([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, %v; want %q", s, err, tt.want)
			}
		})
	}
	_, err := wandb.Read([]byte("method: x\nrun_cap: y\nparameters: {a: 1}"))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want all three faults", err)
	}
}

func TestWhatIsNotQuiteAsItWasIsNoted(t *testing.T) {
	const space = "\nparameters: {x: {min: 0, max: 1}}"
	tests := map[string]struct{ text, want string }{
		"brackets beside min_iter":    {"method: random\nearly_terminate: {type: hyperband, min_iter: 3, s: 2}" + space, "early_terminate.s: left out"},
		"brackets that are no powers": {"method: random\nearly_terminate: {type: hyperband, max_iter: 100, s: 3}" + space, "early_terminate.max_iter: the rungs are 3, 9, 27, 81; those of W&B are 3, 11, 33"},
		"a name without letters":      {"method: random\nname: 网格" + space, "name: left out"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := wandb.Read([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(s.Notes, func(n wandb.Note) bool { return strings.Contains(n.String(), tt.want) }) {
				t.Errorf("got %q, want %q", s.Notes, tt.want)
			}
		})
	}
}

func TestAShellExpandsNothingOfACommandLine(t *testing.T) {
	s, err := wandb.Read([]byte("method: random\nprogram: a.py\ncommand: [python, '${program}', '--x={1..3}', '~/data', '*.csv', '${args}']\nparameters: {x: {value: 1}}"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.CommandLine("s"), `espalier run --study s --count 0 -- python a.py '--x={1..3}' '~/data' '*.csv' {args}`; got != want {
		t.Errorf("command line %s, want %s", got, want)
	}
}

func TestASweepIsSentAsItIs(t *testing.T) {
	body, err := json.Marshal(sweep(t, "bayes.yaml").Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"dropout":{"type":"float","low":0,"high":1}`, `"layers":{"type":"int","low":1,"high":6}`, `"stop":{"target":0.05}`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}
