import type { ByteColumn } from "./entry-batch.ts";

/** Where value `index` starts (inclusive). */
export function startOf(column: ByteColumn, index: number): number {
  return index === 0 ? 0 : (column.ends[index - 1] as number);
}

/** Where value `index` ends (exclusive). */
export function endOf(column: ByteColumn, index: number): number {
  return column.ends[index] as number;
}
