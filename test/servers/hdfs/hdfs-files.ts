/** The files of a dataset, as somebody sees them who looks at them by WebHDFS without the backend. */
import { inject } from "vitest";
import { folderOf } from "../../../bridge/backends/hdfs/dataset/dataset-paths.ts";
import { decodeManifest, type Manifest } from "../../../bridge/backends/hdfs/dataset/manifest.ts";
import { WebHdfs } from "../../../bridge/backends/hdfs/webhdfs/webhdfs.ts";

/** @param url Of the NameNode; absent = that of the project. */
export const webHdfs = (url = inject("hdfs")): WebHdfs =>
  new WebHdfs({ where: `HDFS at ${url}`, url, requestTimeoutMs: 30_000, user: "root" });

export async function contentOf(fs: WebHdfs, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await fs.stream(path)) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** In place of what is there. */
export async function overwrite(fs: WebHdfs, path: string, bytes: Uint8Array): Promise<void> {
  await fs.remove(path);
  await fs.create(path, { chunks: [bytes], bytes: bytes.length });
}

/** Names in a folder, in order. */
export const namesIn = async (fs: WebHdfs, path: string): Promise<string[]> =>
  ((await fs.list(path)) ?? []).map(({ pathSuffix }) => pathSuffix).sort();

/** All manifests of a collection, oldest first. */
export async function committed(root: string, collection: string): Promise<Manifest[]> {
  const fs = webHdfs();
  const folder = `${folderOf(root, collection)}/manifests`;
  const manifests: Manifest[] = [];
  for (const name of await namesIn(fs, folder)) {
    manifests.push(decodeManifest(name, await contentOf(fs, `${folder}/${name}`)));
  }
  fs.close();
  return manifests;
}

/** Of the dataset in a folder. */
export async function newestManifest(fs: WebHdfs, folder: string): Promise<Manifest> {
  const path = `${folder}/manifests/${(await namesIn(fs, `${folder}/manifests`)).at(-1)}`;
  return decodeManifest(path, await contentOf(fs, path));
}

/** As if the file had been written then. @param at By the NameNode's clock, in milliseconds. */
export async function setTime(path: string, at: number): Promise<void> {
  const query = `op=SETTIMES&user.name=root&modificationtime=${at}`;
  const answer = await fetch(`${inject("hdfs")}/webhdfs/v1${encodeURI(path)}?${query}`, { method: "PUT" });
  if (!answer.ok) throw new Error(await answer.text());
}
