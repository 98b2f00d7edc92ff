// A server made with the second TypeScript SDK, without sessions, for the gateway's tests. It prints where it listens.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";

let cancelled = 0;

function build() {
  const server = new McpServer({ name: "typescript-v2", version: "1.0.0" });
  server.registerTool("greet", { description: "Greets." }, async () => ({ content: [{ type: "text", text: "Hello" }] }));
  server.registerTool("wait", { description: "Waits until it is cancelled." }, async (context) => {
    const { signal, _meta: meta } = context.mcpReq;
    if (meta?.progressToken !== undefined) {
      const params = { progressToken: meta.progressToken, progress: 1, total: 2 };
      await context.mcpReq.notify({ method: "notifications/progress", params });
    }
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    cancelled += 1;
    return { content: [{ type: "text", text: "cancelled" }] };
  });
  server.registerTool("cancelled", { description: "Says how many calls were cancelled." }, async () => ({
    content: [{ type: "text", text: String(cancelled) }],
  }));
  server.registerResource("guide", "docs://guide", { mimeType: "text/markdown" }, async (uri) => ({
    contents: [{ uri: uri.href, mimeType: "text/markdown", text: "# Guide" }],
  }));
  server.registerPrompt("ask", { description: "Asks." }, async () => ({
    messages: [{ role: "user", content: { type: "text", text: "Why?" } }],
  }));
  return server;
}

const handler = createMcpHandler(build);

const http = createServer(async (request, response) => {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const body = ["GET", "HEAD"].includes(request.method) ? undefined : Readable.toWeb(request);
  const url = `http://${request.headers.host}${request.url}`;
  const answer = await handler.fetch(new Request(url, { method: request.method, headers, body, duplex: "half", signal: gone.signal }));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (!answer.body) return response.end();
  Readable.fromWeb(answer.body).on("error", () => {}).pipe(response);
});
http.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${http.address().port}`));
