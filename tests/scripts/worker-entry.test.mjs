// scripts/lib/worker-entry.mjs: what the Worker does with the functions that the WebAssembly exports.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../scripts/lib/worker-entry.mjs", import.meta.url));

// The Worker made of these bindings, and a class of the runtime to stand for each that it extends.
async function workerOf(bindings, t) {
  const directory = mkdtempSync(join(tmpdir(), "worker-entry-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "package.json"), '{"type": "module"}');
  writeFileSync(join(directory, "index.js"), bindings.replace(/^ {4}/gm, ""));
  execFileSync("node", [SCRIPT, directory]);
  const made = join(directory, "index.js");
  const runtime = "data:text/javascript,class Base { constructor(ctx, env) { Object.assign(this, { ctx, env }) } }; export { Base as WorkerEntrypoint, Base as DurableObject }";
  writeFileSync(made, readFileSync(made, "utf8").replace("cloudflare:workers", runtime));
  globalThis.addEventListener ??= () => {};
  const left = readdirSync(directory).sort();
  return { worker: await import(made), left };
}

const STATE = `
const state = { criticalError: false, instanceId: 0 };
export function __worker_init_state() { return state; }
export function __wbg_reset_state () { state.instanceId++; }
`;

test("an event reaches its function with the environment and the context", async (t) => {
  const { worker, left } = await workerOf(`${STATE}
    export function fetch(request, env, ctx) { return Promise.resolve([request, env, ctx]); }
    export function scheduled(event, env, ctx) { return [event, env, ctx]; }`, t);
  const entry = new worker.default("ctx", "env");
  assert.deepEqual(await entry.fetch("request"), ["request", "env", "ctx"]);
  assert.deepEqual(await entry.scheduled("event"), ["event", "env", "ctx"]);
  assert.equal(entry.queue, undefined);
  assert.deepEqual(left, ["index.js", "package.json"]);
});

test("after a trap or a panic the next request gets a new instance", async (t) => {
  const { worker } = await workerOf(`${STATE}
    export function fetch(request) {
      if (request === "trap") throw new WebAssembly.RuntimeError("unreachable");
      if (request === "panic") { state.criticalError = true; return Promise.reject(new Error("Rust panic")); }
      return state.instanceId;
    }`, t);
  const entry = new worker.default();
  assert.equal(await entry.fetch("well"), 0);
  await assert.rejects(entry.fetch("trap"));
  assert.equal(await entry.fetch("well"), 1);
  await assert.rejects(entry.fetch("panic"));
  assert.equal(await entry.fetch("well"), 2);
  assert.equal(await entry.fetch("well"), 2);
});

test("a durable object is exported, and made again after a trap; other classes are not exported", async (t) => {
  const { worker } = await workerOf(`${STATE}
    export function fetch() { return 0; }
    export class R2Range {
      free() {}
    }
    export class Quota {
      constructor(ctx, env) { this.given = [ctx, env, state.instanceId]; }
      free() {}
      async fetch(request) {
        if (request === "trap") throw new WebAssembly.RuntimeError("unreachable");
        return this.given;
      }
    }`, t);
  assert.equal(worker.R2Range, undefined);
  const quota = new worker.Quota("ctx", "env");
  assert.deepEqual(Object.getOwnPropertyNames(worker.Quota.prototype).sort(), ["constructor", "fetch"]);
  assert.deepEqual(await quota.fetch(), ["ctx", "env", 0]);
  await assert.rejects(quota.fetch("trap"));
  assert.deepEqual(await quota.fetch(), ["ctx", "env", 1]);
});

test("a Worker that counts nothing has the class that wrangler.toml binds, and one that counts has its own", async (t) => {
  const without = await workerOf(`${STATE}
    export function fetch() { return 0; }`, t);
  assert.deepEqual(Object.getOwnPropertyNames(without.worker.QuotaCounter.prototype), ["constructor"]);
  const { worker } = await workerOf(`${STATE}
    export function fetch() { return 0; }
    export class QuotaCounter {
      async fetch() { return "counted"; }
    }`, t);
  assert.equal(await new worker.QuotaCounter().fetch(), "counted");
});

test("a Worker without fetch is refused, with the likely reason", async (t) => {
  await assert.rejects(workerOf(STATE, t), /feature `entry`/);
});
