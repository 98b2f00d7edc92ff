// A node of a cluster that runs nothing: it takes every pod, and says of it what a container would do that is told so by its
// environment (MODE). Everything else of the cluster is real: the API server, its controllers, its rules. It says where its log
// service listens, and that it is ready: node node.mjs API TOKEN CERTIFICATE KEY
import { readFileSync } from "node:fs";
import https from "node:https";

const [api, token, certificate, key] = process.argv.slice(2);
const NAME = "pretender";

async function ask(method, path, body, type = "application/json") {
  const headers = { authorization: `Bearer ${token}`, ...(body ? { "content-type": type } : {}) };
  const response = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
  const said = await response.json();
  // Pods come and go while they are talked about.
  if (!response.ok && ![404, 409].includes(response.status)) throw new Error(`${method} ${path}: ${JSON.stringify(said)}`);
  return response.ok ? said : undefined;
}

// What a container of the pod has as its environment, or the name of what is missing.
async function environmentOf({ metadata, spec }) {
  const environment = {};
  for (const source of spec.containers[0].envFrom ?? []) {
    const [kind, { name }] = source.configMapRef ? ["configmaps", source.configMapRef] : ["secrets", source.secretRef];
    const held = await ask("GET", `/api/v1/namespaces/${metadata.namespace}/${kind}/${name}`);
    if (!held) return { missing: name };
    for (const [variable, value] of Object.entries(held.data ?? {})) {
      environment[variable] = kind === "secrets" ? Buffer.from(value, "base64").toString() : value;
    }
  }
  return { environment };
}

function stateOf({ environment, missing }) {
  if (missing) return { waiting: { reason: "CreateContainerConfigError", message: `"${missing}" not found` } };
  if (environment.MODE === "crash") return { waiting: { reason: "CrashLoopBackOff", message: "back-off restarting failed container" } };
  return { running: { startedAt: new Date().toISOString() } };
}

async function run(pod) {
  const { name, namespace } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  if (pod.metadata.deletionTimestamp) return ask("DELETE", path, { gracePeriodSeconds: 0 });
  if (!pod.spec.nodeName) return ask("POST", `${path}/binding`, { metadata: { name }, target: { kind: "Node", name: NAME } });
  if (pod.spec.nodeName !== NAME || pod.status.containerStatuses) return;
  const state = stateOf(await environmentOf(pod));
  const ready = Boolean(state.running);
  const container = {
    name: pod.spec.containers[0].name, image: pod.spec.containers[0].image, imageID: "", ready, restartCount: 0, state,
    lastState: ready ? {} : { terminated: { exitCode: 3 } },
  };
  const conditions = ["Ready", "ContainersReady"].map((type) => ({ type, status: ready ? "True" : "False" }));
  await ask("PATCH", `${path}/status`, { status: { phase: "Running", conditions, containerStatuses: [container] } }, "application/merge-patch+json");
}

// Where the API server gets logs from.
const logs = https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
  const url = new URL(request.url, "https://node");
  const [, , namespace, name] = url.pathname.split("/");
  const pod = await ask("GET", `/api/v1/namespaces/${namespace}/pods/${name}`);
  const { environment = {} } = pod ? await environmentOf(pod) : {};
  const lines = ["started with", ...Object.entries(environment).map(([variable, value]) => `${variable}=${value}`)];
  response.end(`${lines.slice(-Number(url.searchParams.get("tailLines") ?? 1000)).join("\n")}\n`);
});
await new Promise((resolve) => logs.listen(0, "127.0.0.1", resolve));

await ask("POST", "/api/v1/nodes", { kind: "Node", apiVersion: "v1", metadata: { name: NAME } });
await ask("PATCH", `/api/v1/nodes/${NAME}/status`, {
  status: { addresses: [{ type: "InternalIP", address: "127.0.0.1" }], daemonEndpoints: { kubeletEndpoint: { Port: logs.address().port } } },
}, "application/merge-patch+json");
console.log(`listening on http://127.0.0.1:${logs.address().port}`);

// A watch ends now and then, and begins again with all there is.
for (;;) {
  const watch = await fetch(`${api}/api/v1/pods?watch=true`, { headers: { authorization: `Bearer ${token}` } });
  let rest = "";
  for await (const text of watch.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const { type, object } = JSON.parse(line);
      if (type === "ADDED" || type === "MODIFIED") run(object).catch((error) => console.error(error.message));
    }
  }
}
