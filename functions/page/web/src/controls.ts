// The assumptions of the active scenario: a slider and a typed value each.
import type { Control } from "./assumptions";
import { CONTROLS, SWITCH, fieldOf, given, shown } from "./assumptions";
import { h } from "./dom";
import type { About, Field } from "./engine";
import * as format from "./format";
import type { Assumption, Scenario } from "./state";
import { clamp } from "./state";

export interface Listener {
  changed: (field: string, value: Assumption | null) => void;
  horizon: (days: number) => void;
}

interface Row {
  control: Control;
  field: Field;
  slider: HTMLInputElement;
  typed: HTMLInputElement;
  reset: HTMLButtonElement;
  error: HTMLElement;
  element: HTMLElement;
}

const DAYS_OF_YEAR = 365;

export class Controls {
  private readonly rows: Row[];
  private readonly supply = h("input", { type: "checkbox", id: "use_available_supply" });
  private readonly years = h("input", { type: "range", min: 1, max: 20, step: 1, id: "horizon", "aria-describedby": "horizon-note" });
  private readonly yearsTyped = h("input", { type: "number", min: 1, max: 20, step: "any", "aria-label": "Horizon in years" });

  constructor(leading: HTMLElement, advanced: HTMLElement, about: About, listener: Listener) {
    this.rows = CONTROLS.map((control) => row(control, fieldOf(about.fields, control.field), listener));
    for (const { control, element } of this.rows) (control.advanced ? advanced : leading).append(element);
    const available = fieldOf(about.fields, SWITCH.field);
    this.supply.addEventListener("change", () => listener.changed(SWITCH.field, this.supply.checked || null));
    advanced.append(
      h(
        "div",
        { class: "control is-switch" },
        h("label", { for: "use_available_supply" }, this.supply, ` ${SWITCH.label}`),
        h("p", { class: "note" }, `${available.advice} Default: no.`),
      ),
    );
    this.years.addEventListener("input", () => listener.horizon(Number(this.years.value) * DAYS_OF_YEAR));
    this.yearsTyped.addEventListener("change", () => {
      const years = Number(this.yearsTyped.value);
      if (years > 0) listener.horizon(clamp(Math.round(years * DAYS_OF_YEAR), 1, 7300));
    });
    leading.append(
      h(
        "div",
        { class: "control" },
        h("div", { class: "control-head" }, h("label", { for: "horizon" }, "Horizon, all scenarios"), typedWith(this.yearsTyped, "years")),
        this.years,
        h("p", { class: "note", id: "horizon-note" }, "Default: 10 years. 1 to 20."),
      ),
    );
  }

  show(scenario: Scenario, horizon: number): void {
    for (const row of this.rows) {
      const own = scenario.values[row.field.name];
      const value = typeof own === "number" ? own : (row.field.default ?? (row.control.field === "gamma" ? 1 : 0));
      const onShow = shown(row.control, value);
      row.slider.value = String(onShow);
      row.slider.setAttribute("aria-valuetext", `${format.plain(onShow, row.control.decimals)} ${row.control.unit}`);
      if (document.activeElement !== row.typed) row.typed.value = String(Number(onShow.toFixed(row.control.decimals)));
      row.reset.hidden = own === undefined;
      row.element.classList.toggle("is-changed", own !== undefined);
      row.error.textContent = "";
      row.typed.removeAttribute("aria-invalid");
    }
    this.supply.checked = scenario.values[SWITCH.field] === true;
    const years = horizon / DAYS_OF_YEAR;
    this.years.value = String(years);
    this.years.setAttribute("aria-valuetext", `${format.plain(years, 2)} years`);
    if (document.activeElement !== this.yearsTyped) this.yearsTyped.value = String(Number(years.toFixed(2)));
  }

  /** Shows why values are refused beside them; gives back what has no place there. */
  refuse(fields: { pointer: string; detail: string }[]): string[] {
    const left = [];
    for (const { pointer, detail } of fields) {
      const row = this.rows.find(({ field }) => pointer === `/${field.name}`);
      if (row) {
        row.error.textContent = `It ${detail}.`;
        row.typed.setAttribute("aria-invalid", "true");
      } else left.push(`${pointer.slice(1)} ${detail}`);
    }
    return left;
  }
}

const typedWith = (input: HTMLInputElement, unit: string): HTMLElement =>
  h("span", { class: "typed" }, input, h("span", { class: "unit", "aria-hidden": "true" }, unit));

function row(control: Control, field: Field, listener: Listener): Row {
  const [id, note, wrong] = [`in-${field.name}`, `note-${field.name}`, `error-${field.name}`];
  const [low, high] = [Math.max(control.low, shown(control, field.min ?? control.low)), control.high];
  const slider = h("input", { type: "range", id, min: low, max: high, step: "any", "aria-describedby": note });
  const typed = h("input", {
    type: "number",
    step: "any",
    inputmode: "decimal",
    "aria-label": `${control.label}${control.unit ? `, ${control.unit}` : ""}`,
    "aria-describedby": `${note} ${wrong}`,
    "data-field": field.name,
  });
  const reset = h("button", { type: "button", class: "reset", "aria-label": `${control.label}: back to the default` }, "Reset");
  const error = h("p", { class: "error", id: wrong, role: "alert" });
  const ask = (onShow: number): void => listener.changed(field.name, given(control, onShow));
  // The default is rarely on a step, so the slider has none of its own and its values are rounded here.
  slider.addEventListener("input", () => ask(Number((Math.round(Number(slider.value) / control.step) * control.step).toPrecision(10))));
  slider.addEventListener("keydown", (event) => {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = (Math.round(Number(slider.value) / control.step) + by) * control.step;
    ask(clamp(Number(next.toPrecision(10)), low, high));
  });
  typed.addEventListener("change", () => {
    if (typed.value.trim() === "") listener.changed(field.name, null);
    else ask(Number(typed.value));
  });
  reset.addEventListener("click", () => {
    listener.changed(field.name, null);
    slider.focus();
  });
  const element = h(
    "div",
    { class: "control" },
    h("div", { class: "control-head" }, h("label", { for: id }, control.label), typedWith(typed, control.unit)),
    slider,
    h("div", { class: "control-foot" }, h("p", { class: "note", id: note, title: `${field.meaning} ${field.advice}` }, noteOf(control, field)), reset),
    error,
  );
  return { control, field, slider, typed, reset, error, element };
}

/** Hint, default and range. */
function noteOf(control: Control, field: Field): string {
  const unit = control.unit === "%" ? " %" : "";
  const value = field.default === null ? "" : `${format.plain(shown(control, field.default), control.decimals)}${unit}`;
  // Words that begin with the number again.
  const words = value ? field.default_in_words.replace(/^[\d.]+(, )?/, "") : field.default_in_words;
  const range =
    field.min === null || field.max === null
      ? ""
      : ` ${format.plain(shown(control, field.min), 0)} to ${format.plain(shown(control, field.max), 0)}${unit}.`;
  return `${control.hint} Default: ${[value, words].filter(Boolean).join(", ")}.${range}`;
}
