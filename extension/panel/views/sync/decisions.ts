/** Which steps a drift offers. */
import type { DriftRow } from "../../worker/api.ts";

/** Both sides hold a record, so a result can be put together from them. */
export function canResolve(row: DriftRow): boolean {
  return (
    row.local.state === "present" &&
    row.remote.state === "present" &&
    (row.kind === "conflict" || row.kind === "different")
  );
}
