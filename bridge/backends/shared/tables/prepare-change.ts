/** What a compare-and-set means for a row as it was found. */
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { digestsEqual } from "../../../../core/digest/digester.ts";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { StoredPut } from "../../../../core/protocol/stored.ts";
import type { BackendOutcome, BackendWrite } from "../../backend.ts";
import { decodeRest } from "./row-rest.ts";
import type { ServerPlan } from "./server-plan.ts";
import { digestOf, tokenOf, toRecord } from "./table-row.ts";
import type { FoundRow, RowChange, TableServer } from "./table-server.ts";

/** A change to send, with the version that it gives: undefined where only the server knows it. */
export interface Prepared {
  readonly operation: BackendWrite;
  readonly change: RowChange;
  readonly token: string | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const rejected = (code: string, reason: string): BackendOutcome => ({ status: "rejected", code, reason });
const unfit = (reason: string): BackendOutcome =>
  rejected("not-representable", `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`);

/** @param found The row with `plan.read`'s cells; undefined = there is none. */
export function prepareChange(
  server: TableServer,
  plan: ServerPlan,
  operation: BackendWrite,
  found: FoundRow | undefined,
): Prepared | BackendOutcome {
  const key = plan.codec.keyToCells(operation.key);
  if (key instanceof NotRepresentable) return unfit(key.reason);
  const row = found && plan.toRow(found.cells);
  if ((row?.token ?? null) !== operation.expect) {
    return { status: "missed", current: toRecord(operation.key, row) };
  }
  if (row !== undefined && !row.inScope) {
    return rejected("left-scope", "The row is outside the mapping's scope (by now).");
  }
  if (operation.write === "absent") return rejected("unsupported", "A row of a table cannot be fenced.");
  const from = found === undefined ? new Map<string, Cell>() : heldCells(plan, found);
  if (from instanceof NotRepresentable) return unfit(from.reason);
  const there = found === undefined ? {} : { there: found };
  if (operation.write === "delete") {
    if (found === undefined) return { status: "applied" };
    const change: RowChange = { kind: "delete", key, set: new Map(), from, ...there };
    const refusal = server.refusalOfChange?.(plan, change);
    return refusal === undefined ? { operation, change, token: undefined } : unfit(refusal);
  }
  const set = cellsToSet(server, plan, operation, operation.write, from, found !== undefined);
  if (!(set instanceof Map)) return set;
  const refusal = refusalOf(server, plan, key, set);
  if (refusal !== undefined) return unfit(refusal);
  const kind = found === undefined ? "insert" : "update";
  const clock = plan.version?.moves === "clock" && !set.has(plan.version.column) ? plan.version : undefined;
  const change: RowChange = { kind, key, set, from, ...there, ...(clock === undefined ? {} : { clock }) };
  const impossible = server.refusalOfChange?.(plan, change);
  if (impossible !== undefined) return unfit(impossible);
  return { operation, change, token: clock === undefined ? tokenAfter(plan, key, set, from) : undefined };
}

/** What the mapped columns and the version's hold now. */
function heldCells(plan: ServerPlan, { cells }: FoundRow): Map<string, Cell> | NotRepresentable {
  const held = new Map<string, Cell>();
  for (let i = plan.keyCount; i < plan.columns.length; i++) {
    const cell = cells[i] ?? null;
    const column = plan.columns[i] ?? "";
    if (cell instanceof NotRepresentable) return new NotRepresentable(`${column}: ${cell.reason}`);
    held.set(column, cell);
  }
  return held;
}

function cellsToSet(
  server: TableServer,
  plan: ServerPlan,
  { key }: BackendWrite,
  write: StoredPut,
  from: ReadonlyMap<string, Cell>,
  isThere: boolean,
): Map<string, Cell> | BackendOutcome {
  const record = decodeValue(decoder.decode(write.body));
  if (!digestsEqual(digestOf(record), write.digest)) {
    return rejected("digest-mismatch", "The record's text is not the record that the operation names.");
  }
  const cells = plan.codec.recordToCells(key, record);
  if (cells instanceof NotRepresentable) return unfit(cells.reason);
  const set = new Map<string, Cell>();
  if (!isThere) {
    const rest = write.rest === undefined ? new Map<string, Cell>() : decodeRest(plan, write.rest);
    if (rest instanceof NotRepresentable) return unfit(rest.reason);
    for (const [column, cell] of [...rest, ...plan.codec.fixed]) set.set(column, cell);
  }
  for (const [column, cell] of cells) set.set(column, cell);
  for (const column of plan.keyColumns) set.delete(column);
  const refusal = moveVersion(server, plan, set, from);
  return refusal === undefined ? set : unfit(refusal);
}

/** Why it cannot; undefined = it did, or something else moves it. */
function moveVersion(
  server: TableServer,
  plan: ServerPlan,
  set: Map<string, Cell>,
  from: ReadonlyMap<string, Cell>,
): string | undefined {
  const { version } = plan;
  // What is put back with a deleted row has the version that it had.
  if (version === undefined || set.has(version.column)) return undefined;
  if (version.moves !== "uuid" && version.moves !== "increment") return undefined;
  const next = server.nextVersion(version.moves, from.get(version.column) ?? null);
  if (next instanceof NotRepresentable) return `the version column ${version.column}: ${next.reason}`;
  set.set(version.column, next);
  return undefined;
}

function refusalOf(
  server: TableServer,
  plan: ServerPlan,
  key: readonly Cell[],
  set: ReadonlyMap<string, Cell>,
): string | undefined {
  const cells = [...plan.keyColumns.map((column, i): [string, Cell] => [column, key[i] ?? null]), ...set];
  for (const [column, cell] of cells) {
    const reason = server.refusalOf(plan, column, cell);
    if (reason !== undefined) return `${column}: ${reason}`;
  }
  return undefined;
}

function tokenAfter(
  plan: ServerPlan,
  key: readonly Cell[],
  set: ReadonlyMap<string, Cell>,
  from: ReadonlyMap<string, Cell>,
): string {
  const cells = plan.columns.map((column, i): Cell => {
    if (i < plan.keyCount) return key[i] ?? null;
    return (set.has(column) ? set.get(column) : from.get(column)) ?? null;
  });
  return tokenOf(plan, cells);
}
