/**
 * Commits to a folder that was declared ours. HDFS swaps no two files at once, so a commit is a log of what is to be done, which
 * everybody of us who meets it completes:
 *
 *     FOLDER/_driftscope/staging/ID/     a commit while it is made
 *     FOLDER/_driftscope/commits/N/      one that was made: the same folder, renamed to a number that nobody has
 *         commit.json                    sealed: which files go, which come, and what else lay there
 *         new/                           files that come, until they are in their places
 *         old/                           where files that go are moved to; as soon as it has another name, that is decided:
 *         kept/                          the files that went: the commit counts
 *         returned/                      those that are put back, since somebody else had changed the folder: it does not
 *         done/                          nothing is left to do
 */
import * as v from "valibot";
import { ProtocolError } from "../../../../../core/protocol/protocol-error.ts";
import { openSealedJson } from "../../sealed-json.ts";
import type { WebHdfs } from "../../webhdfs/webhdfs.ts";

/** Hidden from whoever reads the folder by Hadoop's rules. */
export const OWN_FOLDER = "_driftscope";

const DIGITS = 12;
const NUMBER = /^\d{12}$/;
const MAX_COMMIT_BYTES = 64 * 1024 * 1024;

/** In a commit's folder. */
export const COMMIT_FILE = "commit.json";
export const NEW = "new";
export const OLD = "old";
export const KEPT = "kept";
export const RETURNED = "returned";
export const DONE = "done";

export const stagingOf = (folder: string): string => `${folder}/${OWN_FOLDER}/staging`;
export const commitsOf = (folder: string): string => `${folder}/${OWN_FOLDER}/commits`;
export const placeOf = (folder: string, n: number): string =>
  `${commitsOf(folder)}/${String(n).padStart(DIGITS, "0")}`;

const path = v.pipe(
  v.string(),
  v.check((text) => text.split("/").every((name) => name !== "" && name !== "." && name !== "..")),
);
const name = v.pipe(
  path,
  v.check((text) => !text.includes("/")),
);

const CommitSchema = v.object({
  /** Random, another one for each try. */
  id: v.string(),
  /** Paths are from the folder, names those in `old` and `new`. */
  gone: v.array(v.object({ path, name, stamp: v.string() })),
  come: v.array(v.object({ path, name })),
  /** SHA-256 of the signature of all other files. */
  others: v.string(),
});
export type FolderCommit = v.InferOutput<typeof CommitSchema>;

/** Oldest first. */
export async function folderCommits(fs: WebHdfs, folder: string): Promise<number[]> {
  const listed = (await fs.list(commitsOf(folder))) ?? [];
  return listed
    .flatMap(({ pathSuffix }) => (NUMBER.test(pathSuffix) ? Number(pathSuffix) : []))
    .sort((a, b) => a - b);
}

/** The newest one's number where something is left to do for it: no other can be open. */
export async function openCommit(fs: WebHdfs, folder: string): Promise<number | undefined> {
  const newest = (await folderCommits(fs, folder)).at(-1);
  if (newest === undefined) return undefined;
  return (await namesIn(fs, placeOf(folder, newest))).has(DONE) ? undefined : newest;
}

export async function namesIn(fs: WebHdfs, place: string): Promise<ReadonlySet<string>> {
  return new Set(((await fs.list(place)) ?? []).map(({ pathSuffix }) => pathSuffix));
}

/** Undefined where there is none. @throws ProtocolError "corrupt" */
export async function readFolderCommit(fs: WebHdfs, place: string): Promise<FolderCommit | undefined> {
  const file = `${place}/${COMMIT_FILE}`;
  const status = await fs.status(file);
  if (status === undefined) return undefined;
  const bytes =
    status.length <= MAX_COMMIT_BYTES ? await fs.read(file, { offset: 0, length: status.length }) : undefined;
  const line = bytes && openSealedJson(bytes);
  const commit = v.safeParse(v.pipe(v.string(), v.parseJson(), CommitSchema), line);
  if (commit.success) return commit.output;
  throw new ProtocolError(
    "corrupt",
    `${file} is truncated or damaged, so this push cannot be completed: what it took away lies in ${place}/${OLD} or ${place}/${KEPT}. Put the files back where you want them, and delete ${place}.`,
  );
}
