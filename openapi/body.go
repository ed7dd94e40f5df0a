package openapi

// Body is the body of a request: what it says, and its bytes. The bytes are
// valid until the request is answered.
type Body[T any] struct {
	Value T
	Raw   []byte
}

// Fill takes in the bytes, and returns where to put what they say.
func (b *Body[T]) Fill(raw []byte) any {
	b.Raw = raw
	return &b.Value
}
