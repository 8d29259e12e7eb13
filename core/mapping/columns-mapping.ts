/**
 * How the records of an object store map to the rows of somebody's existing table. Plain JSON: it is stored with
 * the mapping and travels to the bridge, which checks it against the table as it is (check-columns.ts).
 *
 * The collection of such a mapping is its table: both have the same name. Two mappings of one table are told
 * apart by their projection and scope (mapping-identity.ts).
 */
import type { ConversionName } from "./conversions.ts";

/**
 * A column of the key. One such column makes scalar keys, several make array keys of as many elements, in this
 * order. The columns have to be unique together.
 */
export interface KeyColumn {
  readonly column: string;
  readonly as: ConversionName;
}

/** What a NULL stands for. The other of the two cannot be held by the column. */
export type NullMeaning =
  /** The record lacks the property. */
  | "absent"
  /** The property is there and is null. */
  | "null";

export interface FieldColumn {
  /**
   * The property's path from the record's top; every step but the last leads to a plain object. Empty = the whole
   * record, which is then the only field.
   */
  readonly path: readonly string[];
  readonly column: string;
  readonly as: ConversionName;
  readonly whenNull: NullMeaning;
}

/** How a version column moves when a row is written. It is read back after every write of ours. */
export const VERSION_MOVES = ["increment", "uuid", "trigger", "clock"] as const;
export type VersionMove = (typeof VERSION_MOVES)[number];

export interface VersionColumn {
  readonly column: string;
  /**
   * increment: we add 1, and a new row starts at its default, else 1. uuid: we put a new UUID as text. trigger: the
   * database moves it. clock: we put the database's time, in the form that `clock` tells.
   */
  readonly moves: VersionMove;
  /** For `clock`. */
  readonly clock?: "dateMilliseconds" | "dateSeconds" | "dateText" | "dateSql";
}

export interface ColumnsMapping {
  readonly table: string;
  readonly key: readonly KeyColumn[];
  readonly fields: readonly FieldColumn[];
  /** Left out on purpose, so that the editor need not ask again. They change nothing else. */
  readonly ignoredFields?: readonly string[];
  readonly ignoredColumns?: readonly string[];
  /** Absent: what all mapped columns held before is what a write expects. */
  readonly version?: VersionColumn;
}
