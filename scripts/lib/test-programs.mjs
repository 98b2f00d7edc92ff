// Lists the test programs that cargo says it has built (--message-format=json on standard input), one a line: the crate's
// folder, the program's name and the program, with tabs between them.
import { dirname } from "node:path";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.startsWith("{")) continue;
  const { reason, profile, executable, target, manifest_path } = JSON.parse(line);
  if (reason !== "compiler-artifact" || !profile.test || !executable) continue;
  // A benchmark that is built as a test has nothing to test.
  if (target.kind.includes("bench") || target.kind.includes("example")) continue;
  const kind = target.kind.includes("test") ? "" : ":unit";
  console.log([dirname(manifest_path), target.name + kind, executable].join("\t"));
}
