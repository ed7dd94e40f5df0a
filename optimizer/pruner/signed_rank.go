package pruner

import (
	"cmp"
	"math"
	"slices"
)

// The largest numbers of differences of which the distribution is computed
// exactly: without ties and zeros, and with.
const (
	exactUntied = 50
	exactTied   = 13
)

// signedRank returns the p-value of Wilcoxon's signed-rank test against the
// alternative that the differences are above 0, as
//
//	scipy.stats.wilcoxon(d, alternative="greater", zero_method="zsplit", method="auto")
//
// of SciPy 1.17 has it. It sorts d, and allocates nothing.
func signedRank(d []float64) float64 {
	n := len(d)
	slices.SortFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	zeros, tied, ties := 0, false, 0.0
	plus := 0 // twice the sum of the ranks of those above 0
	for i, j := 0, 0; i < n; i = j {
		above := 0
		if j, above = tie(d, i); d[i] == 0 {
			zeros = j
		}
		plus += above * (i + 1 + j)
		t := float64(j - i)
		tied, ties = tied || j > i+1, ties+(t*t*t-t)
	}
	split := zeros * (zeros + 1) / 2 // twice the half of the zeros' ranks
	switch {
	case n > exactUntied || n > exactTied && (tied || zeros > 0):
		return normalTail(float64(plus+split)/2, float64(n), ties)
	case tied || zeros > 0: // in each change of signs the zeros have the same share
		return signTail(d, zeros, plus, 1)
	default:
		return signTail(d, zeros, plus/2, 2)
	}
}

// tie returns the end of the differences that are as large as the i-th, and how
// many of them are above 0.
func tie(d []float64, i int) (end, above int) {
	for end = i; end < len(d) && math.Abs(d[end]) == math.Abs(d[i]); end++ {
		if d[end] > 0 {
			above++
		}
	}
	return end, above
}

// signTail returns in which share of all changes of signs the sum of the ranks of
// those above 0 is at least sum. The ranks are doubled, and divided by unit.
func signTail(d []float64, zeros, sum, unit int) float64 {
	var ways [exactUntied*(exactUntied+1)/2 + 1]float64 // by sum
	ways[0] = 1
	all := 0
	for i, j := zeros, 0; i < len(d); i = j {
		j, _ = tie(d, i)
		rank := (i + 1 + j) / unit
		for range j - i {
			for s := all; s >= 0; s-- {
				ways[s+rank] += ways[s]
			}
			all += rank
		}
	}
	tail := 0.0
	for s := sum; s <= all; s++ {
		tail += ways[s]
	}
	return math.Ldexp(tail, zeros-len(d))
}

// normalTail is the normal approximation, without a correction for continuity.
func normalTail(plus, n, ties float64) float64 {
	variance := (n*(n+1)*(2*n+1) - ties/2) / 24
	return normalCDF(-(plus - n*(n+1)/4) / math.Sqrt(variance))
}

// pocock returns the level of each of so many tests, equally spaced, of sums of
// normal variables, at which one of them is significant by chance with
// probability alpha.
func pocock(alpha float64, looks int) float64 {
	if looks == 1 || alpha <= 0 || alpha >= 1 {
		return alpha
	}
	low, high := 0.0, 10.0 // of the bound of the standardised sum
	if alpha > 0.5 {
		low = -10
	}
	for high-low > 1e-6 {
		mid := (low + high) / 2
		if crossing(mid, looks) > alpha {
			low = mid
		} else {
			high = mid
		}
	}
	return normalCDF(-high)
}

// crossing returns the probability that one of the sums of k = 1.. standard normal
// variables is above bound*sqrt(k), by Simpson's rule.
func crossing(bound float64, looks int) float64 {
	const step, reach = 0.2, 35 // beyond reach steps a step is unlikely: 7 standard deviations
	n := 2 * int(math.Ceil((5+math.Abs(bound))*math.Sqrt(float64(looks))/step/2))
	density, next := make([]float64, n+1), make([]float64, n+1)
	for i := range density { // of sums below the bound, downwards
		density[i] = gauss(bound - float64(i)*step)
	}
	var kernel [2*reach + 1]float64
	for k := 1; k < looks; k++ {
		shift := bound * (math.Sqrt(float64(k+1)) - math.Sqrt(float64(k)))
		from := int(math.Round(shift / step))
		for i := range kernel {
			kernel[i] = gauss(shift - float64(i-reach+from)*step)
		}
		for i := range next {
			next[i] = 0
			for j := max(0, i-from-reach); j <= min(n, i-from+reach); j++ {
				next[i] += simpson(j, n) * density[j] * kernel[i-j+reach-from]
			}
			next[i] *= step / 3
		}
		density, next = next, density
	}
	inside := 0.0
	for i, f := range density {
		inside += simpson(i, n) * f
	}
	return 1 - inside*step/3
}

func gauss(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

// simpson returns the weight of the i-th of n+1 points.
func simpson(i, n int) float64 {
	switch {
	case i == 0 || i == n:
		return 1
	case i%2 == 1:
		return 4
	default:
		return 2
	}
}
