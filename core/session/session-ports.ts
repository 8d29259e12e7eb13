import type { BaseStore, LocalStore, RemoteStore } from "./ports.ts";

/** The three ports that a session works with. */
export interface SessionPorts {
  readonly local: LocalStore;
  readonly remote: RemoteStore;
  readonly base: BaseStore;
}
