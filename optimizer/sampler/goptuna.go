package sampler

import (
	"fmt"
	"slices"
	"sync"

	"github.com/c-bata/goptuna"
	"github.com/c-bata/goptuna/tpe"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// This file is the wall around goptuna: its types do not leave it. goptuna sees
// every parameter as one axis of the unit cube, so that its errors at the ends
// of ints, steps and categories cannot show; it always minimises; and it sees
// finite numbers only.
//
// What cannot be mended from outside, all of it in goptuna v0.9.0's TPE: the
// score of nearly every candidate is NaN, so that the first one is taken; the
// kernels' widths are computed from values that are not neighbours; and the
// kernel is chosen by the global source of chance, so that a seed does not fix
// the suggestion.

// axis is what goptuna takes every parameter for.
var axis = goptuna.UniformDistribution{Low: 0, High: 1}

// goptunaRandom is goptuna's random sampler, made anew for each request from
// the chance of that request. Nothing is shared between requests.
type goptunaRandom struct{}

func newGoptunaRandom() algorithm { return goptunaRandom{} }

func (goptunaRandom) Declare(*options.Set) {}

func (goptunaRandom) Prepare(*trials.StudySpec, *trials.Space, *options.Faults) {}

// Sample implements [trials.Sampler].
func (goptunaRandom) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	rng := r.Rand()
	inner := goptuna.NewRandomSampler(goptuna.RandomSamplerOptionSeed(rng.Int64()))
	return rows.Fill(r, "goptuna.random", func(i int) float64 {
		d := &r.Space.Dists[i]
		u, err := inner.Sample(nil, goptuna.FrozenTrial{}, r.Space.Names[i], axis)
		if err != nil || !inUnit(u) {
			u = rng.Float64()
		}
		return d.At(u)
	}), nil
}

// goptunaTPE is goptuna's TPE over a copy of the view that only ever grows.
// goptuna rewrites nothing in it, but its sampler is one critical section
// anyway, so one lock guards all.
type goptunaTPE struct {
	startup    int64
	candidates int64

	mu      sync.Mutex
	history snapshot
}

func newGoptunaTPE() algorithm { return &goptunaTPE{startup: 10, candidates: 24} }

func (g *goptunaTPE) Declare(s *options.Set) {
	s.Int(&g.startup, "startup_trials", "A parameter is drawn at random until so many trials that have it ended.").AtLeast(0)
	s.Int(&g.candidates, "ei_candidates", "Candidates a parameter, of which the one with the best expected improvement is taken.").AtLeast(1).AtMost(10000)
}

func (g *goptunaTPE) Prepare(study *trials.StudySpec, _ *trials.Space, faults *options.Faults) {
	if n := len(study.Objectives); n != 1 {
		faults.Add("/type", "goptuna.tpe works for one objective; the study has %d", n)
	}
}

// Sample implements [trials.Sampler].
func (g *goptunaTPE) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	rng := r.Rand()
	seed := rng.Int64()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.history.catchUp(r)
	study, err := g.history.study()
	if err != nil {
		return trials.Sample{}, fmt.Errorf("goptuna: %w", err)
	}
	inner := tpe.NewSampler(
		tpe.SamplerOptionSeed(seed),
		tpe.SamplerOptionNumberOfStartupTrials(int(g.startup)),
		tpe.SamplerOptionNumberOfEICandidates(int(g.candidates)),
	)
	return rows.Fill(r, "goptuna.tpe", func(i int) float64 {
		d, name := &r.Space.Dists[i], r.Space.Names[i]
		instead := rng.Float64() // drawn in any case, so that the later ones do not depend on goptuna
		if _, fixed := r.Fixed[name]; fixed || d.Count() == 1 || d.Low == d.High && d.Type != trials.CategoricalKind {
			return d.At(instead)
		}
		if u, ok := ask(inner, study, name); ok {
			return d.At(u)
		}
		return d.At(instead)
	}), nil
}

// ask returns goptuna's suggestion on an axis, if it is one. Where weights do
// not quite add up to 1 goptuna may panic; that costs it this suggestion.
func ask(s *tpe.Sampler, study *goptuna.Study, name string) (u float64, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	u, err := s.Sample(study, goptuna.FrozenTrial{}, name, axis)
	return u, err == nil && inUnit(u)
}

// inUnit is false for NaN.
func inUnit(u float64) bool { return 0 <= u && u <= 1 }

// snapshot is a history in goptuna's form. It implements those methods of
// goptuna's storage that its samplers call; another one would panic, since
// there is no storage behind it.
type snapshot struct {
	goptuna.Storage

	generation uint64
	direction  trials.Direction
	rows       int                   // of the view taken in
	trials     []goptuna.FrozenTrial // those of them that goptuna can use
	row        []int                 // of each trial
	columns    map[string]*column
	visible    int // trials that the view of the request has
}

// column says how far a parameter was taken in, and on which axis.
type column struct {
	dist trials.Distribution
	done int // trials
}

// catchUp takes in what is new in the view, and all of it if the history was
// built anew. A parameter whose distribution changed is taken in anew.
func (s *snapshot) catchUp(r *trials.SampleRequest) {
	view, direction := &r.View, r.Study.Objectives[0].Direction
	if s.columns == nil || s.generation != view.Generation || s.direction != direction {
		*s = snapshot{generation: view.Generation, direction: direction, columns: map[string]*column{}}
	}
	for ; s.rows < view.Len(); s.rows++ {
		if t, ok := s.frozen(view, s.rows); ok {
			s.trials, s.row = append(s.trials, t), append(s.row, s.rows)
		}
	}
	for i, name := range r.Space.Names {
		s.takeIn(name, &r.Space.Dists[i], view.Column(name))
	}
	// A request that was made before the latest one sees no more than it did.
	s.visible, _ = slices.BinarySearch(s.row, view.Len())
}

// takeIn adds a parameter to the trials that do not have it yet. A value that
// the distribution no longer holds is left out.
func (s *snapshot) takeIn(name string, d *trials.Distribution, values []float64) {
	c := s.columns[name]
	if c == nil || !c.dist.Equal(d) {
		for _, t := range s.trials {
			delete(t.InternalParams, name)
		}
		c = &column{dist: *d}
		s.columns[name] = c
	}
	for ; c.done < len(s.trials); c.done++ {
		row := s.row[c.done]
		if row >= len(values) {
			// Past the end of the column, or of a view older than another.
			break
		}
		if v := values[row]; d.Contains(v) {
			s.trials[c.done].InternalParams[name] = d.Unit(v)
		}
	}
}

// frozen returns one trial in goptuna's form, false if goptuna cannot use it: a
// COMPLETE trial needs a finite value, a PRUNED one a finite last report.
func (s *snapshot) frozen(view *trials.View, row int) (goptuna.FrozenTrial, bool) {
	t := goptuna.FrozenTrial{InternalParams: map[string]float64{}}
	switch view.States[row] {
	case trials.Complete:
		t.State, t.Value = goptuna.TrialStateComplete, rows.Loss(view, row, 0)
		return t, rows.Finite(t.Value)
	case trials.Pruned:
		last, step := rows.LastLoss(view, row), view.LastStep[row]
		if step < 0 {
			return t, false
		}
		// goptuna takes a report at step 0 for none, hence the one step more.
		t.State, t.IntermediateValues = goptuna.TrialStatePruned, map[int]float64{int(step) + 1: last}
		return t, rows.Finite(last)
	default:
		return t, false
	}
}

// study returns goptuna's handle on the snapshot.
func (s *snapshot) study() (*goptuna.Study, error) {
	return goptuna.CreateStudy("", goptuna.StudyOptionStorage(s), goptuna.StudyOptionLogger(nil),
		goptuna.StudyOptionDirection(goptuna.StudyDirectionMinimize))
}

// CreateNewStudy implements [goptuna.Storage].
func (s *snapshot) CreateNewStudy(string) (int, error) { return 1, nil }

// SetStudyDirection implements [goptuna.Storage].
func (s *snapshot) SetStudyDirection(int, goptuna.StudyDirection) error { return nil }

// GetAllTrials implements [goptuna.Storage].
func (s *snapshot) GetAllTrials(int) ([]goptuna.FrozenTrial, error) { return s.trials[:s.visible], nil }
