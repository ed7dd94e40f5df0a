package sampler

import (
	"fmt"
	"maps"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/gp"
	"github.com/espalier-hpo/espalier/optimizer/sampler/qmc"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/optimizer/sampler/tpe"
	"github.com/espalier-hpo/espalier/trials"
)

// auto hands each request to the sampler that suits the study and what is known
// of it by then. What it goes by was measured: see docs/samplers.md.
type auto struct {
	qmc, gp, tpe algorithm
	conditional  bool
}

// What auto goes by.
const (
	// startup is how many trials are spread over the space before any is modelled.
	startup = 10
	// gpTrials and gpParams bound what a Gaussian process is asked: its costs grow
	// with the cube of the trials, and in more dimensions it has little to say.
	gpTrials = 250
	gpParams = 20
	// gpPending is with how many trials at work an ask should be a matter of
	// milliseconds.
	gpPending = 32
	// neglect is how often a choice that was tried the least is tried again.
	neglect = 5
)

func newAuto() algorithm { return &auto{qmc: qmc.New(), gp: gp.New(), tpe: tpe.New()} }

// Declare implements algorithm. The samplers have their defaults.
func (*auto) Declare(*options.Set) {}

// Prepare implements algorithm.
func (a *auto) Prepare(study *trials.StudySpec, space *trials.Space, faults *options.Faults) {
	for _, inner := range []algorithm{a.qmc, a.gp, a.tpe} {
		inner.Prepare(study, space, faults)
	}
	for i := range space.Dists {
		a.conditional = a.conditional || len(space.Dists[i].When) > 0
	}
}

// Sample implements [trials.Sampler].
func (a *auto) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	inner, why := a.choose(r)
	if r.Number%neglect == 0 && inner != a.qmc {
		if i, choice, ok := neglected(r); ok {
			return a.given(r, i, choice)
		}
	}
	out, err := inner.Sample(r)
	if out.Why != "" {
		why += " " + out.Why
	}
	out.Why = why
	return out, err
}

// choose returns whom to ask, and why in one sentence.
func (a *auto) choose(r *trials.SampleRequest) (algorithm, string) {
	k, params := know(&r.View), len(rows.Free(r))
	switch {
	case k.complete+k.pruned < startup:
		return a.qmc, fmt.Sprintf("The first %d trials are spread evenly over the space.", startup)
	case a.conditional || len(r.Space.Names) != len(r.Study.SearchSpace):
		return a.tpe, "TPE models parameters that not every trial has."
	case k.complete+k.pruned > gpTrials:
		return a.tpe, fmt.Sprintf("TPE stays quick with more than %d trials.", gpTrials)
	case params > gpParams:
		return a.tpe, fmt.Sprintf("TPE takes more than %d parameters better than a Gaussian process does.", gpParams)
	case len(r.Pending) >= gpPending:
		return a.tpe, fmt.Sprintf("TPE answers %d and more workers at once without delay.", gpPending)
	case k.complete < startup:
		return a.tpe, fmt.Sprintf("TPE learns from PRUNED trials too, and fewer than %d are COMPLETE.", startup)
	case k.feasible == 0:
		return a.tpe, "No trial keeps all limits yet, and TPE goes where they are broken the least."
	default:
		return a.gp, "A Gaussian process learns the most from few trials."
	}
}

// neglected returns the choice that was tried the least, if the space has
// categories: what goes well with one choice need not with another, and a model
// that is sure of the best one would never find out. A choice that was tried as
// often as the logarithm of the trials has had its chance.
func neglected(r *trials.SampleRequest) (place int, choice float64, ok bool) {
	least := 2 + math.Ilogb(float64(r.View.Len()+1))
	for _, i := range rows.Free(r) {
		name, d := r.Space.Names[i], &r.Space.Dists[i]
		if d.Type != trials.CategoricalKind || len(d.When) > 0 {
			continue
		}
		tried := make([]int, len(d.Choices))
		for _, v := range r.View.Column(name) {
			if d.Contains(v) {
				tried[int(v)]++
			}
		}
		for _, p := range r.Pending {
			if v, ok := p.Values[name]; ok && d.Contains(v) {
				tried[int(v)]++
			}
		}
		for c, n := range tried {
			if n < least {
				place, choice, least, ok = i, float64(c), n, true
			}
		}
	}
	return place, choice, ok
}

// given asks TPE for the rest of a point.
func (a *auto) given(r *trials.SampleRequest, place int, choice float64) (trials.Sample, error) {
	name := r.Space.Names[place]
	with := *r
	with.Fixed = map[string]float64{name: choice}
	maps.Copy(with.Fixed, r.Fixed) // the place is a free one
	out, err := a.tpe.Sample(&with)
	if err == nil {
		out.Values[name] = choice
	}
	out.Why = fmt.Sprintf("Every %dth trial takes the choice that was tried the least, here of %s, and the rest to go with it.", neglect, name)
	return out, err
}

// known counts the trials that tell something; no more than it takes to choose.
type known struct{ complete, pruned, feasible int }

func know(v *trials.View) (k known) {
	for row, s := range v.States {
		switch s {
		case trials.Complete:
			k.complete++
			if !(v.Violations[row] > 0) {
				k.feasible++
			}
		case trials.Pruned:
			k.pruned++
		default:
		}
		if k.complete+k.pruned > gpTrials {
			break
		}
	}
	return k
}
