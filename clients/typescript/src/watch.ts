import { EspalierError } from "./errors.ts";

/** The longest that a timer can be set to, some 25 days. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Gives up a request whose caller does, or whose server is silent for too long. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #operation: string;
  readonly #server: string;
  readonly #timeoutMs: number;
  readonly #caller: AbortSignal | undefined;
  readonly #follow = () => this.#controller.abort(this.#caller?.reason);

  constructor(operation: string, server: string, timeoutMs: number, caller: AbortSignal | undefined) {
    this.#operation = operation;
    this.#server = server;
    this.#timeoutMs = timeoutMs;
    this.#caller = caller;
    caller?.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#caller?.removeEventListener("abort", this.#follow);
  }

  /** Waits for a part of the exchange. */
  async over<T>(part: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#controller.abort(this.#late()), Math.min(this.#timeoutMs, LONGEST_MS));
    try {
      return await part;
    } catch (cause) {
      throw this.signal.aborted ? this.signal.reason : this.#broken(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The body, watched while somebody waits for more of it. */
  body(stream: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> | null {
    if (!stream) {
      this.end();
      return null;
    }
    const reader = stream.getReader();
    return new ReadableStream<Uint8Array>(
      {
        pull: async (out) => {
          try {
            const { done, value } = await this.over(reader.read());
            if (done) {
              this.end();
              out.close();
            } else {
              out.enqueue(value);
            }
          } catch (error) {
            this.end();
            out.error(error);
          }
        },
        cancel: async (reason) => {
          this.end();
          await reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  #late(): EspalierError {
    return new EspalierError(
      `${this.#server} was silent for ${this.#timeoutMs / 1000} s. Is it overloaded, or is something in between? timeoutMs sets the limit. (${this.#operation})`,
      { code: "timeout", operation: this.#operation },
    );
  }

  #broken(cause: unknown): EspalierError {
    return new EspalierError(
      `${this.#server} cannot be reached: ${rootCause(cause)}. Does "espalier serve" run there, and is the URL right? (${this.#operation})`,
      { code: "unreachable", operation: this.#operation, cause },
    );
  }
}

/** Node puts what happened into the cause of the cause, and several tries of one host into `errors`. */
function rootCause(error: unknown): string {
  const { cause, errors, message, code } = error as {
    cause?: unknown;
    errors?: unknown[];
    message?: string;
    code?: string;
  };
  const deeper = cause ?? errors?.[0];
  return deeper ? rootCause(deeper) : message || code || String(error);
}
