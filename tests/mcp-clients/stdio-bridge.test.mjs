// A desktop client that starts a local process and speaks stdio, by way of the bridge `mcp-remote`.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

import { url } from "./url.mjs";

test("a desktop client reaches the server through a local process", async () => {
  const home = await mkdtemp(join(tmpdir(), "mcp-remote-"));
  const client = new Client({ name: "desktop", version: "1.0.0" });
  try {
    await client.connect(new StdioClientTransport({
      command: process.execPath,
      args: [fileURLToPath(new URL("node_modules/mcp-remote/dist/proxy.js", import.meta.url)), url, "--transport", "http-only", "--allow-http"],
      env: { ...process.env, HOME: home, MCP_REMOTE_CONFIG_DIR: home },
      stderr: "ignore",
    }));
    const result = await client.callTool({ name: "simulate", arguments: { forecast_length_days: 30, requested_metrics: ["circ_supply"] } });
    assert.equal(result.structuredContent.circ_supply.length, result.structuredContent.n_entries);
    await client.close();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
