/** The configured connections and what may be done on each. */

import type { ConnectionInfo } from "../../core/protocol/frames.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { BackendCollection, RemoteBackend } from "../backends/backend.ts";
import { backendKinds } from "../backends/registry.ts";
import type { ConnectionConfig } from "../config/config-schema.ts";
import type { Config } from "../config/load-config.ts";
import type { Journal } from "../journal/journal.ts";
import { CollectionWriter } from "./collection-writer.ts";

export interface ServedCollection {
  readonly collection: BackendCollection;
  readonly writer: CollectionWriter;
  readonly isWritable: boolean;
}

interface Connection {
  readonly config: ConnectionConfig;
  readonly backend: RemoteBackend;
}

export class Connections {
  readonly #connections: ReadonlyMap<string, Connection>;
  readonly #journal: Journal;

  constructor(config: Pick<Config, "connections" | "folder">, journal: Journal) {
    this.#journal = journal;
    this.#connections = new Map(
      Object.entries(config.connections).map(([name, connection]) => {
        const backend = backendKinds[connection.backend].open(connection, config.folder);
        return [name, { config: connection, backend }];
      }),
    );
  }

  /** A connection that cannot be reached is listed with its problem. */
  async list(): Promise<ConnectionInfo[]> {
    return Promise.all(
      Array.from(this.#connections, async ([name, { config, backend }]): Promise<ConnectionInfo> => {
        const info = {
          name,
          backend: config.backend,
          level: config.level,
          capabilities: { ...backend.capabilities, writable: config.level !== "read-only" },
        };
        try {
          const collections = await backend.collections();
          return { ...info, collections: collections.filter((one) => isServed(config, one.name)) };
        } catch (error) {
          const code = error instanceof ProtocolError ? error.code : "internal";
          const message = error instanceof Error ? error.message : String(error);
          return { ...info, problem: { code, message } };
        }
      }),
    );
  }

  /** @throws ProtocolError "unknown-connection", "unknown-collection" */
  collection(connectionName: string, name: string): ServedCollection {
    const connection = this.#connections.get(connectionName);
    if (connection === undefined) {
      throw new ProtocolError(
        "unknown-connection",
        `This bridge has no connection "${connectionName}": its config file has ${this.#names()}.`,
      );
    }
    const { config, backend } = connection;
    if (!isServed(config, name)) {
      throw new ProtocolError(
        "unknown-collection",
        `The connection "${connectionName}" does not serve the collection ${JSON.stringify(name)}: add it to "collections" in the bridge's config file.`,
      );
    }
    const collection = backend.collection(name);
    const isWritable = config.level !== "read-only";
    const writer = new CollectionWriter({
      name: { connection: connectionName, collection: name },
      collection,
      capabilities: backend.capabilities,
      isWritable,
      journal: this.#journal,
    });
    return { collection, writer, isWritable };
  }

  async close(): Promise<void> {
    await Promise.allSettled(Array.from(this.#connections.values(), ({ backend }) => backend.close()));
  }

  #names(): string {
    return Array.from(this.#connections.keys(), (name) => `"${name}"`).join(", ") || "none";
  }
}

const isServed = (config: ConnectionConfig, collection: string): boolean =>
  config.collections?.includes(collection) ?? true;
