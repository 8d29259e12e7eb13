/** PouchDB's replication in the page, whose script is loaded before this one. */
import { benchRecord } from "../data/record.ts";

interface Result {
  readonly ok: boolean;
  readonly docs_written: number;
}

interface ReplicationOptions {
  readonly batch_size: number;
  readonly checkpoint?: false;
}

interface Pouch {
  bulkDocs(documents: readonly object[]): Promise<unknown>;
  info(): Promise<{ readonly doc_count: number }>;
  destroy(): Promise<unknown>;
  readonly replicate: {
    to(url: string, options: ReplicationOptions): Promise<Result>;
    from(url: string, options: ReplicationOptions): Promise<Result>;
  };
}

declare const PouchDB: new (name: string) => Pouch;

export interface ReplicationQuestion {
  /** Of a database that is not there yet. */
  readonly url: string;
  readonly name: string;
  readonly records: number;
  readonly batch: number;
}

/** Milliseconds. */
export interface Replicated {
  readonly push: number;
  readonly pull: number;
  /** Pulling once more when there is nothing to pull, as if it had not been done before. */
  readonly again: number;
}

/** Documents of one local write while the database is filled. */
const DOCUMENTS_A_WRITE = 1_000;

const replication = {
  async run({ url, name, records, batch }: ReplicationQuestion): Promise<Replicated> {
    const source = new PouchDB(`${name}-source`);
    for (let from = 0; from < records; from += DOCUMENTS_A_WRITE) {
      const length = Math.min(DOCUMENTS_A_WRITE, records - from);
      await source.bulkDocs(Array.from({ length }, (_, i) => documentOf(from + i)));
    }
    const target = new PouchDB(`${name}-target`);
    const push = await timed(() => source.replicate.to(url, { batch_size: batch }), records);
    const pull = await timed(() => target.replicate.from(url, { batch_size: batch }), records);
    const again = await timed(() => target.replicate.from(url, { batch_size: batch, checkpoint: false }), 0);
    const { doc_count } = await target.info();
    if (doc_count !== records) throw new Error(`PouchDB pulled ${doc_count} documents`);
    await source.destroy();
    await target.destroy();
    return { push, pull, again };
  },
};

/** The record as JSON, which is all that PouchDB holds. */
function documentOf(number: number): object {
  const record = benchRecord(number);
  return { ...(JSON.parse(JSON.stringify(record)) as object), _id: record.id };
}

async function timed(replicate: () => Promise<Result>, expected: number): Promise<number> {
  const start = performance.now();
  const { ok, docs_written } = await replicate();
  const milliseconds = performance.now() - start;
  if (!ok || docs_written !== expected) throw new Error(`PouchDB wrote ${docs_written} documents`);
  return milliseconds;
}

type PouchReplication = typeof replication;
declare global {
  var pouchReplication: PouchReplication;
}
globalThis.pouchReplication = replication;
