// Times one forecast natively and as WebAssembly, by turns in one run. A round's time is that of its fastest batch: what
// else the machine does can only add to it. Arguments: the native program, the WebAssembly module, and the rounds.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const [native, wasm, rounds] = process.argv.slice(2);
const HORIZONS = [365, 3650];
const MILLISECONDS = 400;
const BATCH = 10;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function timeNative(days) {
  const [micros, fingerprint] = execFileSync(native, [days, MILLISECONDS], { encoding: "utf8" }).split(" ").map(Number);
  return { micros, fingerprint };
}

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)));

function timeWasm(days) {
  let fastest = Infinity;
  const until = performance.now() + MILLISECONDS;
  while (performance.now() < until) {
    const begun = performance.now();
    exports.run(days, BATCH);
    fastest = Math.min(fastest, ((performance.now() - begun) * 1000) / BATCH);
  }
  return { micros: fastest, fingerprint: exports.fingerprint(days) };
}

// V8 compiles hot functions a second time; what is measured is the result.
for (const days of HORIZONS) timeWasm(days);

console.log(`one forecast, all series; fastest batches of ${BATCH}, medians of ${rounds} rounds by turns (Node ${process.version})`);
console.log("   days   native µs     wasm µs   wasm/native   same to the bit");
let same = true;
for (const days of HORIZONS) {
  const found = { native: [], wasm: [] };
  const fingerprints = new Set();
  for (let round = 0; round < rounds; round++) {
    for (const [name, time] of [["native", timeNative], ["wasm", timeWasm]]) {
      const { micros, fingerprint } = time(days);
      found[name].push(micros);
      fingerprints.add(fingerprint);
    }
  }
  const ratios = found.wasm.map((micros, round) => micros / found.native[round]);
  const columns = [
    String(days).padStart(7),
    median(found.native).toFixed(1).padStart(11),
    median(found.wasm).toFixed(1).padStart(11),
    median(ratios).toFixed(2).padStart(13),
    (fingerprints.size === 1 ? "yes" : "NO").padStart(17),
  ];
  console.log(columns.join(" "));
  same &&= fingerprints.size === 1;
}
if (!same) {
  console.error("native and WebAssembly disagree: the engine promises the same bits on every target");
  process.exitCode = 1;
}
