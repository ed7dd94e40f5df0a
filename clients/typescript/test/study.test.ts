import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { Espalier, type EspalierError, lines, type Schemas, version } from "../src/index.ts";
import { all, fresh, serve } from "./server.ts";

const server = await serve({ after });
const espalier = new Espalier({ url: server.url });

/** A study of `n` trials that have ended, with a value and a report each. */
async function history(n: number) {
  const study = await espalier.createStudy({
    name: fresh(),
    search_space: { x: { type: "float", low: 0, high: 1 } },
    sampler: { type: "random" },
    pruner: { type: "nop" },
  });
  for (let i = 0; i < n; i++) {
    const value = i === 1 ? Number.POSITIVE_INFINITY : i;
    const end = Number.isFinite(value) ? ({ state: "COMPLETE", value } as const) : ({ state: "FAIL" } as const);
    await study.addTrial({ params: { x: i / n }, ...end, reports: [{ step: 1, value }] });
  }
  return study;
}

test("the package has the version of the document and of its manifest", async () => {
  const document = await readFile(new URL("../../../openapi/openapi.yaml", import.meta.url), "utf8");
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  assert.equal(version, /^ {2}version: (.*)$/m.exec(document)?.[1]);
  assert.equal(version, manifest.version);
});

test("an existing study is returned if that is wished, and else refused", async () => {
  const name = fresh();
  const made = await espalier.createStudy({ name, seed: 7 });
  const again = await espalier.createStudy({ name }, { loadIfExists: true });
  assert.deepEqual(again.data, made.data);
  assert.equal((await espalier.loadStudy(name)).data.seed, 7);
  await assert.rejects(espalier.createStudy({ name }), (error: EspalierError) => error.code === "study_exists");
  await made.delete();
  await assert.rejects(espalier.loadStudy(name), (error: EspalierError) => error.code === "study_not_found");
});

test("lists go on over all pages", async () => {
  const study = await history(5);
  const numbers = async (query: Parameters<typeof study.trials>[0]) =>
    (await all(study.trials(query))).map(({ number }) => number);
  assert.deepEqual(await numbers({ page_size: 2 }), [0, 1, 2, 3, 4]);
  assert.deepEqual(await numbers({ page_size: 2, state: ["COMPLETE", "PRUNED"], order_by: "-value" }), [4, 3, 2, 0]);
  const names = (await all(espalier.studies({ prefix: study.name, page_size: 1 }))).map(({ name }) => name);
  assert.ok(names.includes(study.name));
  for await (const trial of study.trials({ page_size: 1 })) {
    assert.equal(trial.number, 0);
    break;
  }
});

test("numbers that JSON has not are numbers wherever they are", async () => {
  const study = await history(2);
  const { last_values, metrics } = await study.trial(1);
  assert.deepEqual(last_values, { value: Number.POSITIVE_INFINITY });
  assert.equal(metrics?.value?.max, Number.POSITIVE_INFINITY);
  const response = await espalier.send("GET /v1/studies/{study}/trials/{number}", {
    path: { study: study.name, number: 1 },
  });
  assert.deepEqual(((await response.json()) as { last_values: unknown }).last_values, { value: "Infinity" });
});

test("a study is changed if it is still as it was read", async () => {
  const study = await history(0);
  const path = { study: study.name };
  const etag = (await espalier.send("GET /v1/studies/{study}", { path })).headers.get("etag") ?? "";
  const unchanged = espalier.request("GET /v1/studies/{study}", { path, headers: { "If-None-Match": etag } });
  await assert.rejects(unchanged, (error: EspalierError) => error.code === "not_modified" && error.status === 304);
  await study.update({ budget: { max_trials: 3 }, user_attrs: { team: "a" } });
  await study.update({ budget: { max_trials: null, cpu_seconds: 9 } });
  assert.deepEqual(study.data.budget, { cpu_seconds: 9 });
  const late = espalier.request("PATCH /v1/studies/{study}", {
    path,
    headers: { "If-Match": etag },
    body: { max_retries: 2 },
  });
  await assert.rejects(late, (error: EspalierError) => error.code === "precondition_failed");
});

test("an export streams, line by line, and an archive makes a study", async () => {
  const study = await history(3);
  const [head, ...rows] = await all(lines(await study.export({ table: "metrics" })));
  assert.match(head ?? "", /^trial,/);
  assert.equal(rows.length, 3);
  const trials = await all(lines(await study.export({ table: "trials", format: "jsonl" })));
  assert.deepEqual(
    trials.map((line) => JSON.parse(line).number),
    [0, 1, 2],
  );

  const archive = await study.export({ table: "all" });
  const copy = await espalier.importStudy(archive, { name: fresh() });
  assert.deepEqual(
    (await all(copy.trials())).map(({ values }) => values),
    [[0], undefined, [2]],
  );
  const text = await new Response(await study.export({ table: "all" })).text();
  assert.equal((await espalier.importStudy(text, { name: fresh() })).data.trial_counts.COMPLETE, 2);
});

test("a backup is an SQLite file", async () => {
  const bytes = new Uint8Array(await new Response(await espalier.backup()).arrayBuffer());
  assert.equal(new TextDecoder().decode(bytes.slice(0, 15)), "SQLite format 3");
});

test("every analysis is there, with its type", async () => {
  const study = await history(30);
  const { importances } = await study.importances({ method: "fanova" });
  assert.equal(importances[0]?.param, "x");
  assert.equal((await study.savings()).trial_counts.COMPLETE, 29);
  const replay = await study.replay({ pruners: [{ name: "median", pruner: { type: "median" } }] });
  assert.equal(replay.pruners[0]?.name, "median");
  const other = await history(0);
  assert.equal((await other.transfer({ from: study.name, use: "history" })).added, 30);
  assert.deepEqual(await all(study.decisions()), []);
  assert.ok((await espalier.samplers()).some(({ type }) => type === "tpe"));
  assert.ok((await espalier.pruners()).some(({ type }) => type === "asha"));
  assert.equal((await espalier.version()).api, "v1");
});

test("a decision is explained, and waited for beyond the time limit of a call", async () => {
  const study = await history(0);
  const trial = await study.ask();
  assert.ok(trial);
  const explained = await trial.report(1, 1, { explain: true });
  assert.equal(explained.explanation?.type, "nop");
  const waited = study.decision(trial.number, { wait_seconds: 60 }, { timeoutMs: 1_000 });
  await study.prune(trial.number);
  assert.equal((await waited).reason, "operator");
  assert.equal((await trial.heartbeat()).should_prune, true);
  await trial.tell({ state: "PRUNED" });
});

test("batches go through the typed call, one result each", async () => {
  const study = await history(0);
  const [a, b] = await study.askMany(2);
  assert.ok(a && b);
  const path = { study: study.name };
  const reports = [a, b].map(({ number: trial }) => ({ trial, step: 1, value: Number.NaN }));
  const { results } = await espalier.request("POST /v1/studies/{study}/reports", { path, body: { reports } });
  assert.deepEqual(
    results.map(({ decision }) => decision?.trial),
    [a.number, b.number],
  );
  const tells: Schemas["TrialTell"][] = [{ trial: a.number, value: 1 }, { trial: b.number }];
  const told = await espalier.request("POST /v1/studies/{study}/tells", { path, body: { tells } });
  assert.deepEqual(
    told.results.map(({ trial, problem }) => trial?.state ?? problem?.code),
    ["COMPLETE", "values_mismatch"],
  );
});

test("types follow the document", async () => {
  const study = await espalier.createStudy({
    name: fresh(),
    search_space: {
      optimizer: { type: "categorical", choices: ["adam", "sgd"] },
      momentum: { type: "float", low: 0, high: 1, when: { optimizer: ["sgd"] } },
      layers: { type: "int", low: 1, high: 4 },
    },
  });
  const trial = await study.ask();
  assert.ok(trial);
  const optimizer: "adam" | "sgd" = trial.params.optimizer;
  const momentum: number | undefined = trial.params.momentum;
  const layers: number = trial.params.layers;
  assert.equal(momentum !== undefined, optimizer === "sgd");
  assert.ok(layers >= 1);
  await trial.tell(1);
  const wrong: (() => unknown)[] = [
    // @ts-expect-error: no such parameter
    () => trial.params.depth,
    // @ts-expect-error: no such choice
    () => study.enqueue({ optimizer: "adamw" }),
    // @ts-expect-error: the path is needed
    () => espalier.request("GET /v1/studies/{study}"),
    // @ts-expect-error: no such operation
    () => espalier.request("GET /v1/study"),
    // @ts-expect-error: no such state
    () => study.trials({ state: ["DONE"] }),
    // @ts-expect-error: it streams
    () => espalier.request("GET /v1/backup"),
    // @ts-expect-error: a body is needed
    () => espalier.request("POST /v1/studies"),
  ];
  assert.equal(wrong.length, 7);
});
