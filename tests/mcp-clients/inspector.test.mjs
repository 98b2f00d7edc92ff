// The inspector's command line.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { TOOLS, url } from "./url.mjs";

const bin = fileURLToPath(new URL("node_modules/.bin/mcp-inspector", import.meta.url));
let home;
before(async () => { home = await mkdtemp(join(tmpdir(), "inspector-")); });
after(() => rm(home, { recursive: true, force: true }));

// A home of its own: the inspector keeps a catalogue and secrets there.
async function inspect(...args) {
  const { stdout } = await promisify(execFile)(bin, ["--cli", url, "--transport", "http", ...args], {
    env: { ...process.env, HOME: home }, maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout);
}

test("the inspector lists the tools and finds nothing that other clients would stumble over", async () => {
  const { tools } = await inspect("--method", "tools/list", "--strict");
  assert.deepEqual(tools.map((tool) => tool.name), TOOLS);
});

test("the inspector calls a tool", async () => {
  const result = await inspect(
    "--method", "tools/call", "--tool-name", "simulate", "--tool-arg", "forecast_length_days=90", "rbp=4.5",
    'requested_metrics=["network_RBP_EIB"]',
  );
  assert.equal(result.isError ?? false, false);
  assert.equal(result.structuredContent.input.raw_byte_power, 4.5);
});

test("the inspector reads a resource and gets a prompt", async () => {
  const read = await inspect("--method", "resources/read", "--uri", "filecoin://metrics/circ_supply");
  assert.match(read.contents[0].text, /Circulating supply/);
  const prompt = await inspect("--method", "prompts/get", "--prompt-name", "network_health", "--prompt-args", "forecast_length_days=180");
  assert.match(prompt.messages[0].content.text, /180/);
});
