/**
 * What came of one record when it was last to be written: the newest apply that has it in its plan. Neither plans nor
 * outcomes are read whole: both lie in rows in the order of the keys, and a few rows of each are enough.
 */
import { countedOf } from "../../core/session/columns.ts";
import { isBeforeKey, savedOperationsOn } from "../../core/session/packed-plan.ts";
import type { OperationOutcome, PlannedOperation } from "../../core/session/plan.ts";
import type { ApplyHeader, WriteOutcome } from "../../core/session/ports.ts";
import type { LocalTables } from "./local-database.ts";
import { unpackOutcomes } from "./packed-outcomes.ts";
import { getPlanPart } from "./plan-rows.ts";

/** Applies that are looked through unless told. In most of them one row is read. */
export const APPLIES_READ = 1000;
const NEVER_SENT = "It was never sent.";

export type ConfirmedOperation = Pick<PlannedOperation, "side" | "action"> & {
  readonly outcome: OperationOutcome;
};

export type LastConfirmation =
  | {
      readonly is: "found";
      readonly applyId: string;
      readonly kind: ApplyHeader["kind"];
      /** When the apply ended, or began where it has not ended; milliseconds since 1970. */
      readonly at: number;
      readonly by?: string;
      /** Of this record: two where both sides were to be written. */
      readonly operations: readonly ConfirmedOperation[];
    }
  | {
      readonly is: "none";
      readonly applies: number;
      /** When the oldest of them began; absent where there is none. */
      readonly since?: number;
      /** There are older ones, at which nobody looked. */
      readonly more: boolean;
    };

/**
 * @param applies Newest first.
 * @param most How many of them are looked through.
 */
export async function lastConfirmation(
  tables: LocalTables,
  base: number,
  applies: readonly ApplyHeader[],
  key: Uint8Array,
  most: number,
): Promise<LastConfirmation> {
  const looked = applies.slice(0, most);
  for (const header of looked) {
    const { applyId, kind, startedAt, finishedAt, by } = header;
    const found = await operationsOn(tables, base, applyId, key);
    if (found.length === 0) continue;
    const operations: ConfirmedOperation[] = [];
    for (const { opId, side, action } of found) {
      const outcome = await outcomeOf(tables, base, header, opId);
      operations.push({ side, action, outcome: outcome ?? { opId, status: "notRun", reason: NEVER_SENT } });
    }
    const at = finishedAt ?? startedAt;
    return { is: "found", applyId, kind, at, ...(by === undefined ? {} : { by }), operations };
  }
  const since = looked.at(-1)?.startedAt;
  const more = applies.length > looked.length;
  return { is: "none", applies: looked.length, ...(since === undefined ? {} : { since }), more };
}

async function operationsOn(
  tables: LocalTables,
  base: number,
  applyId: string,
  key: Uint8Array,
): Promise<readonly PlannedOperation[]> {
  const part = await getPlanPart(tables, base, applyId, (chunks) => isBeforeKey(chunks, key));
  return part === undefined ? [] : savedOperationsOn(part, key);
}

/** Rows are read from where the outcome should be outwards: outcomes are saved in the order of the plan. */
async function outcomeOf(
  tables: LocalTables,
  base: number,
  { applyId, counts }: ApplyHeader,
  opId: string,
): Promise<WriteOutcome | undefined> {
  const ids = (await tables.outcomes.where({ base, applyId }).primaryKeys()).sort((a, b) => a - b);
  const operations = Math.max(
    1,
    Object.values(counts).reduce((sum, n) => sum + n, 0),
  );
  const guess = Math.floor(((countedOf(opId)?.count ?? 0) / operations) * ids.length);
  let latest: { readonly id: number; readonly outcome: WriteOutcome } | undefined;
  for (const id of outwardsFrom(Math.min(guess, ids.length - 1), ids)) {
    if (latest !== undefined && id < latest.id) continue;
    const row = await tables.outcomes.get(id);
    const outcome = row && unpackOutcomes(row.outcomes).findLast((each) => each.opId === opId);
    if (outcome === undefined) continue;
    latest = { id, outcome };
    // What is certain is never asked again; the others may be settled in a later row.
    if (outcome.status !== "unknown") break;
  }
  return latest?.outcome;
}

function* outwardsFrom(start: number, ids: readonly number[]): Generator<number> {
  for (let distance = 0; distance < ids.length; distance++) {
    for (const at of distance === 0 ? [start] : [start + distance, start - distance]) {
      const id = ids[at];
      if (id !== undefined) yield id;
    }
  }
}
