/**
 * What a run printed, in files of one megabyte: the first one and the last four are kept, so that a job that prints
 * without end costs no more than that. Places in it are counted in bytes from its beginning.
 */
import { appendFile, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const MiB = 1024 * 1024;
const PART_BYTES = MiB;
const LAST_PARTS = 4;

/** What one `read` answers at most. */
const LOG_READ_BYTES = 64 * 1024;

export interface LogPart {
  /** Where it begins: behind what was asked for where that is kept no more. */
  readonly from: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the log ends now. */
  readonly end: number;
}

const partName = (part: number): string => `log.${part}`;

export class RunLog {
  readonly #folder: string;
  #end = 0;
  #writing: Promise<void> = Promise.resolve();

  /** @param end How much of it there is. */
  constructor(folder: string, end = 0) {
    this.#folder = folder;
    this.#end = end;
  }

  /** How much was printed, kept or not. */
  get end(): number {
    return this.#end;
  }

  /** One after the other, however many append at the same time. */
  append(text: string): Promise<void> {
    const appended = this.#writing.then(() => this.#append(Buffer.from(text)));
    this.#writing = appended.catch(() => {});
    return appended;
  }

  /** @param from Negative: so many bytes before its end. */
  async read(from: number, maxBytes = LOG_READ_BYTES): Promise<LogPart> {
    const wanted = from < 0 ? Math.max(0, this.#end + from) : Math.min(from, this.#end);
    const at = this.#kept(wanted);
    const part = Math.floor(at / PART_BYTES);
    const most = Math.min(maxBytes, LOG_READ_BYTES, this.#end - at, (part + 1) * PART_BYTES - at);
    const bytes = new Uint8Array(most);
    const read = await readAt(join(this.#folder, partName(part)), bytes, at % PART_BYTES);
    return { from: at, bytes: bytes.subarray(0, read), end: this.#end };
  }

  async #append(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const part = Math.floor(this.#end / PART_BYTES);
      const room = (part + 1) * PART_BYTES - this.#end;
      const piece = bytes.subarray(done, done + room);
      await appendFile(join(this.#folder, partName(part)), piece, { mode: 0o600 });
      done += piece.length;
      this.#end += piece.length;
      if (piece.length === room) await this.#dropOld(part + 1);
    }
  }

  /** @param next The part that is written next. */
  async #dropOld(next: number): Promise<void> {
    const old = next - LAST_PARTS;
    if (old >= 1) await rm(join(this.#folder, partName(old)), { force: true });
  }

  /** The first part after the gap. */
  get #firstOfLast(): number {
    return Math.max(1, Math.floor(this.#end / PART_BYTES) - LAST_PARTS + 1);
  }

  #kept(at: number): number {
    return at < PART_BYTES ? at : Math.max(at, this.#firstOfLast * PART_BYTES);
  }
}

/** How much was printed by a run whose engine died before it could say so. */
export async function foundLogEnd(folder: string): Promise<number> {
  const parts = (await readdir(folder)).flatMap((name) => /^log\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  if (parts.length === 0) return 0;
  const last = Math.max(...parts);
  return last * PART_BYTES + (await stat(join(folder, partName(last)))).size;
}

async function readAt(file: string, target: Uint8Array, position: number): Promise<number> {
  if (target.length === 0) return 0;
  const handle = await open(file, "r");
  try {
    return (await handle.read(target, 0, target.length, position)).bytesRead;
  } finally {
    await handle.close();
  }
}
