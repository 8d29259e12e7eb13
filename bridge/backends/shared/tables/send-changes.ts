/** Sends compare-and-sets to a server, a row each, and reads what it made of the rows. */
import { digestsEqual } from "../../../../core/digest/digester.ts";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { messageOf } from "../../../../core/session/session-error.ts";
import type { BackendOutcome, BackendWrite } from "../../backend.ts";
import { BackendError } from "../../backend-error.ts";
import { inParallel } from "../in-parallel.ts";
import { keyText } from "../key-text.ts";
import { type Prepared, prepareChange } from "./prepare-change.ts";
import type { ServerPlan } from "./server-plan.ts";
import { digestOf, type TableRow, toRecord } from "./table-row.ts";
import type { FoundRow, TableServer } from "./table-server.ts";

/** One that did not apply, or did: what is there now tells more. */
interface Sent extends Prepared {
  readonly isApplied: boolean;
}

/** @param found The rows of the operations' keys, by keyText. @returns One outcome an operation, in order. */
export async function sendChanges(
  server: TableServer,
  plan: ServerPlan,
  operations: readonly BackendWrite[],
  found: ReadonlyMap<string, FoundRow>,
): Promise<BackendOutcome[]> {
  const outcomes = new Map<string, BackendOutcome>();
  const open: Prepared[] = [];
  for (const operation of operations) {
    const prepared = prepareChange(server, plan, operation, found.get(keyText(operation.key)));
    if ("status" in prepared) outcomes.set(operation.opId, prepared);
    else open.push(prepared);
  }
  const sent: Sent[] = [];
  await inParallel(open, server.changesAtATime, async (prepared) => {
    const outcome = await send(server, plan, prepared);
    if (typeof outcome === "boolean") sent.push({ ...prepared, isApplied: outcome });
    else outcomes.set(prepared.operation.opId, outcome);
  });
  await lookAt(server, plan, sent, outcomes);
  return operations.map(
    ({ opId }) => outcomes.get(opId) ?? { status: "unknown", reason: `${server.product} gave no answer.` },
  );
}

/** Whether it applied, or why that is no question. */
async function send(
  server: TableServer,
  plan: ServerPlan,
  { change }: Prepared,
): Promise<boolean | BackendOutcome> {
  try {
    const result = await server.change(plan, change);
    if (result.is !== "rejected") return result.is === "applied";
    return { status: "rejected", code: result.code, reason: result.reason };
  } catch (error) {
    const reason = messageOf(error);
    if (!(error instanceof BackendError && error.nothingWritten)) return { status: "unknown", reason };
    return { status: "rejected", code: error.code, reason };
  }
}

async function lookAt(
  server: TableServer,
  plan: ServerPlan,
  sent: readonly Sent[],
  outcomes: Map<string, BackendOutcome>,
): Promise<void> {
  if (sent.length === 0) return;
  let rows: readonly (FoundRow | undefined)[] | undefined;
  let failure: unknown;
  try {
    rows = await server.find(
      plan,
      plan.read,
      sent.map(({ change }) => change.key),
    );
  } catch (error) {
    failure = error;
  }
  for (const [i, one] of sent.entries()) {
    const { opId } = one.operation;
    const cells = rows?.[i]?.cells;
    if (rows === undefined) outcomes.set(opId, unseen(one, messageOf(failure)));
    else outcomes.set(opId, seen(server, plan, one, cells && plan.toRow(cells)));
  }
}

/** What it came to cannot be looked at. */
function unseen({ isApplied, token, operation }: Sent, reason: string): BackendOutcome {
  if (!isApplied) return { status: "unknown", reason };
  if (operation.write === "delete") return { status: "applied" };
  // The server has said that it applied, and what it holds then is known.
  return token === undefined ? { status: "unknown", reason } : { status: "applied", token };
}

function seen(
  server: TableServer,
  plan: ServerPlan,
  { isApplied, operation, token, change }: Sent,
  row: TableRow | undefined,
): BackendOutcome {
  const { key, write } = operation;
  if (!isApplied) return { status: "missed", current: toRecord(key, row) };
  const before = change.there && plan.toRow(change.there.cells);
  if (before !== undefined && row?.token === before.token && token !== before.token) {
    return {
      status: "rejected",
      code: "changed-by-database",
      reason: `${server.product} took the write, and the row is as it was: another writer's later timestamp may hide it. Compare again.`,
    };
  }
  if (write === "delete" || write === "absent") return { status: "applied" };
  if (row === undefined) {
    return {
      status: "rejected",
      code: "changed-by-database",
      reason: `${server.product} took the write, and the row is not there: a deletion of the same moment or with a later timestamp hides it, or somebody deleted it right after. Compare again.`,
    };
  }
  const isAsWritten =
    !(row.record instanceof NotRepresentable) && digestsEqual(digestOf(row.record), write.digest);
  if (isAsWritten) return { status: "applied", token: row.token };
  // Somebody wrote it right after us: our version is the one to compare theirs with.
  if (token !== undefined) return { status: "applied", token };
  return { status: "unknown", reason: "Somebody else wrote the row right after: compare again to see it." };
}
