import { EspalierError, isAway } from "./errors.ts";
import type { Schemas } from "./operations.ts";
import { backoff, sleep } from "./waiting.ts";

/** An event of a study: what changed, not how. */
export type StudyEvent = Schemas["Event"] & {
  /** What to give as `lastEventId` to go on after this event. */
  id: string;
};

export interface EventsOptions {
  /** Ends the listening: the iteration rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Resumes after this event; left out, only what happens from now on. */
  lastEventId?: string;
  /** Only events of this trial. */
  trial?: number;
  /** Called each time the stream is open: what is read from now on, and the events, miss nothing together. */
  onOpen?: () => void;
}

/** The server sends a comment every 15 s: a stream that is silent for longer than this has died. */
export const QUIET_MS = 45_000;
const SLOWEST_RETRY_MS = 30_000;

/** Opens the stream after an event. */
export type Connect = (lastEventId: string | undefined) => Promise<Response>;

/**
 * Listens for events, and connects again whenever the stream breaks off. The first connection has to succeed, and a
 * server that refuses ends the iteration; one that is away later on is waited for.
 */
export async function* listen(
  connect: Connect,
  { signal, lastEventId, onOpen }: EventsOptions,
): AsyncGenerator<StudyEvent, void, void> {
  let last = lastEventId;
  let tries = 0;
  let connected = false;
  for (;;) {
    try {
      const response = await connect(last);
      connected = true;
      onOpen?.();
      for await (const message of messages(response.body)) {
        tries = 0;
        last = message.id ?? last;
        if (message.data !== "") {
          yield { ...(JSON.parse(message.data) as Schemas["Event"]), id: last ?? "" };
        }
      }
    } catch (error) {
      if (signal?.aborted || !connected || !isAway(error)) {
        throw error;
      }
    }
    await sleep(backoff(++tries, SLOWEST_RETRY_MS), signal);
  }
}

interface Message {
  data: string;
  id: string | undefined;
}

/** Reads a `text/event-stream`; a message without data still has the id that moves the place to resume from. */
async function* messages(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Message> {
  if (!body) {
    throw new EspalierError("The stream of events has no body.", {
      code: "unexpected_answer",
      operation: "GET /v1/studies/{study}/events",
    });
  }
  let data: string[] = [];
  let id: string | undefined;
  for await (const line of lines(body)) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (line === "") {
      if (data.length > 0 || id !== undefined) {
        yield { data: data.join("\n"), id };
      }
      data = [];
      id = undefined;
    } else if (field === "data") {
      data.push(value);
    } else if (field === "id") {
      id = value;
    }
  }
}

/**
 * The lines of a stream of UTF-8, without their ends: of the events, or of an export.
 *
 * ```ts
 * for await (const line of lines(await study.export({ table: "trials", format: "jsonl" }))) { ... }
 * ```
 */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const found = rest.split(/\r?\n/);
      rest = found.pop() ?? "";
      yield* found;
      if (done) {
        if (rest !== "") {
          yield rest;
        }
        return;
      }
    }
  } finally {
    await reader.cancel();
  }
}
