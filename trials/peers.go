package trials

import (
	"math"
	"slices"
)

// Form says what of a curve up to a step stands for it there.
type Form string

// The forms.
const (
	Raw         Form = ""             // the value at the step
	RunningMean Form = "running_mean" // the mean of the values from a step on
	HeadMean    Form = "head_mean"    // the mean of the values of the first so many reports
)

// Peers are the values of other trials at a step.
type Peers struct {
	// Reached takes every trial that reached the step, whatever became of it;
	// else COMPLETE trials.
	Reached bool
	Form    Form
	From    int64 // of a running mean the first step, of a head mean the number of reports
	// Carry is for trials that have no report at the step: [Case.Others] has the
	// curves, and no step has an index. A head mean begins with the first report.
	Carry bool
}

// peers holds the values of one metric by step.
type peers struct {
	Peers
	metric uint32
	steps  []*peerStep         // by step, of low steps
	far    map[int64]*peerStep // of others
	// carried is, to be carried, the form of the trials that ended, in order.
	carried []Series
}

// nearSteps is how many steps have a place of their own.
const nearSteps = 1 << 12

type peerStep struct {
	ranked Ranked
	bulk   []float64 // to be put in: a history that is built has many at once
}

// formed is the form of a trial's curve so far.
type formed struct {
	sum    float64
	n      int64
	series Series // not of the raw form, which is the curve itself
}

func (p *peers) at(step int64) *Ranked {
	s := p.step(step, false)
	if s == nil {
		return nil
	}
	if len(s.bulk) > 0 {
		slices.Sort(s.bulk)
		for _, v := range s.bulk {
			s.ranked.Add(v)
		}
		s.bulk = nil
	}
	return &s.ranked
}

func (p *peers) step(step int64, create bool) *peerStep {
	if step < nearSteps {
		for create && int64(len(p.steps)) <= step {
			p.steps = append(p.steps, nil)
		}
		if step >= int64(len(p.steps)) {
			return nil
		}
		if p.steps[step] == nil && create {
			p.steps[step] = &peerStep{}
		}
		return p.steps[step]
	}
	s := p.far[step]
	if s == nil && create {
		if p.far == nil {
			p.far = map[int64]*peerStep{}
		}
		s = &peerStep{}
		p.far[step] = s
	}
	return s
}

func (p *peers) add(step int64, v float64, building bool) {
	s := p.step(step, true)
	if building && !math.IsNaN(v) {
		s.bulk = append(s.bulk, v+0)
		return
	}
	p.at(step).Add(v)
}

func (p *peers) reset() {
	for _, s := range p.steps {
		if s != nil {
			s.ranked.clear()
			s.bulk = s.bulk[:0]
		}
	}
	clear(p.far)
	p.carried = p.carried[:0]
}

// add takes in a point of the curve and returns the form there.
func (f *formed) add(p Peers, step int64, v float64) float64 {
	switch p.Form {
	case RunningMean:
		if step < p.From {
			return math.NaN()
		}
		f.sum, f.n = f.sum+v, f.n+1
		v = f.sum / float64(f.n)
	case HeadMean:
		if f.n < p.From {
			f.sum, f.n = f.sum+v, f.n+1
		}
		if f.n < p.From && !p.Carry {
			return math.NaN()
		}
		v = f.sum / float64(f.n)
	default:
		return v
	}
	f.series.add(step, v)
	return v
}

// pointsOf returns the form of a trial's curve of a peers' metric.
func (t *Live) pointsOf(i int, p *peers) *Series {
	if p.Form == Raw {
		if int(p.metric) < len(t.curves) {
			return t.curves[p.metric]
		}
		return nil
	}
	if i < len(t.forms) {
		return &t.forms[i].series
	}
	return nil
}

// form takes in a new point of a trial's curve.
func (h *History) form(t *Live, metric uint32, step int64, v float64) {
	for i, p := range h.peers {
		if p.metric != metric {
			continue
		}
		point := v
		if p.Form != Raw {
			for len(t.forms) <= i {
				t.forms = append(t.forms, formed{})
			}
			if point = t.forms[i].add(p.Peers, step, v); math.IsNaN(point) {
				continue
			}
		}
		if p.Reached && !p.Carry {
			p.add(step, point, h.events != nil)
		}
	}
}

// joined puts the curves of a trial that ended among its peers.
func (h *History) joined(t *Live) {
	for i, p := range h.peers {
		s := t.pointsOf(i, p)
		switch {
		case s == nil || len(s.Steps) == 0 || t.State != Complete && !(p.Reached && p.Carry):
		case p.Carry:
			p.carried = append(p.carried, *s)
		case !p.Reached:
			for k, step := range s.Steps {
				p.add(step, s.Values[k], h.events != nil)
			}
		}
	}
}

// Others calls visit with the form of the curve of every other trial among peers
// that carry: those that ended in order, then, of those who reached a step, those
// that run.
func (c *Case) Others(metric string, which Peers, visit func(*Series)) {
	i, p := c.History.peersOf(metric, which)
	if p == nil {
		return
	}
	for k := range p.carried {
		visit(&p.carried[k])
	}
	if !p.Reached {
		return
	}
	for _, t := range c.History.open {
		if s := t.pointsOf(i, p); t != c.Trial && s != nil && len(s.Steps) > 0 {
			visit(s)
		}
	}
}

// Form returns the trial's own curve in a form that the rule needs of its peers.
func (c *Case) Form(metric string, which Peers) Series {
	i, p := c.History.peersOf(metric, which)
	if p == nil {
		return Series{Min: math.NaN(), Max: math.NaN()}
	}
	s := c.Trial.pointsOf(i, p)
	if s == nil {
		return Series{Min: math.NaN(), Max: math.NaN()}
	}
	n := len(s.Steps)
	if curve := c.Curve(metric); c.Back > 0 && curve.Len() > 0 {
		for last := curve.Steps[curve.Len()-1]; n > 0 && s.Steps[n-1] > last; {
			n--
		}
	}
	return Series{Steps: s.Steps[:n], Values: s.Values[:n], Min: s.Min, Max: s.Max}
}

// peersAt returns the values of other trials at a step, and the trial's own
// there, which is among them if reached; nil where no rule needs it.
func (h *History) peersAt(metric string, which Peers, step int64) *Ranked {
	if _, p := h.peersOf(metric, which); p != nil {
		return p.at(step)
	}
	return nil
}

// peersOf returns peers that a rule needs, and their place; nil where none does.
func (h *History) peersOf(metric string, which Peers) (int, *peers) {
	id, ok := h.id(metric)
	if !ok {
		return 0, nil
	}
	for i, p := range h.peers {
		if p.metric == id && p.Peers == which {
			return i, p
		}
	}
	return 0, nil
}
