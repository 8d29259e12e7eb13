/** All mappings of the page: one session each, one long run at a time. */
import { defaultCollection } from "../../../../core/mapping/default-collection.ts";
import { projectionIdOf } from "../../../../core/mapping/mapping-identity.ts";
import type { MappingSettings } from "../../../../core/mapping/mapping-settings.ts";
import type { ScopeLiteral } from "../../../../core/mapping/scope.ts";
import type { OpenedTable } from "../../../../core/protocol/client/bridge-remote-store.ts";
import type { CustomPolicy } from "../../../../core/session/policy-custom.ts";
import type { LocalStore, RemoteStore } from "../../../../core/session/ports.ts";
import type { RecordedOutcomes } from "../../../../core/session/record-settled.ts";
import type { DexieBaseStore } from "../../../local/base-store.ts";
import type { LastConfirmation } from "../../../local/last-confirmation.ts";
import type { ConnectionInfo, MappingInfo, MappingPreview, StoreRef } from "../api.ts";
import type { KeepSettings } from "../keep/keep-state.ts";
import { previewMapping } from "../mapping/preview-mapping.ts";
import { type ChangedValue, changedValues, requireConsent, withConsent } from "../mapping/scope-values.ts";
import { type MappingRecord, type MappingStore, settingsOf } from "../mapping-store.ts";
import { PanelError } from "../panel-error.ts";
import { whileQueued } from "../queue/queue-about.ts";
import type { TellSettings } from "../tell/tell-state.ts";
import type { WriteWatcher } from "../watch/write-watcher.ts";
import { Bases } from "./bases.ts";
import { MappingSession, type MappingSessionOptions } from "./mapping-session.ts";
import { type MappingPorts, openBase, openMapping, type PanelStorage } from "./open-mapping.ts";
import { PlanRegister } from "./plan-register.ts";
import { type RoundSignals, RunSlot } from "./run-slot.ts";

/** The page, as far as mappings need it. */
export interface MappedPage {
  localStore(ref: StoreRef, settings?: MappingSettings): LocalStore;
  /** Where a store is in the page now. */
  find(store: MappingRecord["store"]): StoreRef | undefined;
}

/** A collection, or an existing table, which tells why it can only be read. */
export interface MappedRemote extends RemoteStore {
  open(): Promise<OpenedTable>;
  release(): Promise<void>;
}

/** The bridge, as far as mappings need it. */
export interface MappedBridge {
  /** @throws PanelError "not-connected". */
  readonly bridgeId: string;
  /** Undefined while nothing is connected. */
  connection(bridgeId: string, name: string): ConnectionInfo | undefined;
  /** @throws PanelError "not-connected", "other-bridge" or "no-connection". */
  remoteStore(
    bridgeId: string,
    connection: string,
    collection: string,
    settings: MappingSettings,
  ): MappedRemote;
  /** @throws PanelError "not-connected" or "other-bridge". */
  policy(bridgeId: string, name: string): CustomPolicy;
  /** Reads the list of connections and their collections anew. */
  refresh(): Promise<void>;
}

export interface SyncControllerOptions extends PanelStorage {
  readonly mappings: MappingStore;
  readonly page: MappedPage;
  readonly bridge: MappedBridge;
  readonly clock: () => number;
  readonly watcher: Pick<WriteWatcher, "written">;
  /** Keys of a mapping's records that wait in the bridge's queue, in hexadecimal. */
  readonly queuedKeys: (mappingId: string) => Promise<ReadonlySet<string>>;
  /** Whether operations of the apply wait there. */
  readonly isQueued: (applyId: string) => boolean;
  /** A comparison of changed keys was verified since. */
  readonly onVerified: (mappingId: string) => void;
  readonly onCompareProgress: (
    mappingId: string,
    ...progress: Parameters<MappingSessionOptions["onCompareProgress"]>
  ) => void;
  readonly onProposeProgress: (
    mappingId: string,
    ...progress: Parameters<MappingSessionOptions["onProposeProgress"]>
  ) => void;
  readonly onApplyProgress: MappingSessionOptions["onApplyProgress"];
}

export class SyncController {
  readonly plans = new PlanRegister();
  readonly #options: SyncControllerOptions;
  readonly #sessions = new Map<string, MappingSession>();
  /** The mappings of those sessions, as they are now. */
  readonly #records = new Map<string, MappingRecord>();
  /** Ports stay open until the page or the bridge is another one. */
  readonly #ports = new Map<string, Promise<MappingPorts>>();
  readonly bases: Bases;
  /** Why a mapping's table can only be read, by the mapping's id. */
  readonly #readOnly = new Map<string, string>();
  readonly #slot = new RunSlot();
  #idle = new AbortController();
  #idleWork: Promise<void> = Promise.resolve();

  constructor(options: SyncControllerOptions) {
    this.#options = options;
    this.bases = new Bases(options);
  }

  /** Mappings whose frame the page has now; those of another bridge, too, so that they can be removed. */
  async mappings(): Promise<readonly MappingInfo[]> {
    const infos: MappingInfo[] = [];
    for (const record of await this.#options.mappings.all()) {
      const ref = this.#options.page.find(record.store);
      if (ref !== undefined) infos.push(await this.#infoOf(record, ref));
    }
    return infos;
  }

  /**
   * Makes the collection on the connection when it is not there, and the mapping.
   *
   * @throws PanelError; AgentError; whatever the bridge refuses.
   */
  async create(
    ref: StoreRef,
    connection: string,
    collection?: string,
    settings: MappingSettings = {},
  ): Promise<MappingInfo> {
    const { page, bridge, mappings } = this.#options;
    const local = page.localStore(ref, settings);
    const { bridgeId } = bridge;
    const name = collection ?? defaultCollection(ref);
    const remote = bridge.remoteStore(bridgeId, connection, name, settings);
    const localSchema = await local.describe({ database: true });
    const meta = await remote.init({ collection: name, projectionId: projectionIdOf(settings), localSchema });
    await bridge.refresh();
    const record: MappingRecord = {
      id: crypto.randomUUID(),
      bridgeId,
      connection,
      backend: bridge.connection(bridgeId, connection)?.backend ?? "",
      collection: name,
      incarnation: meta.incarnation,
      store: { ...local.identity },
      settings,
    };
    await mappings.save(record);
    return this.#infoOf(record, ref);
  }

  /** @throws whatever the page or the bridge refuses. */
  async previewMapping(
    ref: StoreRef,
    connection: string,
    settings: MappingSettings,
  ): Promise<MappingPreview> {
    const { page, bridge } = this.#options;
    const table = settings.columns?.table ?? "";
    const remote = bridge.remoteStore(bridge.bridgeId, connection, table, settings);
    // The records as they are: the preview says itself what of them goes where.
    return previewMapping(page.localStore(ref), remote, settings);
  }

  /** @throws PanelError "no-mapping" or "no-scope-value". */
  async changedScope(id: string): Promise<readonly ChangedValue[]> {
    const record = await this.#record(id);
    return changedValues(this.#options.page, this.#requireRef(record), settingsOf(record));
  }

  /** Another scope is another part of the table: it has a base of its own. @throws PanelError */
  async consentToScope(id: string, shown: Readonly<Record<string, ScopeLiteral>>): Promise<MappingInfo> {
    const record = await this.#record(id);
    const ref = this.#requireRef(record);
    return this.changeSettings(id, await withConsent(this.#options.page, ref, settingsOf(record), shown));
  }

  /** The mapping goes; the collection, the base and the journal stay. */
  async remove(id: string): Promise<void> {
    await this.#release(id);
    await this.#options.mappings.remove(id);
    this.#sessions.delete(id);
    this.#records.delete(id);
    this.#ports.delete(id);
    this.#readOnly.delete(id);
  }

  /**
   * Another projection needs a collection of its own, and begins anew: neither the digests that the remote
   * keeps nor those of the base are of it.
   *
   * @throws PanelError "no-mapping" or "needs-collection"; whatever the bridge refuses.
   */
  async changeSettings(id: string, settings: MappingSettings, collection?: string): Promise<MappingInfo> {
    const { mappings, page, bridge } = this.#options;
    const before = await this.#record(id);
    let record: MappingRecord = { ...before, settings };
    const ref = this.#requireRef(record);
    if (settings.columns !== undefined) {
      await this.#release(id);
      const remote = bridge.remoteStore(before.bridgeId, before.connection, before.collection, settings);
      const localSchema = await page.localStore(ref, settings).describe();
      const projectionId = projectionIdOf(settings);
      await remote.init({ collection: before.collection, projectionId, localSchema });
      record = withoutConsents(record);
      this.#sessions.delete(id);
      this.#ports.delete(id);
    } else if (projectionIdOf(settings) !== projectionIdOf(settingsOf(before))) {
      if (collection === undefined || collection === before.collection) {
        throw new PanelError(
          "needs-collection",
          `Records in "${before.collection}" were compared with other fields. Name another collection for the new ones.`,
        );
      }
      const remote = bridge.remoteStore(before.bridgeId, before.connection, collection, settings);
      const localSchema = await page.localStore(ref, settings).describe();
      const projectionId = projectionIdOf(settings);
      const { incarnation } = await remote.init({ collection, projectionId, localSchema });
      await bridge.refresh();
      record = { ...withoutConsents(record), collection, incarnation };
      this.#sessions.delete(id);
      this.#ports.delete(id);
    }
    await mappings.save(record);
    this.#records.set(id, record);
    return this.#infoOf(record, ref);
  }

  /** @throws PanelError "no-mapping". */
  async session(id: string): Promise<MappingSession> {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const record = await this.#record(id);
    const { clock, onCompareProgress, onProposeProgress, onApplyProgress } = this.#options;
    this.#records.set(id, record);
    const current = (): MappingRecord => this.#records.get(id) ?? record;
    const session = new MappingSession({
      record: current,
      openPorts: () => this.#openPorts(current()),
      openPortsAway: async () => this.#openAway(await this.#record(id)),
      openBase: async () => this.#openBase(await this.#record(id)),
      queuedKeys: () => this.#options.queuedKeys(id),
      isQueued: this.#options.isQueued,
      written: (after) => this.#options.watcher.written(this.#requireRef(current()), after),
      customPolicy: (name) => this.#options.bridge.policy(record.bridgeId, name),
      plans: this.plans,
      undoDays: () => this.#options.bridge.connection(record.bridgeId, record.connection)?.undo?.days,
      clock,
      onCompareProgress: (progress, startedAt) => onCompareProgress(id, progress, startedAt),
      onProposeProgress: (progress) => onProposeProgress(id, progress),
      onApplyProgress,
    });
    this.#sessions.set(id, session);
    return session;
  }

  /**
   * Runs a compare or an apply; another one waits for its end.
   *
   * @throws PanelError "busy".
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#slot.byPerson((signal) => this.#whileNotIdle(() => work(signal)));
  }

  /** A round of what is kept in sync, once nothing else runs. */
  runByItself<T>(work: (signals: RoundSignals) => Promise<T>): Promise<T> {
    return this.#slot.byItself((signals) => this.#whileNotIdle(() => work(signals)));
  }

  /** A round that is under way ends: at once where it only looks, else when what it writes is written. */
  giveWay(): Promise<void> {
    return this.#slot.giveWay();
  }

  async #whileNotIdle<T>(work: () => Promise<T>): Promise<T> {
    this.#idle.abort();
    await this.#idleWork;
    try {
      return await work();
    } finally {
      this.#tidyUp();
    }
  }

  /** Runs short work of our own while nothing else runs; a run that comes meanwhile waits for its end. */
  async whenIdle<T>(work: () => Promise<T>): Promise<T> {
    while (!this.#slot.isFree) await this.#slot.ended();
    const done = this.#idleWork.then(work);
    this.#idleWork = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** What came of queued operations is on record: the plan and the list on screen are to say so, too. */
  async takeRecorded(mappingId: string, recorded: RecordedOutcomes): Promise<void> {
    const registered = this.plans.find(recorded.plan.applyId);
    if (registered !== undefined) registered.outcomes = whileQueued(recorded.outcomes);
    await this.#sessions.get(mappingId)?.takeRecorded(recorded);
  }

  /** What has time until nothing else is to be done. The next run ends it. */
  #tidyUp(): void {
    this.#idle = new AbortController();
    const { signal } = this.#idle;
    this.#idleWork = this.#verify(signal)
      .then(() => this.bases.deflate(signal))
      .catch(() => undefined);
  }

  async #verify(signal: AbortSignal): Promise<void> {
    for (const [id, session] of this.#sessions) {
      // What cannot be read now is verified after a later compare.
      const verified = await session.verify(signal).catch(() => false);
      if (verified) this.#options.onVerified(id);
    }
  }

  cancel(): void {
    this.#slot.cancel();
  }

  /** The page's side and what is remembered, without asking the bridge. @throws PanelError "no-mapping", … */
  async localPorts(id: string): Promise<Pick<MappingPorts, "local" | "base">> {
    const record = await this.#record(id);
    const base = await this.#openBase(record);
    return { local: this.#options.page.localStore(this.#requireRef(record), settingsOf(record)), base };
  }

  /** What came of this record when it was last written, as far as that is kept. */
  async lastConfirmation(id: string, key: Uint8Array): Promise<LastConfirmation> {
    const record = await this.#record(id);
    return (await this.#openBase(record)).lastConfirmation(key);
  }

  /** Undefined: it is kept in sync no more. @throws PanelError "no-mapping" */
  async setKeep(id: string, keep: KeepSettings | undefined): Promise<void> {
    await this.#record(id);
    await this.#options.mappings.change(id, (record) =>
      keep === undefined ? withoutKeep(record) : { ...record, keep },
    );
    this.#records.set(id, await this.#record(id));
  }

  /** Undefined: what the page writes is told no more. @throws PanelError "no-mapping" */
  async setTell(id: string, tell: TellSettings | undefined): Promise<void> {
    await this.#record(id);
    await this.#options.mappings.change(id, (record) =>
      tell === undefined ? withoutTell(record) : { ...record, tell },
    );
    this.#records.set(id, await this.#record(id));
  }

  /** A base was replaced or is gone: what was compared with it, and is open on it, counts no more. */
  forgetBases(): void {
    this.#ports.clear();
    this.#sessions.clear();
  }

  /** The page or the bridge is another one now: what is open leads nowhere. Comparisons stay. */
  forgetPorts(): void {
    this.#ports.clear();
  }

  /** The session whose mapping ran this apply, now or before the worker started. @throws PanelError "no-such-plan". */
  async sessionOfPlan(applyId: string): Promise<MappingSession> {
    const known = this.plans.find(applyId);
    if (known !== undefined) return this.session(known.mappingId);
    for (const record of await this.#options.mappings.all()) {
      if (this.#options.page.find(record.store) === undefined) continue;
      const session = await this.session(record.id);
      if (await session.recall(applyId)) return session;
    }
    throw new PanelError("no-such-plan", "This plan is no longer held. Make a new one from the comparison.");
  }

  async #openPorts(record: MappingRecord): Promise<MappingPorts> {
    // Asked every time: the page may have another value by now.
    const settings = settingsOf(record);
    if (settings.scope?.parameters !== undefined) {
      await requireConsent(this.#options.page, this.#requireRef(record), settings);
    }
    return this.#knownPorts(record);
  }

  #knownPorts(record: MappingRecord): Promise<MappingPorts> {
    const known = this.#ports.get(record.id);
    if (known !== undefined) return known;
    const ports = this.#open(record);
    this.#ports.set(record.id, ports);
    // What failed to open is tried again.
    ports.catch(() => this.#ports.delete(record.id));
    return ports;
  }

  async #open(record: MappingRecord): Promise<MappingPorts> {
    const { page, bridge, mappings } = this.#options;
    const ref = this.#requireRef(record);
    const settings = settingsOf(record);
    const remote = bridge.remoteStore(record.bridgeId, record.connection, record.collection, settings);
    const opened = await openMapping(record, page.localStore(ref, settings), remote, this.#options);
    const { readOnly } = settings.columns === undefined ? {} : await remote.open();
    if (readOnly === undefined) this.#readOnly.delete(record.id);
    else this.#readOnly.set(record.id, readOnly);
    if (opened.incarnation !== record.incarnation) {
      const { incarnation } = opened;
      await mappings.change(record.id, (stored) => ({ ...stored, incarnation }));
    }
    return opened.ports;
  }

  /** As they were when the backend was there last. */
  async #openAway(record: MappingRecord): Promise<MappingPorts> {
    const { page, bridge } = this.#options;
    const settings = settingsOf(record);
    const { bridgeId, connection, collection } = record;
    return {
      local: page.localStore(this.#requireRef(record), settings),
      remote: bridge.remoteStore(bridgeId, connection, collection, settings),
      base: await this.#openBase(record),
    };
  }

  /** Of the collection as it was seen last. */
  #openBase(record: MappingRecord): Promise<DexieBaseStore> {
    return openBase(record, record.incarnation, this.#options);
  }

  /** Another mapping may write the table then. Where the bridge cannot be reached, its own file keeps the claim. */
  async #release(id: string): Promise<void> {
    const { mappings, bridge } = this.#options;
    const record = (await mappings.all()).find((candidate) => candidate.id === id);
    if (record === undefined || settingsOf(record).columns === undefined) return;
    try {
      const { bridgeId, connection, collection } = record;
      await bridge.remoteStore(bridgeId, connection, collection, settingsOf(record)).release();
    } catch {
      // A table that is gone has nothing to release.
    }
  }

  /** @throws PanelError "no-such-frame". */
  #requireRef(record: MappingRecord): StoreRef {
    const ref = this.#options.page.find(record.store);
    if (ref !== undefined) return ref;
    throw new PanelError(
      "no-such-frame",
      `The page has no frame with the storage of ${record.store.storageKey} now. Open that page again.`,
    );
  }

  async #record(id: string): Promise<MappingRecord> {
    const record = (await this.#options.mappings.all()).find((candidate) => candidate.id === id);
    if (record === undefined) {
      throw new PanelError("no-mapping", "This mapping was removed. Choose another one, or create it anew.");
    }
    return record;
  }

  async #infoOf(record: MappingRecord, ref: StoreRef): Promise<MappingInfo> {
    const { id, connection, backend, collection } = record;
    const base = await this.#openBase(record);
    // A base that cannot be read is told when it is compared with: the mapping itself is there.
    const baseAt = await base.completeAt().catch(() => undefined);
    // Nothing is allowed that the bridge did not say.
    const served = this.#options.bridge.connection(record.bridgeId, connection);
    const level = served?.level ?? "read-only";
    const settings = settingsOf(record);
    const readOnly = this.#readOnly.get(id);
    return {
      id,
      ref,
      connection,
      backend,
      level: readOnly === undefined ? level : "read-only",
      collection,
      settings,
      ...(record.keep === undefined ? {} : { keep: record.keep }),
      ...(record.tell === undefined ? {} : { tell: record.tell }),
      ...(served?.observedTo === undefined || settings.columns !== undefined
        ? {}
        : { observedTo: served.observedTo }),
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(baseAt === undefined ? {} : { baseAt }),
    };
  }
}

function withoutKeep({ keep: _keep, ...record }: MappingRecord): MappingRecord {
  return record;
}

function withoutTell({ tell: _tell, ...record }: MappingRecord): MappingRecord {
  return record;
}

/** What it would write and tell by itself is another matter now: a person says so anew. */
const withoutConsents = (record: MappingRecord): MappingRecord => withoutTell(withoutKeep(record));
