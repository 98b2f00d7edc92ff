// The pages for those who have a key: /keys and /jobs. Both are one document, so that going from one to the other keeps the key,
// which is nowhere but in this module's memory.
import { byId } from "../dom";
import { themes } from "../theme";
import { Api, Problem } from "./api";
import { Jobs } from "./jobs";
import type { Caller } from "./keys";
import { keys } from "./keys";

type Page = "keys" | "jobs";

let api: Api | null = null;
let jobs: Jobs | null = null;
let shown = 0;

const page = (): Page => (/^\/jobs\/?$/.test(location.pathname) ? "jobs" : "keys");

function problem(text: string): void {
  byId("problem").textContent = text;
  byId("problem").hidden = text === "";
}

function failed(error: unknown): void {
  if (error instanceof Problem && error.status === 401) {
    api = null;
    void show();
  }
  problem(error instanceof Error ? error.message : String(error));
}

/** Shows the page that the address names. */
async function show(): Promise<void> {
  const mine = ++shown;
  jobs?.leave();
  jobs = null;
  problem("");
  const name = page();
  document.title = `${name === "keys" ? "Keys" : "Jobs"} · MechaFil Edge`;
  byId("title").textContent = name === "keys" ? "Keys" : "Jobs";
  for (const link of document.querySelectorAll<HTMLElement>("[data-page]")) {
    if (link.dataset.page === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const view = byId("view");
  byId("sign-in").hidden = api !== null;
  view.hidden = api === null;
  if (!api) {
    view.replaceChildren();
    byId("key").focus();
    return;
  }
  try {
    if (name === "jobs") jobs = new Jobs(api, { failed, spoken: (text) => (byId("spoken").textContent = text) });
    const nodes = await (jobs ? jobs.nodes() : keys(api, () => void show(), failed));
    if (mine === shown) view.replaceChildren(...nodes);
  } catch (error) {
    if (mine === shown) {
      view.replaceChildren();
      failed(error);
    }
  }
}

async function signIn(key: string): Promise<void> {
  const asked = new Api(key);
  try {
    const { authenticated } = await asked.json<Caller>("/api/auth");
    if (!authenticated) return problem("This service does not know the key.");
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return problem("This service was built without keys.");
    return problem(error instanceof Error ? error.message : String(error));
  }
  api = asked;
  byId<HTMLInputElement>("key").value = "";
  await show();
  byId("main").focus();
}

byId<HTMLFormElement>("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn(byId<HTMLInputElement>("key").value.trim());
});
for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-page]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    void show();
  });
}
addEventListener("popstate", () => void show());
themes(byId<HTMLButtonElement>("theme"), () => undefined);
void show();
