import { mkdirSync, writeFileSync } from "node:fs";
import { median } from "../measure/median.ts";

/** One line of a benchmark's result. */
export interface Row {
  readonly id: string;
  /** Records that the value is about. */
  readonly n: number;
  /** Median over the runs. */
  readonly value: number;
  readonly unit: string;
  /** Median of the raw limit that the same runs measured, in the same unit; null where there is none. */
  readonly reference: number | null;
  /** Median of each run's own value / reference. */
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
}

export interface Result {
  readonly name: string;
  readonly date: string;
  readonly machine: string;
  readonly runs: number;
  readonly rows: readonly Row[];
}

/** A goal in words and the test of it. */
export interface Goal {
  readonly words: string;
  met(values: { readonly value: number; readonly reference: number; readonly ratio: number }): boolean;
}

export const ratioAtMost = (limit: number): Goal => ({
  words: `ratio ≤ ${limit}`,
  met: ({ ratio }) => ratio <= limit,
});

export const valueAtMost = (limit: number, unit: string): Goal => ({
  words: `≤ ${limit} ${unit}`,
  met: ({ value }) => value <= limit,
});

export const aboveReferenceAtMost = (limit: number, unit: string): Goal => ({
  words: `≤ reference + ${limit} ${unit}`,
  met: ({ value, reference }) => value - reference <= limit,
});

/** A row from the values of each run; `references` of the same runs in the same order. */
export function row(
  id: string,
  n: number,
  unit: string,
  values: readonly number[],
  references?: readonly number[],
  goal?: Goal,
): Row {
  const value = median(values);
  const reference = references ? median(references) : null;
  const ratio = references ? median(values.map((one, i) => one / (references[i] ?? Number.NaN))) : null;
  return {
    id,
    n,
    value: rounded(value),
    unit,
    reference: reference === null ? null : rounded(reference),
    ratio: ratio === null ? null : rounded(ratio),
    goal: goal?.words ?? null,
    met: goal?.met({ value, reference: reference ?? Number.NaN, ratio: ratio ?? Number.NaN }) ?? null,
  };
}

export function writeResult(result: Result): void {
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${result.name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
}

/** Three significant digits below 1000: the rest is noise. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}
