// The pages at /keys and /jobs in a real browser: for those who have a key.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { barriers, startBrowser, startServer } from "./service.mjs";

const OPERATOR = "an-operators-key-of-the-browser-test-0123456789";
let server, browser, key;

before(async () => {
  [server, browser] = await Promise.all([startServer({ ADMIN_API_KEY: OPERATOR }), startBrowser()]);
  key = await make("first of acme");
  await make("second of acme");
  await make("of somebody else", "else");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function make(name, owner = "acme") {
  const made = await api("POST", "/api/admin/keys", OPERATOR, { name, owner, scopes: ["read", "jobs"], requests_per_minute: 5000 });
  return made.key;
}

async function api(method, path, key, body) {
  const reply = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(reply.ok, `${method} ${path}: ${reply.status}`);
  return reply.json();
}

const submit = async (input, tool = "sweep") => (await api("POST", "/api/jobs", key, { tool, input })).job_id;
const SMALL = { draws: { n: 40, distributions: { rr: { uniform: { low: 0.5, high: 0.9 } } } } };
const LARGE = { draws: { n: 10_000, distributions: { rr: { uniform: { low: 0.5, high: 0.9 } } } }, assumptions: { forecast_length_days: 3650 }, output: ["network_RBP_EIB"], resolution: "monthly" };

/** A test with a new reader, who has opened a page and signed in, unless the test does it. */
function visit(name, { path = "/keys", signedIn = true, expected = /^$/, ...reader }, body) {
  test(name, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: "block", ...reader });
    const wrong = [];
    try {
      const page = await context.newPage();
      page.on("console", (message) => message.type() === "error" && !expected.test(message.text()) && wrong.push(`console: ${message.text()}`));
      page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
      page.on("request", (request) => {
        const url = new URL(request.url());
        if (!["data:", "blob:"].includes(url.protocol) && url.origin !== server.url) wrong.push(`request: ${url}`);
        if (request.url().includes(key)) wrong.push("the key is in an address");
      });
      await page.goto(server.url + path);
      if (signedIn) await signIn(page);
      await body(page, context);
      assert.deepEqual(wrong, []);
    } finally {
      await context.close();
    }
  });
}

async function signIn(page, secret = key) {
  await page.getByLabel("API key").fill(secret);
  await page.keyboard.press("Enter");
  await page.locator("#view").waitFor();
}

const job = (page, id) => page.locator(`[data-job="${id}"]`);

visit("the keys page shows the caller's key, what is left of its limits, and the owner's other keys", {}, async (page) => {
  const view = page.locator("#view");
  await view.getByText("first of acme").first().waitFor();
  const text = await view.innerText();
  assert.match(text, /This minute: 5,000 of 5,000 requests left|This minute: 4,\d{3} of 5,000 requests left/);
  assert.match(text, /second of acme/);
  assert.match(text, /read data and forecasts, run jobs/);
  assert.doesNotMatch(text, /of somebody else/);
  assert.ok(!text.includes(key), "no secret is on show");
  assert.equal(await page.locator("meter").count(), 2);
});

visit("a request that is made shows in what is left", {}, async (page) => {
  const left = async () => Number(/This minute: ([\d,]+) of/.exec(await page.locator("#view").innerText())[1].replace(",", ""));
  const before = await left();
  await api("GET", "/simulate", key);
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.waitForFunction((before) => !document.getElementById("view").innerText.includes(`This minute: ${before.toLocaleString("en-US")} of`), before);
  // Another minute may have begun.
  assert.ok((await left()) !== before);
});

visit("a key is kept in the tab's memory only: it goes with the reader to the jobs, and a reload forgets it", {}, async (page, context) => {
  await page.getByRole("link", { name: "Jobs" }).click();
  await page.getByText("Your jobs").waitFor();
  assert.equal(new URL(page.url()).pathname, "/jobs");
  await page.goBack();
  await page.getByText("Your keys").first().waitFor();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state, document.documentElement.outerHTML]));
  assert.ok(!kept.includes(key) && !kept.includes(key.slice(0, 20)));
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await page.getByLabel("API key").inputValue(), "");
  await page.reload();
  assert.ok(await page.getByLabel("API key").isVisible());
});

visit("a key that is not good is refused in words", { signedIn: false, expected: /401/ }, async (page) => {
  await page.getByLabel("API key").fill("a-key-that-nobody-has-0123456789");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("#problem:not([hidden])").waitFor();
  assert.match(await page.locator("#problem").innerText(), /key/i);
  assert.ok(await page.locator("#view").isHidden());
});

visit("an application's access is ended with a click", {}, async (page) => {
  const grant = { id: "grant_1", client_name: "An assistant", redirect_host: "assistant.example", scopes: ["read"], created_at: "2026-01-02T03:04:05Z", last_used_at: null };
  let ended = null;
  await page.route("**/api/grants**", (route) => {
    if (route.request().method() === "DELETE") {
      ended = new URL(route.request().url()).pathname;
      return route.fulfill({ status: 204 });
    }
    return route.fulfill({ json: { grants: ended ? [] : [grant], next_cursor: null } });
  });
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("button", { name: "End the access of An assistant" }).click();
  await page.getByText("No application holds access").waitFor();
  assert.equal(ended, "/api/grants/grant_1");
});

visit("a job's progress is seen as it happens, and its result is shown and kept", { path: "/jobs" }, async (page) => {
  // Submitted before the list is asked for, so that it is on it.
  const id = await submit(SMALL);
  await page.getByRole("button", { name: "Refresh" }).click();
  await job(page, id).getByText("completed").waitFor();
  await job(page, id).getByRole("button", { name: "Show" }).click();
  await job(page, id).locator("pre").getByText('"method": "draws"').waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), job(page, id).getByRole("button", { name: "CSV" }).click()]);
  assert.match(await readFile(await file.path(), "utf8"), /^run,rr,/);
});

visit("a job that goes on is followed by its events, with the key in no address, and cancelled with a click", { path: "/jobs" }, async (page) => {
  const followed = page.waitForRequest((request) => request.url().includes("/events") && request.headers().authorization === `Bearer ${key}`);
  const id = await submit(LARGE);
  await page.getByRole("button", { name: "Refresh" }).click();
  await followed;
  await job(page, id).getByRole("button", { name: "Cancel" }).click();
  await job(page, id).getByText("cancelled").waitFor();
  assert.equal((await api("GET", `/api/jobs/${id}`, key)).status, "cancelled");
  assert.match(await page.locator("#spoken").innerText(), /sweep cancelled/);
});

visit("events move the bar, whoever reports them", { path: "/jobs" }, async (page) => {
  const at = { job_id: "job_of_events", tool: "sweep", created_at: "2026-01-02T03:04:05Z", finished_at: null, error: null };
  const event = (id, name, more) => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify({ ...at, ...more })}\n\n`;
  const seen = [];
  await page.route("**/api/jobs?**", (route) => route.fulfill({ json: { jobs: [{ ...at, status: "queued", progress: 0, phase: "waiting" }], next_cursor: null } }));
  await page.route("**/events", (route) => {
    const after = Number(route.request().headers()["last-event-id"]);
    seen.push(after);
    // A stream that breaks off in the middle, and goes on where it was.
    const body =
      after === 0
        ? `: a comment\n\n${event(1, "queued", { status: "queued", progress: 0, phase: "waiting" })}${event(2, "progress", { status: "processing", progress: 40, phase: "computing: 2 of 5 chunks are done" })}`
        : event(3, "failed", { status: "failed", progress: 40, phase: "failed", error: { code: "WORKER_LOST", message: "The worker died." } });
    return route.fulfill({ contentType: "text/event-stream", body });
  });
  const bar = page.locator("progress");
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByText("40 %, computing: 2 of 5 chunks are done").waitFor();
  assert.equal(await bar.getAttribute("value"), "40");
  await page.getByText("The worker died. (WORKER_LOST)").waitFor();
  assert.deepEqual(seen, [0, 2]);
});

for (const [width, colorScheme] of [[360, "light"], [360, "dark"], [1280, "light"], [1280, "dark"]]) {
  visit(`no barrier on the pages of keys and jobs: ${width} px, ${colorScheme}`, { viewport: { width, height: 900 }, colorScheme, signedIn: false }, async (page) => {
    assert.deepEqual(await barriers(page), []);
    await signIn(page);
    await page.getByText("second of acme").waitFor();
    assert.deepEqual(await barriers(page), []);
    const id = await submit(SMALL);
    await page.getByRole("link", { name: "Jobs" }).click();
    await job(page, id).getByRole("button", { name: "Show" }).click();
    await job(page, id).locator("pre").waitFor();
    assert.deepEqual(await barriers(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
  });
}
