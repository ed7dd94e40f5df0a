import type { Archive, Input, JSONOperation, Operation, Output, Query, Schemas } from "./operations.ts";
import { pages } from "./pages.ts";
import type { Params, ParamsOf, SearchSpace } from "./params.ts";
import { SLOW_MS, Study } from "./study.ts";
import { type Call, type Request, request, type Settings, send } from "./transport.ts";

export interface EspalierOptions {
  /** Where the server is: `ESPALIER_SERVER` by default, else `http://127.0.0.1:8080`. */
  url?: string | URL;
  /** The server's token: `ESPALIER_TOKEN` by default. */
  token?: string;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
  /** For how long the server may be silent, in milliseconds, from 1; 30 s by default. */
  timeoutMs?: number;
  /** How often a try that failed for now is made again, from 0; 5 by default, which takes 4 to 8 s. */
  retries?: number;
}

type Arguments<O extends Operation> =
  Partial<Input<O>> extends Input<O> ? [input?: Input<O> & Call] : [input: Input<O> & Call];

/**
 * A client of one server. Safe to share; it keeps no connection of its own open.
 *
 * What travels is named as in the document, in snake_case: studies, trials, decisions, and what is sent. What is this
 * package's own, methods and their options, is in camelCase.
 */
export class Espalier {
  readonly #settings: Settings;

  constructor({ url, token, fetch: own, timeoutMs = 30_000, retries = 5 }: EspalierOptions = {}) {
    if (!(timeoutMs >= 1)) {
      throw new RangeError(`timeoutMs is ${timeoutMs}; it is to be 1 or more`);
    }
    if (!(retries >= 0)) {
      throw new RangeError(`retries is ${retries}; it is to be 0 or more`);
    }
    this.#settings = {
      base: baseOf(url ?? environment("ESPALIER_SERVER") ?? "http://127.0.0.1:8080"),
      token: (token ?? environment("ESPALIER_TOKEN"))?.trim(), // of a file it may end in a line end
      fetch: own ?? globalThis.fetch,
      timeoutMs,
      retries,
    };
  }

  /** The server's URL, without a slash at its end. */
  get url(): string {
    return this.#settings.base;
  }

  get timeoutMs(): number {
    return this.#settings.timeoutMs;
  }

  /**
   * Calls any operation of the document by its method and path, with the document's types, and reads the answer.
   *
   * ```ts
   * const page = await espalier.request("GET /v1/studies/{study}/trials", {
   *   path: { study: "mnist" },
   *   query: { state: ["COMPLETE"], order_by: "value" },
   * });
   * ```
   *
   * It tries again what failed for now, if that can do nothing twice: reads, tells, reports with a step or a seq, and what
   * takes an `Idempotency-Key`, which it makes up unless `headers` has one; anything that never reached the server, and
   * what the server says it did not write. It waits as `Retry-After` asks, up to a minute.
   *
   * @throws {EspalierError} the server refuses, or cannot be reached
   */
  request<O extends JSONOperation>(operation: O, ...[input]: Arguments<O>): Promise<Output<O>> {
    return request(this.#settings, operation, (input ?? {}) as Request) as Promise<Output<O>>;
  }

  /**
   * As {@link request}, but answers the response itself: for what streams, or for headers such as `ETag`. In its JSON the
   * numbers that JSON has not are strings.
   */
  send<O extends Operation>(operation: O, ...[input]: Arguments<O>): Promise<Response> {
    return send(this.#settings, operation, (input ?? {}) as Request);
  }

  /** Makes a study; with `loadIfExists` one of that name is returned as it is. */
  async createStudy<const S extends SearchSpace = SearchSpace>(
    study: Schemas["StudyCreate"] & { search_space?: S },
    { loadIfExists, ...call }: Call & { loadIfExists?: boolean } = {},
  ): Promise<Study<ParamsOf<S>>> {
    const data = await this.request("POST /v1/studies", {
      ...call,
      query: { load_if_exists: loadIfExists },
      body: study,
    });
    return new Study(this, data);
  }

  /**
   * The study of a name.
   *
   * @throws {EspalierError} `study_not_found`
   */
  async loadStudy<P = Params>(name: string, call: Call = {}): Promise<Study<P>> {
    return new Study(this, await this.request("GET /v1/studies/{study}", { ...call, path: { study: name } }));
  }

  /** Removes a study, with its trials. */
  async deleteStudy(name: string, call: Call = {}): Promise<void> {
    await this.request("DELETE /v1/studies/{study}", { ...call, path: { study: name } });
  }

  /** All studies, or those whose names begin with a prefix, by name. */
  studies(query: Query<"GET /v1/studies"> = {}, call: Call = {}): AsyncGenerator<Schemas["Study"], void, void> {
    return pages(
      (page_token) => this.request("GET /v1/studies", { ...call, query: { ...query, page_token } }),
      ({ studies }) => studies,
      query.page_token,
    );
  }

  /** Makes a study of an archive: what {@link Study.export} gave for the table `all`. Up to ten minutes, unless `timeoutMs` says otherwise. */
  async importStudy(archive: Archive, query: Query<"POST /v1/import"> = {}, call: Call = {}): Promise<Study> {
    return new Study(
      this,
      await this.request("POST /v1/import", { timeoutMs: SLOW_MS, ...call, query, body: archive }),
    );
  }

  /** A copy of the whole database, an SQLite file, taken while the server works. */
  async backup(call: Call = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const response = await this.send("GET /v1/backup", { timeoutMs: SLOW_MS, ...call });
    return response.body as ReadableStream<Uint8Array<ArrayBuffer>>;
  }

  /** The samplers that the server has, with their options. */
  async samplers(call: Call = {}): Promise<Schemas["CatalogueEntry"][]> {
    return (await this.request("GET /v1/samplers", call)).samplers;
  }

  /** The pruners that the server has, with their options. */
  async pruners(call: Call = {}): Promise<Schemas["CatalogueEntry"][]> {
    return (await this.request("GET /v1/pruners", call)).pruners;
  }

  /** The versions of the server and of its API. */
  version(call: Call = {}): Promise<Schemas["Version"]> {
    return this.request("GET /v1/version", call);
  }
}

function baseOf(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError(`"${url}" is not a URL such as http://127.0.0.1:8080`);
  }
  if (!/^https?:$/.test(parsed.protocol) || parsed.search || parsed.hash || parsed.username) {
    throw new TypeError(`"${url}" is not a URL such as http://127.0.0.1:8080, with no query and no credentials`);
  }
  return parsed.href.replace(/\/+$/, "");
}

/** A variable of the environment, where there is one: browsers have none. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}
