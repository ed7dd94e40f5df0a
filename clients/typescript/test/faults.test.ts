import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, test } from "node:test";
import { Espalier, EspalierError, LeaseLost } from "../src/index.ts";
import { all, bodyOf, fresh, type Gateway, gateway, loseAnswer, serve } from "./server.ts";

const server = await serve({ after });
const direct = new Espalier({ url: server.url });
const plain = { sampler: { type: "random" }, pruner: { type: "nop" } };

/** An error with a code, whose message says `text`. */
const failure = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof EspalierError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, text);
  return true;
};

/** Makes the first `times` requests whose line ends in `suffix` fail. */
function failFirst(front: Gateway, suffix: string, times: number, fail: Gateway["handle"]): void {
  let left = times;
  front.handle = (incoming, outgoing, pass) => {
    if (incoming.url?.split("?")[0]?.endsWith(suffix) && left-- > 0) {
      fail(incoming, outgoing, pass);
    } else {
      pass();
    }
  };
}

const count = (front: Gateway, suffix: string) => front.seen.filter((line) => line.endsWith(suffix)).length;

test("an answer that is lost does not make a study, a trial or an ask twice", async (t) => {
  const front = await gateway(t, server.url);
  const espalier = new Espalier({ url: front.url });
  const name = fresh();
  failFirst(front, "/v1/studies", 1, (incoming, outgoing) => loseAnswer(incoming, outgoing, server.url));
  const study = await espalier.createStudy({ name, search_space: { x: { type: "int", low: 0, high: 9 } }, ...plain });
  failFirst(front, "/trials", 1, (incoming, outgoing) => loseAnswer(incoming, outgoing, server.url));
  await study.enqueue({ x: 7 });
  failFirst(front, "/ask", 1, (incoming, outgoing) => loseAnswer(incoming, outgoing, server.url));
  const trial = await study.ask();
  assert.deepEqual(trial?.params, { x: 7 });
  failFirst(front, "/tell", 1, (incoming, outgoing) => loseAnswer(incoming, outgoing, server.url));
  await trial?.tell(1);
  const trials = await all(study.trials());
  assert.deepEqual(
    trials.map(({ state, values }) => [state, values]),
    [["COMPLETE", [1]]],
  );
  assert.equal(count(front, "/ask"), 2);
});

test("what could happen twice is not sent twice: a delete, a patch, a release, a report without a key", async (t) => {
  const front = await gateway(t, server.url);
  const espalier = new Espalier({ url: front.url });
  const study = await espalier.createStudy({ name: fresh(), ...plain });
  const trial = await study.ask();
  assert.ok(trial);
  const path = { study: study.name, number: trial.number };
  const operations: [string, () => Promise<unknown>][] = [
    [
      "/report",
      () => espalier.request("POST /v1/studies/{study}/trials/{number}/report", { path, body: { value: 1 } }),
    ],
    ["/release", () => trial.release()],
    [`/${study.name}`, () => study.update({ max_retries: 1 })],
    [`/${study.name}`, () => study.delete()],
  ];
  for (const [suffix, call] of operations) {
    const before = front.seen.length;
    failFirst(front, suffix, 1, (incoming, outgoing) => loseAnswer(incoming, outgoing, server.url));
    await assert.rejects(call(), failure("unreachable", /cannot be reached/));
    assert.equal(front.seen.length - before, 1, suffix);
  }
});

test("what the server says it did not write is sent again, when it asks for it", async (t) => {
  const front = await gateway(t, server.url);
  const study = await new Espalier({ url: front.url }).createStudy({ name: fresh(), ...plain });
  failFirst(front, `/${study.name}`, 1, (_incoming, outgoing) => {
    outgoing.writeHead(503, { "content-type": "application/problem+json", "retry-after": "1" });
    outgoing.end(
      JSON.stringify({
        type: "/problems/storage_unavailable",
        title: "Away",
        status: 503,
        code: "storage_unavailable",
      }),
    );
  });
  const begin = performance.now();
  await study.update({ max_retries: 1 });
  assert.ok(performance.now() - begin >= 990, "Retry-After was not kept");
  assert.equal(study.data.max_retries, 1);
});

test("a Retry-After beyond a minute is the caller's to wait for", async (t) => {
  const front = await gateway(t, server.url);
  front.handle = (_incoming, outgoing) => void outgoing.writeHead(503, { "retry-after": "3600" }).end();
  await assert.rejects(
    new Espalier({ url: front.url }).version(),
    (error: EspalierError) => error.retryAfterMs === 3_600_000,
  );
  assert.equal(front.seen.length, 1);
});

test("reports are kept while the server is away, and are brought to it in order when it is back", async (t) => {
  const front = await gateway(t, server.url);
  const espalier = new Espalier({ url: front.url });
  const study = await espalier.createStudy({ name: fresh(), ...plain });
  const trial = await study.ask();
  assert.ok(trial);
  front.handle = (_incoming, outgoing) => outgoing.destroy();
  for (const step of [1, 2, 3]) {
    const decision = await trial.report(step, step);
    assert.deepEqual([decision.should_prune, decision.buffered], [false, step]);
  }
  assert.ok(count(front, "/report") < 3, "every report tried a server that is away");
  front.handle = (_incoming, _outgoing, pass) => pass();
  await trial.tell(); // the value of the last report
  const points = await all(study.metrics(trial.number, { name: ["value"] }));
  assert.deepEqual(
    points.map(({ step }) => step),
    [1, 2, 3],
  );
  assert.deepEqual((await study.trial(trial.number)).values, [3]);
});

test("a kept report is brought without another call, and its decision arrives by the signal", async (t) => {
  const front = await gateway(t, server.url);
  const espalier = new Espalier({ url: front.url });
  const study = await espalier.createStudy({
    name: fresh(),
    pruner: { type: "threshold", upper: 10 },
    sampler: { type: "random" },
  });
  const trial = await study.ask();
  assert.ok(trial);
  failFirst(
    front,
    "/report",
    1,
    (_incoming, outgoing) => void outgoing.writeHead(502, { "content-type": "text/html" }).end("<html>"),
  );
  assert.equal((await trial.report(1, 11)).buffered, 1);
  await once(trial.signal, "abort");
  assert.match(String(trial.signal.reason), /TrialPruned/);
  await trial.tell({ state: "PRUNED" });
});

test("one kept report that the server refuses does not lose the others", async (t) => {
  const front = await gateway(t, server.url);
  const study = await new Espalier({ url: front.url }).createStudy({ name: fresh(), ...plain });
  const trial = await study.ask();
  assert.ok(trial);
  front.handle = (_incoming, outgoing) => outgoing.destroy();
  await trial.report(1, 1);
  await trial.report(2, { "not a name": 2 });
  await trial.report(3, 3);
  front.handle = (_incoming, _outgoing, pass) => pass();
  await assert.rejects(trial.tell(), failure("invalid_request", /not a name/));
  assert.deepEqual((await trial.tell()).values, [3]);
  assert.equal((await all(study.metrics(0, { name: ["value"] }))).length, 2);
});

test("a trial is lost once the server was away for as long as its lease", async (t) => {
  const front = await gateway(t, server.url);
  const study = await new Espalier({ url: front.url }).createStudy({ name: fresh(), ...plain, lease_seconds: 1 });
  const trial = await study.ask();
  assert.ok(trial);
  front.handle = (_incoming, outgoing) => outgoing.destroy();
  assert.equal((await trial.report(1, 1)).buffered, 1);
  await once(trial.signal, "abort");
  assert.ok(trial.signal.reason instanceof LeaseLost);
  await assert.rejects(trial.report(2, 1), (error) => error instanceof LeaseLost && /lease of 1 s/.test(error.message));
  await assert.rejects(trial.tell(1), LeaseLost);
});

test("a worker outlives a restart of the server", async (t) => {
  const own = await serve(t);
  const espalier = new Espalier({ url: own.url });
  const study = await espalier.createStudy({ name: fresh(), ...plain });
  await study.optimize(
    async (trial) => {
      await trial.report(1, 1);
      await own.stop("SIGKILL");
      assert.equal((await trial.report(2, 2)).buffered, 1);
      await own.start();
    },
    { maxTrials: 2 },
  );
  assert.deepEqual(
    (await all(study.trials())).map(({ values }) => values),
    [[2], [2]],
  );
});

test("a server that is down is an error that says what to do", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  const espalier = new Espalier({ url: `http://127.0.0.1:${port}`, retries: 1 });
  await assert.rejects(espalier.version(), failure("unreachable", /ECONNREFUSED.*espalier serve/));
});

test("a server that is silent is given up", async (t) => {
  const hole = createServer(() => {}).listen(0, "127.0.0.1");
  await once(hole, "listening");
  t.after(() => void hole.close());
  const { port } = hole.address() as AddressInfo;
  const espalier = new Espalier({ url: `http://127.0.0.1:${port}`, timeoutMs: 50, retries: 1 });
  await assert.rejects(espalier.version(), failure("timeout", /silent for 0.05 s/));
});

test("a time limit may be infinite", async () => {
  await new Espalier({ url: server.url, timeoutMs: Number.POSITIVE_INFINITY, retries: 0 }).version();
});

test("an answer that stops half way is given up, streamed or not", async (t) => {
  const front = await gateway(t, server.url);
  front.handle = (_incoming, outgoing) => {
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.write('{"version":');
  };
  const espalier = new Espalier({ url: front.url, timeoutMs: 50, retries: 0 });
  await assert.rejects(espalier.version(), failure("timeout", /silent/));
  const response = await espalier.send("GET /v1/backup");
  await assert.rejects(response.arrayBuffer(), failure("timeout", /silent/));
});

test("a call is aborted with the reason of its signal", async (t) => {
  const front = await gateway(t, server.url);
  const stop = new AbortController();
  const reason = new Error("enough");
  front.handle = () => stop.abort(reason);
  await assert.rejects(new Espalier({ url: front.url }).version({ signal: stop.signal }), reason);
  await assert.rejects(new Espalier({ url: front.url }).version({ signal: stop.signal }), reason);
  assert.equal(front.seen.length, 1);
});

test("HTML of a proxy is an error that shows it", async (t) => {
  const front = await gateway(t, server.url);
  const espalier = new Espalier({ url: front.url, retries: 0 });
  for (const [status, hint] of [
    [502, /Can the proxy in front reach the server/],
    [404, /URL of an Espalier server/],
    [200, /does a proxy answer/],
  ] as const) {
    front.handle = (_incoming, outgoing) =>
      void outgoing.writeHead(status, { "content-type": "text/html" }).end("<h1>Sign in</h1>");
    await assert.rejects(espalier.version(), failure("unexpected_answer", hint));
    await assert.rejects(
      espalier.version(),
      failure("unexpected_answer", new RegExp(`${status} with text/html, "<h1>Sign in</h1>"`)),
    );
  }
});

test("a redirect is an error that says where to", async (t) => {
  const front = await gateway(t, server.url);
  front.handle = (_incoming, outgoing) => void outgoing.writeHead(301, { location: "https://there.example" }).end();
  await assert.rejects(
    new Espalier({ url: front.url }).createStudy({ name: fresh() }),
    failure("unexpected_answer", /redirects to https:\/\/there.example/),
  );
});

test("a URL that is none is refused at once", () => {
  for (const url of ["localhost:8080", "espalier", "ftp://x", "http://a:b@x"]) {
    assert.throws(() => new Espalier({ url }), /is not a URL such as http/);
  }
});

test("a bad request is an error that names each place", async () => {
  const bad = { x: { type: "float", low: 2, high: 1 } } as const;
  await assert.rejects(direct.createStudy({ name: fresh(), search_space: bad }), (error: EspalierError) => {
    assert.equal(error.status, 400);
    assert.ok(error.errors[0]?.pointer?.startsWith("/search_space/x"), JSON.stringify(error.errors));
    assert.match(error.message, /\/search_space\/x/);
    return true;
  });
});

test("a trial of a study that is deleted is lost", async () => {
  const study = await direct.createStudy({ name: fresh(), ...plain });
  const trial = await study.ask();
  await study.delete();
  await assert.rejects(
    trial?.report(1, 1) ?? Promise.resolve(),
    (error) => error instanceof LeaseLost && error.code === "study_not_found",
  );
});

test("a line end behind a token is not sent", async (t) => {
  const own = await serve(t, { ESPALIER_TOKEN: "right" });
  assert.deepEqual(await all(new Espalier({ url: own.url, token: "right\n", retries: 0 }).studies()), []);
});

test("a wrong token is an error that says how to give it", async (t) => {
  const own = await serve(t, { ESPALIER_TOKEN: "right" });
  const wrong = new Espalier({ url: own.url, token: "wrong" });
  await assert.rejects(all(wrong.studies()), failure("unauthenticated", /new Espalier\(\{ token \}\)/));
  assert.deepEqual(await all(new Espalier({ url: own.url, token: "right" }).studies()), []);
});

test("an idempotency key of the caller's is kept", async (t) => {
  const front = await gateway(t, server.url);
  const espalier = new Espalier({ url: front.url });
  const keys: unknown[] = [];
  front.handle = (incoming, _outgoing, pass) => {
    keys.push(incoming.headers["idempotency-key"]);
    pass();
  };
  const body = { name: fresh() };
  const mine = { headers: { "Idempotency-Key": "mine" }, body };
  const first = await espalier.request("POST /v1/studies", mine);
  const second = await espalier.request("POST /v1/studies", mine);
  assert.deepEqual(second, first);
  assert.deepEqual(keys, ["mine", "mine"]);
});

test("an infinity that JSON has not is sent as the document writes it", async (t) => {
  const front = await gateway(t, server.url);
  const study = await new Espalier({ url: front.url }).createStudy({ name: fresh(), ...plain });
  const trial = await study.ask();
  let sent = Promise.resolve("");
  front.handle = (incoming, outgoing) => {
    sent = bodyOf(incoming);
    outgoing.destroy();
  };
  await trial?.report(1, { a: Number.NEGATIVE_INFINITY, b: Number.NaN });
  assert.deepEqual(JSON.parse(await sent).metrics, { a: "-Infinity", b: "NaN" });
  trial?.letGo();
});
