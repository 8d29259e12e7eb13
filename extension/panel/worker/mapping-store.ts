/** The mappings, in the extension's own storage. */
import * as v from "valibot";
import type { MappingSettings } from "../../../core/mapping/mapping-settings.ts";
import { MappingSettingsSchema } from "../../../core/protocol/mapping-settings.ts";
import type { StoreIdentity } from "../../../core/session/ports.ts";
import type { Locks } from "../../local/mapping-lock.ts";
import type { HostApi } from "./api.ts";
import { KeepSettingsSchema } from "./keep/keep-state.ts";
import { TellSettingsSchema } from "./tell/tell-state.ts";

const STORAGE_KEY = "mappings";
const LOCK = "driftscope-mappings";

const MappingRecordSchema = v.object({
  id: v.string(),
  /** The bridge that holds the connection (decision 32). */
  bridgeId: v.string(),
  connection: v.string(),
  backend: v.string(),
  collection: v.string(),
  /** Of the collection when it was seen last; only to look up the age of the base without the bridge. */
  incarnation: v.string(),
  store: v.object({
    storageKey: v.string(),
    bucket: v.string(),
    database: v.string(),
    store: v.string(),
  }),
  settings: v.exactOptional(MappingSettingsSchema),
  /** Set while it is kept in sync. */
  keep: v.exactOptional(KeepSettingsSchema),
  /** Set while what the page writes is told. */
  tell: v.exactOptional(TellSettingsSchema),
});

export type MappingRecord = v.InferOutput<typeof MappingRecordSchema>;

const DEFAULTS: MappingSettings = {};

/** What the person settled for this mapping; the defaults where nothing was. */
export const settingsOf = (record: MappingRecord): MappingSettings => record.settings ?? DEFAULTS;

const MappingListSchema = v.array(MappingRecordSchema);

export class MappingStore {
  readonly #host: Pick<HostApi, "storageGet" | "storageSet">;
  readonly #locks: Locks;

  constructor(host: Pick<HostApi, "storageGet" | "storageSet">, locks: Locks) {
    this.#host = host;
    this.#locks = locks;
  }

  async all(): Promise<readonly MappingRecord[]> {
    const text = await this.#host.storageGet(STORAGE_KEY);
    if (typeof text !== "string") return [];
    // Written by this file alone: anything else is damage, which must not pass for "no mappings".
    return v.parse(MappingListSchema, JSON.parse(text));
  }

  /** Replaces the mapping of the same id, or of the same store to the same place. */
  async save(record: MappingRecord): Promise<void> {
    await this.#update((all) => [
      ...all.filter((other) => other.id !== record.id && !isSamePlace(other, record)),
      record,
    ]);
  }

  /** Changes one mapping as it is stored now; nothing where it is gone. */
  async change(id: string, change: (record: MappingRecord) => MappingRecord): Promise<void> {
    await this.#update((all) => all.map((record) => (record.id === id ? change(record) : record)));
  }

  async remove(id: string): Promise<void> {
    await this.#update((all) => all.filter((record) => record.id !== id));
  }

  /** Two panels may do this at once. */
  #update(change: (all: readonly MappingRecord[]) => readonly MappingRecord[]): Promise<void> {
    return this.#locks.request(LOCK, async () => {
      // As JSON text: names may hold lone surrogates, which the browser's storage would replace.
      await this.#host.storageSet(STORAGE_KEY, JSON.stringify(change(await this.all())));
    });
  }
}

function isSameStore(a: StoreIdentity, b: StoreIdentity): boolean {
  return (
    a.storageKey === b.storageKey && a.bucket === b.bucket && a.database === b.database && a.store === b.store
  );
}

function isSamePlace(a: MappingRecord, b: MappingRecord): boolean {
  return (
    isSameStore(a.store, b.store) &&
    a.bridgeId === b.bridgeId &&
    a.connection === b.connection &&
    a.collection === b.collection
  );
}
