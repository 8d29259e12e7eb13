/** The stores that a command works on, each with its three ports. */
import { defaultCollection } from "../../core/mapping/default-collection.ts";
import { projectionIdOf, scopeIdOf } from "../../core/mapping/mapping-identity.ts";
import { bindScope } from "../../core/mapping/scope.ts";
import type { ConnectionInfo } from "../../core/protocol/frames.ts";
import type { CollectionMeta, LocalStore, RemoteStore } from "../../core/session/ports.ts";
import { BaseFile } from "./base/base-file.ts";
import { FileBaseStore } from "./base/file-base-store.ts";
import type { CommandInput } from "./command-input.ts";
import { HeadlessError } from "./headless-error.ts";
import type { PageSession } from "./page-session.ts";
import { AbsentRemoteStore } from "./remote/absent-remote-store.ts";
import type { RemoteAccess } from "./remote/remote-access.ts";
import type { StoreMapping } from "./sync/store-run.ts";

export interface OpenedStore {
  readonly mapping: StoreMapping;
  readonly local: LocalStore;
  readonly remote: RemoteStore;
  readonly base: FileBaseStore;
  readonly collectionExists: boolean;
}

export interface StorePlaces {
  readonly page: PageSession;
  readonly remote: RemoteAccess;
  readonly connection: ConnectionInfo;
  readonly baseFile: BaseFile;
  /** Names the browser's profile. */
  readonly profile: string;
}

/** Commands that read what somebody pushed: there has to be something. */
const NEED_COLLECTION: ReadonlySet<CommandInput["command"]> = new Set(["pull", "resolve", "undo"]);

export function mappingOf(input: CommandInput, store: string): StoreMapping {
  const { bucket, database, settings } = input;
  const collection = settings.columns?.table ?? input.collection ?? defaultCollection({ database, store });
  return { bucket, database, store, collection, settings };
}

/**
 * A push makes the collection; without one, a diff or a dry run compares with nothing, and whatever needs one is
 * left out.
 *
 * @throws HeadlessError "usage"; AgentError; ProtocolError
 */
export async function openStore(
  mapping: StoreMapping,
  local: LocalStore,
  places: StorePlaces,
  input: CommandInput,
): Promise<OpenedStore | undefined> {
  const { connection } = places;
  const remote = await openRemoteOf(mapping, places);
  const found = (await remote.meta()) ?? (await firstOfTable(remote, local, mapping, input));
  if (found !== undefined) requireProjection(found, mapping);
  const isTable = mapping.settings.columns !== undefined;
  if (found === undefined && !isTable && NEED_COLLECTION.has(input.command)) return undefined;
  return {
    mapping,
    local,
    remote: found === undefined && !isTable ? new AbsentRemoteStore(connection.capabilities) : remote,
    base: openBase(found, mapping, local, places),
    collectionExists: found !== undefined || isTable,
  };
}

function openRemoteOf(
  { collection, settings: { columns, scope } }: StoreMapping,
  { remote, connection }: StorePlaces,
): Promise<RemoteStore> {
  if (columns === undefined) return remote.store(connection.name, collection);
  const bound = scope && bindScope(scope);
  return remote.store(connection.name, collection, { columns, ...(bound ? { scope: bound } : {}) });
}

/**
 * Somebody's own table is there before anything was pushed: a command that may write takes it up, which writes
 * nothing into it.
 */
async function firstOfTable(
  remote: RemoteStore,
  local: LocalStore,
  { collection, settings }: StoreMapping,
  { command, dryRun }: CommandInput,
): Promise<CollectionMeta | undefined> {
  if (settings.columns === undefined || dryRun || command === "diff" || !remote.capabilities.writable) {
    return undefined;
  }
  const localSchema = await local.describe({ database: true });
  return remote.init({ collection, projectionId: projectionIdOf(settings), localSchema });
}

/**
 * Makes the collection, or tells it how the page's database is made now.
 *
 * @returns The store with the collection that is there then.
 */
export async function describeInCollection(
  { mapping, local }: { readonly mapping: StoreMapping; readonly local: LocalStore },
  places: StorePlaces,
): Promise<OpenedStore> {
  const { collection, settings } = mapping;
  const remote = await openRemoteOf(mapping, places);
  const localSchema = await local.describe({ database: true });
  const meta = await remote.init({ collection, projectionId: projectionIdOf(settings), localSchema });
  return { mapping, local, remote, base: openBase(meta, mapping, local, places), collectionExists: true };
}

/** A collection that is not there has no base, and nothing is remembered about it. */
function openBase(
  meta: CollectionMeta | undefined,
  { collection, settings }: StoreMapping,
  local: LocalStore,
  { baseFile, profile }: StorePlaces,
): FileBaseStore {
  const file = meta === undefined ? new BaseFile(":memory:") : baseFile;
  const identity = {
    incarnation: meta?.incarnation ?? "",
    collection,
    scopeId: scopeIdOf(settings),
    projectionId: projectionIdOf(settings),
    local: local.identity,
  };
  return new FileBaseStore(file, identity, { profile });
}

function requireProjection(meta: CollectionMeta, { collection, settings }: StoreMapping): void {
  if (meta.projectionId === projectionIdOf(settings)) return;
  throw new HeadlessError(
    "usage",
    `The collection "${collection}" was made with other ignored fields than these: name the same with --ignore, or another --collection.`,
  );
}
