/** The policy modules that the config file names. */
import { resolve } from "node:path";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { CustomPolicy } from "../../core/session/policy-custom.ts";
import type { Config } from "../config/load-config.ts";
import { PolicyModule } from "./policy-module.ts";

export class Policies {
  readonly #modules: ReadonlyMap<string, PolicyModule>;

  constructor({ policies, folder }: Pick<Config, "policies" | "folder">) {
    this.#modules = new Map(
      Object.entries(policies).map(([name, { module, timeoutMs }]) => [
        name,
        new PolicyModule({ name, file: resolve(folder, module), timeoutMs }),
      ]),
    );
  }

  get names(): string[] {
    return [...this.#modules.keys()];
  }

  /** @throws ProtocolError "unknown-policy" */
  get(name: string): CustomPolicy {
    const module = this.#modules.get(name);
    if (module !== undefined) return (conflicts, signal) => module.propose(conflicts, signal);
    const known = this.names.map((one) => `"${one}"`).join(", ") || "none";
    throw new ProtocolError(
      "unknown-policy",
      `This bridge has no policy "${name}": its config file has ${known}.`,
    );
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#modules.values(), (module) => module.close()));
  }
}
