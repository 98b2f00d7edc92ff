// Asks the same of the services of every platform: node suite.mjs URL PLATFORM, against a tests/services server with empty
// stores. PLATFORM is memory, disk, workerd or spin.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

const [base, platform] = process.argv.slice(2);
const WORKERD = platform === "workerd";
// Without a worker of its own, somebody has to come by.
const HAS_WORKER = platform !== "spin";

async function call(method, path, { body, json, headers } = {}) {
  const response = await fetch(`${base}/services/${path}`, {
    method,
    signal: patience(),
    headers: json === undefined ? headers : { ...headers, "content-type": "application/json" },
    body: json === undefined ? body : JSON.stringify(json),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

async function ok(method, path, options) {
  const response = await call(method, path, options);
  assert.equal(response.status, 200, `${method} ${path}: ${response.status} ${response.text}`);
  return response;
}

// Only bounds a failure.
const patience = () => AbortSignal.timeout(60_000);
const times = (count, make) => Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks until the answer is as it should be. The time-out only bounds a failure.
async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) assert.fail(`${what}: not within ${seconds} s`);
    await sleep(100);
  }
}

// Another server, whose replies the tests control.
let upstream;
const waiting = new Map(); // by path: the response that is being written
const closed = new Set(); // paths whose connection was closed before the end
before(async () => {
  upstream = createServer((request, response) => {
    const path = request.url;
    waiting.set(path, response);
    response.on("close", () => response.writableEnded || closed.add(path));
    if (path.startsWith("/silent")) return;
    if (path.startsWith("/redirect")) {
      response.writeHead(302, { location: "/silent/never" }).end("elsewhere");
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(path.startsWith("/large-event") ? "data: small\n\ndata: " + "x".repeat(20_000) : "data: first\n\n");
    if (path.startsWith("/whole")) response.end("data: second\n\ndata: not finished");
  });
  await new Promise((done) => upstream.listen(0, "127.0.0.1", done));
});
after(() => {
  upstream.closeAllConnections();
  upstream.close();
});
const to = (path) => `url=${encodeURIComponent(`http://127.0.0.1:${upstream.address().port}${path}`)}`;

test("the cache keeps whole values until they are removed", async () => {
  assert.equal((await call("GET", "cache/a/key")).status, 404);
  const bytes = new Uint8Array([0, 255, 10]);
  await ok("PUT", "cache/a/key", { body: bytes });
  const response = await fetch(`${base}/services/cache/a/key`);
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
  await ok("DELETE", "cache/a/key");
  await ok("DELETE", "cache/a/key");
  assert.equal((await call("GET", "cache/a/key")).status, 404);
});

test("a value may be larger than the store of a platform takes at once", async () => {
  const read = async (key) => Buffer.from(await (await fetch(`${base}/services/archive/${key}`)).arrayBuffer());
  const large = Buffer.alloc(1_900_000, "0123456789a");
  const odd = Buffer.from("\0pieces\0 is how an index begins in Spin's store");
  await ok("PUT", "archive/large/one", { body: large });
  await ok("PUT", "archive/large/odd", { body: odd });
  assert.ok((await read("large/one")).equals(large));
  assert.ok((await read("large/odd")).equals(odd));
  assert.deepEqual((await ok("GET", "archive?prefix=")).json().filter((key) => !key.startsWith("large/")), []);
  // Another value in its place, and nothing of the former one left.
  const other = Buffer.alloc(1_500_000, "other");
  await ok("PUT", "archive/large/one", { body: other });
  assert.ok((await read("large/one")).equals(other));
  await ok("PUT", "archive/large/one", { body: "small" });
  assert.equal((await read("large/one")).toString(), "small");
  await ok("DELETE", "archive/large/one");
  await ok("DELETE", "archive/large/odd");
  assert.deepEqual((await ok("GET", "archive?prefix=large/")).json(), []);
});

test("the archive lists its keys in order, and apart from the cache's", async () => {
  await ok("PUT", "cache/list/other", { body: "cached" });
  for (const key of ["list/b/2", "list/a", "list/b/10", "list/b"]) await ok("PUT", `archive/${key}`, { body: key });
  const keys = async (prefix) => (await ok("GET", `archive?prefix=${prefix}`)).json();
  assert.deepEqual(await keys("list/"), ["list/a", "list/b", "list/b/10", "list/b/2"]);
  assert.deepEqual(await keys("list/b/"), ["list/b/10", "list/b/2"]);
  assert.equal((await ok("GET", "archive/list/b/10")).text, "list/b/10");
  await ok("DELETE", "archive/list/b/2");
  assert.deepEqual(await keys("list/b/"), ["list/b/10"]);
});

test("a transaction that fails does nothing", async () => {
  await ok("POST", "database/rolled");
  assert.equal((await call("POST", "database/rolled/rolled-back")).status, 502);
  assert.deepEqual((await ok("GET", "database/rolled")).json().value, 1);
});

test("fifty statements at once are all counted", async () => {
  const seen = await times(50, async () => (await ok("POST", "database/fifty")).json());
  assert.deepEqual(
    seen.map(({ value }) => value).sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  assert.ok(seen.every(({ changes }) => changes === 1));
  assert.equal((await ok("GET", "database/fifty")).json().value, 50);
});

const send = (topic, bodies, delay_ms = 0) => ok("POST", "queue", { json: { topic, bodies, delay_ms } });
const drain = () => (HAS_WORKER ? undefined : ok("POST", "queue/drain"));
async function delivered(body) {
  await drain();
  return (await ok("GET", `queue/deliveries?body=${body}`)).json();
}
const letters = async (body) =>
  (await ok("GET", "queue/dead-letters")).json().filter((letter) => letter.body === body);

test("a message is delivered", async () => {
  await send("done", ["one"]);
  const [first] = await until("the delivery", async () => {
    const found = await delivered("one");
    return found.length > 0 && found;
  });
  assert.deepEqual([first.topic, first.attempts], ["done", 1]);
});

test("two hundred messages from twenty senders are each delivered, and none is mixed up", async () => {
  await times(20, (sender) => send("done", Array.from({ length: 10 }, (_, index) => `many:${sender}-${index}`)));
  const found = await until("all of them", async () => {
    const found = await delivered("many");
    return new Set(found.map(({ id }) => id)).size === 200 && found;
  });
  // At least once: the same message may come twice, and says so.
  assert.equal(found.filter(({ attempts }) => attempts === 1).length, 200);
});

test("the largest body arrives whole, a larger one and a bad topic are refused", async () => {
  const largest = "large:" + "ä".repeat(49_997);
  await send("done", [largest]);
  const [one] = await until("the delivery", async () => {
    const found = await delivered("large");
    return found.length > 0 && found;
  });
  assert.equal(one.length, largest.length);
  for (const json of [
    { topic: "done", bodies: ["fine", largest + "x"] },
    { topic: "Done", bodies: ["x"] },
    { topic: "done", bodies: ["x"], delay_ms: 12 * 3_600_000 + 1 },
  ]) {
    const refused = await call("POST", "queue", { json });
    assert.equal(refused.status, 502, refused.text);
    assert.match(refused.text, /^queue: /);
  }
});

test("a delayed message waits", async () => {
  const start = Date.now();
  await send("done", ["delayed"], 2_000);
  await until("the delivery", async () => (await delivered("delayed")).length > 0);
  assert.ok(Date.now() - start >= 2_000, `${Date.now() - start} ms`);
});

test("a message that fails twice is delivered a third time, and not again", async () => {
  await send("flaky", ["flaky"]);
  const found = await until("three deliveries", async () => {
    const found = await delivered("flaky");
    return found.length >= 3 && found;
  });
  assert.deepEqual(found.map(({ attempts }) => attempts), [1, 2, 3]);
  assert.equal(new Set(found.map(({ id }) => id)).size, 1, "it is the same message each time");
  assert.deepEqual(await letters("flaky"), []);
});

test("a message that always fails becomes a dead letter after six deliveries, and can be sent again", async () => {
  await send("fail", ["hopeless"]);
  const dead = () =>
    until("the dead letter", async () => {
      await drain();
      const [letter] = await letters("hopeless");
      return letter;
    });
  const letter = await dead();
  assert.deepEqual([letter.topic, letter.attempts, letter.reason], ["fail", 6, "6 attempts failed"]);
  assert.deepEqual((await delivered("hopeless")).map(({ attempts }) => attempts), [1, 2, 3, 4, 5, 6]);
  assert.equal((await ok("POST", `queue/dead-letters/${letter.id}`)).json(), true);
  assert.equal((await ok("POST", `queue/dead-letters/${letter.id}`)).json(), false);
  const second = await dead();
  assert.notEqual(second.id, letter.id);
  assert.equal((await delivered("hopeless")).length, 12);
});

test("a message that is refused is a dead letter with the reason", async () => {
  await send("refuse", ["refused"]);
  const letter = await until("the dead letter", async () => {
    await drain();
    return (await letters("refused"))[0];
  });
  assert.deepEqual([letter.reason, letter.attempts], ["refused", 1]);
  assert.equal((await delivered("refused")).length, 1);
});

test("a message whose worker dies is delivered again", async () => {
  await send("crash", ["deadly"]);
  // On Spin the request that drains dies with it.
  const drained = HAS_WORKER ? undefined : await call("POST", "queue/drain");
  if (drained) assert.notEqual(drained.status, 200);
  const found = await until("the second delivery", async () => {
    if (!WORKERD) await call("POST", "queue/end-leases");
    const found = await delivered("deadly");
    return found.length >= 2 && found;
    // workerd notices at the end of the lease that nothing is left of the delivery.
  }, 120);
  assert.deepEqual(found.map(({ attempts }) => attempts).slice(0, 2), [1, 2]);
});

const LIMITS = { per_minute: 60, per_day: 10_000 };
const NOON = 1_800_014_400_000;
const spend = async (json) => (await ok("POST", "quota", { json: { cost: 1, now: NOON, ...LIMITS, ...json } })).json();

test("of two hundred calls at once, exactly sixty are allowed", async () => {
  const verdicts = await times(200, () => spend({ subject: "many" }));
  const allowed = verdicts.filter((verdict) => verdict.allowed);
  assert.equal(allowed.length, 60);
  assert.deepEqual(
    allowed.map(({ spent: [, used] }) => used).sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
});

test("a window lasts a minute, a refused call costs nothing, and subjects do not share", async () => {
  assert.equal((await spend({ subject: "window", cost: 50 })).allowed, true);
  for (let call = 0; call < 5; call++) {
    const refused = await spend({ subject: "window", cost: 11, now: NOON + 59_999 });
    assert.deepEqual([refused.allowed, refused.spent[1]], [false, 50]);
  }
  const last = await spend({ subject: "window", cost: 10, now: NOON + 59_999 });
  assert.deepEqual(last, { allowed: true, spent: [NOON, 60, Math.floor(NOON / 86_400_000), 60] });
  assert.equal((await spend({ subject: "another", cost: 60 })).allowed, true);
  assert.equal((await spend({ subject: "window", cost: 60, now: NOON + 60_000 })).allowed, true);
  assert.deepEqual(await spend({ subject: "too much", cost: 61 }), { allowed: false, spent: null });
});

test("the day ends at midnight UTC, and a slow clock does not open yesterday again", async () => {
  const limits = { subject: "day", per_day: 3 };
  const midnight = (Math.floor(NOON / 86_400_000) + 1) * 86_400_000;
  const at = async (now, cost) => (await spend({ ...limits, now, cost })).allowed;
  assert.equal(await at(midnight - 1, 3), true);
  assert.equal(await at(midnight - 1, 1), false);
  assert.equal(await at(midnight, 3), true);
  assert.equal(await at(midnight - 70_000, 1), false);
  assert.equal(await at(midnight + 70_000, 1), false);
});

// A reply's pieces as they come.
async function* pieces(path, headers) {
  const response = await fetch(`${base}/services/${path}`, { headers, signal: patience() });
  assert.equal(response.status, 200, await (response.ok || response.text()));
  const decoder = new TextDecoder();
  for await (const piece of response.body) yield decoder.decode(piece, { stream: true });
}

test("a reply goes out piece by piece", async () => {
  const reader = pieces("stream?pieces=3&pause_ms=1000")[Symbol.asyncIterator]();
  const first = await reader.next();
  // Were it held back, the first piece would bring the last along.
  assert.equal(first.value, "piece 0\n");
  let rest = "";
  for (let next = await reader.next(); !next.done; next = await reader.next()) rest += next.value;
  assert.equal(rest, "piece 1\npiece 2\n");
});

test("another server's reply is handed on before it is whole", async () => {
  const path = "/open/forward";
  const reader = pieces(`forward?${to(path)}`)[Symbol.asyncIterator]();
  assert.equal((await reader.next()).value, "data: first\n\n");
  // The other server has not said more, and says it now.
  waiting.get(path).end("data: second\n\n");
  assert.equal((await reader.next()).value, "data: second\n\n");
  assert.equal((await reader.next()).done, true);
});

test("a reply that is not read to its end ends the request", async () => {
  const path = "/open/dropped";
  assert.equal((await ok("GET", `first-piece?${to(path)}`)).text, "data: first\n\n");
  await until("the closed connection", () => closed.has(path));
});

test("a reply that is not waited for ends the request", async () => {
  const path = "/silent/impatient";
  assert.equal((await ok("GET", `impatient?${to(path)}`)).text, "given up");
  await until("the closed connection", () => closed.has(path));
});

test("a redirect is not followed", async () => {
  const response = await fetch(`${base}/services/forward?${to("/redirect")}`, { redirect: "manual", signal: patience() });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("x-location"), "/silent/never");
  assert.equal(waiting.has("/silent/never"), false);
});

test("events come as they happen, and a client that comes back goes on where it was", async () => {
  let text = "";
  const seen = [];
  for await (const piece of pieces("events?events=3&pause_ms=1000")) {
    text += piece;
    seen.push((text.match(/^id: /gm) ?? []).length);
  }
  assert.ok(seen.includes(1) && seen.includes(2), `events in what had come: ${seen}`);
  assert.equal(
    text,
    'retry: 2000\n\nid: 1\nevent: progress\ndata: {"of":3}\n\nid: 2\nevent: progress\ndata: {"of":3}\n\n' +
      'id: 3\nevent: last\ndata: {"of":3}\n\n',
  );
  const again = await call("GET", "events?events=3&pause_ms=0", { headers: { "last-event-id": "2" } });
  assert.match(again.headers.get("content-type"), /^text\/event-stream/);
  assert.equal(again.text, 'retry: 2000\n\nid: 3\nevent: last\ndata: {"of":3}\n\n');
});

test("a stream of events is bounded", async () => {
  const { text } = await ok("GET", "events?events=100&pause_ms=0&bound=5");
  assert.equal(text.match(/^id: /gm).length, 5);
});

test("events of others are read, and one that is too large is not", async () => {
  assert.equal((await ok("GET", `read-events?${to("/whole")}`)).text, "first\nsecond\nend\n");
  const path = "/large-event";
  assert.equal((await ok("GET", `read-events?${to(path)}`)).text, "small\nan event is larger than 10000 bytes\n");
  await until("the closed connection", () => closed.has(path));
});

test("what is done by the clock is done once, however many come by", async () => {
  const come = () =>
    WORKERD ? fetch(`${base}/cdn-cgi/handler/scheduled`).then(({ status }) => assert.equal(status, 200)) : ok("POST", "schedule");
  await times(10, come);
  await come();
  assert.equal((await ok("GET", "database/scheduled")).json().value, 1);
});
