/** Columns of byte strings and of text on the wire: all values in one binary, and where each ends. */
import * as v from "valibot";
import { ProtocolError } from "./protocol-error.ts";

export const BytesSchema = v.custom<Uint8Array>((value) => value instanceof Uint8Array, "expected bytes");

/** Value i is `bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i])`; `ends` holds uint32, little-endian. */
export const WireColumnSchema = v.strictObject({
  bytes: BytesSchema,
  ends: BytesSchema,
});
export type WireColumn = v.InferOutput<typeof WireColumnSchema>;

const NO_BYTES = new Uint8Array(0);
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const malformed = (what: string): ProtocolError => new ProtocolError("malformed-frame", what);

function packEnds(lengths: readonly number[]): Uint8Array {
  const ends = new Uint8Array(lengths.length * 4);
  const view = new DataView(ends.buffer);
  let end = 0;
  for (let i = 0; i < lengths.length; i++) {
    end += lengths[i] as number;
    view.setUint32(i * 4, end, true);
  }
  return ends;
}

export function packBytes(values: readonly Uint8Array[]): WireColumn {
  const lengths = values.map((value) => value.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const value of values) {
    if (value.length === 0) continue;
    bytes.set(value, at);
    at += value.length;
  }
  return { bytes, ends: packEnds(lengths) };
}

/** @throws ProtocolError "malformed-frame" when a text is not ASCII: tokens and operation ids are. */
export function packAscii(values: readonly string[]): WireColumn {
  const joined = values.join("");
  const bytes = encoder.encode(joined);
  if (bytes.length !== joined.length) throw malformed("A token or an operation id is not ASCII text");
  return { bytes, ends: packEnds(values.map((value) => value.length)) };
}

export function packText(values: readonly string[]): WireColumn {
  return packBytes(values.map((value) => (value === "" ? NO_BYTES : encoder.encode(value))));
}

/** The bounds of each value, checked: ascending, within the bytes, the last one at their end. */
function unpackEnds(column: WireColumn, count: number): Uint32Array {
  const { bytes, ends } = column;
  if (ends.length !== count * 4)
    throw malformed(`A column has ${ends.length / 4} values instead of ${count}`);
  const view = new DataView(ends.buffer, ends.byteOffset, ends.byteLength);
  const result = new Uint32Array(count);
  let previous = 0;
  for (let i = 0; i < count; i++) {
    const end = view.getUint32(i * 4, true);
    if (end < previous || end > bytes.length) throw malformed("The values of a column overlap or leave it");
    result[i] = end;
    previous = end;
  }
  if (previous !== bytes.length) throw malformed("A column has bytes that belong to no value");
  return result;
}

/** Views, not copies. */
export function unpackBytes(column: WireColumn, count: number): Uint8Array[] {
  const { bytes } = column;
  const ends = unpackEnds(column, count);
  const values: Uint8Array[] = new Array(count);
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = ends[i] as number;
    // Columns with few values are common, and a view costs as much as everything else here.
    values[i] = start === end ? NO_BYTES : bytes.subarray(start, end);
    start = end;
  }
  return values;
}

export function unpackAscii(column: WireColumn, count: number): string[] {
  const ends = unpackEnds(column, count);
  let joined: string;
  try {
    joined = strictDecoder.decode(column.bytes);
  } catch {
    throw malformed("A token or an operation id is not ASCII text");
  }
  if (joined.length !== column.bytes.length) throw malformed("A token or an operation id is not ASCII text");
  const values: string[] = [];
  let start = 0;
  for (const end of ends) {
    values.push(joined.slice(start, end));
    start = end;
  }
  return values;
}

export function unpackText(column: WireColumn, count: number): string[] {
  return unpackBytes(column, count).map((value) => {
    if (value.length === 0) return "";
    try {
      return strictDecoder.decode(value);
    } catch {
      throw malformed("A text is not UTF-8");
    }
  });
}

/** Fixed 16-byte values side by side. */
export function packDigests(values: readonly (Uint8Array | undefined)[], width: number): Uint8Array {
  const bytes = new Uint8Array(values.length * width);
  values.forEach((value, i) => {
    if (value === undefined) return;
    if (value.length !== width) throw malformed(`A digest has ${value.length} bytes instead of ${width}`);
    bytes.set(value, i * width);
  });
  return bytes;
}
