// A bounded load on one path of a server on loopback: node load.mjs NAME URL REQUESTS CONCURRENCY [PID] < body
// AUTHORIZATION in the environment is the header of that name.
// Prints requests a second, latencies and errors; with the server's process id also its CPU time a request.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

const [name, url, requests, concurrency, pid] = process.argv.slice(2);
const body = readFileSync(0);
const agent = new Agent({ keepAlive: true, maxSockets: Number(concurrency) });

const once = () =>
  new Promise((resolve) => {
    const start = process.hrtime.bigint();
    const done = (ok) => resolve({ ok, ms: Number(process.hrtime.bigint() - start) / 1e6 });
    const method = body.length ? "POST" : "GET";
    const headers = body.length ? { "content-type": "application/json", "content-length": body.length } : {};
    if (process.env.AUTHORIZATION) headers.authorization = process.env.AUTHORIZATION;
    const sent = request(url, { agent, method, headers, timeout: 30_000 }, (reply) => {
      reply.on("data", () => {});
      reply.on("end", () => done(reply.statusCode === 200));
      reply.on("error", () => done(false));
    });
    sent.on("timeout", () => sent.destroy(new Error("timeout")));
    sent.on("error", () => done(false));
    sent.end(body);
  });

// User and system time of a process, in milliseconds (fields 14 and 15 of proc(5)'s stat, in ticks of 10 ms).
const cpu = () => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const before = pid ? cpu() : 0;
const start = process.hrtime.bigint();
const results = [];
let left = Number(requests);
const worker = async () => {
  while (left-- > 0) results.push(await once());
};
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const spent = pid ? cpu() - before : 0;
agent.destroy();

const sorted = results.map(({ ms }) => ms).sort((a, b) => a - b);
const percentile = (p) => sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))].toFixed(1);
const errors = results.filter(({ ok }) => !ok).length;
console.log(
  `${name.padEnd(44)} ${String(requests).padStart(5)} x${concurrency.padEnd(3)}` +
    ` ${(results.length / seconds).toFixed(0).padStart(5)}/s` +
    `  p50 ${percentile(50).padStart(6)}  p95 ${percentile(95).padStart(6)}  p99 ${percentile(99).padStart(6)} ms` +
    `  errors ${errors}` +
    (pid ? `  CPU ${(spent / results.length).toFixed(2)} ms/request` : ""),
);
process.exit(errors ? 1 : 0);
