// The view of a forecast inside an assistant: from the list of tools to what is drawn, in a host made of the official SDK.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { startBrowser, startServer } from "./service.mjs";

const VIEW = "ui://mechafil/chart-1.html";
const MEDIA_TYPE = "text/html;profile=mcp-app";
const UI = "io.modelcontextprotocol/ui";
let server, browser, host, html;

before(async () => {
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
  const entry = fileURLToPath(new URL("./host.mjs", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "iife", platform: "browser", logLevel: "error" });
  host = outputFiles[0].text;
  const { contents } = await ask("resources/read", { uri: VIEW });
  html = contents[0].text;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

let next = 1;

/** Asks as a client does that shook hands (2025-06-18), or as one of the newest revision does. */
async function ask(method, params = {}, stateless = false) {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": { extensions: { [UI]: { mimeTypes: [MEDIA_TYPE] } } },
  };
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  headers["mcp-protocol-version"] = stateless ? "2026-07-28" : "2025-06-18";
  if (stateless) {
    headers["mcp-method"] = method;
    if (params.uri ?? params.name) headers["mcp-name"] = params.uri ?? params.name;
  }
  const reply = await fetch(`${server.url}/mcp`, {
    method: "POST",
    headers,
    body: JSON.stringify({ jsonrpc: "2.0", id: next++, method, params: stateless ? { ...params, _meta: meta } : params }),
  });
  const text = await reply.text();
  const message = JSON.parse(text.startsWith("{") ? text : /^data: (.*)$/m.exec(text)[1]);
  assert.ok(message.result, text);
  return message.result;
}

test("a host learns of the view from the tools, in both framings, and reads it", async () => {
  const handshake = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  assert.ok((await ask("initialize", handshake)).capabilities.extensions[UI]);
  assert.ok((await ask("server/discover", {}, true)).capabilities.extensions[UI]);
  for (const stateless of [false, true]) {
    const { tools } = await ask("tools/list", {}, stateless);
    for (const name of ["simulate", "compare_scenarios", "provide_plot", "forecast_range"]) {
      const { _meta } = tools.find((tool) => tool.name === name);
      assert.equal(_meta.ui.resourceUri, VIEW);
      assert.equal(_meta["ui/resourceUri"], VIEW);
    }
    const { contents } = await ask("resources/read", { uri: VIEW }, stateless);
    assert.equal(contents.length, 1);
    assert.equal(contents[0].mimeType, MEDIA_TYPE);
    assert.deepEqual(contents[0]._meta.ui.csp, { connectDomains: [], resourceDomains: [] });
    assert.match(contents[0].text, /^<!doctype html>/);
    assert.doesNotMatch(contents[0].text, /(src|href)="(?!data:)/);
  }
});

/** A test with the view in a host, after a tool was called. */
function shown(name, { tool = "simulate", args, width = 760, theme = "light", serverTools = false }, body) {
  test(name, async () => {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const wrong = [];
    try {
      const page = await context.newPage();
      page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
      page.on("pageerror", (error) => wrong.push(error.message));
      page.on("request", (request) => /^https?:/.test(request.url()) && wrong.push(`request: ${request.url()}`));
      await page.exposeFunction("callTool", (call) => ask("tools/call", call));
      await page.evaluate(host);
      const result = await ask("tools/call", { name: tool, arguments: args });
      await page.evaluate((given) => window.show(given), { html, theme, serverTools, tool: { arguments: args, result } });
      const view = page.frames().find((frame) => frame !== page.mainFrame());
      await body(view, page, result.structuredContent);
      assert.deepEqual(wrong, []);
    } finally {
      await context.close();
    }
  });
}

const points = (view) => view.evaluate(() => Number(document.documentElement.dataset.points));
const drawn = (view) => view.waitForSelector(".plot canvas");

shown(
  "the result of simulate is drawn from that result alone, every point of it",
  { args: { requested_metrics: ["1y_sector_roi", "circ_supply"], forecast_length_days: 730, rr: 0.7 } },
  async (view, page, content) => {
    await drawn(view);
    assert.equal(await view.locator(".card").count(), 2);
    // A line for what is past (of which a forecast has none), and one for the forecast.
    assert.equal(await points(view), 2 * 2 * content.n_entries);
    assert.match(await view.locator("#status").innerText(), /^Forecast from .* to /);
    assert.ok(await view.locator("#sliders").isHidden());
    await page.waitForFunction(() => window.events.sizes.length > 0);
    await page.evaluate(() => window.teardown());
    assert.equal(await view.locator(".plot canvas").count(), 0);
  },
);

shown(
  "scenarios stand side by side with their names, dark and 320 pixels wide",
  {
    tool: "compare_scenarios",
    args: { scenarios: [{ name: "as today" }, { name: "half renewed", rr: 0.5 }], requested_metrics: ["network_RBP_EIB"], resolution: "monthly" },
    width: 320,
    theme: "dark",
  },
  async (view) => {
    await drawn(view);
    assert.match(await view.locator(".readout").innerText(), /as today[\s\S]*half renewed/);
    assert.equal(await view.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.ok(await view.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  },
);

const range = { draws: { n: 50, distributions: { rr: { uniform: { low: 0.5, high: 0.9 } } } }, output: ["network_RBP_EIB", "circ_supply"] };

for (const [resolution, width, theme] of [["monthly", 320, "dark"], ["weekly", 760, "light"]]) {
  shown(
    `the ranges of forecast_range are drawn from the result alone, ${resolution}, ${theme}, ${width} pixels wide`,
    { tool: "forecast_range", args: { ...range, resolution }, width, theme, serverTools: true },
    async (view, page, content) => {
      await drawn(view);
      assert.equal(await view.locator(".card").count(), 2);
      // The past, the median, and two ranges of two lines each.
      assert.equal(await points(view), 2 * (2 + 4) * content.input.n_entries);
      const { p5, p50, p95 } = content.percentiles.network_RBP_EIB;
      const written = (value) => new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 }).format(value);
      // Charts stand in the order of the result's names.
      const readout = await view.locator(".readout").nth(Object.keys(content.percentiles).indexOf("network_RBP_EIB")).innerText();
      for (const value of [p5, p50, p95]) assert.ok(readout.includes(`${written(value.at(-1))} EiB`), readout);
      assert.match(await view.locator("#status").innerText(), /^Ranges \(nine runs in ten/);
      assert.equal(await view.evaluate(() => document.documentElement.dataset.theme), theme);
      assert.ok(await view.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      assert.deepEqual((await page.evaluate(() => window.events)).calls, []);
      await page.evaluate(() => window.teardown());
      assert.equal(await view.locator(".plot canvas").count(), 0);
    },
  );
}

shown(
  "a slider forecasts anew where the host lets the view call tools, and the model learns of it",
  { args: { requested_metrics: ["network_RBP_EIB"], forecast_length_days: 365 }, serverTools: true },
  async (view, page) => {
    await drawn(view);
    const before = await view.locator(".readout").innerText();
    await view.locator("#sliders input").first().focus();
    await page.keyboard.press("End");
    await view.waitForFunction((before) => document.querySelector(".readout").innerText !== before, before);
    const { calls, contexts } = await page.evaluate(() => window.events);
    assert.equal(calls[0].name, "simulate");
    assert.equal(calls[0].arguments.rbp, 20);
    await page.waitForFunction(() => window.events.contexts.length === 1);
    assert.ok(contexts.length <= 1);
  },
);

shown(
  "a chart that was specified is drawn as the network is today, where the host lets the view ask",
  { tool: "provide_plot", args: { series: ["circ_supply"], title: "Supply" }, serverTools: true },
  async (view, page) => {
    await drawn(view);
    assert.match(await view.locator("#status").innerText(), /^Supply, as the network is today/);
    assert.deepEqual((await page.evaluate(() => window.events.calls))[0].arguments, { requested_metrics: ["circ_supply"] });
  },
);
