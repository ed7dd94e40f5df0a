// Package grid is a sampler that tries every combination of values once, in an
// order of chance, and then stops the study. It knows packages trials and
// optimizer/options.
//
// A combination is done with once a trial has it, whoever asked for it and however
// the trial ended: a failure that was the worker's is retried by the service, not
// by the grid. What the next one is follows from the history and the running
// trials, so parallel workers, enqueued trials and restarts do not repeat any.
package grid

import (
	"sync"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// maxCells is how many combinations a grid may have.
const maxCells = 100_000

// Sampler is the grid with its options.
type Sampler struct {
	points int64

	mu   sync.Mutex
	grid *progress
}

const tooMany = "the grid has %.6g combinations, and can have %d: give steps, fewer points or another sampler"

// New returns the sampler with its defaults.
func New() *Sampler { return &Sampler{points: 5} }

// Declare declares the options.
func (s *Sampler) Declare(set *options.Set) {
	set.Int(&s.points, "points", "Values of each float without a step, evenly apart on its scale, both ends included. Ints, steps and categories have all of theirs.").AtLeast(1).AtMost(maxCells)
}

// Prepare refuses a grid that nobody will finish.
func (s *Sampler) Prepare(_ *trials.StudySpec, space *trials.Space, faults *options.Faults) {
	if n, tooLarge := size(space, int(s.points), maxCells); tooLarge {
		faults.Add("/type", tooMany, n, maxCells)
	}
}

// Sample implements [trials.Sampler]. It returns [trials.ErrExhausted] once every
// combination has been handed out, but not for a trial some of whose parameters
// are given: that gets a combination that goes with them, if need be again.
func (s *Sampler) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grid == nil || !s.grid.serves(r) {
		if n, tooLarge := size(r.Space, int(s.points), maxCells); tooLarge {
			return trials.Sample{}, trials.Invalid("/search_space", tooMany, n, maxCells)
		}
		s.grid = newProgress(r, int(s.points))
	}
	s.grid.catchUp(&r.View)
	at, ok := s.grid.next(r)
	if !ok {
		return trials.Sample{}, trials.ErrExhausted
	}
	out := trials.Sample{Values: make(map[string]float64, len(r.Space.Names)), By: "grid"}
	for i, name := range r.Space.Names {
		if _, given := r.Fixed[name]; !given {
			out.Values[name] = s.grid.value(i, s.grid.all[at][i])
		}
	}
	return out, nil
}
