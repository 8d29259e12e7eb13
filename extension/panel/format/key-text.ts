/** Keys as the panel writes them: bare strings where nothing is ambiguous, types always recognisable. */
import { decodeKey } from "../../../core/key/decode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { Key } from "../../../core/key/key.ts";
import { visible } from "./value-text.ts";

export interface KeyText {
  readonly text: string;
  readonly type: "string" | "number" | "Date" | "binary" | "array" | "unreadable";
}

/** Strings that look like what other keys are written as, and those whose edges cannot be seen. */
const AMBIGUOUS =
  /^\s|\s$|^["[]|^0x[\da-f]*$|^-?\d{4,6}-\d\d-\d\dT|^(?:true|false|null|undefined|NaN|Invalid Date)$/;

function needsQuotes(key: string): boolean {
  // Number("") is 0, so the empty string is quoted by the same rule.
  return AMBIGUOUS.test(key) || !Number.isNaN(Number(key));
}

/** The text of order-preserving key bytes. Bytes that are no key are shown as hex, never thrown. */
export function keyText(bytes: Uint8Array): KeyText {
  let key: Key;
  try {
    key = decodeKey(bytes);
  } catch {
    return { text: `0x${toHex(bytes)}`, type: "unreadable" };
  }
  if (typeof key === "string")
    return { text: needsQuotes(key) ? JSON.stringify(key) : visible(key), type: "string" };
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
