/** One policy module in its thread. */

import type { CustomAnswer, CustomConflict } from "../../core/session/policy-custom.ts";
import { ModuleThread } from "../modules/module-thread.ts";
import { programUrl } from "../process/program-url.ts";

const THREAD = programUrl("policies/policy-thread.js");

/** Records in a row without an answer, after which the others of the request are not asked. */
const MAX_SILENT = 3;

export interface PolicyModuleOptions {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  /** For one record. */
  readonly timeoutMs: number;
}

export class PolicyModule {
  readonly #thread: ModuleThread<CustomConflict, CustomAnswer>;
  /** Requests of several panels, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ name, file, timeoutMs }: PolicyModuleOptions) {
    const what = `The policy "${name}"`;
    this.#thread = new ModuleThread({ script: THREAD, file, what, code: "policy-failed", timeoutMs });
  }

  /**
   * One answer for each conflict, in order.
   *
   * @throws ProtocolError "policy-failed" when the module cannot be used; the signal's reason.
   */
  propose(conflicts: readonly CustomConflict[], signal?: AbortSignal): Promise<CustomAnswer[]> {
    const result = this.#last.then(() => this.#propose(conflicts, signal));
    this.#last = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#thread.close();
  }

  async #propose(conflicts: readonly CustomConflict[], signal?: AbortSignal): Promise<CustomAnswer[]> {
    const answers: CustomAnswer[] = [];
    let silent = 0;
    for (const conflict of conflicts) {
      signal?.throwIfAborted();
      if (silent === MAX_SILENT) {
        answers.push({ undecided: `not asked: it gave no answer for ${MAX_SILENT} records in a row` });
        continue;
      }
      const reply = await this.#thread.ask(conflict);
      silent = "ended" in reply ? silent + 1 : 0;
      answers.push("answer" in reply ? reply.answer : { undecided: reply.ended });
    }
    return answers;
  }
}
