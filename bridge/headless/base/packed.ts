import { deserialize, serialize } from "node:v8";
import type { Cell } from "../../backends/sqlite/driver.ts";

/** V8's own format, which newer versions of Node keep reading; views become copies of their own bytes. */
export const pack = (value: unknown): Uint8Array => new Uint8Array(serialize(value));

export function unpack(cell: Cell | undefined): unknown {
  if (cell instanceof Uint8Array) return deserialize(cell);
  throw new TypeError("a row of the base file does not hold what it should");
}
