// The product's Worker, with what only tests may do:
//
//   PUT  /.contract/disturbances   calls of stores that hang, fail or are slow from now on: lines of `STORE CALL HOW [AFTER]`, where
//                                  STORE is a binding (CACHE, ARCHIVE, DATABASE), CALL one of its methods or `*`, HOW `hang`, `fail`
//                                  or milliseconds; with AFTER, that many calls take place as ever before
//   POST /.contract/instance       the next request gets a new WebAssembly instance, which remembers nothing
//   GET  /.contract/cache          the keys of the cache, one a line
//   GET  /.contract/memory         the size of the instance's memory in bytes
import { memory } from "./watch.js";
import Worker, { QuotaCounter } from "../../../functions/edge/build/index.js";

export { QuotaCounter };

const STORES = ["CACHE", "ARCHIVE", "DATABASE"];
let lines = [];

function parsed(line) {
  const [store, call, how, after = "0", ...rest] = line.trim().split(/\s+/);
  const known = STORES.includes(store) && (["hang", "fail"].includes(how) || /^\d+$/.test(how));
  if (!known || !/^\d+$/.test(after) || rest.length > 0) throw new Error(`${line} is no disturbance`);
  return { store, call, how, after: Number(after), met: 0 };
}

async function meet(store, call) {
  const line = lines.find((line) => line.store === store && ["*", call].includes(line.call) && ++line.met > line.after);
  if (!line) return;
  if (line.how === "fail") throw new Error(`${store} ${call} was made to fail`);
  await new Promise((done) => line.how !== "hang" && setTimeout(done, Number(line.how)));
}

// A binding whose calls go through `meet`. Statements of D1 are made at once; they are run by `batch`.
const disturbed = (name, binding) =>
  new Proxy(binding, {
    get(target, call) {
      const value = target[call];
      if (typeof value !== "function" || call === "constructor") return value;
      if (call === "prepare") return value.bind(target);
      return async (...given) => {
        await meet(name, call);
        return value.apply(target, given);
      };
    },
  });

const disturbedStores = (env) =>
  new Proxy(env, { get: (target, name) => (STORES.includes(name) ? disturbed(name, target[name]) : target[name]) });

async function keys(cache) {
  const found = [];
  for (let cursor; ; ) {
    const page = await cache.list({ cursor });
    found.push(...page.keys.map(({ name }) => name));
    if (page.list_complete) return found;
    cursor = page.cursor;
  }
}

export default class extends Worker {
  constructor(ctx, env) {
    super(ctx, disturbedStores(env));
  }

  async fetch(request) {
    switch (`${request.method} ${new URL(request.url).pathname}`) {
      case "PUT /.contract/disturbances":
        lines = (await request.text()).split("\n").filter((line) => line.trim()).map(parsed);
        return new Response();
      case "POST /.contract/instance":
        // What the Worker does after a trap.
        globalThis.__worker_init_state.criticalError = true;
        return new Response();
      case "GET /.contract/cache":
        return new Response((await keys(this.env.CACHE)).join("\n"));
      case "GET /.contract/memory":
        return new Response(String(memory()));
      default:
        return super.fetch(request);
    }
  }
}
