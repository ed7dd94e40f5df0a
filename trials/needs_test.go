package trials_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/trials"
)

// testSamplers adds samplers to the table that do what no real one should.
type testSamplers struct {
	sampler.Table
	extra map[string]trials.Sampler // by type
}

func (s testSamplers) New(study *trials.StudySpec, space *trials.Space, node json.RawMessage) (trials.Sampler, json.RawMessage, error) {
	var n struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(node, &n) == nil && s.extra[n.Type] != nil {
		return s.extra[n.Type], node, nil
	}
	return s.Table.New(study, space, node)
}

// needy suggests what the trials so far cost in all, and says so.
type needy struct{}

func (needy) Needs() []trials.Need { return []trials.Need{{Metric: trials.CPUSeconds, Totals: true}} }

func (needy) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	sum := 0.0
	for _, v := range r.View.Totals[trials.CPUSeconds] {
		sum += v
	}
	return trials.Sample{Values: map[string]float64{"x": min(sum, 100)}, By: "needy", Why: "It adds up."}, nil
}

// slow tells that it was asked, and waits until it may go on.
type slow struct{ asked, gate chan struct{} }

func (s slow) Sample(*trials.SampleRequest) (trials.Sample, error) {
	s.asked <- struct{}{}
	<-s.gate
	return trials.Sample{Values: map[string]float64{"x": 1}, By: "slow"}, nil
}

// wide is a study with a parameter from 0 to 100.
const wide = `{"name":"s","search_space":{"x":{"type":"float","low":0,"high":100}},"pruner":{"type":"nop"}`

func TestASamplerReadsTheTotalsThatItNeeds(t *testing.T) {
	e := newEnv(t)
	e.extra = map[string]trials.Sampler{"needy": needy{}}
	e.restart()
	e.study(wide + `}`)
	for _, cpu := range []float64{3, 4} {
		n := e.one()
		e.report(n, rep(1, "value", 1, trials.CPUSeconds, cpu))
		e.tell(n, 1)
	}
	if v := e.view(); v.Totals[trials.CPUSeconds] != nil {
		t.Errorf("totals %v, want none while nobody needs them", v.Totals)
	}
	e.patch(`{"sampler":{"type":"needy"}}`)
	for range 2 {
		got := e.ask(1)[0]
		if got.Params["x"] != 7.0 || got.SampledBy != "needy" || got.SamplingReason != "It adds up." {
			t.Errorf("asked %s, want 7 from needy, with its reason", doc(got))
		}
		if stored := e.trial(got.Number); stored.SamplingReason != got.SamplingReason {
			t.Errorf("trial %s, want its reason", doc(stored))
		}
		e.same()
		e.restart()
	}
	if !strings.Contains(e.export(), `"sampling_reason":"It adds up."`) {
		t.Error("the export does not have the reason")
	}
	if _, err := e.Import(e.ctx, strings.NewReader(e.export()), "copy"); err != nil {
		t.Fatal(err)
	}
	if copied, err := e.Trial(e.ctx, "copy", 2); err != nil || copied.SamplingReason != "It adds up." {
		t.Errorf("imported trial %s, %v, want the reason", doc(copied), err)
	}
	e.patch(`{"sampler":{"type":"random"}}`)
	if v := e.view(); v.Totals[trials.CPUSeconds] != nil {
		t.Errorf("totals %v, want none again", v.Totals)
	}
}

func TestARetryKeepsTheReason(t *testing.T) {
	e := newEnv(t)
	e.extra = map[string]trials.Sampler{"needy": needy{}}
	e.restart()
	e.study(wide + `,"sampler":{"type":"needy"}}`)
	n := e.one()
	if _, err := e.Tell(e.ctx, "s", n, &trials.Tell{State: trials.Fail, Retry: true}); err != nil {
		t.Fatal(err)
	}
	if got := e.ask(1)[0]; got.RetryOf == nil || got.SampledBy != "needy" || got.SamplingReason != "It adds up." {
		t.Errorf("asked %s, want the retry with who suggested it and why", doc(got))
	}
	e.same()
}

func TestASlowSamplerHoldsUpNoReport(t *testing.T) {
	e := newEnv(t)
	s := slow{make(chan struct{}, 1), make(chan struct{}, 1)}
	e.extra = map[string]trials.Sampler{"slow": s}
	e.restart()
	e.study(wide + `,"sampler":{"type":"slow"}}`)
	s.gate <- struct{}{}
	n := e.one()
	<-s.asked
	asked := make(chan error, 1)
	go func() {
		_, err := e.Ask(e.ctx, "s", &trials.AskRequest{}, nil)
		asked <- err
	}()
	<-s.asked // it samples now
	e.report(n, rep(1, "value", 1.0))
	e.tell(n, 1)
	if got := e.get().TrialCounts; got.Complete != 1 || got.Running != 0 {
		t.Errorf("counts %s, want the trial told while the next is sampled", doc(got))
	}
	s.gate <- struct{}{}
	if err := <-asked; err != nil {
		t.Error(err)
	}
	if got := e.get().TrialCounts; got.Running != 1 {
		t.Errorf("counts %s, want the next trial running", doc(got))
	}
}

func TestWithoutASamplerTheTableDecides(t *testing.T) {
	e := newEnv(t)
	study := e.study(plain)
	spec := trials.StudySpec{Name: "other", Seed: &study.Seed}
	space, err := study.SearchSpace.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	_, want, err := sampler.Table{}.New(&spec, space, nil)
	if err != nil || string(study.Sampler) != string(want) {
		t.Errorf("sampler %s, want the table's %s (%v)", study.Sampler, want, err)
	}
	e.patch(`{"sampler":{"type":"goptuna.random"}}`)
	if got := e.patch(`{"sampler":null}`); string(got.Sampler) != string(want) {
		t.Errorf("taken back: sampler %s, want %s", got.Sampler, want)
	}
}

// fresh suggests how many of the pending trials are of one batch with its own.
type fresh struct{}

func (fresh) Sample(r *trials.SampleRequest) (trials.Sample, error) {
	n := 0.0
	for _, p := range r.Pending {
		if p.Fresh {
			n++
		}
	}
	return trials.Sample{Values: map[string]float64{"x": n}, By: "fresh"}, nil
}

func TestABatchIsToldFromAStream(t *testing.T) {
	e := newEnv(t)
	e.extra = map[string]trials.Sampler{"fresh": fresh{}}
	e.restart()
	e.study(wide + `,"sampler":{"type":"fresh"}}`)
	ask := func(want float64) {
		t.Helper()
		e.pass(time.Second)
		if got := e.ask(1)[0]; got.Params["x"] != want {
			t.Errorf("trial %d sees %v trials of its batch, want %v", got.Number, got.Params["x"], want)
		}
	}
	ask(0)
	ask(1)
	ask(2)
	e.pass(time.Second)
	e.tell(0, 1)
	ask(0) // trials 1 and 2 run, but one has ended since
	ask(1)
	e.restart()
	ask(2)
	e.pass(time.Second)
	if got := e.ask(2); got[0].Params["x"] != 3.0 || got[1].Params["x"] != 4.0 {
		t.Errorf("asked %s, want those of one ask to see each other", doc(got))
	}
}
