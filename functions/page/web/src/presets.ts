// Questions that somebody has asked before: one click each.
import type { About } from "./engine";
import { seconds } from "./engine";
import type { Scenario, State } from "./state";
import { DEFAULT_HORIZON } from "./state";

interface Preset {
  label: string;
  about: string;
  apply: (state: State, network: About) => State;
}

/** Two digits are enough for a what-if. */
const round = (value: number): number => Number(value.toPrecision(2));

const onboarding = (network: About): number => network.fields.find((field) => field.name === "rbp")?.default ?? 3;

const today = (): Scenario => ({ name: "Today continues", values: {} });
const collapse = (network: About): Scenario => ({
  name: "Collapse",
  values: { rbp: round(onboarding(network) * 0.25), rr: 0.65, fpr: 0.6 },
});
const boom = (network: About): Scenario => ({
  name: "Boom",
  values: { rbp: round(onboarding(network) * 3), rr: 0.92, fpr: 0.95 },
});

const instead = (state: State, scenario: Scenario): State => ({
  ...state,
  scenarios: state.scenarios.map((one, nth) => (nth === state.active ? scenario : one)),
});

export const PRESETS: Preset[] = [
  {
    label: "Today continues",
    about: "Everything stays as in the last 30 days.",
    apply: (state) => instead(state, today()),
  },
  {
    label: "Collapse",
    about: "A quarter of today's onboarding, and a third of the storage is not renewed.",
    apply: (state, network) => instead(state, collapse(network)),
  },
  {
    label: "Boom",
    about: "Three times today's onboarding, almost all of it verified and renewed.",
    apply: (state, network) => instead(state, boom(network)),
  },
  {
    label: "Compare the three",
    about: "Today, collapse and boom side by side.",
    apply: (state, network) => ({ ...state, scenarios: [today(), collapse(network), boom(network)], active: 0 }),
  },
  {
    label: "End of vesting",
    about: "In October 2026 the last of the genesis allocations vests: what it means for the supply.",
    apply: (state) => ({
      ...instead(state, { name: "End of vesting", values: {} }),
      charts: ["total_day_vest", "circ_supply", "day_network_reward", "1y_sector_roi"],
      horizon: DEFAULT_HORIZON,
      zoom: [seconds("2025-01-01"), seconds("2028-12-31")],
    }),
  },
];

