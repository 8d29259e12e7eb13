/** What the thread of a transform's module is asked: a thousand rows or so at a time. */
export interface RowsToTransform {
  readonly rows: readonly {
    /** Encoded. */
    readonly key: Uint8Array;
    /** JSON. */
    readonly row: string;
  }[];
}

/** Lines of JSON, without those of rows that were left out; or why one cannot be, by its index. */
export type TransformedRows =
  | { readonly lines: readonly string[] }
  | { readonly unfit: number; readonly reason: string };
