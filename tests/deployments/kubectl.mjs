// What kubectl, and so whoever operates a cluster, can do with what the product made: the manifests that it sent (MANIFESTS, which the
// suite wrote) are applied by kubectl, read by it, and deleted by label: node kubectl.mjs [cluster]. With `cluster` that is the cluster
// of KUBECONFIG, else what stands in for Kubernetes, so that it is not only our own reading of the API.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { fakeKubernetes } from "./kubernetes.mjs";

const { MANIFESTS } = process.env;
const isReal = process.argv[2] === "cluster";
const run = promisify(execFile);
const [where, KUBECONFIG] = isReal ? [[], process.env.KUBECONFIG] : [["--server", (await fakeKubernetes({ open: true })).url], "/dev/null"];
const kubectl = async (...words) => (await run("kubectl", [...where, "-n", "mcp", ...words], { env: { ...process.env, KUBECONFIG } })).stdout;
const apply = (file, manager) => kubectl("apply", "--server-side", `--field-manager=${manager}`, "--validate=false", "-f", file);

// The first deployment that is whole.
const all = readdirSync(MANIFESTS).filter((file) => file.endsWith(".json")).sort().map((file) => JSON.parse(readFileSync(path.join(MANIFESTS, file))));
const instance = (manifest) => manifest.metadata.labels["app.kubernetes.io/instance"];
const name = instance(all.find((manifest) => manifest.kind === "Deployment"));
const first = new Map();
for (const manifest of all.filter((manifest) => instance(manifest) === name)) {
  if (!first.has(manifest.kind)) first.set(manifest.kind, manifest);
}
assert.deepEqual([...first.keys()].sort(), ["ConfigMap", "Deployment", "Ingress", "Secret", "Service"]);

const folder = mkdtempSync(path.join(os.tmpdir(), "kubectl-"));
const file = path.join(folder, "manifests.json");
try {
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: [...first.values()] }));
  const applied = await apply(file, "mechafil-edge");
  assert.equal(applied.match(/serverside-applied/g)?.length, 5, applied);
  const label = `app.kubernetes.io/instance=${name}`;
  if (isReal) await kubectl("wait", "deployments", "-l", label, "--for=condition=Available", "--timeout=60s");
  assert.equal(await kubectl("get", "deployments", "-l", label, "-o", "jsonpath={.items[0].status.availableReplicas}"), "1");
  const pod = (await kubectl("get", "pods", "-l", label, "-o", "name")).trim();
  assert.match(await kubectl("logs", pod, "--tail=50"), /MODE=serve/);
  assert.equal((await kubectl("get", "configmaps", "-l", "app.kubernetes.io/managed-by=somebody", "-o", "name")).trim(), "");
  // Another manager is refused, as a cluster refuses it.
  const service = structuredClone(first.get("Service"));
  service.spec.selector["app.kubernetes.io/instance"] = "another";
  writeFileSync(file, JSON.stringify(service));
  await assert.rejects(apply(file, "somebody"), /conflict/);
  const kinds = "deployments,services,configmaps,secrets,ingresses";
  const deleted = await kubectl("delete", kinds, "-l", label, "--wait=false");
  assert.equal(deleted.match(/ deleted/g)?.length, 5, deleted);
  // Pods go after the deployment that made them.
  const left = async () => (await kubectl("get", `${kinds},pods`, "-l", label, "-o", "name")).trim();
  for (let tries = 0; isReal && tries < 120 && (await left()); tries++) await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(await left(), "");
  console.log("ok - kubectl applies what the product applied, reads it and its log, meets a conflict, and deletes by label");
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
