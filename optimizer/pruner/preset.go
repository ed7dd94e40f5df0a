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
	factor := 10
	if p.name == "safe" {
		factor = 100 // a spike of ten times the loss may pass
	}
	rules := []string{fmt.Sprintf(`{"type":"non_finite","divergence_factor":%d}`, factor)}
	for i := range study.Constraints {
		rules = append(rules, constrained(&study.Constraints[i])...)
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

// quality returns the quality rules of a preset: a trial goes early when it is
// both worse than a percentile of its peers and not heading for the best, and
// late when it is worse than a stricter percentile. A curve that has hardly begun
// to move waits longest. The numbers were tuned on half of the recipes of
// NAS-Bench-NLP and on one of two files of TaskSet; what they save and what they
// risk on the others is in docs/pruners.md.
func (p *preset) quality(end int64) string {
	switch p.name {
	case "safe":
		return early(end, 42, 5, 0.14, 0.24)
	case "balanced":
		return anyNode(early(end, 40, 5, 0.14, 0.2), late(end, 30, 0.4), late(end, 25, 0.6))
	default:
		return anyNode(early(end, 40, 3, 0.12, 0.2), late(end, 30, 0.4), late(end, 25, 0.6))
	}
}

// early prunes what is worse than a percentile and not heading for the best.
func early(end, percentile, startup int64, from, flat float64) string {
	points := int64(8) // while the last step of a trial is not known
	if end > 0 {
		points = share(end-1, from, 4)
	}
	return fmt.Sprintf(`{"type":"all","pruners":[`+
		`{"type":"percentile","percentile":%d,"startup_trials":%d,"warmup_steps":3,"warmup_fraction":0.06},`+
		`{"type":"curve_fit","min_points":%d,"flat_share":0.1,"flat_points":%d,"interval_steps":1}]}`,
		percentile, startup, points, flatPoints(end-1, flat, points))
}

// late prunes what is worse than a percentile past a share of the trial; past
// step 10 while the last step is not known.
func late(end, percentile int64, from float64) string {
	start := int64(10)
	if end > 0 {
		start = share(end, from, 3)
	}
	return fmt.Sprintf(`{"type":"percentile","percentile":%d,"warmup_steps":%d,"warmup_fraction":%v}`, percentile, start, from)
}

func anyNode(pruners ...string) string {
	return `{"type":"any","pruners":[` + strings.Join(pruners, ",") + `]}`
}

// flatPoints is how many points a flat curve needs: a share of the trial, 12
// while its last step is not known.
func flatPoints(end int64, of float64, points int64) int64 {
	if end <= 0 {
		return max(12, points)
	}
	return share(end, of, points+2)
}

// share returns a share of a trial's steps, at least least.
func share(end int64, of float64, least int64) int64 {
	return max(least, int64(math.Ceil(of*float64(end))))
}

// constrained returns the rules that a constraint calls for: a limit where what
// was crossed stays crossed, and a forecast where there is one.
func constrained(c *trials.Constraint) []string {
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
		return []string{limit, node("projected_total", "limit", `,"min_points":2,"z":3`)}
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
