// scripts/lib/optimise-component.mjs: what becomes of the parts of a component.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../scripts/lib/optimise-component.mjs", import.meta.url));
const TOOLS = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));
const HEAD = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0];
const name = (text) => [text.length, ...Buffer.from(text)];
const section = (kind, contents) => [kind, (contents.length % 128) | 128, contents.length >> 7, ...contents];

// A module that exports the function `answer`; before it returns 42 it computes what nobody uses.
const wasteful = (times) => {
  const waste = Array.from({ length: times }, () => [0x41, 1, 0x41, 2, 0x6a, 0x1a]).flat();
  const body = [0, ...waste, 0x41, 42, 0x0b];
  return [
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 0, 1, 0x7f]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("answer"), 0, 0]),
    ...section(10, [1, (body.length % 128) | 128, body.length >> 7, ...body]),
  ];
};

function optimised(bytes, t) {
  const folder = mkdtempSync(join(tmpdir(), "component-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "component.wasm");
  writeFileSync(path, Buffer.from(bytes));
  const { status, stderr } = spawnSync("node", [SCRIPT, path, "--", "-O"], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${TOOLS}:${process.env.PATH}` },
  });
  return { status, stderr, bytes: [...readFileSync(path)] };
}

// The sections of a component whose lengths fit two bytes.
function sections(bytes) {
  const found = [];
  for (let at = HEAD.length; at < bytes.length; ) {
    const [kind, low, high] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const [length, start] = low < 128 ? [low, at + 2] : [(low & 127) + high * 128, at + 3];
    found.push({ kind, contents: bytes.slice(start, start + length) });
    at = start + length;
  }
  return found;
}

test("the program gets smaller and does the same, and what is around it stays", async (t) => {
  const small = wasteful(0);
  const rest = [section(7, [1, 2, 3]), section(0, [...name("producers"), 4, 5])];
  const names = section(0, [...name("component-name"), 6]);
  const made = optimised([...HEAD, ...section(1, small), ...rest[0], ...section(1, wasteful(40)), ...names, ...rest[1]], t);
  assert.equal(made.status, 0, made.stderr);
  const [adapter, types, program, producers, ...others] = sections(made.bytes);
  assert.deepEqual([adapter, types, producers].map(({ contents }) => contents), [small, [1, 2, 3], [...name("producers"), 4, 5]]);
  assert.deepEqual(others, []);
  assert.ok(program.contents.length < 60, `${program.contents.length} bytes are left`);
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(program.contents));
  assert.equal(instance.exports.answer(), 42);
});

test("a file that is no component is refused and stays as it is", (t) => {
  const module = wasteful(1);
  const made = optimised(module, t);
  assert.notEqual(made.status, 0);
  assert.match(made.stderr, /this is no WebAssembly component/);
  assert.deepEqual(made.bytes, module);
});

test("a component that ends too early is refused", (t) => {
  const made = optimised([...HEAD, ...section(1, wasteful(3)).slice(0, -5)], t);
  assert.notEqual(made.status, 0);
  assert.match(made.stderr, /ends within a section/);
});
