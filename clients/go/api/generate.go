// Package api is the core of the Go client: the types and calls of Espalier's
// HTTP API, generated from its document, and how an answer becomes a value or a
// [*Problem]. Package espalier, above it, is what programs use; the core is for
// what that leaves out, and it imports nothing of ours.
//
// An option that is its plain type is absent when it is zero. It is a pointer
// where zero says something: new(int64(0)) is a step, nil is none.
package api

//go:generate go tool -modfile=../../../tools/go.mod oapi-codegen -config client.cfg.yaml ../../../openapi/openapi.yaml
