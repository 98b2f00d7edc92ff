// What CPU each step of a refresh (the job `update-cache`) takes in workerd: node refresh-cpu.mjs FOLDER SPACESCOPE [OPTION ...]
//
// FOLDER has the Worker as it ships (index.js, index_bg.wasm), SPACESCOPE is the program of tests/spacescope, with the options that it
// is to be started with. Prints a row for each step: the CPU of the Worker's own isolate, sampled by V8's profiler every 100
// microseconds, which is what Cloudflare counts; and that of the thread of all isolates, which here is the database, the queue and the
// archive too. The profiler's own cost is in both: the daily steps are run without it as well, and what their thread takes less is what
// the profiler costs.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Miniflare, Response, convertV4MiniflareOptions } from "miniflare";

const [folder, program, ...options] = process.argv.slice(2);
const KEY = "a-key-of-this-measurement-and-no-other";
const INTERVAL = 100;
const DAY = 86_400_000;
// So many days of the source come one by one.
const BEHIND = 23;

const settings = readFileSync("wrangler.toml", "utf8");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// V8's profiler has the same clock.
const now = () => Number(process.hrtime.bigint() / 1000n);

// Spacescope's API, up to so many days ago.
let source;
async function serve(daysAgo, port) {
  if (source) {
    source.kill();
    await once(source, "exit");
  }
  const through = new Date(Date.now() - daysAgo * DAY).toISOString().slice(0, 10);
  source = spawn(program, [...options, "--token", "local", "--through", through, "--port", String(port)]);
  source.stderr.pipe(process.stderr);
  for await (const line of createInterface(source.stdout)) return Number(/127\.0\.0\.1:(\d+)/.exec(line)[1]);
  throw new Error(`${program} ended`);
}

// The Worker, which says when a delivery of messages begins and ends: its own clock stands still while it computes.
const entry = `import Worker, { QuotaCounter } from "./index.js";
export { QuotaCounter };
export default class extends Worker {
  async queue(batch) {
    await this.env.MARK.fetch("http://mark/begin");
    try { return await super.queue(batch); } finally { await this.env.MARK.fetch("http://mark/end"); }
  }
}`;
const marks = [];
const mark = () => {
  marks.push({ at: now(), thread: thread() });
  return new Response();
};
const port = await serve(BEHIND, 0);
const workers = new Miniflare(
  convertV4MiniflareOptions({
    inspectorPort: 0,
    workers: [
      {
        name: "measured",
        compatibilityDate: /^compatibility_date = "(.*)"/m.exec(settings)[1],
        compatibilityFlags: JSON.parse(/^compatibility_flags = (.*)/m.exec(settings)[1]),
        modulesRoot: folder,
        modules: [
          { type: "ESModule", path: join(folder, "entry.js"), contents: entry },
          { type: "ESModule", path: join(folder, "index.js") },
          { type: "CompiledWasm", path: join(folder, "index_bg.wasm") },
        ],
        bindings: { ADMIN_API_KEY: KEY, BUNDLED_NETWORK: "false", SPACESCOPE_TOKEN: "local", SPACESCOPE_BASE_URL: `http://127.0.0.1:${port}` },
        kvNamespaces: ["CACHE"],
        r2Buckets: ["ARCHIVE"],
        d1Databases: ["DATABASE"],
        durableObjects: { QUOTA: { className: "QuotaCounter", useSQLite: true } },
        queueProducers: { QUEUE: "messages" },
        queueConsumers: { messages: { maxBatchSize: 5, maxBatchTimeout: 0, maxRetries: 5 } },
        serviceBindings: { ASSETS: () => new Response(null, { status: 404 }), MARK: mark },
      },
    ],
  }),
);
const url = await workers.ready;
const pid = execFileSync("pgrep", ["-P", String(process.pid), "-x", "workerd"], { encoding: "utf8" }).trim();

// What the thread of the isolates has run, and how long it waited for a core that another process had.
const thread = () => readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ").slice(0, 2).map(Number);

// The inspector of the Worker's isolate.
const inspector = await workers.getInspectorURL();
const socket = new WebSocket(new URL("/core:user:measured", inspector).href.replace("http", "ws"));
await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
let calls = 0;
const waiting = new Map();
socket.onmessage = ({ data }) => {
  const { id, result, error } = JSON.parse(data);
  const call = waiting.get(id);
  waiting.delete(id);
  if (error) call?.reject(new Error(error.message));
  else call?.resolve(result);
};
const inspect = (method, params = {}) =>
  new Promise((resolve, reject) => {
    waiting.set((calls += 1), { resolve, reject });
    socket.send(JSON.stringify({ id: calls, method, params }));
  });
await inspect("Profiler.enable");
await inspect("Profiler.setSamplingInterval", { interval: INTERVAL });

async function ask(path, options = {}) {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  const reply = await fetch(new URL(path, url), { ...options, headers });
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return reply;
}

// Runs a refresh as a job; for each step what it was and its CPU in milliseconds.
async function measured(input, profiled = true) {
  marks.length = 0;
  if (profiled) await inspect("Profiler.start");
  const { status_url, events_url } = await (
    await ask("/api/jobs", { method: "POST", body: JSON.stringify({ tool: "update-cache", input }) })
  ).json();
  const text = await (await ask(events_url)).text();
  // The mark of the last end.
  await pause(300);
  const { profile } = profiled ? await inspect("Profiler.stop") : { profile: { nodes: [], samples: [] } };
  const job = await (await ask(status_url)).json();
  if (job.status !== "completed") throw new Error(JSON.stringify(job));
  // What is told after a step is what comes next.
  const told = [...text.matchAll(/^event: progress\ndata: (.*)$/gm), ...text.matchAll(/^data: (.*)\nevent: progress$/gm)];
  const phases = ["the first requests", ...told.map(([, data]) => JSON.parse(data).phase)];
  const names = new Map(profile.nodes.map((node) => [node.id, node.callFrame.functionName]));
  const steps = [];
  for (let index = 0; index + 1 < marks.length; index += 2) {
    const [begin, end] = marks.slice(index);
    const [ran, waited] = end.thread.map((time, field) => time - begin.thread[field]);
    // A sample is taken by the clock: of a machine that is busy with others, only this share was ours.
    const share = ran / (ran + waited);
    steps.push({ phase: phases[index / 2], from: begin.at, to: end.at, share, isolate: 0, thread: ran / 1e6 });
  }
  let at = profile.startTime;
  profile.samples.forEach((sample, index) => {
    const took = profile.timeDeltas[index];
    at += took;
    if (["(idle)", "(program)", "(root)"].includes(names.get(sample))) return;
    // Nothing is sampled while the isolate waits, so a sample stands for no more than two intervals.
    const step = steps.find(({ from, to }) => at >= from && at <= to);
    if (step) step.isolate += (Math.min(took, 2 * INTERVAL) * step.share) / 1000;
  });
  return { steps, message: job.output.message, requests: job.output.requests };
}

const shown = (ms) => `${ms.toFixed(1).padStart(6)} ms`;

function print(title, { steps, requests, message }) {
  console.log(`${title}: ${steps.length} steps, ${requests} requests. ${message}`);
  for (const { phase, isolate, thread } of steps) console.log(`  ${shown(isolate)}  ${shown(thread)} of the thread  ${phase}`);
}

function spread(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return { least: sorted[0], median: sorted[sorted.length >> 1], most: sorted.at(-1) };
}

// Daily refreshes, each of which brings a day more, with the profiler and without in turns.
async function daily() {
  const [profiled, plain] = [[], []];
  for (let daysAgo = BEHIND - 1; daysAgo > 0; daysAgo -= 1) {
    await serve(daysAgo, port);
    const { steps } = await measured({}, daysAgo % 2 === 0);
    (daysAgo % 2 === 0 ? profiled : plain).push(steps);
  }
  console.log(`${profiled.length} daily refreshes: CPU of the isolate, least, median and most; what the profiler has no part in (median)`);
  profiled[0].forEach(({ phase }, step) => {
    const { least, median, most } = spread(profiled.map((steps) => steps[step].isolate));
    const [slow, quick] = [profiled, plain].map((runs) => spread(runs.map((steps) => steps[step].thread)).median);
    const own = median * Math.min(1, quick / slow);
    console.log(`  ${shown(least)} ${shown(median)} ${shown(most)}  ${shown(own)}  ${phase}`);
  });
}

try {
  print("The first fill, in a new isolate", await measured({}));
  print("Everything again", await measured({ full: true }));
  await daily();
} finally {
  source.kill();
  socket.close();
  await workers.dispose();
}
