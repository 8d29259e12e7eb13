import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import type { BackendScan } from "../../backend.ts";

export function isWithin(key: Uint8Array, { after, lower, upper }: BackendScan): boolean {
  if (after !== undefined && compareBytes(key, after) <= 0) return false;
  if (lower !== undefined && compareBytes(key, lower) < 0) return false;
  return upper === undefined || compareBytes(key, upper) < 0;
}

/** The key that the range is about, when it is about one. */
export function singleKey({ after, lower, upper }: BackendScan): Uint8Array | undefined {
  if (after !== undefined || lower === undefined || upper?.length !== lower.length + 1) return undefined;
  return upper.at(-1) === 0 && lower.every((byte, i) => byte === upper[i]) ? lower : undefined;
}
