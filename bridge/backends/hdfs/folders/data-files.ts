/**
 * Which files of a folder are its table, and proof that they stay so while they are read.
 *
 * What our jobs write is committed: `_commits/<number>.json` names the files of one run in `_runs/<run>`, and the newest
 * commit is the table. Any other folder is all files in it and in its folders `name=value`; that nobody was writing
 * meanwhile shows by a listing at the end that is that of the beginning.
 */
import { posix } from "node:path";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { isData } from "../../../jobs/output-rules.ts";
import { BackendError } from "../../backend-error.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { COMMITS, newestCommit, runPath, type TableCommit, vanished } from "../table-commits.ts";
import { type FileStatus, stampOf, type WebHdfs } from "../webhdfs/webhdfs.ts";
import { partitionOf } from "./partitions.ts";

export interface DataFile {
  readonly path: string;
  readonly bytes: number;
  /** By the NameNode's clock, in milliseconds. */
  readonly modified: number;
  /** Another one for another file, also of the same name. */
  readonly stamp: string;
  /** By the folders `name=value` that it lies in. */
  readonly partition: ReadonlyMap<string, string | null>;
}

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

/** Where Hadoop, Spark and Hive put what a job that is under way has written so far. */
const UNDER_WAY = /^(?:_temporary$|\.spark-staging|\.hive-staging)/;

const LISTED_AT_A_TIME = 8;

/**
 * Undefined where there is no such folder.
 * @throws ProtocolError "incomplete" where a job is writing; "corrupt" where a commit or what it names is damaged
 */
export async function readFolder(fs: WebHdfs, folder: string): Promise<FolderState | undefined> {
  const entries = await fs.list(folder);
  // The listing of a file is the file itself, without a name.
  if (entries === undefined || entries.some(({ pathSuffix }) => pathSuffix === "")) return undefined;
  const commit = entries.some(isFolderNamed(COMMITS)) ? await newestCommit(fs, folder) : undefined;
  const found =
    commit === undefined ? await plainFiles(fs, folder, entries) : await committedFiles(fs, folder, commit);
  const files = found.sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    folder,
    files,
    partitionColumns: partitionColumnsOf(folder, files),
    signature: files.map(({ path, stamp }) => `${path}\n${stamp}`).join("\n"),
    isCommitted: commit !== undefined,
  };
}

const isFolderNamed =
  (name: string) =>
  ({ pathSuffix, type }: FileStatus): boolean =>
    pathSuffix === name && type === "DIRECTORY";

/** @throws ProtocolError "incomplete" where files came, went or changed since */
export async function requireUnchanged(fs: WebHdfs, state: FolderState): Promise<void> {
  if (state.isCommitted) return;
  const now = await readFolder(fs, state.folder);
  if (now?.signature === state.signature) return;
  throw new ProtocolError(
    "incomplete",
    `${fs.where}: the files of ${state.folder} changed while they were read, so a job is writing there: try again when it has ended.`,
  );
}

/** @param partition Of the folders that lead to this one. */
async function plainFiles(
  fs: WebHdfs,
  folder: string,
  entries: readonly FileStatus[],
  partition: DataFile["partition"] = new Map(),
): Promise<DataFile[]> {
  const job = entries.find(({ pathSuffix }) => UNDER_WAY.test(pathSuffix));
  if (job !== undefined) {
    throw new ProtocolError(
      "incomplete",
      `${fs.where}: a job is writing into ${folder}, since ${job.pathSuffix} is there: try again when it has ended. One that was killed leaves that behind: then delete it, and what else it wrote.`,
    );
  }
  const visible = entries.filter(({ pathSuffix }) => isData(pathSuffix));
  const link = visible.find(({ type }) => type === "SYMLINK");
  if (link !== undefined) {
    throw new BackendError(
      "unsupported",
      `${folder}/${link.pathSuffix} is a symbolic link, which is not read.`,
    );
  }
  const below = await inParallel(
    visible.filter(({ type }) => type === "DIRECTORY"),
    LISTED_AT_A_TIME,
    async ({ pathSuffix }) => {
      const path = `${folder}/${pathSuffix}`;
      const inside = await fs.list(path);
      if (inside === undefined) throw vanished(fs, path);
      return plainFiles(fs, path, inside, new Map([...partition, ...partitionOf(pathSuffix)]));
    },
  );
  const files = visible
    .filter(({ type }) => type === "FILE")
    .map((file) => dataFile(`${folder}/${file.pathSuffix}`, file, partition));
  return [...files, ...below.flat()];
}

const dataFile = (path: string, status: FileStatus, partition: DataFile["partition"]): DataFile => ({
  path,
  bytes: status.length,
  modified: status.modificationTime,
  stamp: stampOf(status),
  partition,
});

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
