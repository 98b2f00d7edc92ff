// A server made with the first TypeScript SDK, with sessions, for the tests of the gateway and of deployments. It prints where it
// listens: on a free port of this machine, or where HOST and PORT say.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

const sessions = new Map();

function build() {
  const server = new McpServer({ name: "typescript", version: "1.0.0" });
  server.registerTool("greet", { description: "Greets." }, async () => ({ content: [{ type: "text", text: "Hello" }] }));
  server.registerTool("slow", { description: "Reports while it works." }, async (extra) => {
    const progressToken = extra._meta?.progressToken;
    if (progressToken !== undefined) {
      await extra.sendNotification({ method: "notifications/progress", params: { progressToken, progress: 1, total: 2 } });
    }
    return { content: [{ type: "text", text: "done" }] };
  });
  server.registerTool("fails", { description: "Fails." }, async () => {
    throw new Error("not so");
  });
  return server;
}

const http = createServer(async (request, response) => {
  const known = sessions.get(request.headers["mcp-session-id"]);
  if (known) return known.handleRequest(request, response);
  if (request.headers["mcp-session-id"]) {
    response.writeHead(404).end();
    return;
  }
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  await build().connect(transport);
  await transport.handleRequest(request, response);
});
// The first process of a container gets no signal that it does not ask for.
process.on("SIGTERM", () => process.exit(0));
// Loses all sessions when it is told to.
process.on("SIGUSR2", () => sessions.clear());
const { HOST = "127.0.0.1", PORT = "0" } = process.env;
http.listen(Number(PORT), HOST, () => console.log(`listening on http://${HOST}:${http.address().port}`));
