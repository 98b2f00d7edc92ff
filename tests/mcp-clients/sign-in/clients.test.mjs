// Clients that people use, at a server that wants them to sign in: SIGN_IN_URL, such as http://127.0.0.1:8787/mcp, and API_KEY.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

import * as second from "@modelcontextprotocol/client";
import { auth as firstAuth } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as FirstTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

import { signIn } from "./browser.mjs";

const { SIGN_IN_URL: url, API_KEY: key } = process.env;
if (!url || !key) throw new Error("set SIGN_IN_URL and API_KEY");

const modules = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));
const me = { name: "mechafil-edge-tests", version: "1.0.0" };

// What an application does that uses the SDK: it keeps what it is given, and sends the person's browser where it is told.
class Person {
  redirectUrl = "http://127.0.0.1:41999/callback";
  clientMetadata = { client_name: "Tests", redirect_uris: [this.redirectUrl], token_endpoint_auth_method: "none" };
  state = () => "state-of-the-tests";
  clientInformation = () => this.client;
  saveClientInformation = (client) => { this.client = client; };
  tokens = () => this.kept;
  saveTokens = (tokens) => { this.kept = tokens; };
  saveCodeVerifier = (verifier) => { this.verifier = verifier; };
  codeVerifier = () => this.verifier;
  saveDiscoveryState = (state) => { this.discovery = state; };
  discoveryState = () => this.discovery;
  redirectToAuthorization = async (address) => {
    this.answer = new URL(await signIn(String(address), key)).searchParams;
  };
}

// Connects, is refused, signs in, and connects again.
async function connect(newClient, newTransport, finish) {
  const person = new Person();
  const refused = newTransport(person);
  await assert.rejects(newClient().connect(refused), /Unauthorized/);
  assert.equal(person.answer.get("state"), "state-of-the-tests");
  assert.equal(person.answer.get("iss"), new URL(url).origin);
  await finish(refused, person.answer);
  const client = newClient();
  await client.connect(newTransport(person));
  return { client, person };
}

async function forecasts(client) {
  const args = { forecast_length_days: 30, requested_metrics: ["circ_supply"] };
  const { structuredContent: told } = await client.callTool({ name: "simulate", arguments: args });
  assert.equal(told.circ_supply.length, told.n_entries);
}

test("the TypeScript SDK is sent to sign in, and forecasts", async () => {
  const { client, person } = await connect(
    () => new second.Client(me),
    (person) => new second.StreamableHTTPClientTransport(new URL(url), { authProvider: person }),
    (transport, answer) => transport.finishAuth(answer),
  );
  await forecasts(client);
  assert.match(person.kept.access_token, /^mfa_/);
  assert.match(person.kept.refresh_token, /^mfr_/);
  await client.close();
});

test("version 1 of the TypeScript SDK is sent to sign in, forecasts, and refreshes", async () => {
  const { client, person } = await connect(
    () => new FirstClient(me),
    (person) => new FirstTransport(new URL(url), { authProvider: person }),
    (transport, answer) => transport.finishAuth(answer.get("code")),
  );
  await forecasts(client);
  await client.close();
  const former = person.kept;
  assert.equal(await firstAuth(person, { serverUrl: url }), "AUTHORIZED");
  assert.notEqual(person.kept.access_token, former.access_token);
  const again = new FirstClient(me);
  await again.connect(new FirstTransport(new URL(url), { authProvider: person }));
  await forecasts(again);
  await again.close();
});

// Signs in at the first address of /authorize that a process prints, and goes to where the answer leads.
function signsIn(stream) {
  return new Promise((resolve, reject) => {
    let said = "";
    stream.on("data", (chunk) => {
      said += chunk;
      const address = /(http:\/\/127\.0\.0\.1:\d+\/authorize\?[^\s"']+)\s/.exec(said)?.[1];
      if (!address) return;
      stream.removeAllListeners("data");
      stream.resume();
      signIn(address, key).then((callback) => fetch(callback)).then(resolve, reject);
    });
    stream.on("end", () => reject(new Error(`no address of /authorize in: ${said}`)));
  });
}

async function atHome(use) {
  const home = await mkdtemp(join(tmpdir(), "sign-in-"));
  try {
    // Without a display and with nothing that opens a browser, the address is printed only.
    return await use({ ...process.env, HOME: home, MCP_REMOTE_CONFIG_DIR: home, BROWSER: "true", DISPLAY: "", MCP_AUTO_OPEN_ENABLED: "true" });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

test("mcp-remote is sent to sign in, and a desktop client forecasts by it", () => atHome(async (env) => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [modules("mcp-remote/dist/proxy.js"), url, "--transport", "http-only", "--allow-http"],
    env, stderr: "pipe",
  });
  const client = new FirstClient(me);
  const signedIn = signsIn(transport.stderr);
  await Promise.all([client.connect(transport), signedIn]);
  await forecasts(client);
  await client.close();
}));

test("the inspector is sent to sign in, and lists the tools", () => atHome(async (env) => {
  const inspector = spawn(
    modules(".bin/mcp-inspector"),
    ["--cli", url, "--transport", "http", "--method", "tools/list", "--callback-url", "http://127.0.0.1:0/oauth/callback"],
    { env, stdio: ["ignore", "pipe", "pipe"] },
  );
  let listed = "";
  inspector.stdout.on("data", (chunk) => { listed += chunk; });
  const ended = new Promise((resolve) => inspector.on("close", resolve));
  await signsIn(inspector.stderr);
  assert.equal(await ended, 0, listed);
  assert.ok(JSON.parse(listed).tools.some((tool) => tool.name === "simulate"));
}));
