/**
 * Brings a collection's materialization up to the end of its topic, and knows when that cannot be gone on with.
 *
 * `catchUp` is what makes a reading fresh: a write is acknowledged only when the last stable offset has passed it, and
 * the first answer of a catch-up tells that offset as it was after the catch-up began. So whatever anybody was told
 * to have written before the call is read when it returns. Calls that wait at the same time share a catch-up, but never
 * one that had begun before them.
 *
 * Null values, Kafka's own tombstones, are gone when `delete.retention.ms` has passed. So a reading that goes on where an earlier
 * one ended, and one from the beginning to the end, count only when that takes less.
 */
import { setTimeout as wait } from "node:timers/promises";
import { compareBytes } from "../../../core/key/compare-bytes.ts";
import { BackendError } from "../backend-error.ts";
import type { FetchedRecord, KafkaCluster, Topic } from "./client/kafka-cluster.ts";
import { isRefused } from "./client/kafka-failure.ts";
import { committedRecords } from "./committed-records.ts";
import { naming } from "./kafka-errors.ts";
import type { LogPart, Materialization, Place, Rebuild } from "./materialization.ts";
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

/** Of delete.retention.ms, how old the last reading may be by this machine's clock when another one begins. */
const OF_RETENTION = 0.5;

/** Readings from the beginning, each of which took longer than tombstones are kept. */
const SLOW_REBUILDS = 3;

/** What reading takes of a cluster. */
export type LogReader = Pick<
  KafkaCluster,
  "where" | "requestTimeoutMs" | "changes" | "fetch" | "nextBatch" | "logStart"
>;

export class TopicLog {
  readonly topic: Topic;
  readonly #cluster: LogReader;
  readonly #materialization: Materialization;
  readonly #rules: () => TopicRules;
  /** The reading that ends last. */
  #last: Promise<number> | undefined;
  /** One that has not begun. */
  #queued: Promise<number> | undefined;
  /** Of the cluster's changes, when it was known to be the same log. */
  #verifiedWith = 0;
  /** Where there was nothing to read, time after time. */
  #provenEmpty: { readonly from: number; readonly end: number } | undefined;
  #watcher: ((row: TopicRow) => void) | undefined;

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

  /** Reads what was committed when it is called. @returns The offset before which all was stable, and is read. */
  catchUp(): Promise<number> {
    if (this.#last === undefined) return this.#start();
    this.#queued ??= this.#start(0, () => {
      this.#queued = undefined;
    });
    return this.#queued;
  }

  /**
   * Until all that lies before an offset is stable, and is read.
   *
   * @throws BackendError "locked" where somebody's transaction keeps it from being stable
   */
  async catchUpTo(offset: number): Promise<void> {
    const deadline = performance.now() + this.#cluster.requestTimeoutMs;
    for (let waitMs = 0; ; waitMs = LONGEST_WAIT_MS) {
      if ((await this.#start(waitMs)) >= offset) return;
      if (performance.now() > deadline) throw heldBack(this.topic.name, offset);
    }
  }

  /**
   * Whether nothing lies from an offset up to another, where a batch is known to begin. That the next batch is that one
   * proves it; that a broker shows nothing proves nothing.
   */
  async isNothingBetween(from: number, offset: number): Promise<boolean> {
    if (from >= offset) return from === offset;
    const doing = `read the topic ${this.topic.name}`;
    const found = await naming(this.#cluster.where, doing, () => this.#cluster.nextBatch(this.topic, from));
    return found !== undefined && found >= offset;
  }

  /** Calls back with each record of ours that is read meanwhile. */
  async watching<Result>(watcher: (row: TopicRow) => void, work: () => Promise<Result>): Promise<Result> {
    this.#watcher = watcher;
    try {
      return await work();
    } finally {
      this.#watcher = undefined;
    }
  }

  /** One reading at a time. @param begins Called when its turn has come: who comes later needs another one. */
  #start(waitMs = 0, begins = (): void => {}): Promise<number> {
    const before = this.#last;
    const reading = naming(this.#cluster.where, `read the topic ${this.topic.name}`, async () => {
      await before?.catch(() => {});
      begins();
      return this.#read(waitMs);
    }).finally(() => {
      if (this.#last === reading) this.#last = undefined;
    });
    this.#last = reading;
    return reading;
  }

  async #read(waitMs: number): Promise<number> {
    const { next, readAt } = this.#materialization.position();
    const retention = this.#rules().deleteRetentionMs;
    // A clock that was put back makes what was read young, so a time to come is as old as it is far.
    const age = next === 0 ? 0 : Math.abs(Date.now() - readAt);
    if (age > retention * OF_RETENTION) return this.#rebuild(!(await this.#isSameLog(next)));
    const startedAt = performance.now();
    try {
      const end = await this.#readFrom(next, waitMs, (part) => this.#materialization.append(part));
      const isInTime = age + performance.now() - startedAt <= retention;
      if (await this.#isSameLog(next)) return isInTime ? end : this.#rebuild(false);
    } catch (error) {
      // The log is shorter than it was, or has lost its beginning.
      if (!isRefused(error, OUT_OF_RANGE)) throw error;
    }
    return this.#rebuild(true);
  }

  /**
   * Whether the log is the one that was read before. Brokers can be put back to an earlier state, and be written to again,
   * until their offsets pass ours. Then the latest of the records that we have from before is not where it was: only a later
   * record of its key lets compaction take it away, and that one would have been read by now.
   */
  async #isSameLog(before: number): Promise<boolean> {
    const { changes } = this.#cluster;
    if (this.#verifiedWith === changes) return true;
    const latest = this.#materialization.latestBefore(before);
    if (latest !== undefined && !(await this.#isThere(latest))) return false;
    this.#verifiedWith = changes;
    return true;
  }

  async #isThere({ key, version, offset }: Place): Promise<boolean> {
    try {
      const fetched = await this.#cluster.fetch(this.topic, offset, 0, ONE_RECORD_BYTES);
      const { records } = committedRecords(fetched, offset);
      const found = records.find((record) => record.offset === offset);
      if (found?.key == null || compareBytes(found.key, key) !== 0) return false;
      return toTopicRow(found)?.version === version;
    } catch (error) {
      if (isRefused(error, OUT_OF_RANGE)) return false;
      throw error;
    }
  }

  async #rebuild(isOther: boolean): Promise<number> {
    const { deleteRetentionMs } = this.#rules();
    for (let slow = 0; slow < SLOW_REBUILDS; slow++) {
      const deadline = performance.now() + deleteRetentionMs;
      const rebuild = this.#materialization.beginRebuild(isOther);
      do {
        const end = await this.#readFromBeginning(rebuild);
        if (performance.now() <= deadline && rebuild.finish(end)) return end;
        // Another process has read further meanwhile: so do we.
      } while (performance.now() <= deadline);
    }
    throw forgetsTooSoon(this.topic.name, deleteRetentionMs);
  }

  /** Or on from where the rebuild is. */
  async #readFromBeginning(rebuild: Rebuild): Promise<number> {
    try {
      return await this.#readFrom(rebuild.next, 0, (part) => rebuild.append(part));
    } catch (error) {
      if (!isRefused(error, OUT_OF_RANGE)) throw error;
      throw lostItsBeginning(this.topic.name, await this.#cluster.logStart(this.topic));
    }
  }

  /**
   * Up to what is stable when the first answer comes.
   *
   * @param add Returns where to go on: another process may have moved the position.
   * @returns The end that was reached: all before it is read.
   */
  async #readFrom(from: number, waitMs: number, add: (part: LogPart) => number): Promise<number> {
    let end: number | undefined;
    let empty = 0;
    for (let at = from; end === undefined || at < end; ) {
      const startedAt = Date.now();
      const fetched = await this.#cluster.fetch(this.topic, at, waitMs);
      if (fetched.logStart > 0) throw lostItsBeginning(this.topic.name, fetched.logStart);
      end ??= fetched.stableEnd;
      const { records, next } = committedRecords(fetched, at);
      const isEmpty = next === at && at < end;
      if (isEmpty) {
        if (!fetched.isThrottled) empty++;
        if (empty < EMPTY_ANSWERS && !this.#isEmptyUpTo(at, end)) {
          await wait(EMPTY_PAUSE_MS);
          continue;
        }
        this.#provenEmpty = { from: at, end };
      }
      empty = 0;
      const endReachedAt = isEmpty || next >= end ? startedAt : undefined;
      const part = partOf(records, at, next, endReachedAt);
      for (const row of part.rows) this.#watcher?.(row);
      const isNews = next > at || isWorthNoting(endReachedAt, this.#materialization);
      at = isNews ? add(part) : next;
      if (isEmpty && at >= next) break;
    }
    return end ?? from;
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

const heldBack = (topic: string, offset: number): BackendError =>
  new BackendError(
    "locked",
    `What lies before offset ${offset} of the topic ${topic} cannot be read yet: somebody else's transaction is open there. Wait until it ends, or end it (kafka-transactions.sh find-hanging, then abort), and try again.`,
  );

const forgetsTooSoon = (topic: string, retentionMs: number): BackendError =>
  new BackendError(
    "not-set-up",
    `The topic ${topic} forgets deletions after ${retentionMs} ms (delete.retention.ms), and reading it from its beginning took longer, ${SLOW_REBUILDS} times. Nothing is taken from what may lack some: kafka-configs.sh --alter --topic ${topic} --add-config delete.retention.ms=86400000.`,
  );

export function lostItsBeginning(topic: string, offset: number): BackendError {
  return new BackendError(
    "corrupt",
    `The topic ${topic} has lost its beginning (records before offset ${offset} were deleted, by a retention time or by hand), so it does not hold all records of its collection any more. Nothing is read from it or written to it: use another collection, and push to it again.`,
  );
}
