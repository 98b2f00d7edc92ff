// How right forecasts of past days were: `/accuracy`, near the charts.
import { h } from "./dom";
import type { SeriesInfo } from "./engine";
import { seconds } from "./engine";
import * as format from "./format";

interface Ahead {
  horizon_days: number;
  forecasts: number;
  independent: number;
  mape: number;
  bias: number;
}

interface Table {
  data: { start_date: string; end_date: string };
  errors: { series: string; drives: Record<string, Ahead[]> }[];
  ranges: { bands: { series: string; horizon_days: number; claim: string; low?: number | null; high?: number | null }[] };
}

const HORIZONS: [days: number, words: string][] = [
  [30, "a month"],
  [90, "a quarter"],
  [180, "half a year"],
  [365, "a year"],
];

export class Accuracy {
  private constructor(private readonly figures: Table) {}

  /** Null where this service does not have it. */
  static async load(): Promise<Accuracy | null> {
    const reply = await fetch("/accuracy").catch(() => null);
    return reply?.ok ? new Accuracy((await reply.json()) as Table) : null;
  }

  private errors(series: SeriesInfo): Ahead[] {
    return this.figures.errors.find((row) => row.series === nameOf(series))?.drives.defaults ?? [];
  }

  private ahead(series: SeriesInfo[], days: number): Ahead[] {
    return series.flatMap((one) => this.errors(one).filter((ahead) => ahead.horizon_days === days));
  }

  /** Those of some series that were judged. */
  judged(series: SeriesInfo[]): SeriesInfo[] {
    return series.filter((one, nth) => this.errors(one).length > 0 && series.indexOf(one) === nth);
  }

  /** The figures of judged series in a sentence; empty where there are none. */
  sentence(judged: SeriesInfo[]): string {
    const told = [30, 365].flatMap((days) => {
      const errors = this.ahead(judged, days).map(({ mape }) => mape);
      if (errors.length === 0) return [];
      const [least, most] = [format.share(Math.min(...errors)), format.share(Math.max(...errors))];
      return [`${least === most ? most : `${least} to ${most}`} off ${days === 30 ? "a month" : "a year"} ahead`];
    });
    if (told.length === 0) return "";
    const { end_date } = this.figures.data;
    return `How right were such forecasts? ${told.join(", ")} (data to ${format.date(seconds(end_date))})`;
  }

  /** The same as a table. */
  table(series: SeriesInfo[]): HTMLElement {
    const { start_date, end_date } = this.figures.data;
    const head = HORIZONS.map(([days, words]) => {
      const independent = Math.max(0, ...this.ahead(series, days).map((ahead) => ahead.independent));
      return h("th", { scope: "col" }, `${words} ahead`, h("span", { class: "note" }, `${independent} do not overlap`));
    });
    const cell = (ahead: Ahead | undefined): HTMLElement => {
      if (!ahead) return h("td", {}, "too little history");
      const side = Math.abs(ahead.bias) < ahead.mape / 2 ? "" : ahead.bias > 0 ? "mostly too high" : "mostly too low";
      return h("td", {}, format.share(ahead.mape), h("span", { class: "note" }, side));
    };
    const row = (one: SeriesInfo): HTMLElement => {
      const errors = this.errors(one);
      const held = this.band(one)?.days ?? 0;
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, format.title(one.name)),
        ...HORIZONS.map(([days]) => cell(errors.find((ahead) => ahead.horizon_days === days))),
        h("td", {}, held > 0 ? `to ${held} days ahead` : "none"),
      );
    };
    const forecasts = Math.max(...this.ahead(series, 30).map((ahead) => ahead.forecasts));
    const about = `How far off up to ${forecasts} forecasts were that assumed nothing, made on days of the real network's past from ${format.date(seconds(start_date))} to ${format.date(seconds(end_date))}: the mean of the errors without their sign. The last column says how far ahead ranges made of such errors held nine of ten outcomes.`;
    const table = h(
      "div",
      { class: "table", role: "region", "aria-label": "How right forecasts were", tabindex: 0 },
      h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Series"), ...head, h("th", { scope: "col" }, "A range holds"))), h("tbody", {}, ...series.map(row))),
    );
    return h("div", {}, h("p", { class: "note" }, about), table);
  }

  /** The range that held nine of ten outcomes, as multiples of the default forecast by days ahead; null where none did. */
  band(series: SeriesInfo): { days: number; at: (day: number) => [number, number] } | null {
    const points: [number, number, number][] = [[0, 1, 1]];
    const own = this.figures.ranges.bands.filter((band) => band.series === nameOf(series)).sort((one, other) => one.horizon_days - other.horizon_days);
    for (const { horizon_days, claim, low, high } of own) {
      // What follows a gap would have to be invented up to there.
      if (claim !== "kept" || low == null || high == null) break;
      points.push([horizon_days, low, high]);
    }
    const days = points.at(-1)![0];
    if (days === 0) return null;
    const at = (day: number): [number, number] => {
      const next = Math.max(1, points.findIndex(([to]) => to >= day));
      const [[from, low, high], [to, lower, higher]] = [points[next - 1]!, points[next]!];
      const part = (day - from) / (to - from);
      return [low + (lower - low) * part, high + (higher - high) * part];
    };
    return { days, at };
  }
}

/** The table calls a series by its own name, the page by another one of it. */
const nameOf = (series: SeriesInfo): string => series.alias_of ?? series.name;
