// The same numbers as a table: for those who read numbers, and for screen readers.
import type { Picture } from "./chart";
import { h } from "./dom";
import { DAY } from "./engine";
import * as format from "./format";

export type Rows = "monthly" | "quarterly" | "yearly";

const MONTHS: Record<Rows, number> = { monthly: 1, quarterly: 3, yearly: 12 };

export function table(pictures: Picture[], rows: Rows): HTMLTableElement {
  const first = pictures[0];
  const head = h("tr", {}, h("th", { scope: "col", rowspan: 2 }, "Date"));
  const names = h("tr");
  for (const { series, lines } of pictures) {
    const title = `${format.title(series.name)}, ${format.unit(series)}`;
    head.append(h("th", { scope: "colgroup", colspan: lines.length, title: series.meaning }, title));
    names.append(...lines.map((line, nth) => h("th", { scope: "col", class: `s${nth}` }, line.name)));
  }
  const body = h("tbody");
  for (const day of first ? daysOf(first, rows) : []) {
    const index = Math.round((day - (first?.days[0] ?? 0)) / DAY);
    const row = h("tr", day <= (first?.current ?? 0) ? { class: "is-past" } : {}, h("th", { scope: "row" }, format.date(day)));
    for (const { series, lines, active, bands } of pictures) {
      const [low, high] = bands?.[0] ?? [];
      const range = (nth: number): HTMLElement[] =>
        nth === active && low && high && low[index] === low[index] && day > (first?.current ?? 0)
          ? [h("span", { class: "range" }, `${format.value(low[index], series)} to ${format.value(high[index], series)}`)]
          : [];
      row.append(...lines.map(({ values }, nth) => h("td", {}, format.value(values[index], series), ...range(nth))));
    }
    body.append(row);
  }
  return h("table", {}, h("caption", {}, "History is on a grey ground; after it stands the forecast."), h("thead", {}, head, names), body);
}

/** First days of months that are on show, and the current date. */
function daysOf({ days, current, zoom }: Picture, rows: Rows): number[] {
  const [from, to] = zoom ?? [days[0] ?? 0, days[days.length - 1] ?? 0];
  const chosen = [...days].filter((day) => {
    if (day < from || day > to) return false;
    const date = new Date(day * 1000);
    return day === current || (date.getUTCDate() === 1 && date.getUTCMonth() % MONTHS[rows] === 0);
  });
  return chosen;
}
