/** The stores that a command works on, each with its three ports. */
import { defaultCollection } from "../../core/mapping/default-collection.ts";
import { projectionIdOf, scopeIdOf } from "../../core/mapping/mapping-identity.ts";
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
  const collection = input.collection ?? defaultCollection({ database, store });
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
  const remote = places.remote.store(connection.name, mapping.collection);
  const found = await remote.meta();
  if (found !== undefined) requireProjection(found, mapping);
  const isPushed = input.command === "push" && !input.dryRun && connection.level !== "read-only";
  const meta = isPushed ? await makeOrUpdate(remote, local, mapping) : found;
  if (meta === undefined && NEED_COLLECTION.has(input.command)) return undefined;
  return {
    mapping,
    local,
    remote: meta === undefined ? new AbsentRemoteStore(connection.capabilities) : remote,
    base: openBase(meta, mapping, local, places),
    collectionExists: meta !== undefined,
  };
}

/** With every push the collection learns how the page's database is made. */
async function makeOrUpdate(
  remote: RemoteStore,
  local: LocalStore,
  { collection, settings }: StoreMapping,
): Promise<CollectionMeta> {
  const localSchema = await local.describe({ database: true });
  return remote.init({ collection, projectionId: projectionIdOf(settings), localSchema });
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
