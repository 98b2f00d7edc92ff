// Runs the authorization leg of the official MCP conformance suite, with a driver that signs in as a person does:
//
//     API_KEY=... node tests/mcp-clients/sign-in/conformance.mjs http://127.0.0.1:8787
//
// The suite exits with 0 for what it skipped or warned of, so success is read from its checks.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { signIn } from "./browser.mjs";

const origin = process.argv[2];
const key = process.env.API_KEY;
if (!origin || !key) throw new Error("give the server's origin, and an API key in API_KEY");

const bin = fileURLToPath(new URL("../../../node_modules/.bin/conformance", import.meta.url));
const METADATA = "authorization-server-metadata";
const CLIENT_DOCUMENTS = "authorization-server-metadata-cimd";
const CODE = "authorization-code-grant";
const REVISIONS = {
  "2025-03-26": [METADATA, CODE],
  "2025-06-18": [METADATA, CODE],
  "2025-11-25": [METADATA, CLIENT_DOCUMENTS, CODE],
  "2026-07-28": [METADATA, CLIENT_DOCUMENTS, CODE],
};

let failed = 0;
for (const [revision, wanted] of Object.entries(REVISIONS)) {
  const out = await mkdtemp(join(tmpdir(), "conformance-"));
  try {
    const { output, problem } = await run(revision, out);
    const statuses = await checks(out);
    const missing = wanted.filter((id) => statuses.get(id) !== "SUCCESS");
    const others = [...statuses].filter(([, status]) => !["SUCCESS", "INFO"].includes(status));
    if (problem || missing.length || others.length) {
      failed += 1;
      console.log(`== authorization, ${revision}: ${problem ?? ""} not SUCCESS: ${missing} ${JSON.stringify(others)}\n${output}`);
    } else {
      console.log(`authorization, ${revision}: ${wanted.length} checks passed`);
    }
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
process.exit(failed ? 1 : 0);

async function run(revision, out) {
  const port = await freePort();
  const registered = await fetch(`${origin}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ redirect_uris: [`http://127.0.0.1:${port}/callback`], token_endpoint_auth_method: "none" }),
  });
  const { client_id: client } = await registered.json();
  const args = [
    "authorization", "--url", origin, "--client-id", client, "--resource", `${origin}/mcp`, "-p", String(port),
    "-o", out, "--spec-version", revision,
  ];
  return new Promise((resolve) => {
    const suite = spawn(bin, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "", problem, seen = false;
    const read = (chunk) => {
      output += chunk;
      // The whole line, not the first half of an address.
      const address = /(https?:\/\/\S+\/authorize\?\S+)\s/.exec(output)?.[1];
      if (!address || seen) return;
      seen = true;
      signIn(address, key).then((callback) => bring(callback, suite)).catch((error) => {
        problem = String(error);
        suite.kill();
      });
    };
    suite.stdout.on("data", read);
    suite.stderr.on("data", read);
    suite.on("close", (code) => resolve({ output, problem: problem ?? (code ? `exit ${code}` : undefined) }));
  });
}

// Brings the answer to the suite, which prints its address before it listens for it.
async function bring(callback, suite) {
  for (;;) {
    try {
      return await fetch(callback);
    } catch (error) {
      if (error.cause?.code !== "ECONNREFUSED" || suite.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// The status of each check, by its id.
async function checks(out) {
  const statuses = new Map();
  for (const entry of await readdir(out, { recursive: true })) {
    if (!entry.endsWith("checks.json")) continue;
    for (const { id, status } of JSON.parse(await readFile(join(out, entry), "utf8"))) statuses.set(id, status);
  }
  return statuses;
}
