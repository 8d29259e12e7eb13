import type { Result, Row } from "./result.ts";

const HEAD = ["what", "n", "value", "unit", "reference", "ratio", "goal", "met"] as const;

/** The result as an aligned table, for the terminal. */
export function table(result: Result): string {
  const lines = [HEAD, ...result.rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  return `${result.name}: medians of ${result.runs} runs on ${result.machine}\n${text.join("\n")}\n`;
}

function cells({ id, n, value, unit, reference, ratio, goal, met }: Row): readonly string[] {
  const text = (number: number | null) => (number === null ? "" : number.toLocaleString("en"));
  const verdict = met === null ? "" : met ? "yes" : "NO";
  return [id, text(n), text(value), unit, text(reference), text(ratio), goal ?? "", verdict];
}

function isText(column: number): boolean {
  return [0, 3, 6, 7].includes(column);
}
