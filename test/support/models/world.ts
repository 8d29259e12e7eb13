import type { RemoteCapabilities } from "../../../core/session/ports.ts";
import type { SessionPorts } from "../../../core/session/session-ports.ts";
import { hexOf } from "./bodies.ts";
import { Environment, type Script } from "./environment.ts";
import { BaseTable, ModelBaseStore } from "./model-base-store.ts";
import { LocalTable, ModelLocalStore } from "./model-local-store.ts";
import { ModelRemoteStore, RemoteTable } from "./model-remote-store.ts";

/** Both stores and the panel's memory, and sessions that come and go. */
export class World {
  readonly local = new LocalTable();
  readonly remote = new RemoteTable();
  readonly base = new BaseTable();
  readonly #capabilities: Partial<RemoteCapabilities>;
  #opIds = 0;

  constructor(capabilities: Partial<RemoteCapabilities> = {}) {
    this.#capabilities = capabilities;
  }

  /** Ports of a new session, and the environment that it lives in. */
  open(script: Script = {}): { ports: SessionPorts; environment: Environment } {
    const environment = new Environment(script);
    const local = new ModelLocalStore(this.local, environment);
    const identity = {
      incarnation: "one",
      collection: "items",
      scopeId: "all",
      projectionId: "whole",
      local: local.identity,
    };
    const remote = new ModelRemoteStore(this.remote, environment, this.#capabilities);
    const base = new ModelBaseStore(this.base, environment, identity);
    return { ports: { local, remote, base }, environment };
  }

  ports(script: Script = {}): SessionPorts {
    return this.open(script).ports;
  }

  readonly newOpId = (): string => `op${++this.#opIds}`;

  /** The same record on both sides. */
  putBoth(key: number | string, body: string): void {
    this.local.put(hexOf(key), body);
    this.remote.put(hexOf(key), body);
  }

  /** Bodies by key of one side, for whole-store assertions. */
  bodies(side: "local" | "remote"): Record<string, string> {
    const table = this[side];
    const bodies: Record<string, string> = {};
    for (const key of table.rows.keys()) {
      const body = table.body(key);
      if (body !== undefined) bodies[key] = body;
    }
    return bodies;
  }
}
