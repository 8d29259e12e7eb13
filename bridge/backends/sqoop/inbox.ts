/**
 * Batches into the inbox of the database, by an export of Sqoop through a staging table, and their merge, by a function of the
 * database that an import asks: two runs for however many operations.
 *
 * The merge is not called by `sqoop eval`, whose output is for the eye, but by the import that brings the outcomes: Sqoop runs
 * its query once (the look at its columns has a condition that nothing meets), and fails where the database does not commit.
 * Were it run twice, the second time would find the batch merged.
 */
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../../core/session/session-error.ts";
import { BackendError } from "../backend-error.ts";
import type { Dialect, Question } from "./dialects/dialect.ts";
import { runWithKeptClass } from "./kept-class.ts";
import type { Answer, Questions } from "./questions.ts";
import type { SqoopProgram } from "./sqoop-program.ts";

/** As Sqoop names the generated class, and its jar. */
const INBOX_CLASS = "DriftscopeInbox";

/** Another bridge's export can clear our staging table under our hands: then nothing of it counts. */
const MAX_EXPORTS = 4;

/** Of one write to a file. */
const LINES_AT_A_TIME = 1_000;

export class Inbox {
  readonly #program: SqoopProgram;
  readonly #dialect: Dialect;
  readonly #questions: Questions;

  constructor(program: SqoopProgram, dialect: Dialect, questions: Questions) {
    this.#program = program;
    this.#dialect = dialect;
    this.#questions = questions;
  }

  /**
   * Merges operations, as one batch.
   *
   * @param operations Each as JSON, for the function of the database.
   * @param mergeOf What asks that function.
   * @returns The merge's answer, a row an operation.
   * @throws BackendError; where the merge was sent and no answer came, what was written is not known.
   */
  async merge(
    operations: readonly string[],
    mergeOf: (batch: string, count: number) => Question,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const batch = randomUUID();
      await this.#export(batch, operations);
      const answer = await this.#askTwice(mergeOf(batch, operations.length));
      if (answer[0]?.[0] !== "arrived") return answer;
      if (attempt === MAX_EXPORTS) {
        throw new BackendError(
          "backend-failed",
          `Of ${operations.length} operations ${answer[0]?.[1]} arrived in ${this.#dialect.inbox}, ${MAX_EXPORTS} times: others export there all the time. Nothing was written; try again.`,
        );
      }
    }
  }

  /** The batch is answered as the first time, whatever became of that. */
  async #askTwice(question: Question): Promise<Answer> {
    try {
      return await this.#questions.ask(question);
    } catch (error) {
      if (!(error instanceof BackendError) || error.nothingWritten) throw error;
    }
    try {
      return await this.#questions.ask(question);
    } catch (error) {
      const code = error instanceof BackendError ? error.code : "backend-failed";
      throw new BackendError(code, messageOf(error), { cause: error, nothingWritten: false });
    }
  }

  async #export(batch: string, operations: readonly string[]): Promise<void> {
    const folder = this.#program.work.runFolder();
    const rows = join(folder, "rows");
    mkdirSync(rows);
    writeOperations(join(rows, "operations"), batch, operations);
    const { inbox, stages } = this.#dialect;
    const stage = stages[Math.floor(Math.random() * stages.length)] as string;
    try {
      const run = {
        tool: "export",
        doing: `sending ${operations.length} operations`,
        folder,
        options: [
          ["--table", inbox],
          ["--columns", "batch,seq,op"],
          ["--export-dir", pathToFileURL(rows).href],
          ["--staging-table", stage],
          ["--clear-staging-table"],
          ["--input-fields-terminated-by", "\\t"],
          ["-m", 1],
        ],
      } as const;
      await runWithKeptClass(this.#program, run, { className: INBOX_CLASS, shape: INBOX_CLASS });
    } catch (error) {
      // What an export leaves in the inbox counts for nothing: it was not merged.
      const code = error instanceof BackendError ? error.code : "backend-failed";
      throw new BackendError(code, messageOf(error), { cause: error });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** In parts: all of it once more, as one text, would be the largest thing in memory. */
function writeOperations(path: string, batch: string, operations: readonly string[]): void {
  const file = openSync(path, "wx", 0o600);
  try {
    for (let from = 0; from < operations.length; from += LINES_AT_A_TIME) {
      const some = operations.slice(from, from + LINES_AT_A_TIME);
      const lines = some.map((operation, i) => `${batch}\t${from + i}\t${inAscii(operation)}\n`);
      writeFileSync(file, lines.join(""));
    }
  } finally {
    closeSync(file);
  }
}

/** JSON in one line of ASCII. */
function inAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
