/**
 * A task's answer is a stream of parts, `<kind><length in UTF-16 units>:<text>`, cut anywhere (but never within
 * a surrogate pair) into slices that evaluations fetch.
 */
export const PartKind = {
  /** JSON. */
  json: "J",
  /** An encoded EntryBatch in base64. */
  batch: "B",
  /** Records with their bodies (`record-chunk.ts`). */
  records: "R",
  /** The same, packed (`packed-text.ts`). */
  packedRecords: "P",
  /** The task ended well. Empty. */
  end: "E",
  /** The task failed: JSON `{code, message}`. */
  error: "X",
} as const;
export type PartKind = (typeof PartKind)[keyof typeof PartKind];

export function encodePart(kind: PartKind, text: string): string {
  return `${kind}${text.length}:${text}`;
}
