package espalier

import "context"

// Attempt is what a worker of Optimize does with one trial, in this goroutine.
func Attempt(ctx context.Context, s *Study, objective ObjectiveFunc) error {
	l := &loop{study: s, objective: objective, catch: func(error) bool { return false }, each: func(*FrozenTrial) {}}
	trial, err := s.Ask(ctx)
	if err != nil {
		return err
	}
	return l.attempt(ctx, trial)
}
