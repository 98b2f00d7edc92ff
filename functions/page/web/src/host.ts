// The way between a view and the assistant's application that shows it: JSON-RPC over postMessage (MCP Apps, 2026-01-26).

interface Message {
  jsonrpc: "2.0";
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { message: string };
}

export interface HostContext {
  theme?: "light" | "dark";
  locale?: string;
}

export interface ToolResult {
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export interface Listener {
  context: (context: HostContext) => void;
  input: (input: Record<string, unknown>) => void;
  result: (result: ToolResult) => void;
  teardown: () => void;
}

export class Host {
  private next = 1;
  private readonly waiting = new Map<number, { done: (result: unknown) => void; failed: (error: Error) => void }>();
  /** Whether the view may call tools of its server. */
  mayCall = false;

  constructor(private readonly listener: Listener) {
    addEventListener("message", (event: MessageEvent<Message>) => {
      if (event.source === parent && event.data?.jsonrpc === "2.0") this.take(event.data);
    });
  }

  async open(): Promise<void> {
    const answer = (await this.ask("ui/initialize", {
      appInfo: { name: "mechafil-edge-view", version: "1" },
      appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
      protocolVersion: "2026-01-26",
    })) as { hostContext?: HostContext; hostCapabilities?: { serverTools?: unknown } };
    this.mayCall = answer.hostCapabilities?.serverTools !== undefined;
    this.listener.context(answer.hostContext ?? {});
    // Hosts keep the frame hidden until then.
    this.tell("ui/notifications/initialized", {});
  }

  call(name: string, args: Record<string, unknown>): Promise<ToolResult> {
    return this.ask("tools/call", { name, arguments: args }) as Promise<ToolResult>;
  }

  ask(method: string, params: Record<string, unknown>): Promise<unknown> {
    const id = this.next++;
    this.send({ jsonrpc: "2.0", id, method, params });
    return new Promise((done, failed) => this.waiting.set(id, { done, failed }));
  }

  tell(method: string, params: Record<string, unknown>): void {
    this.send({ jsonrpc: "2.0", method, params });
  }

  private send(message: Message): void {
    // The frame's origin is opaque, and the host's is not known to it.
    parent.postMessage(message, "*");
  }

  private take({ id, method, params = {}, result, error }: Message): void {
    if (method === undefined) {
      const waiting = typeof id === "number" ? this.waiting.get(id) : undefined;
      if (typeof id === "number") this.waiting.delete(id);
      if (error) waiting?.failed(new Error(error.message));
      else waiting?.done(result);
    } else if (id === undefined) {
      if (method === "ui/notifications/tool-input") this.listener.input((params.arguments ?? {}) as Record<string, unknown>);
      else if (method === "ui/notifications/tool-result") this.listener.result(params as ToolResult);
      else if (method === "ui/notifications/host-context-changed") this.listener.context(params as HostContext);
    } else if (method === "ping") {
      this.send({ jsonrpc: "2.0", id, result: {} });
    } else if (method === "ui/resource-teardown") {
      this.listener.teardown();
      this.send({ jsonrpc: "2.0", id, result: {} });
    } else {
      this.send({ jsonrpc: "2.0", id, error: { message: `${method} is not known to this view`, ...{ code: -32601 } } });
    }
  }
}
