// One suite for every engine: node suite.mjs ENGINE. The engine is a real one, for Kubernetes what stands in for it, or the mock, which is
// in the server itself. It starts the native server with the engine's settings, and asks it over HTTP what a caller asks.
//
//   SERVER       the native server
//   ENGINE_URL   where the Docker host's, Podman's or the cluster's API is
//   IMAGE        the test's image, by digest
//   MCP_IMAGE    an image with an MCP server that others wrote, for engines that run containers
//   KUBERNETES_TOKEN, INGRESS_HOST   for a real cluster; where they are set, also
//   KUBERNETES_WEAK_TOKEN            a token without rights
//   KUBERNETES_IS_OLD=true           it deletes services one by one, as 1.20 does
//   KUBERNETES_PER_OWNER=true        the roles of deploy/kubernetes-rbac-per-owner.yaml are applied
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { fakeKubernetes, TOKEN, WEAK } from "./kubernetes.mjs";
import { proxyTo } from "./proxy.mjs";

const engineName = process.argv[2];
const kind = engineName === "podman" ? "docker" : engineName.replace("cluster", "kubernetes");
const SECRET = "suite-secret-Xx19-not-to-be-told";
const ADMIN = "suite-admin-key-0123456789abcdef";
const image = process.env.IMAGE ?? `example.invalid/mcp-test:1@sha256:${"a".repeat(64)}`;
const only = process.env.ONLY;
const children = [];
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

// A template whose server does what its configuration says.
const template = {
  id: "test", name: "Test", description: "Answers, or ends.", publisher: "the suite", homepage: "https://example.com", image,
  port: 8080, path: "/mcp", user: 65532,
  configuration_schema: {
    type: "object", additionalProperties: false, required: ["mode"],
    properties: {
      mode: { type: "string", enum: ["serve", "crash"] },
      greeting: { type: "string", minLength: 2, maxLength: 40 },
      count: { type: "integer", minimum: 1, maximum: 9 },
      tags: { type: "array", items: { type: "string" }, maxItems: 3, uniqueItems: true },
      token: { type: "string", writeOnly: true, minLength: 8 },
    },
    if: { required: ["count"] }, then: { required: ["greeting"] },
  },
  env_mapping: { mode: "MODE", greeting: "GREETING", count: "COUNT", tags: "TAGS", token: "TOKEN" },
};

// A property for each keyword that schemas may have, with a value that it does not allow and the pointer to what is wrong.
const keywords = {
  type: [{ type: ["integer", "null"] }, "one", ""], enum: [{ enum: ["a", "b"] }, "c", ""], const: [{ const: 1 }, 2, ""],
  properties: [{ properties: { a: { type: "integer" } } }, { a: 1.5 }, "/a"], required: [{ required: ["a"] }, {}, "/a"],
  additionalProperties: [{ properties: { a: true }, additionalProperties: false }, { b: 1 }, "/b"],
  minProperties: [{ minProperties: 1 }, {}, ""], maxProperties: [{ maxProperties: 1 }, { a: 1, b: 2 }, ""],
  items: [{ items: { type: "string" } }, ["a", 1], "/1"], minItems: [{ minItems: 2 }, [1], ""], maxItems: [{ maxItems: 1 }, [1, 2], ""],
  uniqueItems: [{ uniqueItems: true }, [1, 1], "/1"], minLength: [{ minLength: 2 }, "a", ""], maxLength: [{ maxLength: 1 }, "ab", ""],
  minimum: [{ minimum: 3 }, 2, ""], maximum: [{ maximum: 3 }, 4, ""],
  exclusiveMinimum: [{ exclusiveMinimum: 3 }, 3, ""], exclusiveMaximum: [{ exclusiveMaximum: 3 }, 3, ""], multipleOf: [{ multipleOf: 2 }, 3, ""],
  allOf: [{ allOf: [{ minimum: 3 }] }, 1, ""], anyOf: [{ anyOf: [{ minimum: 3 }, { const: 0 }] }, 1, ""],
  oneOf: [{ oneOf: [{ minimum: 3 }, { minimum: 4 }] }, 5, ""], not: [{ not: { const: 1 } }, 1, ""],
  then: [{ if: { required: ["a"] }, then: { required: ["b"] } }, { a: 1 }, "/b"],
  else: [{ if: { required: ["a"] }, else: { required: ["c"] } }, {}, "/c"],
};
const each = (of) => Object.fromEntries(Object.entries(keywords).map(([name, rule]) => [name, of(name, rule)]));
const strict = {
  ...template, id: "strict", name: "Strict", description: "Refuses.",
  configuration_schema: { type: "object", additionalProperties: false, properties: each((name, [schema]) => schema) },
  env_mapping: each((name) => name.toUpperCase()),
};

// The TypeScript SDK's server, as tests/mcp-clients has it.
const real = {
  ...template, id: "typescript", name: "TypeScript SDK", description: "Greets.", image: process.env.MCP_IMAGE,
  env: { HOST: "0.0.0.0", PORT: "8080" },
  configuration_schema: { type: "object", additionalProperties: false, properties: { note: { type: "string" } } },
  env_mapping: { note: "NOTE" },
};

async function catalogue() {
  const body = JSON.stringify({ templates: [template, strict, ...(process.env.MCP_IMAGE ? [real] : [])] });
  const asked = [];
  const server = http.createServer((request, response) => {
    asked.push(request.headers["if-none-match"]);
    if (request.headers["if-none-match"] === '"1"') return response.writeHead(304).end();
    response.writeHead(200, { etag: '"1"', "content-type": "application/json" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/index.json`, asked, sha256: createHash("sha256").update(body).digest("hex") };
}

async function serve(settings) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "deployments-"));
  const log = path.join(folder, "log");
  const child = spawn(process.env.SERVER, ["--port", "0", "--data", path.join(folder, "data"), "--no-schedule"], {
    env: { ...process.env, ADMIN_API_KEY: ADMIN, MCP_DEPLOYMENT_BACKEND: kind, ...settings },
    stdio: ["ignore", "pipe", fs.openSync(log, "w")],
  });
  children.push(child);
  const url = await new Promise((resolve, reject) => {
    child.stdout.on("data", (data) => resolve(String(data).match(/http:\S+/)[0]));
    child.on("exit", () => reject(new Error(fs.readFileSync(log, "utf8"))));
  });
  const said = [];
  const ask = async (method, path, { body, key, headers } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}), ...headers },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    said.push(text);
    return { status: response.status, json: text ? JSON.parse(text) : undefined, text };
  };
  const person = async (scopes = ["deploy"]) => {
    const made = await ask("POST", "/api/admin/keys", { key: ADMIN, body: { name: "suite", scopes, requests_per_minute: 100000, requests_per_day: 1000000 } });
    const key = made.json.key;
    return Object.assign((method, path, body, headers) => ask(method, path, { key, body, headers }), { key });
  };
  const operator = (method, path, body) => ask(method, path, { key: ADMIN, body });
  return {
    url, folder, person, operator, said, log: () => fs.readFileSync(log, "utf8"), ask,
    stop() {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
      for (const file of fs.readdirSync(folder, { recursive: true })) {
        const whole = path.join(folder, file);
        if (fs.statSync(whole).isFile()) assert(!fs.readFileSync(whole).includes(SECRET), `${file} holds a secret`);
      }
      fs.rmSync(folder, { recursive: true });
    },
  };
}

// What an engine has of deployments: to see that nothing is left.
async function engineOf() {
  if (kind === "mock") {
    // It is asked for nothing over HTTP: what it has are rows of the server's database.
    const { DatabaseSync } = await import("node:sqlite");
    const left = async () => {
      const database = new DatabaseSync(path.join(server.folder, "data", "database.sqlite"), { readOnly: true });
      const rows = database.prepare("SELECT name FROM deployment_mocks").all();
      database.close();
      return rows.map(({ name }) => name);
    };
    return { url: "http://127.0.0.1:9", settings: {}, left, isMock: true };
  }
  if (kind === "kubernetes") {
    const fake = engineName === "kubernetes" ? await fakeKubernetes() : undefined;
    const url = fake?.url ?? process.env.ENGINE_URL;
    const token = fake ? TOKEN : process.env.KUBERNETES_TOKEN;
    const list = async (collection) => {
      const query = "labelSelector=app.kubernetes.io/managed-by%3Dmechafil-edge";
      const response = await fetch(`${url}${collection}?${query}`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(response.status, 200, `${collection}: ${response.status}`);
      return (await response.json()).items;
    };
    const collections = {
      deployments: "/apis/apps/v1", ingresses: "/apis/networking.k8s.io/v1",
      services: "/api/v1", configmaps: "/api/v1", secrets: "/api/v1", pods: "/api/v1",
    };
    return {
      url, fake, variable: "KUBERNETES_CLUSTER_ENDPOINT",
      settings: { KUBERNETES_CLUSTER_ENDPOINT: url, KUBERNETES_SERVICE_ACCOUNT_TOKEN: token, MCP_INGRESS_HOST: fake ? "mcp.example.com" : (process.env.INGRESS_HOST ?? "") },
      // Servers of Kubernetes 1.20 delete services one by one.
      isOld: Boolean(process.env.KUBERNETES_IS_OLD),
      weak: fake ? WEAK : process.env.KUBERNETES_WEAK_TOKEN,
      perOwner: fake || process.env.KUBERNETES_PER_OWNER === "true",
      // Of all namespaces, those of one name; of ours, all.
      find: async (plural, name) => (await list(`${collections[plural]}/${plural}`)).filter((object) => object.metadata.name === name),
      async left() {
        const found = [];
        for (const [plural, root] of Object.entries(collections)) {
          found.push(...(await list(`${root}/namespaces/mcp/${plural}`)).map((object) => `${plural}/${object.metadata.name}`));
        }
        return found;
      },
    };
  }
  const url = process.env.ENGINE_URL;
  const filters = encodeURIComponent(JSON.stringify({ label: ["app.kubernetes.io/managed-by=mechafil-edge"] }));
  const left = async () => {
    const get = async (path) => (await fetch(`${url}/v1.41${path}`)).json();
    const containers = await get(`/containers/json?all=true&filters=${filters}`);
    const networks = await get(`/networks?filters=${filters}`);
    return [...containers.map((container) => container.Names[0]), ...networks.map((network) => `network ${network.Name}`)];
  };
  return { url, settings: { DOCKER_ENGINE_URL: url }, left, variable: "DOCKER_ENGINE_URL" };
}

const engine = await engineOf();
const index = await catalogue();
const proxy = await proxyTo(engine.url);
const common = { ...engine.settings, ...(engine.variable ? { [engine.variable]: proxy.url } : {}), MCP_TEMPLATES_URL: index.url, MCP_TEMPLATES_SHA256: index.sha256, ALLOW_INSECURE_MCP_SERVERS: "true", MCP_DEPLOYMENT_DEADLINE_SECONDS: "10" };
const server = await serve(common);

const base = "/api/templates/deployments";
const configuration = { mode: "serve", greeting: "hello", count: 3, tags: ["a", "b"], token: SECRET };
// What ends as soon as it is started: real servers are told to, the mock is asked to pretend.
const crashing = engine.isMock ? { configuration, fault: "crash" } : { configuration: { mode: "crash", token: SECRET } };
// Docker tells the code of what ended, and not of what it has just started again.
const whyItFailed = engine.isMock ? /code 1/ : kind === "docker" ? /code 3|started again \d+ times/ : /3/;
const NO_REQUESTS = "the mock sends no requests; its faults are asked for by name";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(ask, path, status) {
  for (let tries = 0; tries < 240; tries++) {
    const { json } = await ask("GET", path);
    if (json.deployment.status === status) return json.deployment;
    assert(status === "failed" || json.deployment.status !== "failed", JSON.stringify(json.deployment));
    await pause(250);
  }
  assert.fail(`${path} is not ${status} after a minute`);
}

async function deploy(ask, body = {}, headers, id = "test") {
  const reply = await ask("POST", `/api/templates/deploy/${id}/`, { configuration, ...body }, headers);
  assert.equal(reply.status, 202, reply.text);
  return `${base}/${reply.json.deployment.deployment_name}`;
}

// A client that people use, at the service's own /mcp.
async function mcpClient(key) {
  const sdk = (file) => import(pathToFileURL(path.resolve("tests/mcp-clients/node_modules/@modelcontextprotocol/sdk/dist/esm/client", file)));
  const [{ Client }, { StreamableHTTPClientTransport }] = [await sdk("index.js"), await sdk("streamableHttp.js")];
  const client = new Client({ name: "suite", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${key}` } } }));
  return client;
}

async function eventually(what, condition) {
  for (let tries = 0; tries < 240; tries++) {
    const found = await condition();
    if (found) return found;
    await pause(250);
  }
  assert.fail(`${what}, not even after a minute`);
}

async function nothingIsLeft(what) {
  for (let tries = 0; tries < 120; tries++) {
    if ((await engine.left()).length === 0) return;
    await pause(250);
  }
  assert.deepEqual(await engine.left(), [], what);
}

const tests = {
  async "deploy, list, get, change, stop, start, roll back, logs, delete"() {
    const ask = await server.person();
    const path = await deploy(ask, { name: "mine" });
    const running = await until(ask, path, "running");
    assert.match(running.deployment_name, /^mcp-test-[0-9a-f]{8}$/);
    assert.deepEqual(running.configuration, { ...configuration, token: "********" });
    assert(running.endpoint.endsWith("/mcp") && running.backend === kind, JSON.stringify(running));
    if (kind === "docker") {
      const answered = await fetch(running.endpoint.replace("/mcp", "/greeting.txt"));
      assert.equal((await answered.text()).trim(), "hello", "the configuration reaches the server, and its port is published");
    }
    const list = (await ask("GET", `${base}/`)).json;
    assert.deepEqual(list.deployments.map((one) => [one.name, one.status]), [["mine", "running"]]);

    const logs = await ask("GET", `${path}/logs/?lines=50`);
    // The mock runs nothing that could tell its environment.
    const tells = (reply, text) => assert(reply.json.lines.some((line) => line.includes(engine.isMock ? "mock: revision" : text)), reply.text);
    tells(logs, "GREETING=hello");
    tells(logs, "TOKEN=********");
    assert.equal((await ask("GET", `${path}/logs/?lines=1`)).json.lines.length, 1);

    // The secret goes along although it is not given again.
    const changed = await ask("PATCH", path, { configuration: { greeting: "good day" } });
    assert.equal(changed.status, 202, changed.text);
    const second = await until(ask, path, "running");
    assert.deepEqual([second.revision, second.former_revision, second.configuration.greeting], [2, 1, "good day"]);
    const now = await ask("GET", `${path}/logs/?lines=50`);
    tells(now, "TOKEN=********");

    assert.equal((await ask("POST", `${path}/stop/`)).json.deployment.status, "stopped");
    assert.equal((await ask("GET", path)).json.deployment.status, "stopped");
    assert.equal((await ask("GET", `${base}/`)).json.deployments[0].status, "stopped");
    assert.equal((await ask("POST", `${path}/start/`)).status, 202);
    await until(ask, path, "running");

    assert.equal((await ask("POST", `${path}/rollback/`)).status, 202);
    const back = await until(ask, path, "running");
    assert.deepEqual([back.revision, back.former_revision, back.configuration.greeting], [1, 2, "hello"]);
    // A third revision takes the place of the second; the first stays for a rollback.
    assert.equal((await ask("PATCH", path, { configuration: { count: null, greeting: null } })).status, 202);
    const third = await until(ask, path, "running");
    assert.deepEqual([third.revision, third.former_revision], [3, 1]);

    assert.equal((await ask("DELETE", `${path}/delete/`)).status, 200);
    assert.equal((await ask("GET", path)).status, 404);
    assert.equal((await ask("DELETE", path)).status, 404);
    await nothingIsLeft("after the deletion");
  },

  async "the same idempotency key twice, also at once, is one deployment"() {
    const ask = await server.person();
    const headers = { "idempotency-key": "once" };
    const paths = await Promise.all(Array.from({ length: 5 }, () => deploy(ask, {}, headers)));
    assert.equal(new Set(paths).size, 1);
    const other = await ask("POST", "/api/templates/deploy/test", { configuration: { mode: "serve" } }, headers);
    assert.deepEqual([other.status, other.json.code], [409, "IDEMPOTENCY_KEY_REUSED"]);
    await until(ask, paths[0], "running");
    assert.equal((await ask("DELETE", paths[0])).status, 200);
    await nothingIsLeft("after one");
  },

  async "two owners do not see one another's"() {
    const [one, other] = [await server.person(), await server.person()];
    const path = await deploy(one);
    assert.equal((await other("GET", path)).status, 404);
    assert.equal((await other("DELETE", path)).status, 404);
    assert.equal((await other("GET", `${path}/logs`)).status, 404);
    assert.equal((await other("GET", base)).json.count, 0);
    assert.equal((await one("DELETE", path)).status, 200);
  },

  async "a wrong configuration names every error at once and reaches no engine"() {
    const ask = await server.person();
    proxy.begin();
    const wrong = { mode: "fly", greeting: "x", count: 10, tags: ["a", "a"], token: "short", extra: 1 };
    const reply = await ask("POST", "/api/templates/deploy/test", { configuration: wrong });
    const pointers = reply.json.errors.map((error) => error.pointer).sort();
    assert.deepEqual(pointers, ["/configuration/count", "/configuration/extra", "/configuration/greeting", "/configuration/mode", "/configuration/tags/1", "/configuration/token"]);
    assert.equal((await ask("POST", "/api/templates/deploy/test", { configuration: { mode: "serve", count: 2 } })).json.errors[0].pointer, "/configuration/greeting");
    const refused = await ask("POST", "/api/templates/deploy/strict", { configuration: each((name, [, value]) => value) });
    assert.equal(refused.status, 422, refused.text);
    assert.deepEqual(
      refused.json.errors.map((error) => error.pointer).sort(),
      Object.entries(keywords).map(([name, [, , pointer]]) => `/configuration/${name}${pointer}`).sort(),
    );
    assert.equal(proxy.count(), 0);
  },

  async "a dry run shows what would be sent, without the secret, and sends nothing"() {
    const ask = await server.person();
    proxy.begin();
    const reply = await ask("POST", "/api/templates/deploy/test", { configuration, dry_run: true });
    assert.equal(reply.status, 200, reply.text);
    assert(reply.json.manifests.length >= (engine.isMock ? 1 : 2), reply.text);
    assert(!reply.text.includes(SECRET) && (engine.isMock || reply.text.includes("********")), reply.text);
    assert.equal(proxy.count(), 0);
  },

  async "whatever fault the mock is asked for, nothing is left behind"() {
    if (!engine.isMock) return "a real engine does not go wrong when asked";
    const ask = await server.person();
    for (const [fault, code] of [["image", "IMAGE_UNAVAILABLE"], ["refused", "ENGINE_REFUSED"], ["forbidden", "ENGINE_FORBIDDEN"], ["unreachable", "ENGINE_UNREACHABLE"]]) {
      const reply = await ask("POST", "/api/templates/deploy/test", { configuration, fault });
      assert.deepEqual([reply.status, reply.json.code], [502, code], reply.text);
      await nothingIsLeft(`after ${fault}`);
    }
    assert.equal((await ask("GET", base)).json.count, 0);
  },

  async "whatever request to the engine fails, nothing is left behind"() {
    if (engine.isMock) return NO_REQUESTS;
    const ask = await server.person();
    for (const fault of [500, "cut", "lost", "echo"]) {
      for (let step = 1; ; step++) {
        proxy.begin((number) => (number === step ? fault : undefined));
        const reply = await ask("POST", "/api/templates/deploy/test", { configuration });
        if (reply.status === 202) {
          assert(step > 3, `${step} requests`);
          proxy.begin();
          assert.equal((await ask("DELETE", `${base}/${reply.json.deployment.deployment_name}`)).status, 200);
          break;
        }
        assert.equal(reply.status, 502, reply.text);
        const what = `after a failure of request ${step}: ${proxy.paths()}`;
        proxy.begin();
        await nothingIsLeft(what);
        assert.equal((await ask("GET", base)).json.count, 0);
      }
    }
    await nothingIsLeft("after all");
  },

  async "whatever request fails in a change, the former revision goes on"() {
    if (engine.isMock) return NO_REQUESTS;
    const ask = await server.person();
    const path = await deploy(ask);
    await until(ask, path, "running");
    for (let step = 1; ; step++) {
      proxy.begin((number) => (number === step ? 500 : undefined));
      const reply = await ask("PATCH", path, { configuration: { greeting: `number ${step}` } });
      proxy.begin();
      if (reply.status === 202) {
        assert(step > 2, `${step} requests`);
        break;
      }
      assert.equal(reply.status, 502, reply.text);
      const now = await until(ask, path, "running");
      assert.equal(now.configuration.greeting, "hello", `after a failure of request ${step}`);
    }
    await until(ask, path, "running");
    assert.equal((await ask("DELETE", path)).status, 200);
    await nothingIsLeft("after the changes");
  },

  async "an engine that cannot be reached any more is told of, and what was begun is removed when it is back"() {
    if (engine.isMock) return NO_REQUESTS;
    const ask = await server.person();
    proxy.begin((number) => (number >= 3 ? "cut" : undefined));
    const reply = await ask("POST", "/api/templates/deploy/test", { configuration });
    assert.deepEqual([reply.status, reply.json.code], [502, "ENGINE_UNREACHABLE"], reply.text);
    assert(reply.json.detail.includes("tried again every minute"), reply.text);
    const [left] = (await ask("GET", base)).json.deployments;
    assert.equal(left.status, "failed");
    proxy.begin();
    assert.equal((await ask("DELETE", `${base}/${left.deployment_name}`)).status, 200);
    await nothingIsLeft("when it is back");
  },

  async "what does not run within its deadline has failed and is removed; a change of what ran goes back"() {
    const ask = await server.person();
    const neverRan = async () => {
      const path = await deploy(ask, crashing);
      const failed = await until(ask, path, "failed");
      assert.match(failed.reason, whyItFailed, "why");
      const name = failed.deployment_name;
      // It is told of before the engine has removed the last of it.
      for (let tries = 0; (await engine.left()).some((left) => left.includes(name)); tries++) {
        assert(tries < 240, "what never ran is removed");
        await pause(250);
      }
      assert.equal((await ask("POST", `${path}/start`)).json.code, "DEPLOYMENT_FAILED");
      return path;
    };
    const ran = async () => {
      const path = await deploy(ask);
      await until(ask, path, "running");
      assert.equal((await ask("PATCH", path, { configuration: { mode: "crash" } })).status, 202);
      let now;
      for (let tries = 0; tries < 240; tries++) {
        now = (await ask("GET", path)).json.deployment;
        if (now.revision === 1 && now.status === "running") break;
        await pause(250);
      }
      assert.deepEqual([now.revision, now.status, now.configuration.mode], [1, "running", "serve"]);
      assert.match(now.reason, /Went back to revision 1 because revision 2 failed/);
      return path;
    };
    // A fault of the mock's is one of the first revision.
    for (const path of await Promise.all([neverRan(), ...(engine.isMock ? [] : [ran()])])) assert.equal((await ask("DELETE", path)).status, 200);
    await nothingIsLeft("after the deadlines");
  },

  async "a server that ends again and again can be stopped, and stays so"() {
    if (kind !== "docker") return "Kubernetes takes the pods away, and the mock starts nothing again";
    const ask = await server.person();
    const path = await deploy(ask, { configuration: { mode: "crash", token: SECRET } });
    const restarts = async () => {
      const response = await fetch(`${engine.url}/v1.41/containers/${path.split("/").pop()}-r1/json`);
      const { RestartCount, State } = await response.json();
      return [RestartCount, State.Running];
    };
    await eventually("it was restarted", async () => (await restarts())[0] >= 3);
    assert.equal((await ask("POST", `${path}/stop`)).status, 200);
    const before = await restarts();
    await pause(2000);
    assert.deepEqual(await restarts(), [before[0], false], "it goes on being restarted");
    assert.equal((await ask("GET", path)).json.deployment.status, "stopped");
    assert.equal((await ask("DELETE", path)).status, 200);
    await nothingIsLeft("after the stop");
  },

  async "a deployed server that others wrote answers a tool call through /mcp while it runs"() {
    if (!process.env.MCP_IMAGE) return "it runs where containers do";
    const ask = await server.person(["read", "connect", "deploy"]);
    const deployment = await deploy(ask, { configuration: {}, connect: true }, undefined, "typescript");
    const seen = await eventually("it is connected", async () => {
      const { deployment: now } = (await ask("GET", deployment)).json;
      assert.notEqual(now.status, "failed", JSON.stringify(now));
      return now.server?.connected && now;
    });
    const client = await mcpClient(ask.key);
    const greet = `${seen.server.name}__greet`;
    const names = async () => (await client.listTools()).tools.map((tool) => tool.name);
    assert((await names()).includes(greet), greet);
    assert.equal((await client.callTool({ name: greet })).content[0].text, "Hello");

    assert.equal((await ask("POST", `${deployment}/stop`)).status, 200);
    assert(!(await names()).includes(greet), "it stands still");
    assert.equal((await ask("POST", `${deployment}/start`)).status, 202);
    await eventually("it is connected again", async () => (await ask("GET", deployment)).json.deployment.server.connected);
    assert.equal((await client.callTool({ name: greet })).content[0].text, "Hello");
    assert.equal((await ask("DELETE", deployment)).status, 200);
    assert(!(await names()).includes(greet), "it is gone");
    await client.close();
    await nothingIsLeft("after the server");
  },

  async "of twenty who want a missing server at once one starts it, and it answers"() {
    if (!process.env.MCP_IMAGE) return "it runs where containers do; with the mock engine it is in the contract";
    const ask = await server.person(["read", "connect"]);
    const described = await server.operator("PUT", "/api/admin/mcp-servers/wanted", { deployment: { template: "typescript", backend: kind } });
    assert.equal(described.status, 201, described.text);
    const ensure = () => ask("POST", "/api/mcp-servers/wanted/ensure", {});
    const said = await Promise.all(Array.from({ length: 20 }, ensure));
    assert(said.every(({ status }) => [200, 202].includes(status)), said.map(({ text }) => text).join("\n"));
    assert.equal(said.filter(({ json }) => json.fence).length, 1);
    const operators = (await server.operator("GET", base)).json;
    assert.equal(operators.count, 1);
    assert.equal((await engine.left()).length, kind === "docker" ? 2 : undefined, "a container and its network");
    const deployment = `${base}/${operators.deployments[0].deployment_name}`;
    await eventually("it answers", async () => {
      assert.equal((await server.operator("GET", deployment)).status, 200);
      return (await ensure()).json.status === "running";
    });
    assert.equal((await ask("POST", "/api/mcp-servers/wanted/connect", {})).status, 200);
    const client = await mcpClient(ask.key);
    assert.equal((await client.callTool({ name: "wanted__greet" })).content[0].text, "Hello");
    await client.close();
    assert.equal((await server.operator("DELETE", deployment)).status, 200);
    assert.equal((await server.operator("DELETE", "/api/admin/mcp-servers/wanted")).status, 204);
    await nothingIsLeft("after the wanted server");
  },

  async "a container that says by its label that it is an MCP server is found by it, and its tools are called while it runs"() {
    if (!process.env.MCP_IMAGE) return "it runs where containers do";
    // As an operator starts one, without this service.
    const said = async (method, path, body) => {
      const response = await fetch(`${engine.url}/v1.41${path}`, {
        method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    };
    const done = async (...what) => {
      const { status, text } = await said(...what);
      assert(status < 400, `${what[0]} ${what[1]}: ${status} ${text}`);
    };
    const container = {
      Image: process.env.MCP_IMAGE, Env: ["HOST=0.0.0.0", "PORT=8080"], ExposedPorts: { "8080/tcp": {} },
      Labels: { "mechafil-edge/mcp-server": "boxed", "mechafil-edge/mcp-port": "8080" },
      HostConfig: { NetworkMode: "boxed", PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
    };
    await done("POST", "/networks/create", { Name: "boxed", Driver: "bridge" });
    const create = ["POST", "/containers/create?name=boxed", container];
    if ((await said(...create)).status === 404) {
      const [image, digest] = process.env.MCP_IMAGE.split("@");
      await done("POST", `/images/create?fromImage=${encodeURIComponent(image.replace(/:\w+$/, ""))}&tag=${encodeURIComponent(digest)}`);
      await done(...create);
    }
    const ask = await server.person(["read", "connect"]);
    const listed = async () => (await ask("GET", "/api/discovery/mcp-servers")).json.mcp_servers.find(({ name }) => name === "boxed");
    assert.equal(await listed(), undefined, "it does not run");
    await done("POST", "/containers/boxed/start");
    const found = await listed();
    assert(found.container && found.urls[0].startsWith("http://127.0.0.1:"), JSON.stringify(found));
    const connected = await eventually("it answers", async () => {
      const reply = await ask("POST", "/api/mcp-servers/boxed/connect", {});
      return reply.status === 200 && reply.json;
    });
    assert.equal(connected.source, "docker");
    assert.deepEqual(connected.trace.map(({ source, outcome }) => [source, outcome]).pop(), ["docker", "chosen"]);
    const client = await mcpClient(ask.key);
    assert.equal((await client.callTool({ name: "boxed__greet" })).content[0].text, "Hello");
    await client.close();
    assert.equal((await ask("POST", "/api/mcp-servers/boxed/check", {})).json.check.ok, true);
    assert((await ask("GET", "/api/mcp-servers/health")).json.servers.boxed, "everybody may see how it does");

    await done("DELETE", "/containers/boxed?force=true");
    await done("DELETE", "/networks/boxed");
    assert.equal(await listed(), undefined, "it is gone");
    const other = await server.person(["read", "connect"]);
    assert.equal((await other("POST", "/api/mcp-servers/boxed/connect", {})).status, 404);
  },

  async "listing many deployments is one request to the engine"() {
    const ask = await server.person();
    // As many as an owner may have, where an engine takes them.
    const many = kind === "docker" ? 3 : engine.fake || engine.isMock ? 200 : 20;
    const paths = [];
    while (paths.length < many) paths.push(...(await Promise.all(Array.from({ length: Math.min(10, many - paths.length) }, () => deploy(ask)))));
    proxy.begin();
    assert.equal((await ask("GET", base)).json.count, many);
    assert.equal(proxy.count(), engine.isMock ? 0 : 1, proxy.paths().join());
    proxy.begin();
    await ask("GET", paths[0]);
    assert(proxy.count() <= 2, proxy.paths().join());
    // All at once; who is told that a store did not answer in time tries again, as the answer says.
    const remove = async (path) => {
      for (let tries = 0; ; tries++) {
        const reply = await ask("DELETE", path);
        if (reply.json.code !== "STORAGE_UNAVAILABLE" || tries === 20) return reply;
        await pause(500);
      }
    };
    for (const gone of await Promise.all(paths.map(remove))) assert([200, 404].includes(gone.status), gone.text);
    assert.equal((await ask("GET", base)).json.count, 0);
    await nothingIsLeft("after many that were removed at once");
  },

  async "no call costs an engine more than one request beyond what it needs"() {
    if (engine.isMock) return NO_REQUESTS;
    const ask = await server.person();
    const path = await deploy(ask);
    await until(ask, path, "running");
    // With an Ingress there is an object more to make, and to remove.
    const ingress = engine.settings.MCP_INGRESS_HOST ? 1 : 0;
    const needs = {
      kubernetes: {
        deploy: 4 + ingress, // ConfigMap, Secret, Service, Deployment
        change: 4, // the secret as it was, ConfigMap, Secret, Deployment
        third: 6, // and of the first revision, which no rollback goes to any more, ConfigMap and Secret removed
        read: 1, list: 1, logs: 2, stop: 1, start: 1, rollback: 1,
        remove: 4 + ingress + (engine.isOld ? 2 : 0),
      },
      docker: {
        deploy: 3, // network, container, start
        change: 4, // the secret as it was, container, start, stop the former
        third: 5,
        read: 1, list: 1, logs: 2, stop: 1, start: 1, rollback: 2,
        remove: 4, // the list of its containers, both, network
      },
    }[kind];
    const cost = {};
    const counted = async (what, call, status) => {
      proxy.begin();
      const reply = await call();
      assert.equal(reply.status, status, reply.text);
      cost[what] = [proxy.count(), proxy.paths()];
      if (status === 202) await until(ask, path, "running");
    };
    const change = (greeting) => () => ask("PATCH", path, { configuration: { greeting } });
    await counted("read", () => ask("GET", path), 200);
    await counted("list", () => ask("GET", base), 200);
    await counted("logs", () => ask("GET", `${path}/logs`), 200);
    await counted("change", change("second"), 202);
    await counted("third", change("third"), 202);
    await counted("stop", () => ask("POST", `${path}/stop`), 200);
    await counted("start", () => ask("POST", `${path}/start`), 202);
    await counted("rollback", () => ask("POST", `${path}/rollback`), 202);
    await counted("remove", () => ask("DELETE", path), 200);
    proxy.begin();
    const another = await deploy(ask);
    cost.deploy = [proxy.count(), proxy.paths()];
    assert.equal((await ask("DELETE", another)).status, 200);
    for (const [what, [count, paths]] of Object.entries(cost)) assert([0, 1].includes(count - needs[what]), `${what}: ${paths.join(", ")}`);
    await nothingIsLeft("after counting");
  },

  async "nothing is asked of an engine while nobody asks"() {
    const ask = await server.person();
    const path = await deploy(ask);
    await until(ask, path, "running");
    proxy.begin();
    await ask("GET", "/api/templates/");
    for (const read of ["/health", "/api/keys/me"]) await ask("GET", read);
    // The schedule asks after what is under way only.
    const tended = await server.operator("POST", "/internal/deployments/tend");
    assert.deepEqual([tended.status, tended.json.looked_at], [200, 0], tended.text);
    assert.equal(proxy.count(), 0, proxy.paths().join());
    assert.equal((await ask("DELETE", path)).status, 200);
  },

  async "an engine that does not answer at all is given up"() {
    if (kind !== "kubernetes") return "the same code for all engines, and a quarter of a minute";
    const ask = await server.person();
    const path = await deploy(ask);
    proxy.begin(() => "hang");
    const began = Date.now();
    const seen = await ask("GET", path);
    assert.equal(seen.status, 200);
    assert.match(seen.json.deployment.reason, /As it was last seen: the engine cannot be reached/);
    assert(Date.now() - began < 60_000);
    proxy.begin();
    assert.equal((await ask("DELETE", path)).status, 200);
  },

  async "an image that nobody has is told of"() {
    if (kind !== "docker") return "Kubernetes tells it of the pod: its reason is tested with a pod that waits";
    const ask = await server.person();
    const reply = await ask("POST", "/api/templates/deploy/github", {});
    assert.deepEqual([reply.status, reply.json.code], [502, "IMAGE_UNAVAILABLE"], reply.text);
    await nothingIsLeft("without an image");
  },

  async "a token that the engine does not know, and one without rights, say what to do"() {
    if (!engine.weak) return "for Kubernetes, with KUBERNETES_WEAK_TOKEN; a Docker host has no tokens of its own";
    for (const [token, code] of [["nonsense", "ENGINE_UNAUTHORIZED"], [engine.weak, "ENGINE_FORBIDDEN"]]) {
      const other = await serve({ ...common, [engine.variable]: engine.url, KUBERNETES_SERVICE_ACCOUNT_TOKEN: token });
      const ask = await other.person();
      const reply = await ask("POST", "/api/templates/deploy/test", { configuration });
      assert.deepEqual([reply.status, reply.json.code], [502, code], reply.text);
      assert(!reply.text.includes(token) && !other.log().includes(token));
      other.stop();
    }
    await nothingIsLeft("after refusals");
  },

  async "a backend that does not exist is named by /health, and nothing is deployed"() {
    const other = await serve({ ...common, MCP_DEPLOYMENT_BACKEND: "nomad" });
    const ask = await other.person();
    assert.match((await ask("GET", "/health")).text, /MCP_DEPLOYMENT_BACKEND/);
    const reply = await ask("POST", "/api/templates/deploy/test", { configuration });
    assert.equal(reply.status, 503, reply.text);
    other.stop();
  },

  async "an owner's namespace is of its own where that is wished for"() {
    if (!engine.perOwner) return "for Kubernetes, with the roles that it needs";
    const other = await serve({ ...common, MCP_NAMESPACE_PER_OWNER: "true" });
    const [one, another] = [await other.person(), await other.person()];
    const seen = [];
    for (const ask of [one, another]) {
      const path = await deploy(ask);
      const running = await until(ask, path, "running");
      const name = running.deployment_name;
      const [namespace] = (await engine.find("deployments", name)).map((object) => object.metadata.namespace);
      assert.match(namespace, /^mcp-[0-9a-f]{12}$/);
      assert(running.endpoint.includes(engine.settings.MCP_INGRESS_HOST || `.${namespace}.svc`), running.endpoint);
      const logs = await ask("GET", `${path}/logs/?lines=50`);
      assert(logs.json.lines.some((line) => line.includes("GREETING=hello")), logs.text);
      assert.equal((await ask("DELETE", path)).status, 200);
      await eventually("it is removed", async () => (await engine.find("deployments", name)).length === 0);
      seen.push(namespace);
    }
    assert.notEqual(seen[0], seen[1]);
    other.stop();
  },

  async "the catalogue's index is asked for once, not for each request"() {
    const before = index.asked.length;
    const ask = await server.person();
    for (let number = 0; number < 5; number++) assert((await ask("GET", "/api/templates/")).json.count >= 7);
    assert.equal(index.asked.length, before);
  },

  async "no secret is in any answer, log, address, label or ConfigMap"() {
    const told = [...server.said, server.log()].filter((text) => text.includes(SECRET));
    assert.deepEqual(told, []);
    const encoded = Buffer.from(SECRET).toString("base64");
    const holds = (value) => [SECRET, encoded].some((secret) => JSON.stringify(value ?? null).includes(secret));
    let seen = 0;
    for (const { method, url, body } of proxy.sent) {
      assert(!holds(url), url);
      if (!holds(body)) continue;
      seen++;
      // Where it has to be: in a Secret's data, in a container's environment; in nothing else of that.
      const { data, Env, ...rest } = JSON.parse(body);
      assert(kind === "docker" ? url.includes("/containers/create") && Env : rest.kind === "Secret" && data, `${method} ${url}`);
      assert(!holds(rest), `${method} ${url}`);
    }
    assert(seen > 0 || only || engine.isMock, "it was sent");
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (only && !name.includes(only)) continue;
  const began = Date.now();
  proxy.begin();
  try {
    const skipped = await test();
    console.log(`${skipped ? "skipped" : "ok"} - ${engineName}: ${name}${skipped ? ` (${skipped})` : ""} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAILED - ${engineName}: ${name}\n${error.stack.slice(0, 4000)}\n${server.log().slice(-1500)}`);
  }
}
if (kind === "kubernetes" && process.env.MANIFESTS) {
  const write = (name, text) => fs.writeFileSync(path.join(process.env.MANIFESTS, name), text);
  for (const [number, { body }] of proxy.sent.filter(({ method }) => method === "PATCH").entries()) {
    write(`${String(number).padStart(4, "0")}-${JSON.parse(body).kind}.json`, body);
  }
  if (engine.fake) write("requests.jsonl", engine.fake.requests.map((asked) => `${JSON.stringify(asked)}\n`).join(""));
}
server.stop();
proxy.close();
console.log(`${engineName}: ${Object.keys(tests).length} tests, ${failed} failed`);
process.exit(failed ? 1 : 0);
