/**
 * Long texts cross an evaluation packed: on its way between page and panel a text is copied about ten times, in
 * UTF-16 where one character is not Latin, with every quote escaped. That costs many times what packing does, and
 * records are alike enough to shrink to a third.
 *
 * `<bytes of UTF-8>.<LZ4 block in base64>`
 */
import { packLz4, unpackLz4 } from "../../core/codec/lz4-block.ts";
import { fromBase64, toBase64 } from "./base64.ts";

const LEAST_UNITS = 4 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined for a text that is too short to gain. A lone surrogate becomes U+FFFD: a unit stays a unit. */
export function packText(text: string): string | undefined {
  if (text.length < LEAST_UNITS) return undefined;
  const bytes = encoder.encode(text);
  return `${bytes.length}.${toBase64(packLz4(bytes))}`;
}

/**
 * The text that was packed.
 *
 * @param maxBytes Of its UTF-8: what a hostile page sends must not swell without bound.
 * @throws Error for what `packText` does not give.
 */
export function unpackText(packed: string, maxBytes: number): string {
  const dot = packed.indexOf(".");
  const length = packed.slice(0, Math.max(dot, 0));
  if (!/^\d{1,10}$/.test(length) || Number(length) > maxBytes) throw new Error("a text without its length");
  return decoder.decode(unpackLz4(fromBase64(packed.slice(dot + 1)), Number(length)));
}
