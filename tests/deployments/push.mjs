// Makes an image of a folder and puts it into a registry, by the registry's API: node push.mjs REGISTRY NAME TAG FOLDER
// [ENTRYPOINT...]. Prints the image's digest. No engine is needed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";

const [registry, name, tag, folder, ...entrypoint] = process.argv.slice(2);
const digest = (bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function upload(bytes) {
  const begun = await fetch(`${registry}/v2/${name}/blobs/uploads/`, { method: "POST" });
  const location = new URL(begun.headers.get("location"), registry);
  location.searchParams.set("digest", digest(bytes));
  const done = await fetch(location, { method: "PUT", body: bytes, headers: { "content-type": "application/octet-stream" } });
  if (done.status !== 201) throw new Error(`${done.status} ${await done.text()}`);
  return { digest: digest(bytes), size: bytes.length };
}

const layer = execFileSync("tar", ["-C", folder, "--owner=0", "--group=0", "-c", "."], { maxBuffer: 1 << 30 });
const config = Buffer.from(
  JSON.stringify({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Cmd: entrypoint.length ? entrypoint : ["/bin/server"], Env: ["PATH=/bin"] },
    rootfs: { type: "layers", diff_ids: [digest(layer)] },
  }),
);
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: { mediaType: "application/vnd.docker.container.image.v1+json", ...(await upload(config)) },
    layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar", ...(await upload(layer)) }],
  }),
);
const put = await fetch(`${registry}/v2/${name}/manifests/${tag}`, {
  method: "PUT",
  body: manifest,
  headers: { "content-type": "application/vnd.docker.distribution.manifest.v2+json" },
});
if (put.status !== 201) throw new Error(`${put.status} ${await put.text()}`);
console.log(digest(manifest));
