package importance

import (
	"math"
	"slices"
)

const (
	// topQuantile is the share of the trials that count as good (gamma' in the
	// paper). They are compared with all trials (gamma is 1).
	topQuantile = 0.1
	// fewest is with how few trials a parameter is left out.
	fewest = 2
	// pdfFloor keeps a quotient of two densities finite.
	pdfFloor = 1e-12
)

// pedAnova is PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023), with the
// constants of Optuna 5: the Pearson divergence of the density of a parameter's
// values in the best tenth of the trials from that in all of them, which is the
// local variance of "is among the best" that the parameter explains.
//
// A conditional parameter is judged over the trials that have it, weighed with
// alpha^2/beta, where alpha is the share of the good trials that have it and
// beta that of all (condPED-ANOVA, theorem 4.2). Optuna also parts the trials
// by the ends that a distribution had; here all are seen over one distribution.
func pedAnova(t *table, _ int64) []float64 {
	good, goods := t.best(topQuantile)
	out := make([]float64, len(t.params))
	for i := range t.params {
		p := &t.params[i]
		if p.single() || p.has < fewest {
			continue
		}
		g := newGrid(p)
		all, top := make([]float64, g.size), make([]float64, g.size)
		have := 0
		for row, v := range p.values {
			if math.IsNaN(v) {
				continue
			}
			at := g.index(v)
			all[at]++
			if good[row] {
				top[at]++
				have++
			}
		}
		if have == 0 {
			continue
		}
		alpha := float64(have) / float64(goods)
		beta := float64(p.has) / float64(len(t.target))
		out[i] = alpha * alpha / beta * g.divergence(top, all)
	}
	return out
}

// best marks the trials up to the given quantile of the target, with all that
// are as good as the last of them, and counts them.
func (t *table) best(quantile float64) (good []bool, count int) {
	sorted := slices.Sorted(slices.Values(t.target))
	cutoff := sorted[int(math.Ceil(quantile*float64(len(sorted))))-1]
	good = make([]bool, len(t.target))
	for row, y := range t.target {
		if y <= cutoff {
			good[row] = true
			count++
		}
	}
	return good, count
}

// divergence is the Pearson divergence of the density of top from that of all,
// both given as how many trials fell on each place of the grid.
func (g *grid) divergence(top, all []float64) float64 {
	p, q := g.density(top), g.density(all)
	sum := 0.0
	for i := range p {
		d := (p[i]+pdfFloor)/(q[i]+pdfFloor) - 1
		sum += (q[i] + pdfFloor) * d * d
	}
	return sum
}
