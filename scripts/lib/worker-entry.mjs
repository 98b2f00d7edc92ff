// Makes a Worker of what scripts/worker-bundle wrote: node worker-entry.mjs DIRECTORY [--minify]
//
// DIRECTORY holds index.js, the functions that the WebAssembly exports, and index_bg.wasm. Afterwards index.js is the whole
// Worker: its default export has the handlers of events (fetch, scheduled, queue), and each exported class is a durable
// object. It does the part of `worker-build` that this project needs; that tool takes minutes to compile.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const HANDLERS = ["fetch", "scheduled", "queue"];

const [directory, ...options] = process.argv.slice(2);
const bindings = join(directory, "bindings.js");
const entry = join(directory, "entry.js");
renameSync(join(directory, "index.js"), bindings);

const text = readFileSync(bindings, "utf8");
const functions = [...text.matchAll(/^export (?:async )?function (\w+)\(/gm)].map(([, name]) => name);
const renamed = [...text.matchAll(/^export \{ ?\w+ as (\w+) ?\}/gm)].map(([, name]) => name);
// Classes without `fetch` are of the crate `worker`: nothing constructs them from outside.
const classes = [...text.matchAll(/^export class (\w+) \{(.*?)^\}/gms)]
  .filter(([, , body]) => /^ +(?:async )?fetch\(/m.test(body))
  .map(([, name]) => name);
// wrangler.toml binds these, and is the same for every choice of functions: a Worker that counts nothing has them empty.
const empty = ["QuotaCounter"].filter((name) => !classes.includes(name));
const handlers = HANDLERS.filter((name) => [...functions, ...renamed].includes(name));
if (!handlers.includes("fetch")) throw new Error(`${bindings} exports no function fetch: is the feature \`entry\` on?`);

// The import of a module's source is younger than workerd's own way, in which the default export is the compiled module.
writeFileSync(bindings, text.replaceAll("import source ", "import "));
writeFileSync(
  entry,
  `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import * as wasm from "./bindings.js";

// The crate \`worker\` sets \`criticalError\` in its panic hook, and \`instanceId\` when an instance starts.
const state = wasm.__worker_init_state();

// A trap leaves the instance's memory in an unknown state. The next call gets a new instance.
function renewed() {
  if (!state.criticalError) return;
  console.log("A new WebAssembly instance takes the place of one that trapped");
  wasm.__wbg_reset_state();
  state.criticalError = false;
}

function notice(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    console.error("WebAssembly trapped:", error);
    state.criticalError = true;
  }
}

// For a trap outside of a call, such as in a task that was spawned.
addEventListener("error", ({ error }) => notice(error));

async function guarded(call) {
  renewed();
  try {
    return await call();
  } catch (error) {
    notice(error);
    throw error;
  }
}

export default class extends WorkerEntrypoint {
${handlers
  .map((name) => `  ${name}(event) {\n    return guarded(() => wasm.${name}.call(this, event, this.env, this.ctx));\n  }\n`)
  .join("")}}
${empty.map((name) => `export class ${name} extends DurableObject {}\n`).join("")}${
  classes.length
    ? `
// A durable object whose Rust half is made again after a trap. It has the methods of that half and no others, because
// whoever has a binding may call what is public.
function durable(Class) {
  const methods = Object.getOwnPropertyNames(Class.prototype)
    .filter((name) => name !== "constructor" && name !== "free" && !name.startsWith("__"));
  return class extends DurableObject {
    #made;
    #instance;
    #half() {
      if (this.#instance !== state.instanceId) {
        this.#made = new Class(this.ctx, this.env);
        this.#instance = state.instanceId;
      }
      return this.#made;
    }
    static {
      for (const name of methods) {
        this.prototype[name] = function (...args) {
          return guarded(() => this.#half()[name](...args));
        };
      }
    }
  };
}
${classes.map((name) => `export const ${name} = durable(wasm.${name});\n`).join("")}`
    : ""
}`,
);
await build({
  entryPoints: [entry],
  outfile: join(directory, "index.js"),
  bundle: true,
  format: "esm",
  target: "esnext",
  minify: options.includes("--minify"),
  external: ["./index_bg.wasm", "cloudflare:*"],
  logLevel: "warning",
});
for (const made of [entry, bindings, join(directory, "snippets")]) rmSync(made, { recursive: true, force: true });
