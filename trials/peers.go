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
}

// peers holds the values of one metric by step.
type peers struct {
	Peers
	metric uint32
	steps  []*peerStep         // by step, of low steps
	far    map[int64]*peerStep // of others
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

func (p *peers) step(step int64, make bool) *peerStep {
	if step < nearSteps {
		for make && int64(len(p.steps)) <= step {
			p.steps = append(p.steps, nil)
		}
		if step >= int64(len(p.steps)) {
			return nil
		}
		if p.steps[step] == nil && make {
			p.steps[step] = &peerStep{}
		}
		return p.steps[step]
	}
	s := p.far[step]
	if s == nil && make {
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
		if f.n < p.From {
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
		if p.Reached {
			p.add(step, point, h.events != nil)
		}
	}
}

// completed puts the curves of a COMPLETE trial among its peers.
func (h *History) completed(t *Live) {
	for i, p := range h.peers {
		if p.Reached {
			continue
		}
		if s := t.pointsOf(i, p); s != nil {
			for k, step := range s.Steps {
				p.add(step, s.Values[k], h.events != nil)
			}
		}
	}
}

// peersAt returns the values of other trials at a step, and the trial's own
// there, which is among them if reached; nil where no rule needs it.
func (h *History) peersAt(metric string, which Peers, step int64) *Ranked {
	id, ok := h.ids[metric]
	if !ok {
		return nil
	}
	for _, p := range h.peers {
		if p.metric == id && p.Peers == which {
			return p.at(step)
		}
	}
	return nil
}

// PeersAt returns what COMPLETE trials reported of a metric at a step. The
// metric must be one that the study's pruner needs so.
func (h *History) PeersAt(metric string, step int64) *Ranked { return h.peersAt(metric, Peers{}, step) }
