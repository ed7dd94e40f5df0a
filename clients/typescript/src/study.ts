import { EspalierError, LeaseLost, TrialPruned } from "./errors.ts";
import type { Espalier } from "./espalier.ts";
import { type EventsOptions, listen, QUIET_MS, type StudyEvent } from "./events.ts";
import type { Query, Schemas } from "./operations.ts";
import { pages } from "./pages.ts";
import type { Params } from "./params.ts";
import type { Call } from "./transport.ts";
import { GRACE_MS, Trial } from "./trial.ts";
import { abortable, sleep } from "./waiting.ts";

type Of<Path extends string> = `/v1/studies/{study}${Path}`;

export interface AskOptions extends Call {
  /** Renews the leases of the trials while they are silent; true by default. */
  heartbeat?: boolean;
}

/** What an objective returns: the value, or a tell, or nothing if its reports say it. */
// biome-ignore lint/suspicious/noConfusingVoidType: an async function without a return is an objective too
export type Result = number | Schemas["Tell"] | undefined | void;

export interface OptimizeOptions {
  /** How many trials at once, from 1; 1 by default. */
  parallel?: number;
  /** How many trials in all; by default as many as the study hands out. */
  maxTrials?: number;
  /** Interrupts: running trials are told so, their params are asked again, and the promise rejects with the reason. */
  signal?: AbortSignal;
  /** Whether to go on after an objective threw `error`. By default the first error ends the work, and is thrown. */
  catch?: (error: unknown, trial: Trial) => boolean;
  /** Called with each trial as it ended. */
  onTrial?: (trial: Schemas["Trial"]) => void;
  /** How to ask: the worker's name, a lease of its own. */
  ask?: Omit<Schemas["AskRequest"], "count">;
}

/** A study of the server's. */
export class Study<P = Params> {
  /** As it was when it was last read: by this client, not necessarily as it is now. */
  data: Schemas["Study"];
  readonly #espalier: Espalier;

  /** Studies come from {@link Espalier.createStudy} and {@link Espalier.loadStudy}. */
  constructor(espalier: Espalier, data: Schemas["Study"]) {
    this.#espalier = espalier;
    this.data = data;
  }

  get name(): string {
    return this.data.name;
  }

  get #path(): { study: string } {
    return { study: this.data.name };
  }

  /** Reads it anew. */
  async refresh(call: Call = {}): Promise<this> {
    this.data = await this.#espalier.request("GET /v1/studies/{study}", { ...call, path: this.#path });
    return this;
  }

  /** Changes it by a merge patch: null removes a member; a sampler, a pruner and the constraints are replaced whole. */
  async update(patch: Schemas["StudyPatch"], call: Call = {}): Promise<this> {
    this.data = await this.#espalier.request("PATCH /v1/studies/{study}", { ...call, path: this.#path, body: patch });
    return this;
  }

  /** From now on no more trials are handed out; running ones may end. */
  async stop(call: Call = {}): Promise<this> {
    this.data = await this.#espalier.request("POST /v1/studies/{study}/stop", { ...call, path: this.#path });
    return this;
  }

  /** Hands out trials again. */
  async resume(call: Call = {}): Promise<this> {
    this.data = await this.#espalier.request("POST /v1/studies/{study}/resume", { ...call, path: this.#path });
    return this;
  }

  /** Removes it, with its trials. */
  async delete(call: Call = {}): Promise<void> {
    await this.#espalier.deleteStudy(this.name, call);
  }

  /** Asks for a trial, and waits for one if the server says so; undefined when the study hands out no more. */
  async ask(
    request: Omit<Schemas["AskRequest"], "count"> = {},
    options: AskOptions = {},
  ): Promise<Trial<P> | undefined> {
    const [trial] = await this.askMany(1, request, options);
    return trial;
  }

  /**
   * Asks for up to `count` trials, 1 to 1000; none when the study hands out no more. Trials that arrive after the signal
   * was aborted are given back.
   */
  async askMany(
    count: number,
    request: Omit<Schemas["AskRequest"], "count"> = {},
    { heartbeat = true, signal, ...call }: AskOptions = {},
  ): Promise<Trial<P>[]> {
    const leaseMs = 1000 * (request.lease_seconds ?? this.data.lease_seconds);
    for (;;) {
      signal?.throwIfAborted();
      const askedAt = performance.now();
      const answer = await withGrace(signal, (limit) =>
        this.#espalier.request("POST /v1/studies/{study}/ask", {
          ...call,
          signal: limit,
          path: this.#path,
          body: { ...request, count },
        }),
      );
      const trials = answer.trials.map(
        (data) => new Trial<P>(this.#espalier, this.name, data, { leaseMs, askedAt, heartbeat }),
      );
      if (signal?.aborted) {
        await Promise.allSettled(trials.map((trial) => trial.release().finally(() => trial.letGo())));
        throw signal.reason;
      }
      if (trials.length > 0 || answer.stop) {
        return trials;
      }
      await sleep(1000 * (answer.retry_after ?? 1), signal);
    }
  }

  /**
   * Works on the study until it hands out no more trials, or `maxTrials` are done: asks, calls the objective, tells.
   * A trial whose objective throws {@link TrialPruned} is told PRUNED; one that diverged, to NaN or infinity, is told
   * FAIL; and so is one whose objective throws anything else, or gives no value. A trial whose lease is lost, or that
   * somebody else ended, is dropped.
   *
   * ```ts
   * await study.optimize(async (trial) => {
   *   for (let epoch = 1; epoch <= 20; epoch++) {
   *     const decision = await trial.report(epoch, { loss: await train(trial.params, epoch) });
   *     if (decision.should_prune) throw new TrialPruned(decision);
   *   }
   * }, { parallel: 2 });
   * ```
   */
  async optimize(
    objective: (trial: Trial<P>) => Result | Promise<Result>,
    options: OptimizeOptions = {},
  ): Promise<void> {
    const { parallel = 1, maxTrials = Number.POSITIVE_INFINITY, signal, ask = {} } = options;
    if (!Number.isInteger(parallel) || parallel < 1) {
      throw new RangeError(`parallel is ${parallel}; it is to be an integer from 1`);
    }
    if (!(maxTrials >= 0)) {
      throw new RangeError(`maxTrials is ${maxTrials}; it is to be 0 or more`);
    }
    signal?.throwIfAborted();
    // A signal for each: Node warns of one that more than ten listen to.
    const workers = Array.from({ length: parallel }, () => new AbortController());
    const halt = (reason: unknown) => {
      for (const worker of workers) {
        worker.abort(reason);
      }
    };
    const follow = () => halt(signal?.reason);
    signal?.addEventListener("abort", follow, { once: true });
    let left = maxTrials;
    const work = async (halted: AbortSignal) => {
      while (left > 0) {
        left--;
        const trial = await this.ask(ask, { signal: halted });
        if (!trial) {
          return;
        }
        await this.#workOn(trial, objective, halted, options);
      }
    };
    try {
      await Promise.all(workers.map((worker) => work(worker.signal).catch(halt)));
      workers[0]?.signal.throwIfAborted();
    } finally {
      signal?.removeEventListener("abort", follow);
    }
  }

  async #workOn(
    trial: Trial<P>,
    objective: (trial: Trial<P>) => Result | Promise<Result>,
    halt: AbortSignal,
    { catch: tolerate, onTrial }: OptimizeOptions,
  ): Promise<void> {
    let failure: { error: unknown } | undefined;
    try {
      let tell: Schemas["Tell"];
      try {
        tell = tellOf(await abortable((async () => objective(trial))(), halt));
      } catch (thrown) {
        halt.throwIfAborted();
        const error = stopped(trial.signal, thrown);
        if (error instanceof LeaseLost) {
          throw error;
        }
        if (error instanceof TrialPruned) {
          tell = { state: "PRUNED" };
        } else {
          tell = { state: "FAIL", error: textOf(error) };
          failure = { error };
        }
      }
      const telling = trial.tell(tell).catch((error) => {
        if (!isWrong(error)) {
          throw error;
        }
        // A trial that diverged has no result; an objective that gave none is wrong.
        const diverged = trial.diverged && error.code === "values_mismatch";
        if (!diverged) {
          failure ??= { error };
        }
        return trial.tell({ state: "FAIL", reason: diverged ? "non_finite" : "no_value", error: textOf(error) });
      });
      const told = await abortable(telling, halt);
      onTrial?.(told);
    } catch (error) {
      if (halt.aborted) {
        await trial.interrupt(halt.reason);
        throw halt.reason;
      }
      trial.letGo();
      const gone = error instanceof LeaseLost || (error instanceof EspalierError && error.code === "trial_finished");
      if (!gone) {
        throw error;
      }
    }
    if (failure && !tolerate?.(failure.error, trial as Trial)) {
      throw failure.error;
    }
  }

  /** All trials, or those that the query selects, in its order. */
  trials(query: Query<`GET ${Of<"/trials">}`> = {}, call: Call = {}): AsyncGenerator<Schemas["Trial"], void, void> {
    return pages(
      (page_token) =>
        this.#espalier.request("GET /v1/studies/{study}/trials", {
          ...call,
          path: this.#path,
          query: { ...query, page_token },
        }),
      ({ trials }) => trials,
      query.page_token,
    );
  }

  /** One trial, by its number. */
  trial(number: number, call: Call = {}): Promise<Schemas["Trial"]> {
    return this.#espalier.request("GET /v1/studies/{study}/trials/{number}", {
      ...call,
      path: { ...this.#path, number },
    });
  }

  /** The best trial, or the Pareto front of several objectives; none before a trial is COMPLETE. */
  async best(call: Call = {}): Promise<Schemas["Trial"][]> {
    const { trials } = await this.#espalier.request("GET /v1/studies/{study}/best", { ...call, path: this.#path });
    return trials;
  }

  /** Enqueues params for the next ask; what they leave out is sampled then. */
  enqueue(
    params: Partial<P>,
    rest: Pick<Schemas["TrialCreate"], "skip_if_exists" | "user_attrs"> = {},
    call: Call = {},
  ): Promise<Schemas["Trial"]> {
    return this.addTrial({ ...rest, params: params as Params }, call);
  }

  /** Adds a trial that ended elsewhere, with its reports. */
  addTrial(trial: Schemas["TrialCreate"], call: Call = {}): Promise<Schemas["Trial"]> {
    return this.#espalier.request("POST /v1/studies/{study}/trials", { ...call, path: this.#path, body: trial });
  }

  /** Asks the worker of a running trial to stop it. */
  prune(number: number, call: Call = {}): Promise<Schemas["Decision"]> {
    return this.#espalier.request("POST /v1/studies/{study}/trials/{number}/prune", {
      ...call,
      path: { ...this.#path, number },
    });
  }

  /** The decision on a trial; explained, or waited for, if the query says so. */
  decision(
    number: number,
    query: Query<`GET ${Of<"/trials/{number}/decision">}`> = {},
    call: Call = {},
  ): Promise<Schemas["Decision"]> {
    return this.#espalier.request("GET /v1/studies/{study}/trials/{number}/decision", {
      ...call,
      path: { ...this.#path, number },
      query,
    });
  }

  /** Every decision in which a rule fired, trial by trial. */
  decisions(
    query: Query<`GET ${Of<"/decisions">}`> = {},
    call: Call = {},
  ): AsyncGenerator<Schemas["DecisionRecord"], void, void> {
    return pages(
      (page_token) =>
        this.#espalier.request("GET /v1/studies/{study}/decisions", {
          ...call,
          path: this.#path,
          query: { ...query, page_token },
        }),
      ({ decisions }) => decisions,
      query.page_token,
    );
  }

  /** What a trial reported, in order of arrival. */
  metrics(
    number: number,
    query: Query<`GET ${Of<"/trials/{number}/metrics">}`> = {},
    call: Call = {},
  ): AsyncGenerator<Schemas["MetricPoint"], void, void> {
    return pages(
      (page_token) =>
        this.#espalier.request("GET /v1/studies/{study}/trials/{number}/metrics", {
          ...call,
          path: { ...this.#path, number },
          query: { ...query, page_token },
        }),
      ({ points }) => points,
      query.page_token,
    );
  }

  /** Which params a metric depends on. */
  importances(query: Query<`GET ${Of<"/importances">}`> = {}, call: Call = {}): Promise<Schemas["Importances"]> {
    return this.#espalier.request("GET /v1/studies/{study}/importances", { ...call, path: this.#path, query });
  }

  /** What pruning saved, and what it risked. */
  savings(query: Query<`GET ${Of<"/savings">}`> = {}, call: Call = {}): Promise<Schemas["Savings"]> {
    return this.#espalier.request("GET /v1/studies/{study}/savings", { ...call, path: this.#path, query });
  }

  /** What other pruners would have saved and lost. It may take minutes: up to ten, unless `timeoutMs` says otherwise. */
  replay(request: Schemas["ReplayRequest"], call: Call = {}): Promise<Schemas["ReplayResponse"]> {
    return this.#espalier.request("POST /v1/studies/{study}/replay", {
      timeoutMs: SLOW_MS,
      ...call,
      path: this.#path,
      body: request,
    });
  }

  /** Takes over what another study learnt. Up to ten minutes, unless `timeoutMs` says otherwise. */
  transfer(request: Schemas["TransferRequest"], call: Call = {}): Promise<Schemas["TransferResult"]> {
    return this.#espalier.request("POST /v1/studies/{study}/transfer", {
      timeoutMs: SLOW_MS,
      ...call,
      path: this.#path,
      body: request,
    });
  }

  /** Trials, metrics or decisions as CSV or JSON lines, or all as an archive, streamed as UTF-8. See {@link lines}. */
  async export(
    query: Query<`GET ${Of<"/export">}`> = {},
    call: Call = {},
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const response = await this.#espalier.send("GET /v1/studies/{study}/export", { ...call, path: this.#path, query });
    return response.body as ReadableStream<Uint8Array<ArrayBuffer>>;
  }

  /**
   * What changes in the study, as it does. The stream is opened again whenever it breaks off, and goes on where it was;
   * to stop, leave the loop or abort the signal.
   *
   * @throws {EspalierError} `cursor_expired`: the events after the last one are gone, since the server was restarted or
   *   has had too many of them. Read the study anew, and listen anew.
   */
  events(options: EventsOptions = {}): AsyncGenerator<StudyEvent, void, void> {
    const { signal, trial } = options;
    return listen(
      (lastEventId) =>
        this.#espalier.send("GET /v1/studies/{study}/events", {
          path: this.#path,
          query: { trial },
          headers: { "Last-Event-ID": lastEventId },
          signal,
          timeoutMs: QUIET_MS,
        }),
      options,
    );
  }
}

/** For a call that may read or judge all of a study. */
export const SLOW_MS = 600_000;

/** Lets a call end by itself for a moment after the signal was aborted: its answer may have to be taken back. */
async function withGrace<T>(signal: AbortSignal | undefined, call: (limit: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => {
    timer = setTimeout(() => limit.abort(signal?.reason), GRACE_MS);
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await call(limit.signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    clearTimeout(timer);
  }
}

function tellOf(result: Result): Schemas["Tell"] {
  const tell = typeof result === "number" ? { value: result } : (result ?? {});
  if (tell.value !== undefined && !Number.isFinite(tell.value)) {
    return { state: "FAIL", reason: "non_finite", error: `The objective returned ${tell.value}.` };
  }
  return tell;
}

/** Whether a tell failed by what it says: the server refuses it, or it is no JSON. */
function isWrong(error: unknown): boolean {
  return (
    !(error instanceof EspalierError) || (error.operation.endsWith("/tell") && [400, 422].includes(error.status ?? 0))
  );
}

/** What an objective was stopped for, where it only says that it was. */
function stopped(signal: AbortSignal, thrown: unknown): unknown {
  return signal.aborted && thrown instanceof Error && thrown.name === "AbortError" ? signal.reason : thrown;
}

/** As the document takes it: at most 65536 characters, and no half of one. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  return text.slice(0, 65_536).replace(/\p{Surrogate}/gu, "\ufffd");
}
