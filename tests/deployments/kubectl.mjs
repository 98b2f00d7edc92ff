// kubectl against what stands in for Kubernetes, so that this is not only our own reading of the API: what the product applied is
// applied by kubectl, read by it, and deleted by label.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { fakeKubernetes } from "./kubernetes.mjs";

try {
  execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
} catch {
  console.log("skipped - kubectl: it is not installed");
  process.exit(0);
}
const fake = await fakeKubernetes({ open: true });
const run = promisify(execFile);
const kubectl = async (...words) => (await run("kubectl", ["--server", fake.url, "-n", "mcp", ...words], { env: { ...process.env, KUBECONFIG: "/dev/null" } })).stdout;

const manifest = {
  apiVersion: "v1", kind: "ConfigMap",
  metadata: { name: "mcp-test-0123abcd-r1", namespace: "mcp", labels: { "app.kubernetes.io/managed-by": "mechafil-edge" } },
  data: { MODE: "serve" },
};
const file = `/tmp/kubectl-${process.pid}.json`;
const { writeFileSync, rmSync } = await import("node:fs");
writeFileSync(file, JSON.stringify(manifest));
try {
  assert.match(await kubectl("apply", "--server-side", "--field-manager=mechafil-edge", "--validate=false", "-f", file), /serverside-applied/);
  assert.match(await kubectl("get", "configmaps", "-l", "app.kubernetes.io/managed-by=mechafil-edge", "-o", "name"), /configmap\/mcp-test-0123abcd-r1/);
  assert.equal((await kubectl("get", "configmaps", "-l", "app.kubernetes.io/managed-by=somebody", "-o", "name")).trim(), "");
  // Another manager is refused, as a cluster refuses it.
  manifest.data.MODE = "crash";
  writeFileSync(file, JSON.stringify(manifest));
  await assert.rejects(kubectl("apply", "--server-side", "--field-manager=somebody", "--validate=false", "-f", file), /conflict/);
  console.log("ok - kubectl applies, reads by label and meets conflicts");
} finally {
  rmSync(file);
}
process.exit(0);
