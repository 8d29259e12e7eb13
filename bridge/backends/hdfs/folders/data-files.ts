/**
 * Which files of a folder are its table, and proof that they stay so while they are read.
 *
 * What our jobs write is committed: `_commits/<number>.json` names the files of one run in `_runs/<run>`, and the newest
 * commit is the table. Any other folder is all files in it and in its folders `name=value`; that nobody was writing
 * meanwhile shows by a listing at the end that is that of the beginning.
 */
import { posix } from "node:path";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { BackendError } from "../../backend-error.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { COMMITS, newestCommit, runPath, type TableCommit } from "../table-commits.ts";
import type { FileStatus, WebHdfs } from "../webhdfs/webhdfs.ts";
import { partitionOf } from "./partitions.ts";
import {
  type DataFile,
  dataFile,
  inOrder,
  LISTED_AT_A_TIME,
  plainFiles,
  signatureOf,
} from "./plain-files.ts";
import { completeCommit } from "./writing/complete-commit.ts";
import { OWN_FOLDER, openCommit } from "./writing/folder-commit.ts";

export interface FolderState {
  readonly folder: string;
  /** In the order of their paths. */
  readonly files: readonly DataFile[];
  /** Names of the partitions' columns, outermost first. */
  readonly partitionColumns: readonly string[];
  /** Another text when anything has changed. */
  readonly signature: string;
  /** Whether a commit names the files, which then never change: a newer commit names others. */
  readonly isCommitted: boolean;
}

/**
 * Undefined where there is no such folder.
 * @param isOurs Whether a commit of ours that was left half-way is completed.
 * @throws ProtocolError "incomplete" where a job is writing; "corrupt" where a commit or what it names is damaged
 */
export async function readFolder(
  fs: WebHdfs,
  folder: string,
  isOurs: boolean,
): Promise<FolderState | undefined> {
  let entries = await fs.list(folder);
  // The listing of a file is the file itself, without a name.
  if (entries === undefined || entries.some(({ pathSuffix }) => pathSuffix === "")) return undefined;
  if (entries.some(isFolderNamed(OWN_FOLDER))) {
    const open = await openCommit(fs, folder);
    if (open !== undefined) {
      if (!isOurs) throw underWay(fs, folder);
      await completeCommit(fs, folder, open);
      entries = (await fs.list(folder)) ?? [];
    }
  }
  const commit = entries.some(isFolderNamed(COMMITS)) ? await newestCommit(fs, folder) : undefined;
  const found =
    commit === undefined ? await plainFiles(fs, folder, entries) : await committedFiles(fs, folder, commit);
  const files = inOrder(found);
  return {
    folder,
    files,
    partitionColumns: partitionColumnsOf(folder, files),
    signature: signatureOf(files),
    isCommitted: commit !== undefined,
  };
}

const underWay = (fs: WebHdfs, folder: string): ProtocolError =>
  new ProtocolError(
    "incomplete",
    `${fs.where}: a push into ${folder} is under way: try again. One that was cut off is completed by whoever reads the folder next through a connection that names it in "ours".`,
  );

const isFolderNamed =
  (name: string) =>
  ({ pathSuffix, type }: FileStatus): boolean =>
    pathSuffix === name && type === "DIRECTORY";

/** @throws ProtocolError "incomplete" where files came, went or changed since */
export async function requireUnchanged(fs: WebHdfs, state: FolderState, isOurs: boolean): Promise<void> {
  if (state.isCommitted) return;
  const now = await readFolder(fs, state.folder, isOurs);
  if (now?.signature === state.signature) return;
  throw new ProtocolError(
    "incomplete",
    `${fs.where}: the files of ${state.folder} changed while they were read, so a job is writing there: try again when it has ended.`,
  );
}

/** Exactly those that the commit names, as long as it says. */
async function committedFiles(fs: WebHdfs, folder: string, { run, files }: TableCommit): Promise<DataFile[]> {
  const root = runPath(folder, run);
  const paths = files.map(({ name }) => `${root}/${name}`);
  const folders = [...new Set(paths.map((path) => posix.dirname(path)))];
  const listings = await inParallel(folders, LISTED_AT_A_TIME, async (path) => ({
    path,
    entries: (await fs.list(path)) ?? [],
  }));
  const there = new Map<string, FileStatus>(
    listings.flatMap(({ path, entries }) =>
      entries
        .filter(({ type }) => type === "FILE")
        .map((file) => [`${path}/${file.pathSuffix}`, file] as const),
    ),
  );
  return files.map(({ name, bytes }, i) => {
    const path = paths[i] ?? "";
    const file = there.get(path);
    if (file?.length === bytes) return dataFile(path, file, partitionOf(posix.dirname(name)));
    throw new ProtocolError(
      "corrupt",
      `${fs.where}: ${path} ${file === undefined ? "is not there" : `has ${file.length} bytes`}, and the job's commit says ${bytes} bytes: run the job again, or put it back from a backup.`,
    );
  });
}

function partitionColumnsOf(folder: string, files: readonly DataFile[]): string[] {
  const [first, ...others] = files.map(({ partition }) => [...partition.keys()]);
  const differs = others.find((columns) => columns.join("/") !== first?.join("/"));
  if (differs === undefined) return first ?? [];
  const said = [first ?? [], differs].map((columns) => columns.join("/") || "none").join(" and ");
  throw new BackendError(
    "unsupported",
    `Files of ${folder} lie in partitions of different columns (${said}): move what is no part of the table somewhere else.`,
  );
}
