// A proxy in front of an engine, which counts requests and makes them fail as a test asks: the engine behind it is a real one.
import http from "node:http";

function refuse(outgoing, code, message) {
  outgoing.writeHead(code, { "content-type": "application/json" });
  outgoing.end(JSON.stringify({ kind: "Status", status: "Failure", message, code }));
}

export async function proxyTo(target) {
  const engine = new URL(target);
  const state = { count: 0, paths: [], fault: undefined };
  const sent = [];
  const server = http.createServer((incoming, outgoing) => {
    const number = ++state.count;
    state.paths.push(`${incoming.method} ${incoming.url.split("?")[0]}`);
    const fault = state.fault?.(number, incoming);
    const asked = { method: incoming.method, url: incoming.url, body: "" };
    sent.push(asked);
    incoming.on("data", (data) => (asked.body += data));
    if (fault === "echo") return incoming.on("end", () => refuse(outgoing, 422, `it cannot be done: ${asked.body} ${incoming.url}`));
    if (fault === "hang") return;
    if (fault === "cut") return incoming.socket.destroy();
    if (fault && fault !== "lost") {
      return refuse(outgoing, fault, "made to fail by a test");
    }
    const passed = http.request(
      { host: engine.hostname, port: engine.port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        // The engine has done it, and nobody hears of it.
        if (fault === "lost") return incoming.socket.destroy();
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on("error", () => incoming.socket.destroy());
    incoming.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    // Counts from one on again, and fails as `fault(number, request)` says: a status, "cut", "lost", "hang", "echo" (it
    // refuses, and repeats what it was sent), or nothing.
    begin(fault) {
      Object.assign(state, { count: 0, paths: [], fault });
    },
    count: () => state.count,
    paths: () => state.paths,
    // Everything that was sent, from the first request on.
    sent,
    close: () => server.closeAllConnections?.() ?? server.close(),
  };
}
