/**
 * Deletes what nobody reads any more, a day after it went out of use by the NameNode's clock: files that no manifest names
 * (what was merged, what a writer that died left), and manifests beyond the newest hundred.
 */
import type { FileStatus } from "../webhdfs/webhdfs.ts";
import type { Snapshot } from "./dataset.ts";
import { manifestsOf, segmentOfFile, segmentsOf, stagingOf } from "./dataset-paths.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
export const KEPT_MANIFESTS = 100;

export interface Tidied {
  readonly manifests: number;
  readonly files: number;
}

/** @param now By the NameNode's clock, in milliseconds; absent = the last commit, which is no later. @throws BackendError */
export async function tidy(
  { dataset, manifest, file }: Snapshot,
  now = file.modificationTime,
): Promise<Tidied> {
  const { fs, folder } = dataset;
  const isOld = (one: FileStatus): boolean => one.modificationTime < now - DAY_MS;
  const named = new Set(manifest.segments.map(({ name }) => name));
  const droppedAt = new Map(manifest.dropped.map(({ name, at }) => [name, at]));
  const isUnused = (one: FileStatus): boolean => {
    const name = segmentOfFile(one.pathSuffix);
    if (name === undefined || named.has(name)) return false;
    return isOld(one) && (droppedAt.get(name) ?? 0) < now - DAY_MS;
  };
  const segments = (await fs.list(segmentsOf(folder))) ?? [];
  const staged = (await fs.list(stagingOf(folder))) ?? [];
  const manifests = (await dataset.manifestFiles()).slice(0, -KEPT_MANIFESTS).filter(isOld);
  const files = [
    ...segments.filter(isUnused).map(({ pathSuffix }) => `${segmentsOf(folder)}/${pathSuffix}`),
    ...staged.filter(isOld).map(({ pathSuffix }) => `${stagingOf(folder)}/${pathSuffix}`),
  ];
  for (const path of files) await fs.remove(path);
  // Oldest first: what is kept is always the newest without a gap.
  for (const { pathSuffix } of manifests) await fs.remove(`${manifestsOf(folder)}/${pathSuffix}`);
  return { manifests: manifests.length, files: files.length };
}
