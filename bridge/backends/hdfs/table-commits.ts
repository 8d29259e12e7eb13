/**
 * What counts as the output of jobs: `TABLE/_commits/N.json`, sealed, names the files of one run in `TABLE/_runs/RUN`, and the
 * newest is the table.
 */
import * as v from "valibot";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { manifestName, manifestNumber } from "./dataset/dataset-paths.ts";
import { openSealedJson } from "./sealed-json.ts";
import type { WebHdfs } from "./webhdfs/webhdfs.ts";

const MAX_COMMIT_BYTES = 64 * 1024 * 1024;

const isPlainPath = (path: string): boolean =>
  path.split("/").every((name) => name !== "" && name !== "." && name !== "..");

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const CommitSchema = v.object({
  n: count,
  run: v.pipe(
    v.string(),
    v.check((run) => isPlainPath(run) && !run.includes("/")),
  ),
  /** From the run's folder. */
  files: v.array(v.object({ name: v.pipe(v.string(), v.check(isPlainPath)), bytes: count })),
});
export type TableCommit = v.InferOutput<typeof CommitSchema>;

/** Of a table, which has one as soon as anything is committed. */
export const COMMITS = "_commits";

export const runsOf = (table: string): string => `${table}/_runs`;
export const runPath = (table: string, run: string): string => `${runsOf(table)}/${run}`;
export const commitPath = (table: string, n: number): string => `${table}/${COMMITS}/${manifestName(n)}`;

/** Oldest first. */
export async function commitNumbers(fs: WebHdfs, table: string): Promise<number[]> {
  const listed = (await fs.list(`${table}/${COMMITS}`)) ?? [];
  return listed.flatMap(({ pathSuffix }) => manifestNumber(pathSuffix) ?? []).sort((a, b) => a - b);
}

/** Undefined while nothing is committed. @throws ProtocolError "corrupt", "incomplete" */
export async function newestCommit(fs: WebHdfs, table: string): Promise<TableCommit | undefined> {
  const newest = (await commitNumbers(fs, table)).at(-1);
  return newest === undefined ? undefined : readCommit(fs, table, newest);
}

/** @throws ProtocolError "corrupt"; "incomplete" where it went meanwhile */
export async function readCommit(fs: WebHdfs, table: string, n: number): Promise<TableCommit> {
  const path = commitPath(table, n);
  const status = await fs.status(path);
  const isRead = status !== undefined && status.length <= MAX_COMMIT_BYTES;
  const bytes = isRead ? await fs.read(path, { offset: 0, length: status.length }) : undefined;
  if (status === undefined || (isRead && bytes === undefined)) throw vanished(fs, path);
  const line = bytes && openSealedJson(bytes);
  const commit = v.safeParse(v.pipe(v.string(), v.parseJson(), CommitSchema), line);
  if (commit.success) return commit.output;
  throw new ProtocolError(
    "corrupt",
    `${path} is truncated, damaged, or no commit of a job's output: run the job again, or put it back from a backup.`,
  );
}

export const vanished = (fs: WebHdfs, path: string): ProtocolError =>
  new ProtocolError(
    "incomplete",
    `${fs.where}: ${path} went or was replaced while the folder was read: try again when no job writes there.`,
  );
