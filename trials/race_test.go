package trials_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// Everything at once on one study: the race detector and the comparison at the
// end say whether anything came between.
func TestManyRequestsAtOnce(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1},"n":{"type":"int","low":1,"high":9,"step":1}},
		"constraints":[{"metric":"size","op":"<=","bound":1,"aggregate":"p95"}],"max_retries":1,"lease_seconds":5,
		"pruner":{"type":"median","startup_trials":3},"budget":{"cost":1e9}}`)
	check := func(err error) {
		if code := trials.ErrorCode(err); err != nil && code == trials.Internal {
			t.Errorf("error %v", err)
		}
	}
	var wait sync.WaitGroup
	for worker := range uint64(8) {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(1, worker))
			for range 60 {
				n := r.Int64N(40)
				var err error
				switch r.IntN(22) {
				case 0, 1, 2, 3:
					var got trials.AskResult
					got, err = e.Ask(e.ctx, "s", &trials.AskRequest{Count: 1 + r.IntN(3)}, nil)
					_ = doc(got)
				case 4, 5, 6, 7, 8:
					var d trials.Decision
					d, err = e.Report(e.ctx, "s", n, rep(r.Int64N(9), "value", r.Float64(), "size", r.Float64()*2, trials.Cost, 1.0), r.IntN(2) == 0)
					_ = doc(d)
				case 9, 10:
					var out trials.Trial
					out, err = e.Tell(e.ctx, "s", n, &trials.Tell{Value: float(r.Float64())})
					_ = doc(out)
				case 11:
					_, err = e.Release(e.ctx, "s", n)
				case 12:
					_, err = e.Suggest(e.ctx, "s", n, trials.SearchSpace{"y": {Type: trials.FloatKind, High: 1}}, false)
				case 13:
					_, _, err = e.CreateTrial(e.ctx, "s", create(t, `{"params":{"x":0.5,"n":3},"skip_if_exists":true}`), nil)
				case 14:
					req := create(t, `{"params":{"x":0.5,"n":3},"state":"COMPLETE","value":1}`)
					req.Reports = []trials.Report{*rep(1, "value", 2), *rep(2, "size", 1)}
					_, _, err = e.CreateTrial(e.ctx, "s", req, nil)
				case 15:
					_, err = e.UpdateTrial(e.ctx, "s", n, json.RawMessage(`{"a":1}`), "")
				case 16:
					patches := []string{`{"user_attrs":{"a":1}}`, `{"pruner":{"type":"nop"}}`, `{"pruner":{"type":"median","startup_trials":2}}`, `{"constraints":[{"metric":"size","op":"<=","bound":0.5}]}`}
					_, err = e.UpdateStudy(e.ctx, "s", json.RawMessage(patches[r.IntN(4)]), "")
				case 17:
					var list []trials.Trial
					list, err = e.Trials(e.ctx, "s", trials.TrialQuery{Order: trials.ByValue, Limit: 20})
					_ = doc(list)
				case 18:
					_, err = e.Best(e.ctx, "s")
					check(err)
					var s trials.Study
					s, err = e.Study(e.ctx, "s")
					_ = doc(s)
				case 19:
					_, err = e.Decision(e.ctx, "s", n, time.Millisecond)
				case 20:
					e.pass(time.Second)
					e.Tick(e.ctx)
				default:
					err = e.Export(e.ctx, "s", &bytes.Buffer{})
				}
				check(err)
			}
		})
	}
	wait.Wait()
	e.same()
	e.restart()
	e.same()
}
