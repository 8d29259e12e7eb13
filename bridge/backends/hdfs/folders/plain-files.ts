/** The files of a folder that no commit names: all in it and in its folders `name=value` that are not hidden. */
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import { isData } from "../../../jobs/output-rules.ts";
import { BackendError } from "../../backend-error.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { vanished } from "../table-commits.ts";
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

/** Where Hadoop, Spark and Hive put what a job that is under way has written so far. */
const UNDER_WAY = /^(?:_temporary$|\.spark-staging|\.hive-staging)/;

export const LISTED_AT_A_TIME = 8;

/**
 * @param partition Of the folders that lead to this one.
 * @throws ProtocolError "incomplete" where a job is writing
 */
export async function plainFiles(
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

export const dataFile = (path: string, status: FileStatus, partition: DataFile["partition"]): DataFile => ({
  path,
  bytes: status.length,
  modified: status.modificationTime,
  stamp: stampOf(status),
  partition,
});

export const inOrder = (files: readonly DataFile[]): DataFile[] =>
  [...files].sort((a, b) => (a.path < b.path ? -1 : 1));

/** Another text when anything has changed. @param files In the order of their paths. */
export const signatureOf = (files: readonly DataFile[]): string =>
  files.map(({ path, stamp }) => `${path}\n${stamp}`).join("\n");
