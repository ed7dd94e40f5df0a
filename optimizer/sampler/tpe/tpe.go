// Package tpe is a tree-structured Parzen estimator: it models the trials that
// did well and the others as two densities, l and g, and suggests what is
// likely under l and unlikely under g. It knows packages trials,
// optimizer/options and optimizer/sampler/rows.
//
// The densities are over all parameters together (Falkner, Klein and Hutter,
// BOHB, ICML 2018), with the widths, weights and sizes of Optuna 5's
// TPESampler. What differs:
//
//   - A parameter that a trial does not have is uniform in that trial's kernel,
//     so that one density covers every branch of a conditional space.
//   - In l a category keeps a share of its kernel's mass for the others, which
//     does not fall with the number of trials, as it does in g: one that was
//     hardly tried becomes likelier under l than under g, and no wrong category
//     or branch is a trap.
//   - Good trials have the weights of parents in CMA-ES, there are more of them,
//     and their kernels are narrower. A tenth of a candidate's coordinates come
//     from other kernels than the rest.
//   - The points of a batch are kept apart.
//   - g remembers the newest trials only, so that a suggestion costs the same
//     after a thousand trials and after a million.
package tpe

import (
	"slices"
	"sync"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// constraintMode is how the limits that trials must keep are heeded.
type constraintMode string

const (
	ordered constraintMode = "ordered" // broken limits make a trial worse than all others
	ratios  constraintMode = "ctpe"    // each limit has two densities of its own
)

// settings are the options.
type settings struct {
	startup      int64
	candidates   int64
	multivariate bool
	group        bool
	liar         bool
	constraints  constraintMode
	priorWeight  float64
	floor        float64
	gamma        float64
	most         int64
}

// Sampler is the sampler. Its models follow the views of one study; they may be
// lost at any time.
type Sampler struct {
	settings

	mu     sync.Mutex
	models []*follower // the latest used last
}

// New returns the sampler with the defaults of its options.
func New() *Sampler {
	return &Sampler{settings: settings{
		startup: 10, candidates: 24, multivariate: true, group: true, liar: true,
		constraints: ordered, priorWeight: 1, floor: 0.3, gamma: 0.15, most: 50,
	}}
}

// Declare declares the options.
func (s *Sampler) Declare(set *options.Set) {
	set.Int(&s.startup, "startup_trials", "Every parameter is drawn at random until so many trials ended COMPLETE or PRUNED.").AtLeast(0)
	set.Int(&s.candidates, "ei_candidates", "Candidates drawn for a suggestion, of which the one with the best expected improvement is taken.").AtLeast(1).AtMost(10000)
	set.Bool(&s.multivariate, "multivariate", "Model all parameters together, rather than each by itself.")
	set.Bool(&s.group, "group", "Model conditional parameters together with the others, rather than each by itself. Without multivariate it changes nothing.")
	set.Bool(&s.liar, "constant_liar", "Count running trials as bad, so that trials in parallel are not alike.")
	options.Word(set, &s.constraints, "constraints", "How limits are heeded. ordered: a trial that breaks one is worse than every trial that breaks none. "+
		"ctpe: the objective and each limit are modelled on their own, and the ratios multiplied; for one objective.", ordered, ratios)
	set.Number(&s.priorWeight, "prior_weight", "Weight of the uniform prior, where a trial has 1.").AtLeast(1e-6).AtMost(1e6)
	set.Number(&s.floor, "categorical_floor", "Least share of a good category's kernel that is spread evenly over all choices.").AtLeast(0).AtMost(1)
	set.Number(&s.gamma, "gamma", "Share of the trials that count as good.").AtLeast(0.001).AtMost(0.9)
	set.Int(&s.most, "gamma_cap", "At most so many count as good, times the number of objectives.").AtLeast(1).AtMost(1000)
}

// Prepare implements the contract of samplers. c-TPE is defined for one
// objective.
func (s *Sampler) Prepare(study *trials.StudySpec, _ *trials.Space, faults *options.Faults) {
	if n := len(study.Objectives); n > 1 && s.constraints == ratios {
		faults.Add("/constraints", "ctpe works for one objective; the study has %d", n)
	}
}

// Sample implements [trials.Sampler].
func (s *Sampler) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	f := s.follow(r)
	f.mu.RLock()
	if f.model.seen == r.View.Len() {
		defer f.mu.RUnlock()
		return f.model.sample(r), nil
	}
	f.mu.RUnlock()

	f.mu.Lock()
	m := f.model
	if m.seen > r.View.Len() { // the view of an earlier request
		f.mu.Unlock()
		m = newModel(&s.settings, m.space, &r.View)
		m.catchUp(&r.View)
		return m.sample(r), nil
	}
	defer f.mu.Unlock()
	m.catchUp(&r.View)
	return m.sample(r), nil
}

// follower is a model that follows the views of one generation, over one space.
// It grows under its lock, and is read by many between.
type follower struct {
	mu    sync.RWMutex
	model *model
}

// kept is how many spaces have models at a time. Trials that suggest their
// parameters one by one have a space for each.
const kept = 16

// follow returns the model that follows the views of a request.
func (s *Sampler) follow(r *trials.SampleRequest) *follower {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.models, func(f *follower) bool { return f.model.suits(r) })
	var f *follower
	if i >= 0 {
		f = s.models[i]
		s.models = slices.Delete(s.models, i, i+1)
	} else {
		f = &follower{model: newModel(&s.settings, r.Space, &r.View)}
		if len(s.models) == kept {
			s.models = slices.Delete(s.models, 0, 1)
		}
	}
	s.models = append(s.models, f)
	return f
}

// sample suggests a point, by the model of all of the request's view.
func (m *model) sample(r *trials.SampleRequest) trials.Sample {
	rng := r.Rand()
	if int64(m.ranked) < m.o.startup {
		return rows.Fill(r, "tpe", func(i int) float64 { return m.axes[i].dist.At(rng.Float64()) })
	}
	x := m.suggest(r, rng)
	return rows.Fill(r, "tpe", func(i int) float64 { return m.axes[i].value(x[i]) })
}
