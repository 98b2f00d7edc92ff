// What a Docker Engine API says of one container that runs and is labelled as an MCP server: `boxed`, published on the port that is the
// first argument. It prints where it listens.
import { createServer } from "node:http";

const port = Number(process.argv[2]);
const container = {
  Id: "c1", Names: ["/boxed"], State: "running", Status: "Up 2 minutes",
  Labels: { "mechafil-edge/mcp-server": "boxed", "mechafil-edge/mcp-port": "8080" },
  Ports: [
    { IP: "0.0.0.0", PrivatePort: 9090, PublicPort: 1, Type: "tcp" },
    { IP: "0.0.0.0", PrivatePort: 8080, PublicPort: port, Type: "tcp" },
  ],
};

const http = createServer((request, response) => {
  const url = new URL(request.url, "http://engine");
  const answer = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (url.pathname === "/version") return answer(200, { ApiVersion: "1.41", MinAPIVersion: "1.12" });
  if (url.pathname !== "/v1.41/containers/json") return answer(404, { message: "page not found" });
  const { label, status } = JSON.parse(url.searchParams.get("filters"));
  const wanted = ["mechafil-edge/mcp-server", "mechafil-edge/mcp-server=boxed"];
  return answer(200, wanted.includes(label[0]) && status[0] === "running" ? [container] : []);
});
http.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${http.address().port}`));
