/**
 * A scan in key order: each bucket is a stream in the order of its keys, and the streams are merged.
 *
 * Completeness: the server ends a stream by a page without a state to go on from, and answers an error where the
 * replicas that the consistency asks for did not answer; a node that dies takes the page with it, not the end of the
 * stream. A bucket counts as read when its last page was read.
 */
import type { types } from "cassandra-driver";
import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { EntryBatchBuilder } from "../../../core/batch/entry-batch-builder.ts";
import type { BackendScan } from "../backend.ts";
import { toRowHead } from "../shared/document-rows.ts";
import type { CassandraCluster, RowPage, Statement } from "./cluster.ts";
import { headCells, type RecordsOf, scanStatement } from "./record-statements.ts";

/** Rows of one page of a bucket: two of each bucket are held. */
const MIN_PAGE_ROWS = 100;
const MAX_PAGE_ROWS = 1000;

/** A row, and where the next of its bucket comes from. */
interface Head {
  row: types.Row;
  readonly stream: BucketStream;
}

/** The rows of a bucket, a page ahead. */
class BucketStream {
  readonly #cluster: CassandraCluster;
  readonly #statement: Statement;
  readonly #fetchSize: number;
  #rows: readonly types.Row[] = [];
  #at = 0;
  #next: Promise<RowPage> | undefined;

  constructor(cluster: CassandraCluster, statement: Statement, fetchSize: number) {
    this.#cluster = cluster;
    this.#statement = statement;
    this.#fetchSize = fetchSize;
    this.#fetch(undefined);
  }

  /** Undefined where the page at hand is at its end. */
  take(): types.Row | undefined {
    return this.#rows[this.#at++];
  }

  /** The first row of the next page that has one; undefined when there is none. */
  async turnPage(): Promise<types.Row | undefined> {
    while (this.#next !== undefined) {
      const { rows, pageState } = await this.#next;
      this.#rows = rows;
      this.#at = 0;
      this.#next = undefined;
      if (pageState !== undefined) this.#fetch(pageState);
      const row = this.take();
      if (row !== undefined) return row;
    }
    return undefined;
  }

  #fetch(pageState: string | undefined): void {
    this.#next = this.#cluster.page(this.#statement, { fetchSize: this.#fetchSize, pageState });
    // Where the scan ends before it gets here, nobody waits for it.
    this.#next.catch(() => {});
  }
}

/** Batches of at most `limit` entries, never empty. */
export async function* scanBuckets(
  cluster: CassandraCluster,
  records: RecordsOf,
  range: BackendScan,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<EntryBatch> {
  const fetchSize = Math.min(MAX_PAGE_ROWS, Math.max(MIN_PAGE_ROWS, limit));
  const streams = Array.from(
    { length: records.buckets },
    (_, bucket) => new BucketStream(cluster, scanStatement(records, bucket, range), fetchSize),
  );
  const heap = new HeadHeap();
  for (const stream of streams) {
    const row = await stream.turnPage();
    if (row !== undefined) heap.push({ row, stream });
  }
  const builder = new EntryBatchBuilder();
  for (let least = heap.least; least !== undefined; least = heap.least) {
    const { key, state, digest, token } = toRowHead(headCells(least.row));
    builder.push(key, state, digest, token);
    if (builder.count === limit) {
      yield builder.build();
      signal.throwIfAborted();
    }
    const row = least.stream.take() ?? (await least.stream.turnPage());
    if (row === undefined) heap.dropLeast();
    else heap.replaceLeast(row);
  }
  if (builder.count > 0) yield builder.build();
}

/** A binary heap by key: of B buckets a row costs about log2(B) comparisons. */
class HeadHeap {
  readonly #heads: Head[] = [];

  get least(): Head | undefined {
    return this.#heads[0];
  }

  push(head: Head): void {
    const heads = this.#heads;
    let at = heads.push(head) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBelow(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  replaceLeast(row: types.Row): void {
    const [least] = this.#heads;
    if (least === undefined) return;
    least.row = row;
    this.#sink();
  }

  dropLeast(): void {
    const last = this.#heads.pop();
    if (last === undefined || this.#heads.length === 0) return;
    this.#heads[0] = last;
    this.#sink();
  }

  #sink(): void {
    const { length } = this.#heads;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < length && this.#isBelow(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBelow(a: number, b: number): boolean {
    return Buffer.compare(this.#keyAt(a), this.#keyAt(b)) < 0;
  }

  #keyAt(at: number): Buffer {
    return this.#heads[at]?.row.key as Buffer;
  }

  #swap(a: number, b: number): void {
    const held = this.#heads[a] as Head;
    this.#heads[a] = this.#heads[b] as Head;
    this.#heads[b] = held;
  }
}
