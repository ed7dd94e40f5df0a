package pruner

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// preset stands for a ready tree. It is replaced by that tree when the study is
// made or patched, so that a later version of a preset changes no study.
type preset struct{ name string }

func newPreset() rule { return &preset{} }

func (p *preset) declare(s *options.Set) {
	options.Word(s, &p.name, "preset", "How much to save, and to risk.", "safe", "balanced", "aggressive").Required()
}

func (*preset) prepare(*trials.StudySpec, *findings) {}

// Preset returns the node of a preset.
func Preset(name string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"preset","preset":%q}`, name))
}

// expand returns what the preset stands for in a study: any of a rule that a
// trial has diverged, of what the constraints forbid, and of the quality rules.
func (p *preset) expand(study *trials.StudySpec, n *node) json.RawMessage {
	rules := []string{`{"type":"non_finite"}`}
	for i := range study.Constraints {
		rules = append(rules, constrained(study, &study.Constraints[i])...)
	}
	if len(study.Objectives) == 1 {
		rules = append(rules, p.quality(study.MaxSteps))
	} else {
		rules = append(rules, fmt.Sprintf(`{"type":"pareto_asha","min_resource":%d}`, share(study.MaxSteps, 0.1, 5)))
	}
	label := n.label
	if label == "" {
		label = p.name
	}
	name, err := json.Marshal(label)
	if err != nil { // a string always can
		panic(err)
	}
	return json.RawMessage(fmt.Sprintf(`{"type":"any","pruners":[%s],"mode":%q,"label":%s}`, strings.Join(rules, ","), n.mode, name))
}

// quality returns the quality rules of a preset. What they save and what they
// risk on recorded curves is in docs/pruners.md.
func (p *preset) quality(end int64) string {
	median := fmt.Sprintf(`{"type":"median","warmup_steps":%d,"warmup_fraction":0.1}`, share(end, 0.1, 3))
	fit := fmt.Sprintf(`{"type":"curve_fit","min_points":%d}`, 8)
	rung := share(end, 0.1, 5)
	switch p.name {
	case "safe":
		return fmt.Sprintf(`{"type":"all","pruners":[%s,%s]}`, median, fit)
	case "balanced":
		return fmt.Sprintf(`{"type":"k_of_n","k":2,"pruners":[%s,{"type":"asha","min_resource":%d,"reduction_factor":3},%s]}`, median, rung, fit)
	default:
		return fmt.Sprintf(`{"type":"asha","min_resource":%d,"reduction_factor":3,"min_rung_population":1}`, rung)
	}
}

// share returns a share of a trial's steps, at least least.
func share(end int64, of float64, least int64) int64 {
	return max(least, int64(math.Ceil(of*float64(end))))
}

// constrained returns the rules that a constraint calls for: a limit where what
// was crossed stays crossed, and a forecast where there is one.
func constrained(study *trials.StudySpec, c *trials.Constraint) []string {
	node := func(typ, bound, more string) string {
		return fmt.Sprintf(`{"type":%q,"metric":%q,%q:%v%s}`, typ, c.Metric, bound, number17(c.Bound), more)
	}
	ceiling := c.Op == "<="
	limit := node("limit", "bound", fmt.Sprintf(`,"op":%q,"aggregate":%q`, c.Op, c.Aggregate))
	total := grows(c.Metric) || c.Aggregate == trials.Sum
	switch {
	case c.Aggregate == trials.P95 && ceiling:
		return []string{node("slo_quantile", "slo", "")}
	case ceiling && total && slices.Contains([]trials.Aggregate{trials.Max, trials.Last, trials.Sum}, c.Aggregate):
		return []string{limit, node("projected_total", "limit", "")}
	case ceiling && c.Aggregate == trials.Max && strings.HasSuffix(c.Metric, "_bytes"):
		return []string{limit, node("exhaustion_trend", "limit", "")}
	case ceiling && c.Aggregate == trials.Max, !ceiling && c.Aggregate == trials.Min:
		return []string{limit}
	default:
		return nil // it may still come back
	}
}

func number17(v float64) string {
	b, err := json.Marshal(v)
	if err != nil { // a bound is finite
		panic(err)
	}
	return string(b)
}
