import { EspalierError, fromProblem } from "./errors.ts";
import type { Schemas } from "./operations.ts";

/** The error for an answer that is no success; `read` reads its body. */
export async function refusal(
  server: string,
  operation: string,
  response: Response,
  read: () => Promise<string>,
): Promise<EspalierError> {
  const { status } = response;
  if (status === 304) {
    return new EspalierError(`It has not changed since that ETag. (${operation}: 304)`, {
      code: "not_modified",
      operation,
      status,
    });
  }
  const text = await read();
  if (isJSON(response)) {
    const problem = parse(text);
    if (problem) {
      return fromProblem(problem, operation, retryAfter(response));
    }
  }
  return foreign(server, operation, response, text);
}

function parse(text: string): Schemas["Problem"] | undefined {
  try {
    const problem = JSON.parse(text);
    return typeof problem?.code === "string" && typeof problem.status === "number" ? problem : undefined;
  } catch {
    return undefined;
  }
}

/** An answer that no Espalier server gives. */
export function foreign(server: string, operation: string, response: Response, text: string): EspalierError {
  const { status } = response;
  const details = { code: "unexpected_answer", operation, status, retryAfterMs: retryAfter(response) } as const;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    const to = response.headers.get("location");
    return new EspalierError(
      `${server} redirects${to ? ` to ${to}` : ""}: give the URL it redirects to. (${operation})`,
      details,
    );
  }
  const type = response.headers.get("content-type")?.split(";")[0] ?? "no content type";
  const begin = text.trim().replace(/\s+/g, " ").slice(0, 120);
  const question =
    status >= 500
      ? "Can the proxy in front reach the server?"
      : "Is this the URL of an Espalier server, or does a proxy answer for it?";
  return new EspalierError(
    `${server} answered ${status} with ${type}${begin && `, "${begin}"`}. ${question} (${operation})`,
    details,
  );
}

export function isJSON(response: Response): boolean {
  return /^application\/([\w.-]+\+)?json\b/.test(response.headers.get("content-type") ?? "");
}

/** Retry-After in milliseconds: seconds, or a date. */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (!header) {
    return undefined;
  }
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
