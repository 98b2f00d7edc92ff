// One chart: history before forecast, a line a scenario, with a read-out, zoom, and a keyboard.
import uPlot from "uplot";
import { h } from "./dom";
import type { SeriesInfo } from "./engine";
import { DAY } from "./engine";
import * as format from "./format";
import type { Bands } from "./ranges";
import { clamp } from "./state";

/** Dashes tell scenarios apart without colours. */
export const DASHES: number[][] = [[], [9, 4], [2, 3], [11, 4, 2, 4]];

const HEIGHT = 250;
/** Days that a series looks ahead which sums a year. */
const YEAR_AHEAD = 364;

export interface Line {
  name: string;
  values: Float64Array;
}

export interface Picture {
  series: SeriesInfo;
  days: Float64Array;
  /** Where the history ends, Unix seconds. */
  current: number;
  lines: Line[];
  active: number;
  zoom: [number, number] | null;
  /** Ranges around the active line. */
  bands?: Bands;
}

export interface Listener {
  zoomed: (zoom: [number, number] | null) => void;
  /** What the keyboard's cursor stands on, for screen readers. */
  spoken: (text: string) => void;
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  readonly plot = h("div", { class: "plot", tabindex: 0, role: "group" });
  readonly readout = h("dl", { class: "readout" });
  readonly when = h("p", { class: "when" });
  private u: uPlot | null = null;
  private picture: Picture | null = null;
  private shape = "";
  /** The day under the cursor, as an index; null: none. */
  private at: number | null = null;

  constructor(private readonly listener: Listener) {
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0 && this.u && width !== this.u.width) this.u.setSize({ width, height: HEIGHT });
      else if (width > 0 && !this.u) this.draw();
    }).observe(this.plot);
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.plot.addEventListener("blur", () => this.leave());
    for (const kind of ["touchstart", "touchmove"] as const) {
      this.plot.addEventListener(kind, (event) => this.touch(event), { passive: true });
    }
    // The mouse that a browser imitates after a touch would take the cursor away again.
    this.plot.addEventListener("touchend", (event) => event.cancelable && event.preventDefault());
  }

  show(picture: Picture): void {
    this.picture = picture;
    const { series, lines } = picture;
    this.plot.setAttribute(
      "aria-label",
      `Chart of ${format.title(series.name)}. Arrow keys move by a week, page keys by a year; plus and minus zoom, 0 shows everything.`,
    );
    const shape = [series.name, lines.length, picture.active, picture.bands?.length ?? 0].join();
    if (shape !== this.shape) this.discard();
    this.shape = shape;
    this.draw();
  }

  /** Draws anew, in the theme's colours of now. */
  discard(): void {
    this.u?.destroy();
    this.u = null;
    this.at = null;
  }

  draw(): void {
    const picture = this.picture;
    if (!picture) return;
    const [from, to] = this.range();
    if (this.u) {
      const u = this.u;
      if (u.scales.x?.min !== from || u.scales.x.max !== to) {
        // The mouse stands on another day now.
        this.at = null;
        u.setCursor({ left: -10, top: -10 });
      }
      u.batch(() => {
        u.setData(this.data(), false);
        u.setScale("x", { min: from, max: to });
      });
    } else {
      const width = Math.floor(this.plot.clientWidth);
      if (width === 0) return;
      this.u = new uPlot(this.options(width), this.data(), this.plot);
      this.u.setScale("x", { min: from, max: to });
    }
    this.read();
  }

  get canvas(): HTMLCanvasElement | null {
    return this.u?.ctx.canvas ?? null;
  }

  /** Points drawn: for tests. */
  get points(): number {
    return this.u ? this.u.data[0].length * (this.u.data.length - 1) : 0;
  }

  private get all(): [number, number] {
    const days = this.picture?.days;
    return [days?.[0] ?? 0, days?.[days.length - 1] ?? 1];
  }

  private range(): [number, number] {
    const [first, last] = this.all;
    const [from, to] = this.picture?.zoom ?? [first, last];
    const start = clamp(from, first, last - DAY);
    return [start, clamp(to, start + DAY, last)];
  }

  private bands(): Bands {
    return this.picture?.bands ?? [];
  }

  private split(): number {
    const { series, days, current } = this.picture!;
    return nearest(days, current - (series.looks_a_year_ahead ? YEAR_AHEAD * DAY : 0));
  }

  private data(): uPlot.AlignedData {
    const { days, lines } = this.picture!;
    const split = this.split();
    const part = (values: Float64Array, from: number, to: number): (number | null)[] => {
      const cut = new Array<number | null>(values.length).fill(null);
      for (let day = from; day < to; day++) {
        const value = values[day]!;
        if (value === value) cut[day] = value;
      }
      return cut;
    };
    const history = lines[0] ? part(lines[0].values, 0, split + 1) : [];
    // Below the lines.
    const bands = this.bands().flatMap(([low, high]) => [part(high, 0, high.length), part(low, 0, low.length)]);
    return [days, history, ...bands, ...lines.map(({ values }) => part(values, split, values.length))];
  }

  private options(width: number): uPlot.Options {
    const { series, lines, active } = this.picture!;
    const [text, grid, font] = [css("--faint"), css("--grid"), `12px ${css("--font")}`];
    const shade = css(`--s${active}`);
    const bands = this.bands();
    const edge: uPlot.Series = { stroke: "transparent", width: 1, pxAlign: 0, points: { show: false } };
    const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, size: 5, width: 1 } };
    return {
      width,
      height: HEIGHT,
      padding: [10, 20, 0, 0],
      // Lines between pixels are smooth; on them they would be stairs.
      pxAlign: 0,
      tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), "Etc/UTC"),
      legend: { show: false },
      scales: { x: { time: true }, y: { range: (_, low, high) => roomy(low, high) } },
      axes: [
        { ...axis, size: 34, space: 62, values: (_, splits, __, ___, step) => splits.map((split) => timeLabel(split, step)) },
        { ...axis, size: widest, gap: 6, space: 42, values: (_, splits) => format.ticks(splits, series) },
      ],
      series: [
        {},
        { stroke: css("--history"), width: 2, pxAlign: 0, points: { show: false } },
        ...bands.flatMap(() => [edge, edge].map((one) => ({ ...one }))),
        ...lines.map((_, nth) => ({
          stroke: css(`--s${nth}`),
          width: nth === active ? 2.5 : 2,
          dash: DASHES[nth] ?? [],
          pxAlign: 0,
          points: { show: false },
        })),
      ],
      // An eighth and a quarter of the line's colour.
      bands: bands.map((_, nth) => ({ series: [2 + 2 * nth, 3 + 2 * nth], fill: `${shade}${nth === 0 ? "24" : "38"}` })),
      cursor: {
        sync: { key: "all", scales: ["x", null] },
        y: false,
        drag: { x: true, y: false, setScale: false },
        focus: { prox: -1 },
        bind: {
          dblclick: () => () => {
            this.listener.zoomed(null);
            return null;
          },
        },
      },
      hooks: {
        drawClear: [(u) => this.past(u)],
        setCursor: [(u) => this.moved(u)],
        setSelect: [(u) => this.selected(u)],
      },
    };
  }

  /** The past lies on another ground, and a line says where the forecast begins. */
  private past(u: uPlot): void {
    const { ctx, bbox } = u;
    const border = clamp(u.valToPos(this.picture!.current, "x", true), bbox.left, bbox.left + bbox.width);
    ctx.save();
    ctx.fillStyle = css("--past");
    ctx.fillRect(bbox.left, bbox.top, border - bbox.left, bbox.height);
    if (border > bbox.left && border < bbox.left + bbox.width) {
      ctx.strokeStyle = css("--faint");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(border, bbox.top);
      ctx.lineTo(border, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  private moved(u: uPlot): void {
    const index = u.cursor.left != null && u.cursor.left >= 0 ? u.cursor.idx : null;
    this.at = index ?? null;
    this.read();
  }

  private selected(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 8) return;
    const zoom: [number, number] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.listener.zoomed([Math.round(zoom[0] / DAY) * DAY, Math.round(zoom[1] / DAY) * DAY]);
  }

  /** The values of the day under the cursor, else of the last day on show. */
  private read(): void {
    const picture = this.picture;
    if (!picture) return;
    const { series, days, lines, current, active } = picture;
    const index = this.at ?? nearest(days, this.range()[1]);
    const past = index < this.split();
    const shown = past ? lines.slice(0, 1) : lines;
    const day = days[index] ?? current;
    this.when.textContent = `${format.date(day)}${past ? ", history" : ""}`;
    this.readout.replaceChildren(
      ...shown.map((line, nth) =>
        h(
          "div",
          { class: `reading ${past ? "is-past" : `s${nth}`}${!past && nth === active ? " is-active" : ""}` },
          h("dt", {}, past ? "Network" : line.name),
          h("dd", {}, format.value(line.values[index], series)),
          ...(past || nth !== active ? [] : range(this.bands(), index, series)),
        ),
      ),
    );
  }

  /** The read-out in a sentence. */
  get sentence(): string {
    const readings = [...this.readout.children].map((reading) => [...reading.children].map((part) => part.textContent).join(": "));
    return `${this.when.textContent}. ${readings.join(", ")}.`;
  }

  private touch(event: TouchEvent): void {
    const finger = event.touches[0];
    if (!this.u || !finger || event.touches.length > 1) return;
    const box = this.u.over.getBoundingClientRect();
    point(this.u, clamp(finger.clientX - box.left, 0, box.width));
  }

  private leave(): void {
    if (this.u) point(this.u, -10);
  }

  private key(event: KeyboardEvent): void {
    const picture = this.picture;
    if (!this.u || !picture || event.ctrlKey || event.metaKey || event.altKey) return;
    const { days, current } = picture;
    const [from, to] = this.range();
    const here = days[this.at ?? -1] ?? clamp(current, from, to);
    const moves: Record<string, number> = {
      ArrowLeft: here - 7 * DAY,
      ArrowRight: here + 7 * DAY,
      PageUp: here + 365 * DAY,
      PageDown: here - 365 * DAY,
      Home: from,
      End: to,
    };
    const target = moves[event.key];
    if (target !== undefined) {
      event.preventDefault();
      point(this.u, this.u.valToPos(clamp(target, from, to), "x"));
      this.listener.spoken(this.sentence);
      return;
    }
    const zooms: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2 };
    const factor = zooms[event.key];
    if (factor !== undefined) {
      event.preventDefault();
      const [first, last] = this.all;
      const span = Math.max(30 * DAY, (to - from) * factor);
      const start = Math.max(first, here - span / 2);
      this.listener.zoomed(span >= last - first ? null : [start, Math.min(last, start + span)]);
    } else if (event.key === "0" || event.key === "Escape") {
      this.listener.zoomed(null);
    }
  }
}

/** The widest range of a day, in words. */
function range([widest]: Bands, index: number, series: SeriesInfo): HTMLElement[] {
  const [low, high] = [widest?.[0][index] ?? Number.NaN, widest?.[1][index] ?? Number.NaN];
  if (Number.isNaN(low) || Number.isNaN(high)) return [];
  return [h("dd", { class: "range" }, `${format.value(low, series)} to ${format.value(high, series)}`)];
}

/** The index of the day that is nearest; days may be a week or a month apart. */
function nearest(days: Float64Array, day: number): number {
  const after = days.findIndex((one) => one >= day);
  if (after <= 0) return after === 0 ? 0 : Math.max(0, days.length - 1);
  return day - days[after - 1]! < days[after]! - day ? after - 1 : after;
}

/** Moves the cursor, of the other charts too: a parameter that uPlot's own types lack. */
function point(u: uPlot, left: number): void {
  const move = u.setCursor as (place: { left: number; top: number }, fire: boolean, publish: boolean) => void;
  move({ left, top: left < 0 ? -10 : 10 }, true, true);
}

/** Values that never come near to zero are not shown from zero on, else all of them would be a flat line. */
function roomy(low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low == null || high == null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (low === high) return low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  const floor = low > 0 && low < high * 0.6 ? 0 : low;
  return uPlot.rangeNum(floor, high, { min: { pad: floor === 0 ? 0 : 0.06 }, max: { pad: 0.08 } });
}

/** The width that the labels of the value axis need. */
function widest(u: uPlot, values: string[] | null, axis: number, cycle: number): number {
  const self = u.axes[axis] as uPlot.Axis & { _size: number; font?: string[] };
  if (cycle > 1) return self._size;
  u.ctx.save();
  u.ctx.font = self.font?.[0] ?? "12px sans-serif";
  const width = Math.max(0, ...(values ?? []).map((value) => u.ctx.measureText(value).width)) / devicePixelRatio;
  u.ctx.restore();
  return Math.ceil(width) + 14;
}

const part = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(format.locale, { ...options, timeZone: "UTC" });
const year = part({ year: "numeric" });
const month = part({ month: "short", year: "2-digit" });
const dayOfMonth = part({ day: "numeric", month: "short" });

function timeLabel(seconds: number, step: number): string {
  const date = new Date(seconds * 1000);
  return (step >= 360 * DAY ? year : step >= 27 * DAY ? month : dayOfMonth).format(date);
}
