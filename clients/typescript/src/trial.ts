import { Courier, type Decision } from "./courier.ts";
import type { Espalier } from "./espalier.ts";
import type { Schemas } from "./operations.ts";
import type { Params, ParamsOf, SearchSpace } from "./params.ts";

/** Metrics by name. A name that begins with `system/` is of the machine or the process; units are in the names. */
export type Metrics = Schemas["Metrics"];

export interface ReportOptions {
  /** Wants the explanation also while nothing fires. */
  explain?: boolean;
}

/** How a trial was asked for. */
export interface Lease {
  leaseMs: number;
  /** By `performance.now()`. */
  askedAt: number;
  heartbeat: boolean;
}

/** A trial that this worker has been given: it reports what it measures, and tells how it ended. */
export class Trial<P = Params> {
  /** The name of its study. */
  readonly study: string;
  /** Its number in the study, from 0. */
  readonly number: number;
  /** What the ask answered. */
  readonly data: Schemas["AskedTrial"];
  params: P;
  /** Which of its fixed values are none of what was asked for last, or suggested: others were drawn. */
  warnings: Schemas["FieldError"][];
  /** Whether it has reported a value that is not finite. */
  diverged = false;
  readonly #espalier: Espalier;
  readonly #courier: Courier;
  readonly #askedAt: number;
  #seq = 0;

  /** Trials come from {@link Study.ask}. */
  constructor(espalier: Espalier, study: string, data: Schemas["AskedTrial"], lease: Lease) {
    this.study = study;
    this.number = data.number;
    this.data = data;
    this.params = data.params as P;
    this.warnings = data.warnings ?? [];
    this.#espalier = espalier;
    this.#askedAt = lease.askedAt;
    this.#courier = new Courier(espalier, { study, number: data.number }, lease);
  }

  /**
   * Says when to stop: aborted with {@link TrialPruned} once a decision asks for it, also while the trial is silent,
   * with {@link LeaseLost} once the trial is no longer this worker's, or with the reason that the worker was interrupted
   * for. Give it to whatever takes a signal.
   */
  get signal(): AbortSignal {
    return this.#courier.signal;
  }

  /**
   * Reports a step of the learning curve, an integer from 0, and renews the lease. A number is the value of the single
   * objective. The decision says whether to go on. A step that was reported before keeps its first values. While the
   * server is away the report is kept, and the decision has `buffered`.
   *
   * @throws {LeaseLost} the trial is no longer this worker's
   * @throws {EspalierError} the server refuses this report, or one that was kept
   */
  report(step: number, values: number | Metrics, { explain = false }: ReportOptions = {}): Promise<Decision> {
    return this.#courier.report({ step, ...this.#measured(values) }, explain);
  }

  /** Reports a sample in time that belongs to no step, the memory in use say. As {@link report} in all else. */
  sample(metrics: Metrics, { explain = false }: ReportOptions = {}): Promise<Decision> {
    // Whoever had the trial before has numbered samples too, so numbers begin with the time.
    this.#seq = Math.max(this.#seq + 1, Date.now());
    return this.#courier.report({ seq: this.#seq, ...this.#measured(metrics) }, explain);
  }

  #measured(values: number | Metrics): Schemas["Report"] {
    const reported = typeof values === "number" ? [values] : Object.values(values);
    this.diverged ||= !reported.every(Number.isFinite);
    const elapsed_seconds = Math.round(performance.now() - this.#askedAt) / 1000;
    return typeof values === "number"
      ? { elapsed_seconds, value: values }
      : { elapsed_seconds, metrics: { ...values } };
  }

  /** Renews the lease; the decision is the current one. A trial that is silent does so by itself. */
  heartbeat(): Promise<Decision> {
    return this.#courier.heartbeat();
  }

  /**
   * Ends the trial. A number is the value of the single objective, and makes it COMPLETE; so does nothing at all, with
   * the values that were reported. While the server is away it is tried until the lease is over. Telling the same twice
   * is harmless. A kept report that the server refuses rejects as well, but the trial has ended then.
   *
   * @throws {LeaseLost} the trial is no longer this worker's
   * @throws {EspalierError} `values_mismatch`: a value is missing, or is not finite; `trial_finished`: it ended otherwise
   */
  tell(result: number | Schemas["Tell"] = {}): Promise<Schemas["Trial"]> {
    return this.#courier.tell(typeof result === "number" ? { value: result } : result);
  }

  /** Gives the trial back as it is: the next ask hands it out, with the same params. */
  release(): Promise<Schemas["Trial"]> {
    return this.#courier.release();
  }

  /** Asks for params that the search space of the study does not have (define-by-run); answers all of the trial's. */
  async suggest<const S extends SearchSpace>(search_space: S): Promise<P & ParamsOf<S>> {
    const { params, warnings = [] } = await this.#espalier.request("POST /v1/studies/{study}/trials/{number}/suggest", {
      path: { study: this.study, number: this.number },
      body: { search_space },
    });
    this.params = params as P & ParamsOf<S>;
    this.warnings = warnings;
    return params as P & ParamsOf<S>;
  }

  /** Sets attrs of the trial, any JSON by name; null removes one. */
  setUserAttrs(user_attrs: Schemas["UserAttrs"]): Promise<Schemas["Trial"]> {
    return this.#espalier.request("PATCH /v1/studies/{study}/trials/{number}", {
      path: { study: this.study, number: this.number },
      body: { user_attrs },
    });
  }

  /**
   * Gives up at once what is under way: `signal` is aborted with `reason`, and later calls reject with it. The server is
   * told that the trial was interrupted, so that its params are asked again; a server that cannot be told within two
   * seconds finds out when the lease is over.
   */
  async interrupt(reason: unknown): Promise<void> {
    this.#courier.interrupt(reason);
    try {
      await this.#espalier.request("POST /v1/studies/{study}/trials/{number}/tell", {
        path: { study: this.study, number: this.number },
        body: { state: "FAIL", reason: "interrupted", retry: true },
        timeoutMs: GRACE_MS,
        retries: 0,
      });
    } catch {
      // The lease says the rest.
    }
  }

  /** Stops renewing the lease: somebody else tells the trial, or it may expire. */
  letGo(): void {
    this.#courier.rest();
  }
}

/** For how long an interrupted worker still waits for the server. */
export const GRACE_MS = 2_000;
