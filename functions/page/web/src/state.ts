// What the page shows: a value that is written into the link and read from it. Nothing else holds state.

import { CHOICES } from "./ranges";

export const MOST_SCENARIOS = 4;
export const MOST_CHARTS = 8;

export type Assumption = number | boolean | string;

export interface Scenario {
  name: string;
  /** What differs from the defaults of /simulate. */
  values: Record<string, Assumption>;
}

export interface State {
  scenarios: Scenario[];
  /** The scenario that the controls change. */
  active: number;
  /** Days to forecast. */
  horizon: number;
  /** The series on show, a chart each. */
  charts: string[];
  /** First and last day on show, Unix seconds; null: all of it. */
  zoom: [number, number] | null;
  view: "charts" | "table";
  /** Which ranges are drawn around the active scenario: one of the choices in ranges.ts. */
  ranges: string;
}

export const DEFAULT_CHARTS = [
  "1y_sector_roi",
  "circ_supply",
  "network_QAP_EIB",
  "network_RBP_EIB",
  "day_pledge_per_QAP",
  "network_locked",
];

export const DEFAULT_HORIZON = 3650;

export const initial = (): State => ({
  scenarios: [{ name: "Today continues", values: {} }],
  active: 0,
  horizon: DEFAULT_HORIZON,
  charts: [...DEFAULT_CHARTS],
  zoom: null,
  view: "charts",
  ranges: "",
});

/** The question as the part of a link behind `#`; empty for the page as it opens. */
export function toLink(state: State): string {
  const opening = initial();
  const parts: string[] = [];
  const plain = state.scenarios.length === 1 && state.scenarios[0]?.name === opening.scenarios[0]?.name;
  if (!plain || Object.keys(state.scenarios[0]?.values ?? {}).length > 0) {
    for (const { name, values } of state.scenarios) {
      const given = Object.entries(values).map(([field, value]) => `${field}=${encodeURIComponent(String(value))}`);
      parts.push(`s=${[encodeURIComponent(name), ...given].join(";")}`);
    }
  }
  if (state.active > 0) parts.push(`a=${state.active}`);
  if (state.horizon !== opening.horizon) parts.push(`d=${state.horizon}`);
  if (state.charts.join() !== opening.charts.join()) parts.push(`c=${state.charts.join()}`);
  if (state.zoom) parts.push(`z=${state.zoom.join()}`);
  if (state.ranges) parts.push(`r=${state.ranges}`);
  if (state.view !== opening.view) parts.push(`v=${state.view}`);
  return parts.join("&");
}

/** Reads such a link. What it does not say is as the page opens; what cannot be read is left out. */
export function fromLink(link: string, fields: readonly string[], series: readonly string[]): State {
  const state = initial();
  const parts = link.replace(/^#/, "").split("&").map((part): [string, string] => {
    const [key = "", ...rest] = part.split("=");
    return [key, rest.join("=")];
  });
  const get = (wanted: string): string | null => parts.find(([key]) => key === wanted)?.[1] ?? null;
  const scenarios = parts.flatMap(([key, value]) => (key === "s" ? [value] : [])).slice(0, MOST_SCENARIOS).map((text) => scenario(text, fields));
  if (scenarios.length > 0) state.scenarios = scenarios;
  state.active = clamp(whole(get("a")) ?? 0, 0, state.scenarios.length - 1);
  state.horizon = clamp(whole(get("d")) ?? DEFAULT_HORIZON, 1, 7300);
  const charts = (get("c") ?? "").split(",").filter((name) => series.includes(name));
  if (charts.length > 0) state.charts = charts.slice(0, MOST_CHARTS);
  const [from, to] = (get("z") ?? "").split(",").map(Number);
  if (from !== undefined && to !== undefined && from < to) state.zoom = [from, to];
  const ranges = get("r");
  if (CHOICES.some(([choice]) => choice === ranges)) state.ranges = ranges ?? "";
  if (get("v") === "table") state.view = "table";
  return state;
}

function scenario(text: string, fields: readonly string[]): Scenario {
  const [name = "", ...given] = text.split(";");
  const values: Record<string, Assumption> = {};
  for (const entry of given) {
    const [field = "", value = ""] = entry.split("=");
    if (fields.includes(field)) values[field] = assumption(decoded(value));
  }
  return { name: decoded(name).slice(0, 60) || "Scenario", values };
}

function assumption(text: string): Assumption {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text.slice(0, 40);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function whole(text: string | null): number | null {
  const number = text === null || text === "" ? Number.NaN : Number(text);
  return Number.isInteger(number) ? number : null;
}

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
