/** Deletes what nobody needs any more of the commits to a folder, by the NameNode's clock. */
import { stampOf, type WebHdfs } from "../../webhdfs/webhdfs.ts";
import { folderCommits, KEPT, placeOf, RETURNED, readFolderCommit, stagingOf } from "./folder-commit.ts";
import { isOurFile } from "./make-commit.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Of files that somebody else wrote. */
const KEPT_DAYS = 30;

/**
 * A commit goes a day after it was made, and what it kept with it; where that is a file of somebody else, after thirty. One that
 * somebody has written to since stays.
 *
 * @throws BackendError
 */
export async function tidyCommits(fs: WebHdfs, folder: string): Promise<void> {
  const numbers = await folderCommits(fs, folder);
  const newest = numbers.pop();
  if (newest === undefined) return;
  const now = (await fs.status(placeOf(folder, newest)))?.modificationTime ?? 0;
  for (const { pathSuffix, modificationTime } of (await fs.list(stagingOf(folder))) ?? []) {
    if (modificationTime < now - DAY_MS) await fs.remove(`${stagingOf(folder)}/${pathSuffix}`);
  }
  for (const n of numbers) {
    const place = placeOf(folder, n);
    const age = now - ((await fs.status(place))?.modificationTime ?? now);
    if (age < DAY_MS) return;
    if (await mayGo(fs, place, age > KEPT_DAYS * DAY_MS)) await fs.remove(place);
  }
}

async function mayGo(fs: WebHdfs, place: string, isOld: boolean): Promise<boolean> {
  const commit = await readFolderCommit(fs, place);
  const stamps = new Map(commit?.gone.map(({ name, stamp }) => [name, stamp]));
  const kept = [
    ...((await fs.list(`${place}/${KEPT}`)) ?? []),
    // What could not be put back, since somebody had put something else in its place.
    ...((await fs.list(`${place}/${RETURNED}`)) ?? []),
  ];
  const isAsKept = kept.every((status) => stamps.get(status.pathSuffix) === stampOf(status));
  return isAsKept && (isOld || kept.every(({ pathSuffix }) => isOurFile(pathSuffix)));
}
