// The page: one state, and everything on the page drawn from it.
import { Accuracy } from "./accuracy";
import type { Picture } from "./chart";
import { Chart } from "./chart";
import { Controls } from "./controls";
import { byId, h, save } from "./dom";
import type { Forecast, SeriesInfo } from "./engine";
import { DAY, Engine, KeyNeeded, Refused, seconds, today } from "./engine";
import * as format from "./format";
import { png } from "./picture";
import { PRESETS } from "./presets";
import type { Bands } from "./ranges";
import { CHOICES, Sweeps, bandsOf, pastErrors, requestOf } from "./ranges";
import * as share from "./share";
import type { Scenario, State } from "./state";
import { MOST_SCENARIOS, fromLink, toLink } from "./state";
import type { Rows } from "./table";
import { table } from "./table";
import { isDark, themes } from "./theme";

/** The figures above the charts: a series, and what it is called there. */
const FIGURES: [series: string, title: string][] = [
  ["1y_sector_roi", "Return on pledge"],
  ["circ_supply", "Circulating supply"],
  ["network_QAP_EIB", "Quality-adjusted power"],
  ["day_pledge_per_QAP", "Pledge per 32 GiB"],
];
const YEAR = 365 * DAY;
/** Parts of the time that a click shows: years around the current date. */
const SPANS: [label: string, before: number, after: number][] = [
  ["1 year", 0.5, 1],
  ["3 years", 1, 3],
  ["5 years", 1, 5],
];

/** Charts that a first visit sees at once; the others are drawn a moment later. */
const FIRST_CHARTS = 2;

interface Card {
  chart: Chart;
  element: HTMLElement;
  select: HTMLSelectElement;
  unit: HTMLElement;
  meaning: HTMLElement;
}

class Page {
  private state: State;
  private readonly controls: Controls;
  private readonly cards: Card[] = [];
  private readonly known = new Map<string, Forecast>();
  private readonly series: Map<string, SeriesInfo>;
  private readonly current: number;
  private readonly sweeps: Sweeps;
  private accuracy: Accuracy | null = null;
  /** Whether it is known if there is any: before, its place is kept. */
  private isJudged = false;
  private told = "";
  /** The sweep that was asked for last, and the ranges that came of it. */
  private swept: { key: string; bands: Map<string, Bands> | null } = { key: "", bands: null };
  private sweeping = 0;
  /** Charts of the first draw that are not drawn yet. */
  private staged = 0;
  private linked = 0;
  private planned = 0;

  constructor(private readonly engine: Engine) {
    const { about } = engine;
    this.series = new Map(about.series.map((series) => [series.name, series]));
    this.current = seconds(about.current_date);
    this.state = this.fromAddress();
    this.sweeps = new Sweeps(engine.wire, (why) => (byId("ranges-note").textContent = `There are no ranges. ${why}`));
    this.controls = new Controls(byId("leading"), byId("advanced"), about, {
      changed: (field, value) => {
        const values = { ...this.active.values };
        if (value === null) delete values[field];
        else values[field] = value;
        this.change({ scenarios: this.state.scenarios.map((one, nth) => (nth === this.state.active ? { ...one, values } : one)) });
      },
      horizon: (horizon) => this.change({ horizon }),
    });
    this.presets();
    this.tools();
    this.panel();
    byId("data").replaceChildren(...this.source());
    addEventListener("hashchange", () => {
      if (location.hash.slice(1) === toLink(this.state)) return;
      this.state = this.fromAddress();
      this.show();
    });
    themes(byId<HTMLButtonElement>("theme"), () => {
      for (const { chart } of this.cards) {
        chart.discard();
        chart.draw();
      }
    });
    this.show();
    // After the first charts: they need no figures of the past.
    setTimeout(() => void this.loadAccuracy(), 300);
  }

  private async loadAccuracy(): Promise<void> {
    this.accuracy = await Accuracy.load();
    this.isJudged = true;
    this.change({});
  }

  private fromAddress(): State {
    const { about } = this.engine;
    return fromLink(
      location.hash,
      about.fields.map((field) => field.name),
      about.series.map((series) => series.name),
    );
  }

  private get active(): Scenario {
    return this.state.scenarios[this.state.active] ?? { name: "Scenario", values: {} };
  }

  private change(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
    // As often as the screen shows something new, however fast a slider moves.
    this.planned ||= requestAnimationFrame(() => {
      this.planned = 0;
      this.show();
    });
    clearTimeout(this.linked);
    this.linked = setTimeout(() => {
      const link = toLink(this.state);
      history.replaceState(null, "", link ? `#${link}` : location.pathname);
    }, 200);
  }

  private show(): void {
    performance.mark("redraw-start");
    this.controls.show(this.active, this.state.horizon);
    this.scenarios();
    const problem = byId("problem");
    let pictures: Picture[];
    try {
      pictures = this.pictures();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const left = this.controls.refuse(error.fields);
      problem.textContent = left.join("; ");
      problem.hidden = left.length === 0;
      return;
    }
    problem.hidden = true;
    const isTable = this.state.view === "table";
    byId("charts").hidden = isTable;
    byId("table").hidden = !isTable;
    byId("rows-label").hidden = !isTable;
    byId("view-charts").setAttribute("aria-pressed", String(!isTable));
    byId("view-table").setAttribute("aria-pressed", String(isTable));
    this.spans();
    this.warnings();
    this.past();
    this.figures();
    if (isTable) byId("table").replaceChildren(table(pictures, byId<HTMLSelectElement>("rows").value as Rows));
    else this.charts(pictures);
    performance.measure("redraw", "redraw-start");
    document.documentElement.dataset.ready = "yes";
    if (this.staged === 0) document.documentElement.dataset.drawn = "yes";
  }

  /** The forecasts of all scenarios, a chart each series. */
  private pictures(): Picture[] {
    const forecasts = this.state.scenarios.map((scenario) => this.forecast(scenario));
    const bands = this.ranges(forecasts[this.state.active]);
    return this.state.charts.map((name) => ({
      series: this.info(name),
      days: forecasts[0]?.days ?? new Float64Array(),
      current: this.current,
      lines: forecasts.map(({ columns }, nth) => ({
        name: this.state.scenarios[nth]?.name ?? "",
        values: columns.get(name) ?? new Float64Array(),
      })),
      active: this.state.active,
      zoom: this.state.zoom,
      bands: bands(name),
    }));
  }

  /** The ranges around the active scenario, by the series' name; a sweep's come later, and the page is drawn again then. */
  private ranges(forecast: Forecast | undefined): (name: string) => Bands {
    const { ranges, horizon, charts } = this.state;
    const note = byId("ranges-note");
    byId<HTMLSelectElement>("ranges").value = ranges;
    note.hidden = ranges === "";
    if (ranges === "" || !forecast) return () => [];
    if (ranges === "past") {
      const isDefault = Object.keys(this.active.values).length === 0;
      const found = (name: string): Bands => (this.accuracy && isDefault ? pastErrors(this.accuracy, this.info(name), forecast, this.current) : []);
      const without = charts.filter((name) => found(name).length === 0).map((name) => format.title(name));
      note.textContent = isDefault
        ? `Shaded: where nine of ten outcomes lay, by the errors of past forecasts, as far ahead as that held.${without.length > 0 ? ` It held at no distance for: ${without.join(", ")}.` : ""}`
        : "Errors of past forecasts say something about the forecast that assumes nothing. This scenario has assumptions of its own.";
      return found;
    }
    const request = requestOf(this.active, horizon, charts, Number(ranges), this.engine.about);
    if (!request) {
      note.textContent = "Onboarding, renewal rate and Filecoin Plus share are all zero here, so they cannot differ.";
      return () => [];
    }
    const key = JSON.stringify(request);
    if (key !== this.swept.key) {
      this.swept = { key, bands: null };
      clearTimeout(this.sweeping);
      // When a slider rests.
      this.sweeping = setTimeout(() => {
        this.sweeps.ask(request, (reply) => {
          if (key !== this.swept.key) return;
          this.swept.bands = new Map(charts.map((name) => [name, bandsOf(reply, name, forecast)]));
          performance.mark("ranges");
          this.change({});
        });
      }, 150);
    }
    const { bands } = this.swept;
    note.textContent = bands
      ? `Shaded: nine of ten, and half, of 200 forecasts in which onboarding, renewal rate and Filecoin Plus share each differ from those of "${this.active.name}" by up to ${ranges} %, every day alike. It says what such differences come to, not how likely they are.`
      : "Computing the ranges…";
    return (name) => bands?.get(name) ?? [];
  }

  /** How right forecasts of past days were, of the series on show. */
  private past(): void {
    const { charts } = this.state;
    // A slider's move changes nothing of it.
    const key = `${this.isJudged} ${charts.join()}`;
    if (key === this.told) return;
    this.told = key;
    const judged = this.accuracy?.judged(charts.map((name) => this.info(name))) ?? [];
    byId("accuracy").hidden = this.isJudged && judged.length === 0;
    if (!this.accuracy || judged.length === 0) return;
    byId("accuracy-title").textContent = this.accuracy.sentence(judged);
    byId("accuracy-table").replaceChildren(this.accuracy.table(judged));
  }

  private forecast(scenario: Scenario): Forecast {
    const names = [...new Set([...this.state.charts, ...FIGURES.map(([name]) => name)])];
    const request = { ...scenario.values, forecast_length_days: this.state.horizon };
    const key = JSON.stringify([request, names]);
    let forecast = this.known.get(key);
    if (!forecast) {
      forecast = this.engine.forecast(request, names);
      // What a slider passed by is not needed again.
      if (this.known.size >= 2 * MOST_SCENARIOS) this.known.clear();
      this.known.set(key, forecast);
    }
    return forecast;
  }

  private info(name: string): SeriesInfo {
    const info = this.series.get(name);
    if (!info) throw new Error(`no series ${name}`);
    return info;
  }

  private source(): (Node | string)[] {
    const { current_date, source } = this.engine.about;
    const age = Math.round((seconds(today()) - this.current) / DAY);
    const text = `Network data through ${format.date(this.current)}, ${age === 1 ? "1 day" : `${format.plain(age, 0)} days`} old`;
    const element = h("time", { datetime: current_date }, text);
    return [element, ` · source: ${source}`];
  }

  /** On a narrow screen the assumptions are a sheet below the charts, which a button opens. */
  private panel(): void {
    const [button, panel] = [byId("panel-toggle"), byId("panel")];
    const open = (isOpen: boolean): void => {
      document.body.classList.toggle("has-panel", isOpen);
      button.setAttribute("aria-expanded", String(isOpen));
      button.textContent = isOpen ? "Done" : "Change assumptions";
      if (isOpen) byId(this.state.view === "table" ? "table" : "charts").scrollIntoView();
    };
    button.addEventListener("click", () => open(!document.body.classList.contains("has-panel")));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !document.body.classList.contains("has-panel")) return;
      open(false);
      button.focus();
    });
  }

  private presets(): void {
    byId("presets").append(
      ...PRESETS.map((preset) =>
        h(
          "button",
          {
            type: "button",
            class: "preset",
            title: preset.about,
            onclick: () => this.change(preset.apply(this.state, this.engine.about)),
          },
          preset.label,
        ),
      ),
    );
  }

  private scenarios(): void {
    const { scenarios, active } = this.state;
    const box = byId("scenarios");
    const typing = box.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
    // A name that is being typed is not taken away from under the cursor.
    if (typing && box.childElementCount === scenarios.length) return;
    const focused = box.contains(document.activeElement) ? [...box.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement) : -1;
    box.replaceChildren(
      ...scenarios.map((scenario, nth) => {
        const choose = h(
          "button",
          { type: "button", class: "swatch", "aria-pressed": nth === active, "aria-label": `Change the assumptions of ${scenario.name}`, onclick: () => this.change({ active: nth }) },
        );
        const name = h("input", {
          type: "text",
          value: scenario.name,
          maxlength: 60,
          "aria-label": `Name of scenario ${nth + 1}`,
          onfocus: () => this.state.active !== nth && this.change({ active: nth }),
          oninput: (event: Event) => {
            const typed = (event.target as HTMLInputElement).value;
            this.change({ scenarios: this.state.scenarios.map((one, index) => (index === nth ? { ...one, name: typed } : one)) });
          },
        });
        const parts: Node[] = [choose, name];
        if (scenarios.length > 1) {
          parts.push(
            h(
              "button",
              {
                type: "button",
                class: "icon-button",
                "aria-label": `Remove ${scenario.name}`,
                onclick: () => {
                  const left = this.state.scenarios.filter((_, index) => index !== nth);
                  this.change({ scenarios: left, active: Math.min(this.state.active, left.length - 1) });
                },
              },
              "✕",
            ),
          );
        }
        return h("div", { class: `scenario s${nth}${nth === active ? " is-active" : ""}` }, ...parts);
      }),
    );
    if (focused >= 0) box.querySelectorAll("button")[focused]?.focus();
    byId<HTMLButtonElement>("add").disabled = scenarios.length >= MOST_SCENARIOS;
  }

  private warnings(): void {
    const list = (id: string, warnings: string[]): void =>
      byId(id).replaceChildren(...warnings.map((warning) => h("li", {}, warning)));
    // Of every scenario: numbers without meaning are drawn too.
    const { scenarios } = this.state;
    const told = scenarios.flatMap((scenario) =>
      this.forecast(scenario).warnings.map((warning) => (scenarios.length > 1 ? `${scenario.name}: ${warning}` : warning)),
    );
    list("warnings", told);
    const { aboutData } = this.forecast(this.active);
    list("data-warnings", aboutData);
    byId("data-warnings-title").textContent = `${aboutData.length === 1 ? "One thing" : `${aboutData.length} things`} to know about the data`;
    byId("data-warnings-box").hidden = aboutData.length === 0;
  }

  private figures(): void {
    const forecast = this.forecast(this.active);
    const first = forecast.days[0] ?? 0;
    const at = (name: string, day: number): number | undefined => forecast.columns.get(name)?.[Math.round((day - first) / DAY)];
    const figure = ([name, title]: [string, string]): HTMLElement => {
      const info = this.info(name);
      const [now, then] = [at(name, this.current), at(name, this.current + YEAR)];
      const parts: (Node | string)[] = [h("dt", {}, title), h("dd", { class: "now" }, format.value(now, info))];
      if (now !== undefined && then !== undefined && now === now && then === then) {
        const change = then - now;
        const direction = Math.abs(change) < Math.abs(now) * 0.0005 ? "→" : change > 0 ? "↗" : "↘";
        parts.push(h("dd", { class: "then" }, h("span", { "aria-hidden": "true" }, `${direction} `), `${format.value(then, info)} in 1 year`));
      }
      return h("dl", {}, ...parts);
    };
    byId("figures").replaceChildren(...FIGURES.map(figure));
    byId("figures").className = `figures s${this.state.active}`;
  }

  private spans(): void {
    const { zoom, horizon } = this.state;
    const shown = (from: number, to: number): boolean => zoom !== null && zoom[0] === from && zoom[1] === to;
    const spans = SPANS.filter(([, , after]) => after * 365 <= horizon).map(([label, before, after]): [string, [number, number]] => [
      label,
      [this.current - Math.round(before * 365) * DAY, this.current + after * YEAR],
    ]);
    const button = (label: string, pressed: boolean, next: [number, number] | null): HTMLElement =>
      h("button", { type: "button", "aria-pressed": pressed, onclick: () => this.change({ zoom: next }) }, label);
    const box = byId("spans");
    const focused = [...box.children].indexOf(document.activeElement ?? box);
    box.replaceChildren(
      ...spans.map(([label, [from, to]]) => button(label, shown(from, to), [from, to])),
      button("All", zoom === null, null),
    );
    if (focused >= 0) (box.children[focused] as HTMLElement | undefined)?.focus();
  }

  private charts(pictures: Picture[]): void {
    const isFirst = this.cards.length === 0;
    const later: (() => void)[] = [];
    while (this.cards.length > pictures.length) this.cards.pop()?.element.remove();
    pictures.forEach((picture, nth) => {
      const card = this.cards[nth] ?? this.card(nth);
      const { series } = picture;
      card.select.value = series.name;
      card.unit.textContent = format.unit(series);
      card.meaning.textContent = series.meaning;
      card.element.classList.toggle("is-compared", picture.lines.length > 1);
      if (isFirst && nth >= FIRST_CHARTS) later.push(() => card.chart.show(picture));
      else card.chart.show(picture);
    });
    this.staged = later.length;
    // One after the other, so that the page answers in between.
    const next = (): void => {
      // A redraw in between has shown all of them.
      if (this.staged === 0) return;
      later[later.length - this.staged]?.();
      if (--this.staged > 0) setTimeout(next);
      else document.documentElement.dataset.drawn = "yes";
    };
    if (this.staged > 0) setTimeout(next);
  }

  private card(nth: number): Card {
    const chart = new Chart({
      zoomed: (zoom) => this.change({ zoom }),
      spoken: (text) => (byId("spoken").textContent = text),
    });
    const options = this.engine.about.series
      .filter((series) => series.alias_of === null || /QAP|RBP/.test(series.name))
      .filter((series) => series.kind !== "index" && series.kind !== "constant" && !/^(rb|qa)_total/.test(series.name))
      .map((series): [string, HTMLElement] => [format.title(series.name), h("option", { value: series.name }, format.title(series.name))])
      .sort(([one], [other]) => one.localeCompare(other));
    const select = h(
      "select",
      {
        "aria-label": `Series of chart ${nth + 1}`,
        onchange: () => this.change({ charts: this.state.charts.map((name, index) => (index === nth ? select.value : name)) }),
      },
      ...options.map(([, option]) => option),
    );
    const unit = h("span", { class: "unit" });
    const meaning = h("p", { class: "meaning" });
    const picture = h("button", { type: "button", class: "small", onclick: () => void this.png(nth) }, "PNG");
    const element = h(
      "figure",
      { class: "card" },
      h("figcaption", {}, h("div", { class: "card-head" }, h("h2", {}, select), unit, picture), h("div", { class: "card-read" }, chart.readout, chart.when)),
      chart.plot,
      h("details", { class: "about" }, h("summary", {}, "What this is"), meaning),
    );
    byId("charts").append(element);
    const card = { chart, element, select, unit, meaning };
    this.cards[nth] = card;
    return card;
  }

  private async png(nth: number): Promise<void> {
    const [card, name] = [this.cards[nth], this.state.charts[nth]];
    if (!card || !name) return;
    const info = this.info(name);
    const { current_date, source } = this.engine.about;
    const names = this.state.scenarios.map((scenario) => scenario.name);
    const note = `Data through ${current_date} (${source}), forecast by MechaFil Edge, ${location.host}`;
    save(`${name}.png`, await png(card.chart, format.title(name), format.unit(info), names, note));
  }

  private tools(): void {
    byId("add").addEventListener("click", () => {
      const { scenarios } = this.state;
      if (scenarios.length >= MOST_SCENARIOS) return;
      const copy = { name: `Scenario ${scenarios.length + 1}`, values: { ...this.active.values } };
      this.change({ scenarios: [...scenarios, copy], active: scenarios.length });
    });
    byId("view-charts").addEventListener("click", () => this.change({ view: "charts" }));
    byId("view-table").addEventListener("click", () => this.change({ view: "table" }));
    byId("ranges").append(...CHOICES.map(([choice, label]) => h("option", { value: choice }, label)));
    byId("ranges").addEventListener("change", () => this.change({ ranges: byId<HTMLSelectElement>("ranges").value }));
    byId("rows").addEventListener("change", () => this.show());
    byId("csv").addEventListener("click", () => {
      const csv = this.engine.csv(share.requestOf(this.state, this.active));
      const name = this.active.name.replaceAll(/[^\p{L}\p{N}]+/gu, "-").toLowerCase();
      save(`filecoin-${name}.csv`, new Blob([csv], { type: "text/csv" }));
    });
    const dialog = byId<HTMLDialogElement>("share-dialog");
    byId("share").addEventListener("click", () => {
      this.forms();
      dialog.showModal();
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }

  private forms(): void {
    const request = share.requestOf(this.state, this.active);
    const link = toLink(this.state);
    const { origin, pathname } = location;
    const name = this.active.name;
    const forms: [string, string, string][] = [
      ["This page", "Everything on show: scenarios, charts, zoom.", `${origin}${pathname}${link ? `#${link}` : ""}`],
      ["curl", `The numbers of "${name}", weekly, as JSON.`, share.curl(origin, request)],
      ["curl, as a table", "The same as the button CSV.", share.csvLink(origin, request)],
      ["MCP", `What an assistant calls at ${origin}/mcp for "${name}".`, share.mcpCall(request)],
      ["Picture", "The first chart as SVG, for documents.", share.picture(origin, this.state, request, isDark() ? "dark" : "light")],
    ];
    byId("forms").replaceChildren(
      ...forms.map(([title, about, text]) => {
        const copy = h("button", { type: "button", class: "small" }, "Copy");
        copy.addEventListener("click", () => {
          void navigator.clipboard.writeText(text).then(() => (copy.textContent = "Copied"));
        });
        return h(
          "section",
          { class: "form" },
          h("div", { class: "section-head" }, h("h3", {}, title), copy),
          h("p", { class: "note" }, about),
          h("pre", { tabindex: 0, role: "region", "aria-label": title, "data-form": title }, text),
        );
      }),
    );
  }
}

/** Asks for an API key, which only this tab's memory keeps. */
function askForKey(again: boolean): void {
  const input = h("input", { type: "password", autocomplete: "off", "aria-label": "API key", required: true });
  const form = h("form", { class: "key" }, input, h("button", { type: "submit", class: "primary" }, "Show the forecasts"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void start(input.value.trim());
  });
  const problem = byId("problem");
  problem.replaceChildren(again ? "This key is not valid here. " : "This service answers those who have an API key. ", form);
  problem.hidden = false;
  input.focus();
}

async function start(key?: string): Promise<void> {
  try {
    const engine = await Engine.load(key);
    new Page(engine);
    performance.mark("first-chart");
    // For programs that test the page, and for readers with a console.
    Object.assign(window, { mechafil: engine });
  } catch (error) {
    if (error instanceof KeyNeeded) return askForKey(key !== undefined);
    const problem = byId("problem");
    problem.textContent = `The forecasts cannot be shown. ${error instanceof Error ? error.message : String(error)}`;
    problem.hidden = false;
    byId("data").textContent = "No data";
    console.warn(error);
  }
  if ("serviceWorker" in navigator) {
    // Without it the page works, but not offline.
    navigator.serviceWorker.register("/page/worker.js", { scope: "/" }).catch(() => undefined);
  }
}

void start();
