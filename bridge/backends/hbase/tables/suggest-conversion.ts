/** What the bytes of a column probably stand for: HBase does not know, and people need not find out one by one. */
import type { ConversionName } from "../../../../core/mapping/conversions.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

type Guess = readonly [ConversionName, (bytes: Uint8Array) => boolean];

/** The first that all cells fit. */
const GUESSES: readonly Guess[] = [
  ["jsonBytes", isJson],
  ["textBytes", isPrintable],
  ["int64Bytes", (bytes) => bytes.length === 8 && isSmall(bytes)],
  ["int32Bytes", (bytes) => bytes.length === 4 && isSmall(bytes)],
  ["booleanByte", ([byte, ...more]) => more.length === 0 && (byte === 0 || byte === 0xff)],
  ["doubleBytes", isUsualDouble],
];

/** @param cells Of one column. @returns undefined where there are none */
export function suggestConversion(cells: readonly Uint8Array[]): ConversionName | undefined {
  if (cells.length === 0) return undefined;
  return GUESSES.find(([, fits]) => cells.every(fits))?.[0] ?? "bytes";
}

/** As `suggestConversion`, of row keys. */
export function suggestKeyConversion(keys: readonly Uint8Array[]): ConversionName | undefined {
  const guess = suggestConversion(keys);
  if (guess === undefined || guess === "int64Bytes" || guess === "int32Bytes") return guess;
  return guess === "textBytes" || guess === "jsonBytes" ? "textBytes" : "buffer";
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function isJson(bytes: Uint8Array): boolean {
  const text = textOf(bytes);
  if (text === undefined || !/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isPrintable(bytes: Uint8Array): boolean {
  const text = textOf(bytes);
  return text !== undefined && !/(?![\t\n\r])\p{Cc}/u.test(text);
}

/** An integer whose first two bytes say nothing but its sign. */
const isSmall = ([first, second]: Uint8Array): boolean => first === second && (first === 0 || first === 0xff);

/** Neither tiny nor huge: random bytes are hardly ever. */
function isUsualDouble(bytes: Uint8Array): boolean {
  if (bytes.length !== 8) return false;
  const size = Math.abs(new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0));
  return size === 0 || (size > 1e-9 && size < 1e15);
}
