// Links among the documents lead to a file that is there and to a heading that it has; paths in code spans are there too.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { encoding: "utf8" }).trim().split("\n");

// The anchor that GitHub makes of a heading.
const anchor = (heading) => heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
const anchors = (text) => [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading));

for (const document of documents) {
  const text = readFileSync(document, "utf8").replace(/^```[^]*?^```/gm, "");

  test(`links of ${document}`, () => {
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path, heading] = target.split("#");
      const file = path ? normalize(join(dirname(document), path)) : document;
      assert.ok(existsSync(file), `${target} is not there`);
      if (heading) assert.ok(anchors(readFileSync(file, "utf8")).includes(heading), `${target}: there is no such heading`);
    }
  });

  test(`paths in ${document}`, () => {
    // What is planned is not there yet.
    const present = text.replace(/^### Where the coming capabilities will live$[^]*?^##/m, "##");
    for (const [, path] of present.matchAll(/`((?:functions|wasm-shared|tests|scripts|deploy|docs|data|\.github)\/[\w./-]*)`/g)) {
      // From the root, or, in a crate's own README, from its folder.
      assert.ok(existsSync(path) || existsSync(join(dirname(document), path)), `${path} is not there`);
    }
  });
}
