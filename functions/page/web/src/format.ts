// Numbers and dates as the reader's locale writes them.
import type { SeriesInfo } from "./engine";

/** The reader's locale; English where the browser names one that is none (`en-US@posix`). */
export const locale: string = ((): string => {
  try {
    return Intl.getCanonicalLocales(navigator.language)[0] ?? "en";
  } catch {
    return "en";
  }
})();

const formats = new Map<string, Intl.NumberFormat>();

function written(value: number, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale, options)));
  return format.format(value);
}

/** What a reader calls a series; those that are not here go by their name. */
const TITLES: Record<string, string> = {
  "1y_sector_roi": "Return on pledge, one year",
  "1y_return_per_sector": "Block rewards of one year",
  circ_supply: "Circulating supply",
  available_supply: "Available supply",
  network_locked: "Locked FIL",
  network_locked_pledge: "Locked as pledge",
  network_locked_reward: "Locked as vesting rewards",
  network_RBP_EIB: "Raw byte power",
  network_QAP_EIB: "Quality-adjusted power",
  network_baseline_EIB: "Baseline",
  day_pledge_per_QAP: "Pledge for a new sector",
  day_rewards_per_sector: "Daily reward of a sector",
  day_network_reward: "Minted per day",
  total_day_vest: "Vesting per day",
  total_vest: "Vested since the start",
  network_gas_burn: "Burnt since the start",
  full_renewal_rate: "Renewal rate",
  day_locked_pledge: "Pledge locked per day",
  day_renewed_pledge: "Pledge locked again for renewals",
  rb_day_onboarded_power_pib: "Raw power onboarded",
  day_onboarded_power_QAP_PIB: "Quality-adjusted power onboarded",
  rb_day_renewed_power_pib: "Raw power renewed",
  day_renewed_power_QAP_PIB: "Quality-adjusted power renewed",
  rb_sched_expire_power_pib: "Raw power that expires",
  qa_sched_expire_power_pib: "Quality-adjusted power that expires",
  cum_network_reward: "Minted since the start",
  cum_simple_reward: "Minted by simple minting",
  cum_baseline_reward: "Minted by baseline minting",
  capped_power_EIB: "Power that counts for baseline minting",
  network_time: "Effective network time",
};

export function title(name: string): string {
  const known = TITLES[name];
  if (known) return known;
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The unit as it stands beside a title. */
export function unit(series: SeriesInfo): string {
  switch (series.unit) {
    case "fraction":
      return "% of the pledge";
    case "FIL per 32 GiB of quality-adjusted power":
      return "FIL per 32 GiB QAP";
    case "FIL/day per 32 GiB of quality-adjusted power":
      return "FIL a day per 32 GiB QAP";
    default:
      return series.unit;
  }
}

/** The unit behind a number. */
function suffix(unit: string): string {
  if (unit === "fraction") return "";
  return ` ${unit.replace(/ per 32 GiB of quality-adjusted power$/, "")}`;
}

/** A value with its unit, in about four digits. */
export function value(number: number | null | undefined, series: SeriesInfo): string {
  if (number == null || Number.isNaN(number)) return "no value";
  if (series.unit === "fraction") return written(number, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const size = Math.abs(number);
  const options: Intl.NumberFormatOptions =
    size >= 1e5 ? { notation: "compact", maximumSignificantDigits: 4 } : { maximumSignificantDigits: 4 };
  return written(number, options) + suffix(series.unit);
}

/** The values of an axis, all with the decimals that tell neighbours apart. */
export function ticks(values: number[], series: SeriesInfo): string[] {
  const step = Math.abs((values[1] ?? 1) - (values[0] ?? 0)) || 1;
  if (series.unit === "fraction") {
    const digits = Math.max(0, Math.ceil(-Math.log10(step * 100) - 1e-9));
    return values.map((tick) => written(tick, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  const largest = Math.max(...values.map(Math.abs));
  if (largest >= 1e5) return values.map((tick) => written(tick, { notation: "compact", maximumSignificantDigits: 4 }));
  const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return values.map((tick) => written(tick, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
}

/** A share in two digits. */
export const share = (number: number): string => written(number, { style: "percent", maximumSignificantDigits: 2 });

/** A number as a person types one, with at most so many decimals. */
export const plain = (number: number, decimals: number): string => written(number, { maximumFractionDigits: decimals });

const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** A day given in Unix seconds. */
export const date = (seconds: number): string => day.format(new Date(seconds * 1000));

/** The same as ISO 8601 writes it. */
export const isoDate = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
