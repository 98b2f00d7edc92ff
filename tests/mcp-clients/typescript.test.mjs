// The official TypeScript SDK: version 2 in the newest revision and with the handshake, and version 1, which most
// clients still are made with.
import assert from "node:assert/strict";
import test from "node:test";

import * as second from "@modelcontextprotocol/client";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as FirstTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

import { url, useIt } from "./url.mjs";

const me = { name: "mechafil-edge-tests", version: "1.0.0" };

// Both versions of the SDK have the same methods for these.
function asUsed(client) {
  return {
    listTools: () => client.listTools(),
    callTool: (name, args) => client.callTool({ name, arguments: args }),
    readResource: (uri) => client.readResource({ uri }),
    getPrompt: (name, args) => client.getPrompt({ name, arguments: args }),
    complete: (prompt, name, value) => client.complete({ ref: { type: "ref/prompt", name: prompt }, argument: { name, value } }),
  };
}

test("the TypeScript SDK talks the newest revision", async () => {
  const client = new second.Client(me, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new second.StreamableHTTPClientTransport(new URL(url)));
  await useIt(asUsed(client), assert);
  await client.close();
});

test("the TypeScript SDK finds out by itself what to talk", async () => {
  const client = new second.Client(me, { versionNegotiation: { mode: "auto" } });
  await client.connect(new second.StreamableHTTPClientTransport(new URL(url)));
  await useIt(asUsed(client), assert);
  await client.close();
});

test("the TypeScript SDK talks with the handshake", async () => {
  const client = new second.Client(me);
  await client.connect(new second.StreamableHTTPClientTransport(new URL(url)));
  await useIt(asUsed(client), assert);
  await client.close();
});

test("version 1 of the TypeScript SDK talks with the handshake", async () => {
  const client = new FirstClient(me);
  await client.connect(new FirstTransport(new URL(url)));
  await useIt(asUsed(client), assert);
  await client.close();
});
