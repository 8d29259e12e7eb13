/** The bridge: paired, connected, lost and found again. */

import type { MappingSettings } from "../../../core/mapping/mapping-settings.ts";
import type { TableDescription, TableList } from "../../../core/mapping/table-description.ts";
import { tableMappingOf } from "../../../core/mapping/table-mapping.ts";
import { BridgeClient, type BridgeClientState } from "../../../core/protocol/client/bridge-client.ts";
import { BridgeConnectError } from "../../../core/protocol/client/bridge-errors.ts";
import type { BridgeJobs } from "../../../core/protocol/client/bridge-jobs.ts";
import type { BridgeQueue } from "../../../core/protocol/client/bridge-queue.ts";
import type { BridgeRemoteStore } from "../../../core/protocol/client/bridge-remote-store.ts";
import type { BridgeSchedules } from "../../../core/protocol/client/bridge-schedules.ts";
import type { BridgeSocketConstructor } from "../../../core/protocol/client/bridge-socket.ts";
import type { ConnectionDraft, DraftsResult } from "../../../core/protocol/connection-draft.ts";
import type { Finding, ConnectionInfo as ServedConnection } from "../../../core/protocol/frames.ts";
import type { CustomPolicy } from "../../../core/session/policy-custom.ts";
import type { BridgeState, ConnectionInfo, HostApi } from "./api.ts";
import { BridgeStore } from "./bridge-store.ts";
import { PanelError } from "./panel-error.ts";
import { toWorkerError } from "./rpc.ts";

/** Milliseconds until a bridge that does not answer is tried again; the last one repeats. */
const RETRY_PAUSES = [500, 1000, 2000, 4000, 8000, 15_000];
/** What `driftscope panels` shows. */
export const LABEL = "DevTools panel";

export interface BridgeControllerOptions {
  readonly host: Pick<HostApi, "storageGet" | "storageSet">;
  readonly WebSocket: BridgeSocketConstructor;
  readonly clock: () => number;
  readonly onState: (state: BridgeState) => void;
}

export class BridgeController {
  readonly #options: BridgeControllerOptions;
  readonly #store: BridgeStore;
  #state: BridgeState = { is: "not-paired" };
  #client: BridgeClient | undefined;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BridgeControllerOptions) {
    this.#options = options;
    this.#store = new BridgeStore(options.host);
  }

  async start(): Promise<BridgeState> {
    const credentials = await this.#store.current();
    if (credentials === undefined) return this.#setState({ is: "not-paired" });
    this.#use(new BridgeClient(credentials, this.#clientOptions()));
    return this.#connect();
  }

  /** @throws PairingStringError, BridgeConnectError; the bridge at hand stays then. */
  async pair(pairing: string): Promise<BridgeState> {
    const keep = this.#store.use.bind(this.#store);
    const client = await BridgeClient.pair(pairing, keep, this.#clientOptions());
    this.#use(client);
    return this.#connect();
  }

  /** Tries again now. What another panel has paired meanwhile counts. */
  async reconnect(): Promise<BridgeState> {
    const credentials = await this.#store.current();
    const known = this.#client?.credentials;
    if (credentials?.bridgeId !== known?.bridgeId || credentials?.port !== known?.port) return this.start();
    this.#failures = 0;
    return this.#connect();
  }

  async forget(): Promise<void> {
    const client = this.#client;
    this.#use(undefined);
    if (client !== undefined) await this.#store.forget(client.credentials.bridgeId);
    this.#setState({ is: "not-paired" });
  }

  get bridgeId(): string {
    return this.#requireClient().credentials.bridgeId;
  }

  /** @throws PanelError "not-connected". */
  get queue(): BridgeQueue {
    return this.#requireClient().queue;
  }

  /** @throws PanelError "not-connected". */
  get jobs(): BridgeJobs {
    return this.#requireClient().jobs;
  }

  /** @throws PanelError "not-connected". */
  get schedules(): BridgeSchedules {
    return this.#requireClient().schedules;
  }

  connection(bridgeId: string, name: string): ConnectionInfo | undefined {
    if (this.#state.is !== "ready" || this.#state.bridgeId !== bridgeId) return undefined;
    return this.#state.connections.find((connection) => connection.name === name);
  }

  remoteStore(
    bridgeId: string,
    connection: string,
    collection: string,
    settings: MappingSettings,
  ): BridgeRemoteStore {
    const client = this.#clientOf(bridgeId, `The connection "${connection}"`);
    const mapping = tableMappingOf(settings);
    return mapping === undefined
      ? client.remoteStore(connection, collection)
      : client.tableStore(connection, mapping);
  }

  check(connection: string): Promise<readonly Finding[]> {
    return this.#requireClient().check(connection);
  }

  drafts(): Promise<DraftsResult> {
    return this.#requireClient().drafts();
  }

  tryDraft(draft: ConnectionDraft): Promise<readonly Finding[]> {
    return this.#requireClient().tryDraft(draft);
  }

  async keepDraft(draft: ConnectionDraft): Promise<DraftsResult> {
    const result = await this.#requireClient().keepDraft(draft);
    await this.refresh();
    return result;
  }

  async removeDraft(name: string): Promise<DraftsResult> {
    const result = await this.#requireClient().removeDraft(name);
    await this.refresh();
    return result;
  }

  tables(connection: string): Promise<TableList> {
    return this.#requireClient().tables(connection);
  }

  describeTable(connection: string, table: string): Promise<TableDescription> {
    return this.#requireClient().describeTable(connection, table);
  }

  policy(bridgeId: string, name: string): CustomPolicy {
    return this.#clientOf(bridgeId, `The policy "${name}"`).policy(name);
  }

  /** Reads the connections and their collections anew. */
  async refresh(): Promise<void> {
    await this.#connect();
  }

  #clientOptions() {
    const { WebSocket, clock } = this.#options;
    const onState = (state: BridgeClientState): void => this.#clientChanged(state);
    return { WebSocket, label: LABEL, now: clock, onState };
  }

  #use(client: BridgeClient | undefined): void {
    clearTimeout(this.#retry);
    const before = this.#client;
    this.#client = client;
    this.#failures = 0;
    before?.close();
  }

  /** The client says "idle" when a connection is lost: the person is to see when it is back. */
  #clientChanged(state: BridgeClientState): void {
    if (state.is === "idle" && this.#state.is === "ready" && this.#client?.state === state)
      void this.#connect();
  }

  async #connect(): Promise<BridgeState> {
    const client = this.#requireClient();
    const { port, bridgeId } = client.credentials;
    clearTimeout(this.#retry);
    if (this.#state.is !== "ready") this.#setState({ is: "connecting", port });
    try {
      if (client.state.is === "failed") await client.reconnect();
      const connections = (await client.connections()).map(toConnectionInfo);
      const latencyMs = await client.ping();
      if (client !== this.#client) return this.#state;
      this.#failures = 0;
      return this.#setState({ is: "ready", port, bridgeId, latencyMs, connections });
    } catch (error) {
      if (client !== this.#client) return this.#state;
      return this.#failed(error, port);
    }
  }

  #failed(error: unknown, port: number): BridgeState {
    const { code, message } = toWorkerError(error);
    const mayComeBack =
      !(error instanceof BridgeConnectError) || code === "not-running" || code === "timeout";
    if (!mayComeBack) return this.#setState({ is: "refused", port, code, reason: message });
    const pause = RETRY_PAUSES[Math.min(this.#failures, RETRY_PAUSES.length - 1)] as number;
    this.#failures += 1;
    this.#retry = setTimeout(() => void this.#connect(), pause);
    return this.#setState({ is: "not-running", port, retryAt: this.#options.clock() + pause });
  }

  #clientOf(bridgeId: string, what: string): BridgeClient {
    const client = this.#requireClient();
    if (client.credentials.bridgeId === bridgeId) return client;
    throw new PanelError(
      "other-bridge",
      `${what} of this mapping belongs to another bridge than the one that is connected. Pair that bridge again, or remove the mapping in its settings.`,
    );
  }

  #requireClient(): BridgeClient {
    if (this.#client !== undefined) return this.#client;
    throw new PanelError(
      "not-connected",
      "No bridge is paired. Start one with `driftscope bridge` and paste the line that it prints.",
    );
  }

  #setState(state: BridgeState): BridgeState {
    this.#state = state;
    this.#options.onState(state);
    return state;
  }
}

function toConnectionInfo(served: ServedConnection): ConnectionInfo {
  const { name, backend, level, draft, collections = [], policies = [], journal, problem } = served;
  const { observedTo } = served.capabilities;
  return {
    name,
    backend,
    level,
    ...(draft === undefined ? {} : { isDraft: draft }),
    collections: collections.map(({ name, count }) => ({
      name,
      ...(count === undefined ? {} : { rows: count }),
    })),
    policies,
    ...(journal === undefined ? {} : { undo: journal }),
    ...(observedTo === undefined ? {} : { observedTo }),
    ...(problem === undefined ? {} : { problem: problem.message }),
  };
}
