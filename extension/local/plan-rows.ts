/**
 * Plans as rows. A plan of many operations comes in chunks (core/session/packed-plan.ts), which are kept in rows
 * of their own: Chromium stores no value above 128 MB, and one of a tenth of that holds the thread up.
 */
import type { LocalTables, PlanRecordRow } from "./local-database.ts";

const CHUNKS_A_ROW = 8;

/** In the place of the chunks that lie in further rows. */
interface Divided {
  readonly chunks: readonly [];
  readonly furtherRows: number;
}

export async function putPlan(
  tables: LocalTables,
  base: number,
  applyId: string,
  plan: unknown,
): Promise<void> {
  await deletePlan(tables, base, applyId);
  if (!hasChunks(plan) || plan.chunks.length <= CHUNKS_A_ROW) {
    await tables.plans.put({ base, applyId, plan });
    return;
  }
  const rows: PlanRecordRow[] = [];
  for (let from = 0; from < plan.chunks.length; from += CHUNKS_A_ROW) {
    const chunks = plan.chunks.slice(from, from + CHUNKS_A_ROW);
    rows.push({ base, applyId: furtherId(applyId, rows.length), plan: chunks });
  }
  const divided: Divided = { ...plan, chunks: [], furtherRows: rows.length };
  await tables.plans.bulkPut([{ base, applyId, plan: divided }, ...rows]);
}

/** Undefined where there is none, or where a row of it is gone. */
export async function getPlan(tables: LocalTables, base: number, applyId: string): Promise<unknown> {
  const plan = (await tables.plans.get([base, applyId]))?.plan;
  if (!isDivided(plan)) return plan;
  const ids = Array.from({ length: plan.furtherRows }, (_, i) => furtherId(applyId, i));
  const rows = await tables.plans.bulkGet(ids.map((id) => [base, id]));
  const { furtherRows: _rows, ...about } = plan;
  return rows.includes(undefined) ? undefined : { ...about, chunks: rows.flatMap((row) => row?.plan) };
}

/**
 * What of a plan may be about one key, of those whose operations are in the order of their keys: of a plan in many
 * rows one of them, or two; all of any other. Undefined where there is none.
 *
 * @param isBefore Whether all of these chunks lie before the key.
 */
export async function getPlanPart(
  tables: LocalTables,
  base: number,
  applyId: string,
  isBefore: (chunks: readonly unknown[]) => boolean,
): Promise<unknown> {
  const plan = (await tables.plans.get([base, applyId]))?.plan;
  if (!isDivided(plan)) return plan;
  const read = async (row: number): Promise<readonly unknown[]> => {
    const chunks = (await tables.plans.get([base, furtherId(applyId, row)]))?.plan;
    return Array.isArray(chunks) ? chunks : [];
  };
  let low = 0;
  let high = plan.furtherRows - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(await read(middle))) low = middle + 1;
    else high = middle;
  }
  // Two operations on one record may lie in two rows.
  return [...(await read(low)), ...(await read(low + 1))];
}

export async function deletePlan(tables: LocalTables, base: number, applyId: string): Promise<void> {
  const further = [base, furtherId(applyId, 0)];
  await tables.plans.delete([base, applyId]);
  await tables.plans
    .where("[base+applyId]")
    .between(further, [base, `${applyId}/:`])
    .delete();
}

/** No apply's id holds a slash; a colon comes after every digit. */
function furtherId(applyId: string, row: number): string {
  return `${applyId}/${String(row).padStart(6, "0")}`;
}

function hasChunks(plan: unknown): plan is { readonly chunks: readonly unknown[] } {
  return typeof plan === "object" && plan !== null && "chunks" in plan && Array.isArray(plan.chunks);
}

function isDivided(plan: unknown): plan is Divided {
  return hasChunks(plan) && "furtherRows" in plan && typeof plan.furtherRows === "number";
}
