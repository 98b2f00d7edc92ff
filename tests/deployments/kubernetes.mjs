// The part of the Kubernetes API that deployments use, in memory: server-side apply with field managers and conflicts, labels,
// deletion by label, immutable objects, bearer tokens and what they may do, and a controller that reacts to what a pod is told by
// its environment (MODE). What it was asked is kept, with the answers, to be compared with the roles. A real API server is asked the
// same by `scripts/test-deployments apiserver`.
import { randomUUID } from "node:crypto";
import http from "node:http";

const KINDS = {
  "/api/v1": { configmaps: "ConfigMap", secrets: "Secret", services: "Service", pods: "Pod", namespaces: "Namespace" },
  "/apis/apps/v1": { deployments: "Deployment" },
  "/apis/networking.k8s.io/v1": { ingresses: "Ingress" },
};
export const TOKEN = "token-of-the-service-account";
export const WEAK = "token-that-may-only-read";

export async function fakeKubernetes({ port = 0, open = false } = {}) {
  const objects = new Map(); // path -> object
  const applied = []; // every manifest as it came
  const requests = []; // every request that was allowed, with its answer
  let version = 1;

  const status = (code, reason, message) => [code, { kind: "Status", apiVersion: "v1", status: "Failure", reason, message, code }];
  // A collection of one namespace, or of all.
  const list = (prefix, selector) => {
    const wanted = (selector ?? "").split(",").filter(Boolean).map((pair) => pair.split("="));
    const everywhere = prefix.match(/^(.*)\/(\w+)$/);
    const isIn = (path) => path.startsWith(`${prefix}/`) || (path.startsWith(`${everywhere[1]}/namespaces/`) && path.split("/").at(-2) === everywhere[2]);
    const fits = ([path, object]) =>
      isIn(path) && wanted.every(([name, value]) => object.metadata.labels?.[name] === value);
    return [...objects].filter(fits);
  };

  function apply(path, body, query) {
    const manager = query.get("fieldManager");
    if (!manager) return status(400, "BadRequest", "fieldManager is required for apply patch");
    const object = JSON.parse(body);
    applied.push(object);
    const name = path.split("/").pop();
    if (object.metadata?.name !== name) return status(400, "BadRequest", "the name of the object does not match the name on the URL");
    const namespace = path.match(/\/namespaces\/([^/]+)\//)?.[1];
    if (namespace && !objects.has(`/api/v1/namespaces/${namespace}`)) {
      return status(404, "NotFound", `namespaces "${namespace}" not found`);
    }
    const former = objects.get(path);
    if (former?.immutable && JSON.stringify(former.data) !== JSON.stringify(object.data)) {
      return status(422, "Invalid", `${object.kind} "${name}" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`);
    }
    const others = former?.metadata.managedFields[0].manager;
    if (former && others !== manager && query.get("force") !== "true") {
      return status(409, "Conflict", `Apply failed with 1 conflict: conflict with "${others}": .spec`);
    }
    const changed = JSON.stringify(former?.spec) !== JSON.stringify(object.spec);
    objects.set(path, {
      ...former,
      ...object,
      metadata: {
        ...object.metadata,
        uid: former?.metadata.uid ?? randomUUID(),
        creationTimestamp: former?.metadata.creationTimestamp ?? new Date().toISOString(),
        resourceVersion: String(version++),
        generation: (former?.metadata.generation ?? 0) + (changed ? 1 : 0),
        managedFields: [{ manager, operation: "Apply" }],
      },
    });
    if (object.kind === "Deployment") control(path);
    return [former ? 200 : 201, objects.get(path)];
  }

  // What the controllers of a cluster do, at once.
  function control(path) {
    const deployment = objects.get(path);
    const [, namespace, name] = path.match(/\/namespaces\/([^/]+)\/deployments\/(.+)$/);
    const { replicas, template } = deployment.spec;
    const core = `/api/v1/namespaces/${namespace}`;
    for (const [pod] of list(`${core}/pods`, `app.kubernetes.io/instance=${name}`)) objects.delete(pod);
    const environment = {};
    let missing;
    for (const source of template.spec.containers[0].envFrom) {
      const [kind, { name }] = source.configMapRef ? ["configmaps", source.configMapRef] : ["secrets", source.secretRef];
      const held = objects.get(`${core}/${kind}/${name}`);
      if (!held) missing = name;
      for (const [key, value] of Object.entries(held?.data ?? {})) {
        environment[key] = kind === "secrets" ? Buffer.from(value, "base64").toString() : value;
      }
    }
    const crashes = environment.MODE === "crash" || missing;
    for (let number = 0; number < replicas; number++) {
      const waiting = missing
        ? { reason: "CreateContainerConfigError", message: `"${missing}" not found` }
        : { reason: "CrashLoopBackOff", message: "back-off restarting failed container" };
      objects.set(`${core}/pods/${name}-${number}`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `${name}-${number}`, namespace, labels: template.metadata.labels, creationTimestamp: new Date().toISOString() },
        environment,
        spec: template.spec,
        status: {
          containerStatuses: [
            crashes
              ? { name: "server", ready: false, state: { waiting }, lastState: { terminated: { exitCode: 3 } } }
              : { name: "server", ready: true, state: { running: {} } },
          ],
        },
      });
    }
    const available = crashes ? 0 : replicas;
    deployment.status = {
      observedGeneration: deployment.metadata.generation,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: available,
      readyReplicas: available,
      conditions: [{ type: "Progressing", status: "True", reason: crashes ? "ReplicaSetUpdated" : "NewReplicaSetAvailable" }],
    };
  }

  function log(path, query) {
    const pod = objects.get(path.replace(/\/log$/, ""));
    if (!pod) return status(404, "NotFound", "pods not found");
    const lines = ["started with", ...Object.entries(pod.environment).map(([name, value]) => `${name}=${value}`)];
    return [200, `${lines.slice(-Number(query.get("tailLines") ?? 1000)).join("\n")}\n`];
  }

  function answer(method, path, query, type, body) {
    const root = Object.keys(KINDS).find((root) => path === root || path.startsWith(`${root}/`));
    if (path === "/api") return [200, { kind: "APIVersions", versions: ["v1"] }];
    if (path === "/apis") {
      const groups = Object.keys(KINDS).filter((root) => root.startsWith("/apis/")).map((root) => root.slice(6));
      const group = (groupVersion) => ({ groupVersion, version: groupVersion.split("/")[1] });
      return [200, { kind: "APIGroupList", apiVersion: "v1", groups: groups.map((name) => ({ name: name.split("/")[0], versions: [group(name)], preferredVersion: group(name) })) }];
    }
    if (!root) return status(404, "NotFound", "the server could not find the requested resource");
    if (path === root) {
      const verbs = ["get", "list", "create", "patch", "delete", "deletecollection"];
      const resource = ([name, kind]) => ({ name, singularName: kind.toLowerCase(), namespaced: kind !== "Namespace", kind, verbs });
      return [200, { kind: "APIResourceList", apiVersion: "v1", groupVersion: root.replace(/^\/apis?\//, ""), resources: Object.entries(KINDS[root]).map(resource) }];
    }
    if (path.endsWith("/log")) return log(path, query);
    const last = path.split("/").pop();
    const kind = KINDS[root][last];
    const isCollection = kind && (last !== "namespaces" || path === "/api/v1/namespaces");
    const version = root.replace(/^\/apis?\//, "");
    if (method === "GET" && isCollection) {
      return [200, { kind: `${kind}List`, apiVersion: version, metadata: { resourceVersion: "1" }, items: list(path, query.get("labelSelector")).map(([, object]) => object) }];
    }
    if (method === "GET") return objects.has(path) ? [200, objects.get(path)] : status(404, "NotFound", `${last} not found`);
    if (method === "PATCH" && type !== "application/apply-patch+yaml") return status(415, "UnsupportedMediaType", "only apply is known here");
    if (method === "PATCH") return apply(path, body, query);
    if (method === "DELETE") {
      const gone = isCollection ? list(path, query.get("labelSelector")) : objects.has(path) ? [[path, objects.get(path)]] : [];
      for (const [path, object] of gone) {
        objects.delete(path);
        if (object.kind === "Deployment") {
          const pods = path.replace("/apis/apps/v1", "/api/v1").replace(/deployments\/.*/, "pods");
          for (const [pod] of list(pods, `app.kubernetes.io/instance=${object.metadata.name}`)) objects.delete(pod);
        }
      }
      if (isCollection) return [200, { kind: `${kind}List`, apiVersion: version, metadata: {}, items: gone.map(([, object]) => object) }];
      return gone.length ? [200, { kind: "Status", status: "Success" }] : status(404, "NotFound", `${last} not found`);
    }
    return status(405, "MethodNotAllowed", "not known here");
  }

  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url, "http://fake");
      const token = request.headers.authorization?.replace(/^Bearer /, "");
      const asked = { method: request.method, path: url.pathname, query: url.search.slice(1), type: request.headers["content-type"], body: Buffer.concat(chunks).toString() };
      const allowed = () => {
        const [code, said] = answer(asked.method, asked.path, url.searchParams, asked.type, asked.body);
        requests.push({ ...asked, status: code, names: said.items?.map((item) => item.metadata.name) });
        return [code, said];
      };
      let [code, body] = [TOKEN, WEAK].includes(token) || open
        ? token === WEAK && request.method !== "GET"
          ? status(403, "Forbidden", `User "system:serviceaccount:mcp:weak" cannot ${request.method.toLowerCase()} here`)
          : allowed()
        : status(401, "Unauthorized", "Unauthorized");
      const isText = typeof body === "string";
      response.writeHead(code, { "content-type": isText ? "text/plain" : "application/json" });
      response.end(isText ? body : JSON.stringify(body));
    });
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  objects.set("/api/v1/namespaces/mcp", { apiVersion: "v1", kind: "Namespace", metadata: { name: "mcp", managedFields: [{ manager: "kubectl" }] } });
  return { url: `http://127.0.0.1:${server.address().port}`, objects, applied, requests };
}
