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
  const names = [];
  for (let cursor; ; ) {
    const page = await client.listTools({ cursor });
    names.push(...page.tools.map((tool) => tool.name));
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  for (const name of ["simulate", "fastmcp__add", "typescript__greet", "second__greet", "everything__echo", "itself__fetch_context", "go__generate_deeplink"]) {
    assert.ok(names.includes(name), `${name} is not in ${names}`);
  }
});

test("calls are answered as the servers answer them", async () => {
  const sum = await call("fastmcp__add", { a: 2, b: 3 });
  assert.equal(sum.content[0].text, "5");
  assert.equal(sum.structuredContent.result, 5);
  for (const name of ["typescript__greet", "second__greet"]) assert.equal((await call(name)).content[0].text, "Hello");
  const context = await call("itself__fetch_context");
  assert.match(context.content[0].text, /Filecoin/);
});

test("a server made with the official Go SDK is asked in the newest revision, and answers and refuses by itself", async () => {
  const { body } = await api("GET", "/api/mcp-servers/connections");
  assert.equal(body.connections.find((one) => one.server === "go").protocol_version, "2026-07-28");
  const link = await call("go__generate_deeplink", { resourceType: "dashboard", dashboardUid: "abc" });
  assert.equal(link.content[0].text, "http://127.0.0.1:9/d/abc");
  const failed = await call("go__list_datasources");
  assert.equal(failed.isError, true);
  assert.match(failed.content[0].text, /connection refused/);
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

test("the official server for trying clients works as any other", async () => {
  assert.equal((await call("everything__echo", { message: "hi" })).content[0].text, "Echo: hi");
  assert.match((await call("everything__get-sum", { a: 2, b: 3 })).content[0].text, /5/);
  const image = await call("everything__get-tiny-image");
  assert.ok(image.content.some((one) => one.type === "image"));
  const structured = await call("everything__get-structured-content", { location: "New York" });
  assert.ok(structured.structuredContent.temperature !== undefined);
  const told = [];
  const args = { duration: 0.2, steps: 2 };
  await call("everything__trigger-long-running-operation", args, { onprogress: (progress) => told.push(progress.progress) });
  assert.deepEqual(told, [1, 2]);
  const wrong = await call("everything__get-sum", { a: "two" });
  assert.equal(wrong.isError, true);
});

test("resources are passed on under addresses that lead back to their server", async () => {
  const uris = [];
  for (let cursor; ; ) {
    const page = await client.listResources({ cursor });
    uris.push(...page.resources.map((one) => one.uri));
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  assert.ok(uris.some((uri) => uri.startsWith("filecoin://")), "the service's own are not there");
  for (const server of ["fastmcp", "second"]) {
    const uri = `connected://server/${server}/docs%3A%2F%2Fguide`;
    assert.ok(uris.includes(uri), `${uri} is not in ${uris}`);
    const { contents } = await client.readResource({ uri });
    assert.deepEqual([contents[0].uri, contents[0].text], [uri, "# Guide"]);
  }
  assert.ok(uris.some((uri) => uri.startsWith("connected://server/everything/")));
  await assert.rejects(client.readResource({ uri: "connected://server/nobody/docs%3A%2F%2Fguide" }));
});

test("templates of resources are passed on, and what is put into them leads back to their server", async () => {
  const templates = (await client.listResourceTemplates()).resourceTemplates.map((one) => one.uriTemplate);
  assert.ok(templates.includes("connected://template/fastmcp/docs://pages/{name}"), templates.join());
  const uri = "connected://template/fastmcp/docs://pages/start";
  const { contents } = await client.readResource({ uri });
  assert.deepEqual([contents[0].uri, contents[0].text], [uri, "# start"]);
  const dynamic = templates.find((one) => one.startsWith("connected://template/everything/") && one.includes("text"));
  const read = await client.readResource({ uri: dynamic.replace(/\{\w+\}/, "1") });
  assert.match(read.contents[0].text, /1/);
});

test("prompts are passed on", async () => {
  const { prompts } = await client.listPrompts();
  const names = prompts.map((prompt) => prompt.name);
  for (const name of ["second__ask", "everything__simple-prompt", "everything__args-prompt"]) assert.ok(names.includes(name), names.join());
  const asked = await client.getPrompt({ name: "second__ask" });
  assert.equal(asked.messages[0].content.text, "Why?");
  const city = await client.getPrompt({ name: "everything__args-prompt", arguments: { city: "Lisbon" } });
  assert.match(city.messages[0].content.text, /Lisbon/);
  await assert.rejects(client.getPrompt({ name: "nobody__ask" }));
});

test("closing the connection cancels the call at its server", async () => {
  const gone = new AbortController();
  const message = {
    jsonrpc: "2.0", id: 1, method: "tools/call",
    params: { name: "second__wait", arguments: {}, _meta: { progressToken: "mine" } },
  };
  const headers = {
    authorization: `Bearer ${key}`, "content-type": "application/json", accept: "application/json, text/event-stream",
  };
  const response = await fetch(`${SERVICE}/mcp`, { method: "POST", headers, body: JSON.stringify(message), signal: gone.signal });
  // The call is there when it reports.
  const { value } = await response.body.getReader().read();
  assert.match(Buffer.from(value).toString(), /"progressToken":"mine"/);
  assert.equal((await call("second__cancelled")).content[0].text, "0");
  gone.abort();
  let said;
  for (let tries = 0; tries < 100 && said !== "1"; tries += 1) {
    said = (await call("second__cancelled")).content[0].text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(said, "1");
});

test("resources are listed with the connection", async () => {
  const { body } = await api("GET", "/api/mcp-servers/connections");
  const fastmcp = body.connections.find((one) => one.server === "fastmcp");
  assert.equal(fastmcp.resources[0].uri, "docs://guide");
});

test("a server in a container is found by its label, without being described", async () => {
  const known = (await api("GET", "/api/discovery/mcp-servers")).body.mcp_servers.find((one) => one.name === "boxed");
  assert.equal(known?.container, true);
  const { status, body } = await api("POST", "/api/mcp-servers/boxed/connect", {});
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.source, body.trace.at(-1).outcome], ["docker", "chosen"]);
  assert.equal((await call("boxed__greet")).content[0].text, "Hello");
  assert.equal((await api("POST", "/api/mcp-servers/nobody/connect", {})).status, 404);
  assert.equal((await api("DELETE", "/api/mcp-servers/boxed/disconnect")).status, 204);
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
