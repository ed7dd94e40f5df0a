package wandb

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	espalier "github.com/espalier-hpo/espalier/clients/go"
)

// parameters reads the parameters of an object, those within others under names
// with dots.
func (r *reader) parameters(path, prefix string, all map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		at, full := path+"."+name, prefix+name
		p, ok := all[name].(map[string]any)
		if !ok {
			r.refuse(at, "want an object with value, values, or min and max")
			continue
		}
		if inner, nested := p["parameters"].(map[string]any); nested {
			for _, key := range slices.Sorted(maps.Keys(p)) {
				if key != "parameters" {
					r.refuse(at+"."+key, "parameters within a parameter stand alone")
				}
			}
			r.note(at, "its parameters are %s.NAME here, each an argument of its own; in W&B they are one, a dictionary", full)
			r.parameters(at+".parameters", full+".", inner)
			continue
		}
		r.parameter(at, full, p)
	}
}

// parameter reads one parameter.
func (r *reader) parameter(path, name string, p map[string]any) {
	a := &parameter{reader: r, path: path, members: p}
	kind := a.kind()
	read := distributions[kind]
	if read.make == nil {
		r.refuse(path+".distribution", "%s is not known here", kind)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(p)) {
		if key != "distribution" && !slices.Contains(read.members, key) {
			r.refuse(path+"."+key, "a parameter that is %s has no such member", kind)
			return
		}
	}
	before := len(r.faults)
	d := read.make(a)
	if len(r.faults) > before {
		return
	}
	if r.space[name] != nil {
		r.refuse(path, "there is another %s", name)
	}
	r.space[name] = d
	if f, ok := d.(espalier.FloatDistribution); ok && r.grid && f.Step == 0 {
		r.note(path, "a grid has 5 values of it, evenly apart; the sampler's option points says how many")
	}
}

// distributions are those of W&B.
var distributions = map[string]struct {
	members []string
	make    func(*parameter) espalier.Distribution
}{
	"constant":                    {[]string{"value"}, (*parameter).constant},
	"categorical":                 {[]string{"values"}, (*parameter).categorical},
	"categorical_w_probabilities": {[]string{"values", "probabilities"}, (*parameter).categorical},
	"int_uniform":                 {ends, (*parameter).integers},
	"uniform":                     {ends, func(a *parameter) espalier.Distribution { return a.between(a.ends()) }},
	"q_uniform":                   {quantizedEnds, func(a *parameter) espalier.Distribution { return a.quantized(a.ends()) }},
	"log_uniform":                 {ends, func(a *parameter) espalier.Distribution { return a.log(a.exponents(a.ends())) }},
	"log_uniform_values":          {ends, func(a *parameter) espalier.Distribution { return a.log(a.ends()) }},
	"q_log_uniform":               {quantizedEnds, func(a *parameter) espalier.Distribution { return a.quantizedLog(a.exponents(a.ends())) }},
	"q_log_uniform_values":        {quantizedEnds, func(a *parameter) espalier.Distribution { return a.quantizedLog(a.ends()) }},
	"inv_log_uniform": {ends, func(a *parameter) espalier.Distribution {
		low, high := a.ends()
		return a.log(a.exponents(-high, -low))
	}},
	"inv_log_uniform_values": {ends, func(a *parameter) espalier.Distribution { return a.log(a.ends()) }},
	"normal":                 {bell, func(a *parameter) espalier.Distribution { return a.between(a.spread()) }},
	"q_normal":               {quantizedBell, func(a *parameter) espalier.Distribution { return a.quantized(a.spread()) }},
	"log_normal":             {bell, func(a *parameter) espalier.Distribution { return a.log(a.exponents(a.spread())) }},
	"q_log_normal":           {quantizedBell, func(a *parameter) espalier.Distribution { return a.quantizedLog(a.exponents(a.spread())) }},
	"beta":                   {[]string{"a", "b"}, func(a *parameter) espalier.Distribution { return a.between(a.unit()) }},
	"q_beta":                 {[]string{"a", "b", "q"}, func(a *parameter) espalier.Distribution { return a.quantized(a.unit()) }},
}

var (
	ends          = []string{"min", "max"}
	quantizedEnds = []string{"min", "max", "q"}
	bell          = []string{"mu", "sigma"}
	quantizedBell = []string{"mu", "sigma", "q"}
)

// parameter is one that is being read.
type parameter struct {
	*reader
	path    string
	members map[string]any
}

// kind is the distribution that is named, or follows from the members.
func (a *parameter) kind() string {
	if kind, named := a.members["distribution"]; named {
		return fmt.Sprint(kind)
	}
	has := func(key string) bool { _, ok := a.members[key]; return ok }
	switch {
	case has("value"):
		return "constant"
	case has("probabilities"):
		return "categorical_w_probabilities"
	case has("values"):
		return "categorical"
	}
	_, low := a.members["min"].(int)
	_, high := a.members["max"].(int)
	if low && high {
		return "int_uniform"
	}
	return "uniform"
}

// number is a number of any kind.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	default:
		return 0, false
	}
}

// figure is a member that is a number, the default if there is none.
func (a *parameter) figure(key string, otherwise float64) float64 {
	v, given := a.members[key]
	if !given && !math.IsNaN(otherwise) {
		return otherwise
	}
	f, ok := number(v)
	if !ok {
		a.refuse(a.path+"."+key, "want a number, not %v", v)
	}
	return f
}

// ends are min and max.
func (a *parameter) ends() (low, high float64) {
	return a.figure("min", math.NaN()), a.figure("max", math.NaN())
}

// exponents are powers of e.
func (a *parameter) exponents(low, high float64) (float64, float64) {
	if math.IsInf(math.Exp(high), 0) {
		a.refuse(a.path, "e^%v is beyond all numbers; are they the values themselves, as log_uniform_values has them?", high)
	}
	return math.Exp(low), math.Exp(high)
}

// sigmas is how far from its mean a normal distribution is taken to reach: 997 of
// 1000 draws are within.
const sigmas = 3

// spread is the range of a normal distribution.
func (a *parameter) spread() (low, high float64) {
	mu, sigma := a.figure("mu", 0), a.figure("sigma", 1)
	a.note(a.path, "a range takes the place of the bell: %d sigma to either side, all values alike", sigmas)
	return mu - sigmas*sigma, mu + sigmas*sigma
}

// unit is the range of a beta distribution.
func (a *parameter) unit() (low, high float64) {
	a.note(a.path, "a range takes the place of beta: 0 to 1, all values alike")
	return 0, 1
}

func (a *parameter) between(low, high float64) espalier.Distribution {
	return espalier.FloatDistribution{Low: low, High: high}
}

func (a *parameter) log(low, high float64) espalier.Distribution {
	if !(low > 0) {
		a.refuse(a.path, "a logarithm needs a range above 0, not from %v", low)
	}
	return espalier.FloatDistribution{Low: low, High: high, Log: true}
}

func (a *parameter) integers() espalier.Distribution {
	low, high := a.ends()
	if low != math.Trunc(low) || high != math.Trunc(high) {
		a.refuse(a.path, "int_uniform wants whole numbers")
	}
	return espalier.IntDistribution{Low: int64(low), High: int64(high)}
}

// quantized is the multiples of q in a range.
func (a *parameter) quantized(low, high float64) espalier.Distribution {
	q := a.figure("q", 1)
	if !(q > 0) {
		a.refuse(a.path+".q", "want a number above 0")
		return nil
	}
	a.note(a.path, "its ends are drawn as often as what is between them; W&B's rounding draws them half as often")
	first, last := math.RoundToEven(low/q), math.RoundToEven(high/q)
	if q == math.Trunc(q) && a.wholeStep() {
		return espalier.IntDistribution{Low: int64(first * q), High: int64(last * q), Step: int64(q)}
	}
	return espalier.FloatDistribution{Low: decimal(first * q), High: decimal(last * q), Step: q}
}

// wholeStep says that q is written as a whole number, which makes W&B's values
// whole.
func (a *parameter) wholeStep() bool {
	v, given := a.members["q"]
	_, whole := v.(int)
	return !given || whole
}

// decimal takes away what a multiplication leaves behind the twelfth digit.
func decimal(v float64) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	if err != nil {
		return v
	}
	return out
}

// quantizedLog is the multiples of q in a range by its logarithm. Only whole
// numbers have both a logarithm and a step here.
func (a *parameter) quantizedLog(low, high float64) espalier.Distribution {
	d := a.quantized(low, high)
	if i, ok := d.(espalier.IntDistribution); ok && i.Step == 1 && i.Low >= 1 {
		i.Step, i.Log = 0, true
		return i
	}
	a.note(a.path, "its values are drawn evenly, not by their logarithm, so that they stay multiples of q")
	return d
}

func (a *parameter) constant() espalier.Distribution {
	value, given := a.members["value"]
	if !given {
		a.refuse(a.path+".value", "want a value")
	}
	return a.choices([]any{value})
}

func (a *parameter) categorical() espalier.Distribution {
	values, ok := a.members["values"].([]any)
	if !ok || len(values) == 0 {
		a.refuse(a.path+".values", "want a list")
		return nil
	}
	if _, weighed := a.members["probabilities"]; weighed {
		a.note(a.path+".probabilities", "left out: all values are alike to begin with")
	}
	return a.choices(values)
}

func (a *parameter) choices(values []any) espalier.Distribution {
	for _, v := range values {
		switch v.(type) {
		case nil, bool, string, int, float64:
		default:
			a.refuse(a.path, "%v: a choice is a string, a number, a boolean or null; give it a name, and let the program look it up", v)
			return nil
		}
	}
	return espalier.CategoricalDistribution{Choices: values}
}
