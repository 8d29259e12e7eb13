/**
 * Bodies of a leaf as one column: all texts joined, and where each ends. One joined string costs the browser a third
 * less to store than the same in UTF-8, and less than an array of strings (measured; see ARCHITECTURE.md).
 */

/** Body i is `text` from `ends[i - 1]` (0 for the first) to `ends[i]`; an empty one stands for none at all. */
export interface BodyColumn {
  /** In UTF-16 units. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly text: string;
}

export class BodyColumnBuilder {
  readonly #texts: string[] = [];

  push(text: string | undefined): void {
    this.#texts.push(text ?? "");
  }

  /** Body i of another column; none when there is no column. */
  pushFrom(column: BodyColumn | undefined, i: number): void {
    this.push(bodyText(column, i));
  }

  /** Undefined when there is not one body in it. */
  build(): BodyColumn | undefined {
    const ends = new Uint32Array(this.#texts.length);
    let end = 0;
    for (const [i, text] of this.#texts.entries()) {
      end += text.length;
      ends[i] = end;
    }
    return end === 0 ? undefined : { ends, text: this.#texts.join("") };
  }
}

/** In UTF-16 units; 0 = there is none. */
export function bodySize(column: BodyColumn | undefined, i: number): number {
  return column === undefined ? 0 : (column.ends[i] as number) - startOf(column, i);
}

export function bodyText(column: BodyColumn | undefined, i: number): string | undefined {
  if (column === undefined || bodySize(column, i) === 0) return undefined;
  return column.text.slice(startOf(column, i), column.ends[i]);
}

/** Bodies `from` (inclusive) to `to` (exclusive) as a column of their own; undefined when all are missing. */
export function sliceBodies(
  column: BodyColumn | undefined,
  from: number,
  to: number,
): BodyColumn | undefined {
  if (column === undefined || to <= from) return undefined;
  const start = startOf(column, from);
  const end = column.ends[to - 1] as number;
  if (end === start) return undefined;
  const ends = column.ends.slice(from, to);
  for (let i = 0; i < ends.length; i++) ends[i] = (ends[i] as number) - start;
  return { ends, text: column.text.slice(start, end) };
}

function startOf(column: BodyColumn, i: number): number {
  return i === 0 ? 0 : (column.ends[i - 1] as number);
}
