/**
 * What an import of Sqoop leaves with --as-avrodatafile: the columns' names and their types as JDBC numbers them, and rows whose
 * cells are NULL, a text or bytes. Other than in a text file NULL, line breaks and bytes need no agreement there.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import * as v from "valibot";
import { BackendError } from "../../backend-error.ts";

export type AvroCell = null | string | Uint8Array;

export interface AvroColumn {
  readonly name: string;
  /** As java.sql.Types numbers it. */
  readonly sqlType: number;
  readonly holds: "string" | "bytes";
}

const READ_BYTES = 256 * 1024;
const SYNC_BYTES = 16;
const MAGIC = Buffer.from("Obj\u0001", "latin1");

const SchemaSchema = v.object({
  fields: v.array(
    v.object({
      name: v.string(),
      sqlType: v.pipe(v.string(), v.transform(Number)),
      type: v.tuple([v.literal("null"), v.picklist(["string", "bytes"])]),
    }),
  ),
});

export class AvroFile {
  readonly columns: readonly AvroColumn[];
  readonly #bytes: FileBytes;
  readonly #sync: Buffer;
  readonly #isDeflated: boolean;

  /** @throws BackendError "incomplete"; "backend-failed" where it is none, or holds other types. */
  constructor(path: string) {
    this.#bytes = new FileBytes(path);
    try {
      if (!this.#bytes.take(MAGIC.length).equals(MAGIC)) throw noAnswer("it is no file of Avro");
      const meta = readMeta(this.#bytes);
      const codec = meta.get("avro.codec")?.toString() ?? "null";
      if (codec !== "null" && codec !== "deflate") {
        throw noAnswer(`it is compressed by ${codec}: take the compression out of Hadoop's configuration`);
      }
      this.#isDeflated = codec === "deflate";
      this.columns = columnsOf(meta.get("avro.schema")?.toString() ?? "");
      this.#sync = this.#bytes.take(SYNC_BYTES);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Once. Ends normally when the file ends where a block does. @throws BackendError "incomplete" */
  *rows(): Generator<readonly AvroCell[]> {
    while (!this.#bytes.isAtEnd()) {
      const count = this.#bytes.long();
      const block = this.#bytes.take(this.#bytes.long());
      if (!this.#bytes.take(SYNC_BYTES).equals(this.#sync)) throw noAnswer("a block of it is damaged");
      const rows = new MemoryBytes(this.#isDeflated ? inflateRawSync(block) : block);
      for (let i = 0; i < count; i++) yield this.columns.map(({ holds }) => readCell(rows, holds));
    }
  }

  close(): void {
    this.#bytes.close();
  }
}

abstract class Bytes {
  abstract take(count: number): Buffer;

  /** Zigzag, seven bits a byte. @throws BackendError for what no length is */
  long(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const [byte = 0] = this.take(1);
      value += (byte % 128) * factor;
      if (byte < 128) break;
    }
    const signed = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    if (!Number.isSafeInteger(signed)) throw noAnswer("it holds a length that is none");
    return signed;
  }
}

class MemoryBytes extends Bytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    super();
    this.#bytes = bytes;
  }

  take(count: number): Buffer {
    if (count < 0 || this.#at + count > this.#bytes.length) throw noAnswer("a block of it is damaged");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}

class FileBytes extends Bytes {
  readonly #file: number;
  #read = Buffer.alloc(0);
  #at = 0;

  constructor(path: string) {
    super();
    this.#file = openSync(path, "r");
  }

  isAtEnd(): boolean {
    return this.#at === this.#read.length && !this.#more(1);
  }

  take(count: number): Buffer {
    const missing = count - (this.#read.length - this.#at);
    if (count < 0 || (missing > 0 && !this.#more(missing))) {
      throw new BackendError("incomplete", "The import of Sqoop ended before its last row: ask again.");
    }
    this.#at += count;
    return this.#read.subarray(this.#at - count, this.#at);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Whether there were that many. */
  #more(count: number): boolean {
    const rest = this.#read.subarray(this.#at);
    const room = Buffer.alloc(rest.length + Math.max(count, READ_BYTES));
    rest.copy(room);
    let length = rest.length;
    for (let read = -1; read !== 0 && length < rest.length + count; length += read) {
      read = readSync(this.#file, room, length, room.length - length, null);
    }
    this.#read = room.subarray(0, length);
    this.#at = 0;
    return length >= rest.length + count;
  }
}

function readMeta(bytes: Bytes): Map<string, Buffer> {
  const meta = new Map<string, Buffer>();
  for (let count = bytes.long(); count !== 0; count = bytes.long()) {
    // A negative count is followed by the block's length.
    if (count < 0) bytes.long();
    for (let i = 0; i < Math.abs(count); i++) {
      meta.set(bytes.take(bytes.long()).toString(), bytes.take(bytes.long()));
    }
  }
  return meta;
}

function columnsOf(schema: string): AvroColumn[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(schema);
  } catch {
    throw noAnswer("its schema is no JSON");
  }
  const { success, output } = v.safeParse(SchemaSchema, parsed);
  if (!success) throw noAnswer("it has columns of other types than were asked for");
  return output.fields.map(({ name, sqlType, type: [, holds] }) => ({ name, sqlType, holds }));
}

function readCell(bytes: Bytes, holds: AvroColumn["holds"]): AvroCell {
  if (bytes.long() === 0) return null;
  const value = bytes.take(bytes.long());
  return holds === "string" ? value.toString("utf8") : value;
}

const noAnswer = (why: string): BackendError =>
  new BackendError("backend-failed", `The import of Sqoop left a file that is no answer: ${why}.`);
