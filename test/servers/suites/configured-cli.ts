import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliResult, TestBridge } from "../../support/bridge/test-bridge.ts";

/** `driftscope` with a config file of one connection, "far". */
export class ConfiguredCli {
  readonly #bridge: TestBridge;

  private constructor(bridge: TestBridge) {
    this.#bridge = bridge;
  }

  static async start(): Promise<ConfiguredCli> {
    return new ConfiguredCli(await TestBridge.start());
  }

  /** Of the config file. */
  get folder(): string {
    return this.#bridge.folder;
  }

  run(connection: object, ...args: string[]): Promise<CliResult> {
    const config = { connections: { far: connection } };
    writeFileSync(join(this.folder, "driftscope.config.json"), JSON.stringify(config));
    return this.#bridge.cli(...args, "--data", this.#bridge.dataDir);
  }

  dispose(): Promise<void> {
    return this.#bridge.dispose();
  }
}
