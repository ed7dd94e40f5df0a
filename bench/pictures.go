package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/trials"
)

// drawPictures draws what pruners save against what they risk on the recorded
// curves, one SVG file a pool, for docs/pruners.md.
func drawPictures(ctx context.Context, studies int, out string) error {
	b := newPruning(ctx, 1, studies)
	if b.dir == "" {
		return fmt.Errorf("%s names no folder with recorded curves", curvesEnv)
	}
	nlp, err := loadNLP(b.dir)
	if err != nil {
		return err
	}
	lstm, err := loadTaskSet(b.dir, "taskset_lstm128_p128.json.gz")
	if err != nil {
		return err
	}
	gru, err := loadTaskSet(b.dir, "taskset_gru128.json.gz")
	if err != nil {
		return err
	}
	limit := []trials.Constraint{{Metric: trials.WallSeconds, Op: "<=", Bound: quantileOfTotals(nlp, 0.6), Aggregate: trials.Max}}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	for _, pool := range []struct {
		file, title string
		rec         *trials.Recording
		constraints *[]trials.Constraint
		cost        string
	}{
		{"nlp.svg", fmt.Sprintf("NAS-Bench-NLP, a trial may take %.0f s", limit[0].Bound), nlp, &limit, "wall_seconds"},
		{"lstm128.svg", "TaskSet LSTM128, on which the presets were tuned", lstm, nil, "steps"},
		{"gru128.svg", "TaskSet GRU128", gru, nil, "steps"},
	} {
		shown := contenders(pool.constraints != nil)
		pruners := make([]trials.ReplayPruner, len(shown))
		for i, c := range shown {
			pruners[i] = trials.ReplayPruner{Name: c.name, Pruner: json.RawMessage(c.node)}
		}
		answer, err := b.replay(pool.rec, pool.constraints, pool.cost, pruners...)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, pool.file), []byte(drawFrontier(pool.title, shown, answer)), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// contender is a pruner in a picture. Those of a series are joined by a line.
type contender struct{ name, series, node string }

// The series.
const (
	ofPresets = "presets"
	ofOptuna  = "Optuna's defaults"
	ofMedian  = "median"
	ofASHA    = "asha"
)

// contenders are the presets, Optuna's pruners at their defaults, and single
// rules that begin later and later. The single rules have the presets' limits, if
// there are any; Optuna's pruners know none.
func contenders(limited bool) []contender {
	out := []contender{
		{"safe", ofPresets, string(pruner.Preset("safe"))},
		{"balanced", ofPresets, string(pruner.Preset("balanced"))},
		{"aggressive", ofPresets, string(pruner.Preset("aggressive"))},
		{"Optuna MedianPruner", ofOptuna, optunaMedian},
		{"Optuna SuccessiveHalvingPruner", ofOptuna, optunaHalving},
		{"Optuna HyperbandPruner", ofOptuna, optunaHyperband},
	}
	rules := `{"type":"non_finite"}`
	if limited {
		rules += `,{"type":"limit","metric":"system/wall_seconds"},{"type":"projected_total","metric":"system/wall_seconds","min_points":2,"z":3}`
	}
	for _, from := range []int{3, 5, 10, 15} {
		node := fmt.Sprintf(`{"type":"any","pruners":[%s,{"type":"median","warmup_steps":%d}]}`, rules, from)
		out = append(out, contender{fmt.Sprintf("median from step %d", from), ofMedian, node})
	}
	for _, from := range []int{3, 5, 10} {
		node := fmt.Sprintf(`{"type":"any","pruners":[%s,{"type":"asha","min_resource":%d}]}`, rules, from)
		out = append(out, contender{fmt.Sprintf("asha from step %d", from), ofASHA, node})
	}
	return out
}

// colourOf tells the series apart, for everybody (Okabe and Ito).
var colourOf = map[string]string{ofPresets: "#0072B2", ofOptuna: "#D55E00", ofMedian: "#777777", ofASHA: "#009E73"}

// plane is where a picture's points are. Risks are drawn by their square roots,
// so that small ones can be told apart.
type plane struct {
	x, y, w, h, from, most float64
	text                   strings.Builder
}

func (p *plane) at(saved, lost float64) (px, py float64) {
	unit := func(v float64) float64 { return math.Max(0, math.Min(1, v)) }
	return p.x + p.w*unit((saved-p.from)/(1-p.from)), p.y + p.h*(1-math.Sqrt(unit(lost/p.most)))
}

func (p *plane) add(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n", args...) }

func (p *plane) line(x1, y1, x2, y2 float64, colour string, width float64) {
	p.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>`, x1, y1, x2, y2, colour, width)
}

func (p *plane) write(x, y float64, anchor, class, text string) {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	p.add(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, b.String())
}

// spot is a point with its interval.
type spot struct {
	saved, lost trials.Estimate
	x, y        float64
}

// drawFrontier returns the picture of a replay.
func drawFrontier(title string, shown []contender, r *trials.ReplayResponse) string {
	p := &plane{x: 60, y: 64, w: 660, h: 380, from: 1}
	spots := make([]spot, len(shown))
	for i := range shown {
		s := spot{saved: r.Pruners[i].Saved[r.Cost].Share, lost: replay.Lost(&r.Pruners[i])}
		spots[i] = s
		p.from = math.Min(p.from, math.Floor(10**s.saved.Low)/10)
		p.most = math.Max(p.most, math.Ceil(10**s.lost.High)/10)
	}
	height := p.y + p.h + 92 + 18*float64(len(shown))
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 %g" width="760" height="%g" font-family="system-ui, sans-serif">`, height, height)
	p.add(`<style>text{font-size:12px;fill:#222}.title{font-size:15px;font-weight:600}.small{font-size:11px;fill:#555}</style>`)
	p.add(`<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	p.write(p.x, 26, "start", "title", title)
	p.grid(r.Cost)
	for i := range spots {
		s := &spots[i]
		s.x, s.y = p.at(*s.saved.Value, *s.lost.Value)
		if i > 0 && shown[i].series == shown[i-1].series && shown[i].series != ofOptuna {
			p.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="3 3"/>`, spots[i-1].x, spots[i-1].y, s.x, s.y, colourOf[shown[i].series])
		}
	}
	for i := range spots {
		p.point(&spots[i], shown[i].series)
	}
	p.number(spots)
	p.legend(shown, spots, r)
	p.add(`</svg>`)
	return p.text.String()
}

// grid draws the axes.
func (p *plane) grid(cost string) {
	percent := func(v float64) string { return strconv.FormatFloat(100*v, 'g', 3, 64) + " %" }
	for tenth := math.Round(10 * p.from); tenth <= 10; tenth++ {
		x, _ := p.at(tenth/10, 0)
		p.line(x, p.y, x, p.y+p.h, "#e6e6e6", 1)
		p.write(x, p.y+p.h+16, "middle", "small", percent(tenth/10))
	}
	for _, lost := range []float64{0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1} {
		if lost > p.most {
			break
		}
		_, y := p.at(0, lost)
		p.line(p.x, y, p.x+p.w, y, "#e6e6e6", 1)
		p.write(p.x-8, y+4, "end", "small", percent(lost))
	}
	p.line(p.x, p.y+p.h, p.x+p.w, p.y+p.h, "#555555", 1)
	p.line(p.x, p.y, p.x, p.y+p.h, "#555555", 1)
	p.write(p.x+p.w/2, p.y+p.h+36, "middle", "small", "saved of "+cost)
	p.write(p.x, p.y-10, "start", "small", "chance of losing the best trial (scale by the square root)")
}

// point draws a pruner with its intervals.
func (p *plane) point(s *spot, series string) {
	colour := colourOf[series]
	left, low := p.at(*s.saved.Low, *s.lost.Low)
	right, high := p.at(*s.saved.High, *s.lost.High)
	p.line(left, s.y, right, s.y, colour, 1.2)
	p.line(s.x, low, s.x, high, colour, 1.2)
	p.marker(s.x, s.y, series)
}

func (p *plane) marker(x, y float64, series string) {
	switch series {
	case ofPresets:
		p.add(`<circle cx="%.1f" cy="%.1f" r="5.5" fill="%s"/>`, x, y, colourOf[series])
	case ofOptuna:
		p.add(`<path d="M%.1f %.1fl6 6l-6 6l-6 -6z" fill="%s"/>`, x, y-6, colourOf[series])
	default:
		p.add(`<circle cx="%.1f" cy="%.1f" r="3.5" fill="#ffffff" stroke="%s" stroke-width="1.8"/>`, x, y, colourOf[series])
	}
}

// number writes the numbers of the points, each where it is furthest from what is
// there already.
func (p *plane) number(spots []spot) {
	var taken [][2]float64
	for _, s := range spots {
		taken = append(taken, [2]float64{s.x, s.y})
	}
	for i, s := range spots {
		best, most := [2]float64{}, -1.0
		for _, d := range [][2]float64{{10, -10}, {-10, -10}, {10, 12}, {-10, 12}, {0, -16}, {0, 18}, {17, 0}, {-17, 0}, {22, -16}, {-22, -16}} {
			at, room := [2]float64{s.x + d[0], s.y + d[1]}, math.Inf(1)
			if at[1] > p.y+p.h-4 {
				continue
			}
			for k, other := range taken {
				if k != i {
					room = math.Min(room, math.Hypot(at[0]-other[0], at[1]-other[1]))
				}
			}
			if room = math.Min(room, 18); room > most {
				best, most = at, room
			}
		}
		taken = append(taken, best)
		p.write(best[0], best[1]+4, "middle", "small", strconv.Itoa(i+1))
	}
}

// legend names the points and says their figures.
func (p *plane) legend(shown []contender, spots []spot, r *trials.ReplayResponse) {
	y := p.y + p.h + 62
	p.write(p.x+300, y, "start", "small", "saved")
	p.write(p.x+470, y, "start", "small", "best lost")
	for i, c := range shown {
		y += 18
		p.marker(p.x-10, y-4, c.series)
		p.write(p.x+16, y, "end", "", strconv.Itoa(i+1))
		name := c.name
		if len(r.Constraint) > 0 && (c.series == ofMedian || c.series == ofASHA) {
			name += ", with the presets' limits"
		}
		p.write(p.x+24, y, "start", "", name)
		p.write(p.x+300, y, "start", "", replay.Percent(spots[i].saved))
		p.write(p.x+470, y, "start", "", replay.Percent(spots[i].lost))
	}
	p.write(p.x-14, y+22, "start", "small", fmt.Sprintf("%d studies of %d trials, drawn from %d recorded ones; bars and brackets are %g %% intervals, over settings drawn again",
		r.Orders, r.Trials, r.Recorded.Trials, 100*r.Confidence))
}
