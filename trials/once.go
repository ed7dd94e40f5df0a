package trials

import (
	"context"
	"fmt"
)

// Once makes a request repeatable: the answer to its first sending is stored
// with what it wrote, and sent again when the request is.
type Once struct {
	Scope, Key string // whose key it is, and for which path
	Hash       string // of the body
	// Encode turns a result into the stored answer.
	Encode func(result any) (*Answer, error)
}

// Replay is the error by which a request that was answered before ends: the
// stored answer is to be sent.
type Replay struct{ Answer *Answer }

// Error implements error.
func (*Replay) Error() string { return "answered before" }

// beginIn is begin for a request about a study. Another one that takes its name
// after it was deleted has keys of its own.
func (s *Service) beginIn(ctx context.Context, name string, o *Once) (end func(), err error) {
	if o != nil {
		err := s.look(ctx, name, func(st *study) error {
			o.Scope = fmt.Sprintf("%s of %d", o.Scope, st.row.ID)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return s.begin(ctx, o)
}

// begin looks for a stored answer and keeps the key for this request until end
// is called.
func (s *Service) begin(ctx context.Context, o *Once) (end func(), err error) {
	if o == nil {
		return func() {}, nil
	}
	id := o.Scope + "\x00" + o.Key
	s.mu.Lock()
	busy := s.keys[id]
	s.keys[id] = true
	s.mu.Unlock()
	if busy {
		return nil, Errorf(RequestInProgress, "The first request with this Idempotency-Key is still under way.")
	}
	end = func() {
		s.mu.Lock()
		delete(s.keys, id)
		s.mu.Unlock()
	}
	a, err := s.Store.Answer(ctx, o.Scope, o.Key)
	switch {
	case err != nil:
	case a == nil:
		return end, nil
	case a.Hash != o.Hash:
		err = Errorf(IdempotencyKeyReused, "This Idempotency-Key was used for another request.")
	default:
		err = &Replay{a}
	}
	end()
	return nil, err
}

// answer encodes what is to be stored; nil without a key.
func (s *Service) answer(o *Once, result any) (*Answer, error) {
	if o == nil {
		return nil, nil //nolint:nilnil // no key, no answer
	}
	a, err := o.Encode(result)
	if err != nil {
		return nil, err
	}
	a.Scope, a.Key, a.Hash, a.Created = o.Scope, o.Key, o.Hash, s.now()
	return a, nil
}
