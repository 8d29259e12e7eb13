/**
 * One queued apply on the disk. Whatever is told to it is durable before it counts, so that a process that starts
 * anew knows at least as much as anybody was told.
 */
import { rm, stat } from "node:fs/promises";
import { outcomeWeight, unpackOutcomes } from "../../core/protocol/outcome-columns.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { QueueAbout } from "../../core/protocol/queue-frames.ts";
import type { StoredOutcome, StoredWrite } from "../../core/protocol/stored.ts";
import { unpackAscii } from "../../core/protocol/wire-column.ts";
import { unpackWrites, type WriteColumns } from "../../core/protocol/write-columns.ts";
import { AppendLog, type LogWords, readLog } from "../journal/append-log.ts";
import {
  decodeQueueRecord,
  encodeQueued,
  encodeRemoved,
  encodeSealed,
  encodeSending,
  encodeSettled,
  encodeUnsent,
  encodeWrites,
  type QueueRecord,
} from "./queue-records.ts";

const QUEUE_WORDS: LogWords = {
  name: "file of the queue",
  failed: "nothing more of it was queued or sent. Free some space or check the folder's permissions.",
  damaged:
    "nothing of it is sent any more. `driftscope queue remove` deletes it; compare again to see what it had written.",
};

/** Where one operation stands. */
type Standing = "waiting" | "unanswered" | StoredOutcome["status"];

export type QueueCounts = Readonly<Record<Standing, number>>;

export const NO_COUNTS: QueueCounts = {
  waiting: 0,
  unanswered: 0,
  applied: 0,
  conflict: 0,
  rejected: 0,
  superseded: 0,
  unknown: 0,
};

interface Part {
  /** By operation id, in order. */
  readonly standings: Map<string, Standing>;
}

/** The operations of a part that are still to be done. */
export interface OpenPart {
  readonly part: number;
  /** Never sent. */
  readonly fresh: readonly StoredWrite[];
  /** Perhaps sent: they are repeated identically until there is an answer. */
  readonly unanswered: readonly StoredWrite[];
}

/** What a removed operation came to. */
const REMOVED = {
  status: "rejected",
  code: "removed",
  reason: "It was taken out of the bridge's queue before it was sent. Compare again to plan it anew.",
} as const;

export class QueueFile {
  readonly path: string;
  readonly about: QueueAbout;
  readonly writer: string;
  readonly queuedAt: number;
  readonly #parts: readonly Part[];
  #removed: boolean;
  #log: Promise<AppendLog> | undefined;

  private constructor(path: string, content: Content) {
    this.path = path;
    this.about = content.about;
    this.writer = content.writer;
    this.queuedAt = content.queuedAt;
    this.#parts = content.parts;
    this.#removed = content.removed;
  }

  /**
   * Undefined where it was never sealed: then nobody was told that it is queued.
   * @throws ProtocolError "journal-failed" where it is damaged.
   */
  static async open(path: string): Promise<QueueFile | undefined> {
    const content = await readContent(path);
    return content === undefined ? undefined : new QueueFile(path, content);
  }

  get counts(): QueueCounts {
    const counts: Record<Standing, number> = { ...NO_COUNTS };
    for (const { standings } of this.#parts) {
      for (const standing of standings.values()) counts[this.#isDropped(standing) ? "rejected" : standing]++;
    }
    return counts;
  }

  get hasEnded(): boolean {
    const { waiting, unanswered } = this.counts;
    return waiting + unanswered === 0;
  }

  async bytes(): Promise<number> {
    return (await stat(this.path).catch(() => undefined))?.size ?? 0;
  }

  /** What is still to be done, part by part. */
  async *openParts(): AsyncGenerator<OpenPart> {
    let number = 0;
    for await (const record of recordsOf(this.path)) {
      if (record.t === "sealed") return;
      if (record.t !== "writes") continue;
      const part = number++;
      const { standings } = this.#parts[part] as Part;
      const isOpen = [...standings.values()].some((one) => one === "waiting" || one === "unanswered");
      if (!isOpen) continue;
      const writes = unpackWrites(record.writes);
      const standing = (wanted: Standing) => writes.filter(({ opId }) => standings.get(opId) === wanted);
      const fresh = this.#removed ? [] : standing("waiting");
      const unanswered = standing("unanswered");
      if (fresh.length + unanswered.length > 0) yield { part, fresh, unanswered };
    }
  }

  /** Everything that has come to its end, as it was sent, in chunks of about so many bytes. */
  async *settled(
    targetBytes: number,
    weightOf: (write: StoredWrite) => number,
  ): AsyncGenerator<readonly { readonly write: StoredWrite; readonly outcome: StoredOutcome }[]> {
    const outcomes = await this.#outcomes();
    let number = 0;
    for await (const record of recordsOf(this.path)) {
      if (record.t === "sealed") return;
      if (record.t !== "writes") continue;
      const { standings } = this.#parts[number++] as Part;
      let chunk: { write: StoredWrite; outcome: StoredOutcome }[] = [];
      let bytes = 0;
      for (const write of unpackWrites(record.writes)) {
        const { opId } = write;
        const isDropped = this.#isDropped(standings.get(opId));
        const outcome = isDropped ? { opId, ...REMOVED } : outcomes.get(opId);
        if (outcome === undefined) continue;
        const weight = weightOf(write) + outcomeWeight(outcome);
        if (chunk.length > 0 && bytes + weight > targetBytes) {
          yield chunk;
          chunk = [];
          bytes = 0;
        }
        chunk.push({ write, outcome });
        bytes += weight;
      }
      if (chunk.length > 0) yield chunk;
    }
  }

  /**
   * Before its fresh operations are sent: durable when it answers true. False where they were removed meanwhile.
   * @throws ProtocolError "journal-failed"
   */
  async markSending(part: number): Promise<boolean> {
    if (this.#removed) return false;
    await this.#append(encodeSending(part));
    const { standings } = this.#parts[part] as Part;
    for (const [opId, standing] of standings) if (standing === "waiting") standings.set(opId, "unanswered");
    return true;
  }

  /** They were not sent after all. What is lost of it in a crash costs a look at the backend. */
  async markUnsent(part: number, opIds: readonly string[]): Promise<void> {
    if (opIds.length === 0) return;
    await this.#append(encodeUnsent(part, opIds), false);
    setAll(this.#parts, part, opIds, "waiting");
  }

  /** Durable when it resolves. @throws ProtocolError "journal-failed" */
  async settle(part: number, outcomes: readonly StoredOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    await this.#append(encodeSettled(part, outcomes));
    for (const { opId, status } of outcomes) (this.#parts[part] as Part).standings.set(opId, status);
  }

  /** What was not sent never will be, at once and durably. @throws ProtocolError "journal-failed" */
  async remove(): Promise<void> {
    if (this.#removed) return;
    // From now on nothing is sent, whatever the disk says.
    this.#removed = true;
    try {
      await this.#append(encodeRemoved());
    } catch (error) {
      this.#removed = false;
      throw error;
    }
  }

  async delete(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = undefined;
    if (log !== undefined) await (await log).close().catch(() => {});
  }

  #isDropped(standing: Standing | undefined): boolean {
    return this.#removed && standing === "waiting";
  }

  async #outcomes(): Promise<Map<string, StoredOutcome>> {
    const outcomes = new Map<string, StoredOutcome>();
    for await (const record of recordsOf(this.path)) {
      if (record.t !== "settled") continue;
      for (const outcome of unpackOutcomes(record.outcomes)) outcomes.set(outcome.opId, outcome);
    }
    return outcomes;
  }

  async #append(bytes: Uint8Array, durable = true): Promise<void> {
    const opening = this.#log ?? AppendLog.open(this.path, QUEUE_WORDS);
    this.#log = opening;
    try {
      await (await opening).append(bytes, durable);
    } catch (error) {
      // Opened anew with the next record, without what may be torn.
      if (this.#log === opening) this.#log = undefined;
      void opening.then((log) => log.close()).catch(() => {});
      throw error;
    }
  }
}

/** A file that is being filled: it counts once it is sealed. */
export class QueueDraft {
  readonly #path: string;
  readonly #log: AppendLog;
  #parts = 0;
  #operations = 0;

  private constructor(path: string, log: AppendLog) {
    this.#path = path;
    this.#log = log;
  }

  /** In the place of a draft that came to no end. @throws ProtocolError "journal-failed" */
  static async begin(path: string, about: QueueAbout, writer: string, now: number): Promise<QueueDraft> {
    await rm(path, { force: true });
    const log = await AppendLog.open(path, QUEUE_WORDS);
    await log.append(encodeQueued(about, writer, now), false);
    return new QueueDraft(path, log);
  }

  get parts(): number {
    return this.#parts;
  }

  async add(writes: WriteColumns): Promise<void> {
    // Checked before it is kept: what does not decode could never be sent.
    this.#operations += unpackWrites(writes).length;
    await this.#log.append(encodeWrites(writes), false);
    this.#parts++;
  }

  /** All parts are durable when it resolves; answers how many operations they hold. */
  async seal(): Promise<number> {
    await this.#log.append(encodeSealed(this.#parts), true);
    await this.#log.close();
    return this.#operations;
  }

  async discard(): Promise<void> {
    await this.#log.close().catch(() => {});
    await rm(this.#path, { force: true });
  }
}

interface Content {
  readonly about: QueueAbout;
  readonly writer: string;
  readonly queuedAt: number;
  readonly parts: readonly Part[];
  readonly removed: boolean;
}

async function readContent(path: string): Promise<Content | undefined> {
  let head: Extract<QueueRecord, { t: "queued" }> | undefined;
  const parts: Part[] = [];
  let isSealed = false;
  let removed = false;
  for await (const record of recordsOf(path)) {
    switch (record.t) {
      case "queued":
        head = record;
        break;
      case "writes":
        parts.push({ standings: waitingOf(record.writes) });
        break;
      case "sealed":
        isSealed = record.parts === parts.length;
        break;
      case "sending":
        for (const [opId, one] of standingsOf(parts, record.part)) {
          if (one === "waiting") setAll(parts, record.part, [opId], "unanswered");
        }
        break;
      case "unsent":
        setAll(parts, record.part, unpackAscii(record.opIds, record.count), "waiting");
        break;
      case "settled":
        for (const { opId, status } of unpackOutcomes(record.outcomes)) {
          setAll(parts, record.part, [opId], status);
        }
        break;
      case "removed":
        removed = true;
    }
  }
  if (head === undefined || !isSealed) return undefined;
  const { about, writer, queuedAt } = head;
  return { about, writer, queuedAt, parts, removed };
}

function waitingOf({ opIds, count }: WriteColumns): Map<string, Standing> {
  return new Map(unpackAscii(opIds, count).map((opId) => [opId, "waiting"]));
}

function standingsOf(parts: readonly Part[], part: number): Map<string, Standing> {
  return parts[part]?.standings ?? new Map();
}

function setAll(parts: readonly Part[], part: number, opIds: readonly string[], standing: Standing): void {
  const standings = standingsOf(parts, part);
  for (const opId of opIds) if (standings.has(opId)) standings.set(opId, standing);
}

/** @throws ProtocolError "journal-failed" where the file is damaged, or of a later version. */
async function* recordsOf(path: string): AsyncGenerator<QueueRecord> {
  for await (const bytes of readLog(path, QUEUE_WORDS)) {
    try {
      yield decodeQueueRecord(bytes);
    } catch (error) {
      throw new ProtocolError(
        "journal-failed",
        `The ${QUEUE_WORDS.name} ${path} holds what this version does not understand: ${QUEUE_WORDS.damaged}`,
        { cause: error },
      );
    }
  }
}
