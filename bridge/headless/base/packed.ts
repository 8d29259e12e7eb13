import { deserialize, serialize } from "node:v8";
import type { Cell } from "../../backends/sqlite/driver.ts";
import { HeadlessError } from "../headless-error.ts";
import { BASE_FILE_NAME } from "./base-file.ts";

/** V8's own format, which newer versions of Node keep reading; views become copies of their own bytes. */
export const pack = (value: unknown): Uint8Array => new Uint8Array(serialize(value));

/** @throws HeadlessError "base-failed": a damaged row is never taken for one that is not there. */
export function unpack(cell: Cell | undefined): unknown {
  try {
    if (cell instanceof Uint8Array) return deserialize(cell);
  } catch (error) {
    throw damaged(error);
  }
  throw damaged();
}

function damaged(cause?: unknown): HeadlessError {
  return new HeadlessError(
    "base-failed",
    `A row of the base in ${BASE_FILE_NAME} of the data folder does not decode. Nothing is taken for equal without it: move it away, and every record has no base until it is found equal again; what was applied from here can then no longer be undone.`,
    cause === undefined ? {} : { cause },
  );
}
