import { randomUUID } from "node:crypto";
import { type Cell, classOfCell, NotRepresentable } from "../../../../core/mapping/cell.ts";

/** For columns that hold integers, reals or texts. @param before NULL where there was none. */
export function nextVersion(moves: "increment" | "uuid", before: Cell): Cell | NotRepresentable {
  if (moves === "uuid") return randomUUID();
  if (before === null) return 1n;
  if (typeof before === "bigint") return before + 1n;
  if (typeof before === "number" && Number.isSafeInteger(before + 1)) return before + 1;
  return new NotRepresentable(`it holds ${classOfCell(before)}, to which 1 cannot be added`);
}
