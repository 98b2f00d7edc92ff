// Keeps the page, its engine and the last data, so that it opens without a network after the first visit. The build names the
// version and the files.
declare const VERSION: string;
declare const FILES: string[];
declare const self: ServiceWorkerGlobalScope;

const FORECASTS = "page-";
const CURRENT = FORECASTS + VERSION;
const DATA = "/snapshot/current";
const ACCURACY = "/accuracy";
/** What is kept once it was asked for. */
const LATER = ["/page/ranges.js", "/page/ranges.wasm", ACCURACY];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CURRENT)
      .then(async (cache) => {
        await cache.addAll(["/", DATA, ...FILES]);
        // Not every service has it.
        await cache.add(ACCURACY).catch(() => undefined);
      })
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = async (): Promise<void> => {
    for (const name of await caches.keys()) {
      if (name.startsWith(FORECASTS) && name !== CURRENT) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(old());
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  // What a key was needed for is not kept.
  if (event.request.method !== "GET" || origin !== self.location.origin || event.request.headers.has("authorization")) return;
  if (pathname === "/" || pathname === DATA || [...FILES, ...LATER].includes(pathname)) event.respondWith(freshOrKept(event.request, pathname));
});

/** What the service answers; what was kept, where it does not. The browser's own cache makes an unchanged file cheap. */
async function freshOrKept(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CURRENT);
  try {
    const reply = await fetch(request);
    if (reply.ok) await cache.put(path, reply.clone());
    return reply;
  } catch (error) {
    const kept = await cache.match(path);
    if (kept) return kept;
    throw error;
  }
}

export {};
