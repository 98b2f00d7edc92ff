// A client as they were written in 2024: it demands a session id of `initialize`, sends it with everything after that,
// and of each answer reads only the lines that begin with "data: ".
import assert from "node:assert/strict";
import test from "node:test";

import { TOOLS, url } from "./url.mjs";

class Client {
  session = null;
  id = 0;

  async post(method, params, { notification = false } = {}) {
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    if (this.session) headers["mcp-session-id"] = this.session;
    const message = { jsonrpc: "2.0", method, params };
    if (!notification) message.id = ++this.id;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(message) });
    return { response, body: await response.text() };
  }

  async request(method, params) {
    const { response, body } = await this.post(method, params);
    assert.equal(response.status, 200, body);
    const lines = body.split("\n").filter((line) => line.startsWith("data: "));
    assert.equal(lines.length, 1, `one line of data, not: ${body.slice(0, 200)}`);
    const answer = JSON.parse(lines[0].slice("data: ".length));
    assert.equal(answer.id, this.id);
    return { answer, response };
  }

  async open() {
    const { answer, response } = await this.request("initialize", {
      protocolVersion: "2024-11-05", capabilities: {}, clientInfo: { name: "old", version: "0.1" },
    });
    this.session = response.headers.get("mcp-session-id");
    assert.ok(this.session, "initialize answers with a session id");
    assert.equal(answer.result.protocolVersion, "2024-11-05");
    const { response: noted } = await this.post("notifications/initialized", {}, { notification: true });
    assert.equal(noted.status, 202);
  }
}

test("a client of 2024 gets a session id and its answers as data lines", async () => {
  const client = new Client();
  await client.open();
  const { answer: list } = await client.request("tools/list", {});
  assert.deepEqual(list.result.tools.map((tool) => tool.name), TOOLS);
  assert.ok(list.result.tools.every((tool) => tool.outputSchema === undefined), "2024 knows no output schemas");
  const { answer } = await client.request("tools/call", {
    name: "simulate", arguments: { sim: { forecast_length_days: 90, requested_metric: "network_QAP_EIB", rr: null } },
  });
  const told = JSON.parse(answer.result.content[0].text);
  assert.equal(told.network_QAP_EIB.length, told.n_entries);
  assert.match(told.Explanation, /rbp/);
  const { answer: context } = await client.request("tools/call", { name: "fetch_context", arguments: {} });
  assert.match(context.result.content[0].text, /^# MechaFil Edge/);
});

test("a client of 2024 whose `initialized` has an id goes on all the same", async () => {
  const client = new Client();
  await client.open();
  await client.post("notifications/initialized", {});
  const { answer } = await client.request("tools/call", { name: "get_historical_data", arguments: { req: { fields: ["burnt_fil"] } } });
  assert.ok(JSON.parse(answer.result.content[0].text).data.burnt_fil.length > 100);
});

test("a client that comes back with the session id of another instance is served", async () => {
  const client = new Client();
  client.session = "0b9a2b4e-0000-4000-8000-000000000000";
  const { answer } = await client.request("tools/call", { name: "fetch_context", arguments: {} });
  assert.match(answer.result.content[0].text, /Filecoin/);
});
