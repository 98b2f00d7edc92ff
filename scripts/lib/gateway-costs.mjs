// Measures calls and lists through the gateway. SERVICE is the service's address, ADMIN its operator's key, SERVERS that of
// gateway-servers.mjs, PID the service's process. WITHOUT, where it is given, is the address of a service that was built without the
// group `gateway`, with the same operator's key.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

const { SERVICE, ADMIN, SERVERS, PID, WITHOUT } = process.env;
const ROUNDS = Number(process.env.ROUNDS ?? 300);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let key;

// One connection that stays open, as hosts have it.
function send(url, method, headers, body) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent, headers: { "content-type": "application/json", ...headers } }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    asked.on("error", reject).end(body && JSON.stringify(body));
  });
}

async function api(method, path, body, bearer = key, service = SERVICE) {
  const { status, text } = await send(service + path, method, { authorization: `Bearer ${bearer}` }, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  return text && JSON.parse(text);
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "measure", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

async function mcp(url, method, params, bearer) {
  const headers = {
    accept: "application/json", "mcp-protocol-version": "2026-07-28", "mcp-method": method,
    ...(params.name && { "mcp-name": params.name }), ...(bearer && { authorization: `Bearer ${bearer}` }),
  };
  const message = { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } };
  const { status, text } = await send(url, "POST", headers, message);
  const answer = JSON.parse(text);
  if (status !== 200 || answer.error) throw new Error(`${method}: ${status} ${text.slice(0, 300)}`);
  return { result: answer.result, bytes: text.length };
}

const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
async function timed(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

// Both in turn, so that what else the machine does strikes both.
async function compared(one, other) {
  const times = [[], []];
  for (let round = 0; round < ROUNDS + 20; round += 1) {
    for (const [place, work] of [one, other].entries()) {
      const time = await timed(work);
      if (round >= 20) times[place].push(time);
    }
  }
  return times.map(median);
}

const memory = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${PID}/status`, "utf8"))[1]) / 1024;

async function listed() {
  let [cursor, tools, bytes] = [undefined, 0, 0];
  do {
    const page = await mcp(`${SERVICE}/mcp`, "tools/list", cursor ? { cursor } : {}, key);
    tools += page.result.tools.length;
    bytes += page.bytes;
    cursor = page.result.nextCursor;
  } while (cursor);
  return { tools, bytes };
}

const wanted = { name: "measure", scopes: ["read", "connect"], requests_per_minute: 1_000_000, requests_per_day: 1_000_000_000 };
key = (await api("POST", "/api/admin/keys", wanted, ADMIN)).key;
const direct = () => mcp(`${SERVERS}/7/mcp`, "tools/call", { name: "tool_3", arguments: { first: "x" } });
const own = () => mcp(`${SERVICE}/mcp`, "tools/call", { name: "fetch_context", arguments: {} }, key);
const through = () => mcp(`${SERVICE}/mcp`, "tools/call", { name: "many7__tool_3", arguments: { first: "x" } }, key);
const row = (what, value) => console.log(`${what.padEnd(74)} ${value}`);
const ms = (time) => `${time.toFixed(2)} ms`;

const noScope = (await api("POST", "/api/admin/keys", { ...wanted, scopes: ["read"] }, ADMIN)).key;
if (WITHOUT) {
  const bare = (await api("POST", "/api/admin/keys", wanted, ADMIN, WITHOUT)).key;
  for (const [who, bearer] of [["who may connect servers", key], ["who may not", noScope]]) {
    for (const [what, method, params] of [
      ["a call of its own tool", "tools/call", { name: "fetch_context", arguments: {} }],
      ["the first page of tools", "tools/list", {}],
    ]) {
      const ask = (url, caller) => () => mcp(`${url}/mcp`, method, params, caller);
      const [before, after] = await compared(ask(WITHOUT, bare), ask(SERVICE, bearer));
      row(`built without the group, and with it and no server: ${what}, ${who}`, `${ms(before)}, ${ms(after)}`);
    }
  }
}
const [ownBefore] = await compared(own, direct);
const [listBefore] = await compared(listed, direct);
row("none connected: a call of the service's own tool", ms(ownBefore));
row("none connected: the list of tools", ms(listBefore));
for (let number = 0; number < 50; number += 1) {
  await api("PUT", `/api/admin/mcp-servers/many${number}`, { url: `${SERVERS}/${number}/mcp` }, ADMIN);
  await api("POST", `/api/mcp-servers/many${number}/connect`, {});
}
const [asked, passed] = await compared(direct, through);
row("50 servers of 20 tools: a call, asked of its server", ms(asked));
row("50 servers of 20 tools: the same through the gateway", ms(passed));
row("50 servers of 20 tools: what the gateway adds (at most 3 ms)", ms(passed - asked));
const before = memory();
const { tools, bytes } = await listed();
row("the list of tools", `${tools} tools, ${(bytes / 1024).toFixed(0)} KiB`);
const [list] = await compared(listed, direct);
row("50 servers of 20 tools: the list of tools, all pages (at most 30 ms)", ms(list));
const page = () => mcp(`${SERVICE}/mcp`, "tools/list", {}, key);
const [first] = await compared(page, direct);
row("50 servers of 20 tools: one page of it", ms(first));
row("the process grew by the lists by (at most 8 MB)", `${(memory() - before).toFixed(1)} MB`);
const [ownAfter] = await compared(own, direct);
row("50 servers of 20 tools: a call of the service's own tool", ms(ownAfter));
agent.destroy();
