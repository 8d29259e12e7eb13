/** What columns a query has, by the driver's own word: Sqoop tells it when it generates a class and is asked for every detail. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { BackendError } from "../../backend-error.ts";
import { oneLine } from "../options-file.ts";
import type { SqoopProgram } from "../sqoop-program.ts";

export interface JdbcColumn {
  readonly name: string;
  /** As java.sql.Types numbers it. */
  readonly sqlType: number;
  /** Also the precision. */
  readonly size: number;
  readonly scale: number;
}

const FOUND = /Found column (.*) of type \[(-?\d+), (-?\d+), (-?\d+)\]\s*$/;

/** @param from A table, or a query with $CONDITIONS in parentheses. @throws BackendError */
export async function columnsOf(program: SqoopProgram, from: string): Promise<JdbcColumn[]> {
  const folder = program.work.runFolder();
  let log = "";
  try {
    await program.run({
      tool: "codegen",
      doing: "asking for the columns",
      folder,
      options: [
        ["--query", oneLine(`SELECT * FROM ${from} t WHERE $CONDITIONS`)],
        ["--outdir", join(folder, "src")],
        ["--bindir", join(folder, "bin")],
        ["--class-name", "DriftscopeColumns"],
        ["--verbose"],
      ],
      onLog: (text) => {
        log = text;
      },
    });
  } catch (error) {
    // It generates no class where it does not know a type, but has told all of them.
    if (!(error instanceof BackendError) || columnsIn(log).length === 0) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const columns = columnsIn(log);
  if (columns.length > 0) return columns;
  throw new BackendError(
    "backend-failed",
    "Sqoop does not tell what columns there are: its log has to come to the console also where it is for details (log4j's console appender at DEBUG for org.apache.sqoop).",
  );
}

/** Once each, in their order: beginning and end of a log may overlap. */
export function columnsIn(log: string): JdbcColumn[] {
  const columns = new Map<string, JdbcColumn>();
  for (const line of log.split("\n")) {
    const [, name, sqlType, size, scale] = FOUND.exec(line) ?? [];
    if (name === undefined) continue;
    columns.set(name, { name, sqlType: Number(sqlType), size: Number(size), scale: Number(scale) });
  }
  return [...columns.values()];
}
