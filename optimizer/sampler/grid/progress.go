package grid

import (
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// never is the row of a cell that no trial has had.
const never = math.MaxInt

// progress is a grid, and at which row of the view each cell was done. Since a view
// only grows, that tells what was done at every shorter view as well.
type progress struct {
	*cells
	seed       int64
	generation uint64
	rows       int
	done       []int   // by cell: the first row that has it, or never
	newest     []int64 // by row: the highest number so far
	head       int     // the cells before it are done at the latest row
}

func newProgress(r *trials.SampleRequest, points int) *progress {
	p := &progress{cells: newCells(r.Space, points, uint64(*r.Study.Seed)), seed: *r.Study.Seed, generation: r.View.Generation}
	p.done = slices.Repeat([]int{never}, len(p.all))
	return p
}

// serves says that the progress is that of this request's study.
func (p *progress) serves(r *trials.SampleRequest) bool {
	if p.generation != r.View.Generation || p.seed != *r.Study.Seed {
		return false
	}
	return p.space == r.Space || slices.Equal(p.space.Names, r.Space.Names) &&
		slices.EqualFunc(p.space.Dists, r.Space.Dists, func(a, b trials.Distribution) bool { return a.Equal(&b) })
}

// catchUp takes in the rows that are new.
func (p *progress) catchUp(view *trials.View) {
	if p.rows >= view.Len() {
		return
	}
	columns := make([][]float64, len(p.counts))
	for i, name := range p.space.Names {
		columns[i] = view.Column(name)
	}
	for ; p.rows < view.Len(); p.rows++ {
		at, ok := p.find(func(i int) float64 {
			if p.rows >= len(columns[i]) {
				return math.NaN()
			}
			return columns[i][p.rows]
		})
		if ok {
			p.done[at] = min(p.done[at], p.rows)
		}
		newest := view.Numbers[p.rows]
		if p.rows > 0 {
			newest = max(newest, p.newest[p.rows-1])
		}
		p.newest = append(p.newest, newest)
	}
	for p.head < len(p.done) && p.done[p.head] != never {
		p.head++
	}
}

// next returns the cell for a request: the first one that is free, but for as many
// as there are asks under way that began earlier, each of which takes one.
func (p *progress) next(r *trials.SampleRequest) (at int, ok bool) {
	running := make(map[int]bool, len(r.Pending))
	for _, t := range r.Pending {
		if t.Number == r.Number {
			continue
		}
		at, ok := p.find(func(i int) float64 {
			if v, has := t.Values[p.space.Names[i]]; has {
				return v
			}
			return math.NaN()
		})
		if ok {
			running[at] = true
		}
	}
	fits := p.fitting(r)
	var free []int
	skip := p.ahead(r)
	want := skip + r.Redraw + 1
	from := 0
	if r.View.Len() == p.rows {
		from = p.head
	}
	for at := from; at < len(p.all) && len(free) < want; at++ {
		if p.done[at] >= r.View.Len() && !running[at] && fits(at) {
			free = append(free, at)
		}
	}
	switch {
	case len(free) > skip: // all cells refused, the first is as good as any
		return free[skip+min(r.Redraw, len(free)-1-skip)], true
	case len(r.Fixed) == 0 && !p.partial(&r.View):
		return 0, false
	case len(free) > 0:
		return free[skip%len(free)], true
	}
	return p.again(r.Number, fits), len(p.all) > 0
}

// ahead returns how many asks that began earlier have not handed out their trial
// yet. Their numbers are those between the newest trial that ended and this one
// that are not running. (A number that was lost, because the service stopped in
// the middle of an ask, counts too until a newer trial has ended.)
func (p *progress) ahead(r *trials.SampleRequest) int {
	newest := int64(-1)
	if n := r.View.Len(); n > 0 {
		newest = p.newest[n-1]
	}
	out := r.Number - newest - 1
	for _, t := range r.Pending {
		if t.Number > newest && t.Number < r.Number {
			out--
		}
	}
	return int(max(0, out))
}

// fitting returns whether a cell goes with the given values. One that is not on the
// grid goes with all.
func (p *progress) fitting(r *trials.SampleRequest) func(at int) bool {
	want := map[int]uint32{}
	for name, v := range r.Fixed {
		if i := p.space.Index(name); i >= 0 {
			if index, ok := p.index(i, v); ok {
				want[i] = index
			}
		}
	}
	return func(at int) bool {
		for i, index := range want {
			if p.all[at][i] != index {
				return false
			}
		}
		return true
	}
}

// partial says that trials have parameters that the space has not: they are
// suggested one after another, and this is not yet the whole grid.
func (p *progress) partial(view *trials.View) bool {
	return slices.ContainsFunc(view.Columns, func(c trials.Column) bool {
		return p.space.Index(c.Name) < 0 && slices.ContainsFunc(c.Values, func(v float64) bool { return !math.IsNaN(v) })
	})
}

// again returns a cell that fits, done or not, by the number of the trial; any if
// none fits.
func (p *progress) again(number int64, fits func(at int) bool) int {
	var fitting []int
	for at := range p.all {
		if fits(at) {
			fitting = append(fitting, at)
		}
	}
	if len(fitting) == 0 {
		return int(number % int64(max(1, len(p.all))))
	}
	return fitting[number%int64(len(fitting))]
}
