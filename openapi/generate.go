// Package openapi holds the API's document, openapi.yaml, which is written by
// hand, and what is generated from it: the server's types and routes, and
// openapi-3.0.yaml for generators of clients that lag.
package openapi

import _ "embed"

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config server.cfg.yaml openapi.yaml
//go:generate go run ./internal/plain openapi.gen.go
//go:generate go run ./internal/derive openapi.yaml openapi-3.0.yaml

// Document is the API's description, OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var Document []byte

// Document30 is the same as OpenAPI 3.0, for generators that know no later one.
//
//go:embed openapi-3.0.yaml
var Document30 []byte
