import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SqliteLoop, SqliteTask } from "./sqlite-protocol.ts";

/** Runs the bare driver loops in a second process, as the bridge is one. */
export class BareSqlite {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<BareSqlite> {
    const loader = fileURLToPath(new URL("../run.mjs", import.meta.url));
    const child = fork(loader, ["bare/sqlite-process.ts"]);
    await once(child, "message");
    return new BareSqlite(child);
  }

  async run(task: SqliteTask): Promise<SqliteLoop> {
    const died = once(this.#child, "exit").then(([code]) => {
      throw new Error(`the process of the bare driver loops ended with ${code}`);
    });
    const answered = once(this.#child, "message").then(([answer]) => answer as SqliteLoop);
    this.#child.send(task);
    return await Promise.race([answered, died]);
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }
}
