/**
 * Commits a manifest: it is written aside, and renamed to the number behind the newest one's, where nothing may be. Of
 * several writers one is told that it did; the others look at what is there now and begin anew.
 *
 * What makes the outcome certain: as long as no manifest has that number, a rename whose answer was lost may still come,
 * so the identical one is sent until it is answered. Once one has it, its id says whose it is, and no other can come.
 */
import { BackendError } from "../../backend-error.ts";
import { renameForCertain } from "../webhdfs/rename-for-certain.ts";
import type { FileStatus } from "../webhdfs/webhdfs.ts";
import type { Dataset, Snapshot } from "./dataset.ts";
import { manifestPath, manifestsOf, stagingOf } from "./dataset-paths.ts";
import { encodeManifest, type Manifest } from "./manifest.ts";
import { removeQuietly, upload } from "./upload.ts";

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

function isCommitted(dataset: Dataset, { manifest, path }: StagedManifest): Promise<boolean> {
  const { fs, folder } = dataset;
  return renameForCertain(fs, path, manifestPath(folder, manifest.n), async (isInDoubt) => {
    const there = await dataset.manifest(manifest.n);
    if (there === undefined) throw gone(dataset, isInDoubt);
    return there.id === manifest.id;
  });
}

/** Neither the file that was written aside nor the one that it should have become. */
function gone({ fs, folder }: Dataset, isInDoubt: boolean): BackendError {
  return new BackendError(
    "backend-failed",
    `${fs.where}: somebody deleted files of ${folder} while it was written to: compare again.`,
    { nothingWritten: !isInDoubt },
  );
}
