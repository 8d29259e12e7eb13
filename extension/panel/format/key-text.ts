/** Keys as the panel writes them: bare strings where nothing is ambiguous, types always recognisable. */
import { decodeKey } from "../../../core/key/decode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { Key } from "../../../core/key/key.ts";

export interface KeyText {
  readonly text: string;
  readonly type: "string" | "number" | "Date" | "binary" | "array" | "unreadable";
}

/** A string that would read as another type, or whose edges cannot be seen, is quoted. */
const AMBIGUOUS = /^$|^[-+.\d["]|^\s|\s$|^(?:true|false|null|undefined|NaN|Infinity)$/;

/** The text of order-preserving key bytes. Bytes that are no key are shown as hex, never thrown. */
export function keyText(bytes: Uint8Array): KeyText {
  let key: Key;
  try {
    key = decodeKey(bytes);
  } catch {
    return { text: `0x${toHex(bytes)}`, type: "unreadable" };
  }
  if (typeof key === "string")
    return { text: AMBIGUOUS.test(key) ? JSON.stringify(key) : key, type: "string" };
  if (typeof key === "number") return { text: String(key), type: "number" };
  if (key instanceof Date) return { text: dateText(key), type: "Date" };
  if (Array.isArray(key)) return { text: nested(key), type: "array" };
  return { text: binaryText(key), type: "binary" };
}

function nested(key: Key): string {
  if (typeof key === "string") return JSON.stringify(key);
  if (typeof key === "number") return String(key);
  if (key instanceof Date) return dateText(key);
  if (Array.isArray(key)) return `[${key.map(nested).join(", ")}]`;
  return binaryText(key);
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString();
}

function binaryText(key: ArrayBuffer): string {
  return `0x${toHex(new Uint8Array(key))}`;
}
