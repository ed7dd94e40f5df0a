import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { serve } from "./server.ts";

const here = fileURLToPath(new URL("..", import.meta.url));
const server = await serve({ after });
const dir = await mkdtemp(join(tmpdir(), "espalier-documents-"));
after(() => rm(dir, { recursive: true }));
await mkdir(join(dir, "node_modules"));
await symlink(here, join(dir, "node_modules", "espalier-client"));
await writeFile(join(dir, "package.json"), '{"type": "module"}');

interface Block {
  name: string;
  language: string;
  code: string;
  /** What it prints, as far as the document says so. */
  output: string | undefined;
}

async function blocks(file: string): Promise<Block[]> {
  const text = await readFile(join(here, file), "utf8");
  const marked = /<!-- run: ([\w ]+) -->\n```(js|ts)\n([\s\S]*?)```\n(?:\n```\n([\s\S]*?)```\n)?/g;
  return [...text.matchAll(marked)].map(([, name = "", language = "", code = "", output]) => ({
    name,
    language,
    code,
    output,
  }));
}

for (const [file, count] of [
  ["README.md", 4],
  ["../../docs/clients/typescript.md", 4],
] as const) {
  const found = await blocks(file);
  test(`${file} has ${count} programs`, () => assert.equal(found.length, count));
  for (const { name, language, code, output } of found) {
    test(`${file}: ${name} runs as printed`, async () => {
      const program = join(dir, `${name.replace(" ", "-")}.mjs`);
      const { code: plain } = await transform(code, { loader: language as "js" | "ts" });
      await writeFile(program, plain);
      const env = { ...process.env, ESPALIER_SERVER: server.url };
      const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: dir, env, timeout: 20_000 });
      if (output !== undefined) {
        assert.equal(stdout, output);
      }
    });
  }
}
