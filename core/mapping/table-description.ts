/** What introspection says of a table. Plain JSON; names and types are as the database has them. */
import type { ConversionName } from "./conversions.ts";

export interface ColumnDescription {
  readonly name: string;
  /** As declared; empty where it was not. */
  readonly type: string;
  readonly nullable: boolean;
  /** The default as SQL text; absent = none. */
  readonly default?: string;
  /** The database computes it: it can be read and not written. */
  readonly generated?: true;
  /** How it is best read, where its type's name does not say. */
  readonly suggested?: ConversionName;
  /** How it compares texts, where that is not by their bytes: two texts can be one key then. */
  readonly compares?: string;
}

export interface ForeignKeyDescription {
  readonly columns: readonly string[];
  readonly table: string;
  readonly referenced: readonly string[];
}

export interface TableDescription {
  readonly name: string;
  readonly isView: boolean;
  readonly columns: readonly ColumnDescription[];
  /** In key order; empty = none. */
  readonly primaryKey: readonly string[];
  /** Columns that are unique together, the primary key's not again. */
  readonly unique: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKeyDescription[];
  /** CHECK constraints as SQL text. */
  readonly checks: readonly string[];
  /** About how many rows; absent where that costs a scan. */
  readonly rows?: number;
  /**
   * What the columns were taken from, "the first 30 rows", where the table itself names none: rows can have others, and
   * others can be mapped.
   */
  readonly columnsOf?: string;
}

export interface TableList {
  /** Those that the connection's configuration allows. */
  readonly tables: readonly { readonly name: string; readonly isView: boolean; readonly rows?: number }[];
  /** How many others there are. */
  readonly notAllowed: number;
}
