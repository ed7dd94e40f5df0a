import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Where to leave what is to be done at the end: a test, or node:test itself. */
interface Owner {
  after(work: () => Promise<void> | void): void;
}

export interface Server {
  url: string;
  /** Ends the process, and waits for it. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, at the same address and with the same database. */
  start(): Promise<void>;
}

/** Starts a server of its own for a test; ESPALIER_BIN is the program. */
export async function serve(t: Owner, env: Record<string, string> = {}): Promise<Server> {
  const bin = process.env.ESPALIER_BIN;
  assert.ok(bin, "ESPALIER_BIN is the espalier program: scripts/typescript.sh test sets it");
  const dir = await mkdtemp(join(tmpdir(), "espalier-"));
  let child: ChildProcess | undefined;
  const server: Server = {
    url: "",
    async start() {
      const listen = server.url === "" ? "127.0.0.1:0" : new URL(server.url).host;
      const args = ["serve", "--listen", listen, "--db", join(dir, "a.db"), "--durability", "relaxed"];
      child = spawn(bin, args, { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...env } });
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        const [, url] = /listening on (\S+)/.exec(line) ?? [];
        if (url) {
          server.url = url;
          return;
        }
      }
      throw new Error("the server did not start");
    },
    async stop(signal = "SIGTERM") {
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, "exit");
      }
    },
  };
  t.after(async () => {
    await server.stop("SIGKILL");
    await rm(dir, { recursive: true });
  });
  await server.start();
  return server;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, pass: () => void) => void;

export interface Gateway {
  url: string;
  /** What happens to each request; passed on by default. */
  handle: Handler;
  /** Method and path of each request so far. */
  seen: string[];
}

/** Puts a proxy in front of a server, which a test can make misbehave. */
export async function gateway(t: Owner, target: string): Promise<Gateway> {
  const front: Gateway = { url: "", handle: (_request, _response, pass) => pass(), seen: [] };
  const proxy = createServer((incoming, outgoing) => {
    front.seen.push(`${incoming.method} ${incoming.url}`);
    front.handle(incoming, outgoing, () => {
      const { method, headers } = incoming;
      const onward = request(new URL(incoming.url ?? "", target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      incoming.pipe(onward);
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  front.url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return front;
}

/** The body of a request, read to its end. */
export async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) {
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}

/** Lets a request reach the server, and the connection break before the answer. */
export function loseAnswer(incoming: IncomingMessage, outgoing: ServerResponse, target: string): void {
  const { method, headers } = incoming;
  const onward = request(new URL(incoming.url ?? "", target), { method, headers }, (answer) => {
    answer.resume();
    answer.on("end", () => outgoing.destroy());
  });
  incoming.pipe(onward);
}

/** All items of an iteration. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

let names = 0;
/** A name that no other study of this process has. */
export const fresh = (): string => `study-${++names}`;
