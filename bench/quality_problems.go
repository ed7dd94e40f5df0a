package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/espalier-hpo/espalier/trials"
)

// starts is how many start points both sides are given.
const starts = 10

// splitmix is splitmix64, keyed by a text, as in quality/problems.py.
type splitmix uint64

// newSplitmix takes the FNV-1a hash of a text, such as "shift/sphere5/score/3",
// for its state.
func newSplitmix(purpose, name, group string, seed int) *splitmix {
	state := uint64(0xCBF29CE484222325)
	for _, b := range []byte(purpose + "/" + name + "/" + group + "/" + strconv.Itoa(seed)) {
		state = (state ^ uint64(b)) * 0x100000001B3
	}
	return (*splitmix)(&state)
}

func (s *splitmix) next() uint64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// unit is uniform in [0, 1).
func (s *splitmix) unit() float64 { return float64(s.next()>>11) * 0x1p-53 }

// problem is one of quality/problems.py: what is minimised by a study. Points
// hold inner values in the order of names.
type problem struct {
	name  string
	group string // tune or score
	seed  int
	names []string
	dists []trials.Distribution
	// evaluate returns what a sampler sees; constraints hold at or below 0.
	evaluate func(x []float64) (values, constraints []float64)
	truth    func(x []float64) float64 // what a point is judged by, where not by its value
	seconds  func(x []float64) float64 // what an evaluation costs, where that is known
	best     float64                   // the least truth; of two objectives the hypervolume of the front
	worst    float64                   // the regret while no point is feasible
	corner   []float64                 // the reference point of the hypervolume, of two objectives
	limits   int                       // number of constraints
}

func (p *problem) float(low, high float64, names ...string) {
	for _, name := range names {
		p.add(name, trials.Distribution{Type: trials.FloatKind, Low: low, High: high})
	}
}

func (p *problem) int(name string, low, high, step float64) {
	p.add(name, trials.Distribution{Type: trials.IntKind, Low: low, High: high, Step: step})
}

func (p *problem) category(name string, n int) {
	d := trials.Distribution{Type: trials.CategoricalKind}
	for i := range n {
		d.Choices = append(d.Choices, strconv.Itoa(i))
	}
	p.add(name, d)
}

func (p *problem) add(name string, d trials.Distribution) {
	p.names, p.dists = append(p.names, name), append(p.dists, d)
}

// startPoints returns the points that both sides begin with.
func (p *problem) startPoints() [][]float64 {
	chance := newSplitmix("start", p.name, p.group, p.seed)
	out := make([][]float64, starts)
	for i := range out {
		for j := range p.dists {
			out[i] = append(out[i], p.dists[j].At(chance.unit()))
		}
	}
	return out
}

// shift draws n numbers between -most and most.
func (p *problem) shift(n int, most float64) []float64 {
	chance := newSplitmix("shift", p.name, p.group, p.seed)
	out := make([]float64, n)
	for i := range out {
		out[i] = (2*chance.unit() - 1) * most
	}
	return out
}

// regret follows a study. With one objective it is that of the point that looks
// best, among the feasible; with two it is the hypervolume that is missing.
type regret struct {
	p     *problem
	seen  float64
	front [][2]float64
	now   float64
}

func newRegret(p *problem) *regret {
	if p.corner != nil {
		return &regret{p: p, now: p.best}
	}
	return &regret{p: p, seen: math.Inf(1), now: p.worst}
}

func (r *regret) tell(x, values, constraints []float64) {
	p := r.p
	switch {
	case p.corner != nil:
		if values[0] < p.corner[0] && values[1] < p.corner[1] {
			r.front = pareto(append(r.front, [2]float64(values)))
			r.now = p.best - hypervolume(r.front, p.corner)
		}
	case values[0] < r.seen && !slices.ContainsFunc(constraints, func(c float64) bool { return c > 0 }):
		r.seen, r.now = values[0], values[0]-p.best
		if p.truth != nil {
			r.now = p.truth(x) - p.best
		}
	}
}

// pareto returns the points that no other dominates, by their first value.
func pareto(points [][2]float64) [][2]float64 {
	slices.SortFunc(points, func(a, b [2]float64) int { return slices.Compare(a[:], b[:]) })
	out, least := points[:0], math.Inf(1)
	for _, p := range points {
		if p[1] < least {
			out, least = append(out, p), p[1]
		}
	}
	return out
}

func hypervolume(front [][2]float64, corner []float64) float64 {
	area, top := 0.0, corner[1]
	for _, p := range front {
		area += (corner[0] - p[0]) * (top - p[1])
		top = p[1]
	}
	return area
}

// gridTable is an HPOBench MLP table: see quality/export.py.
type gridTable struct {
	errors  [5][]float64 // by seed
	means   []float64
	seconds []float64
}

var gridNames = []string{"alpha", "batch_size", "depth", "learning_rate_init", "width"}

var gridShape = []int{10, 10, 3, 10, 10}

func (g *gridTable) row(x []float64) int {
	i := 0
	for j, n := range gridShape {
		i = i*n + int(x[j])
	}
	return i
}

// tables reads grid tables, each once.
type tables struct {
	dir  string
	mu   sync.Mutex
	read map[string]*gridTable
}

func (t *tables) table(name string) (*gridTable, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.read[name]; g != nil {
		return g, nil
	}
	file, err := os.ReadFile(filepath.Join(t.dir, "tables", name+".gz"))
	if err != nil {
		return nil, err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	g := &gridTable{}
	rows := 1
	for _, n := range gridShape {
		rows *= n
	}
	if len(raw) != 16+2*rows*(len(g.errors)+1) {
		return nil, fmt.Errorf("%s has %d bytes", name, len(raw))
	}
	least := math.Float64frombits(binary.LittleEndian.Uint64(raw))
	most := math.Float64frombits(binary.LittleEndian.Uint64(raw[8:]))
	at := func(column, row int) float64 {
		return float64(binary.LittleEndian.Uint16(raw[16+2*(column*rows+row):])) / 65535
	}
	for row := range rows {
		sum := 0.0
		for s := range g.errors {
			g.errors[s] = append(g.errors[s], at(s, row))
			sum += at(s, row)
		}
		g.means = append(g.means, sum/float64(len(g.errors)))
		g.seconds = append(g.seconds, least*math.Pow(most/least, at(len(g.errors), row)))
	}
	if t.read == nil {
		t.read = map[string]*gridTable{}
	}
	t.read[name] = g
	return g, nil
}

// fromTable makes a problem of a table. A sampler sees the errors of one of its
// seeds, the same in the whole study; regret is on the mean of all.
func (t *tables) fromTable(p *problem) error {
	g, err := t.table(p.name)
	if err != nil {
		return err
	}
	for j, name := range gridNames {
		p.int(name, 0, float64(gridShape[j]-1), 0)
	}
	which := newSplitmix("table", p.name, p.group, p.seed).next() % uint64(len(g.errors))
	p.best = slices.Min(g.means)
	p.evaluate = func(x []float64) ([]float64, []float64) { return []float64{g.errors[which][g.row(x)]}, nil }
	p.truth = func(x []float64) float64 { return g.means[g.row(x)] }
	p.seconds = func(x []float64) float64 { return g.seconds[g.row(x)] }
	return nil
}

func logFloat(low, high float64) trials.Distribution {
	return trials.Distribution{Type: trials.FloatKind, Low: low, High: high, Log: true}
}
