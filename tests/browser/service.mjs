// The native server and a Chromium, for tests of pages: both end with the test that started them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

/** Starts the native server in memory, on a free port; gives its address and how to end it. */
export async function startServer(variables = {}) {
  const { CARGO_TARGET_DIR, ROOT } = process.env;
  const server = spawn(
    `${CARGO_TARGET_DIR}/debug/mechafil-edge`,
    ["--in-memory", "--no-schedule", "--port", "0", "--assets", `${ROOT}/dist/assets`],
    // All tests come from one address, and ask more than a person does.
    { env: { ...process.env, ANONYMOUS_REQUESTS_PER_MINUTE: "1000000", ANONYMOUS_REQUESTS_PER_DAY: "1000000", ...variables }, stdio: ["ignore", "pipe", "ignore"] },
  );
  for await (const line of createInterface({ input: server.stdout })) {
    const found = /listening on (\S+)/.exec(line);
    if (!found) continue;
    server.stdout.resume();
    return {
      url: found[1],
      async stop() {
        server.kill();
        await once(server, "exit");
      },
    };
  }
  throw new Error("the server ended before it listened");
}

export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Under the locale C a Chromium says its language is `en-US@posix`, which is none.
    env: { ...process.env, LC_ALL: "en_US.UTF-8" },
    // What the packed Chromium needs, and nothing that weakens a page's security.
    args: ["--no-sandbox", "--headless=shell", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });

const AXE = await readFile(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** What axe-core finds wrong with a page. */
export const barriers = (page) =>
  page.evaluate(async (axe) => {
    // Not as a script of the page, which its policy refuses.
    if (!window.axe) (0, eval)(axe);
    const { violations } = await window.axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
  }, AXE);

/** What the page takes to redraw while a slider moves, and what an empty frame takes: medians in milliseconds. */
export const redraw = (page) =>
  page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const slider = document.getElementById("in-rbp");
    const gaps = [];
    for (let nth = 0; nth < 30; nth++) {
      const start = performance.now();
      await frame();
      gaps.push(performance.now() - start);
    }
    performance.clearMeasures();
    for (let nth = 0; nth < 40; nth++) {
      slider.value = String(1 + nth * 0.3);
      slider.dispatchEvent(new Event("input"));
      await frame();
      await frame();
    }
    const median = (values) => values.sort((one, other) => one - other)[values.length >> 1];
    return [median(performance.getEntriesByName("redraw").map((entry) => entry.duration)), median(gaps)];
  });
