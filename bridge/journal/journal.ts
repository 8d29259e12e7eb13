/**
 * The bridge's journal: what the remote held before each of our operations, durable before the operation is
 * sent (decision 24). It serves undo, and it tells a repeated operation what became of it.
 *
 * One append-only file for each apply: `<folder>/<connection>/<hash of the collection>/<applyId>.journal`, the
 * files 0600 in folders 0700 (decision 35).
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TARGET_ITEM_BYTES } from "../../core/protocol/limits.ts";
import { preimageWeight } from "../../core/protocol/preimage-columns.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { StoredPreimage } from "../../core/protocol/stored.ts";
import { AppendLog, readLog } from "./append-log.ts";
import { type JournalFileContent, readJournalFile } from "./journal-file.ts";
import {
  type Conclusion,
  decodeJournalRecord,
  encodeHeader,
  encodeIntents,
  encodeOutcomes,
  type Intent,
  type JournalAbout,
  type JournalHeader,
} from "./journal-records.ts";

/** How long, and up to which size in all, undo stays possible. */
export interface Retention {
  readonly days: number;
  readonly bytes: number;
}

export const DEFAULT_RETENTION: Retention = { days: 30, bytes: 1024 ** 3 };

/** Files of applies that are kept open. */
const MAX_OPEN_FILES = 32;
const DAY_MS = 24 * 60 * 60 * 1000;
const SUFFIX = ".journal";

/** One apply on record. */
export type JournalFile = JournalFileContent & {
  readonly path: string;
  readonly bytes: number;
  readonly changedAt: number;
};

export interface JournalSize {
  readonly applies: number;
  readonly bytes: number;
}

/** What the journal knows of an operation. */
export interface OperationFate {
  /** How often it was about to be sent. */
  readonly attempts: number;
  /** Undefined when it may have applied or not. */
  readonly proven: "applied" | "never" | undefined;
  /** That it gave when it applied, where that could not be known before. */
  readonly token?: string;
}

export interface Fates {
  /** Whether an operation that is missing in `of` was never sent. */
  readonly complete: boolean;
  readonly of: ReadonlyMap<string, OperationFate>;
}

interface AppendOptions {
  readonly durable: boolean;
  readonly complete: boolean;
  readonly about: () => Promise<JournalAbout>;
}

const UNTRIED: OperationFate = { attempts: 0, proven: undefined };

export class Journal {
  readonly #folder: string;
  readonly retention: Retention;
  /** By path, the one used longest ago first. */
  readonly #open = new Map<string, Promise<AppendLog>>();

  constructor(folder: string, retention: Retention = DEFAULT_RETENTION) {
    this.#folder = folder;
    this.retention = retention;
  }

  /**
   * Durable when it resolves.
   * @param settling Whether operations of this apply were sent before: then a file that starts now lacks them.
   * @param about Asked for when a file starts.
   * @throws ProtocolError "journal-failed"
   */
  async intend(
    apply: JournalHeader,
    intents: readonly Intent[],
    settling: boolean,
    about: () => Promise<JournalAbout> = async () => ({}),
  ): Promise<void> {
    if (intents.length === 0) return;
    await this.#append(apply, encodeIntents(intents), { durable: true, complete: !settling, about });
  }

  /**
   * What attempts came to; for an apply that the journal knows nothing of it is not kept. Durable with the next
   * `intend` or `close`: what is lost can mostly be found out from the records.
   */
  async conclude(apply: JournalHeader, conclusions: ReadonlyMap<string, Conclusion>): Promise<void> {
    const path = this.#pathOf(apply);
    if (conclusions.size === 0 || !(this.#open.has(path) || (await exists(path)))) return;
    await this.#append(apply, encodeOutcomes(conclusions), {
      durable: false,
      complete: true,
      about: async () => ({}),
    });
  }

  /** What became of these operations; those that were never intended are missing. */
  async fates(apply: JournalHeader, opIds: ReadonlySet<string>): Promise<Fates> {
    let complete = false;
    const fates = new Map<string, OperationFate>();
    for await (const record of this.#records(apply)) {
      if (record.is === "header") complete = record.complete;
      if (record.is === "intents") {
        for (const { opId } of record.intents) {
          if (!opIds.has(opId)) continue;
          const fate = fates.get(opId) ?? UNTRIED;
          fates.set(opId, { ...fate, attempts: fate.attempts + 1 });
        }
      }
      if (record.is === "outcomes") {
        for (const [opId, { is, token }] of record.conclusions) {
          if (!opIds.has(opId) || is === "rejected") continue;
          const fate = { attempts: fates.get(opId)?.attempts ?? 0, proven: is };
          fates.set(opId, token === undefined ? fate : { ...fate, token });
        }
      }
    }
    return { complete, of: fates };
  }

  /** Each operation of the apply once, in the order they were sent. */
  async *preimages(apply: JournalHeader): AsyncGenerator<readonly StoredPreimage[]> {
    const notApplied = new Set<string>();
    const given = new Map<string, string>();
    for await (const record of this.#records(apply)) {
      // In the order they happened: a new attempt may apply where the one before did not.
      if (record.is === "intents") for (const { opId } of record.intents) notApplied.delete(opId);
      if (record.is !== "outcomes") continue;
      for (const [opId, { is, token }] of record.conclusions) {
        if (token !== undefined) given.set(opId, token);
        if (is === "applied") notApplied.delete(opId);
        else notApplied.add(opId);
      }
    }
    const seen = new Set<string>();
    let chunk: StoredPreimage[] = [];
    let bytes = 0;
    for await (const record of this.#records(apply)) {
      if (record.is !== "intents") continue;
      for (const { opId, before, token } of record.intents) {
        // Once more with every retry, and the same every time: the token expected is the same.
        if (seen.has(opId)) continue;
        seen.add(opId);
        const known = given.get(opId) ?? token;
        const preimage = { opId, before, ...(notApplied.has(opId) || known === "" ? {} : { token: known }) };
        const weight = preimageWeight(preimage);
        if (chunk.length > 0 && bytes + weight > TARGET_ITEM_BYTES) {
          yield chunk;
          chunk = [];
          bytes = 0;
        }
        chunk.push(preimage);
        bytes += weight;
      }
    }
    if (chunk.length > 0) yield chunk;
  }

  async size(): Promise<JournalSize> {
    const files = await this.#files();
    return { applies: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Every apply on record, the newest first. Reads all of it. */
  async list(): Promise<readonly JournalFile[]> {
    const files = (await this.#files()).sort((a, b) => b.changedAt - a.changedAt);
    const listed: JournalFile[] = [];
    for (const file of files) listed.push({ ...file, ...(await readJournalFile(file.path)) });
    return listed;
  }

  /** Deletes the file of an apply that `list` told. */
  async forget({ path }: JournalFile): Promise<void> {
    await rm(path, { force: true });
    await rmdir(dirname(path)).catch(() => {});
  }

  /**
   * Deletes the files that are past their retention, the oldest first; never one that is being written, nor one
   * of an apply that is not settled: what became of its operations could not be told any more.
   */
  async prune(now: number): Promise<void> {
    const files = (await this.#files()).sort((a, b) => a.changedAt - b.changedAt);
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of files) {
      const isOld = now - file.changedAt > this.retention.days * DAY_MS;
      if (!isOld && bytes <= this.retention.bytes) return;
      if (this.#open.has(file.path) || (await readJournalFile(file.path)).state !== "settled") continue;
      await rm(file.path, { force: true });
      await rmdir(dirname(file.path)).catch(() => {});
      bytes -= file.bytes;
    }
  }

  async close(): Promise<void> {
    const logs = Array.from(this.#open.values());
    this.#open.clear();
    await Promise.allSettled(logs.map(async (log) => (await log).close()));
  }

  async #append(
    apply: JournalHeader,
    bytes: Uint8Array,
    { durable, complete, about }: AppendOptions,
  ): Promise<void> {
    const path = this.#pathOf(apply);
    const opening = this.#open.get(path) ?? openLog(path, apply, complete, about);
    // Last in the map again: it is the one used last.
    this.#open.delete(path);
    this.#open.set(path, opening);
    try {
      await (await opening).append(bytes, durable);
    } catch (error) {
      if (this.#open.get(path) === opening) this.#open.delete(path);
      void opening.then((log) => log.close()).catch(() => {});
      throw error;
    }
    this.#closeOldest();
  }

  #closeOldest(): void {
    for (const [path, opening] of this.#open) {
      if (this.#open.size <= MAX_OPEN_FILES) return;
      this.#open.delete(path);
      void opening.then((log) => log.close()).catch(() => {});
    }
  }

  async *#records(apply: JournalHeader) {
    let isFirst = true;
    for await (const bytes of readLog(this.#pathOf(apply))) {
      const record = decodeJournalRecord(bytes);
      if (isFirst) requireHeader(record.is === "header" ? record.header : undefined, apply);
      isFirst = false;
      yield record;
    }
  }

  #pathOf({ connection, collection, applyId }: JournalHeader): string {
    const hash = createHash("sha256").update(collection).digest("hex").slice(0, 16);
    return join(this.#folder, connection, hash, applyId + SUFFIX);
  }

  async #files(): Promise<{ path: string; bytes: number; changedAt: number }[]> {
    const names = await readdir(this.#folder, { recursive: true }).catch(() => []);
    const paths = names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(this.#folder, name));
    const files = await Promise.all(
      paths.map(async (path) => {
        const stats = await stat(path).catch(() => undefined);
        return stats && { path, bytes: stats.size, changedAt: stats.mtimeMs };
      }),
    );
    return files.filter((file) => file !== undefined);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function openLog(
  path: string,
  apply: JournalHeader,
  complete: boolean,
  about: () => Promise<JournalAbout>,
): Promise<AppendLog> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ProtocolError("journal-failed", `The journal's folder ${dirname(path)} cannot be made.`, {
      cause: error,
    });
  }
  const log = await AppendLog.open(path);
  for await (const first of readLog(path)) {
    const record = decodeJournalRecord(first);
    requireHeader(record.is === "header" ? record.header : undefined, apply);
    return log;
  }
  await log.append(encodeHeader(apply, await about(), complete), false);
  return log;
}

/** Folders can be copied and file systems can ignore case: the file says itself what it is of. */
function requireHeader(header: JournalHeader | undefined, apply: JournalHeader): void {
  const isOurs =
    header?.applyId === apply.applyId &&
    header.connection === apply.connection &&
    header.collection === apply.collection;
  if (isOurs) return;
  throw new ProtocolError(
    "journal-failed",
    `The journal file of apply ${apply.applyId} is of something else: move it away to go on.`,
  );
}
