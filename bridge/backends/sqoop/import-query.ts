/** An import of Sqoop whose generated class is kept, as to compile one takes longer than all the rest. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { oneLine, type SqoopOption } from "./options-file.ts";
import type { SqoopProgram } from "./sqoop-program.ts";

export interface QueryImport {
  /** With $CONDITIONS. */
  readonly sql: string;
  /** Of this run alone; its rows go to `rows` in it. */
  readonly folder: string;
  /** As Sqoop names the generated class, and its jar. */
  readonly className: string;
  /** Names the kept class: the same for imports whose columns have the same types. */
  readonly shape: string;
  readonly settings?: readonly SqoopOption[];
  readonly options: readonly SqoopOption[];
  readonly signal?: AbortSignal | undefined;
}

/** @throws BackendError */
export async function importQuery(
  program: SqoopProgram,
  { sql, folder, className, shape, settings = [], options, signal }: QueryImport,
): Promise<void> {
  const jar = join(program.work.path, `${shape}.jar`);
  const made = join(folder, "bin", `${className}.jar`);
  const isMade = existsSync(jar);
  await program.run({
    tool: "import",
    doing: "reading",
    folder,
    settings,
    options: [
      ["--query", oneLine(sql)],
      ["--target-dir", pathToFileURL(join(folder, "rows")).href],
      ["-m", 1],
      ...options,
      ["--outdir", join(folder, "src")],
      ["--bindir", join(folder, "bin")],
      ["--class-name", className],
      ...(isMade ? [["--jar-file", jar] as const] : []),
    ],
    ...(signal === undefined ? {} : { signal }),
  });
  if (!isMade && existsSync(made)) renameSync(made, jar);
}
