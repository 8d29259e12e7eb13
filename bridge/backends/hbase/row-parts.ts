/** What reading a scanner's answers takes, whoever's table it is of. */
import type { Row } from "./cell-set.ts";

/** A row that was cut: its other cells came with the next answer. */
export const joined = ({ key, cells }: Row, rest: Row): Row => ({
  key,
  cells: new Map([...cells, ...rest.cells]),
});

/** An answer that is asked for before it is wanted: whoever stops in between does not wait for it. */
export function ahead<Value>(answer: Promise<Value>): Promise<Value> {
  answer.catch(() => {});
  return answer;
}
