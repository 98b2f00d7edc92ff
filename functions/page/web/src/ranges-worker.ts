// Computes ranges beside the page, so that it stays responsive: the engine with its sweeps, in a worker of its own.
import init, { Network } from "../ranges/index.js";

declare const self: DedicatedWorkerGlobalScope;

/** What the page sends: first the network's data, then requests of /simulate/sweep. */
type Asked = { wire: Uint8Array } | { nth: number; request: string };

let network: Promise<Network> | null = null;

self.addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  if ("wire" in data) {
    network = init({ module_or_path: fetch("/page/ranges.wasm") }).then(() => new Network(data.wire));
    return;
  }
  const { nth, request } = data;
  network
    ?.then((network) => self.postMessage({ nth, reply: network.sweep(request) }))
    .catch((error: unknown) => self.postMessage({ nth, failed: typeof error === "string" ? error : String(error) }));
});
