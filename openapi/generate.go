// Package openapi holds the API's document, openapi.yaml, which is written by
// hand, and the server's types and routes, which are generated from it.
package openapi

import _ "embed"

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config server.cfg.yaml openapi.yaml
//go:generate go run ./internal/plain openapi.gen.go

// Document is the API's description, OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var Document []byte
