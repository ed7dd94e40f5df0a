package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// fewSeeds are enough where every seed gives a ratio or a distance of its own.
const fewSeeds = 11

// spread measures how far apart 8 points are that are asked for without a tell:
// the smallest distance between two, against that of 8 random points. The trials
// before are random, or the sampler's own, which has then settled somewhere.
func (q *quality) spread() error {
	problems := slices.DeleteFunc([]string{"sphere5", "hartmann6", "mixed7_first", "segment"}, func(name string) bool {
		return !slices.Contains(q.problems, name)
	})
	if len(problems) == 0 {
		return nil
	}
	random := json.RawMessage(`{"type":"random"}`)
	// The distance of random points is what all others are held against: by few
	// seeds its median would be off by a fifth.
	chance, err := q.nearest(problems, random, random, 0, 40*fewSeeds)
	if err != nil {
		return err
	}
	for _, history := range []struct {
		name string
		node json.RawMessage
	}{{"random", random}, {"own", q.node}} {
		for _, told := range []int{0, 50, 200} {
			if told == 0 && history.name == "own" {
				continue
			}
			near, err := q.nearest(problems, q.node, history.node, told, min(q.seeds, fewSeeds))
			if err != nil {
				return err
			}
			least, note := math.Inf(1), ""
			for _, name := range problems {
				ratio := near[name] / chance[name]
				least = min(least, ratio)
				note += fmt.Sprintf(" %s %.3g", name, ratio)
			}
			line(fmt.Sprintf("spread_after_%d_%s_trials", told, history.name), least, ">=", 0.5, "(least of"+note+fmt.Sprintf("; medians of %d seeds)", min(q.seeds, fewSeeds)))
		}
	}
	return nil
}

// nearest returns, by problem, the median over so many seeds of the smallest
// distance between 8 points asked for after so many trials.
func (q *quality) nearest(problems []string, node, history json.RawMessage, told, seeds int) (map[string]float64, error) {
	out := make(map[string]float64, len(problems))
	for _, name := range problems {
		distances := make([]float64, seeds)
		err := q.each(len(distances), func(seed int) error {
			p, err := q.tables.problem(name, q.group, seed)
			if err != nil {
				return err
			}
			before, err := newSearch(p, history, "before")
			if err != nil {
				return err
			}
			s, err := newSearch(p, node, "spread")
			if err != nil {
				return err
			}
			for range told {
				if err := before.ask(); err != nil {
					return err
				}
				before.tell()
			}
			s.view, s.next = before.view, told
			for range 8 {
				if err := s.ask(); err != nil {
					return err
				}
			}
			distances[seed] = s.nearest()
			return nil
		})
		if err != nil {
			return nil, err
		}
		out[name] = middle(distances)
	}
	return out, nil
}

// Studies on the tables' own seconds: the plain sampler makes so many
// evaluations, the one that knows the cost may make more for the same seconds.
const (
	plainEvaluations = 60
	awareEvaluations = 180
	plainNode        = `{"type":"gp"}`
	awareNode        = `{"type":"gp","cost_metric":"system/wall_seconds"}`
)

// cost compares the area under regret against seconds, from the last start point
// to what the plain sampler spent, with and without knowing the cost.
func (q *quality) cost() error {
	var ratios, ones []float64
	var notes string
	for _, name := range q.problems {
		p, err := q.tables.problem(name, q.group, 0)
		if err != nil {
			return err
		}
		if p.seconds == nil {
			continue
		}
		ratio := make([]float64, min(q.seeds, fewSeeds))
		err = q.each(len(ratio), func(seed int) error {
			plain, err := q.spending(name, seed, plainNode, plainEvaluations, math.Inf(1))
			if err != nil {
				return err
			}
			budget := plain[len(plain)-1].seconds
			aware, err := q.spending(name, seed, awareNode, awareEvaluations, budget)
			if err != nil {
				return err
			}
			least := floor * q.chance[name]
			ratio[seed] = area(aware, budget, least) / area(plain, budget, least)
			return nil
		})
		if err != nil {
			return err
		}
		for _, r := range ratio {
			ratios, ones = append(ratios, r), append(ones, 1)
		}
		notes += fmt.Sprintf(" %s %.3g", name, middle(ratio))
	}
	if len(ratios) > 0 {
		c := compare(ratios, ones)
		line("cost_aware_area_vs_plain", c.ratio, "<=", 0.8, fmt.Sprintf("[%.3g, %.3g] (median of %d studies; of%s)", c.low, c.high, len(ratios), notes))
	}
	return nil
}

// spent is the regret after so many seconds.
type spent struct{ seconds, regret float64 }

// spending makes a study until a number of evaluations or of seconds is spent.
// The first entry is that after the start points.
func (q *quality) spending(name string, seed int, node string, evaluations int, seconds float64) ([]spent, error) {
	p, err := q.tables.problem(name, q.group, seed)
	if err != nil {
		return nil, err
	}
	s, err := newSearch(p, json.RawMessage(node), given)
	if err != nil {
		return nil, err
	}
	total := 0.0
	for _, x := range p.startPoints() {
		s.begin(x)
		total += s.tell()
	}
	out := []spent{{total, s.regret.now}}
	for s.next < evaluations && total < seconds {
		if err := s.ask(); err != nil {
			return nil, err
		}
		total += s.tell()
		out = append(out, spent{total, s.regret.now})
	}
	return out, nil
}

// area integrates the regret, or the least that counts, over the seconds up to a
// budget.
func area(curve []spent, budget, least float64) float64 {
	sum := 0.0
	for i, c := range curve {
		end := budget
		if i+1 < len(curve) {
			end = min(end, curve[i+1].seconds)
		}
		sum += max(least, c.regret) * max(0, end-c.seconds)
	}
	return sum
}
