/**
 * Brings a collection's materialization up to the end of its topic, and knows when that cannot be gone on with.
 *
 * `catchUp` is what makes a reading fresh: a write is acknowledged only when the last stable offset has passed it, and
 * the first answer of a catch-up tells that offset as it was after the catch-up began. So whatever anybody was told
 * to have written before the call is read when it returns. Calls that wait at the same time share a catch-up, but never
 * one that had begun before them.
 */
import { setTimeout as wait } from "node:timers/promises";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { BackendError } from "../backend-error.ts";
import type { FetchedRecord, KafkaCluster, Topic } from "./client/kafka-cluster.ts";
import { isRefused, KafkaFailure } from "./client/kafka-failure.ts";
import { committedRecords } from "./committed-records.ts";
import { naming } from "./kafka-errors.ts";
import type { LogPart, Materialization, Place } from "./materialization.ts";
import { type TopicRow, toTopicRow } from "./record-format.ts";
import type { TopicRules } from "./topic-rules.ts";

/** How long a broker may wait for what is to come, in milliseconds. */
const LONGEST_WAIT_MS = 100;

/** Whose batch comes whole, however large. */
const ONE_RECORD_BYTES = 1;

/**
 * Compaction may leave nothing between an offset and the end. That looks like a broker that cannot find its end in the file
 * at the moment, so it takes several answers; and the position stays where it is, so that nothing can be passed over.
 */
const EMPTY_ANSWERS = 20;
const EMPTY_PAUSE_MS = 25;

const OUT_OF_RANGE = new Set(["OFFSET_OUT_OF_RANGE"]);

/** Of delete.retention.ms, how old the last reading may be: a tombstone of Kafka's own may be gone by then. */
const OF_RETENTION = 0.5;

/** What reading takes of a cluster. */
export type LogReader = Pick<KafkaCluster, "where" | "requestTimeoutMs" | "connections" | "fetch">;

export class TopicLog {
  readonly topic: Topic;
  readonly #cluster: LogReader;
  readonly #materialization: Materialization;
  readonly #rules: () => TopicRules;
  /** The reading that ends last. */
  #last: Promise<void> | undefined;
  /** One that has not begun. */
  #queued: Promise<void> | undefined;
  /** How many connections there had been when it was known to be the same log. */
  #verifiedWith = 0;
  /** Where there was nothing to read, time after time. */
  #provenEmpty: { readonly from: number; readonly end: number } | undefined;
  #watcher: ((version: string) => void) | undefined;

  /** @param rules The topic's, as they were last read. */
  constructor(cluster: LogReader, topic: Topic, materialization: Materialization, rules: () => TopicRules) {
    this.#cluster = cluster;
    this.topic = topic;
    this.#materialization = materialization;
    this.#rules = rules;
  }

  get materialization(): Materialization {
    return this.#materialization;
  }

  /** Reads what was committed when it is called. */
  catchUp(): Promise<void> {
    if (this.#last === undefined) return this.#start();
    this.#queued ??= this.#start(0, () => {
      this.#queued = undefined;
    });
    return this.#queued;
  }

  /** Until an offset that is known to be committed has been read. */
  async catchUpPast(offset: number): Promise<void> {
    const deadline = performance.now() + this.#cluster.requestTimeoutMs;
    for (let waitMs = 0; ; waitMs = LONGEST_WAIT_MS) {
      await this.#start(waitMs);
      if (this.#materialization.position().next > offset) return;
      if (performance.now() > deadline) {
        throw new KafkaFailure("unanswered", "", `offset ${offset} is not shown to readers`);
      }
    }
  }

  /** Calls back with the version of each record of ours that is read meanwhile. */
  async watching<Result>(watcher: (version: string) => void, work: () => Promise<Result>): Promise<Result> {
    this.#watcher = watcher;
    try {
      return await work();
    } finally {
      this.#watcher = undefined;
    }
  }

  /** One reading at a time. @param begins Called when its turn has come: who comes later needs another one. */
  #start(waitMs = 0, begins = (): void => {}): Promise<void> {
    const before = this.#last;
    const reading = naming(this.#cluster.where, `read the topic ${this.topic.name}`, async () => {
      await before?.catch(() => {});
      begins();
      await this.#read(waitMs);
    }).finally(() => {
      if (this.#last === reading) this.#last = undefined;
    });
    this.#last = reading;
    return reading;
  }

  async #read(waitMs: number): Promise<void> {
    const { next, readAt } = this.#materialization.position();
    const isTooOld = next > 0 && Date.now() - readAt > this.#rules().deleteRetentionMs * OF_RETENTION;
    if (isTooOld) return this.#rebuild(false);
    try {
      await this.#readFrom(next, waitMs, (part) => this.#materialization.append(part));
      if (await this.#isSameLog(next)) return;
    } catch (error) {
      // The log is shorter than it was.
      if (!isRefused(error, OUT_OF_RANGE)) throw error;
    }
    await this.#rebuild(true);
  }

  /**
   * Whether the log is the one that was read before. Brokers can be put back to an earlier state, and be written to again,
   * until their offsets pass ours. Then the latest of the records that we have from before is not where it was: only a later
   * record of its key lets compaction take it away, and that one would have been read by now.
   */
  async #isSameLog(before: number): Promise<boolean> {
    const { connections } = this.#cluster;
    if (this.#verifiedWith === connections) return true;
    const latest = this.#materialization.latestBefore(before);
    if (latest !== undefined && !(await this.#isThere(latest))) return false;
    this.#verifiedWith = connections;
    return true;
  }

  async #isThere({ key, version, offset }: Place): Promise<boolean> {
    const fetched = await this.#cluster.fetch(this.topic, offset, 0, ONE_RECORD_BYTES);
    const { records } = committedRecords(fetched, offset);
    const found = records.find((record) => record.offset === offset);
    if (found?.key == null || compareBytes(found.key, key) !== 0) return false;
    return toTopicRow(found)?.version === version;
  }

  async #rebuild(isOther: boolean): Promise<void> {
    const rebuild = this.#materialization.beginRebuild(isOther);
    await this.#readFrom(rebuild.next, 0, (part) => rebuild.append(part));
    rebuild.finish();
  }

  /** Up to what is stable when the first answer comes. */
  async #readFrom(from: number, waitMs: number, add: (part: LogPart) => void): Promise<void> {
    let end: number | undefined;
    let empty = 0;
    for (let at = from; end === undefined || at < end; ) {
      const startedAt = Date.now();
      const fetched = await this.#cluster.fetch(this.topic, at, waitMs);
      if (fetched.logStart > 0) throw lostItsBeginning(this.topic.name, fetched.logStart);
      end ??= fetched.stableEnd;
      const { records, next } = committedRecords(fetched, at);
      if (next === at && at < end) {
        if (!fetched.isThrottled) empty++;
        if (empty < EMPTY_ANSWERS && !this.#isEmptyUpTo(at, end)) {
          await wait(EMPTY_PAUSE_MS);
          continue;
        }
        this.#provenEmpty = { from: at, end };
        end = at;
      }
      empty = 0;
      const endReachedAt = next >= end ? startedAt : undefined;
      const isNews = next > at || isWorthNoting(endReachedAt, this.#materialization);
      const part = partOf(records, at, next, endReachedAt);
      if (isNews) add(part);
      for (const { version } of part.rows) this.#watcher?.(version);
      at = next;
    }
  }

  #isEmptyUpTo(at: number, end: number): boolean {
    return this.#provenEmpty?.from === at && end <= this.#provenEmpty.end;
  }
}

function partOf(
  records: readonly FetchedRecord[],
  from: number,
  next: number,
  endReachedAt: number | undefined,
): LogPart {
  const rows: TopicRow[] = [];
  const forgotten: { key: Uint8Array; offset: number }[] = [];
  for (const record of records) {
    const row = toTopicRow(record);
    if (row !== undefined) rows.push(row);
    else if (record.key !== null) forgotten.push({ key: record.key, offset: record.offset });
  }
  return { from, next, rows, forgotten, endReachedAt };
}

/** When the end was reached, where nothing new was read: not with each look. */
const NOTED_EVERY_MS = 10_000;

const isWorthNoting = (endReachedAt: number | undefined, materialization: Materialization): boolean =>
  endReachedAt !== undefined && endReachedAt - materialization.position().readAt > NOTED_EVERY_MS;

export function lostItsBeginning(topic: string, offset: number): BackendError {
  return new BackendError(
    "corrupt",
    `The topic ${topic} has lost its beginning (records before offset ${offset} were deleted, by a retention time or by hand), so it does not hold all records of its collection any more. Nothing is read from it or written to it: use another collection, and push to it again.`,
  );
}
