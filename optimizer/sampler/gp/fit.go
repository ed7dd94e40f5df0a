package gp

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// leastNoise is the least variance of the noise of a standardised output.
const leastNoise = 1e-8

// fitter finds the hyperparameters of greatest posterior density given points
// and their standardised outputs. It works on their logarithms: one an axis for
// the weights, the scale, and the noise above the least.
type fitter struct {
	x       [][]float64
	y       []float64
	numeric int // axes

	h        hyper
	scaled   [][]float64
	slopes   [][]float64 // of the kernel by the squared distance, lower triangle
	factor   triangle
	inverse  [][]float64
	alpha    []float64
	gradient []float64 // of the density by the weights' logarithms
}

// unfitted returns the hyperparameters from which a fit begins.
func unfitted(axes int) hyper {
	h := hyper{weights: make([]float64, axes), scale: 1, noise: 1e-3}
	for i := range h.weights {
		h.weights[i] = 1
	}
	return h
}

// fit returns the fitted hyperparameters after at most so many evaluations of
// the density, starting from others.
func fit(x [][]float64, y []float64, numeric int, start hyper, evals int) hyper {
	n, axes := len(x), len(start.weights)
	f := &fitter{
		x: x, y: y, numeric: numeric, h: hyper{weights: make([]float64, axes)},
		scaled: matrix(n, axes), slopes: matrix(n, n), factor: triangle(matrix(n, n)),
		inverse: matrix(n, n), alpha: make([]float64, n), gradient: make([]float64, axes),
	}
	b := box{low: make([]float64, axes+2), high: make([]float64, axes+2), evals: evals, tolerance: 1e-3, longest: 2}
	for i := range b.low {
		b.low[i], b.high[i] = -12, 12
	}
	b.low[axes+1], b.high[axes+1] = -20, 3
	b.f = func(theta, gradient []float64) float64 {
		f.set(theta)
		value := -f.density(gradient)
		floats.Scale(-1, gradient)
		return value
	}
	theta := make([]float64, axes+2)
	for i, w := range start.weights {
		theta[i] = math.Log(w)
	}
	theta[axes], theta[axes+1] = math.Log(start.scale), math.Log(max(start.noise-leastNoise, 1e-2*leastNoise))
	b.minimise(theta)
	f.set(theta)
	return f.h
}

func matrix(rows, columns int) [][]float64 {
	cells, out := make([]float64, rows*columns), make([][]float64, rows)
	for i := range out {
		out[i] = cells[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return out
}

func (f *fitter) set(theta []float64) {
	axes := len(f.h.weights)
	for i := range f.h.weights {
		f.h.weights[i] = math.Exp(theta[i])
	}
	f.h.scale, f.h.noise = math.Exp(theta[axes]), leastNoise+math.Exp(theta[axes+1])
}

// density returns the logarithm of the posterior density but for a constant,
// and writes its gradient (Rasmussen and Williams, Gaussian Processes for
// Machine Learning, section 5.4.1).
func (f *fitter) density(gradient []float64) float64 {
	f.covariances()
	copy(f.alpha, f.y)
	f.factor.solve(f.alpha)
	value := -0.5 * floats.Dot(f.alpha, f.alpha)
	for i, row := range f.factor {
		value -= math.Log(row[i])
	}
	f.factor.solveTransposed(f.alpha)
	f.factor.inverse(f.inverse)
	f.slope(gradient)
	return value + f.prior(gradient)
}

// covariances sets the factor of the covariances of all points.
func (f *fitter) covariances() {
	rows := f.factor
	f.factor = f.factor[:0]
	for d := range f.numeric {
		root := math.Sqrt(f.h.weights[d])
		for i, x := range f.x {
			f.scaled[i][d] = root * x[d]
		}
	}
	for i, x := range f.x {
		a, row := f.scaled[i], rows[i][:i+1]
		copy(a[f.numeric:], x[f.numeric:])
		for j := range i {
			k, slope := matern(f.h.distance(a, f.scaled[j], f.numeric))
			row[j], f.slopes[i][j] = f.h.scale*k, f.h.scale*slope
		}
		row[i] = f.h.scale + f.h.noise
		f.factor.grow(row)
	}
}

// slope writes the gradient of the likelihood: by each parameter half the trace
// of (ααᵀ - K⁻¹)·∂K.
func (f *fitter) slope(gradient []float64) {
	clear(f.gradient)
	axes, byScale, byNoise := len(f.gradient), 0.0, 0.0
	for i, a := range f.scaled {
		for j, b := range f.scaled[:i] {
			w := f.alpha[i]*f.alpha[j] - floats.Dot(f.inverse[i][i:], f.inverse[j][i:])
			w *= f.slopes[i][j]
			for d := range f.numeric {
				t := a[d] - b[d]
				f.gradient[d] += w * t * t
			}
			for d := f.numeric; d < axes; d++ {
				if a[d] != b[d] {
					f.gradient[d] += w * f.h.weights[d]
				}
			}
		}
		own := 0.5 * (f.alpha[i]*f.alpha[i] - floats.Dot(f.inverse[i][i:], f.inverse[i][i:]))
		byNoise += own
	}
	// tr((ααᵀ - K⁻¹)K) = αᵀy - n, and K is the signal and the noise.
	byScale = 0.5*(floats.Dot(f.alpha, f.y)-float64(len(f.y))) - byNoise*f.h.noise
	copy(gradient, f.gradient)
	gradient[axes], gradient[axes+1] = byScale, byNoise*(f.h.noise-leastNoise)
}

// prior returns the logarithm of the prior density and adds its gradient: as in
// Optuna's GPSampler, the weights near 1, the scale by Gamma(2, 1), the noise by
// Gamma(1.1, 30).
func (f *fitter) prior(gradient []float64) float64 {
	value, axes := 0.0, len(f.h.weights)
	for d, w := range f.h.weights {
		value -= 0.1/w + 0.1*w
		gradient[d] += 0.1/w - 0.1*w
	}
	value += math.Log(f.h.scale) - f.h.scale
	gradient[axes] += 1 - f.h.scale
	value += 0.1*math.Log(f.h.noise) - 30*f.h.noise
	gradient[axes+1] += (0.1/f.h.noise - 30) * (f.h.noise - leastNoise)
	return value
}
