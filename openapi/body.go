package openapi

// Body is the body of a request: what it says, and its bytes. The bytes are
// valid until the request is answered.
type Body[T any] struct {
	Value T
	Raw   []byte
}
