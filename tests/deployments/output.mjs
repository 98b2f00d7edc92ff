// Checks what `scripts/test-deployments cluster` prints, which is for whoever has a real cluster: here what stands in for one takes its
// place. Every test has its line, and the last line counts them; where one fails, the script does too.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fakeKubernetes, TOKEN } from "./kubernetes.mjs";

const cluster = await fakeKubernetes();

async function run(settings) {
  const child = spawn("scripts/test-deployments", ["--built", "cluster"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env, KUBERNETES_CLUSTER_ENDPOINT: cluster.url, KUBERNETES_SERVICE_ACCOUNT_TOKEN: TOKEN, INGRESS_HOST: "mcp.example.com",
      IMAGE: `registry.example/mcp-test:1@sha256:${"a".repeat(64)}`, ...settings,
    },
  });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, output, lines: output.trimEnd().split("\n").filter((line) => !line.startsWith("==")) };
}

const { code, output, lines } = await run({});
assert.equal(code, 0, output);
const count = lines.pop().match(/^cluster: (\d+) tests, 0 failed$/);
assert(count, output);
assert.equal(lines.length, Number(count[1]), output);
for (const line of lines) assert.match(line, /^(ok - cluster: .+|skipped - cluster: .+ \(.+\)) \(\d+\.\d s\)$/);
assert(lines.filter((line) => line.startsWith("ok")).length >= 10, output);

// A cluster that does not take the token: every line that fails says so, and so does the script.
const refused = await run({ KUBERNETES_SERVICE_ACCOUNT_TOKEN: "nonsense", ONLY: "two owners" });
assert.equal(refused.code, 1, refused.output);
assert.match(refused.output, /^FAILED - cluster: two owners/m);
assert.match(refused.output, /^cluster: \d+ tests, 1 failed$/m);
console.log("ok - what the suite prints for a real cluster has its form, with and without a failure");
process.exit(0);
