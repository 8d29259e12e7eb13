import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { childrenOf } from "./child-processes.ts";

/**
 * A folder that an SQLite connection lies in, and that can be gone as a disk that was pulled out: whoever has the
 * database open loses it, and nobody finds it until it is back.
 */
export class RemovableDisk {
  /** Of driftscope.config.json: its one connection, called "disk". */
  static readonly config = JSON.stringify({
    connections: { disk: { backend: "sqlite", file: "disk/lab.sqlite", level: "confirm", tables: ["*"] } },
  });

  readonly #there: string;
  readonly #away: string;

  /** @param folder Of the config file. */
  constructor(folder: string) {
    this.#there = join(folder, "disk");
    this.#away = join(folder, "pulled-out");
    mkdirSync(this.#there, { recursive: true });
  }

  get file(): string {
    return join(this.#there, "lab.sqlite");
  }

  /** @param bridge Its process id. */
  pullOut(bridge: number): void {
    renameSync(this.#there, this.#away);
    for (const child of childrenOf(bridge)) process.kill(child, "SIGKILL");
  }

  /** Where it is there, nothing happens. */
  putBack(): void {
    if (existsSync(this.#away)) renameSync(this.#away, this.#there);
  }
}
