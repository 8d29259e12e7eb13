import { projectionIdOf, scopeIdOf } from "../../../../core/mapping/mapping-identity.ts";
import type { BaseIdentity, LocalStore, RemoteStore } from "../../../../core/session/ports.ts";
import { DexieBaseStore, type DexieBaseStoreOptions } from "../../../local/base-store.ts";
import type { LocalDatabase } from "../../../local/local-database.ts";
import type { Locks } from "../../../local/mapping-lock.ts";
import { type MappingRecord, settingsOf } from "../mapping-store.ts";
import { PanelError } from "../panel-error.ts";

/** The three ports of one mapping, with the base as what it is here. */
export interface MappingPorts {
  readonly local: LocalStore;
  readonly remote: RemoteStore;
  readonly base: DexieBaseStore;
}

export interface PanelStorage {
  readonly database: LocalDatabase;
  readonly locks: Locks;
  /** What the person allows a base to take, and who works with it. */
  readonly baseOptions: () => Promise<Pick<DexieBaseStoreOptions, "bodyBudget" | "retention" | "appliedBy">>;
}

/**
 * Opens the base that belongs to the collection as it is now: one that was made anew has no base.
 *
 * @throws PanelError "no-collection"; whatever the remote throws.
 */
export async function openMapping(
  record: MappingRecord,
  local: LocalStore,
  remote: RemoteStore,
  storage: PanelStorage,
): Promise<{ ports: MappingPorts; incarnation: string }> {
  const meta = await remote.meta();
  if (meta === undefined) {
    throw new PanelError(
      "no-collection",
      `The connection "${record.connection}" has no collection "${record.collection}" any more. Remove this mapping, or make it anew.`,
    );
  }
  const base = await openBase(record, meta.incarnation, storage);
  return { ports: { local, remote, base }, incarnation: meta.incarnation };
}

/** The base as the collection was seen last, without asking the bridge. */
export async function openBase(
  record: MappingRecord,
  incarnation: string,
  storage: PanelStorage,
): Promise<DexieBaseStore> {
  const identity: BaseIdentity = {
    incarnation,
    collection: record.collection,
    scopeId: scopeIdOf(settingsOf(record)),
    projectionId: projectionIdOf(settingsOf(record)),
    local: record.store,
  };
  const mappingName = `${record.store.database}/${record.store.store} ⇄ ${record.connection}/${record.collection}`;
  const options = { locks: storage.locks, mappingName, ...(await storage.baseOptions()) };
  return DexieBaseStore.open(storage.database, identity, options);
}
