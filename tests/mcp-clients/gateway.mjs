// Servers that others made, through the gateway: connected by HTTP, then listed and called at /mcp with a client that people use.
// SERVICE is the service's address, ADMIN its operator's key, SERVERS what it is to connect: {"name": "http://.../mcp"}.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { SERVICE, ADMIN } = process.env;
const servers = JSON.parse(process.env.SERVERS);
let key, client;

async function api(method, path, body, bearer = key) {
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  const response = await fetch(SERVICE + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
}

before(async () => {
  const wanted = { name: "gateway", scopes: ["read", "connect"], requests_per_minute: 100000 };
  key = (await api("POST", "/api/admin/keys", wanted, ADMIN)).body.key;
  for (const [name, url] of Object.entries(servers)) {
    await api("PUT", `/api/admin/mcp-servers/${name}`, { url }, ADMIN);
    const connected = await api("POST", `/api/mcp-servers/${name}/connect`, {});
    assert.equal(connected.status, 200, JSON.stringify(connected.body));
  }
  client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${SERVICE}/mcp`), { requestInit }));
});

const call = (name, args = {}, options) => client.callTool({ name, arguments: args }, undefined, options);

test("the tools of all servers are beside the service's own", async () => {
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  for (const name of ["simulate", "fastmcp__add", "typescript__greet", "itself__fetch_context"]) {
    assert.ok(names.includes(name), `${name} is not in ${names}`);
  }
});

test("calls are answered as the servers answer them", async () => {
  const sum = await call("fastmcp__add", { a: 2, b: 3 });
  assert.equal(sum.content[0].text, "5");
  assert.equal(sum.structuredContent.result, 5);
  assert.equal((await call("typescript__greet")).content[0].text, "Hello");
  const context = await call("itself__fetch_context");
  assert.match(context.content[0].text, /Filecoin/);
});

test("an error of a tool is the tool's", async () => {
  for (const name of ["fastmcp__fails", "typescript__fails"]) {
    const failed = await call(name);
    assert.equal(failed.isError, true);
    assert.match(failed.content[0].text, /not so/);
  }
});

test("a picture comes through", async () => {
  const drawn = await call("fastmcp__picture");
  assert.equal(drawn.content[0].type, "image");
  assert.equal(drawn.content[0].mimeType, "image/png");
});

test("progress is told while a call goes on", async () => {
  for (const name of ["fastmcp__slow", "typescript__slow"]) {
    const told = [];
    const done = await call(name, {}, { onprogress: (progress) => told.push(progress) });
    assert.equal(done.content[0].text, "done");
    assert.deepEqual([told[0]?.progress, told[0]?.total], [1, 2], name);
  }
});

test("resources are listed with the connection", async () => {
  const { body } = await api("GET", "/api/mcp-servers/connections");
  const fastmcp = body.connections.find((one) => one.server === "fastmcp");
  assert.equal(fastmcp.resources[0].uri, "docs://guide");
});

test("a server that loses its sessions is asked again", async () => {
  process.kill(Number(process.env.TYPESCRIPT_PID), "SIGUSR2");
  // The signal is handled when the server next has time.
  for (let tries = 0; tries < 5; tries += 1) assert.equal((await call("typescript__greet")).content[0].text, "Hello");
});

test("what was called is counted", async () => {
  const response = await fetch(`${SERVICE}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  assert.match(text, /mechafil_mcp_calls_total\{server="fastmcp",outcome="ok"\} 3\n/);
  assert.match(text, /mechafil_mcp_calls_total\{server="fastmcp",outcome="tool_error"\} 1\n/);
});
