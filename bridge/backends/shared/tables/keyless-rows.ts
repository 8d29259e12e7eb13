/**
 * Rows whose key no record can have, each under a key that sorts after those of all records: an array in an array.
 * They have to be shown, since they are rows of the table that no compare could ever look at.
 */
import { EntryState } from "../../../../core/batch/entry-batch.ts";
import type { EntryBatchBuilder } from "../../../../core/batch/entry-batch-builder.ts";
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { encodeKey } from "../../../../core/key/encode-key.ts";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { ProtocolError } from "../../../../core/protocol/protocol-error.ts";
import type { SortedEntry } from "../../../sort/external-sort.ts";
import { asciiOf, headOf, type TableRow } from "./table-row.ts";

/** Rows without a usable key that are told one by one. */
export const MAX_KEYLESS = 1000;

/** Longest text of a cell in the key that stands for its row. */
const MAX_SHOWN = 100;

/** Sorts before the keys of all such rows, and after those of all others. */
export const KEYLESS = encodeKey([[]]);

/** Whether these bytes are a key that `keylessEntry` makes. */
export const isKeyless = (key: Uint8Array): boolean => compareBytes(key, KEYLESS) >= 0;

/** @param cells What the row holds, as far as it is read. */
export function keylessEntry({ key }: TableRow, cells: readonly unknown[]): SortedEntry {
  const reason = key instanceof NotRepresentable ? key.reason : "its key is no key";
  const shown = cells.map((cell) => shownText(cell).slice(0, MAX_SHOWN).toWellFormed());
  return {
    key: encodeKey([["row without a key", ...shown]]),
    state: EntryState.notRepresentable,
    token: asciiOf(reason),
  };
}

function shownText(cell: unknown): string {
  if (cell instanceof NotRepresentable) return cell.reason;
  return cell instanceof Uint8Array ? Buffer.from(cell).toString() : String(cell);
}

/** What a lookup says of a key. @param found Its row, or the entry of a row without a key; undefined = there is none. */
export function pushLookedUp(
  builder: EntryBatchBuilder,
  key: Uint8Array,
  found: TableRow | SortedEntry | undefined,
): void {
  const entry = found !== undefined && "record" in found ? headOf(found) : found;
  builder.push(key, entry?.state ?? EntryState.absent, entry?.digest, entry?.token);
}

/** There are so many that the mapping is wrong. */
export function tooManyKeyless(table: string, keyColumns: readonly string[]): ProtocolError {
  return new ProtocolError(
    "mapping-mismatch",
    `More than ${MAX_KEYLESS} rows of ${table} have keys that no record can have: the key columns (${keyColumns.join(", ")}) are read as something else than they hold. Edit the mapping.`,
  );
}
