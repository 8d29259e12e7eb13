/**
 * `npm run bench`: the benchmarks of minutes; `npm run bench -- NAME …`: some; `npm run bench -- all`: those that
 * take an hour, too. `--records N` and `--runs N` make a quick try; only figures of the full size are kept.
 */
import { parseArgs } from "node:util";
import { backends } from "./backends.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { cancel } from "./cancel.ts";
import { codec } from "./codec/codec.ts";
import { compare } from "./compare.ts";
import { hdfs } from "./hdfs.ts";
import { incremental } from "./incremental.ts";
import { kafka } from "./kafka.ts";
import { memory } from "./memory.ts";
import { overhead } from "./overhead.ts";
import { pouchdb } from "./pouchdb.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { describeMachine } from "./report/machine.ts";
import { type Result, writeResult } from "./report/result.ts";
import { table } from "./report/table.ts";
import { rowByRow } from "./row-by-row.ts";
import { scale } from "./scale.ts";
import { scrolling } from "./scrolling.ts";
import { sqoop } from "./sqoop.ts";

const BENCHMARKS: readonly Benchmark[] = [
  compare,
  push,
  pull,
  codec,
  memory,
  scrolling,
  rowByRow,
  overhead,
  cancel,
];
/** Too long to be run with the others. */
const LONG: readonly Benchmark[] = [incremental, pouchdb, scale, ...backends, hdfs, kafka, sqoop];
const EVERY = [...BENCHMARKS, ...LONG];
const FULL: Options = { records: 100_000, runs: 3 };

export async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { records: { type: "string" }, runs: { type: "string" } },
  });
  for (const benchmark of chosen(positionals)) {
    const full = benchmark.full ?? FULL;
    const options = {
      records: wholeNumber("--records", values.records, full.records),
      runs: wholeNumber("--runs", values.runs, full.runs),
    };
    const result = await measure(benchmark, options);
    console.log(table(result));
    // A quick try never takes the place of the full figures.
    if (options.records >= full.records && options.runs >= full.runs) writeResult(result);
  }
}

function chosen(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return BENCHMARKS;
  if (names.includes("all")) return EVERY;
  const unknown = names.filter((name) => !EVERY.some((one) => one.name === name));
  if (unknown.length > 0) {
    const known = EVERY.map(({ name }) => name).join(", ");
    throw new Error(`no benchmark ${unknown.join(", ")}; there are ${known}, and all`);
  }
  return EVERY.filter(({ name }) => names.includes(name));
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
