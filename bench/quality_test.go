package main

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

// The recorder in Python wrote quality/vectors.json.
func TestProblemsAreThoseOfTheRecorder(t *testing.T) {
	raw, err := os.ReadFile("quality/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Problem, Group string
		Seed           int
		Best           float64
		Rows           []struct {
			X, Values, Constraints []float64
			Regret                 float64
		}
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != 4*(len(scored)+len(tuneTables)) {
		t.Fatalf("%d vectors for %d problems", len(vectors), len(scored)+len(tuneTables))
	}
	tables := &tables{dir: "quality"}
	for _, v := range vectors {
		p, err := tables.problem(v.Problem, v.Group, v.Seed)
		if err != nil {
			t.Fatal(err)
		}
		near(t, p, "best", []float64{p.best}, []float64{v.Best})
		follow := newRegret(p)
		for i, x := range p.startPoints() {
			row := v.Rows[i]
			near(t, p, "start point", x, row.X)
			values, constraints := p.evaluate(row.X)
			near(t, p, "values", values, row.Values)
			near(t, p, "constraints", constraints, row.Constraints)
			follow.tell(row.X, values, constraints)
			near(t, p, "regret", []float64{follow.now}, []float64{row.Regret})
		}
	}
}

func near(t *testing.T, p *problem, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s, %s, seed %d: %s is %v, in Python %v", p.name, p.group, p.seed, what, got, want)
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-12*max(1, math.Abs(want[i])) {
			t.Fatalf("%s, %s, seed %d: %s is %v, in Python %v", p.name, p.group, p.seed, what, got, want)
		}
	}
}

func TestEqualRegretsAreNotWorseAndHalvedOnesAreBetter(t *testing.T) {
	var a, half []float64
	for i := range 16 {
		a = append(a, 1+float64(i%5)/10)
		half = append(half, a[i]/2)
	}
	for _, tt := range []struct {
		ours, theirs []float64
		verdict      string
		ratio        float64
	}{{a, a, "not worse", 1}, {half, a, "better", 0.5}, {a, half, "worse", 2}} {
		c := compare(tt.ours, tt.theirs)
		holm([]*comparison{&c})
		if c.verdict != tt.verdict || math.Abs(c.ratio-tt.ratio) > 1e-12 || c.low > c.ratio || c.high < c.ratio {
			t.Errorf("ratio %v in [%v, %v] is %s, want %v, %s", c.ratio, c.low, c.high, c.verdict, tt.ratio, tt.verdict)
		}
	}
}

// Of 0.01, 0.02 and 0.04 the first is held to 0.05/3, the second to 0.05/2; of
// 0.01, 0.03 and 0.04 the second fails, and with it the third.
func TestHolmStopsAtTheFirstThatFails(t *testing.T) {
	for _, tt := range []struct {
		chances []float64
		want    int
	}{{[]float64{0.04, 0.01, 0.02}, 3}, {[]float64{0.04, 0.01, 0.03}, 1}} {
		var all []*comparison
		for _, p := range tt.chances {
			all = append(all, &comparison{ratio: 2, chance: p})
		}
		holm(all)
		worse := 0
		for _, c := range all {
			if c.verdict == "worse" {
				worse++
			}
		}
		if worse != tt.want {
			t.Errorf("%v: %d are worse, want %d", tt.chances, worse, tt.want)
		}
	}
}

func TestARecordedStudyIsReadAtAnyEvaluation(t *testing.T) {
	c, track, err := readCell([]byte(`{"cell":"branin/gp/given/3/100","curve":[1,9.5,4,2,90,0.5]}`))
	if err != nil || c != (cell{"branin", "gp", "given", 3}) || track.evaluations != 100 {
		t.Fatalf("read %v, %v, %v", c, track, err)
	}
	for n, want := range map[int]float64{1: 9.5, 3: 9.5, 4: 2, 89: 2, 100: 0.5} {
		if got := track.at(n); got != want {
			t.Errorf("after %d evaluations %v, want %v", n, got, want)
		}
	}
}

// What every sampler is compared with must not depend on the order of work.
func TestAStudyRepeats(t *testing.T) {
	for _, arrangement := range []string{given, own, eight} {
		var curves [2][]float64
		for i := range curves {
			p, err := (&tables{dir: "quality"}).problem("network", "score", 3)
			if err != nil {
				t.Fatal(err)
			}
			s, err := newSearch(p, json.RawMessage(`{"type":"random"}`), arrangement)
			if err != nil {
				t.Fatal(err)
			}
			if curves[i], err = s.run(arrangement, 40); err != nil {
				t.Fatal(err)
			}
			if len(curves[i]) != 40 || s.view.Len() != 40 || len(s.view.Limits[1].Slack) != 40 {
				t.Fatalf("%s: %d regrets, %d trials, %d slacks", arrangement, len(curves[i]), s.view.Len(), len(s.view.Limits[1].Slack))
			}
		}
		if !slices.Equal(curves[0], curves[1]) {
			t.Errorf("%s: %v, then %v", arrangement, curves[0], curves[1])
		}
	}
}
