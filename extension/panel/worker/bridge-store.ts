/** The bridges that this extension is paired with, in its own storage; the one used last comes first. */
import * as v from "valibot";
import type { BridgeCredentials } from "../../../core/protocol/client/bridge-credentials.ts";
import type { HostApi } from "./api.ts";

const STORAGE_KEY = "bridges";

const BridgeListSchema = v.array(
  v.object({ bridgeId: v.string(), port: v.number(), panelId: v.string(), key: v.string() }),
);

export class BridgeStore {
  readonly #host: Pick<HostApi, "storageGet" | "storageSet">;

  constructor(host: Pick<HostApi, "storageGet" | "storageSet">) {
    this.#host = host;
  }

  async current(): Promise<BridgeCredentials | undefined> {
    return (await this.#all())[0];
  }

  async use(credentials: BridgeCredentials): Promise<void> {
    await this.#host.storageSet(STORAGE_KEY, [credentials, ...(await this.#without(credentials.bridgeId))]);
  }

  async forget(bridgeId: string): Promise<void> {
    await this.#host.storageSet(STORAGE_KEY, await this.#without(bridgeId));
  }

  async #without(bridgeId: string): Promise<readonly BridgeCredentials[]> {
    return (await this.#all()).filter((credentials) => credentials.bridgeId !== bridgeId);
  }

  async #all(): Promise<readonly BridgeCredentials[]> {
    const stored = v.safeParse(BridgeListSchema, await this.#host.storageGet(STORAGE_KEY));
    // Pairing again mends whatever else is stored there.
    return stored.success ? stored.output : [];
  }
}
