/** Makes a commit: all of it is written aside, and gets the next number by a rename, which one of several writers is granted. */
import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { ProtocolError } from "../../../../../core/protocol/protocol-error.ts";
import { BackendError } from "../../../backend-error.ts";
import { removeQuietly, upload } from "../../dataset/upload.ts";
import { sealJson } from "../../sealed-json.ts";
import { renameForCertain } from "../../webhdfs/rename-for-certain.ts";
import type { WebHdfs } from "../../webhdfs/webhdfs.ts";
import type { FolderState } from "../data-files.ts";
import type { DataFile } from "../plain-files.ts";
import { completeCommit, othersDigest } from "./complete-commit.ts";
import {
  COMMIT_FILE,
  commitsOf,
  type FolderCommit,
  folderCommits,
  NEW,
  OLD,
  placeOf,
  readFolderCommit,
  stagingOf,
} from "./folder-commit.ts";

/** A file that comes: in place of another, or beside it, in the same partition. */
export interface NewFile {
  readonly of: DataFile | undefined;
  readonly replaces: boolean;
  readonly content: Uint8Array;
}

export interface StagedCommit {
  readonly id: string;
  /** Where it lies, and where its new files do, in the order given. */
  readonly place: string;
  readonly files: readonly DataFile[];
}

/** What was staged is nobody's until it is committed. @throws BackendError */
export async function stageCommit(
  fs: WebHdfs,
  state: FolderState,
  files: readonly NewFile[],
): Promise<StagedCommit> {
  const id = randomUUID();
  const place = `${stagingOf(state.folder)}/${id}`;
  const gone = files.flatMap(({ of, replaces }) => (replaces && of !== undefined ? [of] : []));
  const commit: FolderCommit = {
    id,
    gone: gone.map((file, i) => ({
      path: within(state, file.path),
      name: `${i}-${posix.basename(file.path)}`,
      stamp: file.stamp,
    })),
    come: files.map((file, i) => {
      const path = nameOf(state, file, id, i);
      return { path, name: `${i}-${posix.basename(path)}` };
    }),
    others: othersDigest(state.files.filter((file) => !gone.includes(file))),
  };
  const paths = commit.come.map(({ name }) => `${place}/${NEW}/${name}`);
  const [, , ...uploaded] = await settled([
    fs.makeFolder(`${place}/${OLD}`),
    upload(fs, `${place}/${COMMIT_FILE}`, [sealJson(commit)]),
    ...files.map(({ content }, i) => upload(fs, paths[i] ?? "", content.length === 0 ? [] : [content])),
  ]).catch(async (error: unknown) => {
    await removeQuietly(fs, [place]);
    throw error;
  });
  return {
    id,
    place,
    files: files.map(({ of, content }, i) => ({
      path: paths[i] ?? "",
      bytes: content.length,
      modified: 0,
      stamp: String((uploaded[i] as { fileId?: number } | undefined)?.fileId ?? i),
      partition: of?.partition ?? new Map(),
    })),
  };
}

/** When all have ended: who then deletes what is left of them is not overtaken by another. */
async function settled(work: readonly Promise<unknown>[]): Promise<unknown[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

const within = ({ folder }: FolderState, path: string): string => path.slice(folder.length + 1);

/** Of what an earlier commit of ours called it. */
const OUR_MARK = /\.driftscope-[0-9a-f]{8}(?=\.|$)/;
const MAX_NAME = 180;

/**
 * Another name than that of the file that goes: who has listed the old one meets nothing, in place of a file of which he would
 * read some parts of then and some of now. The end stays, since ".gz" says how it is packed.
 */
function nameOf(state: FolderState, { of, replaces }: NewFile, id: string, at: number): string {
  const mark = `driftscope-${id.slice(0, 8)}`;
  if (of === undefined) return `part-${at}.${mark}.json`;
  const { dir, base } = posix.parse(within(state, of.path));
  const plain = base.replace(OUR_MARK, "");
  const dot = plain.indexOf(".", 1);
  const [stem, end] = dot === -1 ? [plain, ""] : [plain.slice(0, dot), plain.slice(dot)];
  const name = `${(replaces ? stem : `part-${at}`).slice(0, MAX_NAME)}.${mark}${end}`;
  return dir === "" ? name : `${dir}/${name}`;
}

export const isOurFile = (name: string): boolean => OUR_MARK.test(name);

/**
 * @returns "overtaken" where somebody else was first or had changed the folder: nothing of it counts.
 * @throws BackendError; it says whether nothing was written for certain
 */
export async function makeCommit(
  fs: WebHdfs,
  { folder }: FolderState,
  { id, place }: StagedCommit,
): Promise<"committed" | "overtaken"> {
  const n = ((await folderCommits(fs, folder)).at(-1) ?? 0) + 1;
  await fs.makeFolder(commitsOf(folder));
  const to = placeOf(folder, n);
  const isOurs = async (): Promise<boolean> => (await readFolderCommit(fs, to))?.id === id;
  if (!(await renameForCertain(fs, place, to, isOurs))) {
    await removeQuietly(fs, [place]);
    return "overtaken";
  }
  try {
    return (await completeCommit(fs, folder, n)) ? "committed" : "overtaken";
  } catch (error) {
    throw inDoubt(error);
  }
}

/** Who completes it decides later whether it counts. */
function inDoubt(error: unknown): unknown {
  if (!(error instanceof ProtocolError)) return error;
  return new BackendError(error.code, error.message, { cause: error, nothingWritten: false });
}
