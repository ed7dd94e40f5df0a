package tpe

import (
	"cmp"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// enlarged ranks by loss whatever limits are broken: the best, enlarged until as
// many of them are feasible as would be good without limits (Watanabe and
// Hutter, c-TPE, IJCAI 2023, section 3.3).
type enlarged struct {
	quota

	all sorted
}

func (e *enlarged) add(v *trials.View, row int) {
	e.all.insert(standingOf(v, row, false))
}

func (e *enlarged) good(n int) []int {
	want, last := e.of(n), e.of(n)
	for i, s := range e.all.best {
		if want == 0 || i == window {
			break
		}
		if !s.broken {
			want, last = want-1, max(last, i+1)
		}
	}
	return e.all.first(last)
}

// part is a limit in c-TPE, or what is left of a study's constraints without
// one: the densities of the trials that keep it and of those that break it.
type part struct {
	within, beyond *mixture
	share          float64 // of the trials that keep it
}

// refreshParts builds the densities of the limits from the newest trials. Of a
// limit that every trial breaks those that break it least count as keeping it.
func (m *model) refreshParts(v *trials.View) {
	limits := max(len(v.Limits), 1)
	if m.parts == nil {
		m.parts = make([]part, limits)
		for i := range m.parts {
			m.parts[i] = part{within: newMixture(m.axes, 0), beyond: newMixture(m.axes, 0)}
		}
	}
	for i := range m.parts {
		slack := func(row int) float64 {
			if len(v.Limits) == 0 {
				return v.Violations[row]
			}
			return v.Limits[i].At(row)
		}
		within, beyond := m.divide(slack)
		p := &m.parts[i]
		p.within, p.beyond = m.build(p.within, within), m.build(p.beyond, beyond)
		p.within.settle(m.o.floor)
		p.beyond.settle(0)
		p.share = 1
		if n := len(within) + len(beyond); n > 0 {
			p.share = float64(len(within)) / float64(n)
		}
	}
}

// divide returns the rows of the window that keep a limit and those that break
// it; those of which it is not known are in neither.
func (m *model) divide(slack func(row int) float64) (within, beyond []int) {
	for _, row := range m.slots[:min(m.used, len(m.slots))] {
		switch s := slack(row); {
		case s > 0:
			beyond = append(beyond, row)
		case s <= 0:
			within = append(within, row)
		}
	}
	if len(within) == 0 && len(beyond) > 0 {
		slices.SortFunc(beyond, func(a, b int) int { return cmp.Or(cmp.Compare(slack(a), slack(b)), cmp.Compare(a, b)) })
		least := quota{m.o.gamma, int(m.o.most)}.of(len(beyond))
		within, beyond = beyond[:least], beyond[least:]
	}
	return within, beyond
}

// relative returns the logarithm of c-TPE's relative density ratio, given that of
// the ratio g/l and the share of trials in l: it is near 0 for a limit that is
// hardly ever broken.
func relative(share, ratio float64) float64 {
	a, b := math.Log(share), math.Log(1-share)+ratio // either may be -Inf, not both
	top := max(a, b)
	return -top - math.Log(math.Exp(a-top)+math.Exp(b-top))
}
