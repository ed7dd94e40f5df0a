package trials_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/espalier-hpo/espalier/trials"
)

// The same requests one after another give the same answers, also with a
// restart in between.
func TestTheSameRequestsGiveTheSameAnswers(t *testing.T) {
	few(t, 15)
	a, b := newEnv(t), newEnv(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		a.tb, b.tb = t, t
		name := fmt.Sprint("s", run)
		spec := rapid.SampledFrom(machineStudies).Draw(t, "study")
		restart := rapid.IntRange(0, 30).Draw(t, "restart")
		requests := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) func(*env) string { return request(t, name) }), 30, 60).Draw(t, "requests")
		for _, e := range []*env{a, b} {
			var s trials.StudySpec
			if err := json.Unmarshal([]byte(spec), &s); err != nil {
				t.Fatal(err)
			}
			s.Name, s.LeaseSeconds = name, 100000
			if _, _, err := e.CreateStudy(e.ctx, &s, false, nil); err != nil {
				t.Fatal(err)
			}
		}
		for i, request := range requests {
			if i == restart {
				b.restart()
			}
			if got, want := request(b), request(a); got != want {
				t.Fatalf("request %d, restart before %d: %s, without it %s", i, restart, got, want)
			}
		}
	})
	a.tb, b.tb = t, t
}

// request draws a request that is sent to each service.
func request(t *rapid.T, name string) func(*env) string {
	n := rapid.Int64Range(0, 8).Draw(t, "trial")
	v := trials.Float(rapid.Float64Range(0, 2).Draw(t, "value"))
	step := rapid.Int64Range(0, 4).Draw(t, "step")
	answer := func(v any, err error) string { return fmt.Sprint(doc(v), err) }
	return rapid.SampledFrom([]func(*env) string{
		func(e *env) string { return answer(e.Ask(e.ctx, name, &trials.AskRequest{Count: int(step)}, nil)) },
		func(e *env) string { return answer(e.Ask(e.ctx, name, &trials.AskRequest{}, nil)) },
		func(e *env) string {
			return answer(e.Report(e.ctx, name, n, rep(step, "value", float64(v), "a", float64(v), "size", float64(step)), true))
		},
		func(e *env) string { return answer(e.Tell(e.ctx, name, n, &trials.Tell{})) },
		func(e *env) string { return answer(e.Tell(e.ctx, name, n, &trials.Tell{Value: &v})) },
		func(e *env) string {
			return answer(e.Tell(e.ctx, name, n, &trials.Tell{Values: &trials.Values{List: []trials.Float{v, 1}}}))
		},
		func(e *env) string { return answer(e.Tell(e.ctx, name, n, &trials.Tell{State: trials.Pruned})) },
		func(e *env) string { return answer(e.Heartbeat(e.ctx, name, n)) },
		func(e *env) string { return answer(e.Release(e.ctx, name, n)) },
		func(e *env) string {
			out, _, err := e.CreateTrial(e.ctx, name, create(e, `{"params":{"x":1}}`), nil)
			return answer(out, err)
		},
		func(e *env) string {
			return answer(e.Suggest(e.ctx, name, n, trials.SearchSpace{"more": {Type: trials.FloatKind, High: 1}}, false))
		},
		func(e *env) string { return answer(e.Decisions(e.ctx, name, n, trials.Absent, 100)) },
		func(e *env) string { return answer(e.Best(e.ctx, name)) },
		func(e *env) string {
			s, err := e.Study(e.ctx, name)
			s.ETag = ""
			return answer(s, err)
		},
	}).Draw(t, "request")
}
