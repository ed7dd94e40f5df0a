package cmaes

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// rates are the constants of CMA-ES for so many axes and points a generation
// (Hansen, The CMA Evolution Strategy: A Tutorial, 2016, table 1).
type rates struct {
	weights       []float64 // by rank, the best first; those of the worse half are below 0
	mu            int       // how many are above 0
	muEff         float64
	cc, c1, cmu   float64
	cSigma, dampS float64
	chi           float64 // the expected length of a standard normal vector
}

// newRates returns the constants. A separable covariance has fewer entries to
// learn and may learn them faster (Ros and Hansen, PPSN 2008).
func newRates(axes, points int, separable bool) *rates {
	n, lambda := float64(axes), float64(points)
	r := &rates{weights: make([]float64, points), mu: points / 2}
	var sum, squares, worse, worseSquares, below float64
	for i := range r.weights {
		w := math.Log((lambda+1)/2) - math.Log(float64(i+1))
		r.weights[i] = w
		if i < r.mu {
			sum, squares = sum+w, squares+w*w
		} else {
			worse, worseSquares = worse+w, worseSquares+w*w
		}
		below += max(0, -w)
	}
	r.muEff = sum * sum / squares
	r.c1 = 2 / ((n+1.3)*(n+1.3) + r.muEff)
	r.cmu = min(1-r.c1-1e-8, 2*(r.muEff-2+1/r.muEff)/((n+2)*(n+2)+r.muEff))
	if separable {
		r.c1 = min(0.5, r.c1*(n+2)/3)
		r.cmu = min(0.9*(1-r.c1), r.cmu*(n+2)/3)
	}
	r.cmu = max(r.cmu, 1e-12) // four points have none
	muWorse := 0.0
	if worseSquares > 0 {
		muWorse = worse * worse / worseSquares
	}
	alpha := min(1+r.c1/r.cmu, 1+2*muWorse/(r.muEff+2), (1-r.c1-r.cmu)/(n*r.cmu))
	for i, w := range r.weights {
		switch {
		case w >= 0:
			r.weights[i] = w / sum
		case below > 0:
			r.weights[i] = w * alpha / below
		}
	}
	r.cSigma = (r.muEff + 2) / (n + r.muEff + 5)
	r.dampS = 1 + 2*max(0, math.Sqrt((r.muEff-1)/(n+1))-1) + r.cSigma
	r.cc = (4 + r.muEff/n) / (n + 4 + 2*r.muEff/n)
	r.chi = math.Sqrt(n) * (1 - 1/(4*n) + 1/(21*n*n))
	return r
}

// shared returns the weights for points of which some are ties: those share
// theirs, so that a plateau is no slope. Ties says of each rank whether it is as
// good as the one before.
func (r *rates) shared(ties []bool) []float64 {
	out := slices.Clone(r.weights)
	for from := 0; from < len(out); {
		to, sum := from+1, out[from]
		for ; to < len(out) && ties[to]; to++ {
			sum += out[to]
		}
		for i := from; i < to; i++ {
			out[i] = sum / float64(to-from)
		}
		from = to
	}
	return out
}

// normal is the distribution that points are drawn from: mean plus step times a
// normal vector of covariance c. The methods that change it are called on a
// clone only.
type normal struct {
	mean      []float64
	step      float64
	c         []float64 // row by row; the diagonal alone if separable
	separable bool
	basis     []float64 // the eigenvectors of c, in columns
	scale     []float64 // the square roots of its eigenvalues
	pathS     []float64 // what the step remembers
	pathC     []float64 // what the covariance remembers
	age       int       // generations
}

// newNormal returns a distribution around a mean. Without c it is a ball.
func newNormal(mean []float64, step float64, c []float64, separable bool) *normal {
	n := len(mean)
	d := &normal{mean: mean, step: step, c: c, separable: separable, pathS: make([]float64, n), pathC: make([]float64, n)}
	if c == nil {
		d.c = make([]float64, n)
		if !separable {
			d.c = make([]float64, n*n)
		}
		for i := range n {
			d.c[d.at(i)] = 1
		}
	}
	d.decompose()
	return d
}

func (d *normal) clone() *normal {
	out := *d
	out.mean, out.c = slices.Clone(d.mean), slices.Clone(d.c)
	out.pathS, out.pathC = slices.Clone(d.pathS), slices.Clone(d.pathC)
	return &out
}

// at returns the place of a variance.
func (d *normal) at(i int) int {
	if d.separable {
		return i
	}
	return i * (len(d.mean) + 1)
}

// deviation returns the standard deviation along an axis.
func (d *normal) deviation(i int) float64 { return d.step * math.Sqrt(d.c[d.at(i)]) }

// decompose refreshes the eigenvectors. A covariance that rounding has spoilt
// loses what it learned of directions.
func (d *normal) decompose() {
	n := len(d.mean)
	d.scale = make([]float64, n)
	if !d.separable {
		var e mat.EigenSym
		ok := finite(d.c) && e.Factorize(mat.NewSymDense(n, d.c), true)
		if ok {
			e.Values(d.scale)
			ok = d.scale[0] > 0
		}
		if ok {
			var b mat.Dense
			e.VectorsTo(&b)
			d.basis = b.RawMatrix().Data
			for i, v := range d.scale {
				d.scale[i] = math.Sqrt(v)
			}
			return
		}
		d.basis = make([]float64, n*n)
		for i := range n {
			d.basis[i*(n+1)] = 1
			for j := range n {
				if i != j {
					d.c[i*n+j] = 0
				}
			}
		}
	}
	for i := range n {
		v := &d.c[d.at(i)]
		if !(*v > 1e-20) || math.IsInf(*v, 0) {
			*v = 1e-20
		}
		d.scale[i] = math.Sqrt(*v)
	}
}

// shape turns a standard normal vector into one of covariance c.
func (d *normal) shape(z, out []float64) {
	n := len(z)
	if d.separable {
		for i := range z {
			out[i] = d.scale[i] * z[i]
		}
		return
	}
	for i := range out {
		row, sum := d.basis[i*n:(i+1)*n], 0.0
		for k, b := range row {
			sum += b * d.scale[k] * z[k]
		}
		out[i] = sum
	}
}

// whiten is the inverse of the symmetric root of c: a normal vector of
// covariance c becomes a standard one.
func (d *normal) whiten(y []float64) []float64 {
	n := len(y)
	out := make([]float64, n)
	if d.separable {
		for i := range y {
			out[i] = y[i] / d.scale[i]
		}
		return out
	}
	for k := range n {
		dot := 0.0
		for i := range n {
			dot += d.basis[i*n+k] * y[i]
		}
		dot /= d.scale[k]
		for i := range n {
			out[i] += d.basis[i*n+k] * dot
		}
	}
	return out
}

// density returns the logarithm of the density at a point.
func (d *normal) density(x []float64) float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = (x[i] - d.mean[i]) / d.step
	}
	length := norm(d.whiten(y))
	out := -length * length / 2
	for _, scale := range d.scale {
		out -= math.Log(d.step*scale) + math.Log(2*math.Pi)/2
	}
	return out
}

// steps returns a generation as steps from the mean, in units of the step.
// Points from elsewhere (enqueued, or asked for long ago) may be far off: they
// are drawn nearer, so that one of them cannot blow up the distribution (Hansen,
// Injecting External Solutions Into CMA-ES, 2011).
func (d *normal) steps(points [][]float64) (steps [][]float64, lengths []float64) {
	limit := reach(len(d.mean))
	for _, x := range points {
		y := make([]float64, len(x))
		for i := range x {
			y[i] = (x[i] - d.mean[i]) / d.step
		}
		length := norm(d.whiten(y))
		if length > limit {
			for i := range y {
				y[i] *= limit / length
			}
			length = limit
		}
		steps, lengths = append(steps, y), append(lengths, length)
	}
	return steps, lengths
}

// reach is how long a standard normal vector hardly ever is.
func reach(axes int) float64 {
	n := float64(axes)
	return math.Sqrt(n) + 2*n/(n+2)
}

// learn moves the distribution by one generation, the best point first.
func (d *normal) learn(r *rates, points [][]float64, ties []bool) {
	n := len(d.mean)
	d.age++
	steps, lengths := d.steps(points)
	weights := r.shared(ties)
	move, positive := make([]float64, n), 0.0
	for k, y := range steps {
		if w := weights[k]; w > 0 {
			positive += w
			for i := range y {
				move[i] += w * y[i]
			}
		}
	}
	for i := range move {
		if positive > 0 { // ties may have taken from the sum, which is 1
			move[i] /= max(positive, 1e-9)
		}
		d.mean[i] += d.step * move[i]
	}
	white, grow := d.whiten(move), math.Sqrt(r.cSigma*(2-r.cSigma)*r.muEff)
	for i := range white {
		d.pathS[i] = (1-r.cSigma)*d.pathS[i] + grow*white[i]
	}
	length := norm(d.pathS)
	still := 0.0 // 1 while the path is too long to be believed
	if length/math.Sqrt(1-math.Pow(1-r.cSigma, 2*float64(d.age+1))) >= (1.4+2/(float64(n)+1))*r.chi {
		still = 1
	}
	grow = (1 - still) * math.Sqrt(r.cc*(2-r.cc)*r.muEff)
	for i := range d.pathC {
		d.pathC[i] = (1-r.cc)*d.pathC[i] + grow*move[i]
	}
	d.learnShape(r, steps, lengths, weights, still)
	d.step *= math.Exp(min(1, r.cSigma/r.dampS*(length/r.chi-1)))
	d.decompose()
}

// learnShape updates the covariance (equations 46 and 47 of the tutorial).
func (d *normal) learnShape(r *rates, steps [][]float64, lengths, weights []float64, still float64) {
	n, sum := float64(len(d.mean)), 0.0
	for k, w := range weights {
		sum += w
		if w < 0 {
			weights[k] = w * n / (lengths[k]*lengths[k] + 1e-8)
		}
	}
	keep := 1 + r.c1*still*r.cc*(2-r.cc) - r.c1 - r.cmu*sum
	for i := range d.c {
		d.c[i] *= keep
	}
	d.add(r.c1, d.pathC)
	for k, y := range steps {
		d.add(r.cmu*weights[k], y)
	}
}

// add adds the outer product of y with itself to the covariance.
func (d *normal) add(w float64, y []float64) {
	if d.separable {
		for i, v := range y {
			d.c[i] += w * v * v
		}
		return
	}
	for i, v := range y {
		row := d.c[i*len(y) : (i+1)*len(y)]
		for j, u := range y {
			row[j] += w * v * u
		}
	}
}

// sound says that the distribution can still be drawn from: its deviations are
// neither lost nor beyond the cube, and no direction dwarfs another.
func (d *normal) sound() bool {
	least, most := slices.Min(d.scale), slices.Max(d.scale)
	return finite(d.mean) && finite(d.scale) && d.step > 0 && !math.IsInf(d.step, 0) && least > 0 && most/least < 1e7
}

func norm(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

func finite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
