// Signing in at an OpenID Connect provider that somebody else wrote (npm `oidc-provider`), against a server that this test starts:
// SERVER is the native server's program.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import test, { after, before } from "node:test";

import Provider from "oidc-provider";

const { SERVER } = process.env;
if (!SERVER) throw new Error("set SERVER to the native server's program");

const CALLBACK = "https://app.example/callback";
const servers = [];
after(() => servers.forEach((stop) => stop()));

// The provider, which signs everybody in as the account that `account` names.
async function provider(registration) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(() => { server.closeAllConnections(); server.close(); });
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const signedIn = { account: "alice-at-the-provider" };
  // The address of the product is known only when it runs: clients are looked up when they ask.
  class Clients {
    constructor(kind) { this.kind = kind; this.kept = new Map(); }
    async find(id) { return this.kind === "Client" && id === "product" ? registration() : this.kept.get(id); }
    async upsert(id, value) { this.kept.set(id, value); }
    async findByUid(uid) { return [...this.kept.values()].find((value) => value.uid === uid); }
    async consume(id) { this.kept.get(id).consumed = Math.floor(Date.now() / 1000); }
    async destroy(id) { this.kept.delete(id); }
    async revokeByGrantId() {}
  }
  const oidc = new Provider(issuer, {
    adapter: Clients,
    cookies: { keys: ["of the tests"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  oidc.on("server_error", (_, error) => { throw error; });
  const answer = oidc.callback();
  server.on("request", (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    return oidc.interactionFinished(request, response, { login: { accountId: signedIn.account } }, { mergeWithLastSubmission: false });
  });
  return { issuer, signedIn };
}

async function product(variables) {
  const server = spawn(SERVER, ["--in-memory", "--no-schedule", "--port", "0"], {
    env: { ...process.env, ...variables }, stdio: ["ignore", "pipe", "inherit"],
  });
  servers.push(() => server.kill());
  const line = await new Promise((resolve, reject) => {
    let said = "";
    server.stdout.on("data", (chunk) => { said += chunk; if (said.includes("\n")) resolve(said); });
    server.on("close", () => reject(new Error(`the server ended: ${said}`)));
  });
  return /http:\/\/127\.0\.0\.1:\d+/.exec(line)[0];
}

// A browser: cookies of each origin, and one step at a time.
class Browser {
  cookies = new Map();

  async fetch(address, options = {}) {
    const { origin } = new URL(address);
    const jar = this.cookies.get(origin) ?? new Map();
    this.cookies.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(address, { redirect: "manual", ...options, headers: { ...options.headers, cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [name, ...value] = set.split(";")[0].split("=");
      jar.set(name, value.join("="));
    }
    return response;
  }

  // Follows redirects until there is a page, or the application is reached.
  async follow(response, from) {
    let at = from;
    while ([302, 303].includes(response.status)) {
      at = new URL(response.headers.get("location"), at).href;
      if (at.startsWith(CALLBACK)) return { at };
      response = await this.fetch(at);
    }
    return { at, status: response.status, text: await response.text() };
  }
}

let origin, signedIn;
before(async () => {
  const made = await provider(() => ({
    client_id: "product", client_secret: "a secret: of the product", grant_types: ["authorization_code"],
    response_types: ["code"], redirect_uris: [`${origin}/authorize/callback`],
  }));
  signedIn = made.signedIn;
  origin = await product({
    LOGIN_OIDC_ISSUER: made.issuer,
    LOGIN_OIDC_CLIENT_ID: "product",
    LOGIN_OIDC_CLIENT_SECRET: "a secret: of the product",
    LOGIN_ALLOW: "oidc:alice-at-the-provider=alice",
    API_KEYS: "alice:a-key-that-nobody-types-here",
  });
});

async function consent(browser) {
  const { client_id: client } = await (await fetch(`${origin}/register`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ redirect_uris: [CALLBACK] }),
  })).json();
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code", client_id: client, redirect_uri: CALLBACK, state: "s", scope: "read",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  });
  const page = await browser.fetch(`${origin}/authorize?${query}`);
  const html = await page.text();
  assert.equal(page.status, 200, html);
  const [, ticket] = /name="ticket" value="([^"]*)"/.exec(html);
  const answer = await browser.fetch(`${origin}/authorize`, {
    method: "POST", headers: { origin }, body: new URLSearchParams({ ticket, scope: "read", decision: "oidc" }),
  });
  assert.equal(answer.status, 303);
  return { answer, client, verifier };
}

test("a person signs in at the provider, and the application gets tokens", async () => {
  const browser = new Browser();
  const { answer, client, verifier } = await consent(browser);
  const { at, text } = await browser.follow(answer, origin);
  assert.ok(at.startsWith(CALLBACK), text);
  const given = new URL(at).searchParams;
  assert.equal(given.get("iss"), origin);
  const tokens = await (await fetch(`${origin}/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "authorization_code", client_id: client, code: given.get("code"), code_verifier: verifier }),
  })).json();
  const auth = await (await fetch(`${origin}/api/auth`, { headers: { authorization: `Bearer ${tokens.access_token}` } })).json();
  assert.deepEqual([auth.name, auth.scopes], ["alice", ["read"]]);
});

test("an account that the operator did not name is told so", async () => {
  signedIn.account = "mallory-at-the-provider";
  const browser = new Browser();
  const { answer } = await consent(browser);
  const { status, text } = await browser.follow(answer, origin);
  assert.equal(status, 403);
  assert.match(text, /oidc:mallory-at-the-provider/);
});
