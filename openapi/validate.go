package openapi

import (
	"context"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

// Load parses and validates [Document], for the validation of requests.
func Load() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(Document)
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	// For a document that says 3.1, kin-openapi compiles a JSON Schema anew on
	// every request; for one that says 3.0 it uses its own validator, which
	// costs a fraction and knows every keyword the document uses
	// (TestNoSkippedKeywords), with the same verdicts (TestBodiesAgree).
	doc.OpenAPI = "3.0.3"
	return doc, nil
}

// JSON returns [Document] as JSON.
func JSON() ([]byte, error) {
	doc, err := openapi3.NewLoader().LoadFromData(Document)
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	return doc.MarshalJSON()
}
