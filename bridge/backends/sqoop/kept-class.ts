/** Runs of Sqoop whose generated class is kept, as to compile one takes longer than all the rest. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { SqoopProgram, SqoopRun } from "./sqoop-program.ts";

export interface KeptClass {
  /** As Sqoop names the generated class, and its jar. */
  readonly className: string;
  /** Names the kept jar: the same for runs whose columns have the same types. */
  readonly shape: string;
}

/** @throws BackendError */
export async function runWithKeptClass(
  program: SqoopProgram,
  run: SqoopRun,
  { className, shape }: KeptClass,
): Promise<void> {
  const jar = join(program.work.path, `${shape}.jar`);
  const made = join(run.folder, "bin", `${className}.jar`);
  const isMade = existsSync(jar);
  await program.run({
    ...run,
    options: [
      ...run.options,
      ["--outdir", join(run.folder, "src")],
      ["--bindir", join(run.folder, "bin")],
      ["--class-name", className],
      ...(isMade ? [["--jar-file", jar] as const] : []),
    ],
  });
  if (!isMade && existsSync(made)) renameSync(made, jar);
}
