/** A collection in its topic: read from the materialization, brought up to date with every call. */

import type { EntryBatch } from "../../../core/batch/entry-batch.ts";
import { encodeEntryBatch } from "../../../core/batch/entry-batch-codec.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import type {
  BackendCollection,
  BackendOutcome,
  BackendRecord,
  BackendScan,
  BackendWrite,
  EncodedEntries,
} from "../backend.ts";
import { unknownCollection } from "../shared/stored-meta.ts";
import { findRecords, lookupEntries } from "../sqlite/find-records.ts";
import { readPage } from "../sqlite/scan-pages.ts";
import { changedPage } from "./changes.ts";
import { findCollection, initCollection } from "./collections.ts";
import type { OpenTopic } from "./open-topic.ts";
import type { Topics } from "./topics.ts";

/** Entries of a page where the reader names no size: about 5 ms of work. */
const DEFAULT_PAGE_ENTRIES = 2000;

export class KafkaCollection implements BackendCollection {
  readonly #topics: Topics;
  readonly #name: string;

  constructor(topics: Topics, name: string) {
    this.#topics = topics;
    this.#name = name;
  }

  async meta(): Promise<CollectionMeta | undefined> {
    return (await findCollection(this.#topics, this.#name))?.meta;
  }

  init(init: CollectionInit): Promise<CollectionMeta> {
    return initCollection(this.#topics, this.#name, init);
  }

  async *scan(range: BackendScan, signal: AbortSignal): AsyncGenerator<EncodedEntries> {
    const { open } = await this.#require();
    const limit = range.batchSize ?? DEFAULT_PAGE_ENTRIES;
    let after = range.after;
    do {
      signal.throwIfAborted();
      const page = open.log.materialization.use((file, { records }) =>
        readPage(file, records, { ...range, after }, limit),
      );
      if (page.batch.count > 0) yield encoded(page.batch);
      after = page.last;
    } while (after !== undefined);
  }

  async lookup(keys: readonly Uint8Array[]): Promise<EncodedEntries> {
    const { open } = await this.#require();
    return encoded(open.log.materialization.use((file, { records }) => lookupEntries(file, records, keys)));
  }

  async *read(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<readonly BackendRecord[]> {
    const { open } = await this.#require();
    const { materialization } = open.log;
    const chunks = materialization.use((file, { records }) => findRecords(file, records, keys));
    for (;;) {
      signal.throwIfAborted();
      const chunk = materialization.use(() => chunks.next());
      if (chunk.done) return;
      yield chunk.value;
    }
  }

  async write(operations: readonly BackendWrite[], writer: string): Promise<readonly BackendOutcome[]> {
    if (operations.length === 0) return [];
    const { open } = await this.#require();
    return open.writer.write(operations.map((operation) => ({ operation, writer })));
  }

  async *changes(since: string, signal: AbortSignal): AsyncGenerator<EncodedEntries, string> {
    const { open, meta } = await this.#require();
    let checkpoint = since;
    for (;;) {
      signal.throwIfAborted();
      const from = checkpoint;
      const { materialization } = open.log;
      const { next, history } = materialization.position();
      const of = { incarnation: meta.incarnation, topicId: open.topic.id, history, next };
      const page = materialization.use((file, tables) =>
        changedPage(file, tables, of, from, DEFAULT_PAGE_ENTRIES),
      );
      checkpoint = page.checkpoint;
      if (page.batch.count > 0) yield encoded(page.batch);
      if (page.isLast) return checkpoint;
    }
  }

  async #require(): Promise<{ readonly open: OpenTopic; readonly meta: CollectionMeta }> {
    const found = await findCollection(this.#topics, this.#name);
    if (found === undefined) throw unknownCollection(this.#name);
    return found;
  }
}

const encoded = (batch: EntryBatch): EncodedEntries => ({
  count: batch.count,
  bytes: encodeEntryBatch(batch),
});
