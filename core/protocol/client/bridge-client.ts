/**
 * The panel's client of the bridge. Runs in a worker and in Node: the WebSocket is injected.
 *
 * A client is made from a pairing string (`pair`) or from what an earlier pairing left (`new`). It connects
 * when something is asked of it, and again when the connection was lost; while nothing is asked, nothing is
 * tried. What is in flight when the connection ends: reads reject with ProtocolError "disconnected", writes
 * answer `unknown`, so that the session settles them.
 */
import * as v from "valibot";
import type { TableDescription, TableList } from "../../mapping/table-description.ts";
import type { TableMapping } from "../../mapping/table-mapping.ts";
import type { CustomPolicy } from "../../session/policy-custom.ts";
import type { RemoteCapabilities } from "../../session/ports.ts";
import { fromBase32 } from "../base32.ts";
import { type ConnectionDraft, type DraftsResult, DraftsResultSchema } from "../connection-draft.ts";
import { type ConnectionInfo, ConnectionsResultSchema, type Finding, FindingsSchema } from "../frames.ts";
import { PANEL_KEY_BYTES } from "../limits.ts";
import { newPanelId, parsePairing } from "../pairing-string.ts";
import { ProtocolError } from "../protocol-error.ts";
import { decodeTableDescription, decodeTableList } from "../table-mapping.ts";
import { BridgeConnection } from "./bridge-connection.ts";
import { type BridgeCredentials, toCredentials } from "./bridge-credentials.ts";
import { BridgeConnectError } from "./bridge-errors.ts";
import { openBridge } from "./bridge-handshake.ts";
import { BridgeJobs } from "./bridge-jobs.ts";
import { bridgePolicy } from "./bridge-policy.ts";
import { BridgeQueue } from "./bridge-queue.ts";
import { BridgeRemoteStore } from "./bridge-remote-store.ts";
import { BridgeSchedules } from "./bridge-schedules.ts";
import type { BridgeSocket, BridgeSocketConstructor } from "./bridge-socket.ts";

export type BridgeClientState =
  /** Nothing was asked yet, or the connection was lost; the next request connects. */
  | { readonly is: "idle" }
  | { readonly is: "connecting" }
  | { readonly is: "connected" }
  /** The last attempt failed. `retryAt` (milliseconds since 1970): requests before it fail at once. */
  | { readonly is: "failed"; readonly error: BridgeConnectError; readonly retryAt: number };

export interface BridgeClientOptions {
  readonly WebSocket: BridgeSocketConstructor;
  /** What `driftscope panels` shows for this panel. */
  readonly label: string;
  readonly onState?: (state: BridgeClientState) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The pauses after 1, 2, … failed attempts, in milliseconds; the last one repeats. */
const RETRY_PAUSES_MS = [0, 250, 1000, 2000, 5000];

/** The close code of a bridge that revoked this panel. */
const CLOSE_REVOKED = 4002;

export class BridgeClient {
  readonly credentials: BridgeCredentials;
  /** Operations that wait in the bridge for a backend that is away. */
  readonly queue = new BridgeQueue(() => this.#connect());
  /** Programs that the bridge's config file names. */
  readonly jobs = new BridgeJobs(() => this.#connect());
  /** What the bridge's config file has it do at certain times. */
  readonly schedules = new BridgeSchedules(() => this.#connect());
  readonly #options: BridgeClientOptions;
  #state: BridgeClientState = { is: "idle" };
  #connections: ReadonlyMap<string, ConnectionInfo> = new Map();
  #connecting: Promise<BridgeConnection> | undefined;
  #connection: BridgeConnection | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(credentials: BridgeCredentials, options: BridgeClientOptions) {
    this.credentials = credentials;
    this.#options = options;
  }

  /**
   * Pairs with the bridge that printed this line. `store` has to have kept the credentials when it resolves:
   * the code cannot be used again.
   *
   * @throws PairingStringError, BridgeConnectError
   */
  static async pair(
    pairingString: string,
    store: (credentials: BridgeCredentials) => Promise<void>,
    options: BridgeClientOptions,
  ): Promise<BridgeClient> {
    const { port, bridgeId, code } = parsePairing(pairingString);
    const panelId = newPanelId();
    const { WebSocket, label } = options;
    const opened = await openBridge({ WebSocket, label, port, bridgeId, panelId, secret: code, pair: true });
    const client = new BridgeClient(toCredentials({ bridgeId, port, panelId }, opened.panelKey), options);
    client.#adopt(opened.socket);
    try {
      await store(client.credentials);
      await client.connections();
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /** Connects at once. @throws BridgeConnectError */
  static async connect(credentials: BridgeCredentials, options: BridgeClientOptions): Promise<BridgeClient> {
    const client = new BridgeClient(credentials, options);
    await client.connections();
    return client;
  }

  get state(): BridgeClientState {
    return this.#state;
  }

  /** Tries again now, whatever the pause. @throws BridgeConnectError */
  async reconnect(): Promise<void> {
    this.#failures = 0;
    if (this.#state.is === "failed") this.#setState({ is: "idle" });
    await this.#connect();
  }

  /** The configured connections, as they are now. @throws BridgeConnectError, ProtocolError */
  async connections(): Promise<readonly ConnectionInfo[]> {
    const bridge = await this.#connect();
    const connections = v.parse(ConnectionsResultSchema, await bridge.result({ t: "connections" }));
    this.#connections = new Map(connections.map((connection) => [connection.name, connection]));
    return connections;
  }

  /**
   * A collection, which need not exist yet, of one of the connections that `connections()` answered last
   * (`connect` and `pair` ask for them).
   *
   * @throws ProtocolError "unknown-connection"
   */
  remoteStore(connection: string, collection: string): BridgeRemoteStore {
    return this.#store(connection, collection, undefined);
  }

  #store(connection: string, collection: string, mapping: TableMapping | undefined): BridgeRemoteStore {
    const capabilities = (): RemoteCapabilities => {
      const known = this.#connections.get(connection);
      if (known !== undefined) return known.capabilities;
      throw new ProtocolError(
        "unknown-connection",
        `The bridge has no connection "${connection}" (any more): its driftscope.config.json names those that it has.`,
      );
    };
    capabilities();
    return new BridgeRemoteStore({
      connection,
      collection,
      ...(mapping === undefined ? {} : { mapping }),
      capabilities,
      connect: () => this.#connect(),
    });
  }

  /** A policy function that the bridge runs (`policies` of its connections); each call to it may throw. */
  policy(name: string): CustomPolicy {
    return bridgePolicy(() => this.#connect(), name);
  }

  /** An existing table through a mapping: the collection has the table's name. @throws as `remoteStore` */
  tableStore(connection: string, mapping: TableMapping): BridgeRemoteStore {
    return this.#store(connection, mapping.columns.table, mapping);
  }

  /** The tables that may be mapped on this connection. @throws BridgeConnectError, ProtocolError */
  async tables(connection: string): Promise<TableList> {
    const bridge = await this.#connect();
    return decodeTableList(v.parse(v.string(), await bridge.result({ t: "introspect", connection })));
  }

  /** @throws BridgeConnectError; ProtocolError "unknown-table" */
  async describeTable(connection: string, table: string): Promise<TableDescription> {
    const bridge = await this.#connect();
    const told = await bridge.result({ t: "introspect", connection, table });
    return decodeTableDescription(v.parse(v.string(), told));
  }

  /** What keeps the connection from being used, looked at now. @throws BridgeConnectError, ProtocolError */
  async check(connection: string): Promise<readonly Finding[]> {
    const bridge = await this.#connect();
    return v.parse(FindingsSchema, await bridge.result({ t: "check", connection }));
  }

  /** What the config file allows drafts, and those that are kept. @throws BridgeConnectError, ProtocolError */
  async drafts(): Promise<DraftsResult> {
    const bridge = await this.#connect();
    return v.parse(DraftsResultSchema, await bridge.result({ t: "drafts" }));
  }

  /** As `check`, of a connection that is nowhere yet. @throws as `keepDraft` */
  async tryDraft(draft: ConnectionDraft): Promise<readonly Finding[]> {
    const bridge = await this.#connect();
    return v.parse(FindingsSchema, await bridge.result({ t: "try-draft", draft }));
  }

  /** Serves it read-only, now and when the bridge starts again. @throws BridgeConnectError; ProtocolError "not-allowed" */
  async keepDraft(draft: ConnectionDraft): Promise<DraftsResult> {
    const bridge = await this.#connect();
    return v.parse(DraftsResultSchema, await bridge.result({ t: "keep-draft", draft }));
  }

  /** Forgets it; what it was compared with stays as it is. @throws BridgeConnectError, ProtocolError */
  async removeDraft(name: string): Promise<DraftsResult> {
    const bridge = await this.#connect();
    return v.parse(DraftsResultSchema, await bridge.result({ t: "remove-draft", name }));
  }

  /** Milliseconds there and back. @throws BridgeConnectError, ProtocolError */
  async ping(): Promise<number> {
    const bridge = await this.#connect();
    const start = performance.now();
    await bridge.result({ t: "ping" });
    return performance.now() - start;
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
    this.#connection = undefined;
    this.#setState({ is: "idle" });
  }

  #connect(): Promise<BridgeConnection> {
    if (this.#isClosed) {
      return Promise.reject(
        new BridgeConnectError("closed", "The connection to the bridge was closed here."),
      );
    }
    if (this.#connection?.isOpen) return Promise.resolve(this.#connection);
    const state = this.#state;
    if (state.is === "failed" && this.#now() < state.retryAt) return Promise.reject(state.error);
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<BridgeConnection> {
    const { port, bridgeId, panelId, key } = this.credentials;
    const { WebSocket, label } = this.#options;
    const secret = fromBase32(key, PANEL_KEY_BYTES);
    this.#setState({ is: "connecting" });
    try {
      if (secret === undefined)
        throw new BridgeConnectError("not-paired", "The stored key is damaged: pair again.");
      const opened = await openBridge({ WebSocket, label, port, bridgeId, panelId, secret, pair: false });
      if (this.#isClosed) {
        opened.socket.close(1000);
        throw new BridgeConnectError("closed", "The connection to the bridge was closed here.");
      }
      return this.#adopt(opened.socket);
    } catch (error) {
      if (error instanceof BridgeConnectError) this.#failed(error);
      throw error;
    }
  }

  #adopt(socket: BridgeSocket): BridgeConnection {
    const connection = new BridgeConnection(socket, (code) => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      if (code === CLOSE_REVOKED) this.#failed(revoked());
      else this.#setState({ is: "idle" });
    });
    this.#connection = connection;
    this.#failures = 0;
    this.#setState({ is: "connected" });
    return connection;
  }

  #failed(error: BridgeConnectError): void {
    const pause = RETRY_PAUSES_MS[Math.min(this.#failures, RETRY_PAUSES_MS.length - 1)] as number;
    this.#failures++;
    if (!this.#isClosed) this.#setState({ is: "failed", error, retryAt: this.#now() + pause });
  }

  #setState(state: BridgeClientState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

const revoked = (): BridgeConnectError =>
  new BridgeConnectError("not-paired", "The bridge has revoked this panel: pair it again.");
