package agent

import (
	"context"
	"encoding/json"
	"math"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// DryRun returns the command and what is added to the environment for a trial
// with middling params, which nobody is asked for.
func (a *Agent) DryRun(ctx context.Context) (argv, env []string, err error) {
	asked := api.AskedTrial{Params: api.Params{}, Attempt: 1}
	for _, name := range sortedKeys(a.study.SearchSpace) {
		if asked.Params[name], err = middling(a.study.SearchSpace[name]); err != nil {
			return nil, nil, err
		}
	}
	f, err := a.folder(ctx, &a.slots()[0], &asked)
	if err != nil {
		return nil, nil, err
	}
	defer f.remove()
	return f.argv, f.env[len(a.inherited()):], nil
}

// middling is a value in the middle of a distribution.
func middling(d api.Distribution) (any, error) {
	var v struct {
		Type      string
		Low, High float64
		Log       bool
		Choices   []any
	}
	b, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	middle := (v.Low + v.High) / 2
	switch {
	case err != nil:
		return nil, err
	case len(v.Choices) > 0:
		return v.Choices[len(v.Choices)/2], nil
	case v.Log:
		middle = math.Sqrt(v.Low * v.High)
	}
	if v.Type == "int" {
		middle = math.Round(middle)
	}
	return middle, nil
}
