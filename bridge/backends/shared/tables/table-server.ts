/**
 * What a server has to do so that somebody's own tables on it can be mapped (server-tables.ts does the rest).
 *
 * Nothing is written in a transaction there: a write carries all that it depends on, and the server applies it as a
 * whole or not at all. What it made of the row is read afterwards.
 */
import type { Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { VersionColumn } from "../../../../core/mapping/columns-mapping.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import type { BackendTables, ExaminedMapping } from "../../backend.ts";
import type { ServerPlan } from "./server-plan.ts";
import type { RowCells } from "./table-row.ts";

/** A row as it was found. */
export interface FoundRow<Own = unknown> {
  /** By position of the columns that were asked for. */
  readonly cells: RowCells;
  /** What the server's own code wants to have of it when it is written. */
  readonly own?: Own;
}

export interface RowChange<Own = unknown> {
  readonly kind: "insert" | "update" | "delete";
  /** By position of `plan.keyColumns`. */
  readonly key: readonly Cell[];
  /** What to set, none of the key's columns. Empty for a deletion. */
  readonly set: ReadonlyMap<string, Cell>;
  /** What the row's mapped columns and its version's still have to hold, none of the key's. Empty for an insert. */
  readonly from: ReadonlyMap<string, Cell>;
  /** To set to the server's time: a version that moves by the clock. */
  readonly clock?: VersionColumn;
  /** The row that `from` was taken of. */
  readonly there?: FoundRow<Own>;
}

export type ChangeResult =
  | { readonly is: "applied" }
  /** The row is not, or no more, as the change wants it. */
  | { readonly is: "missed" }
  | { readonly is: "rejected"; readonly code: string; readonly reason: string };

export interface TableServer<Own = unknown> {
  /** "Cassandra", for people. */
  readonly product: string;
  /** Changes that are sent at the same time, each of another row. */
  readonly changesAtATime: number;
  list(): ReturnType<BackendTables["list"]>;
  /** As BackendTables.describe. @throws BackendError "unknown-table" */
  describe(table: string, mapping?: TableMapping): Promise<TableDescription>;
  identity(table: string): Promise<string>;
  /**
   * What reading the mapping's rows costs, and why they cannot be written.
   *
   * @throws BackendError "mapping-mismatch" where so much would be read that a scope is needed.
   */
  examine(plan: ServerPlan): Promise<ExaminedMapping>;
  /**
   * All rows, in any order, each once; the scope may be used to read fewer. Returns normally only with proof that
   * these were all.
   *
   * @param columns Whose cells are wanted.
   */
  scan(
    plan: ServerPlan,
    columns: readonly string[],
    signal: AbortSignal,
  ): AsyncIterable<readonly FoundRow<Own>[]>;
  /**
   * One answer a key, in order, after everything that is under way for these rows; undefined where there is certainly
   * no such row.
   */
  find(
    plan: ServerPlan,
    columns: readonly string[],
    keys: readonly (readonly Cell[])[],
  ): Promise<readonly (FoundRow<Own> | undefined)[]>;
  /** Why the column cannot hold the cell exactly; undefined = it can. */
  refusalOf(plan: ServerPlan, column: string, cell: Cell): string | undefined;
  /** The version after `before`, NULL where there was none. Numbers and texts: next-version.ts. */
  nextVersion(moves: "increment" | "uuid", before: Cell): Cell | NotRepresentable;
  /** Why the server cannot do in one step what the change takes, before it is sent; undefined = it can. */
  refusalOfChange?(plan: ServerPlan, change: RowChange<Own>): string | undefined;
  /** All that the mapping leaves out of a found row, where rows can have other columns than are described. */
  restOf?(plan: ServerPlan, row: FoundRow<Own>): ReadonlyMap<string, Cell | NotRepresentable>;
  /**
   * One row, as a whole or not at all.
   *
   * @throws BackendError; without `nothingWritten` it may have applied, or may still.
   */
  change(plan: ServerPlan, change: RowChange<Own>): Promise<ChangeResult>;
}
