// The API, asked with a key that only this object knows.

/** An answer that says what went wrong (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** A server-sent event. */
export interface Happened {
  id: number;
  event: string;
  data: unknown;
}

export class Api {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  async json<T>(path: string, method = "GET"): Promise<T> {
    const reply = await this.ask(path, method, "application/json");
    return (reply.status === 204 ? null : await reply.json()) as T;
  }

  async file(path: string, kind: string): Promise<Blob> {
    return (await this.ask(path, "GET", kind)).blob();
  }

  /** The events after one that was seen. A stream may end before the last event: ask again. */
  async *events(path: string, seen: number, signal: AbortSignal): AsyncGenerator<Happened> {
    const reply = await this.ask(path, "GET", "text/event-stream", { "last-event-id": String(seen) }, signal);
    if (!reply.body) return;
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value.replaceAll("\r\n", "\n");
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const event = read(text.slice(0, end));
        text = text.slice(end + 2);
        if (event) yield event;
      }
    }
  }

  private async ask(path: string, method: string, accept: string, more: Record<string, string> = {}, signal: AbortSignal | null = null): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#key}`, accept, ...more };
    const reply = await fetch(path, { method, headers, signal, cache: "no-store", credentials: "omit" });
    if (reply.ok) return reply;
    const problem = (await reply.json().catch(() => ({}))) as { code?: string; detail?: string };
    throw new Problem(reply.status, problem.code ?? "", problem.detail ?? `The service answered ${reply.status}.`);
  }
}

/** One block of a stream; null for a comment, which only keeps the connection alive. */
function read(block: string): Happened | null {
  const field = (name: string): string[] =>
    block.split("\n").flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).replace(/^ /, "")] : []));
  const data = field("data").join("\n");
  if (data === "") return null;
  return { id: Number(field("id")[0] ?? 0), event: field("event")[0] ?? "message", data: JSON.parse(data) };
}
