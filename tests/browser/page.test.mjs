// The page at / in a real browser: what a visitor sees and does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { barriers, redraw, startBrowser, startServer } from "./service.mjs";

/** With the engine and the data, compressed. */
// What ships stays below 350,000; the engine for trying out, which this asks, is some ten per cent larger.
const MOST_BYTES = 400_000;

let server, browser;
/** What no page may cause: in every test, looked at after it. */
const wrong = [];

before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A test with a new visitor, who has the page open. */
function visit(name, options, body) {
  test(name, async () => {
    const { link = "", offlineLater = false, ...visitor } = options;
    // What a service worker answers is not seen as a request of the page, so it is there only where it is what is tested.
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      serviceWorkers: offlineLater ? "allow" : "block",
      ...visitor,
    });
    wrong.length = 0;
    try {
      const page = await context.newPage();
      watch(page);
      await open(page, link);
      await body(page, context);
      assert.deepEqual(wrong, []);
    } finally {
      await context.close();
    }
  });
}

function watch(page) {
  page.on("console", (message) => message.type() === "error" && wrong.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== server.url) wrong.push(`request: ${url}`);
  });
}

async function open(page, link = "") {
  await page.goto(`${server.url}/${link}`);
  await drawn(page);
}

const drawn = (page) => page.waitForSelector("html[data-drawn] :is(.plot canvas, #table table)");
/** The link follows a change after a moment. */
const linked = (page, text) => page.waitForFunction((text) => decodeURIComponent(location.hash).includes(text), text);
const firstReading = (page) => page.locator(".card").first().locator(".readout").innerText();

/** How many colours the first chart's canvas has: a blank one has one. */
const colours = (page, nth = 0) =>
  page.evaluate((nth) => {
    const canvas = document.querySelectorAll(".plot canvas")[nth];
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  }, nth);

/** On a narrow screen the assumptions are behind a button. */
const openPanel = async (page) => (await page.locator("#panel-toggle").isVisible()) && page.locator("#panel-toggle").click();
const closePanel = openPanel;

async function download(page, button) {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

async function simulate(request, accept = "application/json", path = "/simulate") {
  const reply = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify(request),
  });
  assert.equal(reply.status, 200);
  return reply.text();
}

const DEFAULT_CHARTS = ["1y_sector_roi", "circ_supply", "network_QAP_EIB", "network_RBP_EIB", "day_pledge_per_QAP", "network_locked"];

visit("a visitor sees six charts with history and forecast, and what the data are", {}, async (page) => {
  assert.equal(await page.locator(".card .plot canvas").count(), 6);
  for (let nth = 0; nth < 6; nth++) assert.ok((await colours(page, nth)) > 10, `chart ${nth} is blank`);
  assert.match(await page.locator("#data").innerText(), /Network data through .* days? old · source: /);
  assert.match(await page.locator("#figures").innerText(), /Return on pledge[\s\S]*%[\s\S]*in 1 year/);
  // The demonstration network says what it is.
  await page.locator("#data-warnings-title").click();
  assert.match(await page.locator("#data-warnings").innerText(), /demonstration/);
});

visit("moving the mouse over a chart gives date and value with its unit, in all charts", {}, async (page) => {
  const plot = page.locator(".card .u-over").first();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + 40, box.y + 60);
  const supply = page.locator(".card").nth(1);
  await page.waitForFunction(() => document.querySelectorAll(".when")[1].textContent.includes("history"));
  assert.match(await supply.locator(".readout").innerText(), /Network\s+[\d.,]+M FIL/);
  const day = await supply.locator(".when").innerText();
  await page.mouse.move(box.x + box.width - 60, box.y + 60);
  await page.waitForFunction((day) => document.querySelectorAll(".when")[1].textContent !== day, day);
  assert.match(await supply.locator(".readout").innerText(), /Today continues\s+[\d.,]+M FIL/);
});

visit("a slider and a typed value change the forecast, and a reset takes it back", {}, async (page) => {
  const before = await firstReading(page);
  await page.locator("#in-rbp").evaluate((slider) => {
    slider.value = "15";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await linked(page, "rbp=15");
  assert.notEqual(await firstReading(page), before);
  assert.equal(await page.locator("[data-field=rbp]").inputValue(), "15");
  await page.locator("[data-field=rr]").fill("55.5");
  await page.locator("[data-field=rr]").press("Enter");
  await linked(page, "rr=0.555");
  await page.getByRole("button", { name: "New storage onboarded: back to the default" }).click();
  await page.getByRole("button", { name: "Renewal rate: back to the default" }).click();
  await page.waitForFunction(() => location.hash === "");
  assert.equal(await firstReading(page), before);
});

visit("a value that is not possible is refused beside its field, and the chart stays", {}, async (page) => {
  const before = await firstReading(page);
  await page.locator("[data-field=rr]").fill("140");
  await page.locator("[data-field=rr]").press("Enter");
  await page.waitForFunction(() => document.getElementById("error-rr").textContent.includes("0 to 1"));
  assert.equal(await page.locator("[data-field=rr]").getAttribute("aria-invalid"), "true");
  assert.equal(await firstReading(page), before);
  await page.locator("[data-field=rr]").fill("80");
  await page.locator("[data-field=rr]").press("Enter");
  await page.waitForFunction(() => document.getElementById("error-rr").textContent === "");
});

visit("presets answer with a click, and three of them stand side by side", {}, async (page) => {
  await page.getByRole("button", { name: "Compare the three" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".scenario").length === 3);
  const readings = await page.locator(".card").first().locator(".reading").allInnerTexts();
  assert.deepEqual(readings.map((text) => text.split("\n")[0]), ["Today continues", "Collapse", "Boom"]);
  assert.equal(new Set(readings.map((text) => text.split("\n")[1])).size, 3);
  await page.getByRole("button", { name: "End of vesting" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 4);
  assert.equal(await page.locator(".card select").first().inputValue(), "total_day_vest");
});

visit("there are up to four scenarios, each with its own assumptions and name", {}, async (page) => {
  const add = page.getByRole("button", { name: "Add", exact: true });
  for (let count = 2; count <= 4; count++) {
    await add.click();
    await page.waitForFunction((count) => document.querySelectorAll(".scenario").length === count, count);
    await page.locator("[data-field=rbp]").fill(String(count * 3));
    await page.locator("[data-field=rbp]").press("Enter");
    await linked(page, `rbp=${count * 3}`);
  }
  assert.ok(await add.isDisabled());
  await page.getByLabel("Name of scenario 4").fill("Very many miners");
  await linked(page, "Very many miners");
  const readings = await page.locator(".card").nth(3).locator(".reading dd").allInnerTexts();
  assert.equal(new Set(readings).size, 4);
  await page.getByRole("button", { name: "Remove Scenario 2" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".scenario").length === 3);
});

visit("a link restores scenarios, assumptions, charts, zoom and view for somebody else", {}, async (page, context) => {
  await page.getByRole("button", { name: "Compare the three" }).click();
  await page.locator(".card select").nth(4).selectOption("day_network_reward");
  await page.getByRole("button", { name: "3 years" }).click();
  await page.locator("#horizon").fill("7");
  await page.getByLabel("Name of scenario 2").fill("Zürich; 100 % = a & b #1");
  await linked(page, "d=2555");
  await linked(page, "Zürich");
  const shown = (page) =>
    page.evaluate(() => ({
      readings: [...document.querySelectorAll(".card")].map((card) => card.innerText.replace(/^.*PNG\n/s, "")),
      names: [...document.querySelectorAll(".scenario input")].map((input) => input.value),
      series: [...document.querySelectorAll(".card select")].map((select) => select.value),
      pressed: [...document.querySelectorAll("[aria-pressed=true]")].map((button) => button.textContent),
      typed: [...document.querySelectorAll(".typed input")].map((input) => input.value),
    }));
  const other = await context.newPage();
  watch(other);
  await other.goto(page.url());
  await drawn(other);
  assert.deepEqual(await shown(other), await shown(page));
  assert.deepEqual((await shown(other)).pressed, ["", "Charts", "3 years"]);
  assert.equal((await shown(other)).names[1], "Zürich; 100 % = a & b #1");
});

visit("the CSV is the one of /simulate", { link: "#s=Mine;rbp=7.5;rr=0.61;lock_target=0.2&d=1200" }, async (page) => {
  const { name, bytes } = await download(page, page.locator("#csv"));
  assert.equal(name, "filecoin-mine.csv");
  const request = { rbp: 7.5, rr: 0.61, lock_target: 0.2, forecast_length_days: 1200, output: DEFAULT_CHARTS };
  assert.equal(bytes.toString(), await simulate(request, "text/csv"));
});

visit("a chart is kept as a PNG", {}, async (page) => {
  const { name, bytes } = await download(page, page.getByRole("button", { name: "PNG" }).first());
  assert.equal(name, "1y_sector_roi.png");
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(bytes.length > 8_000, `${bytes.length} bytes`);
});

visit("the table has the numbers of /simulate, with date and unit", { link: "#v=table&c=circ_supply" }, async (page) => {
  const { simulation_output, input } = JSON.parse(await simulate({ output: ["circ_supply"], resolution: "monthly" }));
  await page.locator("#rows").selectOption("monthly");
  const rows = await page.locator("#table tbody tr:not(.is-past)").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent)),
  );
  assert.equal(rows.length, input.dates.length - (input.dates[0] === input["current date"] ? 1 : 0));
  const last = simulation_output.circ_supply.at(-1);
  const written = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 }).format(last);
  assert.equal(rows.at(-1)[1], `${written} FIL`);
  assert.match(await page.locator("#table thead").innerText(), /Circulating supply, FIL/);
});

visit("zooming by dragging shows that part in every chart, and a double click all of it", {}, async (page) => {
  const box = await page.locator(".card .u-over").first().boundingBox();
  await page.mouse.move(box.x + 200, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + 320, box.y + 90, { steps: 4 });
  await page.mouse.up();
  await linked(page, "z=");
  const whens = await page.locator(".when").allInnerTexts();
  assert.equal(new Set(whens.map((when) => when.replace(", history", ""))).size, 1);
  await page.mouse.dblclick(box.x + 200, box.y + 80);
  await page.waitForFunction(() => location.hash === "");
});

visit("everything can be done with the keyboard alone", {}, async (page) => {
  const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.textContent);
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 90; presses++) {
      await page.keyboard.press("Tab");
      if ((await focus()) === wanted) return;
    }
    assert.fail(`the tab key never reaches ${wanted}`);
  };
  await page.keyboard.press("Tab");
  assert.equal(await focus(), "skip");
  await tabTo("preset");
  await tabTo("add");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".scenario").length === 2);
  await tabTo("in-rr");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await linked(page, "rr=0.");
  await tabTo("view-table");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#table table");
  await page.locator("#view-charts").focus();
  await page.keyboard.press("Enter");
  await tabTo("plot");
  await page.keyboard.press("ArrowRight");
  const spoken = () => page.locator("#spoken").innerText();
  await page.waitForFunction(() => document.getElementById("spoken").textContent.includes("%"));
  const first = await spoken();
  await page.keyboard.press("PageUp");
  await page.waitForFunction((first) => document.getElementById("spoken").textContent !== first, first);
  await page.keyboard.press("+");
  await linked(page, "z=");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !location.hash.includes("z="));
});

visit("the link, the curl and the call of an assistant give the same numbers", { link: "#s=Mine;rbp=2;rr=0.9&c=1y_sector_roi,circ_supply" }, async (page) => {
  await page.locator("#share").click();
  const form = (title) => page.locator(`[data-form="${title}"]`).innerText();
  const [, body] = /-d '(.*)'/s.exec(await form("curl"));
  const expected = JSON.parse(await simulate({ rbp: 2, rr: 0.9, output: ["1y_sector_roi", "circ_supply"] }));
  assert.deepEqual(JSON.parse(await simulate(JSON.parse(body))), expected);
  const called = await fetch(`${server.url}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", "mcp-protocol-version": "2025-06-18" },
    body: await form("MCP"),
  });
  const { structuredContent } = (await called.json()).result;
  assert.ok(JSON.stringify(structuredContent).includes(String(expected.simulation_output.circ_supply[100])));
  const link = /'(http[^']*)'/.exec(await form("curl, as a table"))[1];
  const table = await (await fetch(link, { headers: { accept: "text/csv" } })).text();
  assert.equal(table, await simulate({ rbp: 2, rr: 0.9, output: ["1y_sector_roi", "circ_supply"] }, "text/csv"));
  const picture = await fetch(await form("Picture"));
  assert.equal(picture.headers.get("content-type"), "image/svg+xml");
});

visit("the engine in the browser answers as /simulate does, to the bit", {}, async (page) => {
  const requests = Array.from({ length: 50 }, (_, seed) => randomRequest(seed + 1));
  const answers = await page.evaluate((requests) => requests.map((request) => window.mechafil.json(request)), requests);
  for (const [nth, request] of requests.entries()) {
    assert.equal(answers[nth], await simulate(request), JSON.stringify(request));
  }
});

visit("ranges are the percentiles of /simulate/sweep, shaded, in the read-out and in the table", { link: "#c=network_RBP_EIB&d=360&r=25&s=Mine;rbp=3" }, async (page) => {
  await page.waitForFunction(() => document.querySelector(".reading .range"));
  const { fields } = await page.evaluate(() => window.mechafil.about);
  const today = (name) => fields.find((field) => field.name === name).default;
  const around = (mode) => ({ triangular: { low: mode * 0.75, mode, high: mode * 1.25 } });
  const shares = (mode) => ({ triangular: { low: mode * 0.75, mode, high: Math.min(1, mode * 1.25) } });
  const { percentiles } = JSON.parse(
    await simulate(
      {
        assumptions: { forecast_length_days: 366 },
        draws: { n: 200, seed: 1, distributions: { rbp: around(3), rr: shares(today("rr")), fpr: shares(today("fpr")) } },
        output: ["network_RBP_EIB"],
      },
      "application/json",
      "/simulate/sweep",
    ),
  );
  const written = (value) => new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 }).format(value);
  // Between the Monday before the last day on show, and the one after it.
  const { p5, p95 } = percentiles.network_RBP_EIB;
  const ends = (await page.locator(".reading .range").innerText()).replaceAll(" EiB", "").split(" to ").map(Number);
  for (const [shown, values] of [[ends[0], p5], [ends[1], p95]]) {
    const [least, most] = values.slice(-2).sort((one, other) => one - other);
    assert.ok(shown >= Number(written(least)) && shown <= Number(written(most)), `${shown} is not between ${least} and ${most}`);
  }
  assert.match(await page.locator("#ranges-note").innerText(), /differ from those of "Mine" by up to 25 %.*not how likely/);
  const shaded = await colours(page);
  await page.locator("#view-table").click();
  assert.match(await page.locator("#table tbody tr").last().innerText(), /EiB[\s\S]* to [\s\S]*EiB/);
  await page.locator("#view-charts").click();
  await page.locator("#ranges").selectOption("");
  await page.waitForFunction(() => !location.hash.includes("r=25"));
  assert.ok((await colours(page)) < shaded, "nothing is shaded without ranges");
});

visit("a slider that moves while ranges are computed leaves those of its last value", { link: "#c=network_RBP_EIB&d=366&r=50" }, async (page) => {
  await page.waitForFunction(() => document.querySelector(".reading .range"));
  const before = await page.locator(".reading .range").innerText();
  for (const value of [5, 9, 14]) {
    await page.locator("[data-field=rbp]").fill(String(value));
    await page.locator("[data-field=rbp]").press("Enter");
  }
  await page.waitForFunction((before) => (document.querySelector(".reading .range")?.innerText ?? before) !== before, before);
  await page.waitForFunction(() => !document.getElementById("ranges-note").textContent.startsWith("Computing"));
  // Around 14 PiB a day the whole range lies above the one around today's.
  const low = (text) => Number(text.split(" ")[0]);
  assert.ok(low(await page.locator(".reading .range").innerText()) > low(before));
});

visit("beside the charts stands how right such forecasts were, with the data's date", {}, async (page) => {
  const { data, errors, ranges } = await (await fetch(`${server.url}/accuracy`)).json();
  await page.locator("#accuracy-title", { hasText: "off a month" }).waitFor();
  const end = new Intl.DateTimeFormat("en-US", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(data.end_date));
  const summary = await page.locator("#accuracy-title").innerText();
  assert.match(summary, /off a month ahead, .* off a year ahead/);
  assert.ok(summary.includes(`data to ${end}`), summary);
  await page.locator("#accuracy-title").click();
  const row = await page.locator("#accuracy tbody tr", { hasText: "Quality-adjusted power" }).innerText();
  const month = errors.find(({ series }) => series === "qa_total_power_eib").drives.defaults.find(({ horizon_days }) => horizon_days === 30);
  assert.ok(row.includes(new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 2 }).format(month.mape)), row);
  // A range by past errors is drawn as far as the table says that it held, and nowhere else.
  await page.locator("#ranges").selectOption("past");
  await page.getByRole("button", { name: "1 year" }).click();
  await linked(page, "r=past");
  const kept = new Set(ranges.bands.filter(({ claim, horizon_days }) => claim === "kept" && horizon_days === 30).map(({ series }) => series));
  assert.ok(kept.has("circ_supply") && !kept.has("1y_sector_roi"));
  assert.match(await page.locator("#ranges-note").innerText(), /nine of ten outcomes.*It held at no distance for: Return on pledge/s);
  const supply = page.locator(".card").nth(1);
  const readout = async (nth, key) => {
    await page.locator(".plot").nth(nth).press("End");
    await page.locator(".plot").nth(nth).press(key);
    return page.locator(".card").nth(nth).locator(".readout").innerText();
  };
  assert.doesNotMatch(await readout(1, "End"), / to /);
  // A year ahead of the horizon's end is past 90 days; 46 weeks before it is not.
  for (let week = 0; week < 46; week++) await page.locator(".plot").nth(1).press("ArrowLeft");
  assert.match(await supply.locator(".readout").innerText(), /[\d.]+M FIL\s+[\d.]+M FIL to [\d.]+M FIL/);
  // It says nothing of a scenario with assumptions of its own.
  await page.getByRole("button", { name: "Boom" }).click();
  await page.waitForFunction(() => document.getElementById("ranges-note").textContent.includes("assumptions of its own"));
});

/** A request of its own for each seed (mulberry32). */
function randomRequest(seed) {
  let state = seed * 0x9e3779b9;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const days = 30 + Math.floor(random() * 1500);
  const maybe = (make) => (random() < 0.6 ? make() : undefined);
  const fraction = () => (random() < 0.2 ? Array.from({ length: days }, random) : random());
  return {
    forecast_length_days: days,
    rbp: maybe(() => random() * 30),
    rr: maybe(fraction),
    fpr: maybe(fraction),
    lock_target: maybe(() => random() * 0.6),
    sector_duration_days: maybe(() => 180 + Math.floor(random() * 1000)),
    gamma: maybe(random),
    gamma_weight_type: maybe(() => ["arithmetic", "geometric", "harmonic"][Math.floor(random() * 3)]),
    fil_plus_multiplier: maybe(() => 1 + random() * 15),
    qa_renewal_multiplier: maybe(() => random() * 2),
    daily_burnt_fil: maybe(() => random() * 90_000),
    use_available_supply: maybe(() => random() < 0.5),
    resolution: maybe(() => ["daily", "weekly", "monthly"][Math.floor(random() * 3)]),
  };
}

visit("on a phone a button opens the assumptions over the charts, and closes them", { viewport: { width: 360, height: 780 }, hasTouch: true }, async (page) => {
  assert.equal(await page.locator("#panel").isVisible(), false);
  await page.locator("#panel-toggle").tap();
  assert.ok(await page.locator("#in-rbp").isVisible());
  const before = await firstReading(page);
  await page.getByRole("button", { name: "Boom" }).tap();
  await linked(page, "Boom");
  assert.notEqual(await firstReading(page), before);
  await page.locator("#panel").press("Escape");
  assert.equal(await page.locator("#panel").isVisible(), false);
  await page.locator(".card .u-over").first().tap({ position: { x: 30, y: 60 } });
  await page.waitForFunction(() => document.querySelector(".when").textContent.includes("history"));
});

test("where a key is needed the page asks for it, and keeps it nowhere", async () => {
  const key = "a-key-of-the-browser-test-0123456789";
  const closed = await startServer({ PUBLIC_ACCESS: "false", API_KEYS: JSON.stringify({ visitor: key }) });
  const context = await browser.newContext({ serviceWorkers: "block" });
  try {
    const page = await context.newPage();
    await page.goto(closed.url);
    await page.getByLabel("API key").fill("some-other-key-0123456789-0123456789");
    await page.keyboard.press("Enter");
    await page.getByText("This key is not valid here").waitFor();
    await page.getByLabel("API key").fill(key);
    await page.keyboard.press("Enter");
    await drawn(page);
    assert.ok(await page.locator("#problem").isHidden());
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
    assert.doesNotMatch(kept, /browser-test/);
  } finally {
    await context.close();
    await closed.stop();
  }
});

visit("numbers and dates are written as the reader's language does", { locale: "de-DE" }, async (page) => {
  assert.match(await firstReading(page), /\d,\d\s%/);
  assert.match(await page.locator("#figures").innerText(), /Mio\. FIL/);
});

visit("after the first visit the page opens without a network", { offlineLater: true }, async (page, context) => {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await context.setOffline(true);
  await page.goto(`${server.url}/#s=Offline;rbp=9`);
  await page.reload();
  await drawn(page);
  assert.match(await firstReading(page), /Offline/);
  await context.setOffline(false);
});

visit("a first visit transfers less than 400 kB, compressed, even with the engine for trying out", {}, async (page, context) => {
  const again = await context.newPage();
  const files = [];
  again.on("response", (response) => files.push(response));
  await open(again);
  const sizes = await Promise.all(
    files.filter((file) => file.status() === 200).map(async (file) => [new URL(file.url()).pathname, gzipSync(await file.body()).length]),
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  console.log(sizes.map(([path, size]) => `${path} ${size}`).join(", "), `: ${total} bytes`);
  assert.ok(sizes.some(([path]) => path.endsWith(".wasm")) && sizes.some(([path]) => path === "/snapshot/current"));
  assert.ok(total <= MOST_BYTES, `${total} bytes`);
});

visit("a redraw of six charts of ten years is measured by the page's own marks", {}, async (page) => {
  const [took, empty] = await redraw(page);
  const marks = await page.evaluate(() => performance.getEntriesByName("first-chart")[0].startTime);
  console.log(`first chart ${marks.toFixed(0)} ms after navigation; redraw ${took.toFixed(1)} ms, ${(took / empty).toFixed(2)} of an empty frame`);
  assert.ok(took > 0);
});

for (const [width, colorScheme] of [[360, "light"], [360, "dark"], [1440, "light"], [1440, "dark"]]) {
  visit(`no barrier that axe-core finds: ${width} px, ${colorScheme}`, { viewport: { width, height: 900 }, colorScheme }, async (page) => {
    await openPanel(page);
    await page.getByRole("button", { name: "Compare the three" }).click();
    await page.locator("#panel details summary").click();
    assert.deepEqual(await barriers(page), []);
    await closePanel(page);
    await page.locator(".about summary").first().click();
    await page.locator("#data-warnings-title").click();
    await page.locator("#accuracy-title", { hasText: "off a month" }).click();
    await page.locator("#ranges").selectOption("25");
    await page.locator(".reading .range").first().waitFor();
    assert.deepEqual(await barriers(page), []);
    await page.locator("#view-table").click();
    await page.waitForSelector("#table table");
    assert.deepEqual(await barriers(page), []);
    await page.locator("#share").click();
    assert.deepEqual(await barriers(page), []);
    // Nothing is wider than the screen.
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  });
}
