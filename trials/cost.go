package trials

import "time"

// costSample is how many judgements one is timed of.
const costSample = 16

// judgeCost measures what judging costs.
type judgeCost struct {
	n     int64
	spent time.Duration // of those timed
	since time.Time
	now   func() time.Time
}

func (c *judgeCost) begin() time.Time {
	c.n++
	if c.n%costSample != 0 {
		return time.Time{}
	}
	return c.now()
}

func (c *judgeCost) end(begun time.Time) {
	if !begun.IsZero() {
		c.spent += c.now().Sub(begun)
	}
}

func (c *judgeCost) show() PrunerCost {
	out := PrunerCost{Decisions: c.n, Since: c.since}
	if timed := c.n / costSample; timed > 0 {
		out.Seconds = c.spent.Seconds() / float64(timed) * float64(c.n)
	}
	return out
}
