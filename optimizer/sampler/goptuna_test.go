package sampler

import (
	"maps"
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

func tpeRequest(t *testing.T, direction trials.Direction, rows int) *trials.SampleRequest {
	t.Helper()
	seed := int64(3)
	study := &trials.StudySpec{
		Objectives: []trials.Objective{{Metric: "value", Direction: direction}}, Seed: &seed,
		SearchSpace: trials.SearchSpace{
			"x": {Type: trials.FloatKind, Low: 0, High: 10},
			"k": {Type: trials.IntKind, Low: 1, High: 4},
		},
	}
	space, err := study.SearchSpace.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	// Every fourth is no use to goptuna: a failure, a diverged or silent PRUNED
	// trial. The column of k ends before the last rows.
	v := trials.View{Generation: 1, Objectives: study.Objectives}
	var x, k []float64
	for i := range rows {
		state, value, last, step := trials.Complete, float64(i%5), math.NaN(), int64(trials.Absent)
		switch i % 12 {
		case 3:
			state, value = trials.Fail, math.NaN()
		case 7:
			state, value, last, step = trials.Pruned, math.NaN(), math.NaN(), 2
		case 9:
			state, value, last, step = trials.Pruned, math.NaN(), 3, 0
		case 11:
			state, value = trials.Pruned, math.NaN()
		}
		v.Numbers, v.States = append(v.Numbers, int64(i)), append(v.States, state)
		v.Values, v.Violations = append(v.Values, value), append(v.Violations, 0)
		v.Last, v.LastStep = append(v.Last, last), append(v.LastStep, step)
		x = append(x, float64(i%11))
		switch {
		case i%3 == 1:
			k = append(k, math.NaN())
		case i < 40:
			k = append(k, float64(1+i%4))
		}
	}
	v.Columns = []trials.Column{{Name: "k", Values: k[:min(len(k), rows)]}, {Name: "x", Values: x}}
	return &trials.SampleRequest{Study: study, Space: space, View: v, Number: int64(rows)}
}

// to returns the request as it was when fewer trials had ended.
func to(r *trials.SampleRequest, rows int) *trials.SampleRequest {
	out, v := *r, r.View
	v.Numbers, v.States, v.Values = v.Numbers[:rows], v.States[:rows], v.Values[:rows]
	v.Last, v.LastStep, v.Violations = v.Last[:rows], v.LastStep[:rows], v.Violations[:rows]
	v.Columns = nil
	for _, c := range r.View.Columns {
		c.Values = c.Values[:min(rows, len(c.Values))]
		v.Columns = append(v.Columns, c)
	}
	out.View = v
	return &out
}

func sameTrials(t *testing.T, got, want *snapshot) {
	t.Helper()
	a, _ := got.GetAllTrials(1)
	b, _ := want.GetAllTrials(1)
	if len(a) != len(b) {
		t.Fatalf("%d trials, want %d", len(a), len(b))
	}
	for i := range a {
		if a[i].State != b[i].State || a[i].Value != b[i].Value ||
			!maps.Equal(a[i].InternalParams, b[i].InternalParams) ||
			!maps.Equal(a[i].IntermediateValues, b[i].IntermediateValues) {
			t.Errorf("trial %d is %+v, want %+v", i, a[i], b[i])
		}
	}
}

func TestGrownSnapshotEqualsRebuiltOne(t *testing.T) {
	r := tpeRequest(t, trials.Minimize, 60)
	var grown, rebuilt snapshot
	for _, rows := range []int{0, 1, 13, 13, 41, 60} {
		grown.catchUp(to(r, rows))
	}
	rebuilt.catchUp(r)
	sameTrials(t, &grown, &rebuilt)

	t.Run("an older request sees no more than it did", func(t *testing.T) {
		var older snapshot
		older.catchUp(to(r, 13))
		grown.catchUp(to(r, 13))
		sameTrials(t, &grown, &older)
	})
	t.Run("another generation replaces it", func(t *testing.T) {
		other := tpeRequest(t, trials.Minimize, 20)
		other.View.Generation = 2
		var anew snapshot
		anew.catchUp(other)
		grown.catchUp(other)
		sameTrials(t, &grown, &anew)
	})
	t.Run("another distribution takes the parameter in anew", func(t *testing.T) {
		wider := tpeRequest(t, trials.Minimize, 20)
		wider.View.Generation = 2
		wider.Space.Dists[wider.Space.Index("x")].High = 5
		var anew snapshot
		anew.catchUp(wider)
		grown.catchUp(wider)
		sameTrials(t, &grown, &anew)
		for i, frozen := range anew.trials {
			if x, ok := frozen.InternalParams["x"]; ok && x == 1 && anew.row[i]%11 != 5 {
				t.Errorf("trial %d was outside and was clamped", i)
			}
		}
	})
}

func TestGoptunaSeesFiniteNumbersOnly(t *testing.T) {
	r := tpeRequest(t, trials.Minimize, 60)
	r.View.Values[0], r.View.Values[1] = math.Inf(1), math.NaN()
	var s snapshot
	s.catchUp(r)
	if len(s.trials) == 0 {
		t.Fatal("nothing was taken in")
	}
	for i, frozen := range s.trials {
		if !rows.Finite(frozen.Value) {
			t.Errorf("trial %d has the value %v", i, frozen.Value)
		}
		for step, v := range frozen.IntermediateValues {
			if !rows.Finite(v) || step < 1 {
				t.Errorf("trial %d reported %v at step %d", i, v, step)
			}
		}
		for name, u := range frozen.InternalParams {
			if !inUnit(u) {
				t.Errorf("trial %d has %s = %v", i, name, u)
			}
		}
	}
}

func TestMaximizeIsTheMirrorOfMinimize(t *testing.T) {
	var low, high snapshot
	low.catchUp(tpeRequest(t, trials.Minimize, 60))
	r := tpeRequest(t, trials.Maximize, 60)
	for i := range r.View.Values {
		r.View.Values[i], r.View.Last[i] = -r.View.Values[i], -r.View.Last[i]
	}
	high.catchUp(r)
	sameTrials(t, &high, &low)
}
