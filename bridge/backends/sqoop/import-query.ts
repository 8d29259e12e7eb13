/** What a query answers, imported by Sqoop into a folder. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type KeptClass, runWithKeptClass } from "./kept-class.ts";
import { oneLine, type SqoopOption } from "./options-file.ts";
import type { SqoopProgram } from "./sqoop-program.ts";

export interface QueryImport extends KeptClass {
  /** With $CONDITIONS. */
  readonly sql: string;
  /** Of this run alone; its rows go to `rows` in it. */
  readonly folder: string;
  readonly settings?: readonly SqoopOption[];
  readonly options: readonly SqoopOption[];
  readonly signal?: AbortSignal | undefined;
}

/** @throws BackendError */
export function importQuery(
  program: SqoopProgram,
  { sql, folder, className, shape, settings = [], options, signal }: QueryImport,
): Promise<void> {
  const run = {
    tool: "import",
    doing: "reading",
    folder,
    settings,
    options: [
      ["--query", oneLine(sql)],
      ["--target-dir", pathToFileURL(join(folder, "rows")).href],
      ["-m", 1],
      ...options,
    ],
    ...(signal === undefined ? {} : { signal }),
  } as const;
  return runWithKeptClass(program, run, { className, shape });
}
