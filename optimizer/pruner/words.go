package pruner

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

func defaultMetric(study *trials.StudySpec, metric *string) {
	if *metric == "" {
		*metric = study.Objectives[0].Metric
	}
}

func defaultDirection(study *trials.StudySpec, metric string, d *trials.Direction) {
	if *d != "" {
		return
	}
	*d = trials.Minimize
	if i := slices.IndexFunc(study.Objectives, func(o trials.Objective) bool { return o.Metric == metric }); i >= 0 {
		*d = study.Objectives[i].Direction
	}
}

// checkSpelling warns of a metric that nothing else in the study names.
func checkSpelling(study *trials.StudySpec, metric string, f *findings) {
	_, declared := study.Metrics[metric]
	if declared || strings.HasPrefix(metric, "system/") ||
		slices.ContainsFunc(study.Objectives, func(o trials.Objective) bool { return o.Metric == metric }) ||
		slices.ContainsFunc(study.Constraints, func(c trials.Constraint) bool { return c.Metric == metric }) {
		return
	}
	f.warnings.Add("/metric", "is not declared and no objective or constraint names it: check its spelling")
}

// noun names a metric in a sentence.
func noun(metric string) string {
	switch metric {
	case trials.WallSeconds:
		return "wall time"
	case trials.CPUSeconds:
		return "CPU time"
	case trials.GPUSeconds:
		return "GPU time"
	case trials.EnergyJoules:
		return "energy"
	case trials.Cost:
		return "cost"
	case "system/rss_bytes":
		return "memory in use"
	default:
		return metric
	}
}

// grows says that a metric is a running total, of which the largest value so
// far is the latest.
func grows(metric string) bool {
	return slices.Contains([]string{trials.WallSeconds, trials.CPUSeconds, trials.GPUSeconds, trials.EnergyJoules, trials.Cost}, metric)
}

// upperFirst begins a sentence with a phrase of ours; the name of a metric, in
// which there is no space, stays as it is.
func upperFirst(s string) string {
	if strings.Contains(s, " ") || s == "energy" || s == "cost" {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

func notReported(metric string) string {
	return upperFirst(noun(metric)) + " was not reported yet."
}

// unit is the unit of a metric's values, such as "s"; "B" is shown in kB to TB.
type unit string

// unitOf returns the declared unit, else what the name of the metric ends in.
func unitOf(study *trials.StudySpec, metric string) unit {
	if d, ok := study.Metrics[metric]; ok && d.Unit != "" {
		switch d.Unit {
		case "bytes", "byte":
			return "B"
		case "seconds":
			return "s"
		case "joules":
			return "J"
		}
		return unit(d.Unit)
	}
	switch {
	case strings.HasSuffix(metric, "_seconds"):
		return "s"
	case strings.HasSuffix(metric, "_bytes"):
		return "B"
	case strings.HasSuffix(metric, "_joules"):
		return "J"
	default:
		return ""
	}
}

// digits is how many digits of a number a sentence shows at first.
const digits = 4

// pair shows two values with as many digits as it takes to tell them apart.
func (u unit) pair(a, b float64) (string, string) {
	for n := digits; ; n++ {
		x, y := u.show(a, n), u.show(b, n)
		if x != y || a == b || n >= 17 {
			return x, y
		}
	}
}

// continued says what would have let a trial go on: an end of its own, such as
// "a limit", at v or beyond.
func (u unit) continued(end string, v float64, up bool) string {
	if math.IsInf(v, 0) {
		return "Would have continued without this rule."
	}
	return fmt.Sprintf("Would have continued with %s of %s.", end, u.room(v, up))
}

// room shows the least generous limit that v would be within: "12.3 s or more".
func (u unit) room(v float64, up bool) string {
	scaled, name := u.scale(v)
	text := number(scaled, digits)
	if shown, err := strconv.ParseFloat(text, 64); err != nil || up && shown < scaled || !up && shown > scaled {
		text = strconv.FormatFloat(outward(scaled, up), 'g', -1, 64)
	}
	word := "less"
	if up {
		word = "more"
	}
	return join(text, name) + " or " + word
}

// outward rounds to the digits shown, up or down. A number too large or small
// for that stays as it is.
func outward(v float64, up bool) float64 {
	power := math.Pow10(digits - 1 - int(math.Floor(math.Log10(math.Abs(v)))))
	rounded := math.Floor(v*power) / power
	if up {
		rounded = math.Ceil(v*power) / power
	}
	if math.IsNaN(rounded) || math.IsInf(rounded, 0) || up && rounded < v || !up && rounded > v {
		return v
	}
	return rounded
}

func (u unit) show(v float64, n int) string {
	scaled, name := u.scale(v)
	return join(number(scaled, n), name)
}

// scale turns bytes into the largest unit of which there is at least one.
func (u unit) scale(v float64) (float64, string) {
	if u != "B" || math.IsInf(v, 0) {
		return v, string(u)
	}
	for _, s := range []struct {
		name string
		size float64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if math.Abs(v) >= s.size {
			return v / s.size, s.name
		}
	}
	return v, "B"
}

func join(number, unit string) string {
	if unit == "" {
		return number
	}
	return number + " " + unit
}

// number shows v with n significant digits, more if it takes more to show the
// whole part.
func number(v float64, n int) string {
	switch abs := math.Abs(v); {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		if v < 0 {
			return "-infinity"
		}
		return "infinity"
	case v == 0:
		return "0"
	case abs < 1e-4 || abs >= 1e12:
		return strconv.FormatFloat(v, 'g', n, 64)
	default:
		decimals := max(0, n-1-int(math.Floor(math.Log10(abs))))
		text := strconv.FormatFloat(v, 'f', decimals, 64)
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		return text
	}
}
