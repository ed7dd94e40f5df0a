package replay

import (
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// survey turns figures of studies into estimates, see [trials.ReplayResponse].
type survey struct {
	draws *draws
	z     float64 // the normal quantile of the confidence
	tail  float64 // of the percentiles, on either side
}

func newSurvey(d *draws, confidence float64) *survey {
	return &survey{draws: d, z: math.Sqrt2 * math.Erfinv(confidence), tail: (1 - confidence) / 2}
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

// spread holds what the groups say about a figure.
type spread struct {
	value  float64
	n      int       // studies that count
	groups []float64 // the figure of each
	// The standard error of value: that of the settings and that of the studies.
	err float64
	// shrink takes out of the spread of the groups what is noise of their studies.
	shrink float64
}

// spread estimates a figure and its error by an analysis of variance of what
// is linear in it.
func (s *survey) spread(parts func(study int) part) spread {
	groups := s.draws.groups
	sums := make([]part, groups)
	var total part
	out := spread{err: math.NaN()}
	for i := range s.draws.studies {
		if p := parts(i); p.counts() {
			g := s.draws.group(i)
			sums[g].num, sums[g].den = sums[g].num+p.num, sums[g].den+p.den
			total.num, total.den = total.num+p.num, total.den+p.den
			out.n++
		}
	}
	out.value = total.num / total.den
	if out.n == 0 {
		out.value = math.NaN()
	}
	if groups < 2 || out.n < 2 {
		return out
	}
	mean := make([]float64, groups)
	count := make([]float64, groups)
	square, scale := 0.0, total.den/float64(out.n)
	for i := range s.draws.studies {
		if p := parts(i); p.counts() {
			rest := (p.num - out.value*p.den) / scale
			g := s.draws.group(i)
			mean[g], count[g] = mean[g]+rest, count[g]+1
			square += rest * rest
		}
	}
	between, within, k := 0.0, square, 0.0
	for g := range groups {
		if count[g] == 0 {
			continue
		}
		k++
		within -= mean[g] * mean[g] / count[g]
		mean[g] /= count[g]
		between += mean[g] * mean[g]
		out.groups = append(out.groups, sums[g].num/sums[g].den)
	}
	if k < 2 {
		return out
	}
	each := float64(out.n) / k // studies a group
	between /= k - 1
	within /= math.Max(1, float64(out.n)-k)
	settings := math.Max(0, between-within/each)
	variance := settings + within/float64(out.n)
	out.err = math.Sqrt(variance)
	out.shrink = math.Min(1, math.Sqrt(variance/between))
	return out
}

// figure estimates a figure.
func (s *survey) figure(parts func(study int) part) trials.Estimate {
	sp := s.spread(parts)
	out := trials.Estimate{Value: known(sp.value)}
	if math.IsNaN(sp.err) || out.Value == nil {
		return out
	}
	low, high := sp.value-s.z*sp.err, sp.value+s.z*sp.err
	if len(sp.groups) >= 40 && sp.shrink > 0 {
		slices.Sort(sp.groups)
		low = sp.value + sp.shrink*(quantile(sp.groups, s.tail)-sp.value)
		high = sp.value + sp.shrink*(quantile(sp.groups, 1-s.tail)-sp.value)
	}
	out.Low, out.High = known(math.Min(low, sp.value)), known(math.Max(high, sp.value))
	return out
}

// probability estimates the probability of an event, of which num is 1 or 0.
func (s *survey) probability(parts func(study int) part) trials.Estimate {
	out, n := s.figure(parts), 0
	for i := range s.draws.studies {
		if parts(i).counts() {
			n++
		}
	}
	if out.Value == nil || n < 2 {
		return trials.Estimate{Value: out.Value}
	}
	low, high := wilson(*out.Value, float64(n), s.z)
	if out.Low != nil {
		low, high = math.Min(low, *out.Low), math.Max(high, *out.High)
	}
	low, high = math.Max(0, low), math.Min(1, high)
	return trials.Estimate{Value: out.Value, Low: &low, High: &high}
}

// wilson returns Wilson's interval of a share of n.
func wilson(share, n, z float64) (low, high float64) {
	mid := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return math.Max(0, mid-half), math.Min(1, mid+half)
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
