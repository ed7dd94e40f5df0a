package gp

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// trialBench is one study and the trials it has had.
type trialBench struct {
	study *trials.StudySpec
	space *trials.Space
	view  trials.View
}

func newBench(t testing.TB, space trials.SearchSpace, seed int64, objectives ...trials.Objective) *trialBench {
	t.Helper()
	if len(objectives) == 0 {
		objectives = []trials.Objective{{Metric: "value", Direction: trials.Minimize}}
	}
	b := &trialBench{study: &trials.StudySpec{Objectives: objectives, SearchSpace: space, Seed: &seed}}
	var err error
	if b.space, err = space.Compile("/search_space"); err != nil {
		t.Fatal(err)
	}
	b.view.Objectives = objectives
	for i, name := range b.space.Names {
		b.view.Columns = append(b.view.Columns, trials.Column{Name: name, Dist: b.space.Dists[i]})
	}
	return b
}

func (b *trialBench) request(number int) *trials.SampleRequest {
	return &trials.SampleRequest{Study: b.study, Space: b.space, Number: int64(number), View: b.view}
}

// end appends a trial: its values, or for a PRUNED one what it last reported.
func (b *trialBench) end(state trials.State, params map[string]float64, values ...float64) {
	v := &b.view
	v.Numbers = append(v.Numbers, int64(len(v.Numbers)))
	v.States = append(v.States, state)
	v.Violations = append(v.Violations, 0)
	last, step := math.NaN(), int64(trials.Absent)
	for j := range v.Objectives {
		final := math.NaN()
		if state == trials.Complete {
			final = values[j]
		}
		v.Values = append(v.Values, final)
	}
	if state == trials.Pruned {
		last, step = values[0], 1
	}
	v.Last, v.LastStep = append(v.Last, last), append(v.LastStep, step)
	columns := slices.Clone(v.Columns)
	for i := range columns {
		x, ok := params[columns[i].Name]
		if !ok {
			x = math.NaN()
		}
		columns[i].Values = append(columns[i].Values, x)
	}
	v.Columns = columns
}

// problem is a function over a box, whose least value is 0.
type problem struct {
	low, high []float64
	f         func(x []float64) float64
}

func cube(d int, low, high float64) (l, h []float64) {
	for range d {
		l, h = append(l, low), append(h, high)
	}
	return l, h
}

func problems() map[string]problem {
	out := map[string]problem{"branin": {[]float64{-5, 0}, []float64{10, 15}, branin}}
	l, h := cube(6, 0, 1)
	out["hartmann6"] = problem{l, h, hartmann}
	l, h = cube(5, -5, 5)
	out["sphere5"] = problem{l, h, func(x []float64) float64 {
		sum := 0.0
		for _, v := range x {
			sum += (v - 2.5) * (v - 2.5)
		}
		return sum
	}}
	l, h = cube(5, -5, 10)
	out["rosenbrock5"] = problem{l, h, func(x []float64) float64 {
		sum := 0.0
		for i := range len(x) - 1 {
			sum += 100*math.Pow(x[i+1]-x[i]*x[i], 2) + math.Pow(1-x[i], 2)
		}
		return sum
	}}
	l, h = cube(10, -32.768, 32.768)
	out["ackley10"] = problem{l, h, func(x []float64) float64 {
		square, wave := 0.0, 0.0
		for _, v := range x {
			square += (v - 6.3) * (v - 6.3) / float64(len(x))
			wave += math.Cos(2*math.Pi*(v-6.3)) / float64(len(x))
		}
		return 20 + math.E - 20*math.Exp(-0.2*math.Sqrt(square)) - math.Exp(wave)
	}}
	return out
}

func branin(x []float64) float64 {
	a, b := x[0], x[1]
	return math.Pow(b-5.1/(4*math.Pi*math.Pi)*a*a+5/math.Pi*a-6, 2) +
		10*(1-1/(8*math.Pi))*math.Cos(a) + 10 - 0.39788735772973816
}

func hartmann(x []float64) float64 {
	a := [4][6]float64{
		{10, 3, 17, 3.5, 1.7, 8},
		{0.05, 10, 17, 0.1, 8, 14},
		{3, 3.5, 1.7, 10, 17, 8},
		{17, 8, 0.05, 10, 0.1, 14},
	}
	p := [4][6]float64{
		{1312, 1696, 5569, 124, 8283, 5886},
		{2329, 4135, 8307, 3736, 1004, 9991},
		{2348, 1451, 3522, 2883, 3047, 6650},
		{4047, 8828, 8732, 5743, 1091, 381},
	}
	sum := 0.0
	for i, alpha := range [4]float64{1, 1.2, 3, 3.2} {
		e := 0.0
		for j := range x {
			e += a[i][j] * math.Pow(x[j]-1e-4*p[i][j], 2)
		}
		sum += alpha * math.Exp(-e)
	}
	return 3.322368011415512 - sum
}

// at returns the loss of params whose names are in the order of the axes.
func (p problem) at(params map[string]float64) float64 {
	x := make([]float64, 0, len(params))
	for _, name := range slices.Sorted(maps.Keys(params)) {
		x = append(x, params[name])
	}
	return p.f(x)
}

// randomHistory is a study of random trials of ten parameters.
func randomHistory(b *testing.B, n int) *trialBench {
	p := problems()["ackley10"]
	return filled(b, boxSpace(p), n, p.at)
}

// Most asks: the hyperparameters are there, and the factor.
func BenchmarkAsk(b *testing.B) {
	for _, n := range []int{50, 100, 200, 300, 500} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			t, s := randomHistory(b, n), New()
			suggest(b, s, t.request(n))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				suggest(b, s, t.request(n+i))
			}
		})
	}
}

// The ask that fits the hyperparameters again, from the last.
func BenchmarkAskThatFits(b *testing.B) {
	for _, n := range []int{100, 200, 300} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			t, s := randomHistory(b, n), New()
			suggest(b, s, t.request(n))
			c := s.histories[0].models[quantity{}]
			mark, _ := marks(n, s.histories[0].most)
			for i := 0; b.Loop(); i++ {
				delete(c.fitted, mark)
				c.mark = mark - 1
				suggest(b, s, t.request(n+i))
			}
		})
	}
}

// The first ask after a restart.
func BenchmarkAskAnew(b *testing.B) {
	t := randomHistory(b, 300)
	for b.Loop() {
		suggest(b, New(), t.request(300))
	}
}
