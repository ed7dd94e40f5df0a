package replay

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

// colours can be told apart by everybody (Okabe and Ito).
var colours = [...]string{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A6D3B", "#000000"}

const baseColour = "#777777"

// frame is one set of axes: where it is, and what its ends stand for.
type frame struct {
	x, y, w, h float64
	xMax, yMax float64
}

func (f *frame) at(x, y float64) (px, py float64) {
	clamp := func(v, most float64) float64 { return math.Max(0, math.Min(1, v/most)) }
	return f.x + f.w*clamp(x, f.xMax), f.y + f.h*(1-clamp(y, f.yMax))
}

// picture writes SVG and keeps the first error.
type picture struct {
	w   io.Writer
	err error
}

func (p *picture) add(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *picture) line(x1, y1, x2, y2 float64, colour string, width float64) {
	p.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>`, x1, y1, x2, y2, colour, width)
}

func (p *picture) text(x, y float64, anchor, class, text string) {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil && p.err == nil {
		p.err = err
	}
	p.add(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, b.String())
}

// Draw draws what was saved against the chance of losing the best trial, with
// intervals, and beside it the regret against what was spent, as SVG.
func Draw(w io.Writer, r *trials.ReplayResponse) error {
	const width, top, side = 980.0, 60.0, 360.0
	rows := len(r.Pruners) + 1
	height := top + side + 80 + 20*float64(rows)
	p := &picture{w: w}
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" font-family="system-ui, sans-serif">`, width, height, width, height)
	p.add(`<style>text{font-size:12px;fill:#222}.title{font-size:15px;font-weight:600}.small{font-size:11px;fill:#555}</style>`)
	p.add(`<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	p.frontier(&frame{x: 70, y: top, w: side, h: side, xMax: 1}, r)
	p.curves(&frame{x: 560, y: top, w: side, h: side, xMax: 1}, r)
	p.legend(70, top+side+64, r)
	p.add(`</svg>`)
	return p.err
}

// axes draws a frame with its grid, titles and marks.
func (p *picture) axes(f *frame, title, xTitle, yTitle string, mark func(y float64) string) {
	const parts = 5
	p.text(f.x, f.y-26, "start", "title", title)
	for i := range parts + 1 {
		part := float64(i) / parts
		x, y := f.at(part*f.xMax, part*f.yMax)
		p.line(x, f.y, x, f.y+f.h, "#e6e6e6", 1)
		p.line(f.x, y, f.x+f.w, y, "#e6e6e6", 1)
		p.text(x, f.y+f.h+16, "middle", "small", percent(part*f.xMax))
		p.text(f.x-8, y+4, "end", "small", mark(part*f.yMax))
	}
	p.line(f.x, f.y+f.h, f.x+f.w, f.y+f.h, "#555555", 1)
	p.line(f.x, f.y, f.x, f.y+f.h, "#555555", 1)
	p.text(f.x+f.w/2, f.y+f.h+36, "middle", "small", xTitle)
	p.text(f.x, f.y-8, "start", "small", yTitle)
}

// frontier draws a point a pruner.
func (p *picture) frontier(f *frame, r *trials.ReplayResponse) {
	most := 0.05
	for i := range r.Pruners {
		most = math.Max(most, highest(Lost(&r.Pruners[i])))
	}
	f.yMax = nice(most)
	p.axes(f, "Savings and risk", "saved of "+r.Cost, "chance of losing the best trial", percent)
	for i := range r.Pruners {
		saved, lost := r.Pruners[i].Saved[r.Cost].Share, Lost(&r.Pruners[i])
		if saved.Value == nil || lost.Value == nil {
			continue
		}
		colour := colours[i%len(colours)]
		x, y := f.at(*saved.Value, *lost.Value)
		if saved.Low != nil && saved.High != nil {
			x1, _ := f.at(*saved.Low, 0)
			x2, _ := f.at(*saved.High, 0)
			p.line(x1, y, x2, y, colour, 1.5)
		}
		if lost.Low != nil && lost.High != nil {
			_, y1 := f.at(0, *lost.Low)
			_, y2 := f.at(0, *lost.High)
			p.line(x, y1, x, y2, colour, 1.5)
		}
		p.add(`<circle cx="%.1f" cy="%.1f" r="4.5" fill="%s"/>`, x, y, colour)
		p.text(x+7, y-7, "start", "small", strconv.Itoa(i+1))
	}
}

// curves draws the median any-time curves; that without a pruner is dashed.
func (p *picture) curves(f *frame, r *trials.ReplayResponse) {
	most := 0.0
	scan := func(points []trials.AnyTimePoint) {
		for _, at := range points {
			if at.Median != nil {
				most = math.Max(most, *at.Median)
			}
		}
	}
	scan(r.AnyTime)
	for i := range r.Pruners {
		scan(r.Pruners[i].AnyTime)
	}
	f.yMax = nice(most)
	p.axes(f, "Regret on the way", "spent of what a study costs without pruning", "median regret, in units of "+r.Objective,
		func(y float64) string { return strconv.FormatFloat(y, 'g', 3, 64) })
	p.path(f, r.AnyTime, baseColour, ` stroke-dasharray="5 4"`)
	for i := range r.Pruners {
		p.path(f, r.Pruners[i].AnyTime, colours[i%len(colours)], "")
	}
}

func (p *picture) path(f *frame, points []trials.AnyTimePoint, colour, more string) {
	var b strings.Builder
	for _, at := range points {
		if at.Median != nil {
			x, y := f.at(at.Share, *at.Median)
			fmt.Fprintf(&b, "%.1f,%.1f ", x, y)
		}
	}
	if b.Len() > 0 {
		p.add(`<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`, strings.TrimSpace(b.String()), colour, more)
	}
}

func (p *picture) legend(x, y float64, r *trials.ReplayResponse) {
	for i := range r.Pruners {
		one := &r.Pruners[i]
		p.add(`<circle cx="%.1f" cy="%.1f" r="4.5" fill="%s"/>`, x, y-4, colours[i%len(colours)])
		p.text(x+12, y, "start", "", fmt.Sprintf("%d  %s: saved %s, best lost %s", i+1, one.Name, Percent(one.Saved[r.Cost].Share), Percent(Lost(one))))
		y += 20
	}
	p.line(x-6, y-4, x+6, y-4, baseColour, 2)
	kind := fmt.Sprintf("%d studies of %d trials in random order; bars are %.3g %% intervals", r.Orders, r.Trials, 100*r.Confidence)
	switch r.Intervals {
	case ofOrderings:
		kind += " over orders of the same trials alone: too narrow"
	case ofNothing:
		kind = fmt.Sprintf("the recorded study of %d trials", r.Trials)
	}
	p.text(x+12, y, "start", "small", "without pruning; "+kind)
}

// Lost is the chance of losing the best trial: with constraints, of those that
// keep to them.
func Lost(r *trials.ReplayResult) trials.Estimate {
	if r.BestFeasibleLost != nil {
		return *r.BestFeasibleLost
	}
	return r.BestLost
}

// highest is the upper end of an estimate.
func highest(e trials.Estimate) float64 {
	switch {
	case e.High != nil:
		return *e.High
	case e.Value != nil:
		return *e.Value
	default:
		return 0
	}
}

// nice rounds up to the end of an axis that divides into fifths.
func nice(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10} {
		if m*power >= v*0.999999 {
			return m * power
		}
	}
	return 10 * power
}

func percent(v float64) string { return strconv.FormatFloat(v*100, 'g', 3, 64) + " %" }

// Percent shows a share and its interval: "61.5 % (58.0 to 64.9)".
func Percent(e trials.Estimate) string {
	one := func(v float64) string { return strconv.FormatFloat(v*100, 'f', 1, 64) }
	switch {
	case e.Value == nil:
		return "unknown"
	case e.Low == nil || e.High == nil:
		return one(*e.Value) + " %"
	default:
		return one(*e.Value) + " % (" + one(*e.Low) + " to " + one(*e.High) + ")"
	}
}
