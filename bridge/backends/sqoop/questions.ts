/**
 * Questions to the database, by imports of Sqoop: those that wait while one runs go together in the next. Answers are rows of JSON
 * arrays, so that one generated class does for all of them.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { BackendError } from "../backend-error.ts";
import { answerRows } from "./answer-file.ts";
import type { Dialect, Question } from "./dialects/dialect.ts";
import { importQuery } from "./import-query.ts";
import type { SqoopProgram } from "./sqoop-program.ts";
import { Together } from "./together.ts";

export type Answer = readonly (readonly unknown[])[];

/** Characters of SQL of one import. */
const MAX_QUESTIONS_LENGTH = 4 * 1024 * 1024;
const ANSWER_CLASS = "DriftscopeAnswer";

export class Questions {
  readonly #program: SqoopProgram;
  readonly #dialect: Dialect;
  readonly #together: Together<Question, Answer | BackendError>;

  constructor(program: SqoopProgram, dialect: Dialect) {
    this.#program = program;
    this.#dialect = dialect;
    this.#together = new Together<Question, Answer | BackendError>({
      run: (questions) => this.#answers(questions),
      maxSize: MAX_QUESTIONS_LENGTH,
      sizeOf: (question) => question.length,
    });
  }

  /** The rows that answer it, in their order. @throws BackendError */
  async ask(question: Question): Promise<Answer> {
    const answer = await this.#together.add(question);
    if (answer instanceof BackendError) throw answer;
    return answer;
  }

  /** As `ask`, in a run of its own, for what may be large: rows come from a file. */
  async *stream(question: Question, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    const folder = this.#program.work.runFolder();
    try {
      await this.#import([question], folder, signal);
      for await (const { cells } of answerRows(partFile(folder), 1)) {
        signal.throwIfAborted();
        yield cells;
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What is wrong with one question is not the others' fault: then each is asked alone. */
  async #answers(questions: readonly Question[]): Promise<(Answer | BackendError)[]> {
    try {
      return await this.#allAnswers(questions);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      if (questions.length === 1 || !isOfOne(error)) return questions.map(() => error);
    }
    const answers: (Answer | BackendError)[] = [];
    for (const question of questions) answers.push(...(await this.#answers([question])));
    return answers;
  }

  async #allAnswers(questions: readonly Question[]): Promise<Answer[]> {
    const folder = this.#program.work.runFolder();
    try {
      await this.#import(questions, folder);
      const answers: (readonly unknown[])[][] = questions.map(() => []);
      for await (const { question, cells } of answerRows(partFile(folder), questions.length)) {
        answers[question]?.push(cells);
      }
      return answers;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #import(questions: readonly Question[], folder: string, signal?: AbortSignal): Promise<void> {
    return importQuery(this.#program, {
      sql: this.#dialect.together(questions),
      folder,
      className: ANSWER_CLASS,
      // Whatever is asked.
      shape: ANSWER_CLASS,
      options: [
        ["--fields-terminated-by", "\\t"],
        ["--map-column-java", "q=Integer,j=String"],
      ],
      signal,
    });
  }
}

/** Whether the database said it about a table, a column or a right, which other questions may not need. */
const isOfOne = ({ code }: BackendError): boolean =>
  code === "not-set-up" || code === "mapping-mismatch" || code === "unauthorized";

const partFile = (folder: string): string => join(folder, "rows", "part-m-00000");
