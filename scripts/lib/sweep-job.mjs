// A sweep of 10,000 forecasts of a year, five series, as a job of the operator's: node sweep-job.mjs NAME URL PID
// Prints the time from 202 to the result, the CPU that the server's process took, its memory before and at most, and what 1,000
// watchers of a job's events cost. AUTHORIZATION in the environment is the header of that name; a goal has to wait for a reviewer.
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";

const [name, url, pid] = process.argv.slice(2);
const WATCHERS = 1_000;
const headers = { authorization: process.env.AUTHORIZATION };

// User and system time, in seconds (fields 14 and 15 of proc(5)'s stat, in ticks of 10 ms).
const cpu = () => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
// Resident memory in MB: VmRSS is now, VmHWM the most there was.
const memory = (field) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${field}:\\s+(\\d+) kB`))[1]) / 1024;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function ask(path, options = {}) {
  const reply = await fetch(new URL(path, url), { ...options, headers: { ...headers, ...options.headers } });
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  return reply;
}
const submit = async (tool, input) => {
  const body = JSON.stringify({ tool, input });
  return (await ask("/api/jobs", { method: "POST", body, headers: { "content-type": "application/json" } })).json();
};
async function done({ job_id, status_url }) {
  for (;;) {
    const job = await (await ask(status_url)).json();
    if (job.status === "completed") return (await ask(`/api/jobs/${job_id}/output`)).text();
    if (job.status === "failed") throw new Error(JSON.stringify(job.error));
    await pause(50);
  }
}
const sweep = (n, seed) => ({
  draws: { n, seed, distributions: { rr: { normal: { mean: 0.83, sd: 0.05 } }, rbp: { uniform: { low: 2, high: 6 } } } },
  output: ["circ_supply", "network_RBP_EIB", "day_pledge_per_QAP", "day_rewards_per_sector", "network_locked"],
});

// One instance and its compiled code are warm, as on a server that runs.
await done(await submit("sweep", sweep(200, 1)));
for (const seed of [2, 3]) {
  const before = { cpu: cpu(), memory: memory("VmRSS") };
  const start = performance.now();
  const output = await done(await submit("sweep", sweep(10_000, seed)));
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${name.padEnd(10)} 10,000 runs: ${seconds.toFixed(1)} s from 202 to ${(output.length / 1024).toFixed(0)} KiB of result, ` +
      `${(cpu() - before.cpu).toFixed(1)} s CPU, ${before.memory.toFixed(0)} MB before, ${memory("VmHWM").toFixed(0)} MB at most`,
  );
}

// So many watchers of one job, and how much more memory the process has with them. They come in the course of so many seconds.
async function watched(job, seconds, beside) {
  const agent = new Agent({ keepAlive: true, maxSockets: WATCHERS });
  const before = memory("VmRSS");
  const watch = async (number) => {
    await pause((number * seconds * 1000) / WATCHERS);
    return new Promise((resolve, reject) => {
      get(new URL(job.events_url, url), { agent, headers }, (reply) => {
        reply.once("data", () => resolve(reply.statusCode));
        reply.resume();
      }).on("error", reject);
    });
  };
  const count = {};
  for (const status of await Promise.all(Array.from({ length: WATCHERS }, (_, number) => watch(number)))) {
    count[status] = (count[status] ?? 0) + 1;
  }
  const answers = Object.entries(count).map(([status, many]) => `${many} x ${status}`);
  const more = (memory("VmRSS") - before).toFixed(0);
  console.log(`${name.padEnd(10)} ${WATCHERS} watchers of a job in ${seconds} s (${answers}): ${more} MB more, ${beside}`);
  agent.destroy();
}

// Nothing happens to a job that waits for a reviewer (REQUIRE_APPROVAL).
const goal = { find: "rr", series: "network_RBP_EIB", at_least: 1, by: new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10) };
const waiting = await submit("goal", goal);
for (const seconds of [20, 0]) await watched(waiting, seconds, "while nothing else is done");
// The last of these waits while the others run.
const jobs = [];
for (let seed = 10; seed < 16; seed += 1) jobs.push(await submit("sweep", sweep(10_000, seed)));
await watched(jobs.at(-1), 0, "beside five such sweeps at once");
process.exit();
