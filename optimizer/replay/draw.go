package replay

import (
	"math/rand/v2"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// What intervals take in, by [trials.ReplayResponse].
const (
	ofSettings  = "settings"
	ofOrderings = "orderings"
	ofNothing   = "none"
)

// draws are the studies that are played, by place: trials of the pool in their
// order.
type draws struct {
	studies [][]int32
	size    int // of a study
	pool    int // settings from which they were drawn
	kind    string
}

// fewTrials is how many trials a study has that is drawn, by default.
const fewTrials = 60

// recordedOrder is the one study of a recording as it was.
func recordedOrder(p *pool) *draws {
	all := make([]int32, len(p.items))
	for i := range all {
		all[i] = int32(i)
	}
	return &draws{studies: [][]int32{all}, size: len(all), pool: len(p.clusters), kind: ofNothing}
}

// newDraws draws studies of size trials: different settings in random order, and
// of the repeats of a setting one. Studies of more than half of the settings have
// too much in common to tell what other settings would have given.
func newDraws(p *pool, from []int32, orders, size int, seed int64) *draws {
	if size == 0 {
		size = min(fewTrials, max(2, len(from)/2))
	}
	d := &draws{size: min(size, len(from)), pool: len(from), kind: ofSettings}
	if d.size > (len(from)+1)/2 {
		d.kind = ofOrderings
	}
	d.studies = make([][]int32, orders)
	memory := make([]int32, orders*d.size)
	bag := slices.Clone(from)
	for s := range d.studies {
		r := rand.New(rand.NewPCG(uint64(seed), uint64(s)))
		copy(bag, from)
		d.studies[s] = memory[s*d.size : (s+1)*d.size]
		for i := range d.studies[s] {
			k := i + r.IntN(len(bag)-i)
			bag[i], bag[k] = bag[k], bag[i]
			repeats := p.clusters[bag[i]]
			d.studies[s][i] = repeats[r.IntN(len(repeats))]
		}
	}
	return d
}

// chance returns what else is left to chance in a study.
func chance(seed int64, study int) *rand.PCG {
	return rand.NewPCG(uint64(seed)^0x9E3779B97F4A7C15, uint64(study))
}

// event is a moment of the recorded study.
type event struct {
	at     float64
	place  int32 // of the trial in the study
	report int32 // before, starts or ends
}

const (
	starts = int32(-1)
	ends   = int32(1<<31 - 1)
)

// timed says that it is recorded when all that happened did.
func timed(rec *trials.Recording) bool {
	for i := range rec.Trials {
		if rec.Trials[i].Stamps == nil && rec.Trials[i].Len() > 0 {
			return false
		}
	}
	return len(rec.Trials) > 0
}
