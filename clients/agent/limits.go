package agent

import (
	"encoding/json"
	"fmt"

	"github.com/espalier-hpo/espalier/clients/agent/metrics"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// limit is a bound on something that the agent measures, kept even while the
// script and the server are silent. It is included in what is allowed.
type limit struct {
	metric string
	bound  float64
	flag   string // the flag that set it; "" of one of the study's, which the server judges as well
}

// own returns the limits that the flags set.
func (a *Agent) own() []limit {
	var out []limit
	for _, l := range []limit{
		{wallSeconds, a.Timeout.Seconds(), "--timeout"},
		{memoryBytes, float64(a.MemLimit), "--mem-limit"},
		{cpuSeconds, a.CPULimit, "--cpu-limit"},
	} {
		if l.bound > 0 {
			out = append(out, l)
		}
	}
	return out
}

// ruleNode is what the agent understands of a node of a pruner.
type ruleNode struct {
	Type           string     `json:"type"`
	Mode           string     `json:"mode"`
	Pruners        []ruleNode `json:"pruners"`
	Metric         string     `json:"metric"`
	Op             string     `json:"op"`
	Bound          *float64   `json:"bound"`
	Aggregate      string     `json:"aggregate"`
	WarmupSteps    float64    `json:"warmup_steps"`
	WarmupSeconds  float64    `json:"warmup_seconds"`
	WarmupFraction float64    `json:"warmup_fraction"`
	Confirm        float64    `json:"confirm"`
	MinPoints      float64    `json:"min_points"`
}

// hard returns the study's own hard limits: rules of the type limit that prune
// at once and alone, that is at the root of the pruner or in an "any" there, on
// what only grows or is judged at its greatest.
func hard(pruner json.RawMessage) []limit {
	var root ruleNode
	if json.Unmarshal(pruner, &root) != nil {
		return nil
	}
	return root.limits()
}

func (n *ruleNode) limits() []limit {
	if n.Mode == string(api.PrunerModeShadow) || n.WarmupSteps > 0 || n.WarmupSeconds > 0 || n.WarmupFraction > 0 || n.Confirm > 1 {
		return nil
	}
	var out []limit
	switch n.Type {
	case "any":
		for i := range n.Pruners {
			out = append(out, n.Pruners[i].limits()...)
		}
	case "limit":
		if n.Op == "<=" && n.Bound != nil && (n.Aggregate == "max" || n.Aggregate == "last") {
			out = append(out, limit{metric: n.Metric, bound: *n.Bound})
		}
	}
	return out
}

// crossed returns the first limit that measured values cross.
func crossed(limits []limit, values api.Metrics) *limit {
	for i := range limits {
		if v, ok := values[limits[i].metric]; ok && v > limits[i].bound {
			return &limits[i]
		}
	}
	return nil
}

// of returns the limit on a metric, the tightest.
func of(limits []limit, metric string) (tightest *limit) {
	for i := range limits {
		if l := &limits[i]; l.metric == metric && (tightest == nil || l.bound < tightest.bound) {
			tightest = l
		}
	}
	return tightest
}

// sentence says what happened.
func (l *limit) sentence(observed float64) string {
	whose := "the study's limit"
	if l.flag != "" {
		whose = l.flag
	}
	return fmt.Sprintf("%s is %s; %s is %s.", quantity(l.metric), amount(l.metric, observed), whose, amount(l.metric, l.bound))
}

// told is the limit as the server is told of one that it does not know.
func (l *limit) told(observed float64) api.CrossedLimit {
	return api.CrossedLimit{Metric: l.metric, Bound: l.bound, Observed: observed}
}

// aliases maps the names that the script prints to metrics, and lists the names
// to look for: those of the study's objectives, declared metrics, constraints
// and rules, and those of the flags.
func (a *Agent) aliases(s *api.Study) (declared []string, metric map[string]string) {
	seen := map[string]bool{}
	metric = map[string]string{}
	add := func(name string) {
		if name != "" && !seen[name] && !measured(name) {
			seen[name] = true
			declared = append(declared, name)
		}
	}
	for _, alias := range a.Metrics {
		add(alias.Printed)
		if alias.Metric != alias.Printed {
			metric[metrics.Name(alias.Printed)] = alias.Metric
		}
	}
	for _, o := range s.Objectives {
		add(o.Metric)
	}
	for _, name := range sortedKeys(s.Metrics) {
		add(name)
	}
	for _, c := range s.Constraints {
		add(c.Metric)
	}
	var root any
	if json.Unmarshal(s.Pruner, &root) == nil {
		metricsOf(root, add)
	}
	return declared, metric
}

// metricsOf calls add with every metric that a node of a pruner names.
func metricsOf(node any, add func(string)) {
	switch n := node.(type) {
	case map[string]any:
		for _, key := range sortedKeys(n) {
			if name, ok := n[key].(string); ok && (key == "metric" || key == "cost_metric" || key == "axis") {
				add(name)
				continue
			}
			metricsOf(n[key], add)
		}
	case []any:
		for _, child := range n {
			metricsOf(child, add)
		}
	}
}
