// How each assumption is shown: its words, and the part of its range that a slider covers. Ranges, defaults and meanings come
// from the engine.
import type { Field } from "./engine";

export interface Control {
  field: string;
  label: string;
  /** Units of the field in one unit on show: 0.01 for a fraction that is shown as per cent. */
  scale: number;
  unit: string;
  /** What the slider covers, in units on show; typed values may go beyond. */
  low: number;
  high: number;
  step: number;
  /** Decimals on show. */
  decimals: number;
  hint: string;
  advanced?: true;
}

const percent = { scale: 0.01, unit: "%", low: 0, high: 100, step: 1, decimals: 1 };

export const CONTROLS: Control[] = [
  {
    field: "rbp",
    label: "New storage onboarded",
    scale: 1,
    unit: "PiB/day",
    low: 0,
    high: 20,
    step: 0.1,
    decimals: 2,
    hint: "Raw byte power that storage providers add each day.",
  },
  { field: "rr", label: "Renewal rate", ...percent, hint: "Share of expiring storage that is renewed." },
  { field: "fpr", label: "Filecoin Plus share", ...percent, hint: "Share of new storage with verified deals, which counts ten times." },
  {
    field: "lock_target",
    label: "Lock target",
    ...percent,
    high: 60,
    hint: "Share of the supply that the consensus pledge aims to lock.",
  },
  {
    field: "sector_duration_days",
    label: "Sector duration",
    scale: 1,
    unit: "days",
    low: 180,
    high: 1278,
    step: 1,
    decimals: 0,
    hint: "How long new sectors commit to store.",
  },
  {
    field: "daily_burnt_fil",
    label: "FIL burnt per day",
    scale: 1,
    unit: "FIL/day",
    low: 0,
    high: 100_000,
    step: 500,
    decimals: 0,
    hint: "Gas fees and penalties that leave the supply.",
    advanced: true,
  },
  {
    field: "fil_plus_multiplier",
    label: "Filecoin Plus multiplier",
    scale: 1,
    unit: "×",
    low: 1,
    high: 20,
    step: 0.5,
    decimals: 1,
    hint: "How much verified storage counts. The protocol's is 10.",
    advanced: true,
  },
  {
    field: "qa_renewal_multiplier",
    label: "Quality kept by renewals",
    scale: 1,
    unit: "×",
    low: 0,
    high: 3,
    step: 0.05,
    decimals: 2,
    hint: "Quality-adjusted power of renewed sectors by what they had.",
    advanced: true,
  },
  {
    field: "gamma",
    label: "Gamma (FIP-0081)",
    scale: 1,
    unit: "",
    low: 0,
    high: 1,
    step: 0.01,
    decimals: 2,
    hint: "Weight of simple minting in the consensus pledge.",
    advanced: true,
  },
];

export const SWITCH = {
  field: "use_available_supply",
  label: "Measure the pledge against the available supply",
};

/** What of the request is shown in units on show, without digits that come from binary fractions. */
export const shown = (control: Control, value: number): number => Number((value / control.scale).toPrecision(12));
export const given = (control: Control, value: number): number => Number((value * control.scale).toPrecision(12));

export const fieldOf = (fields: Field[], name: string): Field => {
  const field = fields.find((one) => one.name === name);
  if (!field) throw new Error(`the engine has no assumption ${name}`);
  return field;
};
