/**
 * Does what is left to do for a commit. Any number of us may do so at the same time, and stop anywhere: each step is a rename that
 * overwrites nothing, of something that is never there again.
 *
 * Files that go are moved aside first, since that shows whether they are those that were read: a foreign file is never
 * overwritten, nor deleted. The folder that they are moved to is then renamed, which decides for everybody, and at the same
 * time keeps a request that comes late from moving anything more.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { ProtocolError } from "../../../../../core/protocol/protocol-error.ts";
import { inParallel } from "../../../shared/in-parallel.ts";
import { stampOf, type WebHdfs } from "../../webhdfs/webhdfs.ts";
import { type DataFile, inOrder, LISTED_AT_A_TIME, plainFiles, signatureOf } from "../plain-files.ts";
import {
  DONE,
  type FolderCommit,
  KEPT,
  NEW,
  namesIn,
  OLD,
  placeOf,
  RETURNED,
  readFolderCommit,
} from "./folder-commit.ts";

/** Of files that a commit leaves as they are. */
export const othersDigest = (files: readonly DataFile[]): string =>
  createHash("sha256")
    .update(signatureOf(inOrder(files)))
    .digest("hex");

interface Commit extends FolderCommit {
  readonly folder: string;
  readonly place: string;
}

/** @returns Whether it counts: else the folder is as it was. @throws BackendError, ProtocolError: it stays open */
export async function completeCommit(fs: WebHdfs, folder: string, n: number): Promise<boolean> {
  const place = placeOf(folder, n);
  const read = await readFolderCommit(fs, place);
  if (read === undefined) throw damaged(fs, place, "commit.json is not there");
  const commit = { ...read, folder, place };
  for (;;) {
    const names = await namesIn(fs, place);
    if (names.has(DONE)) return names.has(KEPT);
    if (names.has(OLD)) {
      await moveAside(fs, commit);
      const isAsRead = await isFolderAsRead(fs, commit);
      // Whoever is second finds nothing to rename.
      await fs.rename(`${place}/${OLD}`, `${place}/${isAsRead ? KEPT : RETURNED}`);
    } else if (names.has(KEPT)) {
      await inParallel(commit.come, LISTED_AT_A_TIME, (file) => publish(fs, commit, file));
      await fs.makeFolder(`${place}/${DONE}`);
    } else if (names.has(RETURNED)) {
      // What somebody has put in its place meanwhile stays there, and the file where it is.
      await inParallel(commit.gone, LISTED_AT_A_TIME, ({ name, path }) =>
        fs.rename(`${place}/${RETURNED}/${name}`, `${folder}/${path}`),
      );
      await fs.makeFolder(`${place}/${DONE}`);
    } else {
      throw damaged(fs, place, "what it took away is not there");
    }
  }
}

const moveAside = (fs: WebHdfs, { folder, place, gone }: Commit): Promise<unknown> =>
  inParallel(gone, LISTED_AT_A_TIME, ({ path, name }) =>
    fs.rename(`${folder}/${path}`, `${place}/${OLD}/${name}`),
  );

/** Whether what was moved aside, and all else, is what the commit was made of. */
async function isFolderAsRead(fs: WebHdfs, { folder, place, gone, others }: Commit): Promise<boolean> {
  const aside = new Map(
    ((await fs.list(`${place}/${OLD}`)) ?? []).map((status) => [status.pathSuffix, stampOf(status)]),
  );
  if (gone.some(({ name, stamp }) => aside.get(name) !== stamp)) return false;
  const entries = await fs.list(folder);
  if (entries === undefined) return false;
  try {
    return othersDigest(await plainFiles(fs, folder, entries)) === others;
  } catch (error) {
    // A job has begun, or what lies there now is no table any more.
    if (error instanceof ProtocolError && /^(?:incomplete|unsupported)$/.test(error.code)) return false;
    throw error;
  }
}

async function publish(
  fs: WebHdfs,
  { folder, place }: Commit,
  { name, path }: FolderCommit["come"][number],
): Promise<void> {
  const from = `${place}/${NEW}/${name}`;
  const to = `${folder}/${path}`;
  if ((await fs.rename(from, to)) === "renamed" || (await fs.status(from)) === undefined) return;
  // Somebody has deleted the partition's folder.
  await fs.makeFolder(posix.dirname(to));
  if ((await fs.rename(from, to)) === "renamed" || (await fs.status(from)) === undefined) return;
  throw damaged(fs, place, `${to} is there, which nobody else should have made`);
}

const damaged = (fs: WebHdfs, place: string, what: string): ProtocolError =>
  new ProtocolError(
    "corrupt",
    `${fs.where}: the push in ${place} cannot be completed, since ${what}: put back what you want of it by hand, and delete it.`,
  );
