// The consent page in a browser, as a person goes through it: SIGN_IN_URL, such as http://127.0.0.1:8787/mcp, and API_KEY.
// Pictures go to PICTURES, where it is set.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { chromium } from "playwright-core";

const { SIGN_IN_URL: url, API_KEY: key, CHROMIUM, PICTURES } = process.env;
if (!url || !key || !CHROMIUM) throw new Error("set SIGN_IN_URL, API_KEY and CHROMIUM");
const origin = new URL(url).origin;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// The application: a page at its callback that says what came.
const application = createServer((request, response) => {
  response.setHeader("content-type", "text/html");
  response.end(`<!doctype html><title>Application</title><p id="answer">${new URL(request.url, "http://x").search}</p>`);
});
let browser, callback;

before(async () => {
  await new Promise((resolve) => application.listen(0, "127.0.0.1", resolve));
  callback = `http://127.0.0.1:${application.address().port}/callback`;
  browser = await chromium.launch({
    executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run"],
  });
});
after(async () => {
  await browser?.close();
  application.close();
});

// The consent page of a new application, in a browser of its own.
async function open(options, name = "Filecoin notebook") {
  const registered = await fetch(`${origin}/register`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_name: name, redirect_uris: [callback] }),
  });
  const { client_id: client } = await registered.json();
  const verifier = randomBytes(32).toString("base64url");
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  const query = new URLSearchParams({
    response_type: "code", client_id: client, redirect_uri: callback, state: "s", scope: "read jobs",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  });
  await page.goto(`${origin}/authorize?${query}`);
  return { page, context, problems, client, verifier };
}

async function judge(page, what) {
  // Playwright's evaluation is not bound by the page's policy; the page itself runs no script.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(", ")}`);
  assert.deepEqual(found, [], what);
  const { scroll, width } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth, width: document.documentElement.clientWidth,
  }));
  assert.ok(scroll <= width, `${what}: ${scroll} px wide on ${width} px`);
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `consent-${what.replaceAll(" ", "-")}.png`), fullPage: true });
}

for (const colorScheme of ["light", "dark"]) {
  test(`a person mistypes the key, mends it and lets the application in (${colorScheme})`, async () => {
    const { page, context, problems, client, verifier } = await open({ colorScheme, viewport: { width: 900, height: 900 } });
    await judge(page, `asked ${colorScheme}`);
    await page.getByLabel("Your API key").fill("mfe_mistyped");
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("alert").waitFor();
    assert.equal(new URL(page.url()).origin, origin);
    assert.equal(await page.evaluate(() => document.activeElement.id), "key", "the focus is where the mistake is");
    assert.equal(await page.getByLabel("Your API key").inputValue(), "");
    await judge(page, `wrong key ${colorScheme}`);
    await page.getByLabel("Start jobs that run in the background").uncheck();
    await page.getByLabel("Your API key").fill(key);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${callback}?**`);
    const answer = new URL(page.url()).searchParams;
    assert.equal(answer.get("iss"), origin);
    assert.ok(!page.url().includes(key));
    const tokens = await fetch(`${origin}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code", client_id: client, code: answer.get("code"), redirect_uri: callback, code_verifier: verifier,
      }),
    });
    assert.equal((await tokens.json()).scope, "read");
    // A refused form is status 422, which the console reports; nothing else is wrong.
    assert.deepEqual(problems.filter((problem) => !problem.includes("422")), []);
    await context.close();
  });
}

test("by keyboard alone, on a narrow screen, a person says no", async () => {
  const { page, context } = await open({ viewport: { width: 320, height: 640 }, colorScheme: "light" }, "An application with a long name that somebody gave it without any thought of phones");
  await judge(page, "narrow");
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.textContent) === "Deny") break;
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(`${callback}?**`);
  assert.equal(new URL(page.url()).searchParams.get("error"), "access_denied");
  await context.close();
});

test("no other page can frame it", async () => {
  const { page, context } = await open({});
  const consent = page.url();
  await page.goto(`${callback}?framing`);
  await page.evaluate((address) => {
    const frame = document.createElement("iframe");
    frame.src = address;
    document.body.append(frame);
    return new Promise((resolve) => { frame.onload = resolve; });
  }, consent);
  const framed = page.frames().find((frame) => frame !== page.mainFrame());
  assert.equal(await framed.locator("form").count(), 0);
  await context.close();
});

test("without scripts it works the same", async () => {
  const { page, context } = await open({ javaScriptEnabled: false });
  await page.getByLabel("Your API key").fill(key);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL(`${callback}?**`);
  assert.ok(new URL(page.url()).searchParams.get("code"));
  await context.close();
});

test("a page of a refused request is readable in dark", async () => {
  const context = await browser.newContext({ colorScheme: "dark" });
  const page = await context.newPage();
  await page.goto(`${origin}/authorize?client_id=nobody&redirect_uri=https%3A%2F%2Fevil.example%2F`);
  await page.getByRole("alert").waitFor();
  await judge(page, "refused dark");
  await context.close();
});
