import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { Espalier, type EspalierError, LeaseLost, type Schemas, type Trial, TrialPruned } from "../src/index.ts";
import { all, fresh, gateway, serve } from "./server.ts";

const server = await serve({ after });
const espalier = new Espalier({ url: server.url });

const study = (rest: Omit<Partial<Schemas["StudyCreate"]>, "search_space"> = {}) =>
  espalier.createStudy({
    name: fresh(),
    search_space: {
      x: { type: "float", low: -1, high: 1 },
      kind: { type: "categorical", choices: ["NaN", "plain", null] },
    },
    sampler: { type: "random" },
    pruner: { type: "nop" },
    ...rest,
  });

test("optimizes until the budget is used up, several trials at once", async () => {
  const s = await study({ budget: { max_trials: 12 } });
  let atOnce = 0;
  let most = 0;
  const ended: Schemas["Trial"][] = [];
  await s.optimize(
    async ({ params, ...trial }) => {
      most = Math.max(most, ++atOnce);
      await Promise.resolve(trial);
      await espalier.version();
      atOnce--;
      return params.x ** 2;
    },
    { parallel: 3, onTrial: (trial) => ended.push(trial), ask: { worker: "me" } },
  );
  assert.equal(ended.length, 12);
  assert.ok(most > 1, `at most ${most} at once`);
  const trials = await all(s.trials({ state: ["COMPLETE"] }));
  assert.equal(trials.length, 12);
  assert.deepEqual(new Set(trials.map(({ worker }) => worker)), new Set(["me"]));
  const [best] = await s.best();
  const least = Math.min(...trials.map(({ values }) => values?.[0] ?? Number.NaN));
  assert.equal(best?.values?.[0], least);
});

test("is told to prune with the sentence that says why, and tells it", async () => {
  const s = await study({ pruner: { type: "limit", metric: "system/cpu_seconds", bound: 60 } });
  await s.optimize(
    async (trial) => {
      const on = await trial.report(1, { value: 1, "system/cpu_seconds": 59 });
      assert.equal(on.should_prune, false);
      assert.equal(trial.signal.aborted, false);
      const decision = await trial.report(2, { value: 1, "system/cpu_seconds": 61 });
      assert.equal(decision.should_prune, true);
      assert.match(decision.explanation?.sentence ?? "", /61 s.*60 s/);
      assert.ok(trial.signal.reason instanceof TrialPruned);
      throw new TrialPruned(decision);
    },
    { maxTrials: 1 },
  );
  assert.equal((await s.trial(0)).state, "PRUNED");
});

test("reports a value that is no number as it is, and reads it back", async () => {
  const s = await study();
  const trial = await s.ask();
  assert.ok(trial);
  await trial.report(1, { value: Number.NaN, up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY });
  const [point] = await all(s.metrics(trial.number, { name: ["value", "up", "down"] }));
  assert.deepEqual(point?.metrics, { value: Number.NaN, up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY });
  await assert.rejects(trial.tell(Number.NaN), (error: EspalierError) => error.code === "values_mismatch");
  await trial.tell({ state: "FAIL" });
});

test("keeps a choice that is the string NaN a string", async () => {
  const s = await study();
  await s.enqueue({ kind: "NaN" }, { user_attrs: { note: "Infinity" } });
  const trial = await s.ask();
  assert.equal(trial?.params.kind, "NaN");
  await trial?.tell(1);
  const told = await s.trial(0);
  assert.equal(told.params.kind, "NaN");
  assert.equal(told.user_attrs.note, "Infinity");
});

test("tells FAIL for a value that is not finite, and goes on", async () => {
  const s = await study();
  await s.optimize(() => Number.NaN, { maxTrials: 2 });
  const states = (await all(s.trials())).map(({ state, reason }) => `${state} ${reason}`);
  assert.deepEqual(states, ["FAIL non_finite", "FAIL non_finite"]);
});

test("tells FAIL for a trial whose reports diverged, and goes on", async () => {
  const s = await study();
  await s.optimize(async (trial) => void (await trial.report(1, Number.POSITIVE_INFINITY)), { maxTrials: 1 });
  const { state, reason } = await s.trial(0);
  assert.equal(`${state} ${reason}`, "FAIL non_finite");
});

test("ends at an objective that gives no value at all", async () => {
  const s = await study();
  await assert.rejects(
    s.optimize(() => {}),
    (error: EspalierError) => error.code === "values_mismatch",
  );
  const { state, reason } = await s.trial(0);
  assert.equal(`${state} ${reason}`, "FAIL no_value");
});

test("ends at the first error of an objective, and leaves no trial running", async () => {
  const s = await study();
  const broken = new Error("no data");
  await assert.rejects(
    s.optimize(
      async (trial) => {
        if (trial.number === 0) {
          throw broken;
        }
        await once(trial.signal, "abort");
      },
      { parallel: 2 },
    ),
    broken,
  );
  const { trial_counts } = (await s.refresh()).data;
  assert.equal(trial_counts.RUNNING, 0);
  const { state, error } = await s.trial(0);
  assert.equal(state, "FAIL");
  assert.match(error ?? "", /no data/);
});

test("goes on after an error that it is to catch", async () => {
  const s = await study();
  const caught: unknown[] = [];
  await s.optimize(
    ({ number }) => {
      if (number === 0) {
        throw new RangeError("too large");
      }
      return 1;
    },
    { maxTrials: 2, catch: (error) => error instanceof RangeError && caught.push(error) > 0 },
  );
  assert.equal(caught.length, 1);
  assert.deepEqual(
    (await all(s.trials())).map(({ state }) => state),
    ["FAIL", "COMPLETE"],
  );
});

test("gives the params to the next worker when it is interrupted", async () => {
  const s = await study();
  const stop = new AbortController();
  const reason = new Error("Ctrl-C");
  let late: Promise<unknown> = Promise.resolve();
  await assert.rejects(
    s.optimize(
      async (trial) => {
        stop.abort(reason);
        assert.equal(trial.signal.aborted, false);
        late = once(trial.signal, "abort").then(() => trial.report(1, 1));
        late.catch(() => {});
        await late;
      },
      { signal: stop.signal },
    ),
    reason,
  );
  await assert.rejects(late, reason);
  const { state, reason: why, params } = await s.trial(0);
  assert.equal(`${state} ${why}`, "FAIL interrupted");
  const next = await s.ask();
  assert.equal(next?.data.retry_of, 0);
  assert.deepEqual(next?.params, params);
  await next?.tell(1);
});

test("gives back a trial that arrives when nobody wants it any more", async (t) => {
  const s = await study();
  const front = await gateway(t, server.url);
  const there = await new Espalier({ url: front.url }).loadStudy(s.name);
  const stop = new AbortController();
  front.handle = (_incoming, _outgoing, pass) => {
    stop.abort(new Error("enough"));
    pass();
  };
  await assert.rejects(there.ask({}, { signal: stop.signal }), /enough/);
  assert.deepEqual(front.seen.slice(-2), [
    `POST /v1/studies/${s.name}/ask`,
    `POST /v1/studies/${s.name}/trials/0/release`,
  ]);
  assert.equal((await s.trial(0)).state, "WAITING");
});

test("hears of an operator's prune while it is silent", async () => {
  const s = await study({ lease_seconds: 1 });
  await s.optimize(
    async (trial) => {
      await s.prune(trial.number);
      await once(trial.signal, "abort"); // by a heartbeat, a third of a second later
      throw trial.signal.reason;
    },
    { maxTrials: 1 },
  );
  const { state, decision } = await s.trial(0);
  assert.equal(state, "PRUNED");
  assert.equal(decision?.reason, "operator");
});

test("keeps the lease of a silent trial, and loses it once it does not", async () => {
  const s = await study({ lease_seconds: 1 });
  const kept = await s.ask();
  const given = await s.ask({}, { heartbeat: false });
  assert.ok(kept && given);
  for await (const event of s.events()) {
    if (event.trial === given.number && (await s.trial(given.number)).state === "FAIL") {
      break;
    }
  }
  assert.equal((await s.trial(kept.number)).state, "RUNNING");
  await assert.rejects(given.report(1, 1), (error) => error instanceof LeaseLost && error.code === "lease_expired");
  assert.ok(given.signal.reason instanceof LeaseLost);
  await assert.rejects(given.tell(1), LeaseLost);
  assert.equal((await kept.tell(1)).state, "COMPLETE");
});

test("drops a trial whose lease is lost, and asks for another", async () => {
  const s = await study();
  const lost: unknown[] = [];
  await s.optimize(
    async (trial) => {
      if (lost.length === 0) {
        await espalier.request("POST /v1/studies/{study}/trials/{number}/release", {
          path: { study: s.name, number: trial.number },
        });
        await trial.report(1, 1).catch((error) => {
          lost.push(error);
          throw error;
        });
      }
      return 1;
    },
    { maxTrials: 2 },
  );
  assert.ok(lost[0] instanceof LeaseLost && lost[0].code === "trial_not_running", String(lost[0]));
  const trials = await all(s.trials());
  assert.deepEqual(
    trials.map(({ number, state }) => [number, state]),
    [[0, "COMPLETE"]], // given back, then handed out again
  );
});

test("tells the same twice without harm, and something else not", async () => {
  const s = await study();
  const trial = await s.ask();
  await trial?.tell(1);
  assert.deepEqual((await trial?.tell(1))?.values, [1]);
  await assert.rejects(trial?.tell(2) ?? Promise.resolve(), (error: EspalierError) => error.code === "trial_finished");
});

test("samples in time, suggests by run, and sets attrs", async () => {
  const s = await espalier.createStudy({ name: fresh() });
  await s.enqueue({ depth: 9 });
  const trial = await s.ask();
  assert.ok(trial);
  assert.deepEqual(trial.warnings, []);
  await trial.sample({ "system/memory_bytes": 1e6 });
  await trial.sample({ "system/memory_bytes": 2e6 });
  const { depth, act } = await trial.suggest({
    depth: { type: "int", low: 1, high: 8 },
    act: { type: "categorical", choices: ["relu", "tanh"] },
  });
  const typed: [number, "relu" | "tanh"] = [depth, act];
  assert.deepEqual(trial.params, { depth: typed[0], act: typed[1] });
  assert.deepEqual(
    trial.warnings.map(({ pointer }) => pointer),
    ["/search_space/depth"],
  );
  await trial.setUserAttrs({ checkpoint: "s3://models/1", note: null });
  const told = await trial.tell({ value: 1, metrics: { model_bytes: 5 } });
  assert.equal(told.metrics?.["system/memory_bytes"]?.count, 2);
  assert.deepEqual(told.user_attrs, { checkpoint: "s3://models/1" });
});

test("tells several objectives by metric, and is handed no trial of a study that is stopped", async () => {
  const s = await study({
    objectives: [
      { metric: "a", direction: "minimize" },
      { metric: "b", direction: "maximize" },
    ],
  });
  const trials = await s.askMany(2);
  assert.equal(trials.length, 2);
  await Promise.all(trials.map((trial, i) => trial.tell({ values: { a: i, b: i } })));
  const front = (await s.best()).map(({ values }) => values);
  assert.deepEqual(front, [
    [0, 0],
    [1, 1],
  ]);
  await s.stop();
  assert.equal(await s.ask(), undefined);
  await s.resume();
  const again = await s.ask();
  assert.equal((await again?.release())?.state, "WAITING");
});

test("waits as long as the server asks while the last trials of a budget are handed out", async (t) => {
  const front = await gateway(t, server.url);
  const { name } = await study();
  const s = await new Espalier({ url: front.url }).loadStudy(name);
  front.handle = (_incoming, outgoing, pass) => {
    if (front.seen.filter((line) => line.endsWith("/ask")).length > 1) {
      return pass();
    }
    outgoing.setHeader("content-type", "application/json");
    outgoing.end(JSON.stringify({ trials: [], stop: false, retry_after: 1 }));
  };
  const begin = performance.now();
  const trial = await s.ask();
  assert.ok(trial && performance.now() - begin >= 990, "it did not wait");
  await trial.tell(1);
});

test("leaves no trial running when the server refuses what was reported or told", async (t) => {
  const front = await gateway(t, server.url);
  const { name } = await study();
  const s = await new Espalier({ url: front.url }).loadStudy(name);
  const wrongs: ((trial: Trial) => unknown)[] = [
    () => ({ value: 1, metrics: { "not a name": 1 } }),
    () => 1n,
    (trial) => trial.report(1, { loss: 1n as unknown as number }),
    async (trial) => {
      front.handle = (_incoming, outgoing) => void outgoing.destroy();
      await trial.report(1, { "not a name": 1 }); // kept
      front.handle = (_incoming, _outgoing, pass) => pass();
      return 1;
    },
    () => {
      throw new Error("half a character: \ud800");
    },
  ];
  for (const objective of wrongs) {
    await assert.rejects(
      s.optimize(objective as Parameters<typeof s.optimize>[0]),
      /not a name|BigInt|half a character/,
    );
  }
  const states = (await all(s.trials())).map(({ state }) => state);
  assert.deepEqual(states, ["FAIL", "FAIL", "FAIL", "COMPLETE", "FAIL"]);
});

test("goes on with the next trial when somebody else ended one", async () => {
  const s = await study();
  await s.optimize(
    async ({ number }) => {
      await espalier.request("POST /v1/studies/{study}/trials/{number}/tell", {
        path: { study: s.name, number },
        body: { state: "FAIL" },
      });
      return 1;
    },
    { maxTrials: 2 },
  );
  assert.equal((await s.refresh()).data.trial_counts.FAIL, 2);
});

test("keeps no trial alive that could not be given back", { timeout: 20_000 }, async (t) => {
  const s = await study({ lease_seconds: 1 });
  const front = await gateway(t, server.url);
  const there = await new Espalier({ url: front.url }).loadStudy(s.name);
  const stop = new AbortController();
  front.handle = (incoming, outgoing, pass) => {
    stop.abort(new Error("enough"));
    if (incoming.url?.endsWith("/release")) {
      outgoing.destroy();
    } else {
      pass();
    }
  };
  await assert.rejects(there.ask({}, { signal: stop.signal }), /enough/);
  for await (const _ of s.events()) {
    if ((await s.trial(0)).state === "FAIL") {
      break;
    }
  }
  assert.ok(!front.seen.some((line) => line.endsWith("/heartbeat")));
});

test("hears of an operator's prune in time, however long the lease", { timeout: 20_000 }, async (t) => {
  const s = await study({ lease_seconds: 3600 });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const trial = await s.ask();
  assert.ok(trial);
  await s.prune(trial.number);
  const told = once(trial.signal, "abort");
  t.mock.timers.tick(15_000);
  await told;
  assert.ok(trial.signal.reason instanceof TrialPruned);
});

test("keeps no objective waiting for a server that is silent", { timeout: 20_000 }, async (t) => {
  const front = await gateway(t, server.url);
  const { name } = await study();
  const trial = await (await new Espalier({ url: front.url }).loadStudy(name)).ask();
  assert.ok(trial);
  const asked = new Promise<void>((resolve) => {
    front.handle = () => resolve();
  });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const reported = trial.report(1, 1);
  await asked;
  t.mock.timers.tick(5_000);
  assert.equal((await reported).buffered, 1);
  trial.letGo();
});

test("works on many trials at once without a warning", async () => {
  const s = await study();
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  await s.optimize(() => espalier.version().then(() => 1), { parallel: 20, maxTrials: 40 });
  process.off("warning", note);
  assert.deepEqual(warnings, []);
});
