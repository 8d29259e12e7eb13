/** Reads collections into a file that is there whole or not at all. */
import { createHash, randomUUID } from "node:crypto";
import { access, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { endOf, startOf } from "../../core/batch/byte-column.ts";
import { type EntryBatch, EntryState } from "../../core/batch/entry-batch.ts";
import { toHex } from "../../core/key/hex.ts";
import type { MappingSettings } from "../../core/mapping/mapping-settings.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { RecordRead, RemoteStore } from "../../core/session/ports.ts";
import { messageOf } from "../../core/session/session-error.ts";
import {
  BUNDLE_FORMAT,
  type BundledCollection,
  type BundledRecord,
  type BundleHead,
  type BundleTotals,
  lineOf,
} from "./bundle-file.ts";

export interface BundleSource {
  readonly name: string;
  readonly store: RemoteStore;
  /** Of somebody's own table. */
  readonly mapping?: MappingSettings;
}

export interface BundleRequest {
  /** Must not be there yet; its folder is made. */
  readonly path: string;
  readonly connection: string;
  readonly sources: readonly BundleSource[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called with how many records are in the file so far. */
  readonly onProgress?: (records: number) => void;
  readonly signal: AbortSignal;
}

export interface WrittenBundle {
  readonly head: BundleHead;
  readonly totals: BundleTotals;
  readonly bytes: number;
}

/** Where this process writes a bundle before it has its name. */
const partOf = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.part`);

/**
 * @throws ProtocolError "unknown-collection" where one is not there; "disk-full", "backend-failed" where the file cannot
 *   be written; what the remote throws; the signal's reason. No file is left then.
 */
export async function writeBundle(request: BundleRequest): Promise<WrittenBundle> {
  const { path, connection, sources, now, signal } = request;
  const head: BundleHead = {
    driftscope: "bundle",
    format: BUNDLE_FORMAT,
    id: randomUUID(),
    connection,
    startedAt: now(),
    collections: await Promise.all(sources.map((source) => describe(source, connection))),
  };
  if (await isThere(path)) {
    throw new ProtocolError(
      "not-allowed",
      `${path} is there already, and is not overwritten: name another file.`,
    );
  }
  const part = partOf(path);
  const file = await NewFile.open(part);
  try {
    await file.write(lineOf(head));
    const counts: BundleTotals["counts"] = [];
    for (const source of sources) counts.push(await writeCollection(source, file, request));
    const totals: BundleTotals = { endedAt: now(), counts };
    await file.write(lineOf(totals));
    await file.write(lineOf({ end: true, sha256: file.sum() }));
    signal.throwIfAborted();
    await file.putInPlace(path);
    return { head, totals, bytes: file.bytes };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function describe(
  { name, store, mapping }: BundleSource,
  connection: string,
): Promise<BundledCollection> {
  const meta = await store.meta();
  if (meta === undefined && mapping === undefined) {
    throw new ProtocolError(
      "unknown-collection",
      `The connection "${connection}" has no collection "${name}": push it once, or name others.`,
    );
  }
  return {
    name,
    ...(meta === undefined ? {} : { meta }),
    ...(mapping === undefined ? {} : { mapping }),
  };
}

async function writeCollection(
  { name, store }: BundleSource,
  file: NewFile,
  { signal, onProgress }: BundleRequest,
): Promise<BundleTotals["counts"][number]> {
  let records = 0;
  let unread = 0;
  await file.write(lineOf({ collection: name }));
  for await (const batch of store.scan({ signal })) {
    signal.throwIfAborted();
    for await (const chunk of store.read(keysIn(batch), signal)) {
      const lines = chunk.flatMap((record) => bundled(record, name));
      const missing = lines.filter((line) => "unread" in line).length;
      unread += missing;
      records += lines.length - missing;
      await file.write(lines.map(lineOf).join(""));
    }
    onProgress?.(records);
  }
  return { records, unread };
}

/** A tombstone is no record. */
function keysIn({ count, keys, states }: EntryBatch): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => states[i] !== EntryState.deleted && states[i] !== EntryState.absent)
    .map((i) => keys.bytes.slice(startOf(keys, i), endOf(keys, i)));
}

/** None where it was deleted between the scan and now. @throws ProtocolError "incomplete" */
function bundled(record: RecordRead, collection: string): BundledRecord[] {
  const { state, digest, token, body, reason = "" } = record;
  const key = toHex(record.key);
  if (state === "deleted" || state === "absent") return [];
  if (state !== "present") return [{ key, unread: state, reason }];
  if (digest !== undefined && token !== undefined && body !== undefined) {
    return [{ key, token, digest: toHex(digest), body }];
  }
  throw new ProtocolError(
    "incomplete",
    `The record ${key} of "${collection}" came without its body: nothing was kept. Try again.`,
  );
}

/** Readable by its owner alone, and without a name of its own until it is whole and durable. */
class NewFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static open(path: string): Promise<NewFile> {
    return said(path, async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return new NewFile(path, await open(path, "w", 0o600));
    });
  }

  write(text: string): Promise<void> {
    return said(this.#path, async () => {
      const bytes = Buffer.from(text);
      this.#hash.update(bytes);
      this.bytes += bytes.length;
      await this.#handle.writeFile(bytes);
    });
  }

  /** Of what was written so far. */
  sum(): string {
    return this.#hash.copy().digest("hex");
  }

  putInPlace(path: string): Promise<void> {
    return said(path, async () => {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#path, path);
      await syncFolder(dirname(path));
    });
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#path, { force: true }).catch(() => {});
  }
}

/** Names are durable only with their folder, which Windows does not open. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function said<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isFull = ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
    const step = isFull
      ? "the disk is full. Free some space, or name another folder"
      : `${messageOf(error)}. Check the folder and its permissions`;
    throw new ProtocolError(
      isFull ? "disk-full" : "backend-failed",
      `The bundle in ${dirname(path)} cannot be written: ${step}; earlier ones stay as they are.`,
      { cause: error },
    );
  }
}
