package importance_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/importance"
	"github.com/espalier-hpo/espalier/trials"
)

var methods = []string{importance.PedAnova, importance.Fanova}

func request(t testing.TB, space trials.SearchSpace, columns map[string][]float64, target []float64, method string) *trials.ImportanceRequest {
	t.Helper()
	compiled, err := space.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	v := &trials.View{Numbers: make([]int64, len(target))}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		v.Columns = append(v.Columns, trials.Column{Name: name, Dist: space[name], Values: columns[name]})
	}
	return &trials.ImportanceRequest{View: v, Space: compiled, Target: target, Method: method, Seed: 1}
}

func of(t testing.TB, r *trials.ImportanceRequest) []trials.Importance {
	t.Helper()
	got, err := importance.Evaluators{}.Of(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func byName(all []trials.Importance) map[string]float64 {
	out := map[string]float64{}
	for _, i := range all {
		out[i.Param] = i.Importance
	}
	return out
}

// drawn draws n random trials of a space and judges each.
func drawn(t testing.TB, space trials.SearchSpace, n int, objective func(map[string]float64) float64) (columns map[string][]float64, target []float64) {
	t.Helper()
	compiled, err := space.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	columns = map[string][]float64{}
	for range n {
		values := map[string]float64{}
		for i, name := range compiled.Names {
			v := math.NaN()
			if compiled.Active(i, values) {
				v = compiled.Dists[i].At(chance.Float64())
				values[name] = v
			}
			columns[name] = append(columns[name], v)
		}
		target = append(target, objective(values))
	}
	return columns, target
}

func wellFormed(t *testing.T, got []trials.Importance, params int) {
	t.Helper()
	sum := 0.0
	for i, g := range got {
		sum += g.Importance
		if !(g.Importance >= 0 && g.Importance <= 1) || i > 0 && got[i-1].Importance < g.Importance {
			t.Errorf("got %v", got)
			return
		}
	}
	if len(got) != params || math.Abs(sum-1) > 1e-9 {
		t.Errorf("%d importances for %d parameters add up to %v", len(got), params, sum)
	}
}

func TestFanovaFindsTheVarianceThatEachParameterExplains(t *testing.T) {
	space := trials.SearchSpace{
		"lr":     {Type: trials.FloatKind, Low: 1e-5, High: 1, Log: true},
		"choice": {Type: trials.CategoricalKind, Choices: []any{"a", "b", "c", "d"}},
		"n":      {Type: trials.IntKind, Low: 0, High: 4},
		"free":   {Type: trials.FloatKind, Low: 0, High: 1},
	}
	columns, target := drawn(t, space, 1000, func(v map[string]float64) float64 {
		return 2*math.Log10(v["lr"]) + 4*math.Mod(v["choice"], 2) + v["n"]
	})
	// 4*25/12 of a uniform variable over five decades, 4 of a coin, 2 of five steps.
	all := 4*25./12 + 4 + 2
	want := map[string]float64{"lr": 4 * 25. / 12 / all, "choice": 4 / all, "n": 2 / all, "free": 0}
	got := byName(of(t, request(t, space, columns, target, importance.Fanova)))
	for name, w := range want {
		if math.Abs(got[name]-w) > 0.03 {
			t.Errorf("%s: got %.3f, want %.3f", name, got[name], w)
		}
	}
}

func TestAConditionalParameterIsJudgedOverTheTrialsThatHaveIt(t *testing.T) {
	space := trials.SearchSpace{
		"kind":  {Type: trials.CategoricalKind, Choices: []any{"net", "tree"}},
		"rate":  {Type: trials.FloatKind, Low: 0, High: 1, When: map[string][]any{"kind": {"net"}}},
		"depth": {Type: trials.FloatKind, Low: 0, High: 1, When: map[string][]any{"kind": {"tree"}}},
	}
	columns, target := drawn(t, space, 400, func(v map[string]float64) float64 {
		if v["kind"] == 0 {
			return 10 * math.Abs(v["rate"]-0.5)
		}
		return 5 + v["depth"]/100
	})
	for _, method := range methods {
		got := of(t, request(t, space, columns, target, method))
		wellFormed(t, got, 3)
		m := byName(got)
		if m["rate"] < 10*m["depth"] {
			t.Errorf("%s: got %v", method, got)
		}
		for _, g := range got {
			if g.Param == "kind" != (g.Trials == 400) || g.Trials < 150 {
				t.Errorf("%s: %s has %d trials", method, g.Param, g.Trials)
			}
		}
	}
}

func TestTrialsWithoutAFiniteTargetAreLeftOut(t *testing.T) {
	space := trials.SearchSpace{"x": {Type: trials.FloatKind, Low: 0, High: 1}, "y": {Type: trials.FloatKind, Low: 0, High: 1}}
	columns, target := drawn(t, space, 100, func(v map[string]float64) float64 { return v["x"] + v["y"]/3 })
	for _, method := range methods {
		want := of(t, request(t, space, columns, target, method))
		more := map[string][]float64{}
		for name, c := range columns {
			more[name] = append([]float64{0.1, 0.2, 0.3}, c...)
		}
		got := of(t, request(t, space, more, append([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}, target...), method))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", method, got, want)
		}
	}
}

func TestTheSameRequestGivesTheSameAnswer(t *testing.T) {
	for _, s := range recorded(t)[:3] {
		for _, method := range methods {
			r := s.request(t, method)
			if a, b := of(t, r), of(t, r); !reflect.DeepEqual(a, b) {
				t.Errorf("%s of %s: %v, then %v", method, s.Name, a, b)
			}
		}
	}
}

func TestAParameterThatOnlyTrialsHaveIsJudgedByItsColumn(t *testing.T) {
	space := trials.SearchSpace{"x": {Type: trials.FloatKind, Low: 0, High: 1}, "y": {Type: trials.FloatKind, Low: 0, High: 1}}
	columns, target := drawn(t, space, 100, func(v map[string]float64) float64 { return v["x"] + v["y"]/3 })
	for _, method := range methods {
		r := request(t, space, columns, target, method)
		want := of(t, r)
		r.Space = &trials.Space{}
		if got := of(t, r); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", method, got, want)
		}
	}
}

func TestWhatCannotBeJudgedIsSaid(t *testing.T) {
	space := trials.SearchSpace{"x": {Type: trials.FloatKind, Low: 0, High: 1}}
	column := map[string][]float64{"x": {0.1, 0.9}}
	for name, c := range map[string]struct {
		r    *trials.ImportanceRequest
		want trials.Code
	}{
		"method":  {request(t, space, column, []float64{1, 2}, "shap"), trials.InvalidRequest},
		"a trial": {request(t, space, column, []float64{1, math.NaN()}, importance.PedAnova), trials.NotEnoughData},
		"params":  {request(t, nil, nil, []float64{1, 2}, importance.Fanova), trials.NotEnoughData},
	} {
		_, err := importance.Evaluators{}.Of(c.r)
		if e := new(trials.Error); !errors.As(err, &e) || e.Code != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestStrangeStudiesGetImportances(t *testing.T) {
	space := trials.SearchSpace{
		"vast":   {Type: trials.FloatKind, Low: 1e-150, High: 1e150, Log: true},
		"huge":   {Type: trials.FloatKind, Low: -8e307, High: 8e307},
		"tiny":   {Type: trials.FloatKind, Low: 1, High: 1 + 4e-16},
		"int":    {Type: trials.IntKind, Low: 1, High: 1 << 52, Log: true},
		"grid":   {Type: trials.FloatKind, Low: 0, High: 1, Step: 0.3},
		"two":    {Type: trials.IntKind, Low: 1, High: 2, Log: true},
		"one":    {Type: trials.CategoricalKind, Choices: []any{nil}},
		"single": {Type: trials.FloatKind, Low: 3, High: 3},
	}
	targets := map[string]func(v map[string]float64) float64{
		"constant":  func(map[string]float64) float64 { return 0.1 },
		"enormous":  func(v map[string]float64) float64 { return math.Copysign(1.7e308, v["huge"]) },
		"denormal":  func(v map[string]float64) float64 { return 5e-324 * v["two"] },
		"by a step": func(v map[string]float64) float64 { return v["grid"] },
		"by vast":   func(v map[string]float64) float64 { return v["vast"] },
	}
	for _, n := range []int{2, 3, 60} {
		for name, objective := range targets {
			for _, method := range methods {
				t.Run(fmt.Sprint(method, " ", name, " ", n), func(t *testing.T) {
					columns, target := drawn(t, space, n, objective)
					wellFormed(t, of(t, request(t, space, columns, target, method)), len(space))
					narrow := maps.Clone(space) // the range was wider once
					narrow["vast"] = trials.Distribution{Type: trials.FloatKind, Low: 1, High: 2, Log: true}
					narrow["huge"] = trials.Distribution{Type: trials.FloatKind, Low: 0, High: 1}
					wellFormed(t, of(t, request(t, narrow, columns, target, method)), len(space))
				})
			}
		}
	}
}

func large(t testing.TB) (trials.SearchSpace, map[string][]float64, []float64) {
	space := trials.SearchSpace{}
	for i := range 20 {
		space[fmt.Sprintf("p%02d", i)] = trials.Distribution{Type: trials.FloatKind, Low: 0, High: 1}
	}
	columns, target := drawn(t, space, 10000, func(v map[string]float64) float64 {
		y := 0.0
		for i := range 20 {
			y += math.Exp(-float64(i)/3) * math.Abs(v[fmt.Sprintf("p%02d", i)]-0.4)
		}
		return y
	})
	return space, columns, target
}

func BenchmarkOf(b *testing.B) {
	space, columns, target := large(b)
	for _, method := range methods {
		r := request(b, space, columns, target, method)
		b.Run(method+"/10000x20", func(b *testing.B) {
			for b.Loop() {
				of(b, r)
			}
		})
	}
}

func TestAThousandParametersAreJudged(t *testing.T) {
	space := trials.SearchSpace{}
	for i := range 1000 {
		space[fmt.Sprintf("p%03d", i)] = trials.Distribution{Type: trials.FloatKind, Low: 0, High: 1}
	}
	for method, n := range map[string]int{importance.PedAnova: 120, importance.Fanova: 30} {
		columns, target := drawn(t, space, n, func(v map[string]float64) float64 { return v["p500"] })
		got := of(t, request(t, space, columns, target, method))
		wellFormed(t, got, len(space))
		if got[0].Param != "p500" {
			t.Errorf("%s: got %v first", method, got[0])
		}
	}
}
