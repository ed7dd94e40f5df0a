package replay

import (
	"math/rand/v2"

	"github.com/espalier-hpo/espalier/trials"
)

// What intervals take in, by [trials.ReplayResponse].
const (
	ofSettings  = "settings"
	ofOrderings = "orderings"
	ofNothing   = "none"
)

// draws are the studies that are played, by place: trials of the pool in their
// order. The studies of one group share a draw of the settings.
type draws struct {
	studies [][]int32
	groups  int
	size    int // of a study
	kind    string
}

// group returns the group of a study.
func (d *draws) group(study int) int { return study % d.groups }

const (
	maxGroups = 200 // draws of the settings
	perGroup  = 5   // studies a draw at least, as far as there are so many
	fewTrials = 60  // of a study that is drawn, by default
)

// recordedOrder is the one study of a recording as it was.
func recordedOrder(p *pool) *draws {
	all := make([]int32, len(p.items))
	for i := range all {
		all[i] = int32(i)
	}
	return &draws{studies: [][]int32{all}, groups: 1, size: len(all), kind: ofNothing}
}

// newDraws draws studies of size trials. Settings are drawn again with
// replacement, once a group; a study takes them from there in random order, no
// setting twice, and of the repeats of a setting one. A setting drawn twice is
// twice as likely to come first. Beyond half of the settings there are too few
// different ones in such a draw: then only the order is left to chance.
func newDraws(p *pool, from []int32, orders, size int, seed int64) *draws {
	if size == 0 {
		size = min(fewTrials, max(2, len(from)/2))
	}
	d := &draws{size: min(size, len(from)), kind: ofSettings}
	d.groups = max(1, min(maxGroups, orders/perGroup))
	if d.size > (len(from)+1)/2 {
		d.kind = ofOrderings
	}
	d.studies = make([][]int32, orders)
	memory := make([]int32, orders*d.size)
	bag, taken := make([]int32, len(from)), make([]int, len(p.clusters))
	mark := 0
	for g := range d.groups {
		r := rand.New(rand.NewPCG(uint64(seed), uint64(g)))
		for i := range bag {
			bag[i] = from[i]
			if d.kind == ofSettings {
				bag[i] = from[r.IntN(len(from))]
			}
		}
		for s := g; s < orders; s += d.groups {
			mark++
			study := memory[s*d.size : s*d.size : (s+1)*d.size]
			for i := 0; i < len(bag) && len(study) < d.size; i++ {
				k := i + r.IntN(len(bag)-i)
				bag[i], bag[k] = bag[k], bag[i]
				if c := bag[i]; taken[c] != mark {
					taken[c] = mark
					repeats := p.clusters[c]
					study = append(study, repeats[r.IntN(len(repeats))])
				}
			}
			d.studies[s] = study
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
