package cmaes

// keepMargins sees to it that every counted axis goes on leaving the cell of its
// mean now and then: with a probability of at least margin both ways, by moving
// the mean and by stretch, which scales the axis where a point becomes a value
// (Hamano et al., CMA-ES with Margin, GECCO 2022, section 4). It changes both.
func keepMargins(d *normal, axes []axis, stretch []float64, margin float64) {
	for i := range axes {
		if axes[i].count == 0 {
			continue
		}
		low, high := axes[i].limits(d.mean[i])
		scale := d.deviation(i) * stretch[i]
		if !(scale > 0) {
			continue
		}
		down, up := below((low-d.mean[i])/scale), below((d.mean[i]-high)/scale)
		if max(down, up) > 0.5 { // at an end, beyond the only edge
			if min(down, up) < margin {
				side := 1.0
				if d.mean[i] <= high {
					side = -1
				}
				d.mean[i] = high + side*scale*quantile(margin)
			}
			continue
		}
		stay := 1 - down - up
		down, up = max(down, margin/2), max(up, margin/2)
		if rest := down + up + stay - 1.5*margin; rest > 0 {
			excess := (1 - down - up - stay) / rest
			down, up = down+excess*(down-margin/2), up+excess*(up-margin/2)
		}
		zDown, zUp := quantile(min(max(down, 1e-10), 0.5-1e-10)), quantile(min(max(up, 1e-10), 0.5-1e-10))
		stretch[i] = (high - low) / ((zDown + zUp) * d.deviation(i))
		d.mean[i] = (low*zUp + high*zDown) / (zDown + zUp)
	}
}
