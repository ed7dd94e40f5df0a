package openapi

import (
	"encoding/json"
	"io"
)

// Encode writes the JSON of v and a line feed. It leaves <, > and & as they
// are: what the server answers is read by people too, and no browser takes JSON
// for a page.
func Encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
