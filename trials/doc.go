// Package trials is the domain of Espalier: studies, trials, search spaces,
// metrics, constraints, budgets, decisions, and the service that asks, reports
// and tells. It knows the standard library and nobody else; storage, samplers
// and pruners reach it through the interfaces it declares.
//
// The store is the truth and memory is a cache of it. Each study in use has one
// in-memory [History], built from the store on first use and advanced by every
// write. A write is validated against the history, decided, applied to the
// history and queued for the store under the study's lock, in that order; the
// answer goes out only after the commit. A failed commit drops the history,
// which is then rebuilt from the store.
//
// The JSON tags of the types below are the document's (openapi/openapi.yaml)
// and, where a type is stored, the stored form as well: one form, one codec.
// Requests have types of their own, so that a client can set only what a
// request names.
package trials
