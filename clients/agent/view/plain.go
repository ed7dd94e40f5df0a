package view

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Summary is what End tells.
type Summary struct {
	Study           Study
	Wall            time.Duration
	CPUSeconds      float64 // NaN is not measured, here and below
	PeakMemoryBytes float64 // of the largest trial
	EnergyJoules    float64
	EnergyNote      string // how it was measured, or why not
	Cost            float64
	Priced          bool // there is a price, and Cost is told
	Saved           *Saved
	Params          string // of the best trial
	Ended           string // what ended the work, a sentence
	Next            string // a command to go on with
}

// Saved estimates what the trials that were pruned would have used beyond.
type Saved struct {
	Value     float64
	Low, High float64 // the interval, both NaN without one
	Unit      string  // as a gauge's
	Of        string  // "CPU"
	Note      string  // how it was estimated, or on what
}

func opening(s Study) []line {
	parts := []string{}
	if s.Direction != "" || s.Objective != "" {
		parts = append(parts, strings.TrimSpace(s.Direction+" "+clean(s.Objective)))
	}
	if s.MaxTrials > 0 {
		parts = append(parts, plural(s.MaxTrials, "trial"))
	}
	for _, g := range s.Budget {
		if g.Limit > 0 {
			parts = append(parts, strings.TrimSpace(clean(g.Name)+" up to "+measure(g.Limit, g.Unit)))
		}
	}
	if s.Slots > 1 {
		parts = append(parts, fmt.Sprintf("%d at a time", s.Slots))
	}
	l := line{{"study " + clean(s.Name), bold}}
	if s.Server != "" {
		l = append(l, segment{" on " + clean(s.Server), dim})
	}
	if len(parts) > 0 {
		l = append(l, segment{text: ": " + strings.Join(parts, ", ")})
	}
	return []line{l}
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func beginning(t Trial) []line {
	l := line{{text: fmt.Sprintf("trial %d  begins  ", t.Number)}}
	if t.Attempt > 1 {
		l = append(l, segment{text: fmt.Sprintf("  attempt %d", t.Attempt)})
	}
	if params := clean(t.Params); params != "" {
		l = append(l, segment{"  " + params, dim})
	}
	return []line{l}
}

func ending(o Outcome) []line {
	state := strings.ToLower(clean(o.State))
	if state == "fail" {
		state = "failed"
	}
	l := line{{text: fmt.Sprintf("trial %d  ", o.Number)}, {fmt.Sprintf("%-8s", state), colour(state)}}
	if o.Value != nil {
		l = append(l, segment{"  " + strings.TrimSpace(clean(o.Objective)+" "+number(*o.Value)), bold})
	}
	l = append(l, segment{text: "  " + strings.Join([]string{
		short(o.Duration),
		"cpu " + measure(o.CPUSeconds, Seconds),
		"peak " + measure(o.PeakMemoryBytes, Bytes),
	}, " · ")})
	if why := because(clean(o.Reason), clean(o.Sentence)); why != "" {
		l = append(l, segment{"  " + why, dim})
	}
	return []line{l}
}

func because(reason, sentence string) string {
	if reason != "" && sentence != "" {
		return reason + ": " + sentence
	}
	return reason + sentence
}

func (s Summary) lines() []line {
	st := s.Study
	title := line{{clean(st.Name), bold}, {text: "  " + plural(st.Ended, "trial")}}
	if c := counts(st); len(c) > 0 {
		title = append(append(title, segment{text: "  "}), c...)
	}
	lines := []line{{}, title}
	row := func(name, text string, st style) {
		lines = append(lines, line{{fmt.Sprintf("  %-7s", name), dim}, {text, st}})
	}
	best := "none"
	if st.Best != nil {
		best = fmt.Sprintf("%s (trial %d)", strings.TrimSpace(clean(st.Objective)+" "+number(*st.Best)), st.BestTrial)
		if params := clean(s.Params); params != "" {
			best += "  " + params
		}
	}
	row("best", best, green)
	row("used", s.used(), plain)
	if s.Saved != nil {
		row("saved", s.Saved.String(), plain)
	}
	if s.Ended != "" {
		row("ended", clean(s.Ended), plain)
	}
	if s.Next != "" {
		row("next", clean(s.Next), bold)
	}
	return lines
}

func (s Summary) used() string {
	energy := "energy " + measure(s.EnergyJoules, Joules)
	if note := clean(s.EnergyNote); note != "" {
		energy += " (" + note + ")"
	}
	parts := []string{
		short(s.Wall),
		"cpu " + measure(s.CPUSeconds, Seconds),
		"peak memory " + measure(s.PeakMemoryBytes, Bytes),
		energy,
	}
	if s.Priced {
		parts = append(parts, "cost "+cost(s.Cost))
	}
	return strings.Join(parts, " · ")
}

// cost has two decimals, or four of what is less than 1.
func cost(v float64) string {
	switch {
	case math.IsNaN(v):
		return notMeasured
	case v < 1:
		return fmt.Sprintf("%.4f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// String is such as "about 120 s CPU (80 to 160 s), if ...".
func (s Saved) String() string {
	if math.IsNaN(s.Value) {
		return strings.TrimSpace("not estimable " + parenthesis(s.Note))
	}
	text := "about " + strings.TrimSpace(measure(s.Value, s.Unit)+" "+clean(s.Of))
	if !math.IsNaN(s.Low) && !math.IsNaN(s.High) {
		low, unit := quantity(s.Low, s.Unit)
		high, suffix := quantity(s.High, s.Unit)
		if unit != suffix {
			low += unit
		}
		text += ", between " + low + " and " + high + suffix
	}
	return strings.TrimSpace(text + " " + parenthesis(s.Note))
}

func parenthesis(s string) string {
	if s = clean(s); s == "" {
		return ""
	}
	return "(" + s + ")"
}
