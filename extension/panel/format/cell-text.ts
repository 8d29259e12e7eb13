/** A cell of a table as a line of text; what is long is cut. */
import { toHex } from "../../../core/key/hex.ts";
import type { Cell } from "../../../core/mapping/cell.ts";

const MAX_TEXT = 100;
const MAX_BYTES = 16;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function cellText(cell: Cell): string {
  if (cell === null) return "NULL";
  if (cell instanceof Uint8Array) return bytesText(cell);
  return cut(typeof cell === "string" ? JSON.stringify(cell) : String(cell));
}

/** Bytes that are printable text are shown as that. */
function bytesText(bytes: Uint8Array): string {
  const text = printable(bytes);
  if (text !== undefined) return cut(`bytes ${JSON.stringify(text)}`);
  const shown = `bytes 0x${toHex(bytes.subarray(0, MAX_BYTES))}`;
  return bytes.length > MAX_BYTES ? `${shown}… (${bytes.length.toLocaleString("en")})` : shown;
}

function printable(bytes: Uint8Array): string | undefined {
  // A character takes four bytes at most, and what is cut off need not be looked at.
  if (bytes.length > 4 * MAX_TEXT) return undefined;
  try {
    const text = utf8.decode(bytes);
    return /(?![\t\n\r])\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
