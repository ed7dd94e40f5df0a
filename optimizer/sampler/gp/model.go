package gp

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// factored is the part of a model that does not depend on outputs: the points
// and the factor of their covariances. It is never written to: what grows out of
// it shares its rows.
type factored struct {
	hyper
	numeric int         // axes
	x       [][]float64 // scaled
	l       triangle
}

// grown returns f with more points, unscaled.
func (f *factored) grown(points ...[]float64) *factored {
	more := make([][]float64, len(points))
	for i, p := range points {
		more[i] = f.scaled(p, f.numeric)
	}
	return f.extended(more)
}

// extended is grown for points that are scaled.
func (f *factored) extended(points [][]float64) *factored {
	out := *f
	out.x, out.l = slices.Clip(f.x), slices.Clip(f.l)
	for _, x := range points {
		row := make([]float64, len(out.x)+1)
		for j, b := range out.x {
			k, _ := matern(f.distance(x, b, f.numeric))
			row[j] = f.scale * k
		}
		row[len(out.x)] = f.scale + f.noise
		out.x = append(out.x, x)
		out.l.grow(row)
	}
	return &out
}

// model is a Gaussian process given its data.
type model struct {
	*factored
	alpha []float64 // K⁻¹y
	roots []float64 // of the weights of the numeric axes
}

// given returns the model of f with the standardised outputs of its points.
func (f *factored) given(y []float64) *model {
	m := &model{factored: f, alpha: slices.Clone(y), roots: make([]float64, f.numeric)}
	f.l.solve(m.alpha)
	f.l.solveTransposed(m.alpha)
	for d := range m.roots {
		m.roots[d] = math.Sqrt(f.weights[d])
	}
	return m
}

// believing returns m with more points whose outputs are what it believes them
// to be, so that its mean stays and its variance shrinks (Ginsbourger et al.,
// Kriging Is Well-Suited to Parallelize Optimization, 2010, the kriging
// believer).
func (m *model) believing(points [][]float64) *model {
	out := *m
	out.factored = m.grown(points...)
	out.alpha = append(slices.Clip(m.alpha), make([]float64, len(points))...)
	return &out
}

// moments are the mean and the standard deviation of a posterior.
type moments struct{ mean, sd float64 }

// scratch is room for predictions of one goroutine.
type scratch struct{ x, k, slopes, v []float64 }

func (s *scratch) fit(axes, points int) {
	if cap(s.k) < points {
		room := points + points/4
		s.k, s.slopes, s.v = make([]float64, room), make([]float64, room), make([]float64, room)
	}
	if cap(s.x) < axes {
		s.x = make([]float64, axes)
	}
	s.x, s.k, s.slopes, s.v = s.x[:axes], s.k[:points], s.slopes[:points], s.v[:points]
}

// mean returns the posterior mean at a point, and leaves in s what at needs.
func (m *model) mean(x []float64, s *scratch) float64 {
	s.fit(len(x), len(m.x))
	copy(s.x, x)
	for d, root := range m.roots {
		s.x[d] *= root
	}
	mean := 0.0
	for i, b := range m.x {
		k, slope := matern(m.distance(s.x, b, m.numeric))
		s.k[i], s.slopes[i] = m.scale*k, m.scale*slope
		mean += s.k[i] * m.alpha[i]
	}
	return mean
}

// at returns the posterior of the signal at a point.
func (m *model) at(x []float64, s *scratch) moments {
	mean := m.mean(x, s)
	copy(s.v, s.k)
	m.l.solve(s.v)
	return moments{mean, math.Sqrt(max(m.scale-floats.Dot(s.v, s.v), leastPivot))}
}

// slopesAt returns the same, and writes the derivatives by the numeric axes.
func (m *model) slopesAt(x []float64, s *scratch, mean, sd []float64) moments {
	out := m.at(x, s)
	m.l.solveTransposed(s.v)
	for d := range m.numeric {
		mean[d], sd[d] = 0, 0
	}
	for i, b := range m.x {
		// ∂k/∂x = slope·2·weight·(x - b), and scaled points have a root of it.
		byMean, byVariance := 2*s.slopes[i]*m.alpha[i], -4*s.slopes[i]*s.v[i]
		for d := range m.numeric {
			t := s.x[d] - b[d]
			mean[d] += byMean * t
			sd[d] += byVariance * t
		}
	}
	for d, root := range m.roots {
		mean[d] *= root
		sd[d] *= root / (2 * out.sd)
	}
	return out
}

// posterior is at, or slopesAt where there is room for slopes.
func (m *model) posterior(x []float64, s *scratch, mean, sd []float64) moments {
	if mean == nil {
		return m.at(x, s)
	}
	return m.slopesAt(x, s, mean, sd)
}
