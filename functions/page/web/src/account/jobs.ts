// An owner's jobs: progress as it happens, results, and a way to stop them.
import { h, save } from "../dom";
import type { Api } from "./api";
import { Problem } from "./api";
import { time } from "./words";

interface Job {
  job_id: string;
  tool: string;
  status: "queued" | "processing" | "completed" | "failed" | "cancelled" | "pending_approval";
  progress: number;
  phase: string;
  created_at: string;
  finished_at: string | null;
  error: { code: string; message: string } | null;
}

interface Row {
  job: Job;
  element: HTMLElement;
  result: HTMLElement;
}

export interface Listener {
  failed: (error: unknown) => void;
  spoken: (text: string) => void;
}

/** Browsers open six connections to a service; requests need some of them. */
const MOST_STREAMS = 4;
const PAGE = 25;
/** What is shown of a result; all of it is in the file. */
const MOST_SHOWN = 20_000;

const isOver = ({ status }: Job): boolean => ["completed", "failed", "cancelled"].includes(status);

export class Jobs {
  private readonly rows = new Map<string, Row>();
  private readonly streams = new Map<string, AbortController>();
  private readonly list = h("ul", { class: "jobs" });
  private readonly none = h("p", { class: "note", hidden: true }, "No job is here. ", h("a", { href: "/docs" }, "POST /api/jobs"), " submits one; completed ones are kept for an hour.");
  private readonly more = h("button", { type: "button", hidden: true, onclick: () => void this.load() }, "Show more");
  private readonly status = h(
    "select",
    { "aria-label": "Jobs on show", onchange: () => void this.refresh() },
    ...["all", "queued", "processing", "completed", "failed", "cancelled"].map((name) => h("option", { value: name === "all" ? "" : name }, name)),
  );
  private next: string | null = null;
  private asked = 0;

  constructor(
    private readonly api: Api,
    private readonly listener: Listener,
  ) {}

  async nodes(): Promise<Node[]> {
    await this.refresh();
    return [
      h("div", { class: "head" }, h("h2", {}, "Your jobs"), h("div", { class: "actions" }, this.status, h("button", { type: "button", class: "small", onclick: () => void this.refresh() }, "Refresh"))),
      this.none,
      this.list,
      h("p", { class: "actions" }, this.more),
    ];
  }

  /** Ends all streams. */
  leave(): void {
    for (const stream of this.streams.values()) stream.abort();
    this.streams.clear();
  }

  private async refresh(): Promise<void> {
    this.leave();
    this.rows.clear();
    this.next = null;
    await this.load(true);
  }

  private async load(anew = false): Promise<void> {
    const mine = ++this.asked;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (this.status.value) query.set("status", this.status.value);
    if (this.next) query.set("cursor", this.next);
    try {
      const page = await this.api.json<{ jobs: Job[]; next_cursor: string | null }>(`/api/jobs?${query}`);
      if (mine !== this.asked) return;
      if (anew) this.list.replaceChildren();
      for (const job of page.jobs) this.list.append(this.row(job).element);
      this.next = page.next_cursor;
      this.more.hidden = this.next === null;
      this.none.hidden = this.rows.size > 0;
      this.follow();
    } catch (error) {
      this.listener.failed(error);
    }
  }

  private row(job: Job): Row {
    const row = { job, element: h("li", { class: "card", "data-job": job.job_id }), result: h("div") };
    this.rows.set(job.job_id, row);
    this.draw(row);
    return row;
  }

  private draw({ job, element, result }: Row): void {
    const focused = element.contains(document.activeElement) ? document.activeElement?.textContent : null;
    const kind = job.status === "failed" ? " is-bad" : isOver(job) ? " is-over" : "";
    const head = h(
      "div",
      { class: "job-head" },
      h("h3", {}, job.tool),
      h("span", { class: `state${kind}` }, job.status.replace("_", " ")),
      h("code", {}, `${job.job_id.slice(0, 12)}…`),
      time(job.created_at),
    );
    const parts: Node[] = [head];
    if (!isOver(job)) {
      parts.push(h("progress", { max: 100, value: job.progress, "aria-label": `Progress of ${job.tool}` }), h("p", { class: "phase" }, `${job.progress} %, ${job.phase}`));
    }
    if (job.error) parts.push(h("p", { class: "failed" }, `${job.error.message} (${job.error.code})`));
    const actions = this.actions(job, result);
    if (actions.length > 0) parts.push(h("div", { class: "actions" }, ...actions));
    element.replaceChildren(...parts, result);
    if (focused) [...element.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
  }

  private actions(job: Job, result: HTMLElement): HTMLElement[] {
    const path = `/api/jobs/${encodeURIComponent(job.job_id)}`;
    const button = (label: string, about: string, act: () => Promise<void>): HTMLElement =>
      h("button", { type: "button", class: "small", "aria-label": `${label}: ${about}`, onclick: () => void act().catch(this.listener.failed) }, label);
    const about = `${job.tool} ${job.job_id.slice(0, 12)}`;
    if (!isOver(job)) {
      return [button("Cancel", about, async () => this.take(await this.api.json<Job>(path, "DELETE")))];
    }
    if (job.status !== "completed") return [];
    const keep = (label: string, kind: string, ending: string): HTMLElement =>
      button(label, about, async () => save(`${job.tool}-${job.job_id.slice(0, 12)}.${ending}`, await this.api.file(`${path}/output`, kind)));
    const show = button("Show", about, async () => {
      const text = JSON.stringify(JSON.parse(await (await this.api.file(`${path}/output`, "application/json")).text()), null, 2);
      const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\n… The file has the rest.` : text;
      result.replaceChildren(h("pre", { tabindex: 0, role: "region", "aria-label": `Result of ${about}` }, shown));
    });
    // A goal's answer is no table.
    return [show, keep("JSON", "application/json", "json"), ...(job.tool === "goal" ? [] : [keep("CSV", "text/csv", "csv")])];
  }

  private take(job: Job): void {
    const row = this.rows.get(job.job_id);
    if (!row) return;
    if (isOver(job) && !isOver(row.job)) this.listener.spoken(`${job.tool} ${job.status}`);
    row.job = job;
    this.draw(row);
  }

  /** Follows jobs that go on; those that wait for a stream get one when another's ends. */
  private follow(): void {
    for (const { job } of this.rows.values()) {
      if (this.streams.size >= MOST_STREAMS) return;
      if (!isOver(job) && !this.streams.has(job.job_id)) {
        const stream = new AbortController();
        this.streams.set(job.job_id, stream);
        void this.watch(job.job_id, stream.signal).finally(() => {
          if (this.streams.get(job.job_id) !== stream) return;
          this.streams.delete(job.job_id);
          this.follow();
        });
      }
    }
  }

  private async watch(id: string, signal: AbortSignal): Promise<void> {
    const path = `/api/jobs/${encodeURIComponent(id)}/events`;
    for (let seen = 0, pause = 500; !signal.aborted; pause = Math.min(pause * 2, 15_000)) {
      try {
        for await (const { id, data } of this.api.events(path, seen, signal)) {
          [seen, pause] = [id, 500];
          this.take(data as Job);
        }
      } catch (error) {
        if (signal.aborted) return;
        // A job that is forgotten by now; whatever else is the service's is tried again.
        if (error instanceof Problem && error.status < 500) {
          if (error.status !== 404) this.listener.failed(error);
          this.rows.get(id)?.element.remove();
          this.rows.delete(id);
          return;
        }
      }
      const job = this.rows.get(id)?.job;
      if (!job || isOver(job)) return;
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}
