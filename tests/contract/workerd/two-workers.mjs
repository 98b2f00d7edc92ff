// Two Workers in one workerd, as two deployments of the product on the same stores and the same namespace of durable objects:
//
//   node two-workers.mjs SCRIPT [NAME=VALUE ...]    serves until it is stopped, and says where each of them listens
//
// SCRIPT is what scripts/build-worker made; the variables are the Workers', and AI_BINDING=URL binds Workers AI: workerd's own binding, whose
// calls end at that address instead of at Cloudflare. Each Worker has isolates, memory and a port of its own; the second reaches the first's
// durable objects by its script's name, as `script_name` does in wrangler.toml.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Miniflare, Response, convertV4MiniflareOptions } from "miniflare";

const [script, ...variables] = process.argv.slice(2);
const ai = variables.find((variable) => variable.startsWith("AI_BINDING="))?.slice("AI_BINDING=".length);
const settings = readFileSync("wrangler.toml", "utf8");
const date = /^compatibility_date = "(.*)"/m.exec(settings)[1];
const flags = JSON.parse(/^compatibility_flags = (.*)/m.exec(settings)[1]);

// The files of dist/assets, as Cloudflare serves them.
const files = (request) => {
  try {
    return new Response(readFileSync(join("dist/assets", new URL(request.url).pathname)));
  } catch {
    return new Response(null, { status: 404 });
  }
};

const worker = (name) => ({
  name,
  compatibilityDate: date,
  compatibilityFlags: flags,
  modules: [
    { type: "ESModule", path: script },
    { type: "CompiledWasm", path: join(dirname(script), "index_bg.wasm") },
  ],
  bindings: Object.fromEntries(
    variables.filter((variable) => !variable.startsWith("AI_BINDING=")).map((variable) => variable.split(/=(.*)/s).slice(0, 2)),
  ),
  ...(ai && { ai: { binding: "AI", remoteProxyConnectionString: new URL(ai) } }),
  kvNamespaces: { CACHE: "cache" },
  r2Buckets: { ARCHIVE: "archive" },
  d1Databases: { DATABASE: "database" },
  durableObjects: { QUOTA: { className: "QuotaCounter", useSQLite: true, ...(name === "first" ? {} : { scriptName: "first" }) } },
  queueProducers: { QUEUE: "messages" },
  serviceBindings: { ASSETS: files, SELF: name },
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
});

const workers = new Miniflare(convertV4MiniflareOptions({ workers: ["first", "second"].map(worker) }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => workers.dispose().then(() => process.exit(0)));
for (const name of ["first", "second"]) {
  const { origin } = await workers.unsafeGetDirectURL(name);
  console.log(`listening on ${origin}`);
}
