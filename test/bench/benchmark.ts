import type { Row } from "./report/result.ts";

export interface Options {
  /** Records. */
  readonly records: number;
  /** How often each thing is measured; the medians are reported. */
  readonly runs: number;
}

export interface Measured {
  readonly rows: readonly Row[];
  readonly browserVersion?: string;
}

/** One of `npm run bench`'s benchmarks; `name` is also that of its result file. */
export interface Benchmark {
  readonly name: string;
  /** What the figures that are kept are of; 100,000 records and three runs where it says nothing else. */
  readonly full?: Options;
  run(options: Options): Promise<Measured>;
}
