// page.mjs WEB ENGINE RANGES OUT: bundles the page's sources into the files that are deployed.
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [web, engine, ranges, out] = process.argv.slice(2);
const common = { bundle: true, minify: true, target: "es2023", charset: "utf8", legalComments: "inline", logLevel: "warning" };

await build({ ...common, entryPoints: { page: join(web, "src/main.ts") }, format: "esm", outdir: out });
await build({ ...common, entryPoints: { page: join(web, "page.css") }, outdir: out });
for (const file of ["index.html", "icon.svg", "app.webmanifest"]) copyFileSync(join(web, file), join(out, file));
copyFileSync(engine, join(out, "engine.wasm"));
// What is here until now is kept for visits without a network.
const kept = readdirSync(out).sort();

// What a reader who asks for ranges loads.
await build({ ...common, entryPoints: { ranges: join(web, "src/ranges-worker.ts") }, format: "esm", outdir: out });
copyFileSync(ranges, join(out, "ranges.wasm"));

// The pages of those who have a key, which ask the service for everything.
await build({ ...common, entryPoints: { account: join(web, "src/account/main.ts") }, format: "esm", outdir: out });
await build({ ...common, entryPoints: { account: join(web, "account.css") }, outdir: out });
copyFileSync(join(web, "account.html"), join(out, "account.html"));

// The view inside assistants is one file: its host allows it no other.
const inlined = async (entry, options) => {
  const { outputFiles } = await build({ ...common, ...options, entryPoints: [join(web, entry)], write: false, legalComments: "none" });
  return outputFiles[0].text.trim();
};
const [style, script] = await Promise.all([inlined("view.css", {}), inlined("src/view.ts", { format: "iife" })]);
const view = readFileSync(join(web, "view.html"), "utf8");

// The service worker keeps these files, and is another one whenever one of them is.
const version = createHash("sha256");
for (const file of [...kept, "ranges.js", "ranges.wasm"]) version.update(file).update(readFileSync(join(out, file)));
await build({
  ...common,
  entryPoints: { worker: join(web, "src/worker.ts") },
  format: "iife",
  outdir: out,
  define: {
    VERSION: JSON.stringify(version.digest("hex").slice(0, 16)),
    FILES: JSON.stringify(kept.filter((file) => file !== "index.html").map((file) => `/page/${file}`)),
  },
});
writeFileSync(join(out, "view.html"), view.replace("/*STYLE*/", () => style).replace("/*SCRIPT*/", () => script));
