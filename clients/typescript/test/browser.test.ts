import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createContext, Script } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { serve } from "./server.ts";

const server = await serve({ after });

/** What every browser has and the package may use; nothing of Node's is here. */
const web = {
  AbortController,
  AbortSignal,
  ReadableStream,
  Response,
  TextDecoder,
  URL,
  URLSearchParams,
  clearTimeout,
  crypto,
  performance,
  setTimeout,
};

async function bundle() {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL("../src/index.ts", import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: "browser",
    target: "es2022",
    format: "iife",
    globalName: "client",
  });
  const inputs = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  return { code: outputFiles[0]?.text ?? "", foreign: inputs.filter(({ external }) => external) };
}

test("the bundle imports nothing, is small, and works where there is only the web", async () => {
  const { code, foreign } = await bundle();
  assert.deepEqual(foreign, []);
  const bytes = gzipSync(code).length;
  assert.ok(bytes < 10_000, `the bundle is ${bytes} bytes`);

  // A browser's fetch is the window's: as the method of anything else it throws.
  const window = createContext({ ...web }) as Record<string, unknown>;
  window.fetch = function (this: unknown, ...args: Parameters<typeof fetch>) {
    assert.ok(this === undefined || this === window, "Illegal invocation");
    return fetch(...args);
  };
  new Script(code).runInContext(window);
  const work = new Script(`(async (url) => {
    const espalier = new client.Espalier({ url });
    const study = await espalier.createStudy({
      name: "web", max_steps: 2, search_space: { x: { type: "float", low: 0, high: 1 } }, sampler: { type: "random" },
    });
    await study.optimize(async (trial) => {
      await trial.report(1, { value: NaN });
      return trial.params.x;
    }, { maxTrials: 2 });
    let events = 0;
    for await (const event of study.events({ onOpen: () => study.stop() })) {
      if (++events === 1) break;
    }
    let states = "";
    for await (const { state } of study.trials()) states += state + " ";
    return states + events;
  })`).runInContext(window) as (url: string) => Promise<string>;
  assert.equal(await work(server.url), "COMPLETE COMPLETE 1");
});

test("a page of the server's own origin may write, one that is allowed too, and another not", async (t) => {
  const dash = "https://dash.example";
  const own = await serve(t, { ESPALIER_ALLOW_ORIGIN: dash });
  const post = (name: string, origin: string) =>
    fetch(`${own.url}/v1/studies`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ name }),
    });
  assert.equal((await post("own", own.url)).status, 201);
  const allowed = await post("allowed", dash);
  assert.equal(allowed.status, 201);
  assert.equal(allowed.headers.get("access-control-allow-origin"), dash);
  assert.equal((await post("other", "https://elsewhere.example")).status, 403);
  const preflight = await fetch(`${own.url}/v1/studies`, {
    method: "OPTIONS",
    headers: {
      origin: dash,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,idempotency-key,if-match,last-event-id",
    },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /idempotency-key/);
});
