import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SqliteLoop, SqliteTask } from "./sqlite-protocol.ts";

/** Runs the bare driver loops in a second process, as the bridge is one. */
export class BareSqlite {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, ended: Promise<unknown>) {
    this.#child = child;
    this.#ended = ended;
  }

  static async start(): Promise<BareSqlite> {
    const loader = fileURLToPath(new URL("../run.mjs", import.meta.url));
    const child = fork(loader, ["bare/sqlite-process.ts"]);
    const ended = once(child, "exit");
    await once(child, "message");
    return new BareSqlite(child, ended);
  }

  async run(task: SqliteTask): Promise<SqliteLoop> {
    const answered = once(this.#child, "message").then(([answer]) => answer as SqliteLoop);
    const ended = this.#ended.then(() => {
      throw new Error(`the process of the bare driver loops ended during a ${task.do}`);
    });
    this.#child.send(task);
    return await Promise.race([answered, ended]);
  }

  async close(): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}
