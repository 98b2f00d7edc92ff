// pictures.mjs FOLDER [questions]: pictures of the page's main states, to be looked at; or of the questions that docs/page.md walks
// through, and the numbers that it names.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startBrowser, startServer } from "./service.mjs";

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const OPERATOR = "an-operators-key-of-the-pictures-0123456789";
const [server, browser] = await Promise.all([startServer({ ADMIN_API_KEY: OPERATOR }), startBrowser()]);

/** States by name: the link behind the address, and what is done then. */
const STATES = {
  opening: { link: "" },
  compared: { link: "#s=Today%20continues&s=Collapse;rbp=0.65;rr=0.65;fpr=0.6&s=Boom;rbp=7.8;rr=0.92;fpr=0.95" },
  table: { link: "#v=table&c=1y_sector_roi,circ_supply" },
  ranges: { link: "#r=25", prepare: (page) => page.locator(".reading .range").first().waitFor() },
  "past errors": { link: "#r=past&z=1743465600,1767139200", prepare: async (page) => (await page.locator("#accuracy-title", { hasText: "off a month" }).waitFor(), page.locator("#accuracy-title").click()) },
  assumptions: { prepare: async (page) => (await page.locator("#panel-toggle").isVisible()) && page.locator("#panel-toggle").click(), wholePage: false },
  share: { link: "#s=Mine;rbp=8", prepare: (page) => page.locator("#share").click(), wholePage: false },
  question: { link: "#s=Today;&s=Half the renewals;rr=0.4&a=1&z=1735689600,1893456000&c=1y_sector_roi,day_pledge_per_QAP,network_QAP_EIB,circ_supply" },
};

/** Those for which one signs in. */
const ACCOUNT = {
  "sign-in": { path: "/keys" },
  keys: { path: "/keys", prepare: signIn },
  jobs: { path: "/jobs", prepare: async (page) => (await signIn(page), page.locator("[data-job] button", { hasText: "Show" }).last().click(), page.locator("pre").waitFor()) },
};

let key;

async function signIn(page) {
  await page.getByLabel("API key").fill(key);
  await page.keyboard.press("Enter");
  await page.locator("#view > *").first().waitFor();
}

/** Keys and jobs to look at. */
async function furnish() {
  const ask = async (path, key, body) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    return (await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  const scopes = ["read", "jobs"];
  ({ key } = await ask("/api/admin/keys", OPERATOR, { name: "Research notebook", owner: "acme", scopes }));
  await ask("/api/admin/keys", OPERATOR, { name: "Dashboard", owner: "acme", scopes: ["read"], expires_at: "2027-06-30T00:00:00Z" });
  const { id } = await ask("/api/admin/keys", OPERATOR, { name: "Old laptop", owner: "acme", scopes });
  await fetch(`${server.url}/api/admin/keys/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${OPERATOR}` } });
  const draws = (n) => ({ draws: { n, distributions: { rr: { uniform: { low: 0.5, high: 0.9 } } } } });
  await ask("/api/jobs", key, { tool: "sweep", input: draws(40) });
  await ask("/api/jobs", key, { tool: "goal", input: { find: "rr", series: "network_RBP_EIB", at_least: 3.3, by: "2026-08-31" } });
  await new Promise((done) => setTimeout(done, 1500));
  await ask("/api/jobs", key, { tool: "sweep", input: { ...draws(10_000), assumptions: { forecast_length_days: 3650 }, resolution: "monthly", output: ["network_RBP_EIB"] } });
}

/** The questions of docs/page.md: what is clicked, and the day that is read off. */
const QUESTIONS = {
  provider: async (page) => {
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByLabel("Name of scenario 2").fill("Others renew half");
    await page.locator("[data-field=rr]").fill("41.5");
    await page.locator("[data-field=rr]").press("Enter");
    await page.getByRole("button", { name: "3 years" }).click();
    await page.locator(".card select").nth(1).selectOption("day_rewards_per_sector");
    await page.locator(".card select").nth(3).selectOption("day_pledge_per_QAP");
  },
  analyst: async (page) => {
    await page.getByRole("button", { name: "End of vesting" }).click();
  },
  newcomer: async (page) => {
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByLabel("Name of scenario 2").fill("Hardly any new storage");
    await page.locator("[data-field=rbp]").fill("0.25");
    await page.locator("[data-field=rbp]").press("Enter");
    await page.getByRole("button", { name: "5 years" }).click();
    await page.locator(".card select").first().selectOption("network_RBP_EIB");
    await page.locator(".card select").nth(3).selectOption("day_pledge_per_QAP");
    await page.locator(".card select").nth(4).selectOption("1y_sector_roi");
  },
};

async function questions() {
  for (const [name, walk] of Object.entries(QUESTIONS)) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: "light" });
    await page.goto(server.url);
    await page.waitForSelector("html[data-drawn]");
    await walk(page);
    await page.waitForTimeout(400); // The link follows after a moment.
    await page.mouse.move(5, 5);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(name, decodeURIComponent(new URL(page.url()).hash));
    console.log(await page.locator(".card").evaluateAll((cards) => cards.map((card) => [card.querySelector("select").selectedOptions[0].text, card.querySelector(".card-read").innerText.replaceAll("\n", " ")].join(": ")).join("\n")));
    await page.locator("#view-table").click();
    await page.locator("#rows").selectOption("monthly");
    console.log(await page.locator("#table tbody tr").evaluateAll((rows) => rows.filter((row) => /Jan 1|Sep 1|Nov 1, 2026|Oct 1, 2026/.test(row.innerText)).map((row) => row.innerText.replaceAll("\t", " | ")).join("\n")));
    await page.close();
  }
}

async function states() {
  await furnish();
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 768, 1440]) {
      const context = await browser.newContext({ viewport: { width, height: width === 360 ? 780 : 900 }, colorScheme, deviceScaleFactor: 1 });
      for (const [name, { link = "", prepare, wholePage = true }] of Object.entries(STATES)) {
        const page = await context.newPage();
        await page.goto(`${server.url}/${link}`);
        await page.waitForSelector("html[data-drawn]");
        await prepare?.(page);
        // Two frames: what was asked for is drawn with the next.
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        await page.screenshot({ path: join(folder, `${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`), fullPage: wholePage });
        await page.close();
      }
      for (const [name, { path, prepare }] of Object.entries(ACCOUNT)) {
        const page = await context.newPage();
        await page.goto(server.url + path);
        await prepare?.(page);
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        await page.close();
      }
      await context.close();
    }
  }
}

try {
  await (process.argv[3] === "questions" ? questions() : states());
} finally {
  await browser.close();
  await server.stop();
}
