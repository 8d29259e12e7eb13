/**
 * A file of records that is only ever appended to: each is its length and CRC-32 (little-endian uint32) and
 * its bytes.
 *
 * A crash can leave the last record torn: it is left out when the file is read, and cut off before the file is
 * appended to again. A damaged record with others after it is no torn tail and is an error.
 */
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";

const HEAD_BYTES = 8;
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

interface Pending {
  readonly bytes: Buffer;
  readonly durable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** How the errors of a file speak of it. */
export interface LogWords {
  readonly name: string;
  /** What a failure means, and the next step. */
  readonly failed: string;
  readonly damaged: string;
}

const JOURNAL_WORDS: LogWords = {
  name: "journal file",
  failed: "nothing was written to the backend. Free some space or check the folder's permissions.",
  damaged: "what it holds after that cannot be used for undo. Move it away to go on.",
};

const failed = (what: string, path: string, words: LogWords, cause: unknown): ProtocolError =>
  new ProtocolError(
    "journal-failed",
    `${what} the ${words.name} ${path} failed (${cause instanceof Error ? cause.message : String(cause)}): ${words.failed}`,
    { cause },
  );

export class AppendLog {
  readonly #path: string;
  readonly #words: LogWords;
  readonly #handle: FileHandle;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  private constructor(path: string, words: LogWords, handle: FileHandle) {
    this.#path = path;
    this.#words = words;
    this.#handle = handle;
  }

  /** Opens or creates the file (0600), without a torn tail. @throws ProtocolError "journal-failed" */
  static async open(path: string, words = JOURNAL_WORDS): Promise<AppendLog> {
    let handle: FileHandle;
    try {
      handle = await open(path, "a+", 0o600);
    } catch (error) {
      throw failed("Opening", path, words, error);
    }
    try {
      const end = await endOfRecords(handle, path, words);
      await handle.truncate(end);
      if (end === 0) await syncFolder(dirname(path));
      return new AppendLog(path, words, handle);
    } catch (error) {
      await handle.close();
      throw error instanceof ProtocolError ? error : failed("Opening", path, words, error);
    }
  }

  /**
   * @param durable Resolve when the record, and so all before it, is on the disk; else it goes along with the
   *   next durable one or the close. Records appended meanwhile share one fsync.
   * @throws ProtocolError "journal-failed", also when an earlier append failed.
   */
  append(payload: Uint8Array, durable: boolean): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
    bytes.writeUInt32LE(payload.length, 0);
    bytes.writeUInt32LE(crc32(payload), 4);
    bytes.set(payload, HEAD_BYTES);
    const appended = new Promise<void>((resolve, reject) => {
      this.#pending.push({ bytes, durable, resolve, reject });
    });
    this.#writing ??= this.#writeAll();
    return appended;
  }

  /** After what was appended is on the disk. */
  async close(): Promise<void> {
    await this.#writing;
    try {
      if (this.#failure === undefined) await this.#handle.datasync();
    } finally {
      await this.#handle.close();
    }
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        if (this.#failure !== undefined) throw this.#failure;
        await writeFully(this.#handle, Buffer.concat(batch.map(({ bytes }) => bytes)));
        if (batch.some(({ durable }) => durable)) await this.#handle.datasync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // What is in the file now is not known: nothing may come after it until it is opened anew.
        this.#failure =
          error instanceof ProtocolError ? error : failed("Writing", this.#path, this.#words, error);
        for (const { reject } of batch) reject(this.#failure);
      }
    }
    this.#writing = undefined;
  }
}

async function writeFully(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at);
    at += bytesWritten;
  }
}

/** A new file's name is durable only with its folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function endOfRecords(handle: FileHandle, path: string, words: LogWords): Promise<number> {
  let end = 0;
  for await (const record of recordsIn(handle, path, words)) end = record.end;
  return end;
}

/** The records of a file; none when there is no such file. @throws ProtocolError "journal-failed" */
export async function* readLog(path: string, words = JOURNAL_WORDS): AsyncGenerator<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw failed("Reading", path, words, error);
  }
  try {
    for await (const record of recordsIn(handle, path, words)) yield record.payload;
  } finally {
    await handle.close();
  }
}

async function* recordsIn(
  handle: FileHandle,
  path: string,
  words: LogWords,
): AsyncGenerator<{ payload: Uint8Array; end: number }> {
  const { size } = await handle.stat();
  const head = Buffer.alloc(HEAD_BYTES);
  for (let at = 0; at + HEAD_BYTES <= size; ) {
    await readFully(handle, head, at);
    const length = head.readUInt32LE(0);
    const end = at + HEAD_BYTES + length;
    if (end > size) return;
    if (length > MAX_RECORD_BYTES) throw damaged(path, words, at);
    const payload = new Uint8Array(length);
    await readFully(handle, payload, at + HEAD_BYTES);
    if (crc32(payload) !== head.readUInt32LE(4)) {
      if (end === size) return;
      throw damaged(path, words, at);
    }
    yield { payload, end };
    at = end;
  }
}

const damaged = (path: string, words: LogWords, at: number): ProtocolError =>
  new ProtocolError("journal-failed", `The ${words.name} ${path} is damaged at byte ${at}: ${words.damaged}`);

async function readFully(handle: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < target.length; ) {
    const { bytesRead } = await handle.read(target, at, target.length - at, position + at);
    if (bytesRead === 0) throw new Error("the file became shorter");
    at += bytesRead;
  }
}
