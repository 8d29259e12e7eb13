/**
 * Writing to a collection of any backend: limits, journal before write, outcomes, settling and fencing
 * (decisions 21 to 24).
 */

import { TARGET_WRITE_BYTES } from "../../core/protocol/limits.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { recordWeight } from "../../core/protocol/record-columns.ts";
import type { StoredOutcome, StoredRecord, StoredWrite } from "../../core/protocol/stored.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type {
  BackendCapabilities,
  BackendCollection,
  BackendOutcome,
  BackendRecord,
  BackendWrite,
} from "../backends/backend.ts";
import { BackendError } from "../backends/backend-error.ts";
import { tokenAfter } from "../backends/shared/tokens.ts";
import type { Journal } from "../journal/journal.ts";
import type { Conclusion, Intent, JournalAbout, JournalHeader } from "../journal/journal-records.ts";
import { type Resolution, resolveOperation } from "./resolve-operation.ts";

export interface WriteRequest {
  readonly applyId: string;
  readonly dryRun: boolean;
  /** Who writes: stored with each record. */
  readonly writer: string;
  /**
   * Whether an earlier answer was missing. Then an operation of which nothing is known any more may have
   * applied (`superseded`); without it, it has never been sent (`conflict`).
   */
  readonly settling: boolean;
}

/** An operation with what is there now. */
interface Seen {
  readonly operation: StoredWrite;
  readonly current: BackendRecord;
}

/**
 * Which keys are read before they are written: all, or those where something is expected. Where nothing is,
 * the precondition itself is the pre-image: the write applies only if nothing is there.
 */
type Looks = "all" | "expected";

type Settled = Map<string, StoredOutcome>;

/** A conflict is answered only where it is proven that the operation never applied. */
const CONCLUSION_OF: Readonly<Record<StoredOutcome["status"], Conclusion["is"] | undefined>> = {
  applied: "applied",
  conflict: "never",
  rejected: "rejected",
  superseded: undefined,
  unknown: undefined,
};

export class CollectionWriter {
  readonly #name: { readonly connection: string; readonly collection: string };
  readonly #collection: BackendCollection;
  readonly #capabilities: BackendCapabilities;
  readonly #readOnly: string | undefined;
  readonly #journal: Journal;

  constructor(options: {
    readonly name: { readonly connection: string; readonly collection: string };
    readonly collection: BackendCollection;
    readonly capabilities: BackendCapabilities;
    /** Why nothing may be written; undefined = it may. */
    readonly readOnly: string | undefined;
    readonly journal: Journal;
  }) {
    this.#name = options.name;
    this.#collection = options.collection;
    this.#capabilities = options.capabilities;
    this.#readOnly = options.readOnly;
    this.#journal = options.journal;
  }

  /** One outcome an operation, in order. Never throws for what a backend or the journal does. */
  write(operations: readonly StoredWrite[], request: WriteRequest): Promise<StoredOutcome[]> {
    // To settle or to predict takes a look at everything.
    const looks = request.settling || request.dryRun ? "all" : "expected";
    return this.#each(operations, request, looks, (seen) => this.#writePart(seen, request));
  }

  /** As RemoteStore.fence. */
  fence(operations: readonly StoredWrite[], request: WriteRequest): Promise<StoredOutcome[]> {
    if (!this.#capabilities.canFence) {
      const reason = "This backend cannot fence an operation: its outcome stays unknown.";
      return Promise.resolve(operations.map(({ opId }) => ({ opId, status: "unknown", reason })));
    }
    const settling = { ...request, settling: true };
    return this.#each(operations, settling, "all", (seen) => this.#fencePart(seen, settling));
  }

  async #each(
    operations: readonly StoredWrite[],
    request: WriteRequest,
    looks: Looks,
    work: (seen: readonly Seen[]) => Promise<Settled>,
  ): Promise<StoredOutcome[]> {
    const outcomes: StoredOutcome[] = [];
    for (const part of withoutRepeatedKeys(operations)) {
      const settled: Settled = new Map();
      const accepted = part.filter((operation) => {
        const refusal = this.#refusal(operation);
        if (refusal !== undefined) settled.set(operation.opId, refusal);
        return refusal === undefined;
      });
      try {
        for await (const seen of this.#seeAll(accepted, looks)) {
          for (const [opId, outcome] of await work(seen)) settled.set(opId, outcome);
        }
      } catch (error) {
        // Only reading and journaling throw, and nothing is sent before both are done.
        const { code, reason } = wordsOf(error);
        for (const { opId } of accepted) {
          if (settled.has(opId)) continue;
          // While settling, an earlier request can still apply.
          settled.set(
            opId,
            request.settling
              ? { opId, status: "unknown", reason }
              : { opId, status: "rejected", code, reason },
          );
        }
      }
      for (const { opId } of part) outcomes.push(settled.get(opId) ?? unanswered(opId));
    }
    return outcomes;
  }

  #refusal({ opId, key, write }: StoredWrite): StoredOutcome | undefined {
    const { maxKeyBytes, maxBodyBytes } = this.#capabilities;
    if (this.#readOnly !== undefined) {
      return { opId, status: "rejected", code: "read-only", reason: this.#readOnly };
    }
    if (maxKeyBytes !== undefined && key.length > maxKeyBytes) {
      const reason = `Its key has ${key.length} bytes, the backend holds ${maxKeyBytes}.`;
      return { opId, status: "rejected", code: "too-large", reason };
    }
    if (write !== "delete" && maxBodyBytes !== undefined && write.body.length > maxBodyBytes) {
      const reason = `Its body has ${write.body.length} bytes, the backend holds ${maxBodyBytes}.`;
      return { opId, status: "rejected", code: "too-large", reason };
    }
    return undefined;
  }

  async *#seeAll(operations: readonly StoredWrite[], looks: Looks): AsyncGenerator<readonly Seen[]> {
    if (looks === "all") {
      yield* this.#readAll(operations);
      return;
    }
    const creates = operations.filter(({ expect }) => expect === null);
    if (creates.length > 0) yield creates.map(seenAbsent);
    yield* this.#readAll(operations.filter(({ expect }) => expect !== null));
  }

  /** Reads what is there, in parts of bounded size. */
  async *#readAll(operations: readonly StoredWrite[]): AsyncGenerator<readonly Seen[]> {
    if (operations.length === 0) return;
    const keys = operations.map(({ key }) => key);
    let next = 0;
    let part: Seen[] = [];
    let bytes = 0;
    // Only what a deletion takes away has to be put back whole.
    const rest = operations.some(({ write }) => write === "delete");
    for await (const records of this.#collection.read(keys, new AbortController().signal, { rest })) {
      for (const current of records) {
        part.push({ operation: operations[next++] as StoredWrite, current });
        bytes += recordWeight(current);
      }
      if (bytes < TARGET_WRITE_BYTES) continue;
      yield part;
      part = [];
      bytes = 0;
    }
    if (part.length > 0) yield part;
  }

  async #writePart(seen: readonly Seen[], request: WriteRequest): Promise<Settled> {
    const settled = await this.#settle(seen, request, 0);
    const open = seen.filter(({ operation }) => !settled.has(operation.opId));
    if (request.dryRun) return this.#predict(open, settled, request);
    const apply = this.#apply(request);
    await this.#journal.intend(
      apply,
      open.map((one) => this.#toIntent(one)),
      request.settling,
      () => this.#about(request),
    );
    const outcomes = await this.#send(
      open.map(({ operation }) => operation),
      request,
    );
    const missed: Seen[] = [];
    open.forEach(({ operation }, i) => {
      const { opId } = operation;
      const outcome = outcomes[i];
      if (outcome?.status === "missed") missed.push({ operation, current: outcome.current });
      else
        settled.set(opId, outcome === undefined ? unanswered(opId) : this.#answered(opId, outcome, request));
    });
    for (const [opId, outcome] of await this.#settle(missed, request, 1)) settled.set(opId, outcome);
    const conclusions = new Map<string, Conclusion>();
    const opened = new Set(open.map(({ operation }) => operation.opId));
    for (const [opId, outcome] of settled) {
      // What was never sent has nothing to conclude: it conflicted with what was read.
      if (!opened.has(opId) && !request.settling && outcome.status !== "applied") continue;
      const is = CONCLUSION_OF[outcome.status];
      if (is !== undefined) conclusions.set(opId, { is, ...this.#newToken(outcome) });
    }
    // The write is done and durable: a journal that fails now costs a proof, not the outcome.
    await this.#journal.conclude(apply, conclusions).catch(() => {});
    return settled;
  }

  /** What a write would come to: told by the backend where it can try, else by what is there. */
  async #predict(open: readonly Seen[], settled: Settled, { writer }: WriteRequest): Promise<Settled> {
    const operations = open.map(({ operation }) => operation);
    const predicted = await this.#collection.predict?.(operations, writer);
    open.forEach(({ operation }, i) => {
      const { opId } = operation;
      const outcome = predicted?.[i] ?? { status: "applied" };
      if (outcome.status === "missed") {
        settled.set(opId, conflict({ operation, current: outcome.current }));
      } else if (outcome.status === "rejected") {
        settled.set(opId, { opId, ...outcome });
      } else {
        settled.set(opId, { opId, status: "applied" });
      }
    });
    return settled;
  }

  async #fencePart(seen: readonly Seen[], request: WriteRequest): Promise<Settled> {
    const settled = await this.#settle(seen, request, 0);
    const open = seen.filter(({ operation }) => !settled.has(operation.opId));
    const outcomes = request.dryRun ? [] : await this.#send(open.map(toFence), request);
    const missed: Seen[] = [];
    const notApplied = new Map<string, Conclusion>();
    open.forEach(({ operation }, i) => {
      const { opId } = operation;
      const outcome = outcomes[i];
      if (outcome?.status === "applied") notApplied.set(opId, { is: "never" });
      else if (outcome?.status === "missed") missed.push({ operation, current: outcome.current });
      // What kept the fence from being set says nothing about the operation.
      else
        settled.set(
          opId,
          outcome === undefined ? unanswered(opId) : { opId, status: "unknown", reason: outcome.reason },
        );
    });
    for (const [opId, outcome] of await this.#settle(missed, request, 0)) {
      settled.set(opId, outcome);
    }
    for (const opId of notApplied.keys()) settled.set(opId, fenced(opId));
    for (const [opId, outcome] of settled) {
      // Proven: it has not applied and can no more.
      if (outcome.status === "conflict") settled.set(opId, fenced(opId));
    }
    await this.#journal.conclude(this.#apply(request), notApplied).catch(() => {});
    return settled;
  }

  /**
   * The outcomes of those that can no longer apply, or have.
   * @param ownAttempts How many of the journaled attempts are known to have missed.
   */
  async #settle(seen: readonly Seen[], request: WriteRequest, ownAttempts: 0 | 1): Promise<Settled> {
    const settled: Settled = new Map();
    const unclear: Seen[] = [];
    for (const one of seen) {
      const { operation, current } = one;
      const { opId } = operation;
      if (current.state === "notRepresentable") {
        const reason = `The row that is there cannot be a record (${current.reason ?? "see the mapping"}): change it in the database.`;
        settled.set(opId, { opId, status: "rejected", code: "not-representable", reason });
        continue;
      }
      if (current.state === "unreadable") {
        const reason = `What is there cannot be read (${current.reason ?? "damaged"}), so it could not be put back.`;
        settled.set(opId, { opId, status: "rejected", code: "unreadable", reason });
        continue;
      }
      const resolution = this.#resolve(operation, current);
      if (resolution === "applied") settled.set(opId, this.#applied(operation));
      else if (resolution === "never") settled.set(opId, conflict(one));
      else if (resolution === "maybe") unclear.push(one);
    }
    if (unclear.length === 0) return settled;
    const opIds = new Set(unclear.map(({ operation }) => operation.opId));
    const fates = await this.#journal.fates(this.#apply(request), opIds);
    for (const one of unclear) {
      const { opId } = one.operation;
      const fate = fates.of.get(opId);
      // Where the journal does not know everything, whoever settles has sent it before.
      const others = (fate?.attempts ?? 0) - ownAttempts + Number(!fates.complete && request.settling);
      if (fate?.proven === "applied") settled.set(opId, this.#applied(one.operation, fate.token));
      else if (fate?.proven === "never" || others <= 0) settled.set(opId, conflict(one));
      else if (this.#capabilities.canFence) {
        settled.set(opId, { opId, status: "superseded", current: toStored(one.current) });
      } else settled.set(opId, neverKnown(one));
    }
    return settled;
  }

  async #send(
    writes: readonly BackendWrite[],
    { writer, settling }: WriteRequest,
  ): Promise<readonly BackendOutcome[]> {
    if (writes.length === 0) return [];
    try {
      return await this.#collection.write(writes, writer);
    } catch (error) {
      const { code, reason } = wordsOf(error);
      const nothingWritten = error instanceof BackendError && error.nothingWritten;
      // While settling, the earlier request can still apply: that this one did not proves nothing.
      return writes.map(() =>
        nothingWritten && !settling ? { status: "rejected", code, reason } : { status: "unknown", reason },
      );
    }
  }

  /** For whoever reads the journal; a write does not fail for want of it. */
  async #about({ writer }: WriteRequest): Promise<JournalAbout> {
    const meta = await this.#collection.meta().catch(() => undefined);
    const origin = meta?.localSchema.identity.storageKey;
    return { writer, startedAt: Date.now(), ...(origin === undefined ? {} : { origin }) };
  }

  #apply({ applyId }: WriteRequest): JournalHeader {
    return { ...this.#name, applyId };
  }

  /**
   * While settling, that this try was refused proves nothing about the one before it, which can still apply; where it
   * can be fenced, it stays open until it is.
   */
  #answered(
    opId: string,
    outcome: Exclude<BackendOutcome, { status: "missed" }>,
    { settling }: WriteRequest,
  ): StoredOutcome {
    if (outcome.status === "rejected" && settling && this.#capabilities.canFence) {
      return { opId, status: "unknown", reason: outcome.reason };
    }
    if (outcome.status !== "applied" || outcome.token === undefined) return { opId, ...outcome };
    return { opId, status: "applied", token: outcome.token };
  }

  /** Where no operation's id is stored, a record says whether an operation can apply, and nothing of the past. */
  #resolve(operation: StoredWrite, current: BackendRecord): Resolution {
    if (this.#capabilities.canFence) return resolveOperation(operation, current);
    return (current.token ?? null) === operation.expect ? "open" : "maybe";
  }

  #toIntent({ operation, current }: Seen): Intent {
    const { opId, expect, write } = operation;
    return {
      opId,
      before: toStored(current),
      token: this.#tokenAfter(expect, opId) ?? "",
      digest: write === "delete" ? undefined : write.digest,
    };
  }

  #applied({ opId, expect }: StoredWrite, given?: string): StoredOutcome {
    const token = given ?? this.#tokenAfter(expect, opId);
    return { opId, status: "applied", ...(token === undefined ? {} : { token }) };
  }

  /** Undefined where only the database knows it. */
  #tokenAfter(expect: string | null, opId: string): string | undefined {
    return this.#capabilities.canFence ? tokenAfter(expect, opId) : undefined;
  }

  #newToken(outcome: StoredOutcome): { token?: string } {
    if (this.#capabilities.canFence || outcome.status !== "applied" || outcome.token === undefined) return {};
    return { token: outcome.token };
  }
}

/** Runs of operations in which no key comes twice: what is there is read once for each run. */
function withoutRepeatedKeys(operations: readonly StoredWrite[]): StoredWrite[][] {
  const parts: StoredWrite[][] = [];
  let keys = new Set<string>();
  let part: StoredWrite[] = [];
  for (const operation of operations) {
    const { buffer, byteOffset, byteLength } = operation.key;
    const key = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    if (keys.has(key)) {
      parts.push(part);
      part = [];
      keys = new Set();
    }
    keys.add(key);
    part.push(operation);
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function seenAbsent(operation: StoredWrite): Seen {
  return { operation, current: { key: operation.key, state: "absent" } };
}

/**
 * Moves the version on and leaves what is there. Its id holds a dot, which no operation's id does, and is the
 * same for every try.
 */
function toFence({ operation, current }: Seen): BackendWrite {
  const { opId, key, expect } = operation;
  const { state, body, digest } = current;
  const write =
    state === "present" && body !== undefined && digest !== undefined
      ? { body, digest }
      : state === "deleted"
        ? "delete"
        : "absent";
  return { opId: `fence.${opId}`, key, expect, write };
}

function toStored(record: BackendRecord): StoredRecord {
  // Most have none, and copying an object costs more than everything else that happens to it here.
  if (record.prevOpId === undefined) return record;
  const { prevOpId: _, ...stored } = record;
  return stored;
}

const unanswered = (opId: string): StoredOutcome => ({
  opId,
  status: "unknown",
  reason: "The backend gave no answer for this operation.",
});

const fenced = (opId: string): StoredOutcome => ({
  opId,
  status: "rejected",
  code: "fenced",
  reason: "It had not applied, and now it never will.",
});

const conflict = ({ operation, current }: Seen): StoredOutcome => ({
  opId: operation.opId,
  status: "conflict",
  current: toStored(current),
});

/**
 * Decision 22: its answer was lost, and nothing that is stored tells whether it applied. It stays unknown; the
 * next compare shows what is there.
 */
function neverKnown({ operation, current }: Seen): StoredOutcome {
  const { opId, expect } = operation;
  const was = expect === null ? "nothing" : `version ${expect}`;
  const is = current.token === undefined ? "nothing" : `version ${current.token}`;
  const reason = `Whether it applied cannot be told: there was ${was}, there is ${is}. Compare again to see it.`;
  return { opId, status: "unknown", reason };
}

function wordsOf(error: unknown): { code: string; reason: string } {
  return {
    code: error instanceof ProtocolError ? error.code : "internal",
    reason: messageOf(error),
  };
}
