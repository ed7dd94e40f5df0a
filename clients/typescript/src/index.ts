/**
 * A client of Espalier, an ask-and-tell service for tuning hyperparameters.
 *
 * @module
 */
export type { Decision } from "./courier.ts";
export { type ErrorCode, type ErrorDetails, EspalierError, LeaseLost, TrialPruned } from "./errors.ts";
export { Espalier, type EspalierOptions } from "./espalier.ts";
export { type EventsOptions, lines, type StudyEvent } from "./events.ts";
export { version } from "./generated/document.ts";
export type { Archive, Input, JSONOperation, Operation, Output, Query, Schemas } from "./operations.ts";
export type { Params, ParamsOf, SearchSpace } from "./params.ts";
export { type AskOptions, type OptimizeOptions, type Result, Study } from "./study.ts";
export type { Call } from "./transport.ts";
export { type Metrics, type ReportOptions, Trial } from "./trial.ts";
