/** What an import left: a line a row, the number of its question and its JSON. */
import { createReadStream } from "node:fs";
import { BackendError } from "../backend-error.ts";

export interface AnswerRow {
  /** Of the question, from 0. */
  readonly question: number;
  readonly cells: readonly unknown[];
}

/**
 * Returns normally when the row came that the query puts last: it is of the same snapshot as all others, and the cursor had given
 * all of them before. Whether the import succeeded is what the end of its run says: it writes what it read even where
 * the database took the transaction back.
 *
 * @param last Number of the last row's question.
 */
export async function* answerRows(file: string, last: number): AsyncGenerator<AnswerRow> {
  const input = createReadStream(file, { encoding: "utf8" });
  try {
    let isWhole = false;
    for await (const line of linesOf(input)) {
      const row = parseRow(line);
      isWhole = row.question === last;
      if (!isWhole) yield row;
    }
    if (!isWhole) {
      throw new BackendError("incomplete", "The import of Sqoop ended before its last row: ask again.");
    }
  } finally {
    input.destroy();
  }
}

/** At line feeds alone: other separators of lines may stand in texts. */
async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf("\n"); at !== -1; at = chunk.indexOf("\n", from)) {
      parts.push(chunk.slice(from, at));
      yield parts.join("");
      parts = [];
      from = at + 1;
    }
    parts.push(chunk.slice(from));
  }
  const rest = parts.join("");
  if (rest !== "") yield rest;
}

function parseRow(line: string): AnswerRow {
  const tab = line.indexOf("\t");
  const question = Number(line.slice(0, tab));
  try {
    const cells: unknown = JSON.parse(line.slice(tab + 1));
    if (tab > 0 && Number.isInteger(question) && Array.isArray(cells)) return { question, cells };
  } catch {
    // Told below.
  }
  throw new BackendError(
    "backend-failed",
    `The import of Sqoop has a line that is no answer: ${JSON.stringify(line.slice(0, 200))}.`,
  );
}
