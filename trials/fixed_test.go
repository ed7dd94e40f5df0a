package trials_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

const fixable = `{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1},"o":{"type":"categorical","choices":["a","b"]},
	"m":{"type":"int","low":1,"high":9,"when":{"o":["b"]}}}}`

func (e *env) askWith(count int, params trials.Params, space trials.SearchSpace) ([]trials.AskedTrial, error) {
	got, err := e.Ask(e.ctx, "s", &trials.AskRequest{Count: count, Params: params, SearchSpace: space}, nil)
	return got.Trials, err
}

func TestParamsOfAnAskAreThoseOfItsTrials(t *testing.T) {
	e := newEnv(t)
	e.study(fixable)
	got, err := e.askWith(3, trials.Params{"o": "b", "m": 4.0}, nil)
	if err != nil || len(got) != 3 {
		t.Fatalf("Ask() = %s, %v", doc(got), err)
	}
	for _, a := range got {
		if a.Params["o"] != "b" || a.Params["m"] != 4.0 || a.Params["x"] == nil {
			t.Errorf("asked %s, want o=b, m=4 and an x", doc(a))
		}
	}
	if got[0].Params["x"] == got[1].Params["x"] {
		t.Errorf("asked %s, want the other params sampled", doc(got))
	}
	if all, err := e.askWith(1, trials.Params{"o": "a", "x": 0.5}, nil); err != nil || all[0].SampledBy != "" || len(all[0].Params) != 2 {
		t.Errorf("asked %s, %v, want nothing left to sample", doc(all), err)
	}
	e.same()
	e.restart()
	e.same()
}

func TestParamsOfAnAskAreOfTheSearchSpace(t *testing.T) {
	e := newEnv(t)
	e.study(fixable)
	for at, params := range map[string]trials.Params{
		"/params/x": {"x": 2.0}, "/params/o": {"o": "c"}, "/params/y": {"y": 1.0}, "/params/m": {"m": 1.5},
	} {
		_, err := e.askWith(1, params, nil)
		e.code(err, trials.InvalidRequest, at)
	}
	if n := e.get().TrialCounts.Running; n != 0 {
		t.Errorf("%d trials run, want none", n)
	}
}

func TestAParamThatCannotExistBesideTheOthersIsRefused(t *testing.T) {
	e := newEnv(t)
	e.study(fixable)
	_, err := e.askWith(1, trials.Params{"o": "a", "m": 4.0}, nil)
	e.code(err, trials.InvalidRequest, "/params/m")
	for _, req := range []trials.TrialCreate{
		{Params: trials.Params{"o": "a", "m": 4.0}},
		{Params: trials.Params{"x": 0.5, "o": "a", "m": 4.0}, State: trials.Fail},
		{Params: trials.Params{"x": 0.5, "m": 4.0}, State: trials.Fail},
	} {
		_, _, err := e.CreateTrial(e.ctx, "s", &req, nil)
		e.code(err, trials.InvalidRequest, "/params/m")
	}
	if _, err := e.askWith(1, trials.Params{"m": 4.0}, nil); err != nil {
		t.Errorf("m without its parent, which is sampled: %v", err)
	}
}

func TestWhatWaitsIsAskedOnlyIfItCanHaveTheParams(t *testing.T) {
	e := newEnv(t)
	e.study(fixable)
	e.enqueue(`{"params":{"o":"a"}}`)
	e.enqueue(`{"params":{"x":0.25}}`)
	e.enqueue(`{"params":{"x":0.5},"distributions":{"x":{"type":"float","low":0,"high":1}}}`)
	got, err := e.askWith(2, trials.Params{"o": "b"}, nil)
	if err != nil || len(got) != 2 || got[0].Number != 1 || got[0].Params["x"] != 0.25 || got[0].Params["o"] != "b" || got[1].Number != 3 {
		t.Errorf("asked %s, %v, want the enqueued trial 1 with o=b, and a new one", doc(got), err)
	}
	if rest := e.ask(2); rest[0].Number != 0 || rest[0].Params["o"] != "a" || rest[1].Number != 2 || rest[1].Params["x"] != 0.5 {
		t.Errorf("then asked %s, want those that waited", doc(rest))
	}
	e.same()
}

func TestParamsOfAnAskAreKeptForWhatIsSuggestedLater(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s"}`)
	got, err := e.askWith(1, trials.Params{"x": 0.25}, nil)
	if err != nil || len(got[0].Params) != 0 {
		t.Fatalf("Ask() = %s, %v, want no params yet", doc(got), err)
	}
	e.same()
	e.restart()
	add := trials.SearchSpace{"x": {Type: trials.FloatKind, High: 1}, "y": {Type: trials.FloatKind, High: 1}}
	suggested, err := e.Suggest(e.ctx, "s", got[0].Number, add, false)
	if err != nil || suggested.Params["x"] != 0.25 || suggested.Params["y"] == nil || len(suggested.Warnings) != 0 {
		t.Errorf("Suggest() = %s, %v, want x as it was asked for", doc(suggested), err)
	}
	_, err = e.askWith(1, trials.Params{"": 1.0}, nil)
	e.code(err, trials.InvalidRequest, "/params/")
	e.same()
}

func TestAFixedValueThatIsNoneOfTheParameterIsWarnedOf(t *testing.T) {
	e := newEnv(t)
	e.study(`{"name":"s"}`)
	e.enqueue(`{"params":{"x":2,"y":"b","z":0.5}}`)
	e.enqueue(`{"params":{"x":2,"y":"b","z":0.5}}`)
	unit := trials.Distribution{Type: trials.FloatKind, High: 1}
	letters := trials.Distribution{Type: trials.CategoricalKind, Choices: []any{"a", "c"}}
	want := func(what string, got []trials.FieldError, pointers ...string) {
		t.Helper()
		var at []string
		for _, w := range got {
			at = append(at, w.Pointer)
			if w.Code != "fixed_value_outside" || !strings.Contains(w.Detail, "another was drawn") {
				t.Errorf("%s warns %+v", what, w)
			}
		}
		if !slices.Equal(at, pointers) {
			t.Errorf("%s warns of %q, want %q", what, at, pointers)
		}
	}
	asked, err := e.askWith(1, nil, trials.SearchSpace{"x": unit, "y": letters, "z": unit})
	if err != nil || asked[0].Params["z"] != 0.5 || asked[0].Params["x"].(float64) > 1 {
		t.Fatalf("asked %s, %v", doc(asked), err)
	}
	want("the ask", asked[0].Warnings, "/search_space/x", "/search_space/y")

	later := e.ask(1)[0]
	want("an ask without a space", later.Warnings)
	first, err := e.Suggest(e.ctx, "s", later.Number, trials.SearchSpace{"x": unit, "z": unit}, false)
	if err != nil || first.Params["z"] != 0.5 {
		t.Fatalf("Suggest() = %s, %v", doc(first), err)
	}
	want("a suggest", first.Warnings, "/search_space/x")
	again, err := e.Suggest(e.ctx, "s", later.Number, trials.SearchSpace{"x": unit}, false)
	if err != nil {
		t.Fatal(err)
	}
	want("the same once more", again.Warnings, "/search_space/x")
	second, err := e.Suggest(e.ctx, "s", later.Number, trials.SearchSpace{"y": letters}, false)
	if err != nil {
		t.Fatal(err)
	}
	want("the next one", second.Warnings, "/search_space/y")
	e.same()
}
