// Ranges around a forecast: what the runs of a sweep say when assumptions come out otherwise, or what errors of past forecasts say.
import type { Accuracy } from "./accuracy";
import type { About, Forecast, SeriesInfo } from "./engine";
import { DAY, seconds } from "./engine";
import type { Assumption, Scenario } from "./state";

/** Low and high values by day; NaN where there is no range. The wider one comes first. */
export type Bands = [low: Float64Array, high: Float64Array][];

/** What a reader can choose, by what the link says. */
export const CHOICES: [choice: string, label: string][] = [
  ["", "none"],
  ["past", "by past errors"],
  ["10", "± 10 %"],
  ["25", "± 25 %"],
  ["50", "± 50 %"],
];

/** The assumptions that nobody knows of the future; the others are rules, or a choice. */
const VARIED = ["rbp", "rr", "fpr"];
const RUNS = 200;

/** The body of POST /simulate/sweep: each run draws its own onboarding, renewal rate and Filecoin Plus share. */
export function requestOf(scenario: Scenario, horizon: number, output: string[], percent: number, about: About): Record<string, unknown> | null {
  // The answer is weekly: so that the last day lies between two weeks.
  const assumptions: Record<string, Assumption> = { ...scenario.values, forecast_length_days: Math.min(7300, horizon + 6) };
  const distributions: Record<string, unknown> = {};
  for (const name of VARIED) {
    const field = about.fields.find((one) => one.name === name);
    const mode = assumptions[name] ?? field?.default;
    if (typeof mode !== "number") continue;
    const low = mode * (1 - percent / 100);
    const high = Math.min(field?.max ?? Infinity, mode * (1 + percent / 100));
    if (!(low < high)) continue;
    distributions[name] = { triangular: { low, mode, high } };
    delete assumptions[name];
  }
  if (Object.keys(distributions).length === 0) return null;
  return { assumptions, draws: { n: RUNS, seed: 1, distributions }, output: [...new Set(output)], resolution: "weekly" };
}

interface Reply {
  input: { sim_start_date: string; n_entries: number };
  percentiles: Record<string, Record<"p5" | "p25" | "p75" | "p95", (number | null)[]>>;
}

/** A sweep's percentiles, from its weeks to days. */
export function bandsOf(reply: Reply, name: string, { days }: Forecast): Bands {
  const found = reply.percentiles[name];
  if (!found) return [];
  const offset = Math.round((seconds(reply.input.sim_start_date) - (days[0] ?? 0)) / DAY);
  const daily = (weekly: (number | null)[]): Float64Array => {
    const values = new Float64Array(days.length).fill(Number.NaN);
    for (let week = 0; week < weekly.length; week++) {
      const [here, next] = [weekly[week] ?? Number.NaN, weekly[week + 1] ?? Number.NaN];
      const start = offset + 7 * week;
      values[start] = here;
      for (let day = 1; day < 7 && week + 1 < weekly.length && start + day < days.length; day++) values[start + day] = here + ((next - here) * day) / 7;
    }
    return values;
  };
  return [
    [daily(found.p5), daily(found.p95)],
    [daily(found.p25), daily(found.p75)],
  ];
}

/** The range that held nine of ten outcomes of the past, around a default forecast. */
export function pastErrors(accuracy: Accuracy, series: SeriesInfo, { days, columns }: Forecast, current: number): Bands {
  const band = accuracy.band(series);
  const values = columns.get(series.name);
  if (!band || !values) return [];
  const [low, high] = [new Float64Array(days.length).fill(Number.NaN), new Float64Array(days.length).fill(Number.NaN)];
  const today = Math.round((current - (days[0] ?? 0)) / DAY);
  for (let day = 0; day <= band.days && today + day < days.length; day++) {
    const [least, most] = band.at(day);
    low[today + day] = (values[today + day] ?? Number.NaN) * least;
    high[today + day] = (values[today + day] ?? Number.NaN) * most;
  }
  return [[low, high]];
}

/** Asks a worker, which is started with the first question. The last question alone is answered. */
export class Sweeps {
  private worker: Worker | null = null;
  private last = 0;
  private waits = false;
  private then: (() => void) | null = null;

  constructor(
    private readonly wire: Uint8Array,
    private readonly failed: (why: string) => void,
  ) {}

  ask(request: Record<string, unknown>, answered: (reply: Reply) => void): void {
    const nth = ++this.last;
    const send = (): void => {
      this.waits = true;
      this.started().postMessage({ nth, request: JSON.stringify(request) });
    };
    const worker = this.started();
    worker.onmessage = ({ data }: MessageEvent<{ nth: number; reply?: string; failed?: string }>) => {
      this.waits = false;
      if (data.nth !== this.last) this.then?.();
      else if (data.reply !== undefined) answered(JSON.parse(data.reply) as Reply);
      else this.failed(data.failed ?? "");
      this.then = null;
    };
    // A worker computes one after the other: questions that a slider passed by are not asked.
    if (this.waits) this.then = send;
    else send();
  }

  private started(): Worker {
    if (!this.worker) {
      this.worker = new Worker("/page/ranges.js", { type: "module" });
      this.worker.onerror = () => this.failed("The part of the page that computes them could not be loaded.");
      this.worker.postMessage({ wire: this.wire });
    }
    return this.worker;
  }
}
