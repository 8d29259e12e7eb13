/** When the cells of a row were written and how long they stay, as the server told with the row. */
import { BackendError } from "../../backend-error.ts";
import type { CassandraCluster } from "../cluster.ts";
import { quoteIdentifier } from "../schema.ts";
import type { ColumnDefinition } from "./table-definition.ts";

export interface CellTimes {
  /** Seconds that are left of each cell of the column that does not stay. */
  readonly left: readonly number[];
  /** Microseconds since the epoch of its newest cell; undefined = it has none, or nobody tells. */
  readonly written: bigint | undefined;
  /** False where the server does not tell of the elements of a collection. */
  readonly isTold: boolean;
}

export interface RowTimes {
  readonly of: ReadonlyMap<string, CellTimes>;
  /** The server's own clock, in microseconds since the epoch. */
  readonly now: bigint;
}

/** From which on it tells of the elements of collections. */
const TELLS_OF_ELEMENTS = 5;

/** Never of columns of the key, which have no cells. */
export class TimesReader {
  readonly #columns: readonly ColumnDefinition[];
  readonly #tellsOfElements: boolean;

  private constructor(columns: readonly ColumnDefinition[], tellsOfElements: boolean) {
    this.#columns = columns;
    this.#tellsOfElements = tellsOfElements;
  }

  /** @param columns Any; those that have no cells are left out. */
  static async of(cluster: CassandraCluster, columns: readonly ColumnDefinition[]): Promise<TimesReader> {
    const { version } = await cluster.facts();
    const withCells = columns.filter(({ kind }) => kind === "regular");
    return new TimesReader(withCells, Number.parseInt(version, 10) >= TELLS_OF_ELEMENTS);
  }

  /** To put behind the columns of a SELECT. */
  selections(): string[] {
    const times = this.#columns.flatMap((column, i) => {
      if (!this.#isTold(column)) return [];
      const name = quoteIdentifier(column.name);
      const written = column.isMultiCell ? `MAXWRITETIME(${name})` : `WRITETIME(${name})`;
      return [`TTL(${name}) AS l${i}`, `${written} AS w${i}`];
    });
    return [...times, "toUnixTimestamp(now()) AS now"];
  }

  read(row: Readonly<Record<string, unknown>>): RowTimes {
    const of = new Map<string, CellTimes>();
    for (const [i, column] of this.#columns.entries()) {
      of.set(column.name, toTimes(row[`l${i}`], row[`w${i}`], this.#isTold(column)));
    }
    return { of, now: BigInt(String(row.now)) * 1000n };
  }

  #isTold({ isMultiCell }: ColumnDefinition): boolean {
    return this.#tellsOfElements || !isMultiCell;
  }
}

function toTimes(left: unknown, written: unknown, isTold: boolean): CellTimes {
  const all = Array.isArray(left) ? left : [left];
  return {
    left: all.filter((seconds): seconds is number => typeof seconds === "number"),
    written: written === null || written === undefined ? undefined : BigInt(String(written)),
    isTold,
  };
}

/** Cells this far ahead of the server's clock are another writer's doing, and not its clock's steps. */
const FUTURE_MICROSECONDS = 1_000_000n;

/** The first column whose cell is so new that a write of now would be hidden behind it. */
export function writtenInFuture({ of, now }: RowTimes, columns: Iterable<string>): string | undefined {
  for (const column of columns) {
    const written = of.get(column)?.written;
    if (written !== undefined && written > now + FUTURE_MICROSECONDS) return column;
  }
  return undefined;
}

/** @throws BackendError where it was not read with the row. */
export function requireTimes(times: unknown): RowTimes {
  if (typeof times === "object" && times !== null && "now" in times) return times as RowTimes;
  throw new BackendError("internal", "The row was read without the times of its cells.");
}
