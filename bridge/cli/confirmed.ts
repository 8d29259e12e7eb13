import { createInterface } from "node:readline/promises";
import { CliError, ExitCode } from "./exit-codes.ts";

/** @throws CliError where nobody can be asked. */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new CliError(ExitCode.usage, "There is no terminal to ask on: add --yes to delete it.");
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
