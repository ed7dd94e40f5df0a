import { EspalierError, fromProblem, isAway, LeaseLost, TrialPruned } from "./errors.ts";
import type { Espalier } from "./espalier.ts";
import { encode } from "./floats.ts";
import type { Schemas } from "./operations.ts";
import type { Call } from "./transport.ts";
import { backoff, sleep } from "./waiting.ts";

/**
 * The decision on a trial. While the server is away it is the last one, or to go on, and `buffered` says how many
 * reports wait to be sent.
 */
export type Decision = Schemas["Decision"] & { buffered?: number };

/** The answers that say that a trial is nobody's any more, or another worker's. */
const LOST: ReadonlySet<string> = new Set(["lease_expired", "trial_not_running", "trial_not_found", "study_not_found"]);

interface Path {
  study: string;
  number: number;
}

/** Reports in one request, once there are several. */
const BATCH = 500;
/** For how long a report or a heartbeat waits for the server: the objective waits with it. */
const PATIENCE_MS = 5_000;
/** How often a silent trial is heard of at least: by its heartbeat it learns of an operator's prune. */
const BEAT_MS = 15_000;

/**
 * Brings what one trial reports to the server, one request after the other and in order. While the server is away it
 * keeps reports, until the lease is over; while the trial is silent it renews the lease.
 */
export class Courier {
  readonly #espalier: Espalier;
  readonly #path: Path;
  readonly #leaseMs: number;
  readonly #beats: boolean;
  /** Tells the objective to stop: with TrialPruned, LeaseLost, or why the worker was interrupted. */
  readonly #notice = new AbortController();
  /** Ends whatever is under way here. */
  readonly #end = new AbortController();
  #queue: Promise<unknown> = Promise.resolve();
  #waiting: Schemas["Report"][] = [];
  #refusal: EspalierError | undefined;
  #latest: Schemas["Decision"] | undefined;
  #lost: LeaseLost | undefined;
  #expires: number;
  #tries = 0;
  #nextTry = 0;
  #resting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `askedAt` is when the trial was asked for, by `performance.now()`: the lease began no earlier. */
  constructor(espalier: Espalier, path: Path, lease: { leaseMs: number; askedAt: number; heartbeat: boolean }) {
    this.#espalier = espalier;
    this.#path = path;
    this.#leaseMs = lease.leaseMs;
    this.#beats = lease.heartbeat;
    this.#expires = lease.askedAt + lease.leaseMs;
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#notice.signal;
  }

  report(report: Schemas["Report"], explain: boolean): Promise<Decision> {
    return this.#inTurn(async () => {
      this.#check();
      encode(report); // what is no JSON is refused here: nothing behind it could be sent
      this.#waiting.push(report);
      if (performance.now() < this.#nextTry) {
        return this.#goOn();
      }
      try {
        const decision = await this.#flush(explain);
        this.#throwRefusal();
        return decision ?? this.#goOn();
      } catch (error) {
        this.#sort(error);
        return this.#goOn();
      }
    });
  }

  heartbeat(): Promise<Decision> {
    return this.#inTurn(async () => {
      this.#check();
      try {
        return this.#heard(await this.#beatOnce());
      } catch (error) {
        this.#sort(error);
        return this.#goOn();
      }
    });
  }

  /** Sends what waits, then the tell; tries until the lease is over. A report that was refused does not keep the trial from its end. */
  tell(tell: Schemas["Tell"]): Promise<Schemas["Trial"]> {
    return this.#inTurn(async () => {
      for (;;) {
        this.#check();
        try {
          await this.#flush(false);
          const told = await this.#call((call) =>
            this.#espalier.request("POST /v1/studies/{study}/trials/{number}/tell", { ...call, body: tell }),
          );
          this.rest();
          this.#throwRefusal();
          return told;
        } catch (error) {
          this.#sort(error);
          await sleep(Math.max(0, this.#nextTry - performance.now()), this.#end.signal);
        }
      }
    });
  }

  /** Gives the trial back as it is. */
  release(): Promise<Schemas["Trial"]> {
    return this.#inTurn(async () => {
      this.#check();
      try {
        const released = await this.#call((call) =>
          this.#espalier.request("POST /v1/studies/{study}/trials/{number}/release", call),
        );
        this.rest();
        return released;
      } catch (error) {
        this.#sort(error);
        throw error;
      }
    });
  }

  /** Ends the work: every later call rejects with `reason`, and so does what is under way. */
  interrupt(reason: unknown): void {
    this.rest();
    this.#end.abort(reason);
    this.#notice.abort(reason);
  }

  /** Stops renewing the lease. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#resting = true;
  }

  #beatOnce(): Promise<Schemas["Decision"]> {
    return this.#call(
      (call) => this.#espalier.request("POST /v1/studies/{study}/trials/{number}/heartbeat", call),
      PATIENCE_MS,
    );
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  #check(): void {
    this.#end.signal.throwIfAborted();
    if (this.#lost) {
      throw this.#lost;
    }
  }

  /** Makes a call that gives up early: what it brings is kept and tried again, as long as the lease lasts. */
  async #call<T>(make: (call: Call & { path: Path }) => Promise<T>, mostMs = Number.POSITIVE_INFINITY): Promise<T> {
    const sentAt = performance.now();
    const timeoutMs = Math.min(this.#espalier.timeoutMs, this.#leaseMs / 3, mostMs);
    const answer = await make({ path: this.#path, signal: this.#end.signal, retries: 0, timeoutMs });
    this.#expires = sentAt + this.#leaseMs;
    this.#tries = 0;
    this.#nextTry = 0;
    this.#arm();
    return answer;
  }

  /** Sends all that waits. What the server refuses is kept as `#refusal`, for whoever called. */
  async #flush(explain: boolean): Promise<Decision | undefined> {
    let decision: Schemas["Decision"] | undefined;
    for (let size = BATCH; this.#waiting.length > 0; ) {
      const batch = this.#waiting.slice(0, size);
      try {
        const decided =
          batch.length === 1
            ? await this.#sendOne(batch[0] as Schemas["Report"], explain)
            : await this.#sendMany(batch);
        decision = decision?.should_prune ? decision : (decided ?? decision);
        this.#waiting.splice(0, batch.length);
      } catch (error) {
        if (!(error instanceof EspalierError) || error.status === undefined || isAway(error) || LOST.has(error.code)) {
          throw error;
        }
        if (batch.length > 1 && (error.status === 400 || error.status === 413)) {
          size = 1; // one of them is wrong, or they are too many
          continue;
        }
        this.#refusal ??= error;
        this.#waiting.splice(0, batch.length);
      }
    }
    return decision && this.#heard(decision);
  }

  #sendOne(body: Schemas["Report"], explain: boolean): Promise<Schemas["Decision"]> {
    const query = explain ? { explain } : {};
    return this.#call(
      (call) => this.#espalier.request("POST /v1/studies/{study}/trials/{number}/report", { ...call, query, body }),
      PATIENCE_MS,
    );
  }

  async #sendMany(batch: readonly Schemas["Report"][]): Promise<Schemas["Decision"] | undefined> {
    const operation = "POST /v1/studies/{study}/reports";
    const reports = batch.map((report) => ({ ...report, trial: this.#path.number }));
    const { results } = await this.#call(
      ({ path: { study }, ...call }) =>
        this.#espalier.request(operation, { ...call, path: { study }, body: { reports } }),
      PATIENCE_MS,
    );
    for (const { problem } of results) {
      if (problem) {
        const error = fromProblem(problem, operation);
        if (LOST.has(error.code)) {
          throw error;
        }
        this.#refusal ??= error;
      }
    }
    const decisions = results.flatMap(({ decision }) => decision ?? []);
    return decisions.find(({ should_prune }) => should_prune) ?? decisions.at(-1);
  }

  /** Throws what does not come of a server that is away; counts what does, and throws LeaseLost once the lease is over. */
  #sort(error: unknown): void {
    if (error instanceof EspalierError && LOST.has(error.code)) {
      throw this.#lose(`Trial ${this.#path.number} is lost: ${error.message}`, error);
    }
    if (!(error instanceof EspalierError && isAway(error))) {
      throw error;
    }
    if (performance.now() >= this.#expires) {
      throw this.#lose(
        `Trial ${this.#path.number} is lost: the server was away for longer than the lease of ${this.#leaseMs / 1000} s. ${error.message}`,
        error,
      );
    }
    this.#tries++;
    const wait = Math.max(error.retryAfterMs ?? 0, backoff(this.#tries));
    this.#nextTry = Math.min(performance.now() + wait, this.#expires);
    this.#arm();
  }

  #lose(message: string, cause: EspalierError): LeaseLost {
    const { code, operation, status } = cause;
    this.#lost ??= new LeaseLost(message, { code, operation, status, cause });
    this.rest();
    this.#waiting = [];
    this.#notice.abort(this.#lost);
    return this.#lost;
  }

  #throwRefusal(): void {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal) {
      throw refusal;
    }
  }

  #heard(decision: Schemas["Decision"]): Schemas["Decision"] {
    this.#latest = decision;
    if (decision.should_prune) {
      this.#notice.abort(new TrialPruned(decision));
    }
    return decision;
  }

  #goOn(): Decision {
    const latest = this.#latest ?? { trial: this.#path.number, state: "RUNNING", should_prune: false, mode: "enforce" };
    return { ...latest, buffered: this.#waiting.length };
  }

  /** Plans the next heartbeat, or the next try to reach the server. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#resting || !(this.#beats || this.#waiting.length > 0)) {
      return;
    }
    const delay = this.#tries > 0 ? this.#nextTry - performance.now() : Math.min(this.#leaseMs / 3, BEAT_MS);
    const timer = setTimeout(() => void this.#beat(), Math.min(Math.max(0, delay), 2 ** 31 - 1));
    (timer as { unref?: () => void }).unref?.(); // a trial that nobody tells does not keep Node alive
    this.#timer = timer;
  }

  /** What goes wrong here the objective learns from `signal`, or from its next call. */
  #beat(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#resting || this.#lost) {
        return;
      }
      try {
        if (this.#waiting.length > 0) {
          await this.#flush(false);
        } else {
          this.#heard(await this.#beatOnce());
        }
      } catch (error) {
        this.#sort(error);
      }
    }).catch(() => {});
  }
}
