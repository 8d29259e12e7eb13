/**
 * Bodies of a leaf as they are stored: the column as it is, and deflated later. Deflating costs more than it
 * saves in writing (see ARCHITECTURE.md), so it is done while nothing waits for it.
 *
 * Deflated:
 *
 *     uint32 LE  magic "DSC1", number of bodies, bytes of the payload
 *     payload    deflated (RFC 1951): uint32 LE a body, its length in UTF-16 units; then all texts in UTF-8
 */
import type { BodyColumn } from "./body-column.ts";

/** What of a row of bodies holds them: one of the two. */
export interface StoredBodies {
  readonly plain?: BodyColumn;
  readonly deflated?: Uint8Array;
}

const MAGIC = 0x31435344;
const HEADER_BYTES = 12;
/** More than any leaf has: what claims more is damage. */
const MAX_PAYLOAD_BYTES = 512 * 1024 * 1024;
/** Bodies that shrink by less stay as they are. */
const WORTH_IT = 0.9;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class StoredBodiesError extends Error {
  override readonly name = "StoredBodiesError";
  readonly code: "malformed-bodies" | "newer-bodies";

  constructor(code: "malformed-bodies" | "newer-bodies", message: string) {
    super(message);
    this.code = code;
  }
}

/** About how many bytes these take. */
export function storedSize({ plain, deflated }: StoredBodies): number {
  return deflated?.length ?? (plain === undefined ? 0 : plain.text.length + plain.ends.byteLength);
}

/** The same deflated; undefined when that saves next to nothing. */
export async function deflateBodies({ ends, text }: BodyColumn): Promise<Uint8Array | undefined> {
  // UTF-8 has no lone surrogates: it would hold another text.
  if (!text.isWellFormed()) return undefined;
  const utf8 = encoder.encode(text);
  const payload = new Uint8Array(ends.length * 4 + utf8.length);
  const lengths = new DataView(payload.buffer);
  let start = 0;
  for (const [i, end] of ends.entries()) {
    lengths.setUint32(i * 4, end - start, true);
    start = end;
  }
  payload.set(utf8, ends.length * 4);
  const deflated = await through(
    new CompressionStream("deflate-raw"),
    payload,
    payload.length + HEADER_BYTES,
  );
  if (HEADER_BYTES + deflated.length > payload.length * WORTH_IT) return undefined;
  const chunk = new Uint8Array(HEADER_BYTES + deflated.length);
  const header = new DataView(chunk.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, ends.length, true);
  header.setUint32(8, payload.length, true);
  chunk.set(deflated, HEADER_BYTES);
  return chunk;
}

/** @throws StoredBodiesError */
export async function readBodies({ plain, deflated }: StoredBodies): Promise<BodyColumn> {
  if (deflated !== undefined) return await inflateBodies(deflated);
  if (plain === undefined) {
    throw new StoredBodiesError("newer-bodies", "they are stored in a way that is not known here");
  }
  let before = 0;
  for (const end of plain.ends) {
    if (end < before) throw malformed("their ends do not ascend");
    before = end;
  }
  if (before !== plain.text.length) throw malformed("their text is not as long as they are");
  return plain;
}

async function inflateBodies(chunk: Uint8Array): Promise<BodyColumn> {
  if (chunk.length < HEADER_BYTES) throw malformed("they are shorter than their header");
  const header = new DataView(chunk.buffer, chunk.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== MAGIC) throw notOurs(chunk);
  const count = header.getUint32(4, true);
  const length = header.getUint32(8, true);
  if (length > MAX_PAYLOAD_BYTES || count * 4 > length)
    throw malformed("their header tells impossible sizes");
  let payload: Uint8Array;
  try {
    payload = await through(new DecompressionStream("deflate-raw"), chunk.slice(HEADER_BYTES), length);
  } catch (error) {
    throw malformed(`they cannot be inflated (${String(error)})`);
  }
  if (payload.length !== length) throw malformed("they are cut off");
  return readPayload(payload, count);
}

function readPayload(payload: Uint8Array, count: number): BodyColumn {
  const lengths = new DataView(payload.buffer, payload.byteOffset, count * 4);
  const ends = new Uint32Array(count);
  let end = 0;
  for (let i = 0; i < count; i++) {
    end += lengths.getUint32(i * 4, true);
    ends[i] = end;
  }
  let text: string;
  try {
    text = decoder.decode(payload.subarray(count * 4));
  } catch {
    throw malformed("they are not UTF-8");
  }
  if (text.length !== end) throw malformed("their text is not as long as they are");
  return { ends, text };
}

/** "DSC" and another digit is of a later version, anything else is damage. */
function notOurs(chunk: Uint8Array): StoredBodiesError {
  const name = String.fromCharCode(...chunk.subarray(0, 4));
  return /^DSC[2-9]$/.test(name)
    ? new StoredBodiesError("newer-bodies", `they are of the format ${name}`)
    : malformed("their first four bytes are not DSC1");
}

function malformed(what: string): StoredBodiesError {
  return new StoredBodiesError("malformed-bodies", what);
}

/** All that comes out of a stream, which must not be more than `limit` bytes. */
async function through(
  stream: GenericTransformStream,
  bytes: Uint8Array<ArrayBuffer>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  // A failure shows at the reader; unhandled here it would be reported twice.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => undefined);
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel().catch(() => undefined);
      throw new Error("more than their header tells");
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
