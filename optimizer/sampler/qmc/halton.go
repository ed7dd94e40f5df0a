package qmc

// haltonAxes is how many dimensions Halton's sequence has here: beyond the
// 1000th prime a digit would take 7919 trials to show all its values.
const haltonAxes = 1000

// primes returns the first n primes.
func primes(n int) []uint64 {
	out := make([]uint64, 0, n)
	for p := uint64(2); len(out) < n; p++ {
		prime := true
		for _, q := range out {
			if q*q > p {
				break
			}
			if p%q == 0 {
				prime = false
				break
			}
		}
		if prime {
			out = append(out, p)
		}
	}
	return out
}

// halton returns a coordinate of Halton's sequence in [0, 1): the digits of the
// index in a prime base, mirrored at the point. With a key, digit d at place k
// becomes a*d + c modulo the base, a and c drawn for each place (Matoušek, On the
// L2-discrepancy for anchored boxes, 1998, random linear digit scrambling).
func halton(index, base uint64, key uint64, scramble bool) float64 {
	u, scale := 0.0, 1/float64(base)
	for k := uint64(0); index > 0 || scramble && scale > 1e-12; k++ {
		digit := index % base
		index /= base
		if scramble {
			h := mix(key + k)
			digit = (digit*(1+(h>>32)%(base-1)) + h%base) % base
		}
		u += float64(digit) * scale
		scale /= float64(base)
	}
	return min(u, 1-1e-16)
}
