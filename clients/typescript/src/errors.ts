import type { Schemas } from "./operations.ts";

/**
 * What went wrong: a code of the server's, or one of this package's own.
 *
 * - `unreachable`: no connection, or it broke before the answer was whole;
 * - `timeout`: the server was silent for longer than `timeoutMs`;
 * - `unexpected_answer`: it was not an Espalier server that answered, a proxy say;
 * - `not_modified`: the answer to `If-None-Match`, with status 304.
 */
export type ErrorCode = Schemas["ProblemCode"] | "unreachable" | "timeout" | "unexpected_answer" | "not_modified";

export interface ErrorDetails {
  code: ErrorCode;
  /** Method and path of the document, such as `"GET /v1/studies/{study}"`. */
  operation: string;
  /** The HTTP status; undefined if no answer came. */
  status?: number;
  /** What is wrong with the request, place by place. */
  errors?: readonly Schemas["FieldError"][];
  /** For how long the server asks to wait before the next try, in milliseconds. */
  retryAfterMs?: number;
  /** Finds the request in the server's log. */
  traceId?: string;
  cause?: unknown;
}

/** A call that failed. The message says what happened and what to do; programs switch on `code`. */
export class EspalierError extends Error {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly status: number | undefined;
  readonly errors: readonly Schemas["FieldError"][];
  readonly retryAfterMs: number | undefined;
  readonly traceId: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.operation = details.operation;
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.retryAfterMs = details.retryAfterMs;
    this.traceId = details.traceId;
  }

  static {
    EspalierError.prototype.name = "EspalierError";
  }
}

/**
 * The trial is no longer this worker's: the server was not heard of for as long as the lease lasts, has given the trial
 * up, or has no such trial any more. Drop it and ask for another; nothing that it reports or tells is taken.
 */
export class LeaseLost extends EspalierError {
  static {
    LeaseLost.prototype.name = "LeaseLost";
  }
}

/** Thrown by an objective to end its trial as PRUNED. */
export class TrialPruned extends Error {
  /** The decision that asked for it, if one did. */
  readonly decision: Schemas["Decision"] | undefined;

  constructor(decision?: Schemas["Decision"]) {
    super(
      decision?.explanation?.sentence ??
        (decision?.reason ? `The ${decision.reason} asks for it.` : "The trial is pruned."),
    );
    this.decision = decision;
  }

  static {
    TrialPruned.prototype.name = "TrialPruned";
  }
}

/** What to do, where the server cannot know it. */
const advice: Readonly<Record<string, string>> = {
  unauthenticated: "Give it: new Espalier({ token }), or ESPALIER_TOKEN.",
  study_exists: "Choose another name, or create it with loadIfExists.",
};

/** The error that a problem of the server's is. */
export function fromProblem(problem: Schemas["Problem"], operation: string, retryAfterMs?: number): EspalierError {
  const places = problem.errors?.map(({ in: where, pointer, name, detail }) => {
    const place = pointer ?? name ?? where;
    return place ? `${place}: ${detail}` : detail;
  });
  const said = [problem.detail ?? problem.title, places?.join("; "), advice[problem.code]].filter(Boolean).join(" ");
  const trace = problem.status >= 500 && problem.trace_id ? `, trace ${problem.trace_id}` : "";
  return new EspalierError(`${said} (${operation}: ${problem.status} ${problem.code}${trace})`, {
    code: problem.code,
    operation,
    status: problem.status,
    errors: problem.errors,
    retryAfterMs,
    traceId: problem.trace_id,
  });
}

/** Whether an error says that the server is away for now: down, restarting, overloaded or behind a proxy that cannot reach it. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof EspalierError)) {
    return false;
  }
  const { code, status = 0 } = error;
  return (
    code === "unreachable" ||
    code === "timeout" ||
    code === "storage_unavailable" ||
    (code === "unexpected_answer" && [408, 429, 502, 503, 504].includes(status))
  );
}
