// A proxy in front of an engine, which counts requests and makes them fail as a test asks: the engine behind it is a real one.
import http from "node:http";

export async function proxyTo(target) {
  const engine = new URL(target);
  const state = { count: 0, paths: [], fault: undefined };
  const server = http.createServer((incoming, outgoing) => {
    const number = ++state.count;
    state.paths.push(`${incoming.method} ${incoming.url.split("?")[0]}`);
    const fault = state.fault?.(number, incoming);
    if (fault === "hang") return;
    if (fault === "cut") return incoming.socket.destroy();
    if (fault) {
      outgoing.writeHead(fault, { "content-type": "application/json" });
      return outgoing.end(JSON.stringify({ kind: "Status", status: "Failure", message: "made to fail by a test", code: fault }));
    }
    const passed = http.request(
      { host: engine.hostname, port: engine.port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
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
    // Counts from one on again, and fails as `fault(number, request)` says: a status, "cut", "hang", or nothing.
    begin(fault) {
      Object.assign(state, { count: 0, paths: [], fault });
    },
    count: () => state.count,
    paths: () => state.paths,
    close: () => server.closeAllConnections?.() ?? server.close(),
  };
}
