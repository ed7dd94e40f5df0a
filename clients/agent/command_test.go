package agent

import (
	"slices"
	"strings"
	"testing"
)

func TestPlaceholdersAreFilledWithinTheirArgument(t *testing.T) {
	params := map[string]any{"lr": 1e-5, "n": 64.0, "big": 123456789012.0, "huge": 4500000000000001.0, "opt": "a b; rm -rf $HOME", "amp": true, "off": false, "none": nil}
	values := map[string]string{"trial": "7", "study": "s", "attempt": "1", "params_file": "/p.json"}
	tests := map[string]struct{ argv, want []string }{
		"a parameter":               {[]string{"p", "--lr", "{lr}"}, []string{"p", "--lr", "1e-05"}},
		"within an argument":        {[]string{"p", "--lr={lr},{n}"}, []string{"p", "--lr=1e-05,64"}},
		"a large whole number":      {[]string{"{big}"}, []string{"123456789012"}},
		"a form":                    {[]string{"{lr:%.2f}", "{n:%04d}", "{lr:%e}"}, []string{"0.00", "0064", "1.000000e-05"}},
		"a form of another kind":    {[]string{"{lr:%d}", "{opt:%e}", "{amp:%d}", "{n:%v}", "{lr:%8s}", "{lr:%q}"}, []string{"1e-05", "a b; rm -rf $HOME", "true", "64", "   1e-05", `"1e-05"`}},
		"a very large whole number": {[]string{"{huge}"}, []string{"4500000000000001"}},
		"no shell":                  {[]string{"p", "{opt}"}, []string{"p", "a b; rm -rf $HOME"}},
		"reserved names":            {[]string{"{trial}/{study}/{attempt}", "{params_file}"}, []string{"7/s/1", "/p.json"}},
		"an escaped one":            {[]string{"{{lr}}"}, []string{"{lr}"}},
		"JSON stays":                {[]string{`{"a": {"b": 1}}`, "{}", "{0}", "${HOME}"}, []string{`{"a": {"b": 1}}`, "{}", "{0}", "${HOME}"}},
		"an unknown name stays":     {[]string{"{something_else}"}, []string{"{something_else}"}},
		"a boolean":                 {[]string{"--amp={amp}"}, []string{"--amp=true"}},
		"a flag that is on":         {[]string{"p", "{amp?--amp}"}, []string{"p", "--amp"}},
		"a flag that is off":        {[]string{"p", "{off?--amp}", "x"}, []string{"p", "x"}},
		"a flag with an else":       {[]string{"{off?--amp:--no-amp}"}, []string{"--no-amp"}},
		"null":                      {[]string{"{none}"}, []string{"null"}},
		"an absent parameter":       {[]string{"p", "--m", "{absent}", "x"}, []string{"p", "x"}},
		"absent with its option":    {[]string{"p", "--m={absent}", "x"}, []string{"p", "x"}},
		"absent without an option":  {[]string{"p", "sub", "{absent}", "x"}, []string{"p", "sub", "x"}},
		"absent beside another":     {[]string{"p", "--v", "-k", "{absent}{lr}"}, []string{"p", "--v", "-k"}},
		"all as arguments":          {[]string{"p", "{args}"}, []string{"p", "--amp=true", "--big=123456789012", "--huge=4500000000000001", "--lr=1e-05", "--n=64", "--none=null", "--off=false", "--opt=a b; rm -rf $HOME"}},
		"all as flags":              {[]string{"{args:flags}"}, []string{"--amp", "--big=123456789012", "--huge=4500000000000001", "--lr=1e-05", "--n=64", "--none=null", "--opt=a b; rm -rf $HOME"}},
		"all as overrides of Hydra": {[]string{"{args:hydra}"}, []string{"amp=true", "big=123456789012", "huge=4500000000000001", "lr=1e-05", "n=64", "none=null", "off=false", "opt=a b; rm -rf $HOME"}},
	}
	names := []string{"lr", "n", "big", "huge", "opt", "amp", "off", "none", "absent"}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := parseCommand(tt.argv, names)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.expand(params, values); !slices.Equal(got, tt.want) {
				t.Errorf("expand() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestANameThatIsNearlyRightIsRefusedBeforeAnythingStarts(t *testing.T) {
	for arg, want := range map[string]string{
		"{lrr}":        "did you mean {lr}",
		"{LR}":         "did you mean {lr}",
		"{batchsize}":  "did you mean {batch_size}",
		"{trail}":      "did you mean {trial}",
		"{param_file}": "did you mean {params_file}",
		"{lr:%z}":      "the form is one of",
		"{lr:.4g}":     "the form is one of",
		"x{args}":      "must be one by itself",
		"{args:yaml}":  "there are {args}",
	} {
		_, err := parseCommand([]string{"p", arg}, []string{"lr", "batch_size"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", arg, err, want)
		}
	}
	for _, argv := range [][]string{nil, {""}} {
		if _, err := parseCommand(argv, nil); err == nil {
			t.Errorf("%q is taken as a command", argv)
		}
	}
}

func TestParametersThatTheCommandDoesNotTakeAreNamed(t *testing.T) {
	for _, tt := range []struct {
		argv, want []string
	}{
		{[]string{"p", "{lr}"}, []string{"n", "opt"}},
		{[]string{"p", "{lr:%g}", "{n?a}", "--o={opt}"}, nil},
		{[]string{"p", "{args}"}, nil},
		{[]string{"p", "--config={params_file}"}, nil},
	} {
		c, err := parseCommand(tt.argv, []string{"lr", "n", "opt"})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.unreferenced(); !slices.Equal(got, tt.want) {
			t.Errorf("%q leaves out %q, want %q", tt.argv, got, tt.want)
		}
	}
}
