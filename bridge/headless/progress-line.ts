import type { CompareProgress } from "../../core/session/drift.ts";
import type { ApplyProgress } from "../../core/session/plan.ts";

type Doing = "comparing" | "writing";

/** Rows, rate and time left, as one line. */
export class ProgressLine {
  readonly #what: string;
  readonly #expected: number | undefined;
  readonly #startedAt = new Map<Doing, number>();

  /** @param expected Rows of the larger side, where they were counted. */
  constructor(what: string, expected: number | undefined) {
    this.#what = what;
    this.#expected = expected;
  }

  compared({ localRows, remoteRows, drifts }: CompareProgress): string {
    const rows = Math.max(localRows, remoteRows);
    return `${this.#line("comparing", rows, this.#expected)}, ${number(drifts)} differ`;
  }

  applied({ done, of, outcomes }: ApplyProgress): string {
    const { applied: _, ...others } = outcomes;
    const problems = Object.entries(others).map(([status, count]) => `${number(count)} ${status}`);
    return [this.#line("writing", done, of), ...problems].join(", ");
  }

  #line(doing: Doing, rows: number, of: number | undefined): string {
    const now = performance.now();
    const seconds = (now - (this.#startedAt.get(doing) ?? now)) / 1000;
    if (!this.#startedAt.has(doing)) this.#startedAt.set(doing, now);
    const rate = seconds > 0 ? rows / seconds : 0;
    const left = of !== undefined && of > rows && rate > 0 ? `, ${duration((of - rows) / rate)} left` : "";
    const total = of === undefined ? "" : ` of ${number(of)}`;
    return `${this.#what}: ${doing} ${number(rows)}${total} rows, ${number(Math.round(rate))}/s${left}`;
  }
}

const number = (value: number): string => value.toLocaleString("en");

function duration(seconds: number): string {
  return seconds < 60
    ? `${Math.ceil(seconds)} s`
    : `${Math.floor(seconds / 60)} min ${Math.ceil(seconds % 60)} s`;
}
