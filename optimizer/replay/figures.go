package replay

import (
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// survey turns figures of studies into estimates, see [trials.ReplayResponse].
type survey struct {
	draws   *draws
	setting []int32 // of each item of the pool
	sums    []float64
	z       float64 // the normal quantile of the confidence
}

func newSurvey(p *pool, d *draws, confidence float64) *survey {
	s := &survey{draws: d, z: math.Sqrt2 * math.Erfinv(confidence), sums: make([]float64, len(p.clusters))}
	for i := range p.items {
		s.setting = append(s.setting, p.items[i].cluster)
	}
	return s
}

// part is one study's part in a figure that is the sum of num over that of den;
// one whose den is 0 or not a number is left out.
type part struct{ num, den float64 }

func (p part) counts() bool { return p.den != 0 && !math.IsNaN(p.den) && !math.IsNaN(p.num) }

// share is a part in a mean: NaN is left out.
func share(v float64) part { return part{v, 1} }

func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// spread is a figure with its standard error, NaN where that is not known.
type spread struct {
	value, err float64
	n          int // studies that count
}

// spread estimates a figure and its error. That has two parts. The noise of the
// studies is that of a mean of independent ones, of what is linear in the
// figure. What hangs on the settings that happened to be recorded is the
// infinitesimal jackknife for subsamples: the sum over the settings of the
// squared covariance of being in a study with what the study gave, free of the
// bias that so many studies leave in it (Wager and Athey, Journal of the
// American Statistical Association 113, 2018, section 3.2; of the bias Wager,
// Hastie and Efron, JMLR 15, 2014, section 4).
func (s *survey) spread(parts func(study int) part) spread {
	var total part
	out := spread{value: math.NaN(), err: math.NaN()}
	for i := range s.draws.studies {
		if p := parts(i); p.counts() {
			total.num, total.den = total.num+p.num, total.den+p.den
			out.n++
		}
	}
	if out.n == 0 {
		return out
	}
	out.value = total.num / total.den
	if out.n < 2 || s.draws.kind == ofNothing {
		return out
	}
	square, scale := 0.0, total.den/float64(out.n)
	clear(s.sums)
	for i, items := range s.draws.studies {
		p := parts(i)
		if !p.counts() {
			continue
		}
		rest := (p.num - out.value*p.den) / scale
		square += rest * rest
		for _, item := range items {
			s.sums[s.setting[item]] += rest
		}
	}
	n, size, pool := float64(out.n), float64(s.draws.size), float64(s.draws.pool)
	noise := square / (n - 1) / n
	settings := 0.0
	if s.draws.kind == ofSettings {
		for _, sum := range s.sums {
			settings += sum / n * (sum / n)
		}
		bias := noise * size * (1 - size/pool)
		settings -= bias * (1 - math.Sqrt(2/pool)) // less one standard error of it
		settings *= (pool - 1) * pool / ((pool - size) * (pool - size))
	}
	out.err = math.Sqrt(noise + math.Max(0, settings))
	return out
}

// figure estimates a figure.
func (s *survey) figure(parts func(study int) part) trials.Estimate {
	sp := s.spread(parts)
	out := trials.Estimate{Value: known(sp.value)}
	if !math.IsNaN(sp.err) {
		out.Low, out.High = known(math.Max(0, sp.value-s.z*sp.err)), known(sp.value+s.z*sp.err)
	}
	return out
}

// portion is figure of what is at most 1.
func (s *survey) portion(parts func(study int) part) trials.Estimate {
	out := s.figure(parts)
	if out.High != nil {
		out.High = known(math.Min(1, *out.High))
	}
	return out
}

// rate estimates a share of events, each 0 or 1. Its interval is Wilson's of as
// many independent events as have the same error, and of at most the studies.
func (s *survey) rate(parts func(study int) part) trials.Estimate {
	sp := s.spread(parts)
	out := trials.Estimate{Value: known(sp.value)}
	if math.IsNaN(sp.err) {
		return out
	}
	n, variance := float64(sp.n), sp.err*sp.err
	if v := sp.value * (1 - sp.value); v > 0 && variance > v/n {
		n = v / variance
	}
	low, high := trials.Wilson(sp.value, n, s.z)
	out.Low, out.High = &low, &high
	return out
}

// quantileOf estimates a quantile of a figure over the studies; NaN is left out.
// The interval is Woodruff's: the quantiles at the ends of the interval of the
// share below (Woodruff 1952, Journal of the American Statistical Association
// 47, 635).
func (s *survey) quantileOf(q float64, value func(study int) float64) trials.Estimate {
	var all []float64
	for i := range s.draws.studies {
		if v := value(i); !math.IsNaN(v) {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return trials.Estimate{}
	}
	slices.Sort(all)
	at := quantile(all, q)
	out := trials.Estimate{Value: known(at)}
	sp := s.spread(func(i int) part {
		switch v := value(i); {
		case math.IsNaN(v):
			return part{}
		case v <= at:
			return share(1)
		default:
			return share(0)
		}
	})
	if math.IsNaN(sp.err) {
		return out
	}
	half := s.z * math.Max(sp.err, math.Sqrt(q*(1-q)/float64(len(all))))
	out.Low, out.High = known(quantile(all, math.Max(0, q-half))), known(quantile(all, math.Min(1, q+half)))
	return out
}

// quantile interpolates linearly between sorted values.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	a, b := sorted[i], sorted[i+1]
	if a == b || at == float64(i) { // infinities included
		return a
	}
	return a + (b-a)*(at-float64(i))
}
