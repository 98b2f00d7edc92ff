// The view of a forecast inside an assistant: draws the result of simulate, compare_scenarios, forecast_range or provide_plot, from that result
// alone. Sliders forecast anew where the host lets the view call tools.
import type { Line } from "./chart";
import { Chart } from "./chart";
import { byId, h } from "./dom";
import type { SeriesInfo } from "./engine";
import { DAY, seconds } from "./engine";
import * as format from "./format";
import type { ToolResult } from "./host";
import { Host } from "./host";
import type { Bands } from "./ranges";

type Series = Record<string, (number | null)[]>;
type Metrics = Record<string, { unit: string; kind: string; meaning: string }>;

/** What the view needs of a result, whichever tool gave it. */
interface Forecasts {
  days: Float64Array;
  metrics: Metrics;
  scenarios: { name: string; series: Series }[];
  /** Ranges around the first scenario's series, of a sweep. */
  bands: Map<string, Bands>;
  warnings: string[];
  input: Record<string, unknown> | null;
}

/** What a sweep says of a series. */
interface Percentiles extends Record<"p5" | "p25" | "p50" | "p75" | "p95", (number | null)[]> {
  unit: string;
}

const MOST_LINES = 4;
/** The assumptions that matter most, as sliders: field of the request, member of the reply's input, words, range, step, unit. */
const SLIDERS: [field: string, used: string, label: string, low: number, high: number, step: number, unit: string][] = [
  ["rbp", "raw_byte_power", "New storage onboarded", 0, 20, 0.1, "PiB/day"],
  ["rr", "renewal_rate", "Renewal rate", 0, 1, 0.01, ""],
  ["fpr", "filplus_rate", "Filecoin Plus share", 0, 1, 0.01, ""],
];

let asked: Record<string, unknown> = {};
let zoom: [number, number] | null = null;
let shown: Forecasts | null = null;
const charts = new Map<string, Chart>();

const host = new Host({
  context: ({ theme }) => {
    if (theme) document.documentElement.dataset.theme = theme;
    for (const chart of charts.values()) {
      chart.discard();
      chart.draw();
    }
  },
  input: (input) => {
    asked = { ...input };
  },
  result: (result) => void took(result),
  teardown: () => {
    sizes.disconnect();
    for (const chart of charts.values()) chart.discard();
  },
});

const sizes = new ResizeObserver(() => {
  const { scrollHeight: height, scrollWidth: width } = document.documentElement;
  host.tell("ui/notifications/size-changed", { width, height });
});

async function took({ structuredContent, isError }: ToolResult): Promise<void> {
  const status = byId("status");
  if (isError || !structuredContent) {
    status.textContent = "The tool gave no forecast to draw; its answer is in the conversation.";
    return;
  }
  const specified = structuredContent.chart as { title: string; description: string; series: { name: string }[] } | undefined;
  if (specified && !structuredContent.percentiles) {
    // A chart's specification has no numbers: they are asked for, where that is possible.
    status.textContent = `${specified.title}. ${specified.description}`;
    if (!host.mayCall) return;
    const answer = await host.call("simulate", { requested_metrics: specified.series.map(({ name }) => name) });
    if (answer.isError || !answer.structuredContent) return;
    draw(read(answer.structuredContent));
    status.textContent = `${specified.title}, as the network is today. ${specified.description}`;
    return;
  }
  shown = read(structuredContent);
  sliders(shown);
  draw(shown);
}

function read(content: Record<string, unknown>): Forecasts {
  if (content.percentiles) return readRanges(content);
  const { sim_start_date, timestep_days, n_entries, dates, series, scenarios } = content as {
    sim_start_date: string;
    timestep_days: number | null;
    n_entries: number;
    dates?: string[];
    series?: Series;
    scenarios?: { name: string; series: Series }[];
  };
  const days = dates
    ? Float64Array.from(dates, seconds)
    : Float64Array.from({ length: n_entries }, (_, nth) => seconds(sim_start_date) + nth * (timestep_days ?? 7) * DAY);
  return {
    days,
    metrics: (content.metrics ?? {}) as Metrics,
    scenarios: scenarios ?? [{ name: "Forecast", series: series ?? {} }],
    bands: new Map(),
    warnings: (content.warnings ?? []) as string[],
    input: (content.input ?? null) as Record<string, unknown> | null,
  };
}

/** The result of forecast_range: the median of the runs, and what nine in ten and half of them hold. */
function readRanges(content: Record<string, unknown>): Forecasts {
  const { input, percentiles, runs, warnings } = content as {
    input: { sim_start_date: string; n_entries: number; timestep_days: number | null; dates?: string[] };
    percentiles: Record<string, Percentiles>;
    runs: number;
    warnings?: string[];
  };
  const { sim_start_date, n_entries, timestep_days, dates } = input;
  const start = seconds(sim_start_date);
  // Of months the reply gives every date.
  const days = dates ? Float64Array.from(dates, seconds) : Float64Array.from({ length: n_entries }, (_, nth) => start + nth * (timestep_days ?? 7) * DAY);
  const all = Object.entries(percentiles);
  const between = (low: (number | null)[], high: (number | null)[]): Bands[number] => [numbers(low), numbers(high)];
  return {
    days,
    metrics: Object.fromEntries(all.map(([name, { unit }]) => [name, { unit, kind: "", meaning: "" }])),
    scenarios: [{ name: `Median of ${format.plain(runs, 0)} runs`, series: Object.fromEntries(all.map(([name, { p50 }]) => [name, p50])) }],
    bands: new Map(all.map(([name, { p5, p25, p75, p95 }]) => [name, [between(p5, p95), between(p25, p75)]])),
    warnings: warnings ?? [],
    input: null,
  };
}

const numbers = (values: (number | null)[]): Float64Array => Float64Array.from(values, (value) => value ?? Number.NaN);

function draw({ days, metrics, scenarios, bands, warnings }: Forecasts): void {
  const names = Object.keys(scenarios[0]?.series ?? {});
  const [first, last] = [days[0] ?? 0, days[days.length - 1] ?? 0];
  byId("status").textContent = days.length > 0 ? `${bands.size > 0 ? "Ranges (nine runs in ten, and half of them)" : "Forecast"} from ${format.date(first)} to ${format.date(last)}` : "The forecast holds no day.";
  byId("warnings").replaceChildren(...warnings.map((warning) => h("li", {}, warning)));
  for (const name of names) {
    const about = metrics[name];
    const info: SeriesInfo = {
      name,
      unit: about?.unit ?? "",
      kind: about?.kind ?? "",
      meaning: about?.meaning ?? "",
      looks_a_year_ahead: false,
      alias_of: null,
    };
    const lines: Line[] = scenarios.slice(0, MOST_LINES).map((scenario) => ({
      name: scenario.name,
      values: numbers(scenario.series[name] ?? []),
    }));
    chart(info, lines.length > 1).show({ series: info, days, current: first, lines, active: 0, zoom, bands: bands.get(name) ?? [] });
  }
  document.documentElement.dataset.points = String([...charts.values()].reduce((sum, chart) => sum + chart.points, 0));
}

function chart(info: SeriesInfo, compared: boolean): Chart {
  const known = charts.get(info.name);
  if (known) return known;
  const made = new Chart({
    zoomed: (next) => {
      zoom = next;
      if (shown) draw(shown);
    },
    spoken: (text) => (byId("spoken").textContent = text),
  });
  byId("charts").append(
    h(
      "figure",
      { class: compared ? "card is-compared" : "card" },
      h(
        "figcaption",
        {},
        h("div", { class: "card-head" }, h("h2", { title: info.meaning }, format.title(info.name)), h("span", { class: "unit" }, format.unit(info))),
        h("div", { class: "card-read" }, made.readout, made.when),
      ),
      made.plot,
    ),
  );
  charts.set(info.name, made);
  return made;
}

function sliders(forecasts: Forecasts): void {
  const box = byId("sliders");
  const { input } = forecasts;
  if (!host.mayCall || !input || box.childElementCount > 0) return;
  let last = 0;
  for (const [field, used, label, low, high, step, unit] of SLIDERS) {
    const value = input[used];
    if (typeof value !== "number") continue;
    const output = h("output", {}, `${format.plain(value, 2)} ${unit}`);
    const slider = h("input", { type: "range", min: low, max: high, step, value });
    slider.addEventListener("input", () => {
      output.textContent = `${format.plain(Number(slider.value), 2)} ${unit}`;
    });
    slider.addEventListener("change", async () => {
      asked = { ...asked, [field]: Number(slider.value) };
      const mine = ++last;
      const answer = await host.call("simulate", asked);
      if (mine !== last || !answer.structuredContent || answer.isError) return;
      shown = read(answer.structuredContent);
      draw(shown);
      const told = `The user moved a slider: the chart now shows simulate with ${JSON.stringify(asked)}.`;
      void host.ask("ui/update-model-context", { content: [{ type: "text", text: told }] }).catch(() => undefined);
    });
    box.append(h("label", {}, label, output, slider));
  }
  box.hidden = box.childElementCount === 0;
}

document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
void host.open().then(() => sizes.observe(document.body));
