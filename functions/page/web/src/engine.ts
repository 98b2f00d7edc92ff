// The engine: the functions' own code as WebAssembly, and the network's data. Types of what crosses the border.
import init, { Network } from "../engine/index.js";

export interface Field {
  name: string;
  unit: string;
  meaning: string;
  advice: string;
  min: number | null;
  max: number | null;
  /** Today's default; null where a rule of the protocol decides. */
  default: number | null;
  default_in_words: string;
}

export interface SeriesInfo {
  name: string;
  unit: string;
  kind: string;
  meaning: string;
  looks_a_year_ahead: boolean;
  alias_of: string | null;
}

export interface About {
  source: string;
  start_date: string;
  current_date: string;
  fields: Field[];
  series: SeriesInfo[];
}

/** The body of a request to /simulate. */
export type Request = Record<string, number | boolean | string | string[]>;

/** Daily values from the first day of the history to the horizon. */
export interface Forecast {
  columns: Map<string, Float64Array>;
  /** Unix seconds of each day. */
  days: Float64Array;
  /** What to be careful of under these assumptions. */
  warnings: string[];
  /** What is to be said of the data, whatever is assumed. */
  aboutData: string[];
}

/** A request that the engine refuses: which fields, and why. */
export class Refused extends Error {
  constructor(readonly fields: { pointer: string; detail: string }[]) {
    super(fields.map((field) => `${field.pointer.slice(1)} ${field.detail}`.trim()).join("; "));
  }
}

export const DAY = 86_400;

export const seconds = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000;

/** Today's date in UTC, as the service takes it. */
export const today = (): string => new Date().toISOString().slice(0, 10);

export class Engine {
  readonly about: About;

  private constructor(
    private readonly network: Network,
    /** The network's data as the service gave them. */
    readonly wire: Uint8Array,
  ) {
    this.about = JSON.parse(network.about()) as About;
  }

  /** Loads the engine and the data, at the same time. The key is for services that ask for one. */
  static async load(key?: string): Promise<Engine> {
    const [, wire] = await Promise.all([init({ module_or_path: fetch("/page/engine.wasm") }), snapshot(key)]);
    return new Engine(new Network(wire), wire);
  }

  forecast(request: Request, series: string[]): Forecast {
    const answer = refusing(() => this.network.forecast(JSON.stringify({ ...request, output: series }), today()));
    const head = JSON.parse(answer.head()) as {
      input: { sim_start_date: string; n_entries: number };
      warnings: string[];
      about_data: string[];
    };
    const values = answer.values();
    answer.free();
    const count = head.input.n_entries;
    const first = seconds(head.input.sim_start_date);
    return {
      columns: new Map(series.map((name, nth) => [name, values.subarray(nth * count, (nth + 1) * count)])),
      days: Float64Array.from({ length: count }, (_, day) => first + day * DAY),
      warnings: head.warnings.filter((warning) => !head.about_data.includes(warning)),
      aboutData: head.about_data,
    };
  }

  /** The very text that /simulate answers. */
  json(request: Request): string {
    return refusing(() => this.network.json(JSON.stringify(request), today()));
  }

  csv(request: Request): string {
    return refusing(() => this.network.csv(JSON.stringify(request), today()));
  }
}

function refusing<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (typeof error === "string") throw new Refused(JSON.parse(error));
    throw error;
  }
}

/** The service answers only those who have a key. */
export class KeyNeeded extends Error {}

async function snapshot(key?: string): Promise<Uint8Array> {
  const reply = await fetch("/snapshot/current", key ? { headers: { authorization: `Bearer ${key}` } } : {});
  if (reply.status === 401) throw new KeyNeeded();
  if (!reply.ok) {
    const problem = (await reply.json().catch(() => null)) as { detail?: string } | null;
    throw new Error(problem?.detail ?? `The service answered ${reply.status}.`);
  }
  return new Uint8Array(await reply.arrayBuffer());
}
