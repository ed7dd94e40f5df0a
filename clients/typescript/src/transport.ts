import { foreign, isJSON, refusal } from "./answers.ts";
import { EspalierError, isAway } from "./errors.ts";
import { decode, encode } from "./floats.ts";
import { keyed } from "./generated/document.ts";
import type { Operation, Schemas } from "./operations.ts";
import { backoff, sleep } from "./waiting.ts";
import { Watch } from "./watch.ts";

/** How a call is made, whatever it calls. */
export interface Call {
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** For how long the server may be silent, in milliseconds; at least 1. The client's by default. */
  timeoutMs?: number;
  /** How often a try that failed is made again; 0 is never. The client's by default. */
  retries?: number;
}

export interface Settings {
  base: string;
  token: string | undefined;
  fetch: typeof fetch;
  timeoutMs: number;
  retries: number;
}

/** A request of any operation, its types forgotten. */
export interface Request extends Call {
  path?: Readonly<Record<string, unknown>>;
  query?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, unknown>>;
  body?: unknown;
}

/** The longest Retry-After that is waited for. */
const PATIENCE_MS = 60_000;

/** POSTs that do no more when they are sent again: a tell compares, a suggested name keeps its value, and so on. */
const harmless: ReadonlySet<string> = new Set<Operation>([
  "POST /v1/studies/{study}/tells",
  "POST /v1/studies/{study}/stop",
  "POST /v1/studies/{study}/resume",
  "POST /v1/studies/{study}/replay",
  "POST /v1/studies/{study}/trials/{number}/tell",
  "POST /v1/studies/{study}/trials/{number}/suggest",
  "POST /v1/studies/{study}/trials/{number}/heartbeat",
  "POST /v1/studies/{study}/trials/{number}/prune",
]);

/** Sends an operation and reads its JSON; undefined for an answer without a body. */
export function request(settings: Settings, operation: string, call: Request): Promise<unknown> {
  return persist(settings, operation, call, async (prepared) => {
    const response = await attempt(settings, operation, prepared);
    if (response.status === 204) {
      return undefined;
    }
    const text = await response.text();
    if (!isJSON(response)) {
      throw foreign(settings.base, operation, response, text);
    }
    try {
      return decode(operation, JSON.parse(text));
    } catch (cause) {
      throw new EspalierError(`The server's answer is not whole JSON. (${operation}: ${response.status})`, {
        code: "unreachable",
        operation,
        status: response.status,
        cause,
      });
    }
  });
}

/** Sends an operation; the answer, which is a success, is the caller's to read or to cancel. */
export function send(settings: Settings, operation: string, call: Request): Promise<Response> {
  return persist(settings, operation, call, async (prepared) => {
    const response = await attempt(settings, operation, prepared);
    if (/^text\/html\b/.test(response.headers.get("content-type") ?? "")) {
      throw foreign(settings.base, operation, response, await response.text());
    }
    return response;
  });
}

/** A request whose body is encoded and whose key, if it takes one, is chosen: the same at each try. */
interface Prepared extends Request {
  url: string;
  init: RequestInit;
  timeoutMs: number;
}

function prepare(settings: Settings, operation: string, call: Request): Prepared {
  const [method = "", template = ""] = operation.split(" ");
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = call.path?.[name];
    if (value === undefined || value === "") {
      throw new TypeError(`${operation} wants path.${name}`);
    }
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) {
        query.append(name, String(one));
      }
    }
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(call.headers ?? {})) {
    if (value !== undefined) {
      headers[name.toLowerCase()] = String(value);
    }
  }
  if (settings.token !== undefined) {
    headers.authorization = `Bearer ${settings.token}`;
  }
  if (keyed.has(operation)) {
    headers["idempotency-key"] ??= uuid();
  }
  const init: RequestInit & { duplex?: "half" } = { method, headers, redirect: "manual" };
  if (call.body !== undefined) {
    const archive = operation === "POST /v1/import";
    headers["content-type"] = archive ? "application/x-ndjson" : "application/json";
    init.body = archive ? (call.body as BodyInit) : encode(call.body);
    init.duplex = "half";
  }
  // A long poll is silent for as long as it was asked to be.
  const waitMs = 1_000 * Number(call.query?.wait_seconds ?? 0);
  const search = query.size > 0 ? `?${query}` : "";
  return {
    ...call,
    url: settings.base + path + search,
    init,
    timeoutMs: (call.timeoutMs ?? settings.timeoutMs) + waitMs,
  };
}

/** Browsers have `crypto.randomUUID` on secure pages only. */
function uuid(): string {
  if (typeof crypto.randomUUID === "function") {
    return crypto.randomUUID();
  }
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Tries again what failed for now, as far as a second try cannot do anything twice. */
async function persist<T>(
  settings: Settings,
  operation: string,
  call: Request,
  once: (prepared: Prepared) => Promise<T>,
): Promise<T> {
  call.signal?.throwIfAborted();
  const prepared = prepare(settings, operation, call);
  const retries = call.retries ?? settings.retries;
  for (let tries = 1; ; tries++) {
    try {
      return await once(prepared);
    } catch (error) {
      const wait = error instanceof EspalierError ? (error.retryAfterMs ?? 0) : 0;
      if (tries > retries || wait > PATIENCE_MS || !again(operation, call.body, error)) {
        throw error;
      }
      await sleep(Math.max(wait, backoff(tries)), call.signal);
    }
  }
}

function again(operation: string, body: unknown, error: unknown): boolean {
  if (!(error instanceof EspalierError)) {
    return false;
  }
  if (error.code === "request_in_progress") {
    return true;
  }
  if (!isAway(error) || (typeof ReadableStream === "function" && body instanceof ReadableStream)) {
    return false;
  }
  return error.code === "storage_unavailable" || neverSent(error) || repeatable(operation, body);
}

/** Whether an operation does no more when it is sent twice than when it is sent once, as the document promises. */
function repeatable(operation: string, body: unknown): boolean {
  if (operation.startsWith("GET ") || keyed.has(operation) || harmless.has(operation)) {
    return true;
  }
  if (operation.endsWith("/report")) {
    return hasKey(body as Schemas["Report"]);
  }
  if (operation.endsWith("/reports")) {
    return (body as Schemas["ReportsRequest"]).reports.every(hasKey);
  }
  return false;
}

const hasKey = ({ step, seq }: Schemas["Report"]) => step !== undefined || seq !== undefined;

/** Whether there was no connection to send anything over. Browsers do not say, Node does. */
function neverSent(error: EspalierError): boolean {
  const code = (error.cause as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"].includes(String(code));
}

/** Makes one try. The time limit starts anew with each part of the answer that arrives. */
async function attempt(settings: Settings, operation: string, prepared: Prepared): Promise<Response> {
  const { signal, timeoutMs } = prepared;
  const { fetch } = settings; // a browser's fetch is not to be called as a method
  const watch = new Watch(operation, settings.base, timeoutMs, signal);
  let response: Response;
  try {
    response = await watch.over(fetch(prepared.url, { ...prepared.init, signal: watch.signal }));
  } catch (error) {
    watch.end();
    throw error;
  }
  const watched = new Response(
    watch.body(response.body),
    response.type === "opaqueredirect" ? { status: 200 } : response,
  );
  if (response.ok) {
    return watched;
  }
  throw await refusal(settings.base, operation, response, () => watched.text());
}
