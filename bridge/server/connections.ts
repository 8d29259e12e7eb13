/** The connections, configured and drafted, and what may be done on each. */

import type { ConnectionInfo, Finding, ObservedResult } from "../../core/protocol/frames.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type {
  BackendCapabilities,
  BackendCollection,
  ObservedBatch,
  RemoteBackend,
} from "../backends/backend.ts";
import { checkBackend } from "../backends/check-backend.ts";
import { type BridgeFolders, openBackend } from "../backends/registry.ts";
import type { ConnectionConfig } from "../config/config-schema.ts";
import type { Config } from "../config/load-config.ts";
import type { Journal } from "../journal/journal.ts";
import { TableRegister } from "../tables/table-register.ts";
import { TableViews } from "../tables/table-views.ts";
import { CollectionWriter } from "./collection-writer.ts";
import type { DataFolder } from "./data-folder.ts";

export interface ServedCollection {
  readonly collection: BackendCollection;
  readonly writer: CollectionWriter;
  /** Why nothing may be written; undefined = it may. */
  readonly readOnly: string | undefined;
  /** Why it may not be made. The meta record of somebody's table is the bridge's own, and may always be. */
  readonly initRefusal: string | undefined;
}

interface Connection {
  readonly config: ConnectionConfig;
  readonly backend: RemoteBackend;
  /** Nothing that a panel drafted is ever written to. */
  readonly isDraft: boolean;
  /** Undefined where the backend cannot open existing tables. */
  readonly tables: TableViews | undefined;
}

export class Connections {
  readonly #connections = new Map<string, Connection>();
  readonly #journal: Journal;
  readonly #folders: BridgeFolders;
  readonly #register: TableRegister;

  constructor(
    config: Pick<Config, "connections" | "folder">,
    journal: Journal,
    dataFolder: Pick<DataFolder, "path" | "tablesFolder">,
  ) {
    this.#journal = journal;
    this.#folders = { config: config.folder, data: dataFolder.path };
    this.#register = new TableRegister(dataFolder.tablesFolder);
    for (const [name, connection] of Object.entries(config.connections)) this.#open(name, connection, false);
  }

  #open(name: string, config: ConnectionConfig, isDraft: boolean): void {
    const backend = openBackend(config, this.#folders);
    const { tables } = backend;
    const of = tables && {
      connection: name,
      tables,
      allowed: config.tables ?? [],
      readOnly: readOnlyOf(name, config, isDraft),
    };
    this.#connections.set(name, {
      config,
      backend,
      isDraft,
      tables: of && new TableViews(of, this.#register),
    });
  }

  /** Whether the config file has it. */
  isConfigured(name: string): boolean {
    return this.#connections.get(name)?.isDraft === false;
  }

  /** From now on, in the place of the draft of this name, whose work ends with an error; never of a configured one. */
  async serveDraft(name: string, config: ConnectionConfig): Promise<void> {
    const before = this.#connections.get(name);
    if (before !== undefined && !before.isDraft) return;
    this.#open(name, config, true);
    await before?.backend.close();
  }

  /** What runs on it ends with an error. Without a draft of this name nothing happens. */
  async dropDraft(name: string): Promise<void> {
    const connection = this.#connections.get(name);
    if (!connection?.isDraft) return;
    this.#connections.delete(name);
    await connection.backend.close();
  }

  /** A connection that cannot be reached is listed with its problem. */
  async list(): Promise<ConnectionInfo[]> {
    return Promise.all(
      Array.from(this.#connections, async ([name, { config, backend, isDraft }]): Promise<ConnectionInfo> => {
        const info = {
          name,
          backend: config.backend,
          level: config.level,
          ...(isDraft ? { draft: true as const } : {}),
          capabilities: allowed(backend.capabilities, readOnlyOf(name, config, isDraft)),
        };
        try {
          const collections = await backend.collections();
          return { ...info, collections: collections.filter((one) => isServed(config, one.name)) };
        } catch (error) {
          const code = error instanceof ProtocolError ? error.code : "internal";
          const message = messageOf(error);
          return { ...info, problem: { code, message } };
        }
      }),
    );
  }

  /** @throws ProtocolError "unknown-connection" */
  check(name: string): Promise<readonly Finding[]> {
    return checkBackend(this.#require(name).backend);
  }

  /** @throws ProtocolError "unknown-connection", "unknown-collection" */
  collection(connectionName: string, name: string, viewId?: string): ServedCollection {
    const { config, backend, isDraft } = this.#require(connectionName);
    if (viewId !== undefined) return this.#view(connectionName, name, viewId);
    if (!isServed(config, name)) {
      throw new ProtocolError(
        "unknown-collection",
        `The connection "${connectionName}" does not serve the collection ${JSON.stringify(name)}: add it to "collections" in the bridge's config file.`,
      );
    }
    const collection = backend.collection(name);
    const readOnly = readOnlyOf(connectionName, config, isDraft);
    return this.#serve(
      { connection: connectionName, collection: name },
      collection,
      backend.capabilities,
      readOnly,
    );
  }

  /**
   * Tells what was seen in a page and accepted by nobody, as RemoteBackend.tellObserved.
   *
   * @throws ProtocolError "unknown-connection", "unknown-collection", "read-only", "unsupported"; BackendError
   */
  async tellObserved(connectionName: string, batch: ObservedBatch): Promise<ObservedResult> {
    const { readOnly } = this.collection(connectionName, batch.collection);
    if (readOnly !== undefined) throw new ProtocolError("read-only", readOnly);
    const { backend } = this.#require(connectionName);
    if (backend.tellObserved !== undefined) return backend.tellObserved(batch);
    throw new ProtocolError(
      "unsupported",
      `The connection "${connectionName}" tells nobody what is only seen in a page: Kafka does, with "observed" in the bridge's config file.`,
    );
  }

  /** @throws ProtocolError "unknown-connection", "unsupported" */
  tables(connectionName: string): TableViews {
    const { tables, config } = this.#require(connectionName);
    if (tables !== undefined) return tables;
    throw new ProtocolError(
      "unsupported",
      `A backend of kind ${config.backend} cannot open existing tables.`,
    );
  }

  /** The mapping is gone. */
  release(connectionName: string, table: string, viewId: string): void {
    this.tables(connectionName).view(viewId, table).release();
  }

  #view(connection: string, table: string, viewId: string): ServedCollection {
    const view = this.tables(connection).view(viewId, table);
    const name = { connection, collection: table };
    const served = this.#serve(name, view.collection, view.capabilities, view.readOnly());
    return { ...served, initRefusal: undefined };
  }

  #serve(
    name: { readonly connection: string; readonly collection: string },
    collection: BackendCollection,
    capabilities: BackendCapabilities,
    readOnly: string | undefined,
  ): ServedCollection {
    const journal = this.#journal;
    const writer = new CollectionWriter({ name, collection, capabilities, readOnly, journal });
    return { collection, writer, readOnly, initRefusal: readOnly };
  }

  #require(name: string): Connection {
    const connection = this.#connections.get(name);
    if (connection !== undefined) return connection;
    throw new ProtocolError(
      "unknown-connection",
      `This bridge has no connection "${name}": its config file has ${this.#names()}.`,
    );
  }

  async close(): Promise<void> {
    await Promise.allSettled(Array.from(this.#connections.values(), ({ backend }) => backend.close()));
  }

  #names(): string {
    return Array.from(this.#connections.keys(), (name) => `"${name}"`).join(", ") || "none";
  }
}

function readOnlyOf(name: string, { level }: ConnectionConfig, isDraft: boolean): string | undefined {
  if (isDraft) {
    return `The connection "${name}" is a draft, and nothing is written to drafts: copy it as configuration, put it into driftscope.config.json with the level that it shall have, and start the bridge again.`;
  }
  if (level !== "read-only") return undefined;
  return `The connection "${name}" is read-only: its level in the bridge's config file says so.`;
}

/** Where nothing may be written, nothing is told either. */
function allowed(
  { observedTo, ...capabilities }: BackendCapabilities,
  readOnly: string | undefined,
): ConnectionInfo["capabilities"] {
  if (readOnly !== undefined) return { ...capabilities, writable: false };
  return { ...capabilities, writable: true, ...(observedTo === undefined ? {} : { observedTo }) };
}

const isServed = (config: ConnectionConfig, collection: string): boolean =>
  config.collections?.includes(collection) ?? true;
