/**
 * Commits a manifest: it is written aside, and renamed to the number behind the newest one's, where nothing may be. Of
 * several writers one is told that it did; the others look at what is there now and begin anew.
 *
 * What makes the outcome certain: as long as no manifest has that number, a rename whose answer was lost may still come,
 * so the identical one is sent until it is answered. Once one has it, its id says whose it is, and no other can come.
 */
import { setTimeout as wait } from "node:timers/promises";
import { BackendError } from "../../backend-error.ts";
import type { FileStatus } from "../webhdfs/webhdfs.ts";
import type { Dataset, Snapshot } from "./dataset.ts";
import { manifestPath, manifestsOf, stagingOf } from "./dataset-paths.ts";
import { encodeManifest, type Manifest } from "./manifest.ts";
import { removeQuietly, upload } from "./upload.ts";

const PAUSE_MS = 200;

/**
 * Files in no manifest are kept for a day, and manifests as well: a commit that took longer, as on a machine that slept,
 * must not happen.
 */
const MAX_COMMIT_MS = 60 * 60 * 1000;

export interface StagedManifest {
  readonly manifest: Manifest;
  readonly path: string;
  readonly file: FileStatus;
}

/** Where it is written aside. */
export const stagedPath = ({ folder }: Dataset, { id }: Manifest): string =>
  `${stagingOf(folder)}/${id}.json`;

export async function stageManifest(dataset: Dataset, manifest: Manifest): Promise<StagedManifest> {
  const path = stagedPath(dataset, manifest);
  return { manifest, path, file: await upload(dataset.fs, path, [encodeManifest(manifest)]) };
}

/**
 * @param begunAt Date.now() when the snapshot was read that it follows.
 * @returns Undefined where somebody else was first.
 * @throws BackendError; it says whether nothing was written for certain
 */
export async function commitManifest(
  dataset: Dataset,
  staged: StagedManifest,
  begunAt: number,
): Promise<Snapshot | undefined> {
  const { manifest } = staged;
  if (manifest.n === 1) await dataset.fs.makeFolder(manifestsOf(dataset.folder));
  if (Date.now() - begunAt > MAX_COMMIT_MS) {
    throw new BackendError("backend-failed", `${dataset.fs.where}: this took more than an hour: begin anew.`);
  }
  if (await isCommitted(dataset, staged)) return dataset.adopt(manifest, staged.file);
  await removeQuietly(dataset.fs, [staged.path]);
  return undefined;
}

async function isCommitted(dataset: Dataset, { manifest, path }: StagedManifest): Promise<boolean> {
  const { fs, folder } = dataset;
  // After the first one without an answer, another is waited for as long.
  const deadline = performance.now() + 2 * fs.requestTimeoutMs;
  for (let isInDoubt = false; ; ) {
    try {
      const said = await fs.rename(path, manifestPath(folder, manifest.n));
      if (said === "renamed") return true;
      const there = await dataset.manifest(manifest.n);
      if (there !== undefined) return there.id === manifest.id;
      throw gone(dataset, isInDoubt);
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== "backend-unavailable") throw error;
      isInDoubt ||= !error.nothingWritten;
      if (performance.now() > deadline) {
        throw new BackendError(error.code, error.message, { cause: error, nothingWritten: !isInDoubt });
      }
      await wait(PAUSE_MS);
    }
  }
}

/** Neither the file that was written aside nor the one that it should have become. */
function gone({ fs, folder }: Dataset, isInDoubt: boolean): BackendError {
  return new BackendError(
    "backend-failed",
    `${fs.where}: somebody deleted files of ${folder} while it was written to: compare again.`,
    { nothingWritten: !isInDoubt },
  );
}
