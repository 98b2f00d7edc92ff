// measure.mjs: figures of the page, as scripts/measure-page says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { redraw, startBrowser, startServer } from "./service.mjs";

const MOST_BYTES = 350_000;
const LEAST_SCORE = 95;
/** On a telephone's screen as fast as this machine, on a desk, and on a slow telephone in a slow network (Lighthouse's default). */
const FORMS = {
  "telephone, not slowed down": ["--throttling-method=provided"],
  desk: ["--preset=desktop"],
  "slow telephone": [],
};
let short = false;

const server = await startServer();
const proxy = await compressing(server.url);
try {
  for (const [form, options] of Object.entries(FORMS)) {
    const { performance, accessibility, "best-practices": practices, largest, blocked } = await lighthouse(options);
    console.log(`Lighthouse, ${form}: performance ${performance}, accessibility ${accessibility}, best practices ${practices}; largest paint ${largest}, blocked ${blocked}`);
    short ||= accessibility < LEAST_SCORE || practices < LEAST_SCORE;
  }
  const browser = await startBrowser();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, serviceWorkers: "block" });
  const transferred = [];
  page.on("response", async (response) => transferred.push([new URL(response.url()).pathname, Number(response.headers()["content-length"] ?? 0)]));
  await page.goto(proxy.url);
  await page.locator("#accuracy-title", { hasText: "off a month" }).waitFor();
  const total = transferred.reduce((sum, [, size]) => sum + size, 0);
  console.log(`first visit: ${total} bytes compressed (${transferred.map(([path, size]) => `${path} ${size}`).join(", ")})`);
  short ||= total > MOST_BYTES;
  const firsts = [];
  for (let nth = 0; nth < 5; nth++) {
    const again = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await again.goto(proxy.url);
    await again.waitForSelector("html[data-drawn]");
    firsts.push(await again.evaluate(() => performance.getEntriesByName("first-chart")[0].startTime));
    await again.close();
  }
  const [took, empty] = await redraw(page);
  console.log(`first chart: ${median(firsts).toFixed(0)} ms after navigation (median of 5); redraw of ten years x six charts: ${took.toFixed(1)} ms, ${(took / empty).toFixed(2)} of an empty frame`);
  await browser.close();
} finally {
  proxy.stop();
  await server.stop();
}
process.exitCode = short ? 1 : 0;

function median(values) {
  return values.sort((one, other) => one - other)[values.length >> 1];
}

/** The service with gzip in front. */
async function compressing(origin) {
  const proxy = createServer((asked, reply) => {
    const passed = ask(origin + asked.url, { method: asked.method, headers: { ...asked.headers, host: new URL(origin).host } }, async (given) => {
      const chunks = [];
      for await (const chunk of given) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const compressed = given.statusCode === 200 ? gzipSync(body) : body;
      const headers = { ...given.headers, "content-length": compressed.length, ...(given.statusCode === 200 && { "content-encoding": "gzip" }) };
      delete headers["transfer-encoding"];
      reply.writeHead(given.statusCode, headers).end(compressed);
    });
    asked.pipe(passed);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return { url: `http://127.0.0.1:${proxy.address().port}`, stop: () => proxy.close() };
}

async function lighthouse(options) {
  const report = join(await mkdtemp(join(tmpdir(), "lighthouse-")), "report.json");
  const run = spawn(
    "npm",
    ["exec", "--yes", `--package=${process.env.LIGHTHOUSE}`, "--", "lighthouse", proxy.url, "--quiet", "--output=json", `--output-path=${report}`,
      "--only-categories=performance,accessibility,best-practices", ...options,
      "--chrome-flags=--headless=shell --no-sandbox --disable-quic --disable-background-networking --no-first-run"],
    { env: { ...process.env, CHROME_PATH: process.env.CHROMIUM, LC_ALL: "en_US.UTF-8" }, stdio: ["ignore", "ignore", "inherit"] },
  );
  const [code] = await once(run, "exit");
  if (code !== 0) throw new Error(`Lighthouse ended with ${code}`);
  const { categories, audits } = JSON.parse(await readFile(report, "utf8"));
  for (const { id, auditRefs } of Object.values(categories)) {
    for (const { id: audit, weight } of auditRefs) {
      if (weight > 0 && audits[audit].score !== null && audits[audit].score < 0.9) console.log(`  ${id}: ${audits[audit].title} ${audits[audit].displayValue ?? ""}`);
    }
  }
  const scores = Object.fromEntries(Object.entries(categories).map(([id, { score }]) => [id, Math.round(score * 100)]));
  return { ...scores, largest: audits["largest-contentful-paint"].displayValue, blocked: audits["total-blocking-time"].displayValue };
}
