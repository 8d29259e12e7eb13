/**
 * What the page wrote and nobody was told yet: keys, whose records are read when their turn comes, and the one batch that
 * was read and has no answer. So it takes the same room however long a consumer is away, and what is told is how the record
 * is then, not each state that it went through.
 *
 * After a gap, when it is not known what was written, all records are looked through for what is not as it was last known to
 * be equal on both sides; so are those that were told before.
 *
 * Of each key the states are told in the order in which they were read: one batch at a time, the same one again until it is
 * answered, with the same ids.
 */
import { compareBytes } from "../../../../core/key/compare-bytes.ts";
import { toHex } from "../../../../core/key/hex.ts";
import type { ObservedResult } from "../../../../core/protocol/frames.ts";
import { MAX_BODY_BYTES, TARGET_WRITE_BYTES } from "../../../../core/protocol/limits.ts";
import { type ObservedChange, observedWeight } from "../../../../core/protocol/observed-columns.ts";
import type { BaseStore, LocalStore, RecordRead } from "../../../../core/session/ports.ts";
import { changedKeys } from "./changed-keys.ts";

/** Beyond it, they are not known key by key any more. */
const MAX_KEYS = 20_000;
/** Of what was told, those told last: with what is found they are not too many. */
const REMEMBERED_KEYS = 10_000;
/** Of one batch. */
const BATCH_KEYS = 500;
/** Found at a time while all records are looked through. */
const FOUND_KEYS = 5000;
/** Looking through all records is done again after so many times the time that it takes. */
const SHARE_OF_SEARCH = 20;

/** Why what was written is not known key by key. */
export type GapReason = "began" | "cleared" | "tooMany" | "reloaded";

const GAP_WORDS: Readonly<Record<GapReason, string>> = {
  began: "began: what was written before is not told",
  cleared: "cleared: the store was cleared, a range of it deleted, or its database upgraded or deleted",
  tooMany: "tooMany: more was written at once than is told record by record",
  reloaded: "reloaded: writes were not watched for a time, as while the page was loaded again",
};

export interface TellPorts {
  readonly local: Pick<LocalStore, "read" | "scan">;
  readonly base: Pick<BaseStore, "read" | "scan" | "completeAt">;
  /** @param at When it was read, in milliseconds since 1970. */
  readonly send: (changes: readonly ObservedChange[], at: number) => Promise<ObservedResult>;
  readonly newOpId: () => string;
  readonly clock: () => number;
}

export interface Told extends ObservedResult {
  readonly told: number;
}

/** Of all records, after one that was looked at. */
interface Search {
  readonly after?: Uint8Array | undefined;
}

interface Batch {
  readonly at: number;
  readonly changes: readonly ObservedChange[];
}

const NO_BYTES = new Uint8Array(0);
const utf8 = new TextEncoder();

export class UntoldChanges {
  /** By their hexadecimal. */
  #keys = new Map<string, Uint8Array>();
  #gap: GapReason | undefined;
  #unanswered: Batch | undefined;
  #search: Search | undefined;
  #nextSearchAt = 0;
  /** Keys that were told, by their hexadecimal. */
  #told = new Map<string, Uint8Array>();

  /** Nothing is to be told, and nothing to be looked for. */
  get isDone(): boolean {
    return this.count === 0 && this.#search === undefined;
  }

  /** Keys and gaps; what is sent and not answered counts. */
  get count(): number {
    return this.#keys.size + (this.#gap === undefined ? 0 : 1) + (this.#unanswered?.changes.length ?? 0);
  }

  /** The page wrote these. @returns Whether they were too many. */
  add(keys: readonly Uint8Array[]): boolean {
    for (const key of keys) this.#keys.set(toHex(key), key);
    if (this.#keys.size <= MAX_KEYS) return false;
    this.#keys.clear();
    this.addGap("tooMany");
    return true;
  }

  /** The page wrote something, and which keys is not known. */
  addGap(reason: GapReason): void {
    this.#gap = reason;
    if (reason !== "began") this.#search = {};
  }

  /** Tells one batch; undefined: there is nothing. @throws whatever a port throws: then it is still to be told. */
  async tellNext(ports: TellPorts, signal: AbortSignal): Promise<Told | undefined> {
    if (this.#unanswered === undefined && this.#gap === undefined) await this.#lookForMore(ports, signal);
    this.#unanswered ??= this.#gap === undefined ? await this.#read(ports) : this.#takeGap(this.#gap, ports);
    const batch = this.#unanswered;
    if (batch === undefined) return undefined;
    const result = await ports.send(batch.changes, batch.at);
    this.#unanswered = undefined;
    this.#remember(batch.changes);
    const ownWithheld = batch.changes.filter(({ state }) => state === "withheld").length;
    return {
      told: batch.changes.length - result.skipped,
      withheld: result.withheld + ownWithheld,
      skipped: result.skipped,
    };
  }

  #takeGap(reason: GapReason, { newOpId, clock }: TellPorts): Batch {
    this.#gap = undefined;
    const text = utf8.encode(GAP_WORDS[reason]);
    return { at: clock(), changes: [{ opId: newOpId(), key: NO_BYTES, base: null, state: "gap", text }] };
  }

  /** Until some are known, or all records were looked through. */
  async #lookForMore({ local, base, clock }: TellPorts, signal: AbortSignal): Promise<void> {
    while (this.#keys.size === 0 && this.#search !== undefined) {
      const { after } = this.#search;
      const startedAt = clock();
      if (after === undefined && startedAt < this.#nextSearchAt) return;
      const found = await changedKeys({ local, base }, after, FOUND_KEYS, signal);
      this.#nextSearchAt = clock() + SHARE_OF_SEARCH * (clock() - startedAt);
      this.#search = found.next && { after: found.next };
      if (after === undefined) this.#putBack([...this.#told.values()]);
      this.#putBack(found.keys);
    }
  }

  #remember(changes: readonly ObservedChange[]): void {
    for (const { key, state } of changes) {
      const text = toHex(key);
      this.#told.delete(text);
      if (state !== "gap") this.#told.set(text, key);
    }
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= REMEMBERED_KEYS) return;
      this.#told.delete(oldest);
    }
  }

  /** As many records as a batch may hold. */
  async #read({ local, base, newOpId, clock }: TellPorts): Promise<Batch | undefined> {
    const keys = [...this.#keys.values()].slice(0, BATCH_KEYS).sort(compareBytes);
    if (keys.length === 0) return undefined;
    // Before it is read: what is written from now on is told again.
    for (const key of keys) this.#keys.delete(toHex(key));
    const at = clock();
    const changes: ObservedChange[] = [];
    try {
      const entries = await base.read(keys, { bodies: false });
      let bytes = 0;
      reading: for await (const records of local.read(keys)) {
        for (const record of records) {
          const token = entries[changes.length]?.token;
          const change = changeOf(record, newOpId(), token);
          bytes += observedWeight(change);
          if (changes.length > 0 && bytes > TARGET_WRITE_BYTES) break reading;
          changes.push(change);
        }
      }
    } catch (error) {
      this.#putBack(keys);
      throw error;
    }
    this.#putBack(keys.slice(changes.length));
    return { at, changes };
  }

  #putBack(keys: readonly Uint8Array[]): void {
    for (const key of keys) this.#keys.set(toHex(key), key);
  }
}

function changeOf(record: RecordRead, opId: string, base: string | undefined): ObservedChange {
  const { key, state, body, blocked } = record;
  const own = { opId, key, base: base ?? null };
  if (state === "absent" || state === "deleted") return { ...own, state: "deleted", text: NO_BYTES };
  const reason = blocked ?? (state === "present" ? unsendable(body) : (record.reason ?? state));
  return reason === undefined
    ? { ...own, state: "present", text: utf8.encode(body) }
    : { ...own, state: "withheld", text: utf8.encode(reason) };
}

function unsendable(body = ""): string | undefined {
  if (!body.isWellFormed()) return "Its body is not well-formed Unicode.";
  // A unit of UTF-16 is three bytes at most.
  if (body.length * 3 <= MAX_BODY_BYTES || utf8.encode(body).length <= MAX_BODY_BYTES) return undefined;
  return `Its body has more than ${MAX_BODY_BYTES} bytes.`;
}
