/** All mappings of the page whose writes are told, as they are stored. */
import type { WatchPosition } from "../../../../agent/client/write-watch.ts";
import type { Locks } from "../../../local/mapping-lock.ts";
import type { BridgeState, PageState, StoreRef } from "../api.ts";
import type { BridgeController } from "../bridge-controller.ts";
import { type MappingRecord, type MappingStore, settingsOf } from "../mapping-store.ts";
import { PanelError } from "../panel-error.ts";
import type { SyncController } from "../sync/sync-controller.ts";
import type { Watched, WriteWatcher } from "../watch/write-watcher.ts";
import type { TellSettings, TellState } from "./tell-state.ts";
import { ToldMapping } from "./told-mapping.ts";
import type { TellPorts } from "./untold-changes.ts";

export interface TellerOptions {
  readonly sync: Pick<SyncController, "localPorts" | "setTell">;
  readonly mappings: Pick<MappingStore, "all">;
  readonly bridge: Pick<BridgeController, "connection" | "remoteStore">;
  /** Where a store is in the page now. */
  readonly findStore: (store: MappingRecord["store"]) => StoreRef | undefined;
  readonly watcher: Pick<WriteWatcher, "start" | "stop" | "written" | "state">;
  /** Whether somebody else needs the watching to go on. */
  readonly isWatchNeeded: () => boolean;
  readonly locks: Locks;
  readonly clock: () => number;
  /** Other panels of this browser may tell the same mapping. */
  readonly tellOthers: () => void;
  readonly onStates: (states: readonly TellState[]) => void;
}

const NOT_WATCHED: Watched = { local: { unknown: "notWatched" } };

export class Teller {
  readonly #options: TellerOptions;
  readonly #told = new Map<string, ToldMapping>();
  /** A person has ended the watching: it is not begun by itself until the page is another one. */
  #isWatchingEnded = false;
  /** It was begun from here. */
  #hasBegunWatching = false;
  #text = "[]";
  /** One after the other. */
  #refreshed: Promise<void> = Promise.resolve();
  #starting: Promise<void> = Promise.resolve();

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** Whether any mapping of this page is told. */
  get isTelling(): boolean {
    return this.#told.size > 0;
  }

  /** Begins, where somebody has agreed to; undefined: ends, and what is not told yet is forgotten. @throws PanelError "no-mapping" */
  async set(id: string, settings: TellSettings | undefined): Promise<void> {
    await this.#options.sync.setTell(id, settings);
    this.#isWatchingEnded = false;
    // What was written before is not what was agreed to now.
    this.#end(id);
    await this.refresh();
    this.#options.tellOthers();
  }

  /** A person has begun it. */
  watchingBegun(): void {
    this.#isWatchingEnded = false;
    this.#hasBegunWatching = false;
    this.#wake();
  }

  /** A person is about to end it. */
  watchingEnded(): void {
    this.#isWatchingEnded = true;
  }

  navigated(): void {
    this.#isWatchingEnded = false;
    this.#hasBegunWatching = false;
  }

  async pageChanged({ is }: PageState): Promise<void> {
    if (is === "ready") await this.refresh();
  }

  bridgeChanged({ is }: BridgeState): void {
    if (is === "ready") this.#wake();
  }

  /** Tells what is to be told of this page, and ends the rest. */
  refresh(): Promise<void> {
    this.#refreshed = this.#refreshed.then(() => this.#refresh()).catch(() => undefined);
    return this.#refreshed;
  }

  async #refresh(): Promise<void> {
    const { mappings, findStore } = this.#options;
    const all = await mappings.all();
    const wanted = new Set(
      all.flatMap(({ id, tell, store }) => (tell && findStore(store) !== undefined ? [id] : [])),
    );
    for (const id of this.#told.keys()) if (!wanted.has(id)) this.#end(id);
    for (const id of wanted) if (!this.#told.has(id)) this.#begin(id);
    if (wanted.size === 0) await this.#endWatching();
    this.#tellStates();
  }

  #end(id: string): void {
    const told = this.#told.get(id);
    this.#told.delete(id);
    told?.end();
  }

  #begin(id: string): void {
    const { locks, clock } = this.#options;
    const told = new ToldMapping({
      id,
      locks,
      written: (after) => this.#written(id, after),
      ports: () => this.#ports(id),
      clock,
      onState: () => this.#tellStates(),
    });
    this.#told.set(id, told);
    void told.tell().finally(() => {
      if (this.#told.get(id) === told) this.#told.delete(id);
      this.#tellStates();
    });
  }

  async #written(id: string, after: WatchPosition | undefined): Promise<Watched> {
    const { findStore, watcher } = this.#options;
    const record = await this.#record(id);
    const ref = record && findStore(record.store);
    if (ref === undefined) return NOT_WATCHED;
    await this.#watch(ref);
    return watcher.written(ref, after);
  }

  /** One store at a time: the one that begins to watch a frame does so for all of it. */
  #watch(ref: StoreRef): Promise<void> {
    const { watcher } = this.#options;
    this.#starting = this.#starting.then(async () => {
      if (this.#isWatchingEnded || watcher.state.is === "on") return;
      this.#hasBegunWatching = true;
      // A page that cannot be watched is told to be so.
      await watcher.start(ref).catch(() => undefined);
    });
    return this.#starting;
  }

  async #endWatching(): Promise<void> {
    if (!this.#hasBegunWatching) return;
    this.#hasBegunWatching = false;
    if (!this.#options.isWatchNeeded()) await this.#options.watcher.stop();
  }

  async #ports(id: string): Promise<TellPorts | undefined> {
    const { bridge, sync, clock } = this.#options;
    const record = await this.#record(id);
    if (record?.tell === undefined) return undefined;
    const connection = bridge.connection(record.bridgeId, record.connection);
    if (connection === undefined) {
      throw new PanelError("not-connected", "The bridge of this mapping is not connected. Start it again.");
    }
    if (connection.observedTo !== record.tell.to) return undefined;
    const { bridgeId, collection } = record;
    const remote = bridge.remoteStore(bridgeId, connection.name, collection, settingsOf(record));
    return {
      ...(await sync.localPorts(id)),
      send: (changes, at) => remote.tellObserved(changes, at),
      newOpId: () => crypto.randomUUID(),
      clock,
    };
  }

  async #record(id: string): Promise<MappingRecord | undefined> {
    return (await this.#options.mappings.all()).find((record) => record.id === id);
  }

  #wake(): void {
    for (const told of this.#told.values()) told.wake();
  }

  #tellStates(): void {
    const states = [...this.#told.values()].map(({ state }) => state);
    const text = JSON.stringify(states);
    if (text === this.#text) return;
    this.#text = text;
    this.#options.onStates(states);
  }
}
