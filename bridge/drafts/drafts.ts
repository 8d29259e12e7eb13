/** The connections that panels draft: tried, kept, and served read-only. */
import type { ConnectionDraft, DraftsResult, KeptDraft } from "../../core/protocol/connection-draft.ts";
import type { Finding } from "../../core/protocol/frames.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { messageOf } from "../../core/session/session-error.ts";
import { checkBackend } from "../backends/check-backend.ts";
import { type BridgeFolders, openBackend } from "../backends/registry.ts";
import type { ConnectionConfig } from "../config/config-schema.ts";
import type { DraftsConfig } from "../config/drafts-schema.ts";
import type { Connections } from "../server/connections.ts";
import { DraftRules } from "./draft-rules.ts";
import { DraftStore } from "./draft-store.ts";

/** More are a mistake, or malice. */
const MAX_DRAFTS = 50;

export interface DraftsOptions {
  readonly config: DraftsConfig | undefined;
  /** Paths of secrets are relative to that of the configuration. */
  readonly folders: BridgeFolders;
  readonly draftsFolder: string;
  readonly connections: Connections;
}

export class Drafts {
  readonly #rules: DraftRules;
  readonly #store: DraftStore;
  readonly #connections: Connections;
  readonly #folders: BridgeFolders;

  /** Those that are kept are served from now on, as far as the config file allows them still. */
  constructor({ config, folders, draftsFolder, connections }: DraftsOptions) {
    this.#rules = new DraftRules(config);
    this.#store = new DraftStore(draftsFolder);
    this.#connections = connections;
    this.#folders = folders;
    for (const draft of this.#store.all()) {
      if (this.#problemOf(draft) === undefined)
        void connections.serveDraft(draft.name, this.#rules.connectionOf(draft));
    }
  }

  list(): DraftsResult {
    const rules = this.#rules.told;
    return {
      ...(rules === undefined ? {} : { rules }),
      drafts: this.#store.all().map((draft) => this.#kept(draft)),
    };
  }

  /** @throws ProtocolError "not-allowed" */
  async try(draft: ConnectionDraft): Promise<readonly Finding[]> {
    const backend = openBackend(this.#rules.connectionOf(draft), this.#folders);
    try {
      return await checkBackend(backend);
    } finally {
      await backend.close();
    }
  }

  /** @throws ProtocolError "not-allowed", "bad-name" */
  async keep(draft: ConnectionDraft): Promise<DraftsResult> {
    const config = this.#rules.connectionOf(draft);
    this.#requireName(draft.name);
    this.#store.keep(draft);
    await this.#connections.serveDraft(draft.name, config);
    return this.list();
  }

  async remove(name: string): Promise<DraftsResult> {
    this.#store.remove(name);
    await this.#connections.dropDraft(name);
    return this.list();
  }

  #kept(draft: ConnectionDraft): KeptDraft {
    const problem = this.#problemOf(draft);
    if (problem !== undefined) return { draft, problem };
    return { draft, configuration: configurationOf(draft.name, this.#rules.connectionOf(draft)) };
  }

  #problemOf(draft: ConnectionDraft): string | undefined {
    if (this.#connections.isConfigured(draft.name)) {
      return `The config file has a connection "${draft.name}", which is served: remove the draft.`;
    }
    try {
      this.#rules.connectionOf(draft);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #requireName(name: string): void {
    if (this.#connections.isConfigured(name)) {
      throw new ProtocolError(
        "bad-name",
        `The config file has a connection "${name}" already: give the draft another name.`,
      );
    }
    const kept = this.#store.all();
    if (kept.length < MAX_DRAFTS || kept.some((one) => one.name === name)) return;
    throw new ProtocolError("not-allowed", `There are ${MAX_DRAFTS} drafts already: remove one first.`);
  }
}

/** To paste into the config file; the level is the person's to raise. */
const configurationOf = (name: string, config: ConnectionConfig): string =>
  JSON.stringify({ connections: { [name]: config } }, null, 2);
