/** What the process with the bare driver loops is asked, one at a time, and answers. */
export type SqliteTask =
  /** Reads key, version and digest of every row in key order, row by row. */
  | { readonly do: "scan"; readonly file: string; readonly table: string }
  /** Writes the rows that the table holds into an empty copy of it in a new file. */
  | {
      readonly do: "write";
      readonly file: string;
      readonly table: string;
      readonly target: string;
      /** Rows a commit. */
      readonly batch: number;
      /** Whether each row gets a journal row in the same commit. */
      readonly journal: boolean;
    }
  /** Fills such a copy, then reads, journals and replaces every row of it; the time is that of the second alone. */
  | {
      readonly do: "change";
      readonly file: string;
      readonly table: string;
      readonly target: string;
      /** Rows a commit. */
      readonly batch: number;
    };

export interface SqliteLoop {
  readonly milliseconds: number;
  readonly rows: number;
}
