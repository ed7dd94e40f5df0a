package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/trials"
)

// The arrangements of a study, as in the record.
const (
	given = "given" // it begins with the start points that both sides have
	own   = "own"   // it begins as the sampler likes
	eight = "eight" // like given, with 8 trials in flight, of which the oldest is told
)

// search is one study of a problem by one of our samplers, in process.
type search struct {
	p       *problem
	spec    *trials.StudySpec
	space   *trials.Space
	sampler trials.Sampler
	view    trials.View
	flying  []trials.Point
	next    int
	regret  *regret
}

func newSearch(p *problem, node json.RawMessage, arrangement string) (*search, error) {
	seed := int64(newSplitmix("sampler", p.name, arrangement, p.seed).next() >> 11)
	s := &search{p: p, regret: newRegret(p), spec: &trials.StudySpec{
		Name: p.name, Seed: &seed, Sampler: node, SearchSpace: trials.SearchSpace{},
	}}
	for j, name := range p.names {
		s.spec.SearchSpace[name] = p.dists[j]
		s.view.Columns = append(s.view.Columns, trials.Column{Name: name, Dist: p.dists[j]})
	}
	objectives := max(1, len(p.corner))
	for i := range objectives {
		s.spec.Objectives = append(s.spec.Objectives, trials.Objective{Metric: "value" + strconv.Itoa(i), Direction: trials.Minimize})
	}
	for i := range p.limits {
		c := trials.Constraint{Metric: "limit" + strconv.Itoa(i), Op: "<=", Aggregate: trials.Last}
		s.spec.Constraints = append(s.spec.Constraints, c)
		s.view.Limits = append(s.view.Limits, trials.Limit{Metric: c.Metric, Op: c.Op, Aggregate: c.Aggregate})
	}
	s.view.Generation, s.view.Objectives, s.view.Totals = 1, s.spec.Objectives, map[string][]float64{}
	var err error
	if s.space, err = s.spec.SearchSpace.Compile(""); err != nil {
		return nil, err
	}
	s.sampler, _, err = sampler.Table{}.New(s.spec, s.space, node)
	return s, err
}

// begin hands out a point.
func (s *search) begin(x []float64) {
	values := make(map[string]float64, len(x))
	for j, name := range s.p.names {
		values[name] = x[j]
	}
	s.flying = append(s.flying, trials.Point{Number: int64(s.next), Values: values, Fresh: true})
	s.next++
}

// ask hands out a point of the sampler's.
func (s *search) ask() error {
	out, err := s.sampler.Sample(&trials.SampleRequest{
		Study: s.spec, Space: s.space, Number: int64(s.next), View: s.view, Pending: slices.Clone(s.flying),
	})
	if err != nil {
		return err
	}
	x := make([]float64, len(s.p.names))
	for j, name := range s.p.names {
		v, ok := out.Values[name]
		if !ok || !s.p.dists[j].Contains(v) {
			return fmt.Errorf("%s, seed %d, trial %d: %s is %v, which is not a value of %s", s.p.name, s.p.seed, s.next, name, v, &s.p.dists[j])
		}
		x[j] = v
	}
	s.begin(x)
	return nil
}

// tell ends the oldest trial and returns what it cost.
func (s *search) tell() (seconds float64) {
	point := s.flying[0]
	s.flying = s.flying[1:]
	for i := range s.flying {
		s.flying[i].Fresh = false
	}
	x := make([]float64, len(s.p.names))
	for j, name := range s.p.names {
		x[j] = point.Values[name]
	}
	values, broken := s.p.evaluate(x)
	s.regret.tell(x, values, broken)
	v := &s.view
	v.Numbers, v.States, v.Values = append(v.Numbers, point.Number), append(v.States, trials.Complete), append(v.Values, values...)
	v.Last, v.LastStep = append(v.Last, values[0]), append(v.LastStep, 0)
	v.Columns, v.Limits = slices.Clone(v.Columns), slices.Clone(v.Limits)
	for j := range x {
		v.Columns[j].Values = append(v.Columns[j].Values, x[j])
	}
	violation := 0.0
	for i, slack := range broken {
		violation += max(0, slack)
		v.Limits[i].Slack = append(v.Limits[i].Slack, slack)
	}
	v.Violations = append(v.Violations, violation)
	if s.p.seconds != nil {
		seconds = s.p.seconds(x)
		v.Totals = map[string][]float64{trials.WallSeconds: append(v.Totals[trials.WallSeconds], seconds)}
	}
	return seconds
}

// run makes a study of some evaluations and returns the regret after each.
func (s *search) run(arrangement string, evaluations int) ([]float64, error) {
	workers, queue := 1, s.p.startPoints()
	if arrangement == eight {
		workers = 8
	}
	if arrangement == own {
		queue = nil
	}
	out := make([]float64, 0, evaluations)
	for s.next < workers-1+evaluations {
		if len(queue) > 0 {
			s.begin(queue[0])
			queue = queue[1:]
		} else if err := s.ask(); err != nil {
			return nil, err
		}
		if len(s.flying) == workers {
			s.tell()
			out = append(out, s.regret.now)
		}
	}
	return out, nil
}

// nearest returns the smallest distance between two of the trials in flight, in
// the unit cube; categories that differ are 1 apart.
func (s *search) nearest() float64 {
	least := math.Inf(1)
	for i, a := range s.flying {
		for _, b := range s.flying[:i] {
			sum := 0.0
			for j, name := range s.p.names {
				d := &s.p.dists[j]
				switch {
				case d.Type != trials.CategoricalKind:
					sum += square(d.Unit(a.Values[name]) - d.Unit(b.Values[name]))
				case a.Values[name] != b.Values[name]:
					sum++
				}
			}
			least = min(least, math.Sqrt(sum))
		}
	}
	return least
}
