package qmc

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// The first points, and some far ones, as SciPy 1.17 gives them.
func TestUnscrambledPointsAreThoseOfJoeAndKuo(t *testing.T) {
	want := [][]float64{
		{0, 0, 0, 0, 0},
		{0.5, 0.5, 0.5, 0.5, 0.5},
		{0.75, 0.25, 0.25, 0.25, 0.75},
		{0.25, 0.75, 0.75, 0.75, 0.25},
		{0.375, 0.375, 0.625, 0.875, 0.375},
		{0.875, 0.875, 0.125, 0.375, 0.875},
		{0.625, 0.125, 0.875, 0.625, 0.625},
		{0.125, 0.625, 0.375, 0.125, 0.125},
		{0.1875, 0.3125, 0.9375, 0.4375, 0.5625},
		{0.6875, 0.8125, 0.4375, 0.9375, 0.0625},
	}
	s := New()
	s.scramble = false
	for i, point := range want {
		for dim, x := range point {
			if got := s.unit(3, uint64(i), dim); got != x {
				t.Errorf("point %d has %v at %d, want %v", i, got, dim, x)
			}
		}
	}
	for _, far := range []struct {
		index uint32
		dim   int
		want  uint32
	}{{1000, 7, 3862953984}, {777, 100, 3619684352}, {512, 1110, 3628072960}, {1023, 611, 2814377984}} {
		if got := sobol(far.index, far.dim); got != far.want {
			t.Errorf("point %d has %d at %d, want %d", far.index, got, far.dim, far.want)
		}
	}
}

// The first two dimensions are a (0,m,2)-net: of the 2^m points every elementary
// box of volume 2^-m has exactly one. Every dimension alone is stratified.
func TestScrambledPointsAreStillANet(t *testing.T) {
	const m = 8
	for seed := range uint64(5) {
		for a := 0; a <= m; a++ {
			boxes := map[[2]int]int{}
			for i := range uint64(1 << m) {
				x, y := Unit(seed, i, 0), Unit(seed, i, 1)
				boxes[[2]int{int(x * float64(int(1)<<a)), int(y * float64(int(1)<<(m-a)))}]++
			}
			if len(boxes) != 1<<m {
				t.Errorf("seed %d: the points are in %d of %d boxes of 2^-%d by 2^-%d", seed, len(boxes), 1<<m, a, m-a)
			}
		}
		for _, dim := range []int{5, 300, 1110} {
			seen := map[int]bool{}
			for i := range uint64(1 << m) {
				seen[int(Unit(seed, i, dim)*(1<<m))] = true
			}
			if len(seen) != 1<<m {
				t.Errorf("seed %d: dimension %d is in %d of %d intervals", seed, dim, len(seen), 1<<m)
			}
		}
	}
}

// discrepancy is the centred L2 discrepancy (Hickernell 1998).
func discrepancy(points [][]float64) float64 {
	n, d := float64(len(points)), len(points[0])
	one, two := 0.0, 0.0
	for i, x := range points {
		p := 1.0
		for _, v := range x {
			z := math.Abs(v - 0.5)
			p *= 1 + z/2 - z*z/2
		}
		one += p
		for _, y := range points[:i+1] {
			p := 1.0
			for k, v := range x {
				p *= 1 + (math.Abs(v-0.5)+math.Abs(y[k]-0.5)-math.Abs(v-y[k]))/2
			}
			if &x[0] != &y[0] {
				p *= 2
			}
			two += p
		}
	}
	return math.Sqrt(math.Pow(13.0/12, float64(d)) - 2/n*one + two/n/n)
}

func TestPointsAreMoreEvenThanRandomOnes(t *testing.T) {
	const n, d = 128, 6
	for _, kind := range []string{sobolType, haltonType} {
		var ratios []float64
		for seed := range uint64(15) {
			s := New()
			s.kind = kind
			rng := rand.New(rand.NewPCG(seed, 1))
			ours, chance := make([][]float64, n), make([][]float64, n)
			for i := range n {
				for dim := range d {
					ours[i] = append(ours[i], s.unit(seed, uint64(i), dim))
					chance[i] = append(chance[i], rng.Float64())
				}
			}
			ratios = append(ratios, discrepancy(ours)/discrepancy(chance))
		}
		slices.Sort(ratios)
		t.Logf("%s: %.2f of random's discrepancy at the median", kind, ratios[7])
		if ratios[7] > 0.5 {
			t.Errorf("%s: the median discrepancy is %v of that of random points, want at most 0.5", kind, ratios[7])
		}
	}
}

func request(t *testing.T, space trials.SearchSpace, number int) *trials.SampleRequest {
	t.Helper()
	seed := int64(17)
	compiled, err := space.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	return &trials.SampleRequest{Study: &trials.StudySpec{SearchSpace: space, Seed: &seed}, Space: compiled, Number: int64(number)}
}

func mixed() trials.SearchSpace {
	return trials.SearchSpace{
		"float":  {Type: trials.FloatKind, Low: -2, High: 3},
		"wide":   {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true},
		"step":   {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
		"int":    {Type: trials.IntKind, Low: 1, High: 3},
		"logint": {Type: trials.IntKind, Low: 1, High: 9, Log: true},
		"choice": {Type: trials.CategoricalKind, Choices: []any{"a", "b", nil}},
		"one":    {Type: trials.CategoricalKind, Choices: []any{"a"}},
	}
}

func TestPointsAreValuesAndReachBothEnds(t *testing.T) {
	for _, kind := range []string{sobolType, haltonType} {
		for _, scramble := range []bool{true, false} {
			t.Run(fmt.Sprint(kind, scramble), func(t *testing.T) {
				s := New()
				s.kind, s.scramble = kind, scramble
				seen := map[string]map[float64]bool{}
				for i := range 200 {
					r := request(t, mixed(), i)
					out, err := s.Sample(r)
					if err != nil || len(out.Values) != len(r.Space.Names) {
						t.Fatalf("got %v, %v", out, err)
					}
					for name, v := range out.Values {
						if d := &r.Space.Dists[r.Space.Index(name)]; !d.Contains(v) {
							t.Fatalf("%s is %v", name, v)
						}
						if seen[name] == nil {
							seen[name] = map[float64]bool{}
						}
						seen[name][v] = true
					}
				}
				r := request(t, mixed(), 0)
				for i, name := range r.Space.Names {
					if n := r.Space.Dists[i].Count(); n > 0 && len(seen[name]) != n {
						t.Errorf("%s has %d of %d values", name, len(seen[name]), n)
					}
				}
			})
		}
	}
}

func TestPointFollowsFromSeedAndNumber(t *testing.T) {
	s := New()
	draw := func(s *Sampler, seed int64, number, redraw int, fixed map[string]float64) map[string]float64 {
		r := request(t, mixed(), number)
		*r.Study.Seed, r.Redraw, r.Fixed = seed, redraw, fixed
		out, err := s.Sample(r)
		if err != nil {
			t.Fatal(err)
		}
		return out.Values
	}
	first := draw(s, 1, 5, 0, nil)
	if again := draw(New(), 1, 5, 0, nil); !maps.Equal(first, again) {
		t.Errorf("trial 5 was given %v, then %v", first, again)
	}
	for what, other := range map[string]map[string]float64{
		"another number": draw(s, 1, 6, 0, nil), "another seed": draw(s, 2, 5, 0, nil), "a redraw": draw(s, 1, 5, 1, nil),
	} {
		if first["float"] == other["float"] {
			t.Errorf("%s has the same point", what)
		}
	}
	given := draw(s, 1, 5, 0, map[string]float64{"choice": 1})
	if _, ok := given["choice"]; ok || given["float"] != first["float"] {
		t.Errorf("a given parameter changed the others: %v, without %v", given, first)
	}
}

// Suggested one by one, parameters get dimensions of their own.
func TestParametersSuggestedLaterAreIndependent(t *testing.T) {
	equal := 0
	for i := range 64 {
		r := request(t, trials.SearchSpace{"b": {Type: trials.IntKind, Low: 0, High: 7}}, i)
		r.Study.SearchSpace = nil
		b, _ := New().Sample(r)
		r = request(t, trials.SearchSpace{"b": {Type: trials.IntKind, Low: 0, High: 7}, "a": {Type: trials.IntKind, Low: 0, High: 7}}, i)
		r.Study.SearchSpace, r.Fixed = nil, b.Values
		a, _ := New().Sample(r)
		if a.Values["a"] == b.Values["b"] {
			equal++
		}
	}
	if equal != 8 {
		t.Errorf("%d of 64 pairs are equal, want 8: every pair once", equal)
	}
}

func TestTwoThousandDimensions(t *testing.T) {
	for _, kind := range []string{sobolType, haltonType} {
		s := New()
		s.kind = kind
		sum := 0.0
		for dim := range 2000 {
			for i := range uint64(16) {
				u := s.unit(9, i, dim)
				if !(0 <= u && u < 1) {
					t.Fatalf("%s: point %d has %v at %d", kind, i, u, dim)
				}
				sum += u / 16 / 2000
			}
		}
		if math.Abs(sum-0.5) > 0.01 {
			t.Errorf("%s: the mean is %v", kind, sum)
		}
	}
}

func BenchmarkUnit(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		Unit(1, uint64(i), i%1111)
	}
}
