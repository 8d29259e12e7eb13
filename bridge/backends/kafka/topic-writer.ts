/**
 * Writes accepted records, and only those, to a collection's topic.
 *
 * Compaction keeps a key's last record. An optimistic append, judged by who reads it, could leave a rejected record as the last
 * one: the accepted value would be gone. So a write is judged before it is sent, against all that was committed, by a writer who
 * knows that nobody else writes. What makes that certain is the topic's transactional.id:
 *
 * 1. Taking it over ends whatever transaction is open, and refuses everything that its owner before sends from then on.
 * 2. So what is committed afterwards was written by us, until our next request to the coordinator is refused: reading to
 *    the end after a take-over shows all that there is to judge by.
 * 3. Where our first record lies is told when it is appended. Before the commit, all that lies before it has to have been
 *    read: whoever showed us an end that was not the end (a broker that had been replaced, or did not know its end at the
 *    moment) is found out, and so is whoever wrote without taking over, or into a topic that was made anew.
 * 4. A transaction whose commit is accepted proves that nobody had taken over up to then, so its judgement was right.
 *
 * Somebody else's plain producer is held off by none of this; what it writes between our first record and the commit goes
 * under.
 *
 * Outcomes. Before the commit is asked for, any failure is certain to leave nothing: no transaction commits without
 * being asked to. When the commit has no answer (or any answer but yes), the id is taken over again: then the transaction has
 * ended, one way or the other, and reading past its records tells which. Until that has succeeded, the
 * operations are unknown. An operation is acknowledged when readers can see it: the coordinator answers before that.
 *
 * Liveness. A take-over in the middle of somebody's transaction takes back their work. So who wants to write waits for an open
 * transaction to end, within reason, and who was taken over from waits a random while that doubles. What many
 * callers want at a time goes in one transaction, and an id that nobody has taken is kept.
 */
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../../../core/session/session-error.ts";
import type { BackendOutcome } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import type { RowHead } from "../shared/document-rows.ts";
import { inGroups } from "../shared/in-groups.ts";
import { keyText } from "../shared/key-text.ts";
import { findHeads, findRecord } from "../sqlite/find-records.ts";
import { isFenced, RecordAppender } from "./append-records.ts";
import {
  type KafkaCluster,
  type OutgoingRecord,
  onlyPartition,
  type Producer,
} from "./client/kafka-cluster.ts";
import { judgeWrites, type PendingWrite, type Verdict } from "./judge-writes.ts";
import { namedError } from "./kafka-errors.ts";
import { LostTransaction, type SentRecord } from "./lost-transaction.ts";
import { META_KEY, RECORD_OVERHEAD_BYTES } from "./record-format.ts";
import { toStreamEvent } from "./stream-events.ts";
import type { TopicLog } from "./topic-log.ts";
import { requireStream, type TopicRules } from "./topic-rules.ts";

/** Of one transaction. */
const ROUND_OPERATIONS = 5000;
const ROUND_BYTES = 8 * 1024 * 1024;

/** How long somebody else's open transaction is waited for. */
const POLITE_MS = 1000;
const POLITE_PAUSE_MS = 5;

/** Who was taken over from waits about this long, then twice. */
const FIRST_BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 1000;

/** Rounds that ended because somebody else took over, in time: more says that something is wrong. */
const CONTENDED_MS = 60_000;

const META_TEXT = keyText(META_KEY);

interface Waiting extends PendingWrite {
  readonly answer: (outcome: BackendOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** The commit was asked for, and what became of it is not known. */
class LostCommit extends Error {
  readonly sent: readonly SentRecord[];

  constructor(sent: readonly SentRecord[], error: unknown) {
    super(messageOf(error), { cause: error });
    this.sent = sent;
  }
}

/** Somebody has written what was not read when it was judged: the transaction was taken back. */
class Overtaken extends Error {}

/** By what was read up to `next`, or further. */
interface Judgement {
  readonly next: number;
  readonly verdicts: readonly Verdict[];
}

export class TopicWriter {
  readonly #cluster: KafkaCluster;
  readonly #log: TopicLog;
  readonly #rules: () => TopicRules;
  readonly #collection: () => string;
  #waiting: Waiting[] = [];
  #isRunning = false;
  /** While nobody has taken over from us, as far as is known. */
  #producer: Producer | undefined;
  readonly #appender: RecordAppender;

  /** @param collection Its name, for events. */
  constructor(cluster: KafkaCluster, log: TopicLog, rules: () => TopicRules, collection: () => string) {
    this.#cluster = cluster;
    this.#appender = new RecordAppender(cluster);
    this.#log = log;
    this.#rules = rules;
    this.#collection = collection;
  }

  /** One outcome an operation. @throws BackendError with `nothingWritten` where it is certain for all of them */
  async write(writes: readonly PendingWrite[]): Promise<BackendOutcome[]> {
    const answers = writes.map(
      (write) =>
        new Promise<BackendOutcome>((answer, fail) => this.#waiting.push({ ...write, answer, fail })),
    );
    if (!this.#isRunning) void this.#run();
    const settled = await Promise.allSettled(answers);
    const failed = settled.find((one) => one.status === "rejected");
    // Where some of the call were written, the others are told by themselves.
    if (failed !== undefined && settled.every((one) => one.status === "rejected")) throw failed.reason;
    return settled.map((one): BackendOutcome => {
      if (one.status === "fulfilled") return one.value;
      const code = one.reason instanceof BackendError ? one.reason.code : "backend-failed";
      return { status: "rejected", code, reason: messageOf(one.reason) };
    });
  }

  /** One round at a time; what comes meanwhile goes together in the next one. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    // What the same call and others of this moment add goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const round = this.#takeRound();
      try {
        const outcomes = await this.#settleRound(round);
        for (const [i, { answer }] of round.entries()) answer(outcomes[i] as BackendOutcome);
      } catch (error) {
        for (const { fail } of round) fail(error);
      }
    }
    this.#isRunning = false;
  }

  #takeRound(): Waiting[] {
    const limits = { most: ROUND_OPERATIONS, bytes: ROUND_BYTES };
    const [round = [], ...rest] = inGroups(this.#waiting, limits, ({ operation }) => weightOf(operation));
    this.#waiting = rest.flat();
    return round;
  }

  async #settleRound(writes: readonly PendingWrite[]): Promise<BackendOutcome[]> {
    const deadline = performance.now() + CONTENDED_MS;
    for (let backoff = FIRST_BACKOFF_MS; ; backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)) {
      try {
        return await this.#attempt(writes);
      } catch (error) {
        if (!(error instanceof Overtaken)) this.#producer = undefined;
        if (!isFenced(error) && !(error instanceof Overtaken)) {
          throw namedError(error, this.#cluster.where, `write to the topic ${this.#log.topic.name}`);
        }
        if (performance.now() > deadline) throw tooContended(this.#log.topic.name);
      }
      await wait(backoff * (0.5 + Math.random()));
    }
  }

  async #attempt(writes: readonly PendingWrite[]): Promise<BackendOutcome[]> {
    await this.#log.catchUp();
    let judgement = this.#judge(writes);
    if (!hasAccepted(judgement)) return this.#outcomes(writes, judgement.verdicts);
    if (this.#producer === undefined) {
      this.#producer = await this.#takeOver();
      await this.#log.catchUp();
      judgement = this.#judge(writes);
      if (!hasAccepted(judgement)) return this.#outcomes(writes, judgement.verdicts);
    }
    const { verdicts } = judgement;
    try {
      await this.#transact(this.#producer, writes, judgement);
      return this.#committed(writes, verdicts);
    } catch (error) {
      if (!(error instanceof LostCommit)) throw error;
      return await this.#settleLost(writes, verdicts, error);
    }
  }

  #judge(writes: readonly PendingWrite[]): Judgement {
    // First: another process that has the same file may move it on meanwhile.
    const { next } = this.#log.materialization.position();
    const keys = writes.map(({ operation }) => operation.key);
    const heads = this.#log.materialization.use((file, { records, description }) => {
      const found = new Map<string, RowHead>(findHeads(file, records, keys));
      for (const [key, head] of findHeads(file, description, [META_KEY])) found.set(key, head);
      return found;
    });
    return { next, verdicts: judgeWrites(writes, heads, this.#rules().maxRecordBytes) };
  }

  async #takeOver(): Promise<Producer> {
    const id = this.#log.topic.name;
    const until = performance.now() + POLITE_MS;
    while (performance.now() < until && (await this.#cluster.isTransactionOpen(id)))
      await wait(POLITE_PAUSE_MS);
    const producer = await this.#cluster.takeOver(id);
    this.#appender.startOver();
    return producer;
  }

  /** Returns when all of it is committed and seen. @throws LostCommit; anything else where nothing is committed, for certain */
  async #transact(producer: Producer, writes: readonly PendingWrite[], judgement: Judgement): Promise<void> {
    const accepted = writes.flatMap(({ operation }, i) => {
      const verdict = judgement.verdicts[i];
      return verdict?.is === "accepted" ? [{ ...verdict, operation }] : [];
    });
    const events = this.#events(writes, judgement.verdicts);
    const topic = onlyPartition(this.#log.topic);
    const parts = await this.#cluster.byPartition(events, this.#rules().stream);
    await this.#cluster.begin(producer, [topic, ...parts.map(({ to }) => to)]);
    const { maxRecordBytes } = this.#rules();
    const offsets = await this.#appender.append(
      producer,
      topic,
      accepted.map(({ record }) => record),
      maxRecordBytes,
    );
    for (const { to, records } of parts) await this.#appender.append(producer, to, records, maxRecordBytes);
    if (!(await this.#holds(writes, judgement, offsets[0] ?? 0))) {
      await this.#cluster.abort(producer);
      throw new Overtaken();
    }
    const sent = accepted.map(({ operation, token }, i) => ({ operation, token, offset: offsets[i] ?? 0 }));
    try {
      await this.#cluster.commit(producer);
      await this.#log.catchUpTo(endOf(sent));
    } catch (error) {
      throw new LostCommit(sent, error);
    }
  }

  /** Whether the judgement is right by all that lies before our first record. */
  async #holds(
    writes: readonly PendingWrite[],
    { next, verdicts }: Judgement,
    first: number,
  ): Promise<boolean> {
    if (await this.#log.isNothingBetween(next, first)) return true;
    await this.#log.catchUpTo(first);
    const again = this.#judge(writes);
    const isSame = verdicts.every(({ is }, i) => again.verdicts[i]?.is === is);
    return isSame && this.#log.isNothingBetween(again.next, first);
  }

  /** Of what is accepted, for who listens. */
  #events(writes: readonly PendingWrite[], verdicts: readonly Verdict[]): OutgoingRecord[] {
    const { stream } = this.#rules();
    if (stream === undefined) return [];
    requireStream(stream);
    const collection = this.#collection();
    return writes.flatMap(({ operation, writer }, i) => {
      const verdict = verdicts[i];
      if (verdict?.is !== "accepted" || keyText(operation.key) === META_TEXT) return [];
      const event = toStreamEvent(operation, verdict.token, writer, collection);
      return event === undefined ? [] : [event];
    });
  }

  /** Ends the transaction whose commit has no answer, and finds out how. */
  async #settleLost(
    writes: readonly PendingWrite[],
    verdicts: readonly Verdict[],
    lost: LostCommit,
  ): Promise<BackendOutcome[]> {
    const transaction = new LostTransaction(lost.sent);
    let isCommitted: boolean | undefined;
    try {
      this.#producer = undefined;
      await this.#log.watching(
        (row) => transaction.saw(row),
        async () => {
          this.#producer = await this.#takeOver();
          // Not before: what lies behind somebody's open transaction is shown when that ends.
          await this.#log.catchUpTo(endOf(lost.sent));
        },
      );
      isCommitted = this.#log.materialization.use((file, tables) => transaction.isCommitted(file, tables));
    } catch {
      return unknownOutcomes(verdicts, `No answer came to the commit: ${lost.message}.`);
    }
    if (isCommitted === undefined) {
      return unknownOutcomes(
        verdicts,
        "No answer came to the commit, and others have written over it since.",
      );
    }
    if (isCommitted) return this.#committed(writes, verdicts);
    throw new BackendError(
      "backend-unavailable",
      `${this.#cluster.where} did not answer the commit of a transaction on ${this.#log.topic.name} (${lost.message}), which was then taken back: nothing of it was written.`,
    );
  }

  /** Never throws, since then it would say that nothing was written. */
  #committed(writes: readonly PendingWrite[], verdicts: readonly Verdict[]): BackendOutcome[] {
    try {
      return this.#outcomes(writes, verdicts);
    } catch (error) {
      return unknownOutcomes(verdicts, messageOf(error));
    }
  }

  /** By verdicts whose accepted ones are committed. */
  #outcomes(writes: readonly PendingWrite[], verdicts: readonly Verdict[]): BackendOutcome[] {
    return this.#log.materialization.use((file, { records }) =>
      verdicts.map((verdict, i): BackendOutcome => {
        if (verdict.is === "rejected") return verdict.outcome;
        if (verdict.is !== "missed") return { status: "applied", token: verdict.token };
        const { key } = (writes[i] as PendingWrite).operation;
        return { status: "missed", current: findRecord(file, records, key) };
      }),
    );
  }
}

const hasAccepted = ({ verdicts }: Judgement): boolean => verdicts.some(({ is }) => is === "accepted");

/** Behind the last one. */
const endOf = (sent: readonly SentRecord[]): number => (sent.at(-1)?.offset ?? -1) + 1;

const unknownOutcomes = (verdicts: readonly Verdict[], reason: string): BackendOutcome[] =>
  verdicts.map((verdict) => (verdict.is === "rejected" ? verdict.outcome : { status: "unknown", reason }));

function weightOf({ key, write }: PendingWrite["operation"]): number {
  return key.length + (typeof write === "string" ? 0 : write.body.length) + RECORD_OVERHEAD_BYTES;
}

const tooContended = (topic: string): BackendError =>
  new BackendError(
    "backend-failed",
    `Others write to the topic ${topic} all the time, and took over each attempt of ${CONTENDED_MS / 1000} s; nothing was written: try again.`,
  );
