/** Reads a bundle's lines and believes none of it before all of it was checked. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import * as v from "valibot";
import { DIGEST_BYTES } from "../../core/batch/entry-batch.ts";
import { compareBytes } from "../../core/key/compare-bytes.ts";
import { fromHex } from "../../core/key/hex.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { messageOf } from "../../core/session/session-error.ts";
import {
  AnyHeadSchema,
  BUNDLE_FORMAT,
  type BundledRecord,
  type BundleHead,
  BundleHeadSchema,
  type BundleLine,
  BundleLineSchema,
  type BundleTotals,
} from "./bundle-file.ts";

const CHUNK_BYTES = 1024 * 1024;
/** Longer than any record that can be synced; what has no line's end until then is no bundle. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** Where a line is, in bytes. */
export interface LinePlace {
  readonly offset: number;
  readonly length: number;
}

export interface CheckedBundle {
  readonly head: BundleHead;
  readonly totals: BundleTotals;
  readonly bytes: number;
}

/** Told of each record before the file is known to be whole: what it keeps counts once the check has returned. */
type OnRecord = (collection: number, key: Uint8Array, record: BundledRecord, place: LinePlace) => void;

/**
 * @throws ProtocolError "corrupt" for a file that is none, is cut off or was altered; "newer-format"; "backend-failed"
 *   where it cannot be read
 */
export function checkBundle(path: string): Promise<CheckedBundle> {
  return withFile(path, (file) => checkBundleFile(file, path, () => {}));
}

/** As `checkBundle`, of a file that is open. */
export async function checkBundleFile(
  file: FileHandle,
  path: string,
  onRecord: OnRecord,
): Promise<CheckedBundle> {
  const check = new Check(path, onRecord);
  for await (const line of linesOf(file, path)) check.take(line);
  return check.result();
}

/** What the first line says, of a file that nobody has checked. @throws as `checkBundle` */
export async function readBundleHead(path: string): Promise<BundleHead> {
  return withFile(path, async (file) => {
    for await (const { text } of linesOf(file, path)) return headOf(text, path);
    throw corrupt(path, "it is empty");
  });
}

/** One record's line of a file that was checked. @throws ProtocolError "corrupt" */
export async function readRecordLine(
  file: FileHandle,
  { offset, length }: LinePlace,
  path: string,
): Promise<BundledRecord> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  const line = bytesRead === length ? lineIn(bytes.toString("utf8")) : undefined;
  if (line === undefined || !("key" in line)) throw corrupt(path, "it was changed while it was read");
  return line;
}

class Check {
  readonly #path: string;
  readonly #onRecord: OnRecord;
  readonly #hash = createHash("sha256");
  readonly #counts: { records: number; unread: number }[] = [];
  #head: BundleHead | undefined;
  #totals: BundleTotals | undefined;
  #isWhole = false;
  #last: Uint8Array | undefined;
  #lines = 0;
  #bytes = 0;

  constructor(path: string, onRecord: OnRecord) {
    this.#path = path;
    this.#onRecord = onRecord;
  }

  take({ bytes, text, place }: Line): void {
    this.#lines++;
    this.#bytes += bytes.length;
    if (this.#isWhole) throw this.#wrong("comes after the last one");
    if (this.#head === undefined) this.#head = headOf(text, this.#path);
    else this.#takeLine(text, place);
    if (!this.#isWhole) this.#hash.update(bytes);
  }

  result(): CheckedBundle {
    if (this.#head === undefined) throw corrupt(this.#path, "it is empty");
    if (this.#totals === undefined || !this.#isWhole)
      throw corrupt(this.#path, "its last line is missing, so it was cut off");
    return { head: this.#head, totals: this.#totals, bytes: this.#bytes };
  }

  #takeLine(text: string, place: LinePlace): void {
    const line = lineIn(text);
    if (line === undefined) throw this.#wrong("is not what a bundle has there");
    if (this.#totals !== undefined && !("end" in line)) throw this.#wrong("comes after the counts");
    if ("end" in line) this.#takeSum(line.sha256);
    else if ("key" in line) this.#takeRecord(line, place);
    else if ("collection" in line) this.#takeCollection(line.collection);
    else this.#takeTotals(line);
  }

  #takeRecord(line: BundledRecord, place: LinePlace): void {
    const counts = this.#counts.at(-1);
    if (counts === undefined) throw this.#wrong("is of no collection");
    const key = fromHex(line.key);
    if (this.#last !== undefined && compareBytes(this.#last, key) >= 0) throw this.#wrong("is out of order");
    if ("digest" in line && line.digest.length !== 2 * DIGEST_BYTES)
      throw this.#wrong("has no digest of 16 bytes");
    this.#last = key;
    if ("unread" in line) counts.unread++;
    else counts.records++;
    this.#onRecord(this.#counts.length - 1, key, line, place);
  }

  #takeCollection(name: string): void {
    const expected = this.#head?.collections[this.#counts.length]?.name;
    if (name !== expected) throw this.#wrong("begins a collection that the first line does not name there");
    this.#counts.push({ records: 0, unread: 0 });
    this.#last = undefined;
  }

  #takeTotals(totals: BundleTotals): void {
    const isAll =
      this.#counts.length === this.#head?.collections.length &&
      JSON.stringify(totals.counts) === JSON.stringify(this.#counts);
    if (!isAll) throw this.#wrong("counts other records than there are");
    this.#totals = totals;
  }

  #takeSum(sha256: string): void {
    if (this.#totals === undefined) throw this.#wrong("comes before the counts");
    if (this.#hash.digest("hex") !== sha256) throw corrupt(this.#path, "its checksum is another one");
    this.#isWhole = true;
  }

  #wrong(what: string): ProtocolError {
    return corrupt(this.#path, `its line ${this.#lines} ${what}`);
  }
}

/** @throws ProtocolError "newer-format", "corrupt" */
function headOf(text: string, path: string): BundleHead {
  const json = parsedIn(text);
  const any = v.safeParse(AnyHeadSchema, json);
  if (!any.success) throw corrupt(path, "its first line is not that of a bundle");
  if (any.output.format !== BUNDLE_FORMAT) {
    throw new ProtocolError(
      "newer-format",
      `The bundle ${path} has format ${any.output.format}, this version reads format ${BUNDLE_FORMAT}: update Driftscope.`,
    );
  }
  const head = v.safeParse(BundleHeadSchema, json);
  if (head.success) return head.output;
  const [issue] = head.issues;
  throw corrupt(path, `its first line, ${v.getDotPath(issue) ?? "as a whole"}: ${issue.message}`);
}

function lineIn(text: string): BundleLine | undefined {
  const line = v.safeParse(BundleLineSchema, parsedIn(text));
  return line.success ? line.output : undefined;
}

function parsedIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Line {
  /** With the line's end. */
  readonly bytes: Buffer;
  readonly text: string;
  /** Without the line's end. */
  readonly place: LinePlace;
}

/** The lines that have an end. @throws ProtocolError "corrupt" where the last one has none */
async function* linesOf(file: FileHandle, path: string): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for (let read = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, read);
    if (bytesRead === 0) break;
    read += bytesRead;
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED, from)) {
      const bytes = rest.subarray(from, end + 1);
      const length = bytes.length - 1;
      yield { bytes, text: bytes.toString("utf8", 0, length), place: { offset: offset + from, length } };
      from = end + 1;
    }
    rest = rest.subarray(from);
    offset += from;
    if (rest.length > MAX_LINE_BYTES) throw corrupt(path, "it has no lines");
  }
  if (rest.length > 0) throw corrupt(path, "it ends within a line, so it was cut off");
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openBundleFile(path);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** @throws ProtocolError "backend-failed" */
export async function openBundleFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    const message = `The bundle ${path} cannot be read: ${messageOf(error)}. Check its name and permissions.`;
    throw new ProtocolError("backend-failed", message, { cause: error });
  }
}

function corrupt(path: string, what: string): ProtocolError {
  return new ProtocolError(
    "corrupt",
    `${path} is no whole bundle: ${what}. Nothing of it is used; take another one, or make it again.`,
  );
}
