// Package espalier is a client of Espalier's HTTP API; its types and calls are
// generated from the API's document.
package espalier

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config client.cfg.yaml ../../openapi/openapi.yaml
