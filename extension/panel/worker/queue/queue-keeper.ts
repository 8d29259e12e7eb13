/**
 * What this panel's plans have in the bridge's queue: followed while the bridge is connected. What came of it is
 * taken over into base and history first, and only then acknowledged, so that a crash anywhere in between makes the
 * same come again, which changes nothing more.
 */
import { toHex } from "../../../../core/key/hex.ts";
import type { BridgeQueue } from "../../../../core/protocol/client/bridge-queue.ts";
import type { QueuedApply as ServedQueuedApply } from "../../../../core/protocol/queue-frames.ts";
import { loadPlan } from "../../../../core/session/load-plan.ts";
import type { BaseStore } from "../../../../core/session/ports.ts";
import { queueableUnits } from "../../../../core/session/queue-plan.ts";
import { type RecordedOutcomes, recordSettled } from "../../../../core/session/record-settled.ts";
import type { QueuedApply } from "../api.ts";
import type { MappingRecord } from "../mapping-store.ts";
import { PanelError } from "../panel-error.ts";

export interface QueueKeeperOptions {
  /** Of the bridge at hand. @throws PanelError "not-connected". */
  readonly queue: () => BridgeQueue;
  /** Those of the bridge at hand and of the page: whoever opens it is told what came of it. */
  readonly mappings: () => Promise<readonly MappingRecord[]>;
  readonly openBase: (record: MappingRecord) => Promise<BaseStore>;
  /** Runs it while nothing compares or applies. */
  readonly whenIdle: <T>(work: () => Promise<T>) => Promise<T>;
  /** Something new is on record. */
  readonly onRecorded: (mappingId: string, recorded: RecordedOutcomes) => Promise<void>;
  readonly onState: (applies: readonly QueuedApply[]) => void;
  readonly clock: () => number;
}

interface Own {
  readonly record: MappingRecord;
  readonly apply: ServedQueuedApply;
}

export class QueueKeeper {
  readonly #options: QueueKeeperOptions;
  /** Applies of this panel, by id. */
  #own: ReadonlyMap<string, Own> = new Map();
  /** Applies that came to their end while this panel was open. */
  readonly #ended = new Map<string, Own>();
  /** How many operations of an apply are on record. */
  readonly #recorded = new Map<string, number>();
  #following: BridgeQueue | undefined;
  #taking: Promise<void> = Promise.resolve();

  constructor(options: QueueKeeperOptions) {
    this.#options = options;
  }

  /** The bridge is there: from now on until it is not. */
  follow(): void {
    const queue = this.#options.queue();
    if (this.#following === queue) return;
    this.#following = queue;
    void this.#follow(queue)
      // The connection ended, or this bridge has no queue. A new connection begins anew.
      .catch(() => undefined)
      .finally(() => {
        if (this.#following === queue) this.#following = undefined;
      });
  }

  /** The page is another one now, or was read anew: other mappings are its own. */
  pageChanged(): void {
    if (this.#following !== undefined) void this.refresh().catch(() => undefined);
  }

  isQueued(applyId: string): boolean {
    return this.#own.has(applyId);
  }

  /** @throws PanelError "queued" where the apply waits in the queue. */
  requireNotQueued(applyId: string): void {
    if (this.isQueued(applyId)) throw waitsInQueue("this apply");
  }

  /** What came of them is told to their mapping alone. @throws PanelError "queued" where an apply of it waits. */
  requireNoneQueued(mappingId: string): void {
    for (const { record, apply } of this.#own.values()) {
      // What is damaged comes to no end.
      if (record.id === mappingId && apply.is !== "damaged") throw waitsInQueue("this mapping");
    }
  }

  /** Keys, in hexadecimal, of a mapping's records that wait in the queue. */
  async keysOf(mappingId: string): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for (const { record, apply } of this.#own.values()) {
      if (record.id !== mappingId || apply.is === "damaged") continue;
      const saved = await loadPlan(await this.#options.openBase(record), apply.applyId);
      if (saved === undefined) continue;
      for (const { key } of queueableUnits(saved.plan, saved.outcomes)) keys.add(toHex(key));
    }
    return keys;
  }

  /** Takes back what was not sent yet. @throws ProtocolError, BridgeConnectError */
  async remove(applyId: string): Promise<void> {
    const queue = this.#options.queue();
    await queue.remove(applyId);
    await this.refresh();
  }

  /** Looks at once, instead of when the bridge tells. @throws ProtocolError, BridgeConnectError */
  async refresh(): Promise<void> {
    const queue = this.#options.queue();
    await this.#take(queue, (await queue.state()).applies);
  }

  async #follow(queue: BridgeQueue): Promise<void> {
    let known: number | undefined;
    for (;;) {
      const state = await queue.state(known);
      known = state.revision;
      await this.#take(queue, state.applies);
    }
  }

  /** One state after the other. */
  #take(queue: BridgeQueue, applies: readonly ServedQueuedApply[]): Promise<void> {
    const taken = this.#taking.then(() => this.#takeState(queue, applies));
    this.#taking = taken.catch(() => undefined);
    return taken;
  }

  async #takeState(queue: BridgeQueue, applies: readonly ServedQueuedApply[]): Promise<void> {
    const found = await this.#ownOf(applies.filter((apply) => !this.#hasEnded(apply)));
    this.#own = found;
    this.#tell();
    for (const own of found.values()) await this.#record(queue, own);
  }

  /** Two looks overlap: the later one may show what the earlier one has taken to its end since. */
  #hasEnded({ applyId, queuedAt }: ServedQueuedApply): boolean {
    return this.#ended.get(applyId)?.apply.queuedAt === queuedAt;
  }

  async #record(queue: BridgeQueue, own: Own): Promise<void> {
    const { record, apply } = own;
    const { applyId, counts, is } = apply;
    const { waiting: _, unanswered: __, ...settled } = counts;
    const count = Object.values(settled).reduce((sum, n) => sum + n, 0);
    if (count > (this.#recorded.get(applyId) ?? 0)) {
      const recorded = await this.#options.whenIdle(async () => {
        const base = await this.#options.openBase(record);
        return recordSettled(base, applyId, queue.settled(applyId), this.#options.clock);
      });
      if (recorded === undefined) return;
      this.#recorded.set(applyId, count);
      // Where the list on screen cannot be read again now, it stays as it was: a compare says more.
      await this.#options.onRecorded(record.id, recorded).catch(() => undefined);
    }
    if (is !== "ended" || !(await queue.acknowledge(applyId))) return;
    this.#ended.set(applyId, own);
    this.#recorded.delete(applyId);
    this.#own = new Map([...this.#own].filter(([id]) => id !== applyId));
    this.#tell();
  }

  /** Those whose plan is in a base of this panel's: only it can take them over. */
  async #ownOf(applies: readonly ServedQueuedApply[]): Promise<Map<string, Own>> {
    const own = new Map<string, Own>();
    if (applies.length === 0) return own;
    const mappings = await this.#options.mappings();
    for (const apply of applies) {
      const { applyId } = apply;
      const known = this.#own.get(applyId)?.record.id;
      const record = mappings.find(({ id }) => id === known) ?? (await this.#findMapping(apply, mappings));
      if (record !== undefined) own.set(applyId, { record, apply });
    }
    return own;
  }

  async #findMapping(
    { applyId, connection, collection, is }: ServedQueuedApply,
    mappings: readonly MappingRecord[],
  ): Promise<MappingRecord | undefined> {
    for (const record of mappings) {
      const isThere = record.connection === connection && record.collection === collection;
      if (!isThere && is !== "damaged") continue;
      const base = await this.#options.openBase(record);
      if ((await base.applies()).some((header) => header.applyId === applyId)) return record;
    }
    return undefined;
  }

  #tell(): void {
    // What was queued again is not at its end.
    for (const applyId of this.#own.keys()) this.#ended.delete(applyId);
    const all = [...this.#own.values(), ...this.#ended.values()];
    this.#options.onState(all.map(describe));
  }
}

const waitsInQueue = (what: string): PanelError =>
  new PanelError(
    "queued",
    `Operations of ${what} wait in the bridge's queue. Remove them there first, or wait for their end.`,
  );

function describe({ record, apply }: Own): QueuedApply {
  const { applyId, connection, queuedAt, is, counts, retryAt, problem } = apply;
  return {
    mappingId: record.id,
    applyId,
    connection: connection === "unknown" ? record.connection : connection,
    queuedAt,
    is,
    counts,
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(problem === undefined ? {} : { problem: problem.message }),
  };
}
