// Times the largest sweep natively and as WebAssembly, by turns in one run, and checks that both give the same bytes. A
// measurement is the CPU time of one thread, and the least of its rounds. Arguments: the native program, the WebAssembly
// module, and the rounds.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const [native, wasm, rounds] = process.argv.slice(2);
const RUNS = 10_000;

const module = new WebAssembly.Module(readFileSync(wasm));

function timeNative(workload) {
  const [compute, finish, fingerprint] = execFileSync(native, [RUNS, ...workload], { encoding: "utf8" }).split(" ").map(Number);
  return { compute, finish, fingerprint };
}

// Time that this thread has run, which Linux tells in nanoseconds.
function cpuSeconds() {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e9;
}

// A fresh instance each time: what its memory has grown to is what this workload needs.
function timeWasm(workload) {
  const { exports } = new WebAssembly.Instance(module);
  exports.prepare(RUNS, ...workload);
  const begun = cpuSeconds();
  exports.compute();
  const computed = cpuSeconds();
  const fingerprint = exports.finish();
  const finished = cpuSeconds();
  const megabytes = exports.memory.buffer.byteLength / 1e6;
  return { compute: computed - begun, finish: finished - computed, fingerprint, megabytes };
}

console.log(`${RUNS} runs, 365 days, five series, weekly; CPU time of one core, the least of ${rounds} rounds by turns (Node ${process.version})`);
console.log("workload                          native s (finish)   wasm s (finish)   wasm MB   same bytes");
let same = true;
for (const [name, ...workload] of [["draws", 0, 0], ["draws, with a one-year series", 1, 0], ["bootstrap", 0, 1]]) {
  const found = { native: [], wasm: [] };
  for (let round = 0; round < rounds; round++) {
    found.native.push(timeNative(workload));
    found.wasm.push(timeWasm(workload));
  }
  const least = (of, what) => Math.min(...found[of].map((one) => one[what])).toFixed(2);
  const agree = new Set([...found.native, ...found.wasm].map((one) => one.fingerprint)).size === 1;
  console.log(
    name.padEnd(34),
    `${least("native", "compute")} (${least("native", "finish")})`.padStart(16),
    `${least("wasm", "compute")} (${least("wasm", "finish")})`.padStart(17),
    least("wasm", "megabytes").padStart(9),
    (agree ? "yes" : "NO").padStart(12),
  );
  same &&= agree;
}
if (!same) {
  console.error("native and WebAssembly disagree: a sweep promises the same bytes on every target");
  process.exitCode = 1;
}
