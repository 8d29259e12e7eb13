/** What the process with the bare driver loops is asked, one at a time, and answers. */
export type SqliteTask =
  /** Reads every row of the statement. */
  | { readonly do: "scan"; readonly file: string; readonly sql: string }
  /** Writes the rows that these tables hold into empty copies of them, in their order, `batch` rows a commit. */
  | { readonly do: "copy"; readonly tables: readonly CopiedTable[]; readonly batch: number };

/** One commit a batch and file; the tables of each batch are committed in the order given. */
export interface CopiedTable {
  readonly file: string;
  readonly table: string;
  /** A file that does not exist; tables with the same target share its commits. */
  readonly target: string;
}

export interface SqliteLoop {
  readonly milliseconds: number;
  readonly rows: number;
}
