/** The best raw use of a backend's own driver or API, with nothing of the product in it. */

/** A row as the product has stored it; keys in the backend's own spelling. */
export interface StoredRow {
  readonly key: string;
  readonly version: string;
  /** Hexadecimal. */
  readonly digest: string;
  readonly body: string;
}

export interface BareBackend {
  /** Streams of key, version and digest in the order of their keys. @returns How many. */
  scan(): Promise<number>;
  /** The same with the bodies. */
  read(): Promise<readonly StoredRow[]>;
  /** Each where there is none, into an empty table, at the best batch and concurrency. */
  write(rows: readonly StoredRow[]): Promise<void>;
  /** Each where its version is what it was. */
  change(rows: readonly StoredRow[]): Promise<void>;
  /** As tutorials do: one request a record, the next once it is answered; into another empty table. */
  writeEach(rows: readonly StoredRow[]): Promise<void>;
  changeEach(rows: readonly StoredRow[]): Promise<void>;
  close(): Promise<void>;
}

export const changedVersion = (version: string): string => `${version}x`;

/** Runs `work` on all items, so many at a time. */
export async function atATime<Item>(
  limit: number,
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++] as Item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

export function inChunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, chunk) =>
    items.slice(chunk * size, (chunk + 1) * size),
  );
}
