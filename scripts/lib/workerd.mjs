// A Worker in workerd alone, without wrangler and what it puts around a Worker: what is measured is the Worker.
//
//   node workerd.mjs serve [BUILD]          serves until it is stopped, and says where it listens; without BUILD an empty Worker
//   node workerd.mjs cold BUILD [ROUNDS]    a process and an isolate of its own each time, to the end of the first forecast
//
// BUILD is what scripts/build-worker made. Its cache is empty and its files are those of dist/assets, so it answers from the
// demonstration network. It has no database and no archive.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import workerd from "workerd";

// The package is one of those whose export stands behind `default`.
const executable = workerd.default ?? workerd;
const [mode, build, rounds = "7"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "workerd-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));

const date = /^compatibility_date = "(.*)"/m.exec(readFileSync("wrangler.toml", "utf8"))[1];
const worker = (name, modules, bindings = "") => `
  (name = "${name}", worker = (compatibilityDate = "${date}", modules = [${modules}], bindings = [${bindings}])),`;
const script = (name, text) => {
  writeFileSync(join(folder, name), text);
  return `(name = "${name}", esModule = embed "${name}")`;
};
const configuration = (main) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${main}
  ${worker("nothing", script("nothing.js", "export default { fetch: () => new Response(null, { status: 404 }) }"))}
  ${worker(
    "files",
    script("files.js", 'import network from "network"; export default { fetch: () => new Response(network) }') +
      ', (name = "network", data = embed "network")',
  )}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);`;

function prepare(file, main) {
  cpSync("dist/assets/network/bundled.bin", join(folder, "network"));
  writeFileSync(join(folder, file), configuration(main));
  return join(folder, file);
}

const product = () => {
  for (const name of ["index.js", "index_bg.wasm"]) cpSync(join(resolve(build), name), join(folder, name));
  return prepare(
    "product.capnp",
    worker(
      "main",
      '(name = "index.js", esModule = embed "index.js"), (name = "index_bg.wasm", wasm = embed "index_bg.wasm")',
      '(name = "CACHE", kvNamespace = "nothing"), (name = "ASSETS", service = "files"), (name = "SELF", service = "main")',
    ),
  );
};
const empty = () =>
  prepare("empty.capnp", worker("main", script("empty.js", 'export default { fetch: () => new Response("{}") }')));

// Starts workerd; resolves when it listens, with its port and a way to stop it.
const serve = (config) =>
  new Promise((ready, failed) => {
    const process = spawn(executable, ["serve", "--control-fd=3", config], { stdio: ["ignore", "ignore", "inherit", "pipe"] });
    const ended = new Promise((resolve) => process.on("exit", resolve));
    process.on("error", failed);
    createInterface({ input: process.stdio[3] }).on("line", (line) => {
      const { event, port } = JSON.parse(line);
      if (event === "listen") ready({ pid: process.pid, port, ended, stop: () => (process.kill("SIGKILL"), ended) });
    });
    ended.then((code) => failed(new Error(`workerd ended with ${code}`)));
  });

const forecast = (port) =>
  new Promise((resolve, failed) => {
    const sent = request({ port, host: "127.0.0.1", path: "/simulate", method: "POST" }, (reply) => {
      reply.on("data", () => {}).on("end", () => (reply.statusCode === 200 ? resolve() : failed(new Error(`status ${reply.statusCode}`))));
    });
    sent.on("error", failed).end();
  });

// User and system time of a process, in milliseconds (fields 14 and 15 of proc(5)'s stat, in ticks of 10 ms).
const cpu = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

// The first answer of a new process: milliseconds by the clock from its start, those of the request alone, and of CPU.
async function first(config) {
  const started = performance.now();
  const server = await serve(config);
  const listening = performance.now();
  await forecast(server.port);
  const answered = performance.now();
  const spent = cpu(server.pid);
  await server.stop();
  return [answered - started, answered - listening, spent];
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

if (mode === "serve") {
  const server = await serve(build ? product() : empty());
  process.on("exit", () => server.stop());
  console.log(`workerd ${server.pid} is listening on http://127.0.0.1:${server.port}`);
  process.exit(await server.ended);
} else {
  const [ours, nothing] = [product(), empty()];
  const times = [[], []];
  // In turns: what else the machine does falls on both.
  for (let round = 0; round < Number(rounds); round++) {
    times[0].push(await first(ours));
    times[1].push(await first(nothing));
  }
  const [of, without] = times.map((rows) => [0, 1, 2].map((column) => median(rows.map((row) => row[column]))));
  const ms = (number) => number.toFixed(0).padStart(4);
  console.log(
    `cold: a new process to the end of its first forecast ${ms(of[0])} ms (an empty Worker ${ms(without[0])}, so ${ms(of[0] - without[0])} more);` +
      ` of these the request ${ms(of[1])} (${ms(without[1])}); CPU ${ms(of[2])} (${ms(without[2])})`,
  );
  process.exit(0);
}
