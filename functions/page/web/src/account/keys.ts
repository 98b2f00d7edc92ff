// The keys of an owner: their limits, their use, and the applications that hold access by them.
import { h } from "../dom";
import type { Api } from "./api";
import { count, scopes, time } from "./words";

interface Requests {
  requests_per_minute: number;
  requests_per_day: number;
}

export interface Caller {
  authenticated: boolean;
  name: string | null;
  client: string | null;
  scopes: string[];
  limits: Requests | null;
  remaining: Requests | null;
}

interface Key extends Requests {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  revoked_at: string | null;
}

interface Grant {
  id: string;
  client_name: string;
  redirect_host: string;
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
}

/** What is on the page, asked anew. */
export async function keys(api: Api, again: () => void, failed: (error: unknown) => void): Promise<Node[]> {
  const [caller, { keys }, { grants }] = await Promise.all([
    api.json<Caller>("/api/auth"),
    api.json<{ keys: Key[] }>("/api/keys?limit=100"),
    api.json<{ grants: Grant[] }>("/api/grants?limit=100"),
  ]);
  const end = (grant: Grant): HTMLElement =>
    h(
      "button",
      {
        type: "button",
        class: "small",
        "aria-label": `End the access of ${grant.client_name}`,
        onclick: () => void api.json(`/api/grants/${encodeURIComponent(grant.id)}`, "DELETE").then(again, failed),
      },
      "End access",
    );
  return [
    section("This key", [
      h(
        "dl",
        { class: "facts" },
        h("dt", {}, "Name"),
        h("dd", {}, caller.name ?? "without a name"),
        h("dt", {}, "May"),
        h("dd", {}, scopes(caller.scopes)),
      ),
      use(caller),
    ], h("button", { type: "button", class: "small", onclick: again }, "Refresh")),
    section("Your keys", [
      keys.length === 0
        ? h("p", { class: "note" }, "None is stored here: this key comes from the operator's settings.")
        : wide(
            "Your keys",
            ["Name", "Begins with", "May", "A minute", "A day", "Last used", "State"],
            keys.map((key) => [
              key.name,
              h("code", {}, `${key.prefix}…`),
              scopes(key.scopes),
              count(key.requests_per_minute),
              count(key.requests_per_day),
              key.last_used_at ? time(key.last_used_at) : "never",
              state(key),
            ]),
          ),
    ]),
    section("Applications with access", [
      grants.length === 0
        ? h("p", { class: "note" }, "No application holds access by your keys.")
        : wide(
            "Applications with access",
            ["Application", "Answered at", "May", "Since", "Last used", ""],
            grants.map((grant) => [
              grant.client_name,
              grant.redirect_host,
              scopes(grant.scopes),
              time(grant.created_at),
              grant.last_used_at ? time(grant.last_used_at) : "never",
              end(grant),
            ]),
          ),
    ]),
  ];
}

const NUMBERS = ["A minute", "A day"];

function wide(label: string, head: string[], rows: (Node | string)[][]): HTMLElement {
  const of = (column: number): Record<string, string> => (NUMBERS.includes(head[column] ?? "") ? { class: "number" } : {});
  const name = (title: string, column: number): HTMLElement =>
    h("th", { scope: "col", ...of(column) }, title === "" ? h("span", { class: "visually-hidden" }, "What can be done") : title);
  return h(
    "div",
    { class: "wide", role: "region", "aria-label": label, tabindex: 0 },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...head.map(name))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell, column) => h("td", of(column), cell))))),
    ),
  );
}

function section(title: string, children: Node[], ...actions: Node[]): HTMLElement {
  return h("section", { class: "card" }, h("div", { class: "head" }, h("h2", {}, title), ...actions), ...children);
}

/** What is left of the limits. */
function use({ limits, remaining }: Caller): HTMLElement {
  if (!limits || !remaining) return h("p", { class: "note" }, "Requests of this key are not counted.");
  const left = (what: string, now: number, of: number): HTMLElement =>
    h(
      "div",
      {},
      h("p", {}, `${what}: ${count(now)} of ${count(of)} requests left`),
      h("meter", { min: 0, max: of, low: of / 5, value: now, "aria-label": `Requests left, ${what.toLowerCase()}` }),
    );
  return h(
    "div",
    { class: "use" },
    left("This minute", remaining.requests_per_minute, limits.requests_per_minute),
    left("Today (UTC)", remaining.requests_per_day, limits.requests_per_day),
  );
}

function state({ revoked_at, expires_at }: Key): HTMLElement {
  if (revoked_at) return h("span", { class: "state is-bad" }, "revoked");
  if (!expires_at) return h("span", { class: "state" }, "good");
  if (new Date(expires_at) <= new Date()) return h("span", { class: "state is-over" }, "expired");
  return h("span", { class: "state" }, "good until ", time(expires_at));
}
