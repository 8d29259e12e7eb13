/**
 * A long list seen through pages: rows are fetched when somebody looks at them, and the least recently seen
 * pages are dropped. The list itself never stands in a signal; `version` tells views that rows arrived.
 */
import { type ReadonlySignal, signal } from "@preact/signals";

export interface PagedWindow<Row> {
  /** The row, or undefined while its page is on its way (asking starts the fetch). */
  row(index: number): Row | undefined;
  /** The row if it is here; never fetches. */
  peek(index: number): Row | undefined;
  /** The row, fetched if need be; undefined past the end, and where the list was cleared meanwhile. */
  load(index: number): Promise<Row | undefined>;
  /** Forgets every page; the next look fetches anew. */
  clear(): void;
  /** Fetches anew, but goes on showing what was there until the answer comes. */
  refresh(): void;
  /** Changes whenever rows arrive or are dropped. */
  readonly version: ReadonlySignal<number>;
}

export interface PagedWindowOptions<Row> {
  /** Fetches `limit` rows from `offset`. Fewer means that the list ends there. */
  readonly fetch: (offset: number, limit: number) => Promise<readonly Row[]>;
  readonly onError: (error: unknown) => void;
  readonly pageSize?: number;
  readonly maxPages?: number;
}

export function createPagedWindow<Row>(options: PagedWindowOptions<Row>): PagedWindow<Row> {
  const pageSize = options.pageSize ?? 100;
  const maxPages = options.maxPages ?? 40;
  const version = signal(0);
  // Insertion order is order of use: a page that is looked at moves to the end.
  let pages = new Map<number, readonly Row[]>();
  let pending = new Map<number, Promise<readonly Row[]>>();
  /** Shown until the refreshed page arrives. */
  let outdated = new Map<number, readonly Row[]>();
  let clears = 0;

  function touch(page: number): readonly Row[] | undefined {
    const rows = pages.get(page);
    if (rows === undefined) return undefined;
    pages.delete(page);
    pages.set(page, rows);
    return rows;
  }

  function fetchPage(page: number): Promise<readonly Row[]> {
    const running = pending.get(page);
    if (running !== undefined) return running;
    const askedIn = pending;
    const request = options.fetch(page * pageSize, pageSize).then(
      (rows) => {
        // After a clear, the answer belongs to a list that is gone.
        if (askedIn !== pending) return rows;
        pending.delete(page);
        pages.set(page, rows);
        outdated.delete(page);
        for (const oldest of pages.keys()) {
          if (pages.size <= maxPages) break;
          pages.delete(oldest);
        }
        version.value++;
        return rows;
      },
      (error: unknown) => {
        // The failed request stays in `pending`, so that drawing again does not ask again in a loop.
        if (askedIn === pending) options.onError(error);
        return [];
      },
    );
    pending.set(page, request);
    return request;
  }

  return {
    version,
    row(index) {
      const page = Math.floor(index / pageSize);
      const rows = touch(page);
      if (rows !== undefined) return rows[index - page * pageSize];
      void fetchPage(page);
      return outdated.get(page)?.[index - page * pageSize];
    },
    peek(index) {
      const page = Math.floor(index / pageSize);
      return (pages.get(page) ?? outdated.get(page))?.[index - page * pageSize];
    },
    async load(index) {
      const page = Math.floor(index / pageSize);
      const clearsBefore = clears;
      const rows = touch(page) ?? (await fetchPage(page));
      return clears === clearsBefore ? rows[index - page * pageSize] : undefined;
    },
    clear() {
      clears++;
      pages = new Map();
      pending = new Map();
      outdated = new Map();
      version.value++;
    },
    refresh() {
      for (const [page, rows] of pages) outdated.set(page, rows);
      pages = new Map();
      pending = new Map();
      version.value++;
    },
  };
}
