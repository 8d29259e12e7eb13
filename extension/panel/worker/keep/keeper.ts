/** All mappings of the page that are kept in sync, as they are stored; one round at a time. */
import type { Locks } from "../../../local/mapping-lock.ts";
import type { BridgeState, ConnectionInfo, PageState, StoreRef } from "../api.ts";
import type { MappingRecord, MappingStore } from "../mapping-store.ts";
import type { SyncController } from "../sync/sync-controller.ts";
import type { WriteWatcher } from "../watch/write-watcher.ts";
import { behindBase } from "./behind-base.ts";
import type { KeepSettings, KeepState } from "./keep-state.ts";
import { KeptMapping } from "./kept-mapping.ts";

export interface KeeperOptions {
  readonly sync: SyncController;
  readonly mappings: Pick<MappingStore, "all">;
  /** Where a store is in the page now. */
  readonly findStore: (store: MappingRecord["store"]) => StoreRef | undefined;
  readonly watcher: Pick<WriteWatcher, "start" | "stop" | "state">;
  /** Whether somebody else needs the watching to go on. */
  readonly isWatchNeeded: () => boolean;
  readonly locks: Locks;
  readonly level: (bridgeId: string, connection: string) => ConnectionInfo["level"] | undefined;
  readonly clock: () => number;
  /** Other panels of this browser may keep the same mapping. */
  readonly tellOthers: () => void;
  readonly onStates: (states: readonly KeepState[]) => void;
  readonly onRound: (mappingId: string, changed: boolean) => void;
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #kept = new Map<string, KeptMapping>();
  /** Mappings for which watching was begun since the page was loaded: what a person ends then stays ended. */
  readonly #watched = new Set<string>();
  #isHeld = false;
  #told = "[]";
  /** One after the other. */
  #refreshed: Promise<void> = Promise.resolve();
  #bridgeIs: BridgeState["is"] = "not-paired";
  #pageIs: PageState["is"] = "connecting";

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Begins, or goes on with other settings; undefined: ends. @throws PanelError "no-mapping" */
  async set(id: string, settings: KeepSettings | undefined): Promise<void> {
    await this.#options.sync.setKeep(id, settings);
    this.#watched.delete(id);
    const known = this.#kept.get(id);
    await this.refresh();
    known?.goOn();
    this.#options.tellOthers();
  }

  /** Whether rounds follow what is watched, which was begun for them. */
  get isWatching(): boolean {
    return this.#watched.size > 0;
  }

  /** A person has read why it is paused, or wants another try now. */
  goOn(id: string, applyId?: string): void {
    this.#kept.get(id)?.goOn(applyId);
  }

  /** While a person has something open that a round would disturb. */
  async hold(isHeld: boolean): Promise<void> {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    this.#tell();
    if (isHeld) await this.#options.sync.giveWay();
    else for (const kept of this.#kept.values()) kept.wake();
  }

  wasApplied(applyId: string): void {
    for (const kept of this.#kept.values()) kept.wasApplied(applyId);
  }

  /** What was watched is gone. */
  navigated(): void {
    this.#watched.clear();
  }

  /** The page is another one, or was read anew. */
  async pageChanged({ is }: PageState): Promise<void> {
    const wasReady = this.#pageIs === "ready";
    this.#pageIs = is;
    if (is !== "ready") return;
    await this.refresh();
    if (!wasReady) for (const kept of this.#kept.values()) kept.wake();
  }

  /** What is away is tried at once when it may be back, and what has gone is told at once. */
  bridgeChanged({ is }: BridgeState): void {
    const wasReady = this.#bridgeIs === "ready";
    this.#bridgeIs = is;
    if (wasReady === (is === "ready")) return;
    for (const kept of this.#kept.values()) kept.wake();
  }

  /** A range was compared in the background. */
  async verified(id: string): Promise<void> {
    const session = await this.#options.sync.session(id);
    const surprises = session.comparison?.summary().rechecked?.verified?.surprises ?? 0;
    if (surprises > 0) this.#kept.get(id)?.lookAtAll();
  }

  /** Keeps what is to be kept of this page, and ends the rest. */
  refresh(): Promise<void> {
    this.#refreshed = this.#refreshed.then(() => this.#refresh()).catch(() => undefined);
    return this.#refreshed;
  }

  async #refresh(): Promise<void> {
    const { mappings, findStore } = this.#options;
    const wanted = new Map<string, { readonly watchWrites: boolean; readonly ref: StoreRef }>();
    for (const { id, keep, store } of await mappings.all()) {
      const ref = keep && findStore(store);
      if (keep && ref) wanted.set(id, { watchWrites: keep.watchWrites, ref });
    }
    for (const [id, kept] of this.#kept) {
      if (wanted.has(id)) continue;
      this.#kept.delete(id);
      kept.end();
    }
    for (const [id, { watchWrites, ref }] of wanted) {
      if (watchWrites) await this.#watch(id, ref);
      if (!this.#kept.has(id)) this.#begin(id);
    }
    if (![...wanted.values()].some(({ watchWrites }) => watchWrites)) await this.#endWatching();
    this.#tell();
  }

  #begin(id: string): void {
    const { sync, locks, clock, level, onRound } = this.#options;
    const kept = new KeptMapping({
      id,
      locks,
      settings: async () => (await this.#record(id))?.keep,
      session: () => sync.session(id),
      plans: sync.plans,
      run: (work) => sync.runByItself(work),
      level: async () => {
        const record = await this.#record(id);
        return record && level(record.bridgeId, record.connection);
      },
      behind: async (signal) => {
        const { local, base } = await sync.localPorts(id);
        return behindBase(local, base, signal);
      },
      isHeld: () => this.#isHeld,
      clock,
      onState: () => this.#tell(),
      onRound: (changed) => onRound(id, changed),
    });
    this.#kept.set(id, kept);
    void kept.keep().finally(() => {
      if (this.#kept.get(id) === kept) this.#kept.delete(id);
      this.#tell();
    });
  }

  async #record(id: string): Promise<MappingRecord | undefined> {
    return (await this.#options.mappings.all()).find((record) => record.id === id);
  }

  async #watch(id: string, ref: StoreRef): Promise<void> {
    const { watcher } = this.#options;
    if (this.#watched.has(id) || watcher.state.is === "on") return;
    this.#watched.add(id);
    // A page that cannot be watched is compared at the interval.
    await watcher.start(ref).catch(() => this.#watched.delete(id));
  }

  /** Where it was begun from here. */
  async #endWatching(): Promise<void> {
    if (this.#watched.size === 0) return;
    this.#watched.clear();
    if (!this.#options.isWatchNeeded()) await this.#options.watcher.stop();
  }

  #tell(): void {
    const states = [...this.#kept.values()].map(({ state }) => state);
    const text = JSON.stringify(states);
    if (text === this.#told) return;
    this.#told = text;
    this.#options.onStates(states);
  }
}
