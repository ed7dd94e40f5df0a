package view

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// size is that of the terminal, in cells and lines.
type size struct{ width, height int }

// block composes what stays at the bottom of the terminal: the study, its
// trials, the last decision. It leaves some lines to the output, and the last
// column free, where a terminal may do as it likes.
func block(s Study, trials map[int]Trial, z size, now time.Time) []line {
	width, room := max(1, z.width-1), min(max(3, z.height-6), max(1, z.height-2))
	lines := []line{head(s, width)}
	if len(s.Budget) > 0 && s.MaxTrials > 0 {
		lines = append(lines, gauges("budget  ", s.Budget, width))
	}
	var last []line
	if s.Last != "" {
		last = []line{line{{brief(s.Last), dim}}.cut(width)}
	}
	var running [][]line
	for _, slot := range slices.Sorted(maps.Keys(trials)) {
		running = append(running, trialLines(trials[slot], width, now))
	}
	for _, own := range depth(running, room-len(lines)-len(last)) {
		lines = append(lines, own...)
	}
	lines = append(lines, last...)
	if len(lines) > room {
		more := len(lines) - room + 1
		lines = append(lines[:room-1], line{{fmt.Sprintf("and %d more lines", more), dim}}.cut(width))
	}
	return lines
}

// depth cuts trials down to the lines that there is room for: three each, two
// if there are many of them, and one at least.
func depth(trials [][]line, room int) [][]line {
	most := 3
	if len(trials) > 2 {
		most = 2
	}
	for ; ; most-- {
		total := 0
		for i, own := range trials {
			trials[i] = own[:min(most, len(own))]
			total += len(trials[i])
		}
		if total <= room || most == 1 {
			return trials
		}
	}
}

// barWidth is how many cells the progress takes.
const barWidth = 10

func head(s Study, width int) line {
	fields := []field{{line: line{{brief(s.Name), bold}}, elastic: 12}}
	trials := fmt.Sprintf("%d trials", s.Ended)
	var progress Gauge
	switch {
	case s.MaxTrials > 0:
		trials = fmt.Sprintf("%d/%d trials", s.Ended, s.MaxTrials)
		progress = Gauge{Used: float64(s.Ended), Limit: float64(s.MaxTrials)}
	case len(s.Budget) > 0:
		progress = s.Budget[0]
	}
	fields = append(fields, field{line: line{{text: trials}}, rank: 1})
	if progress.Limit > 0 {
		l := line{{bar(progress.Used/progress.Limit, barWidth), cyan}}
		if s.MaxTrials == 0 {
			l = append(l, segment{text: " "}, gauge(progress))
		}
		fields = append(fields, field{line: l, rank: 4})
	}
	if counts := counts(s); len(counts) > 0 {
		fields = append(fields, field{line: counts, rank: 3})
	}
	if s.Best != nil {
		best := fmt.Sprintf("best %s (trial %d)", number(*s.Best), s.BestTrial)
		fields = append(fields, field{line: line{{best, green}}, rank: 2})
	}
	return fit(fields, width)
}

// counts is such as "8 complete 3 pruned 1 failed".
func counts(s Study) (l line) {
	for _, c := range []struct {
		n     int64
		state string
	}{{s.Complete, "complete"}, {s.Pruned, "pruned"}, {s.Failed, "failed"}} {
		if c.n == 0 {
			continue
		}
		if len(l) > 0 {
			l = append(l, segment{text: " "})
		}
		l = append(l, segment{fmt.Sprintf("%d %s", c.n, c.state), colour(c.state)})
	}
	return l
}

func colour(state string) style {
	switch state {
	case "complete":
		return green
	case "pruned":
		return yellow
	case "failed":
		return red
	default:
		return plain
	}
}

// trialLines is a trial in up to three lines, the most needed first.
func trialLines(t Trial, width int, now time.Time) []line {
	name := fmt.Sprintf("trial %d", t.Number)
	if t.Attempt > 1 {
		name += fmt.Sprintf(" (attempt %d)", t.Attempt)
	}
	fields := []field{{line: line{{name, bold}}}}
	if t.State != "" {
		fields = append(fields, field{line: line{{brief(t.State), yellow}}, rank: 1, elastic: 12})
	}
	if t.Step >= 0 {
		step := fmt.Sprintf("step %d", t.Step)
		if t.MaxSteps > 0 {
			step += fmt.Sprintf("/%d", t.MaxSteps)
		}
		fields = append(fields, field{line: line{{text: step}}, rank: 2})
	}
	if n := len(t.Values); n > 0 {
		value := strings.TrimSpace(brief(t.Objective) + " " + number(t.Values[n-1]))
		fields = append(fields,
			field{line: line{{text: value}}, rank: 3, elastic: 16},
			field{line: line{{spark(t.Values, width/6), cyan}}, rank: 4})
	}
	if params := brief(t.Params); params != "" {
		fields = append(fields, field{line: line{{params, dim}}, rank: 5, elastic: 10})
	}
	lines := []line{fit(fields, width)}

	indent := "  "
	if width >= 60 {
		indent = strings.Repeat(" ", len(name)+2)
	}
	if all := clocked(t, now); len(all) > 0 {
		lines = append(lines, gauges(indent, all, width))
	}
	if t.Sentence != "" {
		lines = append(lines, line{{indent + brief(t.Sentence), dim}}.cut(width))
	}
	return lines
}

// clocked is a trial's gauges, with the time that it takes if none of them is
// a clock.
func clocked(t Trial, now time.Time) []Gauge {
	isClock := func(g Gauge) bool { return g.Unit == Clock }
	if t.Began.IsZero() || slices.ContainsFunc(t.Gauges, isClock) {
		return t.Gauges
	}
	return append(slices.Clip(t.Gauges), Gauge{Used: now.Sub(t.Began).Seconds(), Unit: Clock})
}

// gauges is such as "cpu 3.1 s of 10 · mem 212 MB of 2 GB · 0:14 of 1:00".
func gauges(indent string, all []Gauge, width int) line {
	l := line{{text: indent}}
	for i, g := range all {
		if i > 0 {
			l = append(l, segment{" · ", dim})
		}
		l = append(l, gauge(g))
	}
	return l.cut(width)
}

// near is the part of a limit from which on a gauge warns.
const near = 0.9

func gauge(g Gauge) segment {
	used, unit := quantity(g.Used, g.Unit)
	s := segment{text: strings.TrimSpace(brief(g.Name)+" "+used) + unit}
	if g.Limit == 0 {
		return s
	}
	limit, suffix := quantity(g.Limit, g.Unit)
	s.text += " of " + limit
	if suffix != unit {
		s.text += suffix
	}
	switch {
	case g.Used > g.Limit:
		s.style = red
	case g.Used >= near*g.Limit:
		s.style = yellow
	}
	return s
}

// bar is a fraction in blocks, an eighth of a cell exact.
func bar(fraction float64, width int) string {
	if math.IsNaN(fraction) {
		fraction = 0
	}
	eighths := int(min(1, max(0, fraction)) * float64(8*width))
	s := strings.Repeat("█", eighths/8)
	if eighths%8 > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[eighths%8-1])
	}
	return s + strings.Repeat(" ", width-(eighths+7)/8)
}

// spark is a curve's last values between their least and greatest; what is not
// finite is a gap.
func spark(values []float64, width int) string {
	values = values[max(0, len(values)-max(1, width)):]
	low, high := math.Inf(1), math.Inf(-1)
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	for _, v := range values {
		if finite(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	blocks := []rune("▁▂▃▄▅▆▇█")
	out := make([]rune, len(values))
	for i, v := range values {
		switch {
		case !finite(v):
			out[i] = ' '
		case low == high:
			out[i] = blocks[3]
		default:
			// Halves, for the difference of two large values may overflow.
			out[i] = blocks[int(math.Round((v/2-low/2)/(high/2-low/2)*7))]
		}
	}
	return string(out)
}
