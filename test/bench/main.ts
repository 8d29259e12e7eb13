/**
 * `npm run bench`: all benchmarks; `npm run bench -- NAME …`: some. `--records N` and `--runs N` make a quick
 * try; the figures that are kept are of 100,000 records and three runs.
 */
import { parseArgs } from "node:util";
import type { Benchmark, Options } from "./benchmark.ts";
import { codec } from "./codec/codec.ts";
import { compare } from "./compare.ts";
import { memory } from "./memory.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { describeMachine } from "./report/machine.ts";
import { type Result, writeResult } from "./report/result.ts";
import { table } from "./report/table.ts";
import { scrolling } from "./scrolling.ts";

const BENCHMARKS: readonly Benchmark[] = [compare, push, pull, codec, memory, scrolling];
const FULL: Options = { records: 100_000, runs: 3 };

export async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { records: { type: "string" }, runs: { type: "string" } },
  });
  const options = {
    records: wholeNumber("--records", values.records, FULL.records),
    runs: wholeNumber("--runs", values.runs, FULL.runs),
  };
  for (const benchmark of chosen(positionals)) {
    const result = await measure(benchmark, options);
    console.log(table(result));
    // A quick try never takes the place of the full figures.
    if (options.records >= FULL.records && options.runs >= FULL.runs) writeResult(result);
  }
}

function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.filter((name) => !BENCHMARKS.some((one) => one.name === name));
  if (unknown.length > 0) {
    const known = BENCHMARKS.map(({ name }) => name).join(", ");
    throw new Error(`no benchmark ${unknown.join(", ")}; there are ${known}`);
  }
  return BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function measure(benchmark: Benchmark, options: Options): Promise<Result> {
  const date = new Date().toISOString();
  const { rows, browserVersion } = await benchmark.run(options);
  return { name: benchmark.name, date, machine: describeMachine(browserVersion), runs: options.runs, rows };
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name} must be a whole number, not ${text}`);
  return number;
}
