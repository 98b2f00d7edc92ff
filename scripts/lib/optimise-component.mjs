// Optimises the program within WebAssembly components, in place: node optimise-component.mjs COMPONENT... -- WASM-OPT'S OPTIONS
//
// `wasm-opt` knows modules only. A component is a list of sections (a byte, a length, contents); those of kind 1 are modules,
// and the largest of them is the program. What surrounds it refers to its imports and exports by name, which stay as they are.
// The names of the component's inner parts, which only a debugger reads, are left out.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const COMPONENT = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]);
const CUSTOM = 0;
const CORE_MODULE = 1;

const separator = process.argv.indexOf("--");
const components = process.argv.slice(2, separator);
const options = process.argv.slice(separator + 1);
if (separator < 3) throw new Error("usage: node optimise-component.mjs COMPONENT... -- OPTIONS");

// Unsigned LEB128, as lengths are written.
function readLength(bytes, at) {
  let length = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    length += (byte & 127) * factor;
    if (byte < 128) return [length, at];
  }
}

function writeLength(length) {
  const bytes = [];
  do {
    const rest = Math.floor(length / 128);
    bytes.push((length % 128) | (rest ? 128 : 0));
    length = rest;
  } while (length);
  return Buffer.from(bytes);
}

function sectionsOf(component) {
  if (!component.subarray(0, COMPONENT.length).equals(COMPONENT)) throw new Error("this is no WebAssembly component");
  const sections = [];
  for (let at = COMPONENT.length; at < component.length; ) {
    const kind = component[at];
    const [length, start] = readLength(component, at + 1);
    if (start + length > component.length) throw new Error("this component ends within a section");
    sections.push({ kind, contents: component.subarray(start, start + length) });
    at = start + length;
  }
  return sections;
}

// A custom section begins with its name.
function isDebugging({ kind, contents }) {
  if (kind !== CUSTOM) return false;
  const [length, start] = readLength(contents, 0);
  return contents.toString("utf8", start, start + length) === "component-name";
}

function optimised(module, folder) {
  const [before, after] = [join(folder, "before.wasm"), join(folder, "after.wasm")];
  writeFileSync(before, module);
  execFileSync("wasm-opt", [before, "-o", after, ...options], { stdio: ["ignore", "inherit", "inherit"] });
  return readFileSync(after);
}

const folder = mkdtempSync(join(tmpdir(), "component-"));
try {
  for (const path of components) {
    const sections = sectionsOf(readFileSync(path)).filter((section) => !isDebugging(section));
    const modules = sections.filter(({ kind }) => kind === CORE_MODULE);
    const program = modules.reduce((one, other) => (other.contents.length > one.contents.length ? other : one));
    program.contents = optimised(program.contents, folder);
    const made = sections.flatMap(({ kind, contents }) => [Buffer.from([kind]), writeLength(contents.length), contents]);
    // Beside it first: a server that starts now never reads half of it.
    writeFileSync(`${path}.new`, Buffer.concat([COMPONENT, ...made]));
    renameSync(`${path}.new`, path);
  }
} finally {
  rmSync(folder, { recursive: true });
}
