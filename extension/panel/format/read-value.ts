/** From a value text to a value that can be shown, or to the reason why there is none. */
import { decodeValue } from "../../../core/codec/decode-value.ts";

export type CellValue =
  | { readonly is: "value"; readonly value: unknown }
  /** Larger than the preview limit; `size` in bytes. */
  | { readonly is: "large"; readonly size: number }
  | { readonly is: "unreadable"; readonly reason: string }
  | { readonly is: "absent" };

interface Readable {
  readonly body?: string;
  readonly size?: number;
  readonly reason?: string;
}

/** Never throws: a record that cannot be decoded is shown as such and the rest goes on. */
export function readCell(from: Readable): CellValue {
  if (from.body !== undefined) {
    try {
      return { is: "value", value: decodeValue(from.body) };
    } catch (thrown) {
      return { is: "unreadable", reason: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }
  if (from.reason !== undefined) return { is: "unreadable", reason: from.reason };
  if (from.size !== undefined) return { is: "large", size: from.size };
  return { is: "absent" };
}
