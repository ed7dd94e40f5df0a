import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Espalier, type EspalierError } from "../src/index.ts";
import { fresh, gateway, serve } from "./server.ts";

const server = await serve({ after });
const espalier = new Espalier({ url: server.url });
const plain = { sampler: { type: "random" }, pruner: { type: "nop" } };

test("events arrive as things happen, of one trial if that is wished", async () => {
  const study = await espalier.createStudy({ name: fresh(), ...plain });
  const [a, b] = await study.askMany(2);
  assert.ok(a && b);
  const types: string[] = [];
  const onOpen = () => void a.tell(1).then(() => b.report(1, 1));
  for await (const event of study.events({ trial: b.number, onOpen })) {
    assert.equal(event.trial, b.number);
    assert.equal(event.id, String(event.revision));
    types.push(event.type);
    if (types.length === 1) {
      await b.tell(2);
    }
    if (event.type === "trial") {
      break;
    }
  }
  assert.deepEqual(types, ["report", "trial"]);
});

test("a stream that breaks off goes on after its last event", async (t) => {
  const front = await gateway(t, server.url);
  const study = await new Espalier({ url: front.url }).createStudy({ name: fresh(), ...plain });
  const resumed: unknown[] = [];
  let cut = () => {};
  front.handle = (incoming, outgoing, pass) => {
    if (incoming.url?.endsWith("/events")) {
      resumed.push(incoming.headers["last-event-id"]);
      cut = () => outgoing.destroy();
    }
    pass();
  };
  const seen: { revision: number; trial?: number }[] = [];
  for await (const event of study.events({ onOpen: () => void (seen.length === 0 && study.askMany(1)) })) {
    seen.push(event);
    if (seen.length === 1) {
      cut();
      await study.askMany(1); // while nobody listens
    }
    if (event.trial === 1) {
      break;
    }
  }
  const [first] = seen;
  assert.deepEqual(resumed, [undefined, String(first?.revision)]);
  assert.equal(new Set(seen.map(({ revision }) => revision)).size, seen.length, "an event came twice");
});

test("a stream that breaks off as the server is restarted says that events are lost", async (t) => {
  const own = await serve(t);
  const study = await new Espalier({ url: own.url }).createStudy({ name: fresh(), ...plain });
  const listening = (async () => {
    for await (const _ of study.events({ onOpen: () => void study.stop() })) {
      await own.stop("SIGKILL");
      await own.start();
    }
  })();
  await assert.rejects(listening, (error: EspalierError) => error.code === "cursor_expired");
});

test("listening ends with the loop, and with the reason of the signal", async (t) => {
  const front = await gateway(t, server.url);
  const study = await new Espalier({ url: front.url }).createStudy({ name: fresh(), ...plain });
  const closed = new Promise<void>((resolve) => {
    front.handle = (incoming, outgoing, pass) => {
      if (incoming.url?.endsWith("/events")) {
        outgoing.on("close", resolve);
      }
      pass();
    };
  });
  for await (const _ of study.events({ onOpen: () => void study.stop() })) {
    break;
  }
  await closed; // the loop was left, and so was the stream
  const stop = new AbortController();
  const reason = new Error("enough");
  const listening = (async () => {
    for await (const event of study.events({ signal: stop.signal, onOpen: () => stop.abort(reason) })) {
      assert.fail(event.type);
    }
  })();
  await assert.rejects(listening, reason);
});

test("a server that refuses ends the listening: a place that is gone, a study that is not there", async () => {
  const study = await espalier.createStudy({ name: fresh(), ...plain });
  const listen = async (lastEventId?: string) => {
    for await (const _ of study.events({ lastEventId })) {
      break;
    }
  };
  await assert.rejects(listen("soon"), (error: EspalierError) => error.code === "invalid_request");
  await study.delete();
  await assert.rejects(listen(), (error: EspalierError) => error.code === "study_not_found");
});

test("a page of a proxy is no stream of events", { timeout: 20_000 }, async (t) => {
  const front = await gateway(t, server.url);
  const study = await new Espalier({ url: front.url }).createStudy({ name: fresh(), ...plain });
  front.handle = (_incoming, outgoing) =>
    void outgoing.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>");
  const listening = (async () => {
    for await (const _ of study.events()) {
      break;
    }
  })();
  await assert.rejects(
    listening,
    (error: EspalierError) => error.code === "unexpected_answer" && /Sign in/.test(error.message),
  );
});
