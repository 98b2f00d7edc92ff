// Fifty MCP servers of twenty tools each, of 2026-07-28, on one port: /0/mcp to /49/mcp. It prints where it listens.
import { createServer } from "node:http";

const property = { type: "string", description: "A value that the tool needs, as a text of a few words." };
const tools = Array.from({ length: 20 }, (_, number) => ({
  name: `tool_${number}`,
  description: `Does the thing of number ${number}, with what it is given, and says how it went. ${"It is described at some length. ".repeat(8)}`,
  inputSchema: { type: "object", properties: { first: property, second: property, third: property }, required: ["first"] },
}));

function answer({ id, method, params }) {
  switch (method) {
    case "server/discover":
      return { id, result: { supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, serverInfo: { name: "many", version: "1" } } };
    case "tools/list":
      return { id, result: { tools } };
    case "tools/call":
      return { id, result: { content: [{ type: "text", text: JSON.stringify(params.arguments) }] } };
    default:
      return { id, error: { code: -32601, message: "Method not found" } };
  }
}

const http = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", ...answer(JSON.parse(body)) }));
  });
});
http.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${http.address().port}`));
