// How the pages for those who have a key write things.
import { h } from "../dom";
import { locale } from "../format";

const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const whole = new Intl.NumberFormat(locale);

/** A moment in the reader's language and time zone. */
export const time = (rfc3339: string): HTMLElement => h("time", { datetime: rfc3339 }, moment.format(new Date(rfc3339)));

export const count = (number: number): string => whole.format(number);

/** What a scope lets somebody do. */
const SCOPES: Record<string, string> = {
  read: "read data and forecasts",
  jobs: "run jobs",
  models: "use models",
  connect: "connect servers",
  deploy: "deploy servers",
  approve: "approve requests",
  admin: "administrate",
};

export const scopes = (names: string[]): string => names.map((name) => SCOPES[name] ?? name).join(", ") || "nothing";
