/**
 * Columns of what many records have one of each: keys, digests, tokens, ids. They are saved with plans, so that
 * the forms of earlier versions are read as well.
 */
import { DIGEST_BYTES } from "../batch/entry-batch.ts";
import { equalBytes } from "../diff/equal-bytes.ts";

/** One buffer: an array of its own takes a key ten times its bytes. */
export interface KeyColumn {
  readonly keys: Uint8Array;
  readonly keyEnds: Uint32Array;
}

export interface DigestColumn {
  readonly bytes: Uint8Array;
  /** 1 where there is a digest; absent where there is one everywhere. */
  readonly has?: Uint8Array;
}

/** ASCII texts in one buffer; none of them is empty, so that an empty one says that there is none. */
interface PackedTexts {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

export type TextColumn = PackedTexts | readonly (string | null)[];

/** Ids that count on, as `newIdMaker` makes them. */
interface CountedIds {
  readonly prefix: string;
  readonly first: number;
}

export type IdColumn = CountedIds | readonly string[];

const COUNT_BASE = 36;
/** Above it, JavaScript's numbers are not exact. */
const COUNTED_ID = /^(.*-)(0|[1-9a-z][0-9a-z]{0,9})$/s;

export function packKeys(keys: readonly Uint8Array[]): KeyColumn {
  const keyEnds = new Uint32Array(keys.length);
  let end = 0;
  for (const [i, key] of keys.entries()) {
    end += key.length;
    keyEnds[i] = end;
  }
  const bytes = new Uint8Array(end);
  for (const [i, key] of keys.entries()) bytes.set(key, (keyEnds[i] as number) - key.length);
  return { keys: bytes, keyEnds };
}

/** A copy: a message with a view would carry all keys along. */
export function unpackKey({ keys, keyEnds }: KeyColumn, i: number): Uint8Array {
  return keys.slice(i === 0 ? 0 : keyEnds[i - 1], keyEnds[i]);
}

/** As compareBytes of the key there and this one, without a copy of it. */
export function compareKeyIn({ keys, keyEnds }: KeyColumn, i: number, key: Uint8Array): number {
  const from = i === 0 ? 0 : (keyEnds[i - 1] as number);
  const length = (keyEnds[i] as number) - from;
  const shared = Math.min(length, key.length);
  for (let at = 0; at < shared; at++) {
    const difference = (keys[from + at] as number) - (key[at] as number);
    if (difference !== 0) return difference;
  }
  return length - key.length;
}

/** Undefined where there is not one. */
export function packDigests(digests: readonly (Uint8Array | null | undefined)[]): DigestColumn | undefined {
  const has = new Uint8Array(digests.length);
  let count = 0;
  let bytes: Uint8Array | undefined;
  for (const [i, digest] of digests.entries()) {
    if (!digest) continue;
    bytes ??= new Uint8Array(digests.length * DIGEST_BYTES);
    bytes.set(digest, i * DIGEST_BYTES);
    has[i] = 1;
    count++;
  }
  if (bytes === undefined) return undefined;
  return count === digests.length ? { bytes } : { bytes, has };
}

export function unpackDigest(column: DigestColumn | undefined, i: number): Uint8Array | undefined {
  if (column === undefined || (column.has !== undefined && column.has[i] !== 1)) return undefined;
  return column.bytes.slice(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);
}

/** One of the columns where it says the same, so that it is held once. */
export function sharedDigests(
  column: DigestColumn | undefined,
  ...others: readonly (DigestColumn | undefined)[]
): DigestColumn | undefined {
  if (column === undefined) return undefined;
  const same = others.find(
    (other) =>
      other !== undefined &&
      equalBytes(column.bytes, other.bytes) &&
      (column.has === other.has || equalBytes(column.has, other.has)),
  );
  return same ?? column;
}

/** Undefined where there is not one. */
export function packTexts(texts: readonly (string | null | undefined)[]): TextColumn | undefined {
  if (texts.every((text) => text === null || text === undefined)) return undefined;
  return packAscii(texts) ?? texts.map((text) => text ?? null);
}

/** Undefined where one is empty or not ASCII. */
function packAscii(texts: readonly (string | null | undefined)[]): PackedTexts | undefined {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (const [i, text] of texts.entries()) {
    if (text === "") return undefined;
    end += text?.length ?? 0;
    ends[i] = end;
  }
  const bytes = new Uint8Array(end);
  let at = 0;
  for (const text of texts) {
    for (let i = 0; text && i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return undefined;
      bytes[at++] = unit;
    }
  }
  return { bytes, ends };
}

export function unpackText(column: TextColumn | undefined, i: number): string | undefined {
  if (column === undefined) return undefined;
  if (!("ends" in column)) return column[i] ?? undefined;
  const { bytes, ends } = column;
  const from = i === 0 ? 0 : (ends[i - 1] as number);
  const to = ends[i] as number;
  return to > from ? asciiOf(bytes.subarray(from, to)) : undefined;
}

/** Characters that become arguments of one call. */
const PIECE = 4096;

function asciiOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return text;
}

export function packIds(ids: readonly string[]): IdColumn {
  const start = countedOf(ids[0] ?? "");
  if (start === undefined) return [...ids];
  const { prefix, count: first } = start;
  const counts = ids.every((id, i) => id === prefix + (first + i).toString(COUNT_BASE));
  return counts ? { prefix, first } : [...ids];
}

/** Undefined where there is none of this index. */
export function unpackId(column: IdColumn, i: number): string | undefined {
  return "prefix" in column ? column.prefix + (column.first + i).toString(COUNT_BASE) : column[i];
}

/** Prefix and count of an id that counts on; undefined for any other. */
export function countedOf(id: string): { readonly prefix: string; readonly count: number } | undefined {
  const [, prefix, count] = COUNTED_ID.exec(id) ?? [];
  if (prefix === undefined || count === undefined) return undefined;
  return { prefix, count: Number.parseInt(count, COUNT_BASE) };
}
